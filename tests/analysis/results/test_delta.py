"""Differences with their intervals: pooled over cells, compared between architectures, never certain about nothing."""

import numpy as np
import pytest

from tests.analysis.made_up import evaluated
from workbench.analysis.results.delta import (
    Arm,
    common,
    estimate,
    interaction,
    pooled_delta,
    pooled_interaction,
    relative,
    trend,
)
from workbench.analysis.results.pairs import CellKey, Pair, Side


def arm(single, multi, *, target="khatt", architecture="small-cnn", clusters=20, seed=0) -> Arm:
    """Six pairs of runs whose writers' error rates scatter round two values."""
    random = np.random.default_rng([seed, *target.encode(), *architecture.encode()])
    lengths = np.random.default_rng(clusters).integers(80, 120, clusters)

    def side(rate):
        edits = random.binomial(lengths, rate)
        counts = tuple((f"w{n:02d}", 1, int(e), int(m)) for n, (e, m) in enumerate(zip(edits, lengths, strict=True)))
        return Side("run", 10, evaluated("run", target, counts))

    key = CellKey(architecture, "multi", target, 100, "1500 steps", "test", "last")
    return Arm(key, tuple(Pair(0, n, side(single), side(multi)) for n in range(6)), f"print-{target}")


def test_a_pooled_value_is_the_mean_over_cells():
    first, second = arm(0.5, 0.3), arm(0.5, 0.45, target="uhwr")
    pooled = pooled_delta((first, second))
    assert pooled.value == pytest.approx((first.value + second.value) / 2)
    low, high = pooled.interval()
    assert first.value < low < pooled.value < high < second.value


def test_interactions_are_crnn_minus_cnn_with_their_intervals():
    crnn, cnn = arm(0.5, 0.3, architecture="small-crnn"), arm(0.5, 0.45)
    other = arm(0.5, 0.3, architecture="small-crnn", target="uhwr"), arm(0.5, 0.45, target="uhwr")
    alone = interaction(crnn, cnn)
    assert alone.low_pp < alone.delta_pp < alone.high_pp < 0
    assert alone.delta_pp == pytest.approx(crnn.value - cnn.value)
    assert alone.p < 0.05
    assert alone.permutation_p < 0.01
    pooled = pooled_interaction(((crnn, cnn), other))
    low, high = pooled.interval()
    assert low < pooled.value < high < 0
    assert high - low < alone.high_pp - alone.low_pp


def test_leaving_one_writer_out_names_the_one_that_matters():
    before = arm(0.5, 0.3)
    pair = before.pairs[0]
    heavy = [(name, lines, edits if name != "w07" else edits - 60, m) for name, lines, edits, m in
             pair.multi.evaluated.clusters]  # fmt: skip
    changed = Pair(0, 0, pair.single, Side("run", 10, evaluated("run", "khatt", tuple(heavy))))
    found = estimate(Arm(before.key, (changed,), "print")).without_one
    assert found.cluster == "w07"
    assert found.low_pp <= estimate(Arm(before.key, (changed,), "print")).delta_pp <= found.high_pp
    by_hand = [e for name, _, e, _ in heavy if name != "w07"]
    single = [(e, m) for name, _, e, m in pair.single.evaluated.clusters if name != "w07"]
    without = 100 * (sum(by_hand) - sum(e for e, _ in single)) / sum(m for _, m in single)
    assert found.high_pp == pytest.approx(without)


def test_a_trend_is_the_slope_over_doublings_of_k():
    cells = [(100, arm(0.5, 0.40).gained), (200, arm(0.5, 0.42).gained), (400, arm(0.5, 0.44).gained)]
    found = trend(cells)
    values = [scored.value for _, scored in cells]
    assert found.value == pytest.approx(np.polyfit([0, 1, 2], values, 1)[0])
    other = [(k, arm(0.5, 0.3 + 0.0002 * k, target="uhwr").gained) for k in (100, 200)]
    levels = np.array([[1, 0, 0], [1, 0, 1], [1, 0, 2], [0, 1, 0], [0, 1, 1]])
    values += [scored.value for _, scored in other]
    assert trend([*cells, *other]).value == pytest.approx(np.linalg.lstsq(levels, np.array(values))[0][2])
    assert trend(cells[:1]) is None


def test_a_relative_difference_is_in_per_cent_of_the_baseline():
    one = arm(0.5, 0.4)
    found = relative(one)
    assert found.value == pytest.approx(100 * (one.multi.value / one.single.value - 1))
    low, high = found.interval()
    assert low < found.value < high < 0


def test_validation_lines_have_no_clusters_and_no_interval():
    def side(edits):
        return Side("run", 10, evaluated("run", "khatt", (), lines=5, edits=edits, length=100))

    found = estimate(Arm(arm(0.5, 0.3).key, (Pair(0, 0, side(50), side(40)), Pair(0, 1, side(50), side(42))), "p"))
    assert found.delta_pp == pytest.approx(-9)
    assert (found.low_pp, found.p, found.permutation_p, found.without_one) == (None, None, None, None)
    assert (found.least_pp, found.median_pp, found.most_pp) == pytest.approx((-10, -9, -8))


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
