"""What a study's reports say, as tables: ΔCER, interactions, means, trends, CER per arm, and what was left out.

One report per part and selection; every row says of which, and over how many lines, clusters, draws and seeds it is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pandas as pd

from workbench.analysis.results.frames import SELECTIONS, SPLITS, Dtypes, frame_of
from workbench.analysis.results.report import report_of
from workbench.analysis.results.report_values import (
    DeltaCell,
    InteractionCell,
    PooledCell,
    RateCell,
    StudyReport,
    TrendCell,
)
from workbench.runs.events import Split
from workbench.runs.history import RunState
from workbench.runs.plan import Plan
from workbench.runs.result import RunRecord
from workbench.study.schema import Selection

_SETTING: Dtypes = {
    "regime": "str", "conditions": "str", "k": "Int64", "budget": "str", "split": "str", "selection": "str",
}  # fmt: skip
_TRAININGS: Dtypes = {"pairs": "Int64", "draws": "Int64", "seeds": "Int64"}
_UNCERTAIN: Dtypes = {
    "lines": "Int64", "clusters": "Int64", "cluster_unit": "str", "median_pp": "Float64", "least_pp": "Float64",
    "most_pp": "Float64", "excludes_zero": "boolean", "p": "Float64", "holm_p": "Float64",
    "permutation_p": "Float64", "without_low_pp": "Float64", "without_high_pp": "Float64",
    "influential_cluster": "str", "coverage_low": "Int64", "coverage_high": "Int64",
}  # fmt: skip
"""What ΔCER and interactions have in common beside value and interval."""

DELTA_COLUMNS: Dtypes = {
    "study": "str", "target": "str", "language": "str", "architecture": "str", "regime": "str",
    "baseline_regime": "str", "conditions": "str", "k": "Int64", "budget": "str", "split": "str",
    "selection": "str", **_TRAININGS, "delta_cer_pp": "Float64", "sd_pp": "Float64", "low_pp": "Float64",
    "high_pp": "Float64", "unit": "str", "planned_pairs": "Int64", **_UNCERTAIN, "relative_pct": "Float64",
    "relative_low_pct": "Float64", "relative_high_pct": "Float64", "baseline_cer": "Float64", "cer": "Float64",
    "baseline_steps": "Int64", "steps": "Int64", "baseline_runs": "str", "runs": "str",
}  # fmt: skip
"""Column to type of the table of differences; `_pp` are percentage points, negative: joint training helps.

