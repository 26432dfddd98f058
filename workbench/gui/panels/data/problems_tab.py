"""What is wrong and what is odd in the current data set, as a list that can be searched and copied."""

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from workbench.data.catalog import OpenedDataset
from workbench.errors import InputError
from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.cells import PlainCell
from workbench.gui.item_models.problems import FILE, KIND, REASON, ROW, ProblemsModel
from workbench.gui.labels import MutedLabel, ProblemLabel
from workbench.gui.search_field import SearchField
from workbench.gui.wording import counted

MAX_MEASURED_ROWS = 300
_KINDS = (("problems and notes", None), ("problems: not used", False), ("notes: used all the same", True))


class ProblemsTab(QWidget):
    """Problems and notes of the current data set; a double click on one about a line's image goes to the line."""

    line_requested = Signal(str)
    """Id of the line that a problem is about."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._opened: OpenedDataset | None = None
        self.model = ProblemsModel(self)
        self.search = SearchField("Search file or reason; /…/ for a pattern", "Search in problems")
        self.search.wanted.connect(self.apply_filter)
        self.kind = QComboBox()
        self.kind.setAccessibleName("Kind")
        for title, is_note in _KINDS:
            self.kind.addItem(title, is_note)
        self.kind.currentIndexChanged.connect(self.apply_filter)
        self.count = MutedLabel()
        self.fault = ProblemLabel()
        self._make_table()
        self._lay_out()

    def _make_table(self) -> None:
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setWordWrap(True)
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName("Problems and notes")
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setItemDelegate(PlainCell(self.table))
        self.table.setItemDelegateForColumn(REASON, PlainCell(self.table, wraps=True))
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in ((KIND, 84), (FILE, 240), (ROW, 56)):
            header.resizeSection(column, width)
        self.table.setSortingEnabled(True)
        header.setSortIndicator(KIND, Qt.SortOrder.AscendingOrder)
        self._fitting = QTimer(self, singleShot=True, interval=50)
        self._fitting.timeout.connect(self._fit_rows)
        header.sectionResized.connect(self._fitting.start)
        self.table.doubleClicked.connect(self._go)
        copy = QAction("Copy the list", self)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy)
        self.table.addAction(copy)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def _lay_out(self) -> None:
        filters = QHBoxLayout()
        filters.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, 0)
        filters.setSpacing(GRID_PX)
        filters.addWidget(self.search, 1)
        filters.addWidget(self.kind)
        below = QHBoxLayout()
        below.setContentsMargins(2 * GRID_PX, 0, GRID_PX, 0)
        below.addWidget(self.count)
        below.addWidget(self.fault, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(filters)
        layout.addLayout(below)
        layout.addWidget(self.table, 1)

    def show_dataset(self, opened: OpenedDataset | None) -> None:
        """Show the problems of another data set."""
        if opened is self._opened and opened is not None:
            return
        self._opened = opened
        self.model.show(opened.lines.problems if opened else ())
        self._say_count()
        self._fitting.start()

    @Slot()
    def apply_filter(self) -> None:
        """Show what the filters let through."""
        self.search.settle()
        try:
            self.model.set_filter(self.search.text(), self.kind.currentData())
        except InputError as error:
            self.fault.say(str(error))
            return
        self.fault.say("")
        self._fitting.start()

    @Slot()
    def _fit_rows(self) -> None:
        """Show long reasons whole, as long as there are not too many of them to measure."""
        if self.model.rowCount() <= MAX_MEASURED_ROWS:
            self.table.resizeRowsToContents()

    @Slot()
    def copy(self) -> None:
        """Put what is shown on the clipboard, tab-separated."""
        QGuiApplication.clipboard().setText(self.model.as_text())

    def _say_count(self) -> None:
        problems = self._opened.lines.problems if self._opened else ()
        notes = sum(problem.is_note for problem in problems)
        unused = len(problems) - notes
        if not problems:
            self.count.setText("Nothing is wrong with this data set." if self._opened else "")
            return
        self.count.setText(f"{counted(unused, 'problem')} (not used) · {counted(notes, 'note')} (used all the same)")

    @Slot(QModelIndex)
    def _go(self, index: QModelIndex) -> None:
        problem = self.model.problem_at(index.row())
        if problem is None or self._opened is None:
            return
        for line in self._opened.lines.lines:
            if line.image.as_posix() == problem.path:
                self.line_requested.emit(line.id)
                return
