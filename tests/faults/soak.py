"""Kills at random moments, many of them: in training, exports, repairs, migrations. By hand; it takes half an hour.

    python -m tests.faults.soak [--training 300] [--real 30] [--exports 200] [--repairs 50] [--migrations 50] [--seed 0]

After every kill everything on the disk has to be whole: no damaged line, no checkpoint lost that was told as saved, no
file half written under its own name; what goes on ends with the bytes that nobody's kill gives. Only processes that
this program started are killed, in a folder of its own. The table at the end is what docs/reliability.md shows.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from tests.execution.child_processes import training_processes
from tests.execution.scripted import HERE
from tests.execution.small_data import make_workspace, small_study
from tests.runs.test_migrations import of_schema
from workbench.analysis.exports.csv_files import export_study
from workbench.data.datasets_file import load_catalog
from workbench.diagnosis.findings import Finding
from workbench.diagnosis.repair import repair
from workbench.diagnosis.workspace_check import check_workspace
from workbench.execution.inline import InlineExecutor
from workbench.execution.session import TRAINER
from workbench.execution.studies import prepare, run_study
from workbench.files import sha256_of
from workbench.runs.control import Control
from workbench.runs.events import RunResumed
from workbench.runs.migrations import migrate
from workbench.runs.plan import Plan, load_plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.toml_file import save_study

ROOT = Path(__file__).resolve().parents[2]


class Soak:
    """Counts kills and what was wrong after them."""

    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)
        self.faults: list[str] = []
        self.rows: list[tuple[str, int, int, float, str]] = []
        self.note = ""
        """What else there is to say of one kind of kills."""

    def run(self, name: str, kills: int, job: Callable[[int], int]) -> None:
        """Do one kind of kills and keep a row of the table."""
        before, begin, self.note = len(self.faults), time.monotonic(), ""
        done = job(kills) if kills else 0
        self.rows.append((name, done, len(self.faults) - before, time.monotonic() - begin, self.note))
        print(f"{name}: {done} kills, {len(self.faults) - before} faults", flush=True)

    def check(self, holds: bool, what: str) -> None:
        """Keep a fault."""
        if not holds:
            self.faults.append(what)
            print(f"FAULT: {what}", flush=True)


def planned(workspace: Workspace, **changes: object) -> Plan:
    """Plan the small study and keep it."""
    last = list(prepare(workspace, small_study(**changes), Control()))[-1]
    assert isinstance(last, Plan)
    save_study(last.study, workspace.study_file(last.study.name))
    return last


def train(workspace: Workspace, plan: Plan, trainer: str) -> None:
    """Train to the end, undisturbed and in this process."""
    list(
        run_study(workspace, plan, executor=InlineExecutor(workspace, device="cpu", trainer=trainer), control=Control())
    )


def digests(workspace: Workspace, plan: Plan) -> dict[str, str]:
    """Of the last weights and the lines of every run."""
    store = RunStore(workspace)
    names = ("last.safetensors", "predictions.csv")
    return {f"{run}/{name}": sha256_of(store.folder(run) / name) for run in plan.run_ids for name in names}


def kill_in_training(soak: Soak, folder: Path, kills: int, trainer: str, longest_s: float) -> int:
    """Start the program, kill it or its child, start it again, until the study is done; then begin anew."""
    workspace = make_workspace(folder)
    plan = planned(workspace, budgets=["12 steps"])
    quiet = Workspace(folder / "undisturbed")
    shutil.copytree(workspace.root, quiet.root)
    train(quiet, plan, TRAINER if trainer == TRAINER else f"{HERE}:train")
    expected, store = digests(quiet, plan), RunStore(workspace)
    done = studies = resumed = 0
    command = [sys.executable, "-m", "tests.faults.program", str(workspace.root), trainer, "0", "0"]
    while done < kills:
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as program:
            try:
                program.wait(soak.choose.uniform(0.1, longest_s))
            except subprocess.TimeoutExpired:
                done += 1
                children = training_processes(program.pid)
                victim = soak.choose.choice([*children, psutil.Process(program.pid)])
                victim.kill()
                if victim.pid != program.pid and soak.choose.random() < 0.5:
                    program.kill()
                program.wait()
                _, alive = psutil.wait_procs(children, timeout=10)
                soak.check(not alive, f"kill {done}: a training process lives on")
        check_runs(soak, store, plan, f"kill {done}")
        if all(store.is_finished(run) for run in plan.run_ids):
            soak.check(digests(workspace, plan) == expected, f"kill {done}: other bytes than without kills")
            if trainer == TRAINER:
                found = [each for each in check_workspace(workspace, Control()) if isinstance(each, Finding)]
                soak.check(not [each for each in found if each.fault != "leftover"], f"kill {done}: {found}")
            studies += 1
            resumed += sum(isinstance(each, RunResumed) for run in plan.run_ids for each in store.events(run).events)
            shutil.rmtree(workspace.runs)
    soak.note = f"{studies} studies ended, {resumed} times a run went on from a checkpoint"
    return done


def check_runs(soak: Soak, store: RunStore, plan: Plan, when: str) -> None:
    """No damaged line, and every checkpoint that was told is there with the bytes that were told."""
    for run in plan.run_ids:
        log = store.events(run)
        soak.check(not log.damaged_lines, f"{when}: damaged lines {log.damaged_lines} of {run}")
        if not store.is_finished(run):
            saved = store.history(run).checkpoint
            soak.check(saved == store.resume_point(run), f"{when}: the checkpoint of {run} is lost")


def killed(job: Callable[[], object], seconds: float) -> bool:
    """Do something in a process of its own and kill that; False where it had ended before."""
    child = os.fork()
    if not child:
        try:
            job()
        finally:
            os._exit(0)
    time.sleep(seconds)
    ended, _ = os.waitpid(child, os.WNOHANG)
    if not ended:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return not ended


def kill_in_exports(soak: Soak, folder: Path, kills: int) -> int:
    """Every table is whole under its name, or is not there."""
    workspace = make_workspace(folder)
    plan, store = planned(workspace), RunStore(workspace)
    train(workspace, plan, TRAINER)
    begin = time.monotonic()
    list(export_study(plan, store, folder / "whole"))
    takes = time.monotonic() - begin
    whole = {path.name: sha256_of(path) for path in (folder / "whole").iterdir()}
    done = attempt = 0
    while done < kills:
        attempt += 1
        place = folder / f"export-{attempt % 3}"  # a new folder, or one that was exported to before
        if soak.choose.random() < 0.3:
            shutil.rmtree(place, ignore_errors=True)
        done += killed(lambda place=place: list(export_study(plan, store, place)), soak.choose.uniform(0, takes))
        for path in place.glob("[!.]*"):
            soak.check(whole.get(path.name) == sha256_of(path), f"export {done}: {path.name} is not whole")
    return done


def damage(workspace: Workspace) -> list[Finding]:
    """Damage a bit of everything that can be mended."""
    plan, store = load_plan(workspace.plan_file("small")), RunStore(workspace)
    first, second, third = plan.run_ids
    store.result_file(first).write_bytes(b"{")
    store.predictions_file(second).write_bytes(b"gone")
    (store.folder(third) / ".result.json.x.part").write_bytes(b"")
    workspace.study_file("small").write_text("name =", encoding="utf-8")
    next((workspace.cache / "sets").glob("*.json")).write_bytes(b"")
    return [each for each in check_workspace(workspace, Control()) if isinstance(each, Finding)]


def kill_in_repairs(soak: Soak, folder: Path, kills: int) -> int:
    """A repair that was killed is ended by the next one; nothing is lost that was set aside."""
    template = make_workspace(folder)
    train(template, planned(template), TRAINER)
    done, takes = 0, 0.3
    while done < kills:
        place = folder / "damaged-one"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(template.root, place)
        workspace = Workspace(place)
        found = damage(workspace)
        soak.check(len(found) == 5, f"repair {done}: {found}")
        second = load_plan(workspace.plan_file("small")).run_ids[1]
        done += killed(lambda: list(repair(workspace, found)), soak.choose.uniform(0, takes))  # noqa: B023
        list(repair(workspace, remaining(workspace)))
        soak.check(list(remaining(workspace)) == [], f"repair {done}: {list(remaining(workspace))}")
        there = [folder for folder in (workspace.runs / second, place / "damaged/runs" / second) if folder.is_dir()]
        soak.check(len(there) == 1, f"repair {done}: the run that was set aside is {there}")
    return done


def kill_in_migrations(soak: Soak, folder: Path, kills: int) -> int:
    """A workspace of an earlier program is as it was, or up to date, or becomes so; the old files are kept."""
    root = folder / "workspace"
    begin = time.monotonic()
    migrate(of_schema(1, root))
    takes = time.monotonic() - begin
    names = ("datasets.toml", "workspace.json", "backups/schema-1/datasets.toml")
    expected = [(root / name).read_bytes() for name in names]
    done = half_way = 0
    while done < kills:
        shutil.rmtree(root)
        workspace = of_schema(1, root)
        done += killed(lambda: migrate(workspace), soak.choose.uniform(0, takes))  # noqa: B023
        half_way += (root / names[-1]).exists() and not (root / names[1]).exists()
        soak.check(len(load_catalog(workspace)) == 2, f"migration {done}: a data set is lost")
        migrate(workspace)
        for name, content in zip(names, expected, strict=True):
            soak.check((root / name).read_bytes() == content, f"migration {done}: {name} is another one")
    soak.note = f"{half_way} of them half way"
    return done


def remaining(workspace: Workspace) -> Iterator[Finding]:
    """What is still to be mended."""
    return (each for each in check_workspace(workspace, Control()) if isinstance(each, Finding))


def main() -> int:
    """Kill, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in (
        ("training", 300),
        ("real", 30),
        ("exports", 200),
        ("repairs", 50),
        ("migrations", 50),
        ("seed", 0),
    ):
        parser.add_argument(f"--{name}", type=int, default=usual)
    wanted = parser.parse_args()
    soak = Soak(wanted.seed)
    os.environ["PYTHONPATH"] = f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        os.environ["HTR_WORKBENCH_CACHE"] = os.environ["HTR_WORKBENCH_CONFIG"] = f"{name}/user"
        soak.run("exports", wanted.exports, lambda kills: kill_in_exports(soak, root / "e", kills))
        soak.run("repairs", wanted.repairs, lambda kills: kill_in_repairs(soak, root / "r", kills))
        soak.run("migrations", wanted.migrations, lambda kills: kill_in_migrations(soak, root / "m", kills))
        scripted = f"{HERE}:strolls"
        soak.run("training, made-up networks", wanted.training,
                 lambda kills: kill_in_training(soak, root / "t", kills, scripted, 4.0))  # fmt: skip
        soak.run("training, real networks", wanted.real,
                 lambda kills: kill_in_training(soak, root / "n", kills, TRAINER, 12.0))  # fmt: skip
    print(f"\nseed {wanted.seed}\n{'':30}{'kills':>7}{'faults':>8}{'minutes':>9}")
    for name, kills, faults, seconds, note in soak.rows:
        print(f"{name:30}{kills:>7}{faults:>8}{seconds / 60:>9.1f}  {note}")
    return 1 if soak.faults else 0


if __name__ == "__main__":
    sys.exit(main())
