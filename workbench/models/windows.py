"""Windows of limited width over a line: what a stretch of frames may see of it. No torch.

How a line is read through windows of `width_px` columns:

1. Its frames are cut into stretches. A frame looks at the column in the middle of its field, its *centre*
   (:meth:`~workbench.models.geometry.Geometry.frame_centre_px`). A stretch is as long as the centres of its frames
   are at most an eighth of the width apart: one frame, where that is less than the next frame's distance.
2. Each stretch has a window: the columns that are at most half the width away from the centre of *every* one of its
   frames. So each frame sees at most `width_px` columns, at most half of them on either side, and at least three
   eighths of `width_px` on either side.
3. The window is read as if it were a line of its own: what lies outside is paper, it begins behind the border of a
   line and ends in the paper that every line has to its right, LSTMs begin anew in it, positions are counted anew.
4. Of what is read in it, only the frames of its stretch are kept. The frames of all stretches, one after the other,
   are decoded like those of a line that was read at once.

Windows begin at whole frames (at whole windows of LSTMs that begin anew on their own), so that every frame lies over
the same columns as in the line; columns between there and the first that may be seen are paper. Hence a frame whose
field lies inside its window is read exactly as in the whole line: of a network of convolutions nothing may change any
more from 4/3 of its field on. That does not hold for networks with a GroupNorm or whose grey values are standardised
per line: what they norm with is that of the window.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from workbench.models.geometry import CTC_MARGIN_PX, Geometry, InputSize
from workbench.models.sizes import LstmSizes
from workbench.study.schema import Preprocessing

_SURE_FACTOR = 4 / 3
_STRETCH_SHARE = 8
_LEAST_SHARE = 4


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a line's input, in its columns, and the frames that are read in it."""

    first: int
    """First frame of the stretch, counted in the line."""
    stop: int
    """The frame behind its last one."""
    origin_px: int
    """Column of the line at which the window's own input begins."""
    left_px: int
    right_px: int
    """Columns `left_px` to `right_px - 1` are seen; all others are paper."""
    padded_px: int
    """Width of the window's input."""
    frames: int
    """Frames that the network looks at, from its beginning."""
    skipped: int
    """Frames of its input before the stretch."""


def windows_of(size: InputSize, width_px: int, preprocessing: Preprocessing, geometry: Geometry) -> Iterator[Window]:
    """Cut a line into windows, from left to right; see the module for how.

    Parameters
    ----------
    size : InputSize
        Of the line.
    width_px : int
        Columns of the network's input that a frame may see, at least 1.
    """
    stretch = 1 + width_px // _STRETCH_SHARE // geometry.frame_px
    for first in range(0, size.ctc_frames, stretch):
        yield _window(first, min(first + stretch, size.ctc_frames), size, width_px, preprocessing, geometry)


def _window(
    first: int, stop: int, size: InputSize, width_px: int, preprocessing: Preprocessing, geometry: Geometry
) -> Window:
    half = (width_px - 1) / 2
    end = _end_px(size, preprocessing)
    left = min(max(math.ceil(geometry.frame_centre_px(stop - 1) - half), 0), end)
    right = min(max(math.floor(geometry.frame_centre_px(first) + half) + 1, left), end)
    origin = _origin_px(first, left - preprocessing.border_px, geometry)
    before = origin // geometry.frame_px
    if right == end:
        padded, frames = size.padded_width - origin, size.ctc_frames - before
    else:
        own = right - origin
        padded = -(-(own + geometry.right_margin_px) // geometry.width_multiple_px) * geometry.width_multiple_px
        frames = min(max(geometry.frames_for_width(own + CTC_MARGIN_PX), stop - before), size.ctc_frames - before)
    return Window(first, stop, origin, left, right, padded, frames, first - before)


def _end_px(size: InputSize, preprocessing: Preprocessing) -> int:
    """Column behind the last that is a line's own; a fixed canvas is a line's own as a whole."""
    return preprocessing.canvas_width_px or preprocessing.border_px + size.scaled_width


def _origin_px(first: int, wanted_px: int, geometry: Geometry) -> int:
    """Last column at or before a place at which an input may begin, and not behind the first frame of the stretch."""
    head = geometry.head
    frames = head.lstm_window_frames if isinstance(head, LstmSizes) else 0
    step = geometry.frame_px * max(frames, 1)
    return max(min(wanted_px, first * geometry.frame_px), 0) // step * step


def read_px(size: InputSize, width_px: int | None, preprocessing: Preprocessing, geometry: Geometry) -> int:
    """Columns of input that a line costs when it is read through windows; None: at once."""
    if width_px is None:
        return size.padded_width
    return sum(window.padded_px for window in windows_of(size, width_px, preprocessing, geometry))


def sure_width_px(geometry: Geometry) -> int | None:
    """Return the width from which on windows change nothing; None: the network depends on all that is in them."""
    encoder, head = geometry.encoder, geometry.head
    if geometry.field_px is None or encoder.norm == "group" or encoder.is_standardised:
        return None
    # A window of LSTMs reaches as far beyond a frame as the frame may stand from its other end.
    beyond = max(head.lstm_window_frames - 1, 0) * geometry.frame_px if isinstance(head, LstmSizes) else 0
    return math.ceil(_SURE_FACTOR * (geometry.field_px + beyond))


def window_widths(field_px: int, widest_px: int) -> tuple[int, ...]:
    """Widths to read through: a quarter of a field, then each twice the one before, as long as lines are wider.

    Parameters
    ----------
    field_px : int
        Columns that a frame sees through convolutions, of the network that sees most.
    widest_px : int
        Of the widest line.
    """
    widths: list[int] = []
    width = field_px / _LEAST_SHARE
    while width < widest_px:
        widths.append(max(math.ceil(width), 1))
        width *= 2
    return tuple(dict.fromkeys(widths))
