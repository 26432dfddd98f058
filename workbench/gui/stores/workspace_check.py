"""Whether the workspace is as it was written, looked at beside the window, and its repair."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from workbench.diagnosis.findings import Finding
from workbench.gui.messages import Messages
from workbench.gui.stores.coalescing import Coalescer
from workbench.gui.stores.progress import ProgressStore
from workbench.gui.stores.workspace import WorkspaceStore
from workbench.gui.workers import JobLane, seldom
from workbench.runs.control import Control
from workbench.runs.workspace import Workspace

if TYPE_CHECKING:
    from workbench.diagnosis.repair import Repaired
    from workbench.diagnosis.workspace_check import Checked


class WorkspaceCheckStore(QObject):
    """What a check of the open workspace found, and what a repair did about it."""

    changed = Signal()
    """At most ten times a second."""

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
        self._findings: list[Finding] = []
        self._repaired: dict[Finding, str] = {}
        self._checked: Checked | None = None
        self._has_trained = False
        """Whether a study trained since the check began: what was found then may be over."""
        self._is_complete = False
        self._pulse = Coalescer(self)
        self._pulse.fired.connect(self._tell)
        self._control = Control()
        self._subject: Workspace | None = None
        """The workspace that was looked at."""
        self._checks = JobLane("workspace check", self)
        self._checks.produced.connect(self._take)
        self._checks.failed.connect(self._take_failure)
        self._checks.finished.connect(self._end)
        self._repairs = JobLane("workspace repair", self)
        self._repairs.produced.connect(self._take_repaired)
        self._repairs.failed.connect(self._take_failure)
        self._repairs.finished.connect(self._end_repair)
        workspaces.changed.connect(self._forget)
        progress.changed.connect(self._follow_training)

    # What is known

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong, in the order in which it was found."""
        return tuple(self._findings)

    @property
    def repaired(self) -> Mapping[Finding, str]:
        """What was done about findings."""
        return MappingProxyType(self._repaired)

    @property
    def checked(self) -> "Checked | None":
        """What was looked at last, and how far the check is; None before it begins."""
        return self._checked

    @property
    def is_checking(self) -> bool:
        """Tell whether the workspace is looked at now."""
        return self._checks.is_running

    @property
    def is_repairing(self) -> bool:
        """Tell whether something is mended now; nothing else should be begun meanwhile."""
        return self._repairs.is_running

    @property
    def is_complete(self) -> bool:
        """Tell whether the check went to its end."""
        return self._is_complete

    @property
    def to_mend(self) -> tuple[Finding, ...]:
        """Findings that a repair would do something about."""
        return tuple(each for each in self._findings if each.can_be_repaired and each not in self._repaired)

    @property
    def why_not(self) -> str:
        """Why nothing may be mended now, as a sentence; empty where it may."""
        if self._progress.is_running:
            return "A study trains here: wait for its end, or cancel it first."
        if self._workspaces.is_read_only:
            return f"This workspace is open for reading only: {self._workspaces.reader_reason}"
        if self._has_trained:
            return "A study has trained since this was looked at: check again first."
        return ""

    # Commands

    @Slot()
    def check(self) -> None:
        """Look at everything, anew."""
        workspace = self._workspaces.workspace
        if workspace is None or self.is_repairing:
            return
        self._findings, self._repaired, self._checked, self._is_complete = [], {}, None, False
        self._has_trained = self._progress.is_running
        self._control, self._subject = Control(), workspace
        self._checks.start(lambda control: _check(workspace, control), self._control)
        self._pulse.mark("")
        self._pulse.flush()  # what was asked for is seen at once

    @Slot()
    def cancel(self) -> None:
        """Stop looking; what was found stays."""
        self._checks.cancel()

    @Slot()
    def repair(self) -> None:
        """Mend what can be mended of what was found."""
        workspace, findings = self._workspaces.workspace, self.to_mend
        if workspace is None or not findings or self.is_checking or self.is_repairing or self.why_not:
            return
        self._repairs.start(lambda control: _repair(workspace, findings, control))
        self._pulse.mark("")
        self._pulse.flush()  # what was asked for is seen at once

    def wait(self) -> None:
        """Block until the workers have ended; for the very end of the program."""
        self._checks.wait()
        self._repairs.wait()

    # Inside

    @Slot(object)
    def _tell(self, _keys: object) -> None:
        self.changed.emit()

    @Slot()
    def _forget(self) -> None:
        if self._workspaces.workspace == self._subject:
            return  # read again, after a repair
        self._checks.cancel()
        self._findings, self._repaired, self._checked, self._is_complete = [], {}, None, False
        self._pulse.mark("")

    @Slot()
    def _follow_training(self) -> None:
        if self._progress.is_running and not self._has_trained and (self._findings or self.is_checking):
            self._has_trained = True
        self._pulse.mark("")

    @Slot(object)
    def _take(self, value: object) -> None:
        if isinstance(value, Finding):
            self._findings.append(value)
        else:
            self._checked = value  # pyright: ignore[reportAttributeAccessIssue]
        self._pulse.mark("")

    @Slot(object)
    def _take_repaired(self, value: "Repaired") -> None:
        self._repaired[value.finding] = value.done
        self._pulse.mark("")

    @Slot(object)
    def _take_failure(self, error: Exception) -> None:
        self._messages.report(error, "Looking at the workspace")

    @Slot()
    def _end(self) -> None:
        self._is_complete = self._checked is not None and self._checked.done == self._checked.total
        self._is_complete = self._is_complete and not self._control.is_cancelled
        self._pulse.mark("")

    @Slot()
    def _end_repair(self) -> None:
        self._workspaces.reread()
        self._pulse.mark("")


def _check(workspace: Workspace, control: Control) -> Iterator[object]:
    from workbench.diagnosis.workspace_check import Checked, check_workspace  # first imported here, in the worker

    last: Checked | None = None
    for value in seldom(check_workspace(workspace, control), Checked):
        last = value if isinstance(value, Checked) else last
        yield value
    if not control.is_cancelled:
        yield Checked("workspace", workspace.root.name, last.total if last else 0, last.total if last else 0)


def _repair(workspace: Workspace, findings: Sequence[Finding], control: Control) -> Iterator[object]:
    from workbench.diagnosis.repair import repair

    for repaired in repair(workspace, findings):
        yield repaired
        if control.is_cancelled:
            return
