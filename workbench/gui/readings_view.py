"""A reference with every reading of it under it, word below word, differences marked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from workbench.gui.meanings import emphasised, hairline, is_dark, muted, tabular
from workbench.gui.messages import plain_tooltip
from workbench.gui.text_columns import Column, columns
from workbench.gui.text_differences import (
    DOUBT_PX,
    LANE_PX,
    Difference,
    describe,
    differences,
    draw_differences,
    draw_doubts,
    within,
)
from workbench.gui.text_rendering import ShapedText, TextStyle, code_point
from workbench.gui.wording import percent

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
    confidences: tuple[float, ...] = ()
    """One per character of the text, from 0 to 1; empty where they are not known."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """A piece of a row in a column."""

    shaped: ShapedText
    found: tuple[Difference, ...]
    start: int
    """Position of its first character in the text of the row."""
    length: int
    confidences: tuple[float, ...] = ()


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
    """Row 0 is the reference. Long lines go on in a second band below, with all rows again.

    Bars under the letters tell where a run was not sure. One reading is the current one.
    """

    character_pointed = Signal(int, int)
    """Row and character under the mouse, both -1 when there is none."""
    row_clicked = Signal(int)

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
        self._current = 0
        self._pointed = (-1, -1)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Reference and readings")
        self.verticalScrollBar().setSingleStep(24)
        self.viewport().setMouseTracking(True)

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
        self._pointed = (-1, -1)
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

    @property
    def current_row(self) -> int:
        """The reading that is looked at; 0: none of them."""
        return self._current

    def set_current(self, row: int) -> None:
        """Mark a reading as the one that is looked at."""
        if row != self._current:
            self._current = row
            self.viewport().update()

    @property
    def pointed(self) -> tuple[int, int]:
        """Row and character that are marked as pointed at; both -1 where none is."""
        return self._pointed

    def point_at(self, row: int, character: int) -> None:
        """Mark a character; both -1: none."""
        if (row, character) != self._pointed:
            self._pointed = (row, character)
            self.viewport().update()

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
        sure = [(), *(reading.confidences for reading in self._readings)]
        for text, found, known, (start, end) in zip(self._texts(), self._differences, sure, places, strict=True):
            inside = within(found, start, end, is_last=is_last)
            cells.append(_Cell(self._shape(text[start:end], room), inside, start, end - start, known[start:end]))
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
        lane = LANE_PX + (DOUBT_PX if any(reading.confidences for reading in self._readings) else 0.0)
        for number in range(len(self._readings) + 1):
            cells = tuple(cells[number] for cells in whole)
            above = max(max((-cell.shaped.box.top() for cell in cells), default=0.0), least * 0.8)
            below = max(max((cell.shaped.box.bottom() for cell in cells), default=0.0), least * 0.2)
            height = above + below + (lane if number else LANE_PX) + ROW_GAP_PX
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
            draw_doubts(painter, origin, cell.shaped, cell.confidences, muted(self.palette()))
            self._draw_pointed(painter, origin, row.number, cell)
            x += room if rightwards else -room
        painter.setPen(hairline(self.palette()))
        foot = round(row.top + row.height) - 0.5
        painter.drawLine(QPointF(PADDING_PX, foot), QPointF(width - PADDING_PX, foot))

    def _draw_pointed(self, painter: QPainter, origin: QPointF, row: int, cell: _Cell) -> None:
        character = self._pointed[1] - cell.start
        if row != self._pointed[0] or not 0 <= character < cell.length:
            return
        accent = self.palette().color(QPalette.ColorRole.Accent)
        tint = QColor(accent)
        tint.setAlphaF(0.2)
        for span in cell.shaped.spans(character, 1):
            ink = span.line.ink
            box = QRectF(span.left, ink.top(), max(span.right - span.left, 3.0), ink.height() + LANE_PX)
            painter.setPen(QPen(accent, 1.6))
            painter.setBrush(tint)
            painter.drawRoundedRect(box.translated(origin).adjusted(-1, -1, 1, 0), 2, 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _draw_label(self, painter: QPainter, row: _BandRow) -> None:
        if row.number and row.number == self._current:
            accent = self.palette().color(QPalette.ColorRole.Accent)
            painter.fillRect(QRectF(3, row.top + 3, 3, row.height - 6), accent)
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

    def character_at(self, place: QPoint) -> tuple[int, int] | None:
        """Return row and character at a place of the viewport; None beside the texts."""
        for row, cell, origin in self._drawn_cells():
            box = cell.shaped.box.translated(origin).adjusted(0, -1, 0, LANE_PX)
            at = QPointF(place.x(), place.y() + self.verticalScrollBar().value())
            if box.contains(at):
                character = cell.shaped.character_at(at - origin)
                if character is not None and character < cell.length:
                    return row.number, cell.start + character
        return None

    def _drawn_cells(self) -> Iterator[tuple[_BandRow, _Cell, QPointF]]:
        """Every piece with the place that it is drawn at, in pixels of the whole content."""
        rightwards = not self._style.is_right_to_left
        first = self._label_px + 2 * PADDING_PX if rightwards else self.viewport().width() - PADDING_PX
        for band in self._bands:
            for row in band.rows:
                x = first
                for cell, room in zip(row.cells, band.widths, strict=True):
                    box = cell.shaped.box
                    yield row, cell, QPointF(x - box.left() if rightwards else x - box.right(), row.baseline)
                    x += room if rightwards else -room

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell which letter is pointed at."""
        row, character = self.character_at(event.position().toPoint()) or (-1, -1)
        self.character_pointed.emit(row, character)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell which row was clicked."""
        row = self.row_at(event.position().toPoint())
        if row and event.button() == Qt.MouseButton.LeftButton:
            self.row_clicked.emit(row)

    def viewportEvent(self, event: QEvent) -> bool:
        """Say what is under the mouse in words: the letter, and the differences of its row."""
        if event.type() == QEvent.Type.Leave:
            self.character_pointed.emit(-1, -1)
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            said = self.words_at(event.pos())
            if said:
                QToolTip.showText(event.globalPos(), plain_tooltip(said), self)
            else:
                QToolTip.hideText()
            return True
        return super().viewportEvent(event)

    def words_at(self, place: QPoint) -> str:
        """Return what is at a place in words; empty where nothing is."""
        row = self.row_at(place)
        if not row:
            return ""
        reading = self._readings[row - 1]
        said = [f"{reading.label}: CER {reading.error_rate}, {describe(self._differences[row])}"]
        found = self.character_at(place)
        if found is not None and found[0] == row:
            letter = code_point(reading.text[found[1]])
            sure = f" · confidence {percent(reading.confidences[found[1]])}" if reading.confidences else ""
            said.insert(0, letter + sure)
        return "\n".join(said)


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
