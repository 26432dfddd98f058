"""Transcriptions on the screen: font and direction by language, never guessed from the text; no ink is ever cut off.

Strings come and stay in logical order; only the painter reorders. Nastaliq letters reach far out of their font's own
box, so every size here is measured from the glyphs that are really drawn.
"""

import logging
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QPainter,
    QRawFont,
    QTextLayout,
    QTextLine,
    QTextOption,
)

from workbench.errors import InputError
from workbench.resource_files import resource_path
from workbench.text.base_direction import base_direction
from workbench.text.code_points import JOINERS as JOINERS
from workbench.text.code_points import code_point as code_point
from workbench.text.code_points import visible as visible

log = logging.getLogger(__name__)

UrduFont = Literal["nastaliq", "naskh"]

NASKH = "Noto Naskh Arabic"
NASTALIQ = "Noto Nastaliq Urdu"
_FILES = {
    NASKH: "fonts/noto-naskh-arabic-400-normal.woff2",
    NASTALIQ: "fonts/noto-nastaliq-urdu-arabic-400-normal.woff2",
}
_NASTALIQ_LANGUAGES = frozenset({"ur"})

MIN_SIZE_PT, MAX_SIZE_PT = 8, 48
MAX_CHARACTERS = 4_000
"""Longer texts are cut before they are shaped: shaping 200,000 characters would stop the window for seconds."""
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How the text of a language is drawn."""

    language: str
    size_pt: float = 14.0
    urdu_font: UrduFont = "nastaliq"

    @property
    def is_right_to_left(self) -> bool:
        """Base direction: set by the language, whatever the text begins with."""
        return base_direction(self.language) == "rtl"

    @property
    def family(self) -> str:
        """Family that the letters are taken from."""
        return NASTALIQ if self.language in _NASTALIQ_LANGUAGES and self.urdu_font == "nastaliq" else NASKH

    def font(self) -> QFont:
        """Return the font; what the bundled file lacks (Latin, European digits) comes from the system's font."""
        load_fonts()
        font = QFont()
        font.setFamilies([self.family, NASKH, *QFont().families()])
        font.setPointSizeF(min(max(self.size_pt, MIN_SIZE_PT), MAX_SIZE_PT))
        return font

    def sized(self, size_pt: float) -> "TextStyle":
        """Return the same style in another size."""
        return TextStyle(self.language, min(max(size_pt, MIN_SIZE_PT), MAX_SIZE_PT), self.urdu_font)


@lru_cache(maxsize=1)
def load_fonts() -> tuple[str, ...]:
    """Make the bundled fonts known to Qt, once, and return the families that were loaded.

    A missing file is logged and not fatal: the system's own fonts take over.
    """
    families: list[str] = []
    for family, name in _FILES.items():
        try:
            number = QFontDatabase.addApplicationFont(str(resource_path(name)))
        except InputError as error:
            log.warning("%s", error)
            continue
        if number < 0 or family not in QFontDatabase.applicationFontFamilies(number):
            log.warning("the font %s cannot be read", name)
            continue
        families.append(family)
    return tuple(families)


def shown_name(name: str, longest: int = 300) -> str:
    """Return an id, a file name or a reason as it is shown in a line of plain text: control characters as marks."""
    return visible(name if len(name) <= longest else name[:longest] + ELLIPSIS)


def _utf16_offsets(text: str) -> list[int] | None:
    """Qt's position of each Python position, or None where they are the same."""
    if text.isascii() or max(text, default="") <= "\uffff":
        return None
    offsets = [0]
    for character in text:
        offsets.append(offsets[-1] + (2 if character > "\uffff" else 1))
    return offsets


