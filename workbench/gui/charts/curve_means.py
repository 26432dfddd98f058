"""One curve for runs that differ in their seed alone: their mean, and how far they lie apart."""

from collections.abc import Sequence
from functools import reduce
from typing import Literal, NamedTuple

import numpy as np

from workbench.gui.charts.curve_points import Array, Curve

Spread = Literal["range", "deviation"]
"""`range`: from the lowest to the highest; `deviation`: one sample standard deviation to either side."""


class MeanCurve(NamedTuple):
    """Mean of several curves at the steps at which all of them have a value."""

    x: Array
    y: Array
    low: Array
    high: Array


def mean_curve(curves: Sequence[Curve], spread: Spread) -> MeanCurve:
    """Return the mean over runs, and its band.

    A step at which one of the curves has no value (it is not so far yet, or the value is not a number) is left out:
    a mean over other runs than the one before it would show a jump that no run made. Over time, x is the mean of the
    times at which the runs made the step.

    Parameters
    ----------
    curves : sequence of Curve
        At least one; of a single one the band has no height.
    """
    common = reduce(np.intersect1d, (curve.steps[np.isfinite(curve.y)] for curve in curves))
    places = [np.searchsorted(curve.steps, common) for curve in curves]
    xs = np.array([curve.x[place] for curve, place in zip(curves, places, strict=True)])
    ys = np.array([curve.y[place] for curve, place in zip(curves, places, strict=True)])
    mean = ys.mean(axis=0)
    if spread == "range":
        return MeanCurve(xs.mean(axis=0), mean, ys.min(axis=0), ys.max(axis=0))
    deviation = ys.std(axis=0, ddof=1) if len(curves) > 1 else np.zeros_like(mean)
    return MeanCurve(xs.mean(axis=0), mean, mean - deviation, mean + deviation)
