"""What should be said about a run beside its numbers, in sentences: for the window and the command line alike."""

from workbench.runs.events import BatchParted
from workbench.runs.history import BLANK_SHARE, RunHistory
from workbench.study.schema import Training


def remarks(history: RunHistory) -> tuple[str, ...]:
    """Return warnings and notes about a run, empty where there is nothing to say."""
    latest = {parted.work: parted for parted in history.parted}
    said = (blank_warning(history), *map(short_memory, latest.values()), early_end(history))
    return tuple(filter(None, said))


def blank_warning(history: RunHistory) -> str:
    """Say that a run which should read by now still outputs next to nothing; empty where it does not."""
    blank = history.blank_targets
    if not blank or history.state in ("finished", "collapsed"):
        return ""
    return (
        f"Still blank at step {history.step:,} of {history.steps:,}: {BLANK_SHARE:.0%} or more of the validation "
        f"lines of {', '.join(blank)} come out empty. Most networks begin like that; if it stays so, train longer, or "
        "try another learning rate or more lines."
    )


def short_memory(parted: BatchParted) -> str:
    """Say what is done differently where the memory was short, and what that changes."""
    when = f"The memory was short at step {parted.step:,}: "
    if parted.work == "reading":
        return f"{when}lines are read in smaller batches, with the same result."
    return (
        f"{when}since then batches are computed in {parted.parts} parts of at most {parted.lines} "
        f"{'line' if parted.lines == 1 else 'lines'}. The effective batch is the same, but batch normalisation sees "
        "the parts: such a run is not quite like one with whole batches."
    )


def early_end(history: RunHistory) -> str:
    """Say that a run ended before all its steps were made; empty where it did not."""
    if not history.is_stopped_early:
        return ""
    return (
        f"Stopped early, after {history.step:,} of {history.steps:,} steps: no target's validation CER improved any "
        "more."
    )


def unequal_steps(training: Training) -> str:
    """Say what a study gives up that lets runs end early; empty where it does not."""
    number = training.stop_after_validations
    if number is None:
        return ""
    return (
        f"Runs end once no target's validation CER has improved for {number} "
        f"{'validation' if number == 1 else 'validations'}: the arms that are compared then make unequal steps."
    )
