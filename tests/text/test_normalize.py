"""Normalisation: each named step does what its name says, and doing it twice changes nothing."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.text.normalize import EXPLANATIONS, STEPS, check_steps, normalise

ARABIC = st.text(
    st.one_of(
        st.characters(min_codepoint=0x0600, max_codepoint=0x06FF),
        st.characters(min_codepoint=0xFB50, max_codepoint=0xFEFF, exclude_categories=("Cs", "Cn")),
        st.sampled_from(" \n\u200f\u200c\u0301aé1"),
    ),
    max_size=30,
)


@pytest.mark.parametrize("step", STEPS)
@given(text=st.one_of(ARABIC, st.text(max_size=30)))
def test_a_step_is_idempotent(step, text):
    once = normalise(text, (step,))
    assert normalise(once, (step,)) == once


@pytest.mark.parametrize(
    ("step", "text", "result"),
    [
        ("nfc", "ا\u0653", "آ"),
        ("collapse_blanks", "  اب \u00a0\n ج ", "اب ج"),
        ("drop_tatweel", "بـــا", "با"),
        ("drop_harakat", "مُحَمَّدٌ رَحْمٰن", "محمد رحمن"),
        ("drop_harakat", "ا\u0653 ى\u0654", "ا\u0653 ى\u0654"),
        ("fold_yeh", "ييىیے", "ییییے"),
        ("fold_kaf", "كک", "کک"),
        ("fold_heh", "ہھه", "هھه"),
        ("fold_digits", "٠٩ ۰۹ 09", "09 09 09"),
        ("fold_full_stop", "ہے۔", "ہے."),
        ("presentation_forms", "\ufe85\ufefb \ufdf2", "ؤلا الله"),
        ("presentation_forms", "\ufdfa\ufbd3", "\ufdfa\ufbd3"),
        ("presentation_forms", "\ufe70", "\u064b"),
        ("drop_bidi_controls", "\ufeffا\u200f\u202b\u2067ب\u200cج\u061c", "اب\u200cج"),
    ],
)
def test_known_cases(step, text, result):
    assert normalise(text, (step,)) == result


def test_no_step_means_no_change():
    assert normalise("  كـ\u200f", ()) == "  كـ\u200f"


def test_steps_run_in_the_order_given():
    assert normalise("ﻛـ", ("presentation_forms", "fold_kaf", "drop_tatweel")) == "ک"
    assert normalise("ﻛ", ("fold_kaf", "presentation_forms")) == "ك"


def test_every_step_is_explained():
    assert list(EXPLANATIONS) == list(STEPS)


def test_letters_of_the_three_languages_survive_marks_being_dropped():
    letters = [chr(point) for point in range(0x0600, 0x0700) if unicodedata.category(chr(point)) == "Lo"]
    assert normalise("".join(letters), ("drop_harakat",)) == "".join(letters)


def test_a_misspelt_step_names_the_one_that_was_meant():
    with pytest.raises(InputError, match="Did you mean 'fold_yeh'"):
        check_steps(("nfc", "fold_yhe"))
    with pytest.raises(InputError, match="Known steps: nfc"):
        normalise("", ("zzzz",))
