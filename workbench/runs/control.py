"""What the user wants of a running job: a token that it looks at every batch."""

import threading
from typing import Literal

Command = Literal["go", "pause", "stop_after_epoch", "cancel"]

STOPPING: frozenset[Command] = frozenset({"stop_after_epoch", "cancel"})
"""No further run begins after these."""


class Control:
    """Pause, stop after the epoch, or cancel; safe to set from any thread.

    `pause` and `go` alternate; `stop_after_epoch` lets the current epoch of each running run end and starts no
    further run; `cancel` stops at the next batch. Both leave the runs interrupted, with a checkpoint.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._command: Command = "go"

    @property
    def command(self) -> Command:
        """Latest command."""
        return self._command

    @property
    def is_cancelled(self) -> bool:
        """Tell whether the job has to stop at once."""
        return self._command == "cancel"

    def request(self, command: Command) -> None:
        """Set the command and wake whoever waits; after `cancel` nothing else counts."""
        with self._condition:
            if self._command != "cancel":
                self._command = command
            self._condition.notify_all()

    def wait_while_paused(self, timeout_s: float | None = None) -> Command:
        """Block until the command is no longer `pause` (or the time is over) and return it."""
        with self._condition:
            self._condition.wait_for(lambda: self._command != "pause", timeout_s)
            return self._command

    def wait_for_change(self, known: Command, timeout_s: float | None = None) -> Command:
        """Block until the command differs from `known` (or the time is over) and return it."""
        with self._condition:
            self._condition.wait_for(lambda: self._command != known, timeout_s)
            return self._command
