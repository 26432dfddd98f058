"""Points of a run's curves as arrays that grow with the run's history, and what is done to them before drawing."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from workbench.gui.charts.quantities import Quantity
from workbench.runs.events import RunStarted, StepLogged, Validated
from workbench.runs.history import RunHistory

Axis = Literal["steps", "epochs", "exposures", "time"]
Array = npt.NDArray[np.float64]

MAX_DRAWN_POINTS = 400
"""Points of one curve that are handed to the plot; more cannot be told apart on a screen."""
_Point = TypeVar("_Point", StepLogged, Validated)
_STEP, _SECONDS, _VALUE, _SMOOTH = range(4)


class Curve(NamedTuple):
    """Points of one curve, three arrays of one length."""

    steps: Array
    x: Array
    """Steps, epochs, exposures or seconds."""
    y: Array


class Series:
    """Columns (step, seconds, value, smoothed value) that grow at the end, at the cost of what is new."""

    def __init__(self) -> None:
        self._table = np.empty((64, 4))
        self._length = 0
        self._weight = 0.0
        self._mean = 0.0
        self._share = 0.0

    def clear(self) -> None:
        """Begin anew."""
        self._length = 0
        self._mean = self._share = 0.0

    def append(self, step: float, seconds: float, value: float) -> None:
        """Add a point."""
        if self._length == len(self._table):
            self._table = np.concatenate([self._table, np.empty_like(self._table)])
        self._table[self._length] = (step, seconds, value, self._smooth(value))
        self._length += 1

    def _smooth(self, value: float) -> float:
        """Exponential moving average without the start's bias; values that are not finite are passed over."""
        if np.isfinite(value):
            self._mean = self._weight * self._mean + (1 - self._weight) * value
            self._share = self._weight * self._share + (1 - self._weight)
        return self._mean / self._share if self._share else value

    def set_smoothing(self, weight: float) -> None:
        """Smooth anew, with another weight in [0, 1) of what came before."""
        if weight == self._weight:
            return
        self._weight, self._mean, self._share = weight, 0.0, 0.0
        for row in self._table[: self._length]:
            row[_SMOOTH] = self._smooth(float(row[_VALUE]))

    @property
    def steps(self) -> Array:
        """Steps of the points."""
        return self._table[: self._length, _STEP]

    @property
    def seconds(self) -> Array:
        """Time spent in the run at the points."""
        return self._table[: self._length, _SECONDS]

    @property
    def values(self) -> Array:
        """Values as they came."""
        return self._table[: self._length, _VALUE]

    @property
    def smoothed(self) -> Array:
        """Values smoothed; without smoothing the values themselves."""
        return self._table[: self._length, _SMOOTH]


class _Reader:
    """Knows how far a growing tuple of points was read."""

    def __init__(self) -> None:
        self._read = 0
        self._last = ""

    def news(self, points: Sequence[_Point]) -> tuple[Sequence[_Point], bool]:
        """Return what is new, and whether what was read before is void."""
        # By its words: a value that is no number is not even equal to itself.
        is_void = self._read > len(points) or bool(self._read and repr(points[self._read - 1]) != self._last)
        begin = 0 if is_void else self._read
        self._read = len(points)
        self._last = repr(points[-1]) if points else ""
        return points[begin:], is_void


class RunPoints:
    """The curves of one run; of a quantity that nobody looks at nothing is read."""

    def __init__(self) -> None:
        self._history: RunHistory | None = None
        self._curves: dict[str, _Curves] = {}
        self._weight = 0.0

    def read(self, history: RunHistory) -> None:
        """Take over a run's history; its points are read when they are asked for."""
        self._history = history

    def set_smoothing(self, weight: float) -> None:
        """Smooth what may be smoothed; `weight` in [0, 1) of what came before, 0: as logged."""
        self._weight = weight

    def targets(self, quantity: Quantity) -> tuple[str, ...]:
        """Targets with a curve of a quantity, as they first came; ("",) for one of the run as a whole."""
        return tuple(self._news(quantity).series)

    def curve(self, quantity: Quantity, target: str, axis: Axis) -> Curve:
        """Return the points of a curve over an axis; smoothed where that is wanted and the quantity allows it."""
        series = self._news(quantity).series.get(target) or Series()
        values = series.values
        if quantity.is_smoothed:
            series.set_smoothing(self._weight)
            values = series.smoothed
        return Curve(series.steps, self._along(series, target, axis), values)

    def _news(self, quantity: Quantity) -> "_Curves":
        curves = self._curves.setdefault(quantity.key, _Curves(quantity))
        if self._history is not None:
            curves.read(self._history)
        return curves

    def _along(self, series: Series, target: str, axis: Axis) -> Array:
        started = self._history.started if self._history else None
        match axis:
            case "steps":
                return series.steps
            case "time":
                return series.seconds
            case "epochs":
                return series.steps / max(started.steps_per_epoch if started else 1, 1)
            case "exposures":
                return series.steps * (exposures_per_step(started, target) if started else 1.0)


class _Curves:
    """The curves of one quantity, one for each target or one for the run."""

    def __init__(self, quantity: Quantity) -> None:
        self._quantity = quantity
        self._reader = _Reader()
        self.series: dict[str, Series] = {}

    def read(self, history: RunHistory) -> None:
        """Take over what a history has and this has not."""
        if (validation_value := self._quantity.validation_value) is not None:
            for point in self._take(history.validations):
                self._append(point.target, point.step, point.pace.seconds, validation_value(point))
        elif (step_value := self._quantity.step_value) is not None:
            for point in self._take(history.losses):
                self._append("", point.step, point.pace.seconds, step_value(point))

    def _take(self, points: Sequence[_Point]) -> Sequence[_Point]:
        news, is_void = self._reader.news(points)
        if is_void:
            self.series.clear()
        return news

    def _append(self, target: str, step: int, seconds: float, value: float) -> None:
        self.series.setdefault(target, Series()).append(step, seconds, value)


def exposures_per_step(started: RunStarted, target: str) -> float:
    """How often a step shows each line of a target; of the run as a whole that of the target seen least often."""
    if target:
        return started.exposures_of(target)
    return min((started.exposures_of(name) for name in started.targets), default=1.0)


def thinned(x: Array, y: Array, most: int = MAX_DRAWN_POINTS) -> tuple[Array, Array]:
    """At most about `most` points that keep every peak: the lowest and highest of each stretch, and the end."""
    size = -(-2 * len(x) // most)
    if len(x) <= most or size < 2:
        return x, y
    whole = len(x) // size * size
    blocks = np.nan_to_num(y[:whole]).reshape(-1, size)
    begins = np.arange(0, whole, size)
    picked = [begins + blocks.argmin(axis=1), begins + blocks.argmax(axis=1), np.arange(whole, len(x)), [0, len(x) - 1]]
    chosen = np.unique(np.concatenate(picked))
    return x[chosen], y[chosen]
