"""What is done to a training line, drawn for (seed, epoch, line) alone. Pixels are moved in :mod:`.warps`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.training.randomness import Key, stream

GRID_CELLS = 5


@dataclass(frozen=True, slots=True)
class Distortion:
    """One line's random changes; the defaults change nothing. Angles in degrees."""

    zoom: float = 1.0
    """Of the scan's width, before it is scaled to the line height; matters only where small lines stay small."""
    aspect: float = 1.0
    """Height over width, relative to the scan's."""
    rotate: float = 0.0
    shear_x: float = 0.0
    """Slant of the strokes."""
    shear_y: float = 0.0
    scale_x: float = 1.0
    scale_y: float = 1.0
    shift_x: float = 0.0
    """Share of the input's width; without a canvas a line always begins at its border."""
    shift_y: float = 0.0
    grid: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())
    """Relative widths of columns and heights of rows into which the input is cut, one more of each than there are
    cells: for the pixels that are left over; empty: none."""
    elastic_px: float = 0.0
    """Factor on blurred noise that moves each pixel."""
    stroke: float = 0.0
    """1: strokes dilated by a pixel, -1: eroded by one, between: mixed with the line as it is. For lines of 150 px;
    smaller ones have thinner strokes and change by less."""
    stroke_kernel: tuple[int, int] = (3, 3)
    """Rows and columns that a stroke grows or shrinks over."""
    brightness: float = 0.0
    """Added to ink and, where the background is a published one, to paper too."""
    contrast: float = 0.0
    """Added to ink in proportion to it, so that paper stays 0."""
    gamma: float = 1.0


def _light(random: np.random.Generator) -> Distortion:
    """Draw a small slant and stretch, and another pen: what another line of the same hand may look like."""
    return Distortion(
        aspect=random.uniform(0.9, 1.1),
        rotate=random.uniform(-0.5, 0.5),
        shear_x=random.uniform(-8, 8),
        scale_y=random.uniform(0.92, 1.0),
        shift_y=random.uniform(-0.03, 0.03),
        stroke=random.uniform(-1, 1) if random.random() < 0.5 else 0.0,
        contrast=random.uniform(-0.1, 0.1) + random.uniform(-0.1, 0.1),
        gamma=random.uniform(0.85, 1.2),
    )


def _published(random: np.random.Generator) -> Distortion:
    """Draw as the published training does.

    Source: random stretching of the scan, then Affine, one of grid and elastic distortion, one of dilation and
    erosion, brightness and contrast, gamma, each with probability one half. The meaning of the numbers is that of the
    published library: a shift of 0.02 is always to the right and down, strokes change in height only, contrast turns
    about paper. docs/protocol.md tells what differs.
    """
    zoom, aspect = random.uniform(0.75, 1.25), random.uniform(0.9, 1.1)
    changes: dict[str, Any] = {"zoom": zoom, "aspect": aspect}
    if random.random() < 0.5:
        changes |= {
            "rotate": random.uniform(-1, 1),
            "shear_x": random.uniform(-30, 30),
            "shear_y": random.uniform(-5, 5),
            "scale_x": random.uniform(0.6, 1.2),
            "scale_y": random.uniform(0.6, 1.2),
            "shift_x": 0.02,
            "shift_y": 0.02,
        }
    if random.random() < 0.5:
        is_grid = random.random() < 0.5
        changes |= {"grid": (_cells(random), _cells(random))} if is_grid else {"elastic_px": 60.0}
    if random.random() < 0.5:
        changes |= {"stroke": 1.0 if random.random() < 0.5 else -1.0, "stroke_kernel": (3, 1)}
    if random.random() < 0.5:
        changes |= {"brightness": random.uniform(-0.2, 0.2), "contrast": random.uniform(-0.2, 0.2)}
    if random.random() < 0.5:
        changes["gamma"] = random.uniform(0.8, 1.2)
    return Distortion(**changes)


def _cells(random: np.random.Generator) -> tuple[float, ...]:
    return tuple(random.uniform(0.9, 1.1, GRID_CELLS + 1).tolist())


DRAWS: dict[str, Callable[[np.random.Generator], Distortion]] = {"light": _light, "published": _published}
"""By the name that a study gives; `none` is not among them."""


def draw(augmentation: str, *key: Key) -> Distortion:
    """Return the distortion for a key such as (seed, epoch, target, line id)."""
    return DRAWS[augmentation](stream("augment", *key))
