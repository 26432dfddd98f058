"""How several data sets are told apart in one plot, and the bins that their quantities are counted in. No pyqtgraph."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from workbench.data.measures import Counts, Distribution, Numbers

BINS = 40
TAIL = 0.98
"""The axis ends where so many of each data set's values are shown; how many lie beyond is said."""

_STYLES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
    Qt.PenStyle.DashDotDotLine,
)
WIDTH_PX = 1.8


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A quantity of one data set, and how it is drawn."""

    name: str
    colour: QColor
    style: Qt.PenStyle
    spread: Distribution

    @property
    def pen(self) -> QPen:
        """Colour of the language, line style of the data set: either tells it from the others."""
        pen = QPen(self.colour, WIDTH_PX, self.style)
        pen.setCosmetic(True)
        return pen


def styles_of(names: Sequence[str]) -> dict[str, Qt.PenStyle]:
    """Line style of each data set of a plot without architectures, in their order."""
    return {name: _STYLES[at % len(_STYLES)] for at, name in enumerate(names)}


def bin_edges(spreads: Sequence[Distribution]) -> Numbers:
    """Edges of at most :data:`BINS` bins from 0 (of whole numbers from 1, unless there are 0) to where the tails begin.

    Whole numbers get bins of a whole width, so that no bin holds more different values than its neighbour.
    """
    filled = [spread.values for spread in spreads if spread.count]
    if not filled:
        return np.linspace(0.0, 1.0, BINS + 1)
    top = max(float(np.quantile(values, TAIL)) for values in filled)
    if all((values == np.floor(values)).all() for values in filled):
        least = min(1.0, *(float(values.min()) for values in filled))
        step = max(1.0, np.ceil((top - least + 1) / BINS))
        return np.arange(least, top + 1 + step, step) - 0.5
    return np.linspace(0.0, top or 1.0, BINS + 1)


def shares_of(spread: Distribution, edges: Numbers) -> Numbers:
    """Per cent of the values in each bin; what lies beyond the last edge counts in the whole."""
    counts: Counts = spread.counts(edges)
    return 100.0 * counts / max(spread.count, 1)


def beyond(spread: Distribution, edges: Numbers) -> int:
    """How many values lie right of the last edge."""
    return int((spread.values > edges[-1]).sum())
