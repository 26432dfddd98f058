"""The tables of a report as values: which number stands where, with what beside it. LaTeX and HTML only draw them.

Numbers are rounded here, once, as the window rounds them: one decimal of a percentage point.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from workbench.analysis.results.comparisons import label_of
from workbench.analysis.results.delta import clusters_in_words, counted
from workbench.analysis.results.report_values import (
    DeltaCell,
    Estimated,
    InteractionCell,
    PooledCell,
    RateCell,
    StudyReport,
    TrendCell,
)
from workbench.analysis.results.sentences import signed
from workbench.metrics.measures import MEASURES
from workbench.study.arms import arm_label, baseline_of, conditions_label, difference_in_words

Uncertainty = Literal["sd", "interval"]

MARKS = ((0.001, "***"), (0.01, "**"), (0.05, "*"))
"""Below which Holm-corrected p a value gets which mark."""
NO_VALUE = "–"


@dataclass(frozen=True, slots=True)
class Value:
    """One cell of a table, rounded."""

    text: str = NO_VALUE
    low: str = ""
    high: str = ""
    """Ends of the 95 % interval; both empty where there is none or it is not shown."""
    spread: str = ""
    """Standard deviation."""
    marks: str = ""
    """Stars of significance."""
    is_best: bool = False
    """The lowest CER of its column."""
    number: float | None = None
    """Not rounded; percentage points or per cent. None: there is no value."""
    why: str = ""
    """Why there is no value."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row; rows of one section stand under its name."""

    section: str
    label: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column; neighbours of one group share its name."""

    group: str
    title: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table with what has to be known beside it."""

    name: str
    """For files and references: `delta`, `delta-1500-steps`, `delta-wer`."""
    title: str
    stub: str
    """What the labels of the rows are."""
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    """Sentences: n, unit, budget, seeds, what the marks mean."""
    limits: tuple[str, ...] = ()
    """Sentences that hold for every table of the report: what its reader has to know before believing the numbers."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a table is of: one budget and set of conditions."""

    budget: str
    conditions: str

    def holds(self, cell: DeltaCell | InteractionCell | RateCell | PooledCell | TrendCell) -> bool:
        """Tell whether a cell belongs here."""
        return (cell.budget, cell.conditions) == (self.budget, self.conditions)

    @property
    def words(self) -> str:
        """Budget and conditions as a sentence."""
        amount, unit = self.budget.split()
        unusual = f"; {self.conditions}" if self.conditions else ""
        return f"Budget: equal {unit}, {int(amount):,} per run{unusual}."


def tables_of(report: StudyReport, uncertainty: Uncertainty = "sd") -> tuple[Table, ...]:
    """Return the tables of a report: CER, ΔCER, interactions, and means with trends, per budget and conditions.

    Parameters
    ----------
    report : StudyReport
    uncertainty : str
        What stands beside a CER: `sd` over trainings or the 95 % `interval` over clusters and trainings. Differences
        always have their interval.

    Tables that nothing is in are left out.
    """
    places = [Place(*place) for place in product(report.budgets, report.conditions)]
    made: list[Table] = []
    for place in places:
        ending = measure_ending(report) + (_ending(place) if len(places) > 1 else "")
        made += [_rates(report, place, ending, uncertainty), _deltas(report, place, ending)]
        made += [_interactions(report, place, ending), _summary(report, place, ending)]
    return tuple(table for table in made if any(value.number is not None for row in table.rows for value in row.values))


def measure_ending(report: StudyReport) -> str:
    """Return the end of names of tables that hold another measure than CER, so that neither takes the other's place."""
    return "" if report.measure == "cer" else "-" + report.measure.replace("_", "-")


def _ending(place: Place) -> str:
    return "-" + re.sub(r"[^a-z0-9]+", "-", f"{place.budget} {place.conditions}".lower()).strip("-")


# Values


def percent(rate: float) -> str:
    """Fraction as per cent with one decimal, as everywhere: '46.6'."""
    return f"{100.0 * rate:.1f}"


