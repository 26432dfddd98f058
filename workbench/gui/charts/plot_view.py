"""Two axes and what is drawn between them, without a ground, menus or buttons of its own."""

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Signal
from PySide6.QtGui import QMouseEvent, QPalette
from PySide6.QtWidgets import QGraphicsItem

from workbench.gui.meanings import hairline, muted

GRID_ALPHA = 30
LEFT_PX = 52
"""Width of the left axis: numbers like 0.0005 are seen whole, and axes of plots under each other are in line."""
LABELLED_PX = 38
"""Height of an axis with a label; by itself it would cut off the label's foot."""
LEAST_TICK_PX = 24
Ticks = list[tuple[float, list[float]]]
"""(spacing, places) of each level."""
_TICKS_PER_DECADE = ((1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8), (1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,))


class PlotView(pg.GraphicsView):
    """Axes and curves without a ground of their own; tells of double clicks.

    Put together by hand: pyqtgraph's own plot brings menus that nobody asked for, and that outlive it.

    Parameters
    ----------
    right_px : float
        Kept free on the right, for the number at the end of the axis.
    """

    double_clicked = Signal()

    def __init__(self, right_px: float = 0.0) -> None:
        super().__init__(background=None)  # pyright: ignore[reportArgumentType]
        self.setFrameShape(self.Shape.NoFrame)
        self.setMinimumHeight(90)
        self.view: Any = pg.ViewBox(enableMenu=False)
        self.view.disableAutoRange()
        self.left: Any = _axis("left", self.view)
        self.left.setWidth(LEFT_PX)
        self.left.setGrid(GRID_ALPHA)
        self.bottom: Any = _axis("bottom", self.view)
        layout: Any = pg.GraphicsLayout()
        layout.setContentsMargins(0, 0, right_px, 0)
        layout.setSpacing(0)
        layout.addItem(self.left, 0, 0)
        layout.addItem(self.view, 0, 1)
        layout.addItem(self.bottom, 1, 1)
        self.setCentralItem(layout)

    def colour_axes(self, palette: QPalette) -> None:
        """Draw the axes in the colours of a scheme."""
        text, line = muted(palette), hairline(palette)
        for axis in (self.left, self.bottom):
            axis.setPen(line)
            axis.setTextPen(text)
        self.resetCachedContent()  # else the ground keeps the colour of the scheme before

    def name_bottom(self, label: str) -> None:
        """Write what x counts under the axis; nothing takes no room."""
        self.bottom.setLabel(label)
        self.bottom.showLabel(bool(label))
        self.bottom.setHeight(LABELLED_PX if label else None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Tell of a double click."""
        super().mouseDoubleClickEvent(event)
        self.double_clicked.emit()


class _Axis(pg.AxisItem):
    """An axis whose numbers have commas between thousands, as everywhere in the window."""

    def tickStrings(self, values: Any, scale: float, spacing: float) -> list[str]:
        """Return the texts of some ticks."""
        return [f"{int(text):,}" if text.isdecimal() else text for text in super().tickStrings(values, scale, spacing)]

    def logTickValues(self, least: float, most: float, size: float, linear: Any) -> Ticks:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return round numbers for a logarithmic axis, as many of them as there is room for."""
        del linear
        decade_px = size / max(most - least, 1e-9)
        gaps = [(steps, min(np.diff(np.log10([*steps, 10])))) for steps in _TICKS_PER_DECADE]
        steps = next((steps for steps, gap in gaps if gap * decade_px >= LEAST_TICK_PX), (1,))
        every = int(np.ceil(LEAST_TICK_PX / decade_px))
        decades = [at for at in range(int(np.floor(least)), int(np.ceil(most)) + 1) if at % every == 0]
        ticks = [decade + float(np.log10(step)) for decade in decades for step in steps]
        return [(1.0, [tick for tick in ticks if least <= tick <= most])]

    def logTickStrings(self, values: Any, scale: float, spacing: float) -> list[str]:
        """Return the numbers themselves, not powers of ten."""
        del scale, spacing
        words = [f"{10**value:,.3g}" if value < 4 else f"{10**value:,.0f}" for value in values]
        return [word.replace("e-0", "e-") for word in words]


def _axis(side: str, view: Any) -> Any:
    axis: Any = _Axis(side)
    axis.linkToView(view)
    axis.enableAutoSIPrefix(False)
    axis.setStyle(tickLength=-4, maxTickLevel=0, hideOverlappingLabels=False)
    axis.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
    return axis
