"""Heatmaps and curves as SVG inside a page: readable without colour, in the dark, and by a screen reader."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.colors import to_hex

from workbench.analysis.exports.html_text import attributes, escape, isolated, tag
from workbench.analysis.pictures.curves import Point, at_common_steps, grouped, names_in, row_title
from workbench.analysis.pictures.heatmaps import COLOURS
from workbench.analysis.results.comparisons import label_of
from workbench.analysis.results.panels import Panel, limit_of, panel_rows
from workbench.analysis.results.report_tables import Value
from workbench.analysis.results.report_values import StudyReport
from workbench.metrics.measures import MEASURES
from workbench.study.arms import arm_label

# Pixels of the page.
_CELL_WIDTH, _CELL_HEIGHT, _HEAD, _LETTER = 128, 58, 24, 7.4
_PLOT_WIDTH, _PLOT_HEIGHT, _LEFT, _BOTTOM, _TOP = 250, 150, 40, 30, 22

LINES = 7
"""Colours of lines that the page defines, `--line0` to `--line6`: for light and for dark."""
DASHES = ("", "7 3", "2 2", "8 2 2 2", "8 2 2 2 2 2", "12 4")
"""Of the architectures: readable without colour."""


def _text(x: float, y: float, content: str, **values: object) -> str:
    return f"<text{attributes(x=f'{x:g}', y=f'{y:g}', **values)}>{content}</text>"


# Heatmaps


def heatmaps(report: StudyReport) -> str:
    """Draw ΔCER, target × K: a row of panels per budget, regime and conditions."""
    limit = limit_of(report)
    parts: list[str] = []
    for row in panel_rows(report):
        parts.append(tag("p", escape(row.title), class_="note"))
        panels = "\n".join(_figure(panel, report, limit) for panel in row.panels)
        parts.append(tag("div", panels, class_="charts"))
    return "\n".join(parts)


def _figure(panel: Panel, report: StudyReport, limit: float) -> str:
    return tag("figure", tag("figcaption", escape(panel.title)) + _heatmap(panel, report, limit))


def _heatmap(panel: Panel, report: StudyReport, limit: float) -> str:
    left = 12 + _LETTER * max(len(name) for name in report.targets)
    width, height = left + _CELL_WIDTH * len(report.k_lines), _HEAD + _CELL_HEIGHT * len(report.targets)
    drawn: list[str] = []
    for column, k in enumerate(report.k_lines):
        x = left + (column + 0.5) * _CELL_WIDTH
        drawn.append(_text(x, _HEAD - 8, f"K = {k:,}", text_anchor="middle", class_="label"))
    for row, target in enumerate(report.targets):
        middle = _HEAD + (row + 0.5) * _CELL_HEIGHT
        drawn.append(_text(left - 8, middle + 4, escape(target), text_anchor="end", class_="label", direction="ltr"))
        for column, k in enumerate(report.k_lines):
            if value := panel.cells.get((target, k)):
                corner = (left + column * _CELL_WIDTH + 1, _HEAD + row * _CELL_HEIGHT + 1)
                drawn.append(tag("g", tag("title", _spoken(target, k, value)) + _cell(corner, value, limit)))
    rate = MEASURES[report.measure].short
    label = f"Heatmap of {panel.title}: Δ{rate} by target and K; the same numbers stand in the tables."
    return tag(
        "svg", "".join(drawn), viewBox=f"0 0 {width:g} {height:g}", width=f"{width:g}", height=f"{height:g}",
        role="img", aria_label=label,
    )  # fmt: skip


def _spoken(target: str, k: int, value: Value) -> str:
    interval = f" ({value.low} to {value.high})" if value.low else ""
    return escape(f"{target}, K {k:,}: {value.text}{interval}{value.marks}" + (f" {value.why}" if value.why else ""))


def _cell(corner: tuple[float, float], value: Value, limit: float) -> str:
    x, y = corner
    box = {"x": f"{x:g}", "y": f"{y:g}", "width": _CELL_WIDTH - 2, "height": _CELL_HEIGHT - 2}
    if value.number is None:
        return f'<rect{attributes(**box)} fill="url(#missing)"/>'
    ground = COLOURS(0.5 + 0.5 * value.number / limit)
    ink = "#fff" if 0.299 * ground[0] + 0.587 * ground[1] + 0.114 * ground[2] < 0.5 else "#000"
    middle = x + _CELL_WIDTH / 2 - 1
    drawn = f"<rect{attributes(**box, fill=to_hex(ground))}/>"
    text = escape(value.text) + (f'<tspan dy="-5" font-size="11">{value.marks}</tspan>' if value.marks else "")
    drawn += _text(middle, y + 27, text, text_anchor="middle", fill=ink, class_="value")
    if value.low:
        drawn += _text(middle, y + 45, escape(f"{value.low} … {value.high}"), text_anchor="middle", fill=ink)
    return drawn


HATCH = (
    '<svg width="0" height="0" aria-hidden="true" class="hidden"><defs><pattern id="missing" width="6" height="6" '
    'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="6" '
    'stroke="currentColor" stroke-opacity="0.35" stroke-width="1.5"/></pattern></defs></svg>'
)
"""What cells without a value are filled with; once per page."""


# Curves


def curves(frame: pd.DataFrame) -> str:
    """Draw validation CER over steps, a panel per target and K; empty where nothing was validated."""
    points: list[Point] = [row for row in frame.to_dict("records") if not pd.isna(row["cer"])]
    if not points:
        return ""
    regimes = {name: f"var(--line{n % LINES})" for n, name in enumerate(names_in(points, "regime"))}
    dashes = {name: DASHES[n % len(DASHES)] for n, name in enumerate(names_in(points, "architecture"))}
    parts = [_key(regimes, dashes)]
    for row, of_row in grouped(points, "budget", "conditions", "k").items():
        parts.append(tag("p", escape(row_title(*row)), class_="note"))
        figures = [
            tag("figure", tag("figcaption", isolated(target)) + _plot(target, of_target, regimes, dashes))
            for (target,), of_target in grouped(of_row, "target").items()
        ]
        parts.append(tag("div", "\n".join(figures), class_="charts"))
    return "\n".join(parts)


def _key(regimes: Mapping[str, str], dashes: Mapping[str, str]) -> str:
    entries = [(arm_label(name), colour, "") for name, colour in regimes.items()]
    entries += [(label_of(name), "currentColor", dash) for name, dash in dashes.items()]
    return tag(
        "p",
        " ".join(
            tag(
                "span",
                '<svg width="34" height="10" aria-hidden="true"><line x1="1" y1="5" x2="33" y2="5" '
                f'style="stroke:{colour}" stroke-width="2.5" stroke-dasharray="{dash}"/></svg> {escape(label)}',
                class_="entry",
            )
            for label, colour, dash in entries
        ),
        class_="key",
    )


def _plot(
    target: str, points: Sequence[Point], regimes: Mapping[str, str], dashes: Mapping[str, str]
) -> str:  # fmt: skip
    last = max(int(point["step"]) for point in points)
    width, height = _LEFT + _PLOT_WIDTH + 12, _TOP + _PLOT_HEIGHT + _BOTTOM

    def place(step: float, cer: float) -> str:
        x = _LEFT + _PLOT_WIDTH * step / max(last, 1)
        y = _TOP + _PLOT_HEIGHT * (1 - min(cer, 100.0) / 100)
        return f"{x:.1f},{y:.1f}"

    drawn = [_axes(last)]
    for (regime, architecture), of_arm in grouped(points, "regime", "architecture").items():
        drawn.append(_curve(of_arm, place, regimes[regime], dashes[architecture]))
    label = f"Validation CER in per cent over steps, {target}"
    return tag(
        "svg", "".join(drawn), viewBox=f"0 0 {width} {height}", width=width, height=height, role="img",
        aria_label=label,
    )  # fmt: skip


def _axes(last: int) -> str:
    drawn: list[str] = []
    for percent in (0, 25, 50, 75, 100):
        y = _TOP + _PLOT_HEIGHT * (1 - percent / 100)
        drawn.append(f'<line x1="{_LEFT}" y1="{y:g}" x2="{_LEFT + _PLOT_WIDTH}" y2="{y:g}" class="grid"/>')
        drawn.append(_text(_LEFT - 5, y + 4, str(percent), text_anchor="end", class_="tick"))
    for share in (0.0, 0.5, 1.0):
        x, anchor = _LEFT + _PLOT_WIDTH * share, "end" if share == 1.0 else "middle"
        drawn.append(_text(x, _TOP + _PLOT_HEIGHT + 15, f"{round(last * share):,}", text_anchor=anchor, class_="tick"))
    drawn.append(_text(_LEFT + _PLOT_WIDTH / 2, _TOP + _PLOT_HEIGHT + 28, "steps", text_anchor="middle", class_="tick"))
    drawn.append(_text(0, 12, "CER, %", class_="tick"))
    return "".join(drawn)


def _curve(points: Sequence[Point], place: Any, colour: str, dash: str) -> str:
    steps, percents = at_common_steps(points)
    if not len(steps):
        return ""

    def line(values: Iterable[float]) -> list[str]:
        return [place(step, value) for step, value in zip(steps, values, strict=True)]

    band = " ".join([*line(percents.min(axis=0)), *reversed(line(percents.max(axis=0)))])
    mean = " ".join(line(percents.mean(axis=0)))
    return (
        f'<polygon points="{band}" style="fill:{colour}" fill-opacity="0.16"/>'
        f'<polyline points="{mean}" fill="none" style="stroke:{colour}" stroke-width="1.8"'
        + (f' stroke-dasharray="{dash}"' if dash else "")
        + "/>"
    )
