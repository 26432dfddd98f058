"""What runs read, line by line: the same lines for every run of an arm, with the clusters that they belong to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from workbench.analysis.statistics.bootstrap import Counts
from workbench.errors import WorkspaceError
from workbench.metrics.error_rate import EditCount
from workbench.runs.attached import load_imported
from workbench.runs.events import Split
from workbench.runs.predictions import Prediction, read_predictions
from workbench.runs.store import RunStore
from workbench.study.schema import Selection

PartOfRun = tuple[str, Split, Selection]
"""Target, part and weights."""


@dataclass(frozen=True, slots=True)
class RunReadings:
    """One part of a target as one run read it with one selection of weights. All tuples are parallel."""

    run: str
    target: str
    split: Split
    selection: Selection
    line_ids: tuple[str, ...]
    references: tuple[str, ...]
    """Logical order, normalised as the study says."""
    hypotheses: tuple[str, ...]
    counts: tuple[EditCount, ...]
    clusters: tuple[str, ...]
    """Writer, page or block of each line; empty for validation lines, of which none are kept."""
    cluster_unit: str

    def recounted(self, counts: tuple[EditCount, ...]) -> tuple[tuple[str, int, int, int], ...]:
        """Sum other counts of its lines by cluster: (cluster, lines, edits, length), sorted, as results keep them."""
        return by_cluster(self.clusters, counts)


def by_cluster(clusters: tuple[str, ...], counts: tuple[EditCount, ...]) -> tuple[tuple[str, int, int, int], ...]:
    """Sum counts of lines by their cluster: (cluster, lines, edits, length), sorted; empty without clusters."""
    if not clusters:
        return ()
    names, places = np.unique(np.array(clusters, dtype=object), return_inverse=True)
    table: Counts = np.array([(1, count.edits, count.length) for count in counts], dtype=np.int64)
    sums = np.zeros((len(names), 3), dtype=np.int64)
    np.add.at(sums, places, table)
    return tuple((str(name), *map(int, row)) for name, row in zip(names, sums, strict=True))  # pyright: ignore[reportReturnType]


def read_run(store: RunStore, run: str) -> Mapping[PartOfRun, RunReadings]:
    """Read everything that a finished run read.

    Raises
    ------
    WorkspaceError
        When its predictions or its spec are missing or damaged, or they name a line twice.
    """
    found: dict[PartOfRun, list[Prediction]] = {}
    for prediction in read_predictions(store.predictions_file(run), with_frames=False):
        found.setdefault((prediction.target, prediction.split, prediction.selection), []).append(prediction)
    return {key: _readings(store, run, key, predictions) for key, predictions in found.items()}


def _readings(store: RunStore, run: str, key: PartOfRun, predictions: list[Prediction]) -> RunReadings:
    target, split, selection = key
    line_ids = tuple(prediction.line_id for prediction in predictions)
    if len(set(line_ids)) < len(line_ids):
        raise WorkspaceError(f"The predictions of run {run} name a line of {target} twice")
    clusters, unit = _clusters(store, run, target, line_ids) if split == "test" else ((), "")
    return RunReadings(
        run=run,
        target=target,
        split=split,
        selection=selection,
        line_ids=line_ids,
        references=tuple(prediction.reference for prediction in predictions),
        hypotheses=tuple(prediction.hypothesis for prediction in predictions),
        counts=tuple(EditCount(prediction.edits, prediction.length) for prediction in predictions),
        clusters=clusters,
        cluster_unit=unit,
    )


def _clusters(store: RunStore, run: str, target: str, line_ids: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    spec = store.spec(run)
    if spec is None and (imported := load_imported(store.workspace, run)) is not None:
        return imported.clusters, imported.cluster_unit
    if spec is None:
        raise WorkspaceError(f"The clusters of run {run} are not known", f"{store.spec_file(run)} is missing")
    lines = spec.target(target)
    of_line = dict(zip(lines.test_ids, lines.test_clusters, strict=True))
    missing = [line_id for line_id in line_ids if line_id not in of_line]
    if missing:
        raise WorkspaceError(f"The predictions of run {run} name lines that it did not read", missing[0])
    return tuple(of_line[line_id] for line_id in line_ids), lines.cluster_unit


def readings_of(store: RunStore, runs: tuple[str, ...], key: PartOfRun) -> Iterator[RunReadings]:
    """Read one part as several runs read it, one run after the other."""
    for run in runs:
        found = read_run(store, run).get(key)
        if found is not None:
            yield found
