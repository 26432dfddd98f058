"""Runs put side by side: one trained on a target alone, one on several, all else equal.

Pair = same target, architecture, K, draw, seed, budget, conditions, selection, split and preprocessing (the last three
are the study's), once in a regime and once in the regime that it is compared with. Runs that are missing, collapsed,
failed or diverged make no pair, and it is said which they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.runs.events import Evaluated, Split
from workbench.runs.history import RunState
from workbench.runs.plan import Plan, PlannedRun
from workbench.runs.result import RunRecord
from workbench.study.grid import REGIMES, RunRequest, is_baseline
from workbench.study.schema import Selection


@dataclass(frozen=True, slots=True, order=True)
class CellKey:
    """What all pairs of one cell of a ΔCER table share, beside the study."""

    architecture: str
    regime: str
    """With the data sets where a regime has several runs for one target; see :attr:`RunRequest.arm`."""
    target: str
    k: int
    budget: str
    split: Split
    selection: Selection
    conditions: str = ""
    """What is unusual about them, in words; see :class:`workbench.study.conditions.Conditions`."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two runs of a pair, as it reads the target."""

    run: str
    steps: int
    """All updates that its weights have seen, those of a first stage included."""
    evaluated: Evaluated

    @property
    def cer(self) -> float:
        """Micro CER as a fraction."""
        return self.evaluated.edits / self.evaluated.length


@dataclass(frozen=True, slots=True)
class Pair:
    """Two runs that differ in the regime alone."""

    draw: int
    seed: int
    single: Side
    """The baseline: trained on the target alone, from random weights or as a new head on a frozen encoder."""
    multi: Side

    @property
    def delta_cer_pp(self) -> float:
        """CER(multi) - CER(single) in percentage points; negative: training on several targets helps."""
        return 100.0 * (self.multi.cer - self.single.cer)


