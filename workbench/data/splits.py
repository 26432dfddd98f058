"""Which lines train, validate and test: the data set's own parts, or parts drawn by writer.

The test part never loses a line: where a writer stands on both sides, it is the training side that gives way.
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.data.identifiers import natural_key
from workbench.data.line import ClusterUnit, LineSet, TextLine
from workbench.data.reader import counted
from workbench.files import canonical_json
from workbench.study.schema import SplitRule

BLOCK_LINES = 10
"""Size of the blocks that stand for writers where neither writers nor pages are known."""

CARVED_SHARE = 0.1
"""Part of the lines that a drawn validation or test part gets."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Ids of the lines of each part, in the order of the data set, and what was decided on the way."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    notes: tuple[str, ...] = ()


def split_lines(lines: LineSet, rule: SplitRule) -> Parts:
    """Part a data set.

    Parameters
    ----------
    lines : LineSet
        Lines of a split that has no part (`split` None beside lines that have one) are never used.
    rule : str
        `official`: the data set's own parts; a missing test part is the validation part, a missing validation part
        is carved from train by writer (about 10 %). `writers`: 80/10/10 drawn anew, disjoint by writer.
        A data set without any parts is always drawn.
    """
    assigned = [line for line in lines.lines if line.split is not None]
    notes: list[str] = []
    used = assigned or list(lines.lines)
    if assigned and len(assigned) < len(lines.lines):
        notes.append(f"{len(lines.lines) - len(assigned):,} lines belong to no part and are never used")
    by_split = {split: [line for line in used if line.split == split] for split in ("train", "validation", "test")}
    if rule == "official" and not by_split["test"] and not by_split["validation"]:
        notes.append("the data set tells no parts for evaluation: they are drawn, disjoint by writer")
        rule = "writers"
    if rule == "writers":
        return _drawn(lines, used, notes)
    return _official(lines, by_split["train"], by_split["validation"], by_split["test"], notes)


def _ids(lines: Sequence[TextLine]) -> tuple[str, ...]:
    return tuple(line.id for line in lines)


def _official(
    lines: LineSet, train: list[TextLine], validation: list[TextLine], test: list[TextLine], notes: list[str]
) -> Parts:
    if not test:
        test, validation = validation, []
        notes.append("the data set has no test part: its validation part is the test part")
        train = _without_writers_of(train, test, notes)
    elif both := _writers(train) & _writers(test):
        notes.append(f"{counted(len(both), 'writer')} in train and in test; the official parts are used as they are")
    if not validation and train:
        units = _units(lines, train)
        chosen = _draw_units(units, round(CARVED_SHARE * len(train)), lines.fingerprint, "validation")
        validation = [line for line in train if units[line.id] in chosen]
        train = [line for line in train if units[line.id] not in chosen]
        unit = _unit_name(lines, train or validation)
        notes.append(f"the validation part ({len(validation):,} lines) is carved from train by {unit}")
    if not train:
        notes.append("no training lines are left")
    return Parts(_ids(train), _ids(validation), _ids(test), tuple(notes))


def _writers(lines: Sequence[TextLine]) -> set[str]:
    return {line.writer for line in lines if line.writer is not None}


def _without_writers_of(train: list[TextLine], test: list[TextLine], notes: list[str]) -> list[TextLine]:
    both = _writers(train) & _writers(test)
    if not both:
        return train
    kept = [line for line in train if line.writer not in both]
    notes.append(
        f"WRITERS ON BOTH SIDES: {', '.join(sorted(both, key=natural_key)[:5])}{' …' if len(both) > 5 else ''}; "
        f"their {len(train) - len(kept):,} lines are dropped from train, the test part is whole"
    )
    return kept


def _drawn(lines: LineSet, used: list[TextLine], notes: list[str]) -> Parts:
    units = _units(lines, used)
    wanted = round(CARVED_SHARE * len(used))
    test = _draw_units(units, wanted, lines.fingerprint, "test")
    rest = {line_id: unit for line_id, unit in units.items() if unit not in test}
    validation = _draw_units(rest, wanted, lines.fingerprint, "validation")
    notes.append(f"parts are drawn anew (80/10/10), disjoint by {_unit_name(lines, used)}")
    return Parts(
        tuple(line.id for line in used if units[line.id] not in test | validation),
        tuple(line.id for line in used if units[line.id] in validation),
        tuple(line.id for line in used if units[line.id] in test),
        tuple(notes),
    )


def _draw_units(units: dict[str, str], wanted: int, fingerprint: str, purpose: str) -> frozenset[str]:
    """Draw whole units by seed until about `wanted` lines are together; at least one, never all of them."""
    sizes: dict[str, int] = defaultdict(int)
    for unit in units.values():
        sizes[unit] += 1
    names = sorted(sizes, key=natural_key)
    chosen: list[str] = []
    count = 0
    for at in shuffled(len(names), "split", fingerprint, purpose):
        if len(chosen) == len(names) - 1 or (chosen and count >= wanted):
            break
        size = sizes[names[at]]
        if chosen and count + size - wanted > wanted - count:  # nearer to the wanted number without it
            continue
        chosen.append(names[at])
        count += size
    return frozenset(chosen)


def shuffled(count: int, *key: str | int) -> list[int]:
    """Give the numbers 0 to `count` - 1 in an order that depends on the key alone, on any machine.

    numpy's Philox generator is keyed by the sha256 of the key; its raw output is stable between versions, so the
    order is that of raw 64-bit numbers.
    """
    digest = hashlib.sha256(canonical_json(list(key)).encode()).digest()
    generator = np.random.Philox(key=int.from_bytes(digest[:16], "big"))
    raw = np.asarray(generator.random_raw(count), dtype=np.uint64)
    return [int(at) for at in np.argsort(raw, kind="stable")]


def _units(lines: LineSet, members: Sequence[TextLine]) -> dict[str, str]:
    """Writer, page or block of each line by its id."""
    ids = _ids(members)
    _, clusters = clusters_of(lines, ids)
    return dict(zip(ids, clusters, strict=True))


def _unit_name(lines: LineSet, members: Sequence[TextLine]) -> str:
    unit, _ = clusters_of(lines, _ids(members))
    return {"writers": "writer", "pages": "page", "blocks": "blocks of 10 consecutive ids (writers unknown)"}[unit]


def clusters_of(lines: LineSet, ids: Sequence[str]) -> tuple[ClusterUnit, tuple[str, ...]]:
    """Group lines that are not independent of each other.

    Parameters
    ----------
    lines : LineSet
        Where the ids come from.
    ids : sequence of str
        Lines to group.

    Returns
    -------
    unit : str
        `writers` where every line has one, else `pages`, else `blocks` of 10 consecutive ids among these.
    clusters : tuple of str
        Cluster of each line, parallel to `ids`.
    """
    by_id = {line.id: line for line in lines.lines}
    members = [by_id[line_id] for line_id in ids]
    writers = [line.writer for line in members]
    if members and None not in writers:
        return "writers", tuple(writer or "" for writer in writers)
    pages = [line.page for line in members]
    if members and None not in pages:
        return "pages", tuple(page or "" for page in pages)
    ranks = {line_id: rank for rank, line_id in enumerate(sorted(ids, key=natural_key))}
    return "blocks", tuple(f"block {ranks[line_id] // BLOCK_LINES}" for line_id in ids)
