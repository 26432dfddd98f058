"""The Predictions panel: lines of a cell, both arms, every run's reading, differences marked."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tests.execution.small_data import small_study
from tests.gui.conftest import wait_until
from workbench.gui.panels.predictions import PredictionsPanel
from workbench.gui.readings_view import ReadingsView, ShownReading
from workbench.gui.stores.bundle import Stores
from workbench.gui.stores.predictions import runs_of
from workbench.gui.stores.results import Cell
from workbench.gui.text_rendering import TextStyle
from workbench.metrics.error_rate import count_characters
from workbench.runs.predictions import Prediction, write_predictions
from workbench.runs.store import RunStore

CELL = Cell("arabic", 4, "6 steps", ("small-cnn",))


def make_panel(qtbot: QtBot, stores: Stores) -> PredictionsPanel:
    panel = PredictionsPanel(
        predictions=stores.predictions,
        shown_lines=stores.shown_lines,
        marks=stores.marks,
        results=stores.results,
        datasets=stores.datasets,
        text=stores.text,
    )
    qtbot.addWidget(panel)
    panel.resize(1208, 640)
    panel.show()
    return panel


def write_readings(stores: Stores) -> list[str]:
    """Let the single-script run lose the last two characters of each line, and the multi-script run one of some."""
    plan = stores.study.startable_plan
    assert plan is not None
    store = RunStore(stores.workspaces.workspace)
    cache = stores.datasets.opened["arabic"].cache
    ids = list(plan.target("arabic").test_ids)
    for run in runs_of(plan, CELL):
        rows = []
        for number, line_id in enumerate(ids):
            reference = cache.transcription(line_id)
            lost = 2 if run.request.regime == "single" else number % 2
            hypothesis = reference[: len(reference) - lost]
            edits = count_characters(reference, hypothesis)
            rows.append(Prediction(line_id, "arabic", "test", "last", reference, hypothesis, edits.edits, edits.length))
        write_predictions(store.predictions_file(run.run), rows)
    return ids


@pytest.fixture
def ids(qtbot: QtBot, planned: Stores) -> list[str]:
    found = write_readings(planned)
    wait_until(qtbot, lambda: planned.results.plan is not None)
    planned.results.select_cell(CELL)
    wait_until(qtbot, lambda: bool(planned.predictions.rows) and not planned.predictions.is_reading)
    return found


@pytest.fixture
def panel(qtbot: QtBot, planned: Stores, ids: list[str]) -> PredictionsPanel:
    return make_panel(qtbot, planned)


def test_without_a_cell_the_page_leads_to_the_results(qtbot: QtBot, stores: Stores) -> None:
    panel = make_panel(qtbot, stores)
    assert panel.empty.isVisible()
    assert panel.empty.title.text() == "No cell chosen yet"
    with qtbot.waitSignal(panel.page_requested) as asked:
        qtbot.mouseClick(panel.empty.buttons[0], Qt.MouseButton.LeftButton)
    assert asked.args == ["results"]
    assert not panel.copy_action.isEnabled()


def test_a_cell_without_finished_runs_says_so(qtbot: QtBot, planned: Stores) -> None:
    panel = make_panel(qtbot, planned)
    wait_until(qtbot, lambda: planned.results.plan is not None)
    planned.results.select_cell(CELL)
    wait_until(qtbot, lambda: bool(planned.predictions.missing_runs) and not planned.predictions.is_reading)
    assert panel.empty.isVisible()
    assert "2 runs of this cell must be finished first" in panel.empty.text.text()


def test_the_cell_and_its_lines_are_shown(qtbot: QtBot, panel: PredictionsPanel, ids: list[str]) -> None:
    assert panel.heading.text() == "arabic · K 4 · 6 steps"
    assert panel.about.text() == "test lines · last weights · 2 runs"
    assert panel.rows.model.total == len(ids) == 5
    first = panel.rows.model.row_at(0)
    assert first is not None
    length = len(first.row.reference)
    assert first.single == pytest.approx(2 / length)
    assert first.multi == 0
    assert panel.filters.count.text() == "5 lines"
    wait_until(qtbot, lambda: not panel.detail.image.image.isNull())
    panel.grab()


def test_every_run_stands_under_the_reference(panel: PredictionsPanel) -> None:
    readings = panel.detail.readings.readings
    assert [reading.label for reading in readings] == ["single", "multi"]
    assert readings[1].error_rate == "0.0 %"
    assert [reading.is_emphasised for reading in readings] == [False, True]
    spoken = panel.detail.readings.spoken()
    assert spoken[0].startswith("Reference: ")
    assert "2 missing" in spoken[1]
    assert "no differences" in spoken[2]


def test_an_arm_stands_beside_its_own_baseline(qtbot: QtBot, stores: Stores) -> None:
    cell = Cell("arabic", 4, "6 steps", ("small-cnn",), "head_on_multi")
    regimes = ["single", "multi", "head_on_single", "head_on_multi"]
    stores.study.set_study(small_study(regimes=regimes, architectures=["small-cnn", "small-crnn"]))
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    plan = stores.study.startable_plan
    assert plan is not None
    assert [run.request.regime for run in runs_of(plan, cell)] == ["head_on_single", "head_on_multi"]
    every = Cell("arabic", 4, "6 steps", (), "head_on_multi")
    store = RunStore(stores.workspaces.workspace)
    for run in runs_of(plan, every):
        lost = {"head_on_single": "قم", "head_on_multi": "قلما"}[run.request.regime]
        edits = 2 if run.request.regime == "head_on_single" else 1
        write_predictions(
            store.predictions_file(run.run), [Prediction("line", "arabic", "test", "last", "قلمم", lost, edits, 4)]
        )
    wait_until(qtbot, lambda: stores.results.plan is not None)
    stores.results.select_cell(cell)
    wait_until(qtbot, lambda: bool(stores.predictions.rows) and not stores.predictions.is_reading)
    panel = make_panel(qtbot, stores)
    model = panel.rows.model
    assert [model.headerData(n, Qt.Orientation.Horizontal) for n in (2, 3)] == ["single head", "multi head"]
    assert [model.index(0, column).data() for column in (2, 3, 4)] == ["50.0", "25.0", "−25.0"]
    assert panel.filters.choice.itemText(1) == "multi head right, single head wrong"
    assert panel.heading.text() == "arabic · K 4 · 6 steps · New head, multi-script encoder"
    assert [reading.label for reading in panel.detail.readings.readings] == ["single head", "multi head"]
    header = panel.rows.table.horizontalHeader()
    for column in (2, 3):
        title = model.headerData(column, Qt.Orientation.Horizontal)
        assert header.sectionSize(column) > header.fontMetrics().horizontalAdvance(title)
    box = panel.filters.architecture
    box.setCurrentIndex(box.findData("small-crnn"))
    box.activated.emit(box.currentIndex())
    wait_until(qtbot, lambda: not stores.predictions.is_reading and len(panel.detail.readings.readings) == 4)
    assert stores.results.selected_cell.architectures == ("small-cnn", "small-crnn")
    assert model.architecture == "small-crnn"
    assert panel.detail.readings.readings[3].label == "CRNN (small) · multi head"


def test_lines_are_sorted_by_delta(panel: PredictionsPanel) -> None:
    panel.rows.table.sortByColumn(4, Qt.SortOrder.AscendingOrder)
    deltas = [panel.rows.model.row_at(number).delta_pp for number in range(5)]
    assert deltas == sorted(deltas)
    panel.rows.table.sortByColumn(4, Qt.SortOrder.DescendingOrder)
    assert panel.rows.model.row_at(0).delta_pp == max(deltas)


def test_lines_are_filtered_by_who_is_right(panel: PredictionsPanel) -> None:
    panel.filters.choice.setCurrentIndex(panel.filters.choice.findText("multi right, single wrong"))
    assert panel.rows.model.rowCount() == 3
    assert panel.filters.count.text() == "5 lines · 3 shown"
    panel.filters.choice.setCurrentIndex(panel.filters.choice.findText("single right, multi wrong"))
    assert panel.rows.model.rowCount() == 0
    assert panel.detail.row is None


def test_j_k_and_c(qtbot: QtBot, panel: PredictionsPanel, ids: list[str]) -> None:
    panel.activateWindow()
    panel.rows.table.setFocus()
    qtbot.keyClick(panel.rows.table, Qt.Key.Key_J)
    assert panel.detail.row.line_id == ids[1]
    qtbot.keyClick(panel.rows.table, Qt.Key.Key_K)
    assert panel.detail.row.line_id == ids[0]
    qtbot.keyClick(panel.rows.table, Qt.Key.Key_C)
    copied = QGuiApplication.clipboard().text().splitlines()
    assert len(copied) == 3
    assert copied[0].endswith(f"\t{panel.detail.row.reference}")
    qtbot.keyClick(panel.filters.search, Qt.Key.Key_C)
    assert panel.filters.search.text() == "c"


def test_the_image_comes_when_its_data_set_is_opened(qtbot: QtBot, panel: PredictionsPanel, planned: Stores) -> None:
    wait_until(qtbot, lambda: not panel.detail.image.image.isNull())
    planned.datasets.reload()
    assert panel.detail.image.image.isNull()
    assert "not open" in panel.detail.image.note
    wait_until(qtbot, lambda: "arabic" in planned.datasets.opened and not planned.datasets.is_busy)
    wait_until(qtbot, lambda: not panel.detail.image.image.isNull())


def test_another_cell_takes_the_place(qtbot: QtBot, panel: PredictionsPanel, planned: Stores) -> None:
    planned.results.select_cell(None)
    assert panel.empty.isVisible()
    assert panel.detail.row is None


def test_text_size_changes_rows_and_readings(panel: PredictionsPanel, planned: Stores) -> None:
    before = panel.detail.readings._high
    for _ in range(5):
        planned.text.enlarge()
    assert panel.detail.readings._high > before
    panel.grab()


def test_a_narrow_page_puts_the_line_under_the_table(panel: PredictionsPanel) -> None:
    assert panel.splitter.orientation() == Qt.Orientation.Horizontal
    panel.resize(840, 640)
    assert panel.splitter.orientation() == Qt.Orientation.Vertical


# Readings side by side


@pytest.fixture
def view(qtbot: QtBot) -> ReadingsView:
    view = ReadingsView()
    qtbot.addWidget(view)
    view.resize(640, 300)
    view.show()
    return view


REFERENCE = "حکومت پنجاب کے گمشدہ چچیرے بھائی نے کہا کہ وہ واپس آئے گا"


def test_a_long_line_goes_on_in_a_second_band(view: ReadingsView) -> None:
    readings = [ShownReading(f"run {number}", "1.0 %", REFERENCE) for number in range(3)]
    view.show_readings(REFERENCE, readings, TextStyle("ur", 20))
    assert view.band_count > 1
    assert view.verticalScrollBar().maximum() > 0
    rows = {view.row_at(view.viewport().rect().topLeft().__class__(5, y)) for y in range(0, 300, 4)}
    assert {0, 1, 2, 3} & rows
    view.resize(3000, 300)
    assert view.band_count == 1


def test_a_reading_without_any_space_is_broken_where_it_must_be(view: ReadingsView) -> None:
    view.show_readings(REFERENCE, [ShownReading("run", "90.0 %", "ب" * 400)], TextStyle("ur", 20))
    assert view.band_count == 1
    assert not view.grab().isNull()


@pytest.mark.parametrize("text", ["", " ", "\u202eabc\u202c", "<b>bold</b>", "\U0001d400 كتاب"])
def test_odd_readings_are_drawn(view: ReadingsView, text: str) -> None:
    view.show_readings("كتاب جديد", [ShownReading("run", "100.0 %", text)], TextStyle("ar", 14))
    assert not view.grab().isNull()
    assert text in view.spoken()[1]


def test_nothing_to_read_is_drawn(view: ReadingsView) -> None:
    view.show_readings("", (), TextStyle("ar"))
    assert not view.grab().isNull()


@pytest.mark.real_lines
def test_published_readings_of_real_lines(view: ReadingsView, real_lines: Path) -> None:
    import csv

    files = sorted((real_lines / "published_predictions").rglob("*.csv"))
    drawn = 0
    for path in files:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(csv.DictReader(file)):
                if "Prediction" not in row or number >= 12:
                    break
                view.show_readings(row["GroundTruth"], [ShownReading("CRNN", "", row["Prediction"])], TextStyle("ur"))
                assert view.band_count >= 1
                drawn += 1
    assert drawn
