"""What every test runs under: temporary folders, and a check that it leaves nothing behind."""

import gc
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

# Before anything imports Qt or torch: no display is needed, and the cores are shared.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from typing import TYPE_CHECKING

import psutil
import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

# How quick the machine is has no say in whether a property holds.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# Kept alive by Python itself until the interpreter ends; they hold no work of ours.
HELPER_PROCESSES = ("resource_tracker", "forkserver")
CHILD_GRACE_S = 5.0


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, cache and default workspace of the test lie in its temporary folder."""
    monkeypatch.setenv("HTR_WORKBENCH_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("HTR_WORKBENCH_CACHE", str(tmp_path / "user-cache"))
    monkeypatch.setenv("HTR_WORKBENCH_WORKSPACE", str(tmp_path / "workspace"))


class _Warnings(logging.Handler):
    """Collects log records at WARNING or above."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def expected_log() -> list[logging.LogRecord]:
    """Warnings and errors that the test expects in the log; a test that asks for this list has to look at it."""
    return []


@pytest.fixture(autouse=True)
def no_unexpected_log(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that logs at WARNING or above, unless it asked for `expected_log`."""
    handler = _Warnings()
    if "expected_log" in request.fixturenames:
        handler.records = request.getfixturevalue("expected_log")
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    if "expected_log" not in request.fixturenames and handler.records:
        lines = "\n".join(f"{r.levelname} {r.name}: {r.getMessage()}" for r in handler.records)
        pytest.fail(f"logged at WARNING or above:\n{lines}")


def _children() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


def _is_helper(process: psutil.Process) -> bool:
    try:
        return any(name in " ".join(process.cmdline()) for name in HELPER_PROCESSES)
    except psutil.Error:
        return True  # gone meanwhile


@pytest.fixture(autouse=True)
def no_leftover_children() -> Iterator[None]:
    """Fail a test whose child processes live on."""
    before = _children()
    yield
    left = _children() - before
    if left:
        _, alive = psutil.wait_procs(list(left), timeout=CHILD_GRACE_S)
        orphans = [process for process in alive if not _is_helper(process)]
        names = [" ".join(process.cmdline()) for process in orphans]
        for process in orphans:
            process.kill()
        if orphans:
            pytest.fail(f"child processes left running: {names}")


def _describe(widget: "QWidget") -> str:
    title = widget.windowTitle() or getattr(widget, "title", "")
    title = title() if callable(title) else title
    return f"{type(widget).__name__} {widget.objectName()!r} {title!r} of {type(widget.parent()).__name__}"


def _leftover_widgets() -> list[str]:
    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtWidgets import QApplication

    if QApplication.instance() is None:
        return []
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    if QApplication.topLevelWidgets():
        gc.collect()  # a widget in a reference cycle is not left over
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return [_describe(widget) for widget in QApplication.topLevelWidgets()]


def _delete_widgets() -> None:
    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtWidgets import QApplication, QMenu

    for widget in QApplication.topLevelWidgets():
        # What belongs to another widget, or to a chart, goes with it; going first it would take the process along.
        if widget.parent() is None and not isinstance(widget, QMenu):
            widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(autouse=True)
def nothing_left_in_qt() -> Iterator[None]:
    """Fail a test that leaves a top-level widget or a running thread; only where Qt was used at all."""
    yield
    if workers := sys.modules.get("workbench.gui.workers"):
        running = workers.running_threads()
        for thread in running:
            thread.ask_to_stop()
            thread.wait(10_000)
        if running:
            pytest.fail(f"threads left running: {[thread.objectName() for thread in running]}")
    if "PySide6.QtWidgets" in sys.modules and (left := _leftover_widgets()):
        _delete_widgets()
        pytest.fail(f"top-level widgets left: {left}")


@pytest.fixture(scope="session")
def real_lines() -> Path:
    """Folder of real lines, named by $HTR_WORKBENCH_REAL_LINES; never committed, never copied."""
    folder = os.environ.get("HTR_WORKBENCH_REAL_LINES")
    if not folder or not Path(folder).is_dir():
        pytest.skip("real lines: $HTR_WORKBENCH_REAL_LINES names no folder")
    return Path(folder)
