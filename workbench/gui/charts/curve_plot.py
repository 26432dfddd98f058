"""One plot with named curves that grow while they are looked at."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Slot
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui.charts.curve_points import Array, Axis, thinned
from workbench.gui.charts.plot_view import PlotView
from workbench.gui.messages import plain_label

HOVER_REACH_PX = 40
LONE_POINT_PX = 6
ROOM = 0.03
"""Part of an axis that stays free at its end, so that no line runs along the border."""
LEAST_LOG_VALUE = 1e-3
"""Smaller values are drawn as this on a logarithmic scale."""

_AXIS_LABELS: dict[Axis, str] = {"steps": "step", "epochs": "epoch", "time": "time (s)"}


class CurvePlot(QWidget):
    """One plot with curves that are named (run, target); empty target: the run's own curve.

    Curves are handed in as arrays; one whose points did not change costs nothing. The axes begin at 0 and grow in
    round steps, so that they seldom have to be drawn anew; the wheel and dragging look closer, a double click shows
    everything again.

    Parameters
    ----------
    title, unit : str
        What y is; the unit follows a value in the readout.
    empty_top : float
        Where y ends as long as there is no curve.
    """

    def __init__(self, title: str, unit: str, empty_top: float = 1.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        self._title = title
        self._unit = unit
        self._axis: Axis = "steps"
        self._is_log = False
        self._empty_top = empty_top
        self._common_reach = 0.0
        self._lone: list[tuple[float, float, str]] = []
        self._shows_all = True
        self._curves: dict[tuple[str, str], _Curve] = {}
        self._plot = PlotView()
        self._plot.double_clicked.connect(self.show_all)
        self._plot.view.sigRangeChangedManually.connect(self._stop_fitting)
        self._readout = plain_label(title)
        self._mark = pg.ScatterPlotItem(size=7, pen=None)
        self._plot.view.addItem(self._mark, ignoreBounds=True)
        self._lone_points = pg.ScatterPlotItem(size=LONE_POINT_PX, pen=None)
        self._plot.view.addItem(self._lone_points, ignoreBounds=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self._readout)
        layout.addWidget(self._plot, 1)
        scene: Any = self._plot.scene()
        scene.sigMouseMoved.connect(self._on_mouse)
        self._plot.colour_axes(self.palette())

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

    @property
    def lone_points(self) -> tuple[Array, Array]:
        """Return (x, y) of the dots that stand for curves of one point, y as drawn."""
        return self._lone_points.getData()

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

    @property
    def reach(self) -> float:
        """Return how far the curves go along x, 0 without one."""
        return max((float(curve.x[-1]) for curve in self._curves.values() if len(curve.x)), default=0.0)

    @Slot()
    def show_all(self) -> None:
        """Show everything, and go on doing so as the curves grow."""
        self._shows_all = True
        self.fit()

    def fit(self, reach: float | None = None) -> None:
        """Bring the axes in line with the curves, unless the user looks closer at a part.

        Parameters
        ----------
        reach : float, optional
            Show x at least so far: that of a plot over the same axis. None: as far as it was said the last time.
        """
        self._draw_lone_points()
        if not self._shows_all:
            return
        self._common_reach = self._common_reach if reach is None else reach
        right = round_up(max(self.reach, self._common_reach))
        bottom, top = self._heights([curve for curve in self._curves.values() if len(curve.x)])
        top += ROOM * (top - bottom)
        right *= 1 + ROOM
        if ((0.0, right), (bottom, top)) != self.ranges:
            self._plot.view.setRange(xRange=(0.0, right), yRange=(bottom, top), padding=0)

    def _heights(self, curves: "list[_Curve]") -> tuple[float, float]:
        """Ends of y, as drawn."""
        top = round_up(max(curve.highest for curve in curves)) if curves else self._empty_top
        if not self._is_log:
            return 0.0, top
        lowest = max(min((curve.lowest for curve in curves), default=1.0), LEAST_LOG_VALUE)
        return float(np.floor(2 * np.log10(lowest)) / 2), float(np.log10(max(top, 2 * lowest)))

    def _draw_lone_points(self) -> None:
        """Show a curve of one point, of which there is no line yet, as a dot."""
        lone = [curve for curve in self._curves.values() if len(curve.x) == 1]
        heights = [float(_logarithm(curve.y)[0] if self._is_log else curve.y[0]) for curve in lone]
        points = [
            (float(curve.x[0]), height, curve.pen.color().name()) for curve, height in zip(lone, heights, strict=True)
        ]
        if points != self._lone:
            self._lone = points
            xs, ys, brushes = zip(*points, strict=True) if points else ((), (), ())
            self._lone_points.setData(x=list(xs), y=list(ys), brush=[pg.mkBrush(colour) for colour in brushes])

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
            self._plot.colour_axes(self.palette())


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
