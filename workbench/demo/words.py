"""What is written in the demo lines: two or three common words, drawn by their frequency."""

import json
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from workbench.resource_files import resource_path

FREQUENCY_POWER = 0.5
"""Words are drawn with p ~ frequency ** 0.5: common words stay common without filling every line."""
WORDS_PER_LINE = (2, 3)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words of a language with the probability of each."""

    words: tuple[str, ...]
    probabilities: tuple[float, ...]
    """Sum to 1."""


@lru_cache(maxsize=8)
def vocabulary(language: str) -> Vocabulary:
    """Read the frozen words of a language.

    Raises
    ------
    InputError
        When there are none for this language.
    """
    path = resource_path(f"text/words-{language}.json")
    rows = json.loads(path.read_text(encoding="utf-8"))["words"]
    weights = 10.0 ** (FREQUENCY_POWER * np.array([zipf for _, zipf in rows]))
    return Vocabulary(tuple(word for word, _ in rows), tuple((weights / weights.sum()).tolist()))


def draw_texts(language: str, count: int, rng: np.random.Generator) -> tuple[str, ...]:
    """Draw `count` different lines of text, in logical order, words separated by one space."""
    source = vocabulary(language)
    texts: dict[str, None] = {}
    while len(texts) < count:
        words = int(rng.integers(WORDS_PER_LINE[0], WORDS_PER_LINE[1] + 1))
        chosen = rng.choice(len(source.words), size=words, replace=False, p=source.probabilities)
        texts[" ".join(source.words[index] for index in chosen)] = None
    return tuple(texts)
