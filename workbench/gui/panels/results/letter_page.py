"""What the tabs about letters have in common: the choice of the cell, progress with a way out, search, copy, export."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtGui import QAction, QGuiApplication, QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from workbench.errors import InputError
from workbench.gui.appearance import GRID_PX
from workbench.gui.empty_page import EmptyPage
from workbench.gui.item_models.cells import PlainCell
from workbench.gui.item_models.ordered_rows import OrderedRowsModel
from workbench.gui.labels import ColouredLabel, MutedLabel, ProblemLabel
from workbench.gui.line_view import QWIDGETSIZE_MAX
from workbench.gui.messages import plain_tooltip
from workbench.gui.panels.results.letter_lines import LetterLines
from workbench.gui.search_field import SearchField
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.stores.letters import ChosenCell, LettersStore
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.wording import architecture_label, count

ROW_PX = 26
PROGRESS_PX = 400
MAX_CHOICE_PX = 220
OPEN_SIZES_PX = (225, 305)
"""Of the table and the lines behind a row of it."""


class LetterPage(QWidget):
    """A table of one cell over the lines behind its current row. Works only while it is seen."""

    searched_columns = 1
    """Columns whose texts the search looks at, from the first."""
    asks_architecture = True
    """Whether the cell has one architecture, and not one on either side."""

    def __init__(
        self,
        kind: type,
        letters: LettersStore,
        datasets: DatasetStore,
        text: TextAppearance,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.letters = letters
        self.model: OrderedRowsModel[Any] = OrderedRowsModel(self.searched_columns, self)
        self.lines = LetterLines(kind, letters, datasets, text)
        self._is_open: bool | None = None
        self._open_sizes = list(OPEN_SIZES_PX)
        self._make_choices()
        self._make_table()
        self._make_waiting()
        self._lay_out()
        letters.changed.connect(self.refresh)
        self.lines.shown.connect(self._make_room)
        self._make_room()
        self.refresh()

    # Parts

    def _make_choices(self) -> None:
        self.target = self.combo("Data set", "Test lines of this data set")
        self.k = self.combo("K", "Training lines of each data set")
        self.architecture = self.combo("Architecture", "Whose errors are counted")
        for box in (self.target, self.k, self.architecture):
            box.activated.connect(self._choose)
        self.search = SearchField("Search: U+06, yeh, ی, /…/", "Search in the table")
        self.search.setMaximumWidth(200)
        self.search.wanted.connect(self._apply_search)
        self.fault = ProblemLabel()
        self.counting = ColouredLabel()
        self.about = MutedLabel()
        self.about.setWordWrap(False)
        self.copy_button = QPushButton("Copy table")
        self.copy_button.setToolTip("Copy the table as it is shown, tab-separated")
        self.copy_button.clicked.connect(self.copy)
        self.export_button = QPushButton("Export CSV…")
        self.export_button.setToolTip("characters.csv, confusions.csv, novelty.csv and sharedness.csv, of every cell")
        self.export_button.clicked.connect(self._export)

    def combo(self, name: str, tip: str) -> QComboBox:
        """Make a choice of the row above the table."""
        box = QComboBox(self)
        box.setAccessibleName(name)
        box.setToolTip(plain_tooltip(tip))
        box.setMaximumWidth(MAX_CHOICE_PX)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        return box

    def _make_table(self) -> None:
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setItemDelegate(PlainCell(self.table))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.verticalHeader().setDefaultSectionSize(ROW_PX)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSortIndicatorClearable(True)
        self.table.setSortingEnabled(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setMinimumSectionSize(52)
        self.table.clicked.connect(self._ask_row)
        self.table.activated.connect(self._ask_row)
        self._copy_action = QAction("Copy table", self.table)
        self._copy_action.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        self._copy_action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._copy_action.triggered.connect(self.copy)
        self.table.addAction(self._copy_action)

    def _make_waiting(self) -> None:
        self._again = QAction("Work them out", self)
        self._again.triggered.connect(self._work_out)
        self.waiting = EmptyPage("", "", (self._again,))
        self.bar = QProgressBar()
        self.bar.setFixedWidth(PROGRESS_PX)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of counting")
        self.cancel = QPushButton("Cancel")
        self.cancel.clicked.connect(self._cancel)
        self.waiting.add_below(self.bar)
        self.waiting.add_below(self.cancel)

    def choices(self) -> list[QWidget]:
        """Return what stands above the table, from the left."""
        return [self.architecture, self.target, self.k]

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(GRID_PX)
        for part in (*self.choices(), self.search):
            top.addWidget(part)
        top.addWidget(self.about, 1)
        top.addWidget(self.copy_button)
        top.addWidget(self.export_button)
        self.tables = QStackedWidget()
        self.tables.addWidget(self.table)
        above = QWidget()
        column = QVBoxLayout(above)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX // 2)
        column.addWidget(self.tables, 1)
        self.notes = MutedLabel()
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.notes)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setObjectName(f"{type(self).__name__}_splitter")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(above)
        self.splitter.addWidget(self.lines)
        shown = QWidget()
        layout = QVBoxLayout(shown)
        layout.setContentsMargins(0, GRID_PX, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(top)
        layout.addWidget(self.fault)
        layout.addWidget(self.counting)
        layout.addWidget(self.splitter, 1)
        self.pages = QStackedWidget()
        self.pages.addWidget(shown)
        self.pages.addWidget(self.waiting)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.pages)

    # Room

    @Slot()
    def _make_room(self) -> None:
        """Give the table all room until a row of it is asked about."""
        is_open = self.lines.question is not None
        if is_open == self._is_open:
            return
        if self._is_open:
            self._open_sizes = self.splitter.sizes()
        self._is_open = is_open
        self.lines.setMaximumHeight(QWIDGETSIZE_MAX if is_open else self.lines.sizeHint().height() + GRID_PX)
        if is_open:
            self.splitter.setSizes(self._open_sizes)

    # Being seen

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to work when somebody looks."""
        super().showEvent(event)
        self.letters.watch(self)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Follow no changes while nobody looks."""
        super().hideEvent(event)
        self.letters.leave(self)

    @Slot()
    def refresh(self) -> None:
        """Show the tables, or why there are none."""
        study = self.letters.study
        has_table = study is not None and self.letters.chosen is not None
        self.pages.setCurrentIndex(0 if has_table else 1)
        self.counting.setText(_counting_words(self.letters.ignored_measure))
        self.counting.setVisible(bool(self.letters.ignored_measure))
        self.export_button.setEnabled(has_table and not self.letters.is_exporting)
        if not has_table or study is None:
            self._say_why_empty()
            return
        self._offer(study.report.cells)
        self.show_cell()

    def _say_why_empty(self) -> None:
        letters, progress = self.letters, self.letters.progress
        is_working = letters.is_working
        for part in (self.bar, self.cancel):
            part.setVisible(is_working)
        for button in self.waiting.buttons:
            button.setVisible(not is_working and letters.is_stopped)
        if is_working:
            self.waiting.title.setText("Counting characters …")
            what = f"{progress.what}: {count(progress.done)} of {count(progress.total)}" if progress else ""
            self.waiting.text.setText(what)
            self.bar.setRange(0, progress.total if progress else 0)
            self.bar.setValue(progress.done if progress else 0)
        elif letters.is_stopped:
            self.waiting.title.setText("Not counted")
            self.waiting.text.setText(
                "The characters were not counted to the end: it was stopped, or a run cannot be read."
            )
        else:
            self.waiting.title.setText("Nothing to compare yet")
            self.waiting.text.setText(
                "As soon as a run and the one that it is compared with have ended, the characters that they read "
                "differently are here."
            )

    def _offer(self, cells: Any) -> None:
        """Fill the choices with the cells that there are."""
        chosen = self.letters.chosen
        assert chosen is not None
        keys = [cell.key for cell in cells]
        names = {key.architecture: architecture_label(key.architecture) for key in keys}
        if self.asks_architecture:
            fill(self.architecture, names, chosen.architecture)
        fill(self.target, {key.target: key.target for key in keys}, chosen.target)
        fill(self.k, {key.k: f"K {count(key.k)}" for key in sorted(keys, key=lambda key: key.k)}, chosen.k)

    def show_cell(self) -> None:
        """Show the chosen cell."""
        raise NotImplementedError

    def ask(self, row: Any) -> None:
        """Ask for the lines behind a row."""
        raise NotImplementedError

    def fit_columns(self, widths: tuple[int, ...]) -> None:
        """Give columns their widths; the last one takes what is left, where it holds text."""
        header = self.table.horizontalHeader()
        for column, width in enumerate(widths[: self.model.columnCount()]):
            title = str(self.model.headerData(column, Qt.Orientation.Horizontal) or "")
            header.resizeSection(column, max(width, header.fontMetrics().horizontalAdvance(title) + 30))
        is_last_wide = not self.model.is_number(self.model.columnCount() - 1)
        header.setStretchLastSection(is_last_wide)

    # Commands

    @Slot()
    def _choose(self) -> None:
        chosen = self.letters.chosen
        if chosen is None:
            return
        architecture = self.architecture.currentData() if self.asks_architecture else chosen.architecture
        wanted = ChosenCell(architecture, str(self.target.currentData()), int(self.k.currentData() or 0))
        study = self.letters.study
        if study is None:
            return
        cells = [ChosenCell(cell.key.architecture, cell.key.target, cell.key.k) for cell in study.report.cells]
        if not self.asks_architecture and wanted not in cells:  # the sides are chosen beside it: any will do
            alike = [cell for cell in cells if (cell.target, cell.k) == (wanted.target, wanted.k)]
            wanted = alike[0] if alike else wanted
        if wanted in cells:
            self.fault.say("")
            self.letters.choose(wanted)
        else:
            self.fault.say(f"{self._in_words(wanted)}: no pair of runs has ended yet. The choice before it stays.")
            self.refresh()

    def _in_words(self, cell: ChosenCell) -> str:
        named = [architecture_label(cell.architecture)] if self.asks_architecture else []
        return " · ".join([*named, cell.target, f"K {count(cell.k)}"])

    @Slot(QModelIndex)
    def _ask_row(self, index: QModelIndex) -> None:
        row = self.model.row_at(index.row())
        if row is not None:
            self.ask(row)

    @Slot()
    def _apply_search(self) -> None:
        self.search.settle()
        try:
            self.model.set_search(self.search.text())
        except InputError as error:
            self.fault.say(str(error))
            return
        self.fault.say("")

    @Slot()
    def copy(self) -> None:
        """Put the table on the clipboard as it is shown."""
        QGuiApplication.clipboard().setText(self.model.as_text())

    @Slot()
    def _export(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder for the tables")
        if folder:
            self.letters.export(Path(folder))

    @Slot()
    def _cancel(self) -> None:
        self.letters.cancel()

    @Slot()
    def _work_out(self) -> None:
        self.letters.work_out()


def _counting_words(measure: str) -> str:
    """Say that a choice of the page does not count here; empty where it does."""
    if not measure:
        return ""
    return f"“{measure}” does not apply here: single characters are counted, as the CER counts them."


def fill(box: QComboBox, titles: dict[Any, str], current: Any) -> None:
    """Fill a choice, and show it only where there is one."""
    if [box.itemData(number) for number in range(box.count())] != list(titles):
        box.clear()
        for key, title in titles.items():
            box.addItem(title, key)
    box.setCurrentIndex(box.findData(current))
    box.setVisible(len(titles) > 1)
