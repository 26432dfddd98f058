"""When a step is refused."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import DivergedError
from workbench.models.networks import Output
from workbench.study.schema import Training
from workbench.training.batches import Batch
from workbench.training.divergence import Statistics, advice, are_finite, is_sound, refuse, uninformed_loss
from workbench.training.losses import batch_loss


def batch_of(frames, lengths, classes=7):
    labels = [1 + at % (classes - 1) for length in lengths for at in range(length)]
    return Batch(torch.zeros(len(frames), 1, 8, 8), frames, torch.tensor(labels, dtype=torch.int32), lengths)


@pytest.mark.parametrize("loss", ["line_mean", "batch_sum"])
@pytest.mark.parametrize("has_shortcut", [False, True])
def test_the_bound_is_the_loss_of_a_network_that_knows_nothing(loss, has_shortcut):
    """Exactly that where only one alignment spells the label, a little more where several do."""
    training = Training(loss=loss, batch_lines=4, auxiliary_loss_weight=0.5)
    flat = torch.zeros(20, 3, 7)
    output = Output(flat, flat if has_shortcut else None)
    blank, written = batch_of((20, 12, 16), (0, 0, 0)), batch_of((20, 12, 16), (5, 3, 4))
    bound = uninformed_loss(output, blank, training)
    assert bound == uninformed_loss(output, written, training)
    assert float(batch_loss(output, blank, training)) == pytest.approx(bound)
    assert 0.5 * bound < float(batch_loss(output, written, training)) < bound


def sound(loss=1.0, norm=1.0, statistics=()):
    return bool(is_sound(torch.tensor(loss), torch.tensor(norm), 10.0, list(statistics)))


def test_what_makes_a_step_unsound():
    assert sound()
    assert sound(statistics=[torch.ones(3), torch.zeros(2, 2)])
    for number in (math.nan, math.inf, -math.inf):
        assert not sound(loss=number)
        assert not sound(norm=number)
        assert not sound(statistics=[torch.ones(3), torch.tensor([1.0, number])])
    assert sound(loss=9.99)
    assert not sound(loss=10.0), "exploded"


@given(st.lists(st.lists(st.floats(width=32), max_size=4), max_size=4))
def test_all_finite_is_each_finite(numbers):
    assert bool(are_finite([torch.tensor(each) for each in numbers])) == all(
        math.isfinite(number) for each in numbers for number in each
    )


def test_statistics_come_back():
    network = torch.nn.Sequential(torch.nn.BatchNorm1d(2), torch.nn.BatchNorm1d(2, affine=False))
    statistics = Statistics(network)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    statistics.keep()
    network(torch.full((4, 2), 1e30) * torch.randn(4, 2, generator=torch.Generator().manual_seed(0)))
    assert not bool(are_finite(statistics.tensors)), "a variance of 1e60 is infinite"
    statistics.put_back()
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert int(network[0].num_batches_tracked) == 0
    assert len(statistics.tensors) == 4, "means and variances, not the count of batches"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Try learning_rate = 0.0003, or gradient_clip_norm = 1."),
        ({"gradient_clip_norm": 0.5}, "Try learning_rate = 0.0003."),
        ({"gradient_clip_norm": 1.0, "precision": "bfloat16"}, 'Try learning_rate = 0.0003, or precision = "float32".'),
        (
            {"gradient_clip_norm": 0.0, "schedule": "milestones", "learning_rate": 5e-4},
            'Try learning_rate = 5e-05, or gradient_clip_norm = 1, or schedule = "one_cycle", which warms up.',
        ),
    ],
)
def test_only_what_is_not_done_yet_is_advised(changes, said):
    assert advice(Training(**changes)) == said


def test_a_refusal_says_when_and_why():
    with pytest.raises(DivergedError, match="Training diverged at step 7: loss nan") as caught:
        refuse(7, "loss nan", Training())
    assert caught.value.hint == advice(Training())
