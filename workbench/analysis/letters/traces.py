"""What became of every character of the references: read right, read as another one, or missed; as flat arrays.

All lines of a part follow one another. Arrays over *places* have one entry per reference character of all lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.results.readings import RunReadings
from workbench.metrics.alignment import operations

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Points = NDArray[np.int32]
"""Code points; as small as they may be, since a study has hundreds of runs."""

RIGHT, SUBSTITUTED, DELETED, IGNORED = range(4)
"""What became of a reference character. Ignored: a placeholder that is not scored."""

NOWHERE = -1
"""Place of an insertion into an empty reference; read in the place of a missed character: nothing."""


@dataclass(frozen=True)
class LineTexts:
    """The references of a part, the same ones for all runs that are compared."""

    line_ids: tuple[str, ...]
    references: tuple[str, ...]
    clusters: tuple[str, ...]
    """Writer, page or block of each line; empty where none are kept."""
    cluster_unit: str
    wildcards: str = ""

    @staticmethod
    def of(readings: RunReadings, wildcards: str = "") -> "LineTexts":
        """Take the lines that a run read."""
        return LineTexts(readings.line_ids, readings.references, readings.clusters, readings.cluster_unit, wildcards)

    @cached_property
    def text(self) -> str:
        """All references, one after the other."""
        return "".join(self.references)

    @cached_property
    def starts(self) -> Ints:
        """Place of the first character of each line, and at the end the number of places; shape (lines + 1,)."""
        return np.concatenate([[0], np.cumsum([len(text) for text in self.references])]).astype(np.int64)

    @cached_property
    def lines(self) -> Ints:
        """Number of the line of each place."""
        return np.repeat(np.arange(len(self.references)), np.diff(self.starts))

    @cached_property
    def _alphabet(self) -> tuple[Ints, Ints]:
        codes, places = np.unique(code_points(self.text), return_inverse=True)
        return codes.astype(np.int64), places.astype(np.int64)

    @cached_property
    def characters(self) -> tuple[str, ...]:
        """Different characters, by code point."""
        return tuple(chr(code) for code in self._alphabet[0])

    @property
    def character_at(self) -> Ints:
        """Which of `characters` stands at each place."""
        return self._alphabet[1]

    @cached_property
    def is_counted(self) -> Bools:
        """Whether each place counts in the length: placeholders that are not scored do not."""
        counted = np.array([character not in self.wildcards for character in self.characters], bool)
        return counted[self.character_at] if len(counted) else np.zeros(0, bool)

    @cached_property
    def cluster_names(self) -> tuple[str, ...]:
        """Different clusters, sorted; one for all lines where none are kept."""
        return tuple(sorted(set(self.clusters))) if self.clusters else ("",)

    @cached_property
    def cluster_of_line(self) -> Ints:
        """Position in `cluster_names` of the cluster of each line."""
        if not self.clusters:
            return np.zeros(len(self.references), np.int64)
        places = {name: place for place, name in enumerate(self.cluster_names)}
        return np.array([places[name] for name in self.clusters], np.int64)

    @cached_property
    def cluster_at(self) -> Ints:
        """Position in `cluster_names` of the cluster of each place."""
        return self.cluster_of_line[self.lines]

    def is_read_by(self, readings: RunReadings) -> bool:
        """Tell whether a run read exactly these lines, in this order."""
        return (self.line_ids, self.references, self.clusters) == (
            readings.line_ids, readings.references, readings.clusters,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Trace:
    """What one run made of the places of some lines."""

    run: str
    outcome: NDArray[np.uint8]
    """RIGHT, SUBSTITUTED, DELETED or IGNORED; shape (places,)."""
    read: Points
    """Code point read in the place of each character that was substituted, else NOWHERE; shape (places,)."""
    inserted_at: Ints
    """Place that each inserted character is counted to: the character before it, in the line's beginning the first
    one, NOWHERE in an empty reference; shape (insertions,)."""
    inserted: Points
    """Code point of each inserted character; shape (insertions,)."""
    inserted_line: Ints
    """Line of each inserted character; shape (insertions,)."""
    hypotheses: tuple[str, ...]

    @cached_property
    def substituted_at(self) -> Ints:
        """Places that were read as another character."""
        return np.flatnonzero(self.outcome == SUBSTITUTED)

    @cached_property
    def deleted_at(self) -> Ints:
        """Places that were missed."""
        return np.flatnonzero(self.outcome == DELETED)

    @cached_property
    def placed_insertions(self) -> Ints:
        """Place of each inserted character that has one."""
        return self.inserted_at[self.inserted_at != NOWHERE]

    @property
    def is_misread(self) -> Bools:
        """Whether each place was substituted or missed."""
        return (self.outcome == SUBSTITUTED) | (self.outcome == DELETED)

    @property
    def insertions_at(self) -> Ints:
        """Characters inserted at each place; those into empty references are in none."""
        return np.bincount(self.placed_insertions, minlength=len(self.outcome)).astype(np.int64)

    @property
    def edits(self) -> int:
        """Edits of all lines, those of :func:`workbench.metrics.error_rate.count_characters`."""
        return int(self.is_misread.sum()) + len(self.inserted)


def code_points(text: str) -> NDArray[np.uint32]:
    """Return the numbers of the characters of a text."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def trace(texts: LineTexts, hypotheses: Sequence[str], run: str = "") -> Trace:
    """Align every line with its reference.

    Parameters
    ----------
    texts : LineTexts
    hypotheses : sequence of str
        Parallel to its lines.
    """
    kinds: list[str] = []
    at: list[int] = []
    there: list[int] = []
    counts: list[int] = []
    for reference, hypothesis in zip(texts.references, hypotheses, strict=True):
        found = operations(reference, hypothesis, texts.wildcards)
        counts.append(len(found))
        if found:
            one, two, three = zip(*found, strict=True)
            kinds += one
            at += two
            there += three
    return _trace(texts, tuple(hypotheses), run, kinds, at, there, counts)


def _trace(
    texts: LineTexts,
    hypotheses: tuple[str, ...],
    run: str,
    kinds: list[str],
    at: list[int],
    there: list[int],
    counts: list[int],
) -> Trace:
    line = np.repeat(np.arange(len(counts)), counts)
    kind = np.array(kinds or ["none"])[: len(kinds)]
    ends = np.concatenate([[0], np.cumsum([len(text) for text in hypotheses])]).astype(np.int64)
    codes = np.append(code_points("".join(hypotheses)), 0).astype(np.int32)  # deletions may point behind the end
    inside = np.array(at, np.int64)
    place, read_at = texts.starts[line] + inside, ends[line] + np.array(there, np.int64)
    outcome = np.where(texts.is_counted, RIGHT, IGNORED).astype(np.uint8)
    read = np.full(len(outcome), NOWHERE, np.int32)
    substituted, deleted, inserted = kind == "replace", kind == "delete", kind == "insert"
    outcome[place[substituted]] = SUBSTITUTED
    read[place[substituted]] = codes[read_at[substituted]]
    outcome[place[deleted]] = DELETED
    of_line = line[inserted]
    is_empty = texts.starts[of_line] == texts.starts[of_line + 1]
    before = texts.starts[of_line] + np.maximum(inside[inserted] - 1, 0)
    return Trace(
        run=run,
        outcome=outcome,
        read=read,
        inserted_at=np.where(is_empty, NOWHERE, before),
        inserted=codes[read_at[inserted]],
        inserted_line=of_line,
        hypotheses=hypotheses,
    )
