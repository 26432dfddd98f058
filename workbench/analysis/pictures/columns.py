"""Heatmaps and curves at the width of a paper's column: 85 mm or 175 mm, in type that can be read there.

What stands around a figure (study, n, budget, seeds) belongs into its caption: the captions of the LaTeX tables say it.
Readable without colour: values stand in the cells, what is missing is hatched, lines differ in style and marks.
"""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from workbench.analysis.pictures.arabic_text import LATIN, load_fonts
from workbench.analysis.pictures.curves import Looks, Point, at_common_steps, grouped, line_weight, names_in, row_title
from workbench.analysis.pictures.heatmaps import COLOURS
from workbench.analysis.pictures.saving import save_picture
from workbench.analysis.results.comparisons import label_of
from workbench.analysis.results.panels import Panel, limit_of, panel_rows
from workbench.analysis.results.report_tables import Value
from workbench.analysis.results.report_values import StudyReport
from workbench.analysis.results.sentences import signed
from workbench.errors import InputError
from workbench.metrics.measures import MEASURES
from workbench.study.arms import arm_label

Width = Literal["single", "double"]

WIDTH_MM: dict[Width, float] = {"single": 85.0, "double": 175.0}
"""Of a column, and of a page of two columns."""
DOTS_PER_INCH = 600
LONGEST_NAME = 18
MARKS = ("o", "s", "^", "D", "v", "P", "X")
"""Of the regimes, so that they are told apart without colour."""

_MM = 1 / 25.4
_POINTS_PER_MM = 72 / 25.4
_LETTER_MM = 1.28
"""Mean width of a letter of 7 points."""
_TYPE, _SMALL = 7.0, 5.6
_GAP, _MARGIN, _TITLE, _TICKS, _CELL_HEIGHT, _BAR, _ROW_TITLE = 4.0, 1.0, 4.2, 4.0, 10.5, 9.0, 4.0
_WEIGHT = 0.7
"""Of lines, as a part of that of pictures which are not made for a column."""
_LEAST_CELL, _MOST_CELL = 15.0, 34.0
_LEAST_FOR_INTERVAL_MM = 16.5
"""Narrower cells have the ends of their interval below each other."""
_BAR_LETTER_MM, _BAR_ENDS_MM, _BAR_LINE = 1.08, 23.5, 2.7
"""Letters of what stands above the bar, what stands at its ends, and a line of its own above them."""
_PLOT_HEIGHT, _PLOT_LEFT, _PLOT_FOOT, _KEY_LINE = 30.0, 9.0, 8.0, 3.3


def shortened(name: str, letters: int) -> str:
    """Return a name of at most so many letters, its middle left out where it is longer."""
    if len(name) <= letters:
        return name
    end = (letters - 1) // 2
    return f"{name[: letters - 1 - end]}…{name[len(name) - end :]}"


class _Sheet:
    """A figure that is laid out in millimetres from its top left corner."""

    def __init__(self, width: Width, height_mm: float) -> None:
        self.width, self.height = WIDTH_MM[width], height_mm
        self.figure = Figure(figsize=(self.width * _MM, height_mm * _MM), facecolor="white")
        FigureCanvasAgg(self.figure)

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        return self.figure.add_axes(
            (left / self.width, 1 - (top + height) / self.height, width / self.width, height / self.height)
        )

    def text(self, left: float, top: float, content: str, **values: object) -> None:
        self.figure.text(
            left / self.width, 1 - top / self.height, content, va="top", parse_math=False,
            **{"fontsize": _TYPE, **values},  # pyright: ignore[reportArgumentType]
        )  # fmt: skip


# Heatmaps


