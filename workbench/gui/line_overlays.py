"""What can be drawn over a line image: frames of a network, what was read in them, and what of a scan is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from workbench.gui.line_frames import LineFrames
from workbench.gui.meanings import FAULT_COLOUR
from workbench.gui.text_differences import NO_DOUBT
from workbench.gui.text_rendering import TextStyle

_GRID = QColor("#4f55c8")
_FITS = QColor("#009E73")
_LEAST_GAP_PX = 5.0
_LEAST_NUMBER_GAP_PX = 36.0
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_BAR_PX = 4.0
_LETTER_PT = 10.0
_LETTER_ROWS = 2
_LETTER_ROW_PX = 15.0
_DOUBT_PX = 8.0
_GROUND_PX = 2.0
_MOST_BELOW_PX = 10.0
_GAP_PX = 2.0
_NEIGHBOURS = 8


class Overlay(Protocol):
    """Something that is drawn over an image."""

    def draw(self, painter: QPainter, place: QRectF, zoom: float, visible: QRectF) -> None:
        """Draw; `place` is where the image lies, `zoom` logical pixels per pixel of it, `visible` what is seen.

        The painter's pen has the colour of text beside the image.
        """
        ...


def _step_for(gap_px: float, least_px: float) -> int:
    return next((step for step in _STEPS if gap_px * step >= least_px), _STEPS[-1])


@dataclass(frozen=True, slots=True)
class FrameGrid:
    """Edges of frames as thin lines, numbers at some of them, and a bar as long as the frames that are needed.

    The bar begins where reading begins. Where frames are too narrow to be told apart, some are left out: the
    numbers tell which.
    """

    frames: LineFrames
    left_px: float
    """Where the network's image begins in the image that is shown."""
    right_px: float
    from_right: bool

    def draw(self, painter: QPainter, place: QRectF, zoom: float, visible: QRectF) -> None:
        """Draw the frames over the image."""
        gap = self.frames.step_px * zoom
        lines, numbers = _step_for(gap, _LEAST_GAP_PX), _step_for(gap, _LEAST_NUMBER_GAP_PX)
        font = QFont(painter.font())
        font.setPixelSize(10)
        painter.setFont(font)
        words = painter.pen().color()
        for frame in range(0, self.frames.frames + 1, lines):
            x = place.left() + self._edge_px(frame) * zoom
            if not visible.left() - 40 <= x <= visible.right() + 40:
                continue
            is_numbered = frame % numbers == 0
            colour = QColor(_GRID)
            colour.setAlphaF(0.75 if is_numbered else 0.3)
            painter.setPen(QPen(colour, 1))
            painter.drawLine(QPointF(round(x) + 0.5, place.top()), QPointF(round(x) + 0.5, place.bottom()))
            if is_numbered:
                painter.setPen(words)
                painter.drawText(QPointF(x + 3, max(place.top(), visible.top() + 12) - 3), f"{frame:,}")
        self._draw_need(painter, place, zoom)

    def _edge_px(self, frame: int) -> float:
        along = self.frames.first_px + frame * self.frames.step_px
        return self.right_px - along if self.frames.is_mirrored else self.left_px + along

    def _draw_need(self, painter: QPainter, place: QRectF, zoom: float) -> None:
        whole = (self.right_px - self.left_px) * zoom
        long = min(self.frames.needed * self.frames.step_px * zoom, whole)
        left = place.left() + self.left_px * zoom + (whole - long if self.from_right else 0)
        bar = QRectF(left, place.bottom() + 1, long, _BAR_PX)
        painter.fillRect(bar, _FITS if self.frames.fits else QColor(FAULT_COLOUR))


@dataclass(frozen=True, slots=True)
class CropBox:
    """What of a scan the cache keeps; the rest is dimmed. Pixels are those of the scan."""

    top: int
    bottom: int
    left: int
    right: int

    def draw(self, painter: QPainter, place: QRectF, zoom: float, visible: QRectF) -> None:
        """Draw the box and dim what lies outside."""
        box = QRectF(
            place.left() + self.left * zoom,
            place.top() + self.top * zoom,
            (self.right - self.left) * zoom,
            (self.bottom - self.top) * zoom,
        )
        dim = QColor(128, 128, 128, 90)
        seen = place.intersected(visible)
        for outside in (
            QRectF(seen.left(), seen.top(), seen.width(), box.top() - seen.top()),
            QRectF(seen.left(), box.bottom(), seen.width(), seen.bottom() - box.bottom()),
            QRectF(seen.left(), box.top(), box.left() - seen.left(), box.height()),
            QRectF(box.right(), box.top(), seen.right() - box.right(), box.height()),
        ):
            if outside.width() > 0 and outside.height() > 0:
                painter.fillRect(outside, dim)
        painter.setPen(QPen(_GRID, 1.5, Qt.PenStyle.DashLine))
        painter.drawRect(box)


@dataclass(frozen=True, slots=True)
class FrameLetter:
    """A letter that was read, and where: pixels are those of the image that is shown."""

    text: str
    """As it is drawn; empty for a blank, which only gets its tick."""
    left_px: float
    right_px: float
    confidence: float | None = None

    @property
    def centre_px(self) -> float:
        """Middle of its frame."""
        return (self.left_px + self.right_px) / 2


