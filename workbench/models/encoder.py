"""The convolutional part: from a line image to one feature vector per frame."""

from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from workbench.models.geometry import NetworkSizes


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions with BatchNorm around a shortcut, which is a 1×1 convolution where channels change."""

    def __init__(self, before: int, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(before, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )
        self.shortcut = nn.Identity() if before == channels else _project(before, channels)
        self.activation = nn.ReLU(inplace=True)

    def forward(self, features: Tensor) -> Tensor:
        """Map `(N, C, H, W)` to `(N, C', H, W)`."""
        return self.activation(self.body(features) + self.shortcut(features))


def _project(before: int, channels: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(before, channels, 1, bias=False), nn.BatchNorm2d(channels))


def _stem(sizes: NetworkSizes) -> list[nn.Module]:
    kernel = sizes.stem_kernel_px
    convolution = nn.Conv2d(1, sizes.stem_channels, kernel, stride=sizes.stem_stride_px, padding=kernel // 2)
    norm = [nn.BatchNorm2d(sizes.stem_channels)] if sizes.stem_normalised else []
    return [convolution, *norm, nn.ReLU(inplace=True)]


class Encoder(nn.Module):
    """Stem and stages; the maximum over all rows at the end leaves one vector per frame.

    Source: the published network (stem 7×7 with stride 2, stages of residual blocks, max pooling between them).
    """

    def __init__(self, sizes: NetworkSizes) -> None:
        super().__init__()
        layers = _stem(sizes)
        before = sizes.stem_channels
        for stage, channels in enumerate(sizes.stage_channels):
            pool = (sizes.pool_height[stage], sizes.pool_width[stage])
            if pool != (1, 1):
                layers.append(nn.MaxPool2d(pool))
            for _ in range(sizes.stage_blocks[stage]):
                layers.append(ResidualBlock(before, channels))
                before = channels
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        """Map images to features.

        Parameters
        ----------
        images : Tensor, shape (N, 1, H, W), float in [0, 1], ink = 1

        Returns
        -------
        Tensor, shape (N, C, 1, T)
        """
        features = self.layers(images)
        # As published. On a CPU ten times as fast as amax, whose gradient looks for all places of the maximum.
        return max_pool2d(features, (features.shape[2], 1))
