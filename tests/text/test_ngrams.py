"""n-grams: as many as the lines have characters, equal exactly where the characters are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.text.ngrams import MAX_N, Coder, are_among

LINES = st.lists(st.text(max_size=9), max_size=5)


def spelt(lines, n):
    """n-grams written out, with a sign that no text holds before each line."""
    return [("\0" * n + line)[at + 1 : at + n + 1] for line in lines for at in range(len(line))]


def test_by_hand():
    coded = Coder([["باب", "اب"]]).code(["باب", "اب"])
    ba, alef_ba, ba_alef = coded.ngrams(2)[[0, 2, 1]]
    assert coded.ngrams(2).tolist() == [ba, ba_alef, alef_ba, coded.ngrams(1)[3], alef_ba]
    assert len({ba, ba_alef, alef_ba}) == 3
    assert coded.place.tolist() == [0, 1, 2, 0, 1]


@given(LINES, LINES, st.integers(1, MAX_N))
def test_equal_where_the_characters_are(one, other, n):
    coder = Coder([one, other])
    keys = [*coder.code(one).ngrams(n).tolist(), *coder.code(other).ngrams(n).tolist()]
    grams = spelt([line.replace("\0", "\x01") for line in one + other], n)
    same = [line for line in one + other if "\0" in line or "\x01" in line]
    if not same:
        assert len(keys) == len(grams)
        assert len(set(zip(keys, grams, strict=True))) == len(set(keys)) == len(set(grams))


def test_nothing_has_no_ngrams():
    assert Coder([[]]).code([]).ngrams(3).tolist() == []
    assert Coder([["ا"]]).code(["ا"]).ngrams(4).tolist() == [1]


NUMBERS = st.lists(st.integers(0, 9), max_size=12).map(lambda numbers: np.array(numbers, np.uint64))


@given(NUMBERS, NUMBERS)
def test_being_among_others(keys, pool):
    assert are_among(keys, pool).tolist() == np.isin(keys, pool).tolist()
