"""The study that trains: what each run does now, and the commands that the user has for it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from workbench import settings
from workbench.data.catalog import ImportProgress
from workbench.execution.devices import default_processes
from workbench.execution.local import LocalExecutor
from workbench.execution.progress import OVER, ShownState, StudyProgress, begin_progress
from workbench.execution.queue import Queue, load_order, lowered, needs_of, placed_before, raised
from workbench.execution.studies import UnfinishedStudy, prepare, run_study, unfinished_studies
from workbench.execution.timing import SecondsRange
from workbench.gui.messages import Message, Messages
from workbench.gui.stores.coalescing import Coalescer
from workbench.gui.stores.workspace import WorkspaceStore
from workbench.gui.workers import Job, JobLane
from workbench.runs.control import Command, Control
from workbench.runs.events import (
    RunContinued,
    RunFailed,
    RunFinished,
    RunInterrupted,
    RunPaused,
    RunResumed,
    RunStarted,
)
from workbench.runs.history import RunHistory, RunState
from workbench.runs.plan import Plan, PlannedRun, load_plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

DONE: frozenset[ShownState] = frozenset({"finished", "collapsed"})
TO_COME: frozenset[ShownState] = frozenset({"planned", "interrupted", "queued", "waiting", "skipped"})
"""States of runs whose place in the order means something."""
RETRIABLE: frozenset[ShownState] = frozenset({"failed", "diverged", "collapsed"})

Move = Literal["first", "up", "down", "last"]
Retry = bool | Collection[str]
"""All runs that failed, diverged or collapsed, or these."""


class Drive(Protocol):
    """Runs what a plan still lacks; the events are on disk before they are yielded."""

    def __call__(
        self, workspace: Workspace, plan: Plan, control: Control, *, queue: Queue, retry: Retry, fork: bool
    ) -> Iterator[object]:
        """Yield the events of all runs."""
        ...


@dataclass(frozen=True, slots=True)
class _States:
    states: Mapping[str, RunState]


@dataclass(frozen=True, slots=True)
class _Begins:
    plan: Plan


@dataclass(frozen=True, slots=True)
class _Sitting:
    """How a study is run this time."""

    queue: Queue
    retry: Retry = False
    fork: bool = False


def run_in_children(
    workspace: Workspace, plan: Plan, control: Control, *, queue: Queue, retry: Retry, fork: bool
) -> Iterator[object]:
    """Train in child processes of low priority, so that the window stays smooth."""
    executor = LocalExecutor(workspace, device=settings.load().device, beside_window=True)
    yield from run_study(workspace, plan, executor=executor, control=control, queue=queue, retry=retry, fork=fork)


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
        self._queue = Queue()
        self._again: set[str] = set()
        """Runs that are to be tried again in this sitting and were not begun yet."""
        self._afterwards: set[str] = set()
        """Runs that were to be tried again when the sitting had just ended."""
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
        state = self._state_so_far(run)
        if run in self._again:
            return "queued"
        if run in self._planned and state in ("planned", "interrupted"):
            return self._state_to_come(run, state)
        if state in ("running", "paused") and not self.is_running:
            return "interrupted"  # its program ended without a word
        return state

    def _state_so_far(self, run: str) -> RunState:
        history = self._histories.get(run)
        return history.state if history else self._states.get(run, "planned")

    def _state_to_come(self, run: str, state: RunState) -> ShownState:
        if self._queue.leaves_out(run, self._is_done):
            return "skipped"
        if not self.is_running:
            return state
        needed = self._queue.needs.get(run)
        return "queued" if needed is None or self._is_done(needed) else "waiting"

    def _is_done(self, run: str) -> bool:
        return self._state_so_far(run) in DONE

    @property
    def order(self) -> tuple[str, ...]:
        """Ids of the plan's runs in the order in which they are trained."""
        known = tuple(run for run in self._queue.order if run in self._planned)
        return known if len(known) == len(self._planned) else tuple(dict.fromkeys((*known, *self._planned)))

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
    def runs_skipped(self) -> int:
        """Runs of the plan that are left out of this sitting, or of the next."""
        return sum(self.state(run) == "skipped" for run in self._planned)

    def needed_run(self, run: str) -> str:
        """Return the id of the run from whose weights a run begins, empty where there is none."""
        return self._queue.needs.get(run, "")

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
        left_out = frozenset(run for run in self._planned if self.state(run) == "skipped")
        return replace(self._fold, histories=self._histories, left_out=left_out).time_left

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

    def start(self, plan: Plan, *, retry: Retry = False, fork: bool = False) -> bool:
        """Train what the plan still lacks; return False when that is not possible now.

        With `retry`, failed, diverged and collapsed runs too; with `fork`, new runs beside those that were trained
        with other data or another version of the program.
        """
        workspace = self._may_start()
        if workspace is None:
            return False
        self._show(plan)
        sitting = _Sitting(self._queue, retry, fork)
        self._begin(lambda control: _train(workspace, plan, self._drive, control, sitting))
        return True

    def resume(self, study: str, *, retry: Retry = False, fork: bool = False) -> bool:
        """Go on with a study of the workspace from where it stopped; for the rest see :meth:`start`."""
        workspace = self._may_start()
        if workspace is None:
            return False
        if self._plan is None or self._plan.study.name != study:
            self._queue = self._kept_queue(study)
        sitting = _Sitting(self._queue, retry, fork)
        self._begin(lambda control: _resume(workspace, study, self._drive, control, sitting))
        return True

    # The queue

    def may_move(self, run: str) -> bool:
        """Tell whether a run has a turn that can be another one: it was not begun in this sitting."""
        return run in self._planned and self.state(run) in TO_COME

    def move(self, runs: Iterable[str], to: Move) -> None:
        """Let runs have their turn earlier or later among those that are to come."""
        moved = [run for run in runs if self.may_move(run)]
        order = [run for run in self.order if self.may_move(run)]
        match to:
            case "first":
                order = placed_before(order, moved, order[0] if order else None)
            case "up":
                order = raised(order, moved)
            case "down":
                order = lowered(order, moved)
            case "last":
                order = placed_before(order, moved, None)
        self._arrange(order)

    def place_before(self, runs: Iterable[str], before: str | None) -> None:
        """Let runs have their turn just before another one; None, or one that is over: as its place in the list."""
        moved = [run for run in runs if self.may_move(run)]
        order = self.order
        behind = order[order.index(before) :] if before in order else ()
        at = next((run for run in behind if self.may_move(run)), None)
        self._arrange(placed_before([run for run in order if self.may_move(run)], moved, at))

    def _arrange(self, order: Iterable[str]) -> None:
        self._queue.arrange(tuple(order))
        self._pulse.mark("")

    def skip(self, runs: Iterable[str]) -> None:
        """Leave runs out of this sitting, or of the one that is started next."""
        self._queue.skip(run for run in runs if self.may_move(run))
        self._pulse.mark("")

    def take_in(self, runs: Iterable[str]) -> None:
        """Take back that runs are left out."""
        self._queue.take_in(runs)
        self._pulse.mark("")

    def retry(self, runs: Iterable[str]) -> bool:
        """Train runs once more that failed, diverged or collapsed: in the running study, else these alone."""
        wanted = frozenset(run for run in runs if self.state(run) in RETRIABLE)
        if not self.is_running:
            return bool(wanted) and self.train_only(wanted)
        self._queue.take_in(wanted)
        if self._queue.retry(wanted):
            self._again |= wanted
        else:
            self._afterwards |= wanted
        self._pulse.mark("")
        return True

    def train_only(self, runs: Collection[str]) -> bool:
        """Start the study that is looked at with these runs alone (and what they need); failed ones once more."""
        if self._plan is None or self._may_start() is None:
            return False
        self._queue.keep_only(runs)
        retry = frozenset(run for run in runs if self.state(run) in RETRIABLE)
        if self._plan.specs:
            return self.start(self._plan, retry=retry)
        return self.resume(self._plan.study.name, retry=retry)

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
        """Find studies that can go on; where nothing can be trained there are none."""
        workspace = self._workspaces.workspace
        if workspace is not None and not self._workspaces.is_read_only:
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

    def _kept_queue(self, study: str) -> Queue:
        """Make the queue of a study in the order that it was given in an earlier sitting."""
        workspace = self._workspaces.workspace
        return Queue(load_order(workspace.queue_file(study)) if workspace else ())

    def _show(self, plan: Plan) -> None:
        same = self._plan is not None and self._plan.run_ids == plan.run_ids
        if not self.is_running:  # else the worker settles it
            self._queue = self._queue if same else self._kept_queue(plan.study.name)
            self._queue.settle(plan.run_ids, needs_of(plan))
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
        self._queue = Queue()
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
        if isinstance(event, RunStarted | RunResumed):
            self._again.discard(run)
        before = self._histories.get(run) or RunHistory(run=run)
        self._keep(before.apply(event))  # pyright: ignore[reportArgumentType]
        if isinstance(event, RunPaused) and event.reason:
            self._messages.warn(f"A run waits: {event.reason}", "It goes on by itself when there is room.")
        if isinstance(event, RunContinued) and before.waits_for:
            self._messages.inform("There is room on the disk again; training goes on.")
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
        self._queue.skip_none()
        self._again.clear()
        self._pulse.mark("")
        self._pulse.flush()
        afterwards, self._afterwards = self._afterwards, set()
        if not self.retry(afterwards):
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


def _train(workspace: Workspace, plan: Plan, drive: Drive, control: Control, sitting: _Sitting) -> Iterator[object]:
    """Begin with what is known: a resumed run goes on from its earlier points."""
    device = settings.load().device
    processes = default_processes(device, beside_window=True)
    yield begin_progress(plan, RunStore(workspace), processes=processes, device=device)
    yield from _known(workspace, plan, control)
    yield from drive(workspace, plan, control, queue=sitting.queue, retry=sitting.retry, fork=sitting.fork)


def _resume(workspace: Workspace, study: str, drive: Drive, control: Control, sitting: _Sitting) -> Iterator[object]:
    """Plan the study again, since its file does not hold what each run is exactly."""
    plan = load_plan(workspace.plan_file(study))
    yield _Begins(plan)
    for value in prepare(workspace, plan.study, control):
        yield value if isinstance(value, ImportProgress) else _Begins(value)
        if isinstance(value, Plan):
            plan = value
    if plan.specs:
        yield from _train(workspace, plan, drive, control, sitting)


def _unfinished(workspace: Workspace) -> Iterator[tuple[UnfinishedStudy, ...]]:
    yield unfinished_studies(workspace)
