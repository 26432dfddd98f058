"""Points of a run's curves as arrays that grow with the run's history, and what is done to them before drawing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from workbench.runs.events import StepLogged, Validated
from workbench.runs.history import RunHistory

Axis = Literal["steps", "epochs", "time"]
Array = npt.NDArray[np.float64]

MAX_DRAWN_POINTS = 600
"""Points of one curve that are handed to the plot; more cannot be told apart on a screen."""


@dataclass(slots=True)
class _Series:
    """Columns (step, seconds, value) that only grow, unless the run goes back to a checkpoint."""

    rows: list[tuple[float, float, float]] = field(default_factory=list)
    seen: int = 0
    last: object = None

    def read(self, points: Sequence[StepLogged | Validated], targets: "dict[str, _Series]") -> None:
        """Take what is new in `points`; start anew when what was taken is no longer their beginning."""
        if self.seen > len(points) or (self.seen and points[self.seen - 1] is not self.last):
            self.rows.clear()
            self.seen = 0
            for series in targets.values():
                series.rows.clear()
        for point in points[self.seen :]:
            match point:
                case StepLogged():
                    self.rows.append((point.step, point.pace.seconds, point.loss))
                case Validated():
                    series = targets.setdefault(point.target, _Series())
                    cer = 100 * point.edits / max(point.length, 1)
                    series.rows.append((point.step, point.pace.seconds, cer))
        self.seen = len(points)
        self.last = points[-1] if points else None


class RunPoints:
    """The loss curve and the CER curves of one run."""

    def __init__(self) -> None:
        self._losses = _Series()
        self._validations = _Series()
        self._targets: dict[str, _Series] = {}
        self.steps_per_epoch = 1

    def read(self, history: RunHistory) -> None:
        """Take over what a history has and this has not; costs as much as there is news."""
        if history.started:
            self.steps_per_epoch = max(history.started.steps_per_epoch, 1)
        self._losses.read(history.losses, {})
        self._validations.read(history.validations, self._targets)

    @property
    def targets(self) -> tuple[str, ...]:
        """Targets with a CER curve, as they first came."""
        return tuple(self._targets)

    def loss(self, axis: Axis) -> tuple[Array, Array]:
        """Return (x, loss) over an axis; x in steps, epochs or seconds."""
        return self._columns(self._losses, axis)

    def cer(self, target: str, axis: Axis) -> tuple[Array, Array]:
        """Return (x, CER in per cent) of a target over an axis."""
        series = self._targets.get(target)
        return self._columns(series or _Series(), axis)

    def _columns(self, series: _Series, axis: Axis) -> tuple[Array, Array]:
        table = np.array(series.rows, dtype=np.float64).reshape(-1, 3)
        x = table[:, 1] if axis == "time" else table[:, 0]
        return (x / self.steps_per_epoch if axis == "epochs" else x), table[:, 2]


def smoothed(values: Array, weight: float) -> Array:
    """Exponential moving average without the start's bias; `weight` in [0, 1) of what came before.

    Values that are not finite are passed over.
    """
    if weight <= 0 or not len(values):
        return values
    result = np.empty_like(values)
    mean, share = 0.0, 0.0
    for index, value in enumerate(values):
        if np.isfinite(value):
            mean = weight * mean + (1 - weight) * float(value)
            share = weight * share + (1 - weight)
        result[index] = mean / share if share else value
    return result


def thinned(x: Array, y: Array, most: int = MAX_DRAWN_POINTS) -> tuple[Array, Array]:
    """At most about `most` points that keep every peak: the lowest and highest of each stretch, and both ends."""
    if len(x) <= most:
        return x, y
    edges = np.linspace(0, len(x), most // 2 + 1).astype(int)
    kept = {0, len(x) - 1}
    for begin, end in pairwise(edges.tolist()):
        part = np.nan_to_num(y[begin:end], nan=0.0)
        kept.update((begin + int(part.argmin()), begin + int(part.argmax())))
    chosen = np.array(sorted(kept))
    return x[chosen], y[chosen]
