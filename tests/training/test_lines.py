import numpy as np
import pytest

from tests.training.strokes import MemoryLines, lines_of, spec_of, target_of
from workbench.errors import InputError, RunError
from workbench.study.schema import Preprocessing, Training
from workbench.training.lines import (
    check_feasible,
    equalise_contrast,
    layout_of,
    load_lines,
    scale,
    source_of,
    trained_text,
)


def loaded(source, **options):
    target = target_of("a", source, len(source.ids), 0, 0)
    spec = spec_of([target], [source], **options)
    return spec, list(load_lines(source, spec, target, target.train_ids, for_training=True))


def test_lines_are_scaled_to_the_height_once_and_stay_bytes():
    source = lines_of("a", 2)
    _, lines = loaded(source, preprocessing=Preprocessing(line_height_px=32, border_px=4))
    for line in lines:
        height, width = source.size(line.id)
        assert line.pixels.dtype == np.uint8
        assert line.pixels.shape == (24, width * 24 // height) == (line.size.scaled_height, line.size.scaled_width)
        assert line.image_size == (height, width)


def test_scaling_keeps_the_mean_ink():
    image = lines_of("a", 1).image("a-000")
    assert scale(image, 20, image.shape[1] // 2).mean() == pytest.approx(image.mean(), rel=0.03)
    assert (scale(image, *image.shape) == image).all()


def test_labels_are_in_network_order_and_references_are_not():
    source = MemoryLines({"one": "با 12"})
    spec, (line,) = loaded(source)
    assert line.reference == "با 12"
    assert "".join(spec.alphabet[label - 1] for label in line.labels) == "12 اب"


def test_normalisation_comes_before_everything():
    source = MemoryLines({"one": "بـا  ج"})
    target = target_of("a", source, 1, 0, 0)
    spec = spec_of([target], [source], alphabet=(" ", "ا", "ب", "ج")).model_copy(
        update={"normalisation": ("drop_tatweel", "collapse_blanks")}
    )
    (line,) = load_lines(source, spec, target, ["one"], for_training=True)
    assert line.reference == "با ج"


def test_padded_transcriptions_are_learnt_with_spaces_and_scored_without():
    assert trained_text("ab", (), Training(pad_transcription=True)) == " ab "
    spec, (line,) = loaded(MemoryLines({"one": "اب"}), pad_transcription=True)
    assert line.reference == "اب"
    assert len(line.labels) == 4
    assert spec.alphabet[line.labels[0] - 1] == " "


def test_a_mirrored_line_is_flipped_and_its_frames_find_their_way_back():
    source = lines_of("a", 1)
    _, (plain,) = loaded(source)
    spec, (flipped,) = loaded(source, reading_order="logical_mirrored")
    assert (flipped.pixels[:, ::-1] == plain.pixels).all()
    layout = layout_of(spec)
    frames = [layout.frame_from_left(frame, flipped.size) for frame in range(flipped.size.ctc_frames)]
    assert frames == sorted(frames, reverse=True)
    assert max(frames) < flipped.size.ctc_frames
    assert min(frames) == 0
    # A frame and its image look at columns that mirror each other, to within one frame.
    for frame in range(2, 20):
        there = layout.geometry.frame_centre_px(layout.frame_from_left(frame, flipped.size))
        assert there + layout.geometry.frame_centre_px(frame) == pytest.approx(flipped.size.scaled_width - 1, abs=4)


def test_contrast_is_stretched_between_paper_and_ink():
    random = np.random.default_rng(0)
    image = random.integers(60, 80, (40, 200)).astype(np.uint8)
    image[10:20, 20:120] = 150
    even = equalise_contrast(image)
    assert even[10:20, 20:120].min() == 255
    assert np.quantile(even, 0.40) == 0
    blank = np.full((40, 50), 90, dtype=np.uint8)
    assert (equalise_contrast(blank) == blank).all()


def test_contrast_is_stretched_only_where_asked_for():
    source = lines_of("a", 1)
    _, (plain,) = loaded(source)
    _, (even,) = loaded(source, preprocessing=Preprocessing(line_height_px=32, equalise_contrast=True))
    assert np.quantile(plain.pixels, 0.3) > 0
    assert np.quantile(even.pixels, 0.3) == 0


def test_a_missing_line_is_named():
    source = lines_of("a", 2)
    target = target_of("a", source, 2, 0, 0)
    with pytest.raises(RunError, match="Line 'gone' of a is missing: the data set no longer has it"):
        list(load_lines(source, spec_of([target], [source]), target, ["gone"], for_training=True))


def test_missing_lines_of_a_whole_target_are_named():
    source = lines_of("a", 1)
    with pytest.raises(RunError, match="The lines of a are not at hand"):
        source_of({"b": source}, target_of("a", source, 1, 0, 0))


def test_a_character_outside_the_alphabet_is_an_error_in_training_only():
    source = MemoryLines({"one": "ابج"})
    target = target_of("a", source, 1, 0, 0)
    spec = spec_of([target], [source], alphabet=("ا", "ب"))
    with pytest.raises(InputError, match=r"U\+062C"):
        list(load_lines(source, spec, target, ["one"], for_training=True))
    (line,) = load_lines(source, spec, target, ["one"], for_training=False)
    assert (line.reference, line.labels) == ("ابج", (2, 1))


def test_training_lines_that_do_not_fit_are_refused_with_a_count():
    narrow = np.full((40, 20), 200, dtype=np.uint8)
    source = MemoryLines(
        {"wide": "اب", "narrow": "ابابابابابابابابابابابابابابابابابابابابابابابابابابابابابابابابا"},
        {"narrow": narrow},
    )
    _, lines = loaded(source)
    check_feasible(lines[:1])
    with pytest.raises(RunError, match="1 of 2 training lines do not fit: line 'narrow' of a needs 65 frames and has"):
        check_feasible(lines)


def test_permuted_labels_are_other_letters_in_the_same_places():
    source = lines_of("a", 6)
    target = target_of("a", source, 4, 1, 1)
    spec = spec_of([target], [source])
    letters = [character for character in spec.alphabet if character != " "]
    swap = tuple(zip(letters, [*letters[1:], letters[0]], strict=True))
    permuted = target.model_copy(update={"label_map": swap})
    plain = list(load_lines(source, spec, target, target.train_ids, for_training=True))
    swapped = list(load_lines(source, spec, permuted, target.train_ids, for_training=True))
    characters = dict(enumerate(spec.alphabet, start=1))
    for before, after in zip(plain, swapped, strict=True):
        assert [dict(swap).get(characters[label], " ") for label in before.labels] == [
            characters[label] for label in after.labels
        ]
        assert np.array_equal(before.pixels, after.pixels)
        assert before.needed_frames == after.needed_frames, "neighbours that were equal still are, and no others"
    read = list(load_lines(source, spec, permuted, target.test_ids, for_training=False))
    assert [line.reference for line in read] == [source.transcription(line) for line in target.test_ids]
    assert read[0].labels == next(load_lines(source, spec, target, target.test_ids, for_training=False)).labels


def test_permuted_digits_keep_the_order_of_the_digits_that_are_written():
    source = MemoryLines({"x": "اب 123", "y": "123"})
    target = target_of("a", source, 2, 0, 0)
    spec = spec_of([target], [source])
    to_letter = target.model_copy(update={"label_map": (("1", "ا"), ("2", "ب"), ("3", "1"), ("ا", "2"), ("ب", "3"))})
    lines = list(load_lines(source, spec, to_letter, target.train_ids, for_training=True))
    characters = dict(enumerate(spec.alphabet, start=1))
    # In network order the digits stand as they are written, "123", before the letters from right to left.
    assert "".join(characters[label] for label in lines[0].labels) == "اب1 32"
