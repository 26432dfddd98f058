"""What a network could know of the test lines before the test: the same writer, text or image on both sides.

Both sides may lie in one data set, or in two that are trained on together.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from workbench.data.cache import LineCache
from workbench.data.line import LineSet, OfficialSplit, TextLine
from workbench.data.splits import Parts

LeakKind = Literal["writer", "text", "image"]

_PAIRS: tuple[tuple[OfficialSplit, OfficialSplit], ...] = (
    ("train", "test"),
    ("validation", "test"),
    ("train", "validation"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that two parts have in common."""

    kind: LeakKind
    value: str
    """The writer, the text (blanks collapsed), or the sha256 of the image file."""
    left: OfficialSplit
    right: OfficialSplit
    left_ids: tuple[str, ...]
    right_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """A data set with its parts; without a cache its images are not compared."""

    lines: LineSet
    parts: Parts
    cache: LineCache | None = None


def leakage(lines: LineSet, parts: Parts, cache: LineCache | None = None) -> tuple[Finding, ...]:
    """Look for what the parts have in common.

    Parameters
    ----------
    lines : LineSet
        Where the ids of the parts come from.
    parts : Parts
        As :func:`workbench.data.splits.split_lines` gives them.
    cache : LineCache, optional
        Tells the digests of the image files; without it images are not compared.

    Returns
    -------
    tuple of Finding
        Train against test first, then validation against test, then train against validation; in each writers,
        texts, images, in the order of the data set.
    """
    side = Side(lines, parts, cache)
    kinds: tuple[LeakKind, ...] = ("writer", "text") if cache is None else ("writer", "text", "image")
    return tuple(
        finding for left, right in _PAIRS for kind in kinds for finding in _shared(kind, (side, left), (side, right))
    )


def leakage_between(trained: Side, tested: Side) -> tuple[Finding, ...]:
    """Look for what the training part of one data set has in common with the test part of another.

    A run on both would have seen test lines of the second in training, a run on the second alone would not.
    Images are always compared. Writers and texts only within one language: elsewhere equal names of writers mean
    nothing.
    """
    kinds: tuple[LeakKind, ...] = ("image",)
    if trained.lines.language == tested.lines.language:
        kinds = ("writer", "text", "image")
    return tuple(finding for kind in kinds for finding in _shared(kind, (trained, "train"), (tested, "test")))


def _same_text(line: TextLine) -> str:
    return " ".join(unicodedata.normalize("NFC", line.transcription).split())


def _shared(kind: LeakKind, left: tuple[Side, OfficialSplit], right: tuple[Side, OfficialSplit]) -> Iterator[Finding]:
    lefts, rights = _holders(kind, *left), _holders(kind, *right)
    for value, left_ids in lefts.items():
        if value in rights:
            yield Finding(kind, value, left[1], right[1], tuple(left_ids), tuple(rights[value]))


def _holders(kind: LeakKind, side: Side, part: OfficialSplit) -> dict[str, list[str]]:
    members = frozenset(getattr(side.parts, part))
    holders: dict[str, list[str]] = defaultdict(list)
    for line in side.lines.lines:
        if line.id in members and (value := _value(kind, line, side.cache)) is not None:
            holders[value].append(line.id)
    return holders


def _value(kind: LeakKind, line: TextLine, cache: LineCache | None) -> str | None:
    match kind:
        case "writer":
            return line.writer
        case "text":
            return _same_text(line)
        case "image":
            return cache.digest(line.id) if cache is not None else None
