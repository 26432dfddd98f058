"""Published values beside the study's own: typed in, read from CSV, or those that come with the program."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QSortFilterProxyModel, Qt, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.appearance import GRID_PX
from workbench.gui.empty_page import EmptyPage
from workbench.gui.item_models.published import CELL_ROLE, SORT_ROLE, PublishedModel
from workbench.gui.labels import MutedLabel
from workbench.gui.page_header import ActionButton
from workbench.gui.panels.results.published_dialog import PublishedDialog
from workbench.gui.stores.published import PublishedStore
from workbench.gui.wording import counted

if TYPE_CHECKING:
    from workbench.analysis.results.published import PublishedValue

TABLE_FILTER = "Tables (*.csv *.tsv *.txt)"
_WIDTHS = (112, 176, 56, 144, 84, 76, 160, 124)


class PublishedTab(QWidget):
    """A table with one row per published number, and what can be done with the values."""

    def __init__(self, published: PublishedStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._published = published
        self._dialog: QDialog | None = None
        self._make_actions()
        self._make_table()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty_page())
        self._pages.addWidget(self._table_page())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, GRID_PX, 0, 0)
        layout.addWidget(self._pages)
        published.changed.connect(self.refresh)
        self.refresh()

    def _make_actions(self) -> None:
        self.add_action = QAction("Add…", self)
        self.add_action.setToolTip("Type a published CER in")
        self.add_action.triggered.connect(self._add)
        self.import_action = QAction("Import CSV…", self)
        self.import_action.setToolTip("Columns target, architecture, k, single_cer, multi_cer (per cent), source")
        self.import_action.triggered.connect(self._import)
        self.literature_action = QAction("Add known values", self)
        self.literature_action.setToolTip("Add the published values that come with the program, with their sources")
        self.literature_action.triggered.connect(self._published.add_literature)
        self.edit_action = QAction("Edit…", self)
        self.edit_action.triggered.connect(self._edit)
        self.remove_action = QAction("Remove", self)
        self.remove_action.setToolTip("Take the selected values out of this study")
        self.remove_action.triggered.connect(self._remove)

    def _make_table(self) -> None:
        self.model = PublishedModel(self)
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSourceModel(self.model)
        self.sorted.setSortRole(SORT_ROLE)
        self.table = QTableView()
        self.table.setModel(self.sorted)
        self.table.setAccessibleName("Published values")
        self.table.setSortingEnabled(True)
        self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setStyleSheet("QTableView::item { padding: 0 8px; }")
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(30)
        for column, width in enumerate(_WIDTHS):
            self.table.setColumnWidth(column, width)
        self.table.doubleClicked.connect(self._edit)
        self.table.selectionModel().selectionChanged.connect(self._follow_selection)
        self.table.addActions([self.edit_action, self.remove_action])
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def _empty_page(self) -> QWidget:
        return EmptyPage(
            "No published values yet",
            "What papers print can stand beside your own CER and ΔCER, with the difference and the source. Type values "
            "in, read them from CSV, or begin with those that come with the program.",
            [self.add_action, self.import_action, self.literature_action],
        )

    def _table_page(self) -> QWidget:
        self.standing = MutedLabel()
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        for action in (self.add_action, self.import_action, self.literature_action, self.edit_action,
                       self.remove_action):  # fmt: skip
            row.addWidget(ActionButton(action, is_primary=False))
        row.addStretch(1)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(row)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.standing)
        return page

    @property
    def selected(self) -> "tuple[PublishedValue, ...]":
        """Values of the selected rows, each once."""
        cells = [index.data(CELL_ROLE) for index in self.table.selectionModel().selectedRows()]
        places = [(cell.target, cell.architecture, cell.k, cell.source) for cell in cells]
        return tuple(v for v in self._published.values if (v.target, v.architecture, v.k, v.source) in places)

    @Slot()
    def refresh(self) -> None:
        """Show the values as they are."""
        cells = self._published.cells
        self.model.set_cells(cells)
        self._pages.setCurrentIndex(1 if cells else 0)
        alone = dict.fromkeys(cell.why_alone for cell in cells if cell.why_alone)
        beside = sum(not cell.why_alone for cell in cells)
        words = [f"CER in per cent, differences in percentage points. {counted(beside, 'value')} beside ours."]
        if alone:
            reasons = list(alone)
            more = f" … (hover a row for its reason; {len(reasons) - 3:,} more)" if len(reasons) > 3 else ""
            words.append(f"Nothing of ours: {'; '.join(reasons[:3])}{more}.")
        self.standing.setText(" ".join(words))
        self._follow_selection()

    @Slot(QItemSelection, QItemSelection)
    def _follow_selection(self) -> None:
        selected = self.selected
        self.edit_action.setEnabled(len(selected) == 1)
        self.remove_action.setEnabled(bool(selected))

    @Slot()
    def _add(self) -> None:
        self._ask(None)

    @Slot()
    def _edit(self) -> None:
        if len(self.selected) == 1:
            self._ask(self.selected[0])

    def _ask(self, value: "PublishedValue | None") -> None:
        if self._published.report is not None:
            dialog = PublishedDialog(self._published.report, value, self)
            dialog.accepted.connect(self._take)
            self._open(dialog)

    @Slot()
    def _take(self) -> None:
        if isinstance(self._dialog, PublishedDialog) and self._dialog.value is not None:
            self._published.add(self._dialog.value, instead_of=self._dialog.edited)

    @Slot()
    def _remove(self) -> None:
        self._published.remove(self.selected)

    @Slot()
    def _import(self) -> None:
        dialog = QFileDialog(self, "Import published values", "", TABLE_FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._import_from)
        self._open(dialog)

    @Slot(str)
    def _import_from(self, path: str) -> None:
        self._published.import_csv(Path(path))

    def _open(self, dialog: QDialog) -> None:
        """Show a dialog beside which everything goes on."""
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.destroyed.connect(self._forget_dialog)
        self._dialog = dialog
        dialog.open()

    @Slot()
    def _forget_dialog(self) -> None:
        self._dialog = None
