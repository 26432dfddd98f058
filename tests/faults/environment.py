"""Faults of what is around the program, many of them: two that want one workspace, a first start that is killed.

    python -m tests.faults.environment [--races 100] [--starts 60] [--seed 0]

By hand. Only processes that this program started are killed, in a folder of its own.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.soak import ROOT, Soak
from workbench.runs.workspace import Workspace

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


def main() -> int:
    """Inject, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in (("races", 100), ("starts", 60), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    wanted = parser.parse_args()
    soak = Soak(wanted.seed)
    soak.choose = random.Random(wanted.seed)
    os.environ["PYTHONPATH"] = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    with tempfile.TemporaryDirectory() as name:
        os.environ["HTR_WORKBENCH_CACHE"] = os.environ["HTR_WORKBENCH_CONFIG"] = f"{name}/user"
        soak.run("two programs, one workspace", wanted.races, lambda times: races(soak, Path(name, "races"), times))
        soak.run("first starts", wanted.starts, lambda times: first_starts(soak, Path(name, "starts"), times))
    print(f"\nseed {wanted.seed}\n{'':30}{'times':>7}{'faults':>8}{'minutes':>9}")
    for name, times, faults, seconds, note in soak.rows:
        print(f"{name:30}{times:>7}{faults:>8}{seconds / 60:>9.1f}  {note}")
    return 1 if soak.faults else 0


if __name__ == "__main__":
    sys.exit(main())
