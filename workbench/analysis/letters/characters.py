"""Error rates by class of characters, of a baseline and of what is compared with it, and their difference.

A character is misread when it is substituted or missed. Inserted characters are counted to the character before them
(at the beginning of a line to the first one) and stand beside: over the classes of any way to part characters,
misread + inserted = edits of the metric, as far as every character is in a class.

Δ = rate(multi) - rate(single) in percentage points; negative: joint training helps.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from workbench.analysis.letters.character_classes import GROUPINGS, NO_CLASS, Classes
from workbench.analysis.letters.read_cells import ReadCell
from workbench.analysis.letters.traces import Ints, Trace
from workbench.analysis.statistics.bootstrap import Floats, cluster_weights
from workbench.analysis.statistics.contrast import Contrast, Scored, Term, contrast
from workbench.analysis.statistics.coverage import coverage_in_words, coverage_of
from workbench.analysis.statistics.significance import holm

LEAST_OCCURRENCES = 20
"""Of classes with fewer characters in the test lines no difference is judged. *Source:* protocol, section 9, row 25."""
LEAST_CLUSTERS = 5
"""Nor where fewer writers, pages or blocks have such characters: the interval would be one over so few."""

MOST_INSTEAD = 3
"""Misreadings that are kept of each class."""

_SHIFT = 21
_MASK = (1 << _SHIFT) - 1
"""A code point has 21 bits."""


@dataclass(frozen=True, slots=True)
class SideCounts:
    """What one side made of the characters of a class: means over trainings."""

    substituted: float
    deleted: float
    inserted: float
    rate_pct: float | None
    """Of misread characters; where the way counts them, with inserted ones. Mean over trainings, in per cent."""
    instead: tuple[tuple[str, float], ...] = ()
    """What was read instead, most frequent first, with how often; missed characters are not in it."""

    @property
    def misread(self) -> float:
        """Substituted or missed."""
        return self.substituted + self.deleted


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class of one way to part characters."""

    grouping: str
    number: int
    """Among the classes of its way."""
    name: str
    occurrences: int
    """Characters of the test lines that are in it; a mean over trainings where it depends on what they had seen."""
    lines: int
    clusters: int
    """Lines and writers (pages, blocks) that have such characters."""
    single: SideCounts
    multi: SideCounts
    delta_pp: float | None = None
    low_pp: float | None = None
    high_pp: float | None = None
    p: float | None = None
    holm_p: float | None = None
    """`p` corrected for the number of classes that are judged."""
    remark: str = ""
    """Why there is no interval, or how often such intervals were measured to cover the truth."""

    @property
    def is_too_few(self) -> bool:
        """Tell whether it has too few characters to be judged."""
        return self.occurrences < LEAST_OCCURRENCES

    @property
    def excludes_zero(self) -> bool:
        """Tell whether the interval lies on one side of 0."""
        return self.low_pp is not None and self.high_pp is not None and (self.low_pp > 0 or self.high_pp < 0)


@dataclass(frozen=True, eq=False)
class _Counted:
    """Counts of all classes of a way; shapes (trainings, classes, clusters), `lengths` perhaps with one training."""

    classes: Classes
    lengths: Ints
    substituted: tuple[Ints, Ints]
    """Of the baseline and of the other side, as all of these."""
    deleted: tuple[Ints, Ints]
    inserted: tuple[Ints, Ints]

    @property
    def with_insertions(self) -> bool:
        return GROUPINGS[self.classes.key].counts_insertions

    def errors(self, side: int) -> Ints:
        misread = self.substituted[side] + self.deleted[side]
        return misread + self.inserted[side] if self.with_insertions else misread


class _Bins:
    """Class and cluster of each place as one number, for counting."""

    def __init__(self, cell: ReadCell, classes: Classes) -> None:
        self._clusters = len(cell.texts.cluster_names)
        self._classes = classes.count
        outside = classes.count * self._clusters
        self._of_place = [
            np.where(row == NO_CLASS, outside, row * self._clusters + cell.texts.cluster_at) for row in classes.of_place
        ]

    @property
    def rows(self) -> int:
        """Trainings with classes of their own; 1 where all have the same."""
        return len(self._of_place)

    def count(self, training: int, places: Ints | slice) -> Ints:
        """Count places by class and cluster; shape (classes, clusters)."""
        inside = self._of_place[training if self.rows > 1 else 0][places]
        size = self._classes * self._clusters
        return np.bincount(inside, minlength=size + 1)[:size].reshape(self._classes, self._clusters)


