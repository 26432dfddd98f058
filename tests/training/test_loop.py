import math
import threading

import pytest

from tests.training.runs import (
    SMALL,
    content,
    drive,
    drive_until,
    last_checkpoint,
    predicted,
    result_files,
)
from tests.training.short_memory import hold_at_most
from tests.training.strokes import lines_of, spec_of, target_of
from workbench.errors import DivergedError, InputError, RunError
from workbench.files import sha256_of
from workbench.models.registry import architecture_spec
from workbench.runs.control import Control
from workbench.runs.events import (
    BatchParted,
    CheckpointSaved,
    Evaluated,
    RunEvent,
    RunFinished,
    RunInterrupted,
    RunPaused,
    RunResumed,
    RunStarted,
    SampleRead,
    StepLogged,
    Validated,
    WeightsSaved,
)
from workbench.runs.history import fold
from workbench.study.schema import Preprocessing
from workbench.training import updates
from workbench.training.loop import SAMPLE_LINES, train
from workbench.training.pace import Stopwatch


def of(events, *kinds):
    return [event for event in events if isinstance(event, kinds)]


def two_targets(architecture="small-cnn", steps=12, **training):
    """A joint run on two small targets: 11 lines, 3 batches an epoch, the last one smaller."""
    ar, ur = lines_of("ar", 12), lines_of("ur", 11, letters="پچٹڈڑںےگ")
    targets = [target_of("ar", ar, 6, 3, 3), target_of("ur", ur, 5, 3, 3, language="ur")]
    options = {"log_every_steps": 1, "augmentation": "light", "auxiliary_loss_weight": 0.3} | training
    return spec_of(targets, [ar, ur], architecture, steps=steps, **options), {"ar": ar, "ur": ur}


# What a run tells


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    spec, caches = two_targets(steps=12, log_every_steps=5)
    folder = tmp_path_factory.mktemp("told")
    return spec, folder, drive(spec, caches, folder)


def test_a_run_begins_and_ends_as_agreed(told):
    spec, folder, events = told
    first, last = events[0], events[-1]
    assert isinstance(first, RunStarted)
    assert (first.steps, first.steps_per_epoch, first.targets, first.frame_px) == (12, 3, ("ar", "ur"), 4)
    assert (first.device, first.threads) == ("cpu", 1)
    assert first.exposures_per_step == (("ar", 1 / 3), ("ur", 1 / 3))
    assert isinstance(last, RunFinished)
    assert last.steps == 12
    assert last.predictions_sha256 == sha256_of(folder / "predictions.csv")
    assert all(event.run == spec.id for event in events)
    assert fold(spec.id, events).state in ("finished", "collapsed")


def test_losses_are_logged_at_their_steps_and_at_the_last(told):
    _, _, events = told
    logged = of(events, StepLogged)
    assert [(event.step, event.epoch) for event in logged] == [(5, 2), (10, 4), (12, 4)]
    assert all(math.isfinite(event.loss) and event.gradient_norm > 0 and event.learning_rate > 0 for event in logged)
    assert logged[0].pace.seconds > 0
    assert logged[0].pace.lines_per_second > 0
    assert logged[0].pace.memory_mb > 0


def test_validation_comes_at_its_steps_for_each_target_with_fixed_samples(told):
    spec, _, events = told
    validated = of(events, Validated)
    assert [(event.step, event.target) for event in validated] == [
        (step, target) for step in (4, 8, 12) for target in ("ar", "ur")
    ]
    assert all(event.lines == 3 and event.length > 0 for event in validated)
    samples = of(events, SampleRead)
    assert len(samples) == SAMPLE_LINES * len(validated)
    assert [event.line_id for event in samples[:SAMPLE_LINES]] == list(spec.targets[0].validation_ids[:SAMPLE_LINES])
    assert {event.line_id for event in samples} == {
        line for target in spec.targets for line in target.validation_ids[:SAMPLE_LINES]
    }


