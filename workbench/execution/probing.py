"""Probing the networks of a study in child processes: started, given units, heard, their measurements kept.

The process that drives this never loads torch. A unit that fails, or whose process dies, is told and left out; the
others go on. Every width is kept as soon as it was read, so that nothing is lost by a cancel.
"""

import logging
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any

from pydantic import ValidationError

from workbench.errors import RunError, WorkbenchError, WorkspaceError
from workbench.execution.devices import Place, places
from workbench.execution.probe_units import ProbeAgenda, ProbeUnit
from workbench.execution.process import child_environment
from workbench.execution.session import environment, open_caches
from workbench.runs.control import Control
from workbench.runs.lock import WorkspaceLock
from workbench.runs.predictions import read_predictions
from workbench.runs.probes import (
    TOLD,
    ContextUnit,
    Probed,
    SimilarityRead,
    SimilarityUnit,
    StoredContext,
    StoredSimilarity,
    UnitDone,
    UnitFailed,
    UnitProgress,
    UnitStarted,
    WidthRead,
    lines_digest,
    probes_folder,
    save_stored,
)
from workbench.runs.spec import RunSpec
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.schema import FrozenModel

PROBER = "workbench.training.probes"
LISTEN_S = 0.1
STOP_WITHIN_S = 20.0
"""A child that has not stopped so long after `cancel` is killed; what was kept before stays."""
_LOG_TAIL_LINES = 5

logger = logging.getLogger(__name__)

Told = UnitStarted | UnitProgress | WidthRead | SimilarityRead | UnitFailed | UnitDone


class ProbeJob(FrozenModel):
    """First line of a child's input."""

    workspace: str
    device: str
    visible_gpu: str | None
    """Number of the only GPU that the child sees, None for all."""
    prober: str = PROBER
    """Module with `probe_context`, `probe_similarity` and `choose_device`."""

    @property
    def root(self) -> Path:
        """Folder of the workspace."""
        return Path(self.workspace)


# In the child


def unit_told(
    unit: ContextUnit | SimilarityUnit, workspace: Workspace, control: Control, *, device: str, prober: str = PROBER
) -> Iterator[Told]:
    """Measure one unit and tell what comes of it; never raises for what goes wrong in it. `UnitDone` is the last."""
    try:
        yield from _measure(unit, RunStore(workspace), control, device, import_module(prober))
    except WorkbenchError as error:
        yield UnitFailed(what=error.what, why=error.why, hint=error.hint)
    except MemoryError as error:
        yield UnitFailed(what="The memory is used up", why=str(error), hint="Use fewer processes.")
    except Exception as error:  # noqa: BLE001 - whatever went wrong in one unit: the others go on
        yield UnitFailed(what=f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}")
    yield UnitDone()


def _measure(
    unit: ContextUnit | SimilarityUnit, store: RunStore, control: Control, device: str, prober: Any
) -> Iterator[Told]:
    sides = [unit.probed] if isinstance(unit, ContextUnit) else [unit.left, unit.right]
    specs = [_spec(store, side) for side in sides]
    caches = open_caches(store.workspace, _on_target(specs[0], sides[0].target))
    chosen = prober.choose_device(device)
    yield UnitStarted(environment=environment(chosen, specs[0].training.threads_per_run))
    if isinstance(unit, ContextUnit):
        folder = store.folder(unit.probed.run)
        yield from prober.probe_context(unit, specs[0], caches, folder, control, device=chosen)
    else:
        runs = store.workspace.runs
        yield from prober.probe_similarity(unit, (specs[0], specs[1]), caches, runs, control, device=chosen)


def _spec(store: RunStore, probed: Probed) -> RunSpec:
    spec = store.spec(probed.run)
    if spec is None:
        raise RunError(f"Run {probed.run} cannot be read", "its spec.json is missing or damaged")
    return spec


def _on_target(spec: RunSpec, target: str) -> RunSpec:
    """The same run with one target only: the caches of the others are not needed."""
    return spec.model_copy(update={"targets": (spec.target(target),)})


# In the driver


@dataclass(frozen=True, slots=True)
class ProbingProgress:
    """How far the measurement is."""

    done: int
    """Thousandths, by what the units are expected to take."""
    total: int
    what: str
    left_s: float | None
    """Seconds that are left, by what was done so far; None before anything is known."""


