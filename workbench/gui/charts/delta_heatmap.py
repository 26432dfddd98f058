"""ΔCER as a heatmap, target × K: the value in the cell, its interval below, a mark where that excludes 0.

It is a table, so that it is walked through with the arrow keys and read out cell by cell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QBrush, QColor, QFont, QGuiApplication, QKeyEvent, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.charts import diverging
from workbench.gui.meanings import emphasised, ink_on, is_dark, language_icon, muted, tabular
from workbench.gui.messages import plain_label, plain_tooltip
from workbench.gui.wording import MINUS, signed

if TYPE_CHECKING:
    from workbench.analysis.results.report_values import Mark

Index = QModelIndex | QPersistentModelIndex

CELL_HEIGHT = 60
CELL_WIDTH = 100
CELL_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A row of a heatmap: a target and its language."""

    target: str
    language: str


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One difference; negative means that what is compared with the baseline helps."""

    value: float | None
    """None: no pair of runs yet."""
    low: float | None = None
    high: float | None = None
    detail: str = ""
    """What stands in the tooltip: both CERs, the steps of both, pairs, unit."""
    note: str = ""
    """Stands below the interval: the steps that the runs made."""
    mark: "Mark" = ""
    unit: str = "points"

    @property
    def interval(self) -> str:
        """Interval as in the cell: '−5.0 … −1.1'."""
        if self.low is None or self.high is None:
            return ""
        return f"{signed(self.low)} … {signed(self.high)}"


_MARKS: "dict[Mark, str]" = {
    "": "",
    "alone": ", excludes 0",
    "corrected": ", excludes 0 after Holm's correction",
}

CellKey = tuple[str, int]
"""(target, K)."""


class HeatmapModel(QAbstractTableModel):
    """Targets as rows, K as columns, differences as cells."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[HeatRow, ...] = ()
        self.ks: tuple[int, ...] = ()
        self._cells: Mapping[CellKey, HeatCell] = {}

    def show(self, rows: tuple[HeatRow, ...], ks: tuple[int, ...], cells: Mapping[CellKey, HeatCell]) -> None:
        """Put other differences into the table."""
        self.beginResetModel()
        self.rows, self.ks, self._cells = rows, ks, dict(cells)
        self.endResetModel()

    def key(self, index: Index) -> CellKey:
        """(target, K) of a cell."""
        return self.rows[index.row()].target, self.ks[index.column()]

    def cell(self, index: Index) -> HeatCell:
        """Return the difference at an index; one without a value where there is no pair."""
        return self._cells.get(self.key(index), HeatCell(None))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of targets."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of K."""
        return 0 if parent.isValid() else len(self.ks)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the value with its sign, and in words for the tooltip and for who listens."""
        if not index.isValid():
            return None
        cell = self.cell(index)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return "" if cell.value is None else signed(cell.value)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip("\n".join(filter(None, (self._sentence(index, cell), cell.detail))))
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._sentence(index, cell)
            case _ if role == CELL_ROLE:
                return cell
            case _:
                return None

    def _sentence(self, index: Index, cell: HeatCell) -> str:
        target, k = self.key(index)
        if cell.value is None:
            return f"{target}, K={k}, no pair of runs yet"
        text = f"{target}, K={k}, {signed(cell.value)} {cell.unit}"
        if cell.interval:
            text += f", interval {cell.interval}{_MARKS[cell.mark]}"
        return text

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the names of targets with the sign of their language, and the K."""
        if orientation == Qt.Orientation.Horizontal:
            return f"K {self.ks[section]:,}" if role == Qt.ItemDataRole.DisplayRole else None
        row = self.rows[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.target
            case Qt.ItemDataRole.DecorationRole:
                return language_icon(row.language)
            case _:
                return None


class HeatmapDelegate(QStyledItemDelegate):
    """Paints a difference: ground by the diverging scale, value, interval, dot, hatch where there is none."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.largest = diverging.LEAST_LIMIT_PP

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        cell: HeatCell = index.data(CELL_ROLE)
        palette = QGuiApplication.palette()  # not the option's: the table's ground is transparent
        rect = QRectF(option.rect).adjusted(1, 1, -1, -1)  # pyright: ignore[reportAttributeAccessIssue]
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if cell.value is None:
            _draw_hatch(painter, rect, muted(palette))
        else:
            ground = diverging.colour(cell.value, self.largest, is_dark=is_dark(palette))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(rect, 3, 3)
            self._draw_value(painter, rect, cell, ink_on(ground))
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(palette.color(QPalette.ColorRole.WindowText), 2))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 3, 3)
        painter.restore()

    def _draw_value(self, painter: QPainter, rect: QRectF, cell: HeatCell, ink: QColor) -> None:
        assert cell.value is not None
        painter.setPen(ink)
        below = [text for text in (cell.interval, cell.note) if text]
        value_font = emphasised(tabular(painter.font()))
        value_font.setPixelSize(15)
        small_font = tabular(painter.font())
        small_font.setPixelSize(10)
        top = rect.center().y() - (18 + 13 * len(below)) / 2
        for text, font, height in (
            (signed(cell.value), value_font, 18),
            *((text, small_font, 13) for text in below),
        ):
            painter.setFont(font)
            place = QRectF(rect.left(), top, rect.width(), height)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
            top += height
        if cell.mark:
            painter.setBrush(ink if cell.mark == "corrected" else Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(ink, 1.2))
            painter.drawEllipse(QPointF(rect.right() - 9, rect.top() + 9), 3, 3)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Every cell is of one size."""
        del option, index
        return QSize(CELL_WIDTH, CELL_HEIGHT)


def _draw_hatch(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    pale = QColor(colour)
    pale.setAlpha(110)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(pale, Qt.BrushStyle.BDiagPattern))
    painter.drawRoundedRect(rect, 3, 3)


class _HeatmapTable(QTableView):
    """A table that is as large as its cells and is left with Tab."""

    activated_cell = Signal(QModelIndex)

    def __init__(self, model: HeatmapModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.setStyleSheet(
            "QTableView, QHeaderView, QHeaderView::section, QTableCornerButton::section"
            " { background: transparent; border: none; }"
            "QHeaderView::section { padding: 2px 6px; }"
        )
        for header, size in ((self.horizontalHeader(), CELL_WIDTH), (self.verticalHeader(), CELL_HEIGHT)):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setDefaultSectionSize(size)
            header.setHighlightSections(False)
            header.setSectionsClickable(False)
            header.setIconSize(QSize(24, 18))
        self.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        model.modelReset.connect(self.fit)

    @Slot()
    def fit(self) -> None:
        """Take the size of the cells and headers."""
        self.verticalHeader().setFixedWidth(max(self.verticalHeader().sizeHint().width(), 40))
        self.setFixedSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        """Return the size of all cells with their headers."""
        width = self.verticalHeader().width() + self.horizontalHeader().length()
        height = self.horizontalHeader().sizeHint().height() + self.verticalHeader().length()
        return QSize(width + 2, height + 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space open the cell that has the focus."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.currentIndex().isValid():
            self.activated_cell.emit(self.currentIndex())
            return
        super().keyPressEvent(event)


class DeltaHeatmap(QWidget):
    """A titled heatmap. `cell_chosen(target, k)` is emitted for a click, Enter or Space on a cell with a value."""

    cell_chosen = Signal(str, int)
    menu_requested = Signal(str, int, QPoint)
    """Target, K and place on the screen: the right button or the menu key on a cell."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = HeatmapModel(self)
        self._title = plain_label(title)
        self._title.setFont(emphasised(self._title.font()))
        self.table = _HeatmapTable(self.model, self)
        self.table.setAccessibleName(title)
        self._delegate = HeatmapDelegate(self)
        self.table.setItemDelegate(self._delegate)
        self.table.clicked.connect(self._choose)
        self.table.activated_cell.connect(self._choose)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._request_menu)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._title)
        layout.addWidget(self.table)
        layout.addStretch(1)

    @property
    def title(self) -> str:
        """Return what the heatmap is of."""
        return self._title.text()

    def set_title(self, title: str) -> None:
        """Say what the heatmap is of."""
        self._title.setText(title)
        self.table.setAccessibleName(f"ΔCER, {title}")

    def show_cells(
        self, rows: tuple[HeatRow, ...], ks: tuple[int, ...], cells: Mapping[CellKey, HeatCell], largest: float
    ) -> None:
        """Show differences on a scale from −`largest` to +`largest`, which several heatmaps share."""
        self._delegate.largest = largest
        self.model.show(rows, ks, cells)

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        if self.model.cell(index).value is not None:
            self.cell_chosen.emit(*self.model.key(index))

    @Slot(QPoint)
    def _request_menu(self, place: QPoint) -> None:
        index = self.table.indexAt(place)
        if index.isValid():
            self.table.setCurrentIndex(index)
            self.menu_requested.emit(*self.model.key(index), self.table.viewport().mapToGlobal(place))


class DivergingBar(QWidget):
    """The colour bar of the heatmaps: which side helps, which hurts, and how far the scale reaches."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._largest = diverging.LEAST_LIMIT_PP
        self._unit = "points"
        self.setFixedHeight(30)
        self.setMinimumWidth(320)
        self.setMaximumWidth(460)
        self._say()

    def set_largest(self, largest: float, unit: str = "points") -> None:
        """Show the scale's reach."""
        self._largest, self._unit = largest, unit
        self._say()
        self.update()

    def _say(self) -> None:
        reach = f"{self._largest:.1f}"
        self.setAccessibleName(f"Colours from {MINUS}{reach} {self._unit}, blue, it helps, to +{reach}, red, it hurts")

    def paintEvent(self, event: QEvent) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Draw the bar and its words."""
        del event
        painter = QPainter(self)
        font = tabular(QFont(self.font()))
        font.setPixelSize(11)
        painter.setFont(font)
        bar = QRectF(0, 0, self.width(), 10)
        parts = 64
        for part in range(parts):
            value = self._largest * (2 * (part + 0.5) / parts - 1)
            slot = QRectF(bar.width() * part / parts, 0, bar.width() / parts + 1, bar.height())
            painter.fillRect(slot, diverging.colour(value, self._largest, is_dark=is_dark(self.palette())))
        painter.setPen(muted(self.palette()))
        words = QRectF(0, 13, self.width(), 16)
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft, f"{signed(-self._largest)}  it helps")
        painter.drawText(words, Qt.AlignmentFlag.AlignHCenter, "0")
        painter.drawText(words, Qt.AlignmentFlag.AlignRight, f"it hurts  {signed(self._largest)}")
        painter.end()
