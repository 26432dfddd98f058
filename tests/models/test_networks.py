from functools import lru_cache

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from workbench.models.encoder import LineNorm
from workbench.models.geometry import geometry_of, input_size
from workbench.models.registry import ARCHITECTURES, architecture, architecture_spec, build, with_norm
from workbench.study.schema import Preprocessing

NAMES = sorted(ARCHITECTURES)
SMALL = [name for name in NAMES if name.startswith("small-")]


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(threads)


def network_of(name, norm="batch", classes=7):
    return build(with_norm(architecture_spec(name), norm), classes)


# Sizes


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("norm", "classes"), [("batch", 2), ("batch", 117), ("group", 80)])
def test_parameter_counts_are_those_of_the_modules(name, norm, classes):
    with torch.device("meta"):
        network = network_of(name, norm, classes)
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count == architecture(name).geometry.parameter_count(classes)


@lru_cache
def encoder_of(name):
    with torch.device("meta"):
        return network_of(name).encoder.eval()


@settings(max_examples=40)
@given(st.sampled_from(NAMES), st.integers(16, 200), st.integers(8, 3000))
def test_frames_are_those_that_the_geometry_says(name, height, width):
    features = encoder_of(name)(torch.empty(1, 1, height, width, device="meta"))
    geometry = architecture(name).geometry
    assert features.shape == (1, geometry.encoder.features, 1, geometry.frames_for_width(width))


@pytest.mark.parametrize("name", ["cnn", "small-cnn", "small-htr-vt"])
def test_frames_of_the_narrowest_inputs(name):
    geometry = architecture(name).geometry
    for width in [*range(geometry.frame_px, 3 * geometry.frame_px + 1), 1024, 2073]:
        features = encoder_of(name)(torch.empty(1, 1, 16, width, device="meta"))
        assert features.shape[-1] == geometry.frames_for_width(width), width


def averaging(network):
    """The network with averages everywhere: no ReLU and no maximum hides a path, nothing underflows."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(1 / parameter[0].numel())
    layers = network.encoder.layers
    for at, layer in enumerate(layers):
        if isinstance(layer, nn.MaxPool2d):
            layers[at] = nn.AvgPool2d(layer.kernel_size, layer.stride, layer.padding)
    return network.eval().double()


@pytest.mark.parametrize("name", NAMES)
def test_receptive_field_is_what_gradients_show(name):
    geometry = architecture(name).geometry
    width, frame = geometry.frame_px * 100, 50
    network = averaging(network_of(name, classes=3))
    images = torch.rand(1, 1, 16, width, dtype=torch.float64, requires_grad=True)
    features = network.encoder(images)
    # What a head does that reads along the line is another matter: asked for are the encoder and the convolution.
    convolution = network.head if geometry.head.head == "cnn" else network.shortcut
    scores = features.squeeze(2).permute(2, 0, 1) if convolution is None else convolution(features, [100])
    scores[frame].sum().backward()
    columns = (images.grad.abs().sum(dim=(0, 1, 2)) > 0).nonzero().ravel()
    first, last = (int(columns[at]) - frame * geometry.frame_px for at in (0, -1))
    assert (first, last) == geometry.reach_px


# What every architecture can do


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("height", [48, 64, 150])
def test_any_line_height_will_do(name, height):
    geometry = architecture(name).geometry
    network = network_of(name).eval()
    with torch.inference_mode():
        logits = network(torch.rand(1, 1, height, 40), [geometry.frames_for_width(40)]).logits
    assert logits.shape == (geometry.frames_for_width(40), 1, 7)


@pytest.mark.parametrize(
    ("name", "precision", "norm"),
    [
        *((name, "float32", "batch") for name in NAMES),
        # The others are of the same parts, in more of them: where a processor lacks bfloat16 they take minutes.
        *((name, "bfloat16", norm) for name in SMALL for norm in ("batch", "group")),
    ],
)
def test_contract_of_every_architecture(name, precision, norm):
    network = network_of(name, norm).train().to(memory_format=torch.channels_last)
    images = torch.rand(2, 1, 16, 96)
    total = architecture(name).geometry.frames_for_width(96)
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bfloat16"):
        output = network(images, [total, 1])
    assert output.logits.shape == (total, 2, 7)
    assert torch.isfinite(output.logits[:1]).all()
    assert torch.isfinite(output.logits[:, 0]).all()
    has_auxiliary = architecture(name).geometry.has_auxiliary_head
    assert (output.auxiliary is not None) == has_auxiliary
    own = torch.cat([output.logits[:, 0], output.logits[:1, 1]]).float().log_softmax(-1)
    loss = own[:, 2].mean() + (output.auxiliary.float().square().mean() if has_auxiliary else 0)
    loss.backward()
    for parameter_name, parameter in network.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert torch.isfinite(parameter.grad).all(), parameter_name
        if "mask_token" not in parameter_name:  # of which one of so few frames may have no need
            assert parameter.grad.any() or parameter.ndim == 1, parameter_name
    assert network.eval()(images, [total, total]).auxiliary is None


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_of_one_is_a_batch(name):
    network = network_of(name).train()
    frames = architecture(name).geometry.frames_for_width(48)
    assert network(torch.rand(1, 1, 16, 48), [frames]).logits.shape == (frames, 1, 7)


def line_and_size(name, height=32, width=61):
    geometry = architecture(name).geometry
    size = input_size(height, width, Preprocessing(line_height_px=height), geometry)
    line = torch.zeros(1, 1, height, size.padded_width, dtype=torch.float64)
    line[..., :width] = torch.rand(height, width)
    return line, size


@pytest.mark.parametrize(("name", "norm"), [*((name, "batch") for name in NAMES), *((name, "group") for name in SMALL)])
def test_same_scores_in_any_batch(name, norm):
    """Whatever lies beyond a line's own padded width, be it the ink of nobody: its frames do not see it."""
    network = network_of(name, norm).double().eval()
    line, size = line_and_size(name)
    wide = torch.rand(2, 1, 32, 450, dtype=torch.float64)
    wide[1, ..., : size.padded_width] = line
    total = architecture(name).geometry.frames_for_width(450)
    with torch.inference_mode():
        alone = network(line, [size.ctc_frames]).logits[: size.ctc_frames, 0]
        among = network(wide, [total, size.ctc_frames]).logits[: size.ctc_frames, 1]
        line[..., 30:40] = 0
        changed = network(line, [size.ctc_frames]).logits[: size.ctc_frames, 0]
    torch.testing.assert_close(among, alone, rtol=0, atol=1e-9)
    assert (changed - alone).abs().amin(0).max() > 1e-7 or architecture(name).context == "window"
    assert (changed - alone).abs().max() > 1e-5


