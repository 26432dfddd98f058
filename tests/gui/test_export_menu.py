"""The menu of exports: every entry writes what it says, in a worker, with what is ticked; faults are told."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.execution.small_data import small_study
from tests.gui.conftest import run_to_end, wait_until
from workbench.analysis.exports.bundle import save_bundle
from workbench.analysis.exports.bundle_reading import open_bundle
from workbench.analysis.results.report import report
from workbench.gui.panels.results import ResultsPanel
from workbench.gui.panels.results.exports import ExportMenu
from workbench.gui.stores.bundle import Stores
from workbench.gui.stores.exports import ExportChoices
from workbench.runs.plan import load_plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace


@pytest.fixture
def menu(qtbot: QtBot, stores: Stores) -> Iterator[ExportMenu]:
    """Menu over a finished study of two architectures."""
    stores.study.set_study(small_study(architectures=["small-cnn", "small-crnn"]))
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    run_to_end(qtbot, stores)
    wait_until(qtbot, lambda: stores.results.report is not None and not stores.results.is_working)
    panel = ResultsPanel(results=stores.results, study=stores.study, progress=stores.progress)
    qtbot.addWidget(panel)
    yield panel.exports
    wait_until(qtbot, lambda: not stores.results.is_exporting)


def write(qtbot: QtBot, stores: Stores, monkeypatch: pytest.MonkeyPatch, action: QAction, path: Path) -> str:
    """Trigger an entry, answer its dialog, wait; return what the user is told."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(path), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(path))
    assert action.isEnabled()
    action.trigger()
    assert stores.results.is_exporting
    assert not action.isEnabled()
    wait_until(qtbot, lambda: not stores.results.is_exporting)
    shown = stores.messages.shown
    assert shown is not None
    return shown.text


