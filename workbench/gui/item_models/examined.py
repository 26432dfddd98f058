"""What was looked at of a machine, as a table: each thing, what was found, and what to do about it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QApplication

from workbench.gui.meanings import emphasised
from workbench.gui.messages import plain_tooltip

if TYPE_CHECKING:
    from workbench.diagnosis.doctor import Examined

COLUMNS = ("Looked at", "Found", "What to do")
MARKS = {"ok": "✓", "note": "!", "fault": "✗"}

_Index = QModelIndex | QPersistentModelIndex


class ExaminedModel(QAbstractTableModel):
    """One row per thing, in the order in which they were looked at."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._examined: tuple[Examined, ...] = ()

    def show(self, examined: "Sequence[Examined]") -> None:
        """Show what is known now."""
        if tuple(examined) != self._examined:
            self.beginResetModel()
            self._examined = tuple(examined)
            self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return the number of things."""
        return 0 if parent.isValid() else len(self._examined)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return the number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the name of a column."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return texts, those of faults with more weight."""
        one = self._examined[index.row()]
        text = (f"{MARKS[one.state]}  {one.name}", one.said, one.advice)[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return text
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{one.state}: {one.name}" if index.column() == 0 else text
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(text)
            case Qt.ItemDataRole.FontRole:
                return emphasised(QApplication.font()) if one.state == "fault" else None
            case Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
            case _:
                return None
