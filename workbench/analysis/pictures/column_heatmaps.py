"""Heatmaps at the width of a paper's column. Readable without colour: values stand in the cells, gaps are hatched."""

import textwrap
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from workbench.analysis.pictures.arabic_text import LATIN
from workbench.analysis.pictures.heatmaps import COLOURS
from workbench.analysis.pictures.sheet import (
    LETTER_MM,
    MARGIN_MM,
    TYPE_PT,
    WIDTH_MM,
    Sheet,
    Width,
    save_figure,
    shortened,
)
from workbench.analysis.results.panels import Panel, limit_of, panel_rows
from workbench.analysis.results.report_tables import Value
from workbench.analysis.results.report_values import StudyReport
from workbench.analysis.results.sentences import signed
from workbench.errors import InputError
from workbench.metrics.measures import MEASURES

LONGEST_NAME = 18

_POINTS_PER_MM = 72 / 25.4
_SMALL = 5.6
_GAP, _TITLE, _TICKS, _CELL_HEIGHT, _BAR, _ROW_TITLE = 4.0, 4.2, 4.0, 10.5, 9.0, 4.0
_LEAST_CELL, _MOST_CELL = 15.0, 34.0
_LEAST_FOR_INTERVAL_MM = 16.5
"""Narrower cells have the ends of their interval below each other."""
_BAR_LETTER_MM, _BAR_ENDS_MM, _BAR_LINE = 1.08, 23.5, 2.7
"""Letters of what stands above the bar, what stands at its ends, and a line of its own above them."""


