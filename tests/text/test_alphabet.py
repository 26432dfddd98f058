"""Alphabet: class 0 is the CTC blank, texts come back as they went in."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.text.alphabet import CTC_BLANK, Alphabet, alphabet_of

ORDERS = st.sampled_from(("ltr_runs", "reversed", "logical_mirrored"))


@given(text=st.text(max_size=30), order=ORDERS)
def test_round_trip(text, order):
    alphabet = Alphabet(alphabet_of([text]))
    classes = alphabet.encode(text, order)
    assert CTC_BLANK not in classes
    assert len(classes) == len(text)
    assert all(0 < index < alphabet.classes for index in classes)
    assert alphabet.decode(classes, order) == text


def test_characters_are_sorted_and_counted_with_the_blank():
    characters = alphabet_of(["با", "اب ۱"])
    assert characters == (" ", "ا", "ب", "۱")
    assert Alphabet(characters).classes == 5
    assert alphabet_of([]) == ()


def test_classes_are_in_network_order():
    assert Alphabet((" ", "1", "2", "ا")).encode("ا 12", "ltr_runs") == [2, 3, 1, 4]


def test_unseen_characters():
    alphabet = Alphabet(("a",))
    assert alphabet.unseen("abcb") == Counter({"b": 2, "c": 1})
    assert alphabet.encode("abcb", "reversed", skip_unseen=True) == [1]
    with pytest.raises(InputError, match=r"lacks U\+0062, U\+0063"):
        alphabet.encode("abcb", "reversed")


@pytest.mark.parametrize("characters", [("a", "a"), ("ab",), ("",)])
def test_a_bad_alphabet_is_refused(characters):
    with pytest.raises(InputError, match="each once"):
        Alphabet(characters)


@pytest.mark.parametrize("classes", [[0], [2], [-1]])
def test_blank_and_foreign_classes_are_no_text(classes):
    with pytest.raises(ValueError, match=r"1\.\.1"):
        Alphabet(("a",)).decode(classes, "reversed")
