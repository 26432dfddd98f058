"""What runs will cost, from a short measurement: some updates of each kind with its real lines, then thrown away.

The real training does it, in child processes as a study has them and as many at a time, so that they get in each
other's way as they will. It happens in a folder of its own: nothing of it is a run of the workspace.
"""

import logging
import platform
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import TypeAdapter

from workbench import files
from workbench.errors import WorkspaceError
from workbench.execution.local import LocalExecutor
from workbench.execution.queue import prerequisite
from workbench.execution.timing import (
    MEASURED_SPREAD,
    READING_SHARE,
    Cost,
    Kind,
    StepCosts,
    costs_of,
    kind_of,
    rough_cost,
)
from workbench.runs.control import Control
from workbench.runs.events import RunEvent, RunFailed, RunFinished, RunInterrupted, StepLogged, Validated
from workbench.runs.plan import Plan, PlannedRun
from workbench.runs.spec import TRAINING_VERSION, RunSpec, TargetSpec
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

LEAST_UPDATES, MOST_UPDATES = 4, 24
"""Counted updates of a kind; one before them is not counted, as memory is taken and code prepared in it."""
UPDATES_S = 20.0
"""Of the two, so many updates as take about this long."""
READ_BATCHES = 2
"""Validation lines of each target that are read, in batches."""

