"""PySide6 6.12.0 on Python 3.11 lost a reference to True with each emit, until the process aborted: never again."""

import sys

from PySide6.QtCore import QObject, Signal

EMITS = 1_000
SLACK = 50
"""Other code may hold on to a few."""


class Sender(QObject):
    plain = Signal()
    with_value = Signal(object)


def test_emitting_keeps_the_references_to_true_and_none(qtbot: object) -> None:
    sender = Sender()
    heard: list[object] = []
    sender.with_value.connect(heard.append)
    before = sys.getrefcount(True), sys.getrefcount(None)
    for _ in range(EMITS):
        sender.plain.emit()
        sender.with_value.emit(1)
    after = sys.getrefcount(True), sys.getrefcount(None)
    assert len(heard) == EMITS
    assert abs(after[0] - before[0]) < SLACK
    assert abs(after[1] - before[1]) < SLACK
