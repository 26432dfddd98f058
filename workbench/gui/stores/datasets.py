"""The data sets of the workspace: which there are, which are open, and what is being read now."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from PySide6.QtCore import QObject, Signal, Slot

from workbench.data import catalog
from workbench.data.catalog import CatalogEntry, ImportProgress, OpenedDataset
from workbench.data.overrides import Overrides
from workbench.errors import WorkbenchError
from workbench.gui.messages import Messages
from workbench.gui.stores.previews import PreviewStore
from workbench.gui.stores.workspace import WorkspaceStore
from workbench.gui.workers import Job, JobLane, seldom
from workbench.runs.control import Control
from workbench.runs.workspace import Workspace


@dataclass(frozen=True, slots=True)
class _Task:
    """Something that waits for its turn; `name` is the data set that it is about, where there is one."""

    name: str
    doing: str
    job: Job


@dataclass(frozen=True, slots=True)
class _Catalog:
    entries: tuple[CatalogEntry, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """Something that may become a data set once the user has looked at what would come of it."""

    path: Path
    name: str = ""
    """Of the data set that is to be read in another way; empty for a new one."""
    overrides: Overrides = field(default_factory=Overrides)
    asks_always: bool = False
    """Ask also where the user wants to be asked in case of doubt only."""


def _seldom(values: Iterable[object]) -> Iterator[object]:
    return seldom(values, ImportProgress)


class DatasetStore(QObject):
    """Data sets by name. Reading happens in a worker, one data set after the other."""

    changed = Signal()
    proposed = Signal()
    """Something waits to be looked at before it is added; see :meth:`next_proposal`."""

    def __init__(self, workspaces: WorkspaceStore, messages: Messages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspaces = workspaces
        self._messages = messages
        self._entries: tuple[CatalogEntry, ...] = ()
        self._opened: dict[str, OpenedDataset] = {}
        self._faults: dict[str, WorkbenchError] = {}
        self._progress: ImportProgress | None = None
        self._current: _Task | None = None
        self._waiting: deque[_Task] = deque()
        self._proposals: deque[Proposal] = deque()
        self._is_known = False
        self.previews = PreviewStore(self)
        self._lane = JobLane("datasets", self)
        self._lane.produced.connect(self._take)
        self._lane.failed.connect(self._take_failure)
        self._lane.finished.connect(self._go_on)
        workspaces.changed.connect(self.reload)

    @property
    def entries(self) -> tuple[CatalogEntry, ...]:
        """Every data set of the workspace, in the catalogue's order."""
        return self._entries

    @property
    def is_known(self) -> bool:
        """Tell whether the catalogue was read; before that, an empty list means nothing."""
        return self._is_known

    @property
    def opened(self) -> Mapping[str, OpenedDataset]:
        """Data sets whose lines can be looked at, by name."""
        return MappingProxyType(self._opened)

    @property
    def faults(self) -> Mapping[str, WorkbenchError]:
        """Why a data set could not be opened, by name; a moved one can be relinked."""
        return MappingProxyType(self._faults)

    @property
    def progress(self) -> ImportProgress | None:
        """How far the running import is, None when nothing is read."""
        return self._progress

    @property
    def reading(self) -> str:
        """What is being done ("Adding khatt"), empty when nothing is."""
        return self._current.doing if self._current else ""

    @property
    def is_busy(self) -> bool:
        """Tell whether something is read or waits for it."""
        return self._current is not None

    @property
    def problem_count(self) -> int:
        """Unusable lines of all open data sets together; notes do not count."""
        return sum(
            1 for opened in self._opened.values() for problem in opened.lines.problems if not problem.is_note
        ) + len(self._faults)

    def entry(self, name: str) -> CatalogEntry | None:
        """Return the entry of this name."""
        return next((entry for entry in self._entries if entry.name == name), None)

    @Slot()
    def reload(self) -> None:
        """Read the catalogue of the workspace and open every data set in it."""
        self._waiting.clear()
        self._proposals.clear()
        self._current = None  # what the interrupted job still says is about the workspace before
        self._entries, self._opened, self._faults, self._is_known = (), {}, {}, False
        self._lane.cancel()
        if (workspace := self._workspaces.workspace) is not None:
            self._enqueue("", "Looking for data sets", lambda control: _load(workspace))
        self.changed.emit()

    def propose(self, path: Path, *, asks_always: bool = False) -> None:
        """Let the user look at what would come of a folder, archive or table, one after the other."""
        self._propose(Proposal(path, asks_always=asks_always))

    def propose_again(self, name: str) -> None:
        """Let the user choose anew how a data set of the workspace is read."""
        if (entry := self.entry(name)) is not None:
            # Of a table with several languages a data set is one: the others must not be added again.
            overrides = entry.overrides.model_copy(update={"language": entry.language})
            self._propose(Proposal(entry.path, name, overrides, asks_always=True))

    def _propose(self, proposal: Proposal) -> None:
        if self._writable() is not None:
            self._proposals.append(proposal)
            self.proposed.emit()

    def next_proposal(self) -> Proposal | None:
        """Take what waits longest to be looked at; None where nothing does."""
        return self._proposals.popleft() if self._proposals else None

    def add(self, path: Path, name: str | None = None, overrides: Overrides | None = None) -> None:
        """Recognise, read and keep the data set at `path`; a manifest of several languages gives several."""
        if (workspace := self._writable()) is not None:
            self._enqueue(
                name or "",
                f"Adding {path.name}",
                lambda control: _seldom(
                    catalog.import_datasets(workspace, path, name=name, overrides=overrides, control=control)
                ),
            )

    @Slot()
    def add_demo(self) -> None:
        """Make the synthetic demo data and add them to the workspace."""
        if (workspace := self._writable()) is not None:
            self._enqueue("", "Making the demo data", lambda control: _seldom(_add_demo(workspace, control)))

    def open(self, name: str) -> None:
        """Read a data set that is in the catalogue: from the cache when nothing changed on disk."""
        if (workspace := self._workspaces.workspace) is not None and not self._is_queued(name):
            self._faults.pop(name, None)
            self._enqueue(
                name,
                f"Opening {name}",
                lambda control: _seldom(catalog.open_dataset(workspace, name, control=control)),
            )

    def relink(self, name: str, path: Path) -> None:
        """Tell where a moved data set lies now, and open it there."""
        if (workspace := self._writable()) is not None:
            self._opened.pop(name, None)
            self._faults.pop(name, None)
            self._enqueue(name, f"Opening {name}", lambda control: _relink(workspace, name, path, control))

    def remove(self, name: str) -> None:
        """Take a data set out of the workspace; its files and the runs on it stay."""
        if (workspace := self._writable()) is not None:
            self._opened.pop(name, None)
            self._faults.pop(name, None)
            self._enqueue("", f"Removing {name}", lambda control: _remove(workspace, name))

    def cancel(self) -> None:
        """Stop what is being read and forget what waits for it."""
        self._waiting.clear()
        self._lane.cancel()

    def wait(self) -> None:
        """Block until the worker has ended; for the very end of the program."""
        self._waiting.clear()
        self.previews.wait()
        self._lane.wait()

    def _writable(self) -> Workspace | None:
        if self._workspaces.is_read_only:
            self._messages.warn(
                f"Data sets cannot be changed here: {self._workspaces.reader_reason}", "Open another workspace."
            )
            return None
        return self._workspaces.workspace

    def _is_queued(self, name: str) -> bool:
        current = [self._current] if self._current else []
        return any(task.name == name for task in (*current, *self._waiting))

    def _enqueue(self, name: str, doing: str, job: Job) -> None:
        self._waiting.append(_Task(name, doing, job))
        if not self._lane.is_running:
            self._go_on()

    @Slot()
    def _go_on(self) -> None:
        self._progress = None
        self._current = self._waiting.popleft() if self._waiting else None
        if self._current is not None:
            self._lane.start(self._current.job)
        self.changed.emit()

    @Slot(object)
    def _take(self, value: object) -> None:
        if self._current is None:
            return
        match value:
            case ImportProgress():
                self._progress = value
            case OpenedDataset():
                self._opened[value.entry.name] = value
                self._faults.pop(value.entry.name, None)
                if self.entry(value.entry.name) != value.entry:
                    others = tuple(entry for entry in self._entries if entry.name != value.entry.name)
                    self._entries = (*others, value.entry)
            case _Catalog():
                self._take_catalog(value.entries)
            case _:
                return
        self.changed.emit()

    def _take_catalog(self, entries: tuple[CatalogEntry, ...]) -> None:
        self._entries = entries
        self._is_known = True
        for entry in entries:
            if entry.name not in self._opened and entry.name not in self._faults:
                self.open(entry.name)

    @Slot(object)
    def _take_failure(self, error: Exception) -> None:
        if self._current is None:
            return
        if isinstance(error, WorkbenchError) and self.entry(self._current.name):
            self._faults[self._current.name] = error
        self._messages.report(error, self._current.doing)
        self.changed.emit()


def _add_demo(workspace: Workspace, control: Control) -> Iterator[object]:
    from workbench.execution.demo import DemoProgress, make_demo_data  # drawing is first imported here, in the worker

    for value in make_demo_data(workspace, control):
        is_drawing = isinstance(value, DemoProgress)
        yield ImportProgress(value.done, value.total, f"drawing {value.what}") if is_drawing else value


def _load(workspace: Workspace) -> Iterator[object]:
    yield _Catalog(catalog.load_catalog(workspace))


def _remove(workspace: Workspace, name: str) -> Iterator[object]:
    catalog.remove(workspace, name)
    yield from _load(workspace)


def _relink(workspace: Workspace, name: str, path: Path, control: Control) -> Iterator[object]:
    catalog.relink(workspace, name, path)
    yield from _seldom(catalog.open_dataset(workspace, name, control=control))
    yield from _load(workspace)
