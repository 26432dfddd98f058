"""Folders with every kind of name: what is text works to the end, what is none is refused at the beginning."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.execution.scripted import HERE
from tests.execution.small_data import import_one, small_study, write_dataset
from workbench.analysis.exports.csv_files import export_study
from workbench.data.catalog import import_datasets, open_dataset
from workbench.diagnosis.doctor import Examined, examine
from workbench.diagnosis.findings import Finding
from workbench.diagnosis.problem_report import write_problem_report
from workbench.diagnosis.workspace_check import check_workspace
from workbench.errors import InputError, WorkspaceError
from workbench.execution.local import LocalExecutor
from workbench.execution.studies import run_study
from workbench.runs.control import Control
from workbench.runs.plan import load_plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace, open_workspace
from workbench.study.toml_file import load_study, save_study

NAMES = (
    "with blanks ",
    "مجلد عربي",
    "کارگاه\u200cها",
    "new\nline",
    "ä" * 127,
    "-w",
    "a'b\"c",
    "$HOME %s {x}",
    "#1 = [2]",
)
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(sys.platform == "win32", reason="such names are no names there")
@pytest.mark.parametrize("name", NAMES)
def test_a_workspace_and_its_data_of_any_name(tmp_path: Path, name: str) -> None:
    workspace = open_workspace(tmp_path / name / "workspace")
    import_one(workspace, write_dataset(tmp_path / name / name, "ar"), "arabic", "ar")
    study = small_study(targets=["arabic"], regimes=["single"], budgets=["2 steps"])
    save_study(study, workspace.study_file("small"))
    executor = LocalExecutor(workspace, device="cpu", processes=1, trainer=f"{HERE}:train")
    list(run_study(workspace, load_study(workspace.study_file("small")), executor=executor, control=Control()))
    plan, store = load_plan(workspace.plan_file("small")), RunStore(workspace)
    assert [store.state(run) for run in plan.run_ids] == ["finished"]
    assert list(export_study(plan, store, tmp_path / name / "tables"))
    assert list(open_dataset(workspace, "arabic"))
    found = [each for each in check_workspace(workspace, Control()) if isinstance(each, Finding)]
    assert [each for each in found if each.fault != "run"] == [], "the lines themselves are made up by the trainer"


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux only")
class TestNoText:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / os.fsdecode(b"\xff\xfe")
        folder.mkdir()
        return folder

    def test_a_workspace_is_refused(self, folder: Path) -> None:
        with pytest.raises(WorkspaceError, match=r"\\xff\\xfe/workspace is not UTF-8 text"):
            open_workspace(folder / "workspace")
        assert list(folder.iterdir()) == []

    def test_a_command_says_it_in_one_sentence(self, folder: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "workbench", "datasets", "list", "-w", str(folder)],
            cwd=ROOT, capture_output=True, text=True,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert r"\xff\xfe is not UTF-8 text" in done.stderr

    def test_a_data_set_is_refused(self, folder: Path, tmp_path: Path) -> None:
        workspace = open_workspace(tmp_path / "workspace")
        data = write_dataset(folder / "data", "ar")
        with pytest.raises(InputError, match=r"\\xff\\xfe/data is not UTF-8 text"):
            list(import_datasets(workspace, data, name="arabic"))
        assert list(workspace.root.iterdir()) == []

    def test_doctor_and_the_problem_report_name_it(self, folder: Path, tmp_path: Path) -> None:
        place = Workspace(folder)
        found = [each for each in examine(place, Control()) if isinstance(each, Examined)]
        (told,) = [each for each in found if each.name == "workspace"]
        assert (told.state, r"\xff\xfe" in told.said) == ("fault", True)
        write_problem_report(tmp_path / "report.zip", place, found)
        assert (tmp_path / "report.zip").is_file()
