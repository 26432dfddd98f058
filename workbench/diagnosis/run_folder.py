"""The folder of one run against its checksums: what is in it, and whether it says the same everywhere."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from workbench.diagnosis.findings import Fault, Finding
from workbench.errors import WorkspaceError
from workbench.files import read_plain, sha256_of
from workbench.runs.attached import IMPORTED_FILE, load_imported
from workbench.runs.predictions import read_predictions
from workbench.runs.result import RunRecord
from workbench.runs.spec import RunSpec
from workbench.runs.store import RunStore

PartOfRun = tuple[str, str, str]
"""Target, split, selection."""
HALF = "half of a file, left by a program that was killed"


def check_run(store: RunStore, run: str, *, in_use: bool = False) -> Iterator[Finding]:
    """Check the folder of a run.

    Parameters
    ----------
    store : RunStore
    run : str
        Name of the folder.
    in_use : bool
        Another program writes in the workspace now: what it has not completed yet is no fault.

    Yields
    ------
    Finding
        In the order of their weight; a folder that cannot be used yields one.
    """
    found = list(_Folder(store, run).check())
    if in_use and found:  # it may have been looked at in the middle of a write: what is wrong stays wrong
        again = set(_Folder(store, run).check())
        found = [each for each in found if each in again]
    yield from found
    if not in_use:
        for path in sorted(store.folder(run).glob(".*.part")):
            yield Finding("leftover", place_of(store, path), HALF)


def place_of(store: RunStore, path: Path) -> str:
    """Path below the workspace."""
    return path.relative_to(store.workspace.root).as_posix()


class _Counts:
    """Lines, edits and length of a part that a run read, over everything and by cluster."""

    def __init__(self) -> None:
        self.by_cluster: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])

    def add(self, cluster: str, edits: int, length: int) -> None:
        for place, value in enumerate((1, edits, length)):
            self.by_cluster[cluster][place] += value

    def are(self, total: tuple[int, int, int], clusters: tuple[tuple[str, int, int, int], ...] | None) -> bool:
        """Tell whether they are those told; clusters only where they are told."""
        if clusters is not None and sorted(clusters) != sorted((name, *of) for name, of in self.by_cluster.items()):
            return False
        return total == tuple(sum(of[place] for of in self.by_cluster.values()) for place in range(3))


class _Folder:
    def __init__(self, store: RunStore, run: str) -> None:
        self.store, self.run = store, run
        self.log = store.events(run)
        self.spec: RunSpec | None = None

    def check(self) -> Iterator[Finding]:
        if (self.store.folder(self.run) / IMPORTED_FILE).exists():
            yield from self._imported()
            return
        why = self._why_unusable()
        if why is not None:
            yield why
            return
        record, told = self._result()
        yield from told
        if record is None:
            yield from self._unfinished()
            return
        yield from self._beside(record)
        yield from self._predictions(record)
        yield from self._weights(record)

    def _finding(self, fault: Fault, path: Path, what: str) -> Finding:
        return Finding(fault, place_of(self.store, path), what)

    def _damaged(self) -> str:
        first = ", ".join(map(str, self.log.damaged_lines[:5]))
        return first + (" …" if len(self.log.damaged_lines) > 5 else "")

    def _why_unusable(self) -> Finding | None:
        """Why it cannot even be said what the run is, or what came of it."""
        path = self.store.spec_file(self.run)
        try:
            spec = RunSpec.model_validate_json(read_plain(path))
        except FileNotFoundError:
            return self._finding("run", path, "it is missing: what the run is cannot be told")
        except OSError as error:
            return self._finding("other", path, f"it cannot be read: {error.strerror or error}")
        except ValidationError as error:
            return self._finding("run", path, f"it cannot be used: {error.errors()[0]['msg']}")
        self.spec = spec
        if spec.id != self.run:
            return self._finding("run", path, f"it is that of another run ({spec.id})")
        if self.log.damaged_lines and self._kept_result() is None:
            what = f"damaged lines: {self._damaged()}; the run cannot go on from it"
            return self._finding("run", self.store.events_file(self.run), what)
        return None

    # Result

    def _kept_result(self) -> RunRecord | None:
        try:
            return RunRecord.model_validate_json(read_plain(self.store.result_file(self.run)))
        except (OSError, ValidationError):
            return None

    def _result(self) -> tuple[RunRecord | None, list[Finding]]:
        """The result that counts, None for a run that is not finished, and what is wrong with the file."""
        path = self.store.result_file(self.run)
        kept, rebuilt = self._kept_result(), self.store.rebuilt(self.run)
        if kept is None and rebuilt is None:
            if path.exists():
                return None, [self._finding("run", path, "it cannot be used, and the events tell no result")]
            return None, []
        if kept is None:
            what = "it cannot be used" if path.exists() else "it is missing although the run came to its end"
            return rebuilt, [self._finding("result", path, what)]
        if rebuilt is not None and _differ(kept, rebuilt):
            return rebuilt, [self._finding("result", path, "it says something else than the run's events")]
        return kept, []

    def _beside(self, record: RunRecord) -> Iterator[Finding]:
        """What is kept beside a result that is whole."""
        path = self.store.events_file(self.run)
        if self.log.damaged_lines:
            yield self._finding("record", path, f"damaged lines: {self._damaged()}")
        elif self.store.finish(self.run) is None:
            yield self._finding("record", path, "it does not tell how the run ended")
        if record.environment != self.store.environment(self.run):
            path = self.store.environment_file(self.run)
            yield self._finding("record", path, "it says something else than result.json")

    def _unfinished(self) -> Iterator[Finding]:
        saved = self.store.history(self.run).checkpoint
        if saved is not None and self.store.resume_point(self.run) is None:
            path = self.store.folder(self.run) / saved.path
            what = "not what was written" if path.exists() else "missing"
            yield self._finding("checkpoint", path, f"the checkpoint of step {saved.step:,} is {what}")

    # What the result stands on

    def _predictions(self, record: RunRecord) -> Iterator[Finding]:
        path = self.store.predictions_file(self.run)
        fault: Fault = "other" if record.origin == "imported" else "run"
        if not path.is_file():
            yield self._finding(fault, path, "the lines that the run read are missing")
            return
        if sha256_of(path) != record.predictions_sha256:
            yield self._finding(fault, path, "the lines that the run read are not what was written")
            return
        found: defaultdict[PartOfRun, _Counts] = defaultdict(_Counts)
        clusters = self._clusters()
        try:
            for row in read_predictions(path, with_frames=False):
                cluster = clusters.get((row.target, row.line_id), "")
                found[row.target, row.split, row.selection].add(cluster, row.edits, row.length)
        except WorkspaceError as error:
            yield self._finding(fault, path, error.why)
            return
        for evaluated in record.evaluations:
            counts = found[evaluated.target, evaluated.split, evaluated.selection]
            by_cluster = evaluated.clusters if clusters and evaluated.split == "test" else None
            if not counts.are((evaluated.lines, evaluated.edits, evaluated.length), by_cluster):
                what = f"its counts are not those of result.json ({evaluated.target}, {evaluated.split}, "
                yield self._finding("other", path, f"{what}{evaluated.selection})")

    def _clusters(self) -> dict[tuple[str, str], str]:
        """Writer, page or block of each test line, by target and id."""
        return {
            (target.name, line_id): cluster
            for target in (self.spec.targets if self.spec else ())
            for line_id, cluster in zip(target.test_ids, target.test_clusters, strict=True)
        }

    def _weights(self, record: RunRecord) -> Iterator[Finding]:
        for saved in record.weights:
            path = self.store.folder(self.run) / saved.path
            if not path.is_file():
                yield self._finding("weights", path, "the weights are missing")
            elif sha256_of(path) != saved.sha256:
                yield self._finding("weights", path, "the weights are not what was written")

    def _imported(self) -> Iterator[Finding]:
        """A run of another system has no spec, events or weights of ours."""
        try:
            load_imported(self.store.workspace, self.run)
        except WorkspaceError as error:
            yield self._finding("other", self.store.folder(self.run) / IMPORTED_FILE, error.why)
        record, path = self._kept_result(), self.store.result_file(self.run)
        if record is None:
            what = "it cannot be used" if path.exists() else "it is missing"
            yield self._finding("other", path, f"{what}; import the other system's predictions again")
        else:
            yield from self._predictions(record)


def _differ(kept: RunRecord, rebuilt: RunRecord) -> bool:
    """Tell whether a result says something else than the events; results of earlier programs say less."""
    told = kept.model_fields_set - {"environment"}
    return kept.model_dump(include=told) != rebuilt.model_dump(include=told)
