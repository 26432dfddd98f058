"""The Predictions panel: lines of a cell, both arms, every run's reading, differences marked."""

import math
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPalette
from PySide6.QtWidgets import QLineEdit, QStackedWidget
from pytestqt.qtbot import QtBot

from tests.analysis.finished import finish_run
from tests.execution.small_data import small_study
from tests.gui.conftest import wait_until
from workbench.analysis.lines.selection import LineWish
from workbench.data.cache import LineCache, find_cache
from workbench.data.catalog import ensure_cache
from workbench.data.line_marks import LineMark, read_marks
from workbench.gui.panels.predictions import PredictionsPanel
from workbench.gui.readings_view import ReadingsView, ShownReading
from workbench.gui.stores.bundle import Stores
from workbench.gui.stores.predictions import runs_of
from workbench.gui.stores.results import Cell
from workbench.gui.text_rendering import TextStyle
from workbench.metrics.error_rate import count_characters
from workbench.models.frame_places import frame_places
from workbench.models.registry import ARCHITECTURES
from workbench.runs.predictions import Prediction
from workbench.runs.spec import RunSpec
from workbench.runs.store import RunStore
from workbench.study.schema import Preprocessing

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
        finish_run(store, run, rows)
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
        finish_run(store, run, [Prediction("line", "arabic", "test", "last", "قلمم", lost, edits, 4)])
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


def test_the_keys_go_to_the_lines_of_a_cell_that_was_chosen_elsewhere(
    qtbot: QtBot, planned: Stores, ids: list[str]
) -> None:
    window, elsewhere = QStackedWidget(), QLineEdit()
    qtbot.addWidget(window)
    panel = make_panel(qtbot, planned)
    window.addWidget(elsewhere)
    window.addWidget(panel)
    window.setCurrentWidget(elsewhere)
    window.show()
    window.activateWindow()
    elsewhere.setFocus()
    planned.results.select_cell(replace(CELL, architectures=()))
    window.setCurrentWidget(panel)
    wait_until(qtbot, lambda: bool(planned.predictions.rows) and not planned.predictions.is_reading)
    assert panel.rows.table.hasFocus()
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_J)
    assert panel.detail.row.line_id == ids[1]
    panel.filters.search.setFocus()
    planned.results.select_cell(CELL)  # as the filters do: nobody is torn away from what they do
    wait_until(qtbot, lambda: bool(planned.predictions.rows) and not planned.predictions.is_reading)
    assert not panel.rows.table.hasFocus()


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


def write_seeds(stores: Stores, *, with_frames: bool = True) -> None:
    """Let all four runs of two seeds read the same two lines: seed 1 is wrong in the first, seed 0 in the second."""
    plan = stores.study.startable_plan
    assert plan is not None
    store = RunStore(stores.workspaces.workspace)
    ids = plan.target("arabic").test_ids[:2]
    for run in runs_of(plan, CELL):
        rows = []
        for number, line_id in enumerate(ids):
            is_right = run.request.seed == number or run.request.regime == "multi"
            text = "قلم" if is_right else "قلب"
            frames, sure = ((9, 6, 2), (0.99, 0.42, 1.0)) if with_frames else ((), ())
            rows.append(Prediction(line_id, "arabic", "test", "last", "قلم", text, int(not is_right), 3, frames, sure))
        finish_run(store, run, rows)
        store.save_spec(with_writers(plan.specs[run.run]))


def with_writers(spec: RunSpec) -> RunSpec:
    """Let two writers have written the test lines in turns."""
    targets = tuple(
        target.model_copy(
            update={
                "cluster_unit": "writers",
                "test_clusters": tuple("wx"[number % 2] for number in range(len(target.test_ids))),
            }
        )
        for target in spec.targets
    )
    return spec.model_copy(update={"targets": targets})


