"""How long runs take, learnt from runs that were done before, from a measurement, and from those that go on now. Pure.

A run makes updates and reads lines: validation lines while it trains, validation and test lines at its end. So a short
run tells something about a long one, although most of its time went into reading the test lines.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from statistics import fmean

from workbench.errors import InputError
from workbench.models.geometry import geometry_of
from workbench.models.registry import architecture_spec
from workbench.runs.plan import Plan, PlannedRun
from workbench.runs.result import RunRecord

SPREAD = 0.15
"""A range is at least this much wide to either side: machines are not that even."""
MEASURED_SPREAD = 0.4
"""The same, where all that is known is a short measurement.

*Source:* six short runs on real lines took 0.66 to 1.46 times what was measured for them, on a busy machine.
"""
ROUGH_SECONDS = 0.07e-9
"""One multiply-accumulate of a line in an update, on one thread of a processor, before anything was measured.

*Source:* forward, backward and optimiser step of five networks on 8 lines of 48 × 600 px: 0.060 to 0.082.
"""
ROUGH_POSITIONS = 7
"""How often a parameter is used per frame, at a line height of 48 px: 10 in the published encoder, 1 in an LSTM."""
ROUGH_LINE_HEIGHT_PX = 48
ROUGH_LINE_SHAPE = 12.5
"""Width of a line in heights. Lines keep their shape when they are scaled."""
ROUGH_CLASSES = 100
ROUGH_FACTOR = 4.0
"""A rough estimate may be wrong by this factor to either side."""
SHORT_SHARE = 0.25
"""Runs shorter than this part of the longest one of their kind teach nothing: much of their time is their start.

*Source:* `small-cnn` on real lines, 60 updates against 1,500: 0.32 and 0.15 s per update (KHATT), 0.18 and 0.12 (UHWR).
"""
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
    """In the order of their names."""
    batch_lines: int
    line_height_px: int
    is_gpu: bool
    canvas_width_px: int | None = None
    precision: str = "float32"
    augmentation: str = "none"
    norm: str = "batch"
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run of some kind takes, in seconds."""

    step: float
    """One update."""
    line: float
    """One line that is only read."""
    spread: float = SPREAD
    """How far it may be off, as a part of it."""
    steps: float = 1.0
    """Updates that it was learnt from, with what was read counted as updates."""

    @classmethod
    def of_whole_run(cls, seconds: float, steps: float, lines: int, batch_lines: int) -> "Cost":
        """Split the time of a run that made so many updates and read so many lines."""
        counted = steps + reading_steps(lines, batch_lines)
        step = seconds / counted
        return cls(step, step * READING_SHARE / batch_lines, steps=counted)


@dataclass(frozen=True, slots=True)
class Work:
    """What is left of a run."""

    kind: Kind
    steps: int
    lines: int
    """Lines that are only read."""


@dataclass(frozen=True, slots=True)
class StepCosts:
    """Costs that were measured, by kind of run."""

    measured: Mapping[Kind, tuple[Cost, ...]] = field(default_factory=dict)

    def plus(self, kind: Kind, cost: Cost) -> "StepCosts":
        """Add a measurement."""
        known = self.measured.get(kind, ())
        return StepCosts({**self.measured, kind: (*known, cost)})

    def or_else(self, other: "StepCosts") -> "StepCosts":
        """Take from another one what it knows of kinds that are not known here."""
        return StepCosts({**other.measured, **self.measured})

    def knows(self, kind: Kind) -> bool:
        """Tell whether a run of this very kind was measured."""
        return kind in self.measured

    def seconds(self, work: Work) -> SecondsRange | None:
        """Time for some work: from the same kind, else from its architecture, else roughly; None where nothing is."""
        found = _long_enough(self.measured.get(work.kind) or self._alike(work.kind))
        if found:
            times = [cost.step * work.steps + cost.line * work.lines for cost in found]
            spread = max(cost.spread for cost in found)
            return SecondsRange(fmean(times) * (1 - spread), max(times) * (1 + spread))
        rough = rough_cost(work.kind)
        if rough is None:
            return None
        time = rough.step * work.steps + rough.line * work.lines
        return SecondsRange(time / ROUGH_FACTOR, time * ROUGH_FACTOR, is_rough=True)

    def _alike(self, kind: Kind) -> tuple[Cost, ...]:
        any_targets = replace(kind, targets=())
        return tuple(
            cost
            for other, found in self.measured.items()
            if replace(other, targets=()) == any_targets
            for cost in found
        )


