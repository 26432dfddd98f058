"""The tab on what networks depend on: measured by a button, drawn, listed, exported; cancelled in the middle."""

import csv
import math
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.execution.small_data import small_study
from tests.execution.talkative import finish_study
from tests.gui.conftest import ScriptedDrive, wait_until
from workbench.analysis.probes.values import PairKey, SimilarityRow
from workbench.execution.probe_units import ProbeAgenda, probe_agenda
from workbench.execution.probing import Probing
from workbench.gui.item_models.similarity import COLUMNS, SORT_ROLE, SimilarityModel
from workbench.gui.meanings import pen_width
from workbench.gui.panels.results import ResultsPanel
from workbench.gui.panels.results.probes_tab import ProbesTab
from workbench.gui.stores.bundle import Stores
from workbench.runs.control import Control
from workbench.runs.plan import load_plan
from workbench.runs.probes import all_stored, probes_folder
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

MEASURE_MS = 120_000


@pytest.fixture(scope="session")
def probed_workspace(small_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small workspace with a finished study."""
    root = tmp_path_factory.mktemp("probed") / "workspace"
    shutil.copytree(small_workspace, root)
    finish_study(Workspace(root), architectures=["small-cnn", "small-crnn"])
    return root


@pytest.fixture
def workspace(probed_workspace: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(probed_workspace, tmp_path / "small")
    return Workspace(tmp_path / "small")


@pytest.fixture
def done(qtbot: QtBot, stores: Stores) -> Stores:
    """Stores on the finished study, few lines to be read."""
    stores.study.set_study(small_study(architectures=["small-cnn", "small-crnn"]))
    wait_until(qtbot, lambda: stores.results.report is not None and not stores.results.is_working)
    stores.probes.set_lines(1)
    return stores


@pytest.fixture
def tab(qtbot: QtBot, done: Stores) -> Iterator[ProbesTab]:
    panel = ResultsPanel(results=done.results, study=done.study, progress=done.progress, probes=done.probes)
    qtbot.addWidget(panel)
    panel.resize(1192, 620)
    with qtbot.waitExposed(panel):
        panel.show()
    (place,) = (at for at in range(panel.tabs.count()) if panel.tabs.tabText(at) == "Probes")
    panel.tabs.setCurrentIndex(place)
    found = panel.tabs.currentWidget()
    assert isinstance(found, ProbesTab)
    wait_until(qtbot, lambda: done.probes.agenda is not None and not done.probes.is_reading)
    yield found
    panel.hide()


def measure(qtbot: QtBot, stores: Stores, tab: ProbesTab) -> None:
    qtbot.mouseClick(tab.measure, Qt.MouseButton.LeftButton)
    assert stores.probes.is_measuring
    qtbot.waitUntil(lambda: not stores.probes.is_measuring and not stores.probes.is_reading, timeout=MEASURE_MS)


def test_nothing_is_read_before_somebody_looks(qtbot: QtBot, done: Stores) -> None:
    assert done.probes.agenda is None
    assert done.probes.tables is None
    assert not done.probes.is_reading


def test_a_click_measures_and_shows_all_and_it_is_exported(
    qtbot: QtBot, done: Stores, tab: ProbesTab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tab.nothing.isVisible()
    assert not tab.export.isEnabled()
    assert tab.standing.text().startswith("0 of 16 measurements made · about")
    assert not tab.progress.isVisible()
    measure(qtbot, done, tab)
    assert not tab.nothing.isVisible()
    assert [plot.title for plot in tab.context.plots] == ["arabic", "persian"]
    plot = tab.context.plots[0]
    assert [curve.name for curve in plot.curves] == [
        "CNN-only (small) · single",
        "CNN-only (small) · multi",
        "CRNN (small) · single",
        "CRNN (small) · multi",
    ]
    styles = {curve.name: (curve.style, curve.pen_width) for curve in plot.curves}
    assert styles["CNN-only (small) · single"] == (Qt.PenStyle.DashLine, pen_width("single"))
    assert styles["CRNN (small) · multi"] == (Qt.PenStyle.SolidLine, pen_width("multi"))
    assert {curve.colour.name() for curve in plot.curves} == {"#0072b2"}, "Arabic"
    assert "CRNN" in plot.readout.replace("\u00a0", " ")
    assert done.probes.tables is not None
    points = [point for point in done.probes.tables.context if point.arm.target == plot.title]
    drawn = [value for each in plot.curves for value in each.values]
    assert sorted(value.rate for value in drawn) == pytest.approx(sorted(100 * point.cer for point in points))
    widths = sorted({point.width_px for point in points if point.width_px})
    places = sorted({value.place for value in drawn}, key=lambda place: place.x)
    assert [place.tick for place in places] == [*(f"{width:,}" for width in widths), "line"]
    assert places[-1].x == pytest.approx(places[-2].x + 1), "the whole line stands one step beyond"
    assert places[-1].heading == "whole line"
    assert all(bool(value.note) == (value.place != places[-1]) for value in drawn), "rises over the whole line"
    field = min(point.width_px / point.fields for point in points if point.width_px and point.fields)
    nearest = min(widths, key=lambda width: abs(math.log2(width / field)))
    assert plot.place is not None
    assert plot.place.heading == f"windows of {nearest:,} px", "about one receptive field at first"
    assert tab.sorted.rowCount() == 4 + 4, "regimes, architectures"
    assert tab.standing.text() == "16 of 16 measurements made"
    assert not tab.measure.isEnabled()
    assert tab.measure.toolTip() == "All is measured."
    assert done.messages.shown is None or done.messages.shown.severity == "info"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "tables"))
    tab.tables_action.trigger()
    wait_until(qtbot, lambda: not done.probes.is_exporting)
    with (tmp_path / "tables" / "similarity.csv").open(encoding="utf-8", newline="") as file:
        assert {row["difference"] for row in csv.DictReader(file)} == {"regime", "architecture"}
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "curves"), ""))
    tab.picture_action.trigger()
    wait_until(qtbot, lambda: not done.probes.is_exporting)
    assert (tmp_path / "curves.png").stat().st_size > 3000
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "curves.docx"), ""))
    tab.picture_action.trigger()
    wait_until(qtbot, lambda: not done.probes.is_exporting)
    assert done.messages.shown is not None
    assert "not a kind of picture" in done.messages.shown.text


def test_cancel_in_the_middle_leaves_no_process_and_what_was_read(qtbot: QtBot, done: Stores, tab: ProbesTab) -> None:
    qtbot.mouseClick(tab.measure, Qt.MouseButton.LeftButton)
    assert tab.progress.isVisible()
    assert not tab.measure.isEnabled()
    assert not tab.lines.isEnabled()
    workspace = done.workspaces.workspace
    assert workspace is not None
    folder = probes_folder(workspace, "small")
    qtbot.waitUntil(lambda: bool(list(folder.glob("*.json"))), timeout=MEASURE_MS)
    assert "on" in tab.progress_text.text()
    qtbot.mouseClick(tab.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not done.probes.is_measuring and not done.probes.is_reading, timeout=MEASURE_MS)
    assert not tab.progress.isVisible()
    assert tab.measure.isEnabled()
    assert list(all_stored(folder))
    assert not [p for p in psutil.Process().children() if "workbench.execution.probe_child" in p.cmdline()]


def test_as_many_lines_as_were_read_before(qtbot: QtBot, done: Stores, tab: ProbesTab) -> None:
    workspace = done.workspaces.workspace
    assert workspace is not None
    plan = load_plan(workspace.plan_file("small"))
    units = probe_agenda(plan, RunStore(workspace), lines=3, kinds=("similarity",)).units
    list(Probing(workspace, device="cpu", processes=1).run(ProbeAgenda("small", "last", units[:1], 0, ()), Control()))
    done.probes._asked_lines = None
    done.results.refresh()
    wait_until(qtbot, lambda: not done.results.is_working)
    done.probes.refresh()
    wait_until(qtbot, lambda: not done.probes.is_reading and done.probes.lines == 3)
    assert tab.lines.value() == 3
    assert tab.standing.text().startswith("1 of 16 measurements made")
    assert tab.sorted.rowCount() == 1
    assert not tab.nothing.isVisible()


def test_more_lines_are_more_work(qtbot: QtBot, done: Stores, tab: ProbesTab) -> None:
    before = done.probes.seconds
    tab.lines.setValue(4)
    wait_until(qtbot, lambda: not done.probes.is_reading)
    assert done.probes.lines == 4
    assert before is not None
    assert done.probes.seconds is not None
    assert done.probes.seconds.high > before.high


def test_other_weights_are_other_measurements(qtbot: QtBot, done: Stores, tab: ProbesTab) -> None:
    done.results.set_options(replace(done.results.options, selection="best"))
    wait_until(qtbot, lambda: not done.probes.is_reading and done.probes.agenda is not None
               and done.probes.agenda.selection == "best")  # fmt: skip


def test_nothing_is_measured_while_a_study_trains(
    qtbot: QtBot, done: Stores, tab: ProbesTab, drive: ScriptedDrive
) -> None:
    drive.trainer = "hold"
    done.study.set_study(small_study(seeds=[5], targets=["arabic"], regimes=["single"]))
    wait_until(qtbot, lambda: done.study.startable_plan is not None and done.study.startable_plan.study.seeds == (5,))
    plan = done.study.startable_plan
    assert plan is not None
    assert done.progress.start(plan)
    wait_until(qtbot, lambda: not tab.measure.isEnabled())
    assert "training" in tab.measure.toolTip()
    done.progress.cancel()
    wait_until(qtbot, lambda: not done.progress.is_running)
    wait_until(qtbot, lambda: not done.probes.is_reading and not done.results.is_working)


def test_a_workspace_that_is_read_only(qtbot: QtBot, done: Stores, tab: ProbesTab) -> None:
    done.workspaces._reader_reason = "another program writes here"
    tab.refresh()
    assert not tab.measure.isEnabled()
    assert "reading only" in tab.measure.toolTip()
    done.probes.measure()
    assert not done.probes.is_measuring


def test_a_fault_of_a_run_is_told_once(qtbot: QtBot, done: Stores, tab: ProbesTab) -> None:
    workspace = done.workspaces.workspace
    assert workspace is not None
    for path in workspace.runs.glob("*/last.safetensors"):
        path.write_bytes(b"torn")
    measure(qtbot, done, tab)
    shown = done.messages.shown
    assert shown is not None
    assert shown.severity == "warning"
    assert "measurements failed" in shown.text
    assert "not the one that was written" in shown.hint
    assert tab.nothing.isVisible()


# The table alone


def row(difference: str, cka: float, regime: str = "single", other: str = "multi", low: float | None = 0.2,
        architecture: str = "small-cnn") -> SimilarityRow:  # fmt: skip
    key = PairKey(difference, "khatt", "ar", architecture, "small-cnn" if difference != "architecture" else
                  "small-crnn", regime, other, 100, "9 steps", "")  # type: ignore[arg-type]  # fmt: skip
    return SimilarityRow(key, cka, low, None if low is None else 0.9, 0.1, 0.95, 2, 50, 12, "writers", 9000)


def test_each_row_has_the_level_to_compare_with(qtbot: QtBot) -> None:
    model = SimilarityModel()
    model.show([row("regime", 0.66), row("architecture", 0.5, other="single"), row("seed", 0.83, other="single"),
                row("seed", 0.71, "multi", low=None)])  # fmt: skip
    texts = [[model.index(at, column).data() for column in range(len(COLUMNS))] for at in range(4)]
    assert texts == [
        ["khatt", "single – multi", "CNN-only (small)", "0.66", "0.20 to 0.90", "0.83", "2", "50"],
        ["khatt", "CNN-only (small) – CRNN (small)", "single", "0.50", "0.20 to 0.90", "0.83", "2", "50"],
        ["khatt", "seed – seed", "CNN-only (small) · single", "0.83", "0.20 to 0.90", "–", "2", "50"],
        ["khatt", "seed – seed", "CNN-only (small) · multi", "0.71", "–", "–", "2", "50"],
    ]
    assert model.index(0, 3).data(SORT_ROLE) == 0.66
    assert model.index(3, 4).data(SORT_ROLE) == -1.0
    assert "0.10 to 0.95 over them" in model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "12 writers" in model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    tips = [model.headerData(at, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole) for at in range(len(COLUMNS))]
    assert all(tips)
    assert model.headerData(0, Qt.Orientation.Vertical) is None
    model.show([])
    assert model.rowCount() == 0
