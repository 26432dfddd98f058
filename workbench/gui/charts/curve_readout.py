"""What the curves of a plot are at one place, as a small table at the edge of the window."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QWidget

from workbench.gui.meanings import emphasised, hairline, muted, tabular

MAX_ROWS = 18
MAX_LABEL_PX = 280
MARGIN_PX = 8
SAMPLE_PX = 22
GAP_PX = 8


@dataclass(frozen=True, slots=True)
class ReadoutRow:
    """One curve: how it is drawn, its name and its value."""

    label: str
    value: str
    pen: QPen
    is_near: bool = False
    """It is the one that is pointed at."""


class CurveReadout(QWidget):
    """Lies over the window beside a plot, so that the curves stay in view, and lets the mouse through.

    It keeps to the edge of the window that is farther from the place where the values are read.
    """

    def __init__(self, plot: QWidget) -> None:
        super().__init__(plot)
        self._plot = plot
        plot.destroyed.connect(self.deleteLater)
        self._title = ""
        self._rows: tuple[ReadoutRow, ...] = ()
        self._left_out = 0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.9)
        self.setFont(tabular(font))
        self.hide()

    @property
    def title(self) -> str:
        """Where the values are read."""
        return self._title

    @property
    def rows(self) -> tuple[ReadoutRow, ...]:
        """What is listed."""
        return self._rows

    @property
    def left_out(self) -> int:
        """Curves that there was no room for."""
        return self._left_out

    def show_rows(self, title: str, rows: Sequence[ReadoutRow], *, on_left: bool) -> None:
        """List other values; the one that is pointed at is always among them."""
        window = self._plot.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        most = max(min(MAX_ROWS, self._room_for()), 1)
        title, rows = _shortened(title, rows)
        near = next((number for number, row in enumerate(rows) if row.is_near), 0)
        first = min(max(near - most // 2, 0), max(len(rows) - most, 0))
        self._title, self._rows = title, tuple(rows[first : first + most])
        self._left_out = len(rows) - len(self._rows)
        self.resize(self._size())
        x = MARGIN_PX if on_left else max(window.width() - self.width() - MARGIN_PX, 0)
        y = self._plot.mapTo(window, QPoint(0, 0)).y()
        self.move(QPoint(x, max(min(y, window.height() - self.height() - MARGIN_PX), 0)))
        self.setVisible(bool(rows))
        self.raise_()
        self.update()

    def _line_px(self) -> float:
        return QFontMetricsF(self.font()).height() + 2

    def _room_for(self) -> int:
        room = self._plot.window().height() - 4 * MARGIN_PX
        return int(room / self._line_px()) - 2

    def _label_px(self) -> float:
        metrics = QFontMetricsF(emphasised(self.font()))
        return min(max((metrics.horizontalAdvance(row.label) for row in self._rows), default=0.0), MAX_LABEL_PX)

    def _value_px(self) -> float:
        metrics = QFontMetricsF(emphasised(self.font()))
        return max((metrics.horizontalAdvance(row.value) for row in self._rows), default=0.0)

    def _size(self) -> QSize:
        table = SAMPLE_PX + 2 * GAP_PX + self._label_px() + self._value_px()
        width = 2 * MARGIN_PX + max(table, QFontMetricsF(self.font()).horizontalAdvance(self._title))
        lines = 1 + len(self._rows) + (1 if self._left_out else 0)
        return QSize(int(width) + 1, int(lines * self._line_px() + 2 * MARGIN_PX) + 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the place, then a row per curve."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self.palette().color(QPalette.ColorRole.Base))
        painter.setPen(hairline(self.palette()))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        line = self._line_px()
        place = QRectF(MARGIN_PX, MARGIN_PX, self.width() - 2 * MARGIN_PX, line)
        self._write(painter, place, self._title, muted(self.palette()))
        for row in self._rows:
            place.translate(0, line)
            self._draw_row(painter, place, row)
        if self._left_out:
            place.translate(0, line)
            self._write(painter, place, f"and {self._left_out:,} more", muted(self.palette()))
        painter.end()

    def _draw_row(self, painter: QPainter, place: QRectF, row: ReadoutRow) -> None:
        painter.setPen(_opaque(row.pen))
        middle = place.center().y()
        painter.drawLine(int(place.left()), int(middle), int(place.left()) + SAMPLE_PX, int(middle))
        painter.setFont(emphasised(self.font()) if row.is_near else self.font())
        words = place.adjusted(SAMPLE_PX + GAP_PX, 0, 0, 0)
        shown = QFontMetricsF(painter.font()).elidedText(row.label, Qt.TextElideMode.ElideMiddle, self._label_px() + 1)
        text = self.palette().color(QPalette.ColorRole.WindowText)
        self._write(painter, words, shown, text)
        self._write(painter, words, row.value, text, Qt.AlignmentFlag.AlignRight)
        painter.setFont(self.font())

    @staticmethod
    def _write(
        painter: QPainter,
        place: QRectF,
        text: str,
        colour: QColor,
        side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        painter.setPen(colour)
        painter.drawText(place, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)


def _opaque(pen: QPen) -> QPen:
    colour = QColor(pen.color())
    colour.setAlpha(255)
    solid = QPen(pen)
    solid.setColor(colour)
    return solid


def _shortened(title: str, rows: Sequence[ReadoutRow]) -> tuple[str, Sequence[ReadoutRow]]:
    """Move what all names have in common into the title: there is little room beside the curves."""
    if len(rows) < 2:
        return title, rows
    names = [row.label.split(" · ") for row in rows]
    common = [part for part in names[0] if all(part in name for name in names)]
    short = [" · ".join(part for part in name if part not in common) for name in names]
    if not all(short):
        return title, rows
    kept = [replace(row, label=label) for row, label in zip(rows, short, strict=True)]
    return " · ".join([title, *common]), kept
