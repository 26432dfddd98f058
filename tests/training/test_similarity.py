"""Linear CKA: what the measure must satisfy, and that sums over lines are what the formula says of all frames."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from workbench.training.similarity import SimilaritySums, linear_cka


def features(seed, frames=60, count=7):
    generator = torch.Generator().manual_seed(seed)
    mixed = torch.randn(count, count, generator=generator, dtype=torch.float64)
    return torch.randn(frames, count, generator=generator, dtype=torch.float64) @ mixed + 3.0


def rotation(seed, count):
    generator = torch.Generator().manual_seed(seed)
    return torch.linalg.qr(torch.randn(count, count, generator=generator, dtype=torch.float64))[0]


def by_kernels(left, right):
    """The same by its other form: HSIC of the kernels X Xᵀ and Y Yᵀ, with the centring matrix."""
    x, y = left.numpy(), right.numpy()
    centring = np.eye(len(x)) - 1 / len(x)
    k, one = centring @ x @ x.T @ centring, centring @ y @ y.T @ centring
    return float(np.sum(k * one) / np.sqrt(np.sum(k * k) * np.sum(one * one)))


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_it_is_the_published_measure(seed, other):
    left, right = features(seed), features(other, count=5)
    assert linear_cka(left, right) == pytest.approx(by_kernels(left, right), rel=1e-9)
    assert 0 <= linear_cka(left, right) <= 1 + 1e-12
    assert linear_cka(left, right) == pytest.approx(linear_cka(right, left), rel=1e-9)


@given(st.integers(0, 10**6), st.floats(-50, 50).filter(lambda scale: abs(scale) > 0.01), st.floats(-100, 100))
def test_turning_scaling_and_shifting_change_nothing(seed, scale, shift):
    left, right = features(seed), features(seed + 1)
    turned = scale * right @ rotation(seed, right.shape[1]) + shift
    assert linear_cka(left, turned) == pytest.approx(linear_cka(left, right), rel=1e-7)
    assert linear_cka(right, turned) == pytest.approx(1.0, rel=1e-7)
    assert linear_cka(left, left) == pytest.approx(1.0, rel=1e-12)


def test_another_map_does_change_it():
    left = features(1)
    stretched = left * torch.tensor([100.0, 1, 1, 1, 1, 1, 1], dtype=torch.float64)
    assert linear_cka(left, stretched) < 0.95


@given(st.integers(0, 10**6), st.lists(st.integers(1, 9), min_size=2, max_size=8))
def test_sums_over_lines_are_those_over_all_frames(seed, lengths):
    left, right = features(seed, sum(lengths)), features(seed + 1, sum(lengths), 4)
    cuts = np.cumsum([0, *lengths])
    sums = SimilaritySums()
    for at, (first, stop) in enumerate(pairwise(cuts)):
        sums.add(f"w{at % 3}", left[first:stop], right[first:stop])
    assert sums.total.frames == sum(lengths)
    if sum(lengths) > 2:
        assert sums.total.cka() == pytest.approx(linear_cka(left, right), rel=1e-6)


def test_without_a_cluster_is_as_if_its_lines_were_not_there():
    lines = {f"w{at}": (features(at, 20), features(at + 50, 20, 4)) for at in range(4)}
    sums = SimilaritySums()
    for name, both in lines.items():
        sums.add(name, *both)
    assert list(sums.without()) == ["w0", "w1", "w2", "w3"]
    for name, found in sums.without().items():
        left, right = (torch.cat([both[side] for other, both in lines.items() if other != name]) for side in (0, 1))
        assert found == pytest.approx(linear_cka(left, right), rel=1e-9)


def test_large_values_lose_no_digits():
    left, right = features(3), features(4)
    assert linear_cka(left + 1e7, right) == pytest.approx(linear_cka(left, right), rel=1e-6)


def test_what_cannot_be_compared():
    constant = torch.ones(30, 4)
    assert math.isnan(linear_cka(constant, features(1, 30)))
    alone = SimilaritySums()
    alone.add("w", features(1), features(2))
    assert alone.without() == {}
