"""Reading through windows, and comparing encoders, with networks that have learnt their lines."""

import pytest
import torch
from safetensors.torch import load_file

from tests.training.runs import drive, predicted
from tests.training.short_memory import ShortMemory
from tests.training.strokes import MemoryLines, lines_of, spec_of, target_of
from workbench.errors import RunError
from workbench.files import sha256_of
from workbench.models.geometry import geometry_of
from workbench.models.registry import architecture_spec, build
from workbench.models.windows import sure_width_px
from workbench.runs.control import Control
from workbench.runs.probes import (
    ContextUnit,
    Probed,
    SimilarityRead,
    SimilarityUnit,
    UnitProgress,
    WidthRead,
)
from workbench.study.schema import Preprocessing
from workbench.training import evaluate
from workbench.training.batches import collate
from workbench.training.evaluate import Reader
from workbench.training.lines import layout_of, load_lines
from workbench.training.probes import WindowReader, load_network, probe_context, probe_similarity

CPU = torch.device("cpu")
NAMES = ("small-cnn", "small-crnn")


class Run:
    """A run that has learnt its own test lines, in its folder."""

    def __init__(self, name, runs):
        self.source = lines_of("a", 9)
        ids = self.source.ids
        self.target = target_of("a", self.source, 8, 0, 1).model_copy(
            update={"test_ids": ids, "test_clusters": tuple(f"w{at % 3}" for at in range(9))}
        )
        self.spec = spec_of([self.target], [self.source], name, steps=110, log_every_steps=50)
        self.folder = runs / self.spec.id
        drive(self.spec, {"a": self.source}, self.folder)

    def probed(self, **changes):
        known = {"run": self.spec.id, "target": "a", "selection": "last", "weights_path": "last.safetensors"}
        return Probed(**{**known, "weights_sha256": sha256_of(self.folder / "last.safetensors"), **changes})

    def read(self, *widths, control=None, **changes):
        unit = ContextUnit(probed=self.probed(**changes), line_ids=self.source.ids, widths_px=widths)
        yield from probe_context(unit, self.spec, {"a": self.source}, self.folder, control or Control(), device="cpu")

    def counts(self, *widths):
        return {each.width_px: each for each in self.read(*widths) if isinstance(each, WidthRead)}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return {name: Run(name, folder) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_the_whole_line_is_read_as_when_the_run_ended(runs, name):
    run = runs[name]
    whole = run.counts(None)[None]
    stored = {p.line_id: (p.edits, p.length) for p in predicted(run.folder)}
    assert list(zip(whole.edits, whole.length, strict=True)) == [stored[line_id] for line_id in run.source.ids]
    assert sum(whole.edits) < 0.6 * sum(whole.length), "it has learnt something"


def test_beyond_its_field_a_network_of_convolutions_reads_the_same(runs):
    run = runs["small-cnn"]
    sure = sure_width_px(geometry_of(run.spec.architecture))
    found = run.counts(9, sure, 2 * sure, 3 * sure + 1, None)
    whole = found.pop(None)
    narrow = found.pop(9)
    assert sum(narrow.edits) > sum(whole.edits), "windows do limit what is seen"
    for read in found.values():
        assert (read.edits, read.length) == (whole.edits, whole.length), read.width_px


def test_an_lstm_reads_the_same_through_windows_that_hold_the_line_and_not_through_narrow_ones(runs):
    run = runs["small-crnn"]
    found = run.counts(60, 2000, None)
    assert found[2000].edits == found[None].edits
    assert found[60].edits != found[None].edits


def talkative(name, preprocessing, seed=3):
    """(reader, lines) of a network that was not trained and yet outputs all kinds of classes, sure of them."""
    source = MemoryLines(lines_of("t", 4, words=4).texts)
    target = target_of("a", source, 4, 0, 0)
    spec = spec_of([target], [source], name, preprocessing=preprocessing)
    torch.manual_seed(seed)
    network = build(spec.architecture, len(spec.alphabet) + 1)
    last = network.head.convolution if hasattr(network.head, "convolution") else network.head.linear
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.uniform_(-0.3, 0.3)
                module.running_var.uniform_(0.05, 0.4)
        last.weight.mul_(30)
        last.bias.zero_()
    lines = list(load_lines(source, spec, target, target.train_ids, for_training=False))
    batch = collate(lines, layout_of(spec), CPU)
    with torch.no_grad():
        last.bias.sub_(network.eval()(batch.images, batch.frames).logits.mean((0, 1)))  # no class is always the best
    return Reader(network, spec, CPU), lines


LAYOUTS = {
    "plain": Preprocessing(line_height_px=32),
    "border": Preprocessing(line_height_px=32, border_px=6),
    "grey beside": Preprocessing(line_height_px=32, border_px=3, background="median"),
    "canvas": Preprocessing(line_height_px=32, canvas_width_px=420, border_px=4, background="median"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", ["small-cnn", "small-crnn-windowed"])
def test_windows_beyond_the_field_change_nothing_in_any_layout(name, layout):
    reader, lines = talkative(name, LAYOUTS[layout])
    whole = {reading.line.id: reading.hypothesis for batch in reader.read(lines) for reading in batch}
    assert len(set("".join(whole.values()))) > 3, "many classes are output"
    windows = WindowReader(reader, layout_of(reader.spec), None)
    sure = sure_width_px(layout_of(reader.spec).geometry)
    for width in (sure, sure + 37):
        read = {one.line.id: one.hypothesis for _, batch in windows.read(lines, width) for one in batch}
        assert read == whole


def test_windows_are_read_alike_in_any_batch_and_with_little_memory(monkeypatch):
    reader, lines = talkative("small-crnn", LAYOUTS["plain"])

    def texts(reader):
        windows = WindowReader(reader, layout_of(reader.spec), None)
        return [one.hypothesis for _, batch in windows.read(lines, 80) for one in batch]

    together = texts(reader)
    short = Reader(ShortMemory(reader.network, reading=3), reader.spec, CPU)
    assert texts(short) == together
    assert short.parts > 1
    with pytest.raises(MemoryError, match="is full"):
        texts(Reader(ShortMemory(reader.network, reading=0), reader.spec, CPU))
    monkeypatch.setitem(evaluate._BATCH_PIXELS, "cpu", 1)
    assert texts(reader) == together


def test_only_allowed_characters_are_output():
    reader, lines = talkative("small-cnn", LAYOUTS["plain"])
    allowed = reader.spec.alphabet[:3]
    read = [one.hypothesis for _, batch in WindowReader(reader, layout_of(reader.spec), allowed).read(lines, 60)
            for one in batch]  # fmt: skip
    assert set("".join(read)) <= set(allowed)
    assert any(read)


def test_progress_is_told_up_to_all_that_is_read(runs):
    told = [each for each in runs["small-cnn"].read(30, None) if isinstance(each, UnitProgress)]
    assert told[0].done_px == 0
    assert [each.done_px for each in told] == sorted(each.done_px for each in told)
    assert told[-1].done_px == told[-1].total_px


def test_cancel_keeps_the_widths_that_were_complete(runs):
    control, seen = Control(), []
    for each in runs["small-cnn"].read(40, 80, 160, control=control):
        seen.append(each)
        if isinstance(each, WidthRead):
            control.request("cancel")
    assert [each.width_px for each in seen if isinstance(each, WidthRead)] == [40]
    assert isinstance(seen[-1], UnitProgress)


def test_weights_that_are_missing_changed_or_damaged(runs, tmp_path):
    run = runs["small-cnn"]
    with pytest.raises(RunError, match="No such file"):
        list(run.read(None, weights_path="best-b.safetensors"))
    with pytest.raises(RunError, match="not the one that was written"):
        list(run.read(None, weights_sha256="0" * 64))
    (tmp_path / "torn.safetensors").write_bytes((run.folder / "last.safetensors").read_bytes()[:900])
    torn = run.probed(weights_path="torn.safetensors", weights_sha256=sha256_of(tmp_path / "torn.safetensors"))
    with pytest.raises(RunError, match="cannot be used"):
        load_network(run.spec, tmp_path, torn, CPU)
    other = run.spec.model_copy(update={"architecture": architecture_spec("small-crnn")})
    with pytest.raises(RunError, match="cannot be used"):
        load_network(other, run.folder, run.probed(), CPU)


def test_lines_that_the_data_set_no_longer_has(runs):
    run = runs["small-cnn"]
    unit = ContextUnit(probed=run.probed(), line_ids=("gone",), widths_px=(None,))
    with pytest.raises(RunError, match="'gone' of a is missing"):
        list(probe_context(unit, run.spec, {"a": run.source}, run.folder, Control(), device="cpu"))


# Similarity


def similarity(left, right, control=None):
    unit = SimilarityUnit(
        left=left.probed(), right=right.probed(), line_ids=left.source.ids, clusters=left.target.test_clusters
    )
    specs = left.spec, right.spec
    runs = left.folder.parent
    return list(probe_similarity(unit, specs, {"a": left.source}, runs, control or Control(), device="cpu"))


def test_an_encoder_is_like_itself_and_less_like_another(runs):
    cnn, crnn = runs["small-cnn"], runs["small-crnn"]
    same = similarity(cnn, cnn)[-1]
    assert isinstance(same, SimilarityRead)
    assert same.cka == pytest.approx(1.0, abs=1e-9)
    other = similarity(cnn, crnn)[-1]
    assert 0.05 < other.cka < 0.999
    assert other.cka == pytest.approx(similarity(crnn, cnn)[-1].cka, rel=1e-9)
    lines = load_lines(cnn.source, cnn.spec, cnn.target, cnn.source.ids, for_training=False)
    assert other.frames == sum(line.size.ctc_frames for line in lines)
    assert (other.left_features, other.right_features) == (96, 96)
    assert [name for name, _ in other.without] == ["w0", "w1", "w2"]


def test_features_are_what_the_head_gets(runs):
    run = runs["small-cnn"]
    network = build(run.spec.architecture, len(run.spec.alphabet) + 1)
    network.load_state_dict(load_file(run.folder / "last.safetensors"))
    images = torch.rand(1, 1, 32, 128)
    with torch.inference_mode():
        network.eval()
        assert torch.equal(network.head(network.features(images, [30]), [30]), network(images, [30]).logits)


def test_networks_with_other_frames_cannot_be_compared(runs, tmp_path):
    cnn = runs["small-cnn"]
    other = Run.__new__(Run)
    other.source, other.target = cnn.source, cnn.target
    other.spec = cnn.spec.model_copy(update={"architecture": architecture_spec("cnn")})
    other.folder = cnn.folder.parent / other.spec.id
    other.folder.mkdir(exist_ok=True)
    from workbench.training.checkpoint import save_weights, snapshot

    network = build(other.spec.architecture, len(other.spec.alphabet) + 1)
    save_weights(other.folder, "last.safetensors", snapshot(network))
    with pytest.raises(RunError, match="frames of 4 and of 8 px"):
        similarity(cnn, other)


def test_a_cancelled_comparison_tells_nothing(runs):
    control = Control()
    control.request("cancel")
    cnn = runs["small-cnn"]
    assert not any(isinstance(each, SimilarityRead) for each in similarity(cnn, cnn, control))
