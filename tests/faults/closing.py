"""The window is closed while a study trains, at random moments, with each answer to its question in turn.

    python -m tests.faults.closing --times 100 [--seed 0]

Windows open a workspace, train, and are closed, ten in a process one after the other, each with exit code 0: no abort,
no traceback, no word of Qt about threads that were destroyed, no process left over, and every run either finished or
resumable. What was begun goes on in the next window.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.execution.small_data import make_workspace
from workbench.gui.closing import CloseChoice
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
ANSWERS: tuple[CloseChoice, ...] = ("after_epoch", "now", "keep_open")
LIMIT_S = 180.0
"""For each window; other work may go on beside it."""
PER_PROCESS = 10
BAD_WORDS = ("Traceback", "QThread", "Destroyed while", "Aborted", "Segmentation", "QObject", "terminate called")

WINDOWS = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from tests.gui.conftest import ScriptedDrive
from tests.execution.small_data import small_study
from workbench.gui import app
from workbench.gui.main_window import MainWindow
from workbench.gui.workers import running_threads

root, wishes = Path(sys.argv[1]), sys.argv[2:]
drive = ScriptedDrive()
drive.in_children, drive.trainer = True, "strolls"
make_window = app.make_window

def made(*arguments, **options):
    window, stores = make_window(*arguments, **options)
    state = {"is_closing": False, "asked": 0}
    def follow():
        progress, study = stores.progress, stores.study
        if study.study.name != "small":
            study.set_study(small_study(budgets=["900 steps"]))
        elif not progress.is_running and not state["is_closing"] and study.startable_plan is not None:
            progress.start(study.startable_plan)
        is_over = progress.plan is not None and 0 < progress.runs_total == progress.runs_over
        if (progress.running_runs or is_over) and not state["is_closing"]:
            state["is_closing"] = True
            QTimer.singleShot(int(1000 * after_s), close)
    def ask():
        state["asked"] += 1
        return answer if state["asked"] == 1 else "now"  # who keeps the window open closes it again later
    def close():
        was_training = stores.progress.is_running
        window.close()
        if was_training:
            print("asked", answer, stores.progress.command, window.isVisible(), state["asked"], flush=True)
        if answer == "keep_open" and was_training and state["asked"] == 1:
            QTimer.singleShot(300, close)
    window.ask_to_close = ask
    timer = QTimer(window, interval=20)
    timer.timeout.connect(follow)
    window.first_painted.connect(timer.start)
    return window, stores

app.make_window = made
for wish in wishes:
    answer, after_s = wish.split(":")[0], float(wish.split(":")[1])
    code = app.run_window(root, drive=drive)
    print("closed", answer, code, len(running_threads()), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Closed:
    """How some closings went, one after the other in one process."""

    windows: int
    asked: int
    """Of them, while a study trained."""
    said: str
    faults: tuple[str, ...]


def close_windows(workspace: Workspace, wishes: Sequence[tuple[CloseChoice, float]]) -> Closed:
    """Open windows one after the other, train, close each so many seconds after a run began, and look."""
    begin, told = time.monotonic(), [f"{answer}:{seconds:.3f}" for answer, seconds in wishes]
    with subprocess.Popen(
        [
            sys.executable,
            "-X",
            "faulthandler",
            "-c",
            WINDOWS,
            str(workspace.root),
            *told,
        ],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as program:
        family: set[psutil.Process] = set()
        while program.poll() is None and time.monotonic() - begin < LIMIT_S * len(wishes):
            family |= set(_children(program.pid))
            time.sleep(0.1)
        faults = [] if program.poll() is not None else ["it does not end"]
        program.kill()
        said = program.communicate()[0]
    faults += [f"exit code {program.returncode}"] * bool(program.returncode)
    faults += [f"said '{word}'" for word in BAD_WORDS if word in said]
    expected = [f"closed {answer} 0 0" for answer, _ in wishes]
    faults += ["not every window was closed with code 0"] * (re.findall("^closed .*", said, re.M) != expected)
    asked = re.findall("^asked .*", said, re.M)
    went = [line for line in asked if re.fullmatch("asked keep_open [a-z_]+ False 1", line)]
    faults += ["a window that was to stay went"] * bool(went)
    _, orphans = psutil.wait_procs(list(family), timeout=10)
    faults += [f"{len(orphans)} processes left"] * bool(orphans)
    for orphan in orphans:
        orphan.kill()
    return Closed(len(wishes), len(asked), said, (*faults, *_torn(workspace)))


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def _torn(workspace: Workspace) -> list[str]:
    store = RunStore(workspace)
    found: list[str] = []
    for run in store.run_ids():
        if store.events(run).damaged_lines:
            found.append(f"the log of {run} is damaged")
        if store.state(run) not in ("planned", "interrupted", "finished", "collapsed"):
            found.append(f"{run} is {store.state(run)}")
        saved = store.history(run).checkpoint
        if store.state(run) == "interrupted" and saved is not None and store.resume_point(run) != saved:
            found.append(f"the checkpoint of {run} is lost")
    return found


def main() -> int:
    """Close windows, and print how it went."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    choose = random.Random(wanted.seed)
    wishes: list[tuple[CloseChoice, float]] = [
        (ANSWERS[number % len(ANSWERS)], choose.uniform(0.0, 2.5)) for number in range(wanted.times)
    ]
    done: list[Closed] = []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        os.environ["HTR_WORKBENCH_CACHE"] = os.environ["HTR_WORKBENCH_CONFIG"] = f"{name}/user"
        workspace = make_workspace(root)
        for first in range(0, wanted.times, PER_PROCESS):
            closed = close_windows(workspace, wishes[first : first + PER_PROCESS])
            done.append(closed)
            print(f"{first + closed.windows} closed: {'; '.join(closed.faults) or 'no fault'}", flush=True)
            if closed.faults:
                print(closed.said, flush=True)
            shutil.rmtree(workspace.runs)
    windows, asked = sum(closed.windows for closed in done), sum(closed.asked for closed in done)
    faults = sum(len(closed.faults) for closed in done)
    print(f"seed {wanted.seed}: {windows} windows closed, {asked} times asked in training, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
