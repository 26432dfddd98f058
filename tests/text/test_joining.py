"""Joining: Unicode's table against what its own presentation forms say, and forms of words that one can look at."""

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.text.joining import FORMS, JOINING_GROUPS, forms_in, forms_of, joining_group, joining_type

LETTERS = "ابپتثجحخدذرزسشصضطظعغفقکگلمنوهی"


def presentation_forms() -> dict[str, set[str]]:
    """Forms that Unicode encoded one by one, by the letter that they are forms of."""
    found: dict[str, set[str]] = {}
    for point in (*range(0xFB50, 0xFBB2), *range(0xFBD3, 0xFC00), *range(0xFE70, 0xFEFD)):
        parts = unicodedata.decomposition(chr(point)).split()
        if len(parts) == 2 and parts[0][1:-1] in FORMS:
            found.setdefault(chr(int(parts[1], 16)), set()).add(parts[0][1:-1])
    return found


def test_types_are_those_of_the_presentation_forms():
    # Noon ghunna has two of its four forms there, U+0677 (of Kazakh) only the isolated one.
    known = {letter: forms for letter, forms in presentation_forms().items() if letter not in "\u06ba\u0677"}
    assert len(known) > 70
    for letter, forms in known.items():
        expected = "D" if forms & {"initial", "medial"} else "R" if "final" in forms else "U"
        assert joining_type(letter) == expected, unicodedata.name(letter)


def test_every_letter_is_in_one_group_only():
    points = [point for _, ranges in JOINING_GROUPS.values() for point in ranges.split()]
    assert len(points) == len(set(points))
    groups = {letter: joining_group(letter) for letter in "بتثپٹ"}
    assert set(groups.values()) == {"Beh"}
    assert [joining_group(letter) for letter in "حچدڈرڑکگكءa"] == [
        "Hah", "Hah", "Dal", "Dal", "Reh", "Reh", "Gaf", "Gaf", "Kaf", None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("بيت", "IMF"),
        ("دار", "..."),
        ("باب", "IF."),
        ("ماء", "IF."),
        ("می\u200cرود", "IF0..."),  # ZWNJ parts letters
        ("مُحَمَّد", "I0M0M00F"),  # marks do not
        ("بـب", "I0F"),  # Tatweel joins and is no letter
        ("ب ب", ".0."),
        ("ب1ب", ".0."),
        ("", ""),
        ("abc", "000"),
    ],
)
def test_forms_in_words(text, forms):
    letters = {".": "isolated", "I": "initial", "M": "medial", "F": "final", "0": None}
    assert forms_of(text) == tuple(letters[one] for one in forms)


@given(st.lists(st.text(st.sampled_from(LETTERS + " \u200cَ.1")), max_size=6))
def test_lines_at_once_are_lines_one_by_one(lines):
    text = "".join(lines)
    characters = sorted(set(text))
    places = np.array([characters.index(one) for one in text], np.int64)
    of_line = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    found = forms_in(characters, places, of_line)
    expected = [form for line in lines for form in forms_of(line)]
    assert [None if form < 0 else FORMS[form] for form in found] == expected


@given(st.text(st.sampled_from(LETTERS), max_size=12))
def test_a_letter_that_is_joined_has_a_neighbour_that_joins_it(word):
    forms = forms_of(word)
    for place, form in enumerate(forms):
        joins_before = place > 0 and joining_type(word[place - 1]) == "D"
        assert (form in ("medial", "final")) == joins_before
