"""Floods of events, notices and log lines: coalesced, de-duplicated, and bounded. Numbers are asserted, not times."""

import logging
import time
from dataclasses import replace

from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from tests.execution.small_data import small_study
from tests.gui.conftest import run_to_end, wait_until
from workbench.gui.log_records import MAX_RECORDS, LogCollector
from workbench.gui.message_bar import MessageBar
from workbench.gui.messages import MAX_KEPT, Message, Messages
from workbench.gui.panels.log import LogPanel
from workbench.gui.stores.bundle import Stores


def test_a_flood_of_events_change_the_window_ten_times_a_second(qtbot: QtBot, stores: Stores) -> None:
    """A run without a network tells its steps as fast as they can be written down."""
    stores.study.set_study(small_study(budgets=["600 steps"], targets=["arabic"], regimes=["single"]))
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    told, changed = QSignalSpy(stores.progress.run_changed), QSignalSpy(stores.progress.changed)
    begin = time.monotonic()
    run_to_end(qtbot, stores)
    seconds = time.monotonic() - begin
    events = sum(len(history.losses) for history in stores.progress.histories.values())
    assert events == 600
    assert changed.count() <= 10 * seconds + 5
    assert told.count() <= 10 * seconds + 5


def test_a_thousand_notices_are_counted_and_not_repeated(qtbot: QtBot) -> None:
    """Also where several faults say the same in turn, as those of many lines do."""
    messages = Messages()
    bar = MessageBar(messages)
    qtbot.addWidget(bar)
    for number in range(1_000):
        messages.inform(f"The disk is full, says number {number % 4}")
    assert [message.count for message in messages.kept] == [250] * 4
    assert "said 250 times" in bar.text
    for number in range(1_000):
        messages.inform(f"Line {number} cannot be read")
    assert len(messages.kept) == MAX_KEPT


def test_what_was_said_long_ago_is_said_again(qtbot: QtBot) -> None:
    messages = Messages()
    messages.inform("first")
    for number in range(100):
        messages.inform(f"another {number}")
    messages.inform("first")
    assert [message.count for message in messages.kept if message.text == "first."] == [1, 1]
    assert messages.shown is not None
    assert replace(messages.shown, at=None) == Message("info", "first.")


def test_log_lines_are_taken_over_at_five_looks_a_second_and_forgotten(qtbot: QtBot) -> None:
    collector = LogCollector()
    panel = LogPanel(collector)
    qtbot.addWidget(panel)
    panel.show()
    for number in range(3 * MAX_RECORDS):
        collector.handle(logging.LogRecord("n", logging.INFO, "f", 1, f"line {number}", None, None))
    assert panel.text == "", "nothing is drawn before the next look"
    panel.look()
    lines = panel.text.splitlines()
    assert len(lines) == MAX_RECORDS
    assert lines[-1].endswith(f"line {3 * MAX_RECORDS - 1}")
    for number in range(MAX_RECORDS):
        collector.handle(logging.LogRecord("n", logging.INFO, "f", 1, f"later {number}", None, None))
    panel.look()
    assert len(panel.text.splitlines()) == MAX_RECORDS
