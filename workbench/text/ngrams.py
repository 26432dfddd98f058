"""Character n-grams of lines: each character with those before it."""

from collections.abc import Iterable

LINE_BEGIN = "\x02"
"""Stands before the first character of a line, so that the n-grams of a line are as many as its characters."""


def ngrams(text: str, n: int) -> list[str]:
    """Return for each character of a text in logical order the n-gram that ends in it."""
    padded = LINE_BEGIN * (n - 1) + text
    return [padded[at : at + n] for at in range(len(text))]


def ngrams_of(texts: Iterable[str], n: int) -> frozenset[str]:
    """Return every n-gram of some lines."""
    return frozenset(gram for text in texts for gram in ngrams(text, n))
