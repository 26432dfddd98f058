"""A workspace on a disk that is mounted read-only: what reads works, what writes says in one sentence why not."""

from pathlib import Path

import pytest

from tests.faults.namespaces import needs_mounts, run_apart
from tests.faults.read_only import READING, WRITING
from workbench.execution.inline import InlineExecutor
from workbench.execution.studies import run_study
from workbench.gui.pages import PAGES
from workbench.runs.control import Control
from workbench.runs.plan import Plan
from workbench.runs.workspace import Workspace


@pytest.fixture
def trained(workspace: Workspace, plan: Plan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workspace:
    monkeypatch.setenv("HTR_WORKBENCH_CONFIG", str(tmp_path / "user"))
    monkeypatch.setenv("HTR_WORKBENCH_CACHE", str(tmp_path / "user"))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    list(run_study(workspace, plan, executor=InlineExecutor(workspace, device="cpu"), control=Control()))
    return workspace


@needs_mounts
def test_commands_that_read_work_and_the_others_say_why_not(trained: Workspace, tmp_path: Path) -> None:
    found = run_apart("tests.faults.read_only", trained.root, tmp_path / "out", "commands")
    for command in READING:
        code, said = found[" ".join(command)]
        assert code == 0, said
    for command in WRITING:
        code, said = found[" ".join(command)]
        assert code == 2, said
        assert "read-only" in said.lower(), said
        assert "Traceback" not in said


@needs_mounts
def test_every_page_opens_and_it_is_said_once(trained: Workspace, tmp_path: Path) -> None:
    found = run_apart("tests.faults.read_only", trained.root, tmp_path, "window")
    assert found["is_read_only"]
    assert found["pages"] == [row.name for row in PAGES]
    assert [text for _, text, _ in found["messages"] if "reading only" in text] == [found["messages"][0][1]]
    assert not any("Traceback" in details for _, _, details in found["messages"])