@pytest.fixture
def two_seeds(qtbot: QtBot, stores: Stores) -> PredictionsPanel:
    stores.study.set_study(small_study(seeds=[0, 1]))
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    write_seeds(stores)
    wait_until(qtbot, lambda: stores.results.plan is not None)
    stores.results.select_cell(CELL)
    wait_until(qtbot, lambda: bool(stores.predictions.rows) and not stores.predictions.is_reading)
    panel = make_panel(qtbot, stores)
    wait_until(qtbot, lambda: not panel.detail.image.image.isNull())
    return panel


def test_seeds_are_shown_together_or_one_by_one(two_seeds: PredictionsPanel) -> None:
    panel = two_seeds
    model, box = panel.rows.model, panel.filters.replicate
    assert [box.itemText(n) for n in range(box.count())] == ["all seeds", "seed 0", "seed 1"]
    assert [model.index(row, 2).data() for row in (0, 1)] == ["16.7", "16.7"]
    assert [one.label for one in panel.detail.readings.readings] == [
        "single · s0", "single · s1", "multi · s0", "multi · s1",
    ]  # fmt: skip
    box.setCurrentIndex(1)
    box.activated.emit(1)
    assert [model.index(row, 2).data() for row in (0, 1)] == ["0.0", "33.3"]
    assert [one.label for one in panel.detail.readings.readings] == ["single", "multi"]
    panel.filters.choice.setCurrentIndex(panel.filters.choice.findText("multi right, single wrong"))
    assert model.rowCount() == 1


def test_lines_with_a_confusion(two_seeds: PredictionsPanel) -> None:
    filters = two_seeds.filters
    characters = [filters.character.itemText(n) for n in range(filters.character.count())]
    assert characters == ["any character", "U+0645 م\u200e · 2"]
    filters.character.setCurrentIndex(1)
    assert [filters.read_as.itemText(n) for n in range(filters.read_as.count())] == [
        "as anything",
        "as U+0628 ب\u200e · 2",
    ]
    filters.read_as.setCurrentIndex(1)
    assert two_seeds.rows.model.rowCount() == 2
    filters.replicate.setCurrentIndex(1)
    filters.replicate.activated.emit(1)
    assert two_seeds.rows.model.rowCount() == 1
    filters.reset_button.click()
    assert two_seeds.rows.model.rowCount() == 2
    assert filters.character.currentIndex() == filters.read_as.currentIndex() == 0


def test_a_filter_that_holds_is_seen_though_nothing_passes_it(two_seeds: PredictionsPanel) -> None:
    filters, store = two_seeds.filters, two_seeds._shown_lines
    store.set_wish(LineWish(character="گ", read_as=""))
    assert filters.character.currentText().startswith("U+06AF")
    assert filters.read_as.currentText() == "missing · 0"
    assert two_seeds.rows.model.rowCount() == 0
    assert filters.wish == LineWish(character="گ", read_as="")
    filters.reset()
    assert two_seeds.rows.model.rowCount() == 2


def test_lines_of_a_writer(two_seeds: PredictionsPanel) -> None:
    box = two_seeds.filters.cluster
    names = [box.itemText(n) for n in range(box.count())]
    assert names == ["any writer", "w", "x"]
    box.setCurrentIndex(1)
    assert two_seeds.rows.model.rowCount() == 1
    box.setCurrentIndex(2)
    assert two_seeds.rows.model.rowCount() == 1


def test_letters_lie_over_the_image_where_they_were_read(qtbot: QtBot, two_seeds: PredictionsPanel) -> None:
    detail = two_seeds.detail
    assert detail.readings.current_row == 4
    letters = detail.alignment.letters
    assert [letter.text for letter in letters] == list("قلم")
    centres = [letter.centre_px for letter in letters]
    assert centres == sorted(centres, reverse=True)  # read from right to left
    assert 0 < centres[-1] < centres[0] < detail.image.image.width()
    assert "multi · s1" in detail.said.text()
    blank = detail.image.grab().toImage()
    two_seeds.overlay_action.trigger()
    assert detail.image.grab().toImage() != blank
    assert detail.said.text() == ""
    two_seeds.overlay_action.trigger()
    assert detail.image.grab().toImage() == blank


