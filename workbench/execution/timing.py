"""How long runs take, learnt from runs that were done before and from those that go on now. Pure.

Time is counted in *steps*: optimiser updates, and what reading lines in evaluation costs in updates. So a short run
tells something about a long one, although most of its time went into reading the test lines.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from statistics import fmean

from workbench.runs.plan import Plan, PlannedRun
from workbench.runs.result import RunRecord

SPREAD = 0.15
"""A range is at least this much wide to either side: machines are not that even."""
ROUGH_SECONDS_PER_STEP = {"small-cnn": 0.12, "small-crnn": 0.14, "cnn": 2.4, "rnn": 2.8, "both": 2.8}
"""Before anything was measured in this workspace: one update on 8 lines of 48 × 600 px, one thread of a processor.

*Source:* forward, backward and optimiser step on random lines, least of several, CPU time.
"""
ROUGH_LINE_HEIGHT_PX = 48
ROUGH_FACTOR = 3.0
"""A rough estimate may be wrong by this factor to either side."""
READING_SHARE = 1 / 3
"""Reading a line costs about a third of learning from it: there is no backward pass."""
SELECTIONS = 2
"""Lines are read with the last and with the best weights."""


@dataclass(frozen=True, slots=True)
class SecondsRange:
    """A time that is not known better than this."""

    low: float
    high: float
    is_rough: bool = False
    """Nothing alike was measured on this machine."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Runs of one kind take about the same time per step."""

    architecture: str
    targets: tuple[str, ...]
    batch_lines: int
    line_height_px: int
    is_gpu: bool


@dataclass(frozen=True, slots=True)
class StepCosts:
    """Seconds per step that were measured, by kind of run."""

    measured: Mapping[Kind, tuple[float, ...]] = field(default_factory=dict)

    def plus(self, kind: Kind, seconds_per_step: float) -> "StepCosts":
        """Add a measurement."""
        known = self.measured.get(kind, ())
        return StepCosts({**self.measured, kind: (*known, seconds_per_step)})

    def of(self, kind: Kind) -> SecondsRange | None:
        """Seconds per step of a kind: from the same kind, else from its architecture, else roughly, else None."""
        found = self.measured.get(kind) or self._alike(kind)
        if found:
            return SecondsRange(fmean(found) * (1 - SPREAD), max(found) * (1 + SPREAD))
        rough = ROUGH_SECONDS_PER_STEP.get(kind.architecture)
        if rough is None or kind.is_gpu:
            return None
        # Lines keep their shape when they are scaled: twice as high is four times the pixels.
        seconds = rough * kind.batch_lines / 8 * (kind.line_height_px / ROUGH_LINE_HEIGHT_PX) ** 2
        return SecondsRange(seconds / ROUGH_FACTOR, seconds * ROUGH_FACTOR, is_rough=True)

    def _alike(self, kind: Kind) -> tuple[float, ...]:
        any_targets = replace(kind, targets=())
        return tuple(
            seconds
            for other, found in self.measured.items()
            if replace(other, targets=()) == any_targets
            for seconds in found
        )


def kind_of(plan: Plan, run: PlannedRun, *, is_gpu: bool) -> Kind:
    """Kind of a planned run."""
    study = plan.study
    return Kind(
        run.request.architecture,
        run.request.targets,
        study.training.batch_lines,
        study.preprocessing.line_height_px,
        is_gpu,
    )


def reading_steps(lines: int, batch_lines: int) -> float:
    """Updates that take as long as reading so many lines."""
    return lines * READING_SHARE / batch_lines


def evaluation_steps(plan: Plan, run: PlannedRun) -> float:
    """Updates that take as long as the evaluation of a planned run after its training."""
    targets = [plan.target(name) for name in run.request.targets]
    lines = sum(len(target.test_ids) + len(target.validation_ids[run.request.draw]) for target in targets)
    return reading_steps(SELECTIONS * lines, plan.study.training.batch_lines)


def costs_of(records: Iterable[RunRecord]) -> StepCosts:
    """Learn from finished runs of this workspace."""
    measured: dict[Kind, tuple[float, ...]] = {}
    for record in records:
        if record.steps > 0 and record.seconds > 0 and record.origin == "trained":
            is_gpu = record.device.startswith("cuda")
            kind = Kind(record.architecture, record.targets, record.batch_lines, record.line_height_px, is_gpu)
            read = reading_steps(sum(each.lines for each in record.evaluations), record.batch_lines)
            measured[kind] = (*measured.get(kind, ()), record.seconds / (record.steps + read))
    return StepCosts(measured)


def time_for(work: Iterable[tuple[Kind, float]], costs: StepCosts, processes: int) -> SecondsRange | None:
    """Time for (kind, steps left) of several runs, so many at a time; None where nothing is known of one of them."""
    ranges: list[SecondsRange] = []
    for kind, steps in work:
        cost = costs.of(kind)
        if cost is None:
            return None
        ranges.append(SecondsRange(cost.low * steps, cost.high * steps, cost.is_rough))
    return SecondsRange(
        _at_once([each.low for each in ranges], processes),
        _at_once([each.high for each in ranges], processes),
        any(each.is_rough for each in ranges),
    )


def _at_once(seconds: list[float], processes: int) -> float:
    """No schedule is shorter than its longest run, nor than all runs evenly spread."""
    return max(max(seconds, default=0.0), sum(seconds) / max(processes, 1))
