"""A table of plain rows that is sorted by a click and copied with the keyboard: what several tables have in common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.gui.messages import plain_tooltip
from workbench.text.search import matcher

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column of a table."""

    title: str
    text: Callable[[Row], str]
    key: Callable[[Row], Any]
    """What it is sorted by; None comes last in either order."""
    is_number: bool = True
    tip: str = ""


class OrderedRowsModel(QAbstractTableModel, Generic[Row]):
    """Rows in an order of their own until a column is clicked; a search looks at the first columns' texts."""

    def __init__(self, searched: int = 1, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._searched = searched
        self._columns: tuple[Column[Row], ...] = ()
        self._rows: tuple[Row, ...] = ()
        self._shown: list[Row] = []
        self._search = ""
        self._sorted_by: tuple[int, Qt.SortOrder] = (-1, Qt.SortOrder.AscendingOrder)
        self._tip: Callable[[Row], str] | None = None

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, shown or not, in their own order."""
        return self._rows

    def show(
        self, columns: Sequence[Column[Row]], rows: Sequence[Row], tip: Callable[[Row], str] | None = None
    ) -> None:
        """Show other rows; `tip` says more about a row under the mouse."""
        self.beginResetModel()
        self._columns, self._rows, self._tip = tuple(columns), tuple(rows), tip
        self._arrange()
        self.endResetModel()

    def set_search(self, search: str) -> None:
        """Show only rows that match.

        Raises
        ------
        InputError
            For a search pattern that is none.
        """
        matcher(search)
        self.beginResetModel()
        self._search = search
        self._arrange()
        self.endResetModel()

    def row_at(self, row: int) -> Row | None:
        """Return what a row shows."""
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def is_number(self, column: int) -> bool:
        """Tell whether a column holds numbers."""
        return 0 <= column < len(self._columns) and self._columns[column].is_number

    def as_text(self) -> str:
        """Return what is shown as tab-separated text with a header, for the clipboard."""
        rows = [[column.title for column in self._columns]]
        rows += [[column.text(row) for column in self._columns] for row in self._shown]
        return "\n".join("\t".join(cells) for cells in rows) + "\n"

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 is the rows' own order."""
        self.beginResetModel()
        self._sorted_by = (column, order)
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        matches = matcher(self._search)
        searched = self._columns[: self._searched]
        shown = [row for row in self._rows if any(matches(column.text(row)) for column in searched)]
        column, order = self._sorted_by
        if 0 <= column < len(self._columns):
            key = self._columns[column].key
            known = [row for row in shown if key(row) is not None]
            known.sort(key=key, reverse=order == Qt.SortOrder.DescendingOrder)
            shown = known + [row for row in shown if key(row) is None]
        self._shown = shown

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of rows that are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return column names and what they mean."""
        if orientation == Qt.Orientation.Vertical or not 0 <= section < len(self._columns):
            return None
        column = self._columns[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.title
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(column.tip) if column.tip else None
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column.is_number)
            case _:
                return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return texts."""
        row = self.row_at(index.row()) if index.isValid() else None
        if row is None:
            return None
        column = self._columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(row)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{column.title}: {column.text(row)}"
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(self._tip(row)) if self._tip else None
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column.is_number)
            case _:
                return None


def _alignment(is_number: bool) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
