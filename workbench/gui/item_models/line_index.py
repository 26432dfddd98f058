"""Which lines of a data set are shown, in which order: worked out in a thread, without Qt."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.data.catalog import OpenedDataset
from workbench.data.line import ReadProblem, TextLine
from workbench.gui.item_models.ranking import Ranks, batches, natural_key, order_of, text_ranks
from workbench.runs.control import Control
from workbench.text.search import matcher

ANY = "any"
Notes = Mapping[str, tuple[ReadProblem, ...]]
"""Notes about lines that are used all the same, by line id."""
SortKey = Literal["text", "id", "writer", "part", "length", "width", "height", "density"]


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Which lines are shown."""

    search: str = ""
    """In transcription, id and writer; see :func:`workbench.text.search.matcher`."""
    part: str | None = ANY
    """A part, None for lines without one, or `any`."""
    writer: str | None = ANY
    """A writer, None for lines without one, or `any`."""
    problems: str = ANY
    """`with`, `without` or `any`."""
    shortest: int = 0
    longest: int | None = None
    """Characters of the transcription, both included."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be shown, and how it is sorted."""

    line_filter: LineFilter = LineFilter()
    key: SortKey | None = None
    """None: the data set's own order."""
    is_descending: bool = False


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The answer: rows of a table, and where each line of the data set is among them."""

    wanted: Wanted
    positions: NDArray[np.int64]
    """Of each row: the position of its line in the data set."""
    rows: NDArray[np.int64]
    """Of each position: its row, -1 where the line is not shown."""
    places: Mapping[str, int]
    """Position of each line id."""
    notes: Notes


class LineIndex:
    """What is asked of one data set's lines again and again; kept once it was worked out.

    Used by one thread at a time, or by a second one that would work out the same.
    """

    def __init__(self, opened: OpenedDataset) -> None:
        self._lines = opened.lines.lines
        self._problems = opened.lines.problems
        self._cache = opened.cache
        self._ranks: dict[SortKey, Ranks] = {}
        self._places: dict[str, int] | None = None
        self._notes: Notes | None = None

    def __len__(self) -> int:
        return len(self._lines)

    def arrange(self, wanted: Wanted, control: Control) -> Arrangement:
        """Filter and sort.

        Raises
        ------
        OvertakenError
            When the control token says so.
        """
        notes = self._notes_by_line(control)
        positions = np.arange(len(self._lines))
        if wanted.key is not None:
            positions = order_of(self._ranks_of(wanted.key, control), is_descending=wanted.is_descending)
        if wanted.line_filter != LineFilter():
            positions = positions[self._passing(wanted.line_filter, notes, control)[positions]]
        rows = np.full(len(self._lines), -1)
        rows[positions] = np.arange(len(positions))
        return Arrangement(wanted, positions, rows, self._places_by_id(control), notes)

    def _passing(self, line_filter: LineFilter, notes: Notes, control: Control) -> NDArray[np.bool_]:
        passes = _test(line_filter, notes)
        found = np.zeros(len(self._lines), np.bool_)
        for batch in batches(len(self._lines), control):
            found[batch] = [passes(line) for line in self._lines[batch]]
        return found

    def _ranks_of(self, key: SortKey, control: Control) -> Ranks:
        if key not in self._ranks:
            self._ranks[key] = self._made_ranks(key, control)
        return self._ranks[key]

    def _made_ranks(self, key: SortKey, control: Control) -> Ranks:
        match key:
            case "text" | "id" | "writer" | "part":
                read = _TEXT_KEYS[key]
                keys: list[str] = []
                for batch in batches(len(self._lines), control):
                    keys += [read(line) for line in self._lines[batch]]
                return text_ranks(keys, control)
            case "length":
                return self._numbers(lambda line: len(line.transcription), control)
            case "width":
                return self._numbers(lambda line: self._cache.size(line.id)[1], control)
            case "height":
                return self._numbers(lambda line: self._cache.size(line.id)[0], control)
            case "density":
                return self._ranks_of("length", control) / np.maximum(self._ranks_of("width", control), 1)

    def _numbers(self, read: Callable[[TextLine], int], control: Control) -> NDArray[np.int64]:
        numbers = np.empty(len(self._lines), np.int64)
        for batch in batches(len(self._lines), control):
            numbers[batch] = [read(line) for line in self._lines[batch]]
        return numbers

    def _places_by_id(self, control: Control) -> dict[str, int]:
        if self._places is None:
            places: dict[str, int] = {}
            for batch in batches(len(self._lines), control):
                places.update((line.id, batch.start + n) for n, line in enumerate(self._lines[batch]))
            self._places = places
        return self._places

    def _notes_by_line(self, control: Control) -> Notes:
        if self._notes is None:
            named: dict[str, list[ReadProblem]] = defaultdict(list)
            for problem in self._problems:
                if problem.path != ".":
                    named[problem.path].append(problem)
            notes: dict[str, tuple[ReadProblem, ...]] = {}
            for batch in batches(len(self._lines) if named else 0, control):
                for line in self._lines[batch]:
                    if problems := named.get(line.image.as_posix()):
                        notes[line.id] = tuple(problems)
            self._notes = notes
        return self._notes


_TEXT_KEYS: dict[SortKey, Callable[[TextLine], str]] = {
    "text": lambda line: line.transcription,
    "id": lambda line: natural_key(line.id),
    "writer": lambda line: natural_key(line.writer or ""),
    "part": lambda line: line.split or "",
}


def _test(line_filter: LineFilter, notes: Notes) -> Callable[[TextLine], bool]:
    """Return the test that a line has to pass; what is not asked for costs nothing."""
    tests: list[Callable[[TextLine], bool]] = []
    if line_filter.part != ANY:
        tests.append(lambda line: line.split == line_filter.part)
    if line_filter.writer != ANY:
        tests.append(lambda line: line.writer == line_filter.writer)
    if line_filter.problems != ANY:
        tests.append(lambda line: (line.id in notes) == (line_filter.problems == "with"))
    if line_filter.shortest:
        tests.append(lambda line: len(line.transcription) >= line_filter.shortest)
    if (longest := line_filter.longest) is not None:
        tests.append(lambda line: len(line.transcription) <= longest)
    if line_filter.search.strip():
        matches = matcher(line_filter.search)
        tests.append(lambda line: matches(line.transcription) or matches(line.id) or matches(line.writer or ""))
    return lambda line: all(test(line) for test in tests)
