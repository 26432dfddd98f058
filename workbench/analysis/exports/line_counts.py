"""What runs read, line by line, without the texts: `counts.csv`, which a bundle holds in the place of predictions."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench import files
from workbench.errors import WorkspaceError
from workbench.metrics.error_rate import EditCount, count_characters
from workbench.runs.events import Split
from workbench.runs.predictions import Prediction, read_predictions
from workbench.runs.store import RunStore
from workbench.study.conditions import FOLDING_STEPS
from workbench.study.schema import Selection
from workbench.text.normalize import normalise

COUNTS_FILE = "counts.csv"
COLUMNS = ("line_id", "target", "split", "selection", "edits", "length", "folded_edits", "folded_length")


@dataclass(frozen=True, slots=True)
class LineCount:
    """Counts of one line as one selection of a run read it, and its texts where they are at hand."""

    line_id: str
    target: str
    split: Split
    selection: Selection
    count: EditCount
    folded: EditCount
    """With code points folded in reference and hypothesis."""
    reference: str = ""
    hypothesis: str = ""

    def row(self) -> tuple[str | int, ...]:
        """Return it as a row of `counts.csv`."""
        counts = (self.count.edits, self.count.length, self.folded.edits, self.folded.length)
        return (self.line_id, self.target, self.split, self.selection, *counts)


def counts_file(store: RunStore, run: str) -> Path:
    """Where the counts of a run from a bundle lie."""
    return store.folder(run) / COUNTS_FILE


def _counted(prediction: Prediction, wildcards: str) -> LineCount:
    reference, hypothesis = (normalise(text, FOLDING_STEPS) for text in (prediction.reference, prediction.hypothesis))
    return LineCount(
        line_id=prediction.line_id,
        target=prediction.target,
        split=prediction.split,
        selection=prediction.selection,
        count=EditCount(prediction.edits, prediction.length),
        folded=count_characters(reference, hypothesis, wildcards),
        reference=prediction.reference,
        hypothesis=prediction.hypothesis,
    )


def read_counts(store: RunStore, run: str, wildcards: str = "") -> Iterator[LineCount]:
    """Give the counts of a run's lines: from its predictions, or from what a bundle holds in their place.

    Raises
    ------
    WorkspaceError
        When it has neither, or the file is damaged.
    """
    if not store.predictions_file(run).is_file() and counts_file(store, run).is_file():
        return _from_file(counts_file(store, run))
    return (_counted(prediction, wildcards) for prediction in read_predictions(store.predictions_file(run)))


def _from_file(path: Path) -> Iterator[LineCount]:
    try:
        with files.open_plain(path) as content, io.TextIOWrapper(content, "utf-8", newline="") as file:
            for row in csv.DictReader(file, strict=True):
                yield LineCount(
                    line_id=row["line_id"],
                    target=row["target"],
                    split=row["split"],  # pyright: ignore[reportArgumentType]
                    selection=row["selection"],  # pyright: ignore[reportArgumentType]
                    count=EditCount(int(row["edits"]), int(row["length"])),
                    folded=EditCount(int(row["folded_edits"]), int(row["folded_length"])),
                )
    except (OSError, KeyError, TypeError, ValueError, csv.Error) as error:
        raise WorkspaceError(f"The counts {path} cannot be read", str(error)) from error


def rows_of(counts: Iterable[LineCount]) -> Iterator[tuple[str | int, ...]]:
    """Rows of `counts.csv`."""
    return (count.row() for count in counts)
