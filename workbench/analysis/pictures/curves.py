"""Learning curves as a picture for a paper: validation CER over steps, a panel per target and K, without a display."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.typing import LineStyleType

from workbench.analysis.pictures.saving import save_picture
from workbench.analysis.results.comparisons import label_of, style_places
from workbench.errors import InputError
from workbench.study.arms import arm_label, regime_of
from workbench.study.grid import is_baseline

COLOURS = ("#555555", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Of the regimes, the first that of most baselines. Source: Okabe and Ito's palette, safe for colour-blind readers."""
STYLES: tuple[LineStyleType, ...] = (
    "-",
    (0, (4, 1.5)),
    (0, (5, 1, 1, 1)),
    (0, (1, 1)),
    (0, (5, 1, 1, 1, 1, 1)),
    (0, (8, 2)),
)
"""Of the architectures, by their places: readable without colour; solid, dashed, dash-dot, dotted as in the window."""
_THIN, _THICK = 0.9, 1.7
"""Points."""

# Inches.
_PANEL_WIDTH, _PANEL_HEIGHT, _GAP, _ROW_GAP, _MARGIN = 2.6, 1.9, 0.2, 0.55, 0.3
_HEAD, _AXIS, _FOOT = 0.85, 0.45, 0.1
_KEY_LINE, _KEY_WIDTH = 0.2, 2.4
_NOTE_LETTER = 0.061


Point = Mapping[str, Any]
"""One row of the table of validations."""


def line_styles(architectures: Iterable[str]) -> dict[str, LineStyleType]:
    """Line style of each architecture, as in the window."""
    return {name: STYLES[place % len(STYLES)] for name, place in style_places(architectures).items()}


def line_weight(arm: str) -> float:
    """Weight of an arm in points, as in the window: what others are compared with thin, all others thick."""
    return _THIN if is_baseline(regime_of(arm)) else _THICK


@dataclass(frozen=True, slots=True)
class Looks:
    """How the arms are drawn: colour and weight by the regime, line style by the architecture."""

    colours: Mapping[str, str]
    """By regime."""
    styles: Mapping[str, LineStyleType]
    """By architecture."""

    @classmethod
    def of(cls, regimes: Sequence[str], architectures: Sequence[str]) -> "Looks":
        """Give each arm its looks; regimes have their colours in the order of the study."""
        colours = {regime: COLOURS[n % len(COLOURS)] for n, regime in enumerate(regimes)}
        return cls(colours, line_styles(architectures))

    def key(self) -> list[Line2D]:
        """Return what explains colours and styles."""
        return [
            Line2D([], [], color=colour, linewidth=line_weight(regime), label=arm_label(regime))
            for regime, colour in self.colours.items()
        ] + [
            Line2D([], [], color="black", linewidth=1.2, linestyle=style, label=label_of(name))
            for name, style in self.styles.items()
        ]


def grouped(points: Iterable[Point], *names: str) -> dict[tuple[Any, ...], list[Point]]:
    """Points by what they have in some columns, in the order in which they first come."""
    groups: dict[tuple[Any, ...], list[Point]] = {}
    for point in points:
        groups.setdefault(tuple(point[name] for name in names), []).append(point)
    return groups


def names_in(points: Iterable[Point], column: str) -> list[str]:
    """Return what stands in a column, each once, in the order in which it first comes."""
    return [str(name) for (name,) in grouped(points, column)]


def row_title(budget: str, conditions: str, k: int) -> str:
    """Return what a row of panels is of."""
    amount, unit = budget.split()
    return f"K = {k:,}, {int(amount):,} {unit}" + (f", {conditions}" if conditions else "")


