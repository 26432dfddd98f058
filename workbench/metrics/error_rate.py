"""Error rates as counts. The one function for CER everywhere is :func:`count_characters`.

Rates are micro-averaged: edits and lengths are summed first, divided last.

Placeholders (KHATT's `#` for an illegible piece) can be taken out of the count as *wildcards*: see `count_characters`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import editdistance
import numpy as np
from numpy.typing import NDArray


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


def count_characters(reference: str, hypothesis: str, wildcards: str = "") -> EditCount:
    """Levenshtein distance over code points, spaces and punctuation included; texts are taken as they are.

    Parameters
    ----------
    reference, hypothesis : str
        Both in logical order and normalised alike.
    wildcards : str
        Placeholders, each a single character. In the reference one matches any run of characters, also none, at no
        cost, and does not count in the length; those of the hypothesis are removed before it is compared. A blank
        beside a placeholder is a character like any other.
    """
    if not wildcards or (is_free_of(reference, wildcards) and is_free_of(hypothesis, wildcards)):
        return EditCount(editdistance.eval(reference, hypothesis), len(reference))
    read = [character for character in hypothesis if character not in wildcards]
    pattern = [None if character in wildcards else character for character in reference]
    return _count(pattern, read)


def count_words(reference: str, hypothesis: str, wildcards: str = "") -> EditCount:
    """Levenshtein distance over the words between white space.

    Parameters
    ----------
    reference, hypothesis : str
        As for :func:`count_characters`.
    wildcards : str
        A word of placeholders alone matches any run of words, also none, and does not count. A word that holds one
        beside letters counts, and is right when a word matches it as :func:`count_characters` would match it.
    """
    if not wildcards or (is_free_of(reference, wildcards) and is_free_of(hypothesis, wildcards)):
        words = reference.split()
        return EditCount(editdistance.eval(words, hypothesis.split()), len(words))
    removed = str.maketrans("", "", wildcards)
    pattern = [_WordPattern.of(word, wildcards) for word in reference.split()]
    return _count(pattern, hypothesis.translate(removed).split())


def is_free_of(text: str, wildcards: str) -> bool:
    """Tell whether a text holds none of some placeholders."""
    return not any(character in text for character in wildcards)


@dataclass(frozen=True, slots=True)
class _WordPattern:
    """A word of which only a part is legible; equal to any word that agrees with that part."""

    word: str
    wildcards: str

    @classmethod
    def of(cls, word: str, wildcards: str) -> "str | _WordPattern | None":
        if is_free_of(word, wildcards):
            return word
        return cls(word, wildcards) if word.strip(wildcards) else None

    def matches(self, word: str) -> bool:
        return count_characters(self.word, word, self.wildcards).edits == 0


def _count(pattern: Sequence["str | _WordPattern | None"], read: Sequence[str]) -> EditCount:
    return EditCount(int(distances(pattern, read)[-1, -1]), sum(unit is not None for unit in pattern))


def distances(pattern: Sequence["str | _WordPattern | None"], read: Sequence[str]) -> NDArray[np.int64]:
    """Edit distances between all beginnings of a reference with wildcards and of a hypothesis.

    Parameters
    ----------
    pattern : sequence
        Units of the reference; None is a wildcard.
    read : sequence of str
        Units of the hypothesis.

    Returns
    -------
    ndarray of shape (len(pattern) + 1, len(read) + 1)
    """
    places = np.arange(len(read) + 1)
    table = np.empty((len(pattern) + 1, len(read) + 1), dtype=np.int64)
    table[0] = places
    for row, unit in enumerate(pattern, start=1):
        above = table[row - 1]
        if unit is None:
            table[row] = np.minimum.accumulate(above)
            continue
        table[row] = above + 1
        differs = [not (unit.matches(one) if isinstance(unit, _WordPattern) else unit == one) for one in read]
        table[row, 1:] = np.minimum(table[row, 1:], above[:-1] + np.asarray(differs, dtype=np.int64))
        # An insertion costs one per place: the best over all places to the left.
        table[row] = np.minimum.accumulate(table[row] - places) + places
    return table


def total(counts: Iterable[EditCount]) -> EditCount:
    """Sum of counts; its rate is the micro average."""
    return sum(counts, EditCount(0, 0))
