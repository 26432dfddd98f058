"""Differences with their intervals: pooled over cells, compared between architectures, never certain about nothing."""

import numpy as np
import pytest

from tests.analysis.made_up import evaluated
from workbench.analysis.bootstrap import interval
from workbench.analysis.delta import Arm, common, estimate, interaction, pooled_delta, pooled_interaction
from workbench.analysis.pairs import CellKey, Pair, Side


def arm(single, multi, *, target="khatt", architecture="small-cnn", clusters=20, seed=0) -> Arm:
    """Two pairs of runs whose writers' error rates scatter round two values."""
    random = np.random.default_rng([seed, *target.encode(), *architecture.encode()])
    lengths = np.random.default_rng(clusters).integers(80, 120, clusters)

    def side(rate):
        edits = random.binomial(lengths, rate)
        counts = tuple((f"w{n:02d}", 1, int(e), int(m)) for n, (e, m) in enumerate(zip(edits, lengths, strict=True)))
        return Side("run", 10, evaluated("run", target, counts))

    key = CellKey(architecture, "multi", target, 100, "1500 steps", "test", "last")
    return Arm(key, tuple(Pair(0, n, side(single), side(multi)) for n in (0, 1)), f"print-{target}")


def test_a_pooled_interval_is_that_of_the_mean_over_cells():
    first, second = arm(0.5, 0.3), arm(0.5, 0.45, target="uhwr")
    pooled = pooled_delta((first, second))
    assert pooled.delta_pp == pytest.approx((first.value + second.value) / 2)
    assert (pooled.low_pp, pooled.high_pp) == interval((first.replicates() + second.replicates()) / 2)
    assert first.value < pooled.low_pp < pooled.delta_pp < pooled.high_pp < second.value


def test_interactions_are_crnn_minus_cnn_with_their_intervals():
    crnn, cnn = arm(0.5, 0.3, architecture="small-crnn"), arm(0.5, 0.45)
    other = arm(0.5, 0.3, architecture="small-crnn", target="uhwr"), arm(0.5, 0.45, target="uhwr")
    alone = interaction(crnn, cnn)
    pooled = pooled_interaction(((crnn, cnn), other))
    for found in (alone, pooled):
        assert found.low_pp < found.delta_pp < found.high_pp < 0
    assert alone.delta_pp == pytest.approx(crnn.value - cnn.value)
    assert (alone.low_pp, alone.high_pp) == interval(crnn.replicates() - cnn.replicates())


def test_no_difference_at_all_is_not_called_certain():
    (pair, *_) = arm(0.5, 0.3).pairs
    same = Arm(arm(0.5, 0.3).key, (Pair(0, 0, pair.single, pair.single), Pair(0, 1, pair.single, pair.single)), "print")
    found = estimate(same)
    assert (found.delta_pp, found.low_pp, found.high_pp) == (0.0, 0.0, 0.0)
    assert not found.excludes_zero


def test_architectures_scored_on_other_lines_are_not_compared():
    crnn = arm(0.5, 0.3, architecture="small-crnn")
    assert common(crnn, arm(0.5, 0.45)) is not None
    assert common(crnn, arm(0.5, 0.45, clusters=19)) is None