def _counted(cell: ReadCell, classes: Classes) -> _Counted:
    bins = _Bins(cell, classes)

    def tables(kind: str) -> tuple[Ints, Ints]:
        one, other = (
            np.array([bins.count(at, getattr(trace, kind)) for at, trace in enumerate(side)])
            for side in (cell.single, cell.multi)
        )
        return one, other

    lengths = np.array([bins.count(row, slice(None)) for row in range(bins.rows)])
    return _Counted(classes, lengths, tables("substituted_at"), tables("deleted_at"), tables("placed_insertions"))


@dataclass(frozen=True, eq=False)
class _Resampled(Scored):
    """Errors whose replicates were worked out together with those of other classes."""

    known: Floats
    """Shape (REPLICATES,)."""

    @cached_property
    def replicates(self) -> Floats:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Mean error rate in percent in each bootstrap replicate of the clusters."""
        return self.known


def rows_of(cell: ReadCell, ways: Sequence[Classes]) -> tuple[ClassRow, ...]:
    """Error rates of every class that has a character in the test lines, way by way, differences corrected by Holm."""
    found: list[ClassRow] = []
    scored: list[Scored | None] = []
    for classes in ways:
        counted = _counted(cell, classes)
        lines = _line_counts(cell, classes)
        instead = [_instead(classes, traces) for traces in (cell.single, cell.multi)]
        gained = counted.errors(1) - counted.errors(0)
        for number in np.flatnonzero(counted.lengths.sum(axis=(0, 2))).tolist():
            lengths = counted.lengths[:, number]
            sides = [_side(counted, side, number, instead[side][number]) for side in (0, 1)]
            found.append(
                ClassRow(
                    grouping=classes.key,
                    number=number,
                    name=classes.names[number],
                    occurrences=round(float(lengths.sum(axis=1).mean())),
                    lines=lines[number],
                    clusters=int((lengths.sum(axis=0) > 0).sum()),
                    single=sides[0],
                    multi=sides[1],
                )
            )
            scored.append(scored_over(cell, gained[:, number], lengths))
    return _corrected(_judged(cell, found, scored))


def _judged(cell: ReadCell, rows: Sequence[ClassRow], scored: Sequence[Scored | None]) -> list[ClassRow]:
    """Add differences, and intervals where there are enough characters and clusters."""
    remarks = [_why_not(cell, row, one) for row, one in zip(rows, scored, strict=True)]
    asked = [one for one, remark in zip(scored, remarks, strict=True) if one is not None and not remark]
    replicates = iter(_replicates(cell, asked))
    judged: list[ClassRow] = []
    for row, one, remark in zip(rows, scored, remarks, strict=True):
        if one is None or remark:
            judged.append(replace(row, delta_pp=one.value if one else None, remark=remark))
            continue
        resampled = _Resampled(one.part, one.trainings, one.errors, one.lengths, next(replicates))
        found: Contrast = contrast([Term(1.0, resampled)])
        low, high = found.interval() or (None, None)
        covers = coverage_of(row.clusters, found.groups)
        judged.append(
            replace(
                row,
                delta_pp=one.value,
                low_pp=low,
                high_pp=high,
                p=found.p,
                remark=f"such intervals {coverage_in_words(covers)}" if covers else "",
            )
        )
    return judged


def _why_not(cell: ReadCell, row: ClassRow, scored: Scored | None) -> str:
    """Say why a class gets no interval; empty where it gets one."""
    if scored is None:
        return "not in the test lines of every training"
    if row.is_too_few:
        return f"too few: {row.occurrences} of at least {LEAST_OCCURRENCES}"
    if not cell.texts.clusters:
        return "no interval: clusters are kept of test lines only"
    if row.clusters < LEAST_CLUSTERS:
        return f"no interval: only {_in_words(row.clusters, cell.texts.cluster_unit)} have it"
    return ""


def _in_words(number: int, unit: str) -> str:
    """Return a number of writers, pages or blocks."""
    return f"{number:,} {unit.removesuffix('s') if number == 1 else unit}"


def _replicates(cell: ReadCell, scored: Sequence[Scored]) -> Floats:
    """Mean error rates in percent in each replicate; shape (classes, REPLICATES)."""
    if not scored:
        return np.zeros((0, 0))
    tables = [np.array([one.errors.mean(axis=0), one.lengths]) for one in scored]
    table = np.concatenate(tables).T.astype(np.float32)
    sums = np.concatenate([weights @ table for weights in cluster_weights(cell.part, len(table))]).T
    with np.errstate(invalid="ignore", divide="ignore"):
        return 100.0 * sums[0::2].astype(np.float64) / sums[1::2]


def _corrected(rows: Sequence[ClassRow]) -> tuple[ClassRow, ...]:
    """Correct p values by Holm's method within each way."""
    places: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(row.grouping, []).append(place)
    corrected = list(rows)
    for members in places.values():
        for place, p in zip(members, holm([rows[place].p for place in members]), strict=True):
            corrected[place] = replace(rows[place], holm_p=p)
    return tuple(corrected)


