"""The results page: the report's numbers in cells and words; a click leads to the lines; export in a worker."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QFileDialog
from pytestqt.qtbot import QtBot

from tests.execution.small_data import small_study
from tests.gui.conftest import ScriptedDrive, run_to_end, wait_until
from workbench.gui.item_models.runs import FIRST_CER, RUN_ROLE
from workbench.gui.panels.results import ResultsPanel
from workbench.gui.panels.results.cells import Setting, excluded_words, heatmaps_of, largest
from workbench.gui.stores.bundle import Stores
from workbench.gui.stores.predictions import runs_of
from workbench.gui.stores.results import Cell
from workbench.runs.predictions import Prediction, write_predictions
from workbench.runs.store import RunStore
from workbench.study.grid import REGIMES


def panel_of(qtbot: QtBot, stores: Stores) -> ResultsPanel:
    panel = ResultsPanel(results=stores.results, study=stores.study, progress=stores.progress)
    qtbot.addWidget(panel)
    panel.resize(1192, 620)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


@pytest.fixture
def done(qtbot: QtBot, stores: Stores) -> Stores:
    """Stores with a finished study of two architectures and two budgets."""
    study = small_study(architectures=["small-cnn", "small-crnn"], budgets=["6 steps", "2 epochs"])
    stores.study.set_study(study)
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    run_to_end(qtbot, stores)
    wait_until(qtbot, lambda: stores.results.report is not None and not stores.results.is_working)
    return stores


@pytest.fixture
def panel(qtbot: QtBot, done: Stores) -> Iterator[ResultsPanel]:
    panel = panel_of(qtbot, done)
    yield panel
    panel.hide()


def test_without_results_the_page_says_when_there_will_be_some(qtbot: QtBot, planned: Stores) -> None:
    panel = panel_of(qtbot, planned)
    asked: list[str] = []
    panel.page_requested.connect(asked.append)
    assert panel._pages.currentIndex() == 0
    assert not panel.export_action.isEnabled()
    panel._go_action.trigger()
    assert asked == ["study"]
    panel.hide()


def test_a_heatmap_per_architecture_and_the_difference(done: Stores, panel: ResultsPanel) -> None:
    assert not panel.delta_tab.remarks.isVisible()
    report = done.results.report
    assert report is not None
    titles = ["CNN-only (small)", "CRNN (small)", "CRNN (small) − CNN-only (small)"]
    assert [heatmap.title for heatmap in panel.delta_tab.heatmaps] == titles
    model = panel.delta_tab.heatmaps[0].model
    assert [row.target for row in model.rows] == ["arabic", "persian"]
    assert model.ks == (4,)
    cell = report.cell("small-cnn", "arabic", 4, report.budgets[0])
    assert cell is not None
    assert cell.delta_pp == 0.0
    assert model.index(0, 0).data() == "0.0"
    assert "6 steps" in model.cell(model.index(0, 0)).note
    tip = model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "CER 10.0 % after 6 steps" in tip
    assert panel.delta_tab.sentence.text() == report.sentence
    assert panel.standing.text().startswith(f"{report.finished_runs} of {report.runs} runs done")


def test_another_budget_shows_its_steps(done: Stores, panel: ResultsPanel) -> None:
    assert [panel.budget.itemText(n) for n in range(2)] == ["equal steps: 6", "equal epochs: 2"]
    panel.budget.setCurrentIndex(1)
    panel.budget.activated.emit(1)
    assert done.results.options.budget == "2 epochs"
    model = panel.delta_tab.heatmaps[0].model
    assert model.cell(model.index(0, 0)).note == "4 | 8 steps"


def test_lines_and_weights_are_options(qtbot: QtBot, done: Stores, panel: ResultsPanel) -> None:
    panel.split.setCurrentIndex(panel.split.findData("validation"))
    panel.split.activated.emit(1)
    panel.selection.setCurrentIndex(panel.selection.findData("best"))
    panel.selection.activated.emit(1)
    wait_until(qtbot, lambda: not done.results.is_working)
    report = done.results.report
    assert report is not None
    assert (report.split, report.selection) == ("validation", "best")
    tip = panel.runs_tab.model.headerData(FIRST_CER, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert tip == "CER of arabic on its validation lines, best weights"


def test_a_click_on_a_cell_leads_to_its_lines(qtbot: QtBot, done: Stores, panel: ResultsPanel) -> None:
    asked: list[str] = []
    panel.page_requested.connect(asked.append)
    table = panel.delta_tab.heatmaps[1].table
    place = table.visualRect(panel.delta_tab.heatmaps[1].model.index(1, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert done.results.selected_cell == Cell("persian", 4, "6 steps", ("small-crnn",))
    assert asked == ["predictions"]
    panel.delta_tab.heatmaps[2].cell_chosen.emit("arabic", 4)
    assert done.results.selected_cell == Cell("arabic", 4, "6 steps", ("small-crnn", "small-cnn"))
    wait_until(qtbot, lambda: not done.predictions.is_reading)


@pytest.fixture
def many(qtbot: QtBot, stores: Stores) -> Stores:
    """Stores with a finished study of all regimes that two data sets allow, under two conditions."""
    regimes = [name for name in REGIMES if name != "leave_one_out"]
    axes = {"folding": ["off", "on"]}
    stores.study.set_study(small_study(regimes=regimes, conditions=axes, budgets=["2 steps"]))
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    run_to_end(qtbot, stores)
    wait_until(qtbot, lambda: stores.results.report is not None and not stores.results.is_working)
    return stores


def choose(box: QComboBox, key: str) -> None:
    box.setCurrentIndex(box.findData(key))
    box.activated.emit(box.currentIndex())


def test_regimes_and_conditions_are_choices(qtbot: QtBot, many: Stores) -> None:
    panel = panel_of(qtbot, many)
    report = many.results.report
    assert report is not None
    assert [panel.regime.itemData(n) for n in range(panel.regime.count())] == list(report.regimes)
    assert panel.regime.itemText(1) == "Every pair: arabic + persian"
    assert [panel.conditions.itemText(n) for n in range(2)] == ["usual conditions", "code points folded"]
    assert not panel.budget.isVisible()
    assert panel.delta_tab.meaning.text().startswith("CER(multi) − CER(single)")
    assert not panel.delta_tab.explanation.isVisible()
    for box in (panel.regime, panel.conditions):
        widest = max(box.fontMetrics().horizontalAdvance(box.itemText(n)) for n in range(box.count()))
        assert box.width() == box.maximumWidth() or box.width() > widest, "a choice can be read"
    choose(panel.regime, "head_on_multi")
    choose(panel.conditions, "code points folded")
    assert (many.results.options.regime, many.results.options.conditions) == ("head_on_multi", "code points folded")
    assert panel.delta_tab.meaning.text().startswith("CER(multi head) − CER(single head)")
    assert panel.delta_tab.explanation.text().startswith("New head, multi-script encoder. ")
    assert "A multi-script encoder under a new head" in panel.delta_tab.sentence.text()
    assert "Joint training" not in panel.delta_tab.sentence.text()
    assert "code points folded" in panel.delta_tab.sentence.text()
    tip = panel.delta_tab.heatmaps[0].model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "New head, single-script encoder: CER 10.0 % after 3 steps" in tip, "those of the first stage included"
    assert "New head, multi-script encoder: CER 10.0 % after 3 steps" in tip
    panel.hide()


def test_a_click_shows_the_lines_of_exactly_the_runs_behind_the_cell(qtbot: QtBot, many: Stores) -> None:
    panel = panel_of(qtbot, many)
    plan = many.results.plan
    assert plan is not None
    for arm in many.results.report.regimes:
        for conditions in ("", "code points folded"):
            choose(panel.regime, arm)
            choose(panel.conditions, conditions)
            panel.delta_tab.heatmaps[0].cell_chosen.emit("persian", 4)
            cell = many.results.selected_cell
            assert cell == Cell("persian", 4, "2 steps", ("small-cnn",), arm, conditions)
            found = many.results.report.cell("small-cnn", "persian", 4, "2 steps", arm, conditions)
            assert found is not None
            assert {run.run for run in runs_of(plan, cell)} == {*found.single_runs, *found.multi_runs}
            assert len(found.multi_runs) == 1
    wait_until(qtbot, lambda: not many.predictions.is_reading)
    panel.hide()


def test_heatmaps_of_many_architectures_go_on_in_the_next_row(qtbot: QtBot, stores: Stores) -> None:
    names = ["small-cnn", "small-crnn", "cnn", "rnn", "both"]
    stores.study.set_study(small_study(architectures=names, k_lines=[1], budgets=["2 steps"]))
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    run_to_end(qtbot, stores)
    wait_until(qtbot, lambda: stores.results.report is not None and not stores.results.is_working)
    panel = panel_of(qtbot, stores)
    assert len(panel.delta_tab.heatmaps) == 5 + 3
    wait_until(qtbot, lambda: len({heatmap.y() for heatmap in panel.delta_tab.heatmaps}) > 1)
    room = panel.delta_tab.heatmaps[0].parentWidget()
    assert all(heatmap.geometry().right() <= room.width() for heatmap in panel.delta_tab.heatmaps)
    assert all(
        not one.geometry().intersects(other.geometry()) for one, other in combinations(panel.delta_tab.heatmaps, 2)
    )
    assert panel.delta_tab.bar.mapTo(panel, panel.delta_tab.bar.rect().topLeft()).y() > max(
        heatmap.mapTo(panel, heatmap.rect().bottomLeft()).y() for heatmap in panel.delta_tab.heatmaps
    )
    panel.hide()


def test_a_choice_that_another_study_lacks_falls_back_to_its_first(qtbot: QtBot, many: Stores) -> None:
    panel = panel_of(qtbot, many)
    choose(panel.regime, "extra")
    many.study.set_study(small_study(name="other"))
    wait_until(qtbot, lambda: many.results.plan is not None and many.results.plan.study.name == "other")
    wait_until(qtbot, lambda: not many.results.is_working and panel._setting.regime == "multi")
    assert not panel.regime.isVisible()
    assert not panel.conditions.isVisible()
    panel.hide()


def test_all_runs_with_their_cer(qtbot: QtBot, done: Stores, panel: ResultsPanel) -> None:
    plan = done.progress.plan
    assert plan is not None
    assert panel.runs_tab.shown.rowCount() == len(plan.run_ids)
    wait_until(qtbot, lambda: panel.runs_tab.shown.index(0, FIRST_CER).data() == "10.0 %")
    asked: list[str] = []
    panel.page_requested.connect(asked.append)
    panel.runs_tab.table.doubleClicked.emit(panel.runs_tab.shown.index(1, 0))
    assert asked == ["training"]
    assert done.progress.selected_run == plan.run_ids[1]


def test_excluded_runs_are_named_and_cells_without_a_pair_are_empty(
    qtbot: QtBot, planned: Stores, drive: ScriptedDrive
) -> None:
    drive.trainer = "diverges"
    run_to_end(qtbot, planned)
    wait_until(qtbot, lambda: planned.results.report is not None and not planned.results.is_working)
    panel = panel_of(qtbot, planned)
    assert panel._pages.currentIndex() == 1
    assert "3 left out" in panel.standing.text()
    assert (
        "Single-script · arabic · K 4 · 6 steps · draw 0 · seed 0: the training diverged"
        in panel.delta_tab.excluded.text()
    )
    model = panel.delta_tab.heatmaps[0].model
    assert model.index(0, 0).data() == ""
    report = planned.results.report
    assert report is not None
    assert len(excluded_words(report.excluded)) == 3
    assert largest(heatmaps_of(report, Setting("6 steps"))) == 1.0
    panel.hide()


def test_what_must_be_known_beside_the_numbers_stands_beside_them(qtbot: QtBot, stores: Stores) -> None:
    stores.study.set_study(small_study(normalisation=["nfc"]))
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    run_to_end(qtbot, stores)
    wait_until(qtbot, lambda: stores.results.report is not None and not stores.results.is_working)
    panel = panel_of(qtbot, stores)
    assert panel.delta_tab.remarks.text() == "Texts are normalised before training and scoring: nfc."
    assert panel.delta_tab.remarks.isVisible()
    panel.hide()


def test_tables_and_picture_are_written_in_a_worker(
    qtbot: QtBot, done: Stores, panel: ResultsPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: "")
    panel.exports.tables.trigger()
    assert not done.results.is_exporting
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(tmp_path / "map"), ""))
    panel.exports.picture.trigger()
    assert done.results.is_exporting
    assert not panel.exports.tables.isEnabled()
    wait_until(qtbot, lambda: not done.results.is_exporting)
    assert (tmp_path / "map.png").stat().st_size > 1000
    assert panel.exports.tables.isEnabled()
    shown = done.messages.shown
    assert shown is not None
    assert "map.png" in shown.text
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(tmp_path / "curves.svg"), ""))
    panel.exports.curves.trigger()
    wait_until(qtbot, lambda: not done.results.is_exporting)
    assert "</svg>" in (tmp_path / "curves.svg").read_text("utf-8")


def test_an_export_that_fails_is_told(
    qtbot: QtBot, done: Stores, panel: ResultsPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(tmp_path / "file"))
    panel.exports.tables.trigger()
    wait_until(qtbot, lambda: not done.results.is_exporting)
    shown = done.messages.shown
    assert shown is not None
    assert (shown.severity, shown.hint) == ("error", "Name a folder for the tables.")


def test_differences_are_shown_in_points_in_per_cent_and_as_medians(panel: ResultsPanel) -> None:
    tab = panel.delta_tab
    model = tab.heatmaps[0].model
    cell = model.cell(model.index(0, 0))
    assert (cell.value, cell.unit) == (0.0, "points")
    choose(tab.scale, "relative")
    cell = model.cell(model.index(0, 0))
    assert (cell.value, cell.unit) == (0.0, "%")
    assert "in per cent of the baseline" in tab.meaning.text()
    assert not tab.average.isEnabled()
    choose(tab.scale, "points")
    choose(tab.average, "median")
    assert tab.average.isEnabled()
    assert "median over the pairs of trainings" in tab.meaning.text()
    assert model.cell(model.index(0, 0)).interval == "0.0 … 0.0"  # least and most


def write_readings(store: RunStore, run: str) -> None:
    """Give a scripted run what it read: every second word wrong, with the counts of its result."""
    spec = store.spec(run)
    assert spec is not None
    rows = [
        Prediction(line, target.name, split, selection, "با دا", "با سا", *((3, 30) if line == ids[0] else (0, 0)))
        for target in spec.targets
        for split, ids in (("validation", target.validation_ids), ("test", target.test_ids))
        for selection in ("last", "best")
        for line in ids
    ]
    write_predictions(store.predictions_file(run), rows)


def test_errors_are_counted_another_way(qtbot: QtBot, done: Stores, panel: ResultsPanel) -> None:
    plan, workspace = done.results.plan, done.workspaces.workspace
    assert plan is not None
    assert workspace is not None
    for run in plan.run_ids:
        write_readings(RunStore(workspace), run)
    choose(panel.measure, "wer")
    wait_until(qtbot, lambda: not done.results.is_working and done.results.report.measure == "wer")
    report = done.results.report
    assert report is not None
    assert {rate.cer for rate in report.rates} == {0.5}
    assert "the WER of" in panel.delta_tab.sentence.text()
    assert panel.delta_tab.meaning.text().startswith("WER(multi) − WER(single)")
    model = panel.delta_tab.heatmaps[0].model
    assert "WER" in model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_the_right_button_shows_the_runs_and_copies(qtbot: QtBot, done: Stores, panel: ResultsPanel) -> None:
    content = panel.delta_tab._contents[0]
    menu = panel.delta_tab.menu_of(content, "arabic", 4)
    actions = {action.text(): action for action in menu.actions()}
    actions["Copy the cell"].trigger()
    assert QGuiApplication.clipboard().text() == "0.0"
    actions["Copy the heatmap"].trigger()
    assert QGuiApplication.clipboard().text() == "CNN-only (small)\tK 4\narabic\t0.0\npersian\t0.0\n"
    actions["Show the runs"].trigger()
    assert panel.tabs.currentWidget() is panel.runs_tab
    cell = Cell("arabic", 4, "6 steps", ("small-cnn",))
    plan = done.results.plan
    assert plan is not None
    behind = {run.run for run in runs_of(plan, cell)}
    shown = panel.runs_tab.shown
    assert {shown.index(row, 0).data(RUN_ROLE) for row in range(shown.rowCount())} == behind
    assert panel.runs_tab.restriction.text() == f"{len(behind)} runs behind the cell"
    panel.runs_tab.all_button.click()
    assert shown.rowCount() == panel.runs_tab.model.rowCount()
    menu.deleteLater()


def test_statistics_lead_to_the_lines(qtbot: QtBot, done: Stores, panel: ResultsPanel) -> None:
    asked: list[str] = []
    panel.page_requested.connect(asked.append)
    table = panel.statistics_tab.table
    table.doubleClicked.emit(panel.statistics_tab.model.index(0, 0))
    assert asked == ["predictions"]
    assert done.results.selected_cell == Cell("arabic", 4, "6 steps", ("small-cnn",))
    panel.statistics_tab.copy_action.trigger()
    assert QGuiApplication.clipboard().text().startswith("Difference\tTarget\tK\tΔ")
    wait_until(qtbot, lambda: not done.predictions.is_reading)


def test_columns_of_the_statistics_have_room_for_what_stands_in_them(done: Stores, panel: ResultsPanel) -> None:
    table = panel.statistics_tab.table
    names = [row.what for row in panel.statistics_tab.model.rows]
    assert names
    assert table.columnWidth(0) > max(map(table.fontMetrics().horizontalAdvance, names))


def test_curves_have_the_rates_of_the_report(qtbot: QtBot, done: Stores, panel: ResultsPanel) -> None:
    report = done.results.report
    assert report is not None
    tab = panel.curves_tab
    assert not tab.plots.plots, "nothing is drawn before somebody looks"
    with qtbot.waitExposed(panel):
        panel.show()
    panel.tabs.setCurrentWidget(tab)
    assert [plot.title for plot in tab.plots.plots] == list(report.targets)
    for plot in tab.plots.plots:
        setting = (plot.title, report.budgets[0], report.conditions[0])
        rates = [rate for rate in report.rates if (rate.target, rate.budget, rate.conditions) == setting]
        drawn = [value for curve in plot.curves for value in curve.values]
        assert sorted(value.rate for value in drawn) == pytest.approx(sorted(100 * rate.cer for rate in rates))
        assert sorted(value.low or 0 for value in drawn) == pytest.approx(sorted(100 * (r.low or 0) for r in rates))
        assert f"{rates[0].lines} line" in plot.axis
        assert plot.readout.count("run") == len(plot.curves)
    asked: list[str] = []
    panel.page_requested.connect(asked.append)
    tab.to_training.click()
    assert asked == ["training"]
    tab.show_report(replace(report, measure="wer"), report.budgets[0], report.conditions[0])
    assert all("WER" in plot.axis for plot in tab.plots.plots)
    assert not tab.nothing.isVisible()
    tab.show_report(report, "another budget", "")
    assert tab.nothing.isVisible()
    assert not tab.plots.isVisible()


def test_runs_whose_predictions_do_not_fit_cannot_be_counted_anew(
    qtbot: QtBot, done: Stores, panel: ResultsPanel, caplog: pytest.LogCaptureFixture
) -> None:
    before = done.results.report
    choose(panel.measure, "letters")
    wait_until(qtbot, lambda: not done.results.is_working and done.messages.shown is not None)
    message = done.messages.shown
    assert message is not None
    assert "are not those of its result" in message.text
    assert done.results.report is before
    assert panel.measure.currentData() == "cer", "what is shown is what is chosen"
    caplog.clear()  # what was reported is expected
