"""The job behind `plan`: what a study comes to before it is run, perhaps after a short measurement."""

from dataclasses import asdict, dataclass
from typing import Any

from workbench.cli.live import follow, run_names
from workbench.cli.program import interruptible, tell
from workbench.cli.running import Sitting
from workbench.cli.studies import device_of, left_out_of, make_plan, plan_notes
from workbench.execution.estimates import Estimate, estimate
from workbench.execution.measuring import Measured, MeasuringProgress, keep_measured, measure
from workbench.runs.control import Control
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.schema import Study


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A run of the plan."""

    run: str
    name: str
    state: str
    """That on the disk, or `skipped`."""


@dataclass(frozen=True, slots=True)
class PlanReport:
    """What a study comes to."""

    study: str
    estimate: Estimate
    slots: int
    """Runs at the same time."""
    runs: tuple[PlannedLine, ...]
    """In the order of training."""
    notes: tuple[str, ...] = ()
    """What was decided about the lines, and which runs of the grid are not planned."""
    problems: tuple[str, ...] = ()
    """Why something could not be measured."""

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        found = asdict(self.estimate)
        return {"schema": 1, "study": self.study, "at_once": self.slots, **found} | {
            "order": [asdict(line) for line in self.runs],
            "notes": self.notes,
            "problems": self.problems,
        }


def make_report(
    workspace: Workspace, study: Study, sitting: Sitting, *, with_measurement: bool = False
) -> PlanReport | None:
    """Plan a study and tell what it takes; None when the user stopped it.

    Raises
    ------
    InputError
        When the study cannot be planned, or a device or a run is asked for that is not there.
    """
    executor = sitting.executor(workspace)
    control = Control()
    problems: tuple[str, ...] = ()
    with interruptible(control):
        plan = make_plan(workspace, study, control)
        if plan is None:
            return None
        queue = sitting.queue(workspace, plan)
        if with_measurement:
            for value in follow(measure(workspace, plan, control, executor), MeasuringProgress):
                if isinstance(value, Measured):
                    keep_measured(workspace, value)
                    problems = value.problems
            for problem in problems:
                tell(f"Not measured: {problem}")
    if control.is_cancelled:
        return None
    store, left_out = RunStore(workspace), left_out_of(workspace, plan, queue)
    found = estimate(plan, store, executor.slots, device=device_of(executor), left_out=left_out)
    lines = _lines(plan, store, queue.order, left_out)
    return PlanReport(plan.study.name, found, executor.slots, lines, tuple(plan_notes(plan)), problems)


def _lines(plan: Plan, store: RunStore, order: tuple[str, ...], left_out: frozenset[str]) -> tuple[PlannedLine, ...]:
    names = run_names(plan)
    return tuple(PlannedLine(run, names[run], "skipped" if run in left_out else store.state(run)) for run in order)
