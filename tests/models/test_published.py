"""The published network, number by number. What is expected stands here in figures, not computed by what is tested.

Source: the published code (`models`, `config-khatt`), as docs/protocol.md lists it.
"""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from workbench.models.registry import architecture_spec, build

SHAPES = {  # of each stage of the encoder, for a line of 150 × 2073 px
    "stem": (32, 75, 1037),
    "64": (64, 75, 1037),
    "pool 1": (64, 37, 518),
    "128": (128, 37, 518),
    "pool 2": (128, 18, 259),
    "256": (256, 18, 259),
}
COUNTS = {
    "cnn": {55: 5_753_079, 80: 5_772_304, 90: 5_779_994, 117: 5_800_757, 138: 5_816_906},
    "rnn": {55: 9_945_591, 80: 9_958_416, 90: 9_963_546, 117: 9_977_397, 138: 9_988_170},
    "both": {55: 9_987_886, 80: 10_019_936, 90: 10_032_756, 117: 10_067_370, 138: 10_094_292},
}
MILLIONS = {"cnn": (5.753, 5.780, 5.801, 5.817), "both": (9.988, 10.033, 10.067, 10.094)}
"""As published, at 55, 90, 117 and 138 outputs."""


def published(name, classes=80, device="meta"):
    with torch.device(device):
        return build(architecture_spec(name), classes)


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


# Sizes


@pytest.mark.parametrize("name", COUNTS)
def test_parameters(name):
    assert {classes: count(published(name, classes)) for classes in COUNTS[name]} == COUNTS[name]
    if name in MILLIONS:
        assert tuple(round(COUNTS[name][at] / 1e6, 3) for at in (55, 90, 117, 138)) == MILLIONS[name]


def test_parameters_of_the_parts():
    network = published("both")
    assert count(network.encoder) == 5_710_784
    assert count(network.head.lstm) == 4_206_592
    assert count(network.head.linear) == 41_040
    assert count(network.shortcut) == 61_520


def test_shapes_layer_by_layer():
    encoder = published("both").encoder
    blocks = [layer for layer in encoder.layers if isinstance(layer, nn.MaxPool2d) or hasattr(layer, "body")]
    kinds = ["pool" if isinstance(layer, nn.MaxPool2d) else layer.body[3].out_channels for layer in blocks]
    assert kinds == [64] * 2 + ["pool"] + [128] * 4 + ["pool"] + [256] * 4
    found, images = [], torch.empty(1, 1, 150, 2073, device="meta")
    for layer in encoder.layers:
        images = layer(images)
        if not isinstance(layer, nn.Conv2d):
            found.append(tuple(images.shape[1:]))
    stem, *rest = found
    assert stem == SHAPES["stem"]
    expected = [
        *[SHAPES["64"]] * 2,
        SHAPES["pool 1"],
        *[SHAPES["128"]] * 4,
        SHAPES["pool 2"],
        *[SHAPES["256"]] * 4,
    ]
    assert rest == expected
    assert encoder(torch.empty(2, 1, 150, 2073, device="meta")).shape == (2, 256, 1, 259)


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize(("width", "frames"), [(2073, 259), (1024, 128)])
def test_shapes_of_the_heads(name, width, frames):
    output = published(name, 90, "cpu").train()(torch.rand(1, 1, 16, width), [frames])
    assert output.logits.shape == (frames, 1, 90)
    assert (output.auxiliary is not None) == (name == "both")
    assert output.auxiliary is None or output.auxiliary.shape == (frames, 1, 90)


# Layers


@pytest.mark.parametrize("name", COUNTS)
def test_the_encoder_has_biases_and_norms_where_it_was_published_so(name):
    encoder = published(name).encoder
    assert [type(layer) for layer in encoder.layers[:3]][:2] == [nn.Conv2d, nn.ReLU]  # no norm behind the stem
    stem, *others = [module for module in encoder.modules() if isinstance(module, nn.Conv2d)]
    assert (stem.kernel_size, stem.stride, stem.padding) == ((7, 7), (2, 2), (3, 3))
    assert stem.bias is not None
    assert all(other.bias is None and other.stride == (1, 1) for other in others)
    assert len(others) == 20 + 3  # two of each block, and a projection where channels change
    assert sum(isinstance(module, nn.BatchNorm2d) for module in encoder.modules()) == 23
    assert [m.kernel_size for m in encoder.modules() if isinstance(m, nn.MaxPool2d)] == [(2, 2), (2, 2)]


@pytest.mark.parametrize(
    ("name", "between", "elsewhere"),
    [("cnn", None, {"head": 0.0}), ("rnn", 0.2, {"head": 0.2}), ("both", 0.2, {"head": 0.2, "shortcut": 0.0})],
)
def test_dropout_is_where_it_was_published(name, between, elsewhere):
    network = published(name)
    found = {at.removesuffix(".dropout"): m.p for at, m in network.named_modules() if isinstance(m, nn.Dropout)}
    assert found == elsewhere
    assert [m.dropout for m in network.modules() if isinstance(m, nn.LSTM)] == ([] if between is None else [between])


