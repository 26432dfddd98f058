"""Stopped at any moment, a run goes on as if it had not been: the same events, the same bytes."""

import random

import numpy as np
import pytest
import torch

from tests.training.runs import SMALL, content, drive, last_checkpoint, result_files
from tests.training.short_memory import hold_at_most
from tests.training.strokes import lines_of, resized, spec_of, target_of
from workbench.runs.control import Control
from workbench.runs.events import BatchParted, RunFinished, RunInterrupted, StepLogged
from workbench.runs.history import fold
from workbench.study.schema import Preprocessing
from workbench.training.loop import train


class StopsAtLook(Control):
    """Cancels when the run looks at it for the n-th time: at each step, and at each batch that is read."""

    def __init__(self, looks):
        super().__init__()
        self.looks = looks

    @property
    def is_cancelled(self):
        self.looks -= 1
        if self.looks == 0:
            self.request("cancel")
        return super().is_cancelled


def joint(architecture="small-crnn", steps=7, **training):
    """Two targets, 3 batches an epoch, validation every third step: with everything that draws at random."""
    ar, ur = lines_of("ar", 11, words=1), lines_of("ur", 10, letters="پچٹڈڑںےگ", words=1)
    targets = [target_of("ar", ar, 6, 3, 2), target_of("ur", ur, 5, 3, 2, language="ur")]
    options = {"log_every_steps": 2, "augmentation": "light", "auxiliary_loss_weight": 0.3} | training
    spec = spec_of(targets, [ar, ur], architecture, steps=steps, **options)
    small = {"stage_channels": [8, 12], "stem_channels": 8, "lstm_hidden": 8, "lstm_layers": 2, "lstm_dropout": 0.2}
    spec = spec.model_copy(update={"architecture": resized(spec.architecture, **small), "validate_every_steps": 3})
    return spec, {"ar": ar, "ur": ur}


SETTINGS = {
    "cnn, one cycle": ("small-cnn", {}),
    "crnn, milestones": ("small-crnn", {"schedule": "milestones", "loss": "batch_sum", "augmentation": "published"}),
}


@pytest.fixture(scope="module", params=sorted(SETTINGS))
def uninterrupted(request, tmp_path_factory):
    architecture, training = SETTINGS[request.param]
    spec, caches = joint(architecture, **training)
    folder = tmp_path_factory.mktemp("whole")
    events = drive(spec, caches, folder)
    assert isinstance(events[-1], RunFinished)
    return spec, caches, events, result_files(folder)


def sittings(spec, caches, folder, looks):
    """Drive a run to its end in sittings, the n-th of which ends at its `looks(n)`-th look at the control."""
    told, saved, number = [], None, 0
    while True:
        number += 1
        events = drive(spec, caches, folder, control=StopsAtLook(looks(number)), resume_from=saved)
        told += events
        if isinstance(events[-1], RunFinished):
            return told, number
        assert isinstance(events[-1], RunInterrupted)
        saved = last_checkpoint(told)
        assert number < 100, "each sitting gets a little further"


def same(spec, told, events):
    """Whether the sittings tell what the uninterrupted run told; what was read twice counts once."""
    found, expected = fold(spec.id, told), fold(spec.id, events)
    parts = ("losses", "validations", "readings", "weights", "evaluations", "state", "step", "parted")
    return {name for name in parts if getattr(found, name) != getattr(expected, name)}


@pytest.mark.parametrize("look", [*range(1, 19), 22, 27])
def test_stopped_once_at_every_position(uninterrupted, look, tmp_path):
    """At each of the seven steps, between the targets of a validation, in the middle of one, in the evaluation."""
    spec, caches, events, files = uninterrupted
    told, number = sittings(spec, caches, tmp_path, lambda sitting: look if sitting == 1 else 10**6)
    assert number == 2
    assert same(spec, told, events) == set()
    assert result_files(tmp_path) == files


