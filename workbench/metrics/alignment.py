"""Which characters of a hypothesis stand for which of the reference: for differences side by side and confusions."""

from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import Levenshtein

EditKind = Literal["equal", "substitute", "insert", "delete"]

_KINDS: dict[str, EditKind] = {"equal": "equal", "replace": "substitute", "insert": "insert", "delete": "delete"}


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of one kind. Substitutions pair the n-th character of both sides, which are equally long.

    `insert`: in the hypothesis only (`reference` is empty); `delete`: in the reference only.
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
        return 0 if self.kind == "equal" else max(len(self.reference), len(self.hypothesis))


def align(reference: str, hypothesis: str) -> tuple[Edit, ...]:
    """Shortest way from the reference to the hypothesis, the same one every time.

    Returns
    -------
    tuple of Edit
        Maximal stretches in order; the `reference` parts joined give the reference, likewise the hypothesis, and
        the sum of their `edits` is the edit distance of :func:`workbench.metrics.error_rate.count_characters`.
    """
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
