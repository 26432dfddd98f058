"""Making the index of :mod:`workbench.analysis.lines.reading_index` from the files of predictions of some runs."""

import hashlib
import json
import shutil
import sqlite3
from array import array
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from workbench import files, settings
from workbench.analysis.lines.reading_index import IDS, INDEX_VERSION, REFERENCES, ReadingIndex, block_key
from workbench.analysis.lines.text_blocks import BLOCK_LINES, packed
from workbench.errors import WorkspaceError
from workbench.metrics.alignment import confused_pairs
from workbench.runs.control import Control
from workbench.runs.predictions import WrittenRow, read_rows
from workbench.runs.spec import RunSpec
from workbench.runs.store import RunStore

LOOK_EVERY_ROWS = 500
KEPT_INDEXES = 24
KEPT_BYTES = 8 * 2**30
LONGEST = 16

_TABLES = """
PRAGMA page_size = 32768;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE facts (value TEXT);
CREATE TABLE numbers (name TEXT PRIMARY KEY, body BLOB);
CREATE TABLE blocks (key INTEGER PRIMARY KEY, characters TEXT, texts BLOB);
CREATE TABLE details (key INTEGER PRIMARY KEY, texts BLOB);
CREATE TABLE ids (id TEXT, line INTEGER);
CREATE TABLE confusions (run INTEGER, reference TEXT, hypothesis TEXT, times INTEGER, lines BLOB);
CREATE TEMP TABLE texts (line INTEGER, text TEXT);
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows of which runs belong together."""

    runs: tuple[str, ...]
    target: str
    split: str
    selection: str
    wildcards: str = ""
    """Placeholders that were not scored."""
    digests: tuple[str, ...] = ()
    """Of each run: sha256 of its file as its result has it. A file with another one is left out: what a table counts
    would not be what it holds."""


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """How far the making of an index is, from 0 to 1."""

    share: float


def index_path(store: RunStore, wanted: Wanted) -> Path:
    """Return where the index lies: a name that follows from what is wanted and from the files as they are now.

    Size and time alone would not tell a file that was copied with its time over another one; its digest does.
    """
    stamps = [(run, _stamp(store.predictions_file(run))) for run in wanted.runs]
    said = [INDEX_VERSION, str(store.folder(".")), stamps, wanted.target, wanted.split, wanted.selection]
    name = hashlib.sha256(files.canonical_json([*said, wanted.wildcards, wanted.digests]).encode()).hexdigest()[:24]
    return settings.cache_folder() / "predictions" / name / "index.sqlite"


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def open_or_make(store: RunStore, wanted: Wanted, control: Control) -> Iterator[IndexProgress | ReadingIndex]:
    """Open the index where it is there, else make it; its file may be in use by other threads.

    Yields
    ------
    IndexProgress, ReadingIndex
        The index last; none when the control token says cancel.

    Raises
    ------
    WorkspaceError
        When the cache folder cannot be written.
    """
    path = index_path(store, wanted)
    index = ReadingIndex.open(path)
    if index is None:
        with files.making(path) as draft:
            yield from _make(draft, store, wanted, control)
            if control.is_cancelled:
                draft.unlink()
                return
        index = ReadingIndex.open(path)
        _sweep(path)
    if index is not None:
        yield index


def _sweep(kept: Path) -> None:
    """Delete the indexes that were made longest ago, when there are many."""
    with suppress(OSError):
        found = sorted(kept.parent.parent.glob("*/index.sqlite"), key=lambda path: -path.stat().st_mtime)
        used = 0
        for number, path in enumerate(found):
            used += path.stat().st_size
            if path != kept and (number >= KEPT_INDEXES or used > KEPT_BYTES):
                shutil.rmtree(path.parent, ignore_errors=True)


def _make(path: Path, store: RunStore, wanted: Wanted, control: Control) -> Iterator[IndexProgress]:
    connection = sqlite3.connect(path)
    try:
        connection.executescript(_TABLES)
        maker = _Maker(connection, store, wanted, control)
        yield from maker.read_runs()
        if not control.is_cancelled:
            yield from maker.finish()
            connection.commit()
    except sqlite3.Error as error:
        raise WorkspaceError(
            "The index of the predictions cannot be written", str(error), "Free some space."
        ) from error
    finally:
        connection.close()


