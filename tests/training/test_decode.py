from itertools import groupby

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from workbench.text.alphabet import Alphabet
from workbench.text.reading_order import logical_positions, to_logical, to_network
from workbench.training.decode import Path, collapse, decode, restrict, stripped, to_text

ORDERS = ("ltr_runs", "reversed", "logical_mirrored")


def brute_force(classes, confidences):
    """CTC collapse as it is told in words."""
    path, at = [], 0
    for value, run in groupby(classes):
        length = len(list(run))
        if value:
            frame = max(range(at, at + length), key=lambda frame: (confidences[frame], -frame))
            path.append((value, frame, confidences[frame]))
        at += length
    return path


@st.composite
def batches(draw):
    lines, total = draw(st.integers(1, 4)), draw(st.integers(1, 12))
    classes = draw(st.lists(st.integers(0, 3), min_size=lines * total, max_size=lines * total))
    quarters = draw(st.lists(st.integers(1, 4), min_size=lines * total, max_size=lines * total))
    frames = draw(st.lists(st.integers(0, total), min_size=lines, max_size=lines))
    shape = (lines, total)
    return np.array(classes).reshape(shape), np.array(quarters, dtype=np.float32).reshape(shape) / 4, frames


@given(batches())
def test_collapse_is_that_of_brute_force(batch):
    classes, confidences, frames = batch
    paths = collapse(classes, confidences, frames)
    for line, path in enumerate(paths):
        expected = brute_force(classes[line, : frames[line]].tolist(), confidences[line].tolist())
        assert list(zip(path.classes, path.frames, path.confidences, strict=True)) == expected


@pytest.mark.parametrize("shape", [(0, 5), (3, 0)])
def test_nothing_to_read_gives_nothing(shape):
    assert (
        collapse(np.zeros(shape, dtype=int), np.zeros(shape, dtype=np.float32), [0] * shape[0])
        == [Path((), (), ())] * shape[0]
    )


def test_confidences_are_probabilities():
    logits = torch.log(torch.tensor([[[0.1, 0.9]], [[0.8, 0.2]], [[0.3, 0.7]]]))
    (path,) = decode(logits, [3])
    assert path.classes == (1, 1)
    assert path.frames == (0, 2)
    assert path.confidences == pytest.approx((0.9, 0.7))


def test_numbers_that_are_none_read_as_nothing_worse():
    (path,) = decode(torch.full((4, 1, 3), torch.nan), [4])
    assert all(confidence == 0 for confidence in path.confidences)


def test_restricted_decoding_always_allows_the_blank():
    alphabet = Alphabet(("a", "b", "c"))
    logits = torch.tensor([[[0.0, 1, 3, 2]], [[5.0, 4, 3, 2]], [[0.0, 1, 2, 9]]])
    (path,) = decode(restrict(logits, alphabet, ("a", "b", "x")), [3])
    assert path.classes == (2, 2)  # the blank between them survived, c did not
    assert restrict(logits, alphabet, None) is logits
    assert torch.isfinite(logits).all()


@given(st.text("ab۱۲12 .-", max_size=12), st.sampled_from(ORDERS))
def test_positions_follow_the_reordering(text, order):
    positions = logical_positions(text, order)
    assert sorted(positions) == list(range(len(text)))
    assert "".join(text[at] for at in positions) == to_logical(text, order)


@given(st.text("اب۱۲ .", max_size=10), st.sampled_from(ORDERS))
def test_each_character_keeps_its_frame(text, order):
    alphabet = Alphabet(tuple(sorted(set(text) | {"x"})))
    network_text = to_network(text, order)
    classes = tuple(alphabet.encode(text, order))
    read, path = to_text(Path(classes, tuple(range(len(text))), (1.0,) * len(text)), alphabet, order)
    assert read == text
    assert "".join(network_text[frame] for frame in path.frames) == text
    assert alphabet.encode(text, "logical_mirrored") == list(path.classes)


def test_a_number_keeps_the_frames_of_its_digits():
    alphabet = Alphabet(("1", "2", "ب"))
    # In the image, from the left: 1, 2, ب. Read from the right: ب12.
    text, path = to_text(Path((1, 2, 3), (4, 6, 9), (1.0, 0.5, 0.2)), alphabet, "ltr_runs")
    assert (text, path.frames, path.confidences) == ("ب12", (9, 4, 6), (0.2, 1.0, 0.5))


@pytest.mark.parametrize(("text", "kept"), [(" ab ", (1, 2)), ("ab", (0, 1)), ("  ", ()), ("a b", (0, 1, 2)), ("", ())])
def test_stripping_drops_the_frames_of_the_spaces(text, kept):
    path = Path(tuple(range(1, len(text) + 1)), tuple(range(len(text))), (0.5,) * len(text))
    assert stripped(text, path) == (text.strip(), Path(tuple(at + 1 for at in kept), kept, (0.5,) * len(kept)))
