"""The window is closed while a study trains, at random moments, with each answer to its question in turn; or killed.

    python -m tests.faults.closing [--times 100] [--kills 50] [--seed 0]

Windows open a workspace, train, and are closed, ten in a process one after the other, each with exit code 0: no abort,
no traceback, no word of Qt about threads that were destroyed, no process left over, and every run either finished or
resumable. What was begun goes on in the next window. When one is killed, its training processes have to be gone within
five seconds; the next one goes on, and in the end everything has the bytes that it has without kills.
"""

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.execution.scripted import HERE
from tests.execution.small_data import make_workspace, small_study
from tests.faults.soak import digests, train
from workbench.execution.studies import prepare
from workbench.gui.closing import CloseChoice
from workbench.runs.control import Control
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
ANSWERS: tuple[CloseChoice, ...] = ("after_epoch", "now", "keep_open")
LIMIT_S = 180.0
"""For each window; other work may go on beside it."""
PER_PROCESS = 10
GONE_WITHIN_S = 5.0
BAD_WORDS = ("Traceback", "QThread", "Destroyed while", "Aborted", "Segmentation", "QObject", "terminate called")

WINDOWS = """
import os, signal, sys
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
        if answer == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
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


def _windows(workspace: Workspace, wishes: Sequence[tuple[str, float]]) -> "subprocess.Popen[str]":
    """Start a process that opens windows one after the other, trains, and closes each so long after a run began."""
    told = [f"{answer}:{seconds:.3f}" for answer, seconds in wishes]
    return subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-c", WINDOWS, str(workspace.root), *told],
        cwd=ROOT, env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def kill_window(workspace: Workspace, after_s: float) -> list[str]:
    """Open a window, train, kill it so many seconds after a run began; return what is wrong then."""
    begin = time.monotonic()
    with _windows(workspace, [("killed", after_s)]) as program:
        family: set[psutil.Process] = set()
        while program.poll() is None and time.monotonic() - begin < LIMIT_S:
            family |= set(_children(program.pid))
            time.sleep(0.02)
        program.kill()
        _, orphans = psutil.wait_procs(list(family), timeout=GONE_WITHIN_S)
        said = program.communicate()[0]
    faults = [f"{len(orphans)} processes left"] * bool(orphans)
    faults += [f"it ended with {program.returncode}: {said}"] * (program.returncode != -signal.SIGKILL)
    return [*faults, *_torn(workspace)]


def kill_windows(workspace: Workspace, choose: random.Random, times: int) -> int:
    """Kill windows, each of which goes on with what the one before had begun; end the study; return the faults."""
    plan = list(prepare(workspace, small_study(budgets=["900 steps"]), Control()))[-1]
    assert isinstance(plan, Plan)
    quiet = Workspace(workspace.root.with_name("undisturbed"))
    shutil.copytree(workspace.root, quiet.root)
    train(quiet, plan, f"{HERE}:train")
    faults = ended = 0
    for number in range(times):
        found = kill_window(workspace, choose.uniform(0.0, 2.5))
        if all(RunStore(workspace).is_finished(run) for run in plan.run_ids):
            found += ["other bytes than without kills"] * (digests(workspace, plan) != digests(quiet, plan))
            ended += 1
            shutil.rmtree(workspace.runs)
        print(f"{number + 1} killed: {'; '.join(found) or 'no fault'}", flush=True)
        faults += len(found)
    train(workspace, plan, f"{HERE}:train")
    faults += digests(workspace, plan) != digests(quiet, plan)
    print(f"{times} windows killed, {ended + 1} studies ended, {faults} faults", flush=True)
    return faults


def close_windows(workspace: Workspace, wishes: Sequence[tuple[CloseChoice, float]]) -> Closed:
    """Open windows one after the other, train, close each so many seconds after a run began, and look."""
    begin = time.monotonic()
    with _windows(workspace, wishes) as program:
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
    parser.add_argument("--kills", type=int, default=50)
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
        killed = kill_windows(workspace, choose, wanted.kills) if wanted.kills else 0
    windows, asked = sum(closed.windows for closed in done), sum(closed.asked for closed in done)
    faults = sum(len(closed.faults) for closed in done)
    print(f"seed {wanted.seed}: {windows} windows closed, {asked} times asked in training, {faults} faults")
    return 1 if faults + killed else 0


if __name__ == "__main__":
    sys.exit(main())
