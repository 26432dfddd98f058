"""Faults of what is around the program, many of them: two that want one workspace, first starts that are killed, disks
that give back other bytes than they were given, a user who presses Ctrl-C, settings with anything in them.

    python -m tests.faults.environment [--races 100] [--starts 60] [--damages 200] [--signals 50] [--settings 50]
                                       [--seed 0]

By hand. Only processes that this program started are killed, in a folder of its own.
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
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from tests.execution.child_processes import training_processes
from tests.execution.small_data import make_workspace
from tests.faults.soak import ROOT, Soak, check_runs, digests, train
from tests.faults.soak import planned as plan_small
from tests.faults.writing_jobs import Job, Stage, lay_out_trained, make_index, mend, planned, trained, write_down
from workbench import settings
from workbench.analysis.exports.csv_files import export_study
from workbench.analysis.results.published import load_published
from workbench.data.catalog import load_catalog, open_dataset
from workbench.data.line_marks import read_marks
from workbench.data.review import load_review
from workbench.diagnosis.findings import Finding
from workbench.diagnosis.workspace_check import check_workspace
from workbench.errors import WorkbenchError
from workbench.execution.session import TRAINER
from workbench.runs.control import Control
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.toml_file import load_study, save_study

TAKE = """
import sys
from pathlib import Path
from workbench.errors import WorkspaceError
from workbench.runs.lock import WorkspaceLock
from workbench.runs.workspace import Workspace
print("ready", flush=True)
sys.stdin.readline()
try:
    with WorkspaceLock(Workspace(Path(sys.argv[1]))):
        print("writes", flush=True)
        sys.stdin.readline()
except WorkspaceError:
    print("reads", flush=True)
    sys.stdin.readline()
"""
"""Takes a workspace when it is told to, and holds it until it is told to end."""


START = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QTimer
from workbench.gui import app

begin, root = time.monotonic(), Path(sys.argv[1])
make_window = app.make_window

def made(*arguments, **options):
    window, stores = make_window(*arguments, **options)
    def look():
        if window.has_page("data") and stores.datasets.is_known and not stores.datasets.is_busy:
            print(f"shown after {time.monotonic() - begin:.2f} s", flush=True)
            window.close()
            timer.stop()
    timer = QTimer(window, interval=20)
    timer.timeout.connect(look)
    window.first_painted.connect(timer.start)
    return window, stores

app.make_window = made
sys.exit(app.run_window(root))
"""
"""Shows the window until its first page is there, and closes it."""


class Rival:
    """A process that wants a workspace."""

    def __init__(self, workspace: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", TAKE, str(workspace)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.answer() == "ready"

    def answer(self) -> str:
        """What it says next."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def go_on(self) -> None:
        """Let it do what comes next."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def end(self, *, kill: bool) -> None:
        """Let it end, or kill it while it holds the workspace."""
        if kill:
            self._process.kill()
        else:
            self.go_on()
        self._process.wait(30)
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()


def race(workspace: Path, *, kill: bool) -> list[str]:
    """Let two want a workspace at the same moment; return what they came to, sorted."""
    rivals = [Rival(workspace), Rival(workspace)]
    for rival in rivals:
        rival.go_on()
    answers = sorted(rival.answer() for rival in rivals)
    for rival in rivals:
        rival.end(kill=kill)
    return answers


def races(soak: Soak, folder: Path, times: int) -> int:
    """Exactly one of two writes, also where the ones before were killed while they held the workspace."""
    folder.mkdir()
    for number in range(times):
        answers = race(folder, kill=soak.choose.random() < 0.5)
        soak.check(answers == ["reads", "writes"], f"race {number}: {answers}")
    return times


def is_killed_start(workspace: Path, seconds: float) -> bool:
    """Begin a command in a new workspace and kill it; False where it had ended before."""
    command = [sys.executable, "-m", "workbench", "--workspace", str(workspace), "demo", "--headless"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        end = time.monotonic() + 60
        while not workspace.is_dir() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.001)
        time.sleep(seconds)
        is_alive = process.poll() is None
        process.kill()
    return is_alive


def first_starts(soak: Soak, folder: Path, times: int) -> int:
    """Kill the first command in the first 200 ms of its workspace; what is there is whole, and the next one works."""
    folder.mkdir()
    for number in range(times):
        workspace = Workspace(folder / f"{number}")
        if not is_killed_start(workspace.root, soak.choose.uniform(0, 0.2)):
            soak.check(False, f"start {number}: it had ended")
        ended = subprocess.run(
            [sys.executable, "-m", "workbench", "--workspace", str(workspace.root), "verify"],
            cwd=ROOT, capture_output=True, text=True,
        )  # fmt: skip
        listed = subprocess.run(
            [sys.executable, "-m", "workbench", "--workspace", str(workspace.root), "datasets", "list"],
            cwd=ROOT, capture_output=True, text=True,
        )  # fmt: skip
        for each in (ended, listed):
            soak.check(each.returncode == 0, f"start {number}: {each.stdout}{each.stderr}")
    return times


def damaged(content: bytes, soak: Soak) -> tuple[str, bytes]:
    """Return other bytes in place of those of a file, and what was done to them."""
    at = soak.choose.randrange(len(content))
    match soak.choose.choice(("bit", "cut", "zeros", "empty")):
        case "bit":
            return f"a bit of byte {at}", content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :]
        case "cut":
            return f"cut off at {at}", content[:at]
        case "zeros":
            return f"zeros from {at} on", content[:at] + bytes(min(4096, len(content) - at)) + content[at + 4096 :]
        case _:
            return "emptied", b""


