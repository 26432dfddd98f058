"""A study's results, worked out from the counts in its runs' records."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any, TypeVar

from workbench.analysis.results import delta
from workbench.analysis.results.comparisons import Comparison, comparisons, label_of
from workbench.analysis.results.delta import Arm, Estimate
from workbench.analysis.results.pairs import Cell, CellKey, cells_of, excluded_runs, state_of
from workbench.analysis.results.published import load_published, published_beside
from workbench.analysis.results.rates import rates_of
from workbench.analysis.results.recounting import Recounts
from workbench.analysis.results.report_values import (
    DeltaCell,
    InteractionCell,
    PooledCell,
    RateCell,
    StudyReport,
    TrendCell,
)
from workbench.analysis.results.sentences import sentence
from workbench.analysis.statistics.contrast import Contrast, Scored
from workbench.analysis.statistics.significance import holm
from workbench.errors import InputError
from workbench.metrics.measures import MeasureName
from workbench.runs.control import Control
from workbench.runs.events import Split
from workbench.runs.history import RunState
from workbench.runs.plan import Plan
from workbench.runs.remarks import unequal_steps
from workbench.runs.result import RunRecord
from workbench.runs.store import RunStore
from workbench.study.epochs import are_exposures_epochs
from workbench.study.schema import Selection

__all__ = [
    "DeltaCell", "InteractionCell", "PooledCell", "RateCell", "StudyReport", "TrendCell", "read_runs", "report",
    "report_of",
]  # fmt: skip

Arms = dict[CellKey, Arm]


def _numbers(found: Estimate) -> dict[str, Any]:
    """Fields that a ΔCER and an interaction have in common."""
    names = (
        "pairs", "draws", "seeds", "delta_pp", "sd_pp", "median_pp", "least_pp", "most_pp", "low_pp", "high_pp",
        "excludes_zero", "p", "permutation_p", "relative_pct", "relative_low_pct", "relative_high_pct", "unit",
        "coverage", "cluster_unit", "clusters", "lines",
    )  # fmt: skip
    without = found.without_one
    return {name: getattr(found, name) for name in names} | {
        "without_low_pp": without.low_pp if without else None,
        "without_high_pp": without.high_pp if without else None,
        "influential_cluster": without.cluster if without else "",
    }


def _delta_cell(cell: Cell, language: str, arm: Arm | None) -> DeltaCell:
    key = cell.key
    empty = DeltaCell(
        architecture=key.architecture,
        regime=key.regime,
        baseline_regime=cell.baseline,
        target=key.target,
        language=language,
        k=key.k,
        budget=key.budget,
        split=key.split,
        selection=key.selection,
        conditions=key.conditions,
        planned_pairs=cell.planned,
        missing=cell.missing,
    )
    if arm is None:
        return empty
    return replace(
        empty,
        **_numbers(delta.estimate(arm)),
        single_cer=fmean(pair.single.cer for pair in arm.pairs),
        multi_cer=fmean(pair.multi.cer for pair in arm.pairs),
        # Equal for all pairs, unless the study stops runs that no longer improve.
        single_steps=round(fmean(pair.single.steps for pair in arm.pairs)),
        multi_steps=round(fmean(pair.multi.steps for pair in arm.pairs)),
        single_runs=tuple(pair.single.run for pair in arm.pairs),
        multi_runs=tuple(pair.multi.run for pair in arm.pairs),
    )


def _arm_pairs(keys: list[CellKey], arms: Arms, comparison: Comparison) -> dict[CellKey, tuple[Arm, Arm] | None]:
    """For each cell of the CRNN the arms that can be compared, None where one side has none."""
    found: dict[CellKey, tuple[Arm, Arm] | None] = {}
    for key in keys:
        if key.architecture == comparison.architecture:
            crnn, cnn = arms.get(key), arms.get(replace(key, architecture=comparison.cnn))
            found[key] = delta.common(crnn, cnn) if crnn and cnn else None
    return found


def _interaction_cell(
    key: CellKey, language: str, comparison: Comparison, both: tuple[Arm, Arm] | None
) -> InteractionCell:
    empty = InteractionCell(
        architecture=comparison.architecture,
        cnn=comparison.cnn,
        regime=key.regime,
        target=key.target,
        language=language,
        k=key.k,
        budget=key.budget,
        split=key.split,
        selection=key.selection,
        conditions=key.conditions,
    )
    return replace(empty, **_numbers(delta.interaction(*both))) if both else empty


_Cell = TypeVar("_Cell", DeltaCell, InteractionCell)


def _corrected(cells: Sequence[_Cell], others: Collection[str] = ()) -> tuple[_Cell, ...]:
    """Cells with their p values corrected by Holm's method within each table.

    A table is everything of one regime, budget and set of conditions: all architectures, or all comparisons of two.
    Cells of architectures that are `others`, other systems, are counted apart: adding one must not change what the
    study says of its own networks.
    """
    tables: dict[tuple[str, str, str, bool], list[int]] = {}
    for place, cell in enumerate(cells):
        compared = {cell.architecture, cell.cnn} if isinstance(cell, InteractionCell) else {cell.architecture}
        is_other = not compared.isdisjoint(others)
        tables.setdefault((cell.regime, cell.budget, cell.conditions, is_other), []).append(place)
    corrected = list(cells)
    for places in tables.values():
        for place, p in zip(places, holm([cells[place].p for place in places]), strict=True):
            corrected[place] = replace(cells[place], holm_p=p)
    return tuple(corrected)


def _ends(found: Contrast) -> dict[str, Any]:
    low, high = found.interval() or (None, None)
    excludes_zero = low is not None and high is not None and (low > 0 or high < 0)
    return {"low_pp": low, "high_pp": high, "excludes_zero": excludes_zero, "p": found.p}


def _pooled_cell(keys: list[CellKey], arms: list[Arm], pooled: Contrast, cnn: str = "") -> PooledCell:
    return PooledCell(
        architecture=keys[0].architecture,
        cnn=cnn,
        regime=keys[0].regime,
        budget=keys[0].budget,
        conditions=keys[0].conditions,
        cells=len(arms),
        planned_cells=len(keys),
        pairs=min(len(arm.pairs) for arm in arms),
        delta_pp=pooled.value,
        **_ends(pooled),
    )


def _groups(keys: list[CellKey]) -> list[list[CellKey]]:
    """Cells that are pooled: those of one architecture, regime, budget and conditions."""
    groups: dict[tuple[str, str, str, str], list[CellKey]] = {}
    for key in keys:
        groups.setdefault((key.architecture, key.regime, key.budget, key.conditions), []).append(key)
    return list(groups.values())


def _pooled_deltas(keys: list[CellKey], arms: Arms) -> list[PooledCell]:
    found: list[PooledCell] = []
    for group in _groups(keys):
        filled = [arms[key] for key in group if key in arms]
        if filled:
            found.append(_pooled_cell(group, filled, delta.pooled_delta(tuple(filled))))
    return found


def _pooled_interactions(both: dict[CellKey, tuple[Arm, Arm] | None], comparison: Comparison) -> list[PooledCell]:
    found: list[PooledCell] = []
    for group in _groups(list(both)):
        filled = [arms for key in group if (arms := both[key]) is not None]
        if filled:
            value = delta.pooled_interaction(tuple(filled))
            cell = _pooled_cell(group, [crnn for crnn, _ in filled], value, comparison.cnn)
            sides = (fmean(crnn.value for crnn, _ in filled), fmean(cnn.value for _, cnn in filled))
            found.append(replace(cell, architecture_delta_pp=sides[0], cnn_delta_pp=sides[1]))
    return found


def _trends(scored: Mapping[CellKey, Scored], cnn: str = "") -> list[TrendCell]:
    """Slopes over K, of each target and of all together."""
    found: list[TrendCell] = []
    for group in _groups(list(scored)):
        targets = list(dict.fromkeys(key.target for key in group))
        for target in (*targets, "") if len(targets) > 1 else targets:
            members = [key for key in group if target in ("", key.target)]
            slope = delta.trend([(key.k, scored[key]) for key in members])
            if slope:
                found.append(
                    TrendCell(
                        architecture=group[0].architecture,
                        cnn=cnn,
                        target=target,
                        regime=group[0].regime,
                        budget=group[0].budget,
                        conditions=group[0].conditions,
                        ks=tuple(sorted({key.k for key in members})),
                        slope_pp=slope.value,
                        **_ends(slope),
                    )
                )
    return found


def report_of(
    plan: Plan,
    records: Mapping[str, RunRecord],
    states: Mapping[str, RunState] | None = None,
    *,
    split: Split = "test",
    selection: Selection | None = None,
    measure: MeasureName = "cer",
) -> StudyReport:
    """Work out a study's results.

    Parameters
    ----------
    plan : Plan
    records : mapping
        Results by run id; may hold runs of other studies.
    states : mapping, optional
        States of the runs without a result, to name the failed ones.
    split : str
        Which lines; `test` by default.
    selection : str, optional
        Which weights; the study's own by default. Both sides of a pair always have the same.
    measure : str
        How the errors in `records` were counted.
    """
    states = states or {}
    chosen = selection or plan.study.selection
    cells = cells_of(plan, records, states, split, chosen)
    keys = [cell.key for cell in cells]
    languages = {target.name: target.language for target in plan.targets}
    fingerprints = {target.name: target.fingerprint for target in plan.targets}
    arms = {cell.key: arm for cell in cells if (arm := delta.arm_of(cell, fingerprints[cell.key.target]))}
    interactions: list[InteractionCell] = []
    pooled = _pooled_deltas(keys, arms)
    trends = _trends({key: arm.gained for key, arm in arms.items()})
    for comparison in comparisons(plan.study.architectures):
        both = _arm_pairs(keys, arms, comparison)
        compared = [_interaction_cell(key, languages[key.target], comparison, both[key]) for key in both]
        interactions += compared
        pooled += _pooled_interactions(both, comparison)
        trends += _trends({key: delta.difference(*pair) for key, pair in both.items() if pair}, comparison.cnn)
    own, imported = _origins(plan, records)
    others = imported - own
    synthetic = tuple(target.name for target in plan.targets if target.is_synthetic)
    rates = rates_of(plan, records, states, split, chosen)
    worked_out = StudyReport(
        study=plan.study.name,
        split=split,
        selection=chosen,
        measure=measure,
        targets=tuple(target.name for target in plan.targets),
        architectures=plan.study.architectures,
        k_lines=tuple(sorted(plan.study.ks)),
        k_unit=plan.study.k_unit,
        budgets=tuple(map(str, plan.study.budgets)),
        conditions=tuple(map(str, plan.study.conditions.combinations())),
        is_synthetic=bool(synthetic),
        synthetic_targets=synthetic,
        runs=len(plan.run_ids),
        finished_runs=sum(state_of(run, records, states) == "finished" for run in plan.run_ids),
        cells=_corrected([_delta_cell(cell, languages[cell.key.target], arms.get(cell.key)) for cell in cells], others),
        interactions=_corrected(interactions, others),
        pooled=tuple(pooled),
        trends=tuple(trends),
        rates=rates,
        excluded=excluded_runs(plan, records, states),
        sentence="",
        remarks=(*_remarks(plan), *_imported(plan, records), *_on_other_lines(rates)),
    )
    return replace(worked_out, sentence=sentence(worked_out))


def _on_other_lines(rates: Sequence[RateCell]) -> Iterator[str]:
    for rate in rates:
        if rate.other_runs:
            yield (
                f"{label_of(rate.architecture)}, {rate.regime}, {rate.target}, K {rate.k:,}: "
                f"{delta.counted(len(rate.other_runs), 'run was', 'runs were')} scored on other lines and left out of "
                f"the mean ({', '.join(rate.other_runs)})."
            )


def _remarks(plan: Plan) -> tuple[str, ...]:
    """Say what was decided about the lines of a study that a reader of its numbers has to know."""
    found: list[str] = []
    if plan.study.k_unit == "characters":
        found.append("K counts characters of training text, not lines.")
    if any(budget.unit == "exposures" for budget in plan.study.budgets) and are_exposures_epochs(plan.study):
        found.append("Equal exposures are equal epochs here: every line of a run is drawn equally often.")
    if plan.study.normalisation:
        steps = ", ".join(plan.study.normalisation)
        found.append(f"Texts are normalised before training and scoring: {steps}.")
    if ignored := plan.study.placeholders.wildcards:
        found.append(f"Placeholders ({' '.join(ignored)}) are not scored: one in a reference matches anything.")
    if unequal := unequal_steps(plan.study.training):
        found.append(f"{unequal} The steps beside a ΔCER are means over its pairs.")
    for record in plan.shared:
        if record.is_serious and record.decision != "exclude":
            state = f"accepted ({record.reason})" if record.reason else record.decision and "accepted"
            kind = record.kind.replace("_", " ")
            found.append(
                f"Shared by {record.left} and {record.right}: {record.findings:,} by {kind}, "
                f"{delta.counted(record.right_lines, 'test line', 'test lines')}; {state or 'undecided'}."
            )
    for target in plan.targets:
        gone = sum(exclusion.part == "test" for exclusion in target.exclusions)
        if gone:
            found.append(f"{target.name}: the test part is not whole, listed lines were left out: {gone:,}.")
    return tuple(found)


def _is_imported(run: str, records: Mapping[str, RunRecord]) -> bool:
    return run in records and records[run].origin == "imported"


def _origins(plan: Plan, records: Mapping[str, RunRecord]) -> tuple[set[str], set[str]]:
    """Architectures that the study trains, and those under whose names runs of other systems take part."""
    found: tuple[set[str], set[str]] = set(), set()
    for planned in plan.runs:
        found[_is_imported(planned.run, records)].add(planned.request.architecture)
    return found


def _imported(plan: Plan, records: Mapping[str, RunRecord]) -> tuple[str, ...]:
    """Say which runs are those of other systems, and where they count together with those of the study."""
    found = [records[run] for run in plan.run_ids if _is_imported(run, records)]
    if not found:
        return ()
    names = tuple(dict.fromkeys(record.architecture for record in found))
    said = (
        f"{delta.counted(len(found), 'run is', 'runs are')} of other systems ({', '.join(names)}): trained elsewhere, "
        "scored here by the same counts; what they were trained on is as it was said."
    )
    own, _ = _origins(plan, records)
    if others := [name for name in names if name not in own]:
        said += f" Holm's correction counts the cells of {', '.join(others)} apart."
    if mixed := [name for name in names if name in own]:
        said += f" Means, pairs and tests of {', '.join(mixed)} hold them together with runs trained here."
    return (said,)


def read_runs(plan: Plan, store: RunStore) -> tuple[dict[str, RunRecord], dict[str, RunState]]:
    """Results of the plan's runs that have one, and states of those that have none."""
    found = store.scan()
    records = {run: found[run] for run in plan.run_ids if run in found}
    states: dict[str, RunState] = {run: store.state(run) for run in plan.run_ids if run not in records}
    for run, state in states.items():
        if state in ("finished", "collapsed") and (record := store.record(run)):
            records[run] = record
    return records, states


def report(
    plan: Plan,
    store: RunStore,
    *,
    split: Split = "test",
    selection: Selection | None = None,
    measure: MeasureName = "cer",
    recounts: Recounts | None = None,
    control: Control | None = None,
) -> StudyReport:
    """Read the runs of a study and work out its results; see :func:`report_of`.

    Parameters
    ----------
    plan : Plan
    store : RunStore
    split, selection, measure : str
        Which lines, which weights, and how errors are counted.
    recounts : Recounts, optional
        Keeps what was counted by other measures for the next time.
    control : Control, optional
        Stops the counting; what comes out is then not to be used.
    """
    records, states = read_runs(plan, store)
    counted = (recounts or Recounts()).records(store, records, measure, plan.study.placeholders.wildcards, control)
    found = report_of(plan, dict(counted), states, split=split, selection=selection, measure=measure)
    try:
        values = load_published(store.workspace.published_file(plan.study.name))
    except InputError as error:
        return replace(found, remarks=(*found.remarks, f"The published values cannot be used: {error}"))
    return replace(found, published=published_beside(values, found))
