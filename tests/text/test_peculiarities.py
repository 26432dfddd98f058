"""Every peculiarity is met by a text that has it, and by no plain text."""

import pytest

from workbench.text.normalize import STEPS, normalise
from workbench.text.peculiarities import PECULIARITIES, digit_systems

EXAMPLES = {
    "double_blanks": ("قلم  باب   بيت", 2),
    "outer_blanks": (" قلم باب", 1),
    "tabs": ("قلم\tباب", 1),
    "hash": ("قلم # باب #", 2),
    "at": ("قلم @ باب", 1),
    "backslash": ("قلم \\ باب_", 2),
    "latin": ("قلم pen", 3),
    "tatweel": ("قلــم باب", 2),
    "harakat": ("قَلَم باب", 2),
    "many_marks": ("قَُِّلم باب", 1),
    "zwnj": ("می\u200cرود خانه", 1),
    "bidi_controls": ("قلم \u202bباب\u202c", 2),
    "invisible": ("قلم\ufeff باب", 1),
    "controls": ("قلم\x00 باب\x1b", 2),
    "special_blanks": ("قلم\u00a0باب بيت", 1),
    "presentation_forms": ("ﷲ باب ﻻ", 2),
    "private_use": ("قلم \ue000\u0378", 2),
    "replacements": ("قلم \ufffd\ud800", 2),
    "mixed_yeh": ("ي ی", 1),
    "mixed_kaf": ("ك ک", 1),
    "mixed_heh": ("ه ہ", 1),
    "mixed_digits": ("3 ٣", 1),
    "not_nfc": ("ا\u0653ب باب", 1),
    "decomposed": ("ا\u0653ب باب", 1),
    "reversed": ("من إلى في البيت"[::-1], 1),
    "single_word": ("قلم", 1),
    "long": ("قلم " * 300, 1),
}


def test_there_is_an_example_of_each() -> None:
    assert list(EXAMPLES) == list(PECULIARITIES)


@pytest.mark.parametrize("key", PECULIARITIES)
def test_each_is_counted(key: str) -> None:
    text, count = EXAMPLES[key]
    assert PECULIARITIES[key].count(text) == count


@pytest.mark.parametrize(
    "text",
    ["ذهب الولد إلى المدرسة.", "وہ ایک کتاب پڑھ رہا ہے۔", "این کتاب را از او گرفت.", "آب و ۱۲ نان"],
)
def test_a_plain_text_has_none(text: str) -> None:
    assert [key for key, each in PECULIARITIES.items() if each.count(text)] == []


def test_an_empty_text_has_none() -> None:
    assert [key for key, each in PECULIARITIES.items() if each.count("")] == []


@pytest.mark.parametrize("key", [key for key, each in PECULIARITIES.items() if each.steps])
def test_the_steps_that_are_named_take_it_away(key: str) -> None:
    steps = PECULIARITIES[key].steps
    assert set(steps) <= set(STEPS)
    text = "ﻻ باب" if key == "presentation_forms" else EXAMPLES[key][0]
    assert PECULIARITIES[key].count(normalise(text, steps)) == 0


def test_titles_read_as_nouns_and_are_unique() -> None:
    titles = [each.title for each in PECULIARITIES.values()]
    assert len(set(titles)) == len(titles)
    assert all(not title.endswith(".") and title == title.strip() for title in titles)


def test_digits_of_three_systems() -> None:
    assert list(digit_systems("1٢۳۳").values()) == [1, 1, 2]
    assert digit_systems("قلم") == {}


def test_marks_of_a_decomposed_text_with_composed_letters_are_not_nfd() -> None:
    text = "آ ا\u0653"
    assert PECULIARITIES["not_nfc"].count(text)
    assert not PECULIARITIES["decomposed"].count(text)
