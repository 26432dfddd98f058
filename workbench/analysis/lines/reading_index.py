"""What some runs read in the same lines, as one file from which any line is fetched at once.

A file of predictions is read from its beginning to its end, and a cell of the heatmap has several. Here their rows lie
line by line: texts in blocks of some hundred lines, counts as arrays over all lines, and for each confusion the lines
that have it. The index lies in the user's cache folder. It can be deleted at any time, it is made anew when one of the
files is another, and nothing that is exported or computed is read from it.

:mod:`workbench.analysis.lines.reading_index_maker` writes it.
"""

import json
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.lines.text_blocks import BLOCK_LINES, found_in, unpacked
from workbench.errors import WorkspaceError
from workbench.text.search import LineFinder

INDEX_VERSION = 2
"""Raised whenever the file is laid out in another way."""

Counts = NDArray[np.int32]
_KEPT_BLOCKS = 64
REFERENCES, IDS = -1, -2
"""Texts that are no readings, in the place of a run's number."""


def block_key(run: int, block: int) -> int:
    """Key of a block of a run, of the references (-1) or of the ids (-2)."""
    return (run + 2 << 32) + block


@dataclass(frozen=True, slots=True)
class Confusion:
    """A character of the reference and what it was read as. Nothing (empty) stands for an insertion or an omission."""

    reference: str
    hypothesis: str
    times: int


@dataclass(frozen=True, slots=True)
class LineReading:
    """What one run read in one line; `edits` of `length` characters."""

    hypothesis: str
    edits: int
    length: int
    frames: tuple[int, ...] = ()
    """One per character of the hypothesis, or none at all: files of early versions hold none."""
    confidences: tuple[float, ...] = ()


