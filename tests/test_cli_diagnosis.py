"""`verify`: what is damaged is told with what it means; the exit code says whether anything is."""

import json
from pathlib import Path

import pytest

from tests.diagnosis.conftest import template, trained, workspace
from workbench import cli
from workbench.runs.plan import load_plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

__all__ = ["template", "trained", "workspace"]


def window(workspace: Path | None, study_file: Path | None, *, is_demo: bool = False) -> int:
    raise AssertionError("no window was asked for")


def run(*arguments: str | Path) -> int:
    return cli.main(["verify", *map(str, arguments)], open_window=window)


def test_a_whole_workspace(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(workspace.root) == 0
    told = capsys.readouterr()
    assert told.out.startswith("4 runs, 2 studies, 2 data sets, 2 caches looked at")
    assert told.out.endswith("everything is as it was written.\n")
    assert told.err == ""


def test_what_is_damaged_is_told_repaired_and_told_to_scripts(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    store = RunStore(workspace)
    first, second, _ = load_plan(workspace.plan_file("small")).run_ids
    whole = store.result_file(first).read_bytes()
    store.result_file(first).write_bytes(whole[:50])
    (store.folder(second) / "last.safetensors").unlink()
    assert run("--workspace", workspace.root) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert f"runs/{first}/result.json it cannot be used it can be made anew from the run's events" in told
    assert f"runs/{second}/last.safetensors the weights are missing its results are whole" in told
    assert told.endswith("looked at: 2 faults; --repair mends 1 of them.")
    assert store.result_file(first).read_bytes() == whole[:50], "nothing is changed"

    assert run(workspace.root, "--repair") == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "repaired: made anew from the events" in told
    assert told.endswith("2 faults; 1 repaired; 1 left for you.")
    assert store.result_file(first).read_bytes() == whole

    assert run(workspace.root, "--json") == 1
    value = json.loads(capsys.readouterr().out)
    assert (value["schema"], value["is_complete"], value["is_whole"]) == (1, True, False)
    assert value["checked"]["run"] == 4
    (left,) = value["findings"]
    assert (left["fault"], left["can_be_repaired"], left["repaired"]) == ("weights", False, None)


def test_all_repaired_is_success(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    (run_id,) = load_plan(workspace.plan_file("stopped")).run_ids
    (workspace.runs / run_id / ".log.txt.x.part").write_bytes(b"")
    assert run(workspace.root, "--repair") == 0
    assert "1 fault; 1 repaired." in capsys.readouterr().out
    assert run(workspace.root) == 0


def test_no_workspace_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "nowhere") == 2
    assert capsys.readouterr().err.startswith("Error: There is no workspace at")
    assert not (tmp_path / "nowhere").exists()


def test_the_doctor_tells_a_fault_by_its_exit_code(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["doctor", "--workspace", str(workspace.root)]
    assert cli.main(where, open_window=window) == 0
    told = capsys.readouterr().out
    assert told.startswith("ok     program: htr-workbench")
    assert "ok     workspace content:" in told
    next(workspace.runs.glob("*/result.json")).unlink()
    assert cli.main([*where, "--json"], open_window=window) == 1
    value = json.loads(capsys.readouterr().out)
    (fault,) = [each for each in value["examined"] if each["state"] == "fault"]
    assert fault["name"] == "workspace content"
    assert fault["advice"]
