"""How busy the device is that a run trains on: for people, never part of a result."""

import time

import psutil
import torch

LEAST_INTERVAL_S = 0.2
"""Processor time is counted in ticks of about 10 ms: over less than this it says nothing."""


class Utilisation:
    """Tells how busy a device is. It never stops a run: what cannot be learnt is None.

    Of a GPU it is the part of the driver's last sampling period in which it computed, for whichever program. Of a
    CPU it is the processor time of this process since the last look, as a part of what its threads could have had.
    """

    def __init__(self, device: torch.device, process: psutil.Process) -> None:
        self._device = device
        self._process = process
        self._is_answering = True
        self._latest: float | None = None
        self.restart()

    def restart(self) -> None:
        """Leave out the time until now."""
        self._looked_at = time.monotonic()
        self._process.cpu_percent()

    def per_cent(self) -> float | None:
        """Return how busy the device is, in [0, 100]; within a moment of the last look what was told then."""
        if time.monotonic() - self._looked_at >= LEAST_INTERVAL_S:
            self._looked_at = time.monotonic()
            self._latest = self._of_gpu() if self._device.type == "cuda" else self._of_threads()
        return self._latest

    def _of_threads(self) -> float:
        # The clocks of the processor and of the wall are not read at the same moment: the sum may exceed the whole.
        return round(min(self._process.cpu_percent() / torch.get_num_threads(), 100.0), 1)

    def _of_gpu(self) -> float | None:
        """Ask the driver, by way of nvidia-ml-py; where it did not answer once it is not asked again."""
        if not self._is_answering:
            return None
        try:
            return float(torch.cuda.utilization(self._device))
        except _driver_errors():
            self._is_answering = False
            return None


def _driver_errors() -> tuple[type[Exception], ...]:
    """Return how PyTorch and the driver's library say that a GPU's use cannot be told."""
    try:
        import pynvml
    except ImportError:
        return RuntimeError, ImportError
    return RuntimeError, ImportError, pynvml.NVMLError
