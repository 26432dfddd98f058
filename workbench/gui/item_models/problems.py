"""What could not be used in a data set, and what is odd about it, as a table."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal, Slot

from workbench.data.line import ReadProblem
from workbench.gui.item_models.ranking import batches, natural_key, order_of, text_ranks
from workbench.gui.messages import plain_tooltip
from workbench.gui.side_job import SideJob
from workbench.gui.text_rendering import shown_name
from workbench.runs.control import Control
from workbench.text.search import matcher

Index = QModelIndex | QPersistentModelIndex

ROOT = QModelIndex()
COLUMNS = ("Kind", "File", "Row", "Reason")
KIND, FILE, ROW, REASON = range(4)
KIND_WORDS = {False: "problem", True: "note"}
_TOOLTIPS = (
    "Problem: the line is not used. Note: it is used all the same.",
    "Relative to the data set's folder",
    "Row in the list or the sheet",
    "",
)


AT_ONCE_PROBLEMS = 2_000
"""So few are sorted before anybody could see that it takes time."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    search: str = ""
    is_note: bool | None = None
    column: int = KIND
    is_descending: bool = False


def _arranged(problems: tuple[ReadProblem, ...], wanted: _Wanted, control: Control) -> NDArray[np.int64]:
    """Positions of what is wanted, in order; raises OvertakenError. Called in a thread where there are many."""
    matches = matcher(wanted.search)
    passing = np.zeros(len(problems), np.bool_)
    keys: list[str] = []
    for batch in batches(len(problems), control):
        keys += [_key(problem, wanted.column) for problem in problems[batch]]
        passing[batch] = [
            (wanted.is_note is None or problem.is_note == wanted.is_note)
            and (matches(problem.reason) or matches(problem.path))
            for problem in problems[batch]
        ]
    order = order_of(text_ranks(keys, control), is_descending=wanted.is_descending)
    return order[passing[order]]


class ProblemsModel(QAbstractTableModel):
    """Problems first, then notes, unless another order is wanted."""

    arranging_changed = Signal()
    """Another order is worked out now, or is there."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._problems: tuple[ReadProblem, ...] = ()
        self._positions = np.arange(0)
        self._wanted = _Wanted()
        self._job = SideJob("problems", self)
        self._job.done.connect(self._take)

    @property
    def total(self) -> int:
        """Problems and notes, shown or not."""
        return len(self._problems)

    @property
    def is_arranging(self) -> bool:
        """Tell whether another order is on its way."""
        return self._job.is_running

    def show(self, problems: tuple[ReadProblem, ...]) -> None:
        """Show the problems of another data set."""
        if problems is not self._problems:
            self.beginResetModel()
            self._problems = problems
            self._positions = np.arange(0)
            self.endResetModel()
            self._arrange()

    def set_filter(self, search: str, is_note: bool | None = None) -> None:
        """Show only what matches in file or reason, and only notes, only problems, or (None) both.

        Raises
        ------
        InputError
            For a search pattern that is none.
        """
        matcher(search)
        self._wanted = replace(self._wanted, search=search, is_note=is_note)
        self._arrange()

    def problem_at(self, row: int) -> ReadProblem | None:
        """Problem of a row."""
        return self._problems[self._positions[row]] if 0 <= row < len(self._positions) else None

    def as_text(self) -> str:
        """Return the table as lines of tab-separated values, for the clipboard."""
        return "".join(f"{as_values(self._problems[position])}\n" for position in self._positions)

    def _arrange(self) -> None:
        """Have what is wanted now worked out, in place of what was wanted before."""
        problems, wanted = self._problems, self._wanted
        if len(problems) <= AT_ONCE_PROBLEMS:
            self._job.cancel()
            self._show_at(_arranged(problems, wanted, Control()))
        else:
            self._job.start(lambda control: _arranged(problems, wanted, control))
        self.arranging_changed.emit()

    @Slot(int, object)
    def _take(self, _number: int, positions: NDArray[np.int64]) -> None:
        self._show_at(positions)
        self.arranging_changed.emit()

    def _show_at(self, positions: NDArray[np.int64]) -> None:
        self.beginResetModel()
        self._positions = positions
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column."""
        is_descending = order == Qt.SortOrder.DescendingOrder
        self._wanted = replace(self._wanted, column=max(column, 0), is_descending=is_descending)
        self._arrange()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of problems that are shown."""
        return 0 if parent.isValid() else len(self._positions)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return column names."""
        if orientation == Qt.Orientation.Vertical:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return COLUMNS[section]
            case Qt.ItemDataRole.ToolTipRole:
                return _TOOLTIPS[section]
            case Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            case _:
                return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return texts."""
        problem = self.problem_at(index.row()) if index.isValid() else None
        if problem is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return _text(problem, index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(f"{shown_name(problem.path)}\n{shown_name(problem.reason, 2_000)}")
            case _:
                return None


def _text(problem: ReadProblem, column: int) -> str:
    match column:
        case 0:
            return KIND_WORDS[problem.is_note]
        case 1:
            return "data set" if problem.path == "." else problem.path
        case 2:
            return "" if problem.row is None else str(problem.row)
        case _:
            return problem.reason


def as_values(problem: ReadProblem) -> str:
    """Return a problem as tab-separated values."""
    return "\t".join(_text(problem, column) for column in range(len(COLUMNS)))


def _key(problem: ReadProblem, column: int) -> str:
    match column:
        case 0:
            return "1" if problem.is_note else "0"
        case 1 | 2:
            return natural_key(_text(problem, column))
        case _:
            return problem.reason
