"""Runs of other systems as a table."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.gui.messages import plain_tooltip
from workbench.gui.stores.systems import SystemRow
from workbench.gui.wording import NO_VALUE, architecture_label, count
from workbench.study.arms import arm_label

COLUMNS = ("System", "Regime", "Data set", "K", "Seed", "CER", "Test lines", "File")
_NUMBERS = (3, 4, 5, 6)
RUN_ROLE = Qt.ItemDataRole.UserRole + 1
"""Id of the row's run."""

Index = QModelIndex | QPersistentModelIndex


class SystemModel(QAbstractTableModel):
    """One row per imported run of the study."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[SystemRow, ...] = ()

    def set_rows(self, rows: Sequence[SystemRow]) -> None:
        """Show other runs."""
        if tuple(rows) != self._rows:
            self.beginResetModel()
            self._rows = tuple(rows)
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return the number of runs."""
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
        """Return text, alignment, run or remarks of a cell."""
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _texts(row)[index.column()]
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(_tooltip(row))
            case _ if role == RUN_ROLE:
                return row.attached.run
            case _:
                return None


def _texts(row: SystemRow) -> tuple[str, ...]:
    request, source = row.attached.request, row.source
    evaluated = row.record.evaluations[0] if row.record and row.record.evaluations else None
    cer = f"{100 * evaluated.edits / evaluated.length:.1f} %" if evaluated and evaluated.length else NO_VALUE
    if row.record is None:
        cer = "folder missing"
    elif row.record.state == "collapsed":
        cer += ", collapsed"
    lines = f"{count(len(source.line_ids))} / {count(source.test_lines)}" if source else NO_VALUE
    if source and len(source.line_ids) < source.test_lines:
        lines += ", not paired"
    return (
        architecture_label(request.architecture),
        arm_label(request.arm),
        " + ".join(request.targets),
        count(request.k),
        str(request.seed),
        cer,
        lines,
        source.file if source else NO_VALUE,
    )


def _tooltip(row: SystemRow) -> str:
    source = row.source
    if source is None:
        return f"Run {row.attached.run}: what it was made from is not known any more"
    lines = [f"Run {row.attached.run}, made from {source.file} ({source.form}, {source.encoding})",
             f"sha256 {source.sha256}"]  # fmt: skip
    if source.normalisation:
        lines.append(f"Normalised: {', '.join(source.normalisation)}")
    return "\n".join([*lines, *source.remarks])


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
