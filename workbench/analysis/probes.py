"""What the probes of a study say: CER over the width of windows, and how alike encoders are, with intervals.

Only measurements on the weights that the runs have now, and on the same lines for all runs of a target, are used.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pandas as pd

from workbench import files
from workbench.analysis.bootstrap import Counts, ScoredPart
from workbench.analysis.contrast import Scored, Term, contrast
from workbench.models.registry import ARCHITECTURES
from workbench.runs.plan import Plan, PlannedRun
from workbench.runs.probe_pairs import Difference, run_pairs
from workbench.runs.probes import (
    Probed,
    Stored,
    StoredContext,
    StoredSimilarity,
    all_stored,
    is_current,
    probes_folder,
)
from workbench.runs.store import RunStore
from workbench.study.arms import baseline_of, regime_of
from workbench.study.grid import is_baseline
from workbench.study.schema import Selection

_PAIR_LEVEL = 0.975


@dataclass(frozen=True, slots=True)
class ArmKey:
    """What the trainings of one curve share, beside the study."""

    target: str
    language: str
    architecture: str
    regime: str
    """With the data sets where a regime has several runs for one target; see `RunRequest.arm`."""
    k: int
    budget: str
    conditions: str


@dataclass(frozen=True, slots=True)
class ContextPoint:
    """The CER of an arm, read through windows of one width: the mean over its trainings."""

    arm: ArmKey
    width_px: int | None
    """Columns that a frame may see, at most half of them on either side; None: the whole line."""
    fields: float | None
    """The same in receptive fields of the network's convolutions."""
    sure_width_px: int | None
    """Width from which on the network sees all that it can see, so that nothing may change; None: there is none."""
    cer: float
    """As a fraction."""
    low: float | None
    high: float | None
    """Ends of the 95 % interval; None where there is one cluster of lines only."""
    rise_pp: float
    """CER at this width minus CER of the whole line, percentage points."""
    rise_low_pp: float | None
    rise_high_pp: float | None
    edits: int
    """Sum over trainings; `length` likewise."""
    length: int
    lines: int
    clusters: int
    cluster_unit: str
    draws: int
    seeds: int
    trainings: int


@dataclass(frozen=True, slots=True)
class ContextDelta:
    """ΔCER at one width: CER(regime) - CER(its baseline), percentage points; negative: joint training helps."""

    arm: ArmKey
    baseline_regime: str
    width_px: int | None
    delta_pp: float
    low_pp: float | None
    high_pp: float | None
    pairs: int
    lines: int
    clusters: int
    cluster_unit: str


@dataclass(frozen=True, slots=True)
class PairKey:
    """What pairs of runs have in common that differ in one thing."""

    difference: Difference
    target: str
    language: str
    architecture: str
    other_architecture: str
    regime: str
    other_regime: str
    k: int
    budget: str
    conditions: str


@dataclass(frozen=True, slots=True)
class SimilarityRow:
    """Linear CKA of the encoders of pairs of runs: the mean over pairs."""

    key: PairKey
    cka: float
    low: float | None
    high: float | None
    """95 % interval over clusters of test lines (delete-one-cluster jackknife); it says nothing about trainings."""
    least: float
    most: float
    """Over the pairs."""
    pairs: int
    lines: int
    clusters: int
    cluster_unit: str
    frames: int


@dataclass(frozen=True, slots=True)
class ProbeTables:
    """All that the probes of a study say."""

    study: str
    selection: Selection
    targets: tuple[str, ...] = ()
    """All data sets of the study, in its order."""
    context: tuple[ContextPoint, ...] = ()
    deltas: tuple[ContextDelta, ...] = ()
    similarity: tuple[SimilarityRow, ...] = ()
    notes: tuple[str, ...] = ()
    """What must be known beside the numbers: measurements that were left out, and readings that differ."""


def read_probes(plan: Plan, store: RunStore, selection: Selection | None = None) -> ProbeTables:
    """Read what was measured for a study and work it out; see :func:`probe_tables`."""
    chosen = selection or plan.study.selection
    found = list(all_stored(probes_folder(store.workspace, plan.study.name)))
    records = store.scan()
    current = [each for each in found if all(is_current(probed, records.get) for probed in _probed(each))]
    tables = probe_tables(plan, current, chosen)
    if stale := len(found) - len(current):
        note = f"{_measurements(stale)} of weights that have changed since: measure again."
        return replace(tables, notes=(*tables.notes, note))
    return tables


def _probed(stored: Stored) -> tuple[Probed, ...]:
    return (stored.probed,) if isinstance(stored, StoredContext) else (stored.left, stored.right)


def _measurements(number: int) -> str:
    return "1 measurement is left out, as it is" if number == 1 else f"{number} measurements are left out, as they are"


