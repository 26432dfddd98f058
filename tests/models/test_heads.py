"""Heads, one by one: how far each sees, and that none sees more."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.models.dilated import DilatedHead
from workbench.models.geometry import geometry_of
from workbench.models.heads import RecurrentHead, read_both_ways, read_lines, read_packed, read_windows
from workbench.models.masking import own_frames, standardised
from workbench.models.registry import ARCHITECTURES, architecture, architecture_spec, build
from workbench.models.sizes import DilatedSizes
from workbench.models.transformer import VisionHead, hidden_spans, sine_positions

HEADS = sorted(name for name, entry in ARCHITECTURES.items() if entry.family != "cnn" and name.startswith("small-"))


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def head_of(name):
    return build(architecture_spec(name), 5).head.double().eval()


def looked_at(head, features, frames, line, frame):
    """Frames of each line whose features have a part in the scores of one frame."""
    features = features.clone().requires_grad_()
    head(features, frames)[frame, line].square().sum().backward()
    return (features.grad.abs().amax(dim=(1, 2)) > 0).numpy()


def random_features(head_name, lines, frames):
    count = architecture(head_name).geometry.encoder.features
    return torch.rand(lines, count, 1, frames, dtype=torch.float64)


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("frame", [0, 13, 24])
def test_a_frame_is_read_from_its_window_or_from_the_line(name, frame):
    seen = looked_at(head_of(name), random_features(name, 2, 40), [40, 25], 1, frame)
    assert not seen[0].any()
    window = architecture(name).geometry.head.frames_seen if architecture(name).context == "window" else 25
    first = frame // window * window
    assert seen[1].nonzero()[0].tolist() == list(range(first, min(first + window, 25)))


# LSTMs


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


@settings(max_examples=30)
@given(st.lists(st.integers(1, 20), min_size=1, max_size=3), st.integers(1, 9))
def test_windows_are_read_as_lines_of_their_own(frames, window):
    lstm = torch.nn.LSTM(3, 2, num_layers=2, bidirectional=True).double()
    sequence = torch.randn(max(frames), len(frames), 3, dtype=torch.float64)
    found = read_windows(lstm, sequence, frames, window)
    assert found.shape == (*sequence.shape[:2], 4)
    for line, count in enumerate(frames):
        pieces = sequence[:count, line].split(window)
        expected = torch.cat([lstm(piece.unsqueeze(1))[0][:, 0] for piece in pieces])
        torch.testing.assert_close(found[:count, line], expected)


def test_a_window_as_long_as_the_line_is_the_line():
    lstm = torch.nn.LSTM(3, 2, bidirectional=True)
    sequence, frames = torch.randn(8, 2, 3), [8, 5]
    inside = own_frames(frames, 8, sequence.device).T.unsqueeze(-1)
    for window in (8, 30):
        whole, windowed = read_lines(lstm, sequence, frames), read_windows(lstm, sequence, frames, window)
        torch.testing.assert_close(whole * inside, windowed * inside)


def test_windowed_lstms_are_those_of_the_published_network():
    windowed, whole = (geometry_of(architecture_spec(name)) for name in ("rnn-windowed", "rnn"))
    assert windowed.head.model_copy(update={"lstm_window_frames": 0}) == whole.head
    assert windowed.head.lstm_window_frames == 30
    assert RecurrentHead(4, 3, windowed.head).window == 30


# Dilated convolutions


@pytest.mark.parametrize(("blocks", "kernel", "seen"), [(1, 3, 3), (3, 3, 15), (4, 3, 31), (2, 5, 13), (3, 1, 1)])
def test_dilations_double(blocks, kernel, seen):
    sizes = DilatedSizes(head="tcn", tcn_blocks=blocks, tcn_hidden=6, tcn_kernel_frames=kernel)
    assert sizes.frames_seen == seen
    head = DilatedHead(4, 3, sizes).double()
    looked = looked_at(head, torch.rand(1, 4, 1, 81, dtype=torch.float64), [81], 0, 40)[0]
    assert looked.nonzero()[0].tolist() == list(range(40 - seen // 2, 41 + seen // 2))


def test_both_ends_of_the_published_canvas_see_each_other():
    head = head_of("tcn")
    features = random_features("tcn", 1, 259)
    assert looked_at(head, features, [259], 0, 0)[0].all()
    assert looked_at(head, features, [259], 0, 258)[0].all()


# Transformers


def test_positions_are_sines_and_cosines():
    found = sine_positions(300, 6, torch.device("cpu"))
    assert found.shape == (300, 6)
    torch.testing.assert_close(found[0], torch.tensor([0, 0, 0, 1.0, 1, 1]))
    rates = torch.tensor([1, 0.0464159, 0.00215443])
    torch.testing.assert_close(found[37], torch.cat([(37 * rates).sin(), (37 * rates).cos()]), atol=1e-4, rtol=0)
    assert torch.equal(sine_positions(20, 6, torch.device("cpu")), found[:20])


@pytest.mark.parametrize("name", ["small-transformer", "small-htr-vt"])
def test_order_matters_to_attention(name):
    head = head_of(name)
    features = random_features(name, 1, 20)
    turned = head(features.flip(-1), [20]).flip(0)
    assert (turned - head(features, [20])).abs().max() > 1e-3


def test_attention_agrees_with_that_of_pytorch():
    head = build(architecture_spec("small-transformer"), 5).head.eval()
    layer = head.layers[0]
    other = torch.nn.TransformerEncoderLayer(
        96, 4, 200, activation="gelu", layer_norm_eps=1e-6, batch_first=True, norm_first=True
    ).train()  # its path for evaluation is another one
    other.dropout.p = other.dropout1.p = other.dropout2.p = other.self_attn.dropout = 0.0
    names = {
        "self_attn.in_proj_": "attention.inputs.",
        "self_attn.out_proj.": "attention.output.",
        "linear1.": "frame.0.",
        "linear2.": "frame.2.",
        "norm1.": "attention_norm.",
        "norm2.": "frame_norm.",
    }
    for theirs, ours in names.items():
        for each in ("weight", "bias"):
            other.get_parameter(theirs + each).data.copy_(layer.get_parameter(ours + each))
    sequence, own = torch.randn(2, 9, 96), own_frames([9, 4], 9, torch.device("cpu"))
    expected = other(sequence, src_key_padding_mask=~own)
    torch.testing.assert_close(layer(sequence, own[:, None, None])[own], expected[own], rtol=1e-4, atol=1e-5)


# HTR-VT


def test_spans_are_hidden_within_the_line_only():
    frames = [128, 60, 19, 20, 1]
    hidden = torch.stack([hidden_spans(frames, 128, 0.4, 8, torch.device("cpu")) for _ in range(200)])
    assert hidden.shape == (200, 5, 128)
    most = [48, 24, 0, 8, 0]  # whole spans in 0.4 of the frames
    assert hidden.sum(-1).amax(0).tolist() == most
    for line, count in enumerate(frames):
        assert not hidden[:, line, count:].any()
        if most[line]:
            assert hidden[:, line, :count].any(0).all()  # every frame has its turn
    assert (hidden[:, 0] != hidden[:1, 0]).any()


def test_spans_are_hidden_in_training_only():
    head = build(architecture_spec("small-htr-vt"), 5).head.double()
    assert isinstance(head, VisionHead)
    features = random_features("small-htr-vt", 2, 60)
    head.eval()
    assert torch.equal(head(features, [60, 60]), head(features, [60, 60]))
    head.train()
    assert not torch.equal(head(features, [60, 60]), head(features, [60, 60]))
    head(features, [60, 60]).square().sum().backward()
    assert head.mask_token.grad.any()


def test_half_of_the_positions_tell_the_row():
    """A grid of one row, as the published code lays it: zeros, ones, sines, cosines, a quarter of the features each."""
    head = head_of("small-htr-vt")
    found = head.placed(torch.zeros(1, 7, 128), [7])[0]
    assert (found[:, :32] == 0).all()
    assert (found[:, 32:64] == 1).all()
    torch.testing.assert_close(found[:, 64:], sine_positions(7, 64, torch.device("cpu")))


def test_layers_of_htr_vt_are_the_published_ones():
    with torch.device("meta"):
        network = build(architecture_spec("htr-vt"), 90)

    def count(module):
        return sum(parameter.numel() for parameter in module.parameters())

    # Convolution and stages of 192, 384 and 768: 2,112 + 1,365,888 + 4,722,432 + 18,882,048. Then four layers of
    # 12 · 768² weights and 13 · 768 biases and norms.
    assert count(network.encoder) == 24_972_480
    assert count(network.head.layers) == 4 * (12 * 768**2 + 13 * 768)
    assert count(network.head.linear) == 768 * 90 + 90
    assert count(network) == 24_972_480 + 28_351_488 + 768 + 2 * 768 + 69_210
    strides = [m.stride for m in network.encoder.layers.modules() if hasattr(m, "stride") and m.stride != (1, 1)]
    halving, both = (2, 1), (2, 2)
    assert strides == [halving, halving, halving, halving, both, both, both, both, halving]
    rows = network.encoder.layers(torch.empty(1, 1, 64, 512, device="meta"))
    assert rows.shape == (1, 768, 1, 128)


def test_linear_layers_of_htr_vt_begin_as_published():
    head = build(architecture_spec("small-htr-vt"), 5).head
    for module in head.modules():
        if isinstance(module, torch.nn.Linear):
            bound = (6 / sum(module.weight.shape)) ** 0.5  # Xavier, uniform
            assert 0.95 * bound < module.weight.abs().max() <= bound
            assert not module.bias.any()
    assert 0.01 < head.mask_token.std() < 0.03


def test_values_are_standardised_over_what_belongs_to_a_line():
    values = torch.randn(2, 1, 3, 50) * 7 + 3
    own = own_frames([50, 20], 50, values.device)[:, None, None]
    found = standardised(values.bfloat16(), own)
    assert found.dtype == torch.float32
    for line, count in enumerate([50, 20]):
        assert abs(found[line, ..., :count].mean()) < 1e-5
        assert abs(found[line, ..., :count].var(unbiased=False) - 1) < 1e-4
    constant = standardised(torch.full((1, 1, 3, 9), 0.5), own_frames([4], 9, values.device)[:, None, None])
    assert (constant == 0).all()  # an empty line is no reason to divide by nothing
