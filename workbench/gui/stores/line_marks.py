"""Bookmarks and notes about lines, read from the workspace and written to it at once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from workbench.data.line_marks import MAX_NOTE, LineMark, LineMarks, read_marks, write_marks
from workbench.errors import WorkspaceError
from workbench.gui.messages import Messages
from workbench.gui.stores.workspace import WorkspaceStore
from workbench.gui.workers import JobLane

NO_MARK = LineMark()


class LineMarksStore(QObject):
    """Marks by data set and line id."""

    changed = Signal()

    def __init__(self, workspaces: WorkspaceStore, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspaces = workspaces
        self._messages = messages
        self._marks: dict[str, dict[str, LineMark]] = {}
        self._unreadable: set[str] = set()
        self._lane = JobLane("line marks", self)
        self._lane.failed.connect(self._take_failure)
        self._waiting: dict[Path, LineMarks] = {}
        workspaces.changed.connect(self._forget)

    def of(self, dataset: str) -> LineMarks:
        """Marks of the lines of a data set."""
        workspace = self._workspaces.workspace
        if dataset not in self._marks:
            try:
                self._marks[dataset] = read_marks(workspace.marks_file(dataset)) if workspace else {}
            except WorkspaceError as error:
                self._messages.report(error)
                self._marks[dataset] = {}
                self._unreadable.add(dataset)
        return self._marks[dataset]

    def mark(self, dataset: str, line_id: str) -> LineMark:
        """Return the mark of a line; an empty one where it has none."""
        return self.of(dataset).get(line_id, NO_MARK)

    def toggle_bookmark(self, dataset: str, line_id: str) -> None:
        """Set a bookmark, or take it away."""
        mark = self.mark(dataset, line_id)
        self._set(dataset, line_id, replace(mark, is_bookmarked=not mark.is_bookmarked))

    def set_note(self, dataset: str, line_id: str, note: str) -> None:
        """Write a note; an empty one takes it away."""
        self._set(dataset, line_id, replace(self.mark(dataset, line_id), note=note.strip()[:MAX_NOTE]))

    def wait(self) -> None:
        """Block until everything is written; for the very end of the program."""
        self._lane.wait()
        for path, marks in self._take_waiting():
            try:
                write_marks(path, marks)
            except WorkspaceError as error:
                self._messages.report(error)

    def _set(self, dataset: str, line_id: str, mark: LineMark) -> None:
        workspace = self._workspaces.workspace
        if workspace is None or mark == self.mark(dataset, line_id):
            return
        if self._workspaces.is_read_only or dataset in self._unreadable:
            why = self._workspaces.reader_reason if self._workspaces.is_read_only else "the file of notes is damaged"
            self._messages.warn(f"The mark was not kept: {why}")
            self.changed.emit()
            return
        marks = self._marks[dataset]
        marks[line_id] = mark
        if not mark:
            del marks[line_id]
        self._waiting[workspace.marks_file(dataset)] = dict(marks)
        self._lane.start(lambda control: self._write())
        self.changed.emit()

    def _write(self) -> Iterator[object]:
        """Write what waits; called in the worker, one job at a time."""
        for path, marks in self._take_waiting():
            write_marks(path, marks)
            yield path

    def _take_waiting(self) -> Iterator[tuple[Path, LineMarks]]:
        while self._waiting:
            yield self._waiting.popitem()

    @Slot()
    def _forget(self) -> None:
        self._marks.clear()
        self._unreadable.clear()
        self.changed.emit()

    @Slot(object)
    def _take_failure(self, error: Exception) -> None:
        self._messages.report(error, "Keeping bookmarks and notes")
