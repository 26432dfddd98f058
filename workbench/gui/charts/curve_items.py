"""What a plot draws for one curve: its line, the band around it, and where its points are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor, QPen

from workbench.gui.charts.curve_points import Array, thinned
from workbench.gui.meanings import FAULT_COLOUR, WARNING_COLOUR

EMPHASIS_PX = 1.4
"""A curve that is pointed at is drawn wider by this."""
BAND_ALPHA = 42

CurveKey = tuple[str, str]
"""(run, or group of runs; target, or empty for the run as a whole)."""
EndMark = Literal["", "diverged", "failed", "collapsed"]
END_SYMBOLS: dict[EndMark, tuple[str, str]] = {
    "diverged": ("t1", FAULT_COLOUR),
    "failed": ("x", FAULT_COLOUR),
    "collapsed": ("s", WARNING_COLOUR),
}
"""Shape and colour at the end of the curves of a run that went wrong: as the marks of such runs in every list."""


@dataclass(frozen=True, slots=True)
class CurveLook:
    """How a curve is drawn and named."""

    label: str
    pen: QPen
    run: str = ""
    """Run that a click chooses; empty for a mean."""
    end: EndMark = ""
    note: str = ""
    """Follows the value in the readout."""
    behind: CurveKey | None = None
    """The mean that it is a part of: it is only listed when that mean, or a part of it, is pointed at."""


class CurveItem:
    """Points of one curve and how they are drawn."""

    def __init__(self, look: CurveLook, *, has_smooth_edges: bool) -> None:
        self.look = look
        self.x = self.y = np.empty(0)
        self.band: tuple[Array, Array] | None = None
        self.is_known = False
        """It has a value that is a number."""
        self.lowest = self.highest = 0.0
        """Of all its values and those of its band."""
        self.line: Any = pg.PlotCurveItem(
            pen=look.pen, connect="finite", antialias=has_smooth_edges, skipFiniteCheck=False
        )
        self.band_area: Any = None
        self._is_emphasised = False
        self._state: tuple[object, ...] = ()

    @property
    def parts(self) -> tuple[Any, ...]:
        """What lies in the plot."""
        return (self.line,) if self.band_area is None else (self.line, self.band_area)

    def make_band(self) -> Any:
        """Make what the band is drawn with, behind all curves."""
        self.band_area = pg.PlotCurveItem(pen=None, fillLevel="enclosed")
        self.band_area.setZValue(-5)
        self._colour_band()
        return self.band_area

    def _colour_band(self) -> None:
        colour = QColor(self.look.pen.color())
        colour.setAlpha(BAND_ALPHA)
        self.band_area.setBrush(colour)

    def emphasise(self, is_emphasised: bool) -> None:
        """Draw it wider, and over the others, or as it was."""
        self._is_emphasised = is_emphasised
        self.line.setZValue(10 if is_emphasised else 0)
        self._set_pen()

    def _set_pen(self) -> None:
        pen = QPen(self.look.pen)
        if self._is_emphasised:
            pen.setWidthF(pen.widthF() + EMPHASIS_PX)
            colour = QColor(pen.color())
            colour.setAlpha(255)
            pen.setColor(colour)
        self.line.setPen(pen)

    def take(self, look: CurveLook, x: Array, y: Array, band: tuple[Array, Array] | None) -> bool:
        """Take over points; tell whether anything is new."""
        before, self.look = self.look, look
        if look.pen != before.pen:
            self._set_pen()
            if self.band_area is not None:
                self._colour_band()
        state = (len(x), float(x[-1]), float(y[-1]), float(y[0]), float(y.sum())) if len(x) else (0,)
        if state == self._state and (band is None) == (self.band is None):
            return False
        self._state = state
        self.x, self.y, self.band = x, y, band
        return True

    def show(self, height: Callable[[Array], Array], most: int) -> None:
        """Hand about so many points to the plot at most; `height` makes of values what is drawn."""
        x, y = thinned(self.x, self.y, most)
        parts = [y] if self.band is None else [y, *self.band]
        finite = np.concatenate([part[np.isfinite(part)] for part in parts])
        self.is_known = len(finite) > 0
        if self.is_known:
            self.lowest, self.highest = float(finite.min()), float(finite.max())
        self.line.setData(x, height(y))
        if self.band_area is not None:
            self._show_band(height, most)

    def _show_band(self, height: Callable[[Array], Array], most: int) -> None:
        if self.band is None:
            self.band_area.setData([], [])
            return
        (low_x, low), (high_x, high) = (thinned(self.x, side, most) for side in self.band)
        self.band_area.setData(np.concatenate([high_x, low_x[::-1]]), height(np.concatenate([high, low[::-1]])))

    def point_before(self, place: float) -> int | None:
        """Return the last point with a value at or before a place, None before the first."""
        last = int(np.searchsorted(self.x, place + 1e-9 * max(abs(place), 1.0), side="right"))
        known = np.flatnonzero(np.isfinite(self.y[:last]))
        return int(known[-1]) if len(known) else None

    def nearest_point(self, place: float) -> int | None:
        """Return the point with a value that is nearest to a place along x."""
        known = np.flatnonzero(np.isfinite(self.y))
        return int(known[np.abs(self.x[known] - place).argmin()]) if len(known) else None


_ROUND = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


def round_up(value: float) -> float:
    """Next of the numbers 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, times a power of ten; 1 for what is not positive."""
    if not np.isfinite(value) or value <= 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(power * next(step for step in _ROUND if step * power >= value * (1 - 1e-9)))


def round_down(value: float) -> float:
    """Last of those numbers that is not larger than a positive value."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(power * next(step for step in reversed(_ROUND) if step * power <= value * (1 + 1e-9)))
