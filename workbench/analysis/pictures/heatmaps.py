"""ΔCER heatmaps as a picture for a paper, drawn without a display."""

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from workbench.analysis.pictures.saving import save_picture
from workbench.analysis.results.comparisons import label_of
from workbench.analysis.results.report_values import DeltaCell, InteractionCell, Mark, StudyReport
from workbench.analysis.results.sentences import signed
from workbench.errors import InputError
from workbench.metrics.measures import MEASURES
from workbench.study.arms import arm_label, difference_in_words

COLOURS = colormaps["RdBu_r"]
"""Blue: joint training helps (negative), red: it hurts. Source: ColorBrewer's RdBu, safe for colour-blind readers."""

LEAST_LIMIT_PP = 1.0
"""The scale never shows differences below a point in full colour."""

# Inches.
_CELL_WIDTH, _CELL_HEIGHT = 1.3, 0.72
_PANEL_GAP, _ROW_GAP, _MARGIN = 0.3, 0.2, 0.3
_HEAD, _ROW_TITLE, _COLUMN_TITLE, _BAR = 0.7, 0.25, 0.3, 0.8
_NAME_LETTER, _TITLE_LETTER, _ROW_LETTER, _NOTE_LETTER = 0.085, 0.098, 0.074, 0.061
_TITLE_LINE, _NOTE_LINE = 0.16, 0.17
_LONGEST_NAME = 24

_HATCH_GREY, _TEXT_GREY, _SYNTHETIC = "#9a9a9a", "#444444", "#a34700"


@dataclass(frozen=True, slots=True)
class _Place:
    """One cell as it is drawn."""

    delta_pp: float | None
    interval: str
    mark: Mark
    steps: str


@dataclass(frozen=True, slots=True)
class _Panel:
    title: str
    cells: Mapping[tuple[str, int], _Place]


@dataclass(frozen=True, slots=True)
class _Row:
    """Panels of one budget, regime and set of conditions."""

    title: str
    panels: tuple[_Panel, ...]


def _interval(cell: DeltaCell | InteractionCell) -> str:
    if cell.low_pp is None or cell.high_pp is None:
        return ""
    return f"{signed(cell.low_pp)} … {signed(cell.high_pp)}"


def _steps(cell: DeltaCell) -> str:
    if cell.single_steps is None or cell.multi_steps is None:
        return ""
    if cell.single_steps == cell.multi_steps:
        return f"{cell.single_steps:,} steps"
    return f"{cell.single_steps:,} | {cell.multi_steps:,} steps"


def _place(cell: DeltaCell | InteractionCell) -> _Place:
    steps = _steps(cell) if isinstance(cell, DeltaCell) else ""
    return _Place(cell.delta_pp, _interval(cell), cell.mark, steps)


def _panel(title: str, cells: Sequence[DeltaCell | InteractionCell]) -> _Panel:
    return _Panel(title, {(cell.target, cell.k): _place(cell) for cell in cells})


def _rows(report: StudyReport) -> Iterator[_Row]:
    """One row of panels per budget, regime and conditions: each architecture, then each interaction."""
    pairs = tuple(dict.fromkeys((cell.architecture, cell.cnn) for cell in report.interactions))
    for place in product(report.budgets, report.regimes, report.conditions):
        budget, regime, conditions = place
        deltas = [cell for cell in report.cells if (cell.budget, cell.regime, cell.conditions) == place]
        interactions = [cell for cell in report.interactions if (cell.budget, cell.regime, cell.conditions) == place]
        panels = [
            _panel(label_of(name), [cell for cell in deltas if cell.architecture == name])
            for name in report.architectures
        ] + [
            _panel(_difference(pair, pairs), [cell for cell in interactions if (cell.architecture, cell.cnn) == pair])
            for pair in pairs
        ]
        amount, unit = budget.split()
        multi = "" if report.regimes == ("multi",) else f"; {arm_label(regime)}: {difference_in_words(regime)}"
        unusual = f", {conditions}" if conditions else ""
        yield _Row(f"Equal {unit}: {int(amount):,} {unit} per run{multi}{unusual}", tuple(panels))


def _difference(pair: tuple[str, str], pairs: tuple[tuple[str, str], ...]) -> str:
    return "CRNN − CNN-only" if len(pairs) == 1 else f"{label_of(pair[0])} − {label_of(pair[1])}"


