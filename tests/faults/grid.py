"""A grid of many short runs, its scheduler killed again and again. By hand; the whole of it takes a quarter of an hour.

    python -m tests.faults.grid [--runs 500] [--kills 20] [--seed 0]

Every run is asked for twice, as one step and as one epoch, which here come to the same. The run with seed 3 fails,
always. The program that runs the study is killed with SIGKILL at random moments and started again. In the end every
other run has to have finished once, none may have been begun again after its end, and the order is that of the plan.
Only processes that this program started are killed, in a folder of its own.
"""

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.execution.child_processes import training_processes
from tests.execution.scripted import HERE
from tests.execution.small_data import make_workspace, small_study
from workbench.execution.inline import InlineExecutor
from workbench.execution.queue import Queue
from workbench.execution.studies import prepare, run_study
from workbench.runs.control import Control
from workbench.runs.events import RunEvent, RunFailed, RunFinished
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.schema import Study
from workbench.study.toml_file import save_study

ROOT = Path(__file__).resolve().parents[2]
BAD_SEED = 3
LONGEST_LIFE_S = 20.0


def grid_study(runs: int) -> Study:
    """One run for each seed, asked for twice."""
    return small_study(targets=["arabic"], regimes=["single"], seeds=list(range(runs)), budgets=["1 steps", "1 epochs"],
                       training={"batch_lines": 4, "validations": 1, "validation_lines": 2})  # fmt: skip


