"""The runs of a plan as a table: the queue while they train, the list of all runs afterwards."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QMimeData, QModelIndex, QObject, QPersistentModelIndex, Qt, Slot
from PySide6.QtGui import QGuiApplication

from workbench.gui.meanings import STATE_WORDS, MarkState, state_icon
from workbench.gui.messages import plain_tooltip
from workbench.gui.stores.progress import ProgressStore
from workbench.gui.wording import NO_VALUE, count, counted, duration, percent, run_labels
from workbench.runs.events import Evaluated, Split, Validated
from workbench.runs.history import RunHistory
from workbench.runs.plan import Plan, PlannedRun
from workbench.runs.remarks import remarks
from workbench.study.schema import Selection

Index = QModelIndex | QPersistentModelIndex

RUN_ROLE = Qt.ItemDataRole.UserRole + 1
"""Id of the row's run."""
SORT_ROLE = Qt.ItemDataRole.UserRole + 2
"""A number or text that sorts as the column is meant."""
SHARE_ROLE = Qt.ItemDataRole.UserRole + 3
"""Part of the run's steps that was made, in [0, 1]."""
STATE_ROLE = Qt.ItemDataRole.UserRole + 4
"""State of the run."""
BRIEF_ROLE = Qt.ItemDataRole.UserRole + 5
"""State, progress and time in one short line."""