class _Maker:
    def __init__(self, connection: sqlite3.Connection, store: RunStore, wanted: Wanted, control: Control) -> None:
        self._connection = connection
        self._store = store
        self._wanted = wanted
        self._control = control
        self._ids: list[str] = []
        self._references: list[str] = []
        self._places: dict[str, int] = {}
        self._readings: list[_Readings] = []
        self._unreadable: dict[str, str] = {}
        sizes = [_stamp(store.predictions_file(run)) for run in wanted.runs]
        self._bytes = [stamp[0] if stamp else 0 for stamp in sizes]

    def read_runs(self) -> Iterator[IndexProgress]:
        """Read one file after the other; one that is damaged counts as not there at all."""
        whole = max(sum(self._bytes), 1)
        for number, run in enumerate(self._wanted.runs):
            lines_before = len(self._ids)
            before = sum(self._bytes[:number])
            readings = _Readings(self._connection, number, self._wanted.wildcards)
            self._readings.append(readings)
            try:
                with closing(self._read(self._store.predictions_file(run), readings)) as reading:
                    for at in reading:
                        yield IndexProgress(0.9 * (before + at) / whole)
                        if self._control.is_cancelled:
                            return
                self._check(number, run)
                readings.finish()
            except (OSError, WorkspaceError) as error:
                readings.forget()
                self._forget_lines(lines_before)
                self._unreadable[run] = _reason(error)

    def _check(self, number: int, run: str) -> None:
        """Raise where a file is another one than the run's result says."""
        path = self._store.predictions_file(run)
        if self._wanted.digests and files.sha256_of(path) != self._wanted.digests[number]:
            raise WorkspaceError(f"The predictions {path} cannot be read", "they are not those that its result counts")

    def _read(self, path: Path, readings: "_Readings") -> Generator[int]:
        """Yield now and then how many bytes were read."""
        wanted = (self._wanted.target, self._wanted.split, self._wanted.selection)
        with files.open_plain(path) as file, closing(read_rows(file, path)) as rows:
            for number, row in enumerate(rows):
                if row[1:4] == wanted:
                    readings.add(self._line_of(row), row)
                if number % LOOK_EVERY_ROWS == 0:
                    yield file.tell()

    def _line_of(self, row: WrittenRow) -> int:
        line = self._places.setdefault(row.line_id, len(self._ids))
        if line == len(self._ids):
            self._ids.append(row.line_id)
            self._references.append(row.reference)
        return line

    def _forget_lines(self, kept: int) -> None:
        for line_id in self._ids[kept:]:
            del self._places[line_id]
        del self._ids[kept:], self._references[kept:]

    def finish(self) -> Iterator[IndexProgress]:
        """Write what is known of the lines, and what only shows when all is read."""
        for start in range(0, len(self._ids), BLOCK_LINES):
            block, part = start // BLOCK_LINES, slice(start, start + BLOCK_LINES)
            for kind, texts in ((IDS, self._ids[part]), (REFERENCES, self._references[part])):
                values = block_key(kind, block), _characters(texts), packed(texts)
                self._insert("INSERT INTO blocks VALUES (?, ?, ?)", *values)
        yield IndexProgress(0.92)
        numbered = enumerate(self._ids)
        self._connection.executemany("INSERT INTO ids VALUES (?, ?)", ((line_id, line) for line, line_id in numbered))
        self._insert("CREATE INDEX lines_by_id ON ids (id)")
        yield IndexProgress(0.95)
        lines = len(self._ids)
        self._keep("edits", b"".join(_whole(each.edits, lines) for each in self._readings))
        self._keep("lengths", b"".join(_whole(each.lengths, lines) for each in self._readings))
        self._keep("text_ranks", self._text_ranks().tobytes())
        facts = self._facts()
        self._insert("INSERT INTO facts VALUES (?)", json.dumps(facts))
        yield IndexProgress(1.0)

    def _insert(self, query: str, *values: object) -> None:
        self._connection.execute(query, values)

    def _keep(self, name: str, body: bytes) -> None:
        self._insert("INSERT INTO numbers VALUES (?, ?)", name, body)

    def _text_ranks(self) -> "np.ndarray[Any, np.dtype[np.int32]]":
        """Rank of each reference among the different ones: sorted by the library, which holds no lock meanwhile."""
        numbered = enumerate(self._references)
        self._connection.executemany("INSERT INTO texts VALUES (?, ?)", numbered)
        ranks = np.empty(len(self._references), np.int32)
        rank, last = -1, None
        for line, text in self._connection.execute("SELECT line, text FROM texts ORDER BY text"):
            rank += text != last
            ranks[line], last = rank, text
        return ranks

    def _facts(self) -> dict[str, Any]:
        specs = {run: self._spec(run) for run in self._wanted.runs}
        names, unit = self._clusters(next((spec for spec in specs.values() if spec is not None), None))
        return {
            "version": INDEX_VERSION,
            "lines": len(self._ids),
            "runs": list(self._wanted.runs),
            "unreadable": self._unreadable,
            "cluster_names": names,
            "cluster_unit": unit,
            "longest_references": sorted(self._references, key=len, reverse=True)[:LONGEST],
            "settings": {run: settings_of(spec, self._wanted.target) for run, spec in specs.items() if spec},
        }

    def _spec(self, run: str) -> RunSpec | None:
        try:
            return self._store.spec(run)
        except WorkspaceError:
            return None

    def _clusters(self, spec: RunSpec | None) -> tuple[list[str], str]:
        """Keep the writer, page or block of each test line, and return their names and what they are."""
        target = next((one for one in spec.targets if one.name == self._wanted.target), None) if spec else None
        known = target is not None and self._wanted.split == "test"
        by_id = dict(zip(target.test_ids, target.test_clusters, strict=True)) if known and target else {}
        names = sorted({by_id[line_id] for line_id in self._ids if line_id in by_id})
        places = {name: place for place, name in enumerate(names)}
        numbers = np.array([places.get(by_id.get(line_id, ""), -1) for line_id in self._ids], np.int32)
        self._keep("clusters", numbers.tobytes())
        return names, target.cluster_unit if target else ""


