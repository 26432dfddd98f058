import pytest
import torch

from workbench.models.heads import read_both_ways, read_packed
from workbench.models.registry import ARCHITECTURES, architecture, architecture_spec, build

NAMES = sorted(ARCHITECTURES)


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("classes", [2, 80, 117])
def test_parameter_counts_are_those_of_the_modules(name, classes):
    with torch.device("meta"):
        network = build(architecture_spec(name), classes)
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count == architecture(name).geometry.parameter_count(classes)


def test_published_parts_have_their_published_sizes():
    with torch.device("meta"):
        network = build(architecture_spec("both"), 80)

    def count(module):
        return sum(parameter.numel() for parameter in module.parameters())

    assert count(network.encoder) == 5_710_784
    assert count(network.recurrent.lstm) == 4_206_592
    assert count(network.recurrent.linear) == 41_040
    assert count(network.convolution) == 61_520


@pytest.mark.parametrize("name", NAMES)
def test_frames_are_those_that_the_geometry_says(name):
    geometry = architecture(name).geometry
    with torch.device("meta"):
        encoder = build(architecture_spec(name), 3).encoder.eval()
        for width in [*range(geometry.frame_px, 3 * geometry.frame_px + 1), 1024, 2073]:
            assert encoder(torch.empty(1, 1, 16, width)).shape[-1] == geometry.frames_for_width(width), width


def reached_columns(name):
    """First and last input column that changes what the convolutional part says in one frame."""
    geometry = architecture(name).geometry
    width, frame = geometry.frame_px * 60, 30
    network = build(architecture_spec(name), 3).eval().double()
    with torch.no_grad():  # averages everywhere: no ReLU hides a path, nothing underflows
        for parameter in network.parameters():
            parameter.fill_(1 / parameter[0].numel())
    seen = torch.zeros(width, dtype=torch.bool)
    for _ in range(2):
        images = torch.rand(1, 1, 16, width, dtype=torch.float64, requires_grad=True)
        features = network.encoder(images)
        # The LSTM sees everything: what is asked for is the part before it, with the convolution head if there is one.
        scores = features.squeeze(2).permute(2, 0, 1) if network.convolution is None else network.convolution(features)
        scores[frame].sum().backward()
        seen |= images.grad.abs().sum(dim=(0, 1, 2)) > 0
    columns = seen.nonzero().ravel()
    return int(columns[0]) - frame * geometry.frame_px, int(columns[-1]) - frame * geometry.frame_px


@pytest.mark.parametrize("name", NAMES)
def test_receptive_field_is_what_gradients_show(name):
    assert reached_columns(name) == architecture(name).geometry.reach_px


@pytest.mark.parametrize("name", NAMES)
def test_contract_of_every_architecture(name):
    network = build(architecture_spec(name), 7).train()
    images = torch.rand(2, 1, 16, 64)
    total = architecture(name).geometry.frames_for_width(64)
    output = network(images, [total, total - 3])
    assert output.logits.shape == (total, 2, 7)
    has_auxiliary = architecture(name).geometry.has_auxiliary_head
    assert (output.auxiliary is not None) == has_auxiliary
    loss = output.logits.square().mean() + (output.auxiliary.square().mean() if has_auxiliary else 0)
    loss.backward()
    for parameter_name, parameter in network.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert torch.isfinite(parameter.grad).all(), parameter_name
    assert network.eval()(images, [total, total]).auxiliary is None


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_of_one_is_a_batch(name):
    network = build(architecture_spec(name), 7).train()
    assert network(torch.rand(1, 1, 16, 48), [architecture(name).geometry.frames_for_width(48)]).logits.shape[1] == 1


@pytest.mark.parametrize("name", ["small-crnn", "rnn"])
def test_an_lstm_does_not_read_the_padding(name):
    geometry = architecture(name).geometry
    network = build(architecture_spec(name), 7).eval()
    line = torch.zeros(1, 1, 16, 40 + geometry.right_margin_px)
    line[..., :40] = torch.rand(16, 40)
    wide = torch.zeros(1, 1, 16, 400)
    wide[..., : line.shape[-1]] = line
    frames = geometry.frames_for_width(48)
    with torch.no_grad():
        alone = network(line, [frames]).logits[:frames, 0]
        batch = torch.cat([wide, torch.rand(1, 1, 16, 400)])
        among = network(batch, [frames, geometry.frames_for_width(400)]).logits[:frames, 0]
    torch.testing.assert_close(alone, among, rtol=1e-4, atol=1e-5)


def test_both_ways_of_reading_are_the_same_mathematics():
    lstm = torch.nn.LSTM(5, 4, num_layers=2, bidirectional=True)
    sequence, frames = torch.randn(9, 3, 5), [9, 1, 6]
    weights = torch.randn(9, 3, 8)
    found = []
    for read in (read_packed, read_both_ways):
        line = sequence.clone().requires_grad_()
        lstm.zero_grad()
        output = read(lstm, line, frames)
        inside = torch.arange(9)[:, None, None] < torch.tensor(frames)[:, None]
        (output * weights * inside).sum().backward()
        found.append([output * inside, line.grad, *(parameter.grad.clone() for parameter in lstm.parameters())])
    for packed, both_ways in zip(*found, strict=True):
        torch.testing.assert_close(packed, both_ways, rtol=1e-4, atol=1e-5)


def test_dropout_between_layers_is_kept():
    lstm = torch.nn.LSTM(5, 4, num_layers=2, bidirectional=True, dropout=0.5)
    sequence, frames = torch.randn(9, 2, 5), [9, 4]
    first, second = read_both_ways(lstm, sequence, frames), read_both_ways(lstm, sequence, frames)
    assert not torch.equal(first, second)
    lstm.eval()
    assert torch.equal(read_both_ways(lstm, sequence, frames), read_both_ways(lstm, sequence, frames))
