"""The folder of the workspace is moved or unplugged while it is in use: one notice, nothing torn, and it goes on."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from tests.execution.child_processes import training_processes
from tests.execution.scripted import HERE
from tests.execution.small_data import small_study
from tests.gui.conftest import (
    ScriptedDrive,
    drive,
    empty_stores,
    planned,
    small_workspace,
    stores,
    wait_until,
    workspace,
)
from workbench import files, settings
from workbench.errors import WorkspaceError
from workbench.execution.inline import InlineExecutor
from workbench.execution.studies import prepare, run_study
from workbench.gui.app import make_window
from workbench.gui.gone_folder import GoneFolder
from workbench.gui.main_window import MainWindow
from workbench.gui.stores import presence
from workbench.gui.stores.bundle import Stores
from workbench.runs.control import Control
from workbench.runs.events import CheckpointSaved, RunEvent, RunFailed
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace, open_workspace

__all__ = ["drive", "empty_stores", "planned", "small_workspace", "stores", "workspace"]


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "LOOK_EVERY_S", 0.02)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))


@pytest.fixture
def gone(qtbot: QtBot, planned: Stores) -> Iterator[GoneFolder]:
    """The question over an otherwise empty window."""
    window = QWidget()
    yield GoneFolder(planned, window)
    window.deleteLater()


def close(qtbot: QtBot, window: MainWindow, stores: Stores) -> None:
    window.stop_now()
    wait_until(qtbot, lambda: not window.isVisible())
    stores.wait()
    window.deleteLater()


def start_holding(qtbot: QtBot, stores: Stores, drive: ScriptedDrive) -> None:
    """Train in a child that holds in the middle of its first run, with a checkpoint before."""
    drive.in_children, drive.trainer = True, "hold"
    plan = stores.study.startable_plan
    assert plan is not None
    assert stores.progress.start(plan)
    wait_until(qtbot, lambda: any(history.step >= 3 for history in stores.progress.histories.values()))


def notices(stores: Stores) -> list[str]:
    return [message.text for message in stores.messages.kept if message.severity != "info"]


def test_moved_away_and_back_while_a_study_trains(
    qtbot: QtBot, planned: Stores, gone: GoneFolder, workspace: Workspace, drive: ScriptedDrive, tmp_path: Path
) -> None:
    """Training waits and goes on; every run ends."""
    start_holding(qtbot, planned, drive)
    workspace.root.rename(tmp_path / "elsewhere")
    wait_until(qtbot, lambda: gone.dialog is not None)
    assert notices(planned) == [f"The workspace folder is gone: {workspace.root}."]
    assert planned.progress.command == "pause"
    dialog = gone.dialog
    assert dialog is not None
    dialog.retry_button.click()
    assert "still not there" in dialog.fault.problem
    assert not workspace.root.exists(), "nothing is made in its place"
    (tmp_path / "elsewhere").rename(workspace.root)
    wait_until(qtbot, lambda: gone.dialog is None)
    wait_until(qtbot, lambda: planned.progress.command == "go")
    drive.in_children, drive.trainer = False, "train"
    planned.progress.cancel()
    wait_until(qtbot, lambda: not planned.progress.is_running)
    assert planned.progress.start(planned.progress.plan)  # type: ignore[arg-type]
    wait_until(qtbot, lambda: not planned.progress.is_running)
    assert planned.progress.runs_over == 3
    assert len(notices(planned)) == 1
    assert training_processes() == []


def test_moved_and_told_its_new_place_while_a_study_trains(
    qtbot: QtBot,
    planned: Stores,
    gone: GoneFolder,
    workspace: Workspace,
    drive: ScriptedDrive,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The run keeps its last checkpoint, and goes on from it in the new place."""
    start_holding(qtbot, planned, drive)
    (run,) = planned.progress.running_runs
    moved = tmp_path / "انتقل إلى هنا"
    workspace.root.rename(moved)
    wait_until(qtbot, lambda: gone.dialog is not None)
    dialog = gone.dialog
    assert dialog is not None
    (tmp_path / "other").mkdir()
    dialog.take(tmp_path / "other")
    assert "holds no workspace" in dialog.fault.problem
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(moved))
    dialog.relink_button.click()
    wait_until(qtbot, lambda: planned.workspaces.workspace == Workspace(moved))
    assert not planned.presence.is_gone
    assert gone.dialog is None
    assert planned.study.study.name == "small"
    store = RunStore(Workspace(moved))
    assert not workspace.root.exists(), "neither the window nor the child made it anew"
    assert store.state(run) == "interrupted"
    saved = store.resume_point(run)
    assert saved == store.history(run).checkpoint
    assert saved is not None
    drive.in_children, drive.trainer = False, "train"
    wait_until(qtbot, lambda: planned.study.startable_plan is not None)
    assert planned.progress.start(planned.study.startable_plan)  # type: ignore[arg-type]
    wait_until(qtbot, lambda: not planned.progress.is_running)
    assert planned.progress.runs_over == 3
    assert store.history(run).losses[-1].step == 6
    assert training_processes() == []


