"""Every difference of a report with all that is known of its uncertainty, one per row."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.analysis.coverage import coverage_in_words
from workbench.gui.messages import plain_tooltip
from workbench.gui.wording import MINUS, NO_VALUE, architecture_label, count, p_value, signed
from workbench.study.arms import arm_label

if TYPE_CHECKING:
    from workbench.analysis.report_values import DeltaCell, InteractionCell, PooledCell, StudyReport, TrendCell

Index = QModelIndex | QPersistentModelIndex

CELL_ROLE = Qt.ItemDataRole.UserRole + 1
"""(target, K, architectures) of the cell of a heatmap; None for a value over several."""

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
ALL_TARGETS = "all targets"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsRow:
    """A difference: of a cell, over all cells, or per doubling of K."""

    kind: tuple[int, int]
    """What sorts rows of one kind together: cells, means, slopes; of an architecture, of two."""
    what: str
    regime: str
    target: str
    k: str
    order: int = 0
    """Place in the report: cells, then what is pooled, then trends."""
    target_order: int = 0
    """Place of the target in the study; what is over all of them comes last."""
    k_order: int = 0
    delta_pp: float
    low_pp: float | None
    high_pp: float | None
    p: float | None
    holm_p: float | None = None
    permutation_p: float | None = None
    sd_pp: float | None = None
    relative_pct: float | None = None
    without: tuple[float, float, str] | None = None
    """Smallest and largest value without one cluster, and the cluster that matters most."""
    pairs: int | None = None
    lines: int | None = None
    unit: str = ""
    coverage: tuple[int, int] | None = None
    cell: tuple[str, int, tuple[str, ...]] | None = None


def _interval(row: StatisticsRow) -> str:
    if row.low_pp is None or row.high_pp is None:
        return NO_VALUE
    return f"{signed(row.low_pp)} … {signed(row.high_pp)}"


def _coverage(row: StatisticsRow) -> str:
    if row.coverage is None:
        return ""
    return f"Intervals over so few clusters or trainings {coverage_in_words(row.coverage)}."


def _without(row: StatisticsRow) -> str:
    return f"{signed(row.without[0])} … {signed(row.without[1])}" if row.without else NO_VALUE


def _points(value: float | None) -> str:
    return NO_VALUE if value is None else f"{value:.1f}"


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    tooltip: str
    text: Callable[[StatisticsRow], str]
    key: Callable[[StatisticsRow], Any]
    is_number: bool = True
    explanation: Callable[[StatisticsRow], str] | None = None


_COLUMNS = (
    _Column("Difference", "Of an architecture: regime minus its baseline. With a minus: of two architectures",
            lambda row: row.what, lambda row: row.order, False),
    _Column("Target", "", lambda row: row.target, lambda row: (row.target_order, row.order), False),
    _Column("K", "Training lines per target", lambda row: row.k, lambda row: row.k_order),
    _Column("Δ", "Percentage points, mean over the pairs of trainings; negative: it helps",
            lambda row: signed(row.delta_pp), lambda row: row.delta_pp),
    _Column("95 % interval", "Over clusters of test lines and trainings",
            _interval, lambda row: row.low_pp,
            explanation=lambda row: "\n".join(filter(None, (row.unit, _coverage(row))))),
    _Column("p", "Of no difference, over clusters and trainings: 1 − level of the interval that just leaves out 0",
            lambda row: p_value(row.p), lambda row: row.p),
    _Column("p, Holm", "Corrected for the number of cells of this table of one kind, by Holm's method",
            lambda row: p_value(row.holm_p), lambda row: row.holm_p),
    _Column("p, lines", "Permutation of clusters between the sides: these test lines, given these trainings",
            lambda row: p_value(row.permutation_p), lambda row: row.permutation_p),
    _Column("SD", "Standard deviation over the pairs of trainings, percentage points",
            lambda row: _points(row.sd_pp), lambda row: row.sd_pp),
    _Column("Relative", "In per cent of the baseline's error rate",
            lambda row: NO_VALUE if row.relative_pct is None else f"{signed(row.relative_pct)} %",
            lambda row: row.relative_pct),
    _Column("Without one", "Smallest and largest value with one writer, page or block left out",
            _without, lambda row: row.without and row.without[1] - row.without[0],
            explanation=lambda row: f"Without {row.without[2]} it moves furthest." if row.without else ""),
    _Column("Pairs", "Pairs of trainings", lambda row: NO_VALUE if row.pairs is None else count(row.pairs),
            lambda row: row.pairs),
    _Column("Lines", "Test lines", lambda row: NO_VALUE if row.lines is None else count(row.lines),
            lambda row: row.lines),
    _Column("Over", "What the interval is taken over", lambda row: row.unit, lambda row: row.unit, False),
    _Column("Regime", "What is compared with its baseline", lambda row: row.regime, lambda row: row.regime, False),
)  # fmt: skip


class StatisticsModel(QAbstractTableModel):
    """Rows of one budget and of one set of conditions."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[StatisticsRow, ...] = ()

    def show(self, rows: tuple[StatisticsRow, ...]) -> None:
        """Put other differences into the table."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of differences."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return text, tooltip, alignment, and what sorts a column."""
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], _COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(row)
            case Qt.ItemDataRole.ToolTipRole:
                said = column.explanation(row) if column.explanation else ""
                return plain_tooltip(said or column.text(row))
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if column.is_number else _LEFT
            case _ if role == CELL_ROLE:
                return row.cell
            case _:
                return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return titles and what they mean."""
        if orientation == Qt.Orientation.Vertical:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _COLUMNS[section].title
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(_COLUMNS[section].tooltip) if _COLUMNS[section].tooltip else None
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if _COLUMNS[section].is_number else _LEFT
            case _:
                return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column, -1 for the order of the report; what has no value there comes last either way."""
        key = _COLUMNS[column].key if column >= 0 else lambda row: row.order
        known = [row for row in self.rows if key(row) is not None]
        known.sort(key=key, reverse=column >= 0 and order == Qt.SortOrder.DescendingOrder)
        self.layoutAboutToBeChanged.emit()
        self.rows = (*known, *(row for row in self.rows if key(row) is None))
        self.layoutChanged.emit()

    def as_text(self) -> str:
        """Return the whole table, tab-separated, as it is shown."""
        lines = ["\t".join(column.title for column in _COLUMNS)]
        lines += ["\t".join(column.text(row) for column in _COLUMNS) for row in self.rows]
        return "\n".join(lines) + "\n"