def planned(workspace: Workspace, runs: int) -> Plan:
    """Plan the grid and keep its study."""
    last = list(prepare(workspace, grid_study(runs), Control()))[-1]
    assert isinstance(last, Plan)
    save_study(last.study, workspace.study_file(last.study.name))
    return last


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done to a grid."""

    kills: int
    leftover: int
    """Training processes that lived on after a kill, longer than 10 s."""
    code: int
    """Exit code of the program in the end."""
    errors: str


def kill_scheduler(workspace: Workspace, kills: int, longest_s: float, choose: random.Random) -> Outcome:
    """Start the program, kill it at a random moment, start it again; the last time it runs to its end."""
    command = [sys.executable, "-m", "tests.faults.program", str(workspace.root), f"{HERE}:seed_3_fails", "0", "0"]
    done = leftover = 0
    while True:
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        ) as program:
            if done == kills:
                _, errors = program.communicate()
                return Outcome(done, leftover, program.returncode, errors)
            assert program.stdout is not None
            program.stdout.readline()  # the first event: it schedules
            try:
                program.communicate(timeout=choose.uniform(0, longest_s))
            except subprocess.TimeoutExpired:
                done += 1
                children = training_processes(program.pid)
                program.kill()
                program.wait()
                _, alive = psutil.wait_procs(children, timeout=10)
                leftover += len(alive)
            else:
                return Outcome(done, leftover, program.returncode, "")  # the study was over before the last kill


def faults_of(workspace: Workspace, plan: Plan) -> list[str]:
    """Tell what is not as it has to be after a grid has come to its end."""
    store, faults = RunStore(workspace), list[str]()
    if set(store.run_ids()) != set(plan.run_ids):
        faults.append(f"{len(store.run_ids())} run folders for {len(plan.run_ids)} runs")
    for run in plan.run_ids:
        log, is_bad = store.events(run), plan.specs[run].seed == BAD_SEED
        ends = [at for at, event in enumerate(log.events) if isinstance(event, RunFinished)]
        state = store.state(run)
        if log.damaged_lines or state != ("failed" if is_bad else "finished"):
            faults.append(f"run {run}: {state}, damaged lines {log.damaged_lines}")
        if not is_bad and ends != [len(log.events) - 1]:
            faults.append(f"run {run}: {len(ends)} ends, the last of {len(log.events)} events is {log.events[-1].type}")
        if is_bad and sum(isinstance(event, RunFailed) for event in log.events) != 1:
            faults.append(f"run {run}: failed more than once")
        if [point.step for point in store.history(run).losses] != [1]:
            faults.append(f"run {run}: {len(store.history(run).losses)} steps")
    began = [begin for begin, _ in sorted((begin_of(store, run), run) for run in plan.run_ids)]
    if began != [begin_of(store, run) for run in plan.run_ids]:
        faults.append("runs were begun in another order than that of the plan")
    return faults


def begin_of(store: RunStore, run: str) -> str:
    """Moment at which a process took the run for the first time, as its log tells."""
    found = re.match(r"[\d-]+ [\d:,]+", store.log_file(run).read_text(encoding="utf-8"))
    return found[0] if found else ""


def sittings(store: RunStore, run: str) -> int:
    """How many processes took the run."""
    return len(re.findall(r": process \d+$", store.log_file(run).read_text(encoding="utf-8"), re.MULTILINE))


def cure(workspace: Workspace, plan: Plan) -> list[RunEvent]:
    """Try once more what failed, with a trainer that does not fail."""
    executor = InlineExecutor(workspace, device="cpu", trainer=f"{HERE}:train")
    return list(run_study(workspace, plan, executor=executor, control=Control(), retry=True))


class Nobody:
    """An executor that trains nothing: what is left is what scheduling costs."""

    def run(self, plan: Plan, control: Control, queue: Queue | None = None) -> Iterator[RunEvent]:
        """Yield nothing."""
        yield from ()


def print_costs(workspace: Workspace, runs: int) -> None:
    """Print how long it takes to plan the grid, and to find what is left of it."""
    begin = time.perf_counter()
    plan = planned(workspace, runs)
    between = time.perf_counter()
    list(run_study(workspace, plan, executor=Nobody(), control=Control()))
    end = time.perf_counter()
    requests, store = len(plan.runs), RunStore(workspace)
    states = sum(store.is_finished(run) for run in plan.run_ids)
    print(f"planned {requests} requests, {len(plan.run_ids)} runs in {between - begin:.2f} s; "
          f"scheduled with {states} of them finished in {end - between:.2f} s", flush=True)  # fmt: skip


def main() -> int:
    """Kill, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in (("runs", 500), ("kills", 20), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--workspace", type=Path, help="make the runs here and keep them")
    wanted = parser.parse_args()
    os.environ["PYTHONPATH"] = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    with tempfile.TemporaryDirectory() as name:
        os.environ["HTR_WORKBENCH_CACHE"] = os.environ["HTR_WORKBENCH_CONFIG"] = f"{name}/user"
        workspace = make_workspace(wanted.workspace or Path(name))
        print_costs(workspace, wanted.runs)
        plan = planned(workspace, wanted.runs)
        begin = time.monotonic()
        outcome = kill_scheduler(workspace, wanted.kills, LONGEST_LIFE_S, random.Random(wanted.seed))
        minutes = (time.monotonic() - begin) / 60
        faults = faults_of(workspace, plan)
        store = RunStore(workspace)
        twice = sum(sittings(store, run) > 1 for run in plan.run_ids)
        finished = sum(store.state(run) == "finished" for run in plan.run_ids)
        print(f"{outcome.kills} kills, {minutes:.1f} min, exit code {outcome.code}, {outcome.errors.strip()}\n"
              f"{finished} of {len(plan.run_ids)} runs finished, one failed; {twice} were taken more than once; "
              f"{outcome.leftover} processes lived on")  # fmt: skip
        print_costs(workspace, wanted.runs)
        again = cure(workspace, plan)
        finished = sum(store.state(run) == "finished" for run in plan.run_ids)
        print(f"tried again: {sum(isinstance(event, RunFinished) for event in again)} run; {finished} finished")
        for fault in faults:
            print(f"FAULT: {fault}")
    return 1 if faults or outcome.leftover or finished != len(plan.run_ids) else 0


if __name__ == "__main__":
    sys.exit(main())
