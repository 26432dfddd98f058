"""Runs and results as tables. What the window shows, what is exported and what pandas users get are these frames."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from workbench.analysis.results.pairs import state_of
from workbench.metrics.error_rate import EditCount
from workbench.runs.events import Evaluated, Split
from workbench.runs.history import RunHistory, RunState
from workbench.runs.plan import Plan, PlannedRun
from workbench.runs.result import RunRecord
from workbench.study.schema import Selection

Dtypes = dict[str, str]

_ASKED: Dtypes = {
    "study": "str", "run": "str", "architecture": "str", "regime": "str", "conditions": "str",
}  # fmt: skip

RUN_COLUMNS: Dtypes = _ASKED | {
    "targets": "str", "trained_on": "str", "k": "Int64", "draw": "Int64", "seed": "Int64", "budget": "str",
    "planned_steps": "Int64", "state": "str", "origin": "str", "steps": "Int64", "prior_steps": "Int64",
    "parameters": "Int64", "seconds": "Float64", "device": "str", "threads": "Int64",
}  # fmt: skip
"""Column to type of the table of runs; `targets` (evaluated on) and `trained_on` are names joined by ` + `.

`steps` are a run's own updates, `prior_steps` those of the runs whose weights it went on from.
"""

RESULT_COLUMNS: Dtypes = _ASKED | {
    "target": "str", "language": "str", "k": "Int64", "draw": "Int64", "seed": "Int64", "budget": "str",
    "steps": "Int64", "prior_steps": "Int64", "split": "str", "selection": "str", "status": "str", "lines": "Int64",
    "clusters": "Int64", "edits": "Int64", "length": "Int64", "cer": "Float64", "folded_edits": "Int64",
    "folded_length": "Int64", "folded_cer": "Float64",
}  # fmt: skip
"""Column to type of the table of results; `cer` is a fraction, of characters.

`folded_` counts are those of the same readings with code points folded in reference and hypothesis: CERs that can be
compared between runs trained with and without folding. They are missing where predictions were not asked for.
"""

Folded = Mapping[tuple[str, str, Split, Selection], EditCount]
"""Counts with code points folded, by run, target, split and selection."""

CURVE_COLUMNS: Dtypes = _ASKED | {
    "k": "Int64", "draw": "Int64", "seed": "Int64", "budget": "str", "state": "str", "target": "str",
    "language": "str", "step": "Int64", "epochs": "Float64", "exposures": "Float64", "seconds": "Float64",
    "lines": "Int64", "edits": "Int64", "length": "Int64", "cer": "Float64", "empty_lines": "Int64",
    "loss": "Float64", "learning_rate": "Float64", "gradient_norm": "Float64",
}  # fmt: skip
"""Column to type of the table of validations; `cer` is a fraction, of the validation lines.

