"""Reversed storage is always noticed, and never suspected of texts in logical order."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.text.test_overlap import PUBLISHED, references
from workbench.text.stored_order import OrderEvidence, order_evidence, seems_reversed

TEXTS = {
    "ar": ["ذهب الولد إلى المدرسة في الصباح.", "كتبت الطالبة رسالة قصيرة من البيت", "هذا الكتاب على الطاولة الكبيرة"],
    "ur": ["وہ صبح اسکول میں جاتا ہے۔", "لڑکے نے گھر سے خط لکھا", "یہ کتاب میز کے اوپر ہے"],
    "fa": ["این کتاب را از او گرفت.", "به خانه می رود که آب است", "گل های باغ را به او داد"],
}


def shaped(text: str) -> str:
    """Text in presentation forms, in logical order: what PDF files hold before it is turned round."""
    forms = {}
    for point in (*range(0xFB50, 0xFBB2), *range(0xFE70, 0xFEFD)):
        shape_and_letters = unicodedata.decomposition(chr(point)).split()
        if len(shape_and_letters) == 2:
            tag, base = shape_and_letters
            forms[tag.strip("<>"), chr(int(base, 16))] = chr(point)

    def joins_next(letter: str) -> bool:
        return ("initial", letter) in forms

    words = []
    for word in text.split():
        shown = ""
        for at, letter in enumerate(word):
            before = at > 0 and joins_next(word[at - 1])
            after = at + 1 < len(word) and joins_next(letter)
            shape = {(0, 0): "isolated", (0, 1): "initial", (1, 0): "final", (1, 1): "medial"}[before, after]
            shown += forms.get((shape, letter), letter)
        words.append(shown)
    return " ".join(words)


def visual(text: str) -> str:
    """Text as it looks from left to right, with digits and Latin words kept readable: bidi display order."""
    pieces, run = [], ""
    for character in text[::-1]:
        if character.isascii() and character.isalnum():
            run = character + run
            continue
        pieces += [run, character]
        run = ""
    return "".join([*pieces, run])


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("turned", [lambda text: text[::-1], visual], ids=["reversed", "visual"])
@pytest.mark.parametrize("spelt", [str, shaped], ids=["letters", "presentation_forms"])
def test_fixtures(language: str, turned, spelt) -> None:
    texts = [spelt(text) for text in TEXTS[language]]
    assert not order_evidence(texts).is_reversed
    assert not any(map(seems_reversed, texts))
    assert order_evidence(map(turned, texts)).is_reversed


def test_forms_alone_tell_it() -> None:
    texts = [shaped(text) for text in ("بيت كبير", "قلم جميل", "شمس يوم")]
    evidence = order_evidence(text[::-1] for text in texts)
    assert (evidence.for_reversed, evidence.for_logical) == (evidence.reversed_forms, 0)
    assert evidence.is_reversed
    assert order_evidence(texts).logical_forms == evidence.reversed_forms == 6


def test_sentence_marks_alone_tell_it() -> None:
    assert order_evidence([". قلم"] * 5).is_reversed
    assert not order_evidence([". قلم"] * 4).is_reversed
    assert not order_evidence([". قلم"] * 5 + ["قلم ."] * 2).is_reversed


def test_one_line_is_suspected_by_its_words_only() -> None:
    assert seems_reversed("من إلى في البيت"[::-1])
    assert not seems_reversed("۔ قلم ۔")
    assert not seems_reversed("من إلى في البيت"[::-1] + " مدرسة")


@given(st.lists(st.text("ابةىے .،۔ﻪﻫ12", max_size=12), max_size=6))
def test_turning_the_texts_round_turns_the_evidence_round(texts: list[str]) -> None:
    forwards, backwards = order_evidence(texts), order_evidence(text[::-1] for text in texts)
    assert (forwards.reversed_letters, forwards.logical_letters) == (
        backwards.logical_letters,
        backwards.reversed_letters,
    )
    assert (forwards.reversed_marks, forwards.logical_marks) == (backwards.logical_marks, backwards.reversed_marks)
    assert not (forwards.is_reversed and backwards.is_reversed)


def test_nothing_is_no_evidence() -> None:
    assert order_evidence([]) == order_evidence(["", "  ", "123"]) == OrderEvidence()


@pytest.mark.real_lines
@pytest.mark.parametrize("name", PUBLISHED)
def test_real_texts(real_lines, name: str) -> None:
    """Any ten neighbouring lines of the published references are enough, and none is suspected."""
    texts = references(real_lines, name)
    tens = [texts[at : at + 10] for at in range(0, len(texts), 10)]
    assert not any(order_evidence(ten).is_reversed for ten in tens)
    assert not any(map(seems_reversed, texts))
    assert all(order_evidence(text[::-1] for text in ten).is_reversed for ten in tens)
