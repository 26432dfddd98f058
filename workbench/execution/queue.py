"""Which run is trained next: an order that may be changed from any thread, before a study trains and while it does.

The order is no part of a plan's identity: whatever it is, the same runs come to the same results.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench import files
from workbench.runs.events import RunEvent, RunFailed, RunFinished, RunInterrupted
from workbench.runs.plan import Plan
from workbench.runs.spec import RunSpec
from workbench.runs.store import RunStore


def prerequisite(spec: RunSpec) -> str | None:
    """Id of the run that must be finished before this one can begin; None where it begins from nothing."""
    return spec.start.run if spec.start else None


def needs_of(plan: Plan) -> dict[str, str]:
    """Runs of a plan that begin from the weights of another one: run id to the id of that one."""
    found = {run: prerequisite(spec) for run, spec in plan.specs.items()}
    return {run: needed for run, needed in found.items() if needed is not None}


def arranged(order: Sequence[str], runs: Sequence[str]) -> tuple[str, ...]:
    """Put some runs into the order in which they are named, in the places that they have together."""
    places = iter([run for run in dict.fromkeys(runs) if run in frozenset(order)])
    wanted = frozenset(runs)
    return tuple(next(places) if run in wanted else run for run in order)


def raised(order: Sequence[str], runs: Iterable[str]) -> tuple[str, ...]:
    """Move some runs one place up, together; those at the top stay."""
    moved, result = frozenset(runs), list(order)
    for place in range(1, len(result)):
        if result[place] in moved and result[place - 1] not in moved:
            result[place - 1], result[place] = result[place], result[place - 1]
    return tuple(result)


def lowered(order: Sequence[str], runs: Iterable[str]) -> tuple[str, ...]:
    """Move some runs one place down, together; those at the bottom stay."""
    return tuple(reversed(raised(tuple(reversed(order)), runs)))


def placed_before(order: Sequence[str], runs: Iterable[str], before: str | None) -> tuple[str, ...]:
    """Move some runs, in the order that they have, to before another one; None: to the end."""
    moved = frozenset(runs)
    # Where the place is one of the moved runs itself, the next one that stays counts.
    stays = iter([] if before is None else order[order.index(before) :])
    at = next((run for run in stays if run not in moved), None)
    block = [run for run in order if run in moved]
    rest = [run for run in order if run not in moved]
    cut = len(rest) if at is None else rest.index(at)
    return (*rest[:cut], *block, *rest[cut:])


def with_needed(runs: Iterable[str], needs: Mapping[str, str]) -> tuple[str, ...]:
    """Put each run behind the one that it needs, which is named with it; the order is otherwise kept."""
    result: dict[str, None] = {}
    for run in runs:
        chain = [run]
        while (needed := needs.get(chain[-1])) is not None and needed not in chain:
            chain.append(needed)
        result.update(dict.fromkeys(reversed(chain)))
    return tuple(result)


class Queue:
    """The order in which the runs of a study are trained, what is left out of this sitting, and what is tried again.

    Safe to change from any thread. An executor looks at it each time it is about to begin a run.
    """

    def __init__(self, order: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._order: tuple[str, ...] = tuple(dict.fromkeys(order))
        self._needs: dict[str, str] = {}
        self._skipped: frozenset[str] = frozenset()
        self._again: frozenset[str] = frozenset()
        self._is_closed = False

    def settle(self, runs: Sequence[str], needs: Mapping[str, str]) -> None:
        """Take over which runs there are; those that are known keep their order, in the places of the known ones."""
        with self._lock:
            known = frozenset(runs)
            self._needs = dict(needs)
            self._order = arranged(runs, [run for run in self._order if run in known])
            self._skipped &= known
            self._again &= known
            self._is_closed = False

    @property
    def order(self) -> tuple[str, ...]:
        """All runs; one that needs another stands behind it."""
        with self._lock:
            known = frozenset(self._order)
            return tuple(run for run in with_needed(self._order, self._needs) if run in known)

    @property
    def needs(self) -> Mapping[str, str]:
        """Run id to the id of the run that must be finished before."""
        return self._needs

    @property
    def skipped(self) -> frozenset[str]:
        """Runs that are left out of this sitting, without those that need one of them."""
        return self._skipped

    def leaves_out(self, run: str, is_done: Callable[[str], bool]) -> bool:
        """Tell whether a run is left out: itself, or with a run that it needs and that is not done."""
        at: str | None = run
        while at is not None and (at == run or not is_done(at)):
            if at in self._skipped:
                return True
            at = self._needs.get(at)
        return False

    def arrange(self, runs: Sequence[str]) -> None:
        """Let some runs be trained in the order in which they are named; the others keep their places."""
        with self._lock:
            self._order = arranged(self._order, with_needed(runs, self._needs))

    def move_first(self, runs: Iterable[str]) -> None:
        """Train some runs before all others, each after what it needs."""
        with self._lock:
            first = with_needed(runs, self._needs)
            self._order = tuple(dict.fromkeys((*(run for run in first if run in self._order), *self._order)))

    def skip(self, runs: Iterable[str]) -> None:
        """Leave runs out of this sitting."""
        with self._lock:
            self._skipped |= frozenset(runs)

    def take_in(self, runs: Iterable[str]) -> None:
        """Take back that runs are left out, and with them what they need."""
        with self._lock:
            self._skipped -= frozenset(with_needed(runs, self._needs))

    def keep_only(self, runs: Iterable[str]) -> None:
        """Leave out all runs but these and what they need."""
        with self._lock:
            self._skipped = frozenset(self._order) - frozenset(with_needed(runs, self._needs))

    def skip_none(self) -> None:
        """Leave nothing out any more."""
        with self._lock:
            self._skipped = frozenset()

    def retry(self, runs: Iterable[str]) -> bool:
        """Train runs once more that failed, diverged or collapsed; return False when the sitting has ended."""
        with self._lock:
            if not self._is_closed:
                self._again |= frozenset(runs)
            return not self._is_closed

    def take_again(self) -> frozenset[str]:
        """Runs that are to be tried again since this was asked last."""
        with self._lock:
            again, self._again = self._again, frozenset()
            return again

    def close(self) -> bool:
        """End the sitting unless something is to be tried again; from then on :meth:`retry` says no."""
        with self._lock:
            self._is_closed = not self._again
            return self._is_closed


class Agenda:
    """The runs of one sitting as an executor takes them; for one thread.

    Parameters
    ----------
    plan : Plan
        Its runs are trained unless they are finished. Others of its specs are only where the queue says that they
        are to be tried again.
    queue : Queue or None
        None: the order of the plan.
    """

    def __init__(self, plan: Plan, store: RunStore, queue: Queue | None) -> None:
        self._plan = plan
        self._store = store
        self._queue = queue or Queue()
        self._queue.settle(tuple(plan.specs), needs_of(plan))
        self._done = {run for run in plan.run_ids if store.is_finished(run)}
        self._waiting = set(plan.run_ids) - self._done
        self._others = set(plan.specs) - set(plan.run_ids)
        self._again: set[str] = set()
        self._running: set[str] = set()
        self._ends: dict[str, str] = {}
        """What became of the runs that came to no result here."""

    @property
    def next_run(self) -> str | None:
        """The run that would be taken now; None where none can begin: nothing waits, or only for others."""
        self._take_in_again()
        return next((run for run in self._queue.order if run in self._waiting and self._may_begin(run)), None)

    @property
    def is_over(self) -> bool:
        """Tell whether nothing can begin any more once nothing runs; then nothing can be tried again either."""
        return self.next_run is None and self._queue.close()

    def take(self) -> str | None:
        """Take the next run to train it; None as for :attr:`next_run`.

        Raises
        ------
        WorkspaceError
            When its spec cannot be written; the run still waits then.
        """
        run = self.next_run
        if run is None:
            return None
        self._store.save_spec(self._plan.specs[run])
        self._waiting.discard(run)
        self._running.add(run)
        if run in self._again:
            self._again.discard(run)
            if self._store.state(run) in ("collapsed", "diverged"):
                self._store.begin_anew(run)
        return run

    def note(self, event: RunEvent) -> None:
        """Follow an event of a run that was taken."""
        match event:
            case RunFinished():
                self._done.add(event.run)
            case RunFailed(kind=kind):
                self._ends[event.run] = "diverged" if kind == "diverged" else "failed"
            case RunInterrupted():
                self._ends[event.run] = "was interrupted"
            case _:
                return
        self._running.discard(event.run)

    def leftovers(self) -> Iterator[RunFailed]:
        """Yield why runs cannot be trained that wait for others; once nothing runs and nothing else can begin."""
        for run in self._queue.order:
            needed = self._queue.needs.get(run)
            if run not in self._waiting or needed is None or self._queue.leaves_out(run, self._is_done):
                continue
            self._waiting.discard(run)
            self._store.save_spec(self._plan.specs[run])
            failure = RunFailed(
                run=run,
                step=0,
                kind="blocked",
                reason=f"It begins from the weights of run {needed}, which {self._ends.get(needed, 'is not finished')}",
                hint="It is trained when that run is finished and the study is run again.",
            )
            self.note(failure)
            yield failure

    def _take_in_again(self) -> None:
        again = self._queue.take_again() - self._running
        self._others -= again
        self._again |= again
        self._waiting |= again
        self._done -= again

    def _is_done(self, run: str) -> bool:
        is_elsewhere = run in self._others or run not in self._plan.specs
        return run in self._done or (is_elsewhere and self._store.is_finished(run))

    def _may_begin(self, run: str) -> bool:
        needed = self._queue.needs.get(run)
        return (needed is None or self._is_done(needed)) and not self._queue.leaves_out(run, self._is_done)


def load_order(path: Path) -> tuple[str, ...]:
    """Read the order that a study was given earlier; empty where there is none that can be read."""
    try:
        raw: Any = files.read_json(path)
        return tuple(str(run) for run in raw["order"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def save_order(order: Sequence[str], usual: Sequence[str], path: Path) -> None:
    """Keep the order of a study for its next sitting; one that is as usual needs no file.

    Raises
    ------
    WorkspaceError
        When the file cannot be written.
    """
    if tuple(order) != tuple(usual):
        files.write_json(path, {"schema": 1, "order": list(order)})
    elif path.is_file():
        with files.explained(path):
            path.unlink()
