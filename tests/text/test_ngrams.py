"""n-grams: as many as the line has characters, each ends in its character."""

from hypothesis import given
from hypothesis import strategies as st

from workbench.text.ngrams import LINE_BEGIN, ngrams, ngrams_of


def test_by_hand():
    assert ngrams("باب", 2) == [LINE_BEGIN + "ب", "با", "اب"]
    assert ngrams("با", 3) == [2 * LINE_BEGIN + "ب", LINE_BEGIN + "با"]
    assert ngrams("", 4) == []
    assert ngrams_of(["اب", "با"], 2) == {LINE_BEGIN + "ا", "اب", LINE_BEGIN + "ب", "با"}


@given(st.text(max_size=20), st.integers(2, 4))
def test_one_for_each_character(text, n):
    found = ngrams(text, n)
    assert [gram[-1] for gram in found] == list(text)
    assert all(len(gram) == n for gram in found)
