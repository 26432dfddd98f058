"""What lines with wrong labels do to the numbers: CER and ΔCER with them and without them, counts beside them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from workbench.analysis.review import RunReadings
from workbench.metrics.error_rate import EditCount, total
from workbench.runs.events import Split
from workbench.study.arms import baseline_of
from workbench.study.grid import RunRequest, is_baseline


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
    """An arm with all lines and without those that a person found wrong."""

    arm: Arm
    runs: int
    lines: int
    """Lines that its runs have read, each once."""
    left_out: int
    """Of these, lines found wrong."""
    with_all: EditCount
    """Over all draws and seeds."""
    without: EditCount
    delta_pp: float | None = None
    """ΔCER to its baseline with all lines, in percentage points; None for a baseline, or without a partner."""
    delta_without_pp: float | None = None
    """The same without the lines found wrong."""

    @property
    def change_pp(self) -> float | None:
        """What leaving the lines out does to the CER, in percentage points; negative: it falls."""
        return _difference(self.without, self.with_all)


@dataclass(frozen=True, slots=True)
class ArmCounts:
    """What the runs of an arm made of each line."""

    arm: Arm
    runs: int
    by_line: Mapping[str, EditCount]
    """Summed over its runs."""
    total: EditCount


def counts_of_arms(runs: Sequence[RunReadings]) -> tuple[ArmCounts, ...]:
    """Sum the counts of every arm and part, once for all questions.

    Parameters
    ----------
    runs : sequence of RunReadings
        As :func:`workbench.analysis.review.read_runs` gives them.

    Returns
    -------
    tuple of ArmCounts
        Test lines before validation lines, else in the order of the runs.
    """
    found: dict[Arm, list[RunReadings]] = defaultdict(list)
    for run in runs:
        splits: dict[Split, None] = {line.split: None for line in run.lines}
        for split in splits:
            for arm in dict.fromkeys(_arm_of(run, request, split) for request in run.requests):
                found[arm].append(run)
    counts = (_counts(arm, members) for arm, members in found.items())
    return tuple(sorted(counts, key=lambda one: one.arm.split != "test"))


def _counts(arm: Arm, runs: Sequence[RunReadings]) -> ArmCounts:
    edits: dict[str, int] = defaultdict(int)
    lengths: dict[str, int] = defaultdict(int)
    for run in runs:
        for line in run.lines:
            if line.split == arm.split:
                edits[line.line_id] += line.edits
                lengths[line.line_id] += line.length
    by_line = {line_id: EditCount(edits[line_id], lengths[line_id]) for line_id in edits}
    return ArmCounts(arm, len(runs), by_line, EditCount(sum(edits.values()), sum(lengths.values())))


def effects_of_cleaning(arms: Sequence[ArmCounts], wrong: Collection[str]) -> tuple[CleaningEffect, ...]:
    """Compare every arm with all its lines and without some.

    Parameters
    ----------
    arms : sequence of ArmCounts
        As :func:`counts_of_arms` gives them.
    wrong : collection of str
        Ids of lines whose labels say that they cannot be used.
    """
    plain = {each.arm: _effect(each, wrong) for each in arms}
    return tuple(_with_delta(effect, plain.get(effect.arm.baseline)) for effect in plain.values())


def _arm_of(run: RunReadings, request: RunRequest, split: Split) -> Arm:
    return Arm(
        run.study,
        request.architecture,
        request.arm,
        request.k,
        str(request.budget),
        str(request.conditions),
        split,
    )


def _effect(counts: ArmCounts, wrong: Collection[str]) -> CleaningEffect:
    gone = [counts.by_line[line_id] for line_id in wrong if line_id in counts.by_line]
    less = total(gone)
    return CleaningEffect(
        arm=counts.arm,
        runs=counts.runs,
        lines=len(counts.by_line),
        left_out=len(gone),
        with_all=counts.total,
        without=EditCount(counts.total.edits - less.edits, counts.total.length - less.length),
    )


def _with_delta(effect: CleaningEffect, baseline: CleaningEffect | None) -> CleaningEffect:
    if baseline is None or is_baseline(effect.arm.arm.partition(": ")[0]):
        return effect
    return CleaningEffect(
        effect.arm,
        effect.runs,
        effect.lines,
        effect.left_out,
        effect.with_all,
        effect.without,
        _difference(effect.with_all, baseline.with_all),
        _difference(effect.without, baseline.without),
    )


def _difference(one: EditCount, other: EditCount) -> float | None:
    return None if one.rate is None or other.rate is None else 100 * (one.rate - other.rate)
