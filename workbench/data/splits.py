"""Which lines train, validate and test: the data set's own parts, parts of lists of ids, or parts drawn anew.

The test part never loses a line: where a writer stands on both sides, it is the training side that gives way.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from workbench.data.identifiers import khatt_form, natural_key, origin_of
from workbench.data.line import ClusterUnit, LineSet, OfficialSplit, TextLine
from workbench.data.reader import counted, examples
from workbench.errors import InputError
from workbench.files import canonical_json
from workbench.study.schema import SplitRule

BLOCK_LINES = 10
"""Size of the blocks that stand for writers where neither writers nor pages are known."""

CARVED_SHARE = 0.1
"""Part of the lines that a drawn validation or test part gets."""


STRETCHES = 10
"""Without folds, `blocks` cuts the ids into ten stretches: one is the test part, one the validation part."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Ids of the lines of each part, in the order of the data set, and what was decided on the way."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def of(self, part: OfficialSplit) -> tuple[str, ...]:
        """Return the ids of a part."""
        match part:
            case "train":
                return self.train
            case "validation":
                return self.validation
            case "test":
                return self.test

    def without(self, ids: Collection[str]) -> "Parts":
        """Return the same parts without some lines."""
        gone = frozenset(ids)
        train, validation, test = (
            tuple(line_id for line_id in part if line_id not in gone)
            for part in (self.train, self.validation, self.test)
        )
        return replace(self, train=train, validation=validation, test=test)


def rule_key(rule: SplitRule, *, seed: int = 0, folds: int = 1, fold: int = 1) -> str:
    """Return what names a way of parting, in draws and plans: 'official', 'writers, seed 3, fold 2 of 5'."""
    words: list[str] = [rule]
    if seed:
        words.append(f"seed {seed}")
    if folds > 1:
        words.append(f"fold {fold} of {folds}")
    return ", ".join(words)


def split_lines(lines: LineSet, rule: SplitRule, *, seed: int = 0, folds: int = 1, fold: int = 1) -> Parts:
    """Part a data set.

    Parameters
    ----------
    lines : LineSet
        Lines of a split that has no part (`split` None beside lines that have one) are never used.
    rule : str
        `official`: the data set's own parts; a missing test part is the validation part, a missing validation part
        is carved from train by writer (about 10 %). `writers`, `forms`, `paragraphs`, `pages`: 80/10/10 drawn anew,
        none of these in two parts; where a data set does not tell them for every line, the next larger unit that it
        tells, and said so. `blocks`: one stretch of ids in their natural order for test and one for validation, so
        that at most the writers at the ends of a stretch are on both sides. A data set without any parts is always
        drawn.
    seed : int
        Another number draws other parts; of official ones, what is carved.
    folds, fold : int
        With `folds` > 1 the lines are parted into so many folds of about one size, and fold number `fold`, counted
        from 1, is the test part; the validation part is drawn from the others. Every line is in one test part.

    Raises
    ------
    InputError
        When there are fewer units than folds.
    """
    assigned = [line for line in lines.lines if line.split is not None]
    notes: list[str] = []
    used = assigned or list(lines.lines)
    if assigned and len(assigned) < len(lines.lines):
        notes.append(f"{len(lines.lines) - len(assigned):,} lines belong to no part and are never used")
    by_split = {split: [line for line in used if line.split == split] for split in ("train", "validation", "test")}
    if rule == "official" and not by_split["test"] and not by_split["validation"]:
        notes.append("the data set tells no parts for evaluation: they are drawn")
        rule = "writers"
    if rule == "official":
        return _official(lines, by_split["train"], by_split["validation"], by_split["test"], notes, seed)
    if not used:
        return Parts((), (), (), tuple(notes))
    wish = _Wish(rule, seed, folds, fold)
    return _in_stretches(lines, used, notes, wish) if rule == "blocks" else _drawn(lines, used, notes, wish)


