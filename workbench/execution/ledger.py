"""What a session told its driver, kept so that it can be recorded when the driver is gone before it did so."""

import logging

from workbench import files
from workbench.errors import DiskFullError
from workbench.runs.events import LogReader, RunEvent, from_json, to_json
from workbench.runs.record import record
from workbench.runs.store import RunStore

logger = logging.getLogger(__name__)

MOST_LINES = 2000
"""Lines after which those are forgotten that the driver has recorded: a long run tells millions."""


class Ledger:
    """The events of one sitting of a run, as JSON lines.

    A driver appends each event to the run's log before it takes the next one. How many of ours are there is thus
    told by the log's length: what comes after them was lost with the driver.
    """

    def __init__(self, store: RunStore, run: str) -> None:
        self._store = store
        self._run = run
        self._lines: list[str] = []
        self._begin: int | None = None
        """Where, in the log, the first line that is kept here stands or will stand."""

    def add(self, event: RunEvent) -> str:
        """Note an event before the driver gets it; return it as the line that was noted."""
        if self._begin is None:
            # Only now: before its first event, a session waits for whoever else still writes this log.
            self._begin = self._intact_bytes()
        elif len(self._lines) >= MOST_LINES and len(self._lines) % MOST_LINES == 0:
            self._forget_recorded()
        line = to_json(event)
        self._lines.append(line)
        return line

    def record_rest(self) -> None:
        """Append to the run's log what the driver did not; nobody else may write there.

        Where the disk is full the run stands where its log says.
        """
        self._forget_recorded()
        try:
            for _ in record(map(from_json, self._lines), self._store):
                pass
        except DiskFullError as error:
            logger.info("%s", error)

    def _intact_bytes(self) -> int:
        try:
            with files.open_plain(self._store.events_file(self._run)) as file:
                reader = LogReader(file)
                for _ in reader:
                    pass
                return reader.intact_bytes
        except OSError:
            return 0

    def _forget_recorded(self) -> None:
        begin = self._begin or 0
        try:
            with files.open_plain(self._store.events_file(self._run)) as file:
                file.seek(begin)
                whole = [line for line in file if line.endswith(b"\n")]
        except OSError:
            return  # as if nothing were recorded
        del self._lines[: len(whole)]
        self._begin = begin + sum(map(len, whole))