def rows_of(report: "StudyReport", budget: str, conditions: str) -> tuple[StatisticsRow, ...]:
    """Differences of a report that have a value, of one budget and under some conditions, in its order."""
    here = (budget, conditions)
    found: list[StatisticsRow | None] = []
    found += [_cell_row(cell, (cell.architecture,)) for cell in report.cells if _place(cell) == here]
    found += [_cell_row(cell, (cell.architecture, cell.cnn)) for cell in report.interactions if _place(cell) == here]
    found += [_pooled_row(cell) for cell in report.pooled if _place(cell) == here]
    found += [_trend_row(cell) for cell in report.trends if _place(cell) == here]
    targets = {target: number for number, target in enumerate((*report.targets, ALL_TARGETS))}
    filled = sorted((row for row in found if row is not None), key=lambda row: row.kind)
    return tuple(replace(row, order=place, target_order=targets[row.target]) for place, row in enumerate(filled))


def _place(cell: "DeltaCell | InteractionCell | PooledCell | TrendCell") -> tuple[str, str]:
    return cell.budget, cell.conditions


def _name(architecture: str, cnn: str) -> str:
    label = architecture_label(architecture)
    return f"{label} {MINUS} {architecture_label(cnn)}" if cnn else label


def _cell_row(cell: "DeltaCell | InteractionCell", architectures: tuple[str, ...]) -> StatisticsRow | None:
    if cell.delta_pp is None:
        return None
    without = None
    if cell.without_low_pp is not None and cell.without_high_pp is not None:
        without = (cell.without_low_pp, cell.without_high_pp, cell.influential_cluster)
    return StatisticsRow(
        kind=(0, len(architectures)),
        what=_name(architectures[0], architectures[1] if architectures[1:] else ""),
        regime=arm_label(cell.regime),
        target=cell.target,
        k=count(cell.k),
        k_order=cell.k,
        delta_pp=cell.delta_pp,
        low_pp=cell.low_pp,
        high_pp=cell.high_pp,
        p=cell.p,
        holm_p=cell.holm_p,
        permutation_p=cell.permutation_p,
        sd_pp=cell.sd_pp,
        relative_pct=cell.relative_pct,
        without=without,
        pairs=cell.pairs,
        lines=cell.lines,
        unit=cell.unit,
        coverage=cell.coverage,
        cell=(cell.target, cell.k, architectures),
    )


def _pooled_row(cell: "PooledCell") -> StatisticsRow:
    return StatisticsRow(
        kind=(1, 1 + bool(cell.cnn)),
        what=_name(cell.architecture, cell.cnn),
        regime=arm_label(cell.regime),
        target=ALL_TARGETS,
        k="all",
        delta_pp=cell.delta_pp,
        low_pp=cell.low_pp,
        high_pp=cell.high_pp,
        p=cell.p,
        pairs=cell.pairs,
        unit=f"mean of {cell.cells} of {cell.planned_cells} cells",
    )


def _trend_row(cell: "TrendCell") -> StatisticsRow:
    return StatisticsRow(
        kind=(2, 1 + bool(cell.cnn)),
        what=_name(cell.architecture, cell.cnn),
        regime=arm_label(cell.regime),
        target=cell.target or ALL_TARGETS,
        k="per doubling",
        delta_pp=cell.slope_pp,
        low_pp=cell.low_pp,
        high_pp=cell.high_pp,
        p=cell.p,
        unit=f"straight line over K = {', '.join(f'{k:,}' for k in cell.ks)}",
    )
