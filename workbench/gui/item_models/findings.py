"""What parts of data sets have in common, as tables: its kinds with the study's decisions, and examples of one kind."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.gui.messages import plain_tooltip
from workbench.gui.text_rendering import visible
from workbench.gui.wording import count, counted
from workbench.runs.plan import SharedExample, SharedLines
from workbench.study.schema import LeakageRules

Index = QModelIndex | QPersistentModelIndex

ROOT = QModelIndex()
KIND_COLUMNS = ("Same", "Between", "Found", "Lines", "Decision")
EXAMPLE_COLUMNS = ("What", "Lines on the left", "Lines on the right")
MAX_NAMED_IDS = 20

_KINDS = {
    "writer": "writer",
    "page": "page",
    "text": "text",
    "near_text": "text, nearly",
    "image": "image",
    "near_image": "image, nearly",
}
_DECISIONS = {"exclude": "excluded", "accept": "accepted", None: ""}


class _Table(QAbstractTableModel):
    """A read-only table with names over its columns."""

    def __init__(self, columns: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return column names."""
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None


class SharedModel(_Table):
    """One row per kind of thing that two parts share, the serious ones first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(KIND_COLUMNS, parent)
        self._shared: tuple[SharedLines, ...] = ()
        self._rules = LeakageRules()
        self._can_decide = False

    def show(self, shared: Sequence[SharedLines], rules: LeakageRules, *, can_decide: bool) -> None:
        """Show other records, with the decisions of a study; one that is the same keeps the current row."""
        if (tuple(shared), rules, can_decide) == (self._shared, self._rules, self._can_decide):
            return
        is_same = _subjects(shared) == _subjects(self._shared)
        if not is_same:
            self.beginResetModel()
        self._shared, self._rules, self._can_decide = tuple(shared), rules, can_decide
        if not is_same:
            self.endResetModel()
        elif self._shared:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._shared) - 1, len(KIND_COLUMNS) - 1))

    def record_at(self, row: int) -> SharedLines | None:
        """Return what a row shows."""
        return self._shared[row] if 0 <= row < len(self._shared) else None

    def decision_at(self, row: int) -> str:
        """Return what the study decided about a row, in words."""
        record = self._shared[row]
        decision = self._rules.of(record.kind, record.left, record.right)
        if decision is None:
            return "undecided" if record.is_serious and self._can_decide else ""
        return _DECISIONS[decision.decision]

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of kinds."""
        return 0 if parent.isValid() else len(self._shared)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return texts; the tool tip says what a kind means."""
        record = self.record_at(index.row()) if index.isValid() else None
        if record is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return self._text(record, index)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(f"{record.left}: {count(record.left_lines)} of its lines\n{record.right}: "
                                     f"{count(record.right_lines)} of its lines")  # fmt: skip
            case _:
                return None

    def _text(self, record: SharedLines, index: Index) -> str:
        match index.column():
            case 0:
                return _KINDS[record.kind]
            case 1:
                return f"{record.left} and {record.right}"
            case 2:
                return count(record.findings)
            case 3:
                return f"{count(record.left_lines)} · {count(record.right_lines)}"
            case _:
                return self.decision_at(index.row())


def _subjects(shared: Sequence[SharedLines]) -> list[tuple[str, str, str]]:
    return [(record.kind, record.left, record.right) for record in shared]


class ExamplesModel(_Table):
    """One row per writer, page, text or image of one kind."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(EXAMPLE_COLUMNS, parent)
        self._examples: tuple[SharedExample, ...] = ()

    def show(self, record: SharedLines | None) -> None:
        """Show the examples of another kind."""
        self.beginResetModel()
        self._examples = record.examples if record else ()
        self._columns = ("What", record.left, record.right) if record else EXAMPLE_COLUMNS
        self.endResetModel()

    @property
    def values(self) -> tuple[str, ...]:
        """What stands in the first column: texts, or names of writers, pages or images."""
        return tuple(example.value for example in self._examples)

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of examples."""
        return 0 if parent.isValid() else len(self._examples)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return texts; the tool tip names the lines."""
        if not index.isValid():
            return None
        example = self._examples[index.row()]
        ids = (example.left_ids, example.right_ids)
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return visible(example.value) if index.column() == 0 else _named(ids[index.column() - 1])
            case Qt.ItemDataRole.ToolTipRole:
                left, right = (", ".join(each[:MAX_NAMED_IDS]) for each in ids)
                return plain_tooltip(f"{self._columns[1]}: {left}\n{self._columns[2]}: {right}")
            case _:
                return None


def _named(ids: Sequence[str]) -> str:
    return ids[0] if len(ids) == 1 else f"{ids[0]} and {counted(len(ids) - 1, 'more', 'more')}"