def test_another_disk_in_its_place_is_not_written_to(
    qtbot: QtBot, planned: Stores, gone: GoneFolder, workspace: Workspace, drive: ScriptedDrive, tmp_path: Path
) -> None:
    """An empty folder is what is left where a disk was mounted."""
    workspace.root.rename(tmp_path / "elsewhere")
    workspace.root.mkdir()
    wait_until(qtbot, lambda: gone.dialog is not None)
    assert not planned.study.save()
    assert list(workspace.root.iterdir()) == []
    workspace.root.rmdir()
    shutil.copytree(tmp_path / "elsewhere", workspace.root)  # back, but not the same folder
    wait_until(qtbot, lambda: gone.dialog is None and not planned.presence.is_gone)
    wait_until(qtbot, lambda: not planned.datasets.is_busy and len(planned.datasets.opened) == 2)
    assert planned.study.save()
    assert not planned.workspaces.is_read_only


def test_all_ends_without_the_workspace(
    qtbot: QtBot, planned: Stores, gone: GoneFolder, workspace: Workspace, drive: ScriptedDrive, tmp_path: Path
) -> None:
    """As closing the window does it."""
    start_holding(qtbot, planned, drive)
    workspace.root.rename(tmp_path / "elsewhere")
    wait_until(qtbot, lambda: gone.dialog is not None)
    planned.progress.cancel()
    wait_until(qtbot, lambda: not planned.is_busy)
    planned.study.keep_draft()
    planned.wait()
    gone.dialog.reject()  # type: ignore[union-attr]
    assert not workspace.root.exists()
    assert training_processes() == []


def test_the_last_workspace_is_gone_at_the_start(
    qtbot: QtBot, workspace: Workspace, drive: ScriptedDrive, tmp_path: Path
) -> None:
    """It is asked for, not made anew."""
    settings.save(settings.with_workspace(settings.load(), workspace.root))
    moved = tmp_path / "moved"
    workspace.root.rename(moved)
    window, stores = make_window(workspace.root, drive=drive)
    window.show()
    wait_until(qtbot, lambda: window.gone_folder.dialog is not None)
    assert stores.workspaces.workspace is None
    for name in ("data", "study", "training", "results", "predictions"):
        window.show_page(name)
    dialog = window.gone_folder.dialog
    assert dialog is not None
    dialog.take(moved)
    wait_until(qtbot, lambda: stores.workspaces.workspace == Workspace(moved))
    wait_until(qtbot, lambda: len(stores.datasets.opened) == 2 and not stores.datasets.is_busy)
    assert not workspace.root.exists()
    close(qtbot, window, stores)


def test_without_an_answer_at_the_start_the_usual_workspace_is_opened(
    qtbot: QtBot, empty_stores: Stores, tmp_path: Path
) -> None:
    window = QWidget()
    gone = GoneFolder(empty_stores, window)
    gone.ask_at_start(tmp_path / "unplugged")
    dialog = gone.dialog
    assert dialog is not None
    dialog.retry_button.click()
    assert gone.dialog is dialog
    dialog.reject()
    wait_until(qtbot, lambda: empty_stores.workspaces.workspace == Workspace(tmp_path / "workspace"))
    assert not (tmp_path / "unplugged").exists()
    window.deleteLater()


def test_a_checkpoint_that_has_no_folder_leaves_the_run_resumable(workspace: Workspace, tmp_path: Path) -> None:
    """No window is there to see it: the run ends, nothing is made anew, and a plain start goes on."""
    open_workspace(workspace.root)
    plan = list(prepare(workspace, small_study(), Control()))[-1]
    assert isinstance(plan, Plan)
    executor = InlineExecutor(workspace, device="cpu", checkpoint_after_s=0, trainer=f"{HERE}:train")
    moved = Workspace(tmp_path / "moved")
    told: list[RunEvent] = []

    def follow() -> None:
        for event in run_study(workspace, plan, executor=executor, control=Control()):
            told.append(event)
            if isinstance(event, CheckpointSaved) and workspace.root.exists():
                workspace.root.rename(moved.root)

    with pytest.raises(WorkspaceError, match="is gone"):
        follow()
    assert not workspace.root.exists()
    failed = told[-1]
    assert isinstance(failed, RunFailed)
    assert failed.reason == f"The workspace folder {workspace.root} is gone"
    store = RunStore(moved)
    assert store.state(failed.run) == "interrupted"
    assert store.resume_point(failed.run) is not None
    again = InlineExecutor(moved, device="cpu", checkpoint_after_s=0, trainer=f"{HERE}:train")
    list(run_study(moved, plan, executor=again, control=Control()))
    assert all(store.is_finished(run) for run in plan.run_ids)


def test_no_anchored_folder_is_made_anew(tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    root.mkdir()
    files.anchor(root)
    files.write_text(root / "a" / "b.txt", "x")
    root.rename(tmp_path / "moved")
    with pytest.raises(WorkspaceError, match=r"b\.txt was not written: the folder .* is gone"):
        files.write_text(root / "a" / "b.txt", "y")
    assert not root.exists()
    root.mkdir()
    assert not files.is_there(root)
    (tmp_path / "moved" / "a").rename(root / "a")
    assert files.is_there(root)
    assert not files.is_anchored_one(root)
    files.write_text(root / "a" / "b.txt", "y")
