import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from workbench.text.alphabet import CTC_BLANK
from workbench.training.ctc import line_losses


def by_torch(logits, labels, frames, lengths):
    return functional.ctc_loss(
        logits.log_softmax(dim=-1),
        labels,
        torch.tensor(frames, dtype=torch.int32),
        torch.tensor(lengths, dtype=torch.int32),
        blank=CTC_BLANK,
        reduction="none",
    )


def lines_of(random, frames, lengths, classes, spread):
    """Logits of shape (T, N, classes), and labels with repeats, all lines one after the other."""
    logits = torch.from_numpy(random.normal(0, spread, (max(frames), len(frames), classes)).astype(np.float32))
    labels = torch.from_numpy(random.integers(1, classes, sum(lengths)).astype(np.int32))
    return logits, labels


def with_gradient(losses, logits, weights):
    return torch.autograd.grad((losses * weights).sum(), logits)[0]


@given(
    seed=st.integers(0, 10**6),
    shapes=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30)), min_size=1, max_size=5),
    spread=st.floats(0.01, 8),
)
@settings(max_examples=60)
def test_losses_and_gradients_are_those_of_torch(seed, shapes, spread):
    random = np.random.default_rng(seed)
    lengths = [length for length, _ in shapes]
    frames = [2 * length + 1 + more for length, more in shapes]  # every label fits, whatever it repeats
    logits, labels = lines_of(random, frames, lengths, 6, spread)
    exact = logits.double().requires_grad_()
    logits.requires_grad_()
    weights = torch.from_numpy(random.uniform(0.1, 2, len(shapes)))
    expected = by_torch(exact, labels, frames, lengths)
    found = line_losses(logits, labels, frames, lengths)
    assert found is not None
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-5)
    gradient = with_gradient(found, logits, weights.float())
    torch.testing.assert_close(gradient.double(), with_gradient(expected, exact, weights), rtol=1e-4, atol=1e-6)
    for line, count in enumerate(frames):
        assert gradient[count:, line].abs().sum() == 0


def test_the_loss_is_the_sum_over_all_paths():
    """Two frames, label `a`: a blank, blank a, a a."""
    logits = torch.tensor([[[0.1, 0.7, -0.2]], [[-0.3, 0.4, 0.9]]], requires_grad=True)
    p = logits.detach().softmax(-1)[:, 0]
    paths = p[0, 1] * p[1, 0] + p[0, 0] * p[1, 1] + p[0, 1] * p[1, 1]
    found = line_losses(logits, torch.tensor([1]), [2], [1])
    assert found is not None
    assert found.item() == pytest.approx(-paths.log().item(), rel=1e-6)


def test_equal_neighbours_need_a_blank_between_them():
    logits = torch.zeros(3, 1, 2, requires_grad=True)
    found = line_losses(logits, torch.tensor([1, 1]), [3], [2])
    assert found is not None
    assert found.item() == pytest.approx(3 * np.log(2), rel=1e-6)  # one path: a, blank, a


@pytest.mark.parametrize(("frames", "lengths"), [([2], [3]), ([5, 2], [2, 3])])
def test_a_label_that_does_not_fit_is_left_to_torch(frames, lengths):
    logits, labels = lines_of(np.random.default_rng(0), frames, lengths, 4, 1.0)
    assert line_losses(logits.requires_grad_(), labels, frames, lengths) is None


def test_what_is_no_number_is_left_to_torch():
    logits, labels = lines_of(np.random.default_rng(0), [9], [3], 4, 1.0)
    logits[4, 0, 2] = torch.nan
    assert line_losses(logits.requires_grad_(), labels, [9], [3]) is None


@pytest.mark.parametrize("blank", [0.0, 6.0, 9.0])
def test_long_lines_of_a_network_that_says_nothing(blank):
    """The plateau at the beginning: the blank is far more probable than anything, over a whole line."""
    frames, lengths = [259, 240], [120, 64]
    logits, labels = lines_of(np.random.default_rng(3), frames, lengths, 80, 0.3)
    logits[..., CTC_BLANK] += blank
    exact = logits.double().requires_grad_()
    logits.requires_grad_()
    found = line_losses(logits, labels, frames, lengths)
    expected = by_torch(exact, labels, frames, lengths)
    assert found is not None
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-5)
    ones = torch.ones(2)
    torch.testing.assert_close(
        with_gradient(found, logits, ones).double(), with_gradient(expected, exact, ones), rtol=1e-3, atol=1e-5
    )


def test_paths_further_apart_than_a_double_holds_are_left_to_torch():
    logits, labels = lines_of(np.random.default_rng(3), [259], [120], 80, 0.3)
    logits[..., CTC_BLANK] += 14
    assert line_losses(logits.requires_grad_(), labels, [259], [120]) is None


def test_a_label_of_probability_zero_is_not_called_free():
    logits = torch.zeros(40, 1, 3)
    logits[..., 2] = -1000.0
    found = line_losses(logits.requires_grad_(), torch.tensor([2]), [40], [1])
    assert found is None
