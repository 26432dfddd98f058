"""The executor that trains in child processes of this machine, several runs at a time. Never loads torch itself."""

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from workbench.errors import DiskFullError
from workbench.execution.devices import Place, places
from workbench.execution.process import ChildProcess, Job
from workbench.execution.queue import Agenda, Queue
from workbench.execution.session import CHECKPOINT_AFTER_S, TRAINER
from workbench.runs.control import STOPPING, Command, Control
from workbench.runs.events import RunEvent, RunInterrupted
from workbench.runs.plan import Plan
from workbench.runs.room import when_there_is_room
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

LISTEN_S = 0.1
"""How often commands of the user are looked at while the children are silent."""
STOP_WITHIN_S = 60.0
"""A child that has not stopped so long after `cancel` is killed; what its last checkpoint holds is kept."""


@dataclass(frozen=True, slots=True)
class LocalExecutor:
    """Trains in child processes: one run per process, so that its memory comes back and its crash stays its own.

    Parameters
    ----------
    workspace : Workspace
        Where runs and decoded lines lie.
    device : str
        `auto`, `cpu` or `cuda`.
    processes : int or None
        Runs at the same time; None: one per GPU, or on the CPU one per core.
    devices : tuple of str
        `cuda:0`, `cuda:1`, `cpu`: the devices that train, instead of what `device` says.
    per_device : int or None
        Runs at the same time on each device.
    niceness : int
        How far the children stand back behind other programs.
    beside_window : bool
        Leave one core to a window; counts only where `processes` is None.
    checkpoint_after_s : float
        Least time between two checkpoints of a run.
    trainer : str
        `package.module:function` that trains one run, see :class:`workbench.execution.session.Trainer`.
    """

    workspace: Workspace
    device: str = "auto"
    processes: int | None = None
    devices: tuple[str, ...] = ()
    per_device: int | None = None
    niceness: int = 10
    beside_window: bool = False
    checkpoint_after_s: float = CHECKPOINT_AFTER_S
    trainer: str = TRAINER

    @property
    def places(self) -> tuple[Place, ...]:
        """Where runs train at the same time."""
        return places(
            self.device,
            devices=self.devices,
            per_device=self.per_device,
            processes=self.processes,
            beside_window=self.beside_window,
        )

    @property
    def slots(self) -> int:
        """Runs at the same time."""
        return len(self.places)

    @property
    def trains_on_gpu(self) -> bool:
        """Tell whether the runs, or some of them, train on a GPU."""
        return any(place.is_gpu for place in self.places)

    def run(self, plan: Plan, control: Control, queue: Queue | None = None) -> Generator[RunEvent, None, None]:
        """Yield the events of all runs of the plan that are not finished; see :class:`Executor`.

        When it is closed early, the children write and record their checkpoints and end before this returns.
        """
        return _Pool(self, plan, control, queue).events()


class _Pool:
    """The children of one study."""

    def __init__(self, settings: LocalExecutor, plan: Plan, control: Control, queue: Queue | None) -> None:
        self._settings = settings
        self._plan = plan
        self._control = control
        self._store = RunStore(settings.workspace)
        self._places = settings.places
        self._agenda = Agenda(plan, self._store, queue)
        self._inbox: SimpleQueue[tuple[ChildProcess, RunEvent | None]] = SimpleQueue()
        self._running: dict[int, ChildProcess] = {}
        """By slot."""
        self._spare: ChildProcess | None = None
        """A child that loads torch while others train, so that the next run begins at once."""
        self._told: Command = "go"
        self._deadline: float | None = None

    def events(self) -> Generator[RunEvent, None, None]:
        try:
            while self._running or not (self._control.command in STOPPING or self._agenda.is_over):
                self._pass_on_command()
                yield from self._fill_slots()
                yield from self._listen()
            if self._control.command not in STOPPING:
                yield from self._agenda.leftovers()
        finally:
            self._close()

    def _pass_on_command(self) -> None:
        command = self._control.command
        if command != self._told:
            self._told = command
            for child in self._running.values():
                child.tell(command)
        if command == "cancel" and self._deadline is None:
            self._deadline = time.monotonic() + STOP_WITHIN_S
        if self._deadline is not None and time.monotonic() > self._deadline:
            for child in self._running.values():
                child.kill()

    def _fill_slots(self) -> Iterator[RunEvent]:
        if self._told != "go":
            return
        for slot in range(len(self._places)):
            upcoming = None if slot in self._running else self._agenda.next_run
            if upcoming is None:
                continue
            try:
                run = yield from when_there_is_room(upcoming, 0, self._control, self._agenda.take)
            except DiskFullError:
                if not self._control.is_cancelled:
                    raise
                return
            if run is not None:
                self._start(slot, run)

    def _start(self, slot: int, run: str) -> None:
        spec = self._plan.specs[run]
        child, self._spare = self._spare or self._new_child(spec.training.threads_per_run), None
        self._running[slot] = child
        child.give(self._job(slot, run), self._store.log_file(run))
        if (upcoming := self._agenda.next_run) is not None:
            self._spare = self._new_child(self._plan.specs[upcoming].training.threads_per_run)

    def _new_child(self, threads: int) -> ChildProcess:
        settings = self._settings
        return ChildProcess(self._inbox, threads=threads, niceness=settings.niceness, trainer=settings.trainer)

    def _job(self, slot: int, run: str) -> Job:
        settings, place = self._settings, self._places[slot]
        return Job(
            workspace=str(settings.workspace.root),
            run=run,
            device=place.device,
            visible_gpu=place.visible_gpu,
            checkpoint_after_s=settings.checkpoint_after_s,
            trainer=settings.trainer,
        )

    def _listen(self) -> Iterator[RunEvent]:
        try:
            child, event = self._inbox.get(timeout=LISTEN_S)
        except Empty:
            return
        if event is None:
            yield from self._take_leave(child)
            return
        child.hear(event)
        self._agenda.note(event)
        yield event
        if child.is_over:
            child.tell("recorded")

    def _take_leave(self, child: ChildProcess) -> Iterator[RunEvent]:
        slot = next((slot for slot, other in self._running.items() if other is child), None)
        if slot is None:
            self._spare = None if child is self._spare else self._spare
            child.wait(STOP_WITHIN_S)
            return
        is_unbegun = self._deadline is not None and not child.has_begun
        end = None if child.is_over or is_unbegun else self._end_of(child)
        child.wait(STOP_WITHIN_S)
        del self._running[slot]
        if end is not None:
            self._agenda.note(end)
            yield end

    def _end_of(self, child: ChildProcess) -> RunEvent:
        death = child.death()
        if self._deadline is not None:
            return RunInterrupted(run=child.run, step=child.step, reason="killed")
        return death

    def _close(self) -> None:
        """Leave no child behind, also when nobody listens any more: then they record their last events themselves."""
        children = list(self._running.values())
        for child in children:
            child.tell("detach")
        if self._spare is not None:
            self._spare.end_input()
            children.append(self._spare)
        deadline = time.monotonic() + STOP_WITHIN_S
        for child in children:
            child.wait(max(deadline - time.monotonic(), 0.0))
        self._running.clear()
        self._spare = None
