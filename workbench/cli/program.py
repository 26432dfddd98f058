"""What every command shares: the window's opener, the workspace, and how jobs are driven and errors told."""

import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Protocol

import typer

from workbench import settings
from workbench.errors import InputError, WorkbenchError, WorkspaceError
from workbench.runs.control import Control
from workbench.runs.workspace import Workspace, checked_root, open_workspace


class OpenWindow(Protocol):
    """Opens the window and stays until it is closed; passed in, because the command line does not know the window."""

    def __call__(self, workspace: Path | None, study_file: Path | None, *, is_demo: bool = False) -> int:
        """Open it on a workspace and a study file, each perhaps None; with `is_demo` on the demo. Exit code."""
        ...


EXIT_OK = 0
EXIT_RUN_FAILED = 1
EXIT_WRONG_INPUT = 2
EXIT_INTERRUPTED = 130
"""After Ctrl-C; where SIGTERM asked for the end, the program ends with :data:`EXIT_TERMINATED`."""
EXIT_TERMINATED = 143


@dataclass(slots=True)
class Interruption:
    """The signal that asked for the end of the command, 0 for none."""

    number: int = 0

    def exit_code(self, code: int) -> int:
        """Exit code of a command that ended with `code`, by the signal that interrupted it."""
        is_terminated = code == EXIT_INTERRUPTED and self.number == signal.SIGTERM
        return EXIT_TERMINATED if is_terminated else code


interruption = Interruption()
"""Of the command of this process; signals are the process's, too."""


@dataclass(frozen=True, slots=True)
class Program:
    """What was said before the command."""

    open_window: OpenWindow
    workspace: Path | None = None
    study: Path | None = None


def tell(message: str) -> None:
    """Write a line for a human to stderr."""
    typer.echo(message, err=True)


def tell_error(error: WorkbenchError) -> None:
    """Write one sentence, and what to do, to stderr."""
    tell(f"Error: {error}")


def choose_workspace(program: Program, option: Path | None) -> Workspace:
    """Open (or make) the workspace of the option, of the option before the command, or the usual one.

    It becomes the one that the next command, or the window, takes without being told.
    """
    workspace = open_workspace(option or program.workspace or settings.default_workspace())
    with suppress(WorkspaceError):  # preferences that cannot be kept stop nothing
        settings.save(settings.with_workspace(settings.load(), workspace.root))
    return workspace


def existing_workspace(program: Program, option: Path | None) -> Workspace:
    """Return a workspace that is there; for commands that only read.

    Raises
    ------
    WorkspaceError
        When there is none: a mistyped path must not become an empty workspace; when its name is no text.
    """
    root = checked_root(option or program.workspace or settings.default_workspace())
    if not root.is_dir():
        raise WorkspaceError(f"There is no workspace at {root}", hint="Name it with --workspace.")
    return Workspace(root)


def choose_study(workspace: Workspace, name: str | None) -> str:
    """Return the named study of a workspace, or the one that was planned last.

    Raises
    ------
    InputError
        When the workspace has none (of that name).
    """
    planned = [study for study in workspace.study_names() if workspace.plan_file(study).is_file()]
    if name is not None:
        if name in planned:
            return name
        known = f"Studies here: {', '.join(planned)}." if planned else "No study has been run here yet."
        raise InputError(f"The workspace {workspace.root} has no results of a study '{name}'", hint=known)
    if not planned:
        raise InputError(
            f"The workspace {workspace.root} has no results yet",
            hint="Run a study first: 'htr-workbench run STUDY.toml', or 'htr-workbench demo'.",
        )
    return max(planned, key=lambda study: workspace.plan_file(study).stat().st_mtime_ns)


@contextmanager
def interruptible(control: Control, *, stopping: str = "Stopping") -> Generator[None]:
    """Turn the first Ctrl-C (or SIGTERM) into a cancel, whose effect `stopping` tells; the second ends at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        interruption.number = number
        if control.is_cancelled:
            # The cursor may be hidden by a progress display; nothing else needs to be tidied: children see us go.
            os.write(2, b"\x1b[?25h\n" if sys.stderr.isatty() else b"\n")
            os._exit(interruption.exit_code(EXIT_INTERRUPTED))
        control.request("cancel")
        os.write(2, f"\n{stopping}. Press Ctrl-C again to stop at once.\n".encode())

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
