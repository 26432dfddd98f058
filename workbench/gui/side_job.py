"""A short computation beside the window, for item models: a newer one overtakes.

Nothing of Qt is touched in its thread, so that it may outlive the model that asked for it; the model's own thread
looks whether it is over. Long work, and work that tells how far it is, belongs to :mod:`workbench.gui.workers`.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from workbench.runs.control import Control

LOOK_EVERY_MS = 8

Work = Callable[[Control], object]
"""Called in the thread; should look at the control token, and may return anything once that is cancelled."""


@dataclass(frozen=True, slots=True)
class _Started:
    number: int
    control: Control
    future: Future[object]


class SideJob(QObject):
    """Runs one computation at a time."""

    done = Signal(int, object)
    """Request number and result of the computation that was started last."""

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._started: _Started | None = None
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._looks = QTimer(self, interval=LOOK_EVERY_MS)
        self._looks.timeout.connect(self._look)
        self.request_number = 0
        """Counts the computations that were started here."""

    @property
    def is_running(self) -> bool:
        """Tell whether a result is on its way."""
        return self._started is not None

    def start(self, work: Work) -> int:
        """Compute something, in place of what is being computed; the result carries the returned number."""
        self.cancel()
        self.request_number += 1
        control = Control()
        self._started = _Started(self.request_number, control, self._pool.submit(work, control))
        self._looks.start()
        return self.request_number

    def cancel(self) -> None:
        """Want no result any more."""
        if self._started is not None:
            self._started.control.request("cancel")
            self._started.future.cancel()
        self._started = None
        self._looks.stop()

    @Slot()
    def _look(self) -> None:
        started = self._started
        if started is None or not started.future.done():
            return
        self._started = None
        self._looks.stop()
        self.done.emit(started.number, started.future.result())  # a fault is raised here, where all are told
