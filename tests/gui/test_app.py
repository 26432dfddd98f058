"""Hooks of the application: what nobody caught is told, and the program goes on."""

import logging
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QTimer, Slot
from pytestqt.qtbot import QtBot

from tests.gui.conftest import wait_until
from workbench import settings
from workbench.errors import InputError, WorkspaceError
from workbench.gui.app import CrashLog, Faults
from workbench.gui.messages import Messages, message_of


@pytest.fixture
def faults(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Messages:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    messages = Messages()
    Faults(messages).install()
    return messages


def test_an_exception_in_a_slot_is_told(qtbot: QtBot, faults: Messages, expected_log: list[logging.LogRecord]) -> None:
    class Clumsy(QObject):
        @Slot()
        def stumble(self) -> None:
            raise ZeroDivisionError("over a slot")

    clumsy = Clumsy()
    QTimer.singleShot(0, clumsy.stumble)
    wait_until(qtbot, lambda: faults.shown is not None)
    assert "over a slot" in faults.shown.text
    assert "ZeroDivisionError" in faults.shown.details
    assert len(expected_log) == 1


def test_an_exception_in_a_thread_is_told_in_the_window_thread(
    qtbot: QtBot, faults: Messages, expected_log: list[logging.LogRecord]
) -> None:
    heard: list[int] = []

    class Listener(QObject):
        @Slot()
        def listen(self) -> None:
            heard.append(threading.get_ident())

    listener = Listener()
    faults.changed.connect(listener.listen)
    thread = threading.Thread(target=lambda: 1 // 0)
    thread.start()
    thread.join()
    wait_until(qtbot, lambda: bool(heard))
    assert heard == [threading.get_ident()]


def test_our_own_errors_are_no_log_entries_at_warning() -> None:
    messages = Messages()
    messages.report(InputError("The study cannot be read", "line 7", "Correct it."))
    assert messages.shown.text == "The study cannot be read: line 7."
    assert messages.shown.hint == "Correct it."


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "memory is full"),
        (WorkspaceError("a.json was not written", "the disk is full"), "the disk is full."),
        (ValueError("a\nb" * 500), "Reading failed: a ba b"),
        (RuntimeError(), "Reading failed: RuntimeError."),
    ],
)
def test_every_fault_is_one_sentence(error: Exception, words: str) -> None:
    message = message_of(error, "Reading")
    assert words in message.text
    assert "\n" not in message.text
    assert len(message.text) < 400


def test_messages_are_kept_up_to_a_limit() -> None:
    messages = Messages()
    for number in range(600):
        messages.inform(f"message {number}")
    assert len(messages.kept) == 500
    assert messages.kept[-1].text == "message 599."


def test_last_words_are_told_once() -> None:
    path: Path = settings.cache_folder() / "log" / "crash.txt"
    path.parent.mkdir(parents=True)
    path.write_text("Fatal Python error: Segmentation fault", encoding="utf-8")
    assert "Segmentation" in CrashLog().take_last_words()
    assert CrashLog().take_last_words() == ""
    assert not path.exists()
    assert CrashLog().kept.read_text(encoding="utf-8") == "Fatal Python error: Segmentation fault"