def _wrapped(title: str, panel_width: float) -> str:
    return textwrap.fill(title, max(12, int(panel_width / _TITLE_LETTER)), break_on_hyphens=False)


def _limit(report: StudyReport) -> float:
    cells = (*report.cells, *report.interactions)
    return max([LEAST_LIMIT_PP, *(abs(cell.delta_pp) for cell in cells if cell.delta_pp is not None)])


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _ink_on(colour: tuple[float, float, float, float]) -> str:
    red, green, blue, _ = colour
    return "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.5 else "black"


def _draw_cell(axes: Axes, column: int, row: int, place: _Place | None, limit: float) -> None:
    corner = (column + 0.02, row + 0.03)
    if place is None:
        return  # the study asks for no such pair
    if place.delta_pp is None:
        patch = Rectangle(corner, 0.96, 0.94, facecolor="white", edgecolor=_HATCH_GREY, hatch="///", linewidth=0)
        axes.add_patch(patch)
        return
    ground = COLOURS(0.5 + 0.5 * place.delta_pp / limit)
    axes.add_patch(Rectangle(corner, 0.96, 0.94, facecolor=ground, edgecolor="none"))
    ink = _ink_on(ground)
    texts = ((0.34, signed(place.delta_pp), 11, "bold"), (0.62, place.interval, 7, "normal"))
    for down, text, size, weight in (*texts, (0.82, place.steps, 6, "normal")):
        axes.text(column + 0.5, row + down, text, size=size, weight=weight, color=ink, ha="center", va="center")
    if place.mark:
        inside = ink if place.mark == "corrected" else "none"
        axes.plot(column + 0.9, row + 0.2, "o", markeredgecolor=ink, markerfacecolor=inside, markersize=4)


def _draw_panel(axes: Axes, panel: _Panel, report: StudyReport, limit: float, *, names: bool) -> None:
    axes.set_xlim(0, len(report.k_lines))
    axes.set_ylim(len(report.targets), 0)
    for row, target in enumerate(report.targets):
        for column, k in enumerate(report.k_lines):
            _draw_cell(axes, column, row, panel.cells.get((target, k)), limit)
    axes.set_xticks([n + 0.5 for n in range(len(report.k_lines))], [f"K = {k:,}" for k in report.k_lines], fontsize=8)
    shown = [_shortened(name) + (" *" if name in report.synthetic_targets else "") for name in report.targets]
    axes.set_yticks([n + 0.5 for n in range(len(shown))], shown if names else [""] * len(shown), fontsize=9)
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, pad=2)
    axes.set_frame_on(False)
    title = _wrapped(panel.title, _CELL_WIDTH * len(report.k_lines))
    axes.set_title(title, fontsize=9, fontweight="bold", pad=6)


def _notes(report: StudyReport, width: float) -> list[str]:
    """Lines of small print below the panels, wrapped to a width in inches."""
    key = "Ring: the 95 % interval excludes 0; dot: also after Holm's correction for all cells"
    if any(cell.pairs == 1 for cell in report.cells):
        key += " (with one training of each, intervals cover the test lines only)"
    key += ". Hatched: no pair of runs. Below each value its interval, then the steps of each run"
    text = [f"{key} (single | multi where they differ).", *report.sentence.split("\n")]
    if report.synthetic_targets:
        text.insert(0, "* synthetic lines: whatever they show replicates nothing.")
    return [line for part in text for line in textwrap.wrap(part, max(40, int(width / _NOTE_LETTER)))]


def _draw_head(figure: Figure, report: StudyReport, place: Callable[[float, float], tuple[float, float]]) -> None:
    width, height = figure.get_size_inches()
    x, y = place(_MARGIN, height - 0.12)
    difference = "CER(multi-script) − CER(single-script)" if report.regimes == ("multi",) else "difference of CERs"
    rate = MEASURES[report.measure].short
    title = f"Δ{rate} = {difference.replace('CER', rate)}, percentage points"
    figure.text(x, y, title, fontsize=11, fontweight="bold", va="top")
    x, y = place(_MARGIN, height - 0.36)
    about = f"Study '{report.study}', {report.split} lines, weights '{report.selection}'"
    figure.text(x, y, about, fontsize=8.5, va="top", color=_TEXT_GREY, parse_math=False)
    if report.is_synthetic:
        x, y = place(width - _MARGIN, height - 0.36)
        badge = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": _SYNTHETIC}
        figure.text(
            x, y, "SYNTHETIC", fontsize=8, ha="right", va="top", color=_SYNTHETIC, fontweight="bold", bbox=badge
        )


