"""Distortions applied to a batch: all geometry in one resampling, then stroke width, then grey values."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import grid_sample

from workbench.models.geometry import InputSize, least_scaled_width, placed_size
from workbench.training.augment import GRID_CELLS, Distortion
from workbench.training.batches import Batch, canvases, to_batch, to_tensor
from workbench.training.lines import Layout, Line
from workbench.training.randomness import Key, stream

Matrix = NDArray[np.floating[Any]]
ELASTIC_SIGMA_PX = 20.0
_ELASTIC_REACH_PX = 60
_STROKE_HEIGHT_PX = 150
"""Line height of the published network, for which the kernel was chosen: a third of it would erase thin pens."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the pixels of a distorted line come from: output (x, y, 1) → input, and the new size."""

    to_source: Matrix
    size: InputSize


def collate_distorted(
    lines: Sequence[Line],
    distortions: Sequence[Distortion],
    keys: Sequence[tuple[Key, ...]],
    layout: Layout,
    device: torch.device,
    placements: Sequence[Placement] | None = None,
    images: Tensor | None = None,
) -> Batch:
    """Collate lines as :func:`workbench.training.batches.collate` does, each with its own distortion.

    Without a canvas a line's width, and with it its CTC frames, follow its distortion, but never so far that its
    label no longer fits.

    Parameters
    ----------
    keys : sequence
        Key of each line's elastic noise.
    placements : sequence, optional
        What :func:`place_distorted` returns for each line, where it is known already.
    images : Tensor, optional
        Their canvases on the device, uint8 of shape (N, H, W), where they are made already.
    """
    if placements is None:
        placements = [place_distorted(*pair, layout) for pair in zip(lines, distortions, strict=True)]
    sizes = [placement.size for placement in placements]
    images = to_tensor(torch.from_numpy(canvases(lines, layout)) if images is None else images, device)
    images = _resample(images, _maps(placements, distortions, keys, images, device), layout)
    images = _change_strokes(images, distortions)
    return to_batch(lines, sizes, _change_greys(images, distortions, layout))


def place_distorted(line: Line, distortion: Distortion, layout: Layout) -> Placement:
    """Work out where a distorted line lies and how large its input becomes."""
    border, height = layout.border_px, layout.preprocessing.line_height_px
    canvas = layout.preprocessing.canvas_width_px
    size = _stretched_size(line, distortion, layout)
    wide = canvas or size.scaled_width
    centre = (canvas / 2 if canvas else border + size.scaled_width / 2, height / 2)
    forward = _affine(distortion, centre, (wide, height)) @ _stretch(line.size, size, border)
    if canvas is None:
        forward, size = _begin_at_border(forward, line, size.scaled_height, layout)
    return Placement(np.linalg.inv(forward)[:2], size)


def _stretched_size(line: Line, distortion: Distortion, layout: Layout) -> InputSize:
    """Size of the input when the scan is stretched first: its width by the zoom, then its height by the aspect."""
    height, width = line.image_size
    new_width = max(int(distortion.zoom * width), 1)
    return layout.size(max(int(distortion.aspect * height / width * new_width), 1), new_width)


def _stretch(before: InputSize, after: InputSize, border: int) -> Matrix:
    """Scale the content about its top left corner."""
    x, y = after.scaled_width / before.scaled_width, after.scaled_height / before.scaled_height
    return np.array([[x, 0, border * (1 - x)], [0, y, border * (1 - y)], [0, 0, 1]])


def _affine(distortion: Distortion, centre: tuple[float, float], extent: tuple[float, float]) -> Matrix:
    """Scale, rotate and slant about a centre, in this order, then shift by shares of the extent."""
    angle = math.radians(distortion.rotate)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    slant = np.array([[1, math.tan(math.radians(distortion.shear_x))], [math.tan(math.radians(distortion.shear_y)), 1]])
    linear = slant @ turn @ np.diag([distortion.scale_x, distortion.scale_y])
    middle = np.array(centre)
    shift = middle - linear @ middle + np.array([distortion.shift_x, distortion.shift_y]) * np.array(extent)
    return np.vstack([np.column_stack([linear, shift]), [0, 0, 1]])


