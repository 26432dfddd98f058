"""Which lines of a cell are shown, in which order, with whose numbers: worked out in a worker where it is slow."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal, Slot

from workbench.analysis.lines.reading_index import Confusion, ReadingIndex
from workbench.analysis.lines.selection import Compared, LineWish, Selection, SelectionProgress, select
from workbench.gui.messages import Messages
from workbench.gui.stores.line_marks import LineMarksStore
from workbench.gui.stores.predictions import Arm, PredictionsStore
from workbench.gui.workers import JobLane, seldom
from workbench.runs.control import Control
from workbench.text.search import matcher

AT_ONCE_LINES = 2_000
"""So few lines are worked out before anybody could see that it takes time."""


@dataclass(frozen=True, slots=True)
class Replicate:
    """One draw and seed of a study."""

    draw: int
    seed: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of an index."""

    selection: Selection
    confusions: tuple[Confusion, ...]
    """Of the runs whose numbers are shown, over all lines; the most frequent first."""


class ShownLinesStore(QObject):
    """Filter, order, arm and seed of the lines that are looked at."""

    changed = Signal()
    """Another wish holds, or a search goes on."""
    selection_changed = Signal()
    """Other lines are shown, in another order, or other numbers."""

    def __init__(
        self,
        predictions: PredictionsStore,
        marks: LineMarksStore,
        messages: Messages,
        parent: QObject | None = None,
        *,
        at_once_lines: int = AT_ONCE_LINES,
    ) -> None:
        super().__init__(parent)
        self._predictions = predictions
        self._marks = marks
        self._messages = messages
        self._at_once_lines = at_once_lines
        self._wish = LineWish()
        self._arm = Arm("", "multi")
        self._replicate: Replicate | None = None
        self._shown: Shown | None = None
        self._known: tuple[object, ...] = ()
        self._share: float | None = None
        self._lane = JobLane("shown lines", self)
        self._lane.produced.connect(self._take)
        self._lane.failed.connect(self._take_failure)
        self._lane.finished.connect(self._end)
        predictions.changed.connect(self._follow)

    @property
    def wish(self) -> LineWish:
        """Which lines are wanted, in which order."""
        return self._wish

    @property
    def arm(self) -> Arm:
        """The arm whose numbers stand beside those of its baseline."""
        return self._arm

    @property
    def architectures(self) -> tuple[str, ...]:
        """Architectures that have read the lines."""
        return tuple(dict.fromkeys(arm.architecture for arm in self._predictions.arms))

    @property
    def replicate(self) -> Replicate | None:
        """The draw and seed whose numbers are shown; None: all of them together."""
        return self._replicate

    @property
    def replicates(self) -> tuple[Replicate, ...]:
        """Draws and seeds that there are."""
        found = {Replicate(run.request.draw, run.request.seed) for run in self._predictions.runs}
        return tuple(sorted(found, key=lambda one: (one.draw, one.seed)))

    @property
    def shown(self) -> Shown | None:
        """What is shown; None before anything is."""
        return self._shown

    @property
    def is_working(self) -> bool:
        """Tell whether other lines are being looked for."""
        return self._lane.is_running

    @property
    def share(self) -> float | None:
        """How far the search is, from 0 to 1; None while there is none."""
        return self._share

    @property
    def is_up_to_date(self) -> bool:
        """Tell whether what is shown is what is wished for; not so after a search was stopped."""
        if self._shown is None:
            return True
        selection = self._shown.selection
        return (selection.wish, selection.compared) == (self._wish, self.compared)

    def set_wish(self, wish: LineWish) -> None:
        """Show other lines, or another order.

        Raises
        ------
        InputError
            For a search pattern that is none; the old lines stay.
        """
        matcher(wish.search)
        if wish != self._wish or not self.is_up_to_date:
            self._wish = wish
            self._work()

    def set_arm(self, arm: Arm) -> None:
        """Show the numbers of another arm."""
        if arm != self._arm:
            self._arm = arm
            self._work()

    def set_replicate(self, replicate: Replicate | None) -> None:
        """Show the numbers and readings of one draw and seed, or of all of them."""
        if replicate != self._replicate:
            self._replicate = replicate
            self._work()

    @Slot()
    def stop(self) -> None:
        """Look no further; the old lines stay."""
        self._lane.cancel()

    def wait(self) -> None:
        """Block until the worker has ended; for the very end of the program."""
        self._lane.wait()

    def is_read_by(self, draw: int, seed: int) -> bool:
        """Tell whether readings of a draw and seed are among those that are shown."""
        return self._replicate in (None, Replicate(draw, seed))

    @property
    def compared(self) -> Compared:
        """Runs of the index behind the numbers."""
        names = [name for name in self.architectures if name != self._arm.architecture]
        others = {name: self._runs(Arm(name, self._arm.regime)) for name in names}
        trainings = tuple((run.request.draw, run.request.seed) for run in self._predictions.runs)
        return Compared(self._runs(self._arm.baseline), self._runs(self._arm), others, trainings)

    def _runs(self, arm: Arm) -> tuple[int, ...]:
        """Runs that count: a collapsed one makes no pair in the results, and none here."""
        collapsed = self._predictions.collapsed_runs
        return tuple(
            number
            for number, run in enumerate(self._predictions.runs)
            if Arm(run.request.architecture, run.request.arm) == arm
            and run.run not in collapsed
            and self.is_read_by(run.request.draw, run.request.seed)
        )

    @Slot()
    def _follow(self) -> None:
        """Work out anew when other lines are there."""
        index, cell = self._predictions.index, self._predictions.cell
        names = self.architectures
        known = (index, cell, names)
        if known == self._known:
            return
        if self._known[1:] != known[1:] and cell is not None and names:
            wanted = cell.architectures[-1] if cell.architectures else None
            self._arm = Arm(wanted if wanted in names else names[-1], cell.regime)
        self._known = known
        if self._replicate not in self.replicates:
            self._replicate = None
        if index is None:
            self._lane.cancel()
            self._shown = None
            self.selection_changed.emit()
            self.changed.emit()
            return
        self._forget_what_is_not_there(index)
        self._work()

    def _forget_what_is_not_there(self, index: ReadingIndex) -> None:
        """Another data set has other writers; a filter by one of the old would leave an empty table."""
        if self._wish.cluster is not None and self._wish.cluster not in index.cluster_names:
            self._wish = replace(self._wish, cluster=None)
        if self._wish.other and self._wish.other not in self.architectures:
            self._wish = replace(self._wish, choice="all", other="")

    def _work(self) -> None:
        index = self._predictions.index
        if index is None:
            self.changed.emit()
            return
        wish, compared, marked = self._wish, self.compared, self._marked()
        if index.lines <= self._at_once_lines:
            self._lane.cancel()
            for value in _job(index, wish, compared, marked, Control()):
                self._take(value)
        else:
            self._share = 0.0
            self._lane.start(lambda control: _job_of_its_own(index, wish, compared, marked, control))
        self.changed.emit()

    def _marked(self) -> tuple[str, ...]:
        cell = self._predictions.cell
        if cell is None or self._wish.marks == "any":
            return ()
        marks = self._marks.of(cell.target)
        wants_note = self._wish.marks == "noted"
        return tuple(line_id for line_id, mark in marks.items() if (mark.note if wants_note else mark.is_bookmarked))

    @Slot(object)
    def _take(self, value: object) -> None:
        if isinstance(value, SelectionProgress):
            self._share = value.share
            self.changed.emit()
            return
        assert isinstance(value, Shown)
        if self._predictions.index is not None:
            self._shown = value
            self.selection_changed.emit()

    @Slot(object)
    def _take_failure(self, error: Exception) -> None:
        self._messages.report(error, "Looking for lines")

    @Slot()
    def _end(self) -> None:
        self._share = None
        self.changed.emit()


def _job(
    index: ReadingIndex, wish: LineWish, compared: Compared, marked: tuple[str, ...], control: Control
) -> Iterator[SelectionProgress | Shown]:
    for value in select(index, wish, compared, marked, control):
        if isinstance(value, Selection):
            yield Shown(value, tuple(index.confusions(compared.runs)))
        else:
            yield value


def _job_of_its_own(
    index: ReadingIndex, wish: LineWish, compared: Compared, marked: tuple[str, ...], control: Control
) -> Iterator[object]:
    """The same in a worker: with the file opened for its thread, and progress told seldom."""
    own = index.again()
    try:
        yield from seldom(_job(own, wish, compared, marked, control), SelectionProgress)
    finally:
        own.close()
