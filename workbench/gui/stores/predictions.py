"""The lines behind a cell of the heatmap: what every run made of each of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar, overload

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from workbench.analysis.lines.reading_index import ReadingIndex
from workbench.analysis.lines.reading_index_maker import IndexProgress, Wanted, open_or_make
from workbench.data.cache import LineCache, find_cache
from workbench.errors import WorkspaceError
from workbench.gui.messages import Messages
from workbench.gui.stores.results import Cell, ResultsStore
from workbench.gui.stores.workspace import WorkspaceStore
from workbench.gui.workers import HoldsFile, JobLane, seldom
from workbench.models.frame_places import FramePlaces, frame_places
from workbench.models.geometry import geometry_of
from workbench.models.registry import ARCHITECTURES
from workbench.runs.control import Control
from workbench.runs.events import Split
from workbench.runs.plan import Plan, PlannedRun
from workbench.runs.predictions import Prediction
from workbench.runs.spec import ArchitectureSpec
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.arms import baseline_of
from workbench.study.schema import Preprocessing, Selection
from workbench.text.reading_order import mirrors_image

_Fetched = TypeVar("_Fetched")


@dataclass(frozen=True, slots=True)
class Arm:
    """What is compared: an architecture trained in a regime, over all its seeds and draws."""

    architecture: str
    regime: str
    """With its data sets where the regime does not tell them; see :attr:`workbench.study.grid.RunRequest.arm`."""

    @property
    def baseline(self) -> "Arm":
        """The arm that this one is compared with."""
        return Arm(self.architecture, baseline_of(self.regime))


@dataclass(frozen=True, slots=True)
class Reading:
    """One line as one run read it."""

    run: PlannedRun
    prediction: Prediction

    @property
    def arm(self) -> Arm:
        """Return the arm that the run belongs to."""
        return Arm(self.run.request.architecture, self.run.request.arm)


@dataclass(frozen=True, slots=True)
class PredictionRow:
    """One test line: its reference, and every run's reading in the plan's order."""

    target: str
    line_id: str
    reference: str
    readings: tuple[Reading, ...]
    wildcards: str = ""
    """Placeholders that were not scored."""


class PredictionRows(Sequence[PredictionRow]):
    """Lines of a cell, each fetched from the index when it is asked for."""

    def __init__(self, lines: int, fetch: Callable[[int], PredictionRow]) -> None:
        self._lines = lines
        self._fetch = fetch

    def __len__(self) -> int:
        return self._lines

    @overload
    def __getitem__(self, index: int) -> PredictionRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[PredictionRow]: ...
    def __getitem__(self, index: int | slice) -> PredictionRow | list[PredictionRow]:
        if isinstance(index, slice):
            return [self._fetch(line) for line in range(*index.indices(self._lines))]
        return self._fetch(range(self._lines)[index])


@dataclass(frozen=True, slots=True)
class _Loaded(HoldsFile):
    cell: Cell
    runs: tuple[PlannedRun, ...]
    """Those that have come to an end."""
    unfinished: tuple[str, ...]
    collapsed: frozenset[str]
    index: ReadingIndex
    wildcards: str
    read: tuple[PlannedRun, ...]
    """Those that have read something."""
    whole_images: LineCache | None
    """Uncropped images, where the study does not crop."""

    def close(self) -> None:
        """Let go of the index."""
        self.index.close()


class PredictionsStore(QObject):
    """Lines of the cell that is selected in the results: an index of them is made or opened in a worker."""

    changed = Signal()

    def __init__(
        self, workspaces: WorkspaceStore, results: ResultsStore, messages: Messages, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._workspaces = workspaces
        self._results = results
        self._messages = messages
        self._loaded: _Loaded | None = None
        self._rows = PredictionRows(0, self.row)
        self._share = 0.0
        self._is_stopped = False
        self._asked: tuple[object, ...] = ()
        self._again = QTimer(self, singleShot=True, interval=0)
        self._again.timeout.connect(self.read)
        self._lane = JobLane("predictions", self)
        self._lane.produced.connect(self._take)
        self._lane.failed.connect(self._take_failure)
        self._lane.finished.connect(self.changed)
        results.cell_selected.connect(self.refresh)
        results.changed.connect(self.refresh)

    @property
    def cell(self) -> Cell | None:
        """The cell whose lines these are."""
        return self._results.selected_cell

    @property
    def index(self) -> ReadingIndex | None:
        """What is known of all lines; to be used in the window's own thread."""
        return self._loaded.index if self._loaded else None

    @property
    def runs(self) -> tuple[PlannedRun, ...]:
        """Runs of the index, in its order: those of the cell that have come to an end."""
        return self._loaded.runs if self._loaded else ()

    @property
    def rows(self) -> PredictionRows:
        """Test lines of the cell, in the data set's order."""
        return self._rows

    @property
    def arms(self) -> tuple[Arm, ...]:
        """Arms that have read these lines, in the plan's order."""
        read = self._loaded.read if self._loaded else ()
        return tuple(dict.fromkeys(Arm(run.request.architecture, run.request.arm) for run in read))

    @property
    def missing_runs(self) -> tuple[str, ...]:
        """Ids of runs of the cell that have not come to an end: what an earlier attempt read does not count."""
        return self._loaded.unfinished if self._loaded else ()

    @property
    def textless_runs(self) -> tuple[str, ...]:
        """Ids of finished runs whose predictions are not here: a bundle may hold their counts alone."""
        return tuple(run for run, reason in self._unreadable.items() if not reason)

    @property
    def read_runs(self) -> tuple[str, ...]:
        """Ids of the runs whose readings are shown."""
        return tuple(run.run for run in self._loaded.read) if self._loaded else ()

    @property
    def other_runs(self) -> tuple[str, ...]:
        """Ids of runs that have read no line of this part with these weights: of other systems one reading is known."""
        known = {*self.read_runs, *self._unreadable}
        return tuple(run.run for run in self.runs if run.run not in known)

    @property
    def collapsed_runs(self) -> frozenset[str]:
        """Ids of runs that read (nearly) nothing: their readings are shown, but no pair of the results has them."""
        return self._loaded.collapsed if self._loaded else frozenset()

    @property
    def damaged_runs(self) -> dict[str, str]:
        """Runs whose predictions cannot be read, with the reason."""
        return {run: reason for run, reason in self._unreadable.items() if reason}

    @property
    def _unreadable(self) -> dict[str, str]:
        return self._loaded.index.unreadable if self._loaded else {}

    @property
    def is_reading(self) -> bool:
        """Tell whether rows are on their way."""
        return self._lane.is_running

    @property
    def share(self) -> float:
        """How much of the predictions is read, from 0 to 1."""
        return self._share

    @property
    def is_stopped(self) -> bool:
        """Tell whether the reading came to no end: the user stopped it, or it could not go on."""
        return self._is_stopped

    @Slot()
    def refresh(self) -> None:
        """Read again when the cell, the options or the finished runs changed."""
        workspace, plan, cell = self._workspaces.workspace, self._results.plan, self.cell
        asked = (workspace, plan, cell, self._results.options, id(self._results.report))
        if asked != self._asked:
            self._asked = asked
            self.read()

    @Slot()
    def read(self) -> None:
        """Read the predictions of the cell, now."""
        workspace, plan, cell = self._workspaces.workspace, self._results.plan, self.cell
        self._share, self._is_stopped = 0.0, False
        if workspace is None or plan is None or cell is None:
            self._lane.cancel()
            self._show(None)
        else:
            if self._loaded is not None and self._loaded.cell != cell:
                self._show(None)
            chosen = (self._results.options.split, self._results.selection)
            self._lane.start(lambda control: _read(workspace, plan, cell, chosen, control))
        self.changed.emit()

    @Slot()
    def stop(self) -> None:
        """Read no further; the lines that were shown before stay away."""
        if self._lane.is_running:
            self._is_stopped = True
            self._lane.cancel()
            self._show(None)
            self.changed.emit()

    def wait(self) -> None:
        """Block until the worker has ended; for the very end of the program."""
        self._lane.wait()
        self._show(None)

    def line_id(self, line: int) -> str:
        """Id of a line; empty when the index turns out to be damaged, which is told, and it is made anew."""
        return self._fetched(lambda index: index.line_id(line), "")

    def reference(self, line: int) -> str:
        """Reference of a line; empty as :meth:`line_id`."""
        return self._fetched(lambda index: index.reference(line), "")

    def position(self, line_id: str) -> int | None:
        """Return the line of an id; None where there is none."""
        return self._fetched(lambda index: index.position(line_id), None)

    def row(self, line: int) -> PredictionRow:
        """Return a line with all its readings."""
        readings = self._fetched(lambda index: tuple(index.readings(line)), ())
        target = self.cell.target if self.cell else ""
        split, selection = self._results.options.split, self._results.selection
        line_id, reference = self.line_id(line), self.reference(line)
        found: list[Reading] = []
        for number, read in readings:
            prediction = Prediction(
                line_id, target, split, selection, reference, read.hypothesis, read.edits, read.length, read.frames,
                read.confidences,
            )  # fmt: skip
            found.append(Reading(self.runs[number], prediction))
        return PredictionRow(
            target=target,
            line_id=line_id,
            reference=reference,
            readings=tuple(found),
            wildcards=self._loaded.wildcards if self._loaded else "",
        )

    def places(self, run: str, line_id: str, cache: LineCache) -> FramePlaces | None:
        """Where the frames of a run lie on the image of a line as the cache has it; None where nobody can tell."""
        loaded = self._loaded
        known = loaded.index.settings.get(run) if loaded else None
        if loaded is None or known is None or line_id not in cache or known["fingerprint"] != cache.fingerprint:
            return None
        preprocessing = Preprocessing.model_validate(known["preprocessing"])
        geometry = geometry_of(ArchitectureSpec.model_validate(known["architecture"]))
        is_mirrored = mirrors_image(known["reading_order"])
        if preprocessing.crop_to_ink == cache.is_cropped:
            return frame_places(*cache.size(line_id), preprocessing, geometry, is_mirrored=is_mirrored)
        whole = loaded.whole_images
        if whole is None or line_id not in whole:
            return None
        places = frame_places(*whole.size(line_id), preprocessing, geometry, is_mirrored=is_mirrored)
        return places.moved(whole.box(line_id)[2] - cache.box(line_id)[2])

    def _fetched(self, fetch: Callable[[ReadingIndex], _Fetched], nothing: _Fetched) -> _Fetched:
        index = self.index
        if index is None:
            return nothing
        try:
            return fetch(index)
        except WorkspaceError as error:
            self._messages.warn("The index of the predictions was damaged: it is made anew", details=str(error))
            index.discard()
            self._show(None)
            self._again.start()
            return nothing

    def _show(self, loaded: _Loaded | None) -> None:
        if self._loaded is not None:
            self._loaded.close()
        self._loaded = loaded
        self._rows = PredictionRows(loaded.index.lines if loaded else 0, self.row)

    @Slot(object)
    def _take(self, value: object) -> None:
        if isinstance(value, IndexProgress):
            self._share = value.share
        else:
            assert isinstance(value, _Loaded)
            if self._is_stopped or value.cell != self.cell:  # it was there before the worker heard of it
                value.close()
                return
            self._show(value)
        self.changed.emit()

    @Slot(object)
    def _take_failure(self, error: Exception) -> None:
        self._messages.report(error, "Reading the predictions")
        self._is_stopped = True