def _long_enough(costs: tuple[Cost, ...]) -> tuple[Cost, ...]:
    longest = max((cost.steps for cost in costs), default=0.0)
    return tuple(cost for cost in costs if cost.steps >= SHORT_SHARE * longest)


def rough_cost(kind: Kind) -> Cost | None:
    """Guess what a kind of run costs on a processor from the size of its network; None on a GPU, and where unknown."""
    try:
        geometry = geometry_of(architecture_spec(kind.architecture))
    except InputError:
        return None
    if kind.is_gpu:
        return None
    height = kind.line_height_px
    frames = geometry.frames_for_width(round(ROUGH_LINE_SHAPE * height))
    uses = frames * ROUGH_POSITIONS * height / ROUGH_LINE_HEIGHT_PX
    learnt = ROUGH_SECONDS * geometry.parameter_count(ROUGH_CLASSES) * uses
    return Cost(learnt * kind.batch_lines, learnt * READING_SHARE)


def kind_of(plan: Plan, run: PlannedRun, *, is_gpu: bool) -> Kind:
    """Kind of a planned run."""
    study = plan.study
    return Kind(
        run.request.architecture,
        tuple(sorted(run.request.targets)),
        study.training.batch_lines,
        study.preprocessing.line_height_px,
        is_gpu,
        study.preprocessing.canvas_width_px,
        study.training.precision,
        study.training.augmentation,
        run.request.conditions.norm,
        study.training.threads_per_run,
    )


def reading_steps(lines: int, batch_lines: int) -> float:
    """Updates that take as long as reading so many lines."""
    return lines * READING_SHARE / batch_lines


def lines_to_read(plan: Plan, run: PlannedRun) -> int:
    """Count the lines that a planned run reads: at each validation, and twice at its end."""
    validation, test = read_lines(plan, run)
    return plan.study.training.validations * validation + SELECTIONS * (validation + test)


def read_lines(plan: Plan, run: PlannedRun) -> tuple[int, int]:
    """Validation and test lines of a run; of a plan without specs, those of its largest K."""
    spec = plan.specs.get(run.run)
    if spec is not None:
        return sum(len(each.validation_ids) for each in spec.targets), sum(len(each.test_ids) for each in spec.targets)
    targets = [plan.target(name) for name in run.request.targets]
    validation = sum(len(target.validation_ids[run.request.draw]) for target in targets)
    return validation, sum(len(target.test_ids) for target in targets)


def costs_of(records: Iterable[RunRecord]) -> StepCosts:
    """Learn from finished runs of this workspace."""
    costs = StepCosts()
    for record in records:
        if record.steps > 0 and record.seconds > 0 and record.origin == "trained":
            is_gpu = record.device.startswith("cuda")
            kind = Kind(
                record.architecture,
                tuple(sorted(record.targets)),
                record.batch_lines,
                record.line_height_px,
                is_gpu,
                record.canvas_width_px,
                record.precision,
                record.augmentation,
                record.norm,
                record.threads,
            )
            lines = record.validated_lines + sum(each.lines for each in record.evaluations)
            costs = costs.plus(kind, Cost.of_whole_run(record.seconds, record.steps, lines, record.batch_lines))
    return costs


def time_for(work: Iterable[Work], costs: StepCosts, processes: int) -> SecondsRange | None:
    """Time for what is left of several runs, so many at a time; None where nothing is known of one of them."""
    ranges: list[SecondsRange] = []
    for each in work:
        found = costs.seconds(each)
        if found is None:
            return None
        ranges.append(found)
    return SecondsRange(
        _at_once([each.low for each in ranges], processes),
        _at_once([each.high for each in ranges], processes),
        any(each.is_rough for each in ranges),
    )


def _at_once(seconds: list[float], processes: int) -> float:
    """No schedule is shorter than its longest run, nor than all runs evenly spread."""
    return max(max(seconds, default=0.0), sum(seconds) / max(processes, 1))
