"""Where the gain comes from: classes of characters, confusions and the lines behind them, worked out in a worker."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from workbench.analysis.letters.setting import Setting, setting_of
from workbench.gui.messages import Messages
from workbench.gui.stores.results import ResultsStore
from workbench.gui.stores.workspace import WorkspaceStore
from workbench.gui.workers import JobLane
from workbench.metrics.measures import MEASURES, MeasureName
from workbench.runs.control import Control
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

if TYPE_CHECKING:
    from workbench.analysis.letters.confusions import Confusion
    from workbench.analysis.letters.gain import CellLetters, LettersStudy, SideKey
    from workbench.analysis.letters.lines import MarkedLine
    from workbench.analysis.letters.read_cells import ReadingProgress
    from workbench.analysis.results.report_values import StudyReport


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
    names: tuple[str, str]
    """Of the two sides."""


@dataclass(frozen=True, slots=True)
class ConfusionQuestion:
    """A confusion whose lines are wanted."""

    cell: ChosenCell
    left: "SideKey"
    right: "SideKey"
    reference: str
    read: str
    title: str
    names: tuple[str, str]
    """Of the two sides."""


Question = ClassQuestion | ConfusionQuestion


@dataclass(frozen=True, slots=True)
class FoundLines:
    """The lines behind a class or a confusion."""

    question: Question
    lines: "tuple[MarkedLine, ...]"
    delta_pp: float | None = None
    """Of the class, as the lines were found; None for a confusion, and where the class has none."""


@dataclass(frozen=True, slots=True)
class FoundConfusions:
    """The confusions of two sides."""

    cell: ChosenCell
    left: "SideKey"
    right: "SideKey"
    confusions: "tuple[Confusion, ...]"
    trainings: int
    """(draw, seed) that both sides have, and that are counted."""


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
        self._report: StudyReport | None = None
        self._measure: MeasureName = "cer"
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
    def ignored_measure(self) -> str:
        """How the page is to count errors, where that is not how letters are counted; empty for the CER."""
        return "" if self._measure == "cer" else MEASURES[self._measure].title

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
        if study is None or cell is None:
            return
        asked = self._lines.question if self._lines else None
        if isinstance(asked, ConfusionQuestion) and (asked.left, asked.right) != (left, right):
            self._forget_lines()
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
        self._tell_measure(self._results.options.measure)
        if not self._watchers or self._results.is_working:
            return
        setting = _setting(plan, self._results) if plan is not None and report is not None else None
        asked = (workspace, plan, setting)
        is_another = asked != self._asked
        if not (is_another or _has_news(report, self._report)):
            return
        self._asked, self._report = asked, report
        self._is_stopped = False
        if is_another:  # else a run came to its end: what was there stays until there is more
            self._study = None
            self._forget_answers()
        if workspace is None or plan is None or setting is None:
            self._lane.cancel()
        else:
            self._lane.start(lambda control: _work_out(workspace, plan, setting, control))
        self.changed.emit()

    def _tell_measure(self, measure: MeasureName) -> None:
        """Letters are counted one way; pages say so where another one is chosen."""
        if measure != self._measure:
            self._measure = measure
            self.changed.emit()

    def _forget_answers(self) -> None:
        self._forget_lines()
        self._tables.cancel()
        self._confusions = None
        self.confusions_changed.emit()

    def _forget_lines(self) -> None:
        self._questions.cancel()
        self._lines = None
        self.lines_changed.emit()

    @Slot(object)
    def _take(self, value: object) -> None:
        from workbench.analysis.letters.gain import LettersStudy  # the worker has loaded it

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


def _has_news(report: "StudyReport | None", before: "StudyReport | None") -> bool:
    """Tell whether a report is of other runs: one that counts errors otherwise is made of the same readings."""
    if report is None or before is None or report.measure == before.measure:
        return report is not before
    return _pairs_of(report) != _pairs_of(before)


def _pairs_of(report: "StudyReport") -> tuple[object, ...]:
    return report.finished_runs, *((cell.single_runs, cell.multi_runs) for cell in report.cells)


def _kept_or_first(study: "LettersStudy", chosen: ChosenCell | None) -> ChosenCell | None:
    """Return the chosen cell where there is one, else that of the last architecture (a CRNN) at the smallest K."""
    known = [ChosenCell(c.key.architecture, c.key.target, c.key.k) for c in study.report.cells]
    if chosen in known or not known:
        return chosen if chosen in known else None
    last = known[-1].architecture
    return min((cell for cell in known if cell.architecture == last), key=lambda cell: cell.k)


def _setting(plan: Plan, results: ResultsStore) -> Setting:
    """What the page shows: chosen or not, the same setting is the same question."""
    options = results.options
    return setting_of(
        plan,
        split=options.split,
        selection=results.selection,
        regime=options.regime,
        budget=options.budget,
        conditions=options.conditions,
    )


def _work_out(
    workspace: Workspace, plan: Plan, setting: Setting, control: Control
) -> "Iterator[ReadingProgress | LettersStudy]":
    from workbench.analysis.letters.gain import work_out  # scipy is first imported here, in the worker

    yield from work_out(plan, RunStore(workspace), setting, control)


def _find_lines(study: "LettersStudy", question: Question, control: Control) -> Iterator[FoundLines]:
    cell = question.cell
    if control.is_cancelled:
        return
    if isinstance(question, ConfusionQuestion):
        sides = question.left, question.right
        yield FoundLines(
            question, study.lines_of_confusion(cell.target, cell.k, *sides, question.reference, question.read)
        )
    elif (found := study.report.cell(cell.architecture, cell.target, cell.k)) is not None:
        rows = {row.number: row for row in found.of(question.grouping)}
        row = rows.get(question.number)
        lines = study.lines_of_class(found.key, question.grouping, question.number)
        yield FoundLines(question, lines, row.delta_pp if row else None)


def _count_confusions(
    study: "LettersStudy", cell: ChosenCell, left: "SideKey", right: "SideKey", control: Control
) -> Iterator[FoundConfusions]:
    if not control.is_cancelled:
        asked = cell.target, cell.k, left, right
        yield FoundConfusions(cell, left, right, study.confusions(*asked), len(study.trainings(*asked)))


def _export(study: "LettersStudy", folder: Path) -> Iterator[_Written]:
    from workbench.analysis.letters.tables import export_letters

    yield _Written(len(export_letters(study, folder)), folder)
