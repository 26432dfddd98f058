"""Parts of a network: what a study freezes, and what it takes from another run."""

import pytest
import torch
from torch import nn

from workbench.errors import InputError
from workbench.models.registry import ARCHITECTURES, architecture, architecture_spec, build, with_norm

NAMES = sorted(ARCHITECTURES)
SMALL = [name for name in NAMES if name.startswith("small-")]


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def network_of(name, classes=7):
    return build(architecture_spec(name), classes)


def step(network, frames=16):
    """One update by all weights that have a gradient, and with all statistics."""
    network.train()
    output = network(torch.rand(2, 1, 32, 64), [frames, frames - 6])
    loss = output.logits.square().mean() + (0 if output.auxiliary is None else output.auxiliary.square().mean())
    loss.backward()
    torch.optim.AdamW(network.parameters(), lr=0.1, weight_decay=0.1).step()


def copied(network):
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


@pytest.mark.parametrize("name", NAMES)
def test_every_name_belongs_to_one_part(name):
    with torch.device("meta"):
        network = network_of(name)
    encoder, head = network.names_of("encoder"), network.names_of("head")
    assert sorted([*encoder, *head]) == sorted(network.state_dict())
    assert not set(encoder) & set(head)
    parameters = dict(network.named_parameters())
    count = sum(parameters[each].numel() for each in encoder if each in parameters)
    assert count == architecture(name).geometry.encoder.parameter_count


def test_the_embedding_of_htr_vt_is_its_encoder_and_nothing_else():
    with torch.device("meta"):
        network = network_of("htr-vt")
    assert all(name.startswith("encoder.layers.") for name in network.names_of("encoder"))
    assert {name.split(".")[1] for name in network.names_of("head")} == {"mask_token", "layers", "norm", "linear"}


@pytest.mark.parametrize("part", ["encoder", "head"])
@pytest.mark.parametrize("name", SMALL)
def test_a_frozen_part_stays_as_it_is_and_the_other_learns(name, part):
    network = network_of(name)
    before = copied(network)
    network.freeze(part)
    step(network)
    after = network.state_dict()
    frozen = network.names_of(part)
    assert all(torch.equal(before[each], after[each]) for each in frozen)
    parameters = [each for each, _ in network.named_parameters() if each not in frozen]
    # A mask token has no gradient where no span was drawn.
    assert all(not torch.equal(before[each], after[each]) for each in parameters if "mask_token" not in each)
    assert network.training


@pytest.mark.parametrize("name", SMALL)
def test_a_frozen_part_does_the_same_in_training_as_in_evaluation(name):
    network = network_of(name)
    step(network)
    network.freeze("encoder")
    network.freeze("head")
    images = torch.rand(2, 1, 32, 64)
    trained, evaluated = (network.train(mode)(images, [16, 10]).logits for mode in (True, False))
    torch.testing.assert_close(trained, evaluated)


def test_lstms_of_a_frozen_head_go_on_for_the_sake_of_cudnn():
    network = network_of("rnn")
    network.freeze("head")
    assert network.train().head.lstm.training
    assert network.head.lstm.dropout == 0.0
    assert not network.head.dropout.training
    assert not network.eval().head.lstm.training


@pytest.mark.parametrize("part", ["encoder", "head"])
def test_a_part_is_taken_from_another_run(part):
    donor, network = network_of("small-crnn"), network_of("small-crnn")
    step(donor)
    own = copied(network)
    network.transplant(donor.state_dict(), part)
    for name, tensor in network.state_dict().items():
        source = donor.state_dict() if name in network.names_of(part) else own
        assert torch.equal(tensor, source[name]), name
    of_part = {name: donor.state_dict()[name] for name in donor.names_of(part)}
    again = network_of("small-crnn")
    again.transplant(of_part, part)
    assert all(torch.equal(again.state_dict()[name], of_part[name]) for name in of_part)


def test_an_encoder_fits_whatever_head_reads_its_frames():
    donor = network_of("small-cnn", classes=9)
    for name in ("small-crnn", "small-crnn-windowed", "small-tcn", "small-transformer"):
        network_of(name, classes=5).transplant(donor.state_dict(), "encoder")


@pytest.mark.parametrize(
    ("donor", "part", "said"),
    [
        ("small-cnn-matched", "head", "lstm"),
        ("small-htr-vt", "encoder", "encoder.layers.0.weight"),
        ("small-crnn-narrow", "head", "has shape 192 × 96, not 384 × 96"),
    ],
)
def test_a_part_that_does_not_fit_is_refused_before_anything_changes(donor, part, said):
    network = network_of("small-crnn")
    before = copied(network)
    with pytest.raises(InputError, match=said):
        network.transplant(network_of(donor).state_dict(), part)
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())


def test_an_encoder_with_another_norm_is_refused():
    group = build(with_norm(architecture_spec("small-cnn"), "group"), 7)
    assert not [module for module in group.modules() if isinstance(module, nn.BatchNorm2d)]
    with pytest.raises(InputError, match="running_mean is missing"):
        network_of("small-cnn").transplant(group.state_dict(), "encoder")


def test_a_head_of_other_classes_is_refused():
    with pytest.raises(InputError, match=r"head\.linear\.weight has shape 9 × 192, not 7 × 192"):
        network_of("small-crnn").transplant(network_of("small-crnn", classes=9).state_dict(), "head")