def split_by_ids(lines: LineSet, train: Collection[str], validation: Collection[str], test: Collection[str]) -> Parts:
    """Part a data set as lists of its ids say; what no list names is never used.

    Without validation lines some are carved from train by writer, as from official parts.

    Raises
    ------
    InputError
        When a line is in two parts, or no list names a line for training or test.
    """
    listed = {"train": frozenset(train), "validation": frozenset(validation), "test": frozenset(test)}
    for one, other in (("train", "test"), ("validation", "test"), ("train", "validation")):
        if both := sorted(listed[one] & listed[other], key=natural_key):
            raise InputError(
                f"The lists of ids put lines of {lines.name} into two parts",
                f"{counted(len(both), 'line')} in {one} and in {other} ({examples(both)})",
                "Take them out of one of the lists.",
            )
    for part in ("train", "test"):
        if not listed[part]:
            raise InputError(f"The list of {part} ids names no line of {lines.name}")
    by_part = {part: [line for line in lines.lines if line.id in ids] for part, ids in listed.items()}
    notes = ["the parts are those of lists of ids"]
    if unused := len(lines.lines) - sum(map(len, by_part.values())):
        notes.append(f"{counted(unused, 'line')} in none of the lists: never used")
    return _official(lines, by_part["train"], by_part["validation"], by_part["test"], notes, 0)


@dataclass(frozen=True, slots=True)
class _Wish:
    """How parts are to be drawn."""

    rule: SplitRule
    seed: int
    folds: int
    fold: int

    def key(self, lines: LineSet, purpose: str) -> tuple[str | int, ...]:
        """Return what the order of units is keyed by. By writer, with seed 0, it is what it always was."""
        if (self.rule, self.seed) == ("writers", 0):
            return "split", lines.fingerprint, purpose
        return "split", lines.fingerprint, purpose, self.rule, self.seed


def _ids(lines: Sequence[TextLine]) -> tuple[str, ...]:
    return tuple(line.id for line in lines)


def _official(
    lines: LineSet,
    train: list[TextLine],
    validation: list[TextLine],
    test: list[TextLine],
    notes: list[str],
    seed: int,
) -> Parts:
    if not test:
        test, validation = validation, []
        notes.append("the data set has no test part: its validation part is the test part")
        train = _without_writers_of(train, test, notes)
    elif both := _writers(train) & _writers(test):
        notes.append(f"{counted(len(both), 'writer')} in train and in test; the official parts are used as they are")
    if not validation and train:
        units = _units(lines, train)
        key = _Wish("writers", seed, 1, 1).key(lines, "validation")
        chosen = _draw_units(units, round(CARVED_SHARE * len(train)), key)
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


def _drawn(lines: LineSet, used: list[TextLine], notes: list[str], wish: _Wish) -> Parts:
    unit, units = _units_for(lines, used, wish.rule)
    if unit != wish.rule and wish.rule != "writers":
        notes.append(f"{wish.rule} are not known for every line")
    wanted = round(CARVED_SHARE * len(used))
    if wish.folds > 1:
        test = _fold_of(lines, units, wish)
        how = f"fold {wish.fold} of {wish.folds} is the test part"
    else:
        test = _draw_units(units, wanted, wish.key(lines, "test"))
        how = "parts are drawn anew (80/10/10)"
    rest = {line_id: its for line_id, its in units.items() if its not in test}
    validation = _draw_units(rest, wanted, wish.key(lines, "validation"))
    notes.append(f"{how}, disjoint by {_UNIT_NAMES[unit]}")
    return _parts_of(used, units, validation, test, notes)


def _parts_of(
    used: Sequence[TextLine],
    units: Mapping[str, str],
    validation: Collection[str],
    test: Collection[str],
    notes: Sequence[str],
) -> Parts:
    return Parts(
        tuple(line.id for line in used if units[line.id] not in test and units[line.id] not in validation),
        tuple(line.id for line in used if units[line.id] in validation),
        tuple(line.id for line in used if units[line.id] in test),
        tuple(notes),
    )


def _fold_of(lines: LineSet, units: Mapping[str, str], wish: _Wish) -> frozenset[str]:
    """Deal units, in an order that the seed decides, each to the fold that has fewest lines so far."""
    sizes = Counter(units.values())
    names = sorted(sizes, key=natural_key)
    _check_folds(lines, len(names), wish)
    filled = [0] * wish.folds
    mine: list[str] = []
    for at in shuffled(len(names), *wish.key(lines, "folds"), wish.folds):
        fold = filled.index(min(filled))
        filled[fold] += sizes[names[at]]
        if fold == wish.fold - 1:
            mine.append(names[at])
    return frozenset(mine)


