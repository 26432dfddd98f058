"""The executor that trains in this process, one run after the other: for tests, benchmarks and scripts."""

from collections.abc import Iterator

from workbench.execution.ledger import Ledger
from workbench.execution.queue import Agenda, Queue
from workbench.execution.session import CHECKPOINT_AFTER_S, TRAINER, run_session
from workbench.runs.control import STOPPING, Control
from workbench.runs.events import RunEvent, RunInterrupted
from workbench.runs.plan import Plan
from workbench.runs.spec import RunSpec
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace


class InlineExecutor:
    """Trains here. Its events and results equal those of any other executor."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        device: str = "auto",
        checkpoint_after_s: float = CHECKPOINT_AFTER_S,
        trainer: str = TRAINER,
    ) -> None:
        self._store = RunStore(workspace)
        self._device = device
        self._checkpoint_after_s = checkpoint_after_s
        self._trainer = trainer

    def run(self, plan: Plan, control: Control, queue: Queue | None = None) -> Iterator[RunEvent]:
        """Yield the events of all runs of the plan that are not finished; see :class:`Executor`.

        When it is closed early, the run that is under way writes its checkpoint and records it before this returns.
        """
        agenda = Agenda(plan, self._store, queue)
        while not agenda.is_over:
            if control.wait_while_paused() != "go":
                return
            run = agenda.take()
            if run is None:  # it was left out a moment ago
                continue
            yield from self._run_one(plan.specs[run], control, agenda)
        if control.command not in STOPPING:
            yield from agenda.leftovers()

    def _run_one(self, spec: RunSpec, control: Control, agenda: Agenda) -> Iterator[RunEvent]:
        session = run_session(
            self._store,
            spec,
            control,
            device=self._device,
            trainer=self._trainer,
            checkpoint_after_s=self._checkpoint_after_s,
        )
        ledger = Ledger(self._store, spec.id)
        try:
            for event in session:
                ledger.add(event)
                agenda.note(event)
                yield event
        except GeneratorExit:
            # Closed by whoever drives this. The session is not: it still has a checkpoint to write.
            control.request("cancel")
            for event in session:
                is_ours = isinstance(event, RunInterrupted) and event.reason == "cancelled"
                ledger.add(event.model_copy(update={"reason": "driver_gone"}) if is_ours else event)
            ledger.record_rest()
            raise
