"""Whether the folder of the workspace is still there: a disk may be unplugged, or a folder moved, at any time."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from workbench import files
from workbench.gui.messages import Message, Messages
from workbench.gui.stores.progress import ProgressStore
from workbench.gui.stores.workspace import WorkspaceStore
from workbench.gui.workers import JobLane
from workbench.runs.control import Control

LOOK_EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class _Seen:
    root: Path
    is_there: bool
    is_same: bool


class PresenceStore(QObject):
    """Looks every two seconds, in a thread: a disk that does not answer must not hold the window.

    While the folder is gone training waits. It goes on by itself when the same folder is back; in another folder, or
    another disk at its place, the study is gone on with from its checkpoints.
    """

    changed = Signal()
    other_opened = Signal()
    """Not the workspace that was gone is open now, but another one."""

    def __init__(
        self,
        workspaces: WorkspaceStore,
        progress: ProgressStore,
        messages: Messages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspaces = workspaces
        self._progress = progress
        self._messages = messages
        self._is_gone = False
        self._holds_training = False
        self._opens_next: tuple[Path, bool] | None = None
        """What is opened as soon as training has stopped, and whether it is another workspace."""
        self._lane = JobLane("presence of the workspace", self)
        self._lane.produced.connect(self._take)
        self._lane.failed.connect(self._take_failure)
        workspaces.changed.connect(self.look)
        progress.changed.connect(self._open_next)

    @property
    def is_gone(self) -> bool:
        """Tell whether the open workspace is not where it was opened."""
        return self._is_gone

    @property
    def root(self) -> Path | None:
        """Folder of the workspace, there or not."""
        workspace = self._workspaces.workspace
        return workspace.root if workspace else None

    @Slot()
    def look(self) -> None:
        """Look now, and from now on."""
        root = self.root
        if root is not None:
            was_gone = self._is_gone
            self._lane.start(lambda control: _watch(root, control, was_gone=was_gone))

    def open(self, folder: Path, *, is_other: bool = False) -> None:
        """Open a workspace in place of the one that is gone; what trains is stopped before, and stays resumable.

        The study that is edited stays, unless it is another workspace.
        """
        if self._progress.is_running:
            self._opens_next = (folder, is_other)
            self._progress.cancel()
        elif self._workspaces.open(folder):
            self._set_gone(is_gone=False)
            if is_other:
                self.other_opened.emit()

    def wait(self) -> None:
        """Stop looking; for the very end of the program."""
        self._lane.wait()

    # Inside

    @Slot(object)
    def _take(self, seen: object) -> None:
        assert isinstance(seen, _Seen)
        if seen.root != self.root or seen.is_there is not self._is_gone:
            return
        if not seen.is_there:
            self._hold()
        elif seen.is_same:
            self._go_on()
        else:
            self.open(seen.root)

    def _hold(self) -> None:
        self._set_gone(is_gone=True)
        hint = "Training waits; it goes on when the folder is back."
        self._holds_training = self._progress.is_running and self._progress.command == "go"
        if self._holds_training:
            self._progress.pause()
        said = f"The workspace folder is gone: {self.root}."
        self._messages.post(Message("error", said, hint if self._holds_training else "Nothing can be saved there."))

    def _go_on(self) -> None:
        self._set_gone(is_gone=False)
        if self._holds_training and self._progress.command == "pause":
            self._progress.go_on()
        self._messages.inform("The workspace folder is back", "Work goes on.")
        if not self._progress.is_running:
            self._workspaces.reread()

    def _set_gone(self, *, is_gone: bool) -> None:
        if is_gone != self._is_gone:
            self._is_gone = is_gone
            self.changed.emit()

    @Slot()
    def _open_next(self) -> None:
        if self._opens_next is not None and not self._progress.is_running:
            (folder, is_other), self._opens_next = self._opens_next, None
            self.open(folder, is_other=is_other)

    @Slot(object)
    def _take_failure(self, error: Exception) -> None:
        self._messages.report(error, "Looking for the workspace")


def _watch(root: Path, control: Control, *, was_gone: bool) -> Iterator[_Seen]:
    """Tell when the folder goes and when it is back; ends when it is cancelled."""
    is_gone = was_gone
    while not control.is_cancelled:
        is_there = files.is_there(root)
        if is_there is is_gone:
            is_gone = not is_there
            yield _Seen(root, is_there, files.is_anchored_one(root))
        control.wait_for_change("go", LOOK_EVERY_S)
