"""What a terminal shows while jobs and studies run; plain lines where there is no terminal, nothing with `--json`."""

import sys
import threading
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from workbench.analysis.results.comparisons import label_of
from workbench.cli.wording import about, count, duration, percent
from workbench.execution.heartbeat import Heartbeat, no_step_for
from workbench.execution.progress import StudyProgress
from workbench.runs.events import (
    BatchParted,
    Evaluated,
    RunContinued,
    RunEvent,
    RunFailed,
    RunFinished,
    RunInterrupted,
    RunPaused,
    Validated,
)
from workbench.runs.history import RunHistory
from workbench.runs.plan import Plan
from workbench.runs.remarks import blank_warning, early_end, short_memory
from workbench.study.arms import common_conditions, trained_on
from workbench.study.grid import RunRequest

REFRESHES_PER_SECOND = 4
SHOWN_RUNS = 12
"""Running runs that the display lists; more would not fit on a screen."""


class Countable(Protocol):
    """How far a job is: an import, the making of the demo data."""

    @property
    def done(self) -> int:
        """Parts that are done."""
        ...

    @property
    def total(self) -> int:
        """All parts, 0 while they are not counted."""
        ...

    @property
    def what(self) -> str:
        """What is done."""
        ...


Value = TypeVar("Value")


def progress_console() -> Console:
    """Console on stderr: what is shown there never mixes with what a command prints."""
    return Console(file=sys.stderr)


def follow(values: Iterable[Value], progress_type: type[Countable] | tuple[type[Countable], ...]) -> Iterator[Value]:
    """Show values of a progress type as a bar on stderr (on a terminal only) and yield all others."""
    console = progress_console()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        for value in values:
            if isinstance(value, progress_type):
                bar.update(task, description=value.what, completed=value.done, total=value.total or None)
            else:
                yield value


def run_name(request: RunRequest, data_sets: Sequence[str] = (), same: Sequence[RunRequest] = ()) -> str:
    """Return a run's name: 'CRNN (small) · demo-ar · K 100 · seed 0'; unusual conditions stand at its end.

    Parameters
    ----------
    data_sets : sequence of str
        Names of all data sets of the study.
    same : sequence of RunRequest
        Other requests that the same run answers: only conditions that all of them share are named.
    """
    draw = f" · draw {request.draw}" if request.draw else ""
    conditions = str(common_conditions((request, *same)))
    unusual = f" · {conditions}" if conditions else ""
    names = trained_on(request, data_sets)
    return f"{label_of(request.architecture)} · {names} · K {request.k}{draw} · seed {request.seed}{unusual}"


def run_names(plan: Plan) -> dict[str, str]:
    """Names of a plan's runs by id; runs that differ in their budget alone get their steps added."""
    requests: dict[str, list[RunRequest]] = {}
    for planned in plan.runs:
        requests.setdefault(planned.run, []).append(planned.request)
    data_sets = tuple(target.name for target in plan.targets)
    names = {run: run_name(found[0], data_sets, found[1:]) for run, found in requests.items()}
    steps = {planned.run: planned.steps for planned in plan.runs}
    twice = {name for name, times in Counter(names.values()).items() if times > 1}
    return {run: f"{name} · {steps[run]:,} steps" if name in twice else name for run, name in names.items()}


