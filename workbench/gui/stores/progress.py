"""The study that trains: what each run does now, and the commands that the user has for it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Protocol

from PySide6.QtCore import QObject, Signal, Slot

from workbench import settings
from workbench.data.catalog import ImportProgress
from workbench.execution.devices import default_processes
from workbench.execution.local import LocalExecutor
from workbench.execution.progress import OVER, ShownState, StudyProgress, begin_progress
from workbench.execution.studies import UnfinishedStudy, prepare, run_study, unfinished_studies
from workbench.execution.timing import SecondsRange
from workbench.gui.messages import Message, Messages
from workbench.gui.stores.coalescing import Coalescer
from workbench.gui.stores.workspace import WorkspaceStore
from workbench.gui.workers import Job, JobLane
from workbench.runs.control import Command, Control
from workbench.runs.events import RunFailed, RunFinished, RunInterrupted
from workbench.runs.history import RunHistory, RunState
from workbench.runs.plan import Plan, PlannedRun, load_plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

DONE: frozenset[ShownState] = frozenset({"finished", "collapsed"})


class Drive(Protocol):
    """Runs what a plan still lacks; the events are on disk before they are yielded."""

    def __call__(
        self, workspace: Workspace, plan: Plan, control: Control, *, retry: bool, fork: bool
    ) -> Iterator[object]:
        """Yield the events of all runs."""
        ...


@dataclass(frozen=True, slots=True)
class _States:
    states: Mapping[str, RunState]


@dataclass(frozen=True, slots=True)
class _Begins:
    plan: Plan


def run_in_children(workspace: Workspace, plan: Plan, control: Control, *, retry: bool, fork: bool) -> Iterator[object]:
    """Train in child processes of low priority, so that the window stays smooth."""
    executor = LocalExecutor(workspace, device=settings.load().device, beside_window=True)
    yield from run_study(workspace, plan, executor=executor, control=control, retry=retry, fork=fork)


class ProgressStore(QObject):
    """What runs, and what is known of every run of the plan. Trains one study at a time."""

    changed = Signal()
    """Anything but the points of a run: what runs, states, commands, time left. At most ten times a second."""
    run_changed = Signal(str)
    """A run's history grew; at most ten times a second for each run."""
    run_over = Signal(str)
    """A run came to its end, well or not."""
    run_selected = Signal(str)
    """The run that is looked at is another one; empty when there is none."""

    def __init__(
        self,
        workspaces: WorkspaceStore,
        messages: Messages,
        drive: Drive = run_in_children,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspaces = workspaces
        self._messages = messages
        self._drive = drive
        self._plan: Plan | None = None
        self._planned: dict[str, PlannedRun] = {}
        self._states: dict[str, RunState] = {}
        self._histories: dict[str, RunHistory] = {}
        self._unfinished: tuple[UnfinishedStudy, ...] = ()
        self._selected = ""
        self._control: Control | None = None
        self._fold: StudyProgress | None = None
        self._preparing = ""
        self._pulse = Coalescer(self)
        self._pulse.fired.connect(self._tell)
        self._lane = self._make_lane("training", self._end)
        self._reader = self._make_lane("histories", self._end_reading)
        self._search = JobLane("unfinished studies", self)
        self._search.produced.connect(self._take_unfinished)
        workspaces.changed.connect(self._forget)

    def _make_lane(self, name: str, at_end: Callable[[], None]) -> JobLane:
        lane = JobLane(name, self)
        lane.produced.connect(self._take)
        lane.failed.connect(self._take_failure)
        lane.finished.connect(at_end)
        return lane

    # What is known

    @property
    def plan(self) -> Plan | None:
        """The plan that runs, else the one that is looked at."""
        return self._plan

    @property
    def is_running(self) -> bool:
        """Tell whether a study trains, or is being stopped."""
        return self._control is not None

    @property
    def command(self) -> Command:
        """What the user wants of the running study."""
        return self._control.command if self._control else "go"

    @property
    def histories(self) -> Mapping[str, RunHistory]:
        """What is known of each run of the plan, by run id; runs that never began are left out."""
        return MappingProxyType(self._histories)

    @property
    def unfinished(self) -> tuple[UnfinishedStudy, ...]:
        """Studies that were begun and can go on."""
        return self._unfinished

    def planned(self, run: str) -> PlannedRun | None:
        """Return what a run was asked to be."""
        return self._planned.get(run)

    def history(self, run: str) -> RunHistory | None:
        """Return the fold over a run's events so far."""
        return self._histories.get(run)

    def state(self, run: str) -> ShownState:
        """State of a run; one that waits in the running study is queued."""
        history = self._histories.get(run)
        state = history.state if history else self._states.get(run, "planned")
        if self.is_running and run in self._planned and state in ("planned", "interrupted"):
            return "queued"
        if state in ("running", "paused") and not self.is_running:
            return "interrupted"  # its program ended without a word
        return state

    @property
    def selected_run(self) -> str:
        """Id of the run that is looked at, empty when there is none."""
        return self._selected

    def select_run(self, run: str) -> None:
        """Look at a run."""
        if run != self._selected:
            self._selected = run
            self.run_selected.emit(run)

    @property
    def running_runs(self) -> tuple[str, ...]:
        """Ids of the runs that train now."""
        return tuple(run for run in self._planned if self.state(run) in ("running", "paused"))

    @property
    def runs_total(self) -> int:
        """Runs of the plan."""
        return len(self._planned)

    @property
    def runs_over(self) -> int:
        """Runs of the plan that came to their end, failed ones too."""
        return sum(self.state(run) in OVER for run in self._planned)

    @property
    def runs_failed(self) -> int:
        """Runs of the plan that failed or diverged."""
        return sum(self.state(run) in ("failed", "diverged") for run in self._planned)

    @property
    def share(self) -> float:
        """Part of the plan's steps that were made, in [0, 1]."""
        total = sum(run.steps for run in self._planned.values())
        made = sum(self._steps_made(run) for run in self._planned.values())
        return made / total if total else 0.0

    @property
    def time_left(self) -> SecondsRange | None:
        """Time that the running study still takes; None when nothing is known of such runs, or nothing runs."""
        if self._fold is None or not self.is_running:
            return None
        return replace(self._fold, histories=self._histories).time_left

    def time_left_of(self, run: str) -> SecondsRange | None:
        """Time that a run still takes, once it trains; None when nothing is known of it, or nothing runs."""
        if self._fold is None or not self.is_running:
            return None
        return replace(self._fold, histories=self._histories).time_left_of(run)

    @property
    def preparing(self) -> str:
        """What is done before the first run begins ("opening khatt"), empty when nothing is."""
        return self._preparing

    def _steps_made(self, planned: PlannedRun) -> int:
        if self.state(planned.run) in OVER:
            return planned.steps
        history = self._histories.get(planned.run)
        return min(history.step, planned.steps) if history else 0

    # Commands

    def watch(self, plan: Plan) -> None:
        """Show a plan that does not run: read what is known of its runs. Ignored while a study trains."""
        workspace = self._workspaces.workspace
        if self.is_running or workspace is None:
            return
        self._show(plan)
        self._reader.start(lambda control: _known(workspace, plan, control))

    def start(self, plan: Plan, *, retry: bool = False, fork: bool = False) -> bool:
        """Train what the plan still lacks; return False when that is not possible now.

        With `retry`, failed, diverged and collapsed runs too; with `fork`, new runs beside those that were trained
        with other data or another version of the program.
        """
        workspace = self._may_start()
        if workspace is None:
            return False
        self._begin(lambda control: _train(workspace, plan, self._drive, control, retry=retry, fork=fork))
        self._show(plan)
        return True

    def resume(self, study: str, *, retry: bool = False, fork: bool = False) -> bool:
        """Go on with a study of the workspace from where it stopped; for the rest see :meth:`start`."""
        workspace = self._may_start()
        if workspace is None:
            return False
        self._begin(lambda control: _resume(workspace, study, self._drive, control, retry=retry, fork=fork))
        return True

    @Slot()
    def pause(self) -> None:
        """Let every run wait where it is, in memory."""
        self._request("pause")

    @Slot()
    def go_on(self) -> None:
        """Take back a pause, or a stop that did not happen yet."""
        self._request("go")

    @Slot()
    def stop_after_epoch(self) -> None:
        """Stop when the runs that train now have ended their epoch; they can be resumed."""
        self._request("stop_after_epoch")

    @Slot()
    def cancel(self) -> None:
        """Stop at once; the runs keep a checkpoint and can be resumed."""
        self._request("cancel")

    def wait(self) -> None:
        """Stop and block until every worker has ended; for the very end of the program."""
        for lane in (self._search, self._reader, self._lane):
            lane.wait()

    @Slot()
    def look_for_unfinished(self) -> None:
        """Find studies that can go on."""
        workspace = self._workspaces.workspace
        if workspace is not None:
            self._search.start(lambda control: _unfinished(workspace))

    # Inside

    def _may_start(self) -> Workspace | None:
        if self.is_running:
            self._messages.warn("A study is training already", "Wait for its end, or cancel it first.")
            return None
        if self._workspaces.is_read_only:
            self._messages.warn(
                f"Nothing can be trained here: {self._workspaces.reader_reason}", "Open another workspace."
            )
            return None
        return self._workspaces.workspace

    def _begin(self, job: Job) -> None:
        self._reader.cancel()
        self._control = Control()
        self._unfinished = ()
        self._fold = None
        self._lane.start(job, self._control)
        self._pulse.mark("")

    def _show(self, plan: Plan) -> None:
        same = self._plan is not None and self._plan.run_ids == plan.run_ids
        self._plan = plan
        self._planned = {run.run: run for run in plan.runs}
        if not same:
            self._states = {}
            self._histories = {run: history for run, history in self._histories.items() if run in self._planned}
        self._pulse.mark("")

    def _request(self, command: Command) -> None:
        if self._control is not None:
            self._control.request(command)
            self._pulse.mark("")

    @Slot()
    def _forget(self) -> None:
        self._reader.cancel()
        self._plan, self._planned, self._states, self._histories = None, {}, {}, {}
        self._unfinished = ()
        self.look_for_unfinished()
        self._pulse.mark("")

    @Slot(object)
    def _take(self, value: object) -> None:
        match value:
            case _Begins():
                self._preparing = ""
                self._show(value.plan)
            case StudyProgress():
                self._fold = value
            case ImportProgress():
                self._preparing = value.what
                self._pulse.mark("")
            case _States():
                self._states = dict(value.states)
                self._pulse.mark("")
            case RunHistory():
                self._keep(value)
            case _:
                self._apply(value)

    def _keep(self, history: RunHistory) -> None:
        self._histories[history.run] = history
        self._pulse.mark(history.run)

    def _apply(self, event: object) -> None:
        run = getattr(event, "run", None)
        if not isinstance(run, str):
            return
        before = self._histories.get(run) or RunHistory(run=run)
        self._keep(before.apply(event))  # pyright: ignore[reportArgumentType]
        if isinstance(event, RunFailed):
            self._messages.post(Message("error", f"A run failed: {event.reason}", event.hint, event.log_tail))
        if isinstance(event, RunFinished | RunFailed | RunInterrupted):
            self.run_over.emit(run)

    @Slot(object)
    def _take_failure(self, error: Exception) -> None:
        self._messages.report(error, "Training")

    @Slot()
    def _end(self) -> None:
        self._control = self._fold = None
        self._preparing = ""
        self._pulse.mark("")
        self._pulse.flush()
        self.look_for_unfinished()

    @Slot()
    def _end_reading(self) -> None:
        self._pulse.mark("")

    @Slot(object)
    def _take_unfinished(self, studies: object) -> None:
        assert isinstance(studies, tuple)
        self._unfinished = studies
        self._pulse.mark("")

    @Slot(object)
    def _tell(self, keys: frozenset[str]) -> None:
        for run in sorted(keys - {""}):
            self.run_changed.emit(run)
        self.changed.emit()


def _known(workspace: Workspace, plan: Plan, control: Control) -> Iterator[object]:
    """Read states first, which is quick, then every history."""
    store = RunStore(workspace)
    yield _States({run: store.state(run) for run in plan.run_ids})
    for run in plan.run_ids:
        if control.is_cancelled:
            return
        if store.folder(run).is_dir():
            yield store.history(run)


def _train(
    workspace: Workspace, plan: Plan, drive: Drive, control: Control, *, retry: bool, fork: bool
) -> Iterator[object]:
    """Begin with what is known: a resumed run goes on from its earlier points."""
    device = settings.load().device
    processes = default_processes(device, beside_window=True)
    yield begin_progress(plan, RunStore(workspace), processes=processes, device=device)
    yield from _known(workspace, plan, control)
    yield from drive(workspace, plan, control, retry=retry, fork=fork)


def _resume(
    workspace: Workspace, study: str, drive: Drive, control: Control, *, retry: bool, fork: bool
) -> Iterator[object]:
    """Plan the study again, since its file does not hold what each run is exactly."""
    plan = load_plan(workspace.plan_file(study))
    yield _Begins(plan)
    for value in prepare(workspace, plan.study, control):
        yield value if isinstance(value, ImportProgress) else _Begins(value)
        if isinstance(value, Plan):
            plan = value
    if plan.specs:
        yield from _train(workspace, plan, drive, control, retry=retry, fork=fork)


def _unfinished(workspace: Workspace) -> Iterator[tuple[UnfinishedStudy, ...]]:
    yield unfinished_studies(workspace)
