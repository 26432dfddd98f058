"""Uncertainty of differences: against plain loops, against textbook formulas, and what must always hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from workbench.analysis.statistics.bootstrap import ScoredPart, interval
from workbench.analysis.statistics.contrast import LEAST_P, Scored, Term, contrast, relative_change

PART, OTHER = ScoredPart("khatt", "print", "test"), ScoredPart("uhwr", "print", "test")


def scored(*, trainings=3, clusters=40, rate=-0.02, part=PART, seed=0, scatter=0.02, of_training=0.0, draws=None):
    random = np.random.default_rng(seed)
    lengths = np.random.default_rng([clusters, *part.target.encode()]).integers(100, 900, clusters)
    moved = rate + random.normal(0, scatter, clusters) + random.normal(0, of_training, (trainings, 1))
    errors = np.rint((moved + random.normal(0, 0.01, (trainings, clusters))) * lengths).astype(int)
    names = tuple(draws) if draws else tuple((0, number) for number in range(trainings))
    return Scored(part, names, errors, lengths)


def single(one, weight=1.0):
    return contrast([Term(weight, one)])


def leave_one_out_variance(function, clusters):
    values = np.array([function(np.arange(clusters) != left) for left in range(clusters)])
    return (clusters - 1) / clusters * ((values - values.mean()) ** 2).sum()


def rate_of(errors, lengths, kept):
    return 100.0 * errors[:, kept].sum(axis=1).mean() / lengths[kept].sum()


def test_one_training_has_the_interval_over_clusters_alone():
    one = scored(trainings=1)
    found = single(one)
    assert found.interval() == pytest.approx(interval(one.replicates))
    assert found.groups == 1
    assert found.standard_error**2 == pytest.approx(
        leave_one_out_variance(lambda kept: rate_of(one.errors, one.lengths, kept), one.clusters), rel=0.02
    )


def test_the_variance_is_that_over_clusters_and_what_trainings_add():
    one = scored(trainings=4, of_training=0.03)
    clusters, lengths = one.clusters, one.lengths
    over_clusters = leave_one_out_variance(lambda kept: rate_of(one.errors, lengths, kept), clusters)
    between = one.values.var(ddof=1) / 4
    # what a training does to a cluster beside what both do everywhere, by the residuals of a two-way table
    shares = 100.0 * (one.errors - one.values[:, None] / 100.0 * lengths) / lengths.sum()
    rest = shares - shares.mean(axis=0)
    noise = clusters * (rest**2).sum() / ((4 - 1) * (clusters - 1)) / 4
    found = single(one)
    assert found.standard_error**2 == pytest.approx(over_clusters + between - noise, rel=0.02)
    freedom = found.standard_error**4 / (
        over_clusters**2 / (clusters - 1) + between**2 / 3 + noise**2 / (3 * (clusters - 1))
    )
    assert found.df == pytest.approx(freedom, rel=0.05)


def test_where_trainings_scatter_most_it_is_students_interval_over_them():
    one = scored(trainings=5, scatter=0.0, of_training=0.05)
    low, high = single(one).interval()
    expected = stats.t.interval(0.95, 4, one.value, one.values.std(ddof=1) / np.sqrt(5))
    assert (high - low) / 2 == pytest.approx((expected[1] - expected[0]) / 2, rel=0.1)


def test_it_is_never_narrower_than_over_clusters_alone():
    for seed in range(20):
        one = scored(seed=seed)
        low, high = interval(one.replicates)
        found = single(one).interval()
        assert found[0] <= low + 1e-9
        assert high - 1e-9 <= found[1]


def test_seeds_on_the_same_lines_count_as_one_training_where_there_are_several_draws():
    draws = [(draw, seed) for draw in (0, 1, 2) for seed in (0, 1)]
    random = np.random.default_rng(3)
    base = scored(trainings=6, draws=draws, of_training=0.0)
    shift = np.repeat(random.normal(0, 0.05, 3), 2)[:, None]
    one = Scored(PART, base.trainings, np.rint(base.errors + shift * base.lengths).astype(int), base.lengths)
    found = single(one)
    assert found.groups == 3
    of_draws = one.values.reshape(3, 2).mean(axis=1)
    assert found.standard_error**2 > 0.8 * of_draws.var(ddof=1) / 3
    alone = Scored(PART, tuple((0, n) for n in range(6)), one.errors, one.lengths)
    assert single(alone).standard_error < found.standard_error


def test_targets_are_resampled_independently_and_trainings_together():
    one, other = scored(trainings=1), scored(trainings=1, part=OTHER, seed=1)
    both = contrast([Term(0.5, one), Term(0.5, other)])
    assert both.value == pytest.approx((one.value + other.value) / 2)
    assert both.standard_error**2 == pytest.approx(
        (single(one).standard_error ** 2 + single(other).standard_error ** 2) / 4
    )
    random = np.random.default_rng(0)
    shift = random.normal(0, 0.05, (3, 1))

    def shifted(part, sign):
        base = scored(part=part, scatter=0.0)
        return Scored(
            part, base.trainings, np.rint(base.errors + sign * shift * base.lengths).astype(int), base.lengths
        )

    together = contrast([Term(0.5, shifted(PART, 1)), Term(0.5, shifted(OTHER, 1))])
    against = contrast([Term(0.5, shifted(PART, 1)), Term(0.5, shifted(OTHER, -1))])
    assert against.standard_error < 0.5 * together.standard_error


def test_terms_on_one_target_are_paired():
    one = scored()
    nothing = contrast([Term(1.0, one), Term(-1.0, one)])
    assert nothing.value == 0
    assert nothing.interval() == (0, 0)
    assert nothing.p == 1
    plus_one = Scored(PART, one.trainings, one.errors + 3, one.lengths)
    difference = contrast([Term(1.0, plus_one), Term(-1.0, one)])
    assert difference.p == LEAST_P
    assert difference.standard_error < 0.2 * single(one).standard_error


def test_other_trainings_add_their_scatter_in_full():
    one = scored(of_training=0.05, scatter=0.0)
    other = Scored(PART, ((0, 7), (0, 8), (0, 9)), one.errors[::-1], one.lengths)
    found = contrast([Term(1.0, one), Term(-1.0, other)])
    assert found.value == pytest.approx(0)
    assert found.standard_error == pytest.approx(2 * one.values.std(ddof=1) / np.sqrt(3), rel=0.05)


@given(st.integers(0, 10_000), st.integers(1, 6), st.floats(-0.03, 0.03))
def test_p_and_interval_say_the_same(seed, trainings, rate):
    found = single(scored(trainings=trainings, clusters=25, rate=rate, seed=seed, of_training=0.01))
    low, high = found.interval()
    if abs(found.p - 0.05) > 0.002:
        assert (found.p < 0.05) == (low > 0 or high < 0)
    assert LEAST_P <= found.p <= 1
    wide = found.interval(0.99)
    assert wide[0] <= low <= found.value + 1e-9
    assert found.value - 1e-9 <= high <= wide[1]


def test_one_cluster_gives_no_interval():
    one = Scored(PART, ((0, 0), (0, 1)), np.array([[3], [5]]), np.array([100]))
    found = single(one)
    assert found.value == pytest.approx(4.0)
    assert found.interval() is None
    assert found.p is None


def test_a_relative_change_is_in_per_cent_of_what_it_was():
    before = scored(rate=0.4)
    after = Scored(PART, before.trainings, np.rint(before.errors * 0.8).astype(int), before.lengths)
    found = relative_change(before, after)
    assert found.value == pytest.approx(-20, abs=0.1)
    low, high = found.interval()
    assert low <= -20 <= high
    assert high - low < 1  # both sides meet the same writers
    nothing = Scored(PART, before.trainings, before.errors * 0, before.lengths)
    assert relative_change(nothing, after) is None


def test_it_covers_the_truth_about_as_often_as_it_says():
    hits = 0
    for seed in range(200):
        low, high = single(scored(seed=seed, clusters=50, of_training=0.004)).interval()
        hits += low <= -2.0 <= high
    assert 182 <= hits <= 199  # 95 % of 200, give or take three standard deviations


def test_so_few_errors_that_a_sample_may_have_none_give_no_relative_interval():
    lengths = np.full(4, 100)
    before = Scored(PART, ((0, 0),), np.array([[1, 0, 0, 0]]), lengths)
    after = Scored(PART, ((0, 0),), np.array([[2, 1, 0, 0]]), lengths)
    found = relative_change(before, after)
    assert found.value == pytest.approx(200)
    assert found.interval() is None
    assert found.p is None
    assert contrast([Term(1.0, after), Term(-1.0, before)]).interval() is not None
