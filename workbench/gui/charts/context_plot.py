"""CER over the width of the windows through which lines are read: one plot per target, the values listed below it."""

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
from workbench.gui.wording import signed, unbroken

PLOT_HEIGHT_PX = 190
BAND_ALPHA = 36
LINE_WORD = "line"
SURE_SHARE = 0.035
"""Half the height of the bar at the width from which on nothing may change, as a part of the axis."""


@dataclass(frozen=True, slots=True)
class ContextValue:
    """CER in per cent at one width, with its interval and its rise over the whole line in points."""

    width_px: int | None
    """None: the whole line."""
    cer: float
    low: float | None
    high: float | None
    rise: float


@dataclass(frozen=True, slots=True)
class ContextCurve:
    """One arm: how it is called and drawn, and its values from narrow to wide."""

    name: str
    colour: QColor
    style: Qt.PenStyle
    pen_width: float
    values: tuple[ContextValue, ...]
    sure_px: int | None = None
    """Width from which on nothing may change; a short bar stands there."""

    def at(self, width_px: int | None) -> ContextValue | None:
        """Return the value at a width."""
        return next((value for value in self.values if value.width_px == width_px), None)


class ContextPlot(QWidget):
    """Heading, curves over a logarithmic axis whose last place is the whole line, and the values at one place.

    The place follows the mouse; with keys, left and right go from width to width. At first it is the width of about
    one receptive field.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curves: tuple[ContextCurve, ...] = ()
        self._widths: tuple[int | None, ...] = (None,)
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
        self.setAccessibleName(f"CER over window width, {title}")
        scene: Any = self._plot.scene()
        scene.sigMouseMoved.connect(self._on_mouse)
        self._colour()

    @property
    def title(self) -> str:
        """Name of the target."""
        return self._title.text()

    @property
    def curves(self) -> tuple[ContextCurve, ...]:
        """What is drawn."""
        return self._curves

    @property
    def readout(self) -> str:
        """Values at the place, one curve in each line."""
        return self._readout.text()

    @property
    def place_px(self) -> int | None:
        """Width whose values are listed; None: the whole line."""
        return self._widths[self._at]

    def show_curves(self, curves: Sequence[ContextCurve], *, field_px: float, top: float, of: str) -> None:
        """Draw other curves.

        Parameters
        ----------
        curves : sequence of ContextCurve
        field_px : float
            Receptive field of the networks; the values at the width nearest to it are listed first.
        top : float
            Highest CER of all plots that stand beside each other.
        of : str
            What was read: '50 lines, 38 writers'.
        """
        self._curves, self._top = tuple(curves), round_up(top)
        self._axis.setText(f"% CER over px that a frame may see · {of}")
        widths = {value.width_px for curve in curves for value in curve.values}
        self._widths = (*sorted(width for width in widths if width is not None), None)
        known = [width for width in self._widths if width is not None]
        self._at = int(np.argmin([abs(np.log2(width / field_px)) for width in known])) if known else 0
        for item in self._items:
            self._plot.view.removeItem(item)
        self._items = [item for curve in self._curves for item in self._items_of(curve)]
        for item in self._items:
            self._plot.view.addItem(item, ignoreBounds=True)
        ticks = [(self._x(width), LINE_WORD if width is None else f"{width:,}") for width in self._widths]
        self._plot.bottom.setTicks([ticks])
        first, last = self._x(self._widths[0]), self._x(None)
        self._plot.view.setRange(xRange=(first - 0.15, last + 0.15), yRange=(0.0, self._top), padding=0)
        self._tell()

    def _x(self, width_px: int | None) -> float:
        """Place of a width on the axis; the whole line stands one step beyond the widest window."""
        known = [width for width in self._widths if width is not None]
        return float(np.log2(width_px if width_px is not None else 2 * max(known, default=1)))

    def _items_of(self, curve: ContextCurve) -> list[Any]:
        x = np.array([self._x(value.width_px) for value in curve.values])
        y = np.array([value.cer for value in curve.values])
        pen = QPen(curve.colour, curve.pen_width, curve.style)
        pen.setCosmetic(True)
        items: list[Any] = [pg.PlotCurveItem(x, y, pen=pen, antialias=True)]
        if all(value.low is not None and value.high is not None for value in curve.values):
            low = np.array([value.low for value in curve.values], dtype=float)
            high = np.array([value.high for value in curve.values], dtype=float)
            ground = QColor(curve.colour)
            ground.setAlpha(BAND_ALPHA)
            band = pg.PlotCurveItem(
                np.concatenate([x, x[::-1]]), np.concatenate([high, low[::-1]]), pen=None, fillLevel="enclosed",
                brush=ground,
            )  # fmt: skip
            band.setZValue(-5)
            items.append(band)
        if curve.sure_px is not None and x[0] <= np.log2(curve.sure_px) <= x[-1]:
            at, reach = float(np.log2(curve.sure_px)), SURE_SHARE * self._top
            items.append(pg.PlotCurveItem([at, at], [y[-1] - reach, y[-1] + reach], pen=QPen(curve.colour, 0)))
        return items

    # The place whose values are listed

    def read_at(self, number: int) -> None:
        """List the values at the width of this number, counted from the narrowest."""
        self._at = min(max(number, 0), len(self._widths) - 1)
        self._tell()

    def _tell(self) -> None:
        place = self.place_px
        self._line.setValue(self._x(place))
        where = "whole line" if place is None else f"windows of {place:,} px"
        lines = [f"{where}:"]
        for curve in self._curves:
            value = curve.at(place)
            lines.append(f"{curve.name}  {_words(value)}" if value else f"{curve.name}  –")
        self._readout.setText("\n".join(map(unbroken, lines)))
        self.setAccessibleDescription(self._readout.text())

    @Slot(object)
    def _on_mouse(self, position: QPointF) -> None:
        view = self._plot.view
        if view.sceneBoundingRect().contains(position):
            x = float(view.mapSceneToView(position).x())
            self.read_at(int(np.argmin([abs(self._x(width) - x) for width in self._widths])))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from width to width."""
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


def _words(value: ContextValue) -> str:
    """'40.6 % (36.9–45.9), +0.2'; the rise only where windows are narrower than the line."""
    ends = "" if value.low is None or value.high is None else f" ({value.low:.1f}–{value.high:.1f})"
    rise = "" if value.width_px is None else f", {signed(value.rise)}"
    return f"{value.cer:.1f} %{ends}{rise}"
