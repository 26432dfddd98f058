"""How fast a run goes and what memory it holds: for people, never part of a result."""

import time

import psutil
import torch

from workbench.runs.events import Pace
from workbench.training.utilisation import Utilisation


class Stopwatch:
    """Seconds of a run over all its sittings, pauses left out, and its training speed since the last look."""

    def __init__(self, seconds: float, device: torch.device) -> None:
        self._seconds = seconds
        self._since: float | None = time.monotonic()
        self._device = device
        self._process = psutil.Process()
        self._utilisation = Utilisation(device, self._process)
        self._lines = 0
        self._training_s = 0.0
        self._speed = 0.0

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return self._seconds + (time.monotonic() - self._since if self._since is not None else 0.0)

    def stop(self) -> None:
        """Stand still while the run is paused."""
        self._seconds, self._since = self.seconds, None

    def start(self) -> None:
        """Go on after a pause."""
        self._since = time.monotonic()
        self._utilisation.restart()

    def count(self, lines: int, seconds: float) -> None:
        """Note lines that were trained on."""
        self._lines += lines
        self._training_s += seconds

    def restart_speed(self) -> None:
        """Measure speed anew from here."""
        if self._training_s > 0:
            self._speed = self._lines / self._training_s
        self._lines, self._training_s = 0, 0.0

    def pace(self) -> Pace:
        """Pace to stand in an event."""
        on_gpu = self._device.type == "cuda"
        return Pace(
            seconds=round(self.seconds, 3),
            lines_per_second=round(self._speed, 2),
            memory_mb=round(self._process.memory_info().rss / 1e6, 1),
            device_memory_mb=round(torch.cuda.max_memory_allocated(self._device) / 1e6, 1) if on_gpu else 0.0,
            device_utilisation=self._utilisation.per_cent(),
        )
