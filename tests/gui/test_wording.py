"""Numbers and times in the words of the window."""

import pytest

from tests.execution.small_data import small_study
from workbench.gui.wording import (
    duration,
    duration_between,
    percent,
    regime_label,
    run_label,
    signed,
)
from workbench.study.grid import expand


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (40, "40 s"), (720, "12 min"), (12_600, "3.5 h"), (111_600, "31 h"), (360_000, "4.2 days")],
)
def test_times_in_the_unit_that_suits_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_estimates_have_a_range() -> None:
    assert duration_between(26 * 60, 40 * 60) == "about 32 min (26–40)"
    assert duration_between(9 * 3600, 11 * 3600) == "about 9.9 h (9.0–11.0)"
    assert duration_between(30, 30) == "about 30 s"
    assert duration_between(0, 60) == "about 30 s (0–60)"


def test_the_sign_is_always_shown_and_nought_has_none() -> None:
    assert [signed(value) for value in (-3.14, 0.24, 0.04, -0.04)] == ["−3.1", "+0.2", "0.0", "0.0"]
    assert percent(None) == "–"
    assert percent(0.1234) == "12.3 %"


def test_runs_are_named_by_what_they_are() -> None:
    study = small_study(budgets=["1500 steps"], draws=2)
    request = expand(study, ("a", "b", "c"))[-1]
    assert run_label(request) == "CNN-only (small) · all three · K 4 · seed 0"
    named = run_label(request, with_draw=True, with_budget=True)
    assert named == "CNN-only (small) · all three · K 4 · 1,500 steps · draw 1 · seed 0"
    two, five = (expand(study, tuple(names))[-1] for names in ("ab", "abcde"))
    assert [regime_label(two), regime_label(five)] == ["both", "all 5"]
