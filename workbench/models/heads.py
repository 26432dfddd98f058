"""From one feature vector per frame to one score per class and frame."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from workbench.models.geometry import NetworkSizes


class ConvolutionHead(nn.Module):
    """One convolution over neighbouring frames: what is read in a frame depends on its surroundings only."""

    def __init__(self, features: int, classes: int, kernel_frames: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.convolution = nn.Conv2d(features, classes, (1, kernel_frames), padding=(0, kernel_frames // 2))

    def forward(self, features: Tensor) -> Tensor:
        """Map `(N, C, 1, T)` to logits `(T, N, classes)`."""
        return self.convolution(self.dropout(features)).squeeze(2).permute(2, 0, 1)


class RecurrentHead(nn.Module):
    """Bidirectional LSTMs over the whole line and a linear layer.

    Lines are packed to their own frames, so that the backward LSTM begins at the end of its line and not in the
    padding of its batch.
    """

    def __init__(self, features: int, classes: int, sizes: NetworkSizes) -> None:
        super().__init__()
        self.lstm = nn.LSTM(
            features,
            sizes.lstm_hidden,
            sizes.lstm_layers,
            bidirectional=True,
            dropout=sizes.lstm_dropout if sizes.lstm_layers > 1 else 0.0,
        )
        self.dropout = nn.Dropout(sizes.head_dropout)
        self.linear = nn.Linear(2 * sizes.lstm_hidden, classes)

    def forward(self, features: Tensor, frames: Sequence[int]) -> Tensor:
        """Map `(N, C, 1, T)` to logits `(T, N, classes)`; beyond a line's own frames they mean nothing."""
        sequence = features.squeeze(2).permute(2, 0, 1)
        return self.linear(self.dropout(self._read(sequence, frames)))

    def _read(self, sequence: Tensor, frames: Sequence[int]) -> Tensor:
        total = sequence.shape[0]
        if all(count == total for count in frames):
            return self.lstm(sequence)[0]
        packed = pack_padded_sequence(sequence, torch.tensor(frames), enforce_sorted=False)
        return pad_packed_sequence(self.lstm(packed)[0], total_length=total)[0]
