"""Whether texts are stored in logical order, or reversed: as they look from left to right (visual order).

Evidence is counted over words and lines, for and against, because no single sign is safe: lines of running text may
begin with the full stop of the sentence before, and Persian has no letter that stands only at the end of a word.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from workbench.text.normalize import normalise

MIN_EVIDENCE = 5
MIN_EVIDENCE_OF_LINE = 3
RATIO = 3
"""Reversed storage is suspected when the evidence for it is more than this many times that against it."""

_SENTENCE_MARKS = ".۔؟،!؛:"
_FINAL_LETTERS = "ةىںےۓۃۂ"
"""Letters that end words: Teh Marbuta, Alef Maksura, and Urdu's Noon Ghunna, Yeh Barree and Teh Marbuta Goal."""
_FUNCTION_WORDS = (
    *("في", "من", "إلى", "على", "عن", "أن", "هذا", "التي", "الذي"),
    *("به", "که", "از", "را", "است", "می", "های", "ها"),
    *("کے", "میں", "ہے", "سے", "نے", "کا", "کو"),
)
"""Frequent words of Arabic, Persian and Urdu that read backwards are none of the three languages' frequent words."""

_WORD = re.compile(
    r"[\u0610-\u061a\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06df-\u06e8\u06ea-\u06ef\u06fa-\u06ff"
    r"\u0750-\u077f\u0870-\u08ff\ufb50-\ufbb1\ufbd3-\ufdff\ufe70-\ufefc\u200c\u200d]+"
)
_HARAKAT = frozenset(map(chr, range(0x064B, 0x0653)))
_FOLD = ("presentation_forms", "drop_harakat", "fold_yeh", "fold_kaf", "fold_heh")


def _shapes(shape: str) -> frozenset[str]:
    """Presentation forms of a position within the word: `initial`, `medial` or `final`."""
    points = (*range(0xFB50, 0xFE00), *range(0xFE70, 0xFEFD))
    return frozenset(chr(point) for point in points if unicodedata.decomposition(chr(point)).startswith(f"<{shape}>"))


_INITIAL, _MEDIAL, _FINAL = _shapes("initial"), _shapes("medial"), _shapes("final")
_FORWARDS = frozenset(normalise(word, _FOLD) for word in _FUNCTION_WORDS)
_BACKWARDS = frozenset(word[::-1] for word in _FORWARDS)


@dataclass(frozen=True, slots=True)
class OrderEvidence:
    """What speaks for reversed and for logical storage: how often each sign was met."""

    reversed_marks: int = 0
    """Texts that begin with a mark that ends sentences."""
    logical_marks: int = 0
    reversed_letters: int = 0
    """Words that begin with a letter (or a vowel mark) that only ends them."""
    logical_letters: int = 0
    reversed_forms: int = 0
    """Words that begin with the presentation form of a word's end, or end with that of its beginning."""
    logical_forms: int = 0
    reversed_words: int = 0
    """Frequent words of Arabic, Persian and Urdu written backwards."""
    logical_words: int = 0

    @property
    def for_reversed(self) -> int:
        """All signs of reversed storage."""
        return self.reversed_marks + self.reversed_letters + self.reversed_forms + self.reversed_words

    @property
    def for_logical(self) -> int:
        """All signs of logical storage."""
        return self.logical_marks + self.logical_letters + self.logical_forms + self.logical_words

    @property
    def is_reversed(self) -> bool:
        """Tell whether the texts together must be suspected of being stored reversed."""
        return self.for_reversed >= MIN_EVIDENCE and self.for_reversed > RATIO * self.for_logical


def order_evidence(texts: Iterable[str]) -> OrderEvidence:
    """Look for signs of the order in which texts are stored.

    Parameters
    ----------
    texts : iterable of str
        As they are stored; normalisation would only take signs away.
    """
    found: Counter[str] = Counter()
    for text in texts:
        found.update(_signs(text))
    return OrderEvidence(**found)


def seems_reversed(text: str) -> bool:
    """Tell whether one text alone seems to be stored reversed: only by its words, and without any sign against it."""
    found = Counter(sign for word in _WORD.findall(text) for sign in _word_signs(word))
    against = sum(count for sign, count in found.items() if sign.startswith("logical"))
    return found.total() >= MIN_EVIDENCE_OF_LINE and not against


def _signs(text: str) -> Iterable[str]:
    text = text.strip()
    if text.startswith(tuple(_SENTENCE_MARKS)):
        yield "reversed_marks"
    if text.endswith(tuple(_SENTENCE_MARKS)):
        yield "logical_marks"
    for word in _WORD.findall(text):
        yield from _word_signs(word)


@lru_cache(maxsize=100_000)  # a language's words are far fewer than those of its texts, and each is asked for twice
def _word_signs(word: str) -> tuple[str, ...]:
    return tuple(_signs_of_word(word))


def _signs_of_word(word: str) -> Iterable[str]:
    first, last = word[0], word[-1]
    if len(word) > 1:
        if first in _FINAL_LETTERS or first in _HARAKAT:
            yield "reversed_letters"
        if last in _FINAL_LETTERS or last in _HARAKAT:
            yield "logical_letters"
        if first in _FINAL or first in _MEDIAL or last in _INITIAL or last in _MEDIAL:
            yield "reversed_forms"
        if first in _INITIAL or last in _FINAL:
            yield "logical_forms"
    plain = normalise(word, _FOLD)
    if plain in _FORWARDS:
        yield "logical_words"
    elif plain in _BACKWARDS:
        yield "reversed_words"
