"""What parts of a data set have in common, as a table."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.data.leakage import Finding
from workbench.gui.messages import plain_tooltip
from workbench.gui.text_rendering import visible
from workbench.gui.wording import counted

Index = QModelIndex | QPersistentModelIndex

ROOT = QModelIndex()
COLUMNS = ("Same", "What", "Between", "Lines")
MAX_NAMED_IDS = 20


class FindingsModel(QAbstractTableModel):
    """One row per writer, text or image that stands in two parts."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._findings: tuple[Finding, ...] = ()

    def show(self, findings: Sequence[Finding]) -> None:
        """Show other findings."""
        self.beginResetModel()
        self._findings = tuple(findings)
        self.endResetModel()

    def finding_at(self, row: int) -> Finding | None:
        """Return what a row shows."""
        return self._findings[row] if 0 <= row < len(self._findings) else None

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of findings."""
        return 0 if parent.isValid() else len(self._findings)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return column names."""
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return texts; the tool tip names the lines."""
        finding = self.finding_at(index.row()) if index.isValid() else None
        if finding is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return _text(finding, index.column())
            case Qt.ItemDataRole.ToolTipRole:
                left, right = (", ".join(ids[:MAX_NAMED_IDS]) for ids in (finding.left_ids, finding.right_ids))
                return plain_tooltip(f"{finding.left}: {left}\n{finding.right}: {right}")
            case _:
                return None


def _text(finding: Finding, column: int) -> str:
    match column:
        case 0:
            return finding.kind
        case 1:
            return visible(
                finding.value if finding.kind != "image" else f"{finding.left_ids[0]} = {finding.right_ids[0]}"
            )
        case 2:
            return f"{finding.left} and {finding.right}"
        case _:
            return f"{counted(len(finding.left_ids), 'line')} · {counted(len(finding.right_ids), 'line')}"
