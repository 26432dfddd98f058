"""The program's log while it runs: kept in memory for the log panel, and in a file for a report."""

import logging
import threading
from collections import deque
from logging.handlers import RotatingFileHandler

from workbench import settings

MAX_RECORDS = 5_000
LOG_BYTES = 1_000_000
FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


class LogCollector(logging.Handler):
    """Keeps the last records as text; safe from any thread, and cheap: the panel looks when it wants to."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(logging.Formatter(FORMAT, "%H:%M:%S"))
        self._lines: deque[tuple[int, str]] = deque(maxlen=MAX_RECORDS)
        self._guard = threading.Lock()
        self._count = 0

    @property
    def count(self) -> int:
        """Records so far, those that were dropped too: a number that only grows."""
        return self._count

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        line = self.format(record)
        with self._guard:
            self._lines.append((record.levelno, line))
            self._count += 1

    def newest(self, known: int) -> tuple[int, list[tuple[int, str]]]:
        """Return the count, and (level, line) of what came after the first `known` records, as far as it is kept."""
        with self._guard:
            fresh = min(self._count - known, len(self._lines))
            return self._count, list(self._lines)[len(self._lines) - fresh :] if fresh else []


def log_to_file() -> RotatingFileHandler | None:
    """Write the log to the user's cache folder as well; None where that folder cannot be written."""
    folder = settings.cache_folder() / "log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(folder / "htr-workbench.log", maxBytes=LOG_BYTES, backupCount=2, encoding="utf-8")
    except OSError:
        return None
    handler.setFormatter(logging.Formatter(FORMAT))
    return handler