def _reason(error: OSError | WorkspaceError) -> str:
    """Say why a file is left out; nothing where it is not there."""
    if isinstance(error, WorkspaceError):
        return error.why
    return "" if isinstance(error, FileNotFoundError) else str(error)


def settings_of(spec: RunSpec, target: str) -> dict[str, Any]:
    """Return what places the frames of a run on an image, and the fingerprint of the data set that it is from."""
    return {
        "architecture": spec.architecture.model_dump(mode="json"),
        "preprocessing": spec.preprocessing.model_dump(mode="json"),
        "reading_order": spec.training.reading_order,
        "fingerprint": next((one.fingerprint for one in spec.targets if one.name == target), ""),
    }


def _whole(numbers: "array[int]", lines: int) -> bytes:
    """Numbers of all lines, -1 for those behind the last one that was read."""
    return (numbers + array("i", [-1]) * (lines - len(numbers)))[:lines].tobytes()


def _characters(texts: Sequence[str]) -> str:
    """Different characters of some texts; without those that are no characters, which no index could keep."""
    return "".join(sorted(set().union(*texts))).encode("utf-8", "ignore").decode()


class _Readings:
    """What one run read, on its way into the index."""

    def __init__(self, connection: sqlite3.Connection, number: int, wildcards: str) -> None:
        self._connection = connection
        self._number = number
        self._wildcards = wildcards
        self._open: dict[int, dict[int, tuple[str, str]]] = {}
        self._confused: dict[tuple[str, str], array[int]] = {}
        self.edits = array("i")
        self.lengths = array("i")

    def add(self, line: int, row: WrittenRow) -> None:
        """Take a line; of several with one id the first counts."""
        missing = line + 1 - len(self.edits)
        if missing > 0:
            self.edits.extend([-1] * missing)
            self.lengths.extend([-1] * missing)
        elif self.edits[line] >= 0:
            return
        self.edits[line], self.lengths[line] = row.edits, row.length
        block = self._open.setdefault(line // BLOCK_LINES, {})
        block[line] = (row.hypothesis, f"{row.frames};{row.confidences}" if row.frames or row.confidences else "")
        if len(block) == BLOCK_LINES:
            self._close(line // BLOCK_LINES)
        if row.edits:
            self._confuse(line, row)

    def _confuse(self, line: int, row: WrittenRow) -> None:
        for pair in confused_pairs(row.reference, row.hypothesis, self._wildcards):
            lines = self._confused.get(pair)
            if lines is None:
                lines = self._confused[pair] = array("i")
            lines.append(line)

    def _close(self, block: int) -> None:
        lines = self._open.pop(block)
        first = block * BLOCK_LINES
        rows = [lines.get(line, ("", "")) for line in range(first, first + BLOCK_LINES)]
        texts, details = ([row[column] for row in rows] for column in (0, 1))
        key = block_key(self._number, block)
        self._connection.execute("INSERT INTO blocks VALUES (?, ?, ?)", (key, _characters(texts), packed(texts)))
        self._connection.execute("INSERT INTO details VALUES (?, ?)", (key, packed(details)))

    def finish(self) -> None:
        """Write what is left."""
        for block in list(self._open):
            self._close(block)
        rows = [
            (self._number, *pair, len(lines), np.unique(np.frombuffer(lines, np.int32)).tobytes())
            for pair, lines in self._confused.items()
        ]
        self._connection.executemany("INSERT INTO confusions VALUES (?, ?, ?, ?, ?)", rows)
        self._confused.clear()

    def forget(self) -> None:
        """Take everything back: the file turned out to be damaged."""
        first, last = block_key(self._number, 0), block_key(self._number + 1, 0)
        for table in ("blocks", "details"):
            self._connection.execute(f"DELETE FROM {table} WHERE key >= ? AND key < ?", (first, last))  # noqa: S608
        self._open.clear()
        self._confused.clear()
        self.edits, self.lengths = array("i"), array("i")
