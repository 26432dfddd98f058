"""The dialogs of the menu Help: the workspace is checked and mended, the machine examined, a report written."""

import json
import zipfile
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.conftest import ScriptedDrive, run_to_end, wait_until
from workbench.diagnosis.findings import Finding
from workbench.diagnosis.repair import SET_ASIDE
from workbench.gui.panels.diagnosis.check_dialog import WorkspaceCheckDialog
from workbench.gui.panels.diagnosis.machine_dialog import MachineDialog
from workbench.gui.panels.diagnosis.report_dialog import ProblemReportDialog
from workbench.gui.stores.bundle import Stores
from workbench.runs.lock import WorkspaceLock
from workbench.runs.workspace import Workspace

ARTEFACTS = Path(__file__).resolve().parents[2] / "artefacts"


def show(qtbot: QtBot, dialog: QWidget) -> None:
    """Open a dialog; it deletes itself when it is closed."""
    dialog.open()  # type: ignore[attr-defined]
    qtbot.waitExposed(dialog)


def open_check(qtbot: QtBot, stores: Stores) -> WorkspaceCheckDialog:
    dialog = WorkspaceCheckDialog(stores.checks)
    show(qtbot, dialog)
    wait_until(qtbot, lambda: stores.checks.is_complete and not stores.checks.is_checking)
    wait_until(qtbot, lambda: "looked at" in dialog.standing.text())
    return dialog


def root_of(stores: Stores) -> Path:
    workspace = stores.workspaces.workspace
    assert workspace is not None
    return workspace.root


def damage(root: Path) -> None:
    """What a repair makes anew, deletes, sets aside, and leaves alone: one of each."""
    (root / "studies" / "small" / "study.toml").write_text("name =", encoding="utf-8")
    (root / "studies" / "small" / "queue.json").write_text("{", encoding="utf-8")
    (root / "studies" / ".plan.json.x.part").write_bytes(b"")
    (root / "marks").mkdir(exist_ok=True)
    (root / "marks" / "arabic.json").write_text("{", encoding="utf-8")


def test_a_whole_workspace_has_nothing_to_mend(qtbot: QtBot, stores: Stores) -> None:
    dialog = open_check(qtbot, stores)
    assert dialog.standing.text().endswith("everything is as it was written.")
    assert not dialog.repair_button.isVisible()
    assert not dialog.table.isVisible()
    dialog.close()


def test_what_is_damaged_is_listed_said_before_and_mended(qtbot: QtBot, planned: Stores) -> None:
    run_to_end(qtbot, planned)  # by a script: what its runs name does not have the checksums that they tell
    root = root_of(planned)
    damage(root)
    dialog = open_check(qtbot, planned)
    places = [notice.where for notice in dialog.model.notices]
    assert len([place for place in places if place.startswith("runs/")]) >= 3
    assert {"studies/small/study.toml", "studies/small/queue.json", "marks/arabic.json"} <= set(places)
    said = dialog.intent.text()
    assert "makes 1 file anew" in said
    assert "deletes 1 part" in said
    assert "moves 3 runs and 1 file into the folder “damaged”" in said
    assert "leaves 1 fault to you" in said
    assert dialog.repair_button.isEnabled()
    dialog.table.selectRow(places.index("marks/arabic.json"))
    assert dialog.detail.toPlainText().startswith("marks/arabic.json\n")
    dialog.repair_button.click()
    assert not dialog.close_button.isEnabled()
    dialog.reject()
    assert dialog.isVisible()
    wait_until(qtbot, lambda: not planned.checks.is_repairing and not dialog.repair_button.isVisible())
    assert len(list((root / SET_ASIDE / "runs").iterdir())) == 3
    outcome = {notice.where: notice.hint for notice in dialog.model.notices}
    assert outcome["studies/small/study.toml"].startswith("Repaired: made anew from the plan")
    assert not outcome["marks/arabic.json"].startswith("Repaired")
    dialog.again_button.click()
    wait_until(
        qtbot, lambda: planned.checks.is_complete and [n.where for n in dialog.model.notices] == ["marks/arabic.json"]
    )
    wait_until(qtbot, lambda: not planned.datasets.is_busy and planned.study.startable_plan is not None)
    assert planned.progress.runs_over == 0, "the runs that were set aside are to come again"
    dialog.close()


def test_nothing_is_mended_while_a_study_trains(qtbot: QtBot, planned: Stores, drive: ScriptedDrive) -> None:
    drive.trainer = "hold"
    plan = planned.study.startable_plan
    assert plan is not None
    assert planned.progress.start(plan)
    wait_until(qtbot, lambda: bool(planned.progress.running_runs))
    damage(root_of(planned))
    dialog = open_check(qtbot, planned)
    assert dialog.repair_button.isVisible()
    assert not dialog.repair_button.isEnabled()
    assert "A study trains here" in dialog.refusal.text()
    planned.checks.repair()
    assert not planned.checks.is_repairing
    planned.progress.cancel()
    wait_until(qtbot, lambda: not planned.progress.is_running and "check again" in dialog.refusal.text())
    assert not dialog.repair_button.isEnabled()
    dialog.again_button.click()
    wait_until(qtbot, lambda: planned.checks.is_complete and dialog.repair_button.isEnabled())
    dialog.close()