@dataclass(frozen=True, slots=True)
class FrameLetters:
    """The letters of a reading over the frames that they were read in, with a bar where one was not sure.

    A tick stands in the middle of each frame. Letters that would cover one another go into a second row, or are left
    out: the ticks stay, and the letter that is pointed at is always drawn.
    """

    letters: tuple[FrameLetter, ...]
    style: TextStyle
    pointed: int | None = None
    """Letter that is pointed at, here or in the text."""

    def draw(self, painter: QPainter, place: QRectF, zoom: float, visible: QRectF) -> None:
        """Draw ticks and letters over the image."""
        words = painter.pen().color()
        font = self.style.sized(_LETTER_PT).font()
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        inks = [metrics.tightBoundingRect(letter.text) for letter in self.letters]
        below = min(max((ink.bottom() for ink in inks), default=0.0), _MOST_BELOW_PX)
        taken: list[QRectF] = []
        order = sorted(range(len(self.letters)), key=lambda number: self.letters[number].centre_px)
        for number in order:
            letter = self.letters[number]
            x = place.left() + letter.centre_px * zoom
            if not visible.left() - 20 <= x <= visible.right() + 20 or number == self.pointed:
                continue
            self._tick(painter, x, place)
            self._bar(painter, letter, x, place, words)
            ink = inks[number]
            left = x - metrics.horizontalAdvance(letter.text) / 2
            least = visible.top() + _GROUND_PX + 1 - ink.top()  # Nastaliq letters reach far up
            rows = range(_LETTER_ROWS if letter.text else 0)
            places = (QPointF(left, max(self._baseline(place, visible, row) - below, least)) for row in rows)
            at = next((at for at in places if self._is_free(ink.translated(at), taken)), None)
            if at is not None:
                taken.append(ink.translated(at))
                if at.y() + ink.bottom() > place.top() + 1:
                    self._lay_ground(painter, ink.translated(at), words)
                painter.setPen(words)
                painter.drawText(at, letter.text)
        if self.pointed is not None and self.pointed < len(self.letters):
            self._draw_pointed(painter, self.letters[self.pointed], place, zoom, visible)

    @staticmethod
    def _is_free(ink: QRectF, taken: Sequence[QRectF]) -> bool:
        """Tell whether a letter stands clear of those beside it: two that touch would read as joined."""
        apart = ink.adjusted(-_GAP_PX, -_GAP_PX, _GAP_PX, _GAP_PX)
        return not any(apart.intersects(other) for other in taken[-_NEIGHBOURS:])

    @staticmethod
    def _tick(painter: QPainter, x: float, place: QRectF) -> None:
        colour = QColor(_GRID)
        colour.setAlphaF(0.55)
        painter.setPen(QPen(colour, 1))
        at = round(x) + 0.5
        painter.drawLine(QPointF(at, place.top()), QPointF(at, place.bottom()))

    @staticmethod
    def _bar(painter: QPainter, letter: FrameLetter, x: float, place: QRectF, colour: QColor) -> None:
        doubt = 0.0 if letter.confidence is None else 1.0 - letter.confidence
        if doubt >= NO_DOUBT:
            high = max(doubt * _DOUBT_PX, 1.0)
            painter.fillRect(QRectF(round(x) - 2, place.bottom() + 2 + _DOUBT_PX - high, 5, high), colour)

    @staticmethod
    def _lay_ground(painter: QPainter, ink: QRectF, words: QColor) -> None:
        """Part a letter from the image where there is no room beside it."""
        ground = QColor("white") if words.lightness() < 128 else QColor("black")
        ground.setAlphaF(0.75)
        painter.fillRect(ink.adjusted(-_GROUND_PX, -_GROUND_PX, _GROUND_PX, _GROUND_PX), ground)

    @staticmethod
    def _baseline(place: QRectF, visible: QRectF, row: int) -> float:
        top = max(place.top(), visible.top() + _LETTER_ROWS * _LETTER_ROW_PX + 2)
        return top - 3 - row * _LETTER_ROW_PX

    def _draw_pointed(
        self, painter: QPainter, letter: FrameLetter, place: QRectF, zoom: float, visible: QRectF
    ) -> None:
        """Draw its frame as a box with the letter on a ground of its own, large."""
        left, right = place.left() + letter.left_px * zoom, place.left() + letter.right_px * zoom
        box = QRectF(left, place.top(), max(right - left, 3.0), place.height())
        tint = QColor(_GRID)
        tint.setAlphaF(0.22)
        painter.fillRect(box, tint)
        painter.setPen(QPen(_GRID, 2))
        painter.drawRect(box)
        font = self.style.sized(_LETTER_PT * 1.5).font()
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        shown = letter.text or "␣"
        wide = max(metrics.horizontalAdvance(shown) + 10, 20.0)
        high = metrics.tightBoundingRect(shown).height() + 12
        x = min(max(box.center().x() - wide / 2, visible.left() + 2), visible.right() - wide - 2)
        y = max(place.top() - high - 2, visible.top() + 2)
        sign = QRectF(x, y, wide, max(high, 22.0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_GRID)
        painter.drawRoundedRect(sign, 4, 4)
        ink = metrics.tightBoundingRect(shown)
        painter.setPen(QColor("white"))
        painter.drawText(sign.center() - ink.center(), shown)