def test_both_selections_of_both_splits_of_every_target_are_evaluated_once(told):
    _, _, events = told
    evaluated = of(events, Evaluated)
    keys = [(event.target, event.split, event.selection) for event in evaluated]
    assert keys == [
        (target, split, selection)
        for target in ("ar", "ur")
        for split in ("validation", "test")
        for selection in ("last", "best")
    ]
    for event in evaluated:
        assert sum(cluster[1] for cluster in event.clusters) == (event.lines if event.split == "test" else 0)
        if event.split == "test":
            assert sum(cluster[2] for cluster in event.clusters) == event.edits
    assert not any(isinstance(event, Evaluated) for event in events[: events.index(of(events, WeightsSaved)[-1])])


def test_best_is_the_first_step_with_the_fewest_validation_edits(told):
    _, folder, events = told
    for target in ("ar", "ur"):
        curve = [(event.edits, event.step) for event in of(events, Validated) if event.target == target]
        saved = next(e for e in of(events, WeightsSaved) if (e.selection, e.target) == ("best", target))
        assert saved.step == min(curve)[1]
        assert sha256_of(folder / saved.path) == saved.sha256
        best = next(
            e for e in of(events, Evaluated) if (e.target, e.split, e.selection) == (target, "validation", "best")
        )
        assert (best.edits, best.step) == min(curve)


def test_predictions_hold_every_line_of_every_evaluation(told):
    spec, folder, events = told
    for target in spec.targets:
        for split, ids in (("validation", target.validation_ids), ("test", target.test_ids)):
            for selection in ("last", "best"):
                rows = [p for p in predicted(folder, split, selection) if p.target == target.name]
                assert tuple(row.line_id for row in rows) == ids
                total = next(
                    e
                    for e in of(events, Evaluated)
                    if (e.target, e.split, e.selection) == (target.name, split, selection)
                )
                assert sum(row.edits for row in rows) == total.edits
                assert sum(row.length for row in rows) == total.length


# Learning


@pytest.mark.parametrize("architecture", SMALL)
@pytest.mark.parametrize("order", ["ltr_runs", "logical_mirrored"])
def test_four_lines_are_memorised(architecture, order, tmp_path):
    source = lines_of("m", 4, letters="ابجدهوز12")
    ids = source.ids
    target = target_of("m", source, 4, 0, 0).model_copy(
        update={"validation_ids": ids, "test_ids": ids, "test_clusters": ("w",) * 4}
    )
    spec = spec_of(
        [target], [source], architecture, steps=110, reading_order=order, auxiliary_loss_weight=0.3, log_every_steps=55
    )
    events = drive(spec, {"m": source}, tmp_path)
    assert all(event.edits == 0 for event in of(events, Evaluated) if event.selection == "last")
    assert fold(spec.id, events).state == "finished"
    rows = predicted(tmp_path)
    assert all(row.hypothesis == row.reference == source.texts[row.line_id] for row in rows)
    for row in rows:  # wherever the text begins in the network, frames count from the left of the line image
        letters = [
            frame for frame, character in zip(row.char_frames, row.hypothesis, strict=True) if character not in "12"
        ]
        assert letters == sorted(letters, reverse=True)


def test_a_run_that_learns_nothing_is_called_collapsed(tmp_path):
    source = lines_of("m", 8)
    target = target_of("m", source, 4, 1, 3)
    spec = spec_of([target], [source], steps=2, learning_rate=1e-6)
    assert fold(spec.id, drive(spec, {"m": source}, tmp_path)).state == "collapsed"


@pytest.mark.parametrize("architecture", SMALL)
def test_same_seed_same_curve_and_same_bytes(architecture, tmp_path):
    spec, caches = two_targets(architecture, steps=6)
    first, second = (drive(spec, caches, tmp_path / name) for name in "ab")
    assert content(first) == content(second)
    assert result_files(tmp_path / "a") == result_files(tmp_path / "b")
    other = drive(spec.model_copy(update={"seed": 2}), caches, tmp_path / "c")
    assert [e.loss for e in of(other, StepLogged)] != [e.loss for e in of(first, StepLogged)]