`p` is of no difference, `holm_p` corrected over the cells of one split, selection, regime, budget and conditions;
`permutation_p` is given the trainings. `without_` are the extremes with one cluster left out. `relative_pct` is ΔCER in
per cent of the baseline's CER; `baseline_cer` and `cer` are fractions, means over the pairs.
"""

INTERACTION_COLUMNS: Dtypes = {
    "study": "str", "target": "str", "language": "str", "architecture": "str", "cnn": "str", **_SETTING,
    **_TRAININGS, "interaction_pp": "Float64", "sd_pp": "Float64", "low_pp": "Float64", "high_pp": "Float64",
    "unit": "str", **_UNCERTAIN,
}  # fmt: skip
"""Column to type of the table of interactions: ΔCER of `architecture` less that of `cnn`, percentage points."""

_BEHIND: Dtypes = {
    "cells": "Int64", "targets": "str", **_TRAININGS, "lines": "Int64", "clusters": "Int64", "unit": "str",
}  # fmt: skip
"""What a value over several cells is taken over: targets joined by ` + `, their lines and clusters added up."""

_ENDS: Dtypes = {"low_pp": "Float64", "high_pp": "Float64", "excludes_zero": "boolean", "p": "Float64"}
_POOLED_SETTING: Dtypes = {
    "study": "str", "architecture": "str", "cnn": "str", "regime": "str", "conditions": "str", "budget": "str",
    "split": "str", "selection": "str",
}  # fmt: skip

POOLED_COLUMNS: Dtypes = {
    **_POOLED_SETTING, **_BEHIND, "planned_cells": "Int64", "mean_pp": "Float64", **_ENDS,
    "architecture_delta_pp": "Float64", "cnn_delta_pp": "Float64",
}  # fmt: skip
"""Column to type of the means over targets and K. With a `cnn` it is of the interaction, else of ΔCER."""

TREND_COLUMNS: Dtypes = {
    **_POOLED_SETTING, "target": "str", "k_values": "str", **_BEHIND, "slope_pp": "Float64", **_ENDS,
}  # fmt: skip
"""Column to type of the trends: percentage points per doubling of K. An empty `target`: common to all of them."""

RATE_COLUMNS: Dtypes = {
    "study": "str", "target": "str", "language": "str", "architecture": "str", **_SETTING, "runs": "str",
    "trainings": "Int64", "draws": "Int64", "seeds": "Int64", "lines": "Int64", "clusters": "Int64",
    "cluster_unit": "str", "length": "Int64", "cer": "Float64", "sd": "Float64", "low": "Float64", "high": "Float64",
    "least": "Float64", "most": "Float64", "steps": "Int64",
}  # fmt: skip
"""Column to type of the CERs per arm, fractions: mean over its runs, standard deviation, 95 % interval, extremes."""

EXCLUDED_COLUMNS: Dtypes = {
    "study": "str", "run": "str", "architecture": "str", "regime": "str", "conditions": "str", "targets": "str",
    "k": "Int64", "budget": "str", "draw": "Int64", "seed": "Int64", "state": "str", "reason": "str",
    "test_lines": "Int64",
}  # fmt: skip
"""Column to type of the runs that came to an end and are left out of all means."""


def reports_of(
    plan: Plan,
    records: Mapping[str, RunRecord],
    states: Mapping[str, RunState] | None = None,
    *,
    splits: Iterable[Split] = SPLITS,
    selections: Iterable[Selection] = SELECTIONS,
) -> tuple[StudyReport, ...]:
    """Work out the report of every part and selection; see :func:`workbench.analysis.results.report.report_of`."""
    return tuple(
        report_of(plan, records, states, split=split, selection=selection)
        for split, selection in product(splits, selections)
    )


def _fields(value: object, names: Iterable[str], **others: Any) -> dict[str, Any]:
    """Values by column: of the fields that have the column's name, and others."""
    low, high = getattr(value, "coverage", None) or (None, None)
    same = {name: getattr(value, name) for name in names if hasattr(value, name)}
    return same | {"coverage_low": low, "coverage_high": high} | others


def _delta_row(report: StudyReport, cell: DeltaCell) -> dict[str, Any]:
    return _fields(
        cell,
        DELTA_COLUMNS,
        study=report.study,
        delta_cer_pp=cell.delta_pp,
        baseline_cer=cell.single_cer,
        cer=cell.multi_cer,
        baseline_steps=cell.single_steps,
        steps=cell.multi_steps,
        baseline_runs=" ".join(cell.single_runs),
        runs=" ".join(cell.multi_runs),
    )


def delta_frame(reports: Iterable[StudyReport]) -> pd.DataFrame:
    """One row per target, architecture, regime, K, budget, split and selection that has at least one pair.

    The columns are those of `delta.csv`. A cell without a pair has no row; `sd_pp` is missing for a single pair.
    """
    return frame_of(
        (_delta_row(report, cell) for report in reports for cell in report.cells if cell.delta_pp is not None),
        DELTA_COLUMNS,
    )


def interactions_frame(reports: Iterable[StudyReport]) -> pd.DataFrame:
    """One row per interaction that has at least one (draw, seed) pair, as in `interactions.csv`."""
    return frame_of(
        (
            _fields(cell, INTERACTION_COLUMNS, study=report.study, interaction_pp=cell.delta_pp)
            for report in reports
            for cell in report.interactions
            if cell.delta_pp is not None
        ),
        INTERACTION_COLUMNS,
    )


@dataclass(frozen=True, slots=True)
class Behind:
    """What a value over several cells is taken over."""

    cells: int
    targets: tuple[str, ...]
    pairs: int
    """Of the cell with the fewest; draws and seeds of that with the most."""
    draws: int
    seeds: int
    lines: int
    """Of all targets together, as are the clusters."""
    clusters: int
    units: tuple[str, ...]
    """What the clusters are: writers, pages or blocks, each word once."""


