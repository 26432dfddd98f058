"""The queue: turns changed by buttons, keys and dragging; runs skipped and tried again, before and in a sitting."""

import time
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from tests.execution.small_data import small_study
from tests.gui.conftest import ScriptedDrive, run_to_end, wait_until
from workbench.execution import queue as queues
from workbench.gui.item_models.runs import BRIEF_ROLE, RUN, RUN_ROLE, RunTableModel
from workbench.gui.panels.study import StudyPanel
from workbench.gui.panels.training import TrainingPanel
from workbench.gui.panels.training.queue import QueueBar, QueueView
from workbench.gui.stores.bundle import Stores
from workbench.runs.spec import RunSpec


@pytest.fixture
def watched(qtbot: QtBot, stores: Stores) -> Stores:
    """Stores that look at a study of six runs."""
    return look_at(qtbot, stores, seeds=[0, 1])


def look_at(qtbot: QtBot, stores: Stores, **changes: object) -> Stores:
    stores.study.set_study(small_study(**changes))
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    plan = stores.study.startable_plan
    assert plan is not None
    stores.progress.watch(plan)
    wait_until(qtbot, lambda: stores.progress.plan == plan)
    return stores


@pytest.fixture
def view(qtbot: QtBot, watched: Stores) -> Iterator[QueueView]:
    model = RunTableModel(watched.progress)
    view = QueueView(model, watched.progress)
    qtbot.addWidget(view)
    view.resize(300, 420)
    with qtbot.waitExposed(view):
        view.show()
    yield view
    view.hide()


def rows(view: QueueView) -> list[str]:
    model = view.model()
    return [model.index(row, RUN).data(RUN_ROLE) for row in range(model.rowCount())]


def pick(view: QueueView, *places: int) -> None:
    view.clearSelection()
    for place in places:
        index = view.model().index(place, RUN)
        view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.Select)


def start_and_hold(qtbot: QtBot, stores: Stores, drive: ScriptedDrive) -> str:
    """Start the study; return the run that holds in its middle."""
    drive.trainer = "hold"
    plan = stores.study.startable_plan
    assert plan is not None
    assert stores.progress.start(plan)
    return holding(qtbot, stores)


def holding(qtbot: QtBot, stores: Stores, other_than: str = "") -> str:
    progress = stores.progress

    def held() -> list[str]:
        return [run for run in progress.running_runs if run != other_than and progress.histories[run].step == 3]

    wait_until(qtbot, lambda: bool(held()))
    return held()[0]


def let_go(qtbot: QtBot, stores: Stores, run: str) -> None:
    """Let a run that holds go on to its end."""
    stores.progress.pause()
    wait_until(qtbot, lambda: stores.progress.state(run) == "paused")
    stores.progress.go_on()
    wait_until(qtbot, lambda: stores.progress.state(run) == "finished")


def stop(qtbot: QtBot, stores: Stores) -> None:
    stores.progress.cancel()
    wait_until(qtbot, lambda: not stores.progress.is_running)


def test_an_order_before_the_start_is_the_order_of_training(qtbot: QtBot, watched: Stores, view: QueueView) -> None:
    usual = rows(view)
    pick(view, 5)
    view.offered["first"].trigger()
    wait_until(qtbot, lambda: rows(view)[0] == usual[5])
    assert view.selected_runs == (usual[5],), "what is picked stays picked"
    pick(view, 1)
    view.offered["down"].trigger()
    view.offered["down"].trigger()
    expected = [usual[5], usual[1], usual[2], usual[0], usual[3], usual[4]]
    wait_until(qtbot, lambda: rows(view) == expected)
    begun: list[str] = []
    watched.progress.run_over.connect(begun.append)
    run_to_end(qtbot, watched)
    assert begun == expected
    workspace = watched.workspaces.workspace
    assert workspace is not None
    assert list(queues.load_order(workspace.queue_file("small"))) == expected


def test_an_order_of_an_earlier_sitting_is_there_again(qtbot: QtBot, watched: Stores, view: QueueView) -> None:
    run_to_end(qtbot, watched)
    usual = watched.progress.order
    workspace = watched.workspaces.workspace
    assert workspace is not None
    queues.save_order(usual[::-1], usual, workspace.queue_file("small"))
    plan = watched.progress.plan
    assert plan is not None
    watched.workspaces.changed.emit()
    assert watched.progress.order == ()
    watched.progress.watch(plan)
    wait_until(qtbot, lambda: tuple(rows(view)) == usual[::-1])