def test_published_settings_train_at_a_small_size(tmp_path):
    """Canvas, median background, augmentation, bfloat16, three spaces of padding: nothing special-cased."""
    preprocessing = Preprocessing(
        line_height_px=48, scaling="never_enlarge", canvas_width_px=384, border_px=4, background="median"
    )
    spec, caches = two_targets(
        steps=3,
        augmentation="published",
        precision="bfloat16",
        reading_order="reversed",
        schedule="milestones",
        loss="batch_sum",
        gradient_clip_norm=0.0,
        pad_transcription=True,
        preprocessing=preprocessing,
    )
    sizes = {"stage_channels": [8, 12, 16], "stage_blocks": [1, 1, 1], "lstm_hidden": 8, "stem_channels": 8}
    published = architecture_spec("both")
    small = published.model_copy(update={"sizes": published.sizes | sizes})
    events = drive(spec.model_copy(update={"architecture": small}), caches, tmp_path)
    assert isinstance(events[-1], RunFinished)
    assert of(events, RunStarted)[0].frame_px == 8
    assert all(not row.reference.startswith(" ") for row in predicted(tmp_path))


def test_batches_of_one_line(tmp_path):
    source = lines_of("m", 6)
    target = target_of("m", source, 3, 1, 2)
    spec = spec_of([target], [source], "small-crnn", steps=4, batch_lines=1)
    assert isinstance(drive(spec, {"m": source}, tmp_path)[-1], RunFinished)


def test_without_validation_lines_last_counts_as_best(tmp_path):
    source = lines_of("m", 6)
    target = target_of("m", source, 4, 0, 2)
    events = drive(spec_of([target], [source], steps=3), {"m": source}, tmp_path)
    assert not of(events, Validated, SampleRead)
    assert [(e.split, e.selection, e.step) for e in of(events, Evaluated)] == [("test", "last", 3), ("test", "best", 3)]
    last, best = of(events, WeightsSaved)
    assert last.sha256 == best.sha256


def test_decoding_can_be_limited_to_the_characters_of_the_target(tmp_path):
    spec, caches = two_targets(steps=4, decoding="target_characters")
    allowed = {"ar": tuple(" ابت"), "ur": ("پ",)}
    targets = tuple(t.model_copy(update={"allowed_characters": allowed[t.name]}) for t in spec.targets)
    drive(spec.model_copy(update={"targets": targets}), caches, tmp_path)
    for row in predicted(tmp_path):
        assert set(row.hypothesis) <= set(allowed[row.target])


# Going on


STOPS = {
    "mid epoch": lambda e: isinstance(e, StepLogged) and e.step == 2,
    "end of an epoch": lambda e: isinstance(e, StepLogged) and e.step == 6,
    "before validation": lambda e: isinstance(e, StepLogged) and e.step == 8,
    "between two targets": lambda e: isinstance(e, SampleRead) and (e.step, e.target) == (8, "ar"),
    "last step": lambda e: isinstance(e, StepLogged) and e.step == 9,
    "before evaluation": lambda e: isinstance(e, CheckpointSaved),
    "during evaluation": lambda e: isinstance(e, Evaluated),
}


@pytest.fixture(scope="module", params=SMALL)
def uninterrupted(request, tmp_path_factory):
    spec, caches = two_targets(request.param, steps=9)
    spec = spec.model_copy(update={"validate_every_steps": 4})
    folder = tmp_path_factory.mktemp("whole")
    return spec, caches, content(drive(spec, caches, folder)), result_files(folder)


@pytest.mark.parametrize("stop", sorted(STOPS))
def test_a_cancelled_run_goes_on_as_if_it_had_not_been(uninterrupted, stop, tmp_path):
    spec, caches, events, files = uninterrupted
    before = drive_until(spec, caches, tmp_path, STOPS[stop])
    assert isinstance(before[-1], RunInterrupted)
    assert before[-1].reason == "cancelled"
    saved = last_checkpoint(before)
    after = drive(spec, caches, tmp_path, resume_from=saved)
    assert isinstance(after[0], RunResumed)
    assert after[0].step == saved.step
    assert not of(after, RunStarted)
    kept = [e for e in content(before) if not isinstance(e, Evaluated | WeightsSaved)]
    assert kept + content(after) == events
    assert result_files(tmp_path) == files


