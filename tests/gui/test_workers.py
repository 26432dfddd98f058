"""Jobs in threads: everything arrives, in order, in the receiver's thread, and the end comes last."""

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Slot
from pytestqt.qtbot import QtBot

from workbench.gui.workers import HoldsFile, JobLane, running_threads
from workbench.runs.control import Control


class Receiver(QObject):
    def __init__(self, lane: JobLane) -> None:
        super().__init__()
        self.heard: list[object] = []
        self.threads: set[int] = set()
        lane.produced.connect(self.take)
        lane.failed.connect(self.take_failure)
        lane.finished.connect(self.end)

    @Slot(object)
    def take(self, value: object) -> None:
        self.threads.add(threading.get_ident())
        self.heard.append(value)

    @Slot(object)
    def take_failure(self, error: Exception) -> None:
        self.threads.add(threading.get_ident())
        self.heard.append(error)

    @Slot()
    def end(self) -> None:
        self.threads.add(threading.get_ident())
        self.heard.append("end")


@pytest.fixture
def lane(qtbot: QtBot) -> JobLane:
    return JobLane("test")


def test_values_come_in_order_and_in_the_window_thread(qtbot: QtBot, lane: JobLane) -> None:
    receiver = Receiver(lane)
    worker_threads: list[int] = []

    def job(control: Control) -> Iterator[object]:
        worker_threads.append(threading.get_ident())
        yield from range(500)

    with qtbot.waitSignal(lane.finished):
        lane.start(job)
    assert receiver.heard == [*range(500), "end"]
    assert receiver.threads == {threading.get_ident()}
    assert worker_threads != [threading.get_ident()]
    assert not lane.is_running
    assert running_threads() == []


@pytest.mark.parametrize("error", [ValueError("no"), MemoryError(), KeyError("x")])
def test_a_failure_is_told_and_the_end_still_comes_last(qtbot: QtBot, lane: JobLane, error: Exception) -> None:
    receiver = Receiver(lane)

    def job(control: Control) -> Iterator[object]:
        yield 1
        raise error

    with qtbot.waitSignal(lane.finished):
        lane.start(job)
    assert receiver.heard == [1, error, "end"]


def test_a_job_that_cannot_even_begin_fails_in_the_same_way(qtbot: QtBot, lane: JobLane) -> None:
    receiver = Receiver(lane)

    def job(control: Control) -> Iterator[object]:
        raise RuntimeError("no generator at all")

    with qtbot.waitSignal(lane.finished):
        lane.start(job)
    assert [str(value) for value in receiver.heard] == ["no generator at all", "end"]


def test_a_newer_job_silences_the_older_one(qtbot: QtBot, lane: JobLane) -> None:
    receiver = Receiver(lane)
    begun = threading.Event()

    def old(control: Control) -> Iterator[object]:
        begun.set()
        control.wait_for_change("go", 10)
        yield "stale"
        raise RuntimeError("stale as well")

    def new(control: Control) -> Iterator[object]:
        yield "new"

    with qtbot.waitSignal(lane.finished):
        first = lane.start(old)
        assert begun.wait(10)
        assert lane.start(lambda control: iter(["never begun"])) == first + 1
        assert lane.start(new) == first + 2
    assert receiver.heard == ["new", "end"]


def test_cancel_ends_the_job_and_forgets_the_waiting_one(qtbot: QtBot, lane: JobLane) -> None:
    receiver = Receiver(lane)

    def job(control: Control) -> Iterator[object]:
        control.wait_for_change("go", 10)
        yield "last words"

    with qtbot.waitSignal(lane.finished):
        lane.start(job)
        lane.start(lambda control: iter(["never begun"]))
        lane.cancel()
    assert receiver.heard == ["last words", "end"]


def test_waiting_blocks_until_the_thread_has_ended(qtbot: QtBot, lane: JobLane) -> None:
    lane.start(lambda control: iter([control.wait_for_change("go", 10)]))
    lane.wait()
    assert running_threads() == []


class Held(HoldsFile):
    """Keeps a file open, as far as anybody asks."""

    def __init__(self) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False


def test_an_overtaken_job_leaves_no_file_open(qtbot: QtBot, lane: JobLane) -> None:
    held, receiver, has_begun = [Held(), Held()], Receiver(lane), threading.Event()

    def first(control: Control) -> Iterator[object]:
        has_begun.set()
        control.wait_for_change("go", 5.0)  # until it is overtaken
        yield held[0]

    lane.start(first)
    assert has_begun.wait(10)
    lane.start(lambda _: iter([held[1]]))
    qtbot.waitUntil(lambda: receiver.heard == [held[1], "end"])
    assert [each.is_open for each in held] == [False, True]
