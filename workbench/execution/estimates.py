"""What a plan still takes, before it is started: runs, time and disk, each with how well it is known."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.execution.devices import cuda_devices, default_processes, has_bfloat16
from workbench.execution.disk import BytesRange, disk_for, free_bytes, row_bytes_of
from workbench.execution.measuring import load_measured
from workbench.execution.timing import Kind, SecondsRange, StepCosts, Work, costs_of, kind_of, lines_to_read, time_for
from workbench.runs.plan import Plan, PlannedRun
from workbench.runs.store import RunStore

Source = Literal["finished runs", "a measurement", "other data sets", "its size", "nothing"]
"""What the time of a kind of run is told from; `its size` is that of the network, and rough."""


SLOW_BFLOAT16 = 'This processor has no bfloat16: precision = "float32" is several times as fast here.'
"""*Source:* `small-cnn` on one thread of a processor with AVX2: 1.9 lines per second against 25."""


@dataclass(frozen=True, slots=True)
class KindEstimate:
    """Runs of one kind that are left."""

    kind: Kind
    runs: int
    seconds: SecondsRange | None
    """Of one of them, on average; None where nothing is known."""
    source: Source


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a plan still takes."""

    runs: int
    runs_done: int
    """Finished or collapsed."""
    runs_left: int
    """Without those that are left out."""
    seconds: SecondsRange | None
    """None where nothing is known about runs of this kind."""
    disk: BytesRange
    """Of the runs that are left, with the checkpoints of those that train at once."""
    free: int
    """Bytes that are free on the disk of the workspace."""
    kinds: tuple[KindEstimate, ...] = ()
    warning: str = ""
    """What makes the study slower than it need be on this machine."""

    @property
    def is_disk_short(self) -> bool:
        """Tell whether the disk may become full."""
        return self.disk.high > self.free


def estimate(
    plan: Plan,
    store: RunStore,
    processes: int | None = None,
    *,
    device: str = "auto",
    beside_window: bool = False,
    left_out: Collection[str] = (),
) -> Estimate:
    """Tell how many runs of a plan are left and what they take.

    Learnt from finished runs that are alike and from what was measured on this machine; else a rough guess.
    """
    records = store.scan()
    states: Mapping[str, str] = {run: records[run].state if run in records else "" for run in plan.run_ids}
    is_gpu = device != "cpu" and bool(cuda_devices())
    unique = {run.run: run for run in plan.runs}
    left = [unique[run] for run in plan.run_ids if not states[run] and run not in left_out]
    finished, measured = costs_of(records.values()), load_measured(store.workspace)
    costs = finished.or_else(measured.costs)
    work = {
        run.run: Work(kind_of(plan, run, is_gpu=is_gpu), _steps_left(store, run), lines_to_read(plan, run))
        for run in left
    }
    slots = processes or default_processes(device, beside_window=beside_window)
    rows = {**measured.row_bytes, **row_bytes_of(store, records.values())}
    return Estimate(
        runs=len(states),
        runs_done=sum(bool(state) for state in states.values()),
        runs_left=len(left),
        seconds=time_for(work.values(), costs, slots),
        disk=disk_for(plan, left, slots, rows),
        free=free_bytes(store.workspace.root),
        kinds=_kinds(list(work.values()), costs, finished, measured.costs),
        warning="" if is_gpu or plan.study.training.precision == "float32" or has_bfloat16() else SLOW_BFLOAT16,
    )


def disk_needed(plan: Plan, store: RunStore, runs: Collection[str], processes: int) -> BytesRange:
    """Disk that some runs of a plan take."""
    unique = {run.run: run for run in plan.runs}
    rows = row_bytes_of(store, store.scan().values())
    return disk_for(plan, [unique[run] for run in plan.run_ids if run in runs], processes, rows)


def _kinds(
    work: Sequence[Work], costs: StepCosts, finished: StepCosts, measured: StepCosts
) -> tuple[KindEstimate, ...]:
    counts = Counter(each.kind for each in work)
    found: list[KindEstimate] = []
    for kind, runs in counts.items():
        times = [costs.seconds(each) for each in work if each.kind == kind]
        known = [time for time in times if time is not None]
        mean = None
        if known:
            low, high = sum(time.low for time in known) / runs, sum(time.high for time in known) / runs
            mean = SecondsRange(low, high, any(time.is_rough for time in known))
        found.append(KindEstimate(kind, runs, mean, _source(kind, mean, finished, measured)))
    return tuple(found)


def _source(kind: Kind, time: SecondsRange | None, finished: StepCosts, measured: StepCosts) -> Source:
    if finished.knows(kind):
        return "finished runs"
    if measured.knows(kind):
        return "a measurement"
    if time is None:
        return "nothing"
    return "its size" if time.is_rough else "other data sets"


def _steps_left(store: RunStore, run: PlannedRun) -> int:
    saved = store.history(run.run).checkpoint
    return max(run.steps - saved.step, 0) if saved else run.steps
