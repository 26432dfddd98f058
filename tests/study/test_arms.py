"""Runs and arms in words: every regime has its own, and what a regime needs is known."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.study.arms import (
    arm_label,
    baseline_of,
    common_conditions,
    count_requests,
    dependent_regimes,
    difference_in_words,
    needed_regimes,
    regime_of,
    short_label,
    trained_on,
)
from workbench.study.conditions import Conditions
from workbench.study.grid import REGIMES, RunRequest, expand, is_baseline
from workbench.study.schema import Study

NAMES = ("ar", "ur", "fa")


def first_of(regime: str, names: tuple[str, ...] = NAMES) -> RunRequest:
    """Return the first run of a regime."""
    study = Study(name="a", regimes=(*needed_regimes(regime), regime), architectures=("x",))
    return next(request for request in expand(study, names) if request.regime == regime)


@pytest.mark.parametrize(
    ("regime", "words", "alone"),
    [
        ("single", "ar", "ar"),
        ("multi", "all three", "all three"),
        ("pairs", "ar + ur", "ar + ur"),
        ("leave_one_out", "all but ar", "ur + fa"),
        ("extra", "ar ×3", "ar ×3"),
        ("permuted", "ar + others' labels permuted", "ar + others' labels permuted"),
        ("others_whole", "ar + all of the others", "ar + all of the others"),
        ("finetuned_single", "ar, after ar", "ar, after ar"),
        ("finetuned", "ar, after all three", "ar, after all"),
        ("head_on_single", "ar: new head on ar", "ar: new head on ar"),
        ("head_on_multi", "ar: new head on all three", "ar: new head on all"),
    ],
)
def test_what_a_run_trains_on(regime: str, words: str, alone: str) -> None:
    request = first_of(regime)
    assert trained_on(request, NAMES) == words
    assert trained_on(request) == alone


def test_two_and_many_data_sets_have_their_words() -> None:
    assert trained_on(first_of("multi", NAMES[:2])) == "both"
    many = tuple("abcdef")
    assert trained_on(first_of("multi", many)) == "all 6"
    assert trained_on(first_of("finetuned", many), many) == "a, after all 6"


def test_no_two_runs_of_a_study_have_the_same_name() -> None:
    names = tuple("abcd")
    study = Study(name="a", regimes=tuple(REGIMES), architectures=("x",))
    words = [trained_on(request, names) for request in expand(study, names)]
    assert len(set(words)) == len(words)


def test_arms_and_what_they_are_compared_with() -> None:
    assert arm_label("pairs: ar + fa") == "Every pair: ar + fa"
    assert (regime_of("pairs: ar + fa"), short_label("pairs: ar + fa")) == ("pairs", "pair")
    assert baseline_of("pairs: ar + fa") == "single"
    assert baseline_of("head_on_multi") == "head_on_single"
    assert baseline_of("finetuned") == "finetuned_single"
    assert difference_in_words("head_on_multi") == "CER(multi head) − CER(single head)"
    assert len({short_label(regime) for regime in REGIMES}) == len(REGIMES)


def test_what_a_regime_takes_beside_itself() -> None:
    assert needed_regimes("single") == ()
    assert needed_regimes("multi") == ("single",)
    assert needed_regimes("head_on_single") == ("single",)
    assert set(needed_regimes("head_on_multi")) == {"single", "multi", "head_on_single"}
    assert set(needed_regimes("finetuned")) == {"single", "multi", "finetuned_single"}
    assert set(dependent_regimes("multi")) == {"finetuned", "head_on_multi"}
    assert dependent_regimes("pairs") == ()


@pytest.mark.parametrize("regime", REGIMES)
def test_a_regime_with_what_it_needs_can_be_planned_and_compared(regime: str) -> None:
    wanted = (*needed_regimes(regime), regime)
    assert expand(Study(name="a", regimes=wanted), NAMES)
    assert is_baseline(regime) or REGIMES[regime].baseline in wanted
    for gone in wanted[:-1]:
        if regime in dependent_regimes(gone):
            assert REGIMES[regime].after is not None


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from(list(REGIMES)), min_size=1, unique=True),
    st.lists(st.integers(1, 50), min_size=1, max_size=3, unique=True),
    st.lists(st.integers(0, 9), min_size=1, max_size=2, unique=True),
    st.lists(st.sampled_from(["off", "on"]), min_size=1, unique=True),
    st.integers(1, 2),
    st.booleans(),
)
def test_the_grid_is_counted_without_making_it(
    regimes: list[str], ks: list[int], seeds: list[int], folding: list[str], draws: int, is_characters: bool
) -> None:
    wanted = dict.fromkeys(each for regime in regimes for each in (*needed_regimes(regime), regime))
    study = Study.model_validate(
        {
            "name": "a",
            "regimes": list(wanted),
            "k_characters" if is_characters else "k_lines": ks,
            "seeds": seeds,
            "draws": draws,
            "budgets": ["10 steps", "2 epochs"],
            "conditions": {"folding": folding, "norm": ["batch", "group"]},
        }
    )
    assert count_requests(study, NAMES) == len(expand(study, NAMES))


def test_conditions_that_not_all_requests_of_a_run_ask_for_do_not_matter() -> None:
    request = first_of("single")
    folded = request.model_copy(update={"conditions": Conditions(folding="on", batches="one_target")})
    other = request.model_copy(update={"conditions": Conditions(folding="on")})
    assert str(common_conditions([folded])) == "code points folded, batches of one data set"
    assert str(common_conditions([folded, other])) == "code points folded"
    assert str(common_conditions([request, folded])) == ""
