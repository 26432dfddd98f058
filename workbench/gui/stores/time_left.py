"""How long the rest of a study takes, told from how fast its runs went so far. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from workbench.runs.history import RunHistory
from workbench.runs.plan import PlannedRun

FIRST_MINUTE_S = 60.0
"""Before this much training was seen, nothing is promised."""
LEAST_SPREAD = 0.15
"""A range is at least this much wide to either side: machines are not that even."""


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """A range of seconds."""

    low_s: float
    high_s: float


def _kind(run: PlannedRun) -> tuple[str, int]:
    """Runs of one architecture on as many data sets are about as fast."""
    return run.request.architecture, len(run.request.composition)


def _seconds_per_step(history: RunHistory) -> float | None:
    if history.step < 1 or history.pace.seconds <= 0:
        return None
    return history.pace.seconds / history.step


def time_left(
    runs: Sequence[PlannedRun], histories: Mapping[str, RunHistory], over: Iterable[str], processes: int
) -> TimeLeft | None:
    """Tell the time that the runs not yet over still need.

    Parameters
    ----------
    runs : sequence of PlannedRun
        All runs of the plan.
    histories : mapping of str to RunHistory
        What is known of each run, by id.
    over : iterable of str
        Ids of runs that need no more time.
    processes : int
        Runs that go on at the same time.
    """
    rates: dict[tuple[str, int], list[float]] = {}
    seen_s = 0.0
    unique = {run.run: run for run in runs}
    for run in unique.values():
        history = histories.get(run.run)
        if history is not None and (rate := _seconds_per_step(history)) is not None:
            rates.setdefault(_kind(run), []).append(rate)
            seen_s += history.pace.seconds
    if seen_s < FIRST_MINUTE_S:
        return None
    every = [rate for found in rates.values() for rate in found]
    finished = set(over)
    low = high = 0.0
    left = 0
    for run in unique.values():
        if run.run in finished:
            continue
        history = histories.get(run.run)
        steps = max(run.steps - (history.step if history else 0), 0)
        known = rates.get(_kind(run))
        low += steps * (fmean(known) if known else min(every)) * (1 - LEAST_SPREAD)
        high += steps * (max(known) if known else max(every)) * (1 + LEAST_SPREAD)
        left += 1
    at_once = max(1, min(processes, left))
    return TimeLeft(low / at_once, high / at_once) if left else TimeLeft(0.0, 0.0)