def test_a_killed_run_goes_on_from_its_last_checkpoint(uninterrupted, tmp_path):
    spec, caches, events, files = uninterrupted
    generator = train(spec, caches, tmp_path, Control(), device="cpu", checkpoint_after_s=0.0)
    before = []
    for event in generator:
        before.append(event)
        if isinstance(event, StepLogged) and event.step == 8:
            break
    generator.close()
    saved = last_checkpoint(before)
    assert saved.step == 7
    after = drive(spec, caches, tmp_path, resume_from=saved)
    assert fold(spec.id, [*before, *after]).losses == fold(spec.id, events).losses
    assert fold(spec.id, [*before, *after]).evaluations == fold(spec.id, events).evaluations
    assert result_files(tmp_path) == files


def test_a_run_can_be_stopped_again_and_again(uninterrupted, tmp_path):
    spec, caches, events, files = uninterrupted
    told, saved = [], None
    for step in (1, 4, 5):
        sitting = drive_until(
            spec, caches, tmp_path, lambda e, at=step: isinstance(e, StepLogged) and e.step == at, resume_from=saved
        )
        saved = last_checkpoint(sitting)
        told += content(sitting)
    told += content(drive(spec, caches, tmp_path, resume_from=saved))
    assert told == events
    assert result_files(tmp_path) == files


def test_checkpoints_come_at_ends_of_epochs(tmp_path):
    spec, caches = two_targets(steps=7)
    events = drive(spec, caches, tmp_path, checkpoint_after_s=0.01)
    steps = [event.step for event in of(events, CheckpointSaved)]
    assert {3, 6, 7} <= set(steps)
    assert len(of(drive(spec, caches, tmp_path / "b"), CheckpointSaved)) == 1


def test_stop_after_epoch_ends_the_epoch_first(tmp_path):
    spec, caches = two_targets(steps=9)
    events = drive_until(
        spec, caches, tmp_path, lambda e: isinstance(e, StepLogged) and e.step == 4, "stop_after_epoch"
    )
    assert isinstance(events[-1], RunInterrupted)
    assert (events[-1].step, events[-1].reason) == (6, "stopped_after_epoch")
    assert last_checkpoint(events).step == 6


def test_a_run_cancelled_before_its_first_step_can_be_resumed(tmp_path):
    spec, caches = two_targets(steps=3)
    control = Control()
    control.request("cancel")
    events = drive(spec, caches, tmp_path, control=control)
    assert [type(event) for event in events] == [RunStarted, CheckpointSaved, RunInterrupted]
    assert isinstance(drive(spec, caches, tmp_path, resume_from=last_checkpoint(events))[-1], RunFinished)


def paused(spec, caches, folder, then):
    """Pause after the first step; a second thread gives the next command once the run stands still."""
    control, events = Control(), []
    for event in train(spec, caches, folder, control, device="cpu"):
        events.append(event)
        if isinstance(event, StepLogged) and event.step == 1:
            control.request("pause")
        if isinstance(event, RunPaused):
            timer = threading.Timer(0.2, control.request, [then])
            timer.start()
    timer.join()
    return events


def test_a_paused_run_keeps_a_checkpoint_and_goes_on(tmp_path, monkeypatch):
    spec, caches = two_targets(steps=3)
    clock = []
    for name in ("stop", "start"):
        real = getattr(Stopwatch, name)
        monkeypatch.setattr(Stopwatch, name, lambda watch, n=name, r=real: (clock.append(n), r(watch)))
    events = paused(spec, caches, tmp_path, "go")
    kinds = [event.type for event in events][:5]
    assert kinds == ["run_started", "step_logged", "checkpoint_saved", "run_paused", "run_continued"]
    assert content(events) == content(drive(spec, caches, tmp_path / "b"))
    assert clock == ["stop", "start"]  # the pause does not count


