"""The pictures of the Statistics tab. Importing this imports pyqtgraph: only once somebody looks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.data.comparison import Comparison
from workbench.data.measures import Distribution, distribution
from workbench.data.statistics import SetStatistics
from workbench.gui.appearance import GRID_PX
from workbench.gui.charts.character_bars import CharacterBars, frequent_characters
from workbench.gui.charts.distribution_plot import DistributionPlot
from workbench.gui.charts.outlines import Outline, styles_of
from workbench.gui.charts.overlap_matrix import OverlapMatrix
from workbench.gui.columns import Columns
from workbench.gui.labels import MutedLabel
from workbench.gui.meanings import emphasised, target_colours
from workbench.gui.messages import plain_label
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.wording import architecture_label

PLOT_LEAST_PX = 360
BARS_LEAST_PX = 280
MATRIX_LEAST_PX = 440


@dataclass(frozen=True, slots=True)
class _PlotRow:
    title: str
    unit: str
    of: str
    spread: Callable[[SetStatistics], Distribution]


_PLOTS: tuple[_PlotRow, ...] = (
    _PlotRow("Width of the images", "px of the scan", "lines", lambda one: one.widths),
    _PlotRow("Height of the images", "px of the scan", "lines", lambda one: one.heights),
    _PlotRow("Length of the lines", "characters", "lines", lambda one: one.lengths),
    _PlotRow("Width per character", "px of the scan", "lines", lambda one: one.px_per_character),
    _PlotRow("Lines per writer", "", "writers", lambda one: one.lines_per_writer),
)


class StatisticsCharts(QWidget):
    """Distributions, most frequent characters and characters in common of the data sets that are compared."""

    def __init__(self, text: TextAppearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self.plots = tuple(DistributionPlot(row.title, row.unit, row.of, parent=self) for row in _PLOTS)
        self.frames = DistributionPlot("Frames per character", "", mark=1.0, parent=self)
        self.bars: list[CharacterBars] = []
        self.raw = OverlapMatrix("As the letters are encoded")
        self.folded = OverlapMatrix("Yeh, Kaf, Heh, digits and full stop folded")
        self._plots = Columns(PLOT_LEAST_PX, 2, GRID_PX)
        self._bars = Columns(BARS_LEAST_PX, 4, GRID_PX)
        self._matrices = Columns(MATRIX_LEAST_PX, 2, GRID_PX)
        self._frequent = _section(
            "Most frequent characters",
            "Share of the running characters. Filled: all data sets have the character. Hollow: not all do.",
            self._bars,
        )
        self._overlap = _section(
            "Characters in common",
            "Different characters of the row's data set that the column's has too, and the share of the row's running "
            "text that they are. What is one letter to the eye can be several code points: folded, they count as one.",
            self._matrices,
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * GRID_PX)
        for part in (self._plots, self._frequent, self._overlap):
            layout.addWidget(part)

    def show_comparison(self, compared: Comparison) -> None:
        """Draw other data sets."""
        colours = target_colours((one.name, one.language) for one in compared.sets)
        self._show_plots(compared, colours)
        self._show_bars(compared, colours)
        languages = [one.language for one in compared.sets]
        self.raw.show_overlap(compared.raw, languages)
        self.folded.show_overlap(compared.folded, languages)
        self._matrices.set_least(max(matrix.table.minimumWidth() for matrix in (self.raw, self.folded)))
        self._matrices.show_widgets((self.raw, self.folded))
        self._overlap.setVisible(len(compared.sets) > 1)

    def _show_plots(self, compared: Comparison, colours: dict[str, QColor]) -> None:
        styles = styles_of([one.name for one in compared.sets])

        def outlines(spreads: Sequence[Distribution]) -> list[Outline]:
            pairs = zip(compared.sets, spreads, strict=True)
            return [Outline(one.name, colours[one.name], styles[one.name], spread) for one, spread in pairs]

        shown: list[QWidget] = []
        for plot, row in zip(self.plots, _PLOTS, strict=True):
            spreads = [row.spread(one) for one in compared.sets]
            plot.show_outlines(outlines(spreads))
            plot.hide()
            if any(spread.count for spread in spreads):
                shown.append(plot)
        self.frames.hide()
        if compared.rule is not None:
            label = architecture_label(compared.rule.architecture)
            self.frames.set_title("Frames per character", f"{label}, {compared.rule.line_height_px} px")
            self.frames.show_outlines(outlines([distribution(fit.per_character) for fit in compared.fits]))
            shown.insert(4, self.frames)
        self._plots.show_widgets(shown)

    def _show_bars(self, compared: Comparison, colours: dict[str, QColor]) -> None:
        alphabets = list(compared.raw.counts)
        found = [frequent_characters(one.characters, alphabets) for one in compared.sets]
        longest = max((bar.share for bars in found for bar in bars), default=1.0)
        while len(self.bars) < len(found):
            self.bars.append(CharacterBars(self))
        for widget, one, bars in zip(self.bars, compared.sets, found, strict=False):
            style = self._text.style(one.language)
            widget.show_bars(one.name, colours[one.name], style, bars, one.characters.total(), longest)
        self._bars.show_widgets(self.bars[: len(found)])


def _section(title: str, text: str, content: QWidget) -> QWidget:
    """Heading, a sentence on how to read what follows, and that."""
    section = QWidget()
    heading = plain_label(title)
    heading.setFont(emphasised(heading.font()))
    layout = QVBoxLayout(section)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(GRID_PX)
    for part in (heading, MutedLabel(text), content):
        layout.addWidget(part)
    return section
