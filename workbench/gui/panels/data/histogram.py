"""A quantity of the lines, data set over data set: outlines in the languages' colours."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui.meanings import emphasised, hairline, muted
from workbench.gui.stores.summaries import Spread
from workbench.gui.wording import count

BINS = 40


@dataclass(frozen=True, slots=True)
class Outline:
    """One data set in the drawing."""

    name: str
    colour: QColor
    spread: Spread


class Histogram(QWidget):
    """Shares of the lines per bin, so that large and small data sets can be compared; the tail above 99.5 % is cut."""

    def __init__(self, title: str, unit: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._unit = title, unit
        self._outlines: tuple[Outline, ...] = ()
        self._edges = np.linspace(0.0, 1.0, BINS + 1)
        self._shares: tuple[np.ndarray, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(132)
        self.setAccessibleName(f"Histogram of {title.lower()}")

    def show_outlines(self, outlines: Sequence[Outline]) -> None:
        """Draw other data sets."""
        self._outlines = tuple(outline for outline in outlines if outline.spread.values.size)
        if self._outlines:
            highest = max(float(np.quantile(outline.spread.values, 0.995)) for outline in self._outlines)
            self._edges = np.linspace(0.0, max(highest, 1.0), BINS + 1)
        self._shares = tuple(
            outline.spread.counts(self._edges) / outline.spread.values.size for outline in self._outlines
        )
        self.setAccessibleDescription(
            "; ".join(f"{one.name}: median {one.spread.median:.0f} {self._unit}" for one in self._outlines)
        )
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size in which three outlines can be told apart."""
        return QSize(320, 132)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw title, outlines, and the ends of the axis."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        high = painter.fontMetrics().height()
        painter.setFont(emphasised(self.font()))
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        painter.drawText(QRectF(0, 0, self.width(), high), Qt.AlignmentFlag.AlignLeft, f"{self._title}, {self._unit}")
        painter.setFont(self.font())
        self._draw_names(painter, high)
        field = QRectF(0.5, high + 6, self.width() - 1, self.height() - 2 * high - 10)
        painter.setPen(QPen(hairline(palette), 1))
        painter.drawLine(field.bottomLeft(), field.bottomRight())
        top = max((float(shares.max()) for shares in self._shares), default=0.0)
        for outline, shares in zip(self._outlines, self._shares, strict=True):
            self._draw_outline(painter, field, outline, shares / top if top else shares)
        painter.setPen(muted(palette))
        foot = QRectF(0, field.bottom() + 2, self.width(), high)
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, count(round(float(self._edges[-1]))))

    def _draw_names(self, painter: QPainter, high: int) -> None:
        """Name the outlines at the right of the title, each beside its colour."""
        x = float(self.width())
        for outline in reversed(self._outlines):
            x -= painter.fontMetrics().horizontalAdvance(outline.name)
            painter.drawText(QPointF(x, painter.fontMetrics().ascent()), outline.name)
            painter.fillRect(QRectF(x - 14, high / 2 - 4, 9, 9), outline.colour)
            x -= 30

    def _draw_outline(self, painter: QPainter, field: QRectF, outline: Outline, heights: np.ndarray) -> None:
        step = field.width() / BINS
        points = [field.bottomLeft()]
        for number, height in enumerate(heights):
            y = field.bottom() - float(height) * field.height()
            points += [QPointF(field.left() + number * step, y), QPointF(field.left() + (number + 1) * step, y)]
        points.append(field.bottomRight())
        ground = QColor(outline.colour)
        ground.setAlphaF(0.16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawPolygon(QPolygonF(points))
        painter.setPen(QPen(outline.colour, 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(points))
