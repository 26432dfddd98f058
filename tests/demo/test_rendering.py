"""Drawn lines: shaped, whole, and as different as three data sets are."""

import numpy as np
import pytest

from workbench.demo.hands import LOOKS, NOMINAL_SIZE_PX, Face, Hand, draw_hand
from workbench.demo.rendering import draw_line, draw_word
from workbench.demo.words import vocabulary
from workbench.errors import WorkbenchError

LANGUAGES = ("ar", "ur", "fa")
FACES = [(language, face) for language, look in LOOKS.items() for face in look.faces]


def hand_of(language: str, face: Face, seed: int = 0) -> Hand:
    return draw_hand("w", face, LOOKS[language], np.random.default_rng(seed))


def line_of(language: str, text: str, seed: int = 0, face: int = 0) -> np.ndarray:
    look = LOOKS[language]
    image = draw_line(text, language, hand_of(language, look.faces[face], seed), look, np.random.default_rng(seed))
    return np.asarray(image)


def missing_glyph(face: Face, size: int, language: str) -> np.ndarray | None:
    """What a face draws for a letter that it lacks; None for nothing at all, which `draw_word` refuses."""
    try:
        return draw_word("\U0010fffd", face, size, language).ink
    except WorkbenchError:
        return None


def test_no_face_is_shared_between_data_sets():
    files = [face.file for _, face in FACES]
    assert len(files) == len(set(files))


@pytest.mark.parametrize(("language", "face"), FACES, ids=[face.file for _, face in FACES])
def test_letters_are_joined_and_there(language: str, face: Face):
    size = round(NOMINAL_SIZE_PX * face.scale)
    letters = sorted(set("".join(vocabulary(language).words)))
    missing = missing_glyph(face, size, language)
    for letter in letters:
        ink = draw_word(letter, face, size, language).ink
        assert missing is None or not np.array_equal(ink, missing), f"{letter} is not in {face.file}"
    joined = draw_word("ببب", face, size, language).ink.shape[1]
    apart = 3 * draw_word("ب", face, size, language).ink.shape[1]
    assert joined < apart


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_line_is_ink_on_paper_that_nothing_cuts(language: str):
    for seed in range(12):
        text = " ".join(vocabulary(language).words[seed * 50 : seed * 50 + 3])
        image = line_of(language, text, seed, seed % len(LOOKS[language].faces))
        assert image.dtype == np.uint8
        grey = image.mean(axis=2) if image.ndim == 3 else image.astype(float)
        paper = np.median(grey)
        assert paper > 150
        dark = paper - grey > 0.45 * (paper - grey.min())
        assert 0.01 < dark.mean() < 0.4
        edge = np.concatenate([dark[:2].ravel(), dark[-2:].ravel(), dark[:, :2].ravel(), dark[:, -2:].ravel()])
        assert edge.mean() < 0.02, "ink at the border: the line is cut off"


def test_the_same_seed_draws_the_same_pixels():
    assert np.array_equal(line_of("fa", "سلام دنیا", 4), line_of("fa", "سلام دنیا", 4))
    assert not np.array_equal(line_of("fa", "سلام دنیا", 4), line_of("fa", "سلام دنیا", 5))


def test_data_sets_look_different():
    assert line_of("ur", "اردو زبان").ndim == 3
    assert line_of("ar", "لغة جميلة").ndim == 2
    ar, fa = (float(np.median(line_of(language, "در باز"))) for language in ("ar", "fa"))
    assert ar - fa > 10
