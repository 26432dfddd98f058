"""What the networks of a study depend on: measured in child processes, kept in the study's folder, shown here."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from workbench.execution.probe_units import LINES, ProbeAgenda, probe_agenda
from workbench.execution.probing import ProbeProblem, Probing, ProbingProgress
from workbench.execution.timing import SecondsRange
from workbench.gui.messages import Messages
from workbench.gui.stores.progress import ProgressStore
from workbench.gui.stores.results import ResultsStore
from workbench.gui.stores.workspace import WorkspaceStore
from workbench.gui.workers import JobLane, seldom
from workbench.runs.control import Control
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.schema import Selection

if TYPE_CHECKING:
    from workbench.analysis.probes.values import ProbeTables

FOLLOW_DELAY_MS = 300

_Question = tuple[Workspace, Plan, Selection, int | None]
"""The last is how many lines were asked for; None: as many as were read before."""


@dataclass(frozen=True, slots=True)
class _Left:
    """What is still to be measured, and how long that takes."""

    agenda: ProbeAgenda
    seconds: SecondsRange | None


@dataclass(frozen=True, slots=True)
class _Worked:
    tables: "ProbeTables"
    lines: int
    """Lines of each data set that were asked for, else read before, else usual."""


@dataclass(frozen=True, slots=True)
class _Written:
    what: str
    place: Path


class ProbesStore(QObject):
    """Context reliance and similarity of encoders, of the study whose results are shown.

    Read only while somebody looks at it.
    """

    changed = Signal()

    def __init__(
        self,
        workspaces: WorkspaceStore,
        results: ResultsStore,
        progress: ProgressStore,
        messages: Messages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspaces = workspaces
        self._results = results
        self._progress = progress
        self._messages = messages
        self._asked_lines: int | None = None
        self._lines = LINES
        self._is_wanted = False
        self._question: _Question | None = None
        self._left: _Left | None = None
        self._tables: ProbeTables | None = None
        self._measuring: ProbingProgress | None = None
        self._problems: list[ProbeProblem] = []
        self._reads = JobLane("probes", self)
        self._reads.produced.connect(self._take)
        self._reads.failed.connect(self._take_failure)
        self._reads.finished.connect(self.changed)
        self._lane = JobLane("probing", self)
        self._lane.produced.connect(self._take_progress)
        self._lane.failed.connect(self._take_measuring_failure)
        self._lane.finished.connect(self._end)
        self._exports = JobLane("probes export", self)
        self._exports.produced.connect(self._tell_export)
        self._exports.failed.connect(self._take_export_failure)
        self._exports.finished.connect(self.changed)
        self._delay = QTimer(self, singleShot=True, interval=FOLLOW_DELAY_MS)
        self._delay.timeout.connect(self._read)
        results.changed.connect(self._follow)
        progress.changed.connect(self._follow)
        progress.run_over.connect(self.refresh)
        workspaces.changed.connect(self._forget)

    # What is known

    @property
    def tables(self) -> "ProbeTables | None":
        """What was measured, worked out; None before it was read."""
        return self._tables

    @property
    def agenda(self) -> ProbeAgenda | None:
        """What is still to be measured; None before that is known."""
        return self._left.agenda if self._left else None

    @property
    def seconds(self) -> SecondsRange | None:
        """How long what is left takes; None where that is not known."""
        return self._left.seconds if self._left else None

    @property
    def lines(self) -> int:
        """Test lines of each data set that are read: as many as were read before, unless others are asked for."""
        return self._lines

    @property
    def is_reading(self) -> bool:
        """Tell whether newer numbers are on their way."""
        return self._delay.isActive() or self._reads.is_running

    @property
    def is_measuring(self) -> bool:
        """Tell whether networks are being probed."""
        return self._lane.is_running

    @property
    def measuring(self) -> ProbingProgress | None:
        """How far that is."""
        return self._measuring

    @property
    def is_exporting(self) -> bool:
        """Tell whether something is being written."""
        return self._exports.is_running

    @property
    def obstacle(self) -> str:
        """Why nothing can be measured now; empty where it can."""
        if self._workspaces.is_read_only:
            return "This workspace is open for reading only."
        if self._progress.is_running:
            return "A study is training: measure when it has ended or is stopped."
        if self._left is None:
            return "Looking what is there …" if self.is_reading else "No study is planned."
        if not self._left.agenda.units:
            return "All is measured." if self._left.agenda.kept else "No run can be read."
        return ""

    # Commands

    def want(self) -> None:
        """Read what was measured, and from now on follow the study."""
        if not self._is_wanted:
            self._is_wanted = True
            self._follow()

    def set_lines(self, lines: int) -> None:
        """Read so many test lines of each data set."""
        if lines != self._lines:
            self._asked_lines = self._lines = lines
            self._follow()

    def measure(self) -> None:
        """Measure what is missing, in child processes beside the window."""
        question = self._question
        if question is not None and not self.obstacle and not self._lane.is_running:
            self._problems = []
            self._measuring = None
            exact = (*question[:3], self._lines)
            self._lane.start(lambda control: _measure(exact, control))
            self.changed.emit()

    def cancel(self) -> None:
        """Stop measuring; what is complete by then is kept."""
        self._lane.cancel()

    def export(self, folder: Path) -> None:
        """Write the tables into a folder, in a worker."""
        tables = self._tables
        if tables is not None:
            self._exports.start(lambda control: _export(tables, folder))
            self.changed.emit()

    def export_picture(self, path: Path) -> None:
        """Draw the curves into a file, in a worker; its ending says in which format."""
        tables = self._tables
        if tables is not None:
            self._exports.start(lambda control: _draw(tables, path))
            self.changed.emit()

    def wait(self) -> None:
        """Block until every worker has ended; for the very end of the program."""
        self._delay.stop()
        for lane in (self._lane, self._reads, self._exports):
            lane.wait()

    @Slot()
    def refresh(self) -> None:
        """Read anew what was measured, soon."""
        if self._is_wanted:
            self._delay.start()

    # Following the study

    @Slot()
    def _follow(self) -> None:
        workspace, plan = self._workspaces.workspace, self._results.plan
        if not self._is_wanted or workspace is None or plan is None:
            return
        question = (workspace, plan, self._results.selection, self._asked_lines)
        if question != self._question:
            is_other = self._question is None or question[:2] != self._question[:2]
            self._question = question
            if is_other:
                self._lane.cancel()
                self._tables = self._left = None
            self.refresh()
        self.changed.emit()

    @Slot()
    def _forget(self) -> None:
        self._question = self._tables = self._left = None
        self._lane.cancel()
        self._reads.cancel()
        self.changed.emit()

    @Slot()
    def _read(self) -> None:
        question = self._question
        if question is not None:
            self._reads.start(lambda control: _read(question, control))
            self.changed.emit()

    @Slot(object)
    def _take(self, value: object) -> None:
        match value:
            case _Left():
                self._left = value
            case _Worked():
                self._tables, self._lines = value.tables, value.lines
            case _:
                pass
        self.changed.emit()

    @Slot(object)
    def _take_failure(self, error: Exception) -> None:
        self._messages.report(error, "Reading the probes")

    @Slot(object)
    def _take_progress(self, value: object) -> None:
        if isinstance(value, ProbeProblem):
            self._problems.append(value)
        elif isinstance(value, ProbingProgress):
            self._measuring = value
            self.changed.emit()

    @Slot(object)
    def _take_measuring_failure(self, error: Exception) -> None:
        self._messages.report(error, "Measuring")

    @Slot()
    def _end(self) -> None:
        self._measuring = None
        if self._problems:
            first = self._problems[0]
            number = len(self._problems)
            text = f"{number} {'measurement' if number == 1 else 'measurements'} failed: {first.label}"
            details = "\n".join(f"{each.label}: {each.reason}" for each in self._problems)
            self._messages.warn(text, first.reason, details)
            self._problems = []
        self.refresh()
        self.changed.emit()

    @Slot(object)
    def _tell_export(self, written: object) -> None:
        assert isinstance(written, _Written)
        self._messages.inform(f"{written.what} written to {written.place}")

    @Slot(object)
    def _take_export_failure(self, error: Exception) -> None:
        self._messages.report(error, "Exporting")


def _probing(workspace: Workspace) -> Probing:
    return Probing(workspace, beside_window=True)


def _agenda(question: _Question, probing: Probing) -> ProbeAgenda:
    workspace, plan, selection, lines = question
    return probe_agenda(plan, RunStore(workspace), selection=selection, lines=lines or LINES, place=probing.places[0])


def _read(question: _Question, control: Control) -> Iterator[_Left | _Worked]:
    from workbench.analysis.probes.tables import read_probes  # pandas is first imported here, in the worker

    workspace, plan, selection, asked = question
    tables = read_probes(plan, RunStore(workspace), selection)
    lines = asked or max((each.lines for each in (*tables.context, *tables.similarity)), default=LINES)
    yield _Worked(tables, lines)
    if not control.is_cancelled:
        probing = _probing(workspace)
        agenda = _agenda((workspace, plan, selection, lines), probing)
        yield _Left(agenda, agenda.seconds(len(probing.places)))


def _measure(question: _Question, control: Control) -> Iterator[object]:
    probing = _probing(question[0])
    return seldom(probing.run(_agenda(question, probing), control), ProbingProgress)


def _export(tables: "ProbeTables", folder: Path) -> Iterator[_Written]:
    from workbench.analysis.probes.frames import export_probes

    yield _Written(f"{len(export_probes(tables, folder))} tables were", folder)


def _draw(tables: "ProbeTables", path: Path) -> Iterator[_Written]:
    from workbench.analysis.pictures.context import save_context  # matplotlib is first imported here, in the worker

    save_context(tables, path)
    yield _Written("The picture was", path)
