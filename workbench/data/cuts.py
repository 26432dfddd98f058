"""Lines that are a part of a page image: inside a polygon, or where a mask has a certain colour."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workbench.data.images import Box, Ink
from workbench.errors import InputError
from workbench.files import canonical_json

SAME_SHAPE = 0.01
"""Relative difference of two aspect ratios up to which one page image is a scaled copy of the other."""

MASK_MARGIN_PX = 5
"""*Source:* the published line images of PHTD leave 5 px around the smallest box of a line's mask."""

Colours = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class PolygonCut:
    """What lies inside a polygon on a page."""

    points: tuple[tuple[int, int], ...]
    """(x, y) in px of the page, at least three."""
    page_size: tuple[int, int] | None = None
    """(width, height) in px of the page on which the points were drawn; None where that is not told."""


@dataclass(frozen=True, slots=True)
class MaskCut:
    """What lies where another image of the same size has a certain colour."""

    mask: str
    """Image of the mask, relative to the root of the data set."""
    colour: int
    """0xRRGGBB; a grey or palette value is its grey colour."""


Cut = PolygonCut | MaskCut


def cut_to_json(cut: Cut | None) -> list[Any] | None:
    """Plain values for a file; :func:`cut_from_json` reads them."""
    match cut:
        case None:
            return None
        case PolygonCut():
            return ["polygon", [list(point) for point in cut.points], cut.page_size and list(cut.page_size)]
        case MaskCut():
            return ["mask", cut.mask, cut.colour]


def cut_from_json(value: list[Any] | None) -> Cut | None:
    """Read what :func:`cut_to_json` gave."""
    if value is None:
        return None
    kind, first, second = value
    if kind == "mask":
        return MaskCut(first, second)
    return PolygonCut(tuple((x, y) for x, y in first), (second[0], second[1]) if second else None)


def digest_of_cut(page_digest: str, cut: Cut, mask_digest: str = "") -> str:
    """Hex sha256 that stands for the image of a line, as that of its file does for a line of its own."""
    return hashlib.sha256(canonical_json([page_digest, cut_to_json(cut), mask_digest]).encode()).hexdigest()


def paper_level(page: Ink) -> int:
    """Median level of a page, shape (H, W), ink = 255: what stands beside a line that was cut out."""
    histogram = np.asarray(Image.fromarray(page).histogram(), dtype=np.int64)
    return int(np.searchsorted(np.cumsum(histogram), histogram.sum() / 2))


def cut_polygon(page: Ink, paper: int, cut: PolygonCut) -> tuple[Ink, Box, tuple[str, ...]]:
    """Cut a polygon out of a page.

    Parameters
    ----------
    page : uint8 array, shape (H, W), ink = 255
    paper : int
        Level of everything outside the polygon, see :func:`paper_level`.
    cut : PolygonCut
        Parts of it that lie off the page are left out.

    Returns
    -------
    ink : uint8 array, shape (h, w)
        A copy.
    box : (top, bottom, left, right)
        Of the cut in the page, in px.
    notes : tuple of str
        What was done beside cutting.

    Raises
    ------
    InputError
        When the polygon has no area on the page, or was drawn on a page of another shape.
    """
    height, width = page.shape
    points, notes = _fitted(cut, width, height)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    left, right = max(0, min(xs, default=0)), min(width, max(xs, default=0) + 1)
    top, bottom = max(0, min(ys, default=0)), min(height, max(ys, default=0) + 1)
    if len(points) < 3 or right - left < 2 or bottom - top < 2:
        raise InputError("The line cannot be cut out", "its polygon has no area on the page")
    from PIL import ImageDraw  # with all of Pillow's fonts, for which the start of a window does not wait

    outline = Image.new("1", (right - left, bottom - top))
    ImageDraw.Draw(outline).polygon([(x - left, y - top) for x, y in points], fill=1, outline=1)
    box = (top, bottom, left, right)
    return _masked(page, paper, box, np.asarray(outline)), box, notes


def _fitted(cut: PolygonCut, width: int, height: int) -> tuple[list[tuple[int, int]], tuple[str, ...]]:
    """Points on the page as it is: drawn on a copy of another resolution they are scaled."""
    if cut.page_size is None or cut.page_size == (width, height) or 0 in cut.page_size:
        return list(cut.points), ()
    told_width, told_height = cut.page_size
    if abs(width * told_height - height * told_width) > SAME_SHAPE * width * told_height:
        raise InputError(
            "The line cannot be cut out",
            f"the page image is {width} × {height} px, the polygons were drawn on {told_width} × {told_height} px",
        )
    scaled = [(round(x * width / told_width), round(y * height / told_height)) for x, y in cut.points]
    return scaled, ("polygon drawn on a page image of another resolution, scaled",)


def mask_colours(mask: Image.Image) -> Colours:
    """Colour of each pixel as 0xRRGGBB, uint32, shape (H, W)."""
    channels = np.asarray(mask.convert("RGB"), dtype=np.uint32)
    return np.asarray(channels[..., 0] << 16 | channels[..., 1] << 8 | channels[..., 2], dtype=np.uint32)


def cut_mask(page: Ink, paper: int, colours: Colours, cut: MaskCut) -> tuple[Ink, Box]:
    """Cut out what a mask marks, in its smallest box with a margin of 5 px; everything else becomes paper.

    Parameters
    ----------
    page : uint8 array, shape (H, W), ink = 255
    paper : int
        See :func:`paper_level`.
    colours : uint32 array, shape (H, W)
        Of the mask, see :func:`mask_colours`.
    cut : MaskCut

    Raises
    ------
    InputError
        When the mask has another size, or nothing of this colour.
    """
    height, width = page.shape
    if colours.shape != page.shape:
        raise InputError(
            "The line cannot be cut out",
            f"the mask is {colours.shape[1]} × {colours.shape[0]} px, the page {width} × {height} px",
        )
    marked = colours == cut.colour
    rows, columns = np.flatnonzero(marked.any(axis=1)), np.flatnonzero(marked.any(axis=0))
    if not rows.size:
        raise InputError("The line cannot be cut out", f"the mask has no pixel of the colour #{cut.colour:06x}")
    top, bottom = max(0, int(rows[0]) - MASK_MARGIN_PX), min(height, int(rows[-1]) + 1 + MASK_MARGIN_PX)
    left, right = max(0, int(columns[0]) - MASK_MARGIN_PX), min(width, int(columns[-1]) + 1 + MASK_MARGIN_PX)
    return _masked(page, paper, (top, bottom, left, right), marked[top:bottom, left:right]), (top, bottom, left, right)


def _masked(page: Ink, paper: int, box: Box, inside: NDArray[np.bool_]) -> Ink:
    top, bottom, left, right = box
    return np.where(inside, page[top:bottom, left:right], np.uint8(paper))
