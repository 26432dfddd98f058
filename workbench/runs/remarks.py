"""What should be said about a run beside its numbers, in sentences: for the window and the command line alike."""

from collections.abc import Iterator

from workbench.runs.history import BLANK_SHARE, RunHistory


def remarks(history: RunHistory) -> tuple[str, ...]:
    """Return warnings and notes about a run, empty where there is nothing to say."""
    return (*blank_warning(history), *_parted(history), *_stopped(history))


def blank_warning(history: RunHistory) -> tuple[str, ...]:
    """Say that a run which should read by now still outputs next to nothing; empty where it does not."""
    blank = history.blank_targets
    if not blank or history.state in ("finished", "collapsed"):
        return ()
    return (
        f"Still blank at step {history.step:,} of {history.steps:,}: {BLANK_SHARE:.0%} or more of the validation "
        f"lines of {', '.join(blank)} come out empty. Most networks begin like that; if it stays so, train longer, or "
        "try another learning rate or more lines.",
    )


def _parted(history: RunHistory) -> Iterator[str]:
    latest = {parted.work: parted for parted in history.parted}
    if training := latest.get("training"):
        yield (
            f"The memory was short at step {training.step:,}: since then batches are computed in {training.parts} "
            f"parts of at most {training.lines} {'line' if training.lines == 1 else 'lines'}. The effective batch is "
            "the same, but batch normalisation sees the parts: such a run is not quite like one with whole batches."
        )
    if reading := latest.get("reading"):
        yield f"The memory was short at step {reading.step:,}: lines are read in smaller batches, with the same result."


def _stopped(history: RunHistory) -> Iterator[str]:
    if history.is_stopped_early:
        yield (
            f"Stopped early, after {history.step:,} of {history.steps:,} steps: no target's validation CER improved "
            "any more."
        )
