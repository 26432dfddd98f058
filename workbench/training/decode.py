"""Greedy CTC decoding: the best class of each frame, repeats merged, CTC blanks dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workbench.text.alphabet import CTC_BLANK, Alphabet
from workbench.text.reading_order import ReadingOrder, logical_positions, to_network


@dataclass(frozen=True, slots=True)
class Path:
    """Classes that a network output for one line, in network order; for each its frame and probability there.

    A class may win several neighbouring frames: the one where it is most probable counts.
    """

    classes: tuple[int, ...]
    frames: tuple[int, ...]
    confidences: tuple[float, ...]


def restrict(logits: Tensor, alphabet: Alphabet, allowed: Sequence[str] | None) -> Tensor:
    """Leave only characters that may be output; the CTC blank always may.

    Parameters
    ----------
    logits : Tensor, shape (T, N, classes)
    allowed : sequence of str or None
        Characters; None allows all.
    """
    if allowed is None:
        return logits
    kept = {CTC_BLANK, *(alphabet.encode("".join(allowed), "logical_mirrored", skip_unseen=True))}
    forbidden = [index for index in range(alphabet.classes) if index not in kept]
    restricted = logits.clone()
    restricted[..., forbidden] = -torch.inf
    return restricted


def decode(logits: Tensor, frames: Sequence[int]) -> list[Path]:
    """Read a batch of lines.

    Parameters
    ----------
    logits : Tensor, shape (T, N, classes)
    frames : sequence of N ints
        Frames of each line; what a network outputs beyond them is ignored.
    """
    probabilities, classes = logits.float().softmax(dim=-1).max(dim=-1)
    return collapse(classes.T.cpu().numpy(), probabilities.nan_to_num().T.cpu().numpy(), frames)


def collapse(classes: NDArray[np.int64], confidences: NDArray[np.float32], frames: Sequence[int]) -> list[Path]:
    """Merge repeats and drop CTC blanks, for all lines at once.

    Parameters
    ----------
    classes, confidences : ndarray, shape (N, T)
        Best class of each frame, and its probability.
    frames : sequence of N ints
        Frames of each line.
    """
    lines, total = classes.shape
    if lines == 0 or total == 0:
        return [Path((), (), ())] * lines
    inside = np.arange(total) < np.asarray(frames)[:, None]
    best = np.where(inside, classes, CTC_BLANK)
    begins = np.ones_like(inside)
    begins[:, 1:] = best[:, 1:] != best[:, :-1]
    starts = np.flatnonzero(begins)
    peaks = _peaks(confidences.ravel(), starts, np.cumsum(begins) - 1)
    spoken = best.ravel()[starts] != CTC_BLANK
    peaks = peaks[spoken]
    limits = np.searchsorted(peaks, np.arange(lines + 1) * total)
    return [
        _path(best[line], confidences[line], peaks[first:last] - line * total)
        for line, (first, last) in enumerate(pairwise(limits))
    ]


def _peaks(confidences: NDArray[np.float32], starts: NDArray[np.intp], run: NDArray[np.intp]) -> NDArray[np.intp]:
    """First frame of each run of equal classes where it is most probable; `run` numbers the run of each frame."""
    highest = np.maximum.reduceat(confidences, starts)
    at_peak = np.flatnonzero(confidences == highest[run])
    return at_peak[np.unique(run[at_peak], return_index=True)[1]]


def _path(classes: NDArray[np.int64], confidences: NDArray[np.float32], frames: NDArray[np.intp]) -> Path:
    return Path(
        tuple(classes[frames].tolist()), tuple(frames.tolist()), tuple(confidences[frames].astype(float).tolist())
    )


def to_text(path: Path, alphabet: Alphabet, order: ReadingOrder) -> tuple[str, Path]:
    """Text in logical order, and the path with its entries in that order too."""
    text = alphabet.decode(path.classes, order)
    positions = logical_positions(to_network(text, order), order)
    logical = Path(
        tuple([path.classes[at] for at in positions]),
        tuple([path.frames[at] for at in positions]),
        tuple([path.confidences[at] for at in positions]),
    )
    return text, logical


def stripped(text: str, path: Path) -> tuple[str, Path]:
    """Drop white space at both ends of a text, with the entries of the path that stand for it."""
    first = len(text) - len(text.lstrip())
    kept = slice(first, first + len(text.strip()))
    return text[kept], Path(path.classes[kept], path.frames[kept], path.confidences[kept])
