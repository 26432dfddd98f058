"""Where the gain comes from: classes of characters, confusions and the lines behind them, worked out in a worker."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from workbench.gui.messages import Messages
from workbench.gui.stores.results import ResultOptions, ResultsStore
from workbench.gui.stores.workspace import WorkspaceStore
from workbench.gui.workers import JobLane
from workbench.runs.control import Control
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.schema import Selection

if TYPE_CHECKING:
    from workbench.analysis.confusions import Confusion
    from workbench.analysis.letter_lines import MarkedLine
    from workbench.analysis.letters import CellLetters, LettersStudy, SideKey
    from workbench.analysis.read_cells import ReadingProgress


@dataclass(frozen=True, slots=True)
class ChosenCell:
    """The cell whose letters are looked at."""

    architecture: str
    target: str
    k: int


@dataclass(frozen=True, slots=True)
class ClassQuestion:
    """A class of characters whose lines are wanted."""

    cell: ChosenCell
    grouping: str
    number: int
    title: str


@dataclass(frozen=True, slots=True)
class ConfusionQuestion:
    """A confusion whose lines are wanted."""

    cell: ChosenCell
    left: "SideKey"
    right: "SideKey"
    reference: str
    read: str
    title: str


Question = ClassQuestion | ConfusionQuestion


@dataclass(frozen=True, slots=True)
class FoundLines:
    """The lines behind a class or a confusion."""

    question: Question
    lines: "tuple[MarkedLine, ...]"


@dataclass(frozen=True, slots=True)
class FoundConfusions:
    """The confusions of two sides."""

    cell: ChosenCell
    left: "SideKey"
    right: "SideKey"
    confusions: "tuple[Confusion, ...]"


@dataclass(frozen=True, slots=True)
class _Written:
    files: int
    place: Path


class LettersStore(QObject):
    """The letters of the study whose results are shown, under the options of the Results page.

    Worked out only while somebody looks at them, again when the options or the finished runs changed.
    """

    changed = Signal()
    lines_changed = Signal()
    confusions_changed = Signal()

    def __init__(
        self, workspaces: WorkspaceStore, results: ResultsStore, messages: Messages, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._workspaces = workspaces
        self._results = results
        self._messages = messages
        self._study: LettersStudy | None = None
        self._progress: ReadingProgress | None = None
        self._asked: tuple[object, ...] = ()
        self._watchers: set[QObject] = set()
        self._is_stopped = False
        self._cell: ChosenCell | None = None
        self._lines: FoundLines | None = None
        self._confusions: FoundConfusions | None = None
        self._lane = JobLane("letters", self)
        self._lane.produced.connect(self._take)
        self._lane.failed.connect(self._take_end)
        self._lane.finished.connect(self.changed)
        self._questions = JobLane("letter lines", self)
        self._questions.produced.connect(self._take_answer)
        self._questions.failed.connect(self._take_failure)
        self._tables = JobLane("confusions", self)
        self._tables.produced.connect(self._take_answer)
        self._tables.failed.connect(self._take_failure)
        self._exports = JobLane("letters export", self)
        self._exports.produced.connect(self._tell_export)
        self._exports.failed.connect(self._take_failure)
        self._exports.finished.connect(self.changed)
        results.changed.connect(self._follow)

    # State

    @property
    def study(self) -> "LettersStudy | None":
        """What was worked out last; None before that, and when the study or the options are others since.

        While it is worked out anew because another run has ended, it is still what was there before.
        """
        return self._study

    @property
    def plan(self) -> Plan | None:
        """The plan whose letters these are."""
        return self._results.plan

    @property
    def progress(self) -> "ReadingProgress | None":
        """How far the work is, where it has begun."""
        return self._progress if self._lane.is_running else None

    @property
    def is_working(self) -> bool:
        """Tell whether numbers are on their way."""
        return self._lane.is_running

    @property
    def is_stopped(self) -> bool:
        """Tell whether the work ended before it was done: the user stopped it, or it failed."""
        return self._is_stopped and not self._lane.is_running

    @property
    def is_exporting(self) -> bool:
        """Tell whether tables are being written."""
        return self._exports.is_running

    @property
    def chosen(self) -> ChosenCell | None:
        """The cell that is looked at; None where there is none."""
        return self._cell

    @property
    def cell(self) -> "CellLetters | None":
        """The letters of the chosen cell."""
        if self._study is None or self._cell is None:
            return None
        return self._study.report.cell(self._cell.architecture, self._cell.target, self._cell.k)

    @property
    def lines(self) -> FoundLines | None:
        """The lines that were asked for last."""
        return self._lines

    @property
    def confusions(self) -> FoundConfusions | None:
        """The confusions that were asked for last."""
        return self._confusions

    # Commands

    def watch(self, watcher: QObject) -> None:
        """Work the letters out now, and whenever they change while somebody watches."""
        self._watchers.add(watcher)
        self._follow()

    def leave(self, watcher: QObject) -> None:
        """Watch no longer; what changes while nobody does waits."""
        self._watchers.discard(watcher)

    def cancel(self) -> None:
        """Stop working them out."""
        self._is_stopped = True
        self._lane.cancel()

    def work_out(self) -> None:
        """Work them out anew, also after they were stopped, or a data set was opened."""
        self._asked = ()
        self._follow()

    def choose(self, cell: ChosenCell) -> None:
        """Look at another cell."""
        if cell != self._cell:
            self._cell = cell
            self._forget_answers()
            self.changed.emit()

    def ask(self, question: Question) -> None:
        """Find the lines behind a class or a confusion."""
        study = self._study
        if study is not None and (self._lines is None or self._lines.question != question):
            self._questions.start(lambda control: _find_lines(study, question, control))

    def ask_confusions(self, left: "SideKey", right: "SideKey") -> None:
        """Count the confusions of two sides on the chosen target."""
        study, cell = self._study, self._cell
        if study is not None and cell is not None:
            self._tables.start(lambda control: _count_confusions(study, cell, left, right, control))

    def export(self, folder: Path) -> None:
        """Write all tables into a folder, in a worker."""
        study = self._study
        if study is not None:
            self._exports.start(lambda control: _export(study, folder))
            self.changed.emit()

    def wait(self) -> None:
        """Block until every worker has ended; for the very end of the program."""
        for lane in (self._lane, self._questions, self._tables, self._exports):
            lane.wait()

    # What comes

    @Slot()
    def _follow(self) -> None:
        workspace, plan, report = self._workspaces.workspace, self._results.plan, self._results.report
        options, selection = self._results.options, self._results.selection
        shown = (options.split, selection, options.regime, options.budget, options.conditions)
        asked = (workspace, plan, shown, id(report))
        if not self._watchers or asked == self._asked or self._results.is_working:
            return
        is_another = asked[:-1] != self._asked[:-1]
        self._asked = asked
        self._is_stopped = False
        if is_another:  # else a run came to its end: what was there stays until there is more
            self._study = None
            self._forget_answers()
        if workspace is None or plan is None or report is None:
            self._lane.cancel()
        else:
            self._lane.start(lambda control: _work_out(workspace, plan, options, selection, control))
        self.changed.emit()

    def _forget_answers(self) -> None:
        self._questions.cancel()
        self._tables.cancel()
        self._lines = self._confusions = None
        self.lines_changed.emit()
        self.confusions_changed.emit()

    @Slot(object)
    def _take(self, value: object) -> None:
        from workbench.analysis.letters import LettersStudy  # the worker has loaded it

        if isinstance(value, LettersStudy):
            kept = self._lines.question if self._lines else None
            self._study = value
            self._progress = None
            self._cell = _kept_or_first(value, self._cell)
            self._forget_answers()
            if kept is not None and kept.cell == self._cell:
                self.ask(kept)
        else:
            self._progress = value  # pyright: ignore[reportAttributeAccessIssue]
        self.changed.emit()

    @Slot(object)
    def _take_answer(self, value: object) -> None:
        if isinstance(value, FoundLines):
            self._lines = value
            self.lines_changed.emit()
        elif isinstance(value, FoundConfusions):
            self._confusions = value
            self.confusions_changed.emit()

    @Slot(object)
    def _take_end(self, error: Exception) -> None:
        """Take that the work cannot be done; it can be tried again."""
        self._is_stopped = True
        self._take_failure(error)

    @Slot(object)
    def _take_failure(self, error: Exception) -> None:
        self._messages.report(error, "Working out the letters")

    @Slot(object)
    def _tell_export(self, written: object) -> None:
        assert isinstance(written, _Written)
        self._messages.inform(f"{written.files} tables were written to {written.place}")


def _kept_or_first(study: "LettersStudy", chosen: ChosenCell | None) -> ChosenCell | None:
    """Return the chosen cell where there is one, else that of the last architecture (a CRNN) at the smallest K."""
    known = [ChosenCell(c.key.architecture, c.key.target, c.key.k) for c in study.report.cells]
    if chosen in known or not known:
        return chosen if chosen in known else None
    last = known[-1].architecture
    return min((cell for cell in known if cell.architecture == last), key=lambda cell: cell.k)


def _work_out(
    workspace: Workspace, plan: Plan, options: ResultOptions, selection: Selection, control: Control
) -> "Iterator[ReadingProgress | LettersStudy]":
    from workbench.analysis.letters import setting_of, work_out  # scipy is first imported here, in the worker

    setting = setting_of(
        plan,
        split=options.split,
        selection=selection,
        regime=options.regime,
        budget=options.budget,
        conditions=options.conditions,
    )
    yield from work_out(plan, RunStore(workspace), setting, control)


def _find_lines(study: "LettersStudy", question: Question, control: Control) -> Iterator[FoundLines]:
    cell = question.cell
    if control.is_cancelled:
        return
    if isinstance(question, ClassQuestion):
        found = study.report.cell(cell.architecture, cell.target, cell.k)
        lines = study.lines_of_class(found.key, question.grouping, question.number) if found else ()
    else:
        lines = study.lines_of_confusion(
            cell.target, cell.k, question.left, question.right, question.reference, question.read
        )
    yield FoundLines(question, lines)


def _count_confusions(
    study: "LettersStudy", cell: ChosenCell, left: "SideKey", right: "SideKey", control: Control
) -> Iterator[FoundConfusions]:
    if not control.is_cancelled:
        yield FoundConfusions(cell, left, right, study.confusions(cell.target, cell.k, left, right))


def _export(study: "LettersStudy", folder: Path) -> Iterator[_Written]:
    from workbench.analysis.letter_tables import export_letters

    yield _Written(len(export_letters(study, folder)), folder)
