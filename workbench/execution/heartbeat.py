"""Whether runs that train still make steps: told by their progress, never by a timer that ends them."""

import time
from collections.abc import Callable, Collection

NO_STEP_S = 600.0
"""A run that told nothing for so long may hang. Reading many test lines takes long as well, so it is only said."""
LOOK_EVERY_S = 1.0
LATE_LOOKS = 3
"""A look that comes so many intervals late was slept through: suspended, or stopped together with what it looks at."""


class Heartbeat:
    """When each run was heard of last, in time that was awake.

    Parameters
    ----------
    limit_s : float
        Silence after which a run is named.
    look_every_s : float
        How often :meth:`look` is called. Of a longer gap only a few such intervals count.
    clock : callable
        Seconds of a clock that never goes back.
    """

    def __init__(
        self,
        limit_s: float = NO_STEP_S,
        look_every_s: float = LOOK_EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit_s = limit_s
        self.look_every_s = look_every_s
        self._clock = clock
        self._looked = clock()
        self._awake = 0.0
        self._heard: dict[str, float] = {}

    def hear(self, run: str) -> None:
        """Note that a run told something."""
        self._heard[run] = self._awake

    def look(self, running: Collection[str]) -> dict[str, float]:
        """Tell which of the runs that train told nothing for too long, with the seconds of their silence."""
        now = self._clock()
        self._awake += min(now - self._looked, LATE_LOOKS * self.look_every_s)
        self._looked = now
        self._heard = {run: self._heard.get(run, self._awake) for run in running}
        silences = {run: self._awake - heard for run, heard in self._heard.items()}
        return {run: silence for run, silence in silences.items() if silence >= self.limit_s}


def no_step_for(seconds: float) -> str:
    """Say in a sentence, without the name of the run, that it told nothing for so long."""
    time_said = f"{seconds / 60:.0f} min" if seconds >= 60 else f"{seconds:.0f} s"
    return f"No step for {time_said}: it may hang, or read many lines. It is not stopped for that."
