"""Reading with trained weights. The networks learn their lines first: an untrained one reads nothing everywhere."""

import pytest
import torch
from safetensors.torch import load_file

from tests.training.runs import SMALL, drive
from tests.training.short_memory import ShortMemory
from tests.training.strokes import MemoryLines, lines_of, spec_of, target_of
from workbench.models.registry import build
from workbench.study.schema import Placeholders, Preprocessing
from workbench.training import evaluate
from workbench.training.evaluate import Reader, Reading, evaluation_batches, in_order, predictions, summary
from workbench.training.lines import load_lines

CPU = torch.device("cpu")


def uneven():
    """Lines from one word to seven, so that batches are of very different widths."""
    longer = {f"long-{at}": " ".join(lines_of(f"l{at}", 3).texts.values()) for at in range(2)}
    shorter = {f"short-{at}": text.split()[0] for at, text in enumerate(lines_of("s", 3).texts.values())}
    return MemoryLines(lines_of("a", 3).texts | longer | shorter)


@pytest.fixture(scope="module", params=SMALL)
def trained(request, tmp_path_factory):
    """(reader, lines) of a network that has learnt its lines."""
    source = uneven()
    target = target_of("a", source, len(source.ids), 0, 0)
    spec = spec_of([target], [source], request.param, steps=130, auxiliary_loss_weight=0.3, log_every_steps=50)
    folder = tmp_path_factory.mktemp(request.param)
    drive(spec, {"a": source}, folder)
    network = build(spec.architecture, len(spec.alphabet) + 1)
    network.load_state_dict(load_file(folder / "last.safetensors"))
    return Reader(network, spec, CPU), list(load_lines(source, spec, target, target.train_ids, for_training=False))


def texts(reader, lines, **options):
    return {reading.line.id: reading.hypothesis for batch in reader.read(lines, **options) for reading in batch}


def test_same_text_in_any_batch(trained, monkeypatch):
    reader, lines = trained
    together = texts(reader, lines)
    assert sum(together[line.id] == line.reference for line in lines) >= 0.9 * len(lines)
    alone = {line_id: text for line in lines for line_id, text in texts(reader, [line]).items()}
    assert alone == together
    monkeypatch.setitem(evaluate._BATCH_PIXELS, "cpu", 1)
    assert texts(reader, lines[::-1]) == together


def test_same_text_where_the_memory_is_short(trained):
    """In smaller batches from then on; each line is read once, and all of them are."""
    reader, lines = trained
    many = [line for line in lines for _ in range(3)]  # lines of one width share a batch
    together = texts(reader, many)
    short = Reader(ShortMemory(reader.network, reading=2), reader.spec, CPU)
    batches = list(short.read(many))
    assert max(map(len, batches)) == 2
    assert short.parts > 1
    read = [reading for batch in batches for reading in batch]
    assert sorted(reading.line.id for reading in read) == sorted(line.id for line in many)
    assert {reading.line.id: reading.hypothesis for reading in read} == together
    with pytest.raises(MemoryError, match="is full"):
        list(Reader(ShortMemory(reader.network, reading=0), reader.spec, CPU).read(lines))


def test_same_text_however_wide_the_batch_is(trained):
    reader, lines = trained
    widest = max(line.size.padded_width for line in lines)
    reader.network.eval()
    together = texts(reader, lines)
    for line in lines:
        images = torch.zeros(1, 1, 32, widest + 96)
        images[0, 0, : line.size.scaled_height, : line.size.scaled_width] = torch.tensor(line.pixels) / 255
        with torch.inference_mode():
            logits = reader.network(images, [line.size.ctc_frames]).logits
        (path,) = evaluate.decode(logits, [line.size.ctc_frames])
        text, _ = evaluate.to_text(path, evaluate.Alphabet(reader.spec.alphabet), reader.spec.training.reading_order)
        assert text == together[line.id]


def test_frames_point_at_their_characters(trained):
    reader, lines = trained
    line = next(line for line in lines if line.id.startswith("long"))
    ((reading,),) = reader.read([line])
    assert len(reading.frames) == len(reading.confidences) == len(reading.hypothesis)
    # Arabic is read from the right: the first character stands rightmost.
    assert list(reading.frames) == sorted(reading.frames, reverse=True)
    assert reading.frames[0] > 0.8 * line.size.ctc_frames > reading.frames[-1] > -1
    assert all(0 < confidence <= 1 for confidence in reading.confidences)


