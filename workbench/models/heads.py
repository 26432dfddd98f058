"""From one feature vector per frame to one score per class and frame."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from workbench.models.sizes import LstmSizes
from workbench.settings import is_plain


class ConvolutionHead(nn.Module):
    """One convolution over neighbouring frames: what is read in a frame depends on its surroundings only."""

    def __init__(self, features: int, classes: int, kernel_frames: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.convolution = nn.Conv2d(features, classes, (1, kernel_frames), padding=(0, kernel_frames // 2))

    def forward(self, features: Tensor, frames: Sequence[int]) -> Tensor:
        """Map `(N, C, 1, T)` to logits `(T, N, classes)`; where lines end makes no difference to it."""
        return self.convolution(self.dropout(features)).squeeze(2).permute(2, 0, 1)


class RecurrentHead(nn.Module):
    """Bidirectional LSTMs and a linear layer, over the whole line or over windows of it.

    Each line is read within its own frames only: the backward LSTM begins at the end of its line and not in the
    padding of its batch. With windows both begin anew in each, as if it were a line.
    """

    def __init__(self, features: int, classes: int, sizes: LstmSizes) -> None:
        super().__init__()
        self.window = sizes.lstm_window_frames
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
        if self.window:
            read = read_windows(self.lstm, sequence, frames, self.window)
        else:
            read = read_lines(self.lstm, sequence, frames)
        return self.linear(self.dropout(read))


def read_windows(lstm: nn.LSTM, sequence: Tensor, frames: Sequence[int], window: int) -> Tensor:
    """Run a bidirectional LSTM over every `window` frames by themselves: `(T, N, C)` to `(T, N, 2 · hidden)`."""
    total, lines = sequence.shape[:2]
    windows = -(-total // window)
    padded = functional.pad(sequence, (0, 0, 0, 0, 0, windows * window - total))
    apart = padded.unflatten(0, (windows, window)).transpose(0, 1).flatten(1, 2)
    # A window beyond the end of its line is read too, for one frame: nothing looks at it.
    inside = [min(max(count - at * window, 1), window) for at in range(windows) for count in frames]
    read = read_lines(lstm, apart, inside).unflatten(1, (windows, lines))
    return read.transpose(0, 1).flatten(0, 1)[:total]


def read_lines(lstm: nn.LSTM, sequence: Tensor, frames: Sequence[int]) -> Tensor:
    """Run a bidirectional LSTM over each line's own frames: `(T, N, C)` to `(T, N, 2 · hidden)`."""
    if all(count == len(sequence) for count in frames):
        return lstm(sequence)[0]
    if sequence.device.type == "cpu" and not is_plain("lstm_by_direction"):
        return read_both_ways(lstm, sequence, frames)
    return read_packed(lstm, sequence, frames)


def read_packed(lstm: nn.LSTM, sequence: Tensor, frames: Sequence[int]) -> Tensor:
    """Run a bidirectional LSTM over packed lines: `(T, N, C)` to `(T, N, 2 · hidden)`."""
    packed = pack_padded_sequence(sequence, torch.tensor(frames), enforce_sorted=False)
    return pad_packed_sequence(lstm(packed)[0], total_length=len(sequence))[0]


def read_both_ways(lstm: nn.LSTM, sequence: Tensor, frames: Sequence[int]) -> Tensor:
    """Do the same as :func:`read_packed` with one pass per direction, the lines turned round for the second.

    On a CPU this is several times faster: PyTorch's packed LSTM steps through the frames one operation at a time,
    the unpacked one is a single kernel.
    """
    turned = _turning(len(sequence), frames)
    weights = iter(lstm.all_weights)
    for layer in range(lstm.num_layers):
        if layer:
            sequence = functional.dropout(sequence, lstm.dropout, lstm.training)
        there = _one_way(lstm, sequence, next(weights))
        back = _turn(_one_way(lstm, _turn(sequence, turned), next(weights)), turned)
        sequence = torch.cat([there, back], dim=-1)
    return sequence


def _one_way(lstm: nn.LSTM, sequence: Tensor, weights: list[nn.Parameter]) -> Tensor:
    start = sequence.new_zeros(1, sequence.shape[1], lstm.hidden_size)
    parameters: list[Tensor] = [*weights]
    return torch.lstm(sequence, (start, start), parameters, True, 1, 0.0, lstm.training, False, False)[0]


def _turning(total: int, frames: Sequence[int]) -> Tensor:
    """Where each frame of a flattened `(T, N)` comes from when every line is reversed within its own frames."""
    at = torch.arange(total)[:, None].expand(total, len(frames))
    ends = torch.tensor(frames)
    return (torch.where(at < ends, ends - 1 - at, at) * len(frames) + torch.arange(len(frames))).flatten()


def _turn(sequence: Tensor, turned: Tensor) -> Tensor:
    return sequence.flatten(0, 1).index_select(0, turned).view_as(sequence)
