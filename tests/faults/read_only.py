"""A workspace on a disk that is mounted read-only: run as a program in a mount namespace of its own.

Arguments: the workspace, a folder for what is exported, and `commands` or `window`. It prints one line of JSON: per
command its exit code and what it said; of the window the pages that were opened and the messages.
"""

import contextlib
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

READING: tuple[tuple[str, ...], ...] = (
    ("report",),
    ("export", "--to", "{out}/export"),
    ("bundle", "small", "{out}/small.zip"),
    ("verify",),
    ("plan", "small"),
    ("leakage", "small"),
    ("datasets", "list"),
    ("datasets", "statistics", "arabic"),
    ("review", "status", "arabic"),
    ("review", "list", "arabic"),
)
WRITING: tuple[tuple[str, ...], ...] = (
    ("run", "small"),
    ("demo", "--headless"),
    ("datasets", "remove", "arabic"),
    ("review", "undo", "arabic"),
)


def run_commands(workspace: Path, out: Path) -> dict[str, list[object]]:
    """Run every command in this process."""
    from workbench import cli

    def no_window(*_: object, **__: object) -> int:
        raise AssertionError

    found: dict[str, list[object]] = {}
    for command in (*READING, *WRITING):
        said = io.StringIO()
        arguments = [part.replace("{out}", str(out)) for part in command]
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            code = cli.main(["--workspace", str(workspace), *arguments], open_window=no_window)
        found[" ".join(command)] = [code, said.getvalue()]
    return found


def open_window(workspace: Path) -> dict[str, object]:
    """Open the window and every page."""
    from PySide6.QtCore import QEventLoop
    from PySide6.QtWidgets import QApplication

    from workbench.gui.app import Faults, make_window
    from workbench.gui.pages import PAGES

    window, stores = make_window(workspace)
    Faults(stores.messages).install()
    window.show()

    def let_go_on(is_so: Callable[[], bool], timeout_s: float) -> None:
        end = time.monotonic() + timeout_s
        while not is_so() and time.monotonic() < end:
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)

    let_go_on(lambda: stores.datasets.is_known and not stores.datasets.is_busy, 60)
    pages: list[str] = []
    for row in PAGES:
        window.show_page(row.name)
        let_go_on(lambda: False, 0.5)
        pages.append(row.name)
    messages = [[message.severity, message.text, message.details] for message in stores.messages.kept]
    is_read_only = stores.workspaces.is_read_only
    window.close()
    stores.wait()
    return {"pages": pages, "messages": messages, "is_read_only": is_read_only}


def main() -> int:
    """Take away the right to write, and look."""
    workspace, out, what = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    subprocess.run(["mount", "--bind", str(workspace), str(workspace)], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", str(workspace)], check=True)
    print(json.dumps(run_commands(workspace, out) if what == "commands" else open_window(workspace)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
