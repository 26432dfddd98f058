"""The tables of probes as frames and CSV files."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from workbench import files
from workbench.analysis.probes.values import ProbeTables
from workbench.analysis.results.frames import Dtypes, frame_of

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


def _of_study(tables: ProbeTables) -> dict[str, Any]:
    return {"study": tables.study, "selection": tables.selection}


def context_frame(tables: ProbeTables) -> pd.DataFrame:
    """One row per arm, target and width, with the columns of `context.csv`."""
    rows = (_of_study(tables) | asdict(point) | asdict(point.arm) for point in tables.context)
    return frame_of(rows, CONTEXT_COLUMNS)


def context_delta_frame(tables: ProbeTables) -> pd.DataFrame:
    """One row per arm that has a baseline, target and width, with the columns of `context-delta.csv`."""
    rows = (
        _of_study(tables) | asdict(each) | asdict(each.arm) | {"delta_cer_pp": each.delta_pp} for each in tables.deltas
    )
    return frame_of(rows, CONTEXT_DELTA_COLUMNS)


def similarity_frame(tables: ProbeTables) -> pd.DataFrame:
    """One row per pair of arms and target, with the columns of `similarity.csv`."""
    return frame_of(
        (_of_study(tables) | asdict(row) | asdict(row.key) for row in tables.similarity), SIMILARITY_COLUMNS
    )


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