def probe_tables(plan: Plan, stored: Iterable[Stored], selection: Selection) -> ProbeTables:
    """Work out the tables of a study from measurements; those of other studies and selections are passed over.

    Parameters
    ----------
    plan : Plan
    stored : iterable
        Measurements on the weights that the runs have now.
    selection : str
        Weights that read.
    """
    of_study = [
        each
        for each in stored
        if all(probed.selection == selection and probed.run in plan.run_ids for probed in _probed(each))
    ]
    alike, others = _on_common_lines(of_study)
    context = {(each.probed.run, each.probed.target): each for each in alike if isinstance(each, StoredContext)}
    arms = list(_arms(plan, context))
    notes = [f"{_measurements(others)} on other lines than the rest: measure again."] if others else []
    notes += _reading_notes(context.values())
    return ProbeTables(
        study=plan.study.name,
        selection=selection,
        targets=tuple(target.name for target in plan.targets),
        context=tuple(point for arm in arms for point in arm.points()),
        deltas=tuple(_deltas(arms)),
        similarity=tuple(_similarity(plan, [each for each in alike if isinstance(each, StoredSimilarity)])),
        notes=tuple(notes),
    )


def _on_common_lines(stored: Sequence[Stored]) -> tuple[list[Stored], int]:
    """Measurements on the lines that most of a target's were made on, and how many are left out for that."""
    digests: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for each in stored:
        digests[each.kind, _probed(each)[0].target][each.lines_sha256] += 1
    chosen = {key: counts.most_common(1)[0][0] for key, counts in digests.items()}
    alike = [each for each in stored if chosen[each.kind, _probed(each)[0].target] == each.lines_sha256]
    return alike, len(stored) - len(alike)


def _reading_notes(context: Iterable[StoredContext]) -> Iterator[str]:
    known = list(context)
    differing = [each for each in known if each.other_readings]
    unknown = sum(each.other_readings is None and each.width(None) is not None for each in known)
    if unknown:
        yield (
            f"{'1 reading' if unknown == 1 else f'{unknown} readings'} could not be compared with what the run read "
            "when it ended: its predictions are missing or damaged."
        )
    if differing:
        lines = sum(each.other_readings or 0 for each in differing)
        yield (
            f"{lines} whole lines of {len(differing)} readings have other counts than when their runs ended: they "
            "were read on another processor or device."
        )


# Context reliance


class _Arm:
    """The trainings of one curve with their counts per cluster of lines."""

    def __init__(self, key: ArmKey, trainings: Sequence[tuple[int, int]], stored: Sequence[StoredContext]) -> None:
        self.key = key
        self.trainings = tuple(trainings)
        self.first = stored[0]
        self.names = sorted(set(self.first.clusters))
        common = set.intersection(*({read.width_px for read in each.widths} for each in stored))
        self.widths = [read.width_px for read in self.first.widths if read.width_px in common]
        self.counts = {width: self._counts(stored, width) for width in self.widths}

    def _counts(self, stored: Sequence[StoredContext], width: int | None) -> tuple[Counts, Counts]:
        """Edits of shape (trainings, clusters) and lengths of shape (clusters,)."""
        number = {name: at for at, name in enumerate(self.names)}
        place = np.array([number[name] for name in self.first.clusters])
        reads = [each.width(width) for each in stored]
        edits = [np.bincount(place, weights=read.edits, minlength=len(number)) for read in reads if read is not None]
        lengths = np.bincount(place, weights=[] if reads[0] is None else reads[0].length, minlength=len(number))
        return np.array(edits, dtype=np.int64), lengths.astype(np.int64)

    def kept(self, trainings: Iterable[tuple[int, int]]) -> list[int]:
        """Places of some trainings."""
        return [self.trainings.index(training) for training in trainings]

    def scored(self, width: int | None, kept: Sequence[int] | None = None) -> Scored:
        """Errors at a width, of all trainings or of some, ready to be resampled with those of the same lines."""
        edits, lengths = self.counts[width]
        chosen = list(range(len(self.trainings)) if kept is None else kept)
        part = ScoredPart(self.key.target, self.first.fingerprint, "test")
        return Scored(part, tuple(self.trainings[at] for at in chosen), edits[chosen], lengths)

    def points(self) -> Iterator[ContextPoint]:
        """Return the curve, from the narrowest windows to the whole line."""
        if None not in self.counts or not self.counts[None][1].sum():
            return
        whole = self.scored(None)
        for width in self.widths:
            edits, lengths = self.counts[width]
            read = self.scored(width)
            low, high = contrast([Term(0.01, read)]).interval() or (None, None)
            rise = contrast([Term(1.0, read), Term(-1.0, whole)])
            rise_low, rise_high = rise.interval() or (None, None)
            yield ContextPoint(
                arm=self.key,
                width_px=width,
                fields=None if width is None else width / self.first.receptive_field_px,
                sure_width_px=self.first.sure_width_px,
                cer=read.value / 100,
                low=low,
                high=high,
                rise_pp=rise.value,
                rise_low_pp=rise_low,
                rise_high_pp=rise_high,
                edits=int(edits.sum()),
                length=int(lengths.sum()) * len(self.trainings),
                lines=len(self.first.line_ids),
                clusters=len(self.names),
                cluster_unit=self.first.cluster_unit,
                draws=len({draw for draw, _ in self.trainings}),
                seeds=len({seed for _, seed in self.trainings}),
                trainings=len(self.trainings),
            )


