"""What was seen of this machine and this installation, and the report made of it; looked at beside the window."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from workbench.gui.messages import Messages
from workbench.gui.stores.workspace import WorkspaceStore
from workbench.gui.workers import JobLane, seldom
from workbench.runs.control import Control
from workbench.runs.workspace import Workspace

if TYPE_CHECKING:
    from workbench.diagnosis.doctor import Examined
    from workbench.diagnosis.problem_report import ReportPart
    from workbench.diagnosis.workspace_check import Checked


@dataclass(frozen=True, slots=True)
class _Gathered:
    parts: "tuple[ReportPart, ...]"


@dataclass(frozen=True, slots=True)
class _Saved:
    path: Path
    files: int


class ExaminationStore(QObject):
    """What an examination found, and what would go into a problem report."""

    changed = Signal()

    def __init__(self, workspaces: WorkspaceStore, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspaces = workspaces
        self._messages = messages
        self._examined: tuple[Examined, ...] = ()
        self._checked: Checked | None = None
        self._control = Control()
        self._is_complete = False
        self._parts: tuple[ReportPart, ...] = ()
        self._lane = JobLane("examination", self)
        self._lane.produced.connect(self._take)
        self._lane.failed.connect(self._take_failure)
        self._lane.finished.connect(self._end)
        self._reports = JobLane("problem report", self)
        self._reports.produced.connect(self._take_report)
        self._reports.failed.connect(self._take_report_failure)
        self._reports.finished.connect(self.changed)

    # What is known

    @property
    def examined(self) -> "tuple[Examined, ...]":
        """What was looked at, in order."""
        return self._examined

    @property
    def checked(self) -> "Checked | None":
        """How far the check of the workspace is, which comes last; None before it."""
        return self._checked

    @property
    def is_examining(self) -> bool:
        """Tell whether something is looked at now."""
        return self._lane.is_running

    @property
    def is_complete(self) -> bool:
        """Tell whether everything was looked at."""
        return self._is_complete

    @property
    def parts(self) -> "tuple[ReportPart, ...]":
        """Files of the report that was gathered last."""
        return self._parts

    @property
    def is_gathering(self) -> bool:
        """Tell whether a report is gathered or written now."""
        return self._reports.is_running

    # Commands

    @Slot()
    def examine(self) -> None:
        """Look at everything, anew."""
        workspace = self._workspaces.workspace
        if workspace is None:
            return
        self._examined, self._checked, self._parts, self._is_complete = (), None, (), False
        self._control = Control()
        self._lane.start(lambda control: _examine(workspace, control), self._control)
        self.changed.emit()

    @Slot()
    def cancel(self) -> None:
        """Stop looking; what was seen stays."""
        self._lane.cancel()

    def gather(self, *, with_images: bool) -> None:
        """Gather a report of what was seen."""
        workspace, examined = self._workspaces.workspace, self._examined
        if workspace is not None:
            self._reports.start(lambda control: _gather(workspace, examined, with_images=with_images))
            self.changed.emit()

    def save(self, path: Path) -> None:
        """Write what was gathered, as it is, to a file that the user chose; one that is there is replaced."""
        parts = self._parts
        self._reports.start(lambda control: _save(path, parts))
        self.changed.emit()

    def wait(self) -> None:
        """Block until the workers have ended; for the very end of the program."""
        self._lane.wait()
        self._reports.wait()

    # Inside

    @Slot(object)
    def _take(self, value: object) -> None:
        if hasattr(value, "state"):
            self._examined = (*self._examined, value)  # pyright: ignore[reportAttributeAccessIssue]
        else:
            self._checked = value  # pyright: ignore[reportAttributeAccessIssue]
        self.changed.emit()

    @Slot(object)
    def _take_failure(self, error: Exception) -> None:
        self._messages.report(error, "Looking at this machine")

    @Slot()
    def _end(self) -> None:
        self._is_complete = not self._control.is_cancelled
        self.changed.emit()

    @Slot(object)
    def _take_report(self, value: object) -> None:
        match value:
            case _Gathered(parts=parts):
                self._parts = parts
            case _Saved(path=path, files=files):
                text = f"The problem report was written to {path}: {files} files"
                self._messages.inform(text, "Look into it before you send it; nothing was sent.")
            case _:
                return
        self.changed.emit()

    @Slot(object)
    def _take_report_failure(self, error: Exception) -> None:
        self._messages.report(error, "Making the problem report")


def _examine(workspace: Workspace, control: Control) -> Iterator[object]:
    from workbench.diagnosis.doctor import examine  # first imported here, in the worker
    from workbench.diagnosis.workspace_check import Checked

    yield from seldom(examine(workspace, control), Checked)


def _gather(workspace: Workspace, examined: "tuple[Examined, ...]", *, with_images: bool) -> Iterator[_Gathered]:
    from workbench.diagnosis.problem_report import collect_report

    yield _Gathered(collect_report(workspace, examined, with_images=with_images))


def _save(path: Path, parts: "tuple[ReportPart, ...]") -> Iterator[_Saved]:
    from workbench.diagnosis.problem_report import save_report

    save_report(path, parts, replaces=True)
    yield _Saved(path, len(parts))
