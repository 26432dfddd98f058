"""ΔCER: what joint training changes, per cell and between architectures.

ΔCER = CER(multi) - CER(single) in percentage points. **Negative means that multi-script training helps.**
A cell's value is the mean over its (draw, seed) pairs of the difference of two micro-averaged CERs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import starmap
from math import log2
from statistics import fmean, median, stdev

import numpy as np

from workbench.analysis.results.pairs import Cell, CellKey, Pair, Side, scored_lines
from workbench.analysis.statistics.bootstrap import Counts, ScoredPart
from workbench.analysis.statistics.contrast import (
    Contrast,
    Scored,
    Term,
    contrast,
    relative_change,
    relative_difference,
)
from workbench.analysis.statistics.coverage import coverage_of
from workbench.analysis.statistics.significance import permutation_p

_UNITS = {"writers": ("writer", "writers"), "pages": ("page", "pages"), "blocks": ("block", "blocks")}
_BLOCKS_NOTE = "writers unknown: the interval may be too narrow"


def counted(number: int, one: str, many: str) -> str:
    """Return a number with its word: '1 writer', '72 writers'."""
    return f"{number:,} {one if number == 1 else many}"


def clusters_in_words(unit: str, clusters: int) -> str:
    """Return what is resampled: '72 writers'."""
    one, many = _UNITS.get(unit, (unit, unit))
    return counted(clusters, one, many)


@dataclass(frozen=True, slots=True)
class WithoutOne:
    """How far a difference depends on a single cluster: it is worked out anew without each of them."""

    low_pp: float
    high_pp: float
    """Smallest and largest value with one cluster left out."""
    cluster: str
    """Without this one the value moves furthest."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A difference in percentage points with what is known of its uncertainty."""

    delta_pp: float
    sd_pp: float | None
    """Standard deviation over (draw, seed) pairs, None for a single one."""
    median_pp: float
    least_pp: float
    most_pp: float
    """Over the pairs."""
    low_pp: float | None
    high_pp: float | None
    """Ends of the 95 % interval; None where there is only one cluster of test lines."""
    p: float | None
    """Of no difference, over clusters and trainings; 1 - level of the interval that just leaves out 0."""
    permutation_p: float | None
    """Of no difference on these test lines, given the trainings: clusters exchanged between the sides."""
    without_one: WithoutOne | None
    relative_pct: float | None
    relative_low_pct: float | None
    relative_high_pct: float | None
    """In per cent of the baseline's CER; None where that makes no error."""
    pairs: int
    draws: int
    seeds: int
    cluster_unit: str
    clusters: int
    lines: int
    coverage: tuple[int, int] | None
    """How often of 100 times intervals over so few clusters or trainings cover the truth; None where about 95 times."""

    @property
    def excludes_zero(self) -> bool:
        """Tell whether the interval lies on one side of 0."""
        return self.low_pp is not None and self.high_pp is not None and (self.low_pp > 0 or self.high_pp < 0)

    @property
    def unit(self) -> str:
        """Return what the interval is taken over, with counts: '72 writers × 3 pairs'."""
        if not self.clusters:
            return f"{counted(self.pairs, 'pair', 'pairs')} (no interval: clusters are kept of test lines only)"
        words = clusters_in_words(self.cluster_unit, self.clusters)
        if self.cluster_unit == "blocks":
            words += " of 10 lines"
        words += f" × {self.pairs} pairs" if self.pairs > 1 else "; test lines only"
        if self.low_pp is None:
            return f"{words} (no interval: it takes two clusters)"
        return f"{words} ({_BLOCKS_NOTE})" if self.cluster_unit == "blocks" else words


def _errors(sides: Sequence[Side]) -> Counts:
    """Edits of each training in each cluster; shape (trainings, clusters)."""
    return np.array([[edits for _, _, edits, _ in side.evaluated.clusters] for side in sides], dtype=np.int64)


@dataclass(frozen=True)
class Arm:
    """The pairs of a cell with the lines that they are scored on, ready to be resampled."""

    key: CellKey
    pairs: tuple[Pair, ...]
    fingerprint: str

    @property
    def value(self) -> float:
        """Mean ΔCER in percentage points."""
        return fmean(pair.delta_cer_pp for pair in self.pairs)

    @property
    def clusters(self) -> int:
        """Clusters of test lines; 0 where they are not known."""
        return len(self.pairs[0].single.evaluated.clusters)

    @property
    def cluster_unit(self) -> str:
        """What the clusters are: writers, pages or blocks."""
        return self.pairs[0].single.evaluated.cluster_unit

    @property
    def part(self) -> ScoredPart:
        """The lines that both sides are scored on."""
        return ScoredPart(self.key.target, self.fingerprint, self.key.split)

    def scored(self, errors: Counts) -> Scored:
        """Return errors of its pairs with the lines that they are on; without clusters all lines are one."""
        evaluated = self.pairs[0].single.evaluated
        lengths = [length for *_, length in evaluated.clusters]
        trainings = tuple((pair.draw, pair.seed) for pair in self.pairs)
        return Scored(self.part, trainings, errors, np.array(lengths or [evaluated.length], dtype=np.int64))

    @cached_property
    def single(self) -> Scored:
        """The baseline's errors."""
        return self.scored(self._side([pair.single for pair in self.pairs]))

    @cached_property
    def multi(self) -> Scored:
        """Errors of what is compared with the baseline."""
        return self.scored(self._side([pair.multi for pair in self.pairs]))

    @cached_property
    def gained(self) -> Scored:
        """Errors that the regime makes more than its baseline; negative: fewer."""
        return self.scored(self.multi.errors - self.single.errors)

    def _side(self, sides: Sequence[Side]) -> Counts:
        if self.clusters:
            return _errors(sides)
        return np.array([[side.evaluated.edits] for side in sides], dtype=np.int64)


