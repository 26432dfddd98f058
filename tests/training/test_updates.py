"""Single steps: in parts they are the same steps, and a refused one leaves everything as it was."""

import math

import pytest
import torch

from tests.training.runs import SMALL
from tests.training.short_memory import CUDA_SAYS, ShortMemory
from tests.training.strokes import lines_of, spec_of, target_of
from workbench.errors import DivergedError
from workbench.models.registry import build
from workbench.training import updates as module
from workbench.training.lines import load_lines
from workbench.training.updates import Updates

CPU = torch.device("cpu")
BATCH = 6


def without_chance(spec):
    """The same network without dropout, whose draws depend on how many lines there are."""
    sizes = spec.architecture.sizes | {"head_dropout": 0.0}
    return spec.model_copy(update={"architecture": spec.architecture.model_copy(update={"sizes": sizes})})


def made(architecture="small-crnn", lines=10, wrap=lambda network: network, **training):
    """(updates, network) of a run on ten lines: a whole batch, then one of four."""
    source = lines_of("m", lines)
    target = target_of("m", source, lines, 0, 0)
    options = {"batch_lines": BATCH, "auxiliary_loss_weight": 0.3, "schedule": "constant"} | training
    spec = without_chance(spec_of([target], [source], architecture, steps=10, **options))
    torch.manual_seed(3)
    network = wrap(build(spec.architecture, len(spec.alphabet) + 1).to(memory_format=torch.channels_last))
    loaded = list(load_lines(source, spec, target, target.train_ids, for_training=True))
    return Updates(spec, loaded, network, CPU), network


def freeze_statistics(network):
    """Let normalisation use fixed statistics, in training too: then lines do not depend on each other."""
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.eval()
            layer.train = lambda mode=True, layer=layer: layer
    return network


def gradients(network):
    return {name: weight.grad.clone() for name, weight in network.named_parameters()}


def state(network, optimiser):
    kept = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    moments = {
        (at, name): torch.as_tensor(value).clone()
        for at, values in optimiser.state_dict()["state"].items()
        for name, value in values.items()
    }
    return kept, moments


def equal(left, right):
    return left.keys() == right.keys() and all(torch.equal(left[key], right[key]) for key in left)


# Which lines


def made_of(few, many, **changes):
    """Updates of a run on two targets with so many lines."""
    sources = [lines_of("few", few), lines_of("many", many)]
    targets = [target_of("few", sources[0], few, 0, 0), target_of("many", sources[1], many, 0, 0)]
    spec = spec_of(targets, sources, steps=10, batch_lines=4, augmentation="light").model_copy(update=changes)
    network = build(spec.architecture, len(spec.alphabet) + 1)
    loaded = [
        line
        for target, source in zip(targets, sources, strict=True)
        for line in load_lines(source, spec, target, target.train_ids, for_training=True)
    ]
    return Updates(spec, loaded, network, CPU), spec


@pytest.mark.parametrize("batches", ["mixed", "one_target"])
def test_batches_hold_lines_of_one_data_set_where_the_run_says_so(batches):
    updates, spec = made_of(8, 8, batches=batches)
    mixed = [len({line.target for line in updates._lines_of(step)}) for step in range(1, spec.steps_per_epoch + 1)]
    assert max(mixed) == (2 if batches == "mixed" else 1)


def test_a_line_that_comes_again_in_an_epoch_looks_different():
    updates, spec = made_of(2, 10, sampling="balanced")
    seen = []
    for step in range(1, spec.steps_per_epoch + 1):
        lines, batch = updates._lines_of(step), updates._batch(step)
        seen += [(line.id, image) for line, image in zip(lines, batch.images, strict=True) if line.target == "few"]
    assert len(seen) == 6
    for name in {name for name, _ in seen}:
        first, *others = [image[..., :150] for each, image in seen if each == name]
        assert others
        assert all((first - other).abs().max() > 0.1 for other in others)


# In parts


