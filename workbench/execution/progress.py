"""A study as the fold over the events of its runs: what the window and the command line show while it trains. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from workbench.execution.devices import cuda_devices, default_processes
from workbench.execution.timing import (
    Cost,
    Kind,
    SecondsRange,
    StepCosts,
    Work,
    costs_of,
    kind_of,
    lines_to_read,
    time_for,
)
from workbench.runs.events import RunEvent
from workbench.runs.history import RunHistory, RunState
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore

ShownState = RunState | Literal["queued", "waiting", "skipped"]
"""What is shown of a run. `queued`: its turn comes. `waiting`: for a run that it needs. `skipped`: left out now."""

OVER: frozenset[ShownState] = frozenset({"finished", "collapsed", "failed", "diverged"})
LEAST_STEPS = 20
"""A live run tells its own speed from here on; the first batches warm up."""


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """A run of the study and what it costs."""

    run: str
    kind: Kind
    steps: int
    """Optimiser updates."""
    lines: int
    """Lines that it reads, in validations and in the end."""


@dataclass(frozen=True, slots=True)
class StudyProgress:
    """What is known of a study after some of its events."""

    work: tuple[PlannedWork, ...]
    """Every run once, in the order of the plan."""
    histories: Mapping[str, RunHistory]
    """Of runs that began; of those finished earlier only their state is known."""
    earlier: Mapping[str, RunState]
    """States that the disk told before this sitting."""
    costs: StepCosts
    processes: int
    left_out: frozenset[str] = frozenset()
    """Runs that this sitting does not train, as things stand."""

    def apply(self, event: RunEvent) -> "StudyProgress":
        """Return the progress with one more event."""
        before = self.histories.get(event.run) or RunHistory(run=event.run)
        return replace(self, histories={**self.histories, event.run: before.apply(event)})

    def state(self, run: str) -> ShownState:
        """State of a run; one that has not begun in this sitting is `queued`, or `skipped`."""
        history = self.histories.get(run)
        if history is not None and history.state != "planned":
            return history.state
        earlier = self.earlier.get(run, "planned")
        if earlier in OVER:
            return earlier
        return "skipped" if run in self.left_out else "queued"

    @property
    def counts(self) -> Mapping[ShownState, int]:
        """How many runs are in each state."""
        return Counter(self.state(work.run) for work in self.work)

    @property
    def runs_over(self) -> int:
        """Runs that came to their end, well or not."""
        return sum(self.state(work.run) in OVER for work in self.work)

    @property
    def runs_failed(self) -> int:
        """Runs that failed or diverged."""
        return sum(self.state(work.run) in ("failed", "diverged") for work in self.work)

    @property
    def share(self) -> float:
        """Part of all steps that were made, in [0, 1]."""
        total = sum(work.steps for work in self.work)
        return 1 - sum(self._steps_left(work) for work in self.work) / total if total else 1.0

    @property
    def time_left(self) -> SecondsRange | None:
        """Training time that is left; pauses do not count. None where nothing is known about a run's speed."""
        left = [each for each in self.work if self.state(each.run) not in OVER | {"skipped"}]
        work = [Work(each.kind, self._steps_left(each), self._lines_left(each)) for each in left]
        return time_for(work, self._live_costs(), self.processes)

    def time_left_of(self, run: str) -> SecondsRange | None:
        """Time that one run still takes while it trains; None when it is over, or nothing is known of its speed.

        After its first steps a run is measured by itself, before that by its kind.
        """
        work = next((each for each in self.work if each.run == run), None)
        if work is None or self.state(run) in OVER:
            return None
        costs = StepCosts().plus(work.kind, own) if (own := self._own_cost(work)) else self._live_costs()
        return time_for([Work(work.kind, self._steps_left(work), self._lines_left(work))], costs, 1)

    def _own_cost(self, work: PlannedWork) -> Cost | None:
        """Return what a run tells of itself after some steps; None before."""
        history = self.histories.get(work.run)
        if history is None or history.step < LEAST_STEPS or history.pace.seconds <= 0:
            return None
        lines, batch_lines = _lines_read(history), work.kind.batch_lines
        return Cost.of_whole_run(history.pace.seconds, history.step, lines, batch_lines)

    def _steps_left(self, work: PlannedWork) -> int:
        if self.state(work.run) in OVER:
            return 0
        history = self.histories.get(work.run)
        return max(work.steps - (history.step if history else 0), 0)

    def _lines_left(self, work: PlannedWork) -> int:
        history = self.histories.get(work.run)
        return max(work.lines - _lines_read(history), 0) if history else work.lines

    def _live_costs(self) -> StepCosts:
        costs = self.costs
        for work in self.work:
            if (own := self._own_cost(work)) is not None:
                costs = costs.plus(work.kind, own)
        return costs


def _lines_read(history: RunHistory) -> int:
    """Lines that a run read so far; what is evaluated after the last clocked event does not count yet."""
    is_read = history.state in ("finished", "collapsed")
    evaluated = sum(each.lines for each in history.evaluations) if is_read else 0
    return evaluated + sum(point.lines for point in history.validations)


def begin_progress(plan: Plan, store: RunStore, *, processes: int | None = None, device: str = "auto") -> StudyProgress:
    """Read from the disk where a study stands before it (or its rest) is run.

    Parameters
    ----------
    plan : Plan
        The study.
    store : RunStore
        Where finished runs tell how long such runs take.
    processes : int or None
        Runs at the same time; None: as many as :class:`LocalExecutor` would run headless.
    device : str
        `auto`, `cpu` or `cuda`.
    """
    is_gpu = device != "cpu" and bool(cuda_devices())
    unique = {run.run: run for run in reversed(plan.runs)}
    work = tuple(
        PlannedWork(run, kind_of(plan, unique[run], is_gpu=is_gpu), unique[run].steps, lines_to_read(plan, unique[run]))
        for run in plan.run_ids
    )
    earlier: dict[str, RunState] = {run: store.state(run) for run in plan.run_ids}
    begun = {run: store.history(run) for run, state in earlier.items() if state == "interrupted"}
    return StudyProgress(
        work=work,
        histories={run: replace(history, state="planned") for run, history in begun.items()},
        earlier=earlier,
        costs=costs_of(store.scan().values()),
        processes=processes or default_processes(device, beside_window=False),
    )