def _begin_at_border(forward: Matrix, line: Line, scaled_height: int, layout: Layout) -> tuple[Matrix, InputSize]:
    """Move a line so that it begins at the border, and make it wide enough for its label."""
    border = layout.border_px
    left, top = float(border), float(border)
    right, bottom = left + line.size.scaled_width, top + line.size.scaled_height
    corners = forward @ np.array([[left, right, left, right], [top, top, bottom, bottom], [1.0] * 4])
    begin, width = corners[0].min(), float(np.ptp(corners[0]))
    least = least_scaled_width(line.needed_frames, layout.preprocessing, layout.geometry)
    factor = max(least / width, 1.0)
    to_border = np.array([[factor, 0, border - factor * begin], [0, 1, 0], [0, 0, 1]])
    new_width = max(math.ceil(width * factor - 1e-6), 1)
    size = placed_size(scaled_height, new_width, layout.preprocessing, layout.geometry)
    return to_border @ forward, size


def _maps(
    placements: Sequence[Placement],
    distortions: Sequence[Distortion],
    keys: Sequence[tuple[Key, ...]],
    images: Tensor,
    device: torch.device,
) -> Tensor:
    """Where each output pixel lies in its source image, shape (N, H, W, 2): x and y from -1 to 1, as torch counts."""
    height, source_width = images.shape[-2:]
    width = max(placement.size.padded_width for placement in placements)
    units = np.array([[2 / source_width], [2 / height]])
    sources = np.stack([units * placement.to_source for placement in placements])
    linear, shift = sources[:, :, :2], sources[:, :, 2] - 1
    by_x, by_y, at_zero = (_to_device(part, device) for part in (linear[:, :, 0], linear[:, :, 1], shift))
    x = torch.arange(width, dtype=torch.float32, device=device) + 0.5
    y = torch.arange(height, dtype=torch.float32, device=device) + 0.5
    maps = by_x[:, :, None, None] * x + (by_y[:, :, None, None] * y[:, None] + at_zero[:, :, None, None])
    for at, (placement, distortion, key) in enumerate(zip(placements, distortions, keys, strict=True)):
        if distortion.grid[0] or distortion.elastic_px:
            moved = displacement(distortion, key, height, placement.size, device)
            maps[at, ..., : moved.shape[-1]] += torch.tensordot(_to_device(linear[at], device), moved, dims=1)
    return maps.permute(0, 2, 3, 1)


def _to_device(values: Matrix, device: torch.device) -> Tensor:
    return torch.from_numpy(values.astype(np.float32)).to(device)


def displacement(
    distortion: Distortion, key: tuple[Key, ...], height: int, size: InputSize, device: torch.device
) -> Tensor:
    """Pixels by which grid and elastic distortion move a line's input, shape (2, H, its padded width)."""
    width = size.padded_width
    moved = torch.zeros(2, height, width, device=device)
    if distortion.grid[0]:
        moved[0] += _grid_shift(distortion.grid[0], width).to(device)
        moved[1] += _grid_shift(distortion.grid[1], height)[:, None].to(device)
    if distortion.elastic_px:
        moved += distortion.elastic_px * _blur(_noise(key, height, width).to(device))
    return moved


def _noise(key: tuple[Key, ...], height: int, width: int) -> Tensor:
    """Noise between -1 and 1 of shape (2, H, W), in 256 levels: the blur sums thousands of them."""
    levels = np.frombuffer(bytearray(stream("elastic", *key).bytes(2 * height * width)), dtype=np.uint8)
    return torch.from_numpy(levels).reshape(2, height, width)