def test_a_run_gets_the_next_turn_while_another_trains(
    qtbot: QtBot, watched: Stores, view: QueueView, drive: ScriptedDrive
) -> None:
    usual = rows(view)
    first = start_and_hold(qtbot, watched, drive)
    assert first == usual[0]
    wait_until(qtbot, lambda: watched.progress.state(usual[1]) == "queued")
    pick(view, 0)
    assert not view.offered["first"].isEnabled(), "it has its turn"
    pick(view, 4)
    view.offered["first"].trigger()
    wait_until(qtbot, lambda: rows(view)[:3] == [usual[0], usual[4], usual[1]])
    let_go(qtbot, watched, first)
    assert holding(qtbot, watched, first) == usual[4]
    stop(qtbot, watched)


def test_skipped_runs_are_left_out_of_one_sitting(
    qtbot: QtBot, watched: Stores, view: QueueView, drive: ScriptedDrive
) -> None:
    usual = rows(view)
    first = start_and_hold(qtbot, watched, drive)
    pick(view, 1, 2)
    view.offered["skip"].trigger()
    wait_until(qtbot, lambda: view.model().index(1, RUN).data(BRIEF_ROLE) == "skipped")
    assert watched.progress.runs_skipped == 2
    wait_until(qtbot, lambda: view.offered["skip"].text() == "Do not skip")
    pick(view, 2)
    view.offered["skip"].trigger()
    wait_until(qtbot, lambda: watched.progress.state(usual[2]) == "queued")
    let_go(qtbot, watched, first)
    assert holding(qtbot, watched, first) == usual[2]
    stop(qtbot, watched)
    wait_until(qtbot, lambda: watched.progress.state(usual[1]) == "planned")


def test_a_failed_run_is_trained_again_with_one_click(
    qtbot: QtBot, watched: Stores, view: QueueView, drive: ScriptedDrive, expected_log: list[object]
) -> None:
    drive.trainer = "diverges"
    run_to_end(qtbot, watched)
    usual = rows(view)
    pick(view, 1)
    wait_until(qtbot, view.offered["retry"].isEnabled)
    drive.trainer = "train"
    view.offered["retry"].trigger()
    wait_until(qtbot, lambda: not watched.progress.is_running and watched.progress.state(usual[1]) == "finished")
    assert watched.progress.runs_failed == 5
    assert watched.progress.runs_skipped == 0


def test_a_failed_run_is_trained_again_while_others_train(
    qtbot: QtBot, watched: Stores, view: QueueView, drive: ScriptedDrive, expected_log: list[object]
) -> None:
    usual = rows(view)
    drive.trainer = "arabic_fails_once"
    plan = watched.study.startable_plan
    assert plan is not None
    watched.progress.start(plan)
    wait_until(qtbot, lambda: watched.progress.state(usual[0]) == "failed")
    wait_until(qtbot, lambda: bool(watched.progress.running_runs))
    pick(view, 0)
    view.offered["retry"].trigger()
    assert watched.progress.state(usual[0]) == "queued"
    for _ in plan.run_ids:
        run = holding(qtbot, watched)
        let_go(qtbot, watched, run)
        if run == usual[0]:
            break
    assert watched.progress.state(usual[0]) == "finished"
    stop(qtbot, watched)


def test_only_some_runs_are_trained(qtbot: QtBot, watched: Stores, view: QueueView) -> None:
    usual = rows(view)
    pick(view, 2, 3)
    view.offered["only"].trigger()
    wait_until(qtbot, lambda: not watched.progress.is_running and watched.progress.runs_over == 2)
    assert {run for run in usual if watched.progress.state(run) == "finished"} == set(usual[2:4])
    assert watched.progress.state(usual[0]) == "planned"


def test_runs_are_dragged_to_another_turn(qtbot: QtBot, watched: Stores, view: QueueView) -> None:
    usual = rows(view)
    model = view.model()
    data = model.mimeData([model.index(4, RUN), model.index(5, RUN)])
    assert model.dropMimeData(data, Qt.DropAction.MoveAction, 1, 0, QModelIndex())
    wait_until(qtbot, lambda: rows(view) == [usual[0], usual[4], usual[5], *usual[1:4]])
    first = model.mimeData([model.index(0, RUN)])
    assert model.dropMimeData(first, Qt.DropAction.MoveAction, -1, -1, QModelIndex())
    wait_until(qtbot, lambda: rows(view)[-1] == usual[0])
    assert not model.dropMimeData(first, Qt.DropAction.CopyAction, 1, 0, QModelIndex())


