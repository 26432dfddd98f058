"""Heatmaps as values: which panels there are, and what stands in their cells. Pictures and pages only draw them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from workbench.analysis.results.comparisons import label_of
from workbench.analysis.results.report_tables import Place, Value, difference_value, pair_label
from workbench.analysis.results.report_values import DeltaCell, InteractionCell, StudyReport
from workbench.study.arms import arm_label, difference_in_words

LEAST_LIMIT_PP = 1.0
"""A scale never shows differences below a point in full colour."""

Point = tuple[str, int]
"""(target, K)"""


@dataclass(frozen=True, slots=True)
class Panel:
    """Target × K of one architecture, or of the difference of two."""

    title: str
    cells: Mapping[Point, Value]
    """What is not there, the study does not ask for."""


@dataclass(frozen=True, slots=True)
class PanelRow:
    """Panels of one budget, regime and set of conditions."""

    title: str
    panels: tuple[Panel, ...]


def panel_rows(report: StudyReport) -> Iterator[PanelRow]:
    """Give a row of panels per budget, regime and conditions: each architecture, then each interaction."""
    for budget, regime, conditions in product(report.budgets, report.regimes, report.conditions):
        place = Place(budget, conditions)
        deltas = [cell for cell in report.cells if place.holds(cell) and cell.regime == regime]
        interactions = [cell for cell in report.interactions if place.holds(cell) and cell.regime == regime]
        pairs = dict.fromkeys((cell.architecture, cell.cnn) for cell in interactions)
        panels = [
            _panel(label_of(name), [cell for cell in deltas if cell.architecture == name])
            for name in report.architectures
        ] + [
            _panel(pair_label(*pair), [cell for cell in interactions if (cell.architecture, cell.cnn) == pair])
            for pair in pairs
        ]
        shown = tuple(panel for panel in panels if panel.cells)
        if shown:
            yield PanelRow(_row_title(report, place, regime), shown)


def _row_title(report: StudyReport, place: Place, regime: str) -> str:
    multi = "" if report.regimes == ("multi",) else f" {arm_label(regime)}: {difference_in_words(regime)}."
    return f"{place.words}{multi}"


def _panel(title: str, cells: Sequence[DeltaCell | InteractionCell]) -> Panel:
    missing = {id(cell): cell.missing if isinstance(cell, DeltaCell) else () for cell in cells}
    return Panel(title, {(cell.target, cell.k): difference_value(cell, missing[id(cell)]) for cell in cells})


def limit_of(report: StudyReport) -> float:
    """Reach of the colour scale that all panels share, in percentage points."""
    cells = (*report.cells, *report.interactions)
    return max([LEAST_LIMIT_PP, *(abs(cell.delta_pp) for cell in cells if cell.delta_pp is not None)])