def _blur(noise: Tensor) -> Tensor:
    """Blur bytes as numbers between -1 and 1, with 0 around them; rows by Fourier transforms, columns by a product."""
    height, width = noise.shape[-2:]
    kernel = _gaussian(noise.device)
    # A circle of this length keeps both ends apart; lengths with small factors are quick.
    length = -(-(width + 2 * _ELASTIC_REACH_PX) // 128) * 128
    spectrum = torch.fft.rfft(noise.to(torch.float32) / 127.5 - 1, length) * torch.fft.rfft(kernel, length)
    by_row = torch.fft.irfft(spectrum, length)[..., _ELASTIC_REACH_PX : _ELASTIC_REACH_PX + width]
    rows = torch.arange(height, device=noise.device)
    apart = rows[:, None] - rows + _ELASTIC_REACH_PX
    inside = (apart >= 0) & (apart < len(kernel))
    return torch.where(inside, kernel[apart.clamp(0, len(kernel) - 1)], 0.0) @ by_row


def _gaussian(device: torch.device) -> Tensor:
    places = torch.arange(-_ELASTIC_REACH_PX, _ELASTIC_REACH_PX + 1, device=device, dtype=torch.float32)
    weights = torch.exp(-0.5 * (places / ELASTIC_SIGMA_PX) ** 2)
    return weights / weights.sum()


def _grid_shift(cells: Sequence[float], extent: int) -> Tensor:
    """Shift of each pixel when cells of equal size take these relative sizes; the first pixel stays.

    Published in every detail: both ends of a cell are pixels of it, and what the cells leave over is a cell too.
    """
    cell = extent // GRID_CELLS
    pixels = np.array([cell] * GRID_CELLS + [extent - GRID_CELLS * cell])
    sizes = np.array(cells) * pixels
    ends = np.cumsum(sizes) * (extent / sizes.sum())
    begins = np.concatenate([[0.0], ends[:-1]])
    sources = [np.linspace(*each) for each in zip(begins, ends, pixels, strict=True)]
    return torch.from_numpy((np.concatenate(sources) - np.arange(extent)).astype(np.float32))


def _is_published_canvas(layout: Layout) -> bool:
    """Tell whether there is no paper of value 0 beside a line: its streaks go on to the edge and beyond it."""
    return layout.preprocessing.canvas_width_px is not None and layout.preprocessing.background == "median"


def _resample(images: Tensor, maps: Tensor, layout: Layout) -> Tensor:
    beyond = "border" if _is_published_canvas(layout) else "zeros"
    return grid_sample(images, maps, "bilinear", padding_mode=beyond, align_corners=False)


def _change_strokes(images: Tensor, distortions: Sequence[Distortion]) -> Tensor:
    strength = min(images.shape[-2] / _STROKE_HEIGHT_PX, 1.0)
    changes = [(math.copysign(1, each.stroke), each.stroke_kernel) for each in distortions]
    for sign, kernel in sorted(set(changes)):
        chosen = [at for at, each in enumerate(distortions) if each.stroke and changes[at] == (sign, kernel)]
        if chosen:
            places = torch.tensor(chosen, device=images.device)
            before = images[places]
            after = _extreme(before, kernel, torch.maximum if sign > 0 else torch.minimum)
            weights = torch.tensor([abs(distortions[at].stroke) * strength for at in chosen], device=images.device)
            images[places] = before.lerp(after, weights[:, None, None, None])
    return images


def _extreme(images: Tensor, kernel: tuple[int, int], chosen: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Take the highest or lowest value around each pixel; what lies beyond the edge never counts.

    Comparing whole images that are shifted is ten times as fast on a CPU as pooling.
    """
    for dimension, extent in zip((-2, -1), kernel, strict=True):
        found = images.clone()
        for shift in range(1, extent // 2 + 1):
            kept = images.shape[dimension] - shift
            for to, there in ((0, shift), (shift, 0)):
                part = found.narrow(dimension, to, kept)
                part.copy_(chosen(part, images.narrow(dimension, there, kept)))
        images = found
    return images


def _change_greys(images: Tensor, distortions: Sequence[Distortion], layout: Layout) -> Tensor:
    contrast, brightness, gamma = (
        torch.tensor(values, device=images.device)[:, None, None, None]
        for values in zip(*((each.contrast, each.brightness, each.gamma) for each in distortions), strict=True)
    )
    # Elsewhere than on a published canvas paper stays 0, so brightness is added to ink in proportion to it.
    ink = images * (1 + contrast) + (brightness if _is_published_canvas(layout) else brightness * images)
    return ink.clamp(0, 1).pow(gamma)