def test_frames_of_a_study_that_does_not_crop_are_moved(qtbot: QtBot, stores: Stores) -> None:
    stores.study.set_study(small_study(preprocessing={"line_height_px": 32, "crop_to_ink": False}, seeds=[0, 1]))
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    write_seeds(stores)
    wait_until(qtbot, lambda: stores.results.plan is not None)
    opened, workspace = stores.datasets.opened["arabic"], stores.workspaces.workspace
    whole = find_cache(workspace, opened.entry.fingerprint, cropped=False)
    if whole is not None:
        shutil.rmtree(whole.folder)
    stores.results.select_cell(CELL)
    wait_until(qtbot, lambda: bool(stores.predictions.rows) and not stores.predictions.is_reading)
    panel = make_panel(qtbot, stores)
    assert "read another image of this line" in panel.detail.said.text()
    *_, made = ensure_cache(workspace, opened, cropped=False)
    assert isinstance(made, LineCache)
    stores.predictions.read()
    wait_until(qtbot, lambda: not stores.predictions.is_reading)
    row = stores.predictions.rows[0]
    run = row.readings[0].run
    left = opened.cache.box(row.line_id)[2]
    assert left > 0
    found = stores.predictions.places(run.run, row.line_id, opened.cache)
    geometry = ARCHITECTURES["small-cnn"].geometry
    expected = frame_places(*made.size(row.line_id), Preprocessing(line_height_px=32, crop_to_ink=False), geometry)
    assert found is not None
    assert found.centre(6) == pytest.approx(expected.centre(6) - left)


def test_pointing_links_letter_frame_and_hypothesis(qtbot: QtBot, two_seeds: PredictionsPanel) -> None:
    detail = two_seeds.detail
    letter = detail.alignment.letters[1]
    place = detail.image.image_place
    at = QPoint(round(place.left() + letter.centre_px * detail.image.zoom), round(place.center().y()))
    blank = detail.image.grab().toImage()
    qtbot.mouseMove(detail.image.viewport(), at)
    wait_until(qtbot, lambda: detail.readings.pointed == (4, 1))
    assert detail.said.text().startswith("U+0644 ل LAM · frame 6 (")
    assert detail.said.text().endswith("confidence 42.0 %")
    assert detail.image.grab().toImage() != blank
    detail.image.column_pointed.emit(None)
    assert detail.readings.pointed == (-1, -1)
    assert detail.image.grab().toImage() == blank
    # And from a letter of another reading to its frame.
    (spot,) = [
        QPoint(x, y)
        for y in range(0, detail.readings.viewport().height(), 3)
        for x in range(0, detail.readings.viewport().width(), 2)
        if detail.readings.character_at(QPoint(x, y)) == (1, 0)
    ][:1]
    assert "confidence 99.0 %" in detail.readings.words_at(spot)
    qtbot.mouseMove(detail.readings.viewport(), spot)
    wait_until(qtbot, lambda: detail.readings.pointed == (1, 0))
    assert detail.said.text().startswith("U+0642 ق QAF · frame 9")
    assert detail.image.grab().toImage() != blank


def test_another_reading_is_chosen(qtbot: QtBot, two_seeds: PredictionsPanel) -> None:
    two_seeds.activateWindow()
    two_seeds.rows.table.setFocus()
    qtbot.keyClick(two_seeds.rows.table, Qt.Key.Key_R)
    detail = two_seeds.detail
    assert detail.readings.current_row == 1
    assert "single · s0" in detail.said.text()
    view = detail.readings
    spot = next(QPoint(20, y) for y in range(view.viewport().height()) if view.row_at(QPoint(20, y)) == 2)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert view.current_row == 2
    assert "single · s1" in detail.said.text()
    two_seeds.rows.table.go_next()
    assert view.current_row == 2  # the same run's reading of the next line


def test_readings_without_frames_say_so(qtbot: QtBot, panel: PredictionsPanel) -> None:
    wait_until(qtbot, lambda: not panel.detail.image.image.isNull())
    assert panel.detail.alignment.letters == ()
    assert "keeps no frames" in panel.detail.said.text()
    panel.detail.image.column_pointed.emit(10.0)
    assert panel.detail.readings.pointed == (-1, -1)