def draw_curves(curves: pd.DataFrame) -> Figure:
    """Draw the table of validations of a study; see :func:`workbench.analysis.results.frames.curves_frame`.

    A line is the mean over seeds and draws, at the steps at which all of them were validated; its band reaches from
    the lowest to the highest. Colour and weight are the regime, line style the architecture.

    Parameters
    ----------
    curves : pandas.DataFrame
        With the columns of :data:`workbench.analysis.results.frames.CURVE_COLUMNS`.

    Raises
    ------
    InputError
        When nothing was validated yet.
    """
    points: list[Point] = [row for row in curves.to_dict("records") if not pd.isna(row["cer"])]
    if not points:
        raise InputError("There are no curves to draw", "no run was validated yet")
    rows = grouped(points, "budget", "conditions", "k")
    targets = names_in(points, "target")
    looks = Looks.of(names_in(points, "regime"), names_in(points, "architecture"))
    key = looks.key()

    width = max(6.6, 2 * _MARGIN + _AXIS + len(targets) * (_PANEL_WIDTH + _GAP))
    columns = max(1, int((width - 2 * _MARGIN) / _KEY_WIDTH))
    key_height = _KEY_LINE * -(-len(key) // columns) + 0.1
    height = _HEAD + len(rows) * (_PANEL_HEIGHT + _ROW_GAP) + key_height + _FOOT
    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)

    def place(x: float, y: float) -> tuple[float, float]:
        return x / width, y / height

    _draw_head(figure, points, height)
    for n, (row, of_row) in enumerate(rows.items()):
        bottom = height - _HEAD - (n + 1) * _PANEL_HEIGHT - n * _ROW_GAP
        for m, target in enumerate(targets):
            left = _MARGIN + _AXIS + m * (_PANEL_WIDTH + _GAP)
            axes = figure.add_axes((*place(left, bottom), *place(_PANEL_WIDTH, _PANEL_HEIGHT)))
            _draw_panel(axes, [point for point in of_row if point["target"] == target], looks)
            axes.set_title(f"{target}, {row_title(*row)}", fontsize=8, parse_math=False)
            if m == 0:
                axes.set_ylabel("validation CER, %", fontsize=8)
            else:
                axes.tick_params(labelleft=False)
            if n == len(rows) - 1:
                axes.set_xlabel("steps", fontsize=8)
    figure.legend(
        handles=key, loc="lower left", bbox_to_anchor=place(_MARGIN, 0.05), ncols=columns, fontsize=8, frameon=False,
        borderaxespad=0, columnspacing=1.5, handlelength=2.8,
    )  # fmt: skip
    return figure


def _draw_head(figure: Figure, points: Sequence[Point], height: float) -> None:
    width = figure.get_size_inches()[0]
    trainings = len(grouped(points, "seed", "draw"))
    several = f"mean and range over {trainings} trainings" if trainings > 1 else "one training each"
    about = f"Study '{points[0]['study']}', {several}; validation lines, which the reported CERs are not taken from."
    figure.text(
        _MARGIN / width, 1 - 0.12 / height, "Validation CER over steps", fontsize=11, fontweight="bold", va="top"
    )
    wrapped = textwrap.fill(about, max(40, int((width - 2 * _MARGIN) / _NOTE_LETTER)))
    figure.text(_MARGIN / width, 1 - 0.36 / height, wrapped, fontsize=8, va="top", color="#444444", parse_math=False)


def _draw_panel(axes: Axes, points: Sequence[Point], looks: Looks) -> None:
    for (regime, architecture), of_arm in grouped(points, "regime", "architecture").items():
        steps, percents = at_common_steps(of_arm)
        colour = looks.colours[regime]
        axes.fill_between(steps, percents.min(axis=0), percents.max(axis=0), color=colour, alpha=0.18, linewidth=0)
        axes.plot(
            steps, percents.mean(axis=0), color=colour, linestyle=looks.styles[architecture],
            linewidth=line_weight(regime),
        )  # fmt: skip
    axes.set_xlim(left=0)
    axes.set_ylim(0, 100)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.grid(visible=True, color="#e2e2e2", linewidth=0.6)
    axes.tick_params(labelsize=7, length=2)
    axes.spines[["top", "right"]].set_visible(False)


def at_common_steps(points: Sequence[Point]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Steps at which all trainings of an arm were validated, and their CERs in per cent, trainings × steps."""
    trainings = [
        {int(point["step"]): 100 * float(point["cer"]) for point in of_training}
        for of_training in grouped(points, "seed", "draw").values()
    ]
    common = sorted(set.intersection(*(set(training) for training in trainings)))
    percents = [[training[step] for step in common] for training in trainings]
    return np.array(common, dtype=float), np.array(percents, dtype=float)


def save_curves(curves: pd.DataFrame, path: Path) -> None:
    """Draw a table of validations into a file; see :func:`workbench.analysis.pictures.saving.save_picture`.

    Raises
    ------
    InputError
        For an ending that is no kind of picture, or when nothing was validated yet.
    WorkspaceError
        When the file cannot be written.
    """
    save_picture(lambda: draw_curves(curves), path)