def test_a_paused_run_can_be_cancelled(tmp_path):
    spec, caches = two_targets(steps=3)
    events = paused(spec, caches, tmp_path, "cancel")
    assert [event.type for event in events][2:] == ["checkpoint_saved", "run_paused", "run_interrupted"]


# An early end


@pytest.mark.parametrize(("patience", "last"), [(1, 4), (2, 6), (3, 8), (5, 12), (9, 13)])
def test_a_run_that_no_longer_improves_ends_where_the_study_says_so(patience, last, tmp_path):
    """A network that learns nothing is at its best when it is first read with, at step 2."""
    spec, caches = two_targets(steps=13, learning_rate=1e-9, stop_after_validations=patience)
    spec = spec.model_copy(update={"validate_every_steps": 2})
    events = drive(spec, caches, tmp_path)
    assert isinstance(events[-1], RunFinished)
    assert events[-1].steps == last
    assert fold(spec.id, events).is_stopped_early == (last < 13)
    assert [e.step for e in of(events, Validated)][-2:] == [last, last]
    assert {(e.selection, e.step) for e in of(events, WeightsSaved)} == {("last", last), ("best", 2)}
    assert not of(events[: events.index(of(events, WeightsSaved)[0])], Evaluated), "the test part is read afterwards"


def test_one_target_that_improves_keeps_the_run_going(tmp_path):
    source = lines_of("m", 6, letters="ابج", words=1)
    learns = target_of("m", source, 6, 0, 0).model_copy(update={"validation_ids": source.ids})
    other = lines_of("x", 3, letters="پچٹ", words=1)
    never = target_of("x", other, 1, 2, 0)
    spec = spec_of([learns, never], [source, other], steps=40, log_every_steps=10, stop_after_validations=2)
    spec = spec.model_copy(update={"validate_every_steps": 5})
    events = drive(spec, {"m": source, "x": other}, tmp_path)
    history = fold(spec.id, events)
    improved = [
        min(step for step, cer in history.curve(name) if cer == min(c for _, c in history.curve(name)))
        for name in ("m", "x")
    ]
    assert history.step == min(max(improved) + 10, 40)
    assert max(improved) > min(improved)


def test_without_validation_lines_nothing_ends_early(tmp_path):
    source = lines_of("m", 6)
    spec = spec_of([target_of("m", source, 4, 0, 2)], [source], steps=4, stop_after_validations=1)
    assert of(drive(spec, {"m": source}, tmp_path), RunFinished)[0].steps == 4


# Faults


def until_divergence(spec, caches, folder, **options):
    """Events of a run that diverges, and the error that ends it."""
    events: list[RunEvent] = []
    with pytest.raises(DivergedError) as caught:
        events.extend(train(spec, caches, folder, Control(), device="cpu", **options))
    return events, caught.value


def spoil_step(monkeypatch, step, factor):
    """Multiply the loss of one step."""
    real, calls = updates.batch_loss, []

    def spoilt(*arguments):
        calls.append(1)
        return real(*arguments) * (factor if len(calls) == step else 1)

    monkeypatch.setattr(updates, "batch_loss", spoilt)


@pytest.mark.parametrize("factor", [math.nan, math.inf, 1e4])
def test_a_diverging_run_stops_before_it_spoils_its_weights(factor, tmp_path, monkeypatch):
    spec, caches = two_targets(steps=9)
    spoil_step(monkeypatch, 5, factor)
    events, error = until_divergence(spec, caches, tmp_path, checkpoint_after_s=1000)
    assert error.what == "Training diverged at step 5"
    assert "learning_rate = 0.0003" in error.hint
    assert any(line in error.why for source in caches.values() for line in source.ids)
    monkeypatch.undo()
    saved = last_checkpoint(events)
    assert saved.step == 4, "the last good state lies on the disk, whenever the last checkpoint was due"
    assert events[-1] == saved
    rest = drive(spec, caches, tmp_path, resume_from=saved)
    assert content(events) + content(rest) == content(drive(spec, caches, tmp_path / "b")), "as if it had not been"


