"""The training page: queue, curves, numbers and reading follow the runs; four verbs; failures say why."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.execution.small_data import small_study
from tests.gui.conftest import ScriptedDrive, run_to_end, wait_until
from workbench.gui.item_models.runs import RUN
from workbench.gui.panels.training import TrainingPanel
from workbench.gui.panels.training.panel import MAX_FOLLOWED_RUNS
from workbench.gui.panels.training.reading import ReadingView
from workbench.gui.panels.training.tiles import numbers_of
from workbench.gui.stores.bundle import Stores
from workbench.runs.events import Pace, SampleRead, StepLogged, Validated
from workbench.runs.history import RunHistory
from workbench.study.grid import REGIMES


@pytest.fixture
def panel(qtbot: QtBot, planned: Stores) -> Iterator[TrainingPanel]:
    plan = planned.study.startable_plan
    assert plan is not None
    planned.progress.watch(plan)
    panel = TrainingPanel(progress=planned.progress, datasets=planned.datasets, study=planned.study)
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
    panel = TrainingPanel(progress=stores.progress, datasets=stores.datasets, study=stores.study)
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


def test_the_legend_tells_baselines_from_all_other_regimes(qtbot: QtBot, planned: Stores, panel: TrainingPanel) -> None:
    planned.study.set_study(small_study(regimes=[name for name in REGIMES if name != "leave_one_out"]))
    wait_until(qtbot, lambda: planned.study.startable_plan is not None)
    planned.progress.watch(planned.study.startable_plan)
    wait_until(qtbot, lambda: len(panel.legend.entries) == 4 and "head" in panel.legend.entries[2].name)
    thin, thick = panel.legend.entries[2:]
    assert (thin.name, thick.name) == ("single · single head", "both · pair · more lines · 4 more")
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


def test_choosing_a_run_stops_following(qtbot: QtBot, planned: Stores, panel: TrainingPanel) -> None:
    run_to_end(qtbot, planned)
    wait_until(qtbot, lambda: len(panel.shown_runs) == 3)
    place = panel.queue.visualRect(panel.model.index(1, RUN)).center()
    qtbot.mouseClick(panel.queue.viewport(), Qt.MouseButton.LeftButton, pos=place)
    run = panel.model.run(1).planned.run
    assert panel.shown_runs == (run,)
    assert not panel.follow.isChecked()
    assert planned.progress.selected_run == run
    assert panel.run_name.text() == "CNN-only (small) · persian · K 4 · seed 0"
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
    panel = TrainingPanel(progress=stores.progress, datasets=stores.datasets, study=stores.study)
    qtbot.addWidget(panel)
    assert stores.progress.runs_over == 12
    assert len(panel.shown_runs) == MAX_FOLLOWED_RUNS


def test_axis_log_and_smoothing(qtbot: QtBot, planned: Stores, panel: TrainingPanel) -> None:
    run_to_end(qtbot, planned)
    wait_until(qtbot, lambda: len(panel.shown_runs) == 3)
    panel.axis.setCurrentIndex(panel.axis.findData("time"))
    panel.axis.activated.emit(panel.axis.currentIndex())
    panel.smooth.setChecked(False)
    panel.log.setChecked(True)
    panel.curves.repaint_now()
    x, y = panel.curves.loss_plot.drawn(panel.current_run)
    assert list(x) == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    assert list(y) == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 6])


def test_the_numbers_of_a_run() -> None:
    assert set(numbers_of(None).values()) == {"–"}
    pace = Pace(seconds=3, lines_per_second=61.7, memory_mb=2048, device_memory_mb=11264)
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
        "memory": "2.0 + 11.0 GB",
    }


@pytest.fixture
def reading(qtbot: QtBot, stores: Stores) -> ReadingView:
    view = ReadingView(stores.datasets)
    qtbot.addWidget(view)
    view.resize(320, 500)
    return view


def test_the_reading_changes_with_the_steps(stores: Stores, reading: ReadingView) -> None:
    line = stores.datasets.opened["arabic"].lines.lines[0].id
    history = RunHistory(run="a").apply(sample(10, "كتب باب", line))
    languages = {"arabic": "ar", "persian": "fa"}
    reading.show_history(history, languages)
    assert reading.step.text() == "Read at step 10 · CER 12.5 %"
    assert reading.reference.text == "كتاب باب"
    assert [one.kind for one in reading.hypothesis.differences] == ["delete"]
    assert not reading.image.image.isNull()
    reading.show_history(history.apply(sample(20, "كتاب باب", line)), languages)
    assert reading.step.text() == "Read at step 20 · CER 0.0 %"
    assert reading.hypothesis.differences == ()
    assert not reading.grab().toImage().isNull()


def test_placeholders_that_are_not_scored_are_no_difference(stores: Stores, reading: ReadingView) -> None:
    line = stores.datasets.opened["arabic"].lines.lines[0].id
    history = RunHistory(run="a").apply(sample(10, "كتاب باب#", line))
    reading.show_history(history, {"arabic": "ar"}, "#")
    assert reading.step.text() == "Read at step 10 · CER 0.0 %"
    assert reading.hypothesis.differences == ()
    reading.show_history(history, {"arabic": "ar"})
    assert reading.step.text() == "Read at step 10 · CER 12.5 %"


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
    assert reading.another.isHidden()
    reading.show_history(history.apply(sample(10, "باب", "two")), {"arabic": "ar"})
    assert not reading.another.isHidden()
    assert reading.hypothesis.text == "كتب"
    reading.another.click()
    assert reading.hypothesis.text == "باب"
    assert reading.caption.text() == "Reference · two"
    reading.another.click()
    assert reading.hypothesis.text == "كتب"