class ShapedText:
    """A text shaped once, with the box of its real ink; drawn as often as needed.

    Coordinates are logical pixels; the origin is the left end of the first line's advance, at its baseline.

    Parameters
    ----------
    text : str
        In logical order; control characters are shown as marks.
    style : TextStyle
    wrap_px : float, optional
        Break into lines so that no ink is wider than this; None: one line.
    """

    def __init__(self, text: str, style: TextStyle, wrap_px: float | None = None) -> None:
        shown = visible(text[:MAX_CHARACTERS]) + (ELLIPSIS if len(text) > MAX_CHARACTERS else "")
        self.text = shown
        self.style = style
        self._offsets = _utf16_offsets(shown)
        self._layout = self._lay_out(wrap_px)
        self.lines: tuple[ShapedLine, ...] = self._measure()
        if wrap_px is not None and (excess := self.ink.width() - wrap_px) > 0:
            self._layout = self._lay_out(max(wrap_px - excess, 1.0))  # side bearings stand out of the advance
            self.lines = self._measure()

    def _lay_out(self, wrap_px: float | None) -> QTextLayout:
        option = QTextOption()
        rightwards = not self.style.is_right_to_left
        option.setTextDirection(Qt.LayoutDirection.LeftToRight if rightwards else Qt.LayoutDirection.RightToLeft)
        option.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute)
        wrap = QTextOption.WrapMode.NoWrap if wrap_px is None else QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
        option.setWrapMode(wrap)
        layout = QTextLayout(self.text, self.style.font())
        layout.setTextOption(option)
        layout.setCacheEnabled(True)
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(1e6 if wrap_px is None else wrap_px)
        layout.endLayout()
        return layout

    def _measure(self) -> "tuple[ShapedLine, ...]":
        """Put the lines one under another so that their inks stay apart, flush with the side that reading starts."""
        lines = [self._layout.lineAt(number) for number in range(self._layout.lineCount())]
        width = max((line.naturalTextWidth() for line in lines), default=0.0)
        measured: list[ShapedLine] = []
        bottom = 0.0
        for number, line in enumerate(lines):
            x = width - line.naturalTextWidth() if self.style.is_right_to_left else 0.0
            line.setPosition(QPointF(x, -line.ascent()))
            ink = _ink(line)
            y = 0.0 if number == 0 else bottom + line.height() * 0.15 - ink.top()
            line.setPosition(QPointF(x, y - line.ascent()))
            measured.append(ShapedLine(line.textStart(), line.textLength(), y, ink.translated(0, y)))
            bottom = max(ink.translated(0, y).bottom(), y)
        return tuple(measured)

    @property
    def ink(self) -> QRectF:
        """Smallest box that holds every drawn pixel."""
        box = QRectF()
        for line in self.lines:
            box = box.united(line.ink)
        return box

    @property
    def advance_px(self) -> float:
        """Width of the widest line as the font counts it; the ink may stand out of it."""
        return max((self._layout.lineAt(n).naturalTextWidth() for n in range(self._layout.lineCount())), default=0.0)

    @property
    def box(self) -> QRectF:
        """Ink and advance together: what the text needs to stand beside other things."""
        ink = self.ink
        left, right = min(ink.left(), 0.0), max(ink.right(), self.advance_px)
        return QRectF(left, ink.top(), right - left, ink.height())

    def draw(self, painter: QPainter, origin: QPointF, colour: QColor) -> None:
        """Draw with the first line's baseline beginning at `origin`."""
        painter.setPen(colour)
        self._layout.draw(painter, origin)
        self._draw_joiners(painter, origin, colour)

    def spans(self, start: int, length: int) -> "list[Span]":
        """Where characters stand on the screen: stretches of x per line, from left to right.

        Parameters
        ----------
        start, length : int
            In characters of the text. Length 0 gives the place between two characters, as a span of no width.
        """
        first, last = self._qt_position(start), self._qt_position(start + length)
        return self._place(first) if first == last else self._stretches(first, last)

    def character_at(self, place: QPointF) -> int | None:
        """Return the character that stands at a place, None beside the text.

        Of a letter with marks, or of letters that are drawn as one, the first.
        """
        for number, shaped in enumerate(self.lines):
            is_last = number == len(self.lines) - 1
            if place.y() > shaped.ink.bottom() and not is_last:
                continue
            line = self._layout.lineAt(number)
            room = line.naturalTextRect()
            if not room.left() <= place.x() < room.right():
                return None
            first = line.xToCursor(place.x(), QTextLine.CursorPosition.CursorOnCharacter)
            everywhere = range(shaped.start, shaped.start + shaped.length)
            for near in (first, first - 1, first + 1, *everywhere):
                if near in everywhere and self._covers(line, self._cluster_start(near), place.x()):
                    return self._character(self._cluster_start(near))
        return None

    @staticmethod
    def _edges(line: QTextLine, qt_position: int) -> tuple[float, float]:
        """Both ends of a letter with its marks.

        Where a number or a Latin word begins in Arabic text, a cursor stands at its other end: there the letter's own
        glyph is asked.
        """
        leading, trailing = _x(line, qt_position), _x(line, qt_position, QTextLine.Edge.Trailing)
        if leading != trailing:
            return leading, trailing
        for run in line.glyphRuns(qt_position, 1):
            places = run.positions()
            advances = run.rawFont().advancesForGlyphIndexes(run.glyphIndexes())
            if places and max(advance.x() for advance in advances) > 0:
                ends = [place.x() + advance.x() for place, advance in zip(places, advances, strict=True)]
                return min(place.x() for place in places), max(ends)
        return leading, trailing

    def _covers(self, line: QTextLine, qt_position: int, x: float) -> bool:
        edges = self._edges(line, qt_position)
        return min(edges) <= x < max(edges)

    def _character(self, qt_position: int) -> int:
        return qt_position if self._offsets is None else bisect_right(self._offsets, qt_position) - 1

    def _stretches(self, first: int, last: int) -> "list[Span]":
        found: list[Span] = []
        for number, shaped in enumerate(self.lines):
            line = self._layout.lineAt(number)
            begin, end = max(first, shaped.start), min(last, shaped.start + shaped.length)
            edges = sorted({*range(begin, end), end}) if begin < end else []
            pieces = [
                (min(a, b), max(a, b)) for a, b in (self._edges(line, self._cluster_start(one)) for one in edges[:-1])
            ]
            found += [Span(shaped, left, right) for left, right in _merged(pieces)]
        return found

    def _place(self, position: int) -> "list[Span]":
        for number, shaped in enumerate(self.lines):
            if shaped.start <= position <= shaped.start + shaped.length:
                line = self._layout.lineAt(number)
                # Behind the character before: next to a number that is the other end than before the one after.
                before = self._layout.previousCursorPosition(position)
                after = position > shaped.start
                x = _x(line, before, QTextLine.Edge.Trailing) if after else _x(line, position)
                return [Span(shaped, x, x)]
        return []

    def _qt_position(self, position: int) -> int:
        position = min(position, len(self.text))
        return position if self._offsets is None else self._offsets[position]

    def _cluster_start(self, position: int) -> int:
        """Begin of the letter with its marks that a position lies in."""
        if self._layout.isValidCursorPosition(position):
            return position
        return self._layout.previousCursorPosition(position)

    def _cluster_end(self, position: int) -> int:
        if self._layout.isValidCursorPosition(position):
            return position
        return self._layout.nextCursorPosition(position)

    def _draw_joiners(self, painter: QPainter, origin: QPointF, colour: QColor) -> None:
        """Draw a thin tick where a ZWNJ or ZWJ stands."""
        if not JOINERS.intersection(self.text):
            return
        faint = QColor(colour)
        faint.setAlphaF(0.45)
        painter.setPen(faint)
        for position, character in enumerate(self.text):
            # Before an ellipsis it is Qt's own: cut off letters keep the form that they have inside the word.
            if character in JOINERS and not self.text.startswith(ELLIPSIS, position + 1):
                for span in self._place(self._qt_position(position)):
                    x = origin.x() + span.left
                    ink = span.line.ink.translated(origin)
                    painter.drawLine(QPointF(x, ink.bottom()), QPointF(x, ink.bottom() - ink.height() * 0.35))


