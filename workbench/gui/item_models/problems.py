"""What could not be used in a data set, and what is odd about it, as a table."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.data.line import ReadProblem
from workbench.gui.item_models.text_search import matcher
from workbench.gui.messages import plain_tooltip

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


class ProblemsModel(QAbstractTableModel):
    """Problems first, then notes, unless another order is wanted."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._problems: tuple[ReadProblem, ...] = ()
        self._shown: list[int] = []
        self._search = ""
        self._kind: bool | None = None
        self._sorted_by: tuple[int, Qt.SortOrder] = (KIND, Qt.SortOrder.AscendingOrder)

    @property
    def total(self) -> int:
        """Problems and notes, shown or not."""
        return len(self._problems)

    def show(self, problems: tuple[ReadProblem, ...]) -> None:
        """Show the problems of another data set."""
        if problems is not self._problems:
            self._problems = problems
            self._arrange()

    def set_filter(self, search: str, is_note: bool | None = None) -> None:
        """Show only what matches in file or reason, and only notes, only problems, or (None) both.

        Raises
        ------
        InputError
            For a search pattern that is none.
        """
        matcher(search)
        self._search, self._kind = search, is_note
        self._arrange()

    def problem_at(self, row: int) -> ReadProblem | None:
        """Problem of a row."""
        return self._problems[self._shown[row]] if 0 <= row < len(self._shown) else None

    def as_text(self) -> str:
        """Return the table as lines of tab-separated values, for the clipboard or a file."""
        rows = (self._problems[position] for position in self._shown)
        return "".join("\t".join(_text(problem, column) for column in range(4)) + "\n" for problem in rows)

    def _arrange(self) -> None:
        matches = matcher(self._search)
        self.beginResetModel()
        self._shown = [
            position
            for position, problem in enumerate(self._problems)
            if (self._kind is None or problem.is_note == self._kind)
            and (matches(problem.reason) or matches(problem.path))
        ]
        column, order = self._sorted_by
        self._shown.sort(
            key=lambda position: _key(self._problems[position], column), reverse=order == Qt.SortOrder.DescendingOrder
        )
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column."""
        self._sorted_by = (column, order)
        self._arrange()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of problems that are shown."""
        return 0 if parent.isValid() else len(self._shown)

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
                return plain_tooltip(f"{problem.path}\n{problem.reason}")
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


def _key(problem: ReadProblem, column: int) -> Any:
    match column:
        case 0:
            return problem.is_note
        case 2:
            return problem.row or 0
        case _:
            return _text(problem, column)
