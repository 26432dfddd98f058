"""Sizes of the parts of a network: an encoder, which makes frames of pixels, and a head, which reads them. No torch.

Each part counts its own trainable numbers, and says what it does to widths; :mod:`workbench.models.geometry` puts
encoder and head together. A specification names all sizes in one flat table; see
:func:`workbench.models.geometry.geometry_of`.
"""

from typing import Annotated, ClassVar, Literal, NamedTuple, Self

from pydantic import Field, PositiveInt, model_validator

from workbench.study.conditions import Norm
from workbench.study.schema import FrozenModel

NORM_GROUPS = 8
"""Groups of a GroupNorm, whatever its number of channels: it divides those of every encoder in the table."""

_Kernel = Annotated[int, Field(ge=1, le=31)]
_Share = Annotated[float, Field(ge=0, lt=1)]
_Layers = Annotated[int, Field(ge=1, le=16)]


class WidthStep(NamedTuple):
    """A convolution or pooling, as far as widths go."""

    kernel: int
    stride: int = 1
    padding: int = 0
    """On either side."""


class ResidualSizes(FrozenModel):
    """The published encoder: a stem, and stages of residual blocks with max pooling before each."""

    is_standardised: ClassVar[bool] = False
    """Whether each line's grey values are brought to mean 0 and variance 1 first."""

    encoder: Literal["residual"] = "residual"
    stem_channels: PositiveInt
    stem_kernel_px: _Kernel
    stem_stride_px: PositiveInt
    """In both directions."""
    stem_normalised: bool
    """Whether a norm follows the stem's convolution."""
    stage_channels: tuple[PositiveInt, ...] = Field(min_length=1)
    stage_blocks: tuple[PositiveInt, ...]
    """Residual blocks of each stage, two 3×3 convolutions each."""
    pool_height: tuple[PositiveInt, ...]
    """Max pooling before each stage, over rows; 1 is none."""
    pool_width: tuple[PositiveInt, ...]
    norm: Norm = "batch"
    """`group`: GroupNorm in place of every BatchNorm, so that lines of a batch do not share their statistics."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        stages = len(self.stage_channels)
        if {len(self.stage_blocks), len(self.pool_height), len(self.pool_width)} != {stages}:
            raise ValueError("stage_channels, stage_blocks, pool_height and pool_width must have the same length")
        if self.stem_kernel_px % 2 == 0:
            raise ValueError("kernels must be odd")
        normalised = (*self.stage_channels, *[self.stem_channels] * self.stem_normalised)
        _check_groups(self.norm, normalised)
        return self

    @property
    def features(self) -> int:
        """Numbers per frame."""
        return self.stage_channels[-1]

    @property
    def width_steps(self) -> tuple[WidthStep, ...]:
        """What happens to widths, from the image to the frames."""
        steps = [WidthStep(self.stem_kernel_px, self.stem_stride_px, self.stem_kernel_px // 2)]
        for blocks, pool in zip(self.stage_blocks, self.pool_width, strict=True):
            steps += [WidthStep(pool, pool), *[WidthStep(3, 1, 1)] * (2 * blocks)]
        return tuple(steps)

    @property
    def parameter_count(self) -> int:
        """Trainable numbers."""
        count = self.stem_channels * (self.stem_kernel_px**2 + 1 + 2 * self.stem_normalised)
        before = self.stem_channels
        for channels, blocks in zip(self.stage_channels, self.stage_blocks, strict=True):
            for _ in range(blocks):
                count += _block_parameters(before, channels, projected=before != channels)
                before = channels
        return count


class EmbeddingSizes(FrozenModel):
    """The convolutional embedding of HTR-VT: three quarters of a ResNet-18 that pools heights more than widths."""

    is_standardised: ClassVar[bool] = True

    encoder: Literal["embedding"]
    embedding_channels: tuple[PositiveInt, ...] = Field(min_length=1)
    """Of each stage. The first stage halves the height, each further one height and width."""
    embedding_blocks: tuple[PositiveInt, ...]
    norm: Norm = "batch"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.embedding_channels) != len(self.embedding_blocks):
            raise ValueError("embedding_channels and embedding_blocks must have the same length")
        _check_groups(self.norm, self.embedding_channels)
        return self

    @property
    def features(self) -> int:
        """Numbers per frame."""
        return self.embedding_channels[-1]

    @property
    def width_steps(self) -> tuple[WidthStep, ...]:
        """What happens to widths, from the image to the frames."""
        same = WidthStep(3, 1, 1)
        steps = [same, same]
        for stage, blocks in enumerate(self.embedding_blocks):
            steps += [WidthStep(3, 2 if stage else 1, 1), *[same] * (2 * blocks - 1)]
        return (*steps, same)

    @property
    def parameter_count(self) -> int:
        """Trainable numbers."""
        before = self.embedding_channels[0]
        count = 9 * before + 2 * before
        for channels, blocks in zip(self.embedding_channels, self.embedding_blocks, strict=True):
            for block in range(blocks):
                count += _block_parameters(before, channels, projected=block == 0)
                before = channels
        return count


def _check_groups(norm: Norm, channels: tuple[int, ...]) -> None:
    if norm == "group" and any(count % NORM_GROUPS for count in channels):
        raise ValueError(f"norm 'group' needs channels in multiples of {NORM_GROUPS}")


def _block_parameters(before: int, channels: int, *, projected: bool) -> int:
    """Count a residual block: two 3×3 convolutions without bias, their norms, perhaps a 1×1 shortcut with its own."""
    body = 9 * before * channels + 9 * channels * channels + 4 * channels
    return body + (before * channels + 2 * channels if projected else 0)


class _HeadSizes(FrozenModel):
    head_dropout: _Share = 0.0
    """Before the last layer."""
    head_kernel_frames: _Kernel = 3
    """Of the convolution that is the head `cnn`, or stands beside another head as its shortcut."""

    @model_validator(mode="after")
    def _check_kernel(self) -> Self:
        if self.head_kernel_frames % 2 == 0:
            raise ValueError("kernels must be odd")
        return self

    def _convolution_parameters(self, features: int, classes: int) -> int:
        return features * classes * self.head_kernel_frames + classes


class ConvolutionSizes(_HeadSizes):
    """One convolution over neighbouring frames."""

    has_shortcut: ClassVar[bool] = False

    head: Literal["cnn"]

    @property
    def convolution_frames(self) -> int:
        """Frames that a convolution of this head, which does not know where a line ends, looks at; 1: there is none."""
        return self.head_kernel_frames

    @property
    def frames_seen(self) -> int:
        """Frames from which one is read, itself included; None: all of the line."""
        return self.head_kernel_frames

    def parameter_count(self, features: int, classes: int) -> int:
        """Trainable numbers, given the encoder's features and the number of outputs."""
        return self._convolution_parameters(features, classes)


