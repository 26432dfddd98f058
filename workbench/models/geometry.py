"""What a network does to widths, computed from its sizes alone: frames, receptive field, parameters. No torch.

:func:`input_size` is the only place that says how large a line's network input is and how many frames CTC gets.
Training, evaluation and the check whether a label fits all ask it.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

from pydantic import ValidationError

from workbench.errors import InputError
from workbench.models.sizes import ENCODERS, HEADS, AttentionSizes, EncoderSizes, HeadSizes, WidthStep
from workbench.runs.spec import ArchitectureSpec
from workbench.study.schema import Preprocessing

MAX_WIDTH_PX = 16384
"""No network input is wider; a line that would be is squeezed. Only damaged or absurd images come near it."""

CTC_MARGIN_PX = 8
"""CTC sees a line's true width and this much paper, so that its last character has a frame to be read in."""

_MARGIN_FRAMES = 4
_ROUND_FRAMES = 8
_Part = TypeVar("_Part")


@dataclass(frozen=True)
class Geometry:
    """Widths, frames and parameter counts of a network. A *frame* is one column of its output."""

    encoder: EncoderSizes
    head: HeadSizes

    @cached_property
    def frame_px(self) -> int:
        """Input pixels from one frame to the next."""
        return math.prod(step.stride for step in self.encoder.width_steps)

    @cached_property
    def _narrowing(self) -> tuple[WidthStep, ...]:
        """Steps that change a width; asked for with every line of every data set."""
        return tuple(step for step in self.encoder.width_steps if step != (2 * step.padding + 1, 1, step.padding))

    def frames_for_width(self, width_px: int) -> int:
        """Count the frames of an input of this width, as each convolution and pooling rounds."""
        frames = width_px
        for kernel, stride, padding in self._narrowing:
            frames = max((frames + 2 * padding - kernel) // stride + 1, 0)
        return frames

    def width_for_frames(self, frames: int) -> int:
        """Return the smallest input width that gives at least so many frames."""
        width = frames
        for kernel, stride, padding in reversed(self._narrowing):
            width = max((width - 1) * stride + kernel - 2 * padding, 0)
        return width

    @cached_property
    def _encoder_reach_px(self) -> tuple[int, int]:
        left = right = 0
        step = 1
        for kernel, stride, padding in self.encoder.width_steps:
            left += padding * step
            right += (kernel - 1 - padding) * step
            step *= stride
        return left, right

    @cached_property
    def reach_px(self) -> tuple[int, int]:
        """First and last pixel column that frame 0 sees through convolutions, relative to column 0.

        Those of the encoder, and the one that is the head or its shortcut; not a head that reads along the line and
        knows where it ends.
        """
        left, right = self._encoder_reach_px
        side = self.head.convolution_frames // 2 * self.frame_px
        return -left - side, right + side

    @property
    def receptive_field_px(self) -> int:
        """Columns in :attr:`reach_px`."""
        left, right = self.reach_px
        return right - left + 1

    @property
    def field_px(self) -> int | None:
        """Columns that what is read in one frame depends on, the head included; None: the whole line."""
        if self.head.frames_seen is None:
            return None
        return sum(self._encoder_reach_px) + 1 + (self.head.frames_seen - 1) * self.frame_px

    @property
    def right_margin_px(self) -> int:
        """Paper to the right of every line: at least half the receptive field, in steps of four frames.

        With it no frame that CTC sees reaches the edge of the input: what is read does not depend on how much
        further the input is padded. The published networks get 128 px.
        """
        beyond_last = CTC_MARGIN_PX - self.width_for_frames(1) + self.reach_px[1] + 1
        half = -(-self.receptive_field_px // 2)
        return _round_up(max(half, beyond_last), _MARGIN_FRAMES * self.frame_px)

    @property
    def width_multiple_px(self) -> int:
        """Widths of inputs are rounded up to this, so that lines of like width share a batch in evaluation."""
        return _ROUND_FRAMES * self.frame_px

    def frame_centre_px(self, frame: int) -> float:
        """Column of the input that a frame looks at, in the middle of what it sees."""
        left, right = self.reach_px
        return frame * self.frame_px + (left + right) / 2

    @property
    def has_auxiliary_head(self) -> bool:
        """Tell whether a shortcut head takes part in training."""
        return self.head.has_shortcut

    def parameter_count(self, classes: int) -> int:
        """Trainable numbers of the whole network.

        Parameters
        ----------
        classes : int
            Outputs, the CTC blank included.
        """
        return self.encoder.parameter_count + self.head.parameter_count(self.encoder.features, classes)


def geometry_of(spec: ArchitectureSpec) -> Geometry:
    """Return the geometry of an architecture.

    Raises
    ------
    InputError
        When its sizes do not describe a network.
    """
    encoder_class = _named(spec, "encoder", ENCODERS, str(spec.sizes.get("encoder", "residual")))
    head_class = _named(spec, "head", HEADS, str(spec.sizes.get("head")))
    own = {name: size for name, size in spec.sizes.items() if name in encoder_class.model_fields}
    others = {name: size for name, size in spec.sizes.items() if name not in own}
    try:
        found = Geometry(encoder_class.model_validate(own), head_class.model_validate(others))
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"])) or "sizes"
        raise _wrong(spec, f"{where}: {fault['msg']}") from error
    _check_width(spec, found)
    return found


def _named(spec: ArchitectureSpec, size: str, table: Mapping[str, _Part], name: str) -> _Part:
    if name not in table:
        raise _wrong(spec, f"{size}: '{name}' is none of {', '.join(table)}")
    return table[name]


def _check_width(spec: ArchitectureSpec, geometry: Geometry) -> None:
    """Refuse features that attention cannot share out among its heads, or positions among sines and cosines."""
    if isinstance(geometry.head, AttentionSizes):
        heads, features = geometry.head.transformer_heads, geometry.encoder.features
        if features % heads or features % 4:
            raise _wrong(spec, f"transformer_heads: {features} features cannot be divided by {heads} heads and by 4")


def _wrong(spec: ArchitectureSpec, why: str) -> InputError:
    return InputError(f"The sizes of architecture '{spec.name}' are wrong", why)


@dataclass(frozen=True, slots=True)
class InputSize:
    """How a line goes into a network: its content `(scaled_height, scaled_width)` on paper, in pixels."""

    scaled_height: int
    scaled_width: int
    padded_width: int
    """Width of the input in evaluation; depends on this line alone. Batches in training may be wider."""
    ctc_frames: int
    """Frames that CTC (and an LSTM) sees."""


def input_size(height: int, width: int, preprocessing: Preprocessing, geometry: Geometry) -> InputSize:
    """Return the network input of a line image of `height` × `width` pixels (cached: grey, perhaps cropped).

    Without a canvas, the input ends with the margin that :attr:`Geometry.right_margin_px` asks for and CTC sees
    the line and :data:`CTC_MARGIN_PX`; on a fixed canvas, too wide lines are squeezed and CTC sees all of it
    (published).
    """
    border = preprocessing.border_px
    inner = max(preprocessing.line_height_px - 2 * border, 1)
    scaled_height = inner if preprocessing.scaling == "to_height" else min(inner, height)
    widest = max((preprocessing.canvas_width_px or MAX_WIDTH_PX) - 2 * border, 1)
    scaled_width = min(max(width * scaled_height // height, 1), widest)
    return placed_size(scaled_height, scaled_width, preprocessing, geometry)


def placed_size(scaled_height: int, scaled_width: int, preprocessing: Preprocessing, geometry: Geometry) -> InputSize:
    """Return the network input of a line that is already scaled (or stretched by augmentation)."""
    canvas = preprocessing.canvas_width_px
    if canvas is not None:
        return InputSize(scaled_height, scaled_width, canvas, geometry.frames_for_width(canvas))
    end = preprocessing.border_px + scaled_width
    padded = _round_up(end + geometry.right_margin_px, geometry.width_multiple_px)
    return InputSize(scaled_height, scaled_width, padded, geometry.frames_for_width(end + CTC_MARGIN_PX))


def least_scaled_width(frames: int, preprocessing: Preprocessing, geometry: Geometry) -> int:
    """Return the smallest `scaled_width` with which a line has so many CTC frames; 0 on a fixed canvas."""
    if preprocessing.canvas_width_px is not None:
        return 0
    return max(geometry.width_for_frames(frames) - CTC_MARGIN_PX - preprocessing.border_px, 0)


def needed_frames(labels: Sequence[Hashable]) -> int:
    """Frames without which CTC cannot output a label: one per character, one between equal neighbours.

    Parameters
    ----------
    labels : sequence
        Characters or class indices, as trained (added blanks included).
    """
    return len(labels) + sum(left == right for left, right in pairwise(labels))


def _round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
