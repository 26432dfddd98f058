"""Long work beside the window: a job is a generator, a thread iterates it, signals carry its values.

Receivers are bound `@Slot` methods of QObjects: only those run in the receiver's own thread. A lambda, a partial or
a method of a plain object would run in the worker's thread.
"""

from collections.abc import Callable, Iterable, Iterator
from time import monotonic
from weakref import WeakSet

from PySide6.QtCore import QObject, QThread, Signal, Slot
from shiboken6 import isValid

from workbench.runs.control import Control

Job = Callable[[Control], Iterable[object]]
"""Makes the generator; called in the worker's thread, so that its imports happen there as well."""

PROGRESS_INTERVAL_S = 0.1


class HoldsFile:
    """A value that keeps a file open: whoever gets it and does not want it lets go of it."""

    __slots__ = ()

    def close(self) -> None:
        """Let go of the file."""
        raise NotImplementedError


def seldom(values: Iterable[object], progress_type: type) -> Iterator[object]:
    """Let at most ten values of progress a second through, and everything else."""
    last = 0.0
    for value in values:
        if isinstance(value, progress_type):
            now = monotonic()
            if now - last < PROGRESS_INTERVAL_S:
                continue
            last = now
        yield value


class IterationWorker(QObject):
    """Iterates a job and tells what comes: any number of values, at most one failure, and always the end."""

    produced = Signal(object)
    failed = Signal(object)
    """The exception."""
    finished = Signal()
    """Always the last signal."""

    def __init__(self, job: Job, control: Control | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._job = job
        self.control = control or Control()

    def run(self) -> None:
        """Iterate to the end; called in the worker's thread."""
        try:
            for value in self._job(self.control):
                self.produced.emit(value)
        except Exception as error:  # noqa: BLE001 - whatever it is, the window has to learn of it
            self.failed.emit(error)
        finally:
            self.finished.emit()


class WorkerThread(QThread):
    """A thread that runs one worker and ends with it. It has no event loop, so it cannot idle on unnoticed."""

    def __init__(self, worker: IterationWorker, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._worker = worker
        LIVING_THREADS.add(self)

    def run(self) -> None:
        """Run the worker; called by Qt in the new thread."""
        self._worker.run()

    def ask_to_stop(self) -> None:
        """Ask the job to end at its next look at the control token."""
        self._worker.control.request("cancel")


LIVING_THREADS: WeakSet[WorkerThread] = WeakSet()
"""Every thread object that Python still knows."""


def running_threads() -> list[WorkerThread]:
    """Threads that still run; destroying one of them would abort the process."""
    return [thread for thread in list(LIVING_THREADS) if isValid(thread) and thread.isRunning()]


class JobLane(QObject):
    """Runs one job at a time for its owner; a newer one overtakes.

    The overtaken job is asked to stop, and nothing that it still says gets through.
    Signals come in the thread that the lane lives in, as those of :class:`IterationWorker`.
    """

    produced = Signal(object)
    failed = Signal(object)
    finished = Signal()
    """The last job that was started is over; nothing is running."""

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._thread: WorkerThread | None = None
        self._worker: IterationWorker | None = None
        self._next: tuple[Job, Control] | None = None
        self.request_number = 0
        """Counts the jobs that were started here; an answer belongs to the highest number."""

    @property
    def is_running(self) -> bool:
        """A job runs or waits for the one that it overtook."""
        return self._thread is not None

    def start(self, job: Job, control: Control | None = None) -> int:
        """Run a job as soon as the one before has stopped, and return its request number."""
        self.request_number += 1
        entry = (job, control or Control())
        if self._thread is None:
            self._begin(*entry)
        else:
            self._thread.ask_to_stop()
            self._next = entry
        return self.request_number

    def cancel(self) -> None:
        """Ask the running job to stop and forget the waiting one; `finished` still comes."""
        self._next = None
        if self._thread is not None:
            self._thread.ask_to_stop()

    def wait(self) -> None:
        """Cancel and block until the thread has ended; for the very end of the program."""
        self.cancel()
        if self._thread is not None:
            self._thread.wait()

    def _begin(self, job: Job, control: Control) -> None:
        worker = IterationWorker(job, control)
        worker.produced.connect(self._pass_value)
        worker.failed.connect(self._pass_failure)
        worker.finished.connect(self._end)
        self._worker = worker
        self._thread = WorkerThread(worker, self._name, self)
        self._thread.start()

    @Slot(object)
    def _pass_value(self, value: object) -> None:
        if self._next is None:
            self.produced.emit(value)
        elif isinstance(value, HoldsFile):
            value.close()

    @Slot(object)
    def _pass_failure(self, error: object) -> None:
        if self._next is None:
            self.failed.emit(error)

    @Slot()
    def _end(self) -> None:
        if self._thread is not None:
            self._thread.wait()
            self._thread.deleteLater()
        if self._worker is not None:
            self._worker.deleteLater()
        self._thread = self._worker = None
        if self._next is not None:
            entry, self._next = self._next, None
            self._begin(*entry)
        else:
            self.finished.emit()
