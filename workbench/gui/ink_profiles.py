"""Where the ink of a line image is: by column, by row and by grey value; drawn beside the image that is looked at."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui.image_conversion import ink_of
from workbench.gui.line_view import LineView
from workbench.gui.meanings import hairline, muted
from workbench.gui.messages import plain_tooltip

GREY_BINS = 64
_SIDE_PX = 76
Axis = Literal["columns", "rows"]


class InkProfile(QWidget):
    """Mean ink of each column (or row) of the image, in line with the view that shows it, also while that moves."""

    def __init__(self, view: LineView, axis: Axis, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view, self._axis = view, axis
        self.values: NDArray[np.float64] = np.zeros(0)
        """Shares of ink, 0 to 1, one per column or row."""
        self.setAccessibleName(f"Ink by {axis[:-1]}")
        self.setToolTip(plain_tooltip(f"Mean ink of each {axis[:-1]} of the image, up to the highest"))
        if axis == "columns":
            self.setFixedHeight(_SIDE_PX)
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        else:
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        view.image_changed.connect(self._count)
        view.place_changed.connect(self.update)

    def _count(self) -> None:
        ink = ink_of(self._view.paper)
        self.values = ink.mean(axis=0 if self._axis == "columns" else 1) / 255 if ink.size else np.zeros(0)
        highest = float(self.values.max()) if self.values.size else 0.0
        self.setAccessibleDescription(f"at most {100 * highest:.0f} % ink")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the profile where the columns (or rows) of the image are drawn."""
        painter = QPainter(self)
        palette = self.palette()
        painter.fillRect(event.rect(), palette.color(QPalette.ColorRole.Base))
        highest = float(self.values.max()) if self.values.size else 0.0
        if highest <= 0:
            return
        is_across = self._axis == "columns"
        room = self.width() if is_across else self.height()
        start = self._view.image_place.left() if is_across else self._view.image_place.top()
        heights = self._seen(room, start) / highest * (_SIDE_PX - 22)
        if is_across:
            points = [QPointF(x, self.height() - 2 - high) for x, high in enumerate(heights)]
            points = [QPointF(0, self.height() - 2), *points, QPointF(room, self.height() - 2)]
        else:
            points = [QPointF(2 + high, y) for y, high in enumerate(heights)]
            points = [QPointF(2, 0), *points, QPointF(2, room)]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(muted(palette))
        painter.drawPolygon(QPolygonF(points))
        painter.setPen(muted(palette))
        painter.drawText(QRectF(self.rect()).adjusted(4, 2, -4, -2), _corner(is_across), f"ink by {self._axis[:-1]}")

    def _seen(self, room: int, start: float) -> NDArray[np.float64]:
        """Return the value under each pixel of the widget; the highest of those that share one, 0 beside the image."""
        edges = (np.arange(room + 1) - start) / max(self._view.zoom, 1e-6)
        first = np.floor(edges[:-1]).astype(int)
        last = np.maximum(np.ceil(edges[1:]).astype(int), first + 1)
        count = len(self.values)
        seen = np.zeros(room)
        inside = (first >= 0) & (first < count)
        width = int((last - first).max(initial=1))
        for offset in range(width):
            at = np.minimum(first + offset, last - 1)
            usable = inside & (at >= 0) & (at < count)
            seen[usable] = np.maximum(seen[usable], self.values[at[usable]])
        return seen


def _corner(is_across: bool) -> Qt.AlignmentFlag:
    return (
        Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        if is_across
        else (Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
    )


class GreyHistogram(QWidget):
    """How many pixels have which grey value, from paper at the left to ink at the right; heights by their root."""

    def __init__(self, view: LineView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self.counts: NDArray[np.int64] = np.zeros(GREY_BINS, np.int64)
        """Pixels of each range of grey, lightest first."""
        self.setAccessibleName("Grey values")
        self.setToolTip("Pixels by grey value, from paper to ink; heights are square roots, so that ink can be seen")
        self.setFixedHeight(_SIDE_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        view.image_changed.connect(self._count)

    def _count(self) -> None:
        ink = ink_of(self._view.paper)
        self.counts = np.bincount(ink.ravel() // (256 // GREY_BINS), minlength=GREY_BINS)
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size in which two hills can be told apart."""
        return QSize(150, _SIDE_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw one bar per range of grey."""
        painter = QPainter(self)
        palette = self.palette()
        painter.fillRect(event.rect(), palette.color(QPalette.ColorRole.Base))
        words = painter.fontMetrics().height()
        field = QRectF(self.rect()).adjusted(6, 4, -6, -words)
        painter.setPen(QPen(hairline(palette), 1))
        painter.drawLine(field.bottomLeft(), field.bottomRight())
        painter.setPen(muted(palette))
        foot = QRectF(field.left(), field.bottom(), field.width(), words)
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, "paper")
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, "ink")
        heights = np.sqrt(self.counts / max(int(self.counts.max(initial=0)), 1)) * field.height()
        step = field.width() / GREY_BINS
        for number, high in enumerate(heights):
            bar = QRectF(field.left() + number * step, field.bottom() - high, max(step - 0.5, 1.0), high)
            painter.fillRect(bar, palette.color(QPalette.ColorRole.Accent))
