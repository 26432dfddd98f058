"""Which lines train together, and how they become one tensor."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workbench.models.geometry import InputSize
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


def epoch_batches(widths: Sequence[int], batch_lines: int, *, seed: int, epoch: int, bucketed: bool) -> list[list[int]]:
    """Return the batches of an epoch, as indices of lines; each line is in exactly one, the smallest batch last.

    All lines are shuffled, whatever their target. Bucketed, each window of eight batches is then sorted by width
    before it is cut, so that little padding is needed, and full batches come in random order.

    Parameters
    ----------
    widths : sequence of int
        Width of each line's network input.
    """
    random = stream("order", seed, epoch)
    order = random.permutation(len(widths))
    if not bucketed:
        return _cut(order, batch_lines)
    batches: list[list[int]] = []
    for window in _cut(order, _WINDOW_BATCHES * batch_lines):
        batches += _cut(np.array(sorted(window, key=lambda line: widths[line])), batch_lines)
    full = [batch for batch in batches if len(batch) == batch_lines]
    return [full[at] for at in random.permutation(len(full))] + [b for b in batches if len(b) < batch_lines]


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
