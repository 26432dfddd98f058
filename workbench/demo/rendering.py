"""A line of text drawn as a hand would write it, and scanned.

Words are shaped one by one by Pillow's raqm (Arabic joins, Nastaliq stacking), placed from right to left, bent, and
laid on paper. All arrays are (height, width); *ink* is float32 in [0, 1], 1 where the pen was.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont, features

from workbench.demo.hands import NOMINAL_SIZE_PX, Face, Hand, Look
from workbench.errors import WorkbenchError
from workbench.resource_files import resource_path

Ink = NDArray[np.float32]
INK_SEEN = 0.08
"""Ink below this is taken for paper when the line is cut out."""


@dataclass(frozen=True, slots=True)
class WordInk:
    """A drawn word, cut to its ink."""

    ink: Ink
    baseline: int
    """Row of the baseline, counted from the top; may lie outside."""


@lru_cache(maxsize=512)
def _font(file: str, size_px: int) -> ImageFont.FreeTypeFont:
    if not features.check("raqm"):
        raise WorkbenchError(
            "The demo data cannot be drawn",
            "Pillow cannot shape Arabic text",
            "Install the system library libfribidi (Debian: libfribidi0).",
        )
    return ImageFont.truetype(resource_path(f"fonts/{file}"), size_px, layout_engine=ImageFont.Layout.RAQM)


def draw_word(word: str, face: Face, size_px: int, language: str) -> WordInk:
    """Draw one word in black and cut it to its ink; nothing of it is lost, however far it leaves its box."""
    width, height, baseline = size_px * (len(word) + 3), size_px * 6, size_px * 3
    image = Image.new("L", (width, height))
    ImageDraw.Draw(image).text(
        (size_px, baseline), word, 255, _font(face.file, size_px), anchor="ls", direction="rtl", language=language
    )
    box = image.getbbox()
    if box is None:
        raise WorkbenchError(f"The font {face.file} draws nothing for '{word}'")
    return WordInk(np.asarray(image.crop(box), dtype=np.float32) / 255.0, baseline - box[1])


def _place_words(words: list[WordInk], hand: Hand, rng: np.random.Generator) -> tuple[Ink, int]:
    """Put words on one canvas from right to left; return it with the row of the baseline."""
    gaps = hand.word_gap_em * hand.size_px * rng.uniform(0.8, 1.25, len(words))
    lifts = np.rint(rng.normal(0.0, hand.jitter_px, len(words))).astype(int)
    margin = int(hand.size_px * 0.5) + 8
    above = max(int(word.baseline + lift) for word, lift in zip(words, lifts, strict=True))
    below = max(int(word.ink.shape[0] - word.baseline - lift) for word, lift in zip(words, lifts, strict=True))
    width = sum(word.ink.shape[1] for word in words) + int(gaps[1:].sum()) + len(words)
    canvas = np.zeros((above + below + 2 * margin, width + 2 * margin), dtype=np.float32)
    baseline = above + margin
    right = canvas.shape[1] - margin
    for word, gap, lift in zip(words, gaps, lifts, strict=True):
        height, wide = word.ink.shape
        top = baseline - word.baseline - int(lift)
        place = canvas[top : top + height, right - wide : right]
        np.maximum(place, word.ink, out=place)
        right -= wide + int(gap)
    return canvas, baseline


def _smooth_field(shape: tuple[int, int], cell_px: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Random field of about unit variance that changes over some `cell_px` pixels."""
    height, width = shape
    coarse = rng.standard_normal((height // cell_px + 3, width // cell_px + 3)).astype(np.float32)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)


def _sample(ink: Ink, x: NDArray[np.float32], y: NDArray[np.float32]) -> Ink:
    """Bilinear values of `ink` at (x, y); 0 outside."""
    height, width = ink.shape
    padded = np.zeros((height + 3, width + 3), dtype=np.float32)
    padded[1 : height + 1, 1 : width + 1] = ink
    x = np.clip(x + 1.0, 0.0, width + 1.0)
    y = np.clip(y + 1.0, 0.0, height + 1.0)
    left, top = x.astype(np.int32), y.astype(np.int32)
    right_share, bottom_share = x - left, y - top
    flat, first = padded.ravel(), top * (width + 3) + left
    upper = flat[first] * (1 - right_share) + flat[first + 1] * right_share
    below = first + (width + 3)
    lower = flat[below] * (1 - right_share) + flat[below + 1] * right_share
    return (upper * (1 - bottom_share) + lower * bottom_share).astype(np.float32)


def _bend(ink: Ink, baseline: int, hand: Hand, rng: np.random.Generator) -> Ink:
    """Slant, stretch, wave and elastically bend a line. The canvas grows so that nothing leaves it."""
    height, width = ink.shape
    lean = abs(hand.slant) * height
    out_width = int(width * hand.stretch + lean) + 8
    rise = int(abs(hand.uphill) * out_width + hand.wobble_px + hand.elastic_px * 2) + 2
    shape = (height + 2 * rise, out_width)
    y, x = np.meshgrid(
        np.arange(shape[0], dtype=np.float32) - rise, np.arange(out_width, dtype=np.float32), indexing="ij"
    )
    size = hand.size_px / NOMINAL_SIZE_PX
    cell = int(hand.size_px * 0.55)
    amplitude = hand.elastic_px * size
    wave = hand.wobble_px * np.sin(2 * np.pi * (x / hand.wobble_period_px + rng.uniform()))
    slope = hand.uphill * (x - out_width / 2)
    shift = lean * (height - baseline if hand.slant > 0 else baseline) / height
    source_x = (x - shift + hand.slant * (y - baseline)) / hand.stretch + amplitude * _smooth_field(shape, cell, rng)
    source_y = y + wave + slope + amplitude * _smooth_field(shape, cell, rng)
    return _sample(ink, source_x.astype(np.float32), source_y.astype(np.float32))


def _thicken(ink: Ink, stroke: float) -> Ink:
    """Make the pen stroke thicker (up to one pixel on each side) or, below 0, thinner."""
    image = Image.fromarray((ink * 255).astype(np.uint8))
    changed = image.filter(ImageFilter.MaxFilter(3) if stroke > 0 else ImageFilter.MinFilter(3))
    return np.asarray(Image.blend(image, changed, min(abs(stroke), 1.0)), dtype=np.float32) / 255.0


def _cut_out(ink: Ink, rng: np.random.Generator) -> Ink:
    """Cut to the ink with an uneven margin, as lines are cut from a page."""
    rows = np.flatnonzero((ink > INK_SEEN).any(axis=1))
    columns = np.flatnonzero((ink > INK_SEEN).any(axis=0))
    top, bottom, left, right = (int(margin) for margin in rng.integers(4, 16, 4))
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.pad(cut, ((top, bottom), (left, right)))


def _paper(shape: tuple[int, int], look: Look, rng: np.random.Generator) -> NDArray[np.float32]:
    """Brightness of the blank paper relative to its colour, in grey levels (0 = as the colour says)."""
    paper = look.shading * _smooth_field(shape, 110, rng)
    if look.ruled:
        row = rng.uniform(0.55, 0.8) * shape[0] + rng.uniform(-0.01, 0.01) * np.arange(shape[1])
        distance = np.abs(np.arange(shape[0], dtype=np.float32)[:, None] - row.astype(np.float32)[None, :])
        paper -= look.ruled * np.clip(1.4 - distance, 0.0, 1.0)
    return paper


def _scan(ink: Ink, hand: Hand, look: Look, rng: np.random.Generator) -> Image.Image:
    """Lay ink on paper and scan it: an image of 8 bits, grey or colour."""
    shape = (ink.shape[0], ink.shape[1])
    fade = 1.0 - hand.pressure * np.clip(0.5 + 0.5 * _smooth_field(shape, 40, rng), 0.0, 1.0)
    cover = ink * fade * hand.darkness
    speckles = rng.random(shape) < look.speckles_per_megapixel * 1e-6
    cover = np.maximum(cover, speckles * rng.uniform(0.2, 0.7, shape)).astype(np.float32)
    cover = np.asarray(
        Image.fromarray((cover * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(look.blur_px)),
        dtype=np.float32,
    )
    light = _paper(shape, look, rng) + rng.normal(0.0, look.noise, shape).astype(np.float32)
    channels = [
        light + paper - (paper - pen) * cover / 255.0
        for paper, pen in (zip(look.paper, look.pen, strict=True) if look.is_colour else [(look.paper[0], look.pen[0])])
    ]
    pixels: NDArray[Any] = np.clip(np.stack(channels, axis=-1), 0, 255).astype(np.uint8)
    return Image.fromarray(pixels if look.is_colour else pixels[..., 0])


def draw_line(text: str, language: str, hand: Hand, look: Look, rng: np.random.Generator) -> Image.Image:
    """Draw a line of text (logical order) as a scan, grey or RGB, 8 bits per channel, dark ink on light paper."""
    words = [
        draw_word(word, hand.face, 2 * round(hand.size_px * float(rng.uniform(0.95, 1.06)) / 2), language)
        for word in text.split(" ")
    ]
    ink, baseline = _place_words(words, hand, rng)
    bent = _bend(_thicken(ink, hand.stroke), baseline, hand, rng)
    return _scan(_cut_out(bent, rng), hand, look, rng)
