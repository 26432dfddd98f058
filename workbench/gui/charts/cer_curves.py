"""Curves of loss and validation CER while runs train: one line per target, several runs at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QHideEvent, QMouseEvent, QPalette, QPen, QShowEvent
from PySide6.QtWidgets import QGraphicsItem, QVBoxLayout, QWidget

from workbench.gui.charts.curve_points import Array, Axis, RunPoints, thinned
from workbench.gui.meanings import hairline, muted
from workbench.gui.messages import plain_label
from workbench.runs.history import RunHistory

REPAINT_EVERY_MS = 100
TURN_S = 0.006
"""After this long the rest of the runs waits for the next turn, so that long histories never hold up the window."""
HOVER_REACH_PX = 40
GRID_ALPHA = 30
ROOM = 0.03
"""Part of an axis that stays free at its end, so that no line runs along the border."""
LEAST_LOG_VALUE = 1e-3
"""Smaller values are drawn as this on a logarithmic scale."""

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

    Curves are handed in as arrays; one whose points did not change costs nothing. The axes begin at 0 and grow in
    round steps, so that they seldom have to be drawn anew; the wheel and dragging look closer, a double click shows
    everything again.
    """

    def __init__(self, title: str, unit: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        self._title = title
        self._unit = unit
        self._axis: Axis = "steps"
        self._is_log = False
        self._shows_all = True
        self._curves: dict[tuple[str, str], _Curve] = {}
        self._plot = _PlotView()
        self._plot.double_clicked.connect(self.show_all)
        self._plot.view.sigRangeChangedManually.connect(self._stop_fitting)
        self._readout = plain_label(title)
        self._mark = pg.ScatterPlotItem(size=7, pen=None)
        self._plot.view.addItem(self._mark, ignoreBounds=True)
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

    @property
    def ranges(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Ends of the two axes, y as drawn (its logarithm where it is logarithmic)."""
        (left, right), (bottom, top) = self._plot.view.viewRange()
        return (left, right), (bottom, top)

    def drawn(self, run: str, target: str = "") -> tuple[Array, Array]:
        """Return (x, y) of a curve, all its points, in the plot's units."""
        curve = self._curves[run, target]
        return curve.x, curve.y

    def pen(self, run: str, target: str = "") -> QPen:
        """Return the pen of a curve."""
        return self._curves[run, target].pen

    def set_axis(self, axis: Axis) -> None:
        """Name what x counts; the curves must be drawn anew."""
        self._axis = axis
        self._plot.bottom.setLabel(_AXIS_LABELS[axis])
        self._shows_all = True

    def set_log(self, is_log: bool) -> None:
        """Draw y on a logarithmic scale, or not."""
        self._is_log = is_log
        self._plot.left.setLogMode(False, is_log)
        for curve in self._curves.values():
            curve.show(is_log=is_log)
        self.show_all()

    def draw(self, run: str, target: str, label: str, pen: QPen, x: Array, y: Array) -> None:
        """Show a curve's points."""
        key = (run, target)
        curve = self._curves.get(key)
        if curve is None:
            curve = self._curves[key] = _Curve(label, pen)
            self._plot.view.addItem(curve.item)
        if curve.take(label, pen, x, y):
            curve.show(is_log=self._is_log)

    def keep_only(self, keys: Iterable[tuple[str, str]]) -> None:
        """Take away all curves but these."""
        wanted = set(keys)
        for key in [key for key in self._curves if key not in wanted]:
            self._plot.view.removeItem(self._curves.pop(key).item)

    @Slot()
    def show_all(self) -> None:
        """Show everything, and go on doing so as the curves grow."""
        self._shows_all = True
        self.fit()

    def fit(self) -> None:
        """Bring the axes in line with the curves, unless the user looks closer at a part."""
        curves = [curve for curve in self._curves.values() if len(curve.x)]
        if not self._shows_all or not curves:
            return
        right = round_up(max(float(curve.x[-1]) for curve in curves))
        top = round_up(max(curve.highest for curve in curves))
        bottom = 0.0
        if self._is_log:
            lowest = max(min(curve.lowest for curve in curves), LEAST_LOG_VALUE)
            bottom, top = np.floor(2 * np.log10(lowest)) / 2, np.log10(max(top, 2 * lowest))
        top += ROOM * (top - bottom)
        right *= 1 + ROOM
        if ((0.0, right), (bottom, top)) != self.ranges:
            self._plot.view.setRange(xRange=(0.0, right), yRange=(bottom, top), padding=0)

    @Slot()
    def _stop_fitting(self) -> None:
        self._shows_all = False

    @Slot(object)
    def _on_mouse(self, position: QPointF) -> None:
        view = self._plot.view
        near = self._nearest(view, position) if view.sceneBoundingRect().contains(position) else None
        if near is None:
            self._readout.setText(self._title)
            self._mark.setData([], [])
            return
        curve, index = near
        x, y = float(curve.x[index]), float(curve.y[index])
        self._readout.setText(f"{curve.label} · {_AXIS_LABELS[self._axis]} {x:,.4g}: {y:.4g}{self._unit}")
        self._mark.setData([x], [_logarithm(np.array([y]))[0] if self._is_log else y], brush=curve.pen.color())

    def _nearest(self, view: pg.ViewBox, position: QPointF) -> "tuple[_Curve, int] | None":
        """Find the curve and point that are nearest to the mouse, within reach."""
        at = view.mapSceneToView(position)
        size_x, size_y = view.viewPixelSize()
        best: tuple[float, _Curve, int] | None = None
        for curve in self._curves.values():
            if not len(curve.x):
                continue
            index = int(np.abs(curve.x - at.x()).argmin())
            height = float(_logarithm(curve.y[index : index + 1])[0] if self._is_log else curve.y[index])
            distance = float(np.hypot((curve.x[index] - at.x()) / size_x, (height - at.y()) / size_y))
            if distance < HOVER_REACH_PX and (best is None or distance < best[0]):
                best = (distance, curve, index)
        return best[1:] if best else None

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change between the light and the dark scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour_axes()

    def _colour_axes(self) -> None:
        text, line = muted(self.palette()), hairline(self.palette())
        for axis in (self._plot.left, self._plot.bottom):
            axis.setPen(line)
            axis.setTextPen(text)


class _PlotView(pg.GraphicsView):
    """Axes and curves without a ground of their own; tells of double clicks.

    Put together by hand: pyqtgraph's own plot brings menus that nobody asked for, and that outlive it.
    """

    double_clicked = Signal()

    def __init__(self) -> None:
        super().__init__(background=None)  # pyright: ignore[reportArgumentType]
        self.setFrameShape(self.Shape.NoFrame)
        self.setMinimumHeight(90)
        self.view: Any = pg.ViewBox(enableMenu=False)
        self.view.disableAutoRange()
        self.left: Any = _axis("left", self.view)
        self.left.setWidth(44)
        self.left.setGrid(GRID_ALPHA)
        self.bottom: Any = _axis("bottom", self.view)
        layout: Any = pg.GraphicsLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addItem(self.left, 0, 0)
        layout.addItem(self.view, 0, 1)
        layout.addItem(self.bottom, 1, 1)
        self.setCentralItem(layout)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Tell of a double click."""
        super().mouseDoubleClickEvent(event)
        self.double_clicked.emit()


def _axis(side: str, view: Any) -> Any:
    axis: Any = pg.AxisItem(side)
    axis.linkToView(view)
    axis.setStyle(tickLength=-4, maxTickLevel=0, hideOverlappingLabels=False)
    axis.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
    return axis


class _Curve:
    """Points of one curve and how they are drawn."""

    def __init__(self, label: str, pen: QPen) -> None:
        self.label = label
        self.pen = pen
        self.x = self.y = np.empty(0)
        self.lowest = self.highest = 0.0
        self.item: Any = pg.PlotCurveItem(pen=pen, connect="finite", antialias=False, skipFiniteCheck=False)
        self._state: tuple[object, ...] = ()

    def take(self, label: str, pen: QPen, x: Array, y: Array) -> bool:
        """Take over points; tell whether anything is new."""
        self.label = label
        if pen != self.pen:
            self.pen = pen
            self.item.setPen(pen)
        state = (len(x), float(x[-1]), float(y[-1]), float(y[0])) if len(x) else (0,)
        if state == self._state:
            return False
        self._state = state
        self.x, self.y = x, y
        return True

    def show(self, *, is_log: bool) -> None:
        """Hand the points to the plot."""
        x, y = thinned(self.x, self.y)
        finite = y[np.isfinite(y)]
        if len(finite):
            self.lowest, self.highest = float(finite.min()), float(finite.max())
        self.item.setData(x, _logarithm(y) if is_log else y)


def _logarithm(y: Array) -> Array:
    return np.log10(np.maximum(y, LEAST_LOG_VALUE))


def round_up(value: float) -> float:
    """Next of the numbers 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, times a power of ten; 1 for what is not positive."""
    if not np.isfinite(value) or value <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    steps = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
    return float(power * next(step for step in steps if step * power >= value * (1 - 1e-9)))


class CerCurves(QWidget):
    """CER on validation lines above, training loss below, over the same axis.

    Histories are told by :meth:`set_history` as often as they change. Each plot is drawn at most every 100 ms, the two
    in turn, and only while they can be seen.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cer_plot = CurvePlot("CER on validation lines, per cent", " %")
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
        plot.fit()

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
