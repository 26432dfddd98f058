"""Waiting for room on a full disk, as a pause of the run that is told and ends by itself."""

from collections.abc import Callable, Generator
from typing import TypeVar

from workbench.errors import DiskFullError
from workbench.runs.control import Control
from workbench.runs.events import RunContinued, RunPaused

LOOK_EVERY_S = 2.0
"""How often it is looked whether there is room again."""
TRIES, TRY_AGAIN_AFTER_S = 3, 0.2
"""How often a file is tried for which the disk has room, as it says itself, and which is refused all the same."""

Written = TypeVar("Written")


def when_there_is_room(
    run: str, step: int, control: Control, write: Callable[[], Written]
) -> Generator[RunPaused | RunContinued, None, Written]:
    """Write something that leaves nothing behind where it fails; while the disk is full, wait and try again.

    Returns
    -------
    object
        What `write` returns.

    Yields
    ------
    RunPaused or RunContinued
        Before and after the wait; nothing where there is room at once.

    Raises
    ------
    DiskFullError
        When the user no longer wants to wait (`cancel`), or waiting is of no use: the disk says that it has room.
    """
    is_waiting, refused = False, 0
    while True:
        try:
            written = write()
        except DiskFullError as error:
            is_odd = error.has_room() and not error.is_quota
            refused = refused + 1 if is_odd else 0
            if control.is_cancelled or refused == TRIES:
                raise
            if not is_waiting:
                is_waiting = True
                yield RunPaused(run=run, step=step, reason=f"{error.what}: {error.why}")
            _wait(error, control, TRY_AGAIN_AFTER_S if is_odd else LOOK_EVERY_S)
        else:
            break
    if is_waiting:
        yield RunContinued(run=run, step=step)
    return written


def _wait(error: DiskFullError, control: Control, every_s: float) -> None:
    """Wait until there is room, or the user no longer wants to."""
    while control.wait_for_change(control.command, every_s) != "cancel":
        if error.has_room():
            return
