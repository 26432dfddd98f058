"""Which workspace is open, and whether this window may write in it."""

from contextlib import ExitStack
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from workbench import settings
from workbench.errors import WorkspaceError
from workbench.gui.messages import Messages
from workbench.runs.lock import WorkspaceLock
from workbench.runs.migrations import backups
from workbench.runs.workspace import Workspace, open_workspace


class WorkspaceStore(QObject):
    """The open workspace. The window holds its lock, so that a second program on it can only read."""

    changed = Signal()

    def __init__(self, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages = messages
        self._workspace: Workspace | None = None
        self._held = ExitStack()
        self._reader_reason = ""

    @property
    def workspace(self) -> Workspace | None:
        """Return the open workspace."""
        return self._workspace

    @property
    def is_read_only(self) -> bool:
        """Tell whether another program writes here, or the folder cannot be written."""
        return bool(self._reader_reason)

    @property
    def reader_reason(self) -> str:
        """Why this window only reads; empty when it may write."""
        return self._reader_reason

    @property
    def recent(self) -> tuple[Path, ...]:
        """Workspaces that were open before, latest first, as far as they still exist."""
        return tuple(path for path in map(Path, settings.load().recent_workspaces) if path.is_dir())

    def open(self, path: Path) -> bool:
        """Open a workspace in place of the one that is open; tell the user and return False when it cannot be."""
        try:
            workspace = open_workspace(path)
        except WorkspaceError as error:
            self._messages.report(error)
            return False
        self.close()
        self._workspace = workspace
        self._take_lock(workspace)
        self._remember(workspace)
        self.changed.emit()
        return True

    def reread(self) -> None:
        """Let everything that is known of the open workspace be read again: its files changed under the window."""
        if self._workspace is not None:
            self.changed.emit()

    def close(self) -> None:
        """Let others write in the workspace."""
        self._held.close()
        self._held = ExitStack()
        self._reader_reason = ""
        self._workspace = None

    def _take_lock(self, workspace: Workspace) -> None:
        lock = WorkspaceLock(workspace)
        try:
            self._held.enter_context(lock)
        except WorkspaceError as error:
            self._reader_reason = str(error)
            self._messages.warn(
                f"This workspace is open for reading only: {error.why or error.what}",
                error.hint or "Close the other program, or open another workspace.",
            )
        if lock.migrated:
            names = ", ".join(path.name for path in lock.migrated)
            self._messages.inform(
                f"An earlier version made this workspace; it was brought up to date ({names}).",
                f"The files as they were lie in {backups(workspace)}.",
            )

    def _remember(self, workspace: Workspace) -> None:
        try:
            settings.save(settings.with_workspace(settings.load(), workspace.root))
        except WorkspaceError as error:
            self._messages.report(error)
