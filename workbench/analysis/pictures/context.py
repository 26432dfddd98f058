"""Context reliance as a picture for a paper: CER over the width of windows, a panel per target and K."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator
from matplotlib.typing import LineStyleType

from workbench.analysis.pictures.curves import COLOURS, line_styles, line_weight
from workbench.analysis.pictures.saving import save_picture
from workbench.analysis.probes.values import ArmKey, ContextPoint, ProbeTables
from workbench.analysis.results.comparisons import label_of
from workbench.errors import InputError
from workbench.study.arms import arm_label

# Inches.
_PANEL_WIDTH, _PANEL_HEIGHT, _GAP, _ROW_GAP, _MARGIN = 2.6, 1.9, 0.2, 0.6, 0.3
_HEAD, _AXIS, _FOOT = 1.05, 0.45, 0.15
_KEY_LINE, _KEY_WIDTH = 0.2, 2.6
_NOTE_LETTER = 0.061

Curves = Mapping[ArmKey, Sequence[ContextPoint]]


def curves_of(points: Sequence[ContextPoint]) -> dict[ArmKey, list[ContextPoint]]:
    """Points by arm, from narrow to wide; the whole line is the last."""
    curves: dict[ArmKey, list[ContextPoint]] = {}
    for point in points:
        curves.setdefault(point.arm, []).append(point)
    return curves


def place_of(point: ContextPoint, widest_px: int) -> float:
    """Where a point stands on the axis, in pixels: the whole line stands beyond the widest window."""
    return float(point.width_px if point.width_px is not None else 2 * widest_px)


def widest_px(points: Sequence[ContextPoint]) -> int:
    """Width of the widest windows that are told of."""
    return max((point.width_px for point in points if point.width_px is not None), default=1)


def draw_context(tables: ProbeTables) -> Figure:
    """Draw CER over the width of windows; colour is the regime, line style the architecture, the band the interval.

    Raises
    ------
    InputError
        When nothing was measured yet.
    """
    curves = curves_of(tables.context)
    if not curves:
        raise InputError("There is no context reliance to draw", "nothing was measured", "Measure it first.")
    targets = [target for target in tables.targets if any(key.target == target for key in curves)]
    rows = list(dict.fromkeys(replace(key, target="", language="", architecture="", regime="") for key in curves))
    colours = dict(zip(dict.fromkeys(key.regime for key in curves), COLOURS * 9, strict=False))
    styles = line_styles(dict.fromkeys(key.architecture for key in curves))
    handles = _key(colours, styles)
    width = max(6.6, 2 * _MARGIN + _AXIS + len(targets) * (_PANEL_WIDTH + _GAP))
    columns = max(1, int((width - 2 * _MARGIN) / _KEY_WIDTH))
    key_height = _KEY_LINE * -(-len(handles) // columns) + 0.1
    height = _HEAD + len(rows) * (_PANEL_HEIGHT + _ROW_GAP) + key_height + _FOOT
    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    _draw_head(figure, tables, width, height)
    top = 100 * max(point.high or point.cer for point in tables.context)
    for n, row in enumerate(rows):
        bottom = height - _HEAD - (n + 1) * _PANEL_HEIGHT - n * _ROW_GAP
        for m, target in enumerate(targets):
            left = _MARGIN + _AXIS + m * (_PANEL_WIDTH + _GAP)
            place = (left / width, bottom / height, _PANEL_WIDTH / width, _PANEL_HEIGHT / height)
            axes = figure.add_axes(place)
            own = {
                key: points
                for key, points in curves.items()
                if key.target == target and (key.k, key.budget, key.conditions) == (row.k, row.budget, row.conditions)
            }
            _draw_panel(axes, own, widest_px(tables.context), colours, styles)
            axes.set_ylim(0, min(max(top * 1.04, 1), 150))
            unusual = f", {row.conditions}" if row.conditions else ""
            axes.set_title(f"{target}, K = {row.k:,}, {row.budget}{unusual}", fontsize=8, parse_math=False)
            if m == 0:
                axes.set_ylabel("test CER, %", fontsize=8)
            else:
                axes.tick_params(labelleft=False)
            if n == len(rows) - 1:
                axes.set_xlabel("window, px of the network's input", fontsize=8)
    figure.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(_MARGIN / width, 0.05 / height), ncols=columns, fontsize=8,
        frameon=False, borderaxespad=0, columnspacing=1.5, handlelength=2.8,
    )  # fmt: skip
    return figure


def _key(colours: Mapping[str, str], styles: Mapping[str, LineStyleType]) -> list[Line2D]:
    regimes = [
        Line2D([], [], color=colour, linewidth=line_weight(name), label=arm_label(name))
        for name, colour in colours.items()
    ]
    networks = [
        Line2D([], [], color="black", linewidth=1.2, linestyle=style, label=label_of(name))
        for name, style in styles.items()
    ]
    sure = Line2D([], [], color="#555555", linestyle="none", marker="|", label="a network of convolutions sees all")
    return [*regimes, *networks, sure]


def _draw_head(figure: Figure, tables: ProbeTables, width: float, height: float) -> None:
    fewest, most = (least(point.trainings for point in tables.context) for least in (min, max))
    lines = max(point.lines for point in tables.context)
    number = f"{most}" if fewest == most else f"{fewest} to {most}"
    several = f"mean over {number} trainings" if most > 1 else "one training each"
    about = (
        f"Study '{tables.study}', weights '{tables.selection}', {several}, at most {lines:,} test lines of each "
        "target; every frame sees at most the window, at most half of it on either side. Bands: 95 % intervals over "
        "writers, pages or blocks."
    )
    title = "CER through windows of limited width"
    figure.text(_MARGIN / width, 1 - 0.12 / height, title, fontsize=11, fontweight="bold", va="top")
    wrapped = textwrap.fill(about, max(40, int((width - 2 * _MARGIN) / _NOTE_LETTER)))
    figure.text(_MARGIN / width, 1 - 0.36 / height, wrapped, fontsize=8, va="top", color="#444444", parse_math=False)


def _draw_panel(
    axes: Axes, curves: Curves, widest: int, colours: Mapping[str, str], styles: Mapping[str, LineStyleType]
) -> None:
    widths: set[int] = set()
    for key, points in curves.items():
        colour = colours[key.regime]
        places = [place_of(point, widest) for point in points]
        cers = [100 * point.cer for point in points]
        style = styles[key.architecture]
        axes.plot(places, cers, color=colour, linestyle=style, linewidth=line_weight(key.regime))
        lows = [100 * (point.cer if point.low is None else point.low) for point in points]
        highs = [100 * (point.cer if point.high is None else point.high) for point in points]
        axes.fill_between(places, lows, highs, color=colour, alpha=0.15, linewidth=0)
        sure = points[0].sure_width_px
        if sure is not None and sure <= widest:
            axes.plot([sure], [cers[-1]], color=colour, marker="|", markersize=9, linestyle="none")
        widths.update(point.width_px for point in points if point.width_px is not None)
    axes.set_xscale("log", base=2)
    ticks = sorted(widths)
    axes.xaxis.set_major_locator(FixedLocator([*ticks, 2 * widest]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels([*(f"{tick}" for tick in ticks), "line"])
    axes.grid(visible=True, color="#e2e2e2", linewidth=0.6)
    axes.tick_params(labelsize=7, length=2)
    axes.spines[["top", "right"]].set_visible(False)


def save_context(tables: ProbeTables, path: Path) -> None:
    """Draw context reliance into a file; see :func:`workbench.analysis.pictures.saving.save_picture`.

    Raises
    ------
    InputError
        For an ending that is no kind of picture, or when nothing was measured yet.
    WorkspaceError
        When the file cannot be written.
    """
    save_picture(lambda: draw_context(tables), path)
