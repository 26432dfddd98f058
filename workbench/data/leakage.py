"""What a network could know of the test lines before the test: the same writer, text or image on both sides."""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
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
    kinds: dict[LeakKind, Callable[[TextLine], str | None]] = {"writer": lambda line: line.writer, "text": _same_text}
    if cache is not None:
        kinds["image"] = lambda line, digest=cache.digest: digest(line.id)
    return tuple(
        finding
        for left, right in _PAIRS
        for kind, key in kinds.items()
        for finding in _shared(lines, parts, kind, key, left, right)
    )


def _same_text(line: TextLine) -> str:
    return " ".join(unicodedata.normalize("NFC", line.transcription).split())


def _shared(
    lines: LineSet,
    parts: Parts,
    kind: LeakKind,
    key: Callable[[TextLine], str | None],
    left: OfficialSplit,
    right: OfficialSplit,
) -> Iterator[Finding]:
    lefts, rights = _holders(lines, parts, key, left), _holders(lines, parts, key, right)
    for value, left_ids in lefts.items():
        if value in rights:
            yield Finding(kind, value, left, right, tuple(left_ids), tuple(rights[value]))


def _holders(
    lines: LineSet, parts: Parts, key: Callable[[TextLine], str | None], part: OfficialSplit
) -> dict[str, list[str]]:
    members = frozenset(getattr(parts, part))
    holders: dict[str, list[str]] = defaultdict(list)
    for line in lines.lines:
        if line.id in members and (value := key(line)) is not None:
            holders[value].append(line.id)
    return holders