@dataclass(frozen=True, slots=True)
class ShapedLine:
    """One line of a shaped text; positions count in UTF-16 units, as Qt does."""

    start: int
    length: int
    baseline: float
    ink: QRectF


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a line between two x."""

    line: ShapedLine
    left: float
    right: float


def _x(line: QTextLine, position: int, edge: QTextLine.Edge = QTextLine.Edge.Leading) -> float:
    answer = cast(
        "tuple[float, int]", line.cursorToX(position, edge)
    )  # PySide also returns where the cursor came to be
    return answer[0]


def _merged(pieces: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Join stretches that touch, so that a word gets one underline and not one per letter."""
    merged: list[tuple[float, float]] = []
    for left, right in sorted(pieces):
        if merged and left <= merged[-1][1] + 0.5:
            merged[-1] = (merged[-1][0], max(merged[-1][1], right))
        else:
            merged.append((left, right))
    return merged


_Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""


@lru_cache(maxsize=64)
def _glyph_boxes(_family: str, _style: str, _pixels: float) -> dict[int, _Box | None]:
    """Boxes of the glyphs of one font that were asked for so far; None for those without ink."""
    return {}


def _glyph_box(font: QRawFont, glyph: int) -> _Box | None:
    ink = font.boundingRect(glyph)
    has_ink = ink.width() > 0 and ink.height() > 0
    return (ink.left(), ink.top(), ink.right(), ink.bottom()) if has_ink else None


