"""Cyclic garbage with Qt objects in it dies in the window's thread, whoever allocates meanwhile."""

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from workbench.gui.garbage import GarbageCollector


class Cycle(QObject):
    """A Qt object that only a collection can free, and that tells where it died."""

    died_in: list[int] = []  # noqa: RUF012 - shared by all, on purpose

    def __init__(self) -> None:
        super().__init__()
        self.itself = self

    def __del__(self) -> None:
        Cycle.died_in.append(threading.get_ident())


def allocate() -> None:
    """More containers than any threshold allows without a collection."""
    for _ in range(50):
        _kept = [[] for _ in range(2_000)]


@pytest.fixture
def collector(qtbot: QtBot) -> Iterator[GarbageCollector]:
    collector = GarbageCollector()
    collector.start()
    yield collector
    collector.stop()


def test_a_worker_that_allocates_destroys_no_qt_object(qtbot: QtBot, collector: GarbageCollector) -> None:
    Cycle.died_in.clear()
    for _ in range(20):
        Cycle()
    worker = threading.Thread(target=allocate)
    worker.start()
    worker.join()
    assert Cycle.died_in == []

    junk = [[] for _ in range(2_000)]
    qtbot.waitUntil(lambda: len(Cycle.died_in) == 20, timeout=5_000)
    assert set(Cycle.died_in) == {threading.get_ident()}
    assert len(junk) == 2_000


def test_collection_goes_back_to_python_at_the_end(qtbot: QtBot) -> None:
    gc.enable()
    collector = GarbageCollector()
    collector.start()
    assert not gc.isenabled()
    collector.stop()
    assert gc.isenabled()
