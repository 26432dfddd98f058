"""Error rates: agreement with rapidfuzz and with a plain table, axioms of a distance, micro averages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from workbench.metrics.error_rate import EditCount, count_characters, count_words, total

TEXT = st.one_of(st.text(max_size=25), st.text(st.sampled_from("ابی ۱1\u0651"), max_size=25))


def plain_distance(a, b):
    """Levenshtein distance by its definition."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        above, row[0] = row[0], i
        for j, y in enumerate(b, start=1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (x != y))
    return row[-1]


@given(TEXT, TEXT)
def test_three_implementations_agree(reference, hypothesis):
    count = count_characters(reference, hypothesis)
    assert count.edits == Levenshtein.distance(reference, hypothesis) == plain_distance(reference, hypothesis)
    assert count.length == len(reference)


def test_long_texts_agree_too():
    reference, hypothesis = "ابتثجح " * 200, "ابتجحخ " * 190
    assert count_characters(reference, hypothesis).edits == Levenshtein.distance(reference, hypothesis)


@given(TEXT, TEXT)
def test_words_are_counted_like_characters(reference, hypothesis):
    count = count_words(reference, hypothesis)
    assert count.edits == plain_distance(reference.split(), hypothesis.split())
    assert count.length == len(reference.split())


@given(TEXT, TEXT, TEXT)
def test_it_is_a_distance(a, b, c):
    def distance(x, y):
        return count_characters(x, y).edits

    assert (distance(a, b) == 0) == (a == b)
    assert distance(a, b) == distance(b, a)
    assert distance(a, c) <= distance(a, b) + distance(b, c)
    assert abs(len(a) - len(b)) <= distance(a, b) <= max(len(a), len(b))


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=8))
def test_totals_are_sums(pairs):
    count = total(EditCount(*pair) for pair in pairs)
    assert (count.edits, count.length) == (sum(e for e, _ in pairs), sum(n for _, n in pairs))


def test_rates():
    assert total([EditCount(1, 10), EditCount(3, 10)]).rate == pytest.approx(0.2)
    assert EditCount(0, 0).rate is None
    assert count_characters("", "ab") == EditCount(2, 0)
    assert count_characters("ab", "abcdef").rate == 2.0
