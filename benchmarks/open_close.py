"""What opening and closing leaves behind: workspaces, pages and dialogs, again and again in one window.

    python benchmarks/open_close.py [--cycles 1000]

A cycle opens the other of two workspaces, goes through every page, and opens and closes each dialog of the menu Help,
the command palette and the details of a message. Counted after every tenth of the cycles: widgets, objects of Qt below
the window, objects of Python, threads, open files, resident memory. The first tenth warms up; what grows after it is a
leak.
"""

import argparse
import gc
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication, QDialog

from tests.execution.small_data import make_workspace
from workbench.gui.app import make_window
from workbench.gui.main_window import MainWindow
from workbench.gui.pages import PAGES
from workbench.gui.stores.bundle import Stores

WAIT_S = 60.0
DIALOGS = ("check_workspace", "about_machine", "problem_report", "palette", "about")


@dataclass(frozen=True, slots=True)
class Counted:
    """What there is at one moment."""

    cycles: int
    widgets: int
    qt_objects: int
    python_objects: int
    threads: int
    open_files: int
    resident_mb: float


def settle() -> None:
    """Let everything be deleted that is to be deleted."""
    application = QApplication.instance()
    assert application is not None
    for _ in range(3):
        application.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()


def count(cycles: int, window: MainWindow, stores: Stores) -> Counted:
    """Count, with everything settled."""
    settle()
    process = psutil.Process()
    roots: list[QObject] = [window, *(getattr(stores, field.name) for field in fields(stores))]
    return Counted(
        cycles,
        len(QApplication.allWidgets()),
        sum(len(root.findChildren(QObject)) for root in roots),
        len(gc.get_objects()),
        threading.active_count(),
        process.num_fds(),
        process.memory_info().rss / 1e6,
    )


def wait_until(is_so: Callable[[], bool]) -> None:
    """Handle events until something holds."""
    end = time.monotonic() + WAIT_S
    application = QApplication.instance()
    assert application is not None
    while not is_so():
        application.processEvents()
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.002)


def cycle(window: MainWindow, stores: Stores, workspace: Path) -> None:
    """Open the workspace, every page, every dialog, and close what can be closed."""
    assert stores.workspaces.open(workspace)
    stores.study.open_last()
    wait_until(lambda: stores.datasets.is_known and not stores.datasets.is_busy)
    for row in PAGES:
        window.show_page(row.name)
        QApplication.processEvents()
    for name in DIALOGS:
        window.actions_by_name[name].trigger()
        QApplication.processEvents()
        for dialog in window.findChildren(QDialog):
            dialog.close()
        for widget in QApplication.topLevelWidgets():
            if widget is not window and widget.isVisible():
                widget.close()
    stores.messages.warn("Something was said", "Do something.", details="at length")
    window.message_bar.show_details()
    for dialog in window.findChildren(QDialog):
        dialog.close()
    stores.messages.dismiss()
    wait_until(lambda: not (stores.checks.is_checking or stores.examination.is_examining))
    wait_until(lambda: not stores.examination.is_gathering)


def measure(cycles: int, steps: int = 10) -> list[Counted]:
    """Run so many cycles in two small workspaces, and count in so many steps."""
    counted: list[Counted] = []
    with tempfile.TemporaryDirectory() as folder:
        roots = [make_workspace(Path(folder) / name).root for name in ("a", "b")]
        window, stores = make_window(roots[0])
        window.show()
        wait_until(lambda: all(window.has_page(row.name) for row in PAGES))
        wait_until(lambda: stores.datasets.is_known and not stores.datasets.is_busy)
        every = max(cycles // steps, 1)
        for number in range(1, cycles + 1):
            cycle(window, stores, roots[number % 2])
            if number % every == 0:
                counted.append(count(number, window, stores))
                print("".join(f"{value:>16,.0f}" for value in astuple(counted[-1])), flush=True)
        window.stop_now()
        wait_until(lambda: not window.isVisible())
        stores.wait()
        window.deleteLater()
        settle()
    return counted


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=1_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as user:
        os.environ["HTR_WORKBENCH_CONFIG"] = os.environ["HTR_WORKBENCH_CACHE"] = user
        print("".join(f"{field.name:>16}" for field in fields(Counted)))
        begin = time.monotonic()
        measure(wanted.cycles)
        print(f"{wanted.cycles} cycles in {(time.monotonic() - begin) / 60:.1f} min")


if __name__ == "__main__":
    main()
