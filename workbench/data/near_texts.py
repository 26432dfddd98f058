"""Texts that are nearly the same: one letter corrected, a word left out, Persian letters instead of Arabic ones."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workbench.text.normalize import STEPS, normalise

NEAR_RATIO = 0.9
"""Texts are near when twice the length of their longest common subsequence is at least this part of both lengths."""

BUCKETS = 48
"""Counters of letters per text. A few letters share one, which can only let more pairs through the first sieve."""

_CHUNK = 128


@lru_cache(maxsize=100_000)
def folded(text: str) -> str:
    """Return a text with every difference taken away that is one of encoding: all steps of normalisation."""
    return normalise(text, tuple(STEPS))


@lru_cache(maxsize=16)
def near_pairs(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """Find the pairs of near texts, those that are the same included.

    No pair is missed: lengths and counts of letters give an upper bound of what two texts can have in common, and
    only pairs whose bound is high enough are compared. 10,000 texts against 10,000 take one to two seconds.

    Parameters
    ----------
    left, right : tuple of str
        Folded texts. An empty one is near to nothing.

    Returns
    -------
    tuple of (int, int)
        Positions in `left` and in `right`, sorted.
    """
    from rapidfuzz import fuzz, process

    lefts, rights = _by_length(left), _by_length(right)
    if not lefts or not rights:
        return ()
    pairs = _candidates([left[at] for at in lefts], [right[at] for at in rights])
    if not pairs:
        return ()
    ratios = process.cpdist(
        [left[lefts[one]] for one, _ in pairs],
        [right[rights[other]] for _, other in pairs],
        scorer=fuzz.ratio,
        dtype=np.float64,
    )
    near = np.flatnonzero(ratios >= 100 * NEAR_RATIO - 1e-9)
    return tuple(sorted((lefts[pairs[at][0]], rights[pairs[at][1]]) for at in near))


def _by_length(texts: Sequence[str]) -> list[int]:
    return sorted((at for at, text in enumerate(texts) if text), key=lambda at: len(texts[at]))


def _candidates(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs whose letters would be enough for a near text, whatever their order. Both sides are sorted by length."""
    left_lengths, right_lengths = _lengths(left), _lengths(right)
    smallest = np.min_scalar_type(int(max(left_lengths[-1], right_lengths[-1])))  # no count is above a length
    left_letters, right_letters = _letters(left, smallest), _letters(right, smallest)
    found: list[tuple[int, int]] = []
    widest = (2 - NEAR_RATIO) / NEAR_RATIO  # of two lengths, where the shorter text is part of the longer
    for start in range(0, len(left), _CHUNK):
        end = min(start + _CHUNK, len(left))
        first = int(np.searchsorted(right_lengths, np.floor(left_lengths[start] / widest)))
        last = int(np.searchsorted(right_lengths, np.ceil(left_lengths[end - 1] * widest), side="right"))
        shared = np.zeros((end - start, last - first), smallest)
        for mine, theirs in zip(left_letters, right_letters, strict=True):
            shared += np.minimum(mine[start:end, None], theirs[None, first:last])
        needed = NEAR_RATIO / 2 * (left_lengths[start:end, None] + right_lengths[None, first:last])
        ones, others = np.nonzero(shared >= needed - 1e-9)
        found += zip((ones + start).tolist(), (others + first).tolist(), strict=True)
    return found


def _lengths(texts: Sequence[str]) -> NDArray[np.int64]:
    return np.fromiter(map(len, texts), np.int64, len(texts))


def _letters(texts: Sequence[str], kind: np.dtype[np.unsignedinteger]) -> NDArray[np.unsignedinteger]:
    """How often letters occur: one row per bucket, one column per text."""
    counts = np.zeros((BUCKETS, len(texts)), kind)
    for column, text in enumerate(texts):
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32) % BUCKETS
        counts[:, column] = np.bincount(points, minlength=BUCKETS)
    return counts