def _behind(cells: Sequence[DeltaCell | InteractionCell]) -> Behind:
    of_target = {cell.target: cell for cell in cells}
    return Behind(
        cells=len(cells),
        targets=tuple(of_target),
        pairs=min((cell.pairs for cell in cells), default=0),
        draws=max((cell.draws for cell in cells), default=0),
        seeds=max((cell.seeds for cell in cells), default=0),
        lines=sum(cell.lines for cell in of_target.values()),
        clusters=sum(cell.clusters for cell in of_target.values()),
        units=tuple(dict.fromkeys(cell.cluster_unit for cell in of_target.values() if cell.cluster_unit)),
    )


def cells_behind(report: StudyReport, value: PooledCell | TrendCell) -> Behind:
    """Return what a mean or a trend of a report is taken over."""
    cells: Sequence[DeltaCell | InteractionCell] = report.interactions if value.cnn else report.cells
    target = value.target if isinstance(value, TrendCell) else ""
    place = (value.architecture, value.cnn, value.regime, value.budget, value.conditions)
    return _behind(
        [
            cell
            for cell in cells
            if cell.delta_pp is not None
            and target in ("", cell.target)
            and (cell.architecture, getattr(cell, "cnn", ""), cell.regime, cell.budget, cell.conditions) == place
        ]
    )


def _over_cells(report: StudyReport, value: PooledCell | TrendCell, columns: Dtypes, **others: Any) -> dict[str, Any]:
    behind = cells_behind(report, value)
    return (
        _fields(behind, _BEHIND)
        | _fields(value, columns)
        | {
            "study": report.study,
            "split": report.split,
            "selection": report.selection,
            "targets": " + ".join(behind.targets),
            "unit": " + ".join(behind.units),
        }
        | others
    )


def pooled_frame(reports: Iterable[StudyReport]) -> pd.DataFrame:
    """One row per mean over targets and K, of ΔCER or of an interaction, as in `pooled.csv`."""
    return frame_of(
        (
            _over_cells(report, pooled, POOLED_COLUMNS, mean_pp=pooled.delta_pp)
            for report in reports
            for pooled in report.pooled
        ),
        POOLED_COLUMNS,
    )


def trends_frame(reports: Iterable[StudyReport]) -> pd.DataFrame:
    """One row per slope over K, as in `trends.csv`."""
    return frame_of(
        (
            _over_cells(report, trend, TREND_COLUMNS, k_values=" ".join(map(str, trend.ks)))
            for report in reports
            for trend in report.trends
        ),
        TREND_COLUMNS,
    )


def _rate_row(report: StudyReport, cell: RateCell) -> dict[str, Any]:
    return _fields(cell, RATE_COLUMNS, study=report.study, runs=" ".join(cell.runs), trainings=len(cell.runs))


def rates_frame(reports: Iterable[StudyReport]) -> pd.DataFrame:
    """One row per arm, target, split and selection that has a finished run, as in `rates.csv`."""
    return frame_of((_rate_row(report, cell) for report in reports for cell in report.rates), RATE_COLUMNS)


def excluded_frame(plan: Plan, reports: Sequence[StudyReport]) -> pd.DataFrame:
    """One row per run that is left out of all means, as in `excluded.csv`; the same for every part and selection."""
    excluded = reports[0].excluded if reports else ()
    lines = {target.name: len(target.test_ids) for target in plan.targets}
    return frame_of(
        (
            _fields(
                run,
                EXCLUDED_COLUMNS,
                study=plan.study.name,
                targets=" + ".join(run.targets),
                test_lines=sum(lines[name] for name in run.targets),
            )
            for run in excluded
        ),
        EXCLUDED_COLUMNS,
    )


STATISTICS: Mapping[str, Callable[[Sequence[StudyReport]], pd.DataFrame]] = {
    "delta.csv": delta_frame,
    "interactions.csv": interactions_frame,
    "pooled.csv": pooled_frame,
    "trends.csv": trends_frame,
    "rates.csv": rates_frame,
}
"""Name of the file to what is in it."""
