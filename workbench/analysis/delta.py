"""ΔCER: what joint training changes, per cell and between architectures.

ΔCER = CER(multi) - CER(single) in percentage points. **Negative means that multi-script training helps.**
A cell's value is the mean over its (draw, seed) pairs of the difference of two micro-averaged CERs.
"""

from dataclasses import dataclass
from statistics import fmean, stdev

import numpy as np

from workbench.analysis.bootstrap import Floats, ScoredPart, delta_replicates, interval
from workbench.analysis.pairs import Cell, CellKey, Pair, scored_lines

FEW_PAIRS = 5
"""With fewer (draw, seed) pairs than this, resampling them understates how much trainings differ."""

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
class Estimate:
    """A difference in percentage points with what is known of its uncertainty."""

    delta_pp: float
    sd_pp: float | None
    """Standard deviation over (draw, seed) pairs, None for a single one."""
    low_pp: float | None
    high_pp: float | None
    """Ends of the 95 % interval; None where there is only one cluster of test lines."""
    pairs: int
    draws: int
    seeds: int
    cluster_unit: str
    clusters: int

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


@dataclass(frozen=True, slots=True)
class Arm:
    """The pairs of a cell with the lines that they are scored on, ready to be resampled."""

    key: CellKey
    pairs: tuple[Pair, ...]
    fingerprint: str

    @property
    def value(self) -> float:
        """Mean ΔCER in percentage points."""
        return fmean(pair.delta_cer_pp for pair in self.pairs)

    def replicates(self) -> Floats:
        """Mean ΔCER in each bootstrap replicate, shape (REPLICATES,)."""
        return delta_replicates(self.pairs, ScoredPart(self.key.target, self.fingerprint, self.key.split))

    @property
    def clusters(self) -> int:
        """Clusters of test lines."""
        return len(self.pairs[0].single.evaluated.clusters)

    @property
    def cluster_unit(self) -> str:
        """What the clusters are: writers, pages or blocks."""
        return self.pairs[0].single.evaluated.cluster_unit


def arm_of(cell: Cell, fingerprint: str) -> Arm | None:
    """Pairs of a cell that are scored on the same clusters of lines, None where there is no pair."""
    return Arm(cell.key, cell.pairs, fingerprint) if cell.pairs else None


def _ends(replicates: Floats, clusters: int) -> tuple[float | None, float | None]:
    return interval(replicates) if clusters > 1 else (None, None)


def _estimate(values: tuple[float, ...], pairs: tuple[Pair, ...], replicates: Floats, arm: Arm) -> Estimate:
    low, high = _ends(replicates, arm.clusters)
    return Estimate(
        delta_pp=fmean(values),
        sd_pp=stdev(values) if len(values) > 1 else None,
        low_pp=low,
        high_pp=high,
        pairs=len(pairs),
        draws=len({pair.draw for pair in pairs}),
        seeds=len({pair.seed for pair in pairs}),
        cluster_unit=arm.cluster_unit,
        clusters=arm.clusters,
    )


def estimate(arm: Arm) -> Estimate:
    """ΔCER of a cell with its interval."""
    return _estimate(tuple(pair.delta_cer_pp for pair in arm.pairs), arm.pairs, arm.replicates(), arm)


def common(crnn: Arm, cnn: Arm) -> tuple[Arm, Arm] | None:
    """Both arms reduced to the (draw, seed) pairs that they share, None where they cannot be compared."""
    if scored_lines(crnn.pairs[0].single.evaluated) != scored_lines(cnn.pairs[0].single.evaluated):
        return None
    shared = {(pair.draw, pair.seed) for pair in crnn.pairs} & {(pair.draw, pair.seed) for pair in cnn.pairs}
    if not shared:
        return None
    first, second = (
        Arm(arm.key, tuple(pair for pair in arm.pairs if (pair.draw, pair.seed) in shared), arm.fingerprint)
        for arm in (crnn, cnn)
    )
    return first, second


def interaction(crnn: Arm, cnn: Arm) -> Estimate:
    """Δ(CRNN) - Δ(CNN-only) of arms with the same (draw, seed) pairs; negative: joint training helps the CRNN more."""
    values = tuple(a.delta_cer_pp - b.delta_cer_pp for a, b in zip(crnn.pairs, cnn.pairs, strict=True))
    return _estimate(values, crnn.pairs, crnn.replicates() - cnn.replicates(), crnn)


@dataclass(frozen=True, slots=True)
class Pooled:
    """A mean over cells (targets and K), each counting the same."""

    delta_pp: float
    low_pp: float | None
    high_pp: float | None


def _pool(values: list[float], replicates: list[Floats], clusters: int) -> Pooled:
    return Pooled(fmean(values), *_ends(np.mean(replicates, axis=0), clusters))


def pooled_delta(arms: tuple[Arm, ...]) -> Pooled:
    """Mean ΔCER over cells; targets are resampled independently, trainings together."""
    return _pool([arm.value for arm in arms], [arm.replicates() for arm in arms], min(arm.clusters for arm in arms))


def pooled_interaction(pairs: tuple[tuple[Arm, Arm], ...]) -> Pooled:
    """Mean interaction over cells, given as (CRNN arm, CNN-only arm) as :func:`common` makes them."""
    return _pool(
        [crnn.value - cnn.value for crnn, cnn in pairs],
        [crnn.replicates() - cnn.replicates() for crnn, cnn in pairs],
        min(crnn.clusters for crnn, _ in pairs),
    )
