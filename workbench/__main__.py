"""`htr-workbench`, `python -m workbench`: without a command the window, with one the command line."""

import os
import signal
import sys
from pathlib import Path

from workbench.diagnosis.display import check_display
from workbench.errors import InputError


def open_window(workspace: Path | None, study_file: Path | None, *, is_demo: bool = False) -> int:
    """Open the window and stay until it is closed.

    Raises
    ------
    InputError
        When there is no display, or the libraries of Qt cannot be loaded.
    """
    check_display()
    try:
        from workbench.gui.app import run_window
    except ImportError as error:
        raise InputError(
            "The window cannot be opened",
            f"Qt cannot be loaded ({error})",
            "On Debian or Ubuntu, tools/system_libraries.sh installs what it needs; the commands work without.",
        ) from error
    return run_window(workspace, study_file, is_demo=is_demo)


def main() -> int:
    """Run the program with the arguments of the shell."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C while modules are loaded ends it without a traceback
    from workbench import cli

    signal.signal(signal.SIGINT, before)
    # For processes that are started to decode and draw: a `struct.py` in the folder of a data set is never run.
    os.environ.setdefault("PYTHONSAFEPATH", "1")
    return cli.main(open_window=open_window)


if __name__ == "__main__":
    sys.exit(main())