def test_dropout_comes_before_the_linear_layer():
    torch.manual_seed(0)
    head = published("rnn", 5, "cpu").head.train()
    head.lstm.dropout = 0.0
    seen = []
    head.linear.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    head(torch.randn(1, 256, 1, 40), [40])
    assert 0.15 < (seen[0] == 0).float().mean() < 0.25


def reference(network, images):
    """Logits of `both`, worked out from its weights with torch's functions and the published list of layers."""
    weights = network.state_dict()

    def norm(at, values):
        mean, variance = weights[f"{at}.running_mean"], weights[f"{at}.running_var"]
        return functional.batch_norm(values, mean, variance, weights[f"{at}.weight"], weights[f"{at}.bias"])

    def convolution(at, values, **options):
        return functional.conv2d(values, weights[f"{at}.weight"], weights.get(f"{at}.bias"), **options)

    def block(at, values):
        body = torch.relu(norm(f"{at}.body.1", convolution(f"{at}.body.0", values, padding=1)))
        body = norm(f"{at}.body.4", convolution(f"{at}.body.3", body, padding=1))
        if f"{at}.shortcut.0.weight" in weights:
            values = norm(f"{at}.shortcut.1", convolution(f"{at}.shortcut.0", values))
        return torch.relu(body + values)

    values = torch.relu(convolution("encoder.layers.0", images, stride=2, padding=3))
    for at, kind in enumerate("bb M bbbb M bbbb".replace(" ", ""), start=2):
        values = functional.max_pool2d(values, 2) if kind == "M" else block(f"encoder.layers.{at}", values)
    features = values.max(dim=2).values
    lstm = nn.LSTM(256, 256, 3, bidirectional=True)
    lstm.load_state_dict(network.head.lstm.state_dict())
    read = lstm(features.permute(2, 0, 1))[0]
    logits = read @ weights["head.linear.weight"].T + weights["head.linear.bias"]
    around = functional.conv1d(
        features, weights["shortcut.convolution.weight"][:, :, 0], weights["shortcut.convolution.bias"], padding=1
    )
    return logits, around.permute(2, 0, 1)


@torch.no_grad()
def test_numbers_are_those_of_the_published_list_of_layers():
    torch.manual_seed(0)
    network = published("both", 7, "cpu")
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):  # statistics as after training, not those of a fresh network
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
    network.eval()
    images = torch.rand(2, 1, 50, 203)
    logits, auxiliary = reference(network, images)
    assert logits.shape == (25, 2, 7)
    torch.testing.assert_close(network(images, [25, 25]).logits, logits, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(network.shortcut(network.encoder(images), [25, 25]), auxiliary, rtol=1e-4, atol=1e-4)
    cnn = published("cnn", 7, "cpu").eval()
    of_both = {"head." + at.removeprefix("shortcut.") if at.startswith("shortcut.") else at: tensor
               for at, tensor in network.state_dict().items() if not at.startswith("head.")}  # fmt: skip
    cnn.load_state_dict(of_both)
    torch.testing.assert_close(cnn(images, [25, 25]).logits, auxiliary, rtol=1e-4, atol=1e-4)


# Initial weights


def fills(values, bound):
    """Whether values are those of a uniform distribution between ± bound, as far as their number lets one tell."""
    deviation = 5 * bound / math.sqrt(values.numel())
    spread = values.std(unbiased=False).item() if values.numel() > 50 else bound / math.sqrt(3)
    return (
        bound * (1 - 20 / values.numel()) <= values.abs().max() <= bound
        and abs(values.mean().item()) < deviation
        and abs(spread - bound / math.sqrt(3)) < deviation
    )


@pytest.mark.parametrize("name", COUNTS)
def test_initial_weights_are_those_of_pytorch(name):
    """Default of convolution and linear layer: uniform within ± 1/√inputs; of an LSTM: within ± 1/√hidden."""
    torch.manual_seed(0)
    network = published(name, 80, "cpu")
    checked = 0
    for module in network.modules():
        own = dict(module.named_parameters(recurse=False))
        match module:
            case nn.Conv2d() | nn.Linear():
                bound = 1 / math.sqrt(own["weight"][0].numel())
                assert all(fills(parameter, bound) for parameter in own.values()), module
            case nn.LSTM():
                assert all(fills(parameter, 1 / 16) for parameter in own.values()), module
            case nn.BatchNorm2d():
                assert (own["weight"] == 1).all()
                assert (own["bias"] == 0).all()
            case _:
                assert not own, module
        checked += sum(parameter.numel() for parameter in own.values())
    assert checked == COUNTS[name][80]


def test_a_xavier_initialisation_would_be_noticed():
    layer = nn.Conv2d(128, 128, 3)
    assert fills(layer.weight.data, 1 / math.sqrt(128 * 9))
    nn.init.xavier_uniform_(layer.weight)
    assert not fills(layer.weight.data, 1 / math.sqrt(128 * 9))