@pytest.mark.parametrize("architecture", SMALL)
@pytest.mark.parametrize("loss", ["line_mean", "character_mean", "batch_sum"])
@pytest.mark.parametrize("parts", [2, 4, 8])
@pytest.mark.parametrize("step", [1, 2])
def test_a_batch_in_parts_has_the_same_gradient(architecture, loss, parts, step):
    """Also the last batch of the epoch, which is smaller, and parts that do not divide a batch."""
    (whole, first), (parted, second) = (made(architecture, loss=loss, wrap=freeze_statistics) for _ in range(2))
    parted.parts = parts
    one, other = whole.make(step), parted.make(step)
    assert (one.lines, other.lines) == ((6, 6) if step == 1 else (4, 4))
    assert other.loss == pytest.approx(one.loss, rel=1e-5)
    assert other.gradient_norm == pytest.approx(one.gradient_norm, rel=1e-4)
    found = gradients(second)
    for name, gradient in gradients(first).items():
        assert torch.allclose(found[name], gradient, rtol=1e-3, atol=1e-5 * one.gradient_norm), name


@pytest.mark.parametrize(
    "error",
    [torch.OutOfMemoryError(CUDA_SAYS), MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")],
)
@pytest.mark.parametrize(("most", "parts"), [(6, 1), (5, 2), (3, 2), (2, 4), (1, 8)])
def test_parts_are_halved_until_they_fit(most, parts, error):
    whole, _ = made()
    whole.parts = parts
    short, network = made(wrap=lambda network: ShortMemory(network, most, error=error))
    assert whole.make(1) == short.make(1), "the failed attempts left no trace"
    assert short.parts == parts
    assert short.part_lines <= most
    assert equal(whole._network.state_dict(), network.state_dict())
    short.make(2)
    assert short.parts == parts, "and stay like that"


def test_a_single_line_that_does_not_fit_is_told():
    updates, _ = made(wrap=lambda network: ShortMemory(network, 0))
    with pytest.raises(MemoryError, match=r"memory of cpu is full: CUDA out of memory"):
        updates.make(1)
    assert updates.part_lines == 1


def test_other_errors_are_not_taken_for_short_memory():
    updates, _ = made(wrap=lambda network: ShortMemory(network, 2, error=RuntimeError("shape mismatch")))
    with pytest.raises(RuntimeError, match="shape mismatch"):
        updates.make(1)
    assert updates.parts == 1


# Refused


def spoil_loss(monkeypatch, factor):
    real = module.batch_loss
    monkeypatch.setattr(module, "batch_loss", lambda *arguments: real(*arguments) * factor)


def spoil_gradient(monkeypatch, factor):
    """The loss stays as it is, its gradient does not."""

    class Spoilt(torch.autograd.Function):
        @staticmethod
        def forward(ctx, loss):
            return loss.clone()

        @staticmethod
        def backward(ctx, gradient):
            return gradient * factor

    real = module.batch_loss
    monkeypatch.setattr(module, "batch_loss", lambda *arguments: Spoilt.apply(real(*arguments)))


@pytest.mark.parametrize(
    ("spoil", "factor", "said"),
    [
        (spoil_loss, math.nan, "loss nan"),
        (spoil_loss, math.inf, "loss inf"),
        (spoil_loss, 1e3, "a network that knows nothing"),
        (spoil_gradient, math.nan, "gradient norm nan"),
        (spoil_gradient, math.inf, "gradient norm (nan|inf)"),
    ],
)
@pytest.mark.parametrize("parts", [1, 4])
def test_a_refused_step_changes_nothing(spoil, factor, said, parts, monkeypatch):
    updates, network = made()
    updates.parts = parts
    updates.make(1)
    before = state(network, updates.optimiser)
    with monkeypatch.context() as patch:
        spoil(patch, factor)
        with pytest.raises(DivergedError, match=f"diverged at step 2: .*{said}"):
            updates.make(2)
    after = state(network, updates.optimiser)
    assert equal(before[0], after[0]), "weights and statistics"
    assert equal(before[1], after[1]), "optimiser"
    updates.make(2)


def test_activations_out_of_range_are_noticed_although_the_loss_is_fine():
    """An infinite running variance hides behind a finite loss, and in evaluation the network would read nothing."""
    updates, network = made("small-cnn")
    stem = next(layer for layer in network.modules() if isinstance(layer, torch.nn.Conv2d))
    with torch.no_grad():
        stem.weight.mul_(1e22)
    before = state(network, updates.optimiser)
    with pytest.raises(DivergedError, match=r"loss \d"):
        updates.make(1)
    assert equal(before[0], state(network, updates.optimiser)[0])
    assert updates.is_network_finite()


def test_weights_that_are_no_numbers_are_noticed():
    updates, network = made()
    assert updates.is_network_finite()
    with torch.no_grad():
        next(iter(network.parameters())).view(-1)[0] = -math.inf
    assert not updates.is_network_finite()
