"""Opening and closing again and again leaves nothing behind: no widget, no object, no thread, no open file."""

from pytestqt.qtbot import QtBot

from benchmarks import open_close


def test_nothing_grows(qtbot: QtBot, expected_log: list[object]) -> None:
    """The same as the benchmark measures, a few times; the first cycles fill what is kept."""
    counted = open_close.measure(6, steps=3)
    first, last = counted[0], counted[-1]
    assert last.widgets <= first.widgets
    assert last.qt_objects <= first.qt_objects
    assert last.threads <= first.threads
    assert last.open_files <= first.open_files
    assert last.python_objects < first.python_objects + 1_500