def marks_of(p: float | None) -> str:
    """Stars of a corrected p value."""
    return next((marks for below, marks in MARKS if p is not None and p < below), "")


def difference_value(cell: Estimated, missing: Iterable[str] = ()) -> Value:
    """Return a ΔCER or an interaction rounded, or why it is missing."""
    if cell.delta_pp is None:
        return Value(why="; ".join(missing) or "no pair of runs")
    return _interval_value(cell.delta_pp, cell.low_pp, cell.high_pp, marks_of(cell.holm_p))


def _interval_value(value: float, low: float | None, high: float | None, marks: str = "") -> Value:
    if low is None or high is None:
        return Value(signed(value), number=value, marks=marks)
    return Value(signed(value), signed(low), signed(high), number=value, marks=marks)


def _rate(cell: RateCell, uncertainty: Uncertainty, marks: str, *, is_best: bool) -> Value:
    low = high = spread = ""
    if uncertainty == "interval" and cell.low is not None and cell.high is not None:
        low, high = percent(cell.low), percent(cell.high)
    elif uncertainty == "sd" and cell.sd is not None:
        spread = percent(cell.sd)
    return Value(percent(cell.cer), low, high, spread, marks, is_best, 100.0 * cell.cer)


def _grid(report: StudyReport) -> tuple[Column, ...]:
    return tuple(Column(target, f"K = {k:,}") for target in report.targets for k in report.k_lines)


def _points(report: StudyReport) -> Iterable[tuple[str, int]]:
    return product(report.targets, report.k_lines)


# Tables


def _rates(report: StudyReport, place: Place, ending: str, uncertainty: Uncertainty) -> Table:
    cells = {(c.architecture, c.regime, c.target, c.k): c for c in report.rates if place.holds(c)}
    p_values = {(c.architecture, c.regime, c.target, c.k): c.holm_p for c in report.cells if place.holds(c)}
    best = {point: min((c.cer for c in cells.values() if (c.target, c.k) == point), default=0.0)
            for point in _points(report)}  # fmt: skip

    def value(architecture: str, regime: str, point: tuple[str, int]) -> Value:
        key = (architecture, regime, *point)
        if key not in cells:
            return Value(why="no finished run")
        cell = cells[key]
        # What is written alike is alike: the eye cannot tell which of two equal numbers is the lower one.
        is_best = percent(cell.cer) == percent(best[point])
        return _rate(cell, uncertainty, marks_of(p_values.get(key)), is_best=is_best)

    regimes = tuple(dict.fromkeys(cell.regime for cell in cells.values()))
    rows = tuple(
        Row(label_of(architecture), arm_label(regime), tuple(value(architecture, regime, p) for p in _points(report)))
        for architecture in report.architectures
        for regime in regimes
        if any((c.architecture, c.regime) == (architecture, regime) for c in cells.values())
    )
    beside = {
        "sd": "mean ± standard deviation over trainings",
        "interval": "mean over trainings with the 95 % interval over clusters of lines and trainings",
    }[uncertainty]
    is_uncertain = any(value.spread or value.low for row in rows for value in row.values)
    rate = MEASURES[report.measure].short
    notes = [
        f"{rate} in per cent: {beside}." if is_uncertain else f"{rate} in per cent.",
        *_basis(report, place, list(cells.values())),
        f"Bold: the lowest {rate} of its column.",
        *_marks_note(rows, "of no difference to the regime that it is compared with"),
    ]
    title = _title(report, rate, place)
    name = f"cer{ending}" if report.measure == "cer" else f"rates{ending}"
    return Table(name, title, "regime", _grid(report), rows, tuple(notes), _limits(report))


