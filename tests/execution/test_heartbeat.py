"""A run that makes no steps is named, in time that was awake; it is never stopped for it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.execution.child_processes import training_processes
from tests.execution.conftest import plan, template, workspace
from tests.execution.scripted import HERE
from workbench.cli.live import StudyDisplay
from workbench.execution.heartbeat import Heartbeat, no_step_for
from workbench.execution.local import LocalExecutor
from workbench.execution.progress import begin_progress
from workbench.execution.studies import run_study
from workbench.runs.control import Control
from workbench.runs.events import RunInterrupted, StepLogged
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

__all__ = ["plan", "template", "workspace"]

ROOT = Path(__file__).resolve().parents[2]


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_silence_is_named_and_over_with_the_next_step() -> None:
    clock = Clock()
    beat = Heartbeat(limit_s=600, look_every_s=1, clock=clock)
    assert beat.look(["a", "b"]) == {}
    for second in range(700):
        clock.now += 1
        if second % 100 == 0:
            beat.hear("b")
        found = beat.look(["a", "b"])
        assert set(found) == ({"a"} if second >= 599 else set())
    beat.hear("a")
    assert beat.look(["a", "b"]) == {}


def test_time_asleep_does_not_count() -> None:
    clock = Clock()
    beat = Heartbeat(limit_s=600, look_every_s=1, clock=clock)
    beat.look(["a"])
    clock.now += 100_000
    assert beat.look(["a"]) == {}
    for _ in range(500):
        clock.now += 1
        assert beat.look(["a"]) == {}
    for _ in range(100):
        clock.now += 1
        found = beat.look(["a"])
    assert set(found) == {"a"}


def test_a_run_begins_with_all_its_time() -> None:
    clock = Clock()
    beat = Heartbeat(limit_s=3, look_every_s=1, clock=clock)
    for _ in range(9):
        clock.now += 1
        beat.look([])
    assert beat.look(["new"]) == {}


@pytest.mark.parametrize(("seconds", "said"), [(600, "10 min"), (3660, "61 min"), (2.4, "2 s")])
def test_the_time_is_said(seconds: float, said: str) -> None:
    assert said in no_step_for(seconds)


def test_a_stopped_child_is_told_on_the_command_line_and_goes_on(
    workspace: Workspace, plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    """SIGSTOP makes the child silent; after SIGCONT the run ends as if nothing had been."""
    one = plan.model_copy(update={"runs": plan.runs[:1]})
    progress = begin_progress(one, RunStore(workspace), processes=1, device="cpu")
    display = StudyDisplay(one, progress, heartbeat=Heartbeat(limit_s=0.4, look_every_s=0.1))
    executor = LocalExecutor(workspace, device="cpu", processes=1, checkpoint_after_s=0, trainer=f"{HERE}:strolls")
    said = ""
    events = run_study(workspace, one, executor=executor, control=Control())
    with display.shown():
        for event in events:
            display.take(event)
            if isinstance(event, StepLogged) and event.step == 2:
                (child,) = training_processes()
                child.suspend()
                deadline = time.monotonic() + 20
                while "No step for" not in said and time.monotonic() < deadline:
                    time.sleep(0.05)
                    said += capsys.readouterr().err
                child.resume()
            if isinstance(event, StepLogged) and event.step == 4:
                said += capsys.readouterr().err
    said += capsys.readouterr().err
    assert said.count("No step for") >= 1
    assert "makes steps again" in said
    assert "CER arabic" in said
    assert not any(isinstance(event, RunInterrupted) for event in RunStore(workspace).events(one.run_ids[0]).events)


_SLEEPER = """
import sys, time
from workbench.execution.heartbeat import Heartbeat
beat = Heartbeat(limit_s=1.0, look_every_s=0.05)
beat.look(["run"])
print("looking", flush=True)
for _ in range(12):
    time.sleep(0.05)
    found = beat.look(["run"])
    if found:
        print("silent", flush=True)
print("done", flush=True)
"""


def test_a_group_that_was_stopped_is_not_silent_when_it_goes_on() -> None:
    """As a machine that sleeps: driver and child stop together, for longer than the limit."""
    with subprocess.Popen(
        [sys.executable, "-c", _SLEEPER], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as sleeper:
        assert sleeper.stdout is not None
        assert sleeper.stdout.readline() == "looking\n"
        os.killpg(sleeper.pid, signal.SIGSTOP)
        time.sleep(1.3)
        os.killpg(sleeper.pid, signal.SIGCONT)
        assert sleeper.stdout.read() == "done\n"
