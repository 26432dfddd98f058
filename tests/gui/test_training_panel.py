"""The training page: queue, curves, numbers and reading follow the runs; four verbs; failures say why."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.execution.small_data import small_study
from tests.gui.conftest import ScriptedDrive, run_to_end, wait_until
from workbench.gui.item_models.runs import RUN
from workbench.gui.panels.training import TrainingPanel
from workbench.gui.panels.training.panel import MAX_FOLLOWED_RUNS
from workbench.gui.panels.training.reading import ReadingView
from workbench.gui.panels.training.run_styles import legend_of, whole_units
from workbench.gui.panels.training.tiles import Tiles, numbers_of
from workbench.gui.stores.bundle import Stores
from workbench.runs.events import Pace, SampleRead, StepLogged, Validated
from workbench.runs.history import RunHistory
from workbench.study.grid import REGIMES


@pytest.fixture
def panel(qtbot: QtBot, planned: Stores) -> Iterator[TrainingPanel]:
    plan = planned.study.startable_plan
    assert plan is not None
    planned.progress.watch(plan)
    panel = TrainingPanel(progress=planned.progress, datasets=planned.datasets, study=planned.study, text=planned.text)
    qtbot.addWidget(panel)
    panel.resize(1192, 620)
    with qtbot.waitExposed(panel):
        panel.show()
    wait_until(qtbot, lambda: planned.progress.plan == plan)
    yield panel
    panel.hide()


def sample(step: int, hypothesis: str, line_id: str = "none", target: str = "arabic") -> SampleRead:
    return SampleRead(run="a", step=step, target=target, line_id=line_id, reference="كتاب باب", hypothesis=hypothesis)


def test_without_a_plan_the_page_says_what_to_do(qtbot: QtBot, stores: Stores) -> None:
    panel = TrainingPanel(progress=stores.progress, datasets=stores.datasets, study=stores.study, text=stores.text)
    qtbot.addWidget(panel)
    asked: list[str] = []
    panel.page_requested.connect(asked.append)
    assert panel._pages.currentIndex() == 0
    panel._go_action.trigger()
    assert asked == ["study"]


def test_the_page_follows_what_trains(qtbot: QtBot, planned: Stores, panel: TrainingPanel) -> None:
    assert panel.model.rowCount() == 3
    run_to_end(qtbot, planned)
    wait_until(qtbot, lambda: panel.standing.text() == "3 of 3 runs over")
    assert panel.time_left.text() == "All runs are over"
    assert panel.bar.value() == 1000
    assert len(panel.shown_runs) == 3
    qtbot.waitUntil(lambda: not panel.curves.is_dirty, timeout=3000)
    keys = panel.curves.cer_plot.curve_keys
    assert len(keys) == 4  # each of the two alone, and both of the joint run
    joint = next(run for run in panel.shown_runs if sum(key[0] == run for key in keys) == 2)
    assert panel.curves.cer_plot.pen(joint, "arabic").widthF() > 2
    assert panel.tiles.tiles["loss"].value != "–"
    names = [entry.name for entry in panel.legend.entries]
    assert names == ["arabic", "persian", "single", "both"]


def test_the_legend_tells_baselines_from_all_other_regimes(qtbot: QtBot, planned: Stores) -> None:
    planned.study.set_study(small_study(regimes=[name for name in REGIMES if name != "leave_one_out"]))
    wait_until(qtbot, lambda: planned.study.startable_plan is not None)
    plan = planned.study.startable_plan
    assert plan is not None
    *_, thin, thick = legend_of(plan, plan.run_ids, None, ())
    assert (thin.name, thick.name) == ("single · further · single head", "both · pair · more lines · 4 more")
    assert thin.width < thick.width


def test_pause_go_on_stop_and_resume(qtbot: QtBot, planned: Stores, panel: TrainingPanel, drive: ScriptedDrive) -> None:
    action = panel.primary_action
    assert action is not None
    assert not action.isEnabled()
    drive.trainer = "hold"
    plan = planned.study.startable_plan
    assert plan is not None
    planned.progress.start(plan)
    wait_until(qtbot, lambda: bool(planned.progress.running_runs))
    wait_until(qtbot, lambda: action.text() == "Pause" and action.isEnabled())
    assert panel.stop_action.isVisible()
    action.trigger()
    wait_until(qtbot, lambda: action.text() == "Go on")
    assert panel.time_left.text().startswith("Paused")
    drive.trainer = "train"
    action.trigger()
    wait_until(qtbot, lambda: action.text() == "Pause")
    panel.cancel_action.trigger()
    wait_until(qtbot, lambda: not planned.progress.is_running and action.text() == "Resume small")
    assert panel.current_run
    assert not panel.cancel_action.isVisible()
    assert planned.progress.runs_over < 3
    action.trigger()
    wait_until(qtbot, lambda: not planned.progress.is_running and planned.progress.runs_over == 3)
    wait_until(qtbot, lambda: not action.isEnabled())


def test_stopping_after_the_epoch_is_said(
    qtbot: QtBot, planned: Stores, panel: TrainingPanel, drive: ScriptedDrive
) -> None:
    drive.trainer = "hold"
    plan = planned.study.startable_plan
    assert plan is not None
    planned.progress.start(plan)
    wait_until(qtbot, lambda: bool(planned.progress.running_runs))
    panel.stop_action.trigger()
    wait_until(qtbot, lambda: not planned.progress.is_running)
    wait_until(qtbot, lambda: panel.time_left.text() == "Not running")


def test_a_failure_says_why_and_can_be_retried(
    qtbot: QtBot, planned: Stores, panel: TrainingPanel, drive: ScriptedDrive
) -> None:
    drive.trainer = "diverges"
    run_to_end(qtbot, planned)
    wait_until(qtbot, lambda: planned.progress.runs_failed == 3 and panel.retry_action.isVisible())
    assert "3 failed" in panel.standing.text()
    assert "loss nan" in panel.failure.problem
    assert "Try a lower learning_rate." in panel.failure.problem
    drive.trainer = "train"
    panel.retry_action.trigger()
    wait_until(qtbot, lambda: not planned.progress.is_running and planned.progress.runs_failed == 0)
    wait_until(qtbot, lambda: not panel.failure.problem)
    assert not panel.retry_action.isVisible()


def test_what_went_otherwise_than_planned_is_said_beside_the_run(
    qtbot: QtBot, planned: Stores, panel: TrainingPanel, drive: ScriptedDrive
) -> None:
    assert not panel.run_remarks.isVisible()
    drive.trainer = "struggles"
    run_to_end(qtbot, planned)
    wait_until(qtbot, panel.run_remarks.isVisible)
    assert "The memory was short at step 1" in panel.run_remarks.text()
    assert "Stopped early, after 5 of 6 steps" in panel.run_remarks.text()
    assert "5 of 6 steps" in panel.run_facts.text().replace("\N{NO-BREAK SPACE}", " ")


def test_choosing_a_run_stops_following(qtbot: QtBot, planned: Stores, panel: TrainingPanel) -> None:
    run_to_end(qtbot, planned)
    wait_until(qtbot, lambda: len(panel.shown_runs) == 3)
    place = panel.queue.visualRect(panel.model.index(1, RUN)).center()
    qtbot.mouseClick(panel.queue.viewport(), Qt.MouseButton.LeftButton, pos=place)
    run = panel.model.run(1).planned.run
    assert panel.shown_runs == (run,)
    assert not panel.follow.isChecked()
    assert planned.progress.selected_run == run
    assert said(panel.run_name) == "CNN-only (small) · persian · K 4 · seed 0"
    both = panel.queue.visualRect(panel.model.index(2, RUN)).center()
    qtbot.mouseClick(panel.queue.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, both)
    assert set(panel.shown_runs) == {run, panel.model.run(2).planned.run}
    panel.follow.setChecked(True)
    assert len(panel.shown_runs) == 3


def test_a_run_chosen_elsewhere_is_shown(planned: Stores, panel: TrainingPanel) -> None:
    run = panel.model.run(2).planned.run
    planned.progress.select_run(run)
    assert panel.shown_runs == (run,)
    assert panel.queue.selected_runs == (run,)
    planned.progress.select_run("a run of another study")
    assert panel.shown_runs == (run,)


def test_at_most_eight_runs_are_followed(qtbot: QtBot, stores: Stores) -> None:
    stores.study.set_study(small_study(seeds=list(range(6)), regimes=["single"], budgets=["2 steps"]))
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    run_to_end(qtbot, stores)
    panel = TrainingPanel(progress=stores.progress, datasets=stores.datasets, study=stores.study, text=stores.text)
    qtbot.addWidget(panel)
    assert stores.progress.runs_over == 12
    assert len(panel.shown_runs) == MAX_FOLLOWED_RUNS


def test_axis_log_and_smoothing(qtbot: QtBot, planned: Stores, panel: TrainingPanel) -> None:
    run_to_end(qtbot, planned)
    wait_until(qtbot, lambda: len(panel.shown_runs) == 3)
    side = panel.side
    for axis, last in (("time", 3.0), ("exposures", 3.0), ("epochs", 3.0), ("steps", 6.0)):
        side.axis.setCurrentIndex(side.axis.findData(axis))
        side.axis.activated.emit(side.axis.currentIndex())
        side.smooth.setChecked(False)
        side.log.setChecked(axis != "steps")
        panel.curves.repaint_now()
        single = next(run for run in panel.shown_runs if len(panel._styles[run].colours) == 1)
        x, y = panel.curves.lower_plot.drawn(single)
        assert x[-1] == last
        assert list(y) == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 6])


def test_means_are_over_all_seeds_of_what_is_shown(qtbot: QtBot, stores: Stores) -> None:
    stores.study.set_study(small_study(seeds=[0, 1, 2], regimes=["single"], budgets=["4 steps"]))
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    run_to_end(qtbot, stores)
    panel = TrainingPanel(progress=stores.progress, datasets=stores.datasets, study=stores.study, text=stores.text)
    qtbot.addWidget(panel)
    panel._take_choice((panel.model.run(0).planned.run,))
    assert len(panel.curves.shown_runs) == 1
    panel.side.spread.setCurrentIndex(panel.side.spread.findData("range"))
    panel.side.spread.activated.emit(1)
    panel.curves.repaint_now()
    style = panel._styles[panel.current_run]
    assert style.group_size == 3
    assert style.group_label == "CNN-only (small) · arabic · K 4"
    assert {panel._styles[run].group for run in panel.curves.shown_runs} == {style.group}
    assert [panel._styles[run].member for run in panel.curves.shown_runs] == ["seed 0", "seed 1", "seed 2"]
    assert (style.group, "arabic") in panel.curves.cer_plot.curve_keys
    assert panel.legend.entries[-1].name == "mean, lowest to highest seed"
    assert panel.shown_runs == (panel.current_run,)


def test_a_tile_draws_its_curve(qtbot: QtBot, planned: Stores, panel: TrainingPanel) -> None:
    run_to_end(qtbot, planned)
    wait_until(qtbot, lambda: len(panel.shown_runs) == 3)
    qtbot.keyClick(panel.tiles.tiles["gradient"], Qt.Key.Key_Space)
    panel.curves.repaint_now()
    assert panel.curves.lower_plot.quantity.key == "gradient"
    assert set(panel.curves.lower_plot.drawn(panel.current_run)[1]) == {1.0}
    assert panel.tiles.tiles["device_memory"].isHidden(), "there is no GPU"


def test_a_picked_curve_is_looked_at_beside_the_others(qtbot: QtBot, planned: Stores, panel: TrainingPanel) -> None:
    run_to_end(qtbot, planned)
    wait_until(qtbot, lambda: len(panel.shown_runs) == 3)
    other = panel.shown_runs[2]
    panel.curves.run_chosen.emit(other)
    assert panel.current_run == other
    assert len(panel.shown_runs) == 3
    assert not panel.follow.isChecked()


def test_failed_runs_are_marked_in_curves_and_legend(
    qtbot: QtBot, planned: Stores, panel: TrainingPanel, drive: ScriptedDrive
) -> None:
    drive.trainer = "diverges"
    run_to_end(qtbot, planned)
    wait_until(qtbot, lambda: planned.progress.runs_failed == 3)
    wait_until(qtbot, lambda: len(panel.shown_runs) == 3 and not panel.curves.is_dirty)
    assert {shape for _, _, shape in panel.curves.lower_plot.marks} == {"t1"}
    assert panel.legend.entries[-1].name == "diverged"


def test_the_time_left_of_a_run_is_told(
    qtbot: QtBot, planned: Stores, panel: TrainingPanel, drive: ScriptedDrive
) -> None:
    drive.trainer = "hold"
    plan = planned.study.startable_plan
    assert plan is not None
    planned.progress.start(plan)
    wait_until(qtbot, lambda: panel.run_facts.text().startswith("running") and "left" in panel.run_facts.text())
    panel._take_choice((plan.run_ids[2],))
    assert said(panel.run_facts).startswith("queued · 0 of 6 steps · takes about")
    panel.follow.setChecked(True)
    planned.progress.cancel()
    wait_until(qtbot, lambda: not planned.progress.is_running)
    wait_until(qtbot, lambda: "left" not in panel.run_facts.text())


def test_more_runs_than_can_be_drawn_are_counted(
    qtbot: QtBot, planned: Stores, panel: TrainingPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_to_end(qtbot, planned)
    monkeypatch.setattr("workbench.gui.panels.training.panel.MAX_DRAWN_RUNS", 2)
    panel._take_choice(panel.shown_runs)
    assert len(panel.curves.shown_runs) == 2
    assert panel.side.note.text() == "Curves of 2 of 3 runs"
    assert whole_units([("a", "b"), ("c", "d")], 3) == ("a", "b"), "a mean is over all its seeds or not drawn"
    assert whole_units([("a", "b")], 1) == ("a", "b")


def test_the_numbers_of_a_run() -> None:
    assert set(numbers_of(None).values()) == {"–"}
    pace = Pace(seconds=3, lines_per_second=61.7, memory_mb=2048, device_memory_mb=11264, device_utilisation=80)
    history = RunHistory(run="a").apply(
        StepLogged(run="a", step=5, epoch=0, loss=1.23456, learning_rate=2.5e-4, gradient_norm=3.2, pace=pace)
    )
    for target, empty in (("x", 1), ("y", 2)):
        history = history.apply(
            Validated(
                run="a", step=5, epoch=0, target=target, lines=10, edits=5, length=10, empty_lines=empty, pace=pace
            )
        )
    numbers = numbers_of(history)
    assert numbers == {
        "loss": "1.235",
        "learning_rate": "0.00025",
        "gradient": "3.20",
        "empty": "15.0 %",
        "speed": "62",
        "memory": "2.0 GB",
        "device_memory": "11.0 GB",
        "utilisation": "80 %",
    }


def test_tiles_of_a_gpu_say_its_memory_and_take_two_rows_where_it_is_narrow(qtbot: QtBot) -> None:
    tiles = Tiles()
    qtbot.addWidget(tiles)
    tiles.resize(900, 100)
    tiles.show()
    pace = Pace(seconds=3, lines_per_second=61.7, memory_mb=2048, device_memory_mb=11264, device_utilisation=80)
    logged = StepLogged(run="a", step=5, epoch=0, loss=1.2, learning_rate=1e-3, gradient_norm=3.2, pace=pace)
    tiles.show_history(RunHistory(run="a").apply(logged))
    assert tiles.tiles["device_memory"].isVisible()
    wait_until(qtbot, lambda: len({tile.y() for tile in tiles.tiles.values()}) == 1)
    tiles.resize(300, 100)
    wait_until(qtbot, lambda: len({tile.y() for tile in tiles.tiles.values()}) == 2)
    assert not tiles.grab().toImage().isNull()
    tiles.show_history(None)
    assert tiles.tiles["device_memory"].isHidden()


@pytest.fixture
def reading(qtbot: QtBot, stores: Stores) -> ReadingView:
    view = ReadingView(stores.datasets, stores.text)
    qtbot.addWidget(view)
    view.resize(320, 500)
    return view


def said(label: QLabel) -> str:
    return label.text().replace("\u00a0", " ")


def test_the_reading_changes_with_the_steps(stores: Stores, reading: ReadingView) -> None:
    line = stores.datasets.opened["arabic"].lines.lines[0].id
    history = RunHistory(run="a").apply(sample(10, "كتب باب", line))
    languages = {"arabic": "ar", "persian": "fa"}
    reading.show_history(history, languages)
    assert said(reading.step) == "Read at step 10 · CER 12.5 %, 1 missing"
    assert reading.reference.text == "كتاب باب"
    assert [one.kind for one in reading.hypothesis.differences] == ["delete"]
    assert not reading.image.image.isNull()
    assert reading.earlier.isHidden()
    assert reading.track.isHidden()
    reading.show_history(history.apply(sample(20, "كتاب باب", line)), languages)
    assert said(reading.step) == "Read at step 20 · CER 0.0 %, no differences"
    assert reading.hypothesis.differences == ()
    assert reading.earlier.text == "كتب باب"
    assert said(reading.before) == "Before, at step 10 · CER 12.5 %, 1 missing"
    assert not reading.grab().toImage().isNull()


def test_earlier_readings_can_be_looked_at(qtbot: QtBot, reading: ReadingView) -> None:
    texts = ("", "كتب", "كتب", "كتاب باب")
    history = RunHistory(run="a")
    for number, text in enumerate(texts, start=1):
        history = history.apply(sample(10 * number, text))
    reading.show_history(history, {"arabic": "ar"})
    assert [point.error_rate for point in reading.track.points] == [1.0, 0.625, 0.625, 0.0]
    assert reading.track.at == 3
    qtbot.keyClick(reading.track, Qt.Key.Key_Left)
    assert said(reading.step) == "Read at step 30, the latest is 40 · CER 62.5 %, 5 missing"
    assert said(reading.before) == "The same since step 20. Before, at step 10 · CER 100.0 %, nothing"
    reading.show_history(history.apply(sample(50, "باب")), {"arabic": "ar"})
    assert reading.hypothesis.text == "كتب", "what comes does not take the earlier one away"
    qtbot.keyClick(reading.track, Qt.Key.Key_Home)
    assert reading.hypothesis.text == ""
    assert reading.before.isHidden()
    assert not reading.hypothesis.grab().toImage().isNull()
    qtbot.keyClick(reading.track, Qt.Key.Key_End)
    assert reading.hypothesis.text == "باب"
    reading.show_history(history.apply(sample(50, "باب")).apply(sample(60, "كتاب")), {"arabic": "ar"})
    assert reading.hypothesis.text == "كتاب", "at the end it follows"
    place = reading.track._bar(1).center().toPoint()
    qtbot.mouseClick(reading.track, Qt.MouseButton.LeftButton, pos=place)
    assert reading.track.at == 1
    assert "step 20, CER 62.5 %" in reading.track.accessibleName()


def test_a_line_without_a_reference_has_no_rate(reading: ReadingView) -> None:
    empty = SampleRead(run="a", step=1, target="arabic", line_id="none", reference="", hypothesis="باب")
    reading.show_history(RunHistory(run="a").apply(empty), {"arabic": "ar"})
    assert "CER –" in said(reading.step)


def test_text_is_as_large_as_everywhere(stores: Stores, reading: ReadingView) -> None:
    stores.text.changed.connect(reading.refresh)
    reading.show_history(RunHistory(run="a").apply(sample(1, "باب")), {"arabic": "ar"})
    before = reading.hypothesis.height()
    for _ in range(6):
        stores.text.enlarge()
    assert reading.hypothesis.height() > before


def test_placeholders_that_are_not_scored_are_no_difference(stores: Stores, reading: ReadingView) -> None:
    line = stores.datasets.opened["arabic"].lines.lines[0].id
    history = RunHistory(run="a").apply(sample(10, "كتاب باب#", line))
    reading.show_history(history, {"arabic": "ar"}, "#")
    assert said(reading.step) == "Read at step 10 · CER 0.0 %, no differences"
    assert reading.hypothesis.differences == ()
    reading.show_history(history, {"arabic": "ar"})
    assert said(reading.step) == "Read at step 10 · CER 12.5 %, 1 inserted"


def test_another_target_can_be_read(stores: Stores, reading: ReadingView) -> None:
    history = RunHistory(run="a").apply(sample(10, "")).apply(sample(10, "گل", target="persian"))
    reading.show_history(history, {"arabic": "ar", "persian": "fa"})
    assert "nothing" in reading.step.text()
    assert "not open" in reading.image.note  # the line is not one of the data set's
    reading.target_buttons[1].click()
    assert reading.target == "persian"
    assert reading.hypothesis.text == "گل"
    reading.show_history(RunHistory(run="b"), {"arabic": "ar"})
    assert reading.target == "arabic"
    assert reading.step.text() == "Not validated yet."


def test_another_line_can_be_read(stores: Stores, reading: ReadingView) -> None:
    history = RunHistory(run="a").apply(sample(10, "كتب", "one"))
    reading.show_history(history, {"arabic": "ar"})
    assert reading.lines.isHidden()
    reading.show_history(history.apply(sample(10, "باب", "two")), {"arabic": "ar"})
    assert not reading.lines.isHidden()
    assert reading.hypothesis.text == "كتب"
    reading.next_line.click()
    assert reading.hypothesis.text == "باب"
    assert reading.caption.text() == "Reference · two"
    assert reading.line_number.text() == "line 2 of 2"
    reading.next_line.click()
    assert reading.hypothesis.text == "كتب"
    reading.previous_line.click()
    assert reading.hypothesis.text == "باب"
