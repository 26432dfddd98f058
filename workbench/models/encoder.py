"""The convolutional part: from a line image to one feature vector per frame."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from workbench.models.masking import own_frames
from workbench.models.sizes import NORM_GROUPS, EmbeddingSizes, EncoderSizes, ResidualSizes
from workbench.study.conditions import Norm

Stride = tuple[int, int]


class LineNorm(nn.GroupNorm):
    """GroupNorm whose statistics are taken over a line's own columns, not over the padding to its right.

    The encoder says before each batch which columns are a line's own; until then all are, as in `torch.nn.GroupNorm`.
    """

    def __init__(self, groups: int, channels: int) -> None:
        super().__init__(groups, channels)
        self.own_px: Sequence[int] = ()
        """Of the images of a batch, how many columns are the line's own."""
        self.image_px = 0

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - the name of torch
        """Normalise `(N, C, H, W)`; the result has the input's precision, also under autocast."""
        if min(self.own_px, default=self.image_px) >= self.image_px:
            return super().forward(input).to(input.dtype)
        _, channels, height, width = input.shape
        column_px = round(self.image_px / width)
        columns = [-(-px // column_px) for px in self.own_px]
        own = own_frames(columns, width, input.device)[:, None].double()
        values = input.to(torch.promote_types(input.dtype, torch.float32))
        grouped = values.unflatten(1, (self.num_groups, -1))
        count = own.sum(-1) * (height * channels // self.num_groups)
        mean = (grouped.sum((2, 3)) * own).sum(-1) / count
        variance = (grouped.square().sum((2, 3)) * own).sum(-1) / count - mean.square()
        deviation = (variance.clamp_min(0) + self.eps).sqrt()
        share = channels // self.num_groups
        factor = self.weight / deviation.repeat_interleave(share, 1)
        summand = self.bias - mean.repeat_interleave(share, 1) * factor
        factor, summand = (each.to(values.dtype)[:, :, None, None] for each in (factor, summand))
        return torch.addcmul(summand, values, factor).to(input.dtype)


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions with norms around a shortcut, which is a 1×1 convolution where size or channels change."""

    def __init__(self, before: int, channels: int, norm: Norm, stride: Stride = (1, 1), *, projected: bool) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(before, channels, 3, stride, padding=1, bias=False),
            _norm(norm, channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            _norm(norm, channels),
        )
        self.shortcut = (
            nn.Sequential(nn.Conv2d(before, channels, 1, stride, bias=False), _norm(norm, channels))
            if projected
            else nn.Identity()
        )
        self.activation = nn.ReLU(inplace=True)

    def forward(self, features: Tensor) -> Tensor:
        """Map `(N, C, H, W)` to `(N, C', H', W')`."""
        return self.activation(self.body(features) + self.shortcut(features))


def _norm(norm: Norm, channels: int) -> nn.Module:
    return nn.BatchNorm2d(channels) if norm == "batch" else LineNorm(NORM_GROUPS, channels)


def _residual_layers(sizes: ResidualSizes) -> list[nn.Module]:
    """Return the published layers: stem 7×7 with stride 2, stages of residual blocks, max pooling between them."""
    kernel = sizes.stem_kernel_px
    layers: list[nn.Module] = [
        nn.Conv2d(1, sizes.stem_channels, kernel, stride=sizes.stem_stride_px, padding=kernel // 2),
        *([_norm(sizes.norm, sizes.stem_channels)] if sizes.stem_normalised else []),
        nn.ReLU(inplace=True),
    ]
    before = sizes.stem_channels
    for stage, channels in enumerate(sizes.stage_channels):
        pool = (sizes.pool_height[stage], sizes.pool_width[stage])
        if pool != (1, 1):
            layers.append(nn.MaxPool2d(pool))
        for _ in range(sizes.stage_blocks[stage]):
            layers.append(ResidualBlock(before, channels, sizes.norm, projected=before != channels))
            before = channels
    return layers


def _embedding_layers(sizes: EmbeddingSizes) -> list[nn.Module]:
    """Return the layers of HTR-VT's embedding: six halvings of the height, two of the width.

    Source: the published code of HTR-VT (Li, Chen, Tang, Shen), described anew: convolution 3×3 with stride (2, 1),
    max pooling 3×3 with stride (2, 1), stages of two residual blocks with strides (2, 1), (2, 2), (2, 2), and the
    same pooling again.
    """
    before = sizes.embedding_channels[0]
    layers: list[nn.Module] = [
        nn.Conv2d(1, before, 3, stride=(2, 1), padding=1, bias=False),
        _norm(sizes.norm, before),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=(2, 1), padding=1),
    ]
    for stage, channels in enumerate(sizes.embedding_channels):
        for block in range(sizes.embedding_blocks[stage]):
            stride = (1, 1) if block else (2, 2 if stage else 1)
            layers.append(ResidualBlock(before, channels, sizes.norm, stride, projected=block == 0))
            before = channels
    return [*layers, nn.MaxPool2d(3, stride=(2, 1), padding=1)]


class Encoder(nn.Module):
    """Convolutions, and the maximum over all rows at the end, which leaves one vector per frame.

    The published embedding of HTR-VT leaves a single row of images 64 px high, so that its maximum is that row; with
    the maximum it takes images of any height.
    """

    def __init__(self, sizes: EncoderSizes) -> None:
        super().__init__()
        layers = _residual_layers(sizes) if isinstance(sizes, ResidualSizes) else _embedding_layers(sizes)
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor, own_px: Sequence[int] = ()) -> Tensor:
        """Map images to features.

        Parameters
        ----------
        images : Tensor, shape (N, 1, H, W), float in [0, 1], ink = 1
        own_px : sequence of N ints, optional
            Columns of each line; those further right are padding, which a GroupNorm leaves out.

        Returns
        -------
        Tensor, shape (N, C, 1, T)
        """
        for module in self.modules():
            if isinstance(module, LineNorm):
                module.own_px, module.image_px = own_px, images.shape[-1]
        features = self.layers(images)
        # As published. On a CPU ten times as fast as amax, whose gradient looks for all places of the maximum.
        return max_pool2d(features, (features.shape[2], 1))
