"""The logged steps of a run, packed: a million of them are 80 MB, and one more always costs the same."""

import threading
from array import array
from collections.abc import Iterator, Sequence
from typing import Self, overload

from workbench.runs.events import Pace, StepLogged

_WIDTH = 10
_NOT_KNOWN = -1.0
"""Stands for a utilisation that is not known; a known one is a percentage."""


class _Rows:
    """Numbers of steps, one behind the other. Several histories read them; the longest appends."""

    def __init__(self, numbers: "array[float]") -> None:
        self.numbers = numbers
        self.lock = threading.Lock()


class LoggedSteps(Sequence[StepLogged]):
    """A sequence that never changes; :meth:`with_more` shares what it holds with the longer sequence.

    A tuple that grows by one step at a time would be copied with each: the time would be the square of the steps.
    """

    def __init__(self, run: str, rows: _Rows | None = None, length: int = 0) -> None:
        self._run = run
        self._rows = rows or _Rows(array("d"))
        self._length = length

    @classmethod
    def of(cls, run: str, points: Iterator[StepLogged]) -> Self:
        """Pack some steps."""
        numbers = array("d")
        for point in points:
            numbers.extend(_numbers_of(point))
        return cls(run, _Rows(numbers), len(numbers) // _WIDTH)

    def with_more(self, points: Sequence[StepLogged]) -> "LoggedSteps":
        """Return the sequence with further steps; this one stays as it is."""
        rows, end = self._rows, self._length * _WIDTH
        with rows.lock:
            if len(rows.numbers) != end:  # another sequence went on from here
                rows = _Rows(rows.numbers[:end])
            for point in points:
                rows.numbers.extend(_numbers_of(point))
        return LoggedSteps(points[-1].run if points else self._run, rows, self._length + len(points))

    def until(self, step: int) -> "LoggedSteps":
        """Return the points up to a step."""
        return LoggedSteps.of(self._run, (point for point in self if point.step <= step))

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> StepLogged: ...
    @overload
    def __getitem__(self, index: slice) -> list[StepLogged]: ...
    def __getitem__(self, index: int | slice) -> StepLogged | list[StepLogged]:
        if isinstance(index, slice):
            return [self._at(at) for at in range(*index.indices(self._length))]
        at = index + self._length if index < 0 else index
        if not 0 <= at < self._length:
            raise IndexError(index)
        return self._at(at)

    def _at(self, at: int) -> StepLogged:
        step, epoch, loss, rate, norm, seconds, speed, memory, device_memory, used = self._rows.numbers[
            at * _WIDTH : (at + 1) * _WIDTH
        ]
        pace = Pace.model_construct(
            seconds=seconds, lines_per_second=speed, memory_mb=memory, device_memory_mb=device_memory,
            device_utilisation=None if used == _NOT_KNOWN else used,
        )  # fmt: skip
        return StepLogged.model_construct(
            run=self._run,
            step=int(step),
            epoch=int(epoch),
            loss=loss,
            learning_rate=rate,
            gradient_norm=norm,
            pace=pace,
        )

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, LoggedSteps)
            and len(self) == len(other)
            and all(mine == its for mine, its in zip(self, other, strict=True))
        )

    def __hash__(self) -> int:
        return hash((self._run, self._length))

    def __repr__(self) -> str:
        return f"<{self._length} logged steps of {self._run}>"


def _numbers_of(point: StepLogged) -> tuple[float, ...]:
    pace = point.pace
    used = _NOT_KNOWN if pace.device_utilisation is None else pace.device_utilisation
    return (
        point.step, point.epoch, point.loss, point.learning_rate, point.gradient_norm,
        pace.seconds, pace.lines_per_second, pace.memory_mb, pace.device_memory_mb, used,
    )  # fmt: skip
