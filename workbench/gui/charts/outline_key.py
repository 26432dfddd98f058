"""Names the outlines of a plot: the line as it is drawn, the data set, how many values, and their middle."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.data.measures import Numbers
from workbench.gui.charts.outlines import Outline, beyond
from workbench.gui.meanings import muted, tabular
from workbench.gui.wording import count

SAMPLE_PX = 30
ROW_PX = 17
_COLUMNS = ("n", "median", "5 %", "95 %", "beyond")


class OutlineKey(QWidget):
    """A small table, one row per data set, with numbers below each other."""

    def __init__(self, unit: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unit = unit
        self._rows: tuple[tuple[Outline, tuple[str, ...]], ...] = ()
        font = tabular(QFont(self.font()))
        font.setPointSizeF(font.pointSizeF() * 0.9)
        self.setFont(font)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Name, n, median, 5 % and 95 % quantile of each data set, and what lies beyond the axis, as shown."""
        return tuple((outline.name, *numbers) for outline, numbers in self._rows)

    def show_outlines(self, outlines: Sequence[Outline], edges: Numbers) -> None:
        """Name other outlines."""
        self._rows = tuple((outline, _numbers(outline, edges)) for outline in outlines)
        said = (f"{name}: n {n}, median {middle} {self._unit}" for name, n, middle, *_ in self.rows)
        self.setAccessibleName("; ".join(said))
        self.updateGeometry()
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        """One row per data set, and one for the heads of the columns."""
        return QSize(320, ROW_PX * (1 + len(self._rows)))

    def paintEvent(self, event: QEvent) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Draw the heads and the rows."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        quiet, text = muted(self.palette()), self.palette().color(QPalette.ColorRole.WindowText)
        widths = self._column_widths()
        left = self.width() - sum(widths)
        painter.setPen(quiet)
        self._draw_numbers(painter, 0, _COLUMNS, widths)
        for row, (outline, numbers) in enumerate(self._rows, start=1):
            middle = (row + 0.5) * ROW_PX
            painter.setPen(outline.pen)
            painter.drawLine(QRectF(0, middle, SAMPLE_PX, 0).topLeft(), QRectF(0, middle, SAMPLE_PX, 0).topRight())
            painter.setPen(text)
            room = QRectF(SAMPLE_PX + 8, row * ROW_PX, max(left - SAMPLE_PX - 16, 20), ROW_PX)
            name = QFontMetricsF(self.font()).elidedText(outline.name, Qt.TextElideMode.ElideMiddle, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
            self._draw_numbers(painter, row, numbers, widths)
        painter.end()

    def _column_widths(self) -> list[float]:
        metrics = QFontMetricsF(self.font())
        columns = zip(_COLUMNS, *(numbers for _, numbers in self._rows), strict=True)
        return [max(metrics.horizontalAdvance(text) for text in column) + 14 for column in columns]

    def _draw_numbers(self, painter: QPainter, row: int, numbers: Sequence[str], widths: Sequence[float]) -> None:
        x = self.width() - sum(widths)
        for number, width in zip(numbers, widths, strict=True):
            place = QRectF(x, row * ROW_PX, width, ROW_PX)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, number)
            x += width


def _numbers(outline: Outline, edges: Numbers) -> tuple[str, ...]:
    spread = outline.spread
    if not spread.count:
        return ("0", "–", "–", "–", "–")
    digits = 0 if spread.high >= 100 else 1 if spread.high >= 10 else 2
    if (spread.values % 1 == 0).all():
        digits = 0
    figures = (f"{value:,.{digits}f}" for value in (spread.median, spread.low, spread.high))
    return (count(spread.count), *figures, count(beyond(spread, edges)))
