"""The tab that lists every difference with its interval and tests: what a reviewer asks for."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QVBoxLayout, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.cells import PlainCell
from workbench.gui.item_models.statistics import CELL_ROLE, StatisticsModel, rows_of
from workbench.gui.labels import MutedLabel
from workbench.gui.layout_memory import kept_widths

if TYPE_CHECKING:
    from workbench.analysis.results.report_values import StudyReport

_WIDTHS = (244, 96, 88, 56, 128, 72, 72, 72, 56, 80, 128, 56, 64, 260, 160)
_EXPLANATION = (
    "The interval takes in the test lines (a bootstrap over writers, pages or blocks) and the trainings. p is about "
    "both; p, lines about the test lines alone, with these trainings. Holm's correction counts the cells of one kind "
    "in this table; means over all cells and slopes are not corrected."
)


class StatisticsTab(QWidget):
    """A table of differences. A double click on that of a cell shows the lines behind it."""

    cell_chosen = Signal(object)
    """(target, K, architectures)"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = StatisticsModel(parent=self)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("Differences and their uncertainty")
        self.table.setItemDelegate(PlainCell(self.table))
        self.table.setSortingEnabled(True)
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(28)
        self.table.doubleClicked.connect(self._choose)
        self.copy_action = QAction("Copy the table", self)
        self.copy_action.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        self.copy_action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.copy_action.triggered.connect(self.copy)
        self.addAction(self.copy_action)
        self.table.addAction(self.copy_action)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        explanation = MutedLabel(_EXPLANATION)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, GRID_PX, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self.table, 1)
        layout.addWidget(explanation)
        self._fit_columns()

    def show_report(self, report: "StudyReport", budget: str, conditions: str) -> None:
        """Show the differences of one budget under some conditions."""
        self.model.show_rows(rows_of(report, budget, conditions))

    def _fit_columns(self) -> None:
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        kept = dict(enumerate(kept_widths(self.table)))
        for column, width in enumerate(_WIDTHS):
            self.table.setColumnWidth(column, kept.get(column) or width)

    @Slot()
    def copy(self) -> None:
        """Put the whole table on the clipboard, tab-separated."""
        QGuiApplication.clipboard().setText(self.model.as_text())

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        cell = index.data(CELL_ROLE)
        if cell is not None:
            self.cell_chosen.emit(cell)
