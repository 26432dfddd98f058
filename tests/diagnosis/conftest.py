"""A workspace with a finished study, really trained for a few steps, and one that was stopped on its way."""

import shutil
from pathlib import Path

import pytest

from tests.execution.conftest import template
from tests.execution.scripted import HERE
from tests.execution.small_data import small_study
from workbench.execution.inline import InlineExecutor
from workbench.execution.studies import prepare, run_study
from workbench.runs.control import Control
from workbench.runs.events import StepLogged
from workbench.runs.plan import Plan
from workbench.runs.workspace import Workspace
from workbench.study.toml_file import save_study

__all__ = ["template"]


def planned(workspace: Workspace, **changes: object) -> Plan:
    last = list(prepare(workspace, small_study(**changes), Control()))[-1]
    assert isinstance(last, Plan)
    save_study(last.study, workspace.study_file(last.study.name))
    return last


def train(workspace: Workspace, plan: Plan) -> None:
    list(run_study(workspace, plan, executor=InlineExecutor(workspace, device="cpu"), control=Control()))


@pytest.fixture(scope="session")
def trained(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("trained") / "workspace"
    shutil.copytree(template, root)
    workspace = Workspace(root)
    train(workspace, planned(workspace))
    unfinished = planned(workspace, name="stopped", targets=["arabic"], regimes=["single"], seeds=[7])
    executor = InlineExecutor(workspace, device="cpu", checkpoint_after_s=0, trainer=f"{HERE}:train")
    events = run_study(workspace, unfinished, executor=executor, control=Control())
    for event in events:
        if isinstance(event, StepLogged) and event.step == 5:
            break
    events.close()
    return root


@pytest.fixture
def workspace(trained: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(trained, tmp_path / "workspace")
    return Workspace(tmp_path / "workspace")
