"""Measures by hand: what each counts, on both sides alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.metrics.error_rate import EditCount, count_characters
from workbench.metrics.measures import MEASURES, is_blank_or_digit, is_letter

REFERENCE = "سلامٌ ۱۲، مـن"  # a mark, a blank, two digits, a comma, a blank, a tatweel
HYPOTHESIS = "سلم ۱۳ من"


def count(name, reference=REFERENCE, hypothesis=HYPOTHESIS, wildcards=""):
    return MEASURES[name].count(reference, hypothesis, wildcards)


def test_by_hand():
    assert count("letters") == EditCount(1, 6)  # سلامم ن against سلممن
    assert count("no_blanks_digits") == EditCount(4, 9)  # alif, mark, comma and tatweel are missing
    assert count("wer") == EditCount(3, 3)
    assert count("cer") == count_characters(REFERENCE, HYPOTHESIS)


def test_what_has_no_letters_has_no_length():
    assert count("letters", "۱۲ 34،", "۱۲") == EditCount(0, 0)
    assert count("letters", "", "با") == EditCount(2, 0)


@pytest.mark.parametrize("name", MEASURES)
def test_placeholders_that_are_not_scored_cost_nothing(name):
    assert count(name, "با # دا", "با سس دا", "#").edits == 0


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_explains_itself(name):
    measure = MEASURES[name]
    assert measure.name == name
    assert measure.explanation.endswith(".")


def test_kinds_of_characters():
    assert all(map(is_letter, "اگےxД"))
    assert not any(map(is_letter, "ـ ۱1،ًٌ#"))
    assert all(map(is_blank_or_digit, " \u00a0\u200c\u200d٣۳3"))
    assert not any(map(is_blank_or_digit, "اa،ـ"))


@given(st.text("اب ۱،ـً"), st.text("اب ۱،ـً"))
def test_dropping_characters_never_costs_more_than_all_of_them(reference, hypothesis):
    everything = count("cer", reference, hypothesis)
    for name in ("letters", "no_blanks_digits"):
        assert count(name, reference, hypothesis).edits <= everything.edits
        assert count(name, reference, hypothesis).length <= everything.length
