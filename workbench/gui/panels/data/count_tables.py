"""How the tables of counts on the Characters tab look: a wide first column, then one per data set."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from workbench.gui.item_models.cells import PlainCell

ROW_PX = 28
CELL_PX = 172


def dress(table: QTableView, name: str) -> None:
    """Give a table of counts the window's look."""
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setAccessibleName(name)
    table.verticalHeader().hide()
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    table.verticalHeader().setDefaultSectionSize(ROW_PX)
    table.setItemDelegate(PlainCell(table))
    table.horizontalHeader().setHighlightSections(False)
    table.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)


def fit_columns(table: QTableView) -> None:
    """Give the first column what the others leave."""
    header = table.horizontalHeader()
    header.setMinimumSectionSize(64)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for column in range(1, table.model().columnCount()):
        header.resizeSection(column, CELL_PX)
