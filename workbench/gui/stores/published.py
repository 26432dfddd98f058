"""Published values of the study: read, changed and put beside ours in a worker."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from workbench.gui.messages import Messages
from workbench.gui.workers import JobLane
from workbench.runs.lock import WorkspaceLock
from workbench.runs.workspace import Workspace

if TYPE_CHECKING:
    from workbench.analysis.results.published import PublishedValue
    from workbench.analysis.results.report_values import PublishedCell, StudyReport

    Change = Callable[[tuple[PublishedValue, ...]], tuple[PublishedValue, ...]]


@dataclass(frozen=True, slots=True)
class _Loaded:
    values: "tuple[PublishedValue, ...]"
    cells: "tuple[PublishedCell, ...]"
    report: "StudyReport"
    said: str = ""


class PublishedStore(QObject):
    """Values that are kept with a study, with its own numbers beside them. It is told the study's report."""

    changed = Signal()

    def __init__(self, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages = messages
        self._workspace: Workspace | None = None
        self._report: StudyReport | None = None
        self._values: tuple[PublishedValue, ...] = ()
        self._cells: tuple[PublishedCell, ...] = ()
        self._lane = JobLane("published", self)
        self._lane.produced.connect(self._take)
        self._lane.failed.connect(self._take_failure)
        self._lane.finished.connect(self._go_on)
        self._waiting: list[Callable[[], Iterator[_Loaded]]] = []

    @property
    def values(self) -> "tuple[PublishedValue, ...]":
        """Values that are kept with the study, in the order of its file."""
        return self._values

    @property
    def cells(self) -> "tuple[PublishedCell, ...]":
        """Values with ours beside them; those of one value are neighbours."""
        return self._cells

    @property
    def report(self) -> "StudyReport | None":
        """The report beside which they stand."""
        return self._report

    def show_beside(self, workspace: Workspace | None, report: "StudyReport | None") -> None:
        """Follow the results: put the values of another report's study beside it."""
        if report is self._report and workspace == self._workspace:
            return
        self._workspace, self._report = workspace, report
        self._cells = report.published if report is not None else ()
        self._values = ()
        self.changed.emit()
        if workspace is not None and report is not None:
            self._ask(lambda: _load(workspace, report))

    def add(self, value: "PublishedValue", instead_of: "PublishedValue | None" = None) -> None:
        """Keep a value, in the place of another one where that is edited."""

        def change(values: "tuple[PublishedValue, ...]") -> "tuple[PublishedValue, ...]":
            from workbench.analysis.results.published import check_value, with_value

            return with_value(tuple(each for each in values if each != instead_of), check_value(value))

        self._change(change)

    def remove(self, values: "tuple[PublishedValue, ...]") -> None:
        """Take values out."""
        self._change(lambda kept: tuple(each for each in kept if each not in values))

    def import_csv(self, path: Path) -> None:
        """Add the values of a CSV file."""

        def change(values: "tuple[PublishedValue, ...]") -> "tuple[PublishedValue, ...]":
            from workbench.analysis.results.published import read_published, with_value

            for value in read_published(path):
                values = with_value(values, value)
            return values

        self._change(change, f"Published values were taken from {path.name}")

    def add_literature(self) -> None:
        """Add the values that come with the program."""

        def change(values: "tuple[PublishedValue, ...]") -> "tuple[PublishedValue, ...]":
            from workbench.analysis.results.published import literature, with_value

            for value in literature():
                values = with_value(values, value)
            return values

        self._change(change)

    def wait(self) -> None:
        """Block until the worker has ended; for the very end of the program."""
        self._waiting.clear()
        self._lane.wait()

    def _change(self, change: "Change", said: str = "") -> None:
        workspace, report = self._workspace, self._report
        if workspace is not None and report is not None:
            self._ask(lambda: _changed(workspace, report, change, said))

    def _ask(self, job: Callable[[], Iterator[_Loaded]]) -> None:
        """Do one thing after the other: a change must not overtake, or be overtaken by, another."""
        self._waiting.append(job)
        if not self._lane.is_running:
            self._go_on()

    @Slot()
    def _go_on(self) -> None:
        if self._waiting:
            job = self._waiting.pop(0)
            self._lane.start(lambda control: job())

    @Slot(object)
    def _take(self, loaded: object) -> None:
        assert isinstance(loaded, _Loaded)
        if loaded.report is not self._report:
            return  # another study is looked at by now
        self._values, self._cells = loaded.values, loaded.cells
        if loaded.said:
            self._messages.inform(loaded.said)
        self.changed.emit()

    @Slot(object)
    def _take_failure(self, error: Exception) -> None:
        self._messages.report(error, "Published values")


def _load(workspace: Workspace, report: "StudyReport") -> Iterator[_Loaded]:
    from workbench.analysis.results.published import load_published, published_beside

    values = load_published(workspace.published_file(report.study))
    yield _Loaded(values, published_beside(values, report), report)


def _changed(workspace: Workspace, report: "StudyReport", change: "Change", said: str) -> Iterator[_Loaded]:
    from workbench.analysis.results.published import load_published, published_beside, save_published

    path = workspace.published_file(report.study)
    with WorkspaceLock(workspace):
        values = change(load_published(path))
        save_published(values, path)
    yield _Loaded(values, published_beside(values, report), report, said)
