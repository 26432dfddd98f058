"""Permutation over clusters against scipy and by hand; Holm's correction against its definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from workbench.analysis.statistics.bootstrap import ScoredPart
from workbench.analysis.statistics.significance import holm, permutation_p

PART = ScoredPart("khatt", "print", "test")


def test_few_clusters_are_exchanged_in_all_ways():
    assert permutation_p(np.array([[1, 2, 3]]), PART) == pytest.approx(2 / 8)
    assert permutation_p(np.array([[1, -1, 0]]), PART) == 1
    assert permutation_p(np.array([[4]]), PART) is None
    assert permutation_p(np.zeros((2, 5), dtype=int), PART) == 1


@pytest.mark.parametrize("clusters", [12, 60])
def test_it_agrees_with_scipy(clusters):
    random = np.random.default_rng(4)
    gained = random.normal(-0.5, 2.0, (3, clusters))
    other = stats.permutation_test(
        (gained.sum(axis=0), np.zeros(clusters)),
        lambda x, y, axis: (x - y).sum(axis=axis),
        permutation_type="samples",
        n_resamples=20_000,
        rng=np.random.default_rng(0),
    )
    assert permutation_p(gained, PART) == pytest.approx(other.pvalue, abs=0.02)


def test_trainings_are_exchanged_alike():
    """Two trainings that say the opposite are no evidence, however many clusters there are."""
    random = np.random.default_rng(0)
    one = random.normal(-3, 1, 50)
    assert permutation_p(np.array([one, -one]), PART) == 1
    assert permutation_p(np.array([one, one]), PART) < 0.001


def test_it_is_the_same_every_time():
    gained = np.random.default_rng(1).normal(-0.3, 2, (1, 40))
    assert permutation_p(gained, PART) == permutation_p(gained, PART)


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([0.5, None, 0.9]) == (1.0, None, 1.0)
    assert holm([]) == ()


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_rejects_as_its_definition_does(p_values):
    corrected = holm(p_values)
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    for alpha in (0.01, 0.05, 0.2):
        rejected = set()
        for rank, place in enumerate(order):
            if p_values[place] * (len(p_values) - rank) > alpha:
                break
            rejected.add(place)
        assert {place for place, p in enumerate(corrected) if p <= alpha} == rejected
