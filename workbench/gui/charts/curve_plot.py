"""One plot with named curves that grow while they are looked at."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui.charts.axes import AXES, place_words, time_unit
from workbench.gui.charts.curve_items import END_SYMBOLS, CurveItem, CurveKey, CurveLook, round_down, round_up
from workbench.gui.charts.curve_points import Array, Axis
from workbench.gui.charts.curve_readout import CurveReadout, ReadoutRow
from workbench.gui.charts.plot_view import PlotView
from workbench.gui.charts.quantities import Quantity
from workbench.gui.meanings import muted
from workbench.gui.messages import plain_label

CHOICE_REACH_PX = 40
LONE_POINT_PX = 6
END_MARK_PX = 11
RIGHT_PX = 22.0
ROOM = 0.03
"""Part of an axis that stays free at its end, so that no line runs along the border."""
_DETAIL = ((4, 400), (8, 200), (16, 100))
"""(curves, points of each that are drawn): the more curves, the fewer, so that drawing takes about as long."""
_LEAST_POINTS = 60
MOST_SMOOTH_CURVES = 16
"""With more of them, lines are drawn without smooth edges: it would take too long."""
KEY_ZOOM = 1.25


class CurvePlot(QWidget):
    """One plot of one quantity, with curves that are named (run, target).

    Curves are handed in as arrays; one whose points did not change costs nothing. The axes begin at 0 and grow in
    round steps, so that they seldom have to be drawn anew; the wheel and dragging look closer, a double click shows
    everything again. The values of all curves are listed for the place under the mouse. With keys: left and right
    go from point to point, up and down from curve to curve, Return chooses the run, + and - zoom, 0 shows everything.
    """

    place_changed = Signal(object)
    """Where the values are read, in units of x; None: nowhere."""
    run_chosen = Signal(str)
    """The user picked a curve of this run."""

    def __init__(self, quantity: Quantity, *, names_axis: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._quantity = quantity
        self._names_axis = names_axis
        self._axis: Axis = "steps"
        self._is_log = False
        self._common_reach = 0.0
        self._marked: object = None
        self._shows_all = True
        self._detail = (_DETAIL[0][1], True)
        self._curves: dict[CurveKey, CurveItem] = {}
        self._place: float | None = None
        self._near: CurveKey | None = None
        self._plot = PlotView(right_px=RIGHT_PX)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.double_clicked.connect(self.show_all)
        self._plot.view.sigRangeChangedManually.connect(self._stop_fitting)
        self._title = plain_label(quantity.title)
        self._readout = CurveReadout(self._plot)
        self._make_items()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(2)
        layout.addWidget(self._title)
        layout.addWidget(self._plot, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(quantity.title)
        self._colour()
        self._name_axis()

    def _make_items(self) -> None:
        """Make what is drawn beside the curves: a line where values are read, and dots and marks."""
        self._cross_line: Any = pg.InfiniteLine(angle=90, movable=False)
        self._cross_line.setZValue(-10)
        self._cross_line.hide()
        self._dots: Any = pg.ScatterPlotItem(size=7, pen=None)
        self._dots.setZValue(30)
        self._marks: Any = pg.ScatterPlotItem(pen=None)
        self._marks.setZValue(20)
        for item in (self._cross_line, self._dots, self._marks):
            self._plot.view.addItem(item, ignoreBounds=True)
        scene: Any = self._plot.scene()
        scene.sigMouseMoved.connect(self._on_mouse)
        scene.sigMouseClicked.connect(self._on_click)

    # What is drawn

    @property
    def quantity(self) -> Quantity:
        """What y is."""
        return self._quantity

    @property
    def curve_keys(self) -> tuple[CurveKey, ...]:
        """Return the (run, target) of the curves that are drawn."""
        return tuple(self._curves)

    @property
    def ranges(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Ends of the two axes, y as drawn (its logarithm where it is logarithmic)."""
        (left, right), (bottom, top) = self._plot.view.viewRange()
        return (left, right), (bottom, top)

    @property
    def marks(self) -> tuple[tuple[float, float, str], ...]:
        """(x, y as drawn, shape) of the dots that stand for curves of one point, and of the marks at ends."""
        return tuple((float(spot["x"]), float(spot["y"]), str(spot["symbol"])) for spot in self._marks.data)

    def drawn(self, run: str, target: str = "") -> tuple[Array, Array]:
        """Return (x, y) of a curve, all its points, in the plot's units."""
        curve = self._curves[run, target]
        return curve.x, curve.y

    def band(self, run: str, target: str = "") -> tuple[Array, Array] | None:
        """Return (lowest, highest) of the band around a curve, None where there is none."""
        return self._curves[run, target].band

    def look(self, run: str, target: str = "") -> CurveLook:
        """Return how a curve is drawn."""
        return self._curves[run, target].look

    def pen(self, run: str, target: str = "") -> QPen:
        """Return the pen of a curve."""
        return self._curves[run, target].look.pen

    def set_quantity(self, quantity: Quantity) -> None:
        """Draw another quantity; the curves must be handed in anew."""
        if quantity is self._quantity:
            return
        self.keep_only(())
        self._quantity = quantity
        self._title.setText(quantity.title)
        self.setAccessibleName(quantity.title)
        self.show_all()

    def set_axis(self, axis: Axis) -> None:
        """Name what x counts; the curves must be handed in anew."""
        self._axis = axis
        self._shows_all = True
        self._name_axis()
        self.read_at(None)

    def _name_axis(self) -> None:
        label = AXES[self._axis].label
        if self._axis == "time":
            length, unit = time_unit(self.ranges[0][1])
            self._plot.bottom.setScale(1 / length)
            label = f"{label}, {unit}"
        else:
            self._plot.bottom.setScale(1.0)
        self._plot.name_bottom(label if self._names_axis else "")

    def set_log(self, is_log: bool) -> None:
        """Draw y on a logarithmic scale, or not."""
        self._is_log = is_log
        self._plot.left.setLogMode(False, is_log)
        for curve in self._curves.values():
            curve.show(self._height, self._detail[0])
        self._read()
        self.show_all()

    def draw(self, key: CurveKey, look: CurveLook, x: Array, y: Array, band: tuple[Array, Array] | None = None) -> None:
        """Show a curve's points, and the band between two others around it."""
        curve = self._curves.get(key)
        if curve is None:
            curve = self._curves[key] = CurveItem(look, has_smooth_edges=self._detail[1])
            self._plot.view.addItem(curve.line)
        if band is not None and curve.band_area is None:
            self._plot.view.addItem(curve.make_band())
        if curve.take(look, x, y, band):
            curve.show(self._height, self._detail[0])

    def keep_only(self, keys: Iterable[CurveKey]) -> None:
        """Take away all curves but these."""
        wanted = set(keys)
        for key in [key for key in self._curves if key not in wanted]:
            for item in self._curves.pop(key).parts:
                self._plot.view.removeItem(item)
        if self._near is not None and self._near not in self._curves:
            self.read_at(None)

    def _height(self, y: Array) -> Array:
        """Return values as they are drawn."""
        return np.log10(np.maximum(y, self._quantity.least)) if self._is_log else y

    # Axes

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
        self._draw_marks()
        self._choose_detail()
        self._read()
        if not self._shows_all:
            return
        self._common_reach = self._common_reach if reach is None else reach
        right = round_up(max(self.reach, self._common_reach))
        bottom, top = self._heights([curve for curve in self._curves.values() if curve.is_known])
        top += ROOM * (top - bottom)
        right *= 1 + ROOM
        if ((0.0, right), (bottom, top)) != self.ranges:
            self._plot.view.setRange(xRange=(0.0, right), yRange=(bottom, top), padding=0)
            self._name_axis()

    def _heights(self, curves: list[CurveItem]) -> tuple[float, float]:
        """Ends of y, as drawn."""
        top = round_up(max(curve.highest for curve in curves)) if curves else self._quantity.empty_top
        if not self._is_log:
            return 0.0, top
        lowest = max(min((curve.lowest for curve in curves), default=top / 100), self._quantity.least)
        return float(np.log10(round_down(lowest))), float(np.log10(max(top, 2 * lowest)))

    def _draw_marks(self) -> None:
        """Show a curve of one point, of which there is no line yet, as a dot, and mark the ends of failed runs."""
        spots: list[dict[str, Any]] = []
        for curve in self._curves.values():
            if not curve.is_known:
                continue
            at = {"pos": (float(curve.x[-1]), float(self._height(curve.y[-1:])[0]))}
            if curve.look.end:
                symbol, colour = END_SYMBOLS[curve.look.end]
                spots.append({**at, "symbol": symbol, "brush": colour, "size": END_MARK_PX})
            elif len(curve.x) == 1:
                spots.append({**at, "symbol": "o", "brush": curve.look.pen.color().name(), "size": LONE_POINT_PX})
        spots = [spot for spot in spots if np.isfinite(spot["pos"][1])]
        if spots != self._marked:
            self._marked = spots
            self._marks.setData(spots)

    def _choose_detail(self) -> None:
        """Draw many curves with fewer points each, and without smooth edges."""
        number = len(self._curves)
        points = next((points for curves, points in _DETAIL if number <= curves), _LEAST_POINTS)
        is_smooth = number <= MOST_SMOOTH_CURVES
        if (points, is_smooth) == self._detail:
            return
        self._detail = (points, is_smooth)
        for curve in self._curves.values():
            curve.line.opts["antialias"] = is_smooth
            curve.show(self._height, points)

    @Slot()
    def _stop_fitting(self) -> None:
        self._shows_all = False

    # Values at a place

    @property
    def readout(self) -> CurveReadout:
        """The list of values at a place."""
        return self._readout

    @property
    def near(self) -> CurveKey | None:
        """The curve that is pointed at."""
        return self._near

    def read_at(self, place: float | None, near: CurveKey | None = None) -> None:
        """Mark all curves at a place; None: none of them.

        Parameters
        ----------
        near : CurveKey, optional
            The curve that is pointed at: then the values are listed, too.
        """
        if self._near is not None and self._near in self._curves:
            self._curves[self._near].emphasise(False)
        self._place, self._near = place, near
        if near is not None:
            self._curves[near].emphasise(True)
        self._read()

    def _read(self) -> None:
        rows = [] if self._place is None else self._rows(self._place)
        self._cross_line.setVisible(bool(rows))
        if self._place is None or not rows:
            self._readout.hide()
            self._dots.setData([], [])
            return
        self._cross_line.setValue(self._place)
        (left, right), _ = self.ranges
        on_left = self._place > (left + right) / 2
        title = place_words(self._axis, self._place)
        self._readout.show_rows(title, [row for _, row, _ in rows] if self._near else (), on_left=on_left)
        self._dots.setData(
            x=[x for x, _, _ in rows],
            y=[float(self._height(np.array([y]))[0]) for _, _, y in rows],
            brush=[row.pen.color() for _, row, _ in rows],
        )
        self.setAccessibleDescription(self._spoken(rows))

    def _spoken(self, rows: list[tuple[float, ReadoutRow, float]]) -> str:
        near = next((row for _, row, _ in rows if row.is_near), rows[0][1])
        assert self._place is not None
        return f"{near.label}, {place_words(self._axis, self._place)}: {near.value}"

    def _rows(self, place: float) -> list[tuple[float, ReadoutRow, float]]:
        """(x, row, y) of every curve that has begun by then, the highest value first."""
        family = self._family(self._near)
        found: list[tuple[float, ReadoutRow, float]] = []
        for key, curve in self._curves.items():
            if curve.look.behind is not None and key not in family:
                continue
            at = curve.point_before(place)
            if at is None:
                continue
            row = ReadoutRow(curve.look.label, self._value(curve, at, place), curve.look.pen, key == self._near)
            found.append((float(curve.x[at]), row, float(curve.y[at])))
        return sorted(found, key=lambda each: -each[2])

    def _family(self, key: CurveKey | None) -> set[CurveKey]:
        """A mean with all the curves that it is the mean of."""
        if key is None or key not in self._curves:
            return set()
        mean = self._curves[key].look.behind or key
        return {mean, *(other for other, curve in self._curves.items() if curve.look.behind == mean)}

    def _value(self, curve: CurveItem, at: int, place: float) -> str:
        """Value of a point; of a curve that ended earlier with the place of its end."""
        words = self._quantity.text(float(curve.y[at]))
        if curve.band is not None:
            low, high = (self._quantity.text(float(side[at])) for side in curve.band)
            unit = self._quantity.unit
            words = f"{words} ({low.removesuffix(unit)}–{high.removesuffix(unit)})"
        if curve.look.note:
            words += f" · {curve.look.note}"
        if at == len(curve.x) - 1 and not np.isclose(curve.x[at], place):
            words += f" · at {place_words(self._axis, float(curve.x[at]))}"
        return words

    @Slot(object)
    def _on_mouse(self, position: QPointF) -> None:
        view = self._plot.view
        found = self._nearest(position) if view.sceneBoundingRect().contains(position) else None
        if found is None:
            self._go_to(None, None)
        else:
            key, at, _ = found
            self._go_to(float(self._curves[key].x[at]), key)

    def _go_to(self, place: float | None, near: CurveKey | None) -> None:
        if (place, near) != (self._place, self._near):
            self.read_at(place, near)
            self.place_changed.emit(place)

    @Slot(object)
    def _on_click(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not event.double():
            found = self._nearest(event.scenePos())
            if found is not None and found[2] < CHOICE_REACH_PX:
                self._choose(found[0])

    def _choose(self, key: CurveKey) -> None:
        if run := self._curves[key].look.run:
            self.run_chosen.emit(run)

    def _nearest(self, position: QPointF) -> tuple[CurveKey, int, float] | None:
        """Find the curve and point that are nearest to a place of the scene, and how many pixels away it is."""
        at = self._plot.view.mapSceneToView(position)
        size_x, size_y = self._plot.view.viewPixelSize()
        best: tuple[CurveKey, int, float] | None = None
        for key, curve in self._curves.items():
            index = curve.nearest_point(at.x())
            if index is None:
                continue
            height = float(self._height(curve.y[index : index + 1])[0])
            distance = float(np.hypot((curve.x[index] - at.x()) / size_x, (height - at.y()) / size_y))
            if best is None or distance < best[2]:
                best = (key, index, distance)
        return best

    # Keys and looks

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from point to point and from curve to curve, choose the run, zoom."""
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Right | Qt.Key.Key_Home | Qt.Key.Key_End:
                self._go_along(event.key())
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                self._go_across(-1 if event.key() == Qt.Key.Key_Up else 1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if self._near is not None:
                self._choose(self._near)
            case Qt.Key.Key_Escape if self._place is not None:
                self._go_to(None, None)
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal | Qt.Key.Key_Minus:
                self._zoom(KEY_ZOOM if event.key() == Qt.Key.Key_Minus else 1 / KEY_ZOOM)
            case Qt.Key.Key_0:
                self.show_all()
            case _:
                super().keyPressEvent(event)

    def _start(self) -> CurveKey | None:
        """Return the curve that the keys go along: the one pointed at, else the first with points."""
        if self._near is not None:
            return self._near
        return next((key for key, curve in self._curves.items() if curve.is_known), None)

    def _go_along(self, key: int) -> None:
        near = self._start()
        if near is None:
            return
        points = np.flatnonzero(np.isfinite(self._curves[near].y))
        now = len(points) - 1
        if self._place is not None:
            now = int(np.abs(self._curves[near].x[points] - self._place).argmin())
            moves = {Qt.Key.Key_Left: now - 1, Qt.Key.Key_Right: now + 1, Qt.Key.Key_Home: 0}
            now = min(max(moves.get(Qt.Key(key), len(points) - 1), 0), len(points) - 1)
        self._go_to(float(self._curves[near].x[points[now]]), near)

    def _go_across(self, step: int) -> None:
        near = self._start()
        if near is None:
            return
        if self._place is None:
            self._go_along(Qt.Key.Key_End)
            return
        place, family = self._place, self._family(near)
        heights = {
            key: float(curve.y[at])
            for key, curve in self._curves.items()
            if (curve.look.behind is None or key in family) and (at := curve.point_before(place)) is not None
        }
        order = sorted(heights, key=lambda key: -heights[key])
        at = order.index(near) + step if near in order else 0
        if 0 <= at < len(order):
            self._go_to(place, order[at])

    def _zoom(self, factor: float) -> None:
        (left, right), _ = self.ranges
        middle = self._place if self._place is not None else (left + right) / 2
        self._shows_all = False
        self._plot.view.setXRange(middle - (middle - left) * factor, middle + (right - middle) * factor, padding=0)

    def hideEvent(self, event: QHideEvent) -> None:
        """List nothing while another page is looked at."""
        super().hideEvent(event)
        self._go_to(None, None)

    def leaveEvent(self, event: QEvent) -> None:
        """List nothing when the mouse is elsewhere."""
        super().leaveEvent(event)
        self._go_to(None, None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the keys go here."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """List nothing when the keys go elsewhere."""
        super().focusOutEvent(event)
        self._go_to(None, None)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a frame while the keys go here."""
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Accent), 1.5))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
            painter.end()

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change between the light and the dark scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def _colour(self) -> None:
        self._plot.colour_axes(self.palette())
        self._cross_line.setPen(pg.mkPen(muted(self.palette()), width=1, style=Qt.PenStyle.DotLine))
