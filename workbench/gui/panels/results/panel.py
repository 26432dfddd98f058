"""The page that shows what the finished runs say: ΔCER heatmaps, the sentence, and every run."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.appearance import GRID_PX
from workbench.gui.empty_page import EmptyPage
from workbench.gui.labels import MutedLabel, SyntheticMark
from workbench.gui.messages import plain_tooltip
from workbench.gui.panels.results.cells import Setting
from workbench.gui.panels.results.curves_tab import CurvesTab
from workbench.gui.panels.results.delta_tab import DeltaTab
from workbench.gui.panels.results.exports import ExportMenu
from workbench.gui.panels.results.probes_tab import ProbesTab
from workbench.gui.panels.results.published_tab import PublishedTab
from workbench.gui.panels.results.runs_tab import RunsTab
from workbench.gui.panels.results.statistics_tab import StatisticsTab
from workbench.gui.stores.predictions import runs_of
from workbench.gui.stores.probes import ProbesStore
from workbench.gui.stores.progress import ProgressStore
from workbench.gui.stores.results import Cell, ResultOptions, ResultsStore
from workbench.gui.stores.study import StudyStore
from workbench.gui.wording import budget_label, count, counted
from workbench.metrics.measures import MEASURES
from workbench.runs.events import Split
from workbench.study.arms import arm_label, conditions_label
from workbench.study.schema import Budget, Selection

if TYPE_CHECKING:
    from workbench.analysis.results.report_values import StudyReport

MAX_CHOICE_PX = 232
_SPLITS: tuple[tuple[Split, str], ...] = (("test", "test lines"), ("validation", "validation lines"))
_SELECTIONS: tuple[tuple[Selection, str], ...] = (("last", "last step"), ("best", "best step"))


class ResultsPanel(QWidget):
    """Shows the report of a study; a click on a cell of a heatmap leads to the lines behind it."""

    page_requested = Signal(str)

    def __init__(
        self,
        results: ResultsStore,
        study: StudyStore,
        progress: ProgressStore,
        probes: ProbesStore | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.title = "Results"
        self._results = results
        self._study = study
        self._progress = progress
        self._probes = probes
        self._report: StudyReport | None = None
        self._setting = Setting("")
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
        self.delta_tab = DeltaTab()
        self.delta_tab.cell_chosen.connect(self._choose_cell)
        self.delta_tab.runs_requested.connect(self._show_runs_of)
        self.delta_tab.picture_requested.connect(self.exports.picture.trigger)
        self.statistics_tab = StatisticsTab()
        self.statistics_tab.cell_chosen.connect(self._choose_cell)
        self.runs_tab = RunsTab(self._progress, self._results.systems)
        self.runs_tab.run_chosen.connect(self._show_run)
        self.tabs.addTab(self.delta_tab, "ΔCER")
        self.tabs.addTab(self.statistics_tab, "Statistics")
        self.curves_tab = CurvesTab()
        self.curves_tab.training_requested.connect(self._show_training)
        self.tabs.addTab(self.curves_tab, "Curves")
        self.tabs.addTab(self.runs_tab, "All runs")
        if self._probes is not None:
            self.tabs.addTab(ProbesTab(self._probes), "Probes")
        self.published_tab = PublishedTab(self._results.published)
        self.tabs.addTab(self.published_tab, "Published")
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
        self.measure = self._combo("Errors", "How errors are counted")
        for key, title in _SPLITS:
            self.split.addItem(title, key)
        for key, title in _SELECTIONS:
            self.selection.addItem(title, key)
        for name, measure in MEASURES.items():
            self.measure.addItem(measure.title, name)
            self.measure.setItemData(self.measure.count() - 1, measure.explanation, Qt.ItemDataRole.ToolTipRole)
        self.synthetic = SyntheticMark()
        self.standing = MutedLabel()
        self.standing.setWordWrap(False)
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        for box in (self.regime, self.conditions, self.budget, self.split, self.selection, self.measure):
            row.addWidget(box)
        row.addSpacing(GRID_PX)
        row.addWidget(self.standing)
        row.addStretch(1)
        row.addWidget(self.synthetic)
        return row

    def _combo(self, name: str, tip: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.setToolTip(plain_tooltip(tip))
        box.setMaximumWidth(MAX_CHOICE_PX)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.activated.connect(self._set_options)
        return box

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
        self.measure.setCurrentIndex(self.measure.findData(options.measure))
        self.runs_tab.model.show_results(options.split, self._results.selection)

    def _show_report(self, report: "StudyReport", setting: Setting) -> None:
        self.delta_tab.show_report(report, setting)
        self.statistics_tab.show_report(report, setting.budget, setting.conditions)
        self.curves_tab.show_report(report, setting.budget, setting.conditions)
        self.synthetic.say(report.synthetic_targets)

    # Commands

    @Slot(object)
    def _choose_cell(self, key: tuple[str, int, tuple[str, ...]]) -> None:
        self._results.select_cell(self._cell_at(key))
        self.page_requested.emit("predictions")

    def _cell_at(self, key: tuple[str, int, tuple[str, ...]]) -> Cell:
        target, k, architectures = key
        setting = self._setting
        return Cell(target, k, setting.budget, architectures, setting.regime, setting.conditions)

    @Slot(object)
    def _show_runs_of(self, key: tuple[str, int, tuple[str, ...]]) -> None:
        plan = self._results.plan
        if plan is not None:
            self.runs_tab.show_only({run.run for run in runs_of(plan, self._cell_at(key))})
            self.tabs.setCurrentWidget(self.runs_tab)

    @Slot()
    def _set_options(self) -> None:
        self._results.set_options(
            ResultOptions(
                self.split.currentData(),
                self.selection.currentData(),
                self.budget.currentData(),
                self.regime.currentData(),
                self.conditions.currentData(),
                self.measure.currentData(),
            )
        )

    @Slot(str)
    def _show_run(self, run: str) -> None:
        self._progress.select_run(run)
        self.page_requested.emit("training")

    @Slot()
    def _show_training(self) -> None:
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
