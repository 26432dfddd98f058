"""The frozen words: common, of the language's own letters, and fit to be shown."""

import fnmatch
import re
from pathlib import Path

import numpy as np
import pytest

from workbench.demo.words import draw_texts, vocabulary
from workbench.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("ar", "ur", "fa")


def denied_patterns() -> list[str]:
    lines = (ROOT / "tools" / "demo_words_denied.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_common_different_and_short(language: str):
    words = vocabulary(language).words
    assert len(words) == len(set(words)) == 2000
    assert all(2 <= len(word) <= 8 for word in words)
    assert all(re.fullmatch(r"[\u0621-\u063a\u0641-\u064a\u0671-\u06d3]+", word) for word in words)
    assert abs(sum(vocabulary(language).probabilities) - 1) < 1e-9


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_on_the_deny_list(language: str):
    denied = re.compile("|".join(fnmatch.translate(pattern) for pattern in denied_patterns()))
    assert [word for word in vocabulary(language).words if denied.match(word)] == []


def test_the_deny_list_is_worth_the_name():
    assert len(denied_patterns()) > 300


def test_languages_differ_in_their_letters():
    letters = {language: set("".join(vocabulary(language).words)) for language in LANGUAGES}
    assert "ك" in letters["ar"]
    assert {"ک", "گ", "پ", "ٹ", "ے", "ھ"} <= letters["ur"]
    assert {"ک", "گ", "پ", "چ"} <= letters["fa"]
    assert "ك" not in letters["ur"] | letters["fa"]


def test_texts_are_drawn_without_repetition_and_by_seed():
    texts = draw_texts("ar", 200, np.random.default_rng(5))
    assert len(set(texts)) == 200
    assert {text.count(" ") for text in texts} == {1, 2}
    assert texts == draw_texts("ar", 200, np.random.default_rng(5))
    assert texts != draw_texts("ar", 200, np.random.default_rng(6))


def test_common_words_come_more_often():
    words = vocabulary("fa").words
    counts = dict.fromkeys(words, 0)
    for text in draw_texts("fa", 1500, np.random.default_rng(0)):
        for word in text.split(" "):
            counts[word] += 1
    first, last = (sum(counts[word] for word in part) for part in (words[:200], words[-200:]))
    assert first > 3 * last


def test_an_unknown_language_is_said():
    with pytest.raises(InputError, match="words-xx"):
        vocabulary("xx")
