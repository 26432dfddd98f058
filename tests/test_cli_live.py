"""What the command line says while a study runs, beside the end of each run."""

import pytest

from tests.execution.conftest import plan, template, workspace
from tests.execution.scripted import HERE
from workbench.cli.live import StudyDisplay
from workbench.execution.inline import InlineExecutor
from workbench.execution.progress import begin_progress
from workbench.execution.studies import run_study
from workbench.runs.control import Control
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

__all__ = ["plan", "template", "workspace"]


def test_what_goes_otherwise_than_planned_is_said_once(
    workspace: Workspace, plan: Plan, capsys: pytest.CaptureFixture[str]
) -> None:
    one = plan.model_copy(update={"runs": plan.runs[:1]})
    display = StudyDisplay(one, begin_progress(one, RunStore(workspace), processes=1, device="cpu"))
    executor = InlineExecutor(workspace, trainer=f"{HERE}:struggles")
    with display.shown():
        for event in run_study(workspace, one, executor=executor, control=Control()):
            display.take(event)
    said = capsys.readouterr().err
    for words in ("The memory was short at step 1", "Still blank at step 3 of 6", "Stopped early, after 5 of 6 steps"):
        assert said.count(words) == 1
    assert "CER arabic" in said


def test_a_wait_for_room_is_told(workspace: Workspace, plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    one = plan.model_copy(update={"runs": plan.runs[:1]})
    display = StudyDisplay(one, begin_progress(one, RunStore(workspace), processes=1, device="cpu"))
    executor = InlineExecutor(workspace, trainer=f"{HERE}:needs_room")
    with display.shown():
        for event in run_study(workspace, one, executor=executor, control=Control()):
            display.take(event)
    said = capsys.readouterr().err
    assert said.count("waits: a.pt was not written: the disk is full. It goes on by itself when there is room.") == 1
    assert said.count("there is room again, it goes on") == 1
