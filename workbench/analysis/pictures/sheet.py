"""Figures at the width of a paper's column, 85 mm or 175 mm: laid out in millimetres, in type that can be read there.

What stands around a figure (study, n, budget, seeds) belongs into its caption: the captions of the LaTeX tables say it.
"""

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from workbench.analysis.pictures.arabic_text import load_fonts
from workbench.analysis.pictures.saving import save_picture

Width = Literal["single", "double"]

WIDTH_MM: dict[Width, float] = {"single": 85.0, "double": 175.0}
"""Of a column, and of a page of two columns."""
DOTS_PER_INCH = 600
LETTER_MM = 1.28
"""Mean width of a letter of 7 points."""
TYPE_PT = 7.0
MARGIN_MM = 1.0

_MM = 1 / 25.4
_PLOT_HEIGHT, _PLOT_LEFT, _PLOT_FOOT, _PLOT_GAP, _KEY_LINE = 30.0, 9.0, 8.0, 3.0, 3.3


def shortened(name: str, letters: int) -> str:
    """Return a name of at most so many letters, its middle left out where it is longer."""
    if len(name) <= letters:
        return name
    end = (letters - 1) // 2
    return f"{name[: letters - 1 - end]}…{name[len(name) - end :]}"


class Sheet:
    """A figure that is laid out in millimetres from its top left corner."""

    def __init__(self, width: Width, height_mm: float) -> None:
        self.width, self.height = WIDTH_MM[width], height_mm
        self.figure = Figure(figsize=(self.width * _MM, height_mm * _MM), facecolor="white")
        FigureCanvasAgg(self.figure)

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Return axes at a place."""
        return self.figure.add_axes(
            (left / self.width, 1 - (top + height) / self.height, width / self.width, height / self.height)
        )

    def text(self, left: float, top: float, content: str, **values: object) -> None:
        """Write a line whose top left corner is at a place."""
        self.figure.text(
            left / self.width, 1 - top / self.height, content, va="top", parse_math=False,
            **{"fontsize": TYPE_PT, **values},  # pyright: ignore[reportArgumentType]
        )  # fmt: skip


Plot = tuple[str, Callable[[Axes], None]]
"""A title, and what draws the plot below it."""


def draw_plots(
    plots: Sequence[Plot], key: Sequence[Line2D], width: Width, *, x_label: str, y_label: str, most_columns: int
) -> Figure:
    """Draw plots in rows, those of a row on one scale, with what their lines mean below them.

    Parameters
    ----------
    plots : sequence of (str, function)
    key : sequence of Line2D
    width : str
    x_label, y_label : str
        Written below the last plot of a column, and beside the first plot of a row.
    most_columns : int
        Plots in a row.
    """
    columns = min(len(plots), most_columns)
    plot = (WIDTH_MM[width] - 2 * MARGIN_MM - _PLOT_LEFT - (columns - 1) * _PLOT_GAP) / columns
    letters = max(10, int(plot / (LETTER_MM * 0.92)))
    head = 2.0 + 2.9 * max(len(textwrap.wrap(title, letters)) for title, _ in plots)
    rows = -(-len(plots) // columns)
    longest = max(len(str(each.get_label())) for each in key)
    key_columns = max(1, int((WIDTH_MM[width] - 2 * MARGIN_MM) / (9 + LETTER_MM * longest)))
    key_rows = -(-len(key) // key_columns)
    block = head + _PLOT_HEIGHT + _PLOT_FOOT
    sheet = Sheet(width, MARGIN_MM + rows * block + key_rows * _KEY_LINE + MARGIN_MM)
    for number, (title, draw) in enumerate(plots):
        row, column = divmod(number, columns)
        left = MARGIN_MM + _PLOT_LEFT + column * (plot + _PLOT_GAP)
        axes = sheet.axes(left, MARGIN_MM + row * block + head, plot, _PLOT_HEIGHT)
        draw(axes)
        axes.grid(visible=True, color="#e2e2e2", linewidth=0.4)
        axes.tick_params(labelsize=TYPE_PT - 0.8, length=1.5, width=0.5, pad=1.5, labelleft=column == 0)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_linewidth(0.5)
        axes.set_title(textwrap.fill(title, letters), fontsize=TYPE_PT - 0.5, pad=3.5, parse_math=False)
        if column == 0:
            axes.set_ylabel(y_label, fontsize=TYPE_PT, labelpad=1.5)
        if number + columns >= len(plots):
            axes.set_xlabel(x_label, fontsize=TYPE_PT, labelpad=1.0)
    sheet.figure.legend(
        handles=key, loc="lower left", bbox_to_anchor=(MARGIN_MM / sheet.width, 0.4 / sheet.height),
        ncols=key_columns, fontsize=TYPE_PT - 0.5, frameon=False, borderaxespad=0, borderpad=0.1, columnspacing=1.2,
        handlelength=2.6, labelspacing=0.35, handletextpad=0.5,
    )  # fmt: skip
    return sheet.figure


def save_figure(draw: Callable[[], Figure], path: Path) -> None:
    """Draw a figure into a file; see :func:`workbench.analysis.pictures.saving.save_picture`."""
    save_picture(draw, path, dots_per_inch=DOTS_PER_INCH, families=load_fonts())