def _side(counts: _Counted, side: int, number: int, instead: tuple[tuple[str, float], ...]) -> SideCounts:
    errors = counts.errors(side)[:, number].sum(axis=1)
    lengths = np.broadcast_to(counts.lengths[:, number].sum(axis=1), errors.shape)
    known = lengths > 0
    means = (
        float(table[side][:, number].sum(axis=1).mean())
        for table in (counts.substituted, counts.deleted, counts.inserted)
    )
    rate = float((100.0 * errors[known] / lengths[known]).mean()) if known.any() else None
    return SideCounts(*means, rate_pct=rate, instead=instead)


def scored_over(cell: ReadCell, errors: Ints, lengths: Ints) -> Scored | None:
    """Bring errors of trainings onto common lengths, so that they can be resampled together.

    Where a class depends on what a training had seen, each training has its own number of characters in it. Rates of
    every training come out exactly, and how far they move with a cluster to first order.

    Parameters
    ----------
    errors : ndarray, shape (trainings, clusters)
    lengths : ndarray, shape (trainings or 1, clusters)

    Returns
    -------
    Scored or None
        None where a training has no character in the class.
    """
    totals = lengths.sum(axis=1, keepdims=True)
    if not (totals > 0).all():
        return None
    if len(lengths) == 1:
        return Scored(cell.part, cell.trainings, errors, lengths[0])
    common: Floats = lengths.mean(axis=0)
    rates = errors.sum(axis=1, keepdims=True) / totals
    moved = (errors - rates * lengths) * (common.sum() / totals)
    return Scored(cell.part, cell.trainings, rates * common + moved, common)  # pyright: ignore[reportArgumentType]


def _line_counts(cell: ReadCell, classes: Classes) -> list[int]:
    """Lines that have a character of each class; where it depends on the training, of the first one."""
    of_place = classes.of_place[0]
    width = len(cell.texts.references)
    size = classes.count * width
    index = np.where(of_place == NO_CLASS, size, of_place * width + cell.texts.lines)
    return (np.bincount(index, minlength=size + 1)[:size].reshape(classes.count, width) > 0).sum(axis=1).tolist()


def _instead(classes: Classes, traces: Sequence[Trace]) -> list[tuple[tuple[str, float], ...]]:
    """For each class what was read in the place of its characters, most frequent first."""
    keys: list[Ints] = []
    for number, one in enumerate(traces):
        of_place = classes.of_place[number if len(classes.of_place) > 1 else 0][one.substituted_at]
        inside = of_place != NO_CLASS
        keys.append(of_place[inside] << _SHIFT | one.read[one.substituted_at[inside]])
    known, counts = np.unique(np.concatenate(keys), return_counts=True)
    found: list[list[tuple[str, float]]] = [[] for _ in classes.names]
    for key, times in sorted(zip(known.tolist(), counts.tolist(), strict=True), key=lambda one: (-one[1], one[0])):
        members = found[key >> _SHIFT]
        if len(members) < MOST_INSTEAD:
            members.append((chr(key & _MASK), times / len(traces)))
    return [tuple(members) for members in found]