def runs_of(plan: Plan, cell: Cell) -> tuple[PlannedRun, ...]:
    """Runs behind a cell: those of its arm and of what that is compared with, in the order of the study.

    Other systems that read the same lines stand beside every architecture.
    """
    arms = (baseline_of(cell.regime), cell.regime)
    names = cell.architectures or plan.study.architectures
    found = {
        run.run: run
        for run in plan.runs
        if cell.target in run.request.targets
        and run.request.arm in arms
        and (run.request.architecture in names or run.request.architecture not in ARCHITECTURES)
        and run.request.k == cell.k
        and str(run.request.budget) == cell.budget
        and str(run.request.conditions) == cell.conditions
    }
    order = {name: number for number, name in enumerate(plan.study.architectures)}
    return tuple(sorted(found.values(), key=lambda run: (order[run.request.architecture], arms.index(run.request.arm))))


def _read(
    workspace: Workspace, plan: Plan, cell: Cell, chosen: tuple[Split, Selection], control: Control
) -> Iterator[object]:
    store, planned = RunStore(workspace), runs_of(plan, cell)
    records = {run.run: record for run in planned if (record := store.record(run.run)) is not None}
    runs = tuple(run for run in planned if run.run in records)
    digests = tuple(record.predictions_sha256 for record in records.values())
    wildcards = plan.study.placeholders.wildcards
    wanted = Wanted(tuple(records), cell.target, *chosen, wildcards, digests)
    for value in seldom(open_or_make(store, wanted, control), IndexProgress):
        if isinstance(value, ReadingIndex):
            yield _Loaded(
                cell=cell,
                runs=runs,
                unfinished=tuple(run.run for run in planned if run.run not in records),
                collapsed=frozenset(run for run, record in records.items() if record.state == "collapsed"),
                index=value,
                wildcards=wildcards,
                read=tuple(run for number, run in enumerate(runs) if (value.edits[number] >= 0).any()),
                whole_images=_whole_images(workspace, value),
            )
        else:
            yield value


def _whole_images(workspace: Workspace, index: ReadingIndex) -> LineCache | None:
    """Open the uncropped images of the data set where a run was given those."""
    for known in index.settings.values():
        if not known["preprocessing"]["crop_to_ink"]:
            return find_cache(workspace, known["fingerprint"], cropped=False)
    return None
