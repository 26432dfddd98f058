"""Whole networks, built from the sizes that a specification names."""

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn

from workbench.models.encoder import Encoder
from workbench.models.geometry import NetworkSizes, geometry_of
from workbench.models.heads import ConvolutionHead, RecurrentHead
from workbench.runs.spec import ArchitectureSpec


class Output(NamedTuple):
    """Scores of a batch: logits of shape `(T, N, classes)`, class 0 = CTC blank."""

    logits: Tensor
    auxiliary: Tensor | None
    """Scores of the shortcut head; None in evaluation and for networks without one."""


class LineNetwork(nn.Module):
    """Encoder and head, for all sizes that :class:`~workbench.models.geometry.NetworkSizes` can tell."""

    def __init__(self, sizes: NetworkSizes, classes: int) -> None:
        super().__init__()
        features = sizes.stage_channels[-1]
        kernel = sizes.head_kernel_frames
        self.encoder = Encoder(sizes)
        self.recurrent = RecurrentHead(features, classes, sizes) if sizes.head != "cnn" else None
        # Published: the head of the CNN-only network has the network's dropout, the shortcut has none.
        dropout = sizes.head_dropout if sizes.head == "cnn" else 0.0
        self.convolution = ConvolutionHead(features, classes, kernel, dropout) if sizes.head != "rnn" else None

    def forward(self, images: Tensor, frames: Sequence[int]) -> Output:
        """Read a batch of lines.

        Parameters
        ----------
        images : Tensor, shape (N, 1, H, W), float in [0, 1], ink = 1
        frames : sequence of N ints
            Frames of each line that CTC will look at; LSTMs read no further.
        """
        features = self.encoder(images)
        if self.recurrent is None:
            assert self.convolution is not None
            return Output(self.convolution(features), None)
        auxiliary = self.convolution(features) if self.training and self.convolution is not None else None
        return Output(self.recurrent(features, frames), auxiliary)


def build(spec: ArchitectureSpec, classes: int) -> LineNetwork:
    """Build a network with PyTorch's own initialisation, from torch's random state.

    Parameters
    ----------
    spec : ArchitectureSpec
    classes : int
        Outputs, the CTC blank included.

    Raises
    ------
    InputError
        When the sizes do not describe a network.
    """
    return LineNetwork(geometry_of(spec).sizes, classes)
