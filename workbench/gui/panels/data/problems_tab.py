"""What is wrong and what is odd in the current data set, as a list that can be searched, copied and kept as a file."""

from pathlib import Path

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from workbench.data.catalog import OpenedDataset
from workbench.data.line import ReadProblem
from workbench.data.problem_list import write_problems
from workbench.errors import InputError
from workbench.gui.appearance import GRID_PX
from workbench.gui.folders import open_folder
from workbench.gui.icons import dress
from workbench.gui.item_models.cells import PlainCell
from workbench.gui.item_models.problems import FILE, KIND, REASON, ROW, ProblemsModel, as_values
from workbench.gui.labels import MutedLabel, ProblemLabel
from workbench.gui.search_field import SearchField
from workbench.gui.side_job import SideJob
from workbench.gui.wording import count, counted
from workbench.text.search import SEARCH_TIP

MAX_MEASURED_ROWS = 300
_KINDS = (("problems and notes", None), ("problems: not used", False), ("notes: used all the same", True))


class ProblemsTab(QWidget):
    """Problems and notes of the current data set; Return on one about a line's image goes to the line."""

    line_requested = Signal(str)
    """Id of the line that a problem is about."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._opened: OpenedDataset | None = None
        self.model = ProblemsModel(self)
        self.search = SearchField("Search file or reason; /…/ for a pattern", "Search in problems")
        self.search.setToolTip(SEARCH_TIP)
        self.search.wanted.connect(self.apply_filter)
        self.kind = QComboBox()
        self.kind.setAccessibleName("Kind")
        for title, is_note in _KINDS:
            self.kind.addItem(title, is_note)
        self.kind.currentIndexChanged.connect(self.apply_filter)
        self.count = MutedLabel()
        self.fault = ProblemLabel()
        self._make_table()
        self._make_actions()
        self._lay_out()
        self._writing = SideJob("problem list", self)
        self._writing.done.connect(self._say_written)
        self.model.arranging_changed.connect(self._settle)

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
        self.table.activated.connect(self._go)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._open_menu)

    def _make_actions(self) -> None:
        self.go_action = self._action("Go to the line", "", self.go_to_line, "arrow-right")
        self.go_action.setToolTip("Show the line that a note is about (Return)")
        self.folder_action = self._action("Open the folder", "Ctrl+Alt+O", self.open_folder, "folder-open-outline")
        self.copy_row_action = self._action(
            "Copy this problem", QKeySequence.StandardKey.Copy, self.copy_row, "content-copy"
        )
        self.copy_action = self._action("Copy the list", "Ctrl+Shift+C", self.copy)
        self.copy_action.setToolTip("Copy everything that is shown, with tabs between the columns")
        self.search_action = self._action("Search in problems", QKeySequence.StandardKey.Find, self.search.take_focus)
        self.export_action = self._action("Export all problems…", "Ctrl+E", self.choose_file, "export")
        self.export_action.setToolTip("Write all problems and notes, also those not shown, as a CSV file")
        self.export_button = QPushButton("Export…")
        self.export_button.setToolTip(self.export_action.toolTip())
        self.export_button.clicked.connect(self.export_action.trigger)
        self.menu = QMenu(self)
        self.menu.addActions([self.go_action, self.folder_action])
        self.menu.addSeparator()
        self.menu.addActions([self.copy_row_action, self.copy_action, self.export_action, self.search_action])

    def _action(self, text: str, keys: str | QKeySequence.StandardKey, slot: object, picture: str = "") -> QAction:
        action = QAction(text, self)
        if picture:
            dress(action, picture)
        if keys:
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(slot)
        self.addAction(action)
        return action

    def _lay_out(self) -> None:
        filters = QHBoxLayout()
        filters.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, 0)
        filters.setSpacing(GRID_PX)
        filters.addWidget(self.search, 1)
        filters.addWidget(self.kind)
        filters.addWidget(self.export_button)
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
        self.export_action.setEnabled(bool(opened and opened.lines.problems))
        self.export_button.setEnabled(self.export_action.isEnabled())
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

    @property
    def problem(self) -> ReadProblem | None:
        """The problem in the current row."""
        return self.model.problem_at(self.table.currentIndex().row())

    @Slot()
    def copy_row(self) -> None:
        """Put the current problem on the clipboard, tab-separated."""
        if (problem := self.problem) is not None:
            QGuiApplication.clipboard().setText(as_values(problem))

    @Slot()
    def copy(self) -> None:
        """Put what is shown on the clipboard, tab-separated."""
        QGuiApplication.clipboard().setText(self.model.as_text())

    @Slot()
    def open_folder(self) -> None:
        """Open the folder of the file that the current problem is about."""
        if (problem := self.problem) is not None and self._opened is not None:
            open_folder(self._opened.lines.root / problem.path)

    @Slot()
    def choose_file(self) -> None:
        """Ask where the list shall be written."""
        if self._opened is None:
            return
        name = f"{self._opened.entry.name}-problems.csv"
        dialog = QFileDialog(self, "Export problems and notes", name, "CSV (*.csv)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.export_to)
        dialog.open()

    @Slot(str)
    def export_to(self, path: str) -> None:
        """Write all problems and notes of the data set, in their own order."""
        if self._opened is not None:
            problems = self._opened.lines.problems
            self._writing.start(lambda _control: (write_problems(Path(path), problems), Path(path).name))

    @Slot(int, object)
    def _say_written(self, _number: int, written: tuple[int, str]) -> None:
        self.count.setText(f"{counted(written[0], 'row')} written to {written[1]}")

    @Slot()
    def _settle(self) -> None:
        self._say_count()
        self._fitting.start()

    def _say_count(self) -> None:
        problems = self._opened.lines.problems if self._opened else ()
        notes = sum(problem.is_note for problem in problems)
        unused = len(problems) - notes
        if not problems:
            self.count.setText("Nothing is wrong with this data set." if self._opened else "")
            return
        said = f"{counted(unused, 'problem')} (not used) · {counted(notes, 'note')} (used all the same)"
        if (shown := self.model.rowCount()) != len(problems):
            said += f" · {count(shown)} shown"
        self.count.setText(f"{said} · sorting out …" if self.model.is_arranging else said)

    @Slot(QPoint)
    def _open_menu(self, place: QPoint) -> None:
        self.menu.popup(self.table.viewport().mapToGlobal(place))

    @Slot(QModelIndex)
    def _go(self, _index: QModelIndex) -> None:
        self.go_to_line()

    @Slot()
    def go_to_line(self) -> None:
        """Ask for the line that the current problem is about, or say that there is none."""
        problem = self.problem
        if problem is None or self._opened is None:
            return
        for line in self._opened.lines.lines:
            if line.image.as_posix() == problem.path:
                self.fault.say("")
                self.line_requested.emit(line.id)
                return
        self.fault.say("No line in the table belongs to this; Ctrl+Alt+O opens its folder.")
