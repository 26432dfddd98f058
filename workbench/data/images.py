"""Image files become grey ink: any bit depth or colour, paper = 0, ink = 255 (or 1.0)."""

import struct
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from workbench.errors import InputError

FORMATS = ("PNG", "JPEG", "TIFF", "BMP")
"""Everything else that Pillow could open stays closed: line images never need it, and its decoders have a past."""

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")

MAX_PIXELS = 50_000_000
MAX_FILE_BYTES = 200_000_000
MAX_PAGE_PIXELS = 80_000_000
"""Of a page out of which lines are cut: A3 at 600 dpi. Pillow itself warns from 89 megapixels on."""
MIN_SIDE_PX = 4
MAX_ASPECT = 200
"""Wider or taller than this in proportion is no line of text, and would come out enormous at the network's height."""

MARGIN_PX = 4
BLANK_CONTRAST = 16
"""Levels (of 255) by which the darkest pixel must differ from the paper before there is ink at all."""

QUANTILE = 0.005
"""Share of the ink mass that is left out at each side, so that a speck does not hold the crop open."""

_STRIP_PX = 120_000
_STRIP_ROWS = 256
"""So few that the sum of a column of ink fits into 16 bits."""

# Half-way to Pillow's own limit it only warns; below this line a warned-of image is refused like any other bomb.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
# Pillow warns of damaged metadata; the pixels may be whole, and a decoder that cannot go on raises anyway.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

# What Pillow's decoders raise on damaged files.
_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    struct.error,
    UserWarning,  # under `python -W error`
)