`exposures` is how often each training line of the target was shown, on average. Loss, learning rate and gradient norm
are the run's as it last told them; they are missing where it told nothing before the validation.
"""

_MADE = ("origin", "steps", "prior_steps", "parameters", "seconds", "device", "threads")

SPLITS: tuple[Split, ...] = ("test", "validation")
SELECTIONS: tuple[Selection, ...] = ("last", "best")


def frame_of(rows: Iterable[dict[str, Any]], columns: Dtypes) -> pd.DataFrame:
    """Return rows as a table; what a row does not have is missing."""
    table = list(rows)
    return pd.DataFrame(
        {name: pd.array([row.get(name) for row in table], dtype=dtype) for name, dtype in columns.items()}
    )


def _asked(plan: Plan, planned: PlannedRun) -> dict[str, Any]:
    request = planned.request
    return {
        "study": plan.study.name,
        "run": planned.run,
        "architecture": request.architecture,
        "regime": request.arm,
        "conditions": str(request.conditions),
        "k": request.k,
        "draw": request.draw,
        "seed": request.seed,
        "budget": str(request.budget),
    }


def runs_frame(
    plan: Plan, records: Mapping[str, RunRecord], states: Mapping[str, RunState] | None = None
) -> pd.DataFrame:
    """One row per run that the plan asks for, in its order, with the columns of `runs.csv`.

    A run that answers two requests (equal steps and equal epochs that come to the same number) stands there twice.
    Cells of what is not known yet are missing.
    """
    rows: list[dict[str, Any]] = []
    for planned in plan.runs:
        record = records.get(planned.run)
        rows.append(
            _asked(plan, planned)
            | {
                "targets": " + ".join(planned.request.targets),
                "trained_on": " + ".join(planned.request.trained_on),
                "planned_steps": planned.steps,
                "state": state_of(planned.run, records, states or {}),
            }
            | ({name: getattr(record, name) for name in _MADE} if record else {})
        )
    return frame_of(rows, RUN_COLUMNS)


def _counts(evaluated: Evaluated) -> dict[str, Any]:
    return {
        "target": evaluated.target,
        "language": evaluated.language,
        "split": evaluated.split,
        "selection": evaluated.selection,
        "lines": evaluated.lines,
        "clusters": len(evaluated.clusters),
        "edits": evaluated.edits,
        "length": evaluated.length,
        "cer": evaluated.edits / evaluated.length if evaluated.length else None,
    }


def _folded(count: EditCount | None) -> dict[str, Any]:
    if count is None:
        return {}
    return {"folded_edits": count.edits, "folded_length": count.length, "folded_cer": count.rate}


def results_frame(plan: Plan, records: Mapping[str, RunRecord], folded: Folded | None = None) -> pd.DataFrame:
    """One row per run, target, split and selection that was read, with the columns of `results.csv`.

    `status` is `finished` or `collapsed`. Runs without a result have no row.
    """
    return frame_of(
        (
            _asked(plan, planned)
            | {"steps": record.steps, "prior_steps": record.prior_steps, "status": record.state}
            | _counts(evaluated)
            | _folded((folded or {}).get((planned.run, evaluated.target, evaluated.split, evaluated.selection)))
            for planned in plan.runs
            if (record := records.get(planned.run))
            for evaluated in record.evaluations
        ),
        RESULT_COLUMNS,
    )


def curves_frame(
    plan: Plan,
    history_of: Callable[[str], RunHistory],
    records: Mapping[str, RunRecord],
    states: Mapping[str, RunState] | None = None,
) -> pd.DataFrame:
    """One row per run, validation and target, in the order of the plan and of the steps, as in `curves.csv`.

    Runs that were stopped, failed or diverged are there too, as far as they came. A run that answers two requests
    stands there twice, as in :func:`runs_frame`. Histories are asked for one after the other and not kept.
    """
    return frame_of(
        (
            _asked(plan, planned) | {"state": state_of(planned.run, records, states or {})} | row
            for planned in plan.runs
            for row in _validations(plan, history_of(planned.run))
        ),
        CURVE_COLUMNS,
    )


def _validations(plan: Plan, history: RunHistory) -> Iterator[dict[str, Any]]:
    started = history.started
    logged_at = [logged.step for logged in history.losses]
    for point in history.validations:
        before = bisect_right(logged_at, point.step)
        logged = history.losses[before - 1] if before else None
        yield {
            "target": point.target,
            "language": plan.target(point.target).language,
            "step": point.step,
            "epochs": point.step / max(started.steps_per_epoch, 1) if started else None,
            "exposures": point.step * started.exposures_of(point.target) if started else None,
            "seconds": point.pace.seconds,
            "lines": point.lines,
            "edits": point.edits,
            "length": point.length,
            "cer": point.edits / point.length if point.length else None,
            "empty_lines": point.empty_lines,
            "loss": logged.loss if logged else None,
            "learning_rate": logged.learning_rate if logged else None,
            "gradient_norm": logged.gradient_norm if logged else None,
        }