def use_everything(root: Path) -> None:
    """Look at everything in a workspace, mend it, and use what it holds; a told error is an answer, too."""
    workspace = Workspace(root / "workspace")
    uses: list[Callable[[], object]] = [
        lambda: mend(root),
        lambda: [list(open_dataset(workspace, entry.name)) for entry in load_catalog(workspace)],
        lambda: list(export_study(*trained(root), root / "tables")),
        lambda: make_index(root),
        lambda: load_study(workspace.study_file("small")),
        lambda: load_review(workspace, "arabic"),
        lambda: read_marks(workspace.marks_file("arabic")),
        lambda: load_published(workspace.published_file("small")),
        settings.load,
    ]
    for use in uses:
        with suppress(WorkbenchError):
            use()


def tables(root: Path) -> dict[str, bytes]:
    """What was exported."""
    return {path.name: path.read_bytes() for path in sorted((root / "tables").glob("*.csv"))}


def lay_out_used(root: Path) -> None:
    """A trained study with everything that a person enters, and the index of its predictions."""
    lay_out_trained(root)
    write_down(root)
    save_study(planned(root).study, Workspace(root / "workspace").study_file("small"))
    make_index(root)


def damages(soak: Soak, folder: Path, times: int) -> int:
    """Nothing that is damaged ends the program, and no table is another one without a word."""
    stage = Stage(Job("use", lay_out_used, use_everything), folder / "stage")
    expected = tables(stage.root)
    soak.check(bool(expected), "there are no tables to compare")
    kept = [name for name in sorted(stage.before) if name.startswith(("workspace/", "user/")) and stage.before[name]]
    told = 0
    for number in range(times):
        name = soak.choose.choice(kept)
        stage.lay_out()
        how, content = damaged(stage.before[name], soak)
        (stage.root / name).write_bytes(content)
        where = f"damage {number}: {name}, {how}"
        found = findings_of(stage.root)
        told += bool(found)
        outcome = stage.do()
        soak.check(outcome.ending == "done", f"{where}: {outcome.words}")
        if content != stage.before[name] and not found:
            soak.check(tables(stage.root) == expected, f"{where}: other tables, and nothing was found")
    soak.note = f"{told} of them told by a check"
    return times