def arm_of(cell: Cell, fingerprint: str) -> Arm | None:
    """Pairs of a cell that are scored on the same clusters of lines, None where there is no pair."""
    return Arm(cell.key, cell.pairs, fingerprint) if cell.pairs else None


def without_one(scored: Scored, names: Sequence[str]) -> WithoutOne | None:
    """Work a mean difference out without each cluster; None with fewer than two that have characters.

    *Source:* Efron (1992), Journal of the Royal Statistical Society B 54:83-127, on the jackknife as influence.
    """
    rest = scored.lengths.sum() - scored.lengths
    if len(names) < 2 or not (rest > 0).all():
        return None
    errors = scored.errors.mean(axis=0)
    left = 100.0 * (errors.sum() - errors) / rest
    furthest = int(np.abs(left - scored.value).argmax())
    return WithoutOne(float(left.min()), float(left.max()), names[furthest])


def _estimate(found: Contrast, relative: Contrast | None, scored: Scored, arm: Arm) -> Estimate:
    ends = found.interval() or (None, None)
    relative_ends = (relative.interval() if relative else None) or (None, None)
    evaluated = arm.pairs[0].single.evaluated
    values = tuple(map(float, scored.values))
    return Estimate(
        delta_pp=found.value,
        sd_pp=stdev(values) if len(values) > 1 else None,
        median_pp=median(values),
        least_pp=min(values),
        most_pp=max(values),
        low_pp=ends[0],
        high_pp=ends[1],
        p=found.p,
        permutation_p=permutation_p(scored.errors, scored.part) if arm.clusters else None,
        without_one=without_one(scored, [name for name, *_ in evaluated.clusters]),
        relative_pct=relative.value if relative else None,
        relative_low_pct=relative_ends[0],
        relative_high_pct=relative_ends[1],
        pairs=len(arm.pairs),
        draws=len({pair.draw for pair in arm.pairs}),
        seeds=len({pair.seed for pair in arm.pairs}),
        cluster_unit=arm.cluster_unit,
        clusters=arm.clusters,
        lines=evaluated.lines,
        coverage=coverage_of(arm.clusters, found.groups) if ends[0] is not None else None,
    )


def estimate(arm: Arm) -> Estimate:
    """ΔCER of a cell with its interval."""
    return _estimate(contrast([Term(1.0, arm.gained)]), relative(arm), arm.gained, arm)


def relative(arm: Arm) -> Contrast | None:
    """ΔCER of a cell in per cent of the baseline's CER; None where that makes no error."""
    return relative_change(arm.single, arm.multi)


def common(one: Arm, other: Arm) -> tuple[Arm, Arm] | None:
    """Both arms reduced to the (draw, seed) pairs that they share, None where they cannot be compared."""
    if scored_lines(one.pairs[0].single.evaluated) != scored_lines(other.pairs[0].single.evaluated):
        return None
    shared = {(pair.draw, pair.seed) for pair in one.pairs} & {(pair.draw, pair.seed) for pair in other.pairs}
    if not shared:
        return None
    first, second = (
        Arm(arm.key, tuple(pair for pair in arm.pairs if (pair.draw, pair.seed) in shared), arm.fingerprint)
        for arm in (one, other)
    )
    return first, second


def difference(one: Arm, other: Arm) -> Scored:
    """Errors gained by one arm more than by another, given arms as :func:`common` makes them."""
    return one.scored(one.gained.errors - other.gained.errors)


def interaction(crnn: Arm, cnn: Arm) -> Estimate:
    """Δ(CRNN) - Δ(CNN-only) of arms with the same (draw, seed) pairs; negative: joint training helps the CRNN more."""
    scored = difference(crnn, cnn)
    relatively = relative_difference((crnn.single, crnn.multi), (cnn.single, cnn.multi))
    return _estimate(contrast([Term(1.0, scored)]), relatively, scored, crnn)


def pooled(scored: Sequence[Scored]) -> Contrast:
    """Mean over cells (targets and K), each counting the same."""
    return contrast([Term(1.0 / len(scored), one) for one in scored])


def pooled_delta(arms: Sequence[Arm]) -> Contrast:
    """Mean ΔCER over cells."""
    return pooled([arm.gained for arm in arms])


def pooled_interaction(pairs: Sequence[tuple[Arm, Arm]]) -> Contrast:
    """Mean interaction over cells, given as (CRNN arm, CNN-only arm) as :func:`common` makes them."""
    return pooled(list(starmap(difference, pairs)))


def trend(cells: Sequence[tuple[int, Scored]]) -> Contrast | None:
    """Change of a difference per doubling of K: the slope of a straight line over log2 K.

    Parameters
    ----------
    cells : sequence of (K, errors)
        Of one or of several targets, each with its own level and all with the same slope.

    Returns
    -------
    Contrast or None
        In percentage points per doubling; None where no target has two K.
    """
    by_part: dict[ScoredPart, list[tuple[float, Scored]]] = {}
    for k, scored in cells:
        by_part.setdefault(scored.part, []).append((log2(k), scored))
    weights: list[tuple[float, Scored]] = []
    for members in by_part.values():
        middle = fmean(place for place, _ in members)
        weights += [(place - middle, scored) for place, scored in members]
    spread = sum(weight**2 for weight, _ in weights)
    return contrast([Term(weight / spread, scored) for weight, scored in weights]) if spread else None
