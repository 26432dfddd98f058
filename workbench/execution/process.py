"""A training process as its driver sees it: started, given one job, told commands, heard, waited for."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from pydantic import ValidationError

from workbench.runs.events import RunEvent, RunFailed, RunFinished, RunInterrupted, from_json, step_of
from workbench.settings import is_plain
from workbench.study.schema import FrozenModel

_KEEP_BYTES = str(16 * 2**30)
_PROGRAM = Path(__file__).resolve().parents[2]
"""Folder in which the package lies."""
_LOG_TAIL_LINES = 30
_LOG_TAIL_BYTES = 20_000

Inbox = SimpleQueue["tuple[ChildProcess, RunEvent | None]"]
"""What all children say, in the order in which it was heard; None when a child has ended."""


class Job(FrozenModel):
    """First line of a child's input: the run that it trains. The spec lies in the run's folder."""

    workspace: str
    run: str
    device: str
    visible_gpu: str | None
    """Number of the only GPU that the child sees, None for all."""
    checkpoint_after_s: float
    trainer: str
    """`package.module:function`."""


def child_environment(threads: int) -> dict[str, str]:
    """Environment of a training process.

    Its threads are those of the study, whatever the machine has; the C library keeps freed pages for the next batch
    instead of giving them back (measured: 1.3 to 2.2 times the speed, the same bits). Not where the address space is
    limited (`ulimit -v`): there pages that are kept count as used, and nothing else than a batch could have them.

    The program is found where it lies, also when it is started without having been installed: with `-P` the folder in
    which the user happens to be is no place for modules, so that a `torch.py` in it is never run. Nor is it as an empty
    entry of `PYTHONPATH`, which stands for it.
    """
    places = [str(_PROGRAM), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    keeps = not is_plain("allocator") and not _is_address_space_limited()
    keep = {"MALLOC_MMAP_THRESHOLD_": _KEEP_BYTES, "MALLOC_TRIM_THRESHOLD_": _KEEP_BYTES} if keeps else {}
    return os.environ | {
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": os.pathsep.join(places),
        **keep,
    }


def _is_address_space_limited() -> bool:
    try:
        import resource
    except ImportError:  # not on every system
        return False
    return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY


class ChildProcess:
    """One child process. It loads torch at once and waits for its job; it trains one run and ends.

    Its session is its own, so that Ctrl-C in a terminal reaches the driver alone. It notices when the driver is
    gone by the end of its input.
    """

    def __init__(self, inbox: Inbox, *, threads: int, niceness: int, trainer: str) -> None:
        self.run = ""
        self.step = 0
        self.has_begun = False
        """Whether any event of the run was heard."""
        self.is_over = False
        """Whether the run's last event was heard."""
        self._inbox = inbox
        self._log: Path | None = None
        self._log_start = 0
        self._startup_log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        module = trainer.partition(":")[0]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "workbench.execution.child", "--niceness", str(niceness), "--load", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._startup_log,
            bufsize=0,
            env=child_environment(threads),
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name=f"child {self._process.pid}", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def give(self, job: Job, log: Path) -> None:
        """Let it train a run; `log` is the file into which it will print."""
        self.run = job.run
        self._log = log
        self._log_start = log.stat().st_size if log.is_file() else 0
        self.tell(job.model_dump_json())

    def tell(self, command: str) -> None:
        """Write a line to its input; one that has ended does not hear it."""
        with suppress(OSError, ValueError):
            _input(self._process).write(command.encode() + b"\n")

    def hear(self, event: RunEvent) -> None:
        """Note an event of its run."""
        self.has_begun = True
        self.step = step_of(event) or self.step
        self.is_over = isinstance(event, RunFinished | RunFailed | RunInterrupted)

    def wait(self, timeout_s: float) -> None:
        """Wait until it has ended, kill it when it takes longer, and give back all that it held."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout, self._startup_log):
            with suppress(OSError):
                if stream is not None:
                    stream.close()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def end_input(self) -> None:
        """Close its input: without a job it ends, with one it writes a checkpoint and ends."""
        with suppress(OSError):
            _input(self._process).close()

    def death(self) -> RunFailed:
        """Event of a run whose process ended without a word; before :meth:`wait` gave back its log."""
        code = self._process.wait()
        hint = "Run the study again to go on from the last checkpoint."
        if code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
            reason = f"The training process was ended by {name}"
            if name == "SIGKILL":
                hint += " If nobody ended it, memory was probably used up: use fewer processes or a smaller batch."
        else:
            reason = f"The training process ended with exit code {code} before its run was over"
        return RunFailed(run=self.run, step=self.step, kind="died", reason=reason, hint=hint, log_tail=self.log_tail())

    def log_tail(self) -> str:
        """Return the last lines that it printed."""
        content = b""
        with suppress(OSError, ValueError):
            self._startup_log.seek(0)
            content = self._startup_log.read()
        with suppress(OSError):
            if self._log is not None:
                with self._log.open("rb") as file:
                    file.seek(max(self._log_start, self._log.stat().st_size - _LOG_TAIL_BYTES))
                    content += file.read()
        lines = content[-_LOG_TAIL_BYTES:].decode(errors="replace").splitlines()
        return "\n".join(lines[-_LOG_TAIL_LINES:])

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with suppress(ValidationError):  # half a line: the process was killed while it wrote
                self._inbox.put((self, from_json(line)))
        self._inbox.put((self, None))


def _input(process: "subprocess.Popen[bytes]") -> IO[bytes]:
    assert process.stdin is not None
    return process.stdin