def _deltas(report: StudyReport, place: Place, ending: str) -> Table:
    cells = {(c.architecture, c.regime, c.target, c.k): c for c in report.cells if place.holds(c)}
    rows = tuple(
        Row(
            _regime_section(report, regime),
            label_of(architecture),
            tuple(
                difference_value(cell, cell.missing)
                if (cell := cells.get((architecture, regime, *point)))
                else Value(why="not planned")
                for point in _points(report)
            ),
        )
        for regime in report.regimes
        for architecture in report.architectures
    )
    filled = [cell for cell in cells.values() if cell.delta_pp is not None]
    rate = MEASURES[report.measure].short
    what = difference_in_words(report.regimes[0]) if len(report.regimes) == 1 else "CER(regime) − CER(its baseline)"
    notes = [
        f"Δ{rate} = {what.replace('CER', rate)} in percentage points, mean over pairs of runs, with the 95 % interval "
        "over clusters of lines and trainings; negative: it helps.",
        *_basis(report, place, filled),
        *_marks_note(rows, "of no difference"),
    ]
    title = _title(report, f"Δ{rate}", place)
    return Table(f"delta{ending}", title, "architecture", _grid(report), rows, tuple(notes), _limits(report))


def _regime_section(report: StudyReport, regime: str) -> str:
    if len(report.regimes) == 1:
        return ""
    return f"{arm_label(regime)}, against {arm_label(baseline_of(regime)).lower()}"


def pair_label(architecture: str, cnn: str) -> str:
    """Return what an interaction is the difference of."""
    return f"{label_of(architecture)} − {label_of(cnn)}"


def _interactions(report: StudyReport, place: Place, ending: str) -> Table:
    cells = {(c.architecture, c.cnn, c.regime, c.target, c.k): c for c in report.interactions if place.holds(c)}
    pairs = tuple(dict.fromkeys((c.architecture, c.cnn) for c in cells.values()))
    rows = tuple(
        Row(
            _regime_section(report, regime),
            pair_label(*pair),
            tuple(
                difference_value(cell) if (cell := cells.get((*pair, regime, *point))) else Value(why="not planned")
                for point in _points(report)
            ),
        )
        for regime in report.regimes
        for pair in pairs
    )
    filled = [cell for cell in cells.values() if cell.delta_pp is not None]
    notes = [
        f"Difference of the Δ{MEASURES[report.measure].short} of two architectures in percentage points, with the 95 % "
        "interval over clusters of lines and trainings; negative: joint training helps the first one more.",
        *_basis(report, place, filled),
        *_marks_note(rows, "of no difference"),
    ]
    title = _title(report, "Interaction of architecture and joint training", place)
    return Table(f"interaction{ending}", title, "architectures", _grid(report), rows, tuple(notes), _limits(report))


_SUMMARY_COLUMNS = (
    Column("mean over targets and K", "points"), Column("mean over targets and K", "p"),
    Column("per doubling of K", "points"), Column("per doubling of K", "p"),
)  # fmt: skip


def p_in_words(p: float | None) -> str:
    """P value as it is written: '0.012', '< 0.001'."""
    if p is None:
        return NO_VALUE
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _summary(report: StudyReport, place: Place, ending: str) -> Table:
    rate = MEASURES[report.measure].short
    trends = {(t.architecture, t.cnn, t.regime): t for t in _common_trends(report, place)}
    rows: list[Row] = []
    for pooled in filter(place.holds, report.pooled):
        trend = trends.get((pooled.architecture, pooled.cnn, pooled.regime))
        label = pair_label(pooled.architecture, pooled.cnn) if pooled.cnn else label_of(pooled.architecture)
        if pooled.cells < pooled.planned_cells:  # else rows over different cells would look alike
            label += f" ({pooled.cells:,} of {pooled.planned_cells:,} cells)"
        mean = _interval_value(pooled.delta_pp, pooled.low_pp, pooled.high_pp)
        slope = _interval_value(trend.slope_pp, trend.low_pp, trend.high_pp) if trend else Value(why="one K only")
        values = (mean, _p_value(pooled.p), slope, _p_value(trend.p if trend else None))
        rows.append(Row(_regime_section(report, pooled.regime), label, values))
    filled = [cell for cell in report.cells if place.holds(cell) and cell.delta_pp is not None]
    notes = [
        f"Mean Δ{rate} over targets and K, each counting the same, and its change per doubling of K (a straight "
        "line over log2 K), in percentage points with 95 % intervals; p of no difference, not corrected.",
        *_basis(report, place, filled),
    ]
    title = _title(report, f"Means and trends of Δ{rate}", place)
    return Table(f"summary{ending}", title, "", _SUMMARY_COLUMNS, tuple(rows), tuple(notes), _limits(report))


