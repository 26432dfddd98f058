"""Curves of arms over a few places, a plot for each target beside the others, with one legend below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QVBoxLayout, QWidget
from superqt import QFlowLayout

from workbench.gui.appearance import GRID_PX
from workbench.gui.charts.curve_legend import CurveLegend, LegendEntry
from workbench.gui.charts.place_plot import PlacedCurve, PlacedValue, PlacePlot
from workbench.gui.meanings import line_styles, pen_width, target_colours
from workbench.gui.wording import architecture_label
from workbench.study.arms import arm_label, regime_of, short_label

PLOT_PX = 364


@dataclass(frozen=True, slots=True)
class ArmCurve:
    """The values of an arm on a target."""

    target: str
    language: str
    architecture: str
    regime: str
    """With the data sets where a regime has several runs for one target."""
    values: tuple[PlacedValue, ...]
    bar_x: float | None = None


class TargetPlots(QWidget):
    """Shows the curves of arms; colour is the target, line style the architecture, weight the regime.

    Parameters
    ----------
    what : str
        What is drawn, for those who do not see it: 'CER over window width'.
    has_dots : bool
        Mark each value.
    """

    def __init__(self, what: str, *, has_dots: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._what, self._has_dots = what, has_dots
        self.plots: tuple[PlacePlot, ...] = ()
        plots = QWidget()
        self._flow = QFlowLayout(plots)
        self._flow.setContentsMargins(0, 0, 0, 0)
        self._flow.setHorizontalSpacing(2 * GRID_PX)
        self._flow.setVerticalSpacing(2 * GRID_PX)
        self.legend = CurveLegend()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addWidget(plots)
        layout.addWidget(self.legend)

    def show_arms(
        self, arms: Sequence[ArmCurve], targets: Sequence[str], axes: Mapping[str, str], first_x: Mapping[str, float]
    ) -> None:
        """Draw other curves.

        Parameters
        ----------
        arms : sequence of ArmCurve
        targets : sequence of str
            All data sets, in their order; those without a curve have no plot.
        axes : mapping
            What stands on the axes of a target's plot.
        first_x : mapping
            Near which place of a target's plot the values are listed at first.
        """
        shown = [target for target in targets if any(arm.target == target for arm in arms)]
        if [plot.title for plot in self.plots] != shown:
            self._make_plots(shown)
        styles = line_styles(dict.fromkeys(arm.architecture for arm in arms))
        colours = target_colours(dict.fromkeys((arm.target, arm.language) for arm in arms))
        top = max((value.high or value.rate for arm in arms for value in arm.values), default=1.0)
        for plot in self.plots:
            drawn = [
                PlacedCurve(
                    f"{architecture_label(arm.architecture)} · {short_label(arm.regime)}",
                    colours[plot.title],
                    styles[arm.architecture],
                    pen_width(regime_of(arm.regime)),
                    arm.values,
                    arm.bar_x,
                )
                for arm in arms
                if arm.target == plot.title
            ]
            plot.show_curves(drawn, first_x=first_x[plot.title], top=top, axis=axes[plot.title])
        regimes = dict.fromkeys(arm.regime for arm in arms)
        self.legend.show_entries([
            *(LegendEntry(target, colours[target]) for target in shown),
            *(LegendEntry(architecture_label(name), style=style) for name, style in styles.items()),
            *(LegendEntry(arm_label(arm), width=pen_width(regime_of(arm))) for arm in regimes),
            LegendEntry("95 % interval", is_band=not self._has_dots, is_bar=self._has_dots, width=0.5),
        ])  # fmt: skip

    def _make_plots(self, targets: Sequence[str]) -> None:
        for plot in self.plots:
            self._flow.removeWidget(plot)
            plot.hide()
            plot.deleteLater()
        self.plots = tuple(PlacePlot(target, self._what, has_dots=self._has_dots) for target in targets)
        for plot in self.plots:
            plot.setFixedWidth(PLOT_PX)
            self._flow.addWidget(plot)