def draw_column_heatmaps(report: StudyReport, width: Width) -> Figure:
    """Draw ΔCER, target × K, a panel per architecture and per difference of two; raises InputError without pairs."""
    rows = list(panel_rows(report))
    if not rows:
        raise InputError("There is no heatmap to draw", "the study has no pairs", "It takes 'single' and 'multi'.")
    names = 2.0 + 1.12 * _LETTER_MM * max(len(shortened(name, LONGEST_NAME)) for name in report.targets)
    room, ks = WIDTH_MM[width] - 2 * _MARGIN - names, len(report.k_lines)
    fitting = int((room + _GAP) // (_LEAST_CELL * ks + _GAP))
    columns = max(1, min(fitting, max(len(row.panels) for row in rows)))
    panel = min((room - (columns - 1) * _GAP) / columns, _MOST_CELL * ks)
    cell = panel / len(report.k_lines)
    letters = max(8, int(panel / (_LETTER_MM * 1.25)))
    title_lines = max(len(textwrap.wrap(p.title, letters)) for row in rows for p in row.panels)
    head, body = _TITLE * 0.72 * title_lines + _TICKS + 1.0, _CELL_HEIGHT * len(report.targets)
    has_titles = len(rows) > 1
    titles = [textwrap.wrap(row.title, int((WIDTH_MM[width] - 2 * _MARGIN) / _LETTER_MM)) for row in rows]
    bar, about = min(70.0, room - 5.0), f"Δ{MEASURES[report.measure].short}, percentage points"
    is_apart = len(about) * _BAR_LETTER_MM + _BAR_ENDS_MM > bar
    height = _BAR + is_apart * _BAR_LINE + 2 * _MARGIN
    for row, title in zip(rows, titles, strict=True):
        height += -(-len(row.panels) // columns) * (head + body + 2.0) + has_titles * len(title) * _ROW_TITLE
    sheet, limit, top = _Sheet(width, height), limit_of(report), _MARGIN
    for row, title in zip(rows, titles, strict=True):
        if has_titles:
            sheet.text(_MARGIN, top, "\n".join(title), color="#333333")
            top += len(title) * _ROW_TITLE
        for number, each in enumerate(row.panels):
            column = number % columns
            left = _MARGIN + names + column * (panel + _GAP)
            axes = sheet.axes(left, top + head, panel, body)
            _draw_panel(axes, each, report, limit, cell, names=column == 0, letters=letters)
            if column == columns - 1 or number == len(row.panels) - 1:
                top += head + body + 2.0
    _draw_bar(sheet, bar, (names + _MARGIN, top + 3.2 + is_apart * _BAR_LINE), limit, about, is_apart=is_apart)
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
    axes.tick_params(length=0, pad=1.5, labelsize=_TYPE)
    axes.set_frame_on(False)
    title = textwrap.fill(panel.title, letters)
    axes.set_title(title, fontsize=_TYPE, fontweight="bold", family=LATIN, pad=2.5, parse_math=False)


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
    size, marks_size = (_TYPE, _SMALL) if is_narrow else (_TYPE + 1, _TYPE)
    shift = 0.27 * marks_size * len(value.marks) if is_narrow else 0.0
    looks: dict[str, Any] = {"textcoords": "offset points", "color": ink, "va": "center"}
    axes.annotate(value.text, place, (-shift, 0), size=size, weight="bold", family=LATIN, ha="center", **looks)
    beside = 0.33 * size * len(value.text) - shift
    axes.annotate(value.marks, place, (beside, 1.5), size=marks_size, ha="left", **looks)


def _draw_bar(
    sheet: _Sheet, length: float, place: tuple[float, float], limit: float, about: str, *, is_apart: bool
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


# Curves


def draw_column_curves(curves: pd.DataFrame, width: Width) -> Figure:
    """Draw validation CER over steps, a panel per target and K; raises InputError where nothing was validated."""
    points: list[Point] = [row for row in curves.to_dict("records") if not pd.isna(row["cer"])]
    if not points:
        raise InputError("There are no curves to draw", "no run was validated yet")
    panels = [
        (f"{target}, {row_title(*row)}", of_panel)
        for row, of_row in grouped(points, "budget", "conditions", "k").items()
        for (target,), of_panel in grouped(of_row, "target").items()
    ]
    looks = Looks.of(names_in(points, "regime"), names_in(points, "architecture"))
    columns = min(len(panels), 2 if width == "single" else 4)
    plot = (WIDTH_MM[width] - 2 * _MARGIN - _PLOT_LEFT - (columns - 1) * 3.0) / columns
    letters = max(10, int(plot / (_LETTER_MM * 0.92)))
    head = 2.0 + 2.9 * max(len(textwrap.wrap(title, letters)) for title, _ in panels)
    rows = -(-len(panels) // columns)
    key = _key(looks)
    key_columns = max(
        1, int((WIDTH_MM[width] - 2 * _MARGIN) / (9 + _LETTER_MM * max(len(str(k.get_label())) for k in key)))
    )
    key_rows = -(-len(key) // key_columns)
    block = head + _PLOT_HEIGHT + _PLOT_FOOT
    sheet = _Sheet(width, _MARGIN + rows * block + key_rows * _KEY_LINE + _MARGIN)
    for number, (title, of_panel) in enumerate(panels):
        row, column = divmod(number, columns)
        left = _MARGIN + _PLOT_LEFT + column * (plot + 3.0)
        axes = sheet.axes(left, _MARGIN + row * block + head, plot, _PLOT_HEIGHT)
        _draw_plot(axes, of_panel, looks)
        axes.set_title(textwrap.fill(title, letters), fontsize=_TYPE - 0.5, pad=3.5, parse_math=False)
        axes.tick_params(labelleft=column == 0)
        if column == 0:
            axes.set_ylabel("validation CER, %", fontsize=_TYPE, labelpad=1.5)
        if number + columns >= len(panels):
            axes.set_xlabel("steps", fontsize=_TYPE, labelpad=1.0)
    sheet.figure.legend(
        handles=key, loc="lower left", bbox_to_anchor=(_MARGIN / sheet.width, 0.4 / sheet.height), ncols=key_columns,
        fontsize=_TYPE - 0.5, frameon=False, borderaxespad=0, borderpad=0.1, columnspacing=1.2, handlelength=2.6,
        labelspacing=0.35, handletextpad=0.5,
    )  # fmt: skip
    return sheet.figure


def _key(looks: Looks) -> Sequence[Line2D]:
    regimes = [
        Line2D(
            [], [], color=colour, linewidth=_WEIGHT * line_weight(regime), marker=MARKS[n % len(MARKS)], markersize=3,
            label=arm_label(regime),
        )
        for n, (regime, colour) in enumerate(looks.colours.items())
    ]  # fmt: skip
    styles = [
        Line2D([], [], color="black", linewidth=1, linestyle=style, label=label_of(name))
        for name, style in looks.styles.items()
    ]
    return [*regimes, *styles]


def _draw_plot(axes: Axes, points: Sequence[Point], looks: Looks) -> None:
    marks = {regime: MARKS[n % len(MARKS)] for n, regime in enumerate(looks.colours)}
    for (regime, architecture), of_arm in grouped(points, "regime", "architecture").items():
        steps, percents = at_common_steps(of_arm)
        if not len(steps):
            continue
        colour = looks.colours[regime]
        axes.fill_between(steps, percents.min(axis=0), percents.max(axis=0), color=colour, alpha=0.16, linewidth=0)
        every = np.unique(np.linspace(0, len(steps) - 1, min(4, len(steps))).round().astype(int)).tolist()
        axes.plot(
            steps, percents.mean(axis=0), color=colour, linestyle=looks.styles[architecture],
            linewidth=_WEIGHT * line_weight(regime), marker=marks[regime], markersize=2.6, markevery=every,
        )  # fmt: skip
    axes.set_xlim(left=0)
    axes.set_ylim(0, 100)
    axes.xaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.grid(visible=True, color="#e2e2e2", linewidth=0.4)
    axes.tick_params(labelsize=_TYPE - 0.8, length=1.5, width=0.5, pad=1.5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_linewidth(0.5)


# Files


def save_column_heatmaps(report: StudyReport, path: Path, width: Width = "double") -> None:
    """Draw the heatmaps of a report into a file; see :func:`workbench.analysis.pictures.saving.save_picture`."""
    save_picture(
        lambda: draw_column_heatmaps(report, width), path, dots_per_inch=DOTS_PER_INCH, families=load_fonts()
    )  # fmt: skip


def save_column_curves(curves: pd.DataFrame, path: Path, width: Width = "double") -> None:
    """Draw a table of validations into a file; see :func:`workbench.analysis.pictures.saving.save_picture`."""
    save_picture(lambda: draw_column_curves(curves, width), path, dots_per_inch=DOTS_PER_INCH, families=load_fonts())
