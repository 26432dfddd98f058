"""What lines with wrong labels do to the numbers: CER and ΔCER with them and without them, counts beside them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from workbench.analysis.lines.review import ReadRun
from workbench.metrics.error_rate import EditCount, total
from workbench.runs.events import Split
from workbench.study.arms import baseline_of, regime_of
from workbench.study.grid import RunRequest, is_baseline

Training = tuple[int, int]
"""Draw and seed."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Runs that differ in draw and seed alone."""

    study: str
    architecture: str
    arm: str
    k: int
    budget: str
    conditions: str
    split: Split

    @property
    def baseline(self) -> "Arm":
        """What it is compared with."""
        return Arm(
            self.study, self.architecture, baseline_of(self.arm), self.k, self.budget, self.conditions, self.split
        )


@dataclass(frozen=True, slots=True)
class CleaningEffect:
    """An arm with all lines and without those that a person found wrong.

    Means are those of the results: of the CER over trainings, of ΔCER over pairs of trainings with the same draw and
    seed.
    """

    arm: Arm
    runs: int
    lines: int
    """Lines that its runs have read, each once."""
    left_out: int
    """Of these, lines found wrong."""
    with_all: EditCount
    """Over all draws and seeds."""
    without: EditCount
    cer: float | None
    """Mean over draws and seeds, a fraction; None without characters."""
    cer_without: float | None
    pairs: int = 0
    """Trainings that its baseline has too, on the same lines; those that both differences are taken over."""
    delta_pp: float | None = None
    """ΔCER to its baseline with all lines, in percentage points; None for a baseline, or without a partner."""
    delta_without_pp: float | None = None
    """The same without the lines found wrong."""

    @property
    def change_pp(self) -> float | None:
        """What leaving the lines out does to the CER, in percentage points; negative: it falls."""
        return _difference(self.cer_without, self.cer)


@dataclass(frozen=True, slots=True)
class TrainingCounts:
    """What one training made of the lines of a part."""

    run: str
    by_line: Mapping[str, EditCount]
    total: EditCount

    def without(self, wrong: Collection[str]) -> EditCount:
        """Return its counts without some lines."""
        less = total(self.by_line[line_id] for line_id in wrong if line_id in self.by_line)
        return EditCount(self.total.edits - less.edits, self.total.length - less.length)

    @property
    def lengths(self) -> Mapping[str, int]:
        """Characters of each line: the same for trainings that can be compared."""
        return {line_id: count.length for line_id, count in self.by_line.items()}


@dataclass(frozen=True, slots=True)
class ArmCounts:
    """What the trainings of an arm made of each line."""

    arm: Arm
    trainings: Mapping[Training, TrainingCounts]
    partners: tuple[Training, ...] = ()
    """Those that its baseline has too, and that were read on the same lines."""


def counts_of_arms(runs: Sequence[ReadRun]) -> tuple[ArmCounts, ...]:
    """Count every arm and part by training and line, once for all questions. Collapsed runs are in no mean.

    Parameters
    ----------
    runs : sequence of ReadRun
        As :func:`workbench.analysis.lines.review.read_runs` gives them.

    Returns
    -------
    tuple of ArmCounts
        Test lines before validation lines, else in the order of the runs.
    """
    found: dict[Arm, dict[Training, TrainingCounts]] = defaultdict(dict)
    known: dict[tuple[int, Split], TrainingCounts] = {}
    for run in runs:
        splits: dict[Split, None] = {line.split: None for line in run.lines}
        for split in splits if not run.is_collapsed else ():
            key = (id(run.lines), split)  # a run of several studies is counted once
            if key not in known:
                known[key] = _counts(run, split)
            for request in run.requests:
                found[_arm_of(run, request, split)][request.draw, request.seed] = known[key]
    counts = (ArmCounts(arm, trainings, _partners(arm, found)) for arm, trainings in found.items())
    return tuple(sorted(counts, key=lambda one: one.arm.split != "test"))


def _counts(run: ReadRun, split: Split) -> TrainingCounts:
    by_line = {line.line_id: EditCount(line.edits, line.length) for line in run.lines if line.split == split}
    return TrainingCounts(run.run, by_line, total(by_line.values()))


def _partners(arm: Arm, found: Mapping[Arm, Mapping[Training, TrainingCounts]]) -> tuple[Training, ...]:
    if is_baseline(regime_of(arm.arm)):
        return ()
    baseline, own = found.get(arm.baseline, {}), found[arm]
    pairs = [each for each in sorted(own) if each in baseline and own[each].lengths == baseline[each].lengths]
    # Each draw has validation lines of its own.
    return tuple(each for each in pairs if arm.split != "test" or own[each].lengths == own[pairs[0]].lengths)


def effects_of_cleaning(arms: Sequence[ArmCounts], wrong: Collection[str]) -> tuple[CleaningEffect, ...]:
    """Compare every arm with all its lines and without some.

    Parameters
    ----------
    arms : sequence of ArmCounts
        As :func:`counts_of_arms` gives them.
    wrong : collection of str
        Ids of lines whose labels say that they cannot be used.
    """
    known = {each.arm: each for each in arms}
    return tuple(_effect(each, known.get(each.arm.baseline), wrong) for each in arms)


def _arm_of(run: ReadRun, request: RunRequest, split: Split) -> Arm:
    return Arm(
        run.study,
        request.architecture,
        request.arm,
        request.k,
        str(request.budget),
        str(request.conditions),
        split,
    )


def _effect(counts: ArmCounts, baseline: ArmCounts | None, wrong: Collection[str]) -> CleaningEffect:
    trainings = counts.trainings.values()
    lines = frozenset(line_id for each in trainings for line_id in each.by_line)
    partners = [(counts.trainings[each], baseline.trainings[each]) for each in counts.partners] if baseline else []
    return CleaningEffect(
        arm=counts.arm,
        runs=len({each.run for each in trainings}),
        lines=len(lines),
        left_out=len(lines.intersection(wrong)),
        with_all=total(each.total for each in trainings),
        without=total(each.without(wrong) for each in trainings),
        cer=_mean([each.total.rate for each in trainings]),
        cer_without=_mean([each.without(wrong).rate for each in trainings]),
        pairs=len(partners),
        delta_pp=_mean([_difference(own.total.rate, other.total.rate) for own, other in partners]),
        delta_without_pp=_mean(
            [_difference(own.without(wrong).rate, other.without(wrong).rate) for own, other in partners]
        ),
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known and len(known) == len(values) else None


def _difference(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else 100 * (one - other)
