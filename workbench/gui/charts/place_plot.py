"""Error rates at a few places of an axis, window widths or K: the curves of several arms, the values listed below."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.gui.charts.curve_items import round_up
from workbench.gui.charts.plot_view import PlotView
from workbench.gui.labels import MutedLabel
from workbench.gui.meanings import emphasised, muted
from workbench.gui.messages import plain_label
from workbench.gui.wording import unbroken

PLOT_HEIGHT_PX = 190
BAND_ALPHA = 36
SURE_SHARE = 0.035
"""Half the height of the bar of a curve, as a part of the axis."""
ROOM = 0.15
"""Beside the first and the last place, in units of the axis."""
ASIDE = 0.035
"""Between the bars of two arms at a place, in units of the axis."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where values are known."""

    x: float
    tick: str
    heading: str
    """What the list of values is headed with: 'windows of 49 px'."""


@dataclass(frozen=True, slots=True)
class PlacedValue:
    """An error rate in per cent with its interval."""

    place: Place
    rate: float
    low: float | None
    high: float | None
    note: str = ""
    """What is told beside it: '+0.2'."""

    def words(self) -> str:
        """'40.6 % (36.9–45.9), +0.2'."""
        ends = "" if self.low is None or self.high is None else f" ({self.low:.1f}–{self.high:.1f})"
        return f"{self.rate:.1f} %{ends}" + (f", {self.note}" if self.note else "")


@dataclass(frozen=True, slots=True)
class PlacedCurve:
    """One arm: how it is called and drawn, and its values from left to right."""

    name: str
    colour: QColor
    style: Qt.PenStyle
    pen_width: float
    values: tuple[PlacedValue, ...]
    bar_x: float | None = None
    """Where a short bar crosses the curve at the height of its last value."""

    def at(self, place: Place) -> PlacedValue | None:
        """Return the value at a place."""
        return next((value for value in self.values if value.place == place), None)


