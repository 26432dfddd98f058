"""Curves at the width of a paper's column: CER over steps, and error rates over K.

Readable without colour: lines differ in style, weight and marks.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from workbench.analysis.pictures.curves import Looks, Point, at_common_steps, grouped, line_weight, names_in, row_title
from workbench.analysis.pictures.sheet import Plot, Width, draw_plots, save_figure
from workbench.analysis.results.comparisons import label_of
from workbench.analysis.results.report_values import RateCell, StudyReport
from workbench.errors import InputError
from workbench.metrics.measures import MEASURES
from workbench.study.arms import arm_label

MARKS = ("o", "s", "^", "D", "v", "P", "X")
"""Of the regimes, so that they are told apart without colour."""

_Name = TypeVar("_Name")
_WEIGHT = 0.7
"""Of lines, as a part of that of pictures which are not made for a column."""
_ASIDE, _ROOM = 1.035, 1.25
"""Factors on the axis of K: between the marks of two arms, so that they can be told apart, and beside all of them."""


def _marks(looks: Looks) -> dict[str, str]:
    return {regime: MARKS[number % len(MARKS)] for number, regime in enumerate(looks.colours)}


def _key(looks: Looks) -> Sequence[Line2D]:
    marks = _marks(looks)
    regimes = [
        Line2D([], [], color=colour, linewidth=_WEIGHT * line_weight(regime), marker=marks[regime], markersize=3,
               label=arm_label(regime))
        for regime, colour in looks.colours.items()
    ]  # fmt: skip
    styles = [
        Line2D([], [], color="black", linewidth=1, linestyle=style, label=label_of(name))
        for name, style in looks.styles.items()
    ]
    return [*regimes, *styles]


# Over steps


def draw_column_curves(curves: pd.DataFrame, width: Width) -> Figure:
    """Draw validation CER over steps, a plot per target and K; raises InputError where nothing was validated."""
    points: list[Point] = [row for row in curves.to_dict("records") if not pd.isna(row["cer"])]
    if not points:
        raise InputError("There are no curves to draw", "no run was validated yet")
    looks = Looks.of(names_in(points, "regime"), names_in(points, "architecture"))
    plots: list[Plot] = [
        (f"{target}, {row_title(*row)}", lambda axes, shown=shown: _draw_steps(axes, shown, looks))
        for row, of_row in grouped(points, "budget", "conditions", "k").items()
        for (target,), shown in grouped(of_row, "target").items()
    ]
    most = 2 if width == "single" else 4
    return draw_plots(plots, _key(looks), width, x_label="steps", y_label="validation CER, %", most_columns=most)


def _draw_steps(axes: Axes, points: Sequence[Point], looks: Looks) -> None:
    marks = _marks(looks)
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


# Over K


def draw_column_rates(report: StudyReport, width: Width) -> Figure:
    """Draw error rates over K with their 95 % intervals, a plot per target, budget and set of conditions.

    Raises
    ------
    InputError
        When no run has finished.
    """
    rates = report.rates
    if not rates:
        raise InputError("There are no error rates to draw", "no run of the study has finished", "Run the study first.")
    short = MEASURES[report.measure].short
    looks = Looks.of(_once(rate.regime for rate in rates), _once(rate.architecture for rate in rates))
    settings = _once((rate.budget, rate.conditions) for rate in rates)
    top = 100 * max(rate.high if rate.high is not None else rate.cer for rate in rates)
    plots: list[Plot] = []
    for budget, conditions in settings:
        for target in report.targets:
            shown = [r for r in rates if (r.target, r.budget, r.conditions) == (target, budget, conditions)]
            if shown:
                apart = filter(None, (target, budget if len(report.budgets) > 1 else "", conditions))
                plots.append((", ".join(apart), lambda axes, shown=shown: _draw_rates(axes, shown, looks, top)))
    unit = "training lines" if report.k_unit == "lines" else "training characters"
    most = 2 if width == "single" else 4
    return draw_plots(plots, _key(looks), width, x_label=f"K, {unit}", y_label=f"{short}, %", most_columns=most)


def _once(names: Iterable[_Name]) -> list[_Name]:
    return list(dict.fromkeys(names))


def _draw_rates(axes: Axes, rates: Sequence[RateCell], looks: Looks, top: float) -> None:
    marks = _marks(looks)
    arms: dict[tuple[str, str], list[RateCell]] = {}
    for rate in rates:
        arms.setdefault((rate.regime, rate.architecture), []).append(rate)
    aside = min(_ASIDE, _ROOM ** (1.6 / len(arms)))  # many arms stay within the axis
    for number, ((regime, architecture), unordered) in enumerate(arms.items()):
        of_arm = sorted(unordered, key=lambda rate: rate.k)
        k = np.array([rate.k for rate in of_arm]) * aside ** (number - (len(arms) - 1) / 2)
        colour = looks.colours[regime]
        axes.plot(
            k, [100 * rate.cer for rate in of_arm], color=colour, linestyle=looks.styles[architecture],
            linewidth=_WEIGHT * line_weight(regime), marker=marks[regime], markersize=2.6,
        )  # fmt: skip
        for at, rate in zip(k, of_arm, strict=True):
            if rate.low is not None and rate.high is not None:
                axes.plot([at, at], [100 * rate.low, 100 * rate.high], color=colour, linewidth=0.6)
    ks = sorted({rate.k for rate in rates})
    axes.set_xscale("log")
    axes.set_xlim(ks[0] / _ROOM, ks[-1] * _ROOM)
    axes.set_ylim(0, 1.05 * top)
    axes.xaxis.set_major_locator(FixedLocator(ks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(ks, labels=[f"{k:,}" for k in ks])


# Files


def save_column_curves(curves: pd.DataFrame, path: Path, width: Width = "double") -> None:
    """Draw a table of validations into a file; see :func:`save_figure`."""
    save_figure(lambda: draw_column_curves(curves, width), path)


def save_column_rates(report: StudyReport, path: Path, width: Width = "double") -> None:
    """Draw the error rates of a report into a file; see :func:`save_figure`."""
    save_figure(lambda: draw_column_rates(report, width), path)
