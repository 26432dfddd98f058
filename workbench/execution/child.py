"""A training process: `python -m workbench.execution.child`, started by :class:`LocalExecutor` and by nothing else.

It reads its job from the first line of its input and commands (`pause`, `go`, `stop_after_epoch`, `cancel`,
`detach`, `recorded`) from the lines after it, and tells events as JSON lines through a pipe of its own; whatever
libraries print goes to the run's `log.txt`.

Its input ends when its driver is gone, however that ended. Then, and on `detach`, it writes its checkpoint, appends
to the run's log those of its events that the driver did not record, and ends. While it still loads torch there is
nothing to write: then it ends at once, on `cancel` too.
"""

import argparse
import faulthandler
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from typing import Literal, cast

from workbench import files
from workbench.execution.ledger import Ledger
from workbench.execution.process import Job
from workbench.execution.session import run_session
from workbench.runs.control import Command, Control
from workbench.runs.events import RunEvent, RunFailed, RunFinished, RunInterrupted
from workbench.runs.spec import RunSpec
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

GIVE_UP_AFTER_S = 30.0
"""Without a driver nothing trains for longer, even if one batch takes so long that no checkpoint comes of it."""

logger = logging.getLogger(__name__)


class _Input:
    """What the driver writes, heard from the first moment on by a thread of its own."""

    def __init__(self) -> None:
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        self._has_begun = False
        self._guard = threading.Lock()
        threading.Thread(target=self._listen, name="input", daemon=True).start()

    def _listen(self) -> None:
        for line in sys.stdin.buffer:
            if line.strip() in (b"cancel", b"detach"):
                self._end_unless_begun()
            self._lines.put(line)
        self._end_unless_begun()
        self._lines.put(b"")

    def _end_unless_begun(self) -> None:
        with self._guard:
            if not self._has_begun:
                os._exit(0)

    def begin(self) -> None:
        """From now on there may be something to write before the end."""
        with self._guard:
            self._has_begun = True

    def next_line(self) -> bytes:
        """Wait for a line; half a line or an empty one is the last."""
        return self._lines.get()

    def rest(self) -> Iterator[bytes]:
        """Give the lines that come, until the input ends."""
        while line := self.next_line():
            yield line


class _Driver:
    """The other end: commands from it, events to it, and whether it is still there."""

    def __init__(self, heard: _Input, events: int, control: Control, ledger: Ledger) -> None:
        self._heard = heard
        self.ledger = ledger
        self._events = events
        self._control = control
        self._has_recorded = threading.Event()
        self._is_left_alone = threading.Event()
        self.reason: Literal["cancelled", "driver_gone", "killed"] = "cancelled"

    @property
    def is_gone(self) -> bool:
        """Tell whether nobody records what this process tells."""
        return self._is_left_alone.is_set()

    def listen(self) -> None:
        """Take commands until the input ends; runs in a thread of its own."""
        for line in self._heard.rest():
            command = line.decode().strip()
            if command == "recorded":
                self._has_recorded.set()
            elif command == "detach":
                self._leave_alone()
            elif command:
                self._control.request(cast("Command", command))
        self._leave_alone()

    def _leave_alone(self) -> None:
        if self._has_recorded.is_set() or self.is_gone:
            return
        self.reason = "driver_gone"
        self._is_left_alone.set()
        self._control.request("cancel")
        self._has_recorded.set()
        timer = threading.Timer(GIVE_UP_AFTER_S, os._exit, (1,))
        timer.daemon = True
        timer.start()

    def tell(self, event: RunEvent) -> None:
        """Send an event, and note it in the ledger in case that nobody is there to record it."""
        if isinstance(event, RunInterrupted) and event.reason == "cancelled":
            event = event.model_copy(update={"reason": self.reason})
        line = self.ledger.add(event)
        try:
            _write_all(self._events, line.encode() + b"\n")
        except OSError:
            self._leave_alone()

    def wait_until_recorded(self) -> None:
        """Wait until the driver has recorded the last event, or is gone."""
        self._has_recorded.wait()

    def end(self, _number: int, _frame: object) -> None:
        """Answer SIGTERM: checkpoint, then end."""
        self.reason = "killed"
        self._control.request("cancel")


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m workbench.execution.child", description="A training process.")
    parser.add_argument("--niceness", type=int, default=0, help="how far it stands back behind other programs")
    parser.add_argument("--load", default="", help="module to import before the job comes")
    return parser.parse_args()


def _private_pipe() -> int:
    """Take standard output for events alone; what is printed from now on goes where errors go."""
    events = os.dup(1)
    os.dup2(2, 1)
    return events


def _print_into(path: Path) -> None:
    with suppress(OSError):  # no room: then what is printed goes where it went until now
        files.make_folder(path.parent)
        log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)
    faulthandler.enable(file=2)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logger.info("process %d", os.getpid())


def _train(job: Job, store: RunStore, spec: RunSpec, driver: _Driver, control: Control) -> None:
    session = run_session(
        store,
        spec,
        control,
        device=job.device,
        trainer=job.trainer,
        checkpoint_after_s=job.checkpoint_after_s,
    )
    for event in session:
        driver.tell(event)
        if isinstance(event, RunFinished | RunFailed | RunInterrupted):
            # Here and not after the loop: the session keeps other processes from this run until its generator ends.
            driver.wait_until_recorded()
            if driver.is_gone:
                driver.ledger.record_rest()


def main() -> int:
    """Train one run; return 0 whatever became of it, as its events tell that."""
    arguments = _arguments()
    events = _private_pipe()
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):
        os.nice(arguments.niceness)
    heard = _Input()
    if arguments.load:
        import_module(arguments.load)
    line = heard.next_line()
    if not line.endswith(b"\n"):
        return 0
    job = Job.model_validate_json(line)
    if job.visible_gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = job.visible_gpu
    files.anchor(Path(job.workspace))  # a folder that is gone is not made anew from here
    store = RunStore(Workspace(Path(job.workspace)))
    _print_into(store.log_file(job.run))
    spec = store.spec(job.run)
    assert spec is not None, f"{store.spec_file(job.run)} is missing"
    heard.begin()
    control = Control()
    driver = _Driver(heard, events, control, Ledger(store, job.run))
    signal.signal(signal.SIGTERM, driver.end)
    threading.Thread(target=driver.listen, name="commands", daemon=True).start()
    _train(job, store, spec, driver, control)
    return 0


if __name__ == "__main__":
    code = main()
    with suppress(OSError):
        sys.stderr.flush()
    # Without the interpreter's own end: unloading torch takes time, and threads of libraries may crash in it.
    os._exit(code)
