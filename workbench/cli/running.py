"""How a study is run this time: where, in which order, what is left out; and how a command line names runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.cli.live import run_name
from workbench.errors import InputError
from workbench.execution.devices import check_devices, cuda_devices
from workbench.execution.local import LocalExecutor
from workbench.execution.queue import Queue, load_order, needs_of
from workbench.runs.plan import Plan, PlannedRun
from workbench.runs.workspace import Workspace
from workbench.study.selection import facts_of, matching

MIN_ID_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Sitting:
    """What was said on the command line about how to run a study."""

    device: str = "auto"
    devices: str | None = None
    """Names with commas between them."""
    per_device: int | None = None
    processes: int | None = None
    first: Sequence[str] = ()
    skip: Sequence[str] = ()
    only: Sequence[str] = ()
    retry: bool = False
    fork: bool = False

    def executor(self, workspace: Workspace) -> LocalExecutor:
        """Return what trains.

        Raises
        ------
        InputError
            When a device is asked for that is not there.
        """
        names = [name.strip() for name in (self.devices or "").split(",") if name.strip()]
        if not names and self.device == "cuda" and not cuda_devices():
            raise InputError(
                "There is no GPU to train on",
                "no CUDA device was found, or torch was installed without CUDA",
                "Use --device auto or --device cpu.",
            )
        return LocalExecutor(
            workspace,
            device=self.device,
            processes=self.processes,
            devices=check_devices(names),
            per_device=self.per_device,
        )

    def queue(self, workspace: Workspace, plan: Plan) -> Queue:
        """Return the order of the study as it was kept, changed as was said.

        Raises
        ------
        InputError
            When runs are named that the study does not have.
        """
        queue = Queue(load_order(workspace.queue_file(plan.study.name)))
        queue.settle(plan.run_ids, needs_of(plan))
        if self.only:
            queue.keep_only(chosen_runs(plan, self.only))
        if self.skip:
            queue.skip(chosen_runs(plan, self.skip))
        if self.first:
            queue.move_first(chosen_runs(plan, self.first))
        return queue


def chosen_runs(plan: Plan, names: Iterable[str]) -> tuple[str, ...]:
    """Ids of the runs of a plan that are named: by the beginning of an id, or by what they are.

    Raises
    ------
    InputError
        For a name that fits no run, or the beginning of several ids.
    """
    return tuple(dict.fromkeys(run for name in names for run in _runs_of(plan, name)))


def _runs_of(plan: Plan, name: str) -> tuple[str, ...]:
    by_id = [run for run in plan.run_ids if len(name) >= MIN_ID_LENGTH and run.startswith(name.strip())]
    if len(by_id) > 1:
        raise InputError(f"Several runs have an id that begins with {name}", hint="Write more of it.")
    if by_id:
        return tuple(by_id)
    return tuple(planned.run for planned in matching(plan.runs, name, _facts_of))


def _facts_of(planned: PlannedRun) -> frozenset[str]:
    """What a run may be called by; its name as it is shown counts as well."""
    shown = run_name(planned.request).split(" · ")
    return facts_of(planned.request) | {word.casefold() for word in shown}