@dataclass(frozen=True, slots=True)
class ExcludedRun:
    """A run that came to an end and is left out of all means."""

    run: str
    architecture: str
    regime: str
    targets: tuple[str, ...]
    k: int
    draw: int
    seed: int
    budget: str
    state: RunState
    reason: str
    conditions: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the grid with the pairs that are complete, and what keeps the others from being so."""

    key: CellKey
    baseline: str
    """Regime whose CER is taken off."""
    pairs: tuple[Pair, ...]
    planned: int
    """Pairs that the study asks for."""
    missing: tuple[str, ...]
    """Why the other pairs are not there, each reason once ("single: not finished")."""


def scored_lines(evaluated: Evaluated) -> tuple[tuple[str, int, int], ...]:
    """(cluster, lines, characters) of what was read: the same for all runs that can be compared."""
    return tuple((cluster, lines, length) for cluster, lines, _, length in evaluated.clusters)


def state_of(run: str, records: Mapping[str, RunRecord], states: Mapping[str, RunState]) -> RunState:
    """State of a run from its record, else from what is known of unfinished runs, else `planned`."""
    record = records.get(run)
    if record:
        return record.state
    state = states.get(run, "planned")
    # Without a result there is nothing to compare, whatever the events say.
    return "interrupted" if state in ("finished", "collapsed") else state


_OTHER_LINES = "scored on other lines"


class _Sides:
    """Looks up what the runs of a plan read, or says why there is nothing."""

    def __init__(self, records: Mapping[str, RunRecord], states: Mapping[str, RunState]) -> None:
        self._records = records
        self._states = states

    def find(self, planned: PlannedRun | None, key: CellKey) -> Side | str:
        if planned is None:
            return "not in the study"
        state = state_of(planned.run, self._records, self._states)
        if state != "finished":
            return state if state in ("collapsed", "failed", "diverged") else "not finished"
        record = self._records[planned.run]
        evaluated = record.evaluation(key.target, key.split, key.selection)
        if evaluated is None or not evaluated.length:
            return f"no {key.split} lines read with '{key.selection}'"
        return Side(planned.run, record.steps + record.prior_steps, evaluated)


def _totals(evaluated: Evaluated) -> tuple[object, ...]:
    """What both sides of a pair must have read alike; clusters are kept of test lines only."""
    return evaluated.lines, evaluated.length, scored_lines(evaluated)


def _pair(request: RunRequest, single: Side | str, multi: Side | str) -> Pair | str:
    if isinstance(single, str):
        return f"{REGIMES[request.regime].baseline}: {single}"
    if isinstance(multi, str):
        return f"{request.regime}: {multi}"
    if _totals(single.evaluated) != _totals(multi.evaluated):
        return _OTHER_LINES
    return Pair(request.draw, request.seed, single, multi)


def _cell(key: CellKey, baseline: str, found: list[Pair | str]) -> Cell:
    pairs = sorted((pair for pair in found if isinstance(pair, Pair)), key=lambda pair: (pair.draw, pair.seed))
    lines = scored_lines(pairs[0].single.evaluated) if pairs else ()
    alike = tuple(pair for pair in pairs if scored_lines(pair.single.evaluated) == lines)
    reasons = [reason for reason in found if isinstance(reason, str)] + [_OTHER_LINES] * (len(pairs) - len(alike))
    return Cell(key, baseline, alike, len(found), tuple(dict.fromkeys(reasons)))


def cells_of(
    plan: Plan,
    records: Mapping[str, RunRecord],
    states: Mapping[str, RunState],
    split: Split,
    selection: Selection,
) -> tuple[Cell, ...]:
    """Return every cell that the plan can fill, in the order of the plan, with its complete pairs by draw and seed.

    Parameters
    ----------
    plan : Plan
    records : mapping
        Results by run id; runs without one are taken as unfinished.
    states : mapping
        States of runs without a result, where known: only used to say why a pair is missing.
    split, selection : str
        Which lines were read, and with which weights.
    """
    sides = _Sides(records, states)
    baselines = {
        (planned.request.regime, target, planned.request.setting): planned
        for planned in plan.runs
        if is_baseline(planned.request.regime)
        for target in planned.request.targets
    }
    found: dict[CellKey, list[Pair | str]] = {}
    baseline_of: dict[CellKey, str] = {}
    for planned in plan.runs:
        request = planned.request
        if is_baseline(request.regime):
            continue
        baseline = REGIMES[request.regime].baseline
        for target in request.targets:
            key = _key(request, target, split, selection)
            single = sides.find(baselines.get((baseline, target, request.setting)), key)
            baseline_of[key] = baseline
            found.setdefault(key, []).append(_pair(request, single, sides.find(planned, key)))
    return tuple(_cell(key, baseline_of[key], pairs) for key, pairs in found.items())


def _key(request: RunRequest, target: str, split: Split, selection: Selection) -> CellKey:
    return CellKey(
        architecture=request.architecture,
        regime=request.arm,
        target=target,
        k=request.k,
        budget=str(request.budget),
        split=split,
        selection=selection,
        conditions=str(request.conditions),
    )


def _reason(run: str, state: RunState, records: Mapping[str, RunRecord]) -> str:
    if state != "collapsed":
        return "the training diverged" if state == "diverged" else "the training failed"
    worst = max(
        (e for e in records[run].evaluations if e.split == "test" and e.lines),
        key=lambda e: (e.empty_lines / e.lines, e.edits / max(e.length, 1)),
    )
    return (
        f"collapsed on {worst.target}: {worst.empty_lines} of {worst.lines} test lines empty, "
        f"CER {100 * worst.edits / max(worst.length, 1):.1f} %"
    )


def excluded_runs(
    plan: Plan, records: Mapping[str, RunRecord], states: Mapping[str, RunState]
) -> tuple[ExcludedRun, ...]:
    """Runs of the plan that ended collapsed, failed or diverged, each once, in the order of the plan."""
    excluded: dict[str, ExcludedRun] = {}
    for planned in plan.runs:
        request = planned.request
        state = state_of(planned.run, records, states)
        if state in ("collapsed", "failed", "diverged"):
            excluded[planned.run] = ExcludedRun(
                run=planned.run,
                architecture=request.architecture,
                regime=request.arm,
                targets=request.targets,
                k=request.k,
                draw=request.draw,
                seed=request.seed,
                budget=str(request.budget),
                state=state,
                reason=_reason(planned.run, state, records),
                conditions=str(request.conditions),
            )
    return tuple(excluded.values())
