"""Arabic-script text as outlines, shaped by matplotlib: letters joined, right to left, the same in PNG, SVG and PDF.

Outlines and no embedded text: matplotlib's PDF writer parts a text into several subsets of its font, and blanks between
words then stand elsewhere. Text is passed in logical order; nothing here reorders it but matplotlib, which does so
within a word, and :func:`tokens_of`, which says what stands to the left of what.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from matplotlib import font_manager
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as Outline
from matplotlib.textpath import text_to_path

from workbench.resource_files import resource_path

NASKH, NASTALIQ = "Noto Naskh Arabic", "Noto Nastaliq Urdu"
LATIN = "DejaVu Sans"
"""Comes with matplotlib; for digits and Latin letters, which the other two lack."""
_FILES = (
    "fonts/noto-naskh-arabic-400-normal.ttf",
    "fonts/noto-nastaliq-urdu-arabic-400-normal.ttf",
)

BLANK_EM = 0.26
"""Between words."""
_JOINER = "\N{ZERO WIDTH JOINER}"


@cache
def load_fonts() -> tuple[str, ...]:
    """Make the fonts that come with the program known to matplotlib, once; return families for any label."""
    for name in _FILES:
        font_manager.fontManager.addfont(resource_path(name))
    return LATIN, NASKH


def font_of(language: str) -> FontProperties:
    """Return the font of a language's transcriptions, with Latin letters and digits from another one."""
    load_fonts()
    return FontProperties(family=[NASTALIQ if language == "ur" else NASKH, LATIN])


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or what has to be shaped as one: a stretch of Latin words."""

    text: str
    at: int
    """Position of its first character in the text."""

    @property
    def is_right_to_left(self) -> bool:
        """Tell whether all of its letters run from right to left, with no digits among them."""
        return not any(unicodedata.bidirectional(c) in ("L", "EN", "AN") for c in self.text)

    @property
    def is_mixed(self) -> bool:
        """Tell whether some of its characters run one way and some the other."""
        kinds = {unicodedata.bidirectional(c) for c in self.text}
        return bool(kinds & {"R", "AL"}) and bool(kinds & {"L", "EN", "AN"})


def tokens_of(text: str) -> tuple[Token, ...]:
    """Part a text into what stands beside each other from right to left, in logical order.

    Neighbouring words with Latin letters are one: among each other they run from left to right.
    """
    found: list[Token] = []
    at = 0
    for word in text.split(" "):
        if word:
            if found and _is_latin(word) and _is_latin(found[-1].text):
                found[-1] = Token(text[found[-1].at : at + len(word)], found[-1].at)
            else:
                found.append(Token(word, at))
        at += len(word) + 1
    return tuple(found)


def _is_latin(text: str) -> bool:
    kinds = {unicodedata.bidirectional(character) for character in text}
    return "L" in kinds and not kinds & {"R", "AL"}


Points = npt.NDArray[np.float64]


def outline(text: str, font: FontProperties, language: str, size_pt: float) -> Outline:
    """Return the outline of a text on one line, in points, the origin on its baseline."""
    vertices, codes = text_to_path.get_text_path(font, text, language=language or None)
    scale = size_pt / text_to_path.FONT_SCALE
    return Outline(np.asarray(vertices, dtype=float).reshape(-1, 2) * scale, codes or None)


def _extent(text: str, font: FontProperties, language: str, size_pt: float) -> tuple[float, float]:
    """Left and right end of the ink of a text."""
    vertices: Points = np.asarray(outline(text, font, language, size_pt).vertices, dtype=float)
    if not len(vertices):
        return 0.0, 0.0
    across = vertices[:, 0]
    return float(across.min()), float(across.max())


@dataclass(frozen=True)
class SetToken:
    """A token with its outline; `left` and `right` are the ends of its ink within that."""

    token: Token
    path: Outline
    left: float
    right: float

    @property
    def width(self) -> float:
        """Width of its ink in points."""
        return self.right - self.left


def set_tokens(text: str, font: FontProperties, language: str, size_pt: float) -> Iterator[SetToken]:
    """Shape a text token by token."""
    for token in tokens_of(text):
        left, right = _extent(token.text, font, language, size_pt)
        yield SetToken(token, outline(token.text, font, language, size_pt), left, right)


def rows_of(tokens: Sequence[SetToken], width_pt: float, size_pt: float) -> tuple[tuple[SetToken, ...], ...]:
    """Part tokens into rows of at most a width; a token that is wider has a row of its own."""
    rows: list[list[SetToken]] = [[]]
    used = 0.0
    for token in tokens:
        needed = token.width + (BLANK_EM * size_pt if rows[-1] else 0.0)
        if rows[-1] and used + needed > width_pt:
            rows.append([])
            used, needed = 0.0, token.width
        rows[-1].append(token)
        used += needed
    return tuple(map(tuple, rows))


def place_within(
    token: SetToken, first: int, last: int, font: FontProperties, language: str, size_pt: float
) -> tuple[float, float]:
    """Return the left and right end of some characters of a token, from the left end of its ink, in points.

    Parameters
    ----------
    token : SetToken
    first, last : int
        Positions within the token's text, `last` not included. Equal ones: the gap before a character.

    A beginning of a word takes as much room as it does in the word, when a joiner keeps its last letter in its form.
    """
    text = token.token.text
    if token.token.is_mixed:
        return 0.0, token.width

    def reach(end: int) -> float:
        if end <= 0:
            return 0.0
        if end >= len(text):
            return token.width
        left, right = _extent(text[:end] + _JOINER, font, language, size_pt)
        return min(right - left, token.width)

    begin, end = reach(first), reach(last)
    if token.token.is_right_to_left:
        begin, end = token.width - end, token.width - begin
    return min(begin, end), max(begin, end)