def test_a_bad_pattern_is_told_beside_the_field(qtbot: QtBot, panel: PredictionsPanel) -> None:
    panel.filters.search.setText("/(/")
    qtbot.keyClick(panel.filters.search, Qt.Key.Key_Return)
    assert "no regular expression" in panel.filters.fault.text()
    assert panel.filters.fault.isVisible()
    assert panel.rows.model.rowCount() == 5
    panel.filters.search.setText("/^$/")
    qtbot.keyClick(panel.filters.search, Qt.Key.Key_Return)
    assert not panel.filters.fault.isVisible()
    assert panel.rows.model.rowCount() == 0
    assert panel.filters.search.text() == "/^$/"


def test_bookmarks_and_notes_are_kept(qtbot: QtBot, panel: PredictionsPanel, planned: Stores, ids: list[str]) -> None:
    panel.activateWindow()
    panel.rows.table.setFocus()
    qtbot.keyClick(panel.rows.table, Qt.Key.Key_B)
    assert panel.detail.bookmark.isChecked()
    assert panel.rows.model.index(0, 5).data() == "★"
    qtbot.keyClick(panel.rows.table, Qt.Key.Key_J)
    assert not panel.detail.bookmark.isChecked()
    qtbot.keyClick(panel.rows.table, Qt.Key.Key_N)
    assert panel.detail.note.hasFocus()
    qtbot.keyClicks(panel.detail.note, "bok")
    qtbot.keyClick(panel.detail.note, Qt.Key.Key_Return)
    assert panel.rows.model.index(1, 5).data() == "✎"
    path = planned.workspaces.workspace.marks_file("arabic")
    marks = {ids[0]: LineMark(is_bookmarked=True), ids[1]: LineMark(note="bok")}
    wait_until(qtbot, lambda: path.exists() and read_marks(path) == marks)
    panel.filters.marks.setCurrentIndex(2)
    assert [panel.rows.model.id_at(row) for row in range(panel.rows.model.rowCount())] == [ids[1]]
    panel.filters.marks.setCurrentIndex(1)
    assert [panel.rows.model.id_at(row) for row in range(panel.rows.model.rowCount())] == [ids[0]]
    qtbot.keyClicks(panel.detail.note, "not kept")
    qtbot.keyClick(panel.detail.note, Qt.Key.Key_Escape)
    assert panel.detail.note.text() == ""
    qtbot.mouseClick(panel.detail.bookmark, Qt.MouseButton.LeftButton)
    planned.marks.wait()
    assert set(read_marks(path)) == {ids[1]}


def test_what_is_typed_belongs_to_its_line(panel: PredictionsPanel, planned: Stores, ids: list[str]) -> None:
    panel.activateWindow()
    panel.detail.note.setFocus()
    panel.detail.note.setText("typed")
    planned.marks.toggle_bookmark("arabic", ids[0])
    assert panel.detail.note.text() == "typed"
    panel.rows.table.go_next()
    assert planned.marks.mark("arabic", ids[0]) == LineMark(is_bookmarked=True, note="typed")
    assert panel.detail.note.text() == ""


def test_marks_in_a_damaged_file_are_not_written_over(panel: PredictionsPanel, planned: Stores, ids: list[str]) -> None:
    path = planned.workspaces.workspace.marks_file("persian")
    path.parent.mkdir()
    path.write_text("{", encoding="utf-8")
    assert planned.marks.of("persian") == {}
    assert "cannot be read" in planned.messages.kept[-1].text
    planned.marks.toggle_bookmark("persian", "x")
    assert "was not kept" in planned.messages.kept[-1].text
    planned.marks.wait()
    assert path.read_text(encoding="utf-8") == "{"


