"""A probing process: `python -m workbench.execution.probe_child`, started by :mod:`workbench.execution.probing` alone.

The first line of its input is a job, each further one a unit of work, or `cancel`; it tells what comes of them as JSON
lines. When its input ends, it ends: nothing is measured that nobody will keep.
"""

import argparse
import faulthandler
import os
import signal
import sys
import threading
from contextlib import suppress
from importlib import import_module
from queue import SimpleQueue

from workbench.execution.probing import ProbeJob, unit_told
from workbench.runs.control import Control
from workbench.runs.probes import UNIT
from workbench.runs.workspace import Workspace


def main() -> int:
    """Measure what comes; return 0 whatever became of it, as that is told."""
    parser = argparse.ArgumentParser(prog="python -m workbench.execution.probe_child")
    parser.add_argument("--niceness", type=int, default=0, help="how far it stands back behind other programs")
    arguments = parser.parse_args()
    told = os.dup(1)
    os.dup2(2, 1)  # what libraries print goes where errors go
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):
        os.nice(arguments.niceness)
    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):
        return 0
    job = ProbeJob.model_validate_json(line)
    if job.visible_gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = job.visible_gpu
    import_module(job.prober)
    control = Control()
    units: SimpleQueue[bytes | None] = SimpleQueue()
    threading.Thread(target=_listen, args=(units, control), name="commands", daemon=True).start()
    while (unit := units.get()) is not None:
        from_driver = UNIT.validate_json(unit)
        for event in unit_told(from_driver, Workspace(job.root), control, device=job.device, prober=job.prober):
            with suppress(OSError):
                _write_all(told, event.model_dump_json().encode() + b"\n")
    return 0


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _listen(units: SimpleQueue[bytes | None], control: Control) -> None:
    for line in sys.stdin.buffer:
        if line.strip() == b"cancel":
            control.request("cancel")
        elif line.strip():
            units.put(line)
    control.request("cancel")
    units.put(None)


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # without the interpreter's own end: unloading torch takes time