def _arms(plan: Plan, context: dict[tuple[str, str], StoredContext]) -> Iterator[_Arm]:
    groups: dict[ArmKey, dict[tuple[int, int], StoredContext]] = {}
    for planned in plan.runs:
        for target in planned.request.targets:
            found = context.get((planned.run, target))
            if found is not None and found.widths:
                key = _arm_key(plan, planned, target)
                groups.setdefault(key, {})[planned.request.draw, planned.request.seed] = found
    for key, trainings in groups.items():
        in_order = sorted(trainings)
        yield _Arm(key, in_order, [trainings[each] for each in in_order])


def _arm_key(plan: Plan, planned: PlannedRun, target: str) -> ArmKey:
    request = planned.request
    return ArmKey(
        target=target,
        language=plan.target(target).language,
        architecture=request.architecture,
        regime=request.arm,
        k=request.k,
        budget=str(request.budget),
        conditions=str(request.conditions),
    )


def _deltas(arms: Sequence[_Arm]) -> Iterator[ContextDelta]:
    by_key = {arm.key: arm for arm in arms}
    for arm in arms:
        if is_baseline(regime_of(arm.key.regime)):
            continue
        regime = baseline_of(arm.key.regime)
        baseline = by_key.get(replace(arm.key, regime=regime))
        if baseline is not None:
            yield from _deltas_of(arm, baseline)


def _deltas_of(arm: _Arm, baseline: _Arm) -> Iterator[ContextDelta]:
    shared = [training for training in arm.trainings if training in baseline.trainings]
    if not shared:
        return
    kept, others = arm.kept(shared), baseline.kept(shared)
    for width in arm.widths:
        if width not in baseline.counts or not np.array_equal(arm.counts[width][1], baseline.counts[width][1]):
            continue  # scored on other texts
        found = contrast([Term(1.0, arm.scored(width, kept)), Term(-1.0, baseline.scored(width, others))])
        low, high = found.interval() or (None, None)
        yield ContextDelta(
            arm=arm.key,
            baseline_regime=baseline.key.regime,
            width_px=width,
            delta_pp=found.value,
            low_pp=low,
            high_pp=high,
            pairs=len(shared),
            lines=len(arm.first.line_ids),
            clusters=len(arm.names),
            cluster_unit=arm.first.cluster_unit,
        )


# Similarity


def _similarity(plan: Plan, stored: Sequence[StoredSimilarity]) -> Iterator[SimilarityRow]:
    by_runs = {(each.left.run, each.right.run, each.left.target): each for each in stored}
    groups: dict[PairKey, dict[tuple[str, str], StoredSimilarity]] = {}
    references = {name: known.references for name, known in ARCHITECTURES.items()}
    for pair in run_pairs(plan, references):
        found = by_runs.get((pair.left.run, pair.right.run, pair.target))
        if found is None:
            continue
        left, right = pair.left.request, pair.right.request
        key = PairKey(
            difference=pair.difference,
            target=pair.target,
            language=plan.target(pair.target).language,
            architecture=left.architecture,
            other_architecture=right.architecture,
            regime=left.arm,
            other_regime=right.arm,
            k=left.k,
            budget=str(left.budget),
            conditions=str(left.conditions),
        )
        groups.setdefault(key, {})[pair.left.run, pair.right.run] = found
    for key, found in groups.items():
        yield _similarity_row(key, list(found.values()))


def _similarity_row(key: PairKey, pairs: Sequence[StoredSimilarity]) -> SimilarityRow:
    values = [pair.found.cka for pair in pairs]
    low, high = jackknife_ends(fmean(values), [dict(pair.found.without) for pair in pairs])
    return SimilarityRow(
        key=key,
        cka=fmean(values),
        low=low,
        high=high,
        least=min(values),
        most=max(values),
        pairs=len(pairs),
        lines=len(pairs[0].line_ids),
        clusters=len(set(pairs[0].clusters)),
        cluster_unit=pairs[0].cluster_unit,
        frames=pairs[0].found.frames,
    )


