"""The left of the page: test lines of the cell with the CER of both arms."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui.item_models.line_rows import IMAGE
from workbench.gui.item_models.predictions import DELTA, MARK, MULTI, SINGLE, PredictionsModel, ScoredRow
from workbench.gui.line_table import LineTable
from workbench.gui.stores.predictions import Arm, PredictionsStore
from workbench.study.arms import short_label

WIDE_PX = 760
NUMBER_PX = 66
HEADER_PADDING_PX = 26
NARROW_IMAGE_PX = 112


class RowsTable(QWidget):
    """Lines with their numbers."""

    row_changed = Signal()
    """Another line is current, or none."""

    def __init__(self, lines: PredictionsStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = PredictionsModel(lines, self)
        widths = {IMAGE: 130, SINGLE: NUMBER_PX, MULTI: NUMBER_PX, DELTA: 70, MARK: 38}
        self.table = LineTable(self.model, widths)
        self.table.setAccessibleName("Test lines")
        self.table.row_changed.connect(self.row_changed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        self.setMinimumWidth(460)

    @property
    def scored(self) -> ScoredRow | None:
        """The current line with its numbers."""
        return self.model.row_at(self.table.current_row)

    def name_columns(self, arm: Arm) -> None:
        """Give the columns room for the names of what is compared."""
        names = {SINGLE: short_label(arm.baseline.regime), MULTI: short_label(arm.regime)}
        for column, name in names.items():
            wanted = self.table.horizontalHeader().fontMetrics().horizontalAdvance(name) + HEADER_PADDING_PX
            if self.table.columnWidth(column) < wanted:
                self.table.setColumnWidth(column, wanted)

    def show_order(self, column: int, *, is_descending: bool) -> None:
        """Show which column the lines are sorted by; -1: none."""
        header = self.table.horizontalHeader()
        order = Qt.SortOrder.DescendingOrder if is_descending else Qt.SortOrder.AscendingOrder
        if (header.sortIndicatorSection(), header.sortIndicatorOrder()) != (column, order):
            header.setSortIndicator(column, order)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give images the room that there is."""
        super().resizeEvent(event)
        room = event.size().width()
        self.table.fit_images(is_wide=room >= WIDE_PX, narrow_px=NARROW_IMAGE_PX)
        if room < WIDE_PX and self.table.columnWidth(IMAGE) > room / 3:  # kept from a wider table
            self.table.setColumnWidth(IMAGE, NARROW_IMAGE_PX)