@dataclass(frozen=True, slots=True)
class ProbeProblem:
    """A unit that could not be measured."""

    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class Probing:
    """How a study is probed.

    Parameters
    ----------
    device : str
        `auto`, `cpu` or `cuda`.
    processes : int or None
        At the same time; None: one per GPU, or on the CPU one per core.
    beside_window : bool
        Leave one core to a window; counts only where `processes` is None.
    """

    workspace: Workspace
    device: str = "auto"
    processes: int | None = None
    beside_window: bool = False
    niceness: int = 10
    prober: str = PROBER

    @property
    def places(self) -> tuple[Place, ...]:
        """Where it is measured, one unit at a time in each."""
        return places(self.device, processes=self.processes, beside_window=self.beside_window)

    def run(self, agenda: ProbeAgenda, control: Control) -> Iterator[ProbingProgress | ProbeProblem]:
        """Measure all units of an agenda and keep what comes of them in the study's folder.

        After `cancel` the widths that were complete by then are kept. When it is closed early, its processes end.

        Raises
        ------
        WorkspaceError
            When another program writes in this workspace, or the disk is full.
        """
        if agenda.units:
            with WorkspaceLock(self.workspace):
                yield from _Pool(self, agenda, control).told()


@dataclass(slots=True)
class _Work:
    """A unit in a child."""

    planned: ProbeUnit
    begun: float
    environment: dict[str, Any]
    stored: StoredContext | None
    share: float = 0.0


class _Pool:
    """The children of one measurement."""

    def __init__(self, settings: Probing, agenda: ProbeAgenda, control: Control) -> None:
        self._settings = settings
        self._store = RunStore(settings.workspace)
        self._folder = probes_folder(settings.workspace, agenda.study)
        self._control = control
        self._todo = deque(agenda.units)
        self._weights = {id(unit): _weight(unit, agenda) for unit in agenda.units}
        self._total = sum(self._weights.values())
        self._done = 0.0
        self._begun: float | None = None
        self._inbox: SimpleQueue[tuple[_Child, Told | None]] = SimpleQueue()
        self._idle = list(settings.places)[: len(agenda.units)]
        self._running: dict[_Child, _Work] = {}
        self._children: set[_Child] = set()
        self._deadline: float | None = None

    def told(self) -> Iterator[ProbingProgress | ProbeProblem]:
        try:
            while self._children or (self._todo and not self._control.is_cancelled):
                self._heed()
                self._start()
                yield from self._listen()
        finally:
            self._close()

    def _heed(self) -> None:
        if not self._control.is_cancelled:
            return
        if self._deadline is None:
            self._deadline = time.monotonic() + STOP_WITHIN_S
            for child in self._children:
                child.end_input()
        elif time.monotonic() > self._deadline:
            for child in self._children:
                child.kill()

    def _start(self) -> None:
        if self._control.is_cancelled:
            return
        while self._idle and self._todo:
            child = _Child(self._inbox, self._idle.pop(0), self._settings)
            self._children.add(child)
            self._give(child)

    def _give(self, child: "_Child") -> None:
        """Let a child measure the next unit, or end where there is none."""
        if not self._todo or self._control.is_cancelled:
            child.end_input()
            return
        planned = self._todo.popleft()
        base = planned.base if isinstance(planned.base, StoredContext) else None
        self._running[child] = _Work(planned, time.monotonic(), {}, base)
        child.tell(planned.unit.model_dump_json())

    def _listen(self) -> Iterator[ProbingProgress | ProbeProblem]:
        try:
            child, told = self._inbox.get(timeout=LISTEN_S)
        except Empty:
            return
        if told is None:
            yield from self._take_leave(child)
            return
        work = self._running.get(child)
        if work is not None:
            yield from self._take(child, work, told)

    def _take(self, child: "_Child", work: _Work, told: Told) -> Iterator[ProbingProgress | ProbeProblem]:
        match told:
            case UnitStarted():
                work.environment = told.environment
                self._begun = self._begun or time.monotonic()  # until then torch was loaded
            case UnitProgress():
                work.share = told.done_px / max(told.total_px, 1)
                yield self._progress(work)
            case WidthRead():
                self._keep_width(work, told)
            case SimilarityRead():
                self._keep_similarity(work, told)
            case UnitFailed():
                reason = f"{told.what}: {told.why}" if told.why else told.what
                yield ProbeProblem(work.planned.label, f"{reason}. {told.hint}".strip())
            case UnitDone():
                self._done += self._weights[id(work.planned)]
                del self._running[child]
                yield self._progress(work)
                self._give(child)

    def _progress(self, work: _Work) -> ProbingProgress:
        done = self._done + sum(self._weights[id(each.planned)] * each.share for each in self._running.values())
        share = min(done / self._total, 1.0)
        elapsed = time.monotonic() - (self._begun or time.monotonic())
        left = elapsed * (1 - share) / share if share > 0.01 else None
        return ProbingProgress(round(1000 * share), 1000, work.planned.label, left)

    # Keeping

    def _keep_width(self, work: _Work, told: WidthRead) -> None:
        known = work.stored
        assert known is not None
        others = [read for read in known.widths if read.width_px != told.width_px]
        in_order = sorted([*others, told], key=lambda read: read.width_px or sys.maxsize)
        changes: dict[str, Any] = {"widths": tuple(in_order), "environment": work.environment,
                                   "seconds": known.seconds + time.monotonic() - work.begun}  # fmt: skip
        if told.width_px is None:
            changes["other_readings"] = self._other_readings(known, told)
        work.begun = time.monotonic()
        work.stored = known.model_copy(update=changes)
        save_stored(self._folder, work.stored)

    def _other_readings(self, known: StoredContext, told: WidthRead) -> int | None:
        """Count the lines that were read otherwise when the run ended; None where that cannot be read any more."""
        probed = known.probed
        try:
            counts = {
                p.line_id: (p.edits, p.length)
                for p in read_predictions(self._store.predictions_file(probed.run), with_frames=False)
                if (p.target, p.split, p.selection) == (probed.target, "test", probed.selection)
            }
        except WorkspaceError as error:
            logger.info("What run %s read cannot be compared: %s", probed.run, error)
            return None
        now = zip(known.line_ids, zip(told.edits, told.length, strict=True), strict=True)
        return sum(counts.get(line_id) != count for line_id, count in now)

    def _keep_similarity(self, work: _Work, told: SimilarityRead) -> None:
        unit = work.planned.unit
        assert isinstance(unit, SimilarityUnit)
        spec = _spec(self._store, unit.left)
        target = spec.target(unit.left.target)
        stored = StoredSimilarity(
            left=unit.left,
            right=unit.right,
            training_version=spec.training_version,
            fingerprint=target.fingerprint,
            cluster_unit=target.cluster_unit,
            clusters=unit.clusters,
            line_ids=unit.line_ids,
            lines_sha256=lines_digest(unit.line_ids),
            environment=work.environment,
            seconds=time.monotonic() - work.begun,
            found=told,
        )
        save_stored(self._folder, stored)

    # Ends

    def _take_leave(self, child: "_Child") -> Iterator[ProbeProblem]:
        work = self._running.pop(child, None)
        self._children.discard(child)
        reason = child.wait(STOP_WITHIN_S)
        if work is not None and not self._control.is_cancelled:
            self._done += self._weights[id(work.planned)]
            self._idle.append(child.place)
            yield ProbeProblem(work.planned.label, reason)

    def _close(self) -> None:
        for child in self._children:
            child.end_input()
        deadline = time.monotonic() + STOP_WITHIN_S
        for child in self._children:
            child.wait(max(deadline - time.monotonic(), 0.0))
        self._children.clear()


