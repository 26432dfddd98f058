"""The page of data sets: the list, the tabs of the current one, and the line that is looked at."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QMenu,
    QMessageBox,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from workbench.data.archives import ARCHIVE_SUFFIXES
from workbench.data.catalog import OpenedDataset
from workbench.gui.empty_page import EmptyPage
from workbench.gui.icons import dress
from workbench.gui.panels.data.characters_tab import CharactersTab
from workbench.gui.panels.data.dataset_list import DatasetList
from workbench.gui.panels.data.import_dialog import ImportDialog
from workbench.gui.panels.data.leakage_tab import LeakageTab
from workbench.gui.panels.data.line_detail import LineDetail
from workbench.gui.panels.data.lines_tab import LinesTab
from workbench.gui.panels.data.problems_tab import ProblemsTab
from workbench.gui.panels.data.statistics_tab import StatisticsTab
from workbench.gui.reading_progress import NoDataPage
from workbench.gui.stores.comparison import ComparisonStore
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.stores.study import StudyStore
from workbench.gui.stores.summaries import SummaryStore
from workbench.gui.stores.text_appearance import TextAppearance

COLLAPSE_BELOW_PX = 1000
"""A page narrower than this has no room for the detail beside the table."""
LIST_FILTER = (
    f"Lists, tables and archives (*.txt *.tsv *.csv {' '.join(f'*{suffix}' for suffix in ARCHIVE_SUFFIXES)})"
    ";;All files (*)"
)


class DataPanel(QWidget):
    """Data sets and their lines."""

    page_requested = Signal(str)
    """Name of a page that the user wants to see."""

    def __init__(
        self,
        datasets: DatasetStore,
        summaries: SummaryStore,
        comparison: ComparisonStore,
        study: StudyStore,
        text: TextAppearance,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.title = "Data"
        self._datasets = datasets
        self._summaries = summaries
        self._comparison = comparison
        self._study = study
        self._text = text
        self._dialog: QDialog | None = None
        self._asked_about = ""
        self._adds_with_options = False
        self._make_actions()
        self._make_parts(study, text)
        self._lay_out()
        self._connect()
        self.refresh()
        self._look_at_next()

    def _make_actions(self) -> None:
        self.add_folder_action = self._action("Open folder…", "folder-plus-outline", self.choose_folder)
        self.add_folder_action.setToolTip("Look at the lines in a folder, and add them")
        self.add_list_action = self._action("Open list or archive…", "table-plus", self.choose_list)
        self.add_list_action.setToolTip("Look at the lines of a table, a list, or a .zip or .tar archive, and add them")
        self.add_options_action = self._action(
            "Open folder with options…", "folder-cog-outline", self.choose_with_options
        )
        self.add_options_action.setToolTip("Choose how a folder is read, also where nothing is in doubt")
        self.demo_action = self._action("Try the demo data", "creation-outline", self._try_demo)
        self.demo_action.setToolTip(
            "Make synthetic lines of Arabic, Urdu and Persian, and open the study that goes with them"
        )
        self.primary_action: QAction | None = None
        self.page_actions: Sequence[QAction] = (self.add_folder_action, self.add_list_action)

    @Slot()
    def _try_demo(self) -> None:
        self._datasets.add_demo()
        self._study.load_demo()

    def _action(self, text: str, picture: str, slot: object) -> QAction:
        action = QAction(text, self)
        dress(action, picture)
        action.triggered.connect(slot)
        return action

    def _make_parts(self, study: StudyStore, text: TextAppearance) -> None:
        menu = QMenu(self)
        menu.addActions([self.add_folder_action, self.add_list_action, self.add_options_action])
        menu.addSeparator()
        menu.addAction(self.demo_action)
        self.list = DatasetList(self._datasets, menu)
        self.lines = LinesTab(study, text)
        self.problems = ProblemsTab()
        self.characters = CharactersTab(text)
        self.statistics = StatisticsTab(self._comparison, text)
        self.leakage = LeakageTab(study, text)
        self.detail = LineDetail(study, text)
        self.empty = NoDataPage(
            self._datasets,
            "Drop a folder here: KHATT, NUST-UHWR and PHTD as they are distributed, folders with gt.txt, list files "
            "or a manifest are recognised. Nothing is copied or changed.",
            (self.add_folder_action, self.demo_action),
        )
        self.closed = EmptyPage("", "", (self.list.locate_action, self.list.remove_action))

    def _lay_out(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for tab, name in (
            (self.lines, "Lines"),
            (self.problems, "Problems"),
            (self.characters, "Characters"),
            (self.statistics, "Statistics"),
            (self.leakage, "Leakage"),
        ):
            self.tabs.addTab(tab, name)
        self._middle = QStackedWidget()
        self._middle.addWidget(self.tabs)
        self._middle.addWidget(self.closed)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setObjectName("data_splitter")
        self.splitter.setChildrenCollapsible(False)
        for part in (self.list, self._middle, self.detail):
            self.splitter.addWidget(part)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([244, 600, 356])
        self._pages = QStackedWidget()
        self._pages.addWidget(self.splitter)
        self._pages.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)

    def _connect(self) -> None:
        self._datasets.changed.connect(self.refresh)
        self._datasets.proposed.connect(self._look_at_next, Qt.ConnectionType.QueuedConnection)
        self._summaries.changed.connect(self._show_summaries)
        self.list.current_changed.connect(self.refresh)
        self.list.remove_requested.connect(self._ask_to_remove)
        self.list.relink_requested.connect(self._ask_for_place)
        self.list.reread_requested.connect(self._datasets.propose_again)
        self.lines.line_changed.connect(self._show_line)
        self.lines.fullness_changed.connect(self._fit)
        self.problems.line_requested.connect(self._go_to_line)
        self.tabs.currentChanged.connect(self._show_tab)
        self.detail.addActions(self.lines.actions())  # J and K go on and back there as well

    @property
    def further_actions(self) -> Sequence[QAction]:
        """What can be done in the tab that is shown."""
        menus: dict[QWidget, QMenu] = {self.lines: self.lines.menu, self.problems: self.problems.menu}
        menu = menus.get(self.tabs.currentWidget())
        actions = menu.actions() if menu else []
        return [action for action in actions if not action.isSeparator() and not isinstance(action.menu(), QMenu)]

    @property
    def opened(self) -> OpenedDataset | None:
        """The data set that is shown, where it is open."""
        return self._datasets.opened.get(self.list.current)

    @Slot()
    def refresh(self) -> None:
        """Show what the store knows now."""
        has_any = bool(self._datasets.entries)
        self._pages.setCurrentWidget(self.splitter if has_any or not self._datasets.is_known else self.empty)
        opened = self.opened
        fault = self._datasets.faults.get(self.list.current)
        if opened is None and fault is not None:
            self.closed.title.setText(f"{self.list.current} cannot be opened")
            self.closed.text.setText(str(fault))
            self._middle.setCurrentWidget(self.closed)
        else:
            self._middle.setCurrentWidget(self.tabs)
        self.lines.show_dataset(opened)
        self.problems.show_dataset(opened)
        self._name_problems(opened)
        self._show_leakage()

    def _name_problems(self, opened: OpenedDataset | None) -> None:
        problems = sum(not problem.is_note for problem in opened.lines.problems) if opened else 0
        self.tabs.setTabText(self.tabs.indexOf(self.problems), f"Problems ({problems:,})" if problems else "Problems")

    @Slot()
    def _show_line(self) -> None:
        opened, line = self.lines.opened, self.lines.line
        if opened is None or line is None:
            self.detail.clear()
            return
        notes = self.lines.model.problems_of(line.id)
        if line is not self.detail.line:
            self.detail.show_line(opened, line, notes)
        elif notes != self.detail.notes_shown:
            self.detail.show_notes(notes)

    @Slot(int)
    def _show_tab(self, _number: int) -> None:
        """Count characters and lengths only when somebody wants to see them."""
        current = self.tabs.currentWidget()
        if current in (self.characters, self.statistics, self.leakage):
            self._summaries.want()
            self._show_summaries()
        self._fit()

    @Slot()
    def _show_summaries(self) -> None:
        summaries = self._summaries.summaries
        current = self.tabs.currentWidget()
        if current is self.characters:
            self.characters.show_summaries(summaries)
        elif current is self.statistics:
            self.statistics.show_summaries(summaries)
        self._show_leakage()

    def _show_leakage(self) -> None:
        if self.tabs.currentWidget() is self.leakage:
            found = next((one for one in self._summaries.summaries if one.name == self.list.current), None)
            self.leakage.show_summary(found, name=self.list.current, is_counting=self._summaries.is_counting)

    @Slot(str)
    def _go_to_line(self, line_id: str) -> None:
        self.tabs.setCurrentWidget(self.lines)
        self.lines.show_table()
        self.lines.go_to(line_id)

    @Slot()
    def choose_folder(self) -> None:
        """Ask for a folder and add it."""
        self._adds_with_options = False
        self._ask_for_folder("Add a data set: choose its folder")

    @Slot()
    def choose_with_options(self) -> None:
        """Ask for a folder and how it is read, also where nothing is in doubt."""
        self._adds_with_options = True
        self._ask_for_folder("Add a data set: choose its folder")

    @Slot()
    def choose_list(self) -> None:
        """Ask for a list, table or archive and add it."""
        self._adds_with_options = False
        dialog = QFileDialog(self, "Add a data set: choose its list, table or archive", "", LIST_FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._add)
        self._open(dialog)

    def _ask_for_folder(self, title: str) -> None:
        dialog = QFileDialog(self, title)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self._add)
        self._open(dialog)

    def _open(self, dialog: QDialog) -> None:
        """Show a dialog beside which everything goes on."""
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.destroyed.connect(self._forget_dialog)
        self._dialog = dialog
        dialog.open()

    @Slot()
    def _forget_dialog(self) -> None:
        self._dialog = None
        self._look_at_next()

    @Slot(str)
    def _add(self, path: str) -> None:
        self._datasets.propose(Path(path), asks_always=self._adds_with_options)

    @Slot()
    def _look_at_next(self) -> None:
        """Show what waits to be looked at; one dialog after the other."""
        proposal = self._datasets.next_proposal() if self._dialog is None else None
        if proposal is not None:
            dialog = ImportDialog(proposal, self._datasets, self._text, self)
            dialog.accepted.connect(self._add_as_wished)
            self._open(dialog)

    @Slot()
    def _add_as_wished(self) -> None:
        if isinstance(self._dialog, ImportDialog):
            wish = self._dialog.wish
            self._datasets.add(wish.path, wish.name, wish.overrides)

    @Slot(str)
    def _ask_to_remove(self, name: str) -> None:
        self._asked_about = name
        box = QMessageBox(self)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("Remove data set")
        box.setText(f"Remove “{name}” from the workspace?")
        box.setInformativeText("Its files and the runs on it stay. It can be added again at any time.")
        remove = box.addButton("Remove", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        remove.clicked.connect(self._remove)
        self._open(box)

    @Slot()
    def _remove(self) -> None:
        self._datasets.remove(self._asked_about)

    @Slot(str)
    def _ask_for_place(self, name: str) -> None:
        self._asked_about = name
        dialog = QFileDialog(self, f"Where does {name} lie now?")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        entry = self._datasets.entry(name)
        if entry is not None and entry.path.suffix:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._relink)
        self._open(dialog)

    @Slot(str)
    def _relink(self, path: str) -> None:
        self._datasets.relink(self._asked_about, Path(path))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the table the room of the detail when the page is narrow."""
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        looks_at_lines = self.tabs.currentWidget() is self.lines and not self.lines.is_full
        self.detail.setVisible(looks_at_lines and self.width() >= COLLAPSE_BELOW_PX)
