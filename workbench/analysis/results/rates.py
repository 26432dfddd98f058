"""CER of every arm over its trainings: what the tables of a paper list."""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean, stdev

import numpy as np

from workbench.analysis.results.pairs import CellKey, scored_lines, state_of
from workbench.analysis.results.report_values import RateCell
from workbench.analysis.statistics.bootstrap import ScoredPart
from workbench.analysis.statistics.contrast import Scored, Term, contrast
from workbench.runs.events import Evaluated, Split
from workbench.runs.history import RunState
from workbench.runs.plan import Plan, PlannedRun, PlannedTarget
from workbench.runs.result import RunRecord
from workbench.study.schema import Selection

_Read = tuple[PlannedRun, RunRecord, Evaluated]


def rates_of(
    plan: Plan,
    records: Mapping[str, RunRecord],
    states: Mapping[str, RunState],
    split: Split,
    selection: Selection,
) -> tuple[RateCell, ...]:
    """Return the CER of every arm that has a finished run, in the order of the plan.

    Collapsed, failed and diverged runs are left out, as in every mean. Runs that were scored on other lines than most
    of their cell are, too, and named.
    """
    found: dict[CellKey, list[_Read]] = {}
    for planned in plan.runs:
        record = records.get(planned.run)
        if record is None or state_of(planned.run, records, states) != "finished":
            continue
        request = planned.request
        for target in request.targets:
            evaluated = record.evaluation(target, split, selection)
            if evaluated is not None and evaluated.length:
                key = CellKey(
                    architecture=request.architecture,
                    regime=request.arm,
                    target=target,
                    k=request.k,
                    budget=str(request.budget),
                    split=split,
                    selection=selection,
                    conditions=str(request.conditions),
                )
                found.setdefault(key, []).append((planned, record, evaluated))
    return tuple(_cell(key, reads, plan.target(key.target)) for key, reads in found.items())


def _lines(evaluated: Evaluated) -> tuple[object, ...]:
    """What tells the lines that were read; the same for all runs whose mean may be taken."""
    return evaluated.lines, evaluated.length, scored_lines(evaluated)


def _cell(key: CellKey, reads: Sequence[_Read], target: PlannedTarget) -> RateCell:
    (lines, _), *_ = Counter(_lines(evaluated) for _, _, evaluated in reads).most_common(1)
    alike = [read for read in reads if _lines(read[2]) == lines]
    first = alike[0][2]
    alike.sort(key=lambda read: (read[0].request.draw, read[0].request.seed))
    requests = [planned.request for planned, _, _ in alike]
    clusters = [evaluated.clusters or (("", 0, evaluated.edits, evaluated.length),) for _, _, evaluated in alike]
    scored = Scored(
        ScoredPart(key.target, target.fingerprint, key.split),
        tuple((request.draw, request.seed) for request in requests),
        np.array([[edits for _, _, edits, _ in of_run] for of_run in clusters], dtype=np.int64),
        np.array([length for *_, length in clusters[0]], dtype=np.int64),
    )
    rates = [float(value) / 100.0 for value in scored.values]
    ends = contrast([Term(1.0, scored)]).interval()
    return RateCell(
        architecture=key.architecture,
        regime=key.regime,
        target=key.target,
        language=target.language,
        k=key.k,
        budget=key.budget,
        split=key.split,
        selection=key.selection,
        conditions=key.conditions,
        runs=tuple(planned.run for planned, _, _ in alike),
        other_runs=tuple(planned.run for planned, _, evaluated in reads if _lines(evaluated) != lines),
        draws=len({request.draw for request in requests}),
        seeds=len({request.seed for request in requests}),
        cer=fmean(rates),
        sd=stdev(rates) if len(rates) > 1 else None,
        low=ends[0] / 100.0 if ends else None,
        high=ends[1] / 100.0 if ends else None,
        least=min(rates),
        most=max(rates),
        steps=round(fmean(record.steps + record.prior_steps for _, record, _ in alike)),
        lines=first.lines,
        length=first.length,
        cluster_unit=first.cluster_unit,
        clusters=len(first.clusters),
    )