def test_a_sample_shows_its_seed(panel: PredictionsPanel) -> None:
    filters = panel.filters
    assert not filters.seed.isVisible()
    filters.sample.setCurrentIndex(1)
    assert filters.seed.isVisible()
    assert panel.rows.model.rowCount() == 5
    first = list(panel.rows.model.shown_ids())
    orders = set()
    for seed in range(5):
        filters.seed.setValue(seed)
        assert f"5 at random, seed {seed}" in filters.count.text()
        orders.add(tuple(panel.rows.model.shown_ids()))
    assert len(orders) > 1
    filters.seed.setValue(0)
    assert list(panel.rows.model.shown_ids()) == first


def test_another_architecture_joins_for_a_comparison(qtbot: QtBot, stores: Stores) -> None:
    stores.study.set_study(small_study(architectures=["small-cnn", "small-crnn"]))
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    store = RunStore(stores.workspaces.workspace)
    for run in runs_of(stores.study.startable_plan, Cell("arabic", 4, "6 steps")):
        is_right = run.request.architecture == "small-crnn" and run.request.regime == "multi"
        one = Prediction("line", "arabic", "test", "last", "قلم", "قلم" if is_right else "قل", int(not is_right), 3)
        finish_run(store, run, [one])
    wait_until(qtbot, lambda: stores.results.plan is not None)
    stores.results.select_cell(CELL)
    wait_until(qtbot, lambda: bool(stores.predictions.rows) and not stores.predictions.is_reading)
    panel = make_panel(qtbot, stores)
    choice = panel.filters.choice
    choice.setCurrentIndex(choice.findText("CRNN (small) right, CNN-only (small) wrong"))
    wait_until(qtbot, lambda: bool(stores.predictions.rows) and not stores.predictions.is_reading)
    assert stores.shown_lines.arm.architecture == "small-cnn"
    assert len(panel.detail.readings.readings) == 4
    assert panel.rows.model.rowCount() == 1
    choice.setCurrentIndex(choice.findText("CNN-only (small) right, CRNN (small) wrong"))
    assert panel.rows.model.rowCount() == 0


def test_a_filter_may_come_from_another_page(panel: PredictionsPanel, planned: Stores) -> None:
    reference = planned.predictions.rows[0].reference
    planned.shown_lines.set_wish(LineWish(search=reference, character=reference[-1], read_as="", key="delta"))
    filters = panel.filters
    assert filters.search.text() == reference
    assert filters.character.currentData() == (reference[-1],)
    assert filters.read_as.currentText().startswith("missing")
    assert panel.rows.table.horizontalHeader().sortIndicatorSection() == 4
    assert 1 <= panel.rows.model.rowCount() < 5


def test_a_damaged_file_is_left_out_and_said(qtbot: QtBot, planned: Stores, ids: list[str]) -> None:
    store = RunStore(planned.workspaces.workspace)
    single, multi = runs_of(planned.study.startable_plan, CELL)
    store.predictions_file(single.run).write_bytes(b"line_id,target\xff\xfe\r\n")
    planned.predictions.read()
    wait_until(qtbot, lambda: not planned.predictions.is_reading)
    panel = make_panel(qtbot, planned)
    assert set(planned.predictions.damaged_runs) == {single.run}
    assert "1 run left out: the file is damaged" in panel.about.text()
    assert panel.rows.model.index(0, 2).data() == "–"
    store.predictions_file(multi.run).write_text("nothing of ours\r\n1\r\n", encoding="utf-8")
    planned.predictions.read()
    wait_until(qtbot, lambda: not planned.predictions.is_reading)
    assert panel.empty.isVisible()
    assert "cannot be read" in panel.empty.title.text()
    assert "there is no column line_id" in panel.empty.text.text()


def test_what_an_earlier_attempt_read_does_not_count(qtbot: QtBot, planned: Stores, ids: list[str]) -> None:
    store = RunStore(planned.workspaces.workspace)
    single, _ = runs_of(planned.study.startable_plan, CELL)
    store.begin_anew(single.run)
    assert store.predictions_file(single.run).is_file()
    planned.predictions.read()
    wait_until(qtbot, lambda: not planned.predictions.is_reading)
    panel = make_panel(qtbot, planned)
    assert planned.predictions.missing_runs == (single.run,)
    assert panel.about.text() == "test lines · last weights · 1 run · 1 run not finished"
    assert panel.rows.model.index(0, 2).data() == "–"


