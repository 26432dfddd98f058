"""Killed without warning: the child, the whole program. Afterwards everything ends as if nothing had happened."""

import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.execution.child_processes import training_processes
from tests.execution.scripted import HERE
from tests.execution.small_data import small_study
from workbench.execution.inline import InlineExecutor
from workbench.execution.local import LocalExecutor
from workbench.execution.session import TRAINER
from workbench.execution.studies import prepare, run_study, unfinished_studies
from workbench.files import sha256_of
from workbench.runs.control import Control
from workbench.runs.events import RunEvent, RunFailed, RunFinished, RunInterrupted, RunResumed, StepLogged, from_json
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.toml_file import save_study

FILES = ("last.safetensors", "predictions.csv", "best-arabic.safetensors")


def prepared(workspace: Workspace, architecture: str) -> Plan:
    study = small_study(targets=["arabic"], regimes=["single"], architectures=[architecture], budgets=["9 steps"])
    last = list(prepare(workspace, study, Control()))[-1]
    assert isinstance(last, Plan)
    return last


def digests(workspace: Workspace, run: str) -> list[str]:
    return [sha256_of(RunStore(workspace).folder(run) / name) for name in FILES]


def reference(workspace: Workspace, plan: Plan, tmp_path: Path) -> list[str]:
    """Digests of the run as nobody kills it, in a workspace of its own."""
    undisturbed = Workspace(tmp_path / "undisturbed")
    (undisturbed.root).mkdir()
    (undisturbed.root / "cache").symlink_to(workspace.cache)
    executor = InlineExecutor(undisturbed, device="cpu")
    events = list(run_study(undisturbed, plan, executor=executor, control=Control()))
    assert isinstance(events[-1], RunFinished)
    return digests(undisturbed, plan.run_ids[0])


def go_on(workspace: Workspace, plan: Plan, trainer: str = TRAINER) -> list[RunEvent]:
    executor = LocalExecutor(workspace, device="cpu", processes=1, checkpoint_after_s=0, trainer=trainer)
    return list(run_study(workspace, plan, executor=executor, control=Control()))


@pytest.mark.parametrize("architecture", ["small-cnn", "small-crnn"])
def test_killed_child_ends_with_the_same_weights(workspace: Workspace, tmp_path: Path, architecture: str) -> None:
    plan = prepared(workspace, architecture)
    (run,) = plan.run_ids
    expected = reference(workspace, plan, tmp_path)

    executor = LocalExecutor(workspace, device="cpu", processes=1, checkpoint_after_s=0)
    events: list[RunEvent] = []
    for event in run_study(workspace, plan, executor=executor, control=Control()):
        events.append(event)
        if isinstance(event, StepLogged) and event.step == 5:
            for child in training_processes():
                child.kill()
    assert isinstance(events[-1], RunFailed)
    assert (events[-1].kind, "SIGKILL" in events[-1].reason) == ("died", True)
    assert [study.left for study in unfinished_studies(workspace)] == [1], "offered for resume"

    after = go_on(workspace, plan)
    assert isinstance(after[0], RunResumed)
    assert after[0].step >= 4
    assert digests(workspace, run) == expected
    assert [point.step for point in RunStore(workspace).history(run).losses] == list(range(1, 10))


@contextmanager
def program(
    workspace: Workspace, trainer: str, *, seconds: float = 0, limit: int = 0
) -> Iterator[subprocess.Popen[str]]:
    """Start the program of :mod:`tests.faults.program`; whatever happens, it does not outlive the test."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.program", str(workspace.root), trainer, str(seconds), str(limit)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def run_until(process: subprocess.Popen[str], step: int) -> list[psutil.Process]:
    """Read events until one of a step, and return the training processes of the program."""
    assert process.stdout is not None
    for line in process.stdout:
        event = from_json(line)
        if isinstance(event, StepLogged) and event.step >= step:
            return training_processes(process.pid)
    raise AssertionError("the program ended too early")


def test_killed_program_ends_with_the_same_weights(workspace: Workspace, tmp_path: Path) -> None:
    plan = prepared(workspace, "small-crnn")
    (run,) = plan.run_ids
    expected = reference(workspace, plan, tmp_path)
    save_study(plan.study, workspace.study_file("small"))
    with program(workspace, TRAINER, seconds=1000) as process:
        children = run_until(process, 3)
        process.send_signal(signal.SIGKILL)
        _, alive = psutil.wait_procs(children, timeout=5)
        assert alive == [], "no training process outlives its program by 5 s"
    store = RunStore(workspace)
    last = store.events(run).events[-1]
    assert isinstance(last, RunInterrupted)
    assert last.reason == "driver_gone"
    assert store.resume_point(run) is not None, "the child recorded its own last checkpoint"
    assert store.state(run) == "interrupted"

    after = go_on(workspace, plan)
    assert isinstance(after[0], RunResumed)
    assert after[0].step >= 3
    assert digests(workspace, run) == expected
    assert [point.step for point in store.history(run).losses] == list(range(1, 10)), "no point is lost"


@pytest.mark.parametrize("seed", range(4))
def test_kills_at_random_and_started_again_at_once(workspace: Workspace, plan: Plan, seed: int) -> None:
    """The program is started anew while the child of the killed one may still be writing."""
    choose = random.Random(seed)
    save_study(plan.study, workspace.study_file("small"))
    for _ in range(2):
        with program(workspace, f"{HERE}:hold") as process:
            children = run_until(process, 3)
            victim = choose.choice([*children, psutil.Process(process.pid)])
            victim.kill()
            if victim.pid != process.pid:
                process.kill()
    events = go_on(workspace, plan, f"{HERE}:train")
    assert not any(isinstance(event, RunFailed) for event in events)
    store = RunStore(workspace)
    for run, spec in plan.specs.items():
        assert store.state(run) == "finished"
        history = store.history(run)
        assert [point.step for point in history.losses] == list(range(1, spec.steps + 1))
        assert sha256_of(store.folder(run) / "last.safetensors") == history.weights[0].sha256
        assert not store.events(run).damaged_lines


def test_no_child_outlives_its_program(workspace: Workspace, plan: Plan) -> None:
    """The one that trains, and the one that gets ready for the next run."""
    save_study(plan.study, workspace.study_file("small"))
    with program(workspace, f"{HERE}:hold") as process:
        children = run_until(process, 3)
        process.kill()
        assert len(children) == 2
        _, alive = psutil.wait_procs(children, timeout=5)
        assert alive == []