class StudyDisplay:
    """The display of a running study."""

    def __init__(
        self, plan: Plan, progress: StudyProgress, *, retry: bool = False, heartbeat: Heartbeat | None = None
    ) -> None:
        self.progress = progress
        kept = ("finished",) if retry else ("finished", "collapsed", "failed", "diverged")
        self._over = sum(progress.state(work.run) in kept for work in progress.work)
        self._names = run_names(plan)
        self._console = progress_console()
        self._live: Live | None = None
        self._heartbeat = heartbeat or Heartbeat()
        self._silent: frozenset[str] = frozenset()
        self._is_over = threading.Event()

    @contextmanager
    def shown(self) -> Generator["StudyDisplay"]:
        """Show it as long as the block runs: live on a terminal, else as one line per finished run."""
        watcher = threading.Thread(target=self._watch, name="heartbeat", daemon=True)
        watcher.start()
        try:
            yield from self._shown()
        finally:
            self._is_over.set()
            watcher.join()

    def _shown(self) -> Generator["StudyDisplay"]:
        if not self._console.is_terminal:
            yield self
            return
        with Live(
            get_renderable=self._render,
            console=self._console,
            refresh_per_second=REFRESHES_PER_SECOND,
            transient=True,
        ) as self._live:
            yield self
        self._live = None

    def _watch(self) -> None:
        """Say once, in a thread of its own, when a run makes no step for long, and when it does again."""
        while not self._is_over.wait(self._heartbeat.look_every_s):
            found = self._heartbeat.look([run for run in self._running() if self.progress.state(run) == "running"])
            for run in sorted(found.keys() - self._silent):
                hint = "Ctrl-C stops everything with checkpoints."
                self._say(Text(f"{self._names.get(run, run)}: {no_step_for(found[run])} {hint}", style="yellow"))
            for run in sorted(self._silent & set(self._running()) - found.keys()):
                self._say(Text(f"{self._names.get(run, run)}: makes steps again"))
            self._silent = frozenset(found)

    def _say(self, line: Text) -> None:
        self._console.print(line, highlight=False, soft_wrap=True)

    def take(self, event: RunEvent) -> None:
        """Follow an event; the end of a run is told as a line of its own."""
        self._heartbeat.hear(event.run)
        before = self.progress.histories.get(event.run) or RunHistory(run=event.run)
        self.progress = self.progress.apply(event)
        for line in (
            self._line(event, waited=bool(before.waits_for)),
            self._remark(event, before, self.progress.histories[event.run]),
        ):
            if line is not None:
                self._say(line)

    def _remark(self, event: RunEvent, before: RunHistory, now: RunHistory) -> Text | None:
        """What is to be known of a run from this event on: short memory, blank output, an early end."""
        match event:
            case BatchParted():
                said = short_memory(event)
            case Validated() if now.blank_targets and not before.blank_targets:
                said = blank_warning(now)
            case RunFinished():
                said = early_end(now)
            case _:
                said = ""
        return Text(f"{self._names.get(event.run, event.run)}: {said}", style="yellow") if said else None

    def _line(self, event: RunEvent, *, waited: bool) -> Text | None:
        name = self._names.get(event.run, event.run)
        history = self.progress.histories[event.run]
        self._over += isinstance(event, RunFinished | RunFailed)
        place = f"[{self._over}/{len(self.progress.work)}]"
        match event:
            case RunFinished() if history.state == "collapsed":
                return Text(f"{place} {name}: collapsed (left out of means)", style="yellow")
            case RunFinished(pace=pace):
                return Text(f"{place} {name}: {_test_cers(history)} ({duration(pace.seconds)})")
            case RunFailed(reason=reason, hint=hint):
                hint = f" {hint}" if hint else ""
                return Text(f"{place} {name}: failed: {reason.rstrip('.')}.{hint}", style="red")
            case RunPaused(reason=reason) if reason:
                return Text(f"{name}: waits: {reason}. It goes on by itself when there is room.", style="yellow")
            case RunContinued() if waited:
                return Text(f"{name}: there is room again, it goes on")
            case RunInterrupted(step=step):
                return Text(f"{place} {name}: interrupted at step {step:,}", style="yellow")
            case _:
                return None

    def _render(self) -> RenderableType:
        table = Table.grid(padding=(0, 2))
        for run in self._running()[:SHOWN_RUNS]:
            history = self.progress.histories[run]
            table.add_row(
                self._names.get(run, run),
                ProgressBar(total=max(history.steps, 1), completed=history.step, width=24),
                f"{history.step:,}/{history.steps:,}",
                _validation_cers(history),
            )
        return Group(table, Text(self._summary()), Text("Ctrl-C stops and keeps what is done.", style="dim"))

    def _running(self) -> list[str]:
        return [work.run for work in self.progress.work if self.progress.state(work.run) in ("running", "paused")]

    def _summary(self) -> str:
        progress = self.progress
        parts = [f"{self._over} of {count(len(progress.work), 'run')}", f"{progress.share:.0%} of all steps"]
        left = progress.time_left
        if left is not None:
            parts.append(f"{about(left.low, left.high)} left" + (", roughly" if left.is_rough else ""))
        return " · ".join(parts)


def _test_cers(history: RunHistory) -> str:
    last: list[Evaluated] = [e for e in history.evaluations if e.split == "test" and e.selection == "last"]
    return "CER " + ", ".join(f"{e.target} {percent(e.edits / e.length if e.length else None)} %" for e in last)


def _validation_cers(history: RunHistory) -> str:
    latest = {point.target: point for point in history.validations}
    return " ".join(f"{target} {percent(p.edits / p.length if p.length else None)} %" for target, p in latest.items())