def test_a_collapsed_run_is_shown_and_not_counted(qtbot: QtBot, planned: Stores, ids: list[str]) -> None:
    store = RunStore(planned.workspaces.workspace)
    _, multi = runs_of(planned.study.startable_plan, CELL)
    finish_run(store, multi, [Prediction(ids[0], "arabic", "test", "last", "قلم", "", 3, 3)], state="collapsed")
    planned.predictions.read()
    wait_until(qtbot, lambda: not planned.predictions.is_reading)
    panel = make_panel(qtbot, planned)
    assert "1 run collapsed: not in CER and Δ" in panel.about.text()
    assert [panel.rows.model.index(0, column).data() for column in (3, 4)] == ["–", "–"]
    assert [reading.label for reading in panel.detail.readings.readings] == ["single", "multi"]


def test_runs_that_came_without_texts_are_told(qtbot: QtBot, planned: Stores, ids: list[str]) -> None:
    store = RunStore(planned.workspaces.workspace)
    single, multi = runs_of(planned.study.startable_plan, CELL)
    store.predictions_file(single.run).unlink()
    planned.predictions.read()
    wait_until(qtbot, lambda: not planned.predictions.is_reading)
    panel = make_panel(qtbot, planned)
    assert panel.about.text() == "test lines · last weights · 1 run · 1 run without texts"
    store.predictions_file(multi.run).unlink()
    planned.predictions.read()
    wait_until(qtbot, lambda: not planned.predictions.is_reading)
    assert panel.empty.title.text() == "There are no texts to show"


def test_a_lost_index_is_read_again(qtbot: QtBot, panel: PredictionsPanel, planned: Stores) -> None:
    index = planned.predictions.index
    assert index is not None
    index._blocks.clear()
    connection = sqlite3.connect(index.path)
    connection.execute("DELETE FROM blocks")
    connection.commit()
    connection.close()
    assert planned.predictions.reference(0) == ""
    assert "it is made anew" in planned.messages.kept[-1].text
    wait_until(qtbot, lambda: bool(planned.predictions.rows) and not planned.predictions.is_reading)
    assert planned.predictions.reference(0)
    assert panel.detail.row is not None


def test_reading_is_stopped_and_taken_up_again(qtbot: QtBot, panel: PredictionsPanel, planned: Stores) -> None:
    wait_until(qtbot, lambda: not planned.results.is_working and not planned.predictions.is_reading)
    planned.predictions.read()
    planned.predictions.stop()
    assert panel.empty.isVisible()
    assert "not read to their end" in panel.empty.title.text()
    wait_until(qtbot, lambda: not planned.predictions.is_reading)
    (button,) = [button for button in panel.empty.buttons if button.text() == "Read the predictions"]
    assert button.isVisible()
    button.click()
    wait_until(qtbot, lambda: bool(planned.predictions.rows) and not planned.predictions.is_reading)
    assert not panel.empty.isVisible()