def draw_column_heatmaps(report: StudyReport, width: Width) -> Figure:
    """Draw ΔCER, target × K, a panel per architecture and per difference of two; raises InputError without pairs."""
    rows = list(panel_rows(report))
    if not rows:
        raise InputError("There is no heatmap to draw", "the study has no pairs", "It takes 'single' and 'multi'.")
    names = 2.0 + 1.12 * LETTER_MM * max(len(shortened(name, LONGEST_NAME)) for name in report.targets)
    room, ks = WIDTH_MM[width] - 2 * MARGIN_MM - names, len(report.k_lines)
    fitting = int((room + _GAP) // (_LEAST_CELL * ks + _GAP))
    columns = max(1, min(fitting, max(len(row.panels) for row in rows)))
    panel = min((room - (columns - 1) * _GAP) / columns, _MOST_CELL * ks)
    cell = panel / len(report.k_lines)
    letters = max(8, int(panel / (LETTER_MM * 1.25)))
    title_lines = max(len(textwrap.wrap(p.title, letters)) for row in rows for p in row.panels)
    head, body = _TITLE * 0.72 * title_lines + _TICKS + 1.0, _CELL_HEIGHT * len(report.targets)
    has_titles = len(rows) > 1
    titles = [textwrap.wrap(row.title, int((WIDTH_MM[width] - 2 * MARGIN_MM) / LETTER_MM)) for row in rows]
    bar, about = min(70.0, room - 5.0), f"Δ{MEASURES[report.measure].short}, percentage points"
    is_apart = len(about) * _BAR_LETTER_MM + _BAR_ENDS_MM > bar
    height = _BAR + is_apart * _BAR_LINE + 2 * MARGIN_MM
    for row, title in zip(rows, titles, strict=True):
        height += -(-len(row.panels) // columns) * (head + body + 2.0) + has_titles * len(title) * _ROW_TITLE
    sheet, limit, top = Sheet(width, height), limit_of(report), MARGIN_MM
    for row, title in zip(rows, titles, strict=True):
        if has_titles:
            sheet.text(MARGIN_MM, top, "\n".join(title), color="#333333")
            top += len(title) * _ROW_TITLE
        for number, each in enumerate(row.panels):
            column = number % columns
            left = MARGIN_MM + names + column * (panel + _GAP)
            axes = sheet.axes(left, top + head, panel, body)
            _draw_panel(axes, each, report, limit, cell, names=column == 0, letters=letters)
            if column == columns - 1 or number == len(row.panels) - 1:
                top += head + body + 2.0
    _draw_bar(sheet, bar, (names + MARGIN_MM, top + 3.2 + is_apart * _BAR_LINE), limit, about, is_apart=is_apart)
    return sheet.figure


def _draw_panel(
    axes: Axes, panel: Panel, report: StudyReport, limit: float, cell_mm: float, *, names: bool, letters: int
) -> None:
    axes.set_xlim(0, len(report.k_lines))
    axes.set_ylim(len(report.targets), 0)
    for row, target in enumerate(report.targets):
        for column, k in enumerate(report.k_lines):
            if (value := panel.cells.get((target, k))) is not None:
                _draw_cell(axes, column, row, value, limit, cell_mm)
    axes.set_xticks([n + 0.5 for n in range(len(report.k_lines))], [f"K = {k:,}" for k in report.k_lines])
    labels = [shortened(name, LONGEST_NAME) if names else "" for name in report.targets]
    axes.set_yticks([n + 0.5 for n in range(len(labels))], labels)
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, pad=1.5, labelsize=TYPE_PT)
    axes.set_frame_on(False)
    title = textwrap.fill(panel.title, letters)
    axes.set_title(title, fontsize=TYPE_PT, fontweight="bold", family=LATIN, pad=2.5, parse_math=False)


def _draw_cell(axes: Axes, column: int, row: int, value: Value, limit: float, cell_mm: float) -> None:
    corner = (column + 0.02, row + 0.04)
    if value.number is None:
        axes.add_patch(Rectangle(corner, 0.96, 0.92, facecolor="white", edgecolor="#999999", hatch="////", linewidth=0))
        return
    ground = COLOURS(0.5 + 0.5 * value.number / limit)
    axes.add_patch(Rectangle(corner, 0.96, 0.92, facecolor=ground, edgecolor="none"))
    ink = "white" if 0.299 * ground[0] + 0.587 * ground[1] + 0.114 * ground[2] < 0.5 else "black"
    is_narrow = cell_mm < _LEAST_FOR_INTERVAL_MM
    interval = ("\n" if is_narrow else " … ").join((value.low, value.high)) if value.low else ""
    high = 0.5 if not interval else (0.28 if is_narrow else 0.36)
    _draw_value(axes, (column + 0.5, row + high), value, ink, is_narrow=is_narrow)
    low = 0.70 if is_narrow else 0.74
    axes.text(column + 0.5, row + low, interval, size=_SMALL, color=ink, ha="center", va="center", linespacing=1.0)


def _draw_value(axes: Axes, place: tuple[float, float], value: Value, ink: str, *, is_narrow: bool) -> None:
    """Draw a value in the middle, its stars beside it; in a narrow cell both together are in the middle."""
    size, marks_size = (TYPE_PT, _SMALL) if is_narrow else (TYPE_PT + 1, TYPE_PT)
    shift = 0.27 * marks_size * len(value.marks) if is_narrow else 0.0
    looks: dict[str, Any] = {"textcoords": "offset points", "color": ink, "va": "center"}
    axes.annotate(value.text, place, (-shift, 0), size=size, weight="bold", family=LATIN, ha="center", **looks)
    beside = 0.33 * size * len(value.text) - shift
    axes.annotate(value.marks, place, (beside, 1.5), size=marks_size, ha="left", **looks)


def _draw_bar(
    sheet: Sheet, length: float, place: tuple[float, float], limit: float, about: str, *, is_apart: bool
) -> None:
    """Draw the scale; `is_apart`: what it is of stands above what its ends mean, not between them."""
    axes = sheet.axes(*place, length, 1.8)
    bar = sheet.figure.colorbar(ScalarMappable(Normalize(-limit, limit), COLOURS), cax=axes, orientation="horizontal")
    ticks = [-limit, 0.0, limit]
    bar.set_ticks(ticks, labels=[signed(tick) for tick in ticks])
    bar.ax.tick_params(labelsize=_SMALL + 0.4, length=1.5, pad=1, width=0.5)
    bar.ax.set_title("← it helps", fontsize=_SMALL + 0.4, pad=1.5, loc="left")
    above = (0, 1.5 + is_apart * _BAR_LINE * _POINTS_PER_MM)  # titles of axes have one height only
    looks: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "center"}
    bar.ax.annotate(about, (0.5, 1), above, fontsize=_SMALL + 0.4, **looks)
    bar.ax.set_title("it hurts →", fontsize=_SMALL + 0.4, pad=1.5, loc="right")
    bar.ax.spines[:].set_visible(False)


def save_column_heatmaps(report: StudyReport, path: Path, width: Width = "double") -> None:
    """Draw the heatmaps of a report into a file; see :func:`save_figure`."""
    save_figure(lambda: draw_column_heatmaps(report, width), path)