class LstmSizes(_HeadSizes):
    """Bidirectional LSTMs and a linear layer. `both`: with the `cnn` head beside them as a shortcut in training."""

    head: Literal["rnn", "both"]
    lstm_layers: _Layers
    lstm_hidden: PositiveInt
    """Per direction."""
    lstm_dropout: _Share = 0.0
    """Between layers."""
    lstm_window_frames: Annotated[int, Field(ge=0)] = 0
    """The LSTMs begin anew after so many frames; 0: they read the whole line."""

    @property
    def has_shortcut(self) -> bool:
        """Whether a convolution beside the head takes part in training."""
        return self.head == "both"

    @property
    def convolution_frames(self) -> int:
        """Frames that the shortcut looks at; 1: there is none."""
        return self.head_kernel_frames if self.has_shortcut else 1

    @property
    def frames_seen(self) -> int | None:
        """Frames from which one is read, itself included; None: all of the line."""
        return self.lstm_window_frames or None

    def parameter_count(self, features: int, classes: int) -> int:
        """Trainable numbers, given the encoder's features and the number of outputs."""
        hidden = self.lstm_hidden
        inputs = [features, *[2 * hidden] * (self.lstm_layers - 1)]
        lstm = sum(2 * 4 * hidden * (width + hidden + 2) for width in inputs)
        shortcut = self._convolution_parameters(features, classes) if self.has_shortcut else 0
        return lstm + 2 * hidden * classes + classes + shortcut


