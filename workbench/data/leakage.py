"""What a network could know of the test lines before the test: the same writer, page, text or image on both sides.

Both sides may lie in one data set, or in two that are trained on together. Texts and images are also compared for
what is only nearly the same: see :mod:`workbench.data.near_texts` and :mod:`workbench.data.image_hashes`.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.data.cache import LineCache
from workbench.data.identifiers import origin_of
from workbench.data.image_hashes import hashed, near_images
from workbench.data.line import LineSet, OfficialSplit, TextLine
from workbench.data.near_texts import folded, near_pairs
from workbench.data.splits import Parts
from workbench.study.schema import LeakKind

_PAIRS: tuple[tuple[OfficialSplit, OfficialSplit], ...] = (
    ("train", "test"),
    ("validation", "test"),
    ("train", "validation"),
)
"""What is compared, the most serious first; the first part of a pair is the one that can do without a line."""

_OF_ONE_LANGUAGE: tuple[LeakKind, ...] = ("writer", "page", "text", "near_text")
_OF_IMAGES: tuple[LeakKind, ...] = ("image", "near_image")

KIND_WORDS: dict[LeakKind, tuple[str, str]] = {
    "writer": ("writer", "writers"),
    "page": ("page", "pages"),
    "text": ("text", "texts"),
    "near_text": ("near text", "near texts"),
    "image": ("image", "images"),
    "near_image": ("near image", "near images"),
}
"""One of a kind, and several."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that two parts have in common."""

    value: str
    """The writer, the page, the text of the right side (blanks collapsed), or the id of the image on the right."""
    left_ids: tuple[str, ...]
    right_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a data set."""

    target: str
    part: OfficialSplit

    def __str__(self) -> str:
        return f"{self.target}/{self.part}"


@dataclass(frozen=True, slots=True)
class Overlap:
    """Everything of one kind that two parts have in common: what is decided about as one."""

    kind: LeakKind
    left: Place
    """The side that can do without its lines: they may leave it before anything is drawn."""
    right: Place
    findings: tuple[Finding, ...]

    @property
    def is_serious(self) -> bool:
        """Tell whether a network could have learnt what it is tested on: something of train is in test."""
        return (self.left.part, self.right.part) == ("train", "test")

    @property
    def left_ids(self) -> tuple[str, ...]:
        """Lines of the left side that have something in common with the right, each once."""
        return tuple(dict.fromkeys(line_id for finding in self.findings for line_id in finding.left_ids))

    @property
    def right_ids(self) -> tuple[str, ...]:
        """Lines of the right side, each once."""
        return tuple(dict.fromkeys(line_id for finding in self.findings for line_id in finding.right_ids))

    @property
    def words(self) -> str:
        """How many there are: '1 writer', '15 texts'."""
        one, many = KIND_WORDS[self.kind]
        return f"{len(self.findings):,} {one if len(self.findings) == 1 else many}"


@dataclass(frozen=True, slots=True)
class Side:
    """A data set with its parts; without a cache its images are not compared."""

    lines: LineSet
    parts: Parts
    cache: LineCache | None = None

    def without(self, ids: Iterable[str]) -> "Side":
        """Return the same side without some lines, whichever part they are in."""
        gone = frozenset(ids)
        return replace(self, parts=self.parts.without(gone)) if gone else self


def overlaps_within(side: Side) -> tuple[Overlap, ...]:
    """Look for what the parts of one data set have in common.

    Parameters
    ----------
    side : Side
        Its parts as :func:`workbench.data.splits.split_lines` gives them.

    Returns
    -------
    tuple of Overlap
        Train against test first, then validation against test, then train against validation; in each writers,
        pages, texts, images. Only where something was found.
    """
    kinds = _OF_ONE_LANGUAGE + (_OF_IMAGES if side.cache else ())
    return _overlaps(kinds, side, side)


def overlaps_between(trained: Side, tested: Side) -> tuple[Overlap, ...]:
    """Look for what one data set has in common with what another is validated and tested on.

    A run on both would have seen test lines of the second in training, a run on the second alone would not.
    Images are always compared. Writers, pages and texts only within one language: elsewhere equal names of writers
    mean nothing. Pages only where the ids of a known data set tell them: any two data sets have a page 1.
    """
    kinds: list[LeakKind] = []
    if trained.lines.language == tested.lines.language:
        kinds += _OF_ONE_LANGUAGE
    if trained.cache and tested.cache:
        kinds += _OF_IMAGES
    return _overlaps(kinds, trained, tested)


def _overlaps(kinds: Sequence[LeakKind], trained: Side, tested: Side) -> tuple[Overlap, ...]:
    members = {
        (name, part): _Members(side, part, is_alone=trained is tested)
        for name, side in (("left", trained), ("right", tested))
        for part in ("train", "validation", "test")
    }
    found = (
        Overlap(
            kind,
            Place(trained.lines.name, left),
            Place(tested.lines.name, right),
            _FINDERS[kind](members["left", left], members["right", right]),
        )
        for left, right in _PAIRS
        for kind in kinds
    )
    return tuple(overlap for overlap in found if overlap.findings)


class _Members:
    """Lines of one part, and what they can be compared by."""

    def __init__(self, side: Side, part: OfficialSplit, *, is_alone: bool) -> None:
        wanted = frozenset(side.parts.of(part))
        self.lines = tuple(line for line in side.lines.lines if line.id in wanted)
        self.ids = tuple(line.id for line in self.lines)
        self.cache = side.cache
        self.is_alone = is_alone
        """Only parts of one data set are compared."""

    def holders(self, value: Callable[["_Members", TextLine], str | None]) -> dict[str, list[str]]:
        """Return the lines of each value, in the order of the data set."""
        found: dict[str, list[str]] = defaultdict(list)
        for line in self.lines:
            if (its := value(self, line)) is not None:
                found[its].append(line.id)
        return found


def _writer(_: _Members, line: TextLine) -> str | None:
    return line.writer


def _page(members: _Members, line: TextLine) -> str | None:
    return line.page if members.is_alone else origin_of(line.id).page


def _text(_: _Members, line: TextLine) -> str | None:
    return " ".join(unicodedata.normalize("NFC", line.transcription).split())


def _digest(members: _Members, line: TextLine) -> str | None:
    return members.cache.digest(line.id) if members.cache else None


def _same(
    value: Callable[[_Members, TextLine], str | None],
) -> Callable[[_Members, _Members], tuple[Finding, ...]]:
    """Make a finder of equal values."""

    def find(left: _Members, right: _Members) -> tuple[Finding, ...]:
        lefts, rights = left.holders(value), right.holders(value)
        return tuple(Finding(its, tuple(ids), tuple(rights[its])) for its, ids in lefts.items() if its in rights)

    return find


def _same_images(left: _Members, right: _Members) -> tuple[Finding, ...]:
    found = _same(_digest)(left, right)
    return tuple(replace(finding, value=finding.right_ids[0]) for finding in found)


def _near_texts(left: _Members, right: _Members) -> tuple[Finding, ...]:
    """Texts that are near and not the same: per text of the right side all lines of the left that are near to it."""
    lefts, rights = left.holders(_text), right.holders(_text)
    left_texts, right_texts = list(lefts), list(rights)
    near: dict[str, list[str]] = defaultdict(list)
    for one, other in near_pairs(tuple(map(folded, left_texts)), tuple(map(folded, right_texts))):
        if left_texts[one] != right_texts[other]:
            near[right_texts[other]] += lefts[left_texts[one]]
    return _in_order(near, rights)


def _near_images(left: _Members, right: _Members) -> tuple[Finding, ...]:
    """Images that are near and not the same file: per image of the right side all of the left that are near to it."""
    if left.cache is None or right.cache is None or not left.ids or not right.ids:
        return ()
    near: dict[str, list[str]] = defaultdict(list)
    for one, other in near_images(hashed(left.cache).of(left.ids), hashed(right.cache).of(right.ids)):
        left_id, right_id = left.ids[one], right.ids[other]
        if left.cache.digest(left_id) != right.cache.digest(right_id):
            near[right_id].append(left_id)
    return _in_order(near, {line_id: [line_id] for line_id in right.ids})


def _in_order(near: Mapping[str, Sequence[str]], rights: Mapping[str, Sequence[str]]) -> tuple[Finding, ...]:
    return tuple(Finding(value, tuple(near[value]), tuple(ids)) for value, ids in rights.items() if value in near)


_FINDERS: dict[LeakKind, Callable[[_Members, _Members], tuple[Finding, ...]]] = {
    "writer": _same(_writer),
    "page": _same(_page),
    "text": _same(_text),
    "near_text": _near_texts,
    "image": _same_images,
    "near_image": _near_images,
}
