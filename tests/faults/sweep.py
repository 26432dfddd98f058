"""Every system call by which the program writes fails once, in each way, and is once the last one before a kill.

    python -m tests.faults.sweep [--jobs "exports; repair"] [--most 0]

Needs strace (6 or later). Each job of :mod:`tests.faults.writing_jobs` is done once under strace, which tells the calls
that write below its folder. Then it is done once for each of them: killed at it, failed by a full disk, failed by an
I/O error. By hand; `tests/faults/test_writing_jobs.py` is its twin for every system, within the process.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.faults.writing_jobs import JOBS, Outcome, Stage

ROOT = Path(__file__).resolve().parents[2]
FULL, BROKEN, KILL = "error=ENOSPC", "error=EIO", "signal=SIGKILL"
CALLS: dict[str, tuple[str, ...]] = {
    "openat": (KILL, FULL, BROKEN),  # those that make a file
    "mkdir": (KILL, FULL, BROKEN),
    "write": (KILL, FULL, BROKEN),
    "writev": (KILL, FULL, BROKEN),
    "pwrite64": (KILL, FULL, BROKEN),
    "ftruncate": (KILL, FULL, BROKEN),
    "fsync": (KILL, FULL, BROKEN),
    "fdatasync": (KILL, FULL, BROKEN),
    "rename": (KILL, FULL, BROKEN),
    "unlink": (KILL, BROKEN),
    "rmdir": (KILL, BROKEN),
    "chmod": (KILL, BROKEN),
}
"""System calls by which Python writes on Linux, and what is done to each."""


@dataclass(frozen=True, slots=True)
class Call:
    """One system call of a job: the `number`-th of its kind, from 1."""

    name: str
    number: int


def traced(stage: Stage, log: Path, inject: str = "") -> Outcome:
    """Do the job under strace, which attaches to its process before the job begins."""
    log.unlink(missing_ok=True)
    reader, writer = os.pipe()

    def wait_for_tracer() -> None:
        os.write(writer, str(os.getpid()).encode())
        while "TracerPid:\t0\n" in Path("/proc/self/status").read_text():
            time.sleep(0.001)

    def attach() -> None:
        pid = os.read(reader, 20).decode()
        command = ["strace", "-y", "-qq", "-p", pid, "-o", str(log), "-e", f"trace={','.join(CALLS)}"]
        subprocess.run([*command, *(["-e", f"inject={inject}"] if inject else [])], check=False, timeout=300)

    with ThreadPoolExecutor(1) as pool:
        attached = pool.submit(attach)
        outcome = stage.do(wait_for_tracer)
        attached.result()
    os.close(reader)
    os.close(writer)
    return outcome


_LINE = re.compile(r"^(\w+)\(")


def calls_of(stage: Stage, log: Path) -> list[Call]:
    """System calls of the undisturbed job that write below its folder, in order."""
    stage.lay_out()
    outcome = traced(stage, log)
    assert outcome.ending == "done", outcome
    counts: Counter[str] = Counter()
    found: list[Call] = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if match := _LINE.match(line):
            name = match[1]
            counts[name] += 1
            if str(stage.root) in line and (name != "openat" or "O_CREAT" in line):
                found.append(Call(name, counts[name]))
    return found


@dataclass
class Row:
    """What came of one job."""

    name: str
    calls: int = 0
    kills: int = 0
    full: int = 0
    broken: int = 0
    missed: int = 0
    faults: int = 0
    seconds: float = 0.0


def sweep(stage: Stage, log: Path, most: int) -> Iterator[tuple[Call, str, Outcome | None, list[str]]]:
    """Disturb the job at every call (or, with `most`, at that many of them, evenly spread) in each way."""
    calls = calls_of(stage, log)
    step = max(1, len(calls) // most) if most else 1
    for call in calls[::step]:
        for fault in CALLS[call.name]:
            stage.lay_out()
            outcome = traced(stage, log, f"{call.name}:{fault}:when={call.number}")
            text = log.read_text(encoding="utf-8", errors="replace")
            hit = outcome.ending == "killed" or any(
                "(INJECTED)" in line and str(stage.root) in line for line in text.splitlines()
            )
            if hit:
                found = stage.faults_after(outcome, leaves_halves=call.name in ("unlink", "rmdir"))
                yield call, fault, outcome, list(found)
            else:
                yield call, fault, None, []


def main() -> int:
    """Sweep, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", default="", help="names, separated by semicolons; all of them where it is left out")
    parser.add_argument("--most", type=int, default=0, help="calls of each job at most; 0: all")
    wanted = parser.parse_args()
    if shutil.which("strace") is None:
        print("strace is not there: nothing was done", file=sys.stderr)
        return 2
    os.environ["PYTHONPATH"] = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        for number, job in enumerate(JOBS.values()):
            if wanted.jobs and job.name not in [each.strip() for each in wanted.jobs.split(";")]:
                continue
            row, begin = Row(job.name), time.monotonic()
            stage = Stage(job, Path(name) / str(number))
            seen: set[Call] = set()
            for call, fault, outcome, faults in sweep(stage, Path(name) / "strace.txt", wanted.most):
                seen.add(call)
                row.missed += outcome is None
                row.kills += outcome is not None and fault == KILL
                row.full += outcome is not None and fault == FULL
                row.broken += outcome is not None and fault == BROKEN
                row.faults += bool(faults)
                for each in faults:
                    print(f"FAULT: {job.name}, {call.name} {call.number}, {fault}: {each}", flush=True)
            row.calls, row.seconds = len(seen), time.monotonic() - begin
            rows.append(row)
            print(row, flush=True)
    print(f"\n{'':32}{'calls':>7}{'kills':>7}{'full':>7}{'I/O':>7}{'missed':>8}{'faults':>8}{'minutes':>9}")
    for row in rows:
        print(f"{row.name:32}{row.calls:>7}{row.kills:>7}{row.full:>7}{row.broken:>7}", end="")
        print(f"{row.missed:>8}{row.faults:>8}{row.seconds / 60:>9.1f}")
    return 1 if any(row.faults for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
