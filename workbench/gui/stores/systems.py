"""Runs of other systems that take part in the study: listed, added and taken out in a worker."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from workbench.errors import WorkspaceError
from workbench.gui.messages import Messages
from workbench.gui.workers import JobLane
from workbench.runs.attached import AttachedRun, ImportedSource, load_attached, load_imported
from workbench.runs.control import Control
from workbench.runs.result import RunRecord
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

if TYPE_CHECKING:
    from workbench.analysis.results.report_values import StudyReport
    from workbench.analysis.systems.importing import ImportedRun
    from workbench.analysis.systems.wish import SystemWish


@dataclass(frozen=True, slots=True)
class SystemRow:
    """A run of another system as the window lists it."""

    attached: AttachedRun
    record: RunRecord | None
    """None where its folder is gone or damaged."""
    source: ImportedSource | None


@dataclass(frozen=True, slots=True)
class _Listed:
    study: str
    rows: tuple[SystemRow, ...]


@dataclass(frozen=True, slots=True)
class _TakenOut:
    run: str


class SystemsStore(QObject):
    """Runs of other systems in the study whose results are looked at. It is told the study's report."""

    changed = Signal()
    runs_changed = Signal()
    """Other runs take part now: the results have to be worked out anew."""
    imported = Signal(object)
    """An :class:`workbench.analysis.systems.importing.ImportedRun` was added."""
    refused = Signal(object)
    """The error for which a file was not imported."""

    def __init__(self, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages = messages
        self._workspace: Workspace | None = None
        self._report: StudyReport | None = None
        self._rows: tuple[SystemRow, ...] = ()
        self._is_importing = False
        self._lane = JobLane("other systems", self)
        self._lane.produced.connect(self._take)
        self._lane.failed.connect(self._take_failure)
        self._lane.finished.connect(self._go_on)
        self._waiting: list[Callable[[Control], Iterator[object]]] = []

    @property
    def rows(self) -> tuple[SystemRow, ...]:
        """Runs of other systems, in the order in which they were added."""
        return self._rows

    @property
    def report(self) -> "StudyReport | None":
        """The report of the study in which they take part."""
        return self._report

    @property
    def is_importing(self) -> bool:
        """Tell whether a file is being imported."""
        return self._is_importing

    def show_of(self, workspace: Workspace | None, report: "StudyReport | None") -> None:
        """Follow the results: list the runs of another report's study."""
        if report is self._report and workspace == self._workspace:
            return
        self._workspace, self._report = workspace, report
        if workspace is None or report is None:
            self._rows = ()
            self.changed.emit()
        else:
            study = report.study
            self._ask(lambda control: _list(workspace, study))

    def add(self, wish: "SystemWish") -> None:
        """Import a file as a run of the study; `imported` or `refused` comes."""
        workspace, report = self._workspace, self._report
        if workspace is not None and report is not None:
            self._is_importing = True
            self._ask(lambda control: _import(workspace, report.study, wish, control))
            self.changed.emit()

    def take_out(self, run: str) -> None:
        """Take a run out of the study."""
        workspace, report = self._workspace, self._report
        if workspace is not None and report is not None:
            self._ask(lambda control: _take_out(workspace, report.study, run))

    def wait(self) -> None:
        """Block until the worker has ended; for the very end of the program."""
        self._waiting.clear()
        self._lane.wait()

    def _ask(self, job: Callable[[Control], Iterator[object]]) -> None:
        """Do one thing after the other."""
        self._waiting.append(job)
        if not self._lane.is_running:
            self._go_on()

    @Slot()
    def _go_on(self) -> None:
        if self._waiting:
            self._lane.start(self._waiting.pop(0))

    @Slot(object)
    def _take(self, value: object) -> None:
        if isinstance(value, _Listed):
            if self._report is not None and value.study == self._report.study:
                self._rows = value.rows
                self.changed.emit()
            return
        self._is_importing = False
        if isinstance(value, _TakenOut):
            self._messages.inform(f"Run {value.run} no longer takes part in this study")
        else:
            self.imported.emit(value)
            self._messages.inform(_in_words(value))  # pyright: ignore[reportArgumentType]
        self.changed.emit()
        self.runs_changed.emit()

    @Slot(object)
    def _take_failure(self, error: Exception) -> None:
        if self._is_importing:
            self._is_importing = False
            self.refused.emit(error)
            self.changed.emit()
        else:
            self._messages.report(error, "Runs of other systems")


def _in_words(found: "ImportedRun") -> str:
    (evaluated,) = found.record.evaluations
    rate = f"CER {100 * evaluated.edits / evaluated.length:.2f} %" if evaluated.length else "no characters"
    paired = "" if found.is_paired else "; not paired with runs on all lines"
    return (
        f"{found.record.architecture} takes part: {found.lines:,} of {found.test_lines:,} test lines of "
        f"{evaluated.target}, {rate}{paired}"
    )


def _list(workspace: Workspace, study: str) -> Iterator[_Listed]:
    store = RunStore(workspace)
    rows: list[SystemRow] = []
    for attached in load_attached(workspace, study):
        try:
            source = load_imported(workspace, attached.run)
        except WorkspaceError:
            source = None
        rows.append(SystemRow(attached, store.record(attached.run), source))
    yield _Listed(study, tuple(rows))


def _import(
    workspace: Workspace, study: str, wish: "SystemWish", control: Control
) -> "Iterator[ImportedRun | _Listed]":
    from workbench.analysis.systems.importing import ImportedRun, import_system

    for value in import_system(workspace, study, wish, control):
        if isinstance(value, ImportedRun):
            yield value
    yield from _list(workspace, study)


def _take_out(workspace: Workspace, study: str, run: str) -> Iterator[_TakenOut | _Listed]:
    from workbench.analysis.systems.importing import take_out

    take_out(workspace, study, run)
    yield _TakenOut(run)
    yield from _list(workspace, study)
