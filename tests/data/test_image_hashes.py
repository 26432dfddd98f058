"""Near images: known again after compression, scaling and noise; different lines are not taken for each other."""

import io

import numpy as np
import pytest
from PIL import Image

from workbench.data.image_hashes import NEAR_SHARE, WORDS, image_hash, near_images

Ink = np.ndarray


def strokes(seed: int, width: int = 600) -> Ink:
    generator = np.random.default_rng(seed)
    ink = np.zeros((64, width), np.uint8)
    for _ in range(40):
        top, left = generator.integers(4, 48), generator.integers(4, width - 40)
        ink[top : top + generator.integers(3, 12), left : left + generator.integers(3, 30)] = 230
    return ink


def as_jpeg(ink: Ink) -> Ink:
    file = io.BytesIO()
    Image.fromarray(255 - ink).save(file, "JPEG", quality=40)
    return 255 - np.asarray(Image.open(file))


def scaled(ink: Ink, factor: float) -> Ink:
    height, width = ink.shape
    size = (round(width * factor), round(height * factor))
    return np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BILINEAR))


def lighter(ink: Ink) -> Ink:
    return (ink * 0.6).astype(np.uint8)


def noisy(ink: Ink) -> Ink:
    noise = np.random.default_rng(0).integers(0, 14, ink.shape)
    return np.clip(ink.astype(int) + noise, 0, 255).astype(np.uint8)


def on_paper(ink: Ink) -> Ink:
    return np.pad(ink, ((30, 90), (50, 200)))


def are_near(one: Ink, other: Ink) -> bool:
    return list(near_images(image_hash(one)[None], image_hash(other)[None])) == [(0, 0)]


@pytest.mark.parametrize("change", [as_jpeg, lambda ink: scaled(ink, 0.5), lighter, noisy, on_paper])
@pytest.mark.parametrize("seed", range(5))
def test_a_changed_copy_is_known_again(change, seed: int) -> None:
    assert are_near(strokes(seed), change(strokes(seed)))


def test_different_lines_are_different() -> None:
    hashes = np.array([image_hash(strokes(seed)) for seed in range(300)])
    assert sorted(near_images(hashes, hashes)) == [(at, at) for at in range(300)]


def test_blank_paper_is_near_to_nothing() -> None:
    blank = image_hash(np.zeros((40, 200), np.uint8))
    assert blank.shape == (WORDS,)
    assert list(near_images(blank[None], blank[None])) == []
    assert 0 < NEAR_SHARE < 0.5