def test_restricted_reading_outputs_allowed_characters_only(trained):
    reader, lines = trained
    allowed = sorted(set(lines[0].reference))
    read = texts(reader, lines, allowed=allowed)
    assert read[lines[0].id] == texts(reader, lines)[lines[0].id]
    assert set("".join(read.values())) <= set(allowed)
    assert any(read.values())


def reading(line_id, reference, hypothesis, wildcards=""):
    source = MemoryLines({line_id: reference})
    target = target_of("a", source, 1, 0, 0)
    (line,) = load_lines(source, spec_of([target], [source]), target, [line_id], for_training=False)
    return Reading(line, hypothesis, tuple(range(len(hypothesis))), (0.5,) * len(hypothesis), wildcards)


def test_totals_are_sums_of_counts():
    source = lines_of("a", 4)
    target = target_of("a", source, 1, 0, 3).model_copy(update={"test_clusters": ("w2", "w1", "w2")})
    spec = spec_of([target], [source], alphabet=tuple(" ابج"))
    readings = [reading("x", "اب جا", "اب"), reading("y", "ابج", "ابج"), reading("z", "دا", "")]
    total = summary(readings, spec, target, "test", "best", 40)
    assert (total.lines, total.edits, total.length) == (3, 5, 10)
    assert (total.word_edits, total.words, total.empty_lines, total.unseen_characters) == (2, 4, 1, 1)
    assert total.clusters == (("w1", 1, 0, 3), ("w2", 2, 5, 7))
    assert (total.run, total.language, total.step, total.selection) == (spec.id, "ar", 40, "best")
    validation = summary(readings[:2], spec, target, "validation", "last", 40)
    assert validation.clusters == ()


def test_placeholders_are_scored_as_the_run_says():
    source = lines_of("a", 4)
    target = target_of("a", source, 1, 0, 2).model_copy(update={"test_clusters": ("w1", "w1")})
    kept = spec_of([target], [source], alphabet=tuple(" ابج"))
    wildcard = kept.model_copy(update={"placeholders": Placeholders(policy="wildcard")})
    totals = []
    for spec in (kept, wildcard):
        ignored = spec.placeholders.wildcards
        readings = [reading("x", "اب #", "اب جج", ignored), reading("y", "د@", "د", ignored)]
        total = summary(readings, spec, target, "test", "last", 40)
        rows = predictions(readings, "test", "last")
        assert (total.edits, total.length) == (sum(row.edits for row in rows), sum(row.length for row in rows))
        totals.append((total.edits, total.length, total.word_edits, total.words, total.unseen_characters))
    assert totals == [(3, 6, 2, 3, 3), (0, 4, 0, 2, 1)]


def test_the_reader_hands_on_what_is_not_scored(trained):
    reader, lines = trained
    spec = reader.spec.model_copy(update={"placeholders": Placeholders(policy="wildcard", characters="#")})
    (found,) = next(Reader(reader.network, spec, reader.device).read(lines[:1]))
    assert found.wildcards == "#"


def test_predictions_carry_what_later_views_need():
    (row,) = predictions([reading("x", "اب", "اج")], "test", "last")
    assert (row.line_id, row.target, row.split, row.selection) == ("x", "a", "test", "last")
    assert (row.reference, row.hypothesis, row.edits, row.length) == ("اب", "اج", 1, 2)
    assert (row.char_frames, row.char_confidences) == ((0, 1), (0.5, 0.5))


def test_batches_hold_lines_of_one_width_within_the_limit():
    source = uneven()
    target = target_of("a", source, len(source.ids), 0, 0)
    spec = spec_of([target], [source])
    lines = list(load_lines(source, spec, target, target.train_ids, for_training=False))
    batches = list(evaluation_batches(lines, 32, 32 * 500))
    assert sorted(line.id for batch in batches for line in batch) == sorted(source.ids)
    for batch in batches:
        assert len({line.size.padded_width for line in batch}) == 1
        assert len(batch) == 1 or len(batch) * 32 * batch[0].size.padded_width <= 32 * 500
    widths = [batch[0].size.padded_width for batch in batches]
    assert widths == sorted(widths, reverse=True)
    assert [r.line.id for r in in_order([reading("b", "ا", ""), reading("a", "ا", "")], ["a", "b"])] == ["a", "b"]


def test_a_canvas_gives_one_width():
    source = uneven()
    target = target_of("a", source, len(source.ids), 0, 0)
    spec = spec_of([target], [source], preprocessing=Preprocessing(line_height_px=32, canvas_width_px=512))
    lines = list(load_lines(source, spec, target, target.train_ids, for_training=False))
    assert len(list(evaluation_batches(lines, 32, 2**20))) == 1
