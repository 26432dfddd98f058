"""Code points and how often each data set has them, as a table."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.gui.stores.summaries import DatasetSummary
from workbench.gui.wording import count
from workbench.text.code_points import code_point, kind
from workbench.text.overlap import Overlap
from workbench.text.search import matcher

Index = QModelIndex | QPersistentModelIndex

ROOT = QModelIndex()
FIRST_COLUMNS = ("Code point", "Kind")


@dataclass(frozen=True, slots=True)
class CharacterRow:
    """One code point."""

    character: str
    counts: tuple[int, ...]
    """How often, per data set."""

    @property
    def kind(self) -> str:
        """General class in a word."""
        return kind(self.character)


def character_rows(summaries: Sequence[DatasetSummary]) -> tuple[CharacterRow, ...]:
    """All code points of some data sets, in the order of their numbers."""
    found = sorted({character for summary in summaries for character in summary.characters})
    return tuple(
        CharacterRow(character, tuple(summary.characters.get(character, 0) for summary in summaries))
        for character in found
    )


def overlap_of(summaries: Sequence[DatasetSummary]) -> Overlap:
    """Compare the raw alphabets of the languages; data sets of one language count together."""
    counts: dict[str, Counter[str]] = {}
    for summary in summaries:
        counts.setdefault(summary.language, Counter()).update(summary.characters)
    return Overlap(tuple(counts), tuple(counts.values()))


class CharactersModel(QAbstractTableModel):
    """Code point, kind, and one column of counts per data set."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._rows: tuple[CharacterRow, ...] = ()
        self._shown: list[CharacterRow] = []
        self._search = ""
        self._sorted_by: tuple[int, Qt.SortOrder] = (0, Qt.SortOrder.AscendingOrder)

    def show(self, summaries: Sequence[DatasetSummary]) -> None:
        """Show the characters of some data sets."""
        self.beginResetModel()
        self._names = tuple(summary.name for summary in summaries)
        self._rows = character_rows(summaries)
        self._arrange()
        self.endResetModel()

    def set_search(self, search: str) -> None:
        """Show only code points whose number, sign, name or kind matches.

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

    def row_at(self, row: int) -> CharacterRow | None:
        """Return what a row shows."""
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def _arrange(self) -> None:
        matches = matcher(self._search)
        rows = [row for row in self._rows if matches(code_point(row.character)) or matches(row.kind)]
        column, order = self._sorted_by
        rows.sort(key=lambda row: _key(row, column), reverse=order == Qt.SortOrder.DescendingOrder)
        self._shown = rows

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column."""
        self.beginResetModel()
        self._sorted_by = (column, order)
        self._arrange()
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of code points that are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(FIRST_COLUMNS) + len(self._names)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return column names: those of the data sets."""
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (*FIRST_COLUMNS, *self._names)[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return texts; a code point that a data set lacks is an empty cell."""
        row = self.row_at(index.row()) if index.isValid() else None
        if row is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return _text(row, index.column())
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(index.column())
            case _:
                return None


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column < len(FIRST_COLUMNS) else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


def _text(row: CharacterRow, column: int) -> str:
    match column:
        case 0:
            return code_point(row.character)
        case 1:
            return row.kind
        case _:
            number = row.counts[column - len(FIRST_COLUMNS)]
            return count(number) if number else ""


def _key(row: CharacterRow, column: int) -> Any:
    match column:
        case 0:
            return row.character
        case 1:
            return row.kind, row.character
        case _:
            position = column - len(FIRST_COLUMNS)
            return (row.counts[position] if position < len(row.counts) else 0), row.character
