"""Curves of loss and validation CER while runs train: one line per target, several runs at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from time import perf_counter

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QColor, QHideEvent, QPalette, QPen, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui.charts.curve_plot import CurvePlot
from workbench.gui.charts.curve_points import Axis, RunPoints
from workbench.runs.history import RunHistory

REPAINT_EVERY_MS = 100
TURN_S = 0.006
"""After this long the rest of the runs waits for the next turn, so that long histories never hold up the window."""


@dataclass(frozen=True, slots=True)
class RunStyle:
    """How the curves of one run are drawn: line style and weight by run, colour by target."""

    run: str
    label: str
    style: Qt.PenStyle
    width: float
    colours: tuple[tuple[str, QColor], ...]
    """(target, colour) of the targets that the run is validated on."""

    def pen(self, target: str, fallback: QColor) -> QPen:
        """Return the pen of a target's curve."""
        return _pen(dict(self.colours).get(target, fallback), self.width, self.style)


def _pen(colour: QColor, width: float, style: Qt.PenStyle) -> QPen:
    pen = QPen(colour, width, style)
    pen.setCosmetic(True)
    return pen


class CerCurves(QWidget):
    """CER on validation lines above, training loss below, over the same axis.

    Histories are told by :meth:`set_history` as often as they change. Each plot is drawn at most every 100 ms, the two
    in turn, and only while they can be seen.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cer_plot = CurvePlot("CER on validation lines, per cent", " %", empty_top=100.0)
        self.loss_plot = CurvePlot("Training loss", "")
        self._styles: dict[str, RunStyle] = {}
        self._points: dict[str, RunPoints] = {}
        self._waiting: dict[str, RunHistory] = {}
        self._dirty: dict[CurvePlot, set[str]] = {self.cer_plot: set(), self.loss_plot: set()}
        self._axis: Axis = "steps"
        self._smoothing = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(REPAINT_EVERY_MS // 2)
        self._timer.timeout.connect(self._take_turn)
        self._turn = 0
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.cer_plot, 3)
        layout.addWidget(self.loss_plot, 2)

    @property
    def shown_runs(self) -> tuple[str, ...]:
        """Ids of the runs whose curves are shown."""
        return tuple(self._styles)

    @property
    def is_dirty(self) -> bool:
        """Tell whether there is news that was not drawn yet."""
        return any(self._dirty.values())

    def set_runs(self, styles: Iterable[RunStyle]) -> None:
        """Show these runs and no others; what is known of their points is kept."""
        self._styles = {style.run: style for style in styles}
        self._soil(*self._styles)
        self._keep_shown()

    def set_history(self, history: RunHistory) -> None:
        """Take over what a run's history has in news."""
        self._waiting[history.run] = history
        if history.run in self._styles:
            self._soil(history.run)

    def forget(self) -> None:
        """Drop all runs and their points."""
        self._styles.clear()
        self._points.clear()
        self._waiting.clear()
        self._keep_shown()

    def set_axis(self, axis: Axis) -> None:
        """Count x in steps, epochs or seconds of training."""
        self._axis = axis
        for plot in (self.cer_plot, self.loss_plot):
            plot.set_axis(axis)
        self._soil(*self._styles)

    def set_log(self, is_log: bool) -> None:
        """Draw CER and loss on logarithmic scales, or not."""
        for plot in (self.cer_plot, self.loss_plot):
            plot.set_log(is_log)

    def set_smoothing(self, weight: float) -> None:
        """Smooth the loss; `weight` in [0, 1) of what came before, 0: as logged."""
        self._smoothing = weight
        self._soil(*self._styles)

    def _soil(self, *runs: str) -> None:
        for dirty in self._dirty.values():
            dirty.update(runs)
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def _keep_shown(self) -> None:
        self.loss_plot.keep_only((run, "") for run in self._styles)
        self.cer_plot.keep_only(
            (run, target) for run in self._styles if run in self._points for target in self._points[run].targets
        )

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while nobody looked."""
        super().showEvent(event)
        self._soil()

    def hideEvent(self, event: QHideEvent) -> None:
        """Draw nothing that nobody sees."""
        super().hideEvent(event)
        self._timer.stop()

    @Slot()
    def _take_turn(self) -> None:
        """Draw one of the plots: both at once would hold up the window for twice as long."""
        if not self.is_dirty:
            self._timer.stop()
            return
        plots = tuple(self._dirty)
        self._turn = 1 - self._turn
        self._repaint(plots[self._turn], perf_counter() + TURN_S)

    def repaint_now(self) -> None:
        """Draw all news at once."""
        for plot in self._dirty:
            self._repaint(plot, float("inf"))

    def _repaint(self, plot: CurvePlot, until: float) -> None:
        dirty = self._dirty[plot]
        for run in [run for run in self._styles if run in dirty]:
            self._read(run)
            if plot is self.cer_plot:
                self._draw_cer(self._styles[run])
            else:
                self._draw_loss(self._styles[run])
            dirty.discard(run)
            if perf_counter() > until:
                break
        dirty.intersection_update(self._styles)
        reach = max(each.reach for each in self._dirty)
        for each in self._dirty:
            each.fit(reach)

    def _read(self, run: str) -> None:
        points = self._points.setdefault(run, RunPoints())
        history = self._waiting.pop(run, None)
        if history is not None:
            known = points.targets
            points.read(history)
            if known and points.targets != known:
                self._keep_shown()  # it went back to a checkpoint before the first validation of a target

    def _draw_cer(self, style: RunStyle) -> None:
        points = self._points[style.run]
        text = self.palette().color(QPalette.ColorRole.WindowText)
        for target in points.targets:
            label = f"{style.label} · {target}"
            self.cer_plot.draw(style.run, target, label, style.pen(target, text), *points.cer(target, self._axis))

    def _draw_loss(self, style: RunStyle) -> None:
        points = self._points[style.run]
        points.set_smoothing(self._smoothing)
        colours = [colour for _, colour in style.colours]
        text = self.palette().color(QPalette.ColorRole.WindowText)
        pen = _pen(colours[0] if len(colours) == 1 else text, style.width, style.style)
        self.loss_plot.draw(style.run, "", style.label, pen, *points.loss(self._axis))
