"""What only makes training faster changes no mathematics: with and without it, equal losses, gradients and readings."""

import pytest
import torch

from tests.training.strokes import lines_of, resized, spec_of, target_of
from workbench.models import heads
from workbench.models.registry import architecture_spec, build
from workbench.settings import LEVERS
from workbench.study.schema import Preprocessing
from workbench.training import ctc
from workbench.training.evaluate import Reader
from workbench.training.folding import folded
from workbench.training.lines import load_lines
from workbench.training.randomness import seed_torch
from workbench.training.reproducibility import placed
from workbench.training.updates import Updates

CPU = torch.device("cpu")
CANVAS = Preprocessing(line_height_px=48, scaling="never_enlarge", canvas_width_px=384, border_px=4)
WITHOUT_DROPOUT = {"head_dropout": 0.0, "lstm_dropout": 0.0}
"""Which units are dropped follows their order in memory: with dropout both ways are equal only on average."""
FEWER_CHANNELS = {"stage_channels": [16, 24, 32], "stage_blocks": [1, 1, 1], "lstm_hidden": 16, "stem_channels": 16}
STEPS = 3


def network_and_updates(architecture, **options):
    source = lines_of("p", 8)
    target = target_of("p", source, 8, 0, 0)
    spec = spec_of([target], [source], **({"augmentation": "light", "learning_rate": 1e-3} | options))
    named = architecture_spec(architecture)
    changes = WITHOUT_DROPOUT | ({} if architecture.startswith("small") else FEWER_CHANNELS)
    spec = spec.model_copy(update={"architecture": resized(named, **changes)})
    lines = list(load_lines(source, spec, target, target.train_ids, for_training=True))
    seed_torch("initial weights", spec.seed)
    network = placed(build(spec.architecture, len(spec.alphabet) + 1), CPU)
    return network, Updates(spec, lines, network, CPU), Reader(network, spec, CPU), lines


def trained(monkeypatch, plain, architecture, **options):
    """(losses, gradient norms) of some steps, and all gradients of the first."""
    monkeypatch.setenv("HTR_WORKBENCH_PLAIN", plain)
    network, updates, _, _ = network_and_updates(architecture, **options)
    made = [updates.make(1)]
    gradients = torch.cat([weights.grad.flatten() for weights in network.parameters()])
    made += [updates.make(step) for step in range(2, STEPS + 1)]
    return [one.loss for one in made], [one.gradient_norm for one in made], gradients


@pytest.mark.parametrize("architecture", ["small-cnn", "small-crnn", "cnn", "both"])
@pytest.mark.parametrize("preprocessing", [Preprocessing(line_height_px=32), CANVAS], ids=["buckets", "canvas"])
def test_plain_training_has_equal_losses_and_gradients(monkeypatch, architecture, preprocessing):
    fast = trained(monkeypatch, "", architecture, preprocessing=preprocessing)
    plain = trained(monkeypatch, "1", architecture, preprocessing=preprocessing)
    assert fast[0][0] == pytest.approx(plain[0][0], rel=1e-5)
    assert fast[1][0] == pytest.approx(plain[1][0], rel=1e-4)
    # Where rows of paper are alike, rounding decides which of them is the maximum and gets the gradient.
    assert (fast[2] - plain[2]).norm() < 5e-3 * plain[2].norm()
    # The optimiser divides by the gradient's size: what was rounding in small gradients grows with each step.
    assert fast[0] == pytest.approx(plain[0], rel=2e-3)


def test_the_flag_changes_what_it_names(monkeypatch):
    def order(plain):
        monkeypatch.setenv("HTR_WORKBENCH_PLAIN", plain)
        network, updates, _, _ = network_and_updates("small-cnn")
        weights = next(weights for weights in network.parameters() if weights.dim() == 4 and weights.shape[1] > 1)
        return weights.is_contiguous(), updates.optimiser.defaults["fused"]

    assert order("1") == (True, False)
    assert order("") == order("0") == (False, True)
    assert order("channels_last") == (True, True)
    assert order("own_ctc, fused_optimiser") == (False, False)


@pytest.mark.parametrize("lever", [lever for lever in LEVERS if lever != "allocator"])
def test_each_lever_alone_changes_nothing(monkeypatch, lever):
    with_it = trained(monkeypatch, "", "small-crnn")
    without = trained(monkeypatch, lever, "small-crnn")
    assert with_it[0] == pytest.approx(without[0], rel=2e-3)
    assert with_it[1][0] == pytest.approx(without[1][0], rel=1e-4)


def test_the_lstm_and_the_loss_are_those_that_the_flag_says(monkeypatch):
    called = []
    for module, name in ((heads, "read_packed"), (heads, "read_both_ways"), (ctc, "line_losses")):
        monkeypatch.setattr(module, name, noted(called, name, getattr(module, name)))
    trained(monkeypatch, "", "small-crnn")
    assert set(called) == {"read_both_ways", "line_losses"}
    called.clear()
    trained(monkeypatch, "1", "small-crnn")
    assert set(called) == {"read_packed"}


def noted(called, name, function):
    """Return a function that tells that it was called."""

    def and_noted(*arguments):
        called.append(name)
        return function(*arguments)

    return and_noted


@pytest.mark.parametrize("architecture", ["small-cnn", "small-crnn", "cnn"])
def test_bfloat16_trains_on_nearly_the_same_loss(monkeypatch, architecture):
    full = trained(monkeypatch, "", architecture)
    half = trained(monkeypatch, "", architecture, precision="bfloat16")
    assert half[0][0] != full[0][0]
    assert half[0][0] == pytest.approx(full[0][0], rel=5e-3)
    assert half[1][0] == pytest.approx(full[1][0], rel=5e-2)


@pytest.mark.parametrize("architecture", ["small-cnn", "small-crnn", "both"])
def test_a_folded_network_computes_the_same_without_batch_norm(architecture):
    network, updates, _, _ = network_and_updates(architecture)
    for step in range(1, STEPS + 1):  # statistics that are not those of the beginning
        updates.make(step)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    images, frames = torch.rand(2, 1, 32, 256), [20, 32]
    reading = folded(network)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in reading.modules())
    network.eval()
    with torch.inference_mode():
        ours, theirs = reading(images, frames).logits, network(images, frames).logits
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


def test_plain_reading_reads_the_same(monkeypatch):
    _, updates, reader, lines = network_and_updates("small-cnn", learning_rate=5e-3, steps=80)
    for step in range(1, 81):
        updates.make(step)
    read = []
    for plain in ("", "1"):
        monkeypatch.setenv("HTR_WORKBENCH_PLAIN", plain)
        read.append({each.line.id: each.hypothesis for batch in reader.read(lines) for each in batch})
    assert read[0] == read[1]
    assert any(read[0].values())
