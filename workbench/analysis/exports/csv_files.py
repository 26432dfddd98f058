"""A study as CSV files: UTF-8, one header row, and every text comes back exactly as it was.

Fields that hold commas, quotes or line ends are quoted, quotes doubled, rows end in CR LF (RFC 4180). Nothing is
escaped or trimmed, so a text that begins with '=' begins with '=' in the file; a spreadsheet has to import such
columns as text, or is given the tables as :mod:`workbench.analysis.exports.spreadsheet` makes them. Missing values
are empty fields.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from workbench import files
from workbench.analysis.exports import spreadsheet
from workbench.analysis.exports.line_counts import read_counts
from workbench.analysis.results.frames import curves_frame, results_frame, runs_frame
from workbench.analysis.results.report import read_runs
from workbench.analysis.results.statistics_frames import STATISTICS, excluded_frame, reports_of
from workbench.errors import WorkspaceError
from workbench.metrics.error_rate import EditCount
from workbench.runs.events import Split
from workbench.runs.plan import Plan
from workbench.runs.result import RunRecord
from workbench.runs.store import RunStore
from workbench.study.schema import Selection

PREDICTION_COLUMNS = (
    "run", "target", "split", "selection", "line_id", "reference", "hypothesis", "edits", "length", "folded_edits",
    "folded_length",
)  # fmt: skip


def _plain_rows(frame: pd.DataFrame) -> Iterator[list[Any]]:
    for row in frame.itertuples(index=False, name=None):
        yield ["" if pd.isna(value) else value for value in row]


class _Predictions:
    """Lines of all runs that have a result, each run once, in the order of the plan; what they come to, folded."""

    def __init__(self, plan: Plan, records: dict[str, RunRecord], store: RunStore) -> None:
        self._runs = [run for run in plan.run_ids if run in records]
        self._store = store
        self._wildcards = plan.study.placeholders.wildcards
        self.folded: dict[tuple[str, str, Split, Selection], EditCount] = {}
        """Sums over the rows that were taken so far."""

    def rows(self) -> Iterator[tuple[Any, ...]]:
        for run in self._runs:
            for line in read_counts(self._store, run, self._wildcards):
                key = (run, line.target, line.split, line.selection)
                self.folded[key] = self.folded.get(key, EditCount(0, 0)) + line.folded
                yield (
                    run, line.target, line.split, line.selection, line.line_id, line.reference, line.hypothesis,
                    line.count.edits, line.count.length, line.folded.edits, line.folded.length,
                )  # fmt: skip


def read_curves(plan: Plan, store: RunStore) -> pd.DataFrame:
    """Read the validations of a study's runs as a table; see :func:`workbench.analysis.results.frames.curves_frame`."""
    return curves_frame(plan, store.history, *read_runs(plan, store))


SPREADSHEET_NOTE = "spreadsheet.txt"


def export_study(plan: Plan, store: RunStore, folder: Path, *, for_spreadsheets: bool = False) -> tuple[Path, ...]:
    """Write the tables of a study as CSV files into a folder and return their paths.

    `runs.csv`, `results.csv`, `delta.csv`, `interactions.csv`, `pooled.csv`, `trends.csv`, `rates.csv`,
    `excluded.csv`, `curves.csv` and `predictions.csv`.

    Existing files of these names are replaced. Predictions are copied line by line, never held in memory at once. In a
    workspace that was made from a bundle without texts, those of the predictions are empty, and every number is the
    same.

    Parameters
    ----------
    for_spreadsheets : bool
        With a byte order mark, and texts that would be taken for formulas, numbers or dates behind an apostrophe, as
        :mod:`workbench.analysis.exports.spreadsheet` says; so does `spreadsheet.txt`, which is written beside them.

    Raises
    ------
    WorkspaceError
        When the folder cannot be written, or a finished run's predictions cannot be read.
    """
    if folder.exists() and not folder.is_dir():
        raise WorkspaceError(f"{folder} is a file", hint="Name a folder for the tables.")
    records, states = read_runs(plan, store)
    predictions = _Predictions(plan, records, store)
    _write(folder / "predictions.csv", PREDICTION_COLUMNS, predictions.rows(), for_spreadsheets)
    reports = reports_of(plan, records, states)
    frames = {
        "runs.csv": runs_frame(plan, records, states),
        "results.csv": results_frame(plan, records, predictions.folded),
        **{name: frame(reports) for name, frame in STATISTICS.items()},
        "excluded.csv": excluded_frame(plan, reports),
        "curves.csv": curves_frame(plan, store.history, records, states),
    }
    for name, frame in frames.items():
        _write(folder / name, map(str, frame.columns), _plain_rows(frame), for_spreadsheets)
    note = folder / SPREADSHEET_NOTE
    if for_spreadsheets:
        files.write_text(note, spreadsheet.NOTE)
    else:
        with files.explained(note):
            note.unlink(missing_ok=True)  # it would be untrue of the tables that lie here now
    return (*(folder / name for name in (*frames, "predictions.csv")), *([note] if for_spreadsheets else []))


def _write(path: Path, columns: Iterable[str], rows: Iterable[Iterable[Any]], for_spreadsheets: bool) -> None:
    if for_spreadsheets:
        rows = (map(spreadsheet.safe, row) for row in rows)
    files.write_csv(path, columns, rows, encoding="utf-8-sig" if for_spreadsheets else "utf-8")
