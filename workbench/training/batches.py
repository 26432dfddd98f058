"""Which lines train together, and how they become one tensor."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workbench.models.geometry import InputSize
from workbench.study.epochs import EpochShape
from workbench.training.lines import Layout, Line, Pixels
from workbench.training.randomness import stream

_WINDOW_BATCHES = 8


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines as one tensor.

    `images` has shape (N, 1, H, W), float32 in [0, 1], ink = 1, paper = 0; `frames` counts the frames of each line
    that CTC looks at; `labels` are the classes of all lines one after the other, on the CPU.
    """

    images: Tensor
    frames: tuple[int, ...]
    labels: Tensor
    label_lengths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A line in an epoch."""

    line: int
    """Its index."""
    turn: int = 0
    """How often the epoch has drawn it before; above 0 only where sampling is balanced."""


def epoch_lines(targets: Sequence[str], shape: EpochShape, *, seed: int, epoch: int) -> list[Occurrence]:
    """Return what an epoch draws, one target after the other.

    Proportional sampling draws each line once. Balanced sampling draws of each target as many lines as the shape says:
    of a large one another part in each epoch, of a small one each line once and then again.

    Parameters
    ----------
    targets : sequence of str
        Target of each line; the targets stand one after the other, as in `shape`.
    """
    occurrences: list[Occurrence] = []
    first = 0
    for there, wanted in zip(shape.lines, shape.drawn, strict=True):
        order = range(there) if wanted == there else _in_turns(targets[first], there, wanted, seed, epoch)
        seen = Counter[int]()
        for line in order:
            occurrences.append(Occurrence(first + line, seen[line]))
            seen[line] += 1
        first += there
    return occurrences


def _in_turns(target: str, there: int, wanted: int, seed: int, epoch: int) -> list[int]:
    """Take the next `wanted` lines of an endless row of random orders of them all, so that no line is forgotten."""
    begin = (epoch - 1) * wanted
    rounds = range(begin // there, -(-(begin + wanted) // there))
    row = np.concatenate([stream("turn", seed, target, turn).permutation(there) for turn in rounds])
    return row[begin - rounds.start * there :][:wanted].tolist()


def epoch_batches(
    widths: Sequence[int],
    targets: Sequence[str],
    batch_lines: int,
    *,
    seed: int,
    epoch: int,
    bucketed: bool,
    separate: bool = False,
) -> list[list[int]]:
    """Return the batches of an epoch, as indices of what it draws, each in one batch, the smallest batch last.

    Bucketed, each window of eight batches is sorted by width before it is cut, so that little padding is needed, and
    full batches come in random order. The lines of the last, smaller batch are put aside before any are sorted: each
    has a larger share in the mean loss of its batch, so that a batch of the widest ones would teach long lines more.

    Parameters
    ----------
    widths, targets : sequences
        Width of the network's input, and target, of each line that is drawn; targets stand one after the other.
    separate : bool
        Whether each batch holds lines of one target only.
    """
    random = stream("order", seed, epoch)
    drawn = np.arange(len(targets))
    ends = [at for at in drawn[1:] if targets[at] != targets[at - 1]] if separate else []
    groups = [random.permutation(group) for group in np.split(drawn, ends)]
    batches = [batch for order in groups for batch in _batches(order, widths, batch_lines, bucketed=bucketed)]
    if len(groups) == 1 and not bucketed:
        return batches
    full = [batch for batch in batches if len(batch) == batch_lines]
    return [full[at] for at in random.permutation(len(full))] + [b for b in batches if len(b) < batch_lines]


def _batches(order: NDArray[np.int64], widths: Sequence[int], batch_lines: int, *, bucketed: bool) -> list[list[int]]:
    if not bucketed:
        return _cut(order, batch_lines)
    in_full_batches = len(order) - len(order) % batch_lines
    windows = _cut(order[:in_full_batches], _WINDOW_BATCHES * batch_lines)
    by_width = [np.array(sorted(window, key=lambda line: widths[line])) for window in windows]
    return [batch for window in by_width for batch in _cut(window, batch_lines)] + _cut(
        order[in_full_batches:], batch_lines
    )


def _cut(order: NDArray[np.int64], length: int) -> list[list[int]]:
    return [order[at : at + length].tolist() for at in range(0, len(order), length)]


def collate(lines: Sequence[Line], layout: Layout, device: torch.device, images: Tensor | None = None) -> Batch:
    """Put lines side by side into one tensor, as wide as the widest of them asks for.

    Parameters
    ----------
    images : Tensor, optional
        Their canvases on the device, uint8 of shape (N, H, W), where they are made already.
    """
    images = torch.from_numpy(canvases(lines, layout)) if images is None else images
    return to_batch(lines, [line.size for line in lines], to_tensor(images, device))


def canvases(lines: Sequence[Line], layout: Layout) -> Pixels:
    """Uint8 images of shape (N, H, W), ink = 255: each line at the top left, inside the border."""
    width = max(line.size.padded_width for line in lines)
    images = np.zeros((len(lines), layout.preprocessing.line_height_px, width), dtype=np.uint8)
    for image, line in zip(images, lines, strict=True):
        place(image[:, : line.size.padded_width], line.pixels, layout)
    return images


def beside(images: Sequence[Pixels]) -> Pixels:
    """Uint8 images of shape (N, H, W) from images of one height, paper to the right of the narrower ones."""
    joined = np.zeros((len(images), images[0].shape[0], max(image.shape[1] for image in images)), dtype=np.uint8)
    for to, image in zip(joined, images, strict=True):
        to[:, : image.shape[1]] = image
    return joined


def place(canvas: Pixels, pixels: Pixels, layout: Layout) -> None:
    """Draw a line into its own part of a canvas and fill the rest as the preprocessing says."""
    height, width = pixels.shape
    border = layout.border_px
    canvas[border : border + height, border : border + width] = pixels
    if layout.preprocessing.background == "median":
        columns = slice(border, border + width)
        by_column = _median(pixels, axis=0)
        canvas[:border, columns] = by_column
        canvas[border + height :, columns] = by_column
        by_row = _median(canvas[:, columns], axis=1)[:, None]
        canvas[:, :border] = by_row
        canvas[:, border + width :] = by_row


def _median(pixels: Pixels, axis: int) -> Pixels:
    """Median as :func:`numpy.pad` takes it of bytes: a half goes to the even neighbour."""
    return np.rint(np.median(pixels, axis=axis)).astype(np.uint8)


def to_tensor(images: Tensor, device: torch.device) -> Tensor:
    """One conversion to float32 in [0, 1] for the whole batch, of shape (N, 1, H, W), after the way to the device."""
    return images.to(device).unsqueeze(1).to(torch.float32).div_(255)


def to_batch(lines: Sequence[Line], sizes: Sequence[InputSize], images: Tensor) -> Batch:
    """Add frames and labels to images that are already collated."""
    labels = [label for line in lines for label in line.labels]
    return Batch(
        images=images,
        frames=tuple(size.ctc_frames for size in sizes),
        labels=torch.tensor(labels, dtype=torch.int32),
        label_lengths=tuple(len(line.labels) for line in lines),
    )


def split(batch: Batch, lines: int) -> list[Batch]:
    """Cut a batch into batches of at most so many lines, each as wide as the whole."""
    if len(batch.frames) <= lines:
        return [batch]
    ends = np.cumsum((0, *batch.label_lengths)).tolist()
    cuts = [slice(at, at + lines) for at in range(0, len(batch.frames), lines)]
    return [
        Batch(
            images=batch.images[cut],
            frames=batch.frames[cut],
            labels=batch.labels[ends[cut.start] : ends[min(cut.stop, len(batch.frames))]],
            label_lengths=batch.label_lengths[cut],
        )
        for cut in cuts
    ]