def signals(soak: Soak, folder: Path, times: int) -> int:
    """Ask the command line for its end at random moments; at once it is over, says so, and goes on the next time."""
    folder.mkdir()
    workspace = make_workspace(folder)
    plan = plan_small(workspace, budgets=["24 steps"])
    quiet = Workspace(folder / "undisturbed")
    shutil.copytree(workspace.root, quiet.root)
    train(quiet, plan, TRAINER)
    expected, store = digests(quiet, plan), RunStore(workspace)
    command = [sys.executable, "-m", "workbench", "run", str(workspace.study_file("small")), "-w", str(workspace.root),
               "--processes", "1"]  # fmt: skip
    done = studies = 0
    longest_s = 0.0
    while done < times:
        number = soak.choose.choice((signal.SIGINT, signal.SIGTERM))
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as program:
            with suppress(subprocess.TimeoutExpired):
                program.wait(soak.choose.uniform(0.1, 15.0))
            is_asked = program.poll() is None
            done += is_asked
            children = training_processes(program.pid) if is_asked else []
            begin = time.monotonic()
            if is_asked:
                program.send_signal(number)
            said = program.communicate(timeout=60)[1]
            longest_s = max(longest_s, time.monotonic() - begin if is_asked else 0.0)
            _, alive = psutil.wait_procs(children, timeout=0.5)
        codes = {signal.SIGINT: (130, -signal.SIGINT), signal.SIGTERM: (143, -signal.SIGTERM)}[number]
        where = f"signal {done} ({number.name})"
        soak.check(program.returncode in (*codes, 0) if is_asked else program.returncode == 0, f"{where}: {said}")
        soak.check("Traceback" not in said, f"{where}: {said}")
        soak.check(not alive, f"{where}: a training process lives on")
        check_runs(soak, store, plan, where)
        if all(store.is_finished(run) for run in plan.run_ids):
            soak.check(digests(workspace, plan) == expected, f"{where}: other bytes than undisturbed")
            studies += 1
            shutil.rmtree(workspace.runs)
    soak.note = f"{studies} studies ended; over after {longest_s:.1f} s at most"
    return done


def broken_settings(soak: Soak, folder: Path, times: int) -> int:
    """Whatever lies where settings and looks are kept, the window starts, and what was kept is kept."""
    folder.mkdir()
    workspace, kept = make_workspace(folder), folder / "config"
    environment = os.environ | {"HTR_WORKBENCH_CONFIG": str(kept), "QT_QPA_PLATFORM": "offscreen"}

    def start() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", START, str(workspace.root)],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    soak.check(start().returncode == 0, "the window does not start at all")
    good = {path.name: path.read_bytes() for path in sorted(kept.glob("*.*"))}
    slowest_s = 0.0
    for number in range(times):
        shutil.rmtree(kept)
        kept.mkdir()
        name = soak.choose.choice(sorted(good))
        how, content = damaged(good[name], soak)
        for each, before in good.items():
            (kept / each).write_bytes(content if each == name else before)
        ended = start()
        where = f"settings {number}: {name}, {how}"
        soak.check(ended.returncode == 0, f"{where}: {ended.stdout}{ended.stderr}")
        soak.check("Traceback" not in ended.stderr, f"{where}: {ended.stderr}")
        slowest_s = max(slowest_s, *(float(word) for word in re.findall(r"shown after ([\d.]+)", ended.stdout)), 0.0)
    soak.note = f"{', '.join(sorted(good))}; seen after {slowest_s:.1f} s at most"
    return times


def findings_of(root: Path) -> list[Finding]:
    """What a check says."""
    values = check_workspace(Workspace(root / "workspace"), Control())
    return [value for value in values if isinstance(value, Finding)]


def main() -> int:
    """Inject, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in (
        ("races", 100),
        ("starts", 60),
        ("damages", 200),
        ("signals", 50),
        ("settings", 50),
        ("seed", 0),
    ):
        parser.add_argument(f"--{name}", type=int, default=usual)
    wanted = parser.parse_args()
    soak = Soak(wanted.seed)
    soak.choose = random.Random(wanted.seed)
    os.environ["PYTHONPATH"] = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    with tempfile.TemporaryDirectory() as name:
        os.environ["HTR_WORKBENCH_CACHE"] = os.environ["HTR_WORKBENCH_CONFIG"] = f"{name}/user"
        soak.run("two programs, one workspace", wanted.races, lambda times: races(soak, Path(name, "races"), times))
        soak.run("first starts", wanted.starts, lambda times: first_starts(soak, Path(name, "starts"), times))
        soak.run("damaged files", wanted.damages, lambda times: damages(soak, Path(name, "damages"), times))
        soak.run("Ctrl-C and SIGTERM", wanted.signals, lambda times: signals(soak, Path(name, "signals"), times))
        soak.run("settings", wanted.settings, lambda times: broken_settings(soak, Path(name, "settings"), times))
    print(f"\nseed {wanted.seed}\n{'':30}{'times':>7}{'faults':>8}{'minutes':>9}")
    for name, times, faults, seconds, note in soak.rows:
        print(f"{name:30}{times:>7}{faults:>8}{seconds / 60:>9.1f}  {note}")
    return 1 if soak.faults else 0


if __name__ == "__main__":
    sys.exit(main())