def test_keys_move_runs(qtbot: QtBot, watched: Stores, view: QueueView) -> None:
    usual = rows(view)
    view.setFocus()
    pick(view, 3)
    qtbot.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    wait_until(qtbot, lambda: rows(view)[2] == usual[3])
    qtbot.keyClick(view, Qt.Key.Key_End, Qt.KeyboardModifier.AltModifier)
    wait_until(qtbot, lambda: rows(view)[-1] == usual[3])
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    wait_until(qtbot, lambda: watched.progress.state(usual[3]) == "skipped")


def test_buttons_and_menu_offer_what_can_be_done(qtbot: QtBot, watched: Stores, view: QueueView) -> None:
    bar = QueueBar(view)
    qtbot.addWidget(bar)
    assert not any(button.isEnabled() for button in bar.findChildren(QToolButton)), "nothing is picked"
    pick(view, 0)
    assert [button.isEnabled() for button in bar.findChildren(QToolButton)] == [True, True, True, True, False]
    menu = view.make_menu()
    assert [action.text() for action in menu.actions()][:4] == ["Train first", "Earlier", "Later", "Train last"]
    assert [action.text() for action in menu.actions() if not action.isEnabled()] == ["Train again"]
    menu.deleteLater()


def test_a_run_that_waits_says_for_which(
    qtbot: QtBot, stores: Stores, drive: ScriptedDrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prerequisite(spec: RunSpec) -> str | None:
        plan = stores.study.plan
        assert plan is not None
        return plan.run_ids[-1] if spec.id == plan.run_ids[0] else None

    watched = look_at(qtbot, stores)
    monkeypatch.setattr(queues, "prerequisite", prerequisite)
    plan = watched.study.startable_plan
    assert plan is not None
    joint = start_and_hold(qtbot, watched, drive)
    assert joint == plan.run_ids[-1]
    assert watched.progress.state(plan.run_ids[0]) == "waiting"
    model = RunTableModel(watched.progress)
    row = model.row_of(plan.run_ids[0])
    assert row is not None
    assert model.index(row, RUN).data(BRIEF_ROLE) == "waiting for CNN-only (small) · both · K 4 · seed 0"
    assert model.row_of(joint) == row - 1
    stop(qtbot, watched)


def test_five_hundred_runs_are_moved_at_once(qtbot: QtBot, stores: Stores) -> None:
    watched = look_at(qtbot, stores, seeds=list(range(170)), regimes=["single", "multi"])
    model = RunTableModel(watched.progress)
    view = QueueView(model, watched.progress)
    qtbot.addWidget(view)
    assert model.rowCount() == 510
    last = rows(view)[-1]
    begun = time.perf_counter()
    watched.progress.move([last], "first")
    wait_until(qtbot, lambda: rows(view)[0] == last)
    assert time.perf_counter() - begun < 2


def test_a_run_becomes_a_study_of_its_own(qtbot: QtBot, watched: Stores) -> None:
    run_to_end(qtbot, watched)
    training = TrainingPanel(
        progress=watched.progress, datasets=watched.datasets, study=watched.study, text=watched.text
    )
    page = StudyPanel(study=watched.study, datasets=watched.datasets, progress=watched.progress)
    for panel in (training, page):
        qtbot.addWidget(panel)
    page.show()
    asked: list[str] = []
    training.page_requested.connect(asked.append)
    pick(training.queue, 1)
    training.queue.offered["duplicate"].trigger()
    assert asked == ["study"]
    assert watched.study.study.name == "small-2"
    wait_until(qtbot, lambda: watched.study.startable_plan is not None)
    plan = watched.study.startable_plan
    assert plan is not None
    assert plan.run_ids == (rows(training.queue)[1],), "unchanged it is the same run, and done"
    assert page.only.text() == "Only these runs of the grid are trained: small-cnn, single, persian."
    assert page.only.isVisible()
    assert [row.label for row in page.matrix_model.rows] == ["CNN-only (small)", "persian"]
    watched.study.edit(training={"learning_rate": 1e-4})
    wait_until(qtbot, lambda: watched.study.startable_plan is not None)
    assert watched.study.estimate is not None
    assert watched.study.estimate.runs_left == 1
    page.whole_grid_action.trigger()
    wait_until(qtbot, lambda: watched.study.startable_plan is not None)
    assert len(watched.study.startable_plan.run_ids) == 3  # type: ignore[union-attr]
    assert not page.only.isVisible()
    watched.study.undo()
    assert watched.study.study.only
    page.hide()
