"""Results counted another way: the same runs and lines, in words or in some kinds of characters only.

A result holds counts of characters. Other measures are counted from the predictions; what comes out are records of the
same shape, so that tables, intervals and heatmaps need not know how errors were counted.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from workbench.analysis.results.readings import RunReadings, read_run
from workbench.errors import WorkspaceError
from workbench.metrics.error_rate import EditCount, total
from workbench.metrics.measures import MEASURES, MeasureName
from workbench.runs.control import Control
from workbench.runs.events import Evaluated, Split
from workbench.runs.result import RunRecord
from workbench.runs.store import RunStore
from workbench.study.schema import Selection


class Recounts:
    """Keeps what was counted, as long as the predictions are the same."""

    def __init__(self) -> None:
        self._found: dict[tuple[Path, str, MeasureName, str], tuple[Evaluated, ...]] = {}

    def records(
        self,
        store: RunStore,
        records: Mapping[str, RunRecord],
        measure: MeasureName,
        wildcards: str = "",
        control: Control | None = None,
    ) -> Iterator[tuple[str, RunRecord]]:
        """Count every run's lines anew, one run after the other, until the user stops it.

        Parameters
        ----------
        store : RunStore
        records : mapping
            Results by run id, as they were counted in training.
        measure : str
            `cer` gives them back as they are.
        wildcards : str
            Placeholders that the study does not score.
        control : Control, optional

        Raises
        ------
        WorkspaceError
            When the predictions of a run are missing, damaged or not those of its result.
        """
        for run, record in records.items():
            if control is not None and control.is_cancelled:
                return
            if measure == "cer":
                yield run, record
                continue
            key = (store.predictions_file(run), record.predictions_sha256, measure, wildcards)
            if key not in self._found:
                self._found[key] = tuple(_recounted(store, record, measure, wildcards))
            yield run, record.model_copy(update={"evaluations": self._found[key]})


def _recounted(store: RunStore, record: RunRecord, measure: MeasureName, wildcards: str) -> Iterator[Evaluated]:
    readings = read_run(store, record.run)
    for evaluated in record.evaluations:
        key: tuple[str, Split, Selection] = (evaluated.target, evaluated.split, evaluated.selection)
        found = readings.get(key)
        if found is None or len(found.line_ids) != evaluated.lines or not _is_of(evaluated, found):
            raise WorkspaceError(
                f"The predictions of run {record.run} are not those of its result",
                f"{evaluated.target}, {evaluated.split}: {len(found.line_ids) if found else 0} lines, "
                f"{total(found.counts).edits if found else 0} edits; the result has {evaluated.lines} and "
                f"{evaluated.edits}",
                "Put a copy of the file back, or move the run's folder away to train it anew.",
            )
        yield _with_counts(evaluated, found, count_lines(found, measure, wildcards))


def _is_of(evaluated: Evaluated, readings: RunReadings) -> bool:
    """Tell whether readings come to the counts of a result."""
    return total(readings.counts) == EditCount(evaluated.edits, evaluated.length)


def count_lines(readings: RunReadings, measure: MeasureName, wildcards: str = "") -> tuple[EditCount, ...]:
    """Count each line of a run by a measure."""
    if measure == "cer":
        return readings.counts
    count = MEASURES[measure].count
    return tuple(
        count(reference, hypothesis, wildcards)
        for reference, hypothesis in zip(readings.references, readings.hypotheses, strict=True)
    )


def _with_counts(evaluated: Evaluated, readings: RunReadings, counts: tuple[EditCount, ...]) -> Evaluated:
    of_all = total(counts)
    return evaluated.model_copy(
        update={"edits": of_all.edits, "length": of_all.length, "clusters": readings.recounted(counts)}
    )
