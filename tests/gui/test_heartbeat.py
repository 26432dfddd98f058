"""A run that makes no steps is told in the window, once, and no longer when it goes on."""

from pathlib import Path

import pytest
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from tests.execution.child_processes import training_processes
from tests.gui.conftest import ScriptedDrive, wait_until
from workbench.gui.panels.problems import ProblemsPanel
from workbench.gui.stores.bundle import Stores
from workbench.gui.stores.heartbeat import HeartbeatStore


@pytest.fixture
def quick(planned: Stores, monkeypatch: pytest.MonkeyPatch) -> Stores:
    """Stores of which the heartbeat is soon alarmed."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    beat = planned.heartbeat._beat
    beat.limit_s, beat.look_every_s = 0.6, 0.05
    planned.heartbeat._timer.setInterval(50)
    return planned


def texts(stores: Stores) -> list[str]:
    return [message.text for message in stores.messages.kept if "No step for" in message.text]


def test_a_stopped_child_is_told_once_and_taken_back(qtbot: QtBot, quick: Stores, drive: ScriptedDrive) -> None:
    panel = ProblemsPanel(quick)
    qtbot.addWidget(panel)
    drive.in_children, drive.trainer = True, "strolls"
    plan = quick.study.startable_plan
    assert plan is not None
    assert not quick.heartbeat.looks
    assert quick.progress.start(plan)
    wait_until(qtbot, lambda: any(history.step >= 1 for history in quick.progress.histories.values()))
    assert quick.heartbeat.looks
    (run,) = quick.progress.running_runs
    children = training_processes()
    for each in children:
        each.suspend()
    wait_until(qtbot, lambda: set(quick.heartbeat.silent) == {run})
    assert any("No step for" in notice.what for notice in panel.model.notices)
    assert quick.messages.shown is not None
    assert "No step for" in quick.messages.shown.text
    qtbot.wait(300)
    assert len(texts(quick)) == 1, "said once"
    assert all(each.is_running() for each in children)
    for each in children:
        each.resume()
    wait_until(qtbot, lambda: not quick.heartbeat.silent)
    assert quick.messages.shown is None
    assert not any("No step for" in notice.what for notice in panel.model.notices)
    quick.progress.cancel()
    wait_until(qtbot, lambda: not quick.progress.is_running)
    assert not quick.heartbeat.looks


def test_a_paused_run_is_not_silent(qtbot: QtBot, quick: Stores, drive: ScriptedDrive) -> None:
    drive.trainer = "strolls"
    plan = quick.study.startable_plan
    assert plan is not None
    assert quick.progress.start(plan)
    wait_until(qtbot, lambda: any(history.step >= 1 for history in quick.progress.histories.values()))
    quick.progress.pause()
    wait_until(qtbot, lambda: [quick.progress.state(run) for run in quick.progress.running_runs] == ["paused"])
    spy = QSignalSpy(quick.heartbeat.changed)
    qtbot.wait(1_000)
    assert spy.count() == 0
    assert texts(quick) == []
    quick.progress.cancel()
    wait_until(qtbot, lambda: not quick.progress.is_running)


def test_the_limit_is_ten_minutes(qtbot: QtBot, planned: Stores) -> None:
    usual = HeartbeatStore(planned.progress, planned.messages)
    assert usual._beat.limit_s == 600
    usual.deleteLater()
