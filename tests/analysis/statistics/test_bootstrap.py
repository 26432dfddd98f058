"""Resampled error rates: the same as a plain loop and as scipy's, repeatable, paired between arms."""

import numpy as np
import pytest
from scipy import stats

from workbench.analysis.statistics import bootstrap
from workbench.analysis.statistics.bootstrap import (
    REPLICATES,
    ScoredPart,
    cluster_weights,
    interval,
    percentile_interval,
    resampled_rates,
)

PART = ScoredPart("khatt", "print", "test")


def made_up(count, clusters=30, seed=0):
    random = np.random.default_rng(seed)
    lengths = random.integers(40, 400, clusters)
    return random.binomial(lengths, 0.35, (count, clusters)), lengths


def all_weights(part, clusters):
    return np.concatenate(list(cluster_weights(part, clusters)))


def test_it_equals_a_plain_loop():
    errors, lengths = made_up(2)
    weights = all_weights(PART, 30).astype(int)
    rates = resampled_rates(errors, lengths, PART)
    assert rates.shape == (REPLICATES, 2)
    for n in (0, 1, 77, REPLICATES - 1):
        drawn = np.repeat(np.arange(30), weights[n])
        for arm in (0, 1):
            assert rates[n, arm] == pytest.approx(errors[arm][drawn].sum() / lengths[drawn].sum(), rel=1e-6)


def test_it_agrees_with_scipy():
    errors, lengths = made_up(1, clusters=60)
    found = percentile_interval(errors[0], lengths, PART)
    other = stats.bootstrap(
        (errors[0], lengths),
        lambda edits, lengths, axis: edits.sum(axis=axis) / lengths.sum(axis=axis),
        paired=True,
        vectorized=True,
        n_resamples=10_000,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert found == pytest.approx(tuple(other), abs=0.06 * (other.high - other.low))


def test_an_interval_takes_two_clusters_with_characters():
    assert percentile_interval([3], [10], PART) is None
    assert percentile_interval([0, 0], [0, 0], PART) is None
    low, high = percentile_interval([0, 3], [0, 10], PART)
    assert low == high == pytest.approx(0.3)


def test_the_interval_leaves_two_and_a_half_percent_on_either_side():
    assert interval(np.arange(1001.0)) == (pytest.approx(25.0), pytest.approx(975.0))


@pytest.mark.parametrize("clusters", [17, 900])  # kept for the next question, and drawn anew
def test_draws_are_whole_samples(clusters):
    weights = all_weights(PART, clusters)
    assert weights.shape == (REPLICATES, clusters)
    assert set(weights.sum(axis=1)) == {clusters}
    assert weights.mean() == pytest.approx(1.0)
    assert weights.var() == pytest.approx((clusters - 1) / clusters, rel=0.02)
    assert len({row.tobytes() for row in weights[:100]}) == 100
    with pytest.raises(ValueError, match="read-only"):
        next(iter(cluster_weights(PART, clusters)))[0, 0] = 5


@pytest.mark.parametrize("clusters", [17, 900])
def test_the_key_is_the_target_and_its_lines(clusters):
    first = all_weights(PART, clusters)
    bootstrap._kept_weights.cache_clear()
    assert (all_weights(PART, clusters) == first).all()
    for other in (("uhwr", "print", "test"), ("khatt", "other", "test"), ("khatt", "print", "validation")):
        assert (all_weights(ScoredPart(*other), clusters) != first).any()
