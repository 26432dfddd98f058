"""Points of a run's curves as arrays that grow with the run's history, and what is done to them before drawing."""

from collections.abc import Sequence
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt

from workbench.runs.events import StepLogged, Validated
from workbench.runs.history import RunHistory

Axis = Literal["steps", "epochs", "time"]
Array = npt.NDArray[np.float64]

MAX_DRAWN_POINTS = 400
"""Points of one curve that are handed to the plot; more cannot be told apart on a screen."""
_Point = TypeVar("_Point")
_STEP, _SECONDS, _VALUE, _SMOOTH = range(4)


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

    def x(self, axis: Axis, steps_per_epoch: int) -> Array:
        """Steps, epochs or seconds of the points."""
        table = self._table[: self._length]
        match axis:
            case "steps":
                return table[:, _STEP]
            case "epochs":
                return table[:, _STEP] / steps_per_epoch
            case "time":
                return table[:, _SECONDS]

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
        self._last: object = None

    def news(self, points: Sequence[_Point]) -> tuple[Sequence[_Point], bool]:
        """Return what is new, and whether what was read before is void."""
        is_void = self._read > len(points) or bool(self._read and points[self._read - 1] is not self._last)
        begin = 0 if is_void else self._read
        self._read = len(points)
        self._last = points[-1] if points else None
        return points[begin:], is_void


class RunPoints:
    """The loss curve and the CER curves of one run."""

    def __init__(self) -> None:
        self._loss = Series()
        self._cer: dict[str, Series] = {}
        self._losses = _Reader()
        self._validations = _Reader()
        self._steps_per_epoch = 1

    @property
    def targets(self) -> tuple[str, ...]:
        """Targets with a CER curve, as they first came."""
        return tuple(self._cer)

    def read(self, history: RunHistory) -> None:
        """Take over what a history has and this has not."""
        if history.started:
            self._steps_per_epoch = max(history.started.steps_per_epoch, 1)
        self._read_losses(history.losses)
        self._read_validations(history.validations)

    def _read_losses(self, losses: Sequence[StepLogged]) -> None:
        news, is_void = self._losses.news(losses)
        if is_void:
            self._loss.clear()
        for point in news:
            self._loss.append(point.step, point.pace.seconds, point.loss)

    def _read_validations(self, validations: Sequence[Validated]) -> None:
        news, is_void = self._validations.news(validations)
        if is_void:
            self._cer.clear()
        for point in news:
            series = self._cer.setdefault(point.target, Series())
            series.append(point.step, point.pace.seconds, 100 * point.edits / max(point.length, 1))

    def set_smoothing(self, weight: float) -> None:
        """Smooth the loss; `weight` in [0, 1) of what came before, 0: as logged."""
        self._loss.set_smoothing(weight)

    def loss(self, axis: Axis) -> tuple[Array, Array]:
        """Return (x, smoothed loss) over an axis; x in steps, epochs or seconds."""
        return self._loss.x(axis, self._steps_per_epoch), self._loss.smoothed

    def cer(self, target: str, axis: Axis) -> tuple[Array, Array]:
        """Return (x, CER in per cent) of a target over an axis."""
        series = self._cer.get(target) or Series()
        return series.x(axis, self._steps_per_epoch), series.values


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
