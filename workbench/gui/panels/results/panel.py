"""The page that shows what the finished runs say: ΔCER heatmaps, the sentence, and every run."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSortFilterProxyModel, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QScrollArea,
    QStackedWidget,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)
from superqt import QFlowLayout

from workbench.gui.appearance import GRID_PX
from workbench.gui.charts.delta_heatmap import DeltaHeatmap, DivergingBar
from workbench.gui.empty_page import EmptyPage
from workbench.gui.item_models.runs import FIRST_CER, RUN, RUN_ROLE, SORT_ROLE, STATE, RunTableModel
from workbench.gui.labels import MutedLabel, SyntheticMark
from workbench.gui.layout_memory import kept_widths
from workbench.gui.messages import plain_label
from workbench.gui.panels.results.cells import (
    HeatmapContent,
    Setting,
    excluded_words,
    heatmaps_of,
    largest,
    sentence_of,
)
from workbench.gui.panels.results.exports import ExportMenu
from workbench.gui.stores.progress import ProgressStore
from workbench.gui.stores.results import Cell, ResultOptions, ResultsStore
from workbench.gui.stores.study import StudyStore
from workbench.gui.wording import budget_label, count, counted
from workbench.runs.events import Split
from workbench.study.arms import arm_label, conditions_label, difference_in_words, regime_of
from workbench.study.grid import REGIMES
from workbench.study.schema import Budget, Selection

if TYPE_CHECKING:
    from workbench.analysis.report_values import StudyReport

MAX_CHOICE_PX = 232
_SPLITS: tuple[tuple[Split, str], ...] = (("test", "test lines"), ("validation", "validation lines"))
_SELECTIONS: tuple[tuple[Selection, str], ...] = (("last", "last step"), ("best", "best step"))


class ResultsPanel(QWidget):
    """Shows the report of a study; a click on a cell of a heatmap leads to the lines behind it."""

    page_requested = Signal(str)

    def __init__(
        self, results: ResultsStore, study: StudyStore, progress: ProgressStore, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.title = "Results"
        self._results = results
        self._study = study
        self._progress = progress
        self._report: StudyReport | None = None
        self._setting = Setting("")
        self._contents: tuple[HeatmapContent, ...] = ()
        self.heatmaps: tuple[DeltaHeatmap, ...] = ()
        self._make_actions()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty_page())
        self._pages.addWidget(self._result_page())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        results.changed.connect(self.refresh)
        self.refresh()

    # Parts of the page

    def _make_actions(self) -> None:
        self.primary_action: QAction | None = None
        self.export_action = QAction("Export…", self)
        self.export_action.setToolTip("Write tables, figures, a report, or a bundle for others")
        self.exports = ExportMenu(self._results, self)
        self.export_action.setMenu(self.exports)
        self.page_actions = (self.export_action,)

    def _empty_page(self) -> QWidget:
        self._go_action = QAction("Go to the study", self)
        self._go_action.triggered.connect(self._go_to_study)
        return EmptyPage(
            "No results yet",
            "As soon as a run has ended, its CER is here; as soon as a single-script and the multi-script run of the "
            "same lines have ended, so is ΔCER. Other regimes are compared alike.",
            [self._go_action],
        )

    def _result_page(self) -> QWidget:
        page = QWidget()
        self.tabs = QTabWidget()
        self.tabs.addTab(self._delta_tab(), "ΔCER")
        self.tabs.addTab(self._runs_tab(), "All runs")
        layout = QVBoxLayout(page)
        layout.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addLayout(self._option_row())
        layout.addWidget(self.tabs, 1)
        return page

    def _option_row(self) -> QHBoxLayout:
        self.regime = self._combo(
            "Regime", "What is compared: the name of the regime explains itself on the Study page"
        )
        self.conditions = self._combo("Conditions", "Conditions under which both sides of every pair were trained")
        self.budget = self._combo("Budget", "How the effort of both sides is made equal")
        self.split = self._combo("Lines", "Which lines were read")
        self.selection = self._combo("Weights", "Which weights read them: the same on both sides of every pair")
        for key, title in _SPLITS:
            self.split.addItem(title, key)
        for key, title in _SELECTIONS:
            self.selection.addItem(title, key)
        self.synthetic = SyntheticMark()
        self.standing = MutedLabel()
        self.standing.setWordWrap(False)
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        for box in (self.regime, self.conditions, self.budget, self.split, self.selection):
            row.addWidget(box)
        row.addSpacing(GRID_PX)
        row.addWidget(self.standing)
        row.addStretch(1)
        row.addWidget(self.synthetic)
        return row

    def _combo(self, name: str, tip: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.setToolTip(tip)
        box.setMaximumWidth(MAX_CHOICE_PX)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.activated.connect(self._set_options)
        return box

    def _delta_tab(self) -> QWidget:
        content = QWidget()
        heatmaps = QWidget()
        self._heatmap_flow = QFlowLayout(heatmaps)
        self._heatmap_flow.setContentsMargins(0, 0, 0, 0)
        self._heatmap_flow.setHorizontalSpacing(4 * GRID_PX)
        self._heatmap_flow.setVerticalSpacing(3 * GRID_PX)
        self.bar = DivergingBar()
        self.explanation = MutedLabel()
        self.meaning = MutedLabel()
        self.sentence = plain_label(wrap=True, selectable=True)
        self.sentence.setAccessibleName("What the numbers say")
        self.remarks = plain_label(wrap=True, selectable=True)
        self.remarks.setAccessibleName("What must be known beside the numbers")
        self.excluded = MutedLabel()
        self.excluded.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 2 * GRID_PX, 0, GRID_PX)
        layout.setSpacing(2 * GRID_PX)
        layout.addWidget(self.explanation)
        layout.addWidget(heatmaps)
        layout.addWidget(self.bar)
        for label in (self.sentence, self.remarks, self.excluded, self.meaning):
            layout.addWidget(label)
        layout.addStretch(1)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        return area

    def _runs_tab(self) -> QWidget:
        self.runs_model = RunTableModel(self._progress, self)
        self.sorted_runs = QSortFilterProxyModel(self)
        self.sorted_runs.setSourceModel(self.runs_model)
        self.sorted_runs.setSortRole(SORT_ROLE)
        self.runs_table = QTableView()
        self.runs_table.setModel(self.sorted_runs)
        self.runs_table.setAccessibleName("All runs")
        self.runs_table.setSortingEnabled(True)
        self.runs_table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.runs_table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.runs_table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.runs_table.setShowGrid(False)
        self.runs_table.setWordWrap(False)
        self.runs_table.setStyleSheet("QTableView::item { padding: 0 8px; }")
        self.runs_table.verticalHeader().hide()
        self.runs_table.verticalHeader().setDefaultSectionSize(30)
        self.runs_table.doubleClicked.connect(self._show_run)
        self._fitted_columns = 0
        self.runs_model.modelReset.connect(self._fit_columns)
        self._fit_columns()
        return self.runs_table

    @Slot()
    def _fit_columns(self) -> None:
        header = self.runs_table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        widths = {STATE: 120, RUN: 400} | dict(enumerate(kept_widths(self.runs_table)))
        for column in range(self._fitted_columns, self.runs_model.columnCount()):
            self.runs_table.setColumnWidth(column, widths.get(column) or (96 if column < FIRST_CER else 124))
        self._fitted_columns = self.runs_model.columnCount()

    # What is shown

    @Slot()
    def refresh(self) -> None:
        """Show the report as it is."""
        report = self._results.report
        has_results = report is not None and (report.finished_runs > 0 or bool(report.excluded))
        self._pages.setCurrentIndex(1 if has_results else 0)
        self.exports.set_available(has_results and not self._results.is_exporting)
        self.export_action.setEnabled(has_results)
        self._show_options()
        if report is None:
            return
        setting = self._shown_setting(report)
        if report is not self._report or setting != self._setting:
            self._report, self._setting = report, setting
            self._show_report(report, setting)
        working = " · working out newer numbers …" if self._results.is_working else ""
        left_out = f" · {count(len(report.excluded))} left out" if report.excluded else ""
        self.standing.setText(f"{count(report.finished_runs)} of {counted(report.runs, 'run')} done{left_out}{working}")

    def _shown_setting(self, report: "StudyReport") -> Setting:
        """Return what is shown: what was chosen where the study has it, else the study's first."""
        options = self._results.options
        return Setting(
            _chosen(options.budget, report.budgets),
            _chosen(options.regime, report.regimes),
            _chosen(options.conditions, report.conditions),
        )

    def _show_options(self) -> None:
        report, options = self._results.report, self._results.options
        if report:
            setting = self._shown_setting(report)
            _offer(self.budget, {text: _budget_title(text) for text in report.budgets}, setting.budget)
            _offer(self.regime, {arm: arm_label(arm) for arm in report.regimes}, setting.regime)
            titles = {words: conditions_label(words) for words in report.conditions}
            _offer(self.conditions, titles, setting.conditions)
        self.split.setCurrentIndex(self.split.findData(options.split))
        self.selection.setCurrentIndex(self.selection.findData(self._results.selection))
        self.runs_model.show_results(options.split, self._results.selection)

    def _show_report(self, report: "StudyReport", setting: Setting) -> None:
        self._contents = heatmaps_of(report, setting)
        self._make_heatmaps(len(self._contents))
        reach = largest(self._contents)
        self.bar.set_largest(reach)
        for heatmap, content in zip(self.heatmaps, self._contents, strict=True):
            heatmap.set_title(content.title)
            heatmap.show_cells(content.rows, content.ks, content.cells, reach)
        self.bar.setVisible(bool(self._contents))
        self._say_meaning(setting.regime)
        self.sentence.setText(sentence_of(report, setting))
        self.remarks.setText("\n".join(report.remarks))
        self.remarks.setVisible(bool(report.remarks))
        words = excluded_words(report.excluded)
        self.excluded.setText("\n".join(["Left out of all means:", *words]) if words else "")
        self.excluded.setVisible(bool(words))
        self.synthetic.say(report.synthetic_targets)

    def _say_meaning(self, arm: str) -> None:
        """Say what the numbers are of, and what is compared with what."""
        self.meaning.setVisible(bool(arm))
        self.explanation.setVisible(bool(arm) and arm != "multi")
        if not arm:
            return
        self.explanation.setText(f"{arm_label(arm)}. {REGIMES[regime_of(arm)].explanation}")
        self.meaning.setText(
            f"{difference_in_words(arm)}, percentage points; below it the 95 % interval, a dot where that excludes 0, "
            "and the steps made. Hatched: no pair of runs yet."
        )

    def _make_heatmaps(self, number: int) -> None:
        """Keep as many heatmaps as there are to show."""
        kept = list(self.heatmaps[:number])
        for surplus in self.heatmaps[number:]:
            self._heatmap_flow.removeWidget(surplus)
            surplus.hide()
            surplus.deleteLater()
        while len(kept) < number:
            heatmap = DeltaHeatmap("")
            heatmap.cell_chosen.connect(self._choose_cell)
            self._heatmap_flow.addWidget(heatmap)
            kept.append(heatmap)
        self.heatmaps = tuple(kept)

    # Commands

    @Slot(str, int)
    def _choose_cell(self, target: str, k: int) -> None:
        sender = self.sender()
        architectures = next(
            content.architectures
            for heatmap, content in zip(self.heatmaps, self._contents, strict=True)
            if heatmap is sender
        )
        setting = self._setting
        self._results.select_cell(Cell(target, k, setting.budget, architectures, setting.regime, setting.conditions))
        self.page_requested.emit("predictions")

    @Slot()
    def _set_options(self) -> None:
        self._results.set_options(
            ResultOptions(
                self.split.currentData(),
                self.selection.currentData(),
                self.budget.currentData(),
                self.regime.currentData(),
                self.conditions.currentData(),
            )
        )

    @Slot(QModelIndex)
    def _show_run(self, index: QModelIndex) -> None:
        self._progress.select_run(index.data(RUN_ROLE))
        self.page_requested.emit("training")

    @Slot()
    def _go_to_study(self) -> None:
        self.page_requested.emit("study")


def _chosen(wanted: str | None, known: Sequence[str]) -> str:
    if wanted in known:
        return str(wanted)
    return known[0] if known else ""


def _offer(box: QComboBox, titles: Mapping[str, str], current: str) -> None:
    """Fill a choice, and show it only where there is one."""
    if tuple(box.itemData(number) for number in range(box.count())) != tuple(titles):
        box.clear()
        for key, title in titles.items():
            box.addItem(title, key)
        widest = max((box.fontMetrics().horizontalAdvance(title) for title in titles.values()), default=0)
        box.view().setMinimumWidth(widest + 48)  # what is opened shows every title in full
    box.setVisible(len(titles) > 1)
    box.setCurrentIndex(box.findData(current))
    box.setAccessibleDescription(titles.get(current, ""))


def _budget_title(text: str) -> str:
    """'equal steps: 1,500' as the choice of a budget."""
    budget = Budget.model_validate(text)
    return f"equal {budget.unit}: {budget_label('', budget.amount).strip()}"
