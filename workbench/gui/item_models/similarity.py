"""How alike the encoders of runs are, as a table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.gui.messages import plain_tooltip
from workbench.gui.wording import NO_VALUE, architecture_label, count, counted
from workbench.study.arms import short_label

if TYPE_CHECKING:
    from workbench.analysis.probes.values import PairKey, SimilarityRow

Index = QModelIndex | QPersistentModelIndex

ROOT = QModelIndex()
SORT_ROLE = Qt.ItemDataRole.UserRole + 1
COLUMNS = ("Target", "Compared", "Of", "CKA", "95 % interval", "Two seeds", "Pairs", "Lines")
NUMBERS = frozenset({"CKA", "95 % interval", "Two seeds", "Pairs", "Lines"})
_TIPS = {
    "Target": "The test lines that both encoders look at",
    "Compared": "What the two runs differ in; lines, draw and budget are the same",
    "Of": "What they have in common",
    "CKA": "Linear CKA of the feature vectors of all frames: 1 is alike but for rotation and scale. The mean over "
    "pairs of runs",
    "95 % interval": "If other writers (pages, blocks) had been read; delete-one-cluster jackknife. It says nothing "
    "about other trainings",
    "Two seeds": "The level to compare with: CKA of two runs on the target that differ in their seed alone, of the "
    "first of the two kinds",
    "Pairs": "Pairs of runs",
    "Lines": "Test lines",
}


class SimilarityModel(QAbstractTableModel):
    """One row per pair of kinds of runs and target."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[SimilarityRow, ...] = ()

    @property
    def rows(self) -> "tuple[SimilarityRow, ...]":
        """What is shown."""
        return self._rows

    def show(self, rows: "Sequence[SimilarityRow]") -> None:
        """Show other rows."""
        if tuple(rows) != self._rows:
            self.beginResetModel()
            self._rows = tuple(rows)
            self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return column names, and what they mean."""
        if orientation == Qt.Orientation.Vertical:
            return None
        name = COLUMNS[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return name
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(_TIPS[name])
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(name)
            case _:
                return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return texts, and values to sort by."""
        if not index.isValid():
            return None
        row, name = self._rows[index.row()], COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return self._text(row, name)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(_about(row))
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(name)
            case _ if role == SORT_ROLE:
                return self._value(row, name)
            case _:
                return None

    def _value(self, row: "SimilarityRow", name: str) -> Any:
        match name:
            case "CKA":
                return row.cka
            case "95 % interval":
                return -1.0 if row.low is None else row.low
            case "Two seeds":
                level = self._level(row.key)
                return -1.0 if level is None else level.cka
            case "Pairs":
                return row.pairs
            case "Lines":
                return row.lines
            case _:
                return self._text(row, name)

    def _text(self, row: "SimilarityRow", name: str) -> str:
        match name:
            case "Target":
                return row.key.target
            case "Compared":
                return compared(row.key)
            case "Of":
                return in_common(row.key)
            case "CKA":
                return f"{row.cka:.2f}"
            case "95 % interval":
                return NO_VALUE if row.low is None or row.high is None else f"{row.low:.2f} to {row.high:.2f}"
            case "Two seeds":
                level = self._level(row.key)
                return NO_VALUE if level is None else f"{level.cka:.2f}"
            case "Pairs":
                return count(row.pairs)
            case _:
                return count(row.lines)

    def _level(self, key: "PairKey") -> "SimilarityRow | None":
        """Return the similarity of two seeds of the first of the two kinds; None for what is itself that level."""
        if key.difference == "seed":
            return None
        wanted = (key.target, key.architecture, key.regime, key.k, key.budget, key.conditions)
        for row in self._rows:
            own = row.key
            found = (own.target, own.architecture, own.regime, own.k, own.budget, own.conditions)
            if own.difference == "seed" and found == wanted:
                return row
        return None


def _alignment(name: str) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if name in NUMBERS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def compared(key: "PairKey") -> str:
    """Return what two kinds of runs differ in: 'single – multi'."""
    match key.difference:
        case "regime":
            return f"{short_label(key.regime)} – {short_label(key.other_regime)}"
        case "architecture":
            return f"{architecture_label(key.architecture)} – {architecture_label(key.other_architecture)}"
        case "seed":
            return "seed – seed"


def in_common(key: "PairKey") -> str:
    """Return what they have in common: 'CRNN (small)', 'CRNN (small) · single'."""
    match key.difference:
        case "regime":
            return architecture_label(key.architecture)
        case "architecture":
            return short_label(key.regime)
        case "seed":
            return f"{architecture_label(key.architecture)} · {short_label(key.regime)}"


def _about(row: "SimilarityRow") -> str:
    """What else is known of a row."""
    key, spread = row.key, f"; {row.least:.2f} to {row.most:.2f} over them" if row.pairs > 1 else ""
    clusters = counted(row.clusters, row.cluster_unit.removesuffix("s"), row.cluster_unit)
    read = f"{counted(row.lines, 'line')}, {counted(row.frames, 'frame')}, {clusters}"
    return f"{counted(row.pairs, 'pair')} of runs{spread}. {read}. K {key.k:,}, {key.budget}."
