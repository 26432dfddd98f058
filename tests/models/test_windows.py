"""Windows over a line: what they promise about what each frame sees, for any line and width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.models.test_geometry import PAPER
from workbench.models.geometry import geometry_of, input_size
from workbench.models.registry import architecture, architecture_spec, with_norm
from workbench.models.windows import read_px, sure_width_px, window_widths, windows_of
from workbench.study.schema import Preprocessing

NAMES = ("small-cnn", "small-crnn", "small-crnn-windowed", "cnn", "htr-vt")
SMALL = Preprocessing(line_height_px=48)
BORDERED = Preprocessing(line_height_px=48, border_px=5)


@given(
    name=st.sampled_from(NAMES),
    preprocessing=st.sampled_from([SMALL, BORDERED, PAPER]),
    line_px=st.integers(1, 1500),
    width=st.integers(1, 3000),
)
def test_each_frame_is_read_once_and_sees_at_most_the_width(name, preprocessing, line_px, width):
    geometry = architecture(name).geometry
    size = input_size(48, line_px, preprocessing, geometry)
    windows = list(windows_of(size, width, preprocessing, geometry))
    assert [frame for window in windows for frame in range(window.first, window.stop)] == list(range(size.ctc_frames))
    end = preprocessing.canvas_width_px or preprocessing.border_px + size.scaled_width
    for window in windows:
        assert 0 <= window.left_px <= window.right_px <= end
        for frame in (window.first, window.stop - 1):
            centre = geometry.frame_centre_px(frame)
            if window.right_px > window.left_px:
                assert centre - window.left_px <= width / 2 or window.left_px == end
                assert window.right_px - 1 - centre <= width / 2
            if 0 < window.left_px < end:
                assert centre - window.left_px >= 3 / 8 * width - 1.5
            if 0 < window.right_px < end and window.left_px < window.right_px:
                assert window.right_px - 1 - centre >= 3 / 8 * width - 1.5


@given(
    name=st.sampled_from(NAMES),
    preprocessing=st.sampled_from([SMALL, BORDERED, PAPER]),
    line_px=st.integers(1, 1500),
    width=st.integers(1, 3000),
)
def test_a_window_is_an_input_of_its_network(name, preprocessing, line_px, width):
    """It begins at a whole frame, its stretch lies among its frames, and all of them fit into its input."""
    geometry = architecture(name).geometry
    size = input_size(48, line_px, preprocessing, geometry)
    for window in windows_of(size, width, preprocessing, geometry):
        assert window.origin_px % geometry.frame_px == 0
        assert window.origin_px <= window.left_px or window.left_px == window.right_px
        assert window.skipped == window.first - window.origin_px // geometry.frame_px >= 0
        assert window.skipped + window.stop - window.first <= window.frames
        assert window.frames <= geometry.frames_for_width(window.padded_px)
        assert window.right_px - window.origin_px <= window.padded_px
        assert window.frames + window.origin_px // geometry.frame_px <= size.ctc_frames


@pytest.mark.parametrize("preprocessing", [SMALL, BORDERED, PAPER])
def test_windows_of_twice_the_line_are_the_line(preprocessing):
    geometry = architecture("small-crnn").geometry
    size = input_size(48, 700, preprocessing, geometry)
    for window in windows_of(size, 2 * size.padded_width + 400, preprocessing, geometry):
        assert (window.origin_px, window.left_px, window.padded_px) == (0, 0, size.padded_width)
        assert (window.frames, window.skipped) == (size.ctc_frames, window.first)


def test_lstms_that_begin_anew_begin_at_the_same_frames():
    geometry = architecture("small-crnn-windowed").geometry
    size = input_size(48, 900, SMALL, geometry)
    origins = {window.origin_px for window in windows_of(size, 100, SMALL, geometry)}
    assert len(origins) > 5
    assert all(origin % (12 * geometry.frame_px) == 0 for origin in origins)


def test_where_nothing_may_change_any_more():
    small = architecture("small-cnn").geometry
    assert (small.field_px, sure_width_px(small)) == (49, 66)
    windowed = architecture("small-crnn-windowed").geometry
    assert sure_width_px(windowed) == -(-4 * (windowed.field_px + 44) // 3)
    for name in ("small-crnn", "small-transformer", "htr-vt-cnn"):
        assert sure_width_px(architecture(name).geometry) is None, name
    assert sure_width_px(geometry_of(with_norm(architecture_spec("small-cnn"), "group"))) is None


def test_widths_double_up_to_the_widest_line():
    assert window_widths(49, 400) == (13, 25, 49, 98, 196, 392)
    assert window_widths(2, 3) == (1, 2)
    assert window_widths(49, 5) == ()


def test_what_windows_cost():
    geometry = architecture("small-cnn").geometry
    size = input_size(48, 700, SMALL, geometry)
    assert read_px(size, None, SMALL, geometry) == size.padded_width
    narrow, wide = (read_px(size, width, SMALL, geometry) for width in (49, 392))
    assert size.padded_width < wide < narrow
