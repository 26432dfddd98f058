"""Near texts: the fast search finds what a plain comparison of all pairs finds."""

import random
import time

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from workbench.data.near_texts import NEAR_RATIO, folded, near_pairs

words = st.lists(st.text("ابتثجحخ", min_size=1, max_size=4), min_size=1, max_size=6).map(" ".join)
texts = st.lists(words, max_size=12, unique=True).map(tuple)


def slowly(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    return tuple(
        (at, other)
        for at, one in enumerate(left)
        for other, two in enumerate(right)
        if one and two and fuzz.ratio(one, two) >= 100 * NEAR_RATIO - 1e-9
    )


@given(texts, texts)
def test_no_pair_is_missed(left: tuple[str, ...], right: tuple[str, ...]) -> None:
    assert near_pairs(left, right) == slowly(left, right)


@given(words, st.data())
def test_a_text_with_one_letter_changed_is_near(text: str, data: st.DataObject) -> None:
    text = text * 5
    at = data.draw(st.integers(0, len(text) - 1))
    changed = f"{text[:at]}ق{text[at + 1 :]}"
    assert near_pairs((changed,), (text,)) == (((0, 0),) if fuzz.ratio(changed, text) >= 90 else ())


def test_very_long_texts_and_empty_ones() -> None:
    long = "اب" * 4000
    assert near_pairs((long, ""), (long[:-3], "", long + "ت" * 3000)) == ((0, 0),)
    assert near_pairs((), ("ا",)) == ()


def test_folding_takes_away_what_is_only_encoding() -> None:
    assert folded("كتابي ١٢\u200f") == folded("کتابی  12")


def test_ten_thousand_texts_against_ten_thousand_take_seconds() -> None:
    generator = random.Random(0)
    vocabulary = [
        "".join(generator.choices("ابتثجحخدذرزسشصضطظعغفقكلمنهوي", k=generator.randint(2, 6))) for _ in range(900)
    ]

    def lines() -> tuple[str, ...]:
        return tuple(" ".join(generator.choices(vocabulary, k=generator.randint(8, 16))) for _ in range(10_000))

    left, right = lines(), lines()
    right = (*right[1:], left[17][:-2])
    begin = time.process_time()
    assert (17, 9_999) in near_pairs(left, right)
    assert time.process_time() - begin < 30  # measured: below 2 s; a comparison of all pairs takes minutes
