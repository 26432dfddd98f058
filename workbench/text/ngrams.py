"""Character n-grams of many lines at once: each character with those before it, as one number."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]

MAX_N = 4
_BITS = 16
_CHARACTERS = (1 << _BITS) - 1
"""Different characters that fit; Unicode's living scripts together have more, no few languages' texts do."""


@dataclass(frozen=True, eq=False)
class CodedLines:
    """Lines as numbers of characters, one line after the other. 0 stands before the first character of a line."""

    codes: Keys
    """Number of each character, from 1; shape (characters,)."""
    place: NDArray[np.int64]
    """Place of each character in its line; shape (characters,)."""

    def ngrams(self, n: int) -> Keys:
        """Return for each character the n-gram that ends in it, n at most MAX_N: equal ones have equal numbers."""
        keys = np.zeros(len(self.codes), np.uint64)
        for back in range(n):
            earlier = np.zeros(len(self.codes), np.uint64)
            if back < len(self.codes):
                earlier[back:] = self.codes[: len(self.codes) - back]
            earlier[self.place < back] = 0
            keys |= earlier << np.uint64(_BITS * back)
        return keys


class Coder:
    """Numbers the characters of some texts, all of which must be handed in at the beginning."""

    def __init__(self, groups: Sequence[Sequence[str]]) -> None:
        characters = sorted(frozenset[str]().union(*("".join(texts) for texts in groups)))
        if len(characters) > _CHARACTERS:
            raise ValueError(f"{len(characters):,} different characters are more than {_CHARACTERS:,}")
        self._points = np.array([ord(character) for character in characters], np.uint32)

    def code(self, texts: Sequence[str]) -> CodedLines:
        """Number the characters of some lines."""
        points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
        lengths = np.array([len(text) for text in texts], np.int64)
        starts = np.cumsum(lengths) - lengths
        codes = np.searchsorted(self._points, points).astype(np.uint64) + np.uint64(1)
        return CodedLines(codes, np.arange(len(points)) - np.repeat(starts, lengths))


def are_among(keys: Keys, pool: Keys) -> NDArray[np.bool_]:
    """Tell of each n-gram whether it is one of some others; `numpy.isin` sorts both and takes three times as long."""
    if not len(pool):
        return np.zeros(len(keys), bool)
    ordered = np.sort(pool)
    places = np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)
    return ordered[places] == keys
