"""The grid of a study as a matrix: one cell per run, rows by what is trained, columns by K, budget and seed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Slot

from workbench.gui.meanings import STATE_WORDS, MarkState
from workbench.gui.messages import plain_tooltip
from workbench.gui.stores.progress import ProgressStore
from workbench.gui.wording import architecture_label, budget_label, count, percent, regime_label, run_labels
from workbench.runs.history import RunHistory
from workbench.runs.plan import Plan, PlannedRun
from workbench.study.schema import Budget

Index = QModelIndex | QPersistentModelIndex

RUN_ROLE = Qt.ItemDataRole.UserRole + 1
"""Id of the run in a cell; None beside the runs."""
STATE_ROLE = Qt.ItemDataRole.UserRole + 2
"""State of the run in a cell."""
SHARE_ROLE = Qt.ItemDataRole.UserRole + 3
"""Part of its steps that was made, in [0, 1]."""
STEPS_ROLE = Qt.ItemDataRole.UserRole + 4
"""True in the column that says how many steps the runs to its left make."""
UNPLANNED_ROLE = Qt.ItemDataRole.UserRole + 5
"""True where a regime takes more lines than there are, so that there is no run."""


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A row: the heading of an architecture and its conditions (no regime), or what one draw of an arm trains on."""

    architecture: str
    conditions: str
    """In words, empty for the usual ones."""
    regime: str = ""
    targets: tuple[str, ...] = ()
    trained_on: tuple[str, ...] = ()
    name: str = ""
    """What it trains on, in words; only at the first draw."""
    languages: tuple[str, ...] = ()
    draw: int = 0
    is_first: bool = False
    """The first row of a regime: it stands a little apart from the rows before."""

    @property
    def is_heading(self) -> bool:
        """Tell whether this row names an architecture and holds no runs."""
        return not self.regime

    @property
    def label(self) -> str:
        """Name of the architecture and its conditions, or of what is trained on; only at the first draw."""
        if self.is_heading:
            parts = (architecture_label(self.architecture), self.conditions)
            return " · ".join(filter(None, parts))
        return self.name


@dataclass(frozen=True, slots=True)
class MatrixColumn:
    """A column: a seed under its K and budget, or the steps of the runs before it (no seed)."""

    k: int
    budget: Budget
    seed: int | None
    group: int
    """Counts the pairs of K and budget."""


def _rows(plan: Plan) -> Iterator[MatrixRow]:
    """Every architecture under every combination of conditions, with its arms in the order of the study's regimes.

    Of a study that names the runs of its grid which it wants, only what has runs.
    """
    arms = _arms(plan)
    is_partial = bool(plan.study.only)
    blocks = {(run.request.architecture, str(run.request.conditions)) for run in plan.runs}
    draws = sorted({run.request.draw for run in plan.runs}) if is_partial else range(plan.study.draws)
    for architecture in plan.study.architectures:
        for conditions in plan.study.conditions.combinations():
            heading = MatrixRow(architecture, str(conditions))
            if is_partial and (architecture, heading.conditions) not in blocks:
                continue
            yield heading
            for arm in arms:
                for draw in draws:
                    is_first = arm.is_first and draw == draws[0]
                    yield replace(
                        arm,
                        architecture=architecture,
                        conditions=heading.conditions,
                        name=arm.name if draw == draws[0] else "",
                        draw=draw,
                        is_first=is_first,
                    )


def _arms(plan: Plan) -> list[MatrixRow]:
    """Rows of one architecture and draw; all architectures, draws and conditions have the same."""
    languages = {target.name: target.language for target in plan.targets}
    names = tuple(languages)
    found: dict[tuple[object, ...], MatrixRow] = {}
    for request in (run.request for run in plan.runs):
        key = (request.regime, request.targets, request.trained_on)
        if key not in found:
            found[key] = MatrixRow(
                architecture="",
                conditions="",
                regime=request.regime,
                targets=request.targets,
                trained_on=request.trained_on,
                name=regime_label(request, names),
                languages=tuple(languages[name] for name in request.targets),
            )
    order = {regime: number for number, regime in enumerate(plan.study.regimes)}
    rows = sorted(found.values(), key=lambda row: order[row.regime])
    return [
        replace(row, is_first=number > 0 and rows[number - 1].regime != row.regime) for number, row in enumerate(rows)
    ]


def _columns(plan: Plan) -> Iterator[MatrixColumn]:
    group = 0
    for k in sorted(plan.study.ks):
        for budget in plan.study.budgets:
            for seed in plan.study.seeds:
                yield MatrixColumn(k, budget, seed, group)
            yield MatrixColumn(k, budget, None, group)
            group += 1


_Place = tuple[object, ...]


