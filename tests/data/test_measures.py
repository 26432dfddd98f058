"""Numbers per line, and how they are spread."""

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.made_up import make_dataset
from workbench.data.measures import FrameRule, distribution, fit_frames, measure

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)


def test_no_numbers_have_a_distribution_too() -> None:
    assert distribution([]).count == 0
    assert distribution(np.array([np.nan])).count == 0
    assert distribution([]).counts(np.array([0.0, 1.0])).tolist() == [0]


@given(NUMBERS)
def test_a_distribution_says_what_the_standard_library_says(numbers: list[float]) -> None:
    found = distribution(numbers)
    assert (found.count, found.minimum, found.maximum) == (len(numbers), min(numbers), max(numbers))
    assert found.median == pytest.approx(statistics.median(numbers), abs=1e-6)
    assert found.mean == pytest.approx(statistics.fmean(numbers), abs=1e-6)
    if len(numbers) > 1:
        cuts = statistics.quantiles(numbers, n=20, method="inclusive")
        assert (found.low, found.high) == (pytest.approx(cuts[0], abs=1e-6), pytest.approx(cuts[-1], abs=1e-6))


def test_what_is_missing_is_left_out() -> None:
    found = distribution(np.array([4.0, np.nan, 2.0]))
    assert found.values.tolist() == [4.0, 2.0]
    assert found.mean == 3.0


def test_lines_are_measured_in_their_order() -> None:
    opened = make_dataset("one", ["ab cd", "  x ", "", "a\tb"], sizes=[(20, 100), (40, 60), (10, 30), (16, 90)])
    found = measure(opened.lines, opened.cache)
    assert found.characters.tolist() == [5, 4, 0, 3]
    assert found.words.tolist() == [2, 1, 0, 2]
    assert (found.widths.tolist(), found.heights.tolist()) == ([100, 60, 30, 90], [20, 40, 10, 16])
    assert found.px_per_character.tolist() == pytest.approx([20.0, 15.0, np.nan, 30.0], nan_ok=True)
    # At a height of 40 the first line is twice as wide, the second as it is, the last 2.5 times as wide.
    assert found.px_per_character_at(40).tolist() == pytest.approx([40.0, 15.0, np.nan, 75.0], nan_ok=True)


def test_a_data_set_without_lines_can_be_measured() -> None:
    opened = make_dataset("none", [])
    found = measure(opened.lines, opened.cache)
    assert found.px_per_character.size == found.px_per_character_at(48).size == 0


def test_frames_are_compared_with_what_the_text_needs() -> None:
    opened = make_dataset("one", ["abc", "aab", "", "abcdef"], sizes=[(40, 24), (40, 24), (40, 8), (40, 40)])
    rule = FrameRule(
        "eight", 40, lambda height, width: width // 8, lambda text: len(text) + sum(map(str.__eq__, text, text[1:]))
    )
    found = fit_frames(opened.lines, measure(opened.lines, opened.cache), rule)
    assert found.per_character.tolist() == pytest.approx([1.0, 1.0, np.nan, 5 / 6], nan_ok=True)
    assert found.too_narrow == 2  # two equal neighbours need one frame more; six characters do not fit into five