def test_nothing_is_mended_in_a_workspace_that_is_only_read(
    qtbot: QtBot, empty_stores: Stores, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workspace.root / "studies").mkdir(exist_ok=True)
    (workspace.root / "studies" / ".plan.json.x.part").write_bytes(b"")

    def refuse(self: WorkspaceLock) -> None:
        from workbench.errors import WorkspaceError

        raise WorkspaceError("in use", "another writes")

    monkeypatch.setattr(WorkspaceLock, "acquire", refuse)
    empty_stores.workspaces.open(workspace.root)
    wait_until(qtbot, lambda: empty_stores.datasets.is_known and not empty_stores.datasets.is_busy)
    dialog = open_check(qtbot, empty_stores)
    assert len(dialog.model.notices) == 1
    assert not dialog.repair_button.isEnabled()
    assert "reading only" in dialog.refusal.text()
    dialog.close()


def test_a_check_is_stopped(qtbot: QtBot, stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    from collections.abc import Iterator

    from workbench.diagnosis.workspace_check import Checked
    from workbench.runs.control import Control

    def endless(workspace: Workspace, control: Control) -> Iterator[Checked | Finding]:
        yield Checked("run", "first", 1, 1_000)
        control.wait_for_change("go")

    monkeypatch.setattr("workbench.diagnosis.workspace_check.check_workspace", endless)
    dialog = WorkspaceCheckDialog(stores.checks)
    show(qtbot, dialog)
    wait_until(qtbot, lambda: "run first" in dialog.standing.text())
    assert (dialog.bar.value(), dialog.bar.maximum()) == (1, 1_000)
    assert not dialog.again_button.isEnabled()
    dialog.stop_button.click()
    wait_until(qtbot, lambda: dialog.standing.text().startswith("Stopped after 1 part of 1,000"))
    dialog.again_button.click()
    wait_until(qtbot, lambda: stores.checks.checked is not None)
    dialog.close()  # stops it as well
    wait_until(qtbot, lambda: not stores.checks.is_checking)


def test_many_findings_are_told_seldom(qtbot: QtBot, stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.diagnosis.workspace_check import Checked

    findings = [Finding("other", f"runs/{number:06}", "it is gone") for number in range(5_000)]
    monkeypatch.setattr(
        "workbench.diagnosis.workspace_check.check_workspace",
        lambda workspace, control: iter([Checked("run", "all", 1, 1), *findings]),
    )
    heard: list[int] = []
    stores.checks.changed.connect(lambda: heard.append(1))
    dialog = open_check(qtbot, stores)
    wait_until(qtbot, lambda: len(dialog.model.notices) == 5_000)
    assert len(heard) < 200
    dialog.close()


def test_the_machine_is_told_and_copied(qtbot: QtBot, stores: Stores) -> None:
    (root_of(stores) / "studies").mkdir(exist_ok=True)
    (root_of(stores) / "studies" / ".plan.json.x.part").write_bytes(b"")
    dialog = MachineDialog(stores.examination)
    show(qtbot, dialog)
    wait_until(qtbot, lambda: stores.examination.is_complete and not stores.examination.is_examining)
    wait_until(qtbot, lambda: "things looked at" in dialog.standing.text())
    rows = {
        str(dialog.model.index(row, 0).data()): str(dialog.model.index(row, 1).data())
        for row in range(dialog.model.rowCount(QModelIndex()))
    }
    assert "htr-workbench" in rows["✓  program"]
    assert rows["✓  Qt"].startswith("Qt 6")
    assert any(name.endswith("workspace") for name in rows)
    assert "1 damaged" in rows["✗  workspace content"]
    dialog.copy_button.click()
    text = QGuiApplication.clipboard().text()
    assert "program: htr-workbench" in text
    assert "       → Help ▸ Check the workspace" in text
    dialog.close()


def test_a_report_is_looked_at_and_written(
    qtbot: QtBot, planned: Stores, drive: ScriptedDrive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    expected_log: list[object],
) -> None:  # fmt: skip
    drive.trainer = "first_fails"
    run_to_end(qtbot, planned)
    dialog = ProblemReportDialog(planned.examination, tmp_path)
    show(qtbot, dialog)
    assert not dialog.save_button.isEnabled()
    wait_until(qtbot, dialog.save_button.isEnabled)
    plain = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    assert plain[:2] == ["README.txt", "doctor.json"]
    assert any(name.endswith("events.jsonl") for name in plain)
    assert "no image of a line" in dialog.standing.text()
    dialog.images.click()
    wait_until(qtbot, lambda: dialog.save_button.isEnabled() and "4 images of lines" in dialog.standing.text())
    dialog.images.click()
    wait_until(qtbot, lambda: dialog.save_button.isEnabled() and "no image" in dialog.standing.text())
    dialog.images.click()
    wait_until(qtbot, lambda: dialog.save_button.isEnabled() and "4 images of lines" in dialog.standing.text())
    listed = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    place = tmp_path / "mine.zip"
    place.write_bytes(b"an old one, which the file dialog asked about")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    dialog.save_button.click()
    wait_until(qtbot, lambda: not planned.examination.is_gathering)
    with zipfile.ZipFile(place) as archive:
        assert archive.namelist() == listed
        assert any(each["name"] == "program" for each in json.loads(archive.read("doctor.json")))
        pictures = [name for name in archive.namelist() if name.startswith("images/arabic/")]
        assert len(pictures) == 4
        assert archive.read(pictures[0]).startswith(b"\x89PNG")
    shown = planned.messages.shown
    assert shown is not None
    assert str(place) in shown.text


def test_a_report_that_cannot_be_written_says_so(
    qtbot: QtBot, stores: Stores, tmp_path: Path, expected_log: list[object]
) -> None:
    stores.examination.gather(with_images=False)
    wait_until(qtbot, lambda: bool(stores.examination.parts))
    (tmp_path / "file").write_bytes(b"")
    stores.examination.save(tmp_path / "file" / "report.zip")
    wait_until(qtbot, lambda: stores.messages.shown is not None)
    shown = stores.messages.shown
    assert shown is not None
    assert "report.zip was not written" in shown.text
