"""Frames mapped back to the image: against the pixels that training really puts before a network."""

from itertools import pairwise

import numpy as np
import pytest

from workbench.models.frame_places import frame_places
from workbench.models.registry import ARCHITECTURES
from workbench.study.schema import Preprocessing
from workbench.training.lines import Layout, scale

CASES = [
    Preprocessing(line_height_px=48),
    Preprocessing(line_height_px=48, border_px=8),
    Preprocessing(line_height_px=64, canvas_width_px=400, border_px=5),
    Preprocessing(line_height_px=128, canvas_width_px=256, scaling="never_enlarge"),
]


def column_of_stroke(image: np.ndarray, layout: Layout) -> float:
    """Column of the network's input in which the only stroke of an image lies."""
    from workbench.training.batches import place

    height, width = image.shape
    size = layout.size(height, width)
    pixels = scale(image, size.scaled_height, size.scaled_width)
    if layout.is_mirrored:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
    canvas = np.zeros((layout.preprocessing.line_height_px, size.padded_width), np.uint8)
    place(canvas, pixels, layout)
    mass = canvas.sum(axis=0, dtype=float)
    return float((mass * np.arange(len(mass))).sum() / mass.sum())


@pytest.mark.parametrize("preprocessing", CASES)
@pytest.mark.parametrize("name", ["small-cnn", "small-crnn", "rnn"])
@pytest.mark.parametrize("is_mirrored", [False, True])
def test_a_frame_that_looks_at_a_stroke_lies_over_it(preprocessing, name, is_mirrored) -> None:
    geometry = ARCHITECTURES[name].geometry
    layout = Layout(preprocessing, geometry, is_mirrored)
    for height, width in ((60, 900), (200, 311), (33, 120)):
        places = frame_places(height, width, preprocessing, geometry, is_mirrored=is_mirrored)
        size = layout.size(height, width)
        for at in (width // 7, width // 2, width - width // 5):
            image = np.zeros((height, width), np.uint8)
            image[:, at - 1 : at + 2] = 255
            column = column_of_stroke(image, layout)
            frame = min(range(size.ctc_frames), key=lambda n: abs(geometry.frame_centre_px(n) - column))
            kept = layout.frame_from_left(frame, size)
            # A frame is known to its middle, to half a frame where the image was flipped and back.
            slack = (1.0 if is_mirrored else 0.5) * places.step_px + 2 * width / size.scaled_width + 1
            assert abs(places.centre(kept) - at) <= slack


@pytest.mark.parametrize("preprocessing", CASES)
def test_frames_follow_one_another_and_stay_on_the_image(preprocessing) -> None:
    geometry = ARCHITECTURES["small-crnn"].geometry
    places = frame_places(60, 900, preprocessing, geometry)
    frames = geometry.frames_for_width(2_000)
    spans = [places.span(frame) for frame in range(frames)]
    assert all(0 <= left <= right <= 900 for left, right in spans)
    assert all(one[1] == pytest.approx(other[0]) for one, other in pairwise(spans))
    assert spans[0][0] == 0
    assert spans[-1] == (900, 900)
    moved = places.moved(-30)
    assert moved.centre(20) == pytest.approx(places.centre(20) - 30)
