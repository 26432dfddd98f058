"""Every difference of a report with all that is known of its uncertainty, one per row."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt

from workbench.analysis.statistics.coverage import coverage_in_words
from workbench.gui.item_models.ordered_rows import Column, Index, OrderedRowsModel
from workbench.gui.wording import MINUS, NO_VALUE, architecture_label, count, p_value, signed
from workbench.study.arms import arm_label

if TYPE_CHECKING:
    from workbench.analysis.results.report_values import DeltaCell, InteractionCell, PooledCell, StudyReport, TrendCell

CELL_ROLE = Qt.ItemDataRole.UserRole + 1
"""(target, K, architectures) of the cell of a heatmap; None for a value over several."""

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


_COLUMNS: tuple[Column[StatisticsRow], ...] = (
    Column("Difference", lambda row: row.what, lambda row: row.order, is_number=False,
           tip="Of an architecture: regime minus its baseline. With a minus: of two architectures"),
    Column("Target", lambda row: row.target, lambda row: (row.target_order, row.order), is_number=False),
    Column("K", lambda row: row.k, lambda row: row.k_order, tip="Training lines per target"),
    Column("Δ", lambda row: signed(row.delta_pp), lambda row: row.delta_pp,
           tip="Percentage points, mean over the pairs of trainings; negative: it helps"),
    Column("95 % interval", _interval, lambda row: row.low_pp, tip="Over clusters of test lines and trainings"),
    Column("p", lambda row: p_value(row.p), lambda row: row.p,
           tip="Of no difference, over clusters and trainings: 1 − level of the interval that just leaves out 0"),
    Column("p, Holm", lambda row: p_value(row.holm_p), lambda row: row.holm_p,
           tip="Corrected for the number of cells of this table of one kind and regime, by Holm's method"),
    Column("p, lines", lambda row: p_value(row.permutation_p), lambda row: row.permutation_p,
           tip="Permutation of clusters between the sides: these test lines, given these trainings"),
    Column("SD", lambda row: _points(row.sd_pp), lambda row: row.sd_pp,
           tip="Standard deviation over the pairs of trainings, percentage points"),
    Column("Relative", lambda row: NO_VALUE if row.relative_pct is None else f"{signed(row.relative_pct)} %",
           lambda row: row.relative_pct, tip="In per cent of the baseline's error rate"),
    Column("Without one", _without, lambda row: row.without and row.without[1] - row.without[0],
           tip="Smallest and largest value with one writer, page or block left out"),
    Column("Pairs", lambda row: NO_VALUE if row.pairs is None else count(row.pairs), lambda row: row.pairs,
           tip="Pairs of trainings"),
    Column("Lines", lambda row: NO_VALUE if row.lines is None else count(row.lines), lambda row: row.lines,
           tip="Test or validation lines"),
    Column("Over", lambda row: row.unit, lambda row: row.unit, is_number=False,
           tip="What the interval is taken over"),
    Column("Regime", lambda row: row.regime, lambda row: row.regime, is_number=False,
           tip="What is compared with its baseline"),
)  # fmt: skip


def _tip(row: StatisticsRow) -> str:
    influence = f"Without {row.without[2]} it moves furthest." if row.without else ""
    return "\n".join(filter(None, (row.unit, _coverage(row), influence)))


class StatisticsModel(OrderedRowsModel[StatisticsRow]):
    """Rows of one budget and of one set of conditions; the columns are there from the beginning."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent=parent)
        self.show_rows(())

    def show_rows(self, rows: tuple[StatisticsRow, ...]) -> None:
        """Put other differences into the table."""
        self.show(_COLUMNS, rows, _tip)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return texts, and the cell of a heatmap that a row is of."""
        if role == CELL_ROLE:
            row = self.row_at(index.row())
            return row.cell if row else None
        return super().data(index, role)


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
