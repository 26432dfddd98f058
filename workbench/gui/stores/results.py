"""What the finished runs of the study say."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from workbench.gui.messages import Messages
from workbench.gui.stores.exports import ExportJob, Shown, Written
from workbench.gui.stores.progress import ProgressStore
from workbench.gui.stores.published import PublishedStore
from workbench.gui.stores.study import StudyStore
from workbench.gui.stores.systems import SystemsStore
from workbench.gui.stores.workspace import WorkspaceStore
from workbench.gui.workers import JobLane
from workbench.metrics.measures import MeasureName
from workbench.runs.attached import with_attached
from workbench.runs.control import Control
from workbench.runs.events import Split
from workbench.runs.plan import Plan, load_plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.schema import Selection, Study

if TYPE_CHECKING:
    from workbench.analysis.results.recounting import Recounts
    from workbench.analysis.results.report import StudyReport

REFRESH_DELAY_MS = 300


@dataclass(frozen=True, slots=True)
class ResultOptions:
    """Which numbers are shown."""

    split: Split = "test"
    selection: Selection | None = None
    """Which weights; None: those that the study itself shows first."""
    budget: str | None = None
    """Written as in a study file (`1500 steps`); None: the study's first."""
    regime: str | None = None
    """Arm whose ΔCER is shown (:attr:`workbench.study.grid.RunRequest.arm`); None: the study's first."""
    conditions: str | None = None
    """In words, empty for the usual ones; None: the study's first."""
    measure: MeasureName = "cer"
    """How errors are counted."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the heatmap: the lines behind it are the test lines of its target, read by its runs."""

    target: str
    k: int
    budget: str
    architectures: tuple[str, ...] = ()
    """Those whose ΔCER, or difference of ΔCER, was clicked; empty: all of the study."""
    regime: str = "multi"
    """The arm that is compared with its baseline."""
    conditions: str = ""