def test_every_entry_writes_what_it_says(
    qtbot: QtBot, stores: Stores, menu: ExportMenu, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    said = write(qtbot, stores, monkeypatch, menu.spreadsheet, out / "csv")
    assert said.startswith("11 files were written to")
    assert (out / "csv" / "delta.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert (out / "csv" / "spreadsheet.txt").is_file()
    write(qtbot, stores, monkeypatch, menu.tables, out / "plain")
    assert not (out / "plain" / "spreadsheet.txt").exists()
    write(qtbot, stores, monkeypatch, menu.latex, out / "latex")
    assert r"\toprule" in (out / "latex" / "delta.tex").read_text(encoding="utf-8")
    assert "report.html" in write(qtbot, stores, monkeypatch, menu.html, out / "report.html")
    assert "Content-Security-Policy" in (out / "report.html").read_text(encoding="utf-8")
    for action, name in ((menu.column_heatmaps, "h"), (menu.column_curves, "c")):
        write(qtbot, stores, monkeypatch, action, out / name)
        assert (out / f"{name}.pdf").read_bytes().startswith(b"%PDF"), "an ending is added where there is none"


def test_a_bundle_gives_the_same_report(
    qtbot: QtBot, stores: Stores, menu: ExportMenu, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = write(qtbot, stores, monkeypatch, menu.bundle, tmp_path / "study.zip")
    assert said.startswith("A bundle without texts and images was")
    open_bundle(tmp_path / "study.zip", tmp_path / "new")
    again = Workspace(tmp_path / "new")
    assert report(load_plan(again.plan_file("small")), RunStore(again)) == stores.results.report
    menu.texts.trigger()
    assert "with texts" in write(qtbot, stores, monkeypatch, menu.bundle, tmp_path / "texts.zip")
    with zipfile.ZipFile(tmp_path / "texts.zip") as archive:
        assert any(name.endswith("predictions.csv") for name in archive.namelist())


def test_what_is_ticked_is_what_is_written(menu: ExportMenu) -> None:
    assert menu.choices == ExportChoices(), "nothing that may not be passed on"
    for action in (menu.single, menu.interval, menu.images, menu.texts):
        action.trigger()
    assert menu.choices == ExportChoices("single", "interval", with_images=True, with_texts=True)
    menu.double.trigger()
    assert menu.choices.width == "double"
    assert not menu.single.isChecked()


def test_what_cannot_be_written_is_told(
    qtbot: QtBot, stores: Stores, menu: ExportMenu, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = write(qtbot, stores, monkeypatch, menu.examples, tmp_path / "lines.pdf")
    assert "no example lines" in said, "the scripted runs keep no texts"
    assert not (tmp_path / "lines.pdf").exists()
    said = write(qtbot, stores, monkeypatch, menu.column_curves, tmp_path / "curves.gif")
    assert "not a kind of picture" in said
    (tmp_path / "file").write_text("mine")
    write(qtbot, stores, monkeypatch, menu.html, tmp_path / "file" / "report.html")
    shown = stores.messages.shown
    assert shown is not None
    assert shown.severity == "error"
    assert (tmp_path / "file").read_text() == "mine"


def test_a_dialog_that_is_closed_writes_nothing(
    stores: Stores, menu: ExportMenu, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: ("", ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: "")
    for action in menu.exports:
        action.trigger()
        assert not stores.results.is_exporting


def test_a_bundle_shows_its_results_without_its_data(
    qtbot: QtBot, stores: Stores, menu: ExportMenu, tmp_path: Path
) -> None:
    before = stores.results.report
    assert before is not None
    plan = stores.results.plan
    assert plan is not None
    save_bundle(plan, RunStore(stores.workspaces.workspace), tmp_path / "study.zip")  # pyright: ignore[reportArgumentType]
    open_bundle(tmp_path / "study.zip", tmp_path / "opened")
    stores.workspaces.open(tmp_path / "opened")
    assert stores.results.report is None
    stores.study.open_last()
    wait_until(qtbot, lambda: stores.results.report is not None and not stores.results.is_working)
    assert not stores.datasets.entries
    assert stores.results.report == before
    assert all(stores.progress.state(run) == "finished" for run in plan.run_ids), "the runs are known as well"
    assert stores.study.startable_plan is None
    assert stores.study.plan_problem is not None, "what is missing is still said"


def test_results_of_another_study_do_not_stand_in_for_one_that_cannot_be_planned(
    qtbot: QtBot, stores: Stores, menu: ExportMenu, tmp_path: Path
) -> None:
    plan = stores.results.plan
    assert plan is not None
    save_bundle(plan, RunStore(stores.workspaces.workspace), tmp_path / "study.zip")  # pyright: ignore[reportArgumentType]
    open_bundle(tmp_path / "study.zip", tmp_path / "opened")
    stores.study.edit(seeds=(7,))
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    stores.workspaces.open(tmp_path / "opened")
    wait_until(qtbot, lambda: stores.study.plan_problem is not None and not stores.study.is_planning)
    wait_until(qtbot, lambda: not stores.results.is_working)
    shown = stores.results.plan
    assert shown is None or shown.study != plan.study
    assert stores.results.report is None or stores.results.report.finished_runs == 0


def test_a_damaged_plan_is_told(qtbot: QtBot, stores: Stores, menu: ExportMenu, tmp_path: Path) -> None:
    plan = stores.results.plan
    assert plan is not None
    save_bundle(plan, RunStore(stores.workspaces.workspace), tmp_path / "study.zip")  # pyright: ignore[reportArgumentType]
    open_bundle(tmp_path / "study.zip", tmp_path / "opened")
    file = Workspace(tmp_path / "opened").plan_file(plan.study.name)
    file.write_text("{", encoding="utf-8")
    stores.workspaces.open(tmp_path / "opened")
    stores.study.open_last()
    wait_until(qtbot, lambda: (shown := stores.messages.shown) is not None and "plan" in shown.text)
    assert stores.results.report is None
