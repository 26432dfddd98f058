"""The tab that shows how error rates fall with the number of training lines, for every arm."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.charts.place_plot import Place, PlacedValue
from workbench.gui.labels import MutedLabel
from workbench.gui.panels.results.target_plots import ArmCurve, TargetPlots
from workbench.gui.wording import counted
from workbench.metrics.measures import MEASURES

if TYPE_CHECKING:
    from workbench.analysis.results.report_values import RateCell, StudyReport

_EXPLANATION = (
    "Mean over trainings; the bar is its 95 % interval over test lines and trainings. Bars of two arms may overlap "
    "though their difference is sure, as both read the same lines: the tab Statistics has the differences."
)


class CurvesTab(QWidget):
    """Error rates over K, a plot for each target."""

    training_requested = Signal()
    """The user wants to see the curves over steps."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._waiting: tuple[StudyReport, str, str] | None = None
        """What is drawn as soon as somebody looks."""
        self.plots = TargetPlots("Error rate over K", has_dots=True)
        self.to_training = QPushButton("Learning curves")
        self.to_training.setToolTip("Show CER on validation lines over steps, on the Training page")
        self.to_training.clicked.connect(self.training_requested)
        row = QHBoxLayout()
        row.addWidget(MutedLabel(_EXPLANATION), 1)
        row.addWidget(self.to_training)
        content = QWidget()
        within = QVBoxLayout(content)
        within.setContentsMargins(0, 0, 0, 0)
        self.nothing = MutedLabel("No run has come to its end with this budget and under these conditions yet.")
        within.addWidget(self.nothing)
        within.addWidget(self.plots)
        within.addStretch(1)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, GRID_PX, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(row)
        layout.addWidget(area, 1)

    def show_report(self, report: "StudyReport", budget: str, conditions: str) -> None:
        """Show the arms of one budget under some conditions, as soon as somebody looks."""
        self._waiting = (report, budget, conditions)
        if self.isVisible():
            self._draw()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while nobody looked."""
        super().showEvent(event)
        self._draw()

    def _draw(self) -> None:
        if self._waiting is None:
            return
        report, budget, conditions = self._waiting
        self._waiting = None
        rates = [rate for rate in report.rates if (rate.budget, rate.conditions) == (budget, conditions)]
        by_arm: dict[tuple[str, str, str], list[RateCell]] = {}
        for rate in rates:
            by_arm.setdefault((rate.target, rate.architecture, rate.regime), []).append(rate)
        short, unit = MEASURES[report.measure].short, "" if report.k_unit == "lines" else f" {report.k_unit}"
        axes = {
            rate.target: f"% {short} over K{unit} · {counted(rate.lines, 'line')}, "
            + counted(rate.clusters, rate.cluster_unit.removesuffix("s"), rate.cluster_unit)
            for rate in rates
        }
        arms = [_curve(sorted(own, key=lambda rate: rate.k)) for own in by_arm.values()]
        least = float(np.log2(min(report.k_lines, default=1)))
        self.plots.show_arms(arms, report.targets, axes, dict.fromkeys(axes, least))
        self.plots.setVisible(bool(arms))
        self.nothing.setVisible(not arms)


def _curve(rates: "list[RateCell]") -> ArmCurve:
    first = rates[0]
    values = tuple(
        PlacedValue(
            Place(float(np.log2(rate.k)), f"{rate.k:,}", f"K {rate.k:,}"),
            100 * rate.cer,
            None if rate.low is None else 100 * rate.low,
            None if rate.high is None else 100 * rate.high,
            counted(len(rate.runs), "run"),
        )
        for rate in rates
    )
    return ArmCurve(first.target, first.language, first.architecture, first.regime, values)
