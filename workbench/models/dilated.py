"""Dilated convolutions over frames: the whole line without recurrence."""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from workbench.models.masking import own_frames
from workbench.models.sizes import DilatedSizes


class DilatedBlock(nn.Module):
    """A dilated convolution that widens, and a 1×1 convolution back, on a residual branch that begins with a norm.

    The norm is that of each frame by itself, so that no line takes part in another's.
    """

    def __init__(self, features: int, sizes: DilatedSizes, dilation: int) -> None:
        super().__init__()
        kernel = sizes.tcn_kernel_frames
        self.norm = nn.LayerNorm(features)
        padding = kernel // 2 * dilation
        self.there = nn.Conv1d(features, sizes.tcn_hidden, kernel, padding=padding, dilation=dilation)
        self.back = nn.Conv1d(sizes.tcn_hidden, features, 1)
        self.dropout = nn.Dropout(sizes.tcn_dropout)

    def forward(self, sequence: Tensor, own: Tensor) -> Tensor:
        """Map `(N, T, C)` to the same; `own`, `(N, T, 1)`, is 1 in a line's own frames and 0 behind them."""
        # A norm makes something of nothing: what lies behind the line is set to 0 before every convolution.
        normalised = (self.norm(sequence) * own).transpose(1, 2)
        branch = self.back(functional.relu(self.there(normalised))).transpose(1, 2)
        return sequence + self.dropout(branch)


class DilatedHead(nn.Module):
    """Blocks whose dilation doubles from 1 on, and a linear layer.

    Source: temporal convolutional networks (Bai, Kolter, Koltun 2018), here looking to both sides.
    """

    def __init__(self, features: int, classes: int, sizes: DilatedSizes) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(DilatedBlock(features, sizes, 2**at) for at in range(sizes.tcn_blocks))
        self.norm = nn.LayerNorm(features)
        self.dropout = nn.Dropout(sizes.head_dropout)
        self.linear = nn.Linear(features, classes)

    def forward(self, features: Tensor, frames: Sequence[int]) -> Tensor:
        """Map `(N, C, 1, T)` to logits `(T, N, classes)`; beyond a line's own frames they mean nothing."""
        sequence = features.squeeze(2).transpose(1, 2)
        own = own_frames(frames, sequence.shape[1], sequence.device).unsqueeze(-1).to(sequence.dtype)
        for block in self.blocks:
            sequence = block(sequence, own)
        return self.linear(self.dropout(self.norm(sequence))).transpose(0, 1)