def test_a_group_norm_of_a_whole_width_is_that_of_torch():
    norm, usual = LineNorm(8, 16).double(), nn.GroupNorm(8, 16).double()
    for each in (norm, usual):
        with torch.no_grad():
            each.weight.copy_(torch.linspace(0.5, 2, 16))
            each.bias.copy_(torch.linspace(-1, 1, 16))
    features = torch.rand(2, 16, 4, 30, dtype=torch.float64)
    assert torch.equal(norm(features), usual(features))
    norm.own_px, norm.image_px = [120, 48], 120
    found = norm(features)
    torch.testing.assert_close(found[:1], usual(features[:1]), rtol=0, atol=1e-12)
    torch.testing.assert_close(found[1:, ..., :12], usual(features[1:, ..., :12]), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_a_norm_is_that_of_the_whole_encoder(name):
    with torch.device("meta"):
        batch, group = (network_of(name, norm) for norm in ("batch", "group"))
    kinds = [[type(module) for module in network.modules()] for network in (batch, group)]
    assert nn.BatchNorm2d in kinds[0]
    assert kinds[1] == [LineNorm if kind is nn.BatchNorm2d else kind for kind in kinds[0]]
    assert all(module.num_groups == 8 for module in group.modules() if isinstance(module, LineNorm))


def test_with_group_norm_lines_of_a_batch_do_not_share_statistics():
    changes = {"head_dropout": 0.0}
    found = {}
    for norm in ("batch", "group"):
        spec = with_norm(architecture_spec("small-cnn"), norm)
        network = build(spec.model_copy(update={"sizes": spec.sizes | changes}), 7).train()
        images = torch.rand(3, 1, 32, 64)
        images[1:] = 0
        alone, among = network(images[:1], [16]).logits[:, 0], network(images, [16] * 3).logits[:, 0]
        found[norm] = (alone - among).abs().max().item()
    assert found["group"] < 1e-5 < 1e-2 < found["batch"]


def test_specs_of_one_geometry_build_equal_networks():
    first, second = (build(architecture_spec("small-tcn"), 7) for _ in range(2))
    assert geometry_of(architecture_spec("small-tcn")) == architecture("small-tcn").geometry
    assert [tensor.shape for tensor in first.state_dict().values()] == [
        tensor.shape for tensor in second.state_dict().values()
    ]
