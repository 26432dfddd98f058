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
from workbench.models.registry import ARCHITECTURES, architecture, architecture_spec, with_norm
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


def test_geometry_of_htr_vt():
    geometry = architecture("htr-vt").geometry
    assert (geometry.frames_for_width(2073), geometry.frames_for_width(1024), geometry.frames_for_width(512)) == (
        519,
        256,
        128,
    )
    assert (geometry.frame_px, geometry.receptive_field_px, geometry.reach_px) == (4, 63, (-31, 31))


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
        ({"head": "rnn", "lstm_layers": 0}, "lstm_layers"),
        ({"head": "seq2seq"}, "'seq2seq' is none of cnn, rnn, both"),
        ({"encoder": "vgg"}, "'vgg' is none of residual, embedding"),
        ({"head": "transformer"}, "lstm_hidden|transformer_layers"),
        ({"heads": 2}, "heads"),
        ({"head_kernel_frames": 4}, "odd"),
        ({"norm": "layer"}, "norm"),
        ({"norm": "group", "stage_channels": [48, 90]}, "multiples of 8"),
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


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("small-transformer", {"transformer_heads": 5}, "96 features cannot be divided by 5 heads"),
        ("small-htr-vt", {"embedding_channels": [32, 64, 126], "transformer_heads": 3}, "126 features"),
        ("small-htr-vt", {"embedding_blocks": [1, 1]}, "same length"),
        ("small-tcn", {"tcn_kernel_frames": 2}, "odd"),
        ("small-htr-vt", {"stem_channels": 8}, "stem_channels"),
    ],
)
def test_wrong_sizes_of_further_parts_are_named(name, changes, said):
    spec = architecture_spec(name)
    with pytest.raises(InputError, match=said):
        geometry_of(spec.model_copy(update={"sizes": spec.sizes | changes}))


def test_a_norm_is_a_size_and_batch_is_what_sizes_mean():
    spec = architecture_spec("both")
    group = with_norm(spec, "group")
    assert group.sizes == spec.sizes | {"norm": "group"}
    assert with_norm(group, "batch") == with_norm(spec, "batch") == spec
    odd = spec.model_copy(update={"sizes": spec.sizes | {"stage_channels": [60, 128, 256]}})
    with pytest.raises(InputError, match="multiples of 8"):
        with_norm(odd, "group")


@pytest.mark.parametrize("name", NAMES)
def test_architectures_explain_themselves(name):
    entry = ARCHITECTURES[name]
    assert entry.name == name
    assert entry.label
    assert entry.explanation.endswith(".")
    head = entry.sizes["head"]
    families = {"rnn": "crnn", "both": "crnn", "htr-vt": "transformer"}
    assert entry.family == families.get(head, head)
    is_window = head == "cnn" or "lstm_window_frames" in entry.sizes
    assert entry.context == ("window" if is_window else "line")
    assert with_norm(entry.spec, "group")


def test_labels_are_different():
    assert len({entry.label for entry in ARCHITECTURES.values()}) == len(ARCHITECTURES)


@pytest.mark.parametrize("name", NAMES)
def test_references_are_cnn_only_networks_of_the_encoder_or_of_the_size(name):
    entry = ARCHITECTURES[name]
    assert bool(entry.references) == (entry.family != "cnn")
    for reference in (ARCHITECTURES[other] for other in entry.references):
        assert reference.family == "cnn"
        if not reference.name.endswith("-matched"):
            assert reference.geometry.encoder == entry.geometry.encoder


FIELDS = {  # columns that what is read in a frame depends on
    "cnn": 237,
    "cnn-matched": 373,
    "rnn-windowed": 453,
    "rnn-windowed-3": 237,
    "tcn": 8_397,
    "htr-vt-cnn": 71,
    "small-cnn": 49,
    "small-cnn-matched": 65,
    "small-crnn-windowed": 85,
    "small-crnn-windowed-3": 49,
    "small-tcn": 8_225,
    "small-htr-vt-cnn": 43,
}


@pytest.mark.parametrize("name", NAMES)
def test_fields(name):
    entry = ARCHITECTURES[name]
    assert entry.geometry.field_px == FIELDS.get(name)
    if name in FIELDS and entry.family in ("cnn", "crnn"):  # what is told of a field is true
        assert entry.family == "cnn" or f" {FIELDS[name]} px" in entry.explanation


@pytest.mark.parametrize(("name", "rivals"), [("cnn-matched", ("rnn", "both"))])
def test_a_matched_network_is_as_large_as_the_crnn(name, rivals):
    assert architecture(name).geometry.parameter_count(80) == 9_979_152
    for rival in rivals:
        share = 9_979_152 / architecture(rival).geometry.parameter_count(80)
        assert 0.995 < share < 1.005


@pytest.mark.parametrize(
    ("name", "rival", "within"),
    [
        ("tcn", "rnn", 0.003),
        ("transformer", "rnn", 0.003),
        ("small-cnn-matched", "small-crnn", 0.03),
        ("small-tcn", "small-crnn", 0.02),
        ("small-transformer", "small-crnn", 0.03),
    ],
)
def test_networks_that_replace_lstms_are_as_large(name, rival, within):
    for classes in (60, 80, 138):
        own, other = (architecture(each).geometry.parameter_count(classes) for each in (name, rival))
        assert abs(own / other - 1) < within


def test_dilated_convolutions_see_the_whole_line():
    # The published canvas is 259 frames wide. The longest of 5,532 real lines is 1,718 px wide where it is 48 px high:
    # 430 frames of 4 px, 859 of 2 px.
    assert architecture("tcn").geometry.head.frames_seen == 2 * 511 + 1
    assert architecture("small-tcn").geometry.head.frames_seen == 2 * 1023 + 1


def test_geometry_and_registry_leave_torch_unloaded():
    code = "import sys, workbench.models.registry as r; r.architecture('both').geometry; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
