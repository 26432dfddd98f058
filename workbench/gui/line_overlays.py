"""What can be drawn over a line image: the frames of a network, and what of a scan is kept."""

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from workbench.gui.line_frames import LineFrames
from workbench.gui.meanings import FAULT_COLOUR

_GRID = QColor("#4f55c8")
_FITS = QColor("#009E73")
_LEAST_GAP_PX = 5.0
_LEAST_NUMBER_GAP_PX = 36.0
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_BAR_PX = 4.0


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
