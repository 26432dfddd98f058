"""Ways to count errors: characters, words, or characters of some kinds only.

Each is a count of edits and of a reference length, so that rates, means and intervals are computed alike for all.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from workbench.metrics.error_rate import EditCount, count_characters, count_words

MeasureName = Literal["cer", "wer", "letters", "no_blanks_digits"]


@dataclass(frozen=True, slots=True)
class Measure:
    """A way to count, with its names."""

    name: MeasureName
    short: str
    """For headings: 'CER'."""
    title: str
    """For a choice: 'letters only'."""
    explanation: str
    unit: str
    """What a reference's length counts."""
    count: Callable[[str, str, str], EditCount]
    """From reference, hypothesis and placeholders that are not scored."""


@lru_cache(maxsize=4096)
def is_letter(character: str) -> bool:
    """Tell whether a character is a letter, tatweel excepted: it has no sound and only stretches a word."""
    return unicodedata.category(character).startswith("L") and character != "\N{ARABIC TATWEEL}"


@lru_cache(maxsize=4096)
def is_blank_or_digit(character: str) -> bool:
    """Tell whether a character is white space, a joiner or non-joiner, or a digit of any script."""
    return character.isspace() or character in "\u200c\u200d" or unicodedata.category(character) == "Nd"


def _without(drops: Callable[[str], bool]) -> Callable[[str, str, str], EditCount]:
    """Count characters of texts from which some kinds are dropped on both sides; placeholders stay."""

    def count(reference: str, hypothesis: str, wildcards: str) -> EditCount:
        def kept(text: str) -> str:
            return "".join(c for c in text if c in wildcards or not drops(c))

        return count_characters(kept(reference), kept(hypothesis), wildcards)

    return count


MEASURES: dict[MeasureName, Measure] = {
    "cer": Measure(
        "cer", "CER", "CER", "Every code point counts, blanks and punctuation too.", "characters", count_characters
    ),
    "wer": Measure("wer", "WER", "WER", "Words between white space.", "words", count_words),
    "letters": Measure(
        "letters",
        "letter CER",
        "letters only",
        "Letters alone: without marks, digits, punctuation, blanks and tatweel on either side.",
        "letters",
        _without(lambda character: not is_letter(character)),
    ),
    "no_blanks_digits": Measure(
        "no_blanks_digits",
        "CER without blanks, digits",
        "without blanks and digits",
        "Without white space, (non-)joiners and digits on either side.",
        "characters",
        _without(is_blank_or_digit),
    ),
}
