"""Reading order: there and back is exact, and runs that are written from left to right stay so."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workbench.text.reading_order import logical_positions, mirrors_image, to_logical, to_network

ORDERS = ("ltr_runs", "reversed", "logical_mirrored")
MIXED = st.text(st.sampled_from("ابیکگ 12٣٤۵۶abZé\u0301.,:/-،۔()\u200c\n"), max_size=40)


@pytest.mark.parametrize("order", ORDERS)
@given(text=st.one_of(MIXED, st.text(max_size=40)))
@example(text="1.2.")
@example(text="1..2")
@example(text=".1-٢:۳/a")
@example(text="ا\u03011,")
def test_there_and_back_is_exact(order, text):
    assert to_logical(to_network(text, order), order) == text
    assert sorted(to_network(text, order)) == sorted(text)


@given(text=st.one_of(MIXED, st.text(max_size=40)))
def test_ltr_runs_is_its_own_inverse(text):
    assert to_network(to_network(text, "ltr_runs"), "ltr_runs") == text


@pytest.mark.parametrize("order", ORDERS)
@given(text=st.one_of(MIXED, st.text(max_size=40)))
def test_positions_tell_where_each_character_came_from(order, text):
    positions = logical_positions(text, order)
    assert "".join(text[position] for position in positions) == to_logical(text, order)
    assert sorted(positions) == list(range(len(text)))


@pytest.mark.parametrize(
    ("logical", "network"),
    [
        ("", ""),
        ("سنة 1987 م", "م 1987 ةنس"),
        ("۱۳۹۹/۱۲/۰۱", "۱۳۹۹/۱۲/۰۱"),
        ("٢٥ سنة", "ةنس ٢٥"),
        ("من 10-12.", ".10-12 نم"),
        ("(12)", ")12("),
        ("أب 3,5 ج", "ج 3,5 بأ"),
        ("1. 2", "2 .1"),
        ("1..2", "2..1"),
        ("Al-Ain في", "يف Al-Ain"),
        ("دو 5kg", "5kg ود"),
        ("caf\u00e9", "caf\u00e9"),
    ],
)
def test_ltr_runs_on_known_lines(logical, network):
    assert to_network(logical, "ltr_runs") == network


def test_reversed_is_the_published_order():
    assert to_network("سنة 1987", "reversed") == "7891 ةنس"


def test_only_the_mirrored_order_flips_the_image():
    assert [mirrors_image(order) for order in ORDERS] == [False, False, True]
    assert to_network("سنة 1987", "logical_mirrored") == "سنة 1987"
