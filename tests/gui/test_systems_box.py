"""Results of another system, added on the Results page: in the tables, in the heatmaps, beside the lines; taken out."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.execution.small_data import small_study
from tests.gui.conftest import run_to_end, wait_until
from workbench.data.catalog import OpenedDataset, open_dataset
from workbench.files import write_csv
from workbench.gui.panels.results import ResultsPanel
from workbench.gui.panels.results.system_dialog import SystemDialog
from workbench.gui.stores.bundle import Stores
from workbench.gui.stores.results import Cell
from workbench.runs.attached import load_attached
from workbench.runs.workspace import Workspace


@pytest.fixture
def panel(qtbot: QtBot, stores: Stores) -> Iterator[ResultsPanel]:
    """The page of a finished study."""
    stores.study.set_study(small_study())
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    run_to_end(qtbot, stores)
    settle(qtbot, stores)
    panel = ResultsPanel(results=stores.results, study=stores.study, progress=stores.progress)
    qtbot.addWidget(panel)
    panel.resize(1192, 620)
    panel.tabs.setCurrentWidget(panel.runs_tab)
    with qtbot.waitExposed(panel):
        panel.show()
    yield panel
    panel.hide()


def settle(qtbot: QtBot, stores: Stores) -> None:
    results = stores.results
    wait_until(
        qtbot, lambda: results.report is not None and not results.is_working and not results.systems._lane.is_running
    )


def file_of(workspace: Workspace, path: Path, cut: int) -> Path:
    opened = next(value for value in open_dataset(workspace, "persian") if isinstance(value, OpenedDataset))
    rows = [(line.id, line.transcription[:-cut]) for line in opened.lines.lines if line.split == "test"]
    write_csv(path, ("id", "hypothesis"), rows)
    return path


def add(qtbot: QtBot, panel: ResultsPanel, path: Path, regime: str) -> SystemDialog:
    panel.runs_tab.systems_box.add_action.trigger()
    dialog = panel.runs_tab.systems_box._dialog
    assert isinstance(dialog, SystemDialog)
    assert not dialog.add_button.isEnabled()
    dialog.choose(path)
    dialog.architecture.setText("<b>Kraken</b>")
    dialog.regime.setCurrentIndex(dialog.regime.findData(regime))
    dialog.target.setCurrentIndex(dialog.target.findData("persian"))
    assert dialog.k.value() == 4
    qtbot.mouseClick(dialog.add_button, Qt.MouseButton.LeftButton)
    return dialog


def texts(panel: ResultsPanel, row: int) -> list[str]:
    model = panel.runs_tab.systems_box.model
    return [model.index(row, column).data() for column in range(model.columnCount())]


def test_another_system_takes_part_and_is_taken_out(
    qtbot: QtBot, panel: ResultsPanel, stores: Stores, workspace: Workspace, tmp_path: Path
) -> None:
    box, results = panel.runs_tab.systems_box, stores.results
    assert not box.table.isVisible()
    for number, (regime, cut) in enumerate((("single", 3), ("multi", 1)), start=1):
        path = file_of(workspace, tmp_path / f"{regime}.csv", cut)
        with qtbot.waitSignal(results.systems.imported, timeout=20_000):
            add(qtbot, panel, path, regime)
        wait_until(qtbot, lambda number=number: box.model.rowCount() == number)
        settle(qtbot, stores)
    assert box.table.isVisible()
    assert texts(panel, 0)[:5] == ["<b>Kraken</b>", "Single-script", "persian", "4", "0"]
    assert texts(panel, 1)[6:] == ["5 / 5", "multi.csv"]
    assert "sha256" in box.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)

    report = results.report
    assert report is not None
    cell = report.cell("<b>Kraken</b>", "persian", 4, "6 steps")
    assert cell is not None
    assert cell.delta_pp is not None
    assert cell.delta_pp < 0
    assert "<b>Kraken</b>" in [content.title for content in panel.delta_tab._contents]
    panel.grab()  # draws the heatmap of an architecture that the program does not know

    results.select_cell(Cell("persian", 4, "6 steps", ("<b>Kraken</b>",)))
    wait_until(qtbot, lambda: len(stores.predictions.rows) == 5 and not stores.predictions.is_reading)
    assert [arm.regime for arm in stores.predictions.arms] == ["single", "multi"]

    box.table.selectRow(1)
    box.take_out_action.trigger()
    wait_until(qtbot, lambda: box.model.rowCount() == 1)
    settle(qtbot, stores)
    assert len(load_attached(workspace, "small")) == 1
    cell = results.report.cell("<b>Kraken</b>", "persian", 4, "6 steps")
    assert cell is None


def test_a_file_that_cannot_be_taken_is_said_in_the_dialog(
    qtbot: QtBot, panel: ResultsPanel, stores: Stores, workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "other.csv"
    write_csv(path, ("id", "hypothesis"), [("unknown", "x")])
    with qtbot.waitSignal(stores.results.systems.refused, timeout=20_000):
        dialog = add(qtbot, panel, path, "single")
    assert "has no line of the test part of persian" in dialog.fault.problem
    assert dialog.fault.isVisible()
    assert dialog.add_button.isEnabled()
    assert load_attached(workspace, "small") == ()
    dialog.reject()
    settle(qtbot, stores)
