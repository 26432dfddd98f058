"""Context reliance: CER over the width of the windows that lines are read through, and what joint training changes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from workbench.analysis.probes.values import ArmKey, ContextDelta, ContextPoint
from workbench.analysis.statistics.bootstrap import Counts, ScoredPart
from workbench.analysis.statistics.contrast import Scored, Term, contrast
from workbench.runs.plan import Plan, PlannedRun
from workbench.runs.probes import StoredContext
from workbench.study.arms import baseline_of, regime_of
from workbench.study.grid import is_baseline


class Arm:
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


def arms_of(plan: Plan, context: Mapping[tuple[str, str], StoredContext]) -> Iterator[Arm]:
    """Group the measurements of a plan, by run and target, into curves."""
    groups: dict[ArmKey, dict[tuple[int, int], StoredContext]] = {}
    for planned in plan.runs:
        for target in planned.request.targets:
            found = context.get((planned.run, target))
            if found is not None and found.widths:
                key = _arm_key(plan, planned, target)
                groups.setdefault(key, {})[planned.request.draw, planned.request.seed] = found
    for key, trainings in groups.items():
        in_order = sorted(trainings)
        yield Arm(key, in_order, [trainings[each] for each in in_order])


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


def deltas_of(arms: Sequence[Arm]) -> Iterator[ContextDelta]:
    """Compare each curve with that of its baseline: the same draws and seeds, the same texts."""
    by_key = {arm.key: arm for arm in arms}
    for arm in arms:
        if is_baseline(regime_of(arm.key.regime)):
            continue
        regime = baseline_of(arm.key.regime)
        baseline = by_key.get(replace(arm.key, regime=regime))
        if baseline is not None:
            yield from _deltas_of(arm, baseline)


def _deltas_of(arm: Arm, baseline: Arm) -> Iterator[ContextDelta]:
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
