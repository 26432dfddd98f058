"""Curves of loss and validation CER while runs train: one line per target, several runs at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QPalette, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui.charts.curve_points import Array, Axis, RunPoints, smoothed, thinned
from workbench.gui.meanings import hairline, muted
from workbench.gui.messages import plain_label
from workbench.runs.history import RunHistory

REPAINT_EVERY_MS = 100
HOVER_REACH_PX = 40

_AXIS_LABELS: dict[Axis, str] = {"steps": "step", "epochs": "epoch", "time": "time (s)"}


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


class CurvePlot(QWidget):
    """One plot with curves that are named (run, target); empty target: the run's own curve.

    Curves are handed in as arrays; which are drawn, in which pen, follows from the runs' styles.
    """

    def __init__(self, title: str, unit: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        self._unit = unit
        self._axis: Axis = "steps"
        self._curves: dict[tuple[str, str], Any] = {}
        self._pens: dict[tuple[str, str], QPen] = {}
        self._labels: dict[tuple[str, str], str] = {}
        self._data: dict[tuple[str, str], tuple[Array, Array]] = {}
        self._plot = pg.PlotWidget(background=None)  # pyright: ignore[reportArgumentType]
        item: Any = self._plot.getPlotItem()
        self._item = item
        self._is_log = False
        item.setMenuEnabled(False)
        item.hideButtons()
        item.showGrid(x=False, y=True, alpha=0.12)
        item.getViewBox().setDefaultPadding(0.02)
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        self._plot.setMinimumHeight(90)
        self._readout = plain_label(title)
        self._title = title
        self._mark = pg.ScatterPlotItem(size=7, pen=None)
        item.addItem(self._mark, ignoreBounds=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._readout)
        layout.addWidget(self._plot, 1)
        scene: Any = self._plot.scene()
        scene.sigMouseMoved.connect(self._on_mouse)
        self._colour_axes()

    @property
    def curve_keys(self) -> tuple[tuple[str, str], ...]:
        """Return the (run, target) of the curves that are drawn."""
        return tuple(self._curves)

    @property
    def readout(self) -> str:
        """Return what stands above the plot: its title, or the point under the mouse."""
        return self._readout.text()

    def drawn(self, run: str, target: str = "") -> tuple[Array, Array]:
        """Return (x, y) of a curve before it is thinned, in the plot's units."""
        return self._data[run, target]

    def pen(self, run: str, target: str = "") -> QPen:
        """Return the pen of a curve."""
        return self._pens[run, target]

    def set_axis(self, axis: Axis) -> None:
        """Name what x counts; the curves must be drawn anew."""
        self._axis = axis
        self._item.setLabel("bottom", _AXIS_LABELS[axis])

    def set_log(self, is_log: bool) -> None:
        """Draw y on a logarithmic scale, or not."""
        self._is_log = is_log
        self._item.setLogMode(x=False, y=is_log)
        for curve in self._curves.values():
            curve.setLogMode(False, is_log)

    def draw(self, run: str, target: str, label: str, pen: QPen, x: Array, y: Array) -> None:
        """Show a curve's points; the pen is only set where the curve is new or looks otherwise."""
        key = (run, target)
        self._data[key] = (x, y)
        self._labels[key] = label
        curve = self._curves.get(key)
        if curve is None:
            curve = self._curves[key] = pg.PlotDataItem(pen=pen, connect="finite", antialias=False)
            curve.setLogMode(False, self._is_log)
            curve.setDownsampling(auto=False)
            curve.setClipToView(True)
            self._plot.addItem(curve)
        elif self._pens[key] != pen:
            curve.setPen(pen)
        self._pens[key] = pen
        curve.setData(*thinned(x, y))

    def keep_only(self, keys: Iterable[tuple[str, str]]) -> None:
        """Take away all curves but these."""
        wanted = set(keys)
        for key in [key for key in self._curves if key not in wanted]:
            self._plot.removeItem(self._curves.pop(key))
            self._data.pop(key)
            self._labels.pop(key)
            self._pens.pop(key)

    @Slot(object)
    def _on_mouse(self, position: QPointF) -> None:
        view = self._item.getViewBox()
        near = self._nearest(view, position) if view.sceneBoundingRect().contains(position) else None
        if near is None:
            self._readout.setText(self._title)
            self._mark.setData([], [])
            return
        key, index = near
        x, y = (values[index] for values in self._data[key])
        self._readout.setText(f"{self._labels[key]} · {_AXIS_LABELS[self._axis]} {x:,.4g}: {y:.4g}{self._unit}")
        self._mark.setData([x], [np.log10(y) if self._is_log and y > 0 else y], brush=self._pens[key].color())

    def _nearest(self, view: pg.ViewBox, position: QPointF) -> tuple[tuple[str, str], int] | None:
        """Find the curve and point that are nearest to the mouse, within reach."""
        at = view.mapSceneToView(position)
        size_x, size_y = view.viewPixelSize()
        best: tuple[float, tuple[str, str], int] | None = None
        for key, (x, y) in self._data.items():
            if not len(x):
                continue
            index = int(np.abs(x - at.x()).argmin())
            height = np.log10(max(float(y[index]), 1e-9)) if self._is_log else float(y[index])
            distance = float(np.hypot((x[index] - at.x()) / size_x, (height - at.y()) / size_y))
            if distance < HOVER_REACH_PX and (best is None or distance < best[0]):
                best = (distance, key, index)
        return best[1:] if best else None

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change between the light and the dark scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour_axes()

    def _colour_axes(self) -> None:
        text, line = muted(self.palette()), hairline(self.palette())
        for side in ("left", "bottom"):
            axis = self._item.getAxis(side)
            axis.setPen(line)
            axis.setTextPen(text)
            axis.setStyle(tickLength=-4)
        self._item.getAxis("left").setWidth(44)


