"""CTC's forward-backward algorithm for CPUs: losses and gradients of all lines in one pass over the frames.

The same mathematics as :func:`torch.nn.functional.ctc_loss`, which goes through states one by one with three
exponentials and a logarithm each. Here all states of all lines, in both directions, make a frame's step together, in
double precision and without logarithms: sums are scaled up again every few frames, and each frame's occupancies are
divided by their own sum, so that scales cancel. Lines whose paths are spread over more than a double can hold are left
to torch.

Source: Graves et al. 2006, section 4.1, with the rescaling of Rabiner 1989, section V.A.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workbench.text.alphabet import CTC_BLANK

_RESCALE_FRAMES = 8
_HIGH = 1e150
"""Value to which the largest sum is scaled: products of two of them are still finite."""
_LOW = 1e-280
"""A frame's sum of products below this has lost digits."""

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Found:
    """Loss of each line, shape (N,), and its gradient by the logits, shape (T, N, classes)."""

    losses: Floats
    gradients: Floats


def line_losses(logits: Tensor, labels: Tensor, frames: Sequence[int], lengths: Sequence[int]) -> Tensor | None:
    """CTC loss of each line, shape (N,), or None where torch has to compute it.

    Parameters
    ----------
    logits : Tensor, shape (T, N, classes), float32, on the CPU
    labels : Tensor
        Classes of all lines one after the other.
    frames, lengths : sequences of N ints
        Frames and classes of each line.
    """
    ends = list(accumulate(lengths, initial=0))
    classes = labels.numpy().astype(np.intp)
    with torch.no_grad():
        probabilities = logits.softmax(dim=-1).numpy()
    found = losses_and_gradients(probabilities, [classes[first:last] for first, last in pairwise(ends)], frames)
    return None if found is None else _Known.apply(logits, found)  # pyright: ignore[reportReturnType]


class _Known(torch.autograd.Function):
    """Losses whose gradients were found together with them."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, found: Found) -> Tensor:
        ctx.save_for_backward(torch.from_numpy(found.gradients))
        return torch.from_numpy(found.losses)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (known,) = ctx.saved_tensors
        return known * gradients[0][:, None], None


def losses_and_gradients(
    probabilities: Floats, labels: Sequence[NDArray[np.intp]], frames: Sequence[int]
) -> Found | None:
    """Return losses and gradients by the logits, or None where a line's paths are impossible or too far apart.

    Parameters
    ----------
    probabilities : ndarray, shape (T, N, classes)
    labels : sequence of N arrays
        Classes of each line.
    frames : sequence of N ints
    """
    lattice = _Lattice(labels, max(frames, default=0))
    lattice.emit(probabilities, frames)
    lattice.walk()
    losses = np.zeros(len(labels), dtype=np.float32)
    gradients = np.zeros_like(probabilities)
    for line, count in enumerate(frames):
        occupied = lattice.occupied(line, count, probabilities.shape[-1])
        loss = lattice.loss(line, count)
        if occupied is None or not np.isfinite(loss):
            return None
        losses[line] = loss
        gradients[:count, line] = probabilities[:count, line] - occupied
    return Found(losses, gradients)


class _Lattice:
    """States of all lines: blank, first class, blank, … blank. Row N + n is line n from its end to its beginning."""

    def __init__(self, labels: Sequence[NDArray[np.intp]], frames: int) -> None:
        self._labels = labels
        self._counts = [2 * len(classes) + 1 for classes in labels]
        rows, widest = 2 * len(labels), max(self._counts, default=1)
        self._skips = np.zeros((rows, widest))
        """1 where a state can be reached past the blank before it."""
        for row, classes in enumerate([*labels, *(classes[::-1] for classes in labels)]):
            self._skips[row, 3 : 2 * len(classes) : 2] = classes[1:] != classes[:-1]
        self._emitted = np.zeros((frames, rows, widest))
        self._reached = np.zeros((frames, rows, widest))
        """Sum over all ways to a state, the state's own probability not yet counted."""
        self._scales = np.zeros((-(-frames // _RESCALE_FRAMES), rows))
        """Logarithms of the factors by which the frames after every eighth were scaled."""

    def emit(self, probabilities: Floats, frames: Sequence[int]) -> None:
        """Note the probability of each state in each frame; states and frames beyond a line's own have none."""
        lines = len(self._labels)
        for line, (classes, count, states) in enumerate(zip(self._labels, frames, self._counts, strict=True)):
            named = np.full(states, CTC_BLANK, dtype=np.intp)
            named[1::2] = classes
            emitted = probabilities[:count, line].take(named, axis=1)
            self._emitted[:count, line, :states] = emitted
            self._emitted[:count, lines + line, :states] = emitted[::-1, ::-1]

    def walk(self) -> None:
        """Go through the frames, all rows together."""
        if not len(self._reached):
            return
        sums = np.zeros((self._skips.shape[0], self._skips.shape[1] + 2))
        here, before, two_before = sums[:, 2:], sums[:, 1:-1], sums[:, :-2]
        past = np.empty_like(self._skips)
        self._reached[0, :, :2] = 1.0
        np.multiply(self._reached[0], self._emitted[0], out=here)
        for frame in range(1, len(self._reached)):
            if frame % _RESCALE_FRAMES == 0:
                self._rescale(here, frame // _RESCALE_FRAMES)
            reached = self._reached[frame]
            np.multiply(self._skips, two_before, out=past)
            np.add(here, before, out=reached)
            np.add(reached, past, out=reached)
            np.multiply(reached, self._emitted[frame], out=here)

    def _rescale(self, sums: Doubles, at: int) -> None:
        highest = sums.max(axis=1)
        factors = _HIGH / np.where(highest > 0, highest, _HIGH)
        sums *= factors[:, None]
        self._scales[at] = np.log(factors)

    def occupied(self, line: int, frames: int, classes: int) -> Doubles | None:
        """Probability of each class in each frame, given the label: shape (frames, classes); None where unknown."""
        states = self._counts[line]
        there = self._reached[:frames, line, :states] * self._emitted[:frames, line, :states]
        back = self._reached[:frames, len(self._labels) + line, :states][::-1, ::-1]
        sums = np.einsum("ts,ts->t", there, back)
        if not len(sums) or not (sums.min() > _LOW and np.isfinite(sums.max())):
            return None
        named = np.zeros((states // 2, classes))
        named[np.arange(states // 2), self._labels[line]] = 1.0
        occupied = (there[:, 1::2] * back[:, 1::2]) @ named / sums[:, None]
        occupied[:, CTC_BLANK] = 1.0 - occupied.sum(axis=1)
        return occupied

    def loss(self, line: int, frames: int) -> float:
        """Negative logarithm of the probability of a line's label."""
        ends = slice(max(self._counts[line] - 2, 0), self._counts[line])
        last = frames - 1
        total = float(self._reached[last, line, ends] @ self._emitted[last, line, ends])
        scaled = self._scales[: last // _RESCALE_FRAMES + 1, line].sum()
        return float(scaled) - np.log(total) if total > 0 else np.inf
