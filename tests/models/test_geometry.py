import subprocess
import sys
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.models.geometry import (
    CTC_MARGIN_PX,
    MAX_WIDTH_PX,
    geometry_of,
    input_size,
    least_scaled_width,
    needed_frames,
    placed_size,
)
from workbench.models.registry import ARCHITECTURES, architecture, architecture_spec
from workbench.study.schema import Preprocessing

NAMES = sorted(ARCHITECTURES)
PUBLISHED = ("both", "cnn", "rnn")
PAPER = Preprocessing(
    line_height_px=150,
    crop_to_ink=False,
    scaling="never_enlarge",
    canvas_width_px=2073,
    border_px=8,
    background="median",
)


@pytest.mark.parametrize(("name", "count"), [("cnn", 5_772_304), ("rnn", 9_958_416), ("both", 10_019_936)])
def test_published_parameter_counts_at_80_outputs(name, count):
    assert architecture(name).geometry.parameter_count(80) == count


@pytest.mark.parametrize(
    ("name", "millions"), [("cnn", (5.753, 5.780, 5.801, 5.817)), ("both", (9.988, 10.033, 10.067, 10.094))]
)
def test_published_parameter_counts_at_other_outputs(name, millions):
    geometry = architecture(name).geometry
    assert [round(geometry.parameter_count(classes) / 1e6, 3) for classes in (55, 90, 117, 138)] == list(millions)


def test_small_networks_have_the_size_that_was_tried():
    assert round(architecture("small-cnn").geometry.parameter_count(60) / 1e6, 2) == 0.18
    assert round(architecture("small-crnn").geometry.parameter_count(60) / 1e6, 2) == 0.34


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_geometry(name):
    geometry = architecture(name).geometry
    assert geometry.frames_for_width(2073) == 259
    assert geometry.frames_for_width(1024) == 128
    assert geometry.frame_px == 8
    assert geometry.right_margin_px == 128
    assert geometry.receptive_field_px == (221 if name == "rnn" else 237)


def test_small_geometry_is_in_proportion():
    geometry = architecture("small-crnn").geometry
    assert (geometry.frame_px, geometry.receptive_field_px, geometry.right_margin_px) == (4, 49, 32)


@pytest.mark.parametrize("name", NAMES)
def test_margin_covers_half_the_receptive_field(name):
    geometry = architecture(name).geometry
    assert geometry.right_margin_px >= geometry.receptive_field_px / 2


@given(st.sampled_from(NAMES), st.integers(1, 3000))
def test_width_for_frames_is_the_smallest_that_gives_them(name, frames):
    geometry = architecture(name).geometry
    width = geometry.width_for_frames(frames)
    assert geometry.frames_for_width(width) == frames
    assert geometry.frames_for_width(width - 1) == frames - 1


@pytest.mark.parametrize("name", NAMES)
def test_no_frames_without_width(name):
    assert architecture(name).geometry.frames_for_width(0) == 0
    assert architecture(name).geometry.width_for_frames(0) == 0


@given(st.sampled_from(NAMES), st.integers(1, 400), st.integers(1, 4000), st.integers(0, 16), st.integers(40, 160))
def test_ctc_sees_the_line_and_no_frame_sees_the_edge(name, height, width, border, line_height):
    geometry = architecture(name).geometry
    preprocessing = Preprocessing(line_height_px=line_height, border_px=border)
    size = input_size(height, width, preprocessing, geometry)
    assert size.scaled_height == line_height - 2 * border
    assert size.padded_width % geometry.width_multiple_px == 0
    assert size.padded_width - border - size.scaled_width >= geometry.right_margin_px
    assert size.ctc_frames == geometry.frames_for_width(border + size.scaled_width + CTC_MARGIN_PX)
    last = size.ctc_frames - 1
    assert last * geometry.frame_px + geometry.reach_px[1] < size.padded_width


@given(st.sampled_from(NAMES), st.integers(1, 200), st.integers(0, 9))
def test_least_width_gives_the_frames_asked_for(name, frames, border):
    geometry, preprocessing = architecture(name).geometry, Preprocessing(border_px=border)
    width = max(least_scaled_width(frames, preprocessing, geometry), 1)
    assert placed_size(30, width, preprocessing, geometry).ctc_frames >= frames
    if width > 1:
        assert placed_size(30, width - 1, preprocessing, geometry).ctc_frames < frames


def test_lines_are_scaled_to_the_height():
    size = input_size(100, 1000, Preprocessing(line_height_px=48), architecture("small-cnn").geometry)
    assert (size.scaled_height, size.scaled_width, size.padded_width) == (48, 480, 512)
    assert size.ctc_frames == 122


def test_published_canvas_never_enlarges_and_squeezes_what_is_too_wide():
    geometry = architecture("both").geometry
    small = input_size(60, 500, PAPER, geometry)
    assert (small.scaled_height, small.scaled_width, small.padded_width, small.ctc_frames) == (60, 500, 2073, 259)
    large = input_size(268, 2000, PAPER, geometry)
    assert (large.scaled_height, large.scaled_width) == (134, 1000)
    wide = input_size(134, 9000, PAPER, geometry)
    assert (wide.scaled_height, wide.scaled_width, wide.ctc_frames) == (134, 2057, 259)
    assert least_scaled_width(500, PAPER, geometry) == 0


def test_absurd_images_stay_within_bounds():
    geometry = architecture("small-cnn").geometry
    assert input_size(1, 30_000, Preprocessing(), geometry).scaled_width == MAX_WIDTH_PX
    assert input_size(30_000, 1, Preprocessing(), geometry).scaled_width == 1
    border = Preprocessing(line_height_px=16, border_px=64, canvas_width_px=64)
    assert input_size(50, 50, border, geometry).scaled_height == 1


@given(st.text("abc", max_size=20))
def test_needed_frames(text):
    repeats = sum(len(list(group)) - 1 for _, group in groupby(text))
    assert needed_frames(text) == len(text) + repeats == needed_frames([ord(character) for character in text])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"stem_channels": 0}, "stem_channels"),
        ({"stage_blocks": [1]}, "same length"),
        ({"stem_kernel_px": 6}, "odd"),
        ({"head": "rnn", "lstm_layers": 0}, "needs lstm_layers"),
        ({"head": "transformer"}, "head"),
        ({"heads": 2}, "heads"),
    ],
)
def test_wrong_sizes_are_named(changes, said):
    spec = architecture_spec("small-crnn")
    wrong = spec.model_copy(update={"sizes": spec.sizes | changes})
    with pytest.raises(InputError, match=said):
        geometry_of(wrong)


def test_unknown_architecture_is_told_with_what_was_meant():
    with pytest.raises(InputError, match="Did you mean 'small-crnn'"):
        architecture("smal-crnn")
    with pytest.raises(InputError, match="Known architectures: cnn, rnn, both"):
        architecture_spec("vit")


@pytest.mark.parametrize("name", NAMES)
def test_architectures_explain_themselves(name):
    entry = ARCHITECTURES[name]
    assert entry.name == name
    assert entry.label
    assert entry.explanation.endswith(".")
    assert entry.family == ("cnn" if entry.sizes["head"] == "cnn" else "crnn")


def test_geometry_and_registry_leave_torch_unloaded():
    code = "import sys, workbench.models.registry as r; r.architecture('both').geometry; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
