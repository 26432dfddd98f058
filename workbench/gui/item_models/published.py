"""Published values beside ours as a table: one row per number."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.gui.messages import plain_tooltip
from workbench.gui.wording import NO_VALUE, architecture_label, count

if TYPE_CHECKING:
    from workbench.analysis.results.report_values import PublishedCell, PublishedQuantity

MINUS = "\N{MINUS SIGN}"
SORT_ROLE = Qt.ItemDataRole.UserRole + 1
"""A number or text that sorts as the column is meant."""
CELL_ROLE = Qt.ItemDataRole.UserRole + 2
"""The published cell of the row."""

COLUMNS = (
    "Data set", "Architecture", "K", "Quantity", "Published", "Ours", "95 % interval of ours", "Ours − published",
    "Source",
)  # fmt: skip
TARGET, ARCHITECTURE, K, QUANTITY, THEIRS, OURS, INTERVAL, DIFFERENCE, SOURCE = range(len(COLUMNS))
_NUMBERS = (K, THEIRS, OURS, INTERVAL, DIFFERENCE)
_KINDS = {"single": "CER, single-script", "multi": "CER, multi-script", "delta": "ΔCER"}

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One number of a publication."""

    cell: "PublishedCell"
    quantity: "PublishedQuantity"

    def text(self, column: int) -> str:
        """Return what a column shows: CERs in per cent, differences in percentage points with their sign."""
        cell, quantity = self.cell, self.quantity
        is_delta = quantity.kind == "delta"
        match column:
            case 0:
                return cell.target
            case 1:
                return architecture_label(cell.architecture)
            case 2:
                return "all" if cell.k is None else count(cell.k)
            case 3:
                return _KINDS[quantity.kind]
            case 4:
                return _number(quantity.theirs, is_signed=is_delta)
            case 5:
                return _number(quantity.ours, is_signed=is_delta)
            case 6:
                if quantity.low is None or quantity.high is None:
                    return NO_VALUE
                ends = (_number(end, is_signed=is_delta) for end in (quantity.low, quantity.high))
                return " … ".join(ends)
            case 7:
                return _number(quantity.difference, is_signed=True)
            case _:
                return cell.source

    def key(self, column: int) -> str | float:
        """Return what a column sorts by; what is not there comes last."""
        last = float("inf")
        match column:
            case 2:
                return last if self.cell.k is None else float(self.cell.k)
            case 4:
                return last if self.quantity.theirs is None else self.quantity.theirs
            case 5 | 6:
                return last if self.quantity.ours is None else self.quantity.ours
            case 7:
                return last if self.quantity.difference is None else self.quantity.difference
            case _:
                return self.text(column).casefold()

    @property
    def tooltip(self) -> str:
        """Return what else is known."""
        cell = self.cell
        setting = " · ".join(part for part in (cell.budget, cell.conditions) if part)
        beside = f"Ours: {setting}" if setting else f"Nothing of ours beside it: {cell.why_alone}"
        return "\n".join(part for part in (cell.source, cell.remark, beside) if part)


def _number(value: float | None, *, is_signed: bool) -> str:
    if value is None:
        return NO_VALUE
    text = f"{abs(value):.2f}"
    if not is_signed or text == "0.00":
        return text
    return f"{MINUS if value < 0 else '+'}{text}"


class PublishedModel(QAbstractTableModel):
    """Rows of all published cells."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[PublishedRow, ...] = ()

    @property
    def rows(self) -> tuple[PublishedRow, ...]:
        """All rows, unsorted."""
        return self._rows

    def set_cells(self, cells: "Sequence[PublishedCell]") -> None:
        """Show other cells."""
        rows = tuple(PublishedRow(cell, quantity) for cell in cells for quantity in cell.quantities)
        if rows != self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return the number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the name of a column."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return COLUMNS[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return text, sort key, alignment or remark of a cell."""
        row, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text(column)
        if role == SORT_ROLE:
            return row.key(column)
        if role == CELL_ROLE:
            return row.cell
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        return plain_tooltip(row.tooltip) if role == Qt.ItemDataRole.ToolTipRole else None


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