def _p_value(p: float | None) -> Value:
    return Value(p_in_words(p), number=p)


def _common_trends(report: StudyReport, place: Place) -> list[TrendCell]:
    """Slopes that all targets have in common; of the only target where there is one."""
    wanted = report.targets[0] if len(report.targets) == 1 else ""
    return [trend for trend in report.trends if place.holds(trend) and trend.target == wanted]


# What stands beside a table


def _title(report: StudyReport, what: str, place: Place) -> str:
    synthetic = " (synthetic lines)" if report.is_synthetic else ""
    setting = f", {place.budget}" if len(report.budgets) > 1 else ""
    if len(report.conditions) > 1:
        setting += f", {conditions_label(place.conditions)}"
    return f"{what}, study {report.study}{setting}{synthetic}"


def _basis(
    report: StudyReport, place: Place, cells: Sequence[DeltaCell | InteractionCell | RateCell]
) -> list[str]:  # fmt: skip
    """N, unit, budget, seeds, part and weights."""
    of_target = {cell.target: cell for cell in cells}
    amounts = [
        f"{name}, {counted(cell.lines, 'line', 'lines')}"
        + (f" of {clusters_in_words(cell.cluster_unit, cell.clusters)}" if cell.clusters else "")
        for name, cell in of_target.items()
    ]
    part = f"{report.split.capitalize()} lines" + (f": {'; '.join(amounts)}" if amounts else "")
    weights = "of the last step" if report.selection == "last" else "of the best validation step of each target"
    return [f"{part}. Weights {weights}.", f"{place.words} {_trainings(cells)}".rstrip()]


def _trainings(cells: Sequence[DeltaCell | InteractionCell | RateCell]) -> str:
    if not cells:
        return ""

    def span(values: Iterable[int], one: str, many: str) -> str:
        known = sorted(values)
        least, most = known[0], known[-1]
        return counted(most, one, many) if least == most else f"{least:,} to {counted(most, one, many)}"

    seeds = span((cell.seeds for cell in cells), "seed", "seeds")
    draws = span((cell.draws for cell in cells), "draw of the training lines", "draws of the training lines")
    words = f"{seeds}, {draws} per value."
    if any(cell.seeds * cell.draws == 1 for cell in cells):
        words += " Where there is one training, interval and p are over the test lines only."
    return words


def _marks_note(rows: Sequence[Row], of_what: str) -> list[str]:
    if not any(value.marks for row in rows for value in row.values):
        return []
    limits = ", ".join(f"{marks} p < {below:g}" for below, marks in reversed(MARKS))
    return [f"{limits}: p {of_what}, after Holm's correction over the table of differences or interactions."]


def _limits(report: StudyReport) -> tuple[str, ...]:
    """What the reader has to know before believing the numbers."""
    found: list[str] = []
    if report.synthetic_targets:
        found.append(f"{', '.join(report.synthetic_targets)}: generated lines, which replicate nothing.")
    blocks = dict.fromkeys(cell.target for cell in report.cells if cell.cluster_unit == "blocks")
    if blocks:
        found.append(f"Writers of {', '.join(blocks)} are unknown: their intervals may be too narrow.")
    if report.excluded:
        states = [run.state for run in report.excluded]
        counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
        found.append(f"Runs left out: {counts}.")
    return (*found, *report.remarks)
