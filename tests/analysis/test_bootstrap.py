"""Intervals: the same as a plain loop and as scipy's, paired between arms, repeatable."""

import numpy as np
import pytest
from scipy import stats

from tests.analysis.made_up import evaluated
from workbench.analysis.bootstrap import (
    REPLICATES,
    ScoredPart,
    cluster_weights,
    delta_replicates,
    interval,
    pair_weights,
)
from workbench.analysis.pairs import Pair, Side

PART = ScoredPart("khatt", "print", "test")


def side(edits, lengths):
    clusters = tuple((f"w{n}", 1, int(e), int(m)) for n, (e, m) in enumerate(zip(edits, lengths, strict=True)))
    return Side("run", 10, evaluated("run", "khatt", clusters))


def made_up_pairs(count, clusters=30, seed=0):
    random = np.random.default_rng(seed)
    lengths = random.integers(40, 400, clusters)
    return tuple(
        Pair(0, n, side(random.binomial(lengths, 0.4), lengths), side(random.binomial(lengths, 0.35), lengths))
        for n in range(count)
    )


def counts(pair):
    table = np.array(
        [
            (m[2] - s[2], s[3])
            for s, m in zip(pair.single.evaluated.clusters, pair.multi.evaluated.clusters, strict=True)
        ]
    )
    return table[:, 0], table[:, 1]


@pytest.mark.parametrize("count", [1, 3])
def test_it_equals_a_plain_loop(count):
    pairs = made_up_pairs(count)
    writers = cluster_weights("khatt", "print", "test", 30)
    trainings = pair_weights(tuple((pair.draw, pair.seed) for pair in pairs))
    replicates = delta_replicates(pairs, PART)
    for n in (0, 1, 77, REPLICATES - 1):
        drawn_writers = np.repeat(np.arange(30), writers[n])
        deltas = []
        for index in np.repeat(np.arange(count), trainings[n]):
            gained, lengths = counts(pairs[index])
            deltas.append(100 * gained[drawn_writers].sum() / lengths[drawn_writers].sum())
        assert replicates[n] == pytest.approx(np.mean(deltas))


def test_it_agrees_with_scipy():
    (pair,) = made_up_pairs(1, clusters=60)
    low, high = interval(delta_replicates((pair,), PART))
    other = stats.bootstrap(
        counts(pair),
        lambda gained, lengths, axis: 100 * gained.sum(axis=axis) / lengths.sum(axis=axis),
        paired=True,
        vectorized=True,
        n_resamples=4000,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    width = other.high - other.low
    assert low == pytest.approx(other.low, abs=0.12 * width)
    assert high == pytest.approx(other.high, abs=0.12 * width)


def test_the_interval_leaves_two_and_a_half_percent_on_either_side():
    assert interval(np.arange(1001.0)) == (pytest.approx(25.0), pytest.approx(975.0))


def test_draws_are_whole_samples():
    writers = cluster_weights("khatt", "print", "test", 17)
    assert writers.shape == (REPLICATES, 17)
    assert set(writers.sum(axis=1)) == {17}
    assert writers.mean() == pytest.approx(1.0)
    assert writers.var() == pytest.approx(16 / 17, rel=0.05)
    with pytest.raises(ValueError, match="read-only"):
        writers[0, 0] = 5


def test_the_key_is_the_target_and_its_lines():
    first = cluster_weights("khatt", "print", "test", 17)
    cluster_weights.cache_clear()
    assert (cluster_weights("khatt", "print", "test", 17) == first).all()
    for other in (("uhwr", "print", "test"), ("khatt", "other", "test"), ("khatt", "print", "validation")):
        assert (cluster_weights(*other, 17) != first).any()


def test_one_training_is_not_resampled():
    assert (pair_weights(((0, 3),)) == 1).all()
    assert set(pair_weights(((0, 3), (0, 4))).sum(axis=1)) == {2}


def test_trainings_are_drawn_alike_wherever_they_are_the_same():
    pairs = ((0, 3), (0, 4), (1, 3))
    first = pair_weights(pairs)
    pair_weights.cache_clear()
    assert (pair_weights(pairs) == first).all()
    assert (pair_weights(((0, 3), (0, 4), (1, 4))) != first).any()


def test_arms_meet_the_same_writers():
    pairs = made_up_pairs(3)
    assert (delta_replicates(pairs, PART) - delta_replicates(pairs, PART) == 0).all()
    shifted = tuple(
        Pair(p.draw, p.seed, p.single, side([e + 2 for _, _, e, _ in p.multi.evaluated.clusters], counts(p)[1]))
        for p in pairs
    )
    difference = delta_replicates(shifted, PART) - delta_replicates(pairs, PART)
    assert (difference > 0).all()  # unpaired draws would mix the signs
    assert difference.std() < 0.1 * delta_replicates(pairs, PART).std()


def test_empty_references_do_not_break_it():
    pair = Pair(0, 0, side([0, 3], [0, 10]), side([0, 1], [0, 10]))
    low, high = interval(delta_replicates((pair,), PART))
    assert low == high == pytest.approx(-20.0)


def test_it_covers_the_truth_about_as_often_as_it_says():
    hits = 0
    for seed in range(60):
        (pair,) = made_up_pairs(1, clusters=60, seed=seed)
        low, high = interval(delta_replicates((pair,), ScoredPart("khatt", str(seed), "test")))
        hits += low <= -5.0 <= high
    assert 50 <= hits <= 60
