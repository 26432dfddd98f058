"""Two axes and what is drawn between them, without a ground, menus or buttons of its own."""

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Signal
from PySide6.QtGui import QMouseEvent, QPalette
from PySide6.QtWidgets import QGraphicsItem

from workbench.gui.meanings import hairline, muted

GRID_ALPHA = 30


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
        self.left.setWidth(44)
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

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Tell of a double click."""
        super().mouseDoubleClickEvent(event)
        self.double_clicked.emit()


class _Axis(pg.AxisItem):
    """An axis whose numbers have commas between thousands, as everywhere in the window."""

    def tickStrings(self, values: Any, scale: float, spacing: float) -> list[str]:
        """Return the texts of some ticks."""
        return [f"{int(text):,}" if text.isdecimal() else text for text in super().tickStrings(values, scale, spacing)]


def _axis(side: str, view: Any) -> Any:
    axis: Any = _Axis(side)
    axis.linkToView(view)
    axis.setStyle(tickLength=-4, maxTickLevel=0, hideOverlappingLabels=False)
    axis.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
    return axis
