"""The open data sets beside each other: characters in common, duplicates, frames; worked out in a worker."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from workbench.data.comparison import Comparison, compare, with_similar
from workbench.data.measures import FrameRule
from workbench.data.statistics import SetStatistics
from workbench.execution.frame_rule import frame_rule
from workbench.gui.messages import Messages
from workbench.gui.stores.study import StudyStore
from workbench.gui.stores.summaries import SummaryStore
from workbench.gui.workers import JobLane
from workbench.runs.control import Control
from workbench.study.schema import Preprocessing

_Question = tuple[tuple[SetStatistics, ...], tuple[str, ...], Preprocessing]


@dataclass(frozen=True, slots=True)
class _Written:
    files: int
    place: Path


class ComparisonStore(QObject):
    """The comparison of all counted data sets, under the study's line height and its architecture of fewest frames.

    Worked out only while somebody looks at it.
    """

    changed = Signal()

    def __init__(
        self, summaries: SummaryStore, study: StudyStore, messages: Messages, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._summaries = summaries
        self._study = study
        self._messages = messages
        self._comparison: Comparison | None = None
        self._question: _Question | None = None
        self._is_wanted = self._is_looking = False
        self._lane = JobLane("comparison", self)
        self._lane.produced.connect(self._take)
        self._lane.failed.connect(self._take_failure)
        self._lane.finished.connect(self._end)
        self._exports = JobLane("statistics export", self)
        self._exports.produced.connect(self._tell_export)
        self._exports.failed.connect(self._take_export_failure)
        self._exports.finished.connect(self.changed)
        summaries.changed.connect(self._follow)
        study.changed.connect(self._follow)

    @property
    def comparison(self) -> Comparison | None:
        """Latest comparison; None before there is one."""
        return self._comparison

    @property
    def is_comparing(self) -> bool:
        """Tell whether a comparison is on its way."""
        return self._lane.is_running or self._summaries.is_counting

    @property
    def is_looking_for_similar(self) -> bool:
        """Tell whether images are being compared."""
        return self._is_looking and self._lane.is_running

    @property
    def is_exporting(self) -> bool:
        """Tell whether tables are being written."""
        return self._exports.is_running

    def want(self) -> None:
        """Compare what is counted now, and from now on what is counted."""
        self._is_wanted = True
        self._summaries.want()
        self._follow()

    def find_similar(self) -> None:
        """Look for images that look alike, too; every pixel of every data set is read for that."""
        compared = self._comparison
        if compared is not None and not compared.looked_for_similar and not self._lane.is_running:
            self._is_looking = True
            self._lane.start(lambda control: _look(compared, control))
            self.changed.emit()

    def cancel(self) -> None:
        """Stop looking for images that look alike; what was compared before stays."""
        if self._is_looking:
            self._lane.cancel()

    def export(self, folder: Path) -> None:
        """Write the tables of the comparison into a folder, in a worker."""
        compared = self._comparison
        if compared is not None:
            self._exports.start(lambda control: _export(compared, folder))
            self.changed.emit()

    def wait(self) -> None:
        """Block until the workers have ended; for the very end of the program."""
        self._lane.wait()
        self._exports.wait()

    @Slot()
    def _follow(self) -> None:
        if not self._is_wanted or self._summaries.is_counting:
            return
        sets = tuple(summary.statistics for summary in self._summaries.summaries)
        question = (sets, self._study.study.architectures, self._study.study.preprocessing)
        if question == self._question:
            return
        self._question = question
        self._is_looking = False
        if not sets:
            self._lane.cancel()
            self._comparison = None
            self.changed.emit()
            return
        rule = frame_rule(*question[1:])
        self._lane.start(lambda control: _compare(sets, rule, control))
        self.changed.emit()

    @Slot()
    def _end(self) -> None:
        self._is_looking = False
        self.changed.emit()

    @Slot(object)
    def _take(self, value: object) -> None:
        if isinstance(value, Comparison) and self._question is not None and value.sets == self._question[0]:
            self._comparison = value
            self.changed.emit()

    @Slot(object)
    def _take_failure(self, error: Exception) -> None:
        self._messages.report(error, "Comparing the data sets")

    @Slot(object)
    def _tell_export(self, written: object) -> None:
        assert isinstance(written, _Written)
        self._messages.inform(f"{written.files} tables were written to {written.place}")

    @Slot(object)
    def _take_export_failure(self, error: Exception) -> None:
        self._messages.report(error, "Exporting the statistics")


def _compare(sets: tuple[SetStatistics, ...], rule: FrameRule | None, control: Control) -> Iterator[Comparison]:
    compared = compare(sets, rule, control=control)
    if compared is not None:
        yield compared


def _look(compared: Comparison, control: Control) -> Iterator[Comparison]:
    found = with_similar(compared, control)
    if found is not None:
        yield found


def _export(compared: Comparison, folder: Path) -> Iterator[_Written]:
    from workbench.data.statistics_tables import export_comparison

    yield _Written(len(export_comparison(compared, folder)), folder)
