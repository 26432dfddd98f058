"""The tab that lists all runs of the study, or those behind a cell."""

from collections.abc import Set

from PySide6.QtCore import QModelIndex, QRegularExpression, QSortFilterProxyModel, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.runs import FIRST_CER, RUN, RUN_ROLE, SORT_ROLE, STATE, STEPS, RunTableModel
from workbench.gui.labels import MutedLabel
from workbench.gui.layout_memory import kept_widths
from workbench.gui.panels.results.systems_box import SystemsBox
from workbench.gui.stores.progress import ProgressStore
from workbench.gui.stores.systems import SystemsStore
from workbench.gui.wording import counted


class RunsTab(QWidget):
    """A double click on a run shows its curves."""

    run_chosen = Signal(str)

    def __init__(self, progress: ProgressStore, systems: SystemsStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = RunTableModel(progress, self)
        self.shown = QSortFilterProxyModel(self)
        self.shown.setSourceModel(self.model)
        self.shown.setSortRole(SORT_ROLE)
        self.shown.setFilterRole(RUN_ROLE)
        self.table = self._make_table()
        self.restriction = MutedLabel()
        self.restriction.setWordWrap(False)
        self.all_button = QPushButton("Show all runs")
        self.all_button.clicked.connect(self._show_all)
        self._bar = QWidget()
        bar = QHBoxLayout(self._bar)
        bar.setContentsMargins(0, 0, 0, 0)
        bar.addWidget(self.restriction)
        bar.addWidget(self.all_button)
        bar.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, GRID_PX, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self._bar)
        layout.addWidget(self.table, 1)
        self.systems_box = SystemsBox(systems)
        layout.addWidget(self.systems_box)
        self._fitted_columns = 0
        self.model.modelReset.connect(self._fit_columns)
        self._fit_columns()
        self.show_only(None)

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.shown)
        table.setAccessibleName("All runs")
        table.setSortingEnabled(True)
        table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setStyleSheet("QTableView::item { padding: 0 8px; }")
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(30)
        table.doubleClicked.connect(self._choose)
        return table

    def show_only(self, runs: Set[str] | None) -> None:
        """Show the runs behind a cell, None: all."""
        ids = QRegularExpression.anchoredPattern("|".join(sorted(runs))) if runs is not None else ""
        self.shown.setFilterRegularExpression(QRegularExpression(ids))
        self._bar.setVisible(runs is not None)
        if runs is not None:
            self.restriction.setText(f"{counted(self.shown.rowCount(), 'run')} behind the cell")

    @Slot()
    def _show_all(self) -> None:
        self.show_only(None)

    @Slot()
    def _fit_columns(self) -> None:
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        widths = {STATE: 120, RUN: 400, STEPS: 116} | dict(enumerate(kept_widths(self.table)))
        for column in range(self._fitted_columns, self.model.columnCount()):
            self.table.setColumnWidth(column, widths.get(column) or (96 if column < FIRST_CER else 124))
        self._fitted_columns = self.model.columnCount()

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        self.run_chosen.emit(index.data(RUN_ROLE))