class _SequenceSizes(_HeadSizes):
    shortcut: bool = False
    """Whether the `cnn` head stands beside it in training, as in `both`."""

    @property
    def has_shortcut(self) -> bool:
        """Whether a convolution beside the head takes part in training."""
        return self.shortcut

    @property
    def convolution_frames(self) -> int:
        """Frames that the shortcut looks at; 1: there is none."""
        return self.head_kernel_frames if self.shortcut else 1

    def _outer_parameters(self, features: int, classes: int) -> int:
        """Count the last norm, the linear layer and the shortcut."""
        shortcut = self._convolution_parameters(features, classes) if self.shortcut else 0
        return 2 * features + features * classes + classes + shortcut


class DilatedSizes(_SequenceSizes):
    """Residual blocks of one dilated convolution each, the dilation doubling from block to block (a TCN)."""

    head: Literal["tcn"]
    tcn_blocks: _Layers
    tcn_hidden: PositiveInt
    """Channels between a block's two convolutions."""
    tcn_kernel_frames: _Kernel = 3
    tcn_dropout: _Share = 0.0

    @model_validator(mode="after")
    def _check_tcn_kernel(self) -> Self:
        if self.tcn_kernel_frames % 2 == 0:
            raise ValueError("kernels must be odd")
        return self

    @property
    def frames_seen(self) -> int:
        """Frames from which one is read, itself included."""
        return 1 + (self.tcn_kernel_frames - 1) * (2**self.tcn_blocks - 1)

    def parameter_count(self, features: int, classes: int) -> int:
        """Trainable numbers, given the encoder's features and the number of outputs."""
        hidden = self.tcn_hidden
        there = features * hidden * self.tcn_kernel_frames + hidden
        back = hidden * features + features
        return self.tcn_blocks * (2 * features + there + back) + self._outer_parameters(features, classes)


class AttentionSizes(_SequenceSizes):
    """Pre-norm Transformer layers, as wide as the encoder's features."""

    transformer_layers: _Layers
    transformer_heads: PositiveInt
    transformer_hidden: PositiveInt
    """Numbers per frame inside the two-layer network after each attention."""
    transformer_dropout: _Share = 0.0
    """At the end of each residual branch."""

    @property
    def frames_seen(self) -> None:
        """Frames from which one is read: all of the line."""
        return

    def parameter_count(self, features: int, classes: int) -> int:
        """Trainable numbers, given the encoder's features and the number of outputs."""
        attention = 4 * features * features + 4 * features
        after = 2 * features * self.transformer_hidden + self.transformer_hidden + features
        layers = self.transformer_layers * (attention + after + 4 * features)
        return layers + self._outer_parameters(features, classes)


class TransformerSizes(AttentionSizes):
    """A Transformer encoder over the frames."""

    head: Literal["transformer"]


class VisionSizes(AttentionSizes):
    """The Transformer of HTR-VT: spans of frames are hidden in training, scores are standardised over the line."""

    head: Literal["htr-vt"]
    span_share: _Share
    """Part of a line's frames that is hidden in training at most: spans are drawn one by one and may overlap."""
    span_frames: PositiveInt

    def parameter_count(self, features: int, classes: int) -> int:
        """Trainable numbers, given the encoder's features and the number of outputs."""
        token = features
        return token + super().parameter_count(features, classes)


EncoderSizes = ResidualSizes | EmbeddingSizes
HeadSizes = ConvolutionSizes | LstmSizes | DilatedSizes | TransformerSizes | VisionSizes

ENCODERS: dict[str, type[EncoderSizes]] = {"residual": ResidualSizes, "embedding": EmbeddingSizes}
"""By the size `encoder`; sizes that do not name one mean the published encoder."""
HEADS: dict[str, type[HeadSizes]] = {
    "cnn": ConvolutionSizes,
    "rnn": LstmSizes,
    "both": LstmSizes,
    "tcn": DilatedSizes,
    "transformer": TransformerSizes,
    "htr-vt": VisionSizes,
}
"""By the size `head`."""
