"""A quantity of the lines, data set over data set: step outlines in shares, so that large and small sets compare."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Slot
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.data.measures import Numbers
from workbench.gui.charts.curve_items import round_up
from workbench.gui.charts.outline_key import OutlineKey
from workbench.gui.charts.outlines import Outline, bin_edges, shares_of
from workbench.gui.charts.plot_view import PlotView
from workbench.gui.labels import MutedLabel
from workbench.gui.meanings import emphasised, muted
from workbench.gui.messages import plain_label
from workbench.gui.wording import count

PLOT_HEIGHT_PX = 150
GROUND_ALPHA = 26


class DistributionPlot(QWidget):
    """Heading, outlines over one axis, and below them which line is whose, with n.

    Parameters
    ----------
    title, unit : str
        What x is.
    of : str
        What is counted: lines, writers.
    mark : float, optional
        A value of x that means something; a dotted line stands there.
    """

    def __init__(
        self, title: str, unit: str, of: str = "lines", mark: float | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._of = of
        self._outlines: tuple[Outline, ...] = ()
        self._edges: Numbers = np.linspace(0.0, 1.0, 2)
        self._shares: tuple[Numbers, ...] = ()
        self._items: list[Any] = []
        self._title = plain_label("")
        self._title.setFont(emphasised(self._title.font()))
        self._readout = MutedLabel()
        self._readout.setWordWrap(False)
        self._plot = PlotView(right_px=14)
        self._plot.setFixedHeight(PLOT_HEIGHT_PX)
        self._plot.view.setMouseEnabled(x=False, y=False)
        self._plot.left.setWidth(34)
        self._mark: Any = None if mark is None else pg.InfiniteLine(mark, angle=90)
        if self._mark is not None:
            self._plot.view.addItem(self._mark, ignoreBounds=True)
        self.key = OutlineKey(unit)
        self._lay_out()
        self.set_title(title, unit)
        scene: Any = self._plot.scene()
        scene.sigMouseMoved.connect(self._on_mouse)
        self._colour()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for part in (self._title, self._readout, self._plot, self.key):
            layout.addWidget(part)

    @property
    def title(self) -> str:
        """What the plot is of."""
        return self._title.text()

    @property
    def readout(self) -> str:
        """Return what stands under the title: the unit of y, or the bin under the mouse."""
        return self._readout.text()

    @property
    def edges(self) -> Numbers:
        """Edges of the bins."""
        return self._edges

    def shares(self, name: str) -> Numbers:
        """Per cent of a data set's lines in each bin."""
        return next(shares for one, shares in zip(self._outlines, self._shares, strict=True) if one.name == name)

    def set_title(self, title: str, unit: str) -> None:
        """Say what x is."""
        self._title.setText(f"{title}, {unit}" if unit else title)
        self.setAccessibleName(f"Distribution of {title.lower()}")
        self._say("")

    def _say(self, text: str) -> None:
        self._readout.setText(text or f"% of {self._of} per bin")

    def show_outlines(self, outlines: Sequence[Outline]) -> None:
        """Draw other data sets."""
        self._outlines = tuple(outlines)
        self._edges = bin_edges([one.spread for one in outlines])
        self._shares = tuple(shares_of(one.spread, self._edges) for one in outlines)
        self.key.show_outlines(self._outlines, self._edges)
        self.setAccessibleDescription(self.key.accessibleName())
        for item in self._items:
            self._plot.view.removeItem(item)
        self._items = [
            self._item(one, shares)
            for one, shares in zip(self._outlines, self._shares, strict=True)
            if one.spread.count  # a line at 0 would say that something was counted
        ]
        for item in self._items:
            self._plot.view.addItem(item, ignoreBounds=True)
        top = round_up(max((float(shares.max()) for shares in self._shares), default=1.0))
        left, right = min(0.0, float(self._edges[0])), float(self._edges[-1])
        self._plot.view.setRange(xRange=(left, right), yRange=(0.0, top * 1.04), padding=0)

    def _item(self, outline: Outline, shares: Numbers) -> Any:
        ground = QColor(outline.colour)
        ground.setAlpha(GROUND_ALPHA)
        return pg.PlotCurveItem(
            self._edges, shares, stepMode="center", pen=outline.pen, fillLevel=0.0, brush=ground, antialias=True
        )

    @Slot(object)
    def _on_mouse(self, position: QPointF) -> None:
        """Read the bin under the mouse out."""
        view = self._plot.view
        if not view.sceneBoundingRect().contains(position):
            self._say("")
            return
        self._say(self.told_at(float(view.mapSceneToView(position).x())))

    def told_at(self, x: float) -> str:
        """Return what the bin at x holds, in words; empty where there is none."""
        at = int(np.searchsorted(self._edges, x, side="right")) - 1
        if not 0 <= at < len(self._edges) - 1:
            return ""
        low, high = float(self._edges[at]), float(self._edges[at + 1])
        said = " · ".join(
            f"{one.name} {shares[at]:.1f} % ({count(round(shares[at] * one.spread.count / 100))})"
            for one, shares in zip(self._outlines, self._shares, strict=True)
            if one.spread.count
        )
        return f"{_between(low, high)}: {said}"

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change between the light and the dark scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._colour()

    def _colour(self) -> None:
        self._plot.colour_axes(self.palette())
        if self._mark is not None:
            self._mark.setPen(QPen(muted(self.palette()), 0, Qt.PenStyle.DotLine))


def _between(low: float, high: float) -> str:
    """Ends of a bin; of whole numbers, whose bins begin at a half, the first and the last one."""
    if low % 1 == 0.5 and high % 1 == 0.5:
        first, last = round(low + 0.5), round(high - 0.5)
        return count(first) if first == last else f"{count(first)}–{count(last)}"
    return f"{low:,.3g}–{high:,.3g}" if high < 1000 else f"{low:,.0f}–{high:,.0f}"