@pytest.mark.parametrize("seed", range(2))
def test_stopped_again_and_again_at_random(uninterrupted, seed, tmp_path):
    spec, caches, events, files = uninterrupted
    choose = random.Random(seed)
    told, number = sittings(spec, caches, tmp_path, lambda sitting: choose.randint(2, 6) + sitting // 8)
    assert number > 3
    assert same(spec, told, events) == set()
    assert result_files(tmp_path) == files
    assert [e for e in content(told) if isinstance(e, StepLogged)] == [e for e in events if isinstance(e, StepLogged)]


def test_killed_at_every_step(uninterrupted, tmp_path):
    """Without a word, and with a checkpoint before: what came after it is made once more, with the same bytes."""
    spec, caches, events, files = uninterrupted
    for step in range(1, spec.steps + 1):
        folder = tmp_path / str(step)
        told = []
        generator = train(spec, caches, folder, Control(), device="cpu", checkpoint_after_s=0.0)
        for event in generator:
            told.append(event)
            if getattr(event, "step", 0) >= step:
                break
        generator.close()
        saved = fold(spec.id, told).checkpoint
        told += drive(spec, caches, folder, resume_from=saved)
        assert same(spec, told, events) == set(), step
        assert result_files(folder) == files, step


# Early end


@pytest.fixture(scope="module")
def stopped_early(tmp_path_factory):
    """A run that cannot improve: its learning rate is next to nothing."""
    spec, caches = joint(steps=30, learning_rate=1e-9, schedule="constant", stop_after_validations=3)
    folder = tmp_path_factory.mktemp("early")
    return spec, caches, drive(spec, caches, folder), result_files(folder)


def test_an_early_end_is_resumed_as_it_is_reached(stopped_early, tmp_path):
    spec, caches, events, files = stopped_early
    assert isinstance(events[-1], RunFinished)
    assert events[-1].steps < spec.steps
    choose = random.Random(0)
    told, number = sittings(spec, caches, tmp_path, lambda sitting: choose.randint(3, 9) + sitting // 8)
    assert number > 3
    assert same(spec, told, events) == set()
    assert result_files(tmp_path) == files


# Parts


def test_parts_of_batches_stay_after_a_resume(tmp_path, monkeypatch):
    """Where the memory was short, the run goes on in parts, also on a machine that has more of it."""
    spec, caches = joint(preprocessing=Preprocessing(line_height_px=32, canvas_width_px=192))
    with monkeypatch.context() as patch:
        hold_at_most(patch, training=2, reading=2)
        events = drive(spec, caches, tmp_path / "whole")
        told = drive(spec, caches, tmp_path / "stopped", control=StopsAtLook(9))
    parted = [(e.work, e.step, e.lines) for e in events if isinstance(e, BatchParted)]
    assert parted == [("training", 1, 2), ("reading", 3, 2)]
    told += drive(spec, caches, tmp_path / "stopped", resume_from=last_checkpoint(told))
    assert same(spec, told, events) == set()
    assert result_files(tmp_path / "stopped") == result_files(tmp_path / "whole")
    assert fold(spec.id, told).batch_parts == 2
    drive(spec, caches, tmp_path / "enough")
    assert result_files(tmp_path / "enough") != result_files(tmp_path / "whole"), "normalisation saw other batches"


# Draws


def pollute(seed):
    """What a library or a plug-in may do to the random state that everybody shares."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    random.random(), np.random.rand(), torch.rand(3)


@pytest.mark.parametrize("architecture", SMALL)
def test_no_draw_depends_on_what_was_drawn_before(architecture, tmp_path):
    """Every draw is keyed: a run is the same whatever others do to the shared random state, before it or meanwhile."""
    spec, caches = joint(architecture, steps=4, augmentation="published")
    told = []
    for name in ("a", "b"):
        events = []
        pollute(name == "a")
        for number, event in enumerate(train(spec, caches, tmp_path / name, Control(), device="cpu")):
            events.append(event)
            pollute(number * 7 + (name == "a"))
        told.append(content(events))
    assert told[0] == told[1]
    assert result_files(tmp_path / "a") == result_files(tmp_path / "b")
