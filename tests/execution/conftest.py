"""A workspace with two tiny data sets, made once and copied for each test."""

import os
import shutil
from pathlib import Path

import pytest

from tests.execution.small_data import make_workspace, small_study
from workbench.execution.studies import prepare
from workbench.runs.control import Control
from workbench.runs.plan import Plan
from workbench.runs.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    make_workspace(folder)
    return folder / "workspace"


@pytest.fixture
def workspace(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    # Children import their trainer from the tests.
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    shutil.copytree(template, tmp_path / "workspace")
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def plan(workspace: Workspace) -> Plan:
    last = list(prepare(workspace, small_study(), Control()))[-1]
    assert isinstance(last, Plan)
    return last
