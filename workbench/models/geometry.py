"""What a network does to widths, computed from its sizes alone: frames, receptive field, parameters. No torch.

:func:`input_size` is the only place that says how large a line's network input is and how many frames CTC gets.
Training, evaluation and the check whether a label fits all ask it.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, ValidationError, model_validator

from workbench.errors import InputError
from workbench.runs.spec import ArchitectureSpec
from workbench.study.schema import FrozenModel, Preprocessing

MAX_WIDTH_PX = 16384
"""No network input is wider; a line that would be is squeezed. Only damaged or absurd images come near it."""

CTC_MARGIN_PX = 8
"""CTC sees a line's true width and this much paper, so that its last character has a frame to be read in."""

_MARGIN_FRAMES = 4
_ROUND_FRAMES = 8
Head = Literal["cnn", "rnn", "both"]
_Kernel = Annotated[int, Field(ge=1, le=31)]
_Share = Annotated[float, Field(ge=0, lt=1)]


class NetworkSizes(FrozenModel):
    """All sizes of a network: a stem, stages of residual blocks with pooling before each, and a head."""

    stem_channels: PositiveInt
    stem_kernel_px: _Kernel
    stem_stride_px: PositiveInt
    """In both directions."""
    stem_normalised: bool
    """Whether a BatchNorm follows the stem's convolution."""
    stage_channels: tuple[PositiveInt, ...] = Field(min_length=1)
    stage_blocks: tuple[PositiveInt, ...]
    """Residual blocks of each stage, two 3×3 convolutions each."""
    pool_height: tuple[PositiveInt, ...]
    """Max pooling before each stage, over rows; 1 is none."""
    pool_width: tuple[PositiveInt, ...]
    head: Head
    """`cnn`: one convolution over frames. `rnn`: LSTMs and a linear layer. `both`: `rnn`, and `cnn` beside it as a
    shortcut whose CTC loss helps in training only."""
    head_dropout: _Share
    head_kernel_frames: _Kernel = 3
    lstm_layers: Annotated[int, Field(ge=0, le=8)] = 0
    lstm_hidden: Annotated[int, Field(ge=0)] = 0
    lstm_dropout: _Share = 0.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        stages = len(self.stage_channels)
        if {len(self.stage_blocks), len(self.pool_height), len(self.pool_width)} != {stages}:
            raise ValueError("stage_channels, stage_blocks, pool_height and pool_width must have the same length")
        if self.stem_kernel_px % 2 == 0 or self.head_kernel_frames % 2 == 0:
            raise ValueError("kernels must be odd")
        if self.head != "cnn" and not (self.lstm_layers and self.lstm_hidden):
            raise ValueError(f"head '{self.head}' needs lstm_layers and lstm_hidden")
        return self


@dataclass(frozen=True)
class Geometry:
    """Widths, frames and parameter counts of a network. A *frame* is one column of its output."""

    sizes: NetworkSizes

    @cached_property
    def frame_px(self) -> int:
        """Input pixels from one frame to the next."""
        step = self.sizes.stem_stride_px
        for pool in self.sizes.pool_width:
            step *= pool
        return step

    def frames_for_width(self, width_px: int) -> int:
        """Count the frames of an input of this width, with the floors of stem and pooling."""
        frames = (width_px - 1) // self.sizes.stem_stride_px + 1 if width_px > 0 else 0
        for pool in self.sizes.pool_width:
            frames //= pool
        return frames

    def width_for_frames(self, frames: int) -> int:
        """Return the smallest input width that gives at least so many frames."""
        width = frames
        for pool in self.sizes.pool_width:
            width *= pool
        return (width - 1) * self.sizes.stem_stride_px + 1 if width > 0 else 0

    @cached_property
    def reach_px(self) -> tuple[int, int]:
        """First and last pixel column that frame 0 sees before any recurrence, relative to column 0."""
        left = right = self.sizes.stem_kernel_px // 2
        step = self.sizes.stem_stride_px
        for blocks, pool in zip(self.sizes.stage_blocks, self.sizes.pool_width, strict=True):
            right += (pool - 1) * step
            step *= pool
            left += 2 * blocks * step
            right += 2 * blocks * step
        if self.sizes.head != "rnn":
            side = self.sizes.head_kernel_frames // 2 * step
            left, right = left + side, right + side
        return -left, right

    @property
    def receptive_field_px(self) -> int:
        """Columns that one frame of the convolutional part sees, its head included."""
        left, right = self.reach_px
        return right - left + 1

    @property
    def right_margin_px(self) -> int:
        """Paper to the right of every line: at least half the receptive field, in steps of four frames.

        With it no frame that CTC sees reaches the edge of the input: what is read does not depend on how much
        further the input is padded. The published networks get 128 px.
        """
        return _round_up(-(-self.receptive_field_px // 2), _MARGIN_FRAMES * self.frame_px)

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
        return self.sizes.head == "both"

    def parameter_count(self, classes: int) -> int:
        """Trainable numbers of the whole network.

        Parameters
        ----------
        classes : int
            Outputs, the CTC blank included.
        """
        return self._stem_parameters() + self._stage_parameters() + self._head_parameters(classes)

    def _stem_parameters(self) -> int:
        sizes = self.sizes
        return sizes.stem_channels * (sizes.stem_kernel_px**2 + 1 + 2 * sizes.stem_normalised)

    def _stage_parameters(self) -> int:
        count, before = 0, self.sizes.stem_channels
        for channels, blocks in zip(self.sizes.stage_channels, self.sizes.stage_blocks, strict=True):
            for _ in range(blocks):
                count += 9 * before * channels + 9 * channels * channels + 4 * channels
                if before != channels:
                    count += before * channels + 2 * channels
                before = channels
        return count

    def _head_parameters(self, classes: int) -> int:
        sizes = self.sizes
        features = sizes.stage_channels[-1]
        convolution = features * classes * sizes.head_kernel_frames + classes
        if sizes.head == "cnn":
            return convolution
        inputs = [features, *[2 * sizes.lstm_hidden] * (sizes.lstm_layers - 1)]
        lstm = sum(2 * 4 * sizes.lstm_hidden * (width + sizes.lstm_hidden + 2) for width in inputs)
        linear = 2 * sizes.lstm_hidden * classes + classes
        return lstm + linear + (convolution if sizes.head == "both" else 0)


def geometry_of(spec: ArchitectureSpec) -> Geometry:
    """Return the geometry of an architecture.

    Raises
    ------
    InputError
        When its sizes do not describe a network.
    """
    try:
        return Geometry(NetworkSizes.model_validate(spec.sizes))
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"])) or "sizes"
        raise InputError(f"The sizes of architecture '{spec.name}' are wrong", f"{where}: {fault['msg']}") from error


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
