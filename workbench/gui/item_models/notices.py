"""What needs the user's attention now, as a table: moved data sets, a study without a plan, runs that failed."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.gui.messages import Severity, plain_tooltip

COLUMNS = ("Where", "What", "What to do")
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Notice:
    """One row: where, what, what to do about it, and the page on which that is done."""

    severity: Severity
    where: str
    what: str
    hint: str = ""
    details: str = ""
    page: str = ""


class NoticeModel(QAbstractTableModel):
    """Rows as they were given."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._notices: tuple[Notice, ...] = ()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """All rows."""
        return self._notices

    def set_notices(self, notices: Sequence[Notice]) -> None:
        """Show other rows."""
        if tuple(notices) != self._notices:
            self.beginResetModel()
            self._notices = tuple(notices)
            self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return the number of notices."""
        return 0 if parent.isValid() else len(self._notices)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return the number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the name of a column."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the text of a cell."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        notice = self._notices[index.row()]
        text = (notice.where, notice.what, notice.hint)[index.column()]
        return plain_tooltip(text) if role == Qt.ItemDataRole.ToolTipRole else text
