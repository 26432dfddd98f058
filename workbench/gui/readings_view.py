"""A reference with every reading of it under it, word below word, differences marked."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from workbench.gui.meanings import emphasised, hairline, is_dark, muted, tabular
from workbench.gui.messages import plain_tooltip
from workbench.gui.text_columns import Column, columns
from workbench.gui.text_differences import LANE_PX, Difference, describe, differences, draw_differences, within
from workbench.gui.text_rendering import ShapedText, TextStyle

PADDING_PX = 12.0
WORD_GAP_PX = 6.0
ROW_GAP_PX = 4.0
BAND_GAP_PX = 18.0
MAX_LABEL_PX = 190.0


@dataclass(frozen=True, slots=True)
class ShownReading:
    """One row: what a run made of the line."""

    label: str
    error_rate: str
    text: str
    is_emphasised: bool = False


@dataclass(frozen=True, slots=True)
class _Cell:
    """A piece of a row in a column."""

    shaped: ShapedText
    found: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class _BandRow:
    """One row of a band: where its baseline is, and its pieces in reading order."""

    number: int
    top: float
    height: float
    baseline: float
    cells: tuple[_Cell, ...]


@dataclass(frozen=True, slots=True)
class _Band:
    """As many columns as fit into the width, all rows under one another."""

    widths: tuple[float, ...]
    rows: tuple[_BandRow, ...]


class ReadingsView(QAbstractScrollArea):
    """Row 0 is the reference. Long lines go on in a second band below, with all rows again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reference = ""
        self._readings: tuple[ShownReading, ...] = ()
        self._style = TextStyle("ar")
        self._differences: tuple[tuple[Difference, ...], ...] = ()
        self._columns: tuple[Column, ...] = ()
        self._shaped: dict[tuple[str, int], ShapedText] = {}
        self._bands: tuple[_Band, ...] = ()
        self._label_px = 0.0
        self._high = 0.0
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Reference and readings")
        self.verticalScrollBar().setSingleStep(24)

    @property
    def readings(self) -> tuple[ShownReading, ...]:
        """Rows below the reference."""
        return self._readings

    @property
    def band_count(self) -> int:
        """Bands that the line takes at the present width."""
        return len(self._bands)

    def show_readings(
        self, reference: str, readings: Sequence[ShownReading], style: TextStyle, wildcards: str = ""
    ) -> None:
        """Show another line; `wildcards` are placeholders that were not scored."""
        self._reference, self._readings = reference, tuple(readings)
        self._differences = ((), *(differences(reference, reading.text, wildcards) for reading in self._readings))
        self._columns = columns(reference, [reading.text for reading in self._readings], wildcards)
        self._style = style
        self._shaped.clear()
        self.setAccessibleDescription("\n".join(self.spoken()))
        self.verticalScrollBar().setValue(0)
        self._arrange()

    def set_style(self, style: TextStyle) -> None:
        """Draw the same line in another style."""
        if style != self._style:
            self._style = style
            self._shaped.clear()
            self._arrange()

    def spoken(self) -> list[str]:
        """Every row in words."""
        rows = [f"Reference: {self._reference}"]
        for reading, found in zip(self._readings, self._differences[1:], strict=True):
            rows.append(f"{reading.label}, CER {reading.error_rate}: {reading.text} ({describe(found)})")
        return rows

    def _texts(self) -> list[str]:
        return [self._reference, *(reading.text for reading in self._readings)]

    def _arrange(self) -> None:
        """Distribute columns over bands and find the height of every row."""
        self._label_px = self._measure_labels()
        room = max(self.viewport().width() - self._label_px - 3 * PADDING_PX, 80.0)
        whole = [self._column_cells(column, number, room) for number, column in enumerate(self._columns)]
        widths = [max((cell.shaped.box.width() for cell in cells), default=0.0) + WORD_GAP_PX for cells in whole]
        bands: list[_Band] = []
        top = PADDING_PX
        for first, last in _fill(widths, room):
            band = self._band(whole[first:last], tuple(widths[first:last]), top)
            bands.append(band)
            top = band.rows[-1].top + band.rows[-1].height + BAND_GAP_PX
        self._bands = tuple(bands)
        self._high = top - BAND_GAP_PX + PADDING_PX
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(round(self._high) - self.viewport().height(), 0))
        self.viewport().update()

    def _measure_labels(self) -> float:
        plain, heavy = QFontMetricsF(self.font()), QFontMetricsF(emphasised(self.font()))
        rates = max((plain.horizontalAdvance(reading.error_rate) for reading in self._readings), default=0.0)
        labels = [
            (heavy if reading.is_emphasised else plain).horizontalAdvance(reading.label) for reading in self._readings
        ]
        return min(max([*labels, heavy.horizontalAdvance("Reference")]), MAX_LABEL_PX) + rates + PADDING_PX

    def _column_cells(self, column: Column, number: int, room: float) -> list[_Cell]:
        is_last = number == len(self._columns) - 1
        cells: list[_Cell] = []
        places = [column.reference, *column.hypotheses]
        for text, found, (start, end) in zip(self._texts(), self._differences, places, strict=True):
            inside = within(found, start, end, is_last=is_last)
            cells.append(_Cell(self._shape(text[start:end], room), inside))
        return cells

    def _shape(self, text: str, room: float) -> ShapedText:
        key = (text, round(room))
        shaped = self._shaped.get(key)
        if shaped is None:
            shaped = ShapedText(text, self._style)
            if shaped.box.width() > room:
                shaped = ShapedText(text, self._style, wrap_px=room)
            self._shaped[key] = shaped
        return shaped

    def _band(self, whole: list[list[_Cell]], widths: tuple[float, ...], top: float) -> _Band:
        rows: list[_BandRow] = []
        least = QFontMetricsF(self.font()).height()
        for number in range(len(self._readings) + 1):
            cells = tuple(cells[number] for cells in whole)
            above = max(max((-cell.shaped.box.top() for cell in cells), default=0.0), least * 0.8)
            below = max(max((cell.shaped.box.bottom() for cell in cells), default=0.0), least * 0.2)
            height = above + below + LANE_PX + ROW_GAP_PX
            rows.append(_BandRow(number, top, height, top + ROW_GAP_PX / 2 + above, cells))
            top += height
        return _Band(widths, tuple(rows))

    def sizeHint(self) -> QSize:
        """Return a size in which four readings are seen at once."""
        return QSize(480, 320)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Distribute the columns anew."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows that are in view."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(event.rect(), self.palette().color(QPalette.ColorRole.Base))
        painter.translate(0, -self.verticalScrollBar().value())
        seen = QRectF(event.rect()).translated(0, self.verticalScrollBar().value())
        for band in self._bands:
            for row in band.rows:
                if row.top < seen.bottom() and row.top + row.height > seen.top():
                    self._draw_row(painter, band, row)

    def _draw_row(self, painter: QPainter, band: _Band, row: _BandRow) -> None:
        width = self.viewport().width()
        if row.number == 0:
            ground = self.palette().color(QPalette.ColorRole.AlternateBase)
            painter.fillRect(QRectF(0, row.top, width, row.height), ground)
        self._draw_label(painter, row)
        colour = self.palette().color(QPalette.ColorRole.Text)
        rightwards = not self._style.is_right_to_left
        x = self._label_px + 2 * PADDING_PX if rightwards else width - PADDING_PX
        for cell, room in zip(row.cells, band.widths, strict=True):
            box = cell.shaped.box
            origin = QPointF(x - box.left() if rightwards else x - box.right(), row.baseline)
            cell.shaped.draw(painter, origin, colour)
            draw_differences(painter, origin, cell.shaped, cell.found, is_dark=is_dark(self.palette()))
            x += room if rightwards else -room
        painter.setPen(hairline(self.palette()))
        foot = round(row.top + row.height) - 0.5
        painter.drawLine(QPointF(PADDING_PX, foot), QPointF(width - PADDING_PX, foot))

    def _draw_label(self, painter: QPainter, row: _BandRow) -> None:
        place = QRectF(PADDING_PX, row.top, self._label_px, row.height - LANE_PX / 2)
        flags = Qt.AlignmentFlag.AlignVCenter
        if row.number == 0:
            painter.setFont(emphasised(self.font()))
            painter.setPen(self.palette().color(QPalette.ColorRole.Text))
            painter.drawText(place, flags | Qt.AlignmentFlag.AlignLeft, "Reference")
            return
        reading = self._readings[row.number - 1]
        font = tabular(self.font())
        painter.setFont(font)
        painter.setPen(self.palette().color(QPalette.ColorRole.Text))
        painter.drawText(place, flags | Qt.AlignmentFlag.AlignRight, reading.error_rate)
        painter.setFont(emphasised(self.font()) if reading.is_emphasised else self.font())
        painter.setPen(QColor(muted(self.palette())) if not reading.is_emphasised else painter.pen().color())
        room = self._label_px - QFontMetricsF(font).horizontalAdvance(reading.error_rate) - PADDING_PX / 2
        label = QFontMetricsF(painter.font()).elidedText(reading.label, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(place, flags | Qt.AlignmentFlag.AlignLeft, label)

    def row_at(self, place: QPoint) -> int | None:
        """Return the number of the row at a place of the viewport; 0 is the reference."""
        y = place.y() + self.verticalScrollBar().value()
        for band in self._bands:
            for row in band.rows:
                if row.top <= y < row.top + row.height:
                    return row.number
        return None

    def viewportEvent(self, event: QEvent) -> bool:
        """Say the differences of the row under the mouse in words."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            row = self.row_at(event.pos())
            if row:
                reading = self._readings[row - 1]
                said = f"{reading.label}: CER {reading.error_rate}, {describe(self._differences[row])}"
                QToolTip.showText(event.globalPos(), plain_tooltip(said), self)
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)


def _fill(widths: Sequence[float], room: float) -> list[tuple[int, int]]:
    """Part columns into bands that fit; each band has at least one."""
    bands: list[tuple[int, int]] = []
    first, used = 0, 0.0
    for number, width in enumerate(widths):
        if number > first and used + width - WORD_GAP_PX > room:
            bands.append((first, number))
            first, used = number, 0.0
        used += width
    return [*bands, (first, len(widths))] if widths else []