Ink = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""(top, bottom, left, right) in pixels, bottom and right exclusive."""


@dataclass(frozen=True, slots=True)
class GreyImage:
    """A decoded image.

    Attributes
    ----------
    ink : uint8 array, shape (H, W)
        255 = ink, 0 = paper; turned upright as its EXIF data says.
    notes : tuple of str
        What was done beside plain decoding, in a few words each.
    """

    ink: Ink
    notes: tuple[str, ...] = ()


def read_grey(path: Path) -> NDArray[np.float32]:
    """Read an image file as ink.

    Returns
    -------
    float32 array, shape (H, W), in [0, 1]
        Ink = 1, paper = 0, whatever the file's bit depth, colours or transparency (shown on white).

    Raises
    ------
    InputError
        When it is missing, damaged, no PNG, JPEG, TIFF or BMP, or larger than 50 megapixels.
    """
    try:
        if not path.is_file():
            raise InputError(f"{path.name} cannot be read", "no such file" if not path.exists() else "not a plain file")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InputError(f"{path.name} cannot be used", "the file is larger than 200 MB")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name} cannot be read", error.strerror or str(error)) from error
    return decode_grey(content, path.name).ink.astype(np.float32) / np.float32(255)


def decode_grey(content: bytes, name: str, *, is_page: bool = False) -> GreyImage:
    """Decode the bytes of an image file; `name` stands in messages.

    Parameters
    ----------
    content : bytes
        Of the file.
    name : str
        Of the file.
    is_page : bool
        A whole page may be larger than a line, up to 80 megapixels, and may have any shape.

    Raises
    ------
    InputError
        With the reason in `why`, see :func:`read_grey`.
    """
    with opened_image(content, name) as image:
        _check_pixels(image, name, MAX_PAGE_PIXELS if is_page else MAX_PIXELS)
        if not is_page:
            check_line_size(*image.size, name)
        pages = int(getattr(image, "n_frames", 1))
        grey = _grey_levels(_upright(image))
    ink: Ink = np.subtract(255, grey, dtype=np.uint8)
    notes = ("several pages, the first is used",) if pages > 1 else ()
    if is_white_on_black(ink):
        return GreyImage(np.subtract(255, ink, dtype=np.uint8), (*notes, "white on black, inverted"))
    return GreyImage(ink, notes)


@contextmanager
def opened_image(content: bytes, name: str) -> Generator[Image.Image]:
    """Give an image file opened by Pillow; whatever its decoder raises inside the block is told as an input error.

    Raises
    ------
    InputError
        With the reason in `why`.
    """
    if not content:
        raise InputError(f"{name} cannot be used", "the file is empty (0 bytes)")
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError(f"{name} cannot be used", "it is larger than 50 megapixels") from error
    except Image.UnidentifiedImageError as error:
        raise InputError(f"{name} cannot be used", "not a PNG, JPEG, TIFF or BMP image, or damaged") from error
    except _DAMAGED as error:
        raise InputError(f"{name} cannot be used", f"the image is damaged ({_short(error)})") from error


def _short(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:80].replace("\x00", "")


def _check_pixels(image: Image.Image, name: str, most: int) -> None:
    """Refuse at the header, before any pixel is decoded."""
    width, height = image.size
    if width * height > most:
        raise InputError(f"{name} cannot be used", f"{width} × {height} px is more than {most // 1_000_000} megapixels")


def check_page_pixels(image: Image.Image, name: str) -> None:
    """Refuse an image that is too large even for a page.

    Raises
    ------
    InputError
        With the reason in `why`.
    """
    _check_pixels(image, name, MAX_PAGE_PIXELS)


def check_line_size(width: int, height: int, name: str) -> None:
    """Refuse what cannot be the image of a line.

    Raises
    ------
    InputError
        With the reason in `why`.
    """
    if min(width, height) < MIN_SIDE_PX:
        raise InputError(f"{name} cannot be used", f"{width} × {height} px is too small for a line of text")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise InputError(f"{name} cannot be used", f"{width} × {height} px is no line of text")


def _upright(image: Image.Image) -> Image.Image:
    orientation = image.getexif().get(0x0112, 1) if image.format in ("JPEG", "PNG") else 1
    return ImageOps.exif_transpose(image) if orientation != 1 else image


def _grey_levels(image: Image.Image) -> Ink:
    """0 = black, 255 = white, shape (H, W)."""
    mode = image.mode
    if mode.startswith("I") or mode == "F":
        return _deep_levels(image)
    if mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("L")
    elif mode in ("P", "CMYK", "LAB", "HSV", "YCbCr"):
        image = image.convert("RGB").convert("L")
    elif mode != "L":
        image = image.convert("L")
    return np.asarray(image)


def _deep_levels(image: Image.Image) -> Ink:
    """More than 8 bits per pixel: scaled by what the values use (8 bit, 16 bit, 0 to 1, or their own maximum)."""
    values = np.asarray(image, dtype=np.float32)
    if image.mode == "F":  # what is no number is shown as paper
        values = np.nan_to_num(values, nan=np.inf, posinf=np.inf, neginf=0.0)
    top = float(values.max(where=np.isfinite(values), initial=0.0))
    limits = (1.0, 255.0, 65535.0) if image.mode == "F" else (255.0, 65535.0)
    white = next((limit for limit in limits if top <= limit), top)
    levels = np.rint(np.clip(values / np.float32(white), 0.0, 1.0) * 255).astype(np.uint8)
    tags = getattr(image, "tag_v2", None)
    if tags is not None and tags.get(262) == 0:  # TIFF photometric "white is zero": Pillow turns 8 bits only
        levels = np.subtract(255, levels, dtype=np.uint8)
    return levels


def _histogram(ink: Ink) -> NDArray[np.int64]:
    return np.asarray(Image.fromarray(ink).histogram(), dtype=np.int64)


def is_white_on_black(ink: Ink) -> bool:
    """Tell whether an image shows bright strokes on dark paper, only where that is beyond doubt.

    The levels are cut in two by Otsu's threshold. Paper is the majority and lies at the border of a line image:
    the dark part must be two thirds of all pixels and of the border, and far darker than the bright part. Dim
    scans, thick pens and shadows do not pass.
    """
    if np.count_nonzero(ink[::3, ::3] > 127) * 5 < 3 * ink[::3, ::3].size:  # cheap: nearly every image ends here
        return False
    histogram = _histogram(ink)
    total = int(histogram.sum())
    cut = _otsu(histogram)
    levels = np.arange(256)
    dark, bright = histogram[cut:], histogram[:cut]
    if dark.sum() * 3 < 2 * total or not bright.any():
        return False
    contrast = float((dark @ levels[cut:]) / dark.sum() - (bright @ levels[:cut]) / bright.sum())
    border = np.concatenate((ink[0], ink[-1], ink[:, 0], ink[:, -1]))
    return contrast > 110 and float(np.mean(border >= cut)) > 2 / 3


def _otsu(histogram: NDArray[np.int64]) -> int:
    """Level that separates two groups with the largest variance between them; the upper group begins there."""
    levels = np.arange(256)
    below = np.cumsum(histogram)
    mass = np.cumsum(histogram * levels)
    total, whole = below[-1], mass[-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (whole * below / total - mass) ** 2 / (below.astype(float) * (total - below))
    return int(np.nanargmax(np.where(np.isfinite(between), between, -1.0))) + 1


def ink_box(image: NDArray[np.uint8] | NDArray[np.float32]) -> Box:
    """Rows and columns that hold the writing.

    Between the 0.5 % and the 99.5 % quantile of the ink mass, with a 4 px margin. The paper's own level (the
    median) and what hardly stands out of it have no mass, so that grey paper does not count as ink.

    Parameters
    ----------
    image : array, shape (H, W)
        uint8 with ink = 255, or float in [0, 1] with ink = 1.

    Returns
    -------
    (top, bottom, left, right)
        Bottom and right exclusive; the whole image where nothing stands out of the paper.
    """
    height, width = image.shape
    extent = ink_extent(image)
    if extent is None:
        return 0, height, 0, width
    top, bottom, left, right = extent
    return (
        max(0, top - MARGIN_PX),
        min(height, bottom + MARGIN_PX),
        max(0, left - MARGIN_PX),
        min(width, right + MARGIN_PX),
    )


def ink_extent(image: NDArray[np.uint8] | NDArray[np.float32]) -> Box | None:
    """Give :func:`ink_box` without its margin, None where nothing stands out of the paper."""
    ink: Ink = (
        np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
        if image.dtype.kind == "f"
        else image.astype(np.uint8, copy=False)
    )
    paper, level = _paper_level(ink)
    if level > 255:
        return None
    of_rows: list[NDArray[np.uint32]] = []
    of_columns = np.zeros(ink.shape[1], dtype=np.uint32)
    for strip in _strips(ink):
        mass = strip - np.uint8(paper)
        mass *= (strip > level).view(np.uint8)  # paper and below wrapped around, and are masked
        of_rows.append(mass.sum(axis=1, dtype=np.uint32))
        of_columns += mass.sum(axis=0, dtype=np.uint16)
    top, bottom = _quantiles(np.concatenate(of_rows))
    left, right = _quantiles(of_columns)
    return top, bottom, left, right


def _strips(ink: Ink) -> Iterator[Ink]:
    """Rows of an image, as many at a time as stay in the processor's cache.

    What is computed of a whole image at once goes through memory that the system has to hand out page by page, which
    takes longer than the arithmetic.
    """
    height, width = ink.shape
    step = max(1, min(_STRIP_ROWS, _STRIP_PX // width))
    return (ink[top : top + step] for top in range(0, height, step))


def _paper_level(ink: Ink) -> tuple[int, int]:
    """Level of the paper (the median), and the level above which a pixel is ink: a fifth of the way to the darkest.

    256 where nothing stands out of the noise of a blank page.
    """
    paper, darkest = _median(ink), int(ink.max())
    return paper, 256 if darkest - paper < BLANK_CONTRAST else paper + (darkest - paper) // 5


def _median(ink: Ink) -> int:
    """Lowest level that at least half of all pixels do not exceed.

    Some of the pixels tell where to look, and all of them are counted there: a histogram of all of them, most of which
    are the paper's, takes as long as decoding the image.
    """
    few = ink[::8, ::8].ravel()
    guess = int(np.searchsorted(np.cumsum(np.bincount(few)), few.size / 2))
    while 2 * _count_up_to(ink, guess) < ink.size:
        guess += 1
    while guess and 2 * _count_up_to(ink, guess - 1) >= ink.size:
        guess -= 1
    return guess


def _count_up_to(ink: Ink, level: int) -> int:
    """Pixels of at most this level."""
    return sum(int(np.count_nonzero(strip <= level)) for strip in _strips(ink))


def is_blank(ink: Ink) -> bool:
    """Tell whether nothing stands out of the paper."""
    return _paper_level(ink)[1] > 255


def _quantiles(mass: NDArray[np.uint32]) -> tuple[int, int]:
    """First and last (exclusive) position between the outer quantiles of a mass."""
    running = mass.cumsum()
    first, last = (running / running[-1]).searchsorted((QUANTILE, 1 - QUANTILE))
    return int(first), min(int(last), len(mass) - 1) + 1