RUNS_MIME = "application/x-htr-workbench-runs"
"""Ids of dragged runs, one per line."""

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_STATE_ORDER: tuple[MarkState, ...] = (
    "running", "paused", "failed", "diverged", "collapsed", "interrupted", "queued", "waiting", "planned", "skipped",
    "finished",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunRow:
    """What the table shows of one run."""

    planned: PlannedRun
    label: str
    state: MarkState
    history: RunHistory

    @property
    def step(self) -> int:
        """Steps that were made."""
        is_over = self.state in ("finished", "collapsed")
        return self.planned.steps if is_over and not self.history.is_stopped_early else self.history.step

    @property
    def share(self) -> float:
        """Part of the steps that was made, in [0, 1]; all of them where it came to its end early."""
        if self.state in ("finished", "collapsed"):
            return 1.0
        return min(self.step / self.planned.steps, 1.0) if self.planned.steps else 0.0

    @property
    def seconds(self) -> float:
        """Time spent in the run."""
        return self.history.pace.seconds

    @property
    def brief(self) -> str:
        """State, progress and time in one short line."""
        parts = [STATE_WORDS[self.state]]
        if self.state in ("running", "paused", "interrupted"):
            parts.append(f"{100 * self.share:.0f} %")
            if self.history.blank_targets:
                parts.append("still blank")
        if self.state == "paused" and self.history.waits_for:
            parts.append("no room on the disk")
        if self.seconds:
            parts.append(duration(self.seconds))
        return " · ".join(parts)

    def validated(self, target: str) -> Validated | None:
        """Latest reading of a target's validation lines."""
        return next((point for point in reversed(self.history.validations) if point.target == target), None)

    def evaluated(self, target: str, split: Split, selection: Selection) -> Evaluated | None:
        """Counts of a part of a target, after training."""
        key = (target, split, selection)
        return next((e for e in self.history.evaluations if (e.target, e.split, e.selection) == key), None)


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    tooltip: str
    text: Callable[[RunRow], str]
    key: Callable[[RunRow], Any]
    is_number: bool = True


_COLUMNS = (
    _Column("State", "", lambda row: STATE_WORDS[row.state], lambda row: _STATE_ORDER.index(row.state), False),
    _Column("Run", "Architecture, training targets, lines per target, seed", lambda row: row.label,
            lambda row: row.label, False),
    _Column("Progress", "Part of the steps that was made", lambda row: f"{100 * row.share:.0f} %",
            lambda row: row.share),
    _Column("Steps", "Optimiser updates made, of those planned",
            lambda row: f"{count(row.step)} / {count(row.planned.steps)}", lambda row: row.step),
    _Column("Time", "Time spent in the run, pauses left out",
            lambda row: duration(row.seconds) if row.seconds else NO_VALUE, lambda row: row.seconds),
)  # fmt: skip

STATE, RUN, PROGRESS, STEPS, TIME = range(len(_COLUMNS))
FIRST_CER = len(_COLUMNS)
"""Columns from here on hold CERs, one per target."""


def _rate(edits: int, length: int) -> float | None:
    return edits / length if length else None


class RunTableModel(QAbstractTableModel):
    """One row per run of the plan that the progress store holds, in the order in which they are trained.

    Rows of runs that are still to come can be dragged to another place.

    Columns: state, run, progress, steps, time, then one CER per target: the latest on validation lines, or, after
    :meth:`show_results`, that of a part and a selection after training.
    """

    def __init__(self, progress: ProgressStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._progress = progress
        self._plan: Plan | None = None
        self._runs: tuple[PlannedRun, ...] = ()
        self._rows: dict[str, int] = {}
        self._labels: dict[str, str] = {}
        self._targets: tuple[str, ...] = ()
        self._results: tuple[Split, Selection] | None = None
        progress.changed.connect(self.follow)
        progress.run_changed.connect(self.follow_run)
        self.follow()

    @property
    def targets(self) -> tuple[str, ...]:
        """Targets with a CER column."""
        return self._targets

    def show_results(self, split: Split, selection: Selection) -> None:
        """Show the CER after training instead of the latest on validation lines."""
        if self._results != (split, selection):
            self._results = (split, selection)
            self._tell_all()
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, FIRST_CER, self.columnCount() - 1)

    def row_of(self, run: str) -> int | None:
        """Return the row of a run."""
        return self._rows.get(run)

    def run(self, row: int) -> RunRow:
        """Return what a row shows."""
        planned = self._runs[row]
        history = self._progress.history(planned.run) or RunHistory(run=planned.run)
        return RunRow(planned, self._labels[planned.run], self._progress.state(planned.run), history)

    @Slot()
    def follow(self) -> None:
        """Take over the store's plan where it is another one; else the states of all runs."""
        plan = self._progress.plan
        if plan is self._plan:
            self._reorder()
            self._tell_all()
            return
        self.beginResetModel()
        self._plan = plan
        unique = {run.run: run for run in plan.runs} if plan else {}
        self._take_order(unique)
        self._labels = run_labels(plan) if plan else {}
        self._targets = tuple(target.name for target in plan.targets) if plan else ()
        self.endResetModel()

    def _take_order(self, runs: dict[str, PlannedRun]) -> None:
        self._runs = tuple(runs[run] for run in self._progress.order if run in runs)
        self._rows = {planned.run: row for row, planned in enumerate(self._runs)}

    def _reorder(self) -> None:
        """Move rows to where the queue has them now; what is selected stays selected."""
        if self._progress.order == tuple(self._rows):
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        runs = [self._runs[index.row()].run for index in before]
        self._take_order({planned.run: planned for planned in self._runs})
        after = [self.index(self._rows[run], index.column()) for run, index in zip(runs, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    @Slot(str)
    def follow_run(self, run: str) -> None:
        """Take over what is new of one run."""
        row = self._rows.get(run)
        if row is not None:
            self.dataChanged.emit(self.index(row, 0), self.index(row, self.columnCount() - 1))

    def _tell_all(self) -> None:
        if self._runs:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._runs) - 1, self.columnCount() - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of runs."""
        return 0 if parent.isValid() else len(self._runs)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else FIRST_CER + len(self._targets)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a column holds."""
        if orientation == Qt.Orientation.Vertical:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _COLUMNS[section].title if section < FIRST_CER else f"CER {self._targets[section - FIRST_CER]}"
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(_COLUMNS[section].tooltip if section < FIRST_CER else self._cer_meaning(section))
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if self._is_number(section) else _LEFT
            case _:
                return None

    def _cer_meaning(self, section: int) -> str:
        target = self._targets[section - FIRST_CER]
        if self._results is None:
            return f"CER of {target}, latest on its validation lines"
        split, selection = self._results
        return f"CER of {target} on its {split} lines, {selection} weights"

    @staticmethod
    def _is_number(section: int) -> bool:
        return section >= FIRST_CER or _COLUMNS[section].is_number

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows."""
        if not index.isValid():
            return None
        row, column = self.run(index.row()), index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, column)
            case Qt.ItemDataRole.DecorationRole if column == STATE:
                return state_icon(row.state, QGuiApplication.palette(), row.share)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if self._is_number(column) else _LEFT
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(self.describe(row))
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._text(row, column) if column != RUN else f"{row.label}, {row.brief}"
            case _ if role == SORT_ROLE:
                return self._sort_key(row, column)
            case _ if role == RUN_ROLE:
                return row.planned.run
            case _ if role == SHARE_ROLE:
                return row.share
            case _ if role == STATE_ROLE:
                return row.state
            case _ if role == BRIEF_ROLE:
                return self._brief(row)
            case _:
                return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Tell that runs to come can be dragged, and dropped before any other."""
        flags = super().flags(index)
        if not index.isValid():
            return flags | Qt.ItemFlag.ItemIsDropEnabled
        flags |= Qt.ItemFlag.ItemIsDropEnabled
        may_move = self._progress.may_move(self._runs[index.row()].run)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if may_move else flags

    def supportedDropActions(self) -> Qt.DropAction:
        """Return that runs are moved, never copied."""
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        """Return what dragged runs are called."""
        return [RUNS_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Return the ids of the dragged rows."""
        rows = sorted({index.row() for index in indexes})
        data = QMimeData()
        data.setData(RUNS_MIME, "\n".join(self._runs[row].run for row in rows).encode())
        return data

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        """Let dragged runs have their turn before the row on or above which they were dropped."""
        if action != Qt.DropAction.MoveAction or not data.hasFormat(RUNS_MIME):
            return False
        at = row if row >= 0 else parent.row() if parent.isValid() else len(self._runs)
        runs = bytes(data.data(RUNS_MIME).data()).decode().split("\n")
        self._progress.place_before(runs, self._runs[at].run if at < len(self._runs) else None)
        return True

    def _text(self, row: RunRow, column: int) -> str:
        if column < FIRST_CER:
            return _COLUMNS[column].text(row)
        return percent(self._cer(row, self._targets[column - FIRST_CER]))

    def _sort_key(self, row: RunRow, column: int) -> Any:
        if column < FIRST_CER:
            return _COLUMNS[column].key(row)
        rate = self._cer(row, self._targets[column - FIRST_CER])
        return 9.0 if rate is None else rate

    def _cer(self, row: RunRow, target: str) -> float | None:
        if self._results is None:
            point = row.validated(target)
            return _rate(point.edits, point.length) if point else None
        evaluated = row.evaluated(target, *self._results)
        return _rate(evaluated.edits, evaluated.length) if evaluated else None

    def _brief(self, row: RunRow) -> str:
        standing = self._standing(row)
        rates = [self._cer(row, target) for target in row.planned.request.targets]
        if all(rate is None for rate in rates):
            return standing
        values = ", ".join(NO_VALUE if rate is None else f"{100 * rate:.1f}" for rate in rates)
        return f"{standing} · CER {values} %"

    def _standing(self, row: RunRow) -> str:
        needed = self._progress.needed_run(row.planned.run)
        is_known = row.state == "waiting" and needed in self._labels
        return f"waiting for {self._labels[needed]}" if is_known else row.brief

    def describe(self, row: RunRow) -> str:
        """Say everything about a run in a few lines."""
        lines = [row.label, self._standing(row), f"{count(row.step)} of {counted(row.planned.steps, 'step')}"]
        for target in row.planned.request.targets:
            rate = self._cer(row, target)
            if rate is not None:
                lines.append(f"{target}: CER {percent(rate)}")
        lines += remarks(row.history)
        if row.history.failure:
            lines += filter(None, (row.history.failure.reason, row.history.failure.hint))
        return "\n".join([*lines, f"id {row.planned.run}"])