def _check_folds(lines: LineSet, units: int, wish: _Wish) -> None:
    if units < wish.folds:
        raise InputError(
            f"{lines.name} cannot be parted into {wish.folds} folds",
            f"there are {units} {'lines' if wish.rule == 'blocks' else wish.rule} to part",
            "Ask for fewer folds.",
        )


def _in_stretches(lines: LineSet, used: list[TextLine], notes: list[str], wish: _Wish) -> Parts:
    """Cut the ids, in natural order, into stretches of one size; whole stretches are test and validation."""
    ordered = sorted((line.id for line in used), key=natural_key)
    count = wish.folds if wish.folds > 1 else min(STRETCHES, len(ordered))
    _check_folds(lines, len(ordered), wish)
    test_at = wish.fold - 1 if wish.folds > 1 else shuffled(count, *wish.key(lines, "test"))[0]
    first, last = (len(ordered) * at // count for at in (test_at, test_at + 1))
    test = frozenset(ordered[first:last])
    rest = ordered[:first] + ordered[last:]
    pieces = max(min(round(len(rest) / max(CARVED_SHARE * len(ordered), 1)), len(rest)), 1)
    at = shuffled(pieces, *wish.key(lines, "validation"))[0]
    validation = frozenset(rest[len(rest) * at // pieces : len(rest) * (at + 1) // pieces] if pieces > 1 else ())
    which = f"fold {wish.fold} of {wish.folds} is the test part" if wish.folds > 1 else "parts are drawn anew"
    notes.append(
        f"{which}: one stretch of ids from {ordered[first]} to {ordered[last - 1]}; "
        "writers at its ends may be on both sides"
    )
    return _parts_of(used, {line_id: line_id for line_id in ordered}, validation, test, notes)


def _draw_units(units: Mapping[str, str], wanted: int, key: tuple[str | int, ...]) -> frozenset[str]:
    """Draw whole units by seed until about `wanted` lines are together; at least one, never all of them."""
    sizes: dict[str, int] = defaultdict(int)
    for unit in units.values():
        sizes[unit] += 1
    names = sorted(sizes, key=natural_key)
    chosen: list[str] = []
    count = 0
    for at in shuffled(len(names), *key):
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
    return _UNIT_NAMES[unit]


_UNIT_NAMES = {
    "writers": "writer",
    "forms": "form",
    "paragraphs": "paragraph",
    "pages": "page",
    "blocks": "blocks of 10 consecutive ids (writers unknown)",
}

_UNIT_OF: dict[SplitRule, Callable[[TextLine], str | None]] = {
    "forms": lambda line: khatt_form(line.id) or line.page,
    "paragraphs": lambda line: origin_of(line.id).page or line.page,
    "pages": lambda line: line.page,
}
"""Unit of a line: of KHATT the form `AHTD3A####` and the paragraph `AHTD3A####_Para#`, elsewhere the page."""


def _units_for(lines: LineSet, members: Sequence[TextLine], rule: SplitRule) -> tuple[SplitRule, dict[str, str]]:
    """Unit that is told for every line, the asked one where it is, and the unit of each line by its id."""
    if tell := _UNIT_OF.get(rule):
        units = {line.id: unit for line in members if (unit := tell(line)) is not None}
        if len(units) == len(members):
            return rule, units
    return clusters_of(lines, _ids(members))[0], _units(lines, members)


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
    return cluster_lines(ids, [line.writer for line in members], [line.page for line in members])


def cluster_lines(
    ids: Sequence[str],
    writers: Sequence[str | None],
    pages: Sequence[str | None],
    block_lines: int = BLOCK_LINES,
) -> tuple[ClusterUnit, tuple[str, ...]]:
    """Group lines by what is told of each; see :func:`clusters_of`.

    Parameters
    ----------
    ids, writers, pages : sequences of one length
        Of lines of one data set.
    block_lines : int
        How many consecutive ids make a block, where neither writers nor pages are told of every line.
    """
    if writers and None not in writers:
        return "writers", tuple(writer or "" for writer in writers)
    if pages and None not in pages:
        return "pages", tuple(page or "" for page in pages)
    ranks = {line_id: rank for rank, line_id in enumerate(sorted(ids, key=natural_key))}
    return "blocks", tuple(f"block {ranks[line_id] // block_lines}" for line_id in ids)
