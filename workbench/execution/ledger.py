"""What a session told its driver, kept so that it can be recorded when the driver is gone before it did so."""

import logging

from workbench.errors import DiskFullError
from workbench.runs.events import RunEvent, from_json, to_json
from workbench.runs.record import record
from workbench.runs.store import RunStore

logger = logging.getLogger(__name__)


class Ledger:
    """The events of one sitting of a run, as JSON lines.

    A driver appends each event to the run's log before it takes the next one. How many of ours are there is thus
    told by the log's length: what comes after them was lost with the driver.
    """

    def __init__(self, store: RunStore, run: str) -> None:
        self._store = store
        self._run = run
        self._already = 0
        self._lines: list[str] = []

    def add(self, event: RunEvent) -> str:
        """Note an event before the driver gets it; return it as the line that was noted."""
        if not self._lines:
            # Only now: before its first event, a session waits for whoever else still writes this log.
            self._already = len(self._store.events(self._run).events)
        line = to_json(event)
        self._lines.append(line)
        return line

    def record_rest(self) -> None:
        """Append to the run's log what the driver did not; nobody else may write there.

        Where the disk is full the run stands where its log says.
        """
        recorded = max(len(self._store.events(self._run).events) - self._already, 0)
        try:
            for _ in record(map(from_json, self._lines[recorded:]), self._store):
                pass
        except DiskFullError as error:
            logger.info("%s", error)
