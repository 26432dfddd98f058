"""Short real trainings for the tests: driven to their end, or stopped and taken up again."""

from workbench.files import sha256_of
from workbench.runs.control import Control
from workbench.runs.events import CheckpointSaved, RunContinued, RunInterrupted, RunPaused, RunResumed
from workbench.runs.predictions import read_predictions
from workbench.training.loop import train

SMALL = ("small-cnn", "small-crnn")
ABOUT_THE_SITTING = (CheckpointSaved, RunInterrupted, RunResumed, RunPaused, RunContinued)


def drive(spec, caches, folder, *, control=None, **options):
    """All events of a sitting."""
    return list(train(spec, caches, folder, control or Control(), device="cpu", **options))


def drive_until(spec, caches, folder, stop, command="cancel", **options):
    """Events of a sitting in which a command is given at the first event for which `stop` holds."""
    control, events = Control(), []
    for event in train(spec, caches, folder, control, device="cpu", **options):
        events.append(event)
        if stop(event):
            control.request(command)
    return events


def last_checkpoint(events):
    return [event for event in events if isinstance(event, CheckpointSaved)][-1]


def content(events):
    """What happened, whatever the sittings: equal for a resumed and for an uninterrupted run."""
    return [event for event in events if not isinstance(event, ABOUT_THE_SITTING)]


def result_files(folder):
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("checkpoint"))
    return {name: sha256_of(folder / name) for name in names}


def predicted(folder, split="test", selection="last"):
    return [p for p in read_predictions(folder / "predictions.csv") if (p.split, p.selection) == (split, selection)]