def jackknife_ends(value: float, without: Sequence[dict[str, float]]) -> tuple[float | None, float | None]:
    """95 % interval of a CKA from the values without each cluster, by Student's t.

    *Source:* Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 11.

    Parameters
    ----------
    value : float
        Mean over pairs.
    without : sequence of dict
        For each pair the CKA without each cluster of lines.

    Returns
    -------
    (float, float) or (None, None)
        Within [0, 1]; None where there are fewer than two clusters, or the pairs have different ones.
    """
    from scipy import stats

    names = [set(each) for each in without]
    if len(names[0]) < 2 or any(one != other for one, other in pairwise(names)):
        return None, None
    means = np.array([fmean(each[name] for each in without) for name in sorted(names[0])])
    count = len(means)
    error = float(np.sqrt((count - 1) / count * np.square(means - means.mean()).sum()))
    reach = float(stats.t.ppf(_PAIR_LEVEL, count - 1)) * error
    return max(value - reach, 0.0), min(value + reach, 1.0)


# Tables

Dtypes = dict[str, str]
_ARM: Dtypes = {
    "study": "str", "selection": "str", "target": "str", "language": "str", "architecture": "str", "regime": "str",
    "k": "Int64", "budget": "str", "conditions": "str",
}  # fmt: skip
CONTEXT_COLUMNS: Dtypes = _ARM | {
    "width_px": "Int64", "fields": "Float64", "sure_width_px": "Int64", "draws": "Int64", "seeds": "Int64",
    "trainings": "Int64", "lines": "Int64", "clusters": "Int64", "cluster_unit": "str", "edits": "Int64",
    "length": "Int64", "cer": "Float64", "low": "Float64", "high": "Float64", "rise_pp": "Float64",
    "rise_low_pp": "Float64", "rise_high_pp": "Float64",
}  # fmt: skip
"""Column to type of the table of readings through windows; an empty `width_px` is the whole line, `cer` a fraction."""
CONTEXT_DELTA_COLUMNS: Dtypes = _ARM | {
    "baseline_regime": "str", "width_px": "Int64", "pairs": "Int64", "lines": "Int64", "clusters": "Int64",
    "cluster_unit": "str", "delta_cer_pp": "Float64", "low_pp": "Float64", "high_pp": "Float64",
}  # fmt: skip
SIMILARITY_COLUMNS: Dtypes = {
    "study": "str", "selection": "str", "difference": "str", "target": "str", "language": "str",
    "architecture": "str", "other_architecture": "str", "regime": "str", "other_regime": "str", "k": "Int64",
    "budget": "str", "conditions": "str", "pairs": "Int64", "lines": "Int64", "frames": "Int64", "clusters": "Int64",
    "cluster_unit": "str", "cka": "Float64", "low": "Float64", "high": "Float64", "least": "Float64",
    "most": "Float64",
}  # fmt: skip


def _frame(rows: Iterable[dict[str, Any]], columns: Dtypes) -> pd.DataFrame:
    table = list(rows)
    return pd.DataFrame({name: pd.array([row[name] for row in table], dtype=dtype) for name, dtype in columns.items()})


def _of_study(tables: ProbeTables) -> dict[str, Any]:
    return {"study": tables.study, "selection": tables.selection}


def context_frame(tables: ProbeTables) -> pd.DataFrame:
    """One row per arm, target and width, with the columns of `context.csv`."""
    rows = (_of_study(tables) | asdict(point) | asdict(point.arm) for point in tables.context)
    return _frame(rows, CONTEXT_COLUMNS)


def context_delta_frame(tables: ProbeTables) -> pd.DataFrame:
    """One row per arm that has a baseline, target and width, with the columns of `context-delta.csv`."""
    rows = (
        _of_study(tables) | asdict(each) | asdict(each.arm) | {"delta_cer_pp": each.delta_pp} for each in tables.deltas
    )
    return _frame(rows, CONTEXT_DELTA_COLUMNS)


def similarity_frame(tables: ProbeTables) -> pd.DataFrame:
    """One row per pair of arms and target, with the columns of `similarity.csv`."""
    return _frame((_of_study(tables) | asdict(row) | asdict(row.key) for row in tables.similarity), SIMILARITY_COLUMNS)


def export_probes(tables: ProbeTables, folder: Path) -> tuple[Path, ...]:
    """Write `context.csv`, `context-delta.csv` and `similarity.csv`, as far as something was measured.

    Raises
    ------
    WorkspaceError
        When the folder cannot be written.
    """
    frames = {
        "context.csv": context_frame(tables),
        "context-delta.csv": context_delta_frame(tables),
        "similarity.csv": similarity_frame(tables),
    }
    written: list[Path] = []
    for name, frame in frames.items():
        if len(frame):
            plain = (["" if pd.isna(value) else value for value in row] for row in frame.itertuples(index=False))
            files.write_csv(folder / name, map(str, frame.columns), plain)
            written.append(folder / name)
    return tuple(written)
