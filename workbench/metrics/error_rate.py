"""Error rates as counts. The one function for CER everywhere is :func:`count_characters`.

Rates are micro-averaged: edits and lengths are summed first, divided last.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import editdistance


@dataclass(frozen=True, slots=True)
class EditCount:
    """Edits between a reference and a hypothesis, and the reference's length, in characters or in words."""

    edits: int
    length: int

    @property
    def rate(self) -> float | None:
        """Edits over length as a fraction (can exceed 1), None when the length is 0."""
        return self.edits / self.length if self.length else None

    def __add__(self, other: "EditCount") -> "EditCount":
        return EditCount(self.edits + other.edits, self.length + other.length)


def count_characters(reference: str, hypothesis: str) -> EditCount:
    """Levenshtein distance over code points, spaces and punctuation included; texts are taken as they are.

    Parameters
    ----------
    reference, hypothesis : str
        Both in logical order and normalised alike.
    """
    return EditCount(editdistance.eval(reference, hypothesis), len(reference))


def count_words(reference: str, hypothesis: str) -> EditCount:
    """Levenshtein distance over the words between white space."""
    words = reference.split()
    return EditCount(editdistance.eval(words, hypothesis.split()), len(words))


def total(counts: Iterable[EditCount]) -> EditCount:
    """Sum of counts; its rate is the micro average."""
    return sum(counts, EditCount(0, 0))
