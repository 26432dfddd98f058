"""Seconds from the start of the process to a window that can be used, and to the last page with its data open.

    python benchmarks/start.py [--repeat 5] [--workspace DIR]

Each start is a process of its own on an X server (without $DISPLAY an Xvfb is started); the first one is cold where
the machine was just booted. Without a workspace an empty one is opened.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.gui_gaps import display  # noqa: E402 - found from anywhere


def start_once(workspace: Path) -> None:
    """Open the window, print the seconds to its first sight and to everything, and close it."""
    import psutil
    from PySide6.QtCore import QObject, QTimer, Slot

    from workbench.gui import app

    began = psutil.Process().create_time()
    application = app.make_application()
    window, stores = app.make_window(workspace)

    class Watch(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.seen = 0.0
            self.has_pages = False
            window.first_painted.connect(self.note)
            window.pages_made.connect(self.pages)
            self.timer = QTimer(self, interval=5)
            self.timer.timeout.connect(self.look)
            self.timer.start()

        @Slot()
        def note(self) -> None:
            self.seen = time.time() - began

        @Slot()
        def pages(self) -> None:
            self.has_pages = True

        @Slot()
        def look(self) -> None:
            if self.has_pages and stores.datasets.is_known and not stores.datasets.is_busy:
                self.timer.stop()
                print(f"{self.seen:.2f} {time.time() - began:.2f}", flush=True)
                window.stop_now()

    watch = Watch()
    window.show()
    application.exec()
    stores.wait()
    del watch


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.once:
        start_once(wanted.workspace)
        return 0
    with tempfile.TemporaryDirectory() as folder, display():
        workspace = wanted.workspace or Path(folder) / "workspace"
        command = [sys.executable, __file__, "--once", "--workspace", str(workspace)]
        print("first sight (s)  all pages, data open (s)")
        for _ in range(wanted.repeat):
            seen, ready = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
            print(f"{seen:>15}  {ready:>24}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
