"""Which characters of a hypothesis stand for which of the reference: for differences side by side and confusions."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, cast

from rapidfuzz.distance import Levenshtein

from workbench.metrics.error_rate import distances, is_free_of

EditKind = Literal["equal", "substitute", "insert", "delete", "ignored"]

_KINDS: dict[str, EditKind] = {"equal": "equal", "replace": "substitute", "insert": "insert", "delete": "delete"}
_FREE: frozenset[EditKind] = frozenset({"equal", "ignored"})


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of one kind. Substitutions pair the n-th character of both sides, which are equally long.

    `insert`: in the hypothesis only (`reference` is empty); `delete`: in the reference only. `ignored`: not counted,
    a placeholder of the reference with what it matches, or one of the hypothesis.
    """

    kind: EditKind
    reference: str
    hypothesis: str
    reference_at: int
    """Position in the reference (logical order) where the stretch begins, or where the insertion belongs."""
    hypothesis_at: int

    @property
    def edits(self) -> int:
        """Number of single-character edits in this stretch; they add up to the edit distance."""
        return 0 if self.kind in _FREE else max(len(self.reference), len(self.hypothesis))


def align(reference: str, hypothesis: str, wildcards: str = "") -> tuple[Edit, ...]:
    """Shortest way from the reference to the hypothesis, the same one every time.

    Parameters
    ----------
    reference, hypothesis, wildcards : str
        As for :func:`workbench.metrics.error_rate.count_characters`.

    Returns
    -------
    tuple of Edit
        Maximal stretches in order; the `reference` parts joined give the reference, likewise the hypothesis, and
        the sum of their `edits` is the edit distance of :func:`workbench.metrics.error_rate.count_characters`.
    """
    if wildcards and not (is_free_of(reference, wildcards) and is_free_of(hypothesis, wildcards)):
        return tuple(_stretches(reference, hypothesis, _with_wildcards(reference, hypothesis, wildcards)))
    return tuple(
        Edit(
            kind=_KINDS[block.tag],
            reference=reference[block.src_start : block.src_end],
            hypothesis=hypothesis[block.dest_start : block.dest_end],
            reference_at=block.src_start,
            hypothesis_at=block.dest_start,
        )
        for block in Levenshtein.opcodes(reference, hypothesis)
    )


Operation = tuple[str, int, int]
"""(kind, place in the reference, place in the hypothesis) of one character, both counted from 0; an insertion stands
before its place in the reference."""


def operations(reference: str, hypothesis: str, wildcards: str = "") -> list[Operation]:
    """Return the edits of :func:`align` one character at a time, in order, without what is equal or ignored.

    Parameters
    ----------
    reference, hypothesis, wildcards : str
        As for :func:`align`.

    Returns
    -------
    list of Operation
        Of kinds `replace`, `insert` and `delete`, as many as the edit distance.
    """
    if not wildcards or (is_free_of(reference, wildcards) and is_free_of(hypothesis, wildcards)):
        return cast("list[Operation]", Levenshtein.editops(reference, hypothesis).as_list())
    found: list[Operation] = []
    for edit in align(reference, hypothesis, wildcards):
        at, there = edit.reference_at, edit.hypothesis_at
        match edit.kind:
            case "substitute":
                found += [("replace", at + n, there + n) for n in range(len(edit.reference))]
            case "delete":
                found += [("delete", at + n, there) for n in range(len(edit.reference))]
            case "insert":
                found += [("insert", at, there + n) for n in range(len(edit.hypothesis))]
            case "equal" | "ignored":
                pass
    return found


def confused_pairs(reference: str, hypothesis: str, wildcards: str = "") -> list[tuple[str, str]]:
    """Return each of the :func:`operations` as (character of the reference, character read), one side empty or none."""
    return [
        (reference[at] if kind != "insert" else "", hypothesis[there] if kind != "delete" else "")
        for kind, at, there in operations(reference, hypothesis, wildcards)
    ]


_Step = tuple[EditKind, int, int]
"""(kind, characters of the reference, characters of the hypothesis) that a step goes on by."""


def _with_wildcards(reference: str, hypothesis: str, wildcards: str) -> list[_Step]:
    """Steps of one character each, from the beginning to the end."""
    kept = [place for place, character in enumerate(hypothesis) if character not in wildcards]
    read = [hypothesis[place] for place in kept]
    pattern = [None if character in wildcards else character for character in reference]
    steps = list(_traced(pattern, read))[::-1]
    return list(_with_removed(steps, hypothesis, wildcards))


def _traced(pattern: list[str | None], read: list[str]) -> Iterator[_Step]:
    """Go back through the table of distances, matching where that costs least, wildcards as short as possible."""
    table = distances(pattern, read)
    row, column = len(pattern), len(read)
    while row or column:
        here, unit = table[row, column], pattern[row - 1] if row else ""
        if unit is None:
            if table[row - 1, column] == here:
                row -= 1
                yield "ignored", 1, 0
            else:
                column -= 1
                yield "ignored", 0, 1
        elif row and column and table[row - 1, column - 1] + (unit != read[column - 1]) == here:
            row, column = row - 1, column - 1
            if unit == read[column]:
                yield "equal", 1, 1
            else:
                yield "substitute", 1, 1
        elif row and table[row - 1, column] + 1 == here:
            row -= 1
            yield "delete", 1, 0
        else:
            column -= 1
            yield "insert", 0, 1


def _with_removed(steps: list[_Step], hypothesis: str, wildcards: str) -> Iterator[_Step]:
    """Put the placeholders of the hypothesis, which were left out of the comparison, back where they stood."""
    place = 0
    for kind, of_reference, of_hypothesis in steps:
        while of_hypothesis and hypothesis[place] in wildcards:
            yield "ignored", 0, 1
            place += 1
        yield kind, of_reference, of_hypothesis
        place += of_hypothesis
    for _ in hypothesis[place:]:
        yield "ignored", 0, 1


def _stretches(reference: str, hypothesis: str, steps: list[_Step]) -> Iterator[Edit]:
    """Join neighbouring steps of one kind."""
    row = column = 0
    for _, group in groupby(steps, key=lambda step: step[0]):
        members = list(group)
        down, along = row + sum(step[1] for step in members), column + sum(step[2] for step in members)
        yield Edit(members[0][0], reference[row:down], hypothesis[column:along], row, column)
        row, column = down, along
