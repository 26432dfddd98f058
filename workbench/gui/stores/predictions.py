"""The lines behind a cell of the heatmap: what every run made of each of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from workbench.errors import WorkspaceError
from workbench.gui.messages import Messages
from workbench.gui.stores.results import Cell, ResultsStore
from workbench.gui.stores.workspace import WorkspaceStore
from workbench.gui.workers import JobLane
from workbench.metrics.error_rate import EditCount, total
from workbench.models.registry import ARCHITECTURES
from workbench.runs.control import Control
from workbench.runs.events import Split
from workbench.runs.plan import Plan, PlannedRun
from workbench.runs.predictions import Prediction, read_predictions
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.arms import baseline_of
from workbench.study.schema import Selection


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
    counts: tuple[tuple[Arm, EditCount], ...]
    """Edits and reference characters of each arm, summed over its seeds and draws."""
    wildcards: str = ""
    """Placeholders that were not scored."""

    def count(self, arm: Arm) -> EditCount | None:
        """Edits and reference characters of an arm, None where no run of it has read the line."""
        return dict(self.counts).get(arm)

    def cer(self, arm: Arm) -> float | None:
        """CER of an arm on this line, a fraction; None without a reading or without characters."""
        count = self.count(arm)
        return count.rate if count else None

    def delta(self, architecture: str, regime: str = "multi") -> float | None:
        """ΔCER in percentage points on this line: `regime` minus its baseline; negative: it reads better."""
        arm = Arm(architecture, regime)
        better, baseline = self.cer(arm), self.cer(arm.baseline)
        return None if better is None or baseline is None else 100 * (better - baseline)


@dataclass(frozen=True, slots=True)
class _Loaded:
    cell: Cell
    rows: tuple[PredictionRow, ...]
    missing: tuple[str, ...]


class PredictionsStore(QObject):
    """Rows of the cell that is selected in the results; read in a worker."""

    changed = Signal()

    def __init__(
        self, workspaces: WorkspaceStore, results: ResultsStore, messages: Messages, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._workspaces = workspaces
        self._results = results
        self._messages = messages
        self._rows: tuple[PredictionRow, ...] = ()
        self._arms: tuple[Arm, ...] = ()
        self._missing: tuple[str, ...] = ()
        self._asked: tuple[object, ...] = ()
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
    def rows(self) -> tuple[PredictionRow, ...]:
        """Test lines of the cell, in the data set's order."""
        return self._rows

    @property
    def arms(self) -> tuple[Arm, ...]:
        """Arms that have read these lines, in the plan's order."""
        return self._arms

    @property
    def missing_runs(self) -> tuple[str, ...]:
        """Ids of runs of the cell that have no predictions yet."""
        return self._missing

    @property
    def is_reading(self) -> bool:
        """Tell whether rows are on their way."""
        return self._lane.is_running

    @Slot()
    def refresh(self) -> None:
        """Read again when the cell, the options or the finished runs changed."""
        workspace, plan, cell = self._workspaces.workspace, self._results.plan, self.cell
        asked = (workspace, plan, cell, self._results.options, id(self._results.report))
        if asked == self._asked:
            return
        self._asked = asked
        if workspace is None or plan is None or cell is None:
            self._lane.cancel()
            self._rows, self._arms, self._missing = (), (), ()
        else:
            chosen = (cell.target, self._results.options.split, self._results.selection)
            self._lane.start(lambda control: _read(workspace, plan, cell, chosen, control))
        self.changed.emit()

    def wait(self) -> None:
        """Block until the worker has ended; for the very end of the program."""
        self._lane.wait()

    @Slot(object)
    def _take(self, loaded: object) -> None:
        assert isinstance(loaded, _Loaded)
        self._rows, self._missing = loaded.rows, loaded.missing
        self._arms = tuple(dict.fromkeys(arm for row in loaded.rows for arm, _ in row.counts))
        self.changed.emit()

    @Slot(object)
    def _take_failure(self, error: Exception) -> None:
        self._messages.report(error, "Reading the predictions")


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


def _rows(target: str, readings: dict[str, list[Reading]], wildcards: str) -> Iterator[PredictionRow]:
    for line_id, found in readings.items():
        counts: dict[Arm, list[EditCount]] = {}
        for reading in found:
            prediction = reading.prediction
            counts.setdefault(reading.arm, []).append(EditCount(prediction.edits, prediction.length))
        yield PredictionRow(
            target=target,
            line_id=line_id,
            reference=found[0].prediction.reference,
            readings=tuple(found),
            counts=tuple((arm, total(parts)) for arm, parts in counts.items()),
            wildcards=wildcards,
        )


def _read(
    workspace: Workspace, plan: Plan, cell: Cell, chosen: tuple[str, Split, Selection], control: Control
) -> Iterator[_Loaded]:
    store = RunStore(workspace)
    readings: dict[str, list[Reading]] = {}
    missing: list[str] = []
    for run in runs_of(plan, cell):
        if control.is_cancelled:
            return
        try:
            for prediction in read_predictions(store.folder(run.run) / "predictions.csv"):
                if (prediction.target, prediction.split, prediction.selection) == chosen:
                    readings.setdefault(prediction.line_id, []).append(Reading(run, prediction))
        except WorkspaceError:
            missing.append(run.run)  # not finished yet
    wildcards = plan.study.placeholders.wildcards
    yield _Loaded(cell, tuple(_rows(cell.target, readings, wildcards)), tuple(missing))