def test_a_cache_that_cannot_be_written_is_told(
    qtbot: QtBot, planned: Stores, ids: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_until(qtbot, lambda: not planned.results.is_working and not planned.predictions.is_reading)
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("HTR_WORKBENCH_CACHE", str(tmp_path / "file"))
    planned.results.select_cell(replace(CELL, architectures=()))
    wait_until(qtbot, lambda: not planned.predictions.is_reading)
    panel = make_panel(qtbot, planned)
    assert "index.sqlite was not written" in planned.messages.kept[-1].text
    assert "not read to their end" in panel.empty.title.text()
    monkeypatch.setenv("HTR_WORKBENCH_CACHE", str(tmp_path / "user-cache"))
    panel.read_action.trigger()
    wait_until(qtbot, lambda: bool(planned.predictions.rows) and not planned.predictions.is_reading)
    assert panel.rows.model.rowCount() == 5


def test_many_lines_are_looked_for_in_a_worker(qtbot: QtBot, panel: PredictionsPanel, planned: Stores) -> None:
    store = planned.shown_lines
    store._at_once_lines = 0
    reference = planned.predictions.rows[2].reference
    panel.filters.search.setText(reference)
    panel.filters.apply()
    assert store.is_working
    assert panel.filters.stop_button.isVisible()
    wait_until(qtbot, lambda: not store.is_working)
    assert not panel.filters.stop_button.isVisible()
    assert panel.rows.model.rowCount() >= 1
    assert {panel.rows.model.row_at(row).row.reference for row in range(panel.rows.model.rowCount())} == {reference}
    before = panel.rows.model.rowCount()
    panel.filters.search.setText("nothing that is there")
    panel.filters.apply()
    panel.filters.stop_button.click()
    wait_until(qtbot, lambda: not store.is_working)
    if not store.is_up_to_date:  # it may have come to its end before it was stopped
        assert panel.rows.model.rowCount() == before
        assert "Stopped" in panel.filters.count.text()
    panel.filters.reset()
    wait_until(qtbot, lambda: not store.is_working)
    assert panel.rows.model.rowCount() == 5


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


TALL = "لِلّٰہِ گِچّٹ ایکسیسبیلٹی حکومتِ پیچ"


def ink_of(image: QImage) -> np.ndarray:
    """Where a picture is as dark as letters are, and not as a line or a tint is."""
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())
    return rows[:, : grey.width()] < 110


@pytest.mark.parametrize("size", [8, 14, 28, 48])
@pytest.mark.parametrize("language", ["ur", "ar"])
def test_no_ink_of_a_reading_reaches_an_edge(view: ReadingsView, size: int, language: str) -> None:
    view.resize(700, 1200)
    palette = view.palette()
    palette.setColor(QPalette.ColorRole.Text, QColor("black"))
    palette.setColor(QPalette.ColorRole.Base, QColor("white"))
    palette.setColor(QPalette.ColorRole.AlternateBase, QColor("#eeeeee"))
    view.setPalette(palette)
    view.show_readings(TALL, [ShownReading("run", "0.0 %", TALL)] * 2, TextStyle(language, size))
    image = view.viewport().grab().toImage()
    ink = ink_of(image)
    rows = [row for band in view._bands for row in band.rows]
    assert len(rows) >= 3
    for row in rows:
        top, bottom = math.ceil(row.top), math.floor(row.top + row.height)
        if bottom >= image.height():
            break
        texts = ink[:, round(view._label_px) + 14 :]
        assert texts[top + 2 : bottom - 2].any()
        assert not texts[top : top + 1].any()  # below the line of the row above
        assert not texts[bottom - 2 : bottom - 1].any()  # above its own
        assert not texts[top:bottom, -2:].any()
        assert not texts[top:bottom, :2].any()


@pytest.mark.parametrize("enlarged", [0, 6])
def test_no_ink_reaches_the_edge_of_a_row_of_the_table(
    qtbot: QtBot, planned: Stores, ids: list[str], enlarged: int
) -> None:
    store = RunStore(planned.workspaces.workspace)
    for run in runs_of(planned.study.startable_plan, CELL):
        rows = [
            Prediction(one, "arabic", "test", "last", word * 3, word, 1, 3)
            for one, word in zip(ids, TALL.split(), strict=True)
        ]
        finish_run(store, run, rows)
    planned.predictions.read()
    wait_until(qtbot, lambda: not planned.predictions.is_reading)
    panel = make_panel(qtbot, planned)
    for _ in range(enlarged):
        planned.text.enlarge()
    table = panel.rows.table
    table.set_style(TextStyle("ur", 14 + 2 * enlarged))
    table.clearSelection()
    table.setShowGrid(False)
    seen = ink_of(table.viewport().grab().toImage())
    for row in range(panel.rows.model.rowCount()):
        place = table.visualRect(panel.rows.model.index(row, 1))
        if place.bottom() >= seen.shape[0]:
            break
        cell = seen[place.top() : place.bottom() + 1, place.left() : place.right() + 1]
        assert cell.any()
        assert not cell[[0, -1]].any()
        assert not cell[:, [0, -1]].any()


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