class PlacePlot(QWidget):
    """Heading, curves over an axis of places, and the values at one of them.

    The place follows the mouse; with keys, left and right go from place to place.

    Parameters
    ----------
    title : str
        Name of the target.
    what : str
        What is drawn, for those who do not see it: 'CER over window width'.
    has_dots : bool
        Mark each value, with its interval as a bar; else intervals are bands.
    """

    def __init__(self, title: str, what: str, *, has_dots: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._has_dots = has_dots
        self._curves: tuple[PlacedCurve, ...] = ()
        self._places: tuple[Place, ...] = ()
        self._at = 0
        self._top = 1.0
        self._items: list[Any] = []
        self._title = plain_label(title)
        self._title.setFont(emphasised(self._title.font()))
        self._axis = MutedLabel()
        self._axis.setWordWrap(False)
        self._plot = PlotView(right_px=22)
        self._plot.setFixedHeight(PLOT_HEIGHT_PX)
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.view.setMouseEnabled(x=False, y=False)
        self._plot.left.setWidth(34)
        self._line: Any = pg.InfiniteLine(angle=90, movable=False)
        self._line.setZValue(-10)
        self._plot.view.addItem(self._line, ignoreBounds=True)
        self._readout = MutedLabel()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for part in (self._title, self._axis, self._plot, self._readout):
            layout.addWidget(part)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"{what}, {title}")
        scene: Any = self._plot.scene()
        scene.sigMouseMoved.connect(self._on_mouse)
        self._colour()

    @property
    def title(self) -> str:
        """Name of the target."""
        return self._title.text()

    @property
    def curves(self) -> tuple[PlacedCurve, ...]:
        """What is drawn."""
        return self._curves

    @property
    def axis(self) -> str:
        """What stands on the axes, and what it is of."""
        return self._axis.text()

    @property
    def readout(self) -> str:
        """Values at the place, one curve in each line."""
        return self._readout.text()

    @property
    def place(self) -> Place | None:
        """Where the values are listed."""
        return self._places[self._at] if self._places else None

    def show_curves(self, curves: Sequence[PlacedCurve], *, first_x: float, top: float, axis: str) -> None:
        """Draw other curves.

        Parameters
        ----------
        curves : sequence of PlacedCurve
        first_x : float
            The values at the place nearest to it are listed first.
        top : float
            Highest value of all plots that stand beside each other.
        axis : str
            What stands on the axes, and what it is of: '% CER over K · 50 lines, 38 writers'.
        """
        self._curves, self._top = tuple(curves), round_up(top)
        self._axis.setText(axis)
        known = {value.place for curve in curves for value in curve.values}
        self._places = tuple(sorted(known, key=lambda place: place.x))
        self._at = int(np.argmin([abs(place.x - first_x) for place in self._places])) if known else 0
        for item in self._items:
            self._plot.view.removeItem(item)
        self._items = [
            item for number, curve in enumerate(self._curves) for item in self._items_of(curve, self._aside(number))
        ]
        for item in self._items:
            self._plot.view.addItem(item, ignoreBounds=True)
        self._plot.bottom.setTicks([[(place.x, place.tick) for place in self._places]])
        if self._places:
            reach = (self._places[0].x - ROOM, self._places[-1].x + ROOM)
            self._plot.view.setRange(xRange=reach, yRange=(0.0, self._top), padding=0)
        self._tell()

    def _aside(self, number: int) -> float:
        """How far a curve's bars stand beside their place, so that those of several arms can be told apart."""
        if not self._has_dots:
            return 0.0
        step = min(ASIDE, 1.6 * ROOM / len(self._curves))  # many arms stay within the axis
        return (number - (len(self._curves) - 1) / 2) * step

    def _items_of(self, curve: PlacedCurve, aside: float) -> list[Any]:
        x = np.array([value.place.x for value in curve.values]) + aside
        y = np.array([value.rate for value in curve.values])
        pen = QPen(curve.colour, curve.pen_width, curve.style)
        pen.setCosmetic(True)
        items: list[Any] = [pg.PlotCurveItem(x, y, pen=pen, antialias=True)]
        if self._has_dots:
            items += self._dots(curve, x, y)
        elif all(value.low is not None and value.high is not None for value in curve.values):
            items.append(_band(curve, x))
        if curve.bar_x is not None and x[0] <= curve.bar_x <= x[-1]:
            at, reach = curve.bar_x, SURE_SHARE * self._top
            items.append(pg.PlotCurveItem([at, at], [y[-1] - reach, y[-1] + reach], pen=QPen(curve.colour, 0)))
        return items

    @staticmethod
    def _dots(curve: PlacedCurve, x: "np.ndarray[Any, Any]", y: "np.ndarray[Any, Any]") -> list[Any]:
        pen = QPen(curve.colour, 1.0)
        pen.setCosmetic(True)
        size = 3.0 + 1.5 * curve.pen_width
        items: list[Any] = [pg.ScatterPlotItem(x, y, size=size, pen=pen, brush=curve.colour)]
        for at, value in zip(x, curve.values, strict=True):
            if value.low is not None and value.high is not None:
                items.append(pg.PlotCurveItem([at, at], [value.low, value.high], pen=pen))
        return items

    # The place whose values are listed

    def read_at(self, number: int) -> None:
        """List the values at the place of this number, counted from the left."""
        self._at = min(max(number, 0), max(len(self._places) - 1, 0))
        self._tell()

    def _tell(self) -> None:
        place = self.place
        self._line.setVisible(place is not None)
        lines: list[str] = []
        if place is not None:
            self._line.setValue(place.x)
            lines.append(f"{place.heading}:")
            for curve in self._curves:
                value = curve.at(place)
                lines.append(f"{curve.name}  {value.words() if value else '–'}")
        self._readout.setText("\n".join(map(unbroken, lines)))
        self.setAccessibleDescription(self._readout.text())

    @Slot(object)
    def _on_mouse(self, position: QPointF) -> None:
        view = self._plot.view
        if self._places and view.sceneBoundingRect().contains(position):
            x = float(view.mapSceneToView(position).x())
            self.read_at(int(np.argmin([abs(place.x - x) for place in self._places])))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from place to place."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.read_at(self._at + step)

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change between the light and the dark scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def _colour(self) -> None:
        self._plot.colour_axes(self.palette())
        self._line.setPen(QPen(muted(self.palette()), 0, Qt.PenStyle.DotLine))


def _band(curve: PlacedCurve, x: "np.ndarray[Any, Any]") -> Any:
    low = np.array([value.low for value in curve.values], dtype=float)
    high = np.array([value.high for value in curve.values], dtype=float)
    ground = QColor(curve.colour)
    ground.setAlpha(BAND_ALPHA)
    band = pg.PlotCurveItem(
        np.concatenate([x, x[::-1]]), np.concatenate([high, low[::-1]]), pen=None, fillLevel="enclosed", brush=ground
    )
    band.setZValue(-5)
    return band
