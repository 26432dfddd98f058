"""Arithmetic of epochs: what is drawn, how many batches, what a budget comes to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.study.epochs import epoch_shape
from workbench.study.schema import Budget

positive = st.integers(1, 5000)
many = st.lists(positive, min_size=1, max_size=5)
batches = st.sampled_from(["mixed", "one_target"])
samplings = st.sampled_from(["proportional", "balanced"])


def budget(text: str) -> Budget:
    return Budget.model_validate(text)


@given(positive, many, positive, batches, samplings)
def test_steps_and_epochs(amount, lines, size, how, sampling):
    shape = epoch_shape(lines, size, how, sampling)
    assert sum(shape.drawn) == sum(lines)
    assert shape.steps_for(budget(f"{amount} steps"), [0]) == amount
    assert shape.steps_for(budget(f"{amount} epochs"), [0]) == amount * shape.steps
    if how == "mixed":
        assert (shape.steps - 1) * size < sum(lines) <= shape.steps * size


@given(positive, many, positive, batches)
def test_proportional_exposures_are_epochs(amount, lines, size, how):
    shape = epoch_shape(lines, size, how, "proportional")
    everywhere = range(len(lines))
    assert shape.steps_for(budget(f"{amount} exposures"), everywhere) == amount * shape.steps
    assert shape.exposures_per_step(0) * shape.steps == pytest.approx(1)


@given(positive, many, positive, batches, st.data())
def test_balanced_exposures_reach_the_target_and_not_more(amount, lines, size, how, data):
    shape = epoch_shape(lines, size, how, "balanced")
    at = data.draw(st.integers(0, len(lines) - 1))
    assert shape.drawn[at] > 0
    steps = shape.steps_for(budget(f"{amount} exposures"), [at])
    assert steps * shape.exposures_per_step(at) >= amount * (1 - 1e-9)
    assert (steps - 1) * shape.exposures_per_step(at) < amount


def test_the_published_steps():
    # Source: 7 and 19 batches of 16 per epoch at K = 100, 32 and 94 at 500, 63 and 188 at 1000.
    for k, single, joint in ((100, 7, 19), (500, 32, 94), (1000, 63, 188)):
        assert epoch_shape([k], 16, "mixed", "proportional").steps == single
        assert epoch_shape([k] * 3, 16, "mixed", "proportional").steps == joint
    assert epoch_shape([1000] * 3, 16, "mixed", "proportional").steps_for(budget("800 epochs"), [0]) == 150_400


def test_a_small_target_among_large_ones():
    balanced = epoch_shape([100, 1000, 1000], 10, "mixed", "balanced")
    assert balanced.drawn == (700, 700, 700)
    assert balanced.steps_for(budget("40 exposures"), [0]) == 40 * 210 // 7
    alone = epoch_shape([100, 1000, 1000], 16, "one_target", "proportional")
    assert alone.steps == 7 + 63 + 63
