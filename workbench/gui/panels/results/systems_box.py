"""Runs of other systems under the study's own: added from a file, taken out again."""

from PySide6.QtCore import QItemSelection, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractItemView, QDialog, QHBoxLayout, QTableView, QVBoxLayout, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.systems import COLUMNS, RUN_ROLE, SystemModel
from workbench.gui.labels import MutedLabel
from workbench.gui.page_header import ActionButton
from workbench.gui.panels.results.system_dialog import SystemDialog
from workbench.gui.stores.systems import SystemsStore

ROW_PX = 30
SHOWN_ROWS = 4
_WIDTHS = (200, 150, 120, 70, 60, 130, 180)


class SystemsBox(QWidget):
    """A row with the buttons; below it the table, where there is something in it."""

    def __init__(self, systems: SystemsStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._systems = systems
        self._dialog: QDialog | None = None
        self.add_action = QAction("Add results of another system…", self)
        self.add_action.setToolTip("Let what another recogniser read take part in this study")
        self.add_action.triggered.connect(self._add)
        self.take_out_action = QAction("Take out", self)
        self.take_out_action.setToolTip("Take the selected run of another system out of this study")
        self.take_out_action.triggered.connect(self._take_out)
        self._make_table()
        self.words = MutedLabel()
        self.take_out_button = ActionButton(self.take_out_action, is_primary=False)
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        row.addWidget(ActionButton(self.add_action, is_primary=False))
        row.addWidget(self.take_out_button)
        row.addWidget(self.words, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, GRID_PX, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(row)
        layout.addWidget(self.table)
        systems.changed.connect(self.refresh)
        self.refresh()

    def _make_table(self) -> None:
        self.model = SystemModel(self)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("Runs of other systems")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setStyleSheet("QTableView::item { padding: 0 8px; }")
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ROW_PX)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.horizontalHeader().setHighlightSections(False)
        for column, width in enumerate(_WIDTHS[: len(COLUMNS) - 1]):
            self.table.setColumnWidth(column, width)
        self.table.addAction(self.take_out_action)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.table.selectionModel().selectionChanged.connect(self._follow_selection)

    @property
    def selected(self) -> str | None:
        """Id of the selected run."""
        rows = self.table.selectionModel().selectedRows()
        return rows[0].data(RUN_ROLE) if rows else None

    @Slot()
    def refresh(self) -> None:
        """Show the runs as they are."""
        rows = self._systems.rows
        self.model.set_rows(rows)
        self.table.setVisible(bool(rows))
        header = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(header + ROW_PX * min(max(len(rows), 1), SHOWN_ROWS) + 4)
        self.take_out_button.setVisible(bool(rows))
        self.add_action.setEnabled(self._systems.report is not None)
        self.words.setText(
            ""
            if rows
            else "A file of kraken, PyLaia or any other recogniser; it is scored here and stands in the tables, too."
        )
        self._follow_selection()

    @Slot(QItemSelection, QItemSelection)
    def _follow_selection(self) -> None:
        self.take_out_action.setEnabled(self.selected is not None)

    @Slot()
    def _add(self) -> None:
        if self._systems.report is not None:
            dialog = SystemDialog(self._systems, self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.destroyed.connect(self._forget_dialog)
            self._dialog = dialog
            dialog.open()

    @Slot()
    def _forget_dialog(self) -> None:
        self._dialog = None

    @Slot()
    def _take_out(self) -> None:
        if (run := self.selected) is not None:
            self._systems.take_out(run)
