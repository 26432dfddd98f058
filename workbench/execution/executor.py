"""The protocol that every executor keeps."""

from collections.abc import Iterator
from typing import Protocol

from workbench.execution.queue import Queue
from workbench.runs.control import Control
from workbench.runs.events import RunEvent
from workbench.runs.plan import Plan


class Executor(Protocol):
    """Runs what a plan asks for that is not finished yet."""

    def run(self, plan: Plan, control: Control, queue: Queue | None = None) -> Iterator[RunEvent]:
        """Yield the events of all runs, in the order in which they happened; end when all are over.

        Runs begin in the order of the queue, which may change meanwhile; without one, in that of the plan.
        One run's failure is a `RunFailed` event, never an exception: the other runs go on.
        """
        ...
