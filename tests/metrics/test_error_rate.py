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


def wildcard_distance(pattern, read, wildcards):
    """By the definition: the least over all ways to let each placeholder stand for some run, also none."""
    if not pattern:
        return len(read)
    if pattern[0] in wildcards:
        return min(wildcard_distance(pattern[1:], read[taken:], wildcards) for taken in range(len(read) + 1))
    kept = wildcard_distance(pattern[1:], read, wildcards) + 1
    if not read:
        return kept
    same = wildcard_distance(pattern[1:], read[1:], wildcards) + (pattern[0] != read[0])
    return min(kept, same, wildcard_distance(pattern, read[1:], wildcards) + 1)


SHORT = st.text(st.sampled_from("اب #@"), max_size=6)


@given(SHORT, SHORT)
def test_wildcards_agree_with_brute_force(reference, hypothesis):
    count = count_characters(reference, hypothesis, "#@")
    read = hypothesis.replace("#", "").replace("@", "")
    assert count.edits == wildcard_distance(reference, read, "#@")
    assert count.length == sum(character not in "#@" for character in reference)


@given(SHORT, SHORT)
def test_words_with_wildcards_agree_with_brute_force(reference, hypothesis):
    count = count_words(reference, hypothesis, "#")
    words = ["#" if set(word) == {"#"} else word for word in reference.split()]
    read = hypothesis.replace("#", "").split()
    if not any("#" in word and word != "#" for word in words):
        assert count.edits == wildcard_distance(words, read, ("#",))
    assert count.length == sum(word != "#" for word in words)


@given(TEXT, TEXT)
def test_without_placeholders_wildcards_change_nothing(reference, hypothesis):
    reference, hypothesis = (text.replace("#", "").replace("@", "") for text in (reference, hypothesis))
    assert count_characters(reference, hypothesis, "#@") == count_characters(reference, hypothesis)
    assert count_words(reference, hypothesis, "#@") == count_words(reference, hypothesis)


@given(SHORT, SHORT)
def test_a_wildcard_never_costs(reference, hypothesis):
    read = hypothesis.replace("#", "")
    assert count_characters(reference, hypothesis, "#").edits <= count_characters(reference, read).edits


@pytest.mark.parametrize(
    ("reference", "hypothesis", "characters", "words"),
    [
        ("كتاب # جديد", "كتاب قلم جديد", (0, 10), (0, 2)),
        ("كتاب # جديد", "كتاب # جديد", (0, 10), (0, 2)),
        ("كتاب # جديد", "كتاب قلم باب جديد", (0, 10), (0, 2)),
        ("كتاب # جديد", "كتاب جديد", (1, 10), (0, 2)),  # a blank beside a placeholder is a blank
        ("كت# جديد", "كتاب جديد", (0, 7), (0, 2)),
        ("كت# جديد", "قلم جديد", (2, 7), (1, 2)),
        ("#", "", (0, 0), (0, 0)),
        ("#", "قلم", (0, 0), (0, 0)),
        ("قلم", "قلم#", (0, 3), (0, 1)),
        ("قلم", "# قلم", (1, 3), (0, 1)),
    ],
)
def test_known_lines_with_placeholders(reference, hypothesis, characters, words):
    assert count_characters(reference, hypothesis, "#@") == EditCount(*characters)
    assert count_words(reference, hypothesis, "#@") == EditCount(*words)


def test_kept_placeholders_are_characters():
    assert count_characters("قلم #", "قلم") == EditCount(2, 5)
    assert count_words("قلم #", "قلم") == EditCount(1, 2)
