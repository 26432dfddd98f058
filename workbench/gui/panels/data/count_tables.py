"""How the tables of counts on the Characters tab look: a wide first column, then one per data set."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from workbench.gui.item_models.cells import PlainCell

ROW_PX = 28
CELL_PX = 172
NAME_PX = 280
"""Least width of the first column: what is counted must be readable, however many data sets stand beside it."""


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
    """Give the first column what the others leave, but never less than its texts need; then the table scrolls."""
    header = table.horizontalHeader()
    header.setMinimumSectionSize(64)
    for column in range(1, table.model().columnCount()):
        header.resizeSection(column, CELL_PX)
    others = sum(header.sectionSize(column) for column in range(1, table.model().columnCount()))
    is_roomy = table.viewport().width() - others >= NAME_PX
    mode = QHeaderView.ResizeMode.Stretch if is_roomy else QHeaderView.ResizeMode.Interactive
    header.setSectionResizeMode(0, mode)
    if not is_roomy:
        header.resizeSection(0, NAME_PX)