def _weight(unit: ProbeUnit, agenda: ProbeAgenda) -> float:
    """What a unit counts for in the progress: its time where that is known of all of them, else what it reads."""
    times = [each.seconds for each in agenda.units]
    if unit.seconds is None or None in times:
        return float(max(unit.px, 1))
    return max((unit.seconds.low + unit.seconds.high) / 2, 1e-6)


class _Child:
    """One probing process as its driver sees it."""

    def __init__(self, inbox: "SimpleQueue[tuple[_Child, Told | None]]", place: Place, settings: Probing) -> None:
        self.place = place
        self._inbox = inbox
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "workbench.execution.probe_child", "--niceness", str(settings.niceness)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            bufsize=0,
            env=child_environment(1),
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name=f"probe {self._process.pid}", daemon=True)
        self._reader.start()
        job = ProbeJob(
            workspace=str(settings.workspace.root),
            device=place.device,
            visible_gpu=place.visible_gpu,
            prober=settings.prober,
        )
        self.tell(job.model_dump_json())

    def tell(self, line: str) -> None:
        """Write a line to its input; one that has ended does not hear it."""
        with suppress(OSError, ValueError):
            _input(self._process).write(line.encode() + b"\n")

    def end_input(self) -> None:
        """Let it stop what it does, and end."""
        with suppress(OSError):
            _input(self._process).close()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def wait(self, timeout_s: float) -> str:
        """Wait until it has ended, kill it when it takes longer, give back what it held; tell why it ended."""
        self.end_input()
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            code = self._process.wait()
        self._reader.join()
        self._log.seek(0)
        tail = self._log.read().decode(errors="replace").splitlines()[-_LOG_TAIL_LINES:]
        for stream in (self._process.stdout, self._log):
            if stream is not None:
                stream.close()
        return _reason(code, tail)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with suppress(ValidationError):  # half a line: it was killed while it wrote
                self._inbox.put((self, TOLD.validate_json(line)))
        self._inbox.put((self, None))


def _reason(code: int, tail: list[str]) -> str:
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        hint = " If nobody ended it, memory was probably used up: use fewer processes." if name == "SIGKILL" else ""
        return f"The process was ended by {name}.{hint}"
    said = f": {tail[-1]}" if tail else ""
    return f"The process ended with exit code {code}{said}"


def _input(process: "subprocess.Popen[bytes]") -> IO[bytes]:
    assert process.stdin is not None
    return process.stdin