_KIND, _COST = TypeAdapter(Kind), TypeAdapter(Cost)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MeasuringProgress:
    """How far a measurement is, in updates."""

    done: int
    total: int
    what: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured on this machine."""

    costs: StepCosts = field(default_factory=StepCosts)
    row_bytes: Mapping[tuple[str, ...], float] = field(default_factory=dict)
    """Length of a row of predictions, by the names of the targets."""
    problems: tuple[str, ...] = ()
    """Why kinds could not be measured."""

    def with_all(self, newer: "Measured") -> "Measured":
        """Put newer measurements in the place of those of the same kinds."""
        costs = StepCosts({**self.costs.measured, **newer.costs.measured})
        return Measured(costs, {**self.row_bytes, **newer.row_bytes}, newer.problems)


def measure(
    workspace: Workspace, plan: Plan, control: Control, executor: LocalExecutor
) -> Iterator[MeasuringProgress | Measured]:
    """Measure what each kind of run costs that a plan still lacks, and of which no run is finished.

    Parameters
    ----------
    plan : Plan
        With its specs.
    control : Control
        After `cancel`, what was measured by then still comes.
    executor : LocalExecutor
        How the study will be trained; measured in the same way, but elsewhere.

    Yields
    ------
    MeasuringProgress or Measured
        The result comes last.
    """
    trials = _trials(plan, RunStore(workspace), executor)
    with TemporaryDirectory(prefix="htr-workbench-measuring-") as folder:
        place = Workspace(Path(folder))
        place.cache.symlink_to(workspace.cache.absolute(), target_is_directory=True)
        clocks = {run: _Clock(trial.spec) for run, trial in trials.items()}
        total = sum(trial.spec.steps for trial in trials.values())
        for event in replace(executor, workspace=place).run(_plan_of(plan, trials), control):
            clocks[event.run].take(event)
            done = sum(clock.updates for clock in clocks.values())
            kind = trials[event.run].kind
            yield MeasuringProgress(done, total, f"measuring {kind.architecture} on {', '.join(kind.targets)}")
        yield _result(RunStore(place), trials, clocks)


@dataclass(frozen=True, slots=True)
class _Trial:
    """A short training of some kind."""

    kind: Kind
    planned: PlannedRun
    spec: RunSpec


def _trials(plan: Plan, store: RunStore, executor: LocalExecutor) -> dict[str, _Trial]:
    """One trial of each kind that is left; more than one where more runs than that will train at a time."""
    known = costs_of(store.scan().values())
    left = {run.run: run for run in plan.runs if not store.is_finished(run.run)}
    kinds: dict[Kind, PlannedRun] = {}
    for run, planned in left.items():
        if prerequisite(plan.specs[run]) is None:  # the weights that it begins with would be missing
            kind = kind_of(plan, planned, is_gpu=executor.trains_on_gpu)
            if not known.knows(kind):
                kinds.setdefault(kind, planned)
    trials: dict[str, _Trial] = {}
    wanted = max(len(kinds), min(executor.slots, len(left)))
    for number, (kind, planned) in enumerate(islice(cycle(kinds.items()), wanted)):
        short = _shortened(plan.specs[planned.run], kind)
        spec = short.model_copy(update={"seed": short.seed + number // len(kinds)})
        trials[spec.id] = _Trial(kind, planned, spec)
    return trials


def _plan_of(plan: Plan, trials: Mapping[str, _Trial]) -> Plan:
    runs = (trial.planned.model_copy(update={"run": run, "steps": trial.spec.steps}) for run, trial in trials.items())
    return plan.model_copy(update={"runs": tuple(runs), "specs": {run: trial.spec for run, trial in trials.items()}})


def _shortened(spec: RunSpec, kind: Kind) -> RunSpec:
    """The same training with some updates on some of its lines; they are drawn, so the first are as good as any."""
    guess = rough_cost(kind)
    updates = MOST_UPDATES if guess is None else round(UPDATES_S / guess.step)
    updates = min(max(updates, LEAST_UPDATES), MOST_UPDATES)
    batch_lines = spec.training.batch_lines
    each = -(-updates * batch_lines // len(spec.targets))

    def cut(target: TargetSpec) -> TargetSpec:
        read = READ_BATCHES * batch_lines
        return target.model_copy(
            update={
                "train_ids": target.train_ids[:each],
                "validation_ids": target.validation_ids[:read],
                "test_ids": target.test_ids[:read],
                "test_clusters": target.test_clusters[:read],
            }
        )

    return spec.model_copy(
        update={
            "steps": updates + 1,
            "validate_every_steps": updates + 1,
            "training": spec.training.model_copy(update={"log_every_steps": 1, "validations": 1}),
            "targets": tuple(cut(target) for target in spec.targets),
        }
    )


class _Clock:
    """What one trial tells about its time."""

    def __init__(self, spec: RunSpec) -> None:
        self._batch_lines = spec.training.batch_lines
        self._first: StepLogged | None = None
        self._now = 0.0
        self._updates_s = 0.0
        self._reading_s = 0.0
        self._lines = 0
        self.updates = 0
        self.is_finished = False
        self.problem = ""

    def take(self, event: RunEvent) -> None:
        """Follow an event."""
        match event:
            case StepLogged():
                self.updates = event.step
                self._updates_s += event.pace.seconds - self._now if self._first else 0.0
                self._first = self._first or event
                self._now = event.pace.seconds
            case Validated():
                self._reading_s += event.pace.seconds - self._now
                self._lines += event.lines
                self._now = event.pace.seconds
            case RunFinished():
                self.is_finished = True
            case RunFailed():
                self.problem = event.reason
            case RunInterrupted():
                self.problem = "it was stopped"
            case _:
                pass

    @property
    def cost(self) -> Cost | None:
        """What was measured; None before an update was counted."""
        if self.updates < 2:
            return None
        step = self._updates_s / (self.updates - 1)
        line = self._reading_s / self._lines if self._lines else step * READING_SHARE / self._batch_lines
        return Cost(step, line, MEASURED_SPREAD)


def _result(store: RunStore, trials: Mapping[str, _Trial], clocks: Mapping[str, _Clock]) -> Measured:
    costs, rows = StepCosts(), dict[tuple[str, ...], float]()
    problems: dict[str, None] = {}
    for run, clock in clocks.items():
        kind, cost = trials[run].kind, clock.cost
        if cost is not None:
            costs = costs.plus(kind, cost)
        if clock.is_finished:
            with suppress(OSError):
                rows[kind.targets] = _row_bytes(store.predictions_file(run))
        elif clock.problem:
            problems[f"{kind.architecture} on {', '.join(kind.targets)}: {clock.problem}"] = None
    return Measured(costs, {targets: size for targets, size in rows.items() if size}, tuple(problems))


def _row_bytes(path: Path) -> float:
    content = files.read_plain(path)
    rows = content.count(b"\n") - 1
    return len(content) / rows if rows > 0 else 0.0


# Kept for the next time, on this machine only


def _measured_file(workspace: Workspace) -> Path:
    return workspace.cache / "measured.json"


def load_measured(workspace: Workspace) -> Measured:
    """Read what was measured here earlier; nothing of it counts on another machine or for another training."""
    try:
        raw: Any = files.read_json(_measured_file(workspace))
        if (raw["machine"], raw["training_version"]) != (platform.node(), TRAINING_VERSION):
            return Measured()
        costs: dict[Kind, tuple[Cost, ...]] = {}
        for each in raw["kinds"]:
            kind = _KIND.validate_python(each["kind"])
            costs[kind] = tuple(_COST.validate_python(cost) for cost in each["costs"])
        rows = {tuple(each["targets"]): float(each["bytes"]) for each in raw["rows"]}
        return Measured(StepCosts(costs), rows)
    except OSError:
        return Measured()
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        logger.info("%s cannot be used: %s", _measured_file(workspace), error)
        return Measured()


def keep_measured(workspace: Workspace, measured: Measured) -> None:
    """Add to what was measured here; where nothing can be written, it is measured again another time."""
    both = load_measured(workspace).with_all(measured)
    value = {
        "schema": 1,
        "machine": platform.node(),
        "training_version": TRAINING_VERSION,
        "kinds": [
            {"kind": asdict(kind), "costs": [asdict(cost) for cost in costs]}
            for kind, costs in both.costs.measured.items()
        ],
        "rows": [{"targets": targets, "bytes": size} for targets, size in both.row_bytes.items()],
    }
    try:
        files.write_json(_measured_file(workspace), value)
    except WorkspaceError as error:
        logger.info("%s", error)