def _draw_bar(figure: Figure, rect: tuple[float, float, float, float], limit: float) -> None:
    scale = ScalarMappable(Normalize(-limit, limit), COLOURS)
    bar = figure.colorbar(scale, cax=figure.add_axes(rect), orientation="horizontal")
    ticks = [-limit, -limit / 2, 0.0, limit / 2, limit]
    bar.set_ticks(ticks, labels=[signed(tick) for tick in ticks], fontsize=7)
    bar.ax.set_title("← it helps", fontsize=7.5, pad=3, loc="left")
    bar.ax.set_title("it hurts →", fontsize=7.5, pad=3, loc="right")
    bar.ax.spines[:].set_visible(False)


def draw_heatmaps(report: StudyReport) -> Figure:
    """Draw a report: a row of panels per budget, one panel per architecture (target × K), then the interactions.

    All panels share one diverging scale, centred on 0. Cells without a pair are hatched, never 0.

    Raises
    ------
    InputError
        When the study asks for no pairs.
    """
    rows = tuple(_rows(report))
    if not rows:
        raise InputError("There is no heatmap to draw", "the study has no pairs", "It takes 'single' and 'multi'.")
    names = 0.25 + _NAME_LETTER * max(len(_shortened(name)) + 2 for name in report.targets)
    panel_width, panel_height = _CELL_WIDTH * len(report.k_lines), _CELL_HEIGHT * len(report.targets)
    panels = rows[0].panels
    width = max(6.6, 2 * _MARGIN + names + len(panels) * (panel_width + _PANEL_GAP) - _PANEL_GAP)
    title_lines = max(_wrapped(panel.title, panel_width).count("\n") + 1 for panel in panels)
    row_titles = [textwrap.wrap(row.title, int((width - 2 * _MARGIN) / _ROW_LETTER)) for row in rows]
    more_lines = max(map(len, row_titles)) - 1
    headings = _ROW_TITLE + _NOTE_LINE * more_lines + _COLUMN_TITLE + _TITLE_LINE * title_lines
    notes = _notes(report, width - 2 * _MARGIN)
    height = _HEAD + len(rows) * (headings + panel_height + _ROW_GAP) + _BAR + _NOTE_LINE * len(notes) + _MARGIN / 2

    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)

    def place(x: float, y: float) -> tuple[float, float]:
        return x / width, y / height

    limit = _limit(report)
    _draw_head(figure, report, place)
    top = height - _HEAD
    for row, title in zip(rows, row_titles, strict=True):
        figure.text(*place(_MARGIN, top), "\n".join(title), fontsize=9, va="top", color=_TEXT_GREY, parse_math=False)
        bottom = top - headings - panel_height
        for n, panel in enumerate(row.panels):
            left = _MARGIN + names + n * (panel_width + _PANEL_GAP)
            axes = figure.add_axes((*place(left, bottom), *place(panel_width, panel_height)))
            _draw_panel(axes, panel, report, limit, names=n == 0)
        top = bottom - _ROW_GAP
    bar_width = min(4.0, width - 2 * _MARGIN - names)
    _draw_bar(figure, (*place(_MARGIN + names, top - 0.35), *place(bar_width, 0.12)), limit)
    for n, line in enumerate(notes):
        x, y = place(_MARGIN, top - _BAR - _NOTE_LINE * n)
        figure.text(x, y, line, fontsize=7.5, va="top", color=_TEXT_GREY, parse_math=False)
    return figure


def save_heatmaps(report: StudyReport, path: Path) -> None:
    """Draw a report into a file; see :func:`workbench.analysis.pictures.saving.save_picture`.

    Raises
    ------
    InputError
        For an ending that is no kind of picture, or a study without pairs.
    WorkspaceError
        When the file cannot be written.
    """
    save_picture(lambda: draw_heatmaps(report), path)