class ReadingIndex:
    """An index that is there, opened in one thread.

    Attributes
    ----------
    path : Path
    edits, lengths : ndarray, shape (runs, lines), int32
        Of each reading; edits are -1 where a run has not read a line.
    text_ranks : ndarray, shape (lines,), int32
        Place of each reference among all of them, by code points.
    clusters : ndarray, shape (lines,), int32
        Writer, page or block of each line as a position in `cluster_names`, -1 where it is not known.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, facts: dict[str, Any]) -> None:
        self.path = path
        self._connection = connection
        self.lines = int(facts["lines"])
        self.runs: tuple[str, ...] = tuple(facts["runs"])
        self.unreadable: dict[str, str] = facts["unreadable"]
        """Runs that are not in the index, with the reason; an empty one where the file is not there."""
        self.cluster_names: tuple[str, ...] = tuple(facts["cluster_names"])
        self.cluster_unit = str(facts["cluster_unit"])
        self.longest_references: tuple[str, ...] = tuple(facts["longest_references"])
        self.settings: dict[str, Any] = facts["settings"]
        """By run: what its images went through, as `settings_of` of the module that makes the index says."""
        shape = (len(self.runs), self.lines)
        self.edits: Counts = self._array("edits").reshape(shape)
        self.lengths: Counts = self._array("lengths").reshape(shape)
        self.text_ranks: Counts = self._array("text_ranks")
        self.clusters: Counts = self._array("clusters")
        self._blocks: OrderedDict[tuple[int, str], list[str]] = OrderedDict()
        self._characters_of_blocks: dict[int, str] = {}

    @staticmethod
    def open(path: Path) -> "ReadingIndex | None":
        """Open an index; None where there is none, or a damaged one, or one of another version."""
        if not path.is_file():
            return None
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
        try:
            facts = json.loads(connection.execute("SELECT value FROM facts").fetchone()[0])
            if facts["version"] == INDEX_VERSION:
                return ReadingIndex(path, connection, facts)
        except (sqlite3.Error, ValueError, KeyError, TypeError):
            pass
        connection.close()
        return None

    def again(self) -> "ReadingIndex":
        """Open the same file for another thread.

        Raises
        ------
        WorkspaceError
            When it is gone.
        """
        try:
            connection = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
        except sqlite3.Error as error:
            raise _lost(self.path, str(error)) from error
        other = copy(self)  # the arrays are shared
        other._connection, other._blocks = connection, OrderedDict()
        return other

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def discard(self) -> None:
        """Let go of the file and delete it, so that it is made anew."""
        self.close()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _array(self, name: str) -> Counts:
        (body,) = self._connection.execute("SELECT body FROM numbers WHERE name = ?", (name,)).fetchone()
        return np.frombuffer(body, np.int32) if body else np.empty(0, np.int32)

    def reference(self, line: int) -> str:
        """Return the reference of a line; raises as all of these when the file is damaged or gone."""
        return self._text(REFERENCES, line)

    def line_id(self, line: int) -> str:
        """Return the id of a line."""
        return self._text(IDS, line)

    def readings(self, line: int) -> Iterator[tuple[int, LineReading]]:
        """Yield (number of the run, reading) of the runs that have read a line."""
        for run in range(len(self.runs)):
            if self.edits[run, line] >= 0:
                yield run, self._reading(run, line)

    def _reading(self, run: int, line: int) -> LineReading:
        hypothesis = self._text(run, line)
        frames, confidences = _per_character(self._text(run, line, "details"), len(hypothesis))
        edits, length = int(self.edits[run, line]), int(self.lengths[run, line])
        return LineReading(hypothesis, edits, length, frames, confidences)

    def position(self, line_id: str) -> int | None:
        """Return the line of an id, None where there is no such line."""
        row = self._fetch("SELECT line FROM ids WHERE id = ?", line_id)
        return int(row[0]) if row else None

    def _text(self, run: int, line: int, table: str = "blocks") -> str:
        key = block_key(run, int(line) // BLOCK_LINES)
        block = self._blocks.get((key, table))
        if block is None:
            block = self._blocks[key, table] = self._block(key, table)
            if len(self._blocks) > _KEPT_BLOCKS:
                self._blocks.popitem(last=False)
        else:
            self._blocks.move_to_end((key, table))
        return block[line % BLOCK_LINES]

    def _block(self, key: int, table: str) -> list[str]:
        row = self._fetch(f"SELECT texts FROM {table} WHERE key = ?", key)  # noqa: S608 - one of two names
        if row is None:
            raise _lost(self.path, "a block is missing")
        return unpacked(row[0])

    def found(self, source: int, finder: LineFinder) -> Iterator[tuple[int, list[int]]]:
        """Yield what a search finds, block by block: the first line of the block, and the lines counted from it.

        Parameters
        ----------
        source : int
            Number of a run, or :data:`REFERENCES` or :data:`IDS`.
        """
        first, last = block_key(source, 0), block_key(source + 1, 0)
        likely = {
            key: known for key, known in self._characters.items() if first <= key < last and finder.may_be_in(known)
        }
        if not likely:
            return
        try:
            rows = self._connection.execute(
                "SELECT key, texts FROM blocks WHERE key >= ? AND key <= ? ORDER BY key", (min(likely), max(likely))
            )
            for key, body in rows:
                hits = found_in(body, finder, likely[key]) if key in likely else []
                yield (key - first) * BLOCK_LINES, hits
        except sqlite3.Error as error:
            raise _lost(self.path, str(error)) from error

    @property
    def _characters(self) -> dict[int, str]:
        """Different characters of each block: most searches for Latin letters end here."""
        if not self._characters_of_blocks:
            self._characters_of_blocks.update(self._fetch_all("SELECT key, characters FROM blocks"))
        return self._characters_of_blocks

    def confusions(self, runs: Sequence[int]) -> list[Confusion]:
        """Return what some runs confused, the most frequent first."""
        marks = ",".join("?" * len(runs))
        rows = self._fetch_all(
            f"SELECT reference, hypothesis, SUM(times) AS n FROM confusions WHERE run IN ({marks})"  # noqa: S608
            " GROUP BY reference, hypothesis ORDER BY n DESC, reference, hypothesis",
            *runs,
        )
        return [Confusion(*row) for row in rows]

    def confused_lines(self, runs: Sequence[int], reference: str | None, hypothesis: str | None) -> NDArray[np.bool_]:
        """Tell of each line whether one of the runs read a character of it as another; None: whatever it is."""
        found = np.zeros(self.lines, np.bool_)
        marks = ",".join("?" * len(runs))
        rows = self._fetch_all(
            f"SELECT lines FROM confusions WHERE run IN ({marks})"  # noqa: S608 - question marks
            " AND reference = IFNULL(?, reference) AND hypothesis = IFNULL(?, hypothesis)",
            *runs,
            reference,
            hypothesis,
        )
        for (body,) in rows:
            found[np.frombuffer(body, np.int32)] = True
        return found

    def _fetch(self, query: str, *values: object) -> tuple[Any, ...] | None:
        try:
            return self._connection.execute(query, values).fetchone()
        except sqlite3.Error as error:
            raise _lost(self.path, str(error)) from error

    def _fetch_all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise _lost(self.path, str(error)) from error


def _lost(path: Path, why: str) -> WorkspaceError:
    return WorkspaceError(
        "The index of the predictions cannot be read",
        why,
        f"Choose the cell again; if that does not help, delete {path.parent}.",
    )


def _per_character(details: str, characters: int) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Take frames and confidences apart; what does not fit the text is left out."""
    frames_text, _, confidences_text = details.partition(";")
    try:
        frames = tuple(map(int, frames_text.split()))
        confidences = tuple(map(float, confidences_text.split()))
    except ValueError:
        return (), ()
    return (
        frames if len(frames) == characters else (),
        confidences if len(confidences) == characters else (),
    )