def _place(run: PlannedRun) -> _Place:
    request = run.request
    row = (request.architecture, str(request.conditions), request.regime, request.targets, request.trained_on)
    return (*row, request.draw, request.k, request.budget, request.seed)


class RunMatrixModel(QAbstractTableModel):
    """Cells of a plan with the states that the progress store knows."""

    def __init__(self, progress: ProgressStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._progress = progress
        self._plan: Plan | None = None
        self.rows: tuple[MatrixRow, ...] = ()
        self.columns: tuple[MatrixColumn, ...] = ()
        self._runs: dict[_Place, PlannedRun] = {}
        self._labels: dict[str, str] = {}
        progress.changed.connect(self._tell_all)
        progress.run_changed.connect(self._tell_all)

    @property
    def plan(self) -> Plan | None:
        """The plan that is shown."""
        return self._plan

    def show(self, plan: Plan | None) -> None:
        """Show another plan."""
        if plan is self._plan:
            return
        self.beginResetModel()
        self._plan = plan
        self.rows = tuple(_rows(plan)) if plan else ()
        self.columns = tuple(_columns(plan)) if plan else ()
        self._runs = {_place(run): run for run in plan.runs} if plan else {}
        self._labels = run_labels(plan) if plan else {}
        self.endResetModel()

    def planned(self, row: int, column: int) -> PlannedRun | None:
        """Return the run of a cell."""
        one, other = self.rows[row], self.columns[column]
        if one.is_heading:
            return None
        seed = other.seed
        if seed is None:
            assert self._plan is not None
            seed = self._plan.study.seeds[0]
        arm = (one.architecture, one.conditions, one.regime, one.targets, one.trained_on)
        return self._runs.get((*arm, one.draw, other.k, other.budget, seed))

    def state(self, planned: PlannedRun) -> MarkState:
        """State of a run."""
        return self._progress.state(planned.run)

    @Slot()
    def _tell_all(self) -> None:
        if self.rows and self.columns:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(self.columns) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of rows, headings of architectures included."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Only runs can be chosen."""
        if index.isValid() and self.columns[index.column()].seed is not None and self._at(index):
            return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return Qt.ItemFlag.NoItemFlags

    def _at(self, index: Index) -> PlannedRun | None:
        return self.planned(index.row(), index.column())

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return names of rows, and K, budget and seed of columns."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        if orientation == Qt.Orientation.Vertical:
            return self.rows[section].label
        column = self.columns[section]
        seed = "steps" if column.seed is None else f"seed {column.seed}"
        return f"K {column.k:,}, {budget_label(column.budget.unit, column.budget.amount)}, {seed}"

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the state of a cell's run, in marks and in words."""
        if not index.isValid():
            return None
        if (planned := self._at(index)) is None:
            return self._why_empty(index, role)
        if self.columns[index.column()].seed is None:
            return self._steps(index, planned, role)
        state = self.state(planned)
        match role:
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(self._describe(planned, state))
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._labels[planned.run]}, {STATE_WORDS[state]}"
            case _ if role == RUN_ROLE:
                return planned.run
            case _ if role == STATE_ROLE:
                return state
            case _ if role == SHARE_ROLE:
                history = self._progress.history(planned.run)
                return min(history.step / max(planned.steps, 1), 1.0) if history else 0.0
            case _:
                return None

    def _why_empty(self, index: Index, role: int) -> Any:
        """Say why there is no run where others of the row have one."""
        if self.rows[index.row()].is_heading or self.columns[index.column()].seed is None:
            return None
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return "Not planned: there are too few lines for this regime at this K"
        return True if role == UNPLANNED_ROLE else None

    def _steps(self, index: Index, planned: PlannedRun, role: int) -> Any:
        if not self.rows[index.row()].name:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return count(planned.steps)
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return plain_tooltip(f"Each of these runs makes {count(planned.steps)} optimiser steps")
            case _:
                return True if role == STEPS_ROLE else None

    def _describe(self, planned: PlannedRun, state: MarkState) -> str:
        history = self._progress.history(planned.run) or RunHistory(run=planned.run)
        lines = [self._labels[planned.run], f"{STATE_WORDS[state]} · {count(planned.steps)} steps"]
        for evaluated in history.evaluations:
            if evaluated.split == "test" and evaluated.length:
                cer = percent(evaluated.edits / evaluated.length)
                lines.append(f"{evaluated.target}: test CER {cer} ({evaluated.selection}, {evaluated.lines} lines)")
        if history.failure:
            lines.append(history.failure.reason)
        if planned.unseen_test_characters:
            lines.append(f"{count(planned.unseen_test_characters)} test characters are not in its alphabet")
        return "\n".join(lines)