def _ink(line: QTextLine) -> QRectF:
    """Box of the glyphs of a line. `QGlyphRun.boundingRect` adds line heights, so each glyph is asked for its own."""
    found: list[_Box] = []
    for run in line.glyphRuns():
        font = run.rawFont()
        known = _glyph_boxes(font.familyName(), font.styleName(), font.pixelSize())
        for glyph, place in zip(run.glyphIndexes(), run.positions(), strict=True):
            if glyph not in known:
                known[glyph] = _glyph_box(font, glyph)
            if (box := known[glyph]) is not None:
                x, y = place.x(), place.y()
                found.append((box[0] + x, box[1] + y, box[2] + x, box[3] + y))
    if not found:
        return QRectF()
    lefts, tops, rights, bottoms = zip(*found, strict=True)
    return QRectF(QPointF(min(lefts), min(tops)), QPointF(max(rights), max(bottoms)))


_LEAST_ELIDED = 64


def elide(text: str, style: TextStyle, width_px: float) -> ShapedText:
    """Shape a text into one line that is at most `width_px` wide; what does not fit ends in an ellipsis.

    The beginning is kept: for right-to-left text the right end.
    """
    most = min(max(round(width_px), _LEAST_ELIDED), MAX_CHARACTERS)  # marks apart, no letter is narrower than 1 px
    shown = visible(text[:most]) + (ELLIPSIS if len(text) > most else "")
    metrics = QFontMetricsF(style.font())

    def shaped_within(room: float) -> ShapedText:
        return ShapedText(metrics.elidedText(shown, Qt.TextElideMode.ElideRight, max(room, 1.0)), style)

    room = width_px
    shaped = shaped_within(room)
    for _ in range(2):
        if (excess := shaped.box.width() - width_px) <= 0:
            break
        room -= excess + 1  # side bearings stand out of the advance
        shaped = shaped_within(room)
    return shaped


def row_ink(texts: Iterable[str], style: TextStyle) -> tuple[float, float]:
    """Ink above and below the baseline, in logical pixels, over some texts and the style's tallest common letters."""
    above = below = 0.0
    for text in (_TALL_LETTERS, *texts):
        ink = ShapedText(text[:200], style).ink
        above, below = max(above, -ink.top()), max(below, ink.bottom())
    return above, below


_TALL_LETTERS = "لِلّٰہِ گِچّٹ ایکسیسبیلٹی حکومتِ پیچ"
"""Stacked marks, long descents and the deep cascades of Nastaliq."""


def draw_in(
    painter: QPainter, rect: QRectF, shaped: ShapedText, colour: QColor, ink: tuple[float, float] | None = None
) -> QPointF:
    """Draw a shaped text into a rectangle so that none of its ink leaves it, and return the origin used.

    Flush with the side that reading starts from. A text that is taller or wider than the rectangle is shrunk.

    Parameters
    ----------
    ink : (float, float), optional
        Ink above and below the baseline that rows of this table keep free, so that baselines agree; see
        :func:`row_ink`. Without it the text's own ink is centred.
    """
    box = shaped.box
    scale = min(1.0, rect.width() / max(box.width(), 1.0), rect.height() / max(box.height(), 1.0))
    above, below = ink or (-box.top(), box.bottom())
    baseline = rect.center().y() + scale * (above - below) / 2
    baseline = min(max(baseline, rect.top() - scale * box.top()), rect.bottom() - scale * box.bottom())
    x = rect.right() - scale * box.right() if shaped.style.is_right_to_left else rect.left() - scale * box.left()
    painter.save()
    painter.translate(x, baseline)
    painter.scale(scale, scale)
    shaped.draw(painter, QPointF(0, 0), colour)
    painter.restore()
    return QPointF(x, baseline)
