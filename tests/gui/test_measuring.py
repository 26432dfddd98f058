"""Measure on the study page: a better time before the start, with progress, stopped, and gone when training begins."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.execution.child_processes import training_processes
from tests.gui.conftest import run_to_end, wait_until
from workbench.execution.local import LocalExecutor
from workbench.gui.panels.study import StudyPanel
from workbench.gui.stores.bundle import Stores


@pytest.fixture
def panel(qtbot: QtBot, planned: Stores, monkeypatch: pytest.MonkeyPatch) -> Iterator[StudyPanel]:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    set_trainer(monkeypatch, "train")
    panel = StudyPanel(study=planned.study, datasets=planned.datasets, progress=planned.progress)
    qtbot.addWidget(panel)
    panel.resize(1192, 620)
    with qtbot.waitExposed(panel):
        panel.show()
    yield panel
    panel.hide()


def set_trainer(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    scripted = partial(LocalExecutor, trainer=f"tests.execution.scripted:{name}", processes=1)
    monkeypatch.setattr("workbench.gui.stores.study.LocalExecutor", scripted)


def sources(stores: Stores) -> set[str]:
    found = stores.study.estimate
    return {each.source for each in found.kinds} if found else set()


def test_a_rough_time_becomes_a_measured_one(qtbot: QtBot, planned: Stores, panel: StudyPanel) -> None:
    assert "roughly" in panel.summary.text()
    assert "MB" in panel.summary.text()
    assert panel.measure_button.isVisible()
    panel.measure_action.trigger()
    assert panel.measure_action.text() == "Stop measuring"
    wait_until(qtbot, lambda: "measuring small-cnn on" in panel.summary.text())
    wait_until(qtbot, lambda: sources(planned) == {"a measurement"})
    wait_until(qtbot, lambda: panel.measure_action.text() == "Measure")
    assert "roughly" not in panel.summary.text()
    assert not list(planned.workspaces.workspace.runs.glob("*"))  # type: ignore[union-attr]
    assert training_processes() == []


def test_a_measurement_is_stopped(
    qtbot: QtBot, planned: Stores, panel: StudyPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_trainer(monkeypatch, "hold")
    panel.measure_action.trigger()
    wait_until(qtbot, lambda: planned.study.measuring is not None and planned.study.measuring.total > 0)
    panel.measure_action.trigger()
    wait_until(qtbot, lambda: planned.study.measuring is None)
    assert training_processes() == []


def test_training_ends_a_measurement(
    qtbot: QtBot, planned: Stores, panel: StudyPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_trainer(monkeypatch, "hold")
    panel.measure_action.trigger()
    wait_until(qtbot, lambda: planned.study.measuring is not None and planned.study.measuring.total > 0)
    run_to_end(qtbot, planned)
    wait_until(qtbot, lambda: planned.study.measuring is None)
    wait_until(qtbot, lambda: not planned.study.can_measure)  # all is known now


def test_a_kind_that_cannot_be_measured_is_said(
    qtbot: QtBot, planned: Stores, panel: StudyPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_trainer(monkeypatch, "needs_memory")
    panel.measure_action.trigger()
    wait_until(qtbot, lambda: planned.study.measuring is None)
    message = planned.messages.shown
    assert message is not None
    assert "memory is used up" in message.text


def test_a_disk_that_is_too_small_blocks_the_start(
    qtbot: QtBot, planned: Stores, panel: StudyPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.execution.estimates.free_bytes", lambda folder: 20_000)
    planned.study.replan()
    wait_until(qtbot, lambda: "20 kB are free" in panel.blocker.problem)
    assert panel.primary_action is not None
    assert not panel.primary_action.isEnabled()
    assert "of 20 kB free" in panel.summary.text()