class ResultsStore(QObject):
    """The report of the study; worked out in a worker, again whenever a run comes to its end."""

    changed = Signal()
    cell_selected = Signal()

    def __init__(
        self,
        workspaces: WorkspaceStore,
        study: StudyStore,
        progress: ProgressStore,
        messages: Messages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspaces = workspaces
        self._study = study
        self._progress = progress
        self._messages = messages
        self._plan: Plan | None = None
        self._whole: Plan | None = None
        """The plan with the runs of other systems, once the report was worked out."""
        self._edited: Plan | None = None
        self._sought: Study | None = None
        """The study that cannot be planned here whose last plan was looked for."""
        self._report: StudyReport | None = None
        self._options = ResultOptions()
        self._cell: Cell | None = None
        self._recounts: Recounts | None = None
        self.published = PublishedStore(messages, self)
        """Published values beside the report."""
        self.systems = SystemsStore(messages, self)
        """Runs of other systems that take part in the study."""
        self.systems.runs_changed.connect(self.refresh)
        self._lane = JobLane("results", self)
        self._lane.produced.connect(self._take)
        self._lane.failed.connect(self._take_failure)
        self._lane.finished.connect(self.changed)
        self._plans = JobLane("last plan", self)
        self._plans.produced.connect(self._take_last_plan)
        self._plans.failed.connect(self._take_last_plan_failure)
        self._exports = JobLane("exports", self)
        self._exports.produced.connect(self._tell_export)
        self._exports.failed.connect(self._take_export_failure)
        self._exports.finished.connect(self.changed)
        self._delay = QTimer(self, singleShot=True, interval=REFRESH_DELAY_MS)
        self._delay.timeout.connect(self._start)
        study.changed.connect(self._follow_plan)
        progress.changed.connect(self._follow_plan)
        progress.run_over.connect(self.refresh)
        workspaces.changed.connect(self._forget)

    @property
    def plan(self) -> Plan | None:
        """The plan whose results these are: the running one, else that of the study; with runs of other systems.

        Of a study that cannot be planned here (a bundle, data sets that have gone) it is the plan kept with it.
        """
        return self._whole or self._plan

    @property
    def report(self) -> "StudyReport | None":
        """The tables, pairs and the sentence; None before the first run came to its end."""
        return self._report

    @property
    def is_working(self) -> bool:
        """Tell whether newer numbers are on their way."""
        return self._delay.isActive() or self._lane.is_running

    @property
    def options(self) -> ResultOptions:
        """Which numbers are shown."""
        return self._options

    @property
    def selection(self) -> Selection:
        """Weights whose numbers are shown: those of the options, else of the study."""
        return self._options.selection or (self._plan.study.selection if self._plan else "last")

    def set_options(self, options: ResultOptions) -> None:
        """Show other numbers."""
        if options != self._options:
            self._options = options
            self.refresh()
            self.changed.emit()

    @property
    def selected_cell(self) -> Cell | None:
        """The cell whose lines are looked at."""
        return self._cell

    def select_cell(self, cell: Cell | None) -> None:
        """Choose the cell whose lines are looked at."""
        if cell != self._cell:
            self._cell = cell
            self.cell_selected.emit()

    @Slot()
    def refresh(self) -> None:
        """Work the report out anew, soon."""
        self._delay.start()

    def start_export(self, job: ExportJob) -> None:
        """Write something of the study, in a worker; see :mod:`workbench.gui.stores.exports`."""
        workspace, plan = self._workspaces.workspace, self.plan
        if workspace is not None and plan is not None:
            shown = Shown(self._options.split, self.selection, self._options.measure)
            self._exports.start(lambda control: job(workspace, plan, shown))
            self.changed.emit()

    def export_picture(self, path: Path) -> None:
        """Draw the heatmaps into a file, in a worker; its ending says in which format."""
        report = self._report
        if report is not None:
            self._exports.start(lambda control: _draw(report, path))
            self.changed.emit()

    def export_curves(self, path: Path) -> None:
        """Draw the learning curves of the study into a file, in a worker; its ending says in which format."""
        workspace, plan = self._workspaces.workspace, self.plan
        if workspace is not None and plan is not None:
            self._exports.start(lambda control: _draw_curves(workspace, plan, path))
            self.changed.emit()

    @property
    def is_exporting(self) -> bool:
        """Tell whether something is being written."""
        return self._exports.is_running

    def wait(self) -> None:
        """Block until every worker has ended; for the very end of the program."""
        self._delay.stop()
        self._plans.wait()
        self._lane.wait()
        self._exports.wait()
        self.published.wait()
        self.systems.wait()

    @Slot()
    def _follow_plan(self) -> None:
        """Follow the study that is edited, but keep to one that trains, also after its end, until the next edit."""
        edited = self._study.plan
        is_new = edited is not None and edited != self._edited
        if is_new:
            self._edited = edited
        if edited is not None and is_new and not self._progress.is_running:
            if edited != self._progress.plan:
                self._progress.watch(edited)
            plan = edited
        else:
            plan = self._progress.plan or edited
        if plan is not None and plan != self._plan:
            self._plan, self._whole = plan, None
            self.refresh()
        if edited is None and self._study.plan_problem is not None and not self._progress.is_running:
            self._look_for_last_plan()

    def _look_for_last_plan(self) -> None:
        """Results can be read where nothing can be trained: in a bundle, or when the data sets have gone."""
        workspace, study = self._workspaces.workspace, self._study.study
        if workspace is not None and study != self._sought:
            self._sought = study
            self._plans.start(lambda control: _last_plan(workspace, study))

    @Slot(object)
    def _take_last_plan(self, plan: object) -> None:
        assert isinstance(plan, Plan)
        if self._study.plan is None and plan.study == self._study.study:
            self._progress.watch(plan)  # which tells that it changed

    @Slot(object)
    def _take_last_plan_failure(self, error: Exception) -> None:
        self._messages.report(error, "Reading the last plan")

    @Slot()
    def _forget(self) -> None:
        self._plan = self._whole = self._edited = self._report = self._cell = self._sought = None
        self._plans.cancel()
        self.published.show_beside(None, None)
        self.systems.show_of(None, None)
        self._lane.cancel()
        self.changed.emit()
        self.cell_selected.emit()

    @Slot()
    def _start(self) -> None:
        workspace, plan, options = self._workspaces.workspace, self._plan, self._options
        if workspace is not None and plan is not None:
            self._lane.start(lambda control: self._work(workspace, plan, options, control))
            self.changed.emit()

    def _work(
        self, workspace: Workspace, plan: Plan, options: ResultOptions, control: Control
    ) -> "Iterator[_WorkedOut]":
        """Work the report out, in the worker; what was counted anew is kept for the next time."""
        from workbench.analysis.results.recounting import Recounts
        from workbench.analysis.results.report import report  # scipy is first imported here, in the worker

        if self._recounts is None:
            self._recounts = Recounts()
        whole = with_attached(plan, workspace)
        worked_out = report(
            whole,
            RunStore(workspace),
            split=options.split,
            selection=options.selection,
            measure=options.measure,
            recounts=self._recounts,
            control=control,
        )
        if not control.is_cancelled:
            yield _WorkedOut(whole, worked_out)

    @Slot(object)
    def _take(self, worked_out: object) -> None:
        assert isinstance(worked_out, _WorkedOut)
        self._report, self._whole = worked_out.report, worked_out.plan
        self.published.show_beside(self._workspaces.workspace, self._report)
        self.systems.show_of(self._workspaces.workspace, self._report)
        self.changed.emit()

    @Slot(object)
    def _take_failure(self, error: Exception) -> None:
        self._messages.report(error, "Working out the results")
        if self._report is not None:  # which stays: its measure is the one that is shown
            self._options = replace(self._options, measure=self._report.measure)
            self.changed.emit()

    @Slot(object)
    def _tell_export(self, written: object) -> None:
        assert isinstance(written, Written)
        self._messages.inform(f"{written.what} written to {written.place}")

    @Slot(object)
    def _take_export_failure(self, error: Exception) -> None:
        self._messages.report(error, "Exporting")


def _last_plan(workspace: Workspace, study: Study) -> Iterator[Plan]:
    """Read what exactly this study came to when it was planned last."""
    path = workspace.plan_file(study.name)
    if path.is_file() and (plan := load_plan(path)).study == study:
        yield plan


def _draw(report: "StudyReport", path: Path) -> Iterator[Written]:
    from workbench.analysis.pictures.heatmaps import save_heatmaps  # matplotlib is first imported here, in the worker

    save_heatmaps(report, path)
    yield Written("The picture was", path)


def _draw_curves(workspace: Workspace, plan: Plan, path: Path) -> Iterator[Written]:
    from workbench.analysis.exports.csv_files import read_curves
    from workbench.analysis.pictures.curves import save_curves

    save_curves(read_curves(plan, RunStore(workspace)), path)
    yield Written("The picture was", path)


@dataclass(frozen=True, slots=True)
class _WorkedOut:
    plan: Plan
    """With runs of other systems."""
    report: "StudyReport"