class CerCurves(QWidget):
    """CER on validation lines above, training loss below, over the same axis.

    Histories are told by :meth:`set_history` as often as they change; the plots are drawn at most every 100 ms, and
    only while they can be seen.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cer_plot = CurvePlot("CER on validation lines, per cent", " %")
        self.loss_plot = CurvePlot("Training loss", "")
        self._styles: dict[str, RunStyle] = {}
        self._points: dict[str, RunPoints] = {}
        self._waiting: dict[str, RunHistory] = {}
        self._dirty: set[str] = set()
        self._axis: Axis = "steps"
        self._smoothing = 0.6
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REPAINT_EVERY_MS)
        self._timer.timeout.connect(self.repaint_now)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.cer_plot, 3)
        layout.addWidget(self.loss_plot, 2)

    @property
    def shown_runs(self) -> tuple[str, ...]:
        """Ids of the runs whose curves are shown."""
        return tuple(self._styles)

    def set_runs(self, styles: Iterable[RunStyle]) -> None:
        """Show these runs and no others; what is known of their points is kept."""
        self._styles = {style.run: style for style in styles}
        self._dirty.update(self._styles)
        self._schedule()

    def set_history(self, history: RunHistory) -> None:
        """Take over what a run's history has in news."""
        self._waiting[history.run] = history
        if history.run in self._styles:
            self._dirty.add(history.run)
            self._schedule()

    def forget(self) -> None:
        """Drop all runs and their points."""
        self._styles.clear()
        self._points.clear()
        self._waiting.clear()
        self.repaint_now()

    def set_axis(self, axis: Axis) -> None:
        """Count x in steps, epochs or seconds of training."""
        self._axis = axis
        for plot in (self.cer_plot, self.loss_plot):
            plot.set_axis(axis)
        self._dirty.update(self._styles)
        self.repaint_now()

    def set_log(self, is_log: bool) -> None:
        """Draw CER and loss on logarithmic scales, or not."""
        for plot in (self.cer_plot, self.loss_plot):
            plot.set_log(is_log)

    def set_smoothing(self, weight: float) -> None:
        """Smooth the loss; `weight` in [0, 1) of what came before, 0: as logged."""
        self._smoothing = weight
        self._dirty.update(self._styles)
        self.repaint_now()

    def _schedule(self) -> None:
        if not self._timer.isActive() and self.isVisible():
            self._timer.start()

    def showEvent(self, event: QEvent) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Draw what came while nobody looked."""
        super().showEvent(event)  # pyright: ignore[reportArgumentType]
        self._schedule()

    @Slot()
    def repaint_now(self) -> None:
        """Draw all runs that have news."""
        for run in self._dirty & self._styles.keys():
            self._draw(self._styles[run])
        self._dirty.clear()
        shown = {(run, "") for run in self._styles}
        self.loss_plot.keep_only(shown)
        self.cer_plot.keep_only(
            (run, target) for run in self._styles for target in self._points.get(run, RunPoints()).targets
        )

    def _draw(self, style: RunStyle) -> None:
        points = self._points.setdefault(style.run, RunPoints())
        history = self._waiting.pop(style.run, None)
        if history is not None:
            points.read(history)
        text = self.palette().color(QPalette.ColorRole.WindowText)
        for target in points.targets:
            label = f"{style.label} · {target}"
            self.cer_plot.draw(style.run, target, label, style.pen(target, text), *points.cer(target, self._axis))
        x, loss = points.loss(self._axis)
        colours = [colour for _, colour in style.colours]
        pen = _pen(colours[0] if len(colours) == 1 else text, style.width, style.style)
        self.loss_plot.draw(style.run, "", style.label, pen, x, smoothed(loss, self._smoothing))
