"""Texts for spreadsheets: nothing is taken for a formula, a number or a date, and every text can be had back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.exports.spreadsheet import needs_apostrophe, restored, safe

TEXTS = st.text(
    st.one_of(st.sampled_from("=+-@'\t\r\n 019.eE/:\u2212\u200f＝"), st.characters(exclude_categories=("Cs",)))
)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r", "\n", " =1", "\u200f=1", "\xa0+1", "＝1", "－1", "\u22121", "'",
        "'=1", "12-3", "0012", "1e5", "1234567890123e45", "1.5", "3/4", "10:30", "٣٤", "2020 01",
    ],
)  # fmt: skip
def test_what_a_spreadsheet_would_change_gets_an_apostrophe(text):
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "w12", "10 writers", "كتاب", "12a", "e", "-".join("ab"), "\u200f", " "])
def test_any_other_text_stays(text):
    assert safe(text) == text


@pytest.mark.parametrize("value", [-1.5, 0, None, True])
def test_numbers_stay(value):
    assert safe(value) is value


@given(TEXTS)
def test_every_text_comes_back(text):
    assert restored(safe(text)) == text


@given(TEXTS)
def test_nothing_that_begins_a_formula_is_left(text):
    written = safe(text)
    assert not written.lstrip().startswith(("=", "+", "-", "@"))
    assert needs_apostrophe(text) == (written != text)