def test_a_run_that_diverges_at_once_leaves_what_it_began_with(tmp_path, monkeypatch):
    spec, caches = two_targets(steps=9)
    spoil_step(monkeypatch, 1, math.nan)
    events, _ = until_divergence(spec, caches, tmp_path)
    assert [type(event) for event in events] == [RunStarted, CheckpointSaved]


@pytest.mark.parametrize(("rate", "schedule"), [(1e3, "constant"), (1e9, "constant"), (1e9, "one_cycle")])
def test_a_learning_rate_that_is_too_high_is_told(rate, schedule, tmp_path):
    spec, caches = two_targets(steps=60, learning_rate=rate, gradient_clip_norm=0.0, schedule=schedule)
    events, _ = until_divergence(spec, caches, tmp_path)
    assert last_checkpoint(events).step < 5
    assert all(math.isfinite(event.loss) for event in of(events, StepLogged))


def test_weights_beyond_all_numbers_are_neither_saved_nor_read_with(tmp_path, monkeypatch):
    """Whatever made them so: the loss before it was fine, and the loss after it is never asked for."""
    spec, caches = two_targets(steps=6)
    real = updates.Updates.make

    def breaks(maker, step):
        update = real(maker, step)
        if step == 4:
            next(iter(maker.optimiser.param_groups[0]["params"])).data.view(-1)[0] = -math.inf
        return update

    monkeypatch.setattr(updates.Updates, "make", breaks)
    spec = spec.model_copy(update={"validate_every_steps": 4})
    events, error = until_divergence(spec, caches, tmp_path, checkpoint_after_s=0.0)
    assert str(error).startswith("Training diverged at step 4: its weights are no longer finite")
    assert of(events, StepLogged)[-1].step == 4
    assert not of(events, Validated)
    assert last_checkpoint(events).step == 3


def test_short_memory_is_told_once_and_the_run_ends(tmp_path, monkeypatch):
    spec, caches = two_targets(steps=6)
    hold_at_most(monkeypatch, training=1)
    events = drive(spec, caches, tmp_path)
    (parted,) = of(events, BatchParted)
    assert (parted.step, parted.work, parted.parts, parted.lines) == (1, "training", 4, 1)
    assert isinstance(events[-1], RunFinished)
    assert fold(spec.id, events).batch_parts == 4
    assert [e.step for e in of(events, StepLogged)] == list(range(1, 7)), "with as many steps as ever"


@pytest.mark.parametrize("limits", [{"training": 0}, {"reading": 0}])
def test_memory_for_less_than_a_line_is_an_error(limits, tmp_path, monkeypatch):
    spec, caches = two_targets(steps=3)
    hold_at_most(monkeypatch, **limits)
    with pytest.raises(MemoryError, match="is full"):
        drive(spec, caches, tmp_path)


def test_lines_that_do_not_fit_are_refused_before_the_first_step(tmp_path):
    source = lines_of("m", 4)
    source.texts["m-000"] = "ا" * 90
    target = target_of("m", source, 2, 1, 1)
    with pytest.raises(RunError, match="1 of 2 training lines do not fit"):
        drive(spec_of([target], [source]), {"m": source}, tmp_path)


def test_a_damaged_checkpoint_is_refused(tmp_path):
    spec, caches = two_targets(steps=3)
    events = drive_until(spec, caches, tmp_path, lambda e: isinstance(e, StepLogged))
    saved = last_checkpoint(events)
    (tmp_path / saved.path).write_bytes(b"")
    with pytest.raises(RunError, match="cannot be used"):
        drive(spec, caches, tmp_path, resume_from=saved)


def test_an_unknown_device_is_refused(tmp_path):
    spec, caches = two_targets(steps=3)
    with pytest.raises(InputError, match="Unknown device"):
        list(train(spec, caches, tmp_path, Control(), device="tpu"))
