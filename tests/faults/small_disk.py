"""Studies on a disk of a few MB that fills while they train: run as a program in a mount namespace of its own.

Arguments: a workspace to be copied, an empty folder over which the disk is mounted, names of cases (all where none is
named). It prints one line of JSON: what came of every case.
"""

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.execution.scripted import HERE
from tests.execution.small_data import small_study
from workbench.execution.executor import Executor
from workbench.execution.inline import InlineExecutor
from workbench.execution.local import LocalExecutor
from workbench.execution.session import TRAINER
from workbench.execution.studies import prepare, run_study
from workbench.files import sha256_of
from workbench.runs.control import Control
from workbench.runs.events import CheckpointSaved, RunContinued, RunEvent, RunPaused, StepLogged
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

SIZE_MB, ENTRIES = 12, 400
FULL_FOR_S = 0.5


@dataclass
class Outcome:
    """What came of a case."""

    said: str = ""
    """Why the run waited."""
    waited_s: float = -1
    """From the moment at which there was room again to when the run went on; -1: it never did."""
    kept_checkpoint: bool = False
    """Whether the last checkpoint that was told is still there while it waits, with the bytes that were told."""
    states: tuple[str, ...] = ()
    """Of the run: after this sitting, and after the next where it did not end in this one."""
    same_bytes: bool = False
    """Whether weights and lines are in the end those of a run that had room."""
    steps: tuple[int, ...] = ()
    """Steps of the log, which has each once."""


def fill(folder: Path, leave_bytes: int) -> None:
    """Take all room but some."""
    free = shutil.disk_usage(folder).free
    with suppress(OSError), (folder / "filler").open("wb") as file:  # a child may write at the same time
        block = b"\0" * 4096
        for _ in range(max(free - leave_bytes, 0) // 4096):
            file.write(block)


def fill_entries(folder: Path) -> None:
    """Take all entries."""
    (folder / "filler").mkdir()
    with suppress(OSError):
        for number in range(ENTRIES):
            (folder / "filler" / f"{number}").touch()


def make_room(folder: Path) -> None:
    """Give back what was taken."""
    place = folder / "filler"
    shutil.rmtree(place) if place.is_dir() else place.unlink()


def digests(workspace: Workspace, plan: Plan) -> list[str]:
    """Of what the runs leave behind."""
    store = RunStore(workspace)
    names = ("last.safetensors", "predictions.csv")
    return [sha256_of(store.folder(run) / name) for run in plan.run_ids for name in names]


class Case:
    """One workspace on the small disk."""

    def __init__(self, root: Path, template: Path, steps: int, trainer: str) -> None:
        self.root = root
        self.workspace = Workspace(root / "workspace")
        shutil.copytree(template, self.workspace.root)
        self.trainer = trainer
        study = small_study(targets=["arabic"], regimes=["single"], budgets=[f"{steps} steps"])
        last = list(prepare(self.workspace, study, Control()))[-1]
        assert isinstance(last, Plan)
        self.plan = last
        self.outcome = Outcome()

    def run(self, executor: Executor, control: Control | None = None) -> Iterator[RunEvent]:
        """Train what the plan still lacks."""
        return run_study(self.workspace, self.plan, executor=executor, control=control or Control())

    def inline(self) -> InlineExecutor:
        """Trains here."""
        after_s = 0 if self.trainer == TRAINER else 1000
        return InlineExecutor(self.workspace, device="cpu", checkpoint_after_s=after_s, trainer=self.trainer)

    def in_child(self) -> LocalExecutor:
        """Trains in a process of its own."""
        return LocalExecutor(self.workspace, device="cpu", processes=1, checkpoint_after_s=0, trainer=self.trainer)

    def undisturbed(self) -> list[str]:
        """Train with room, and begin anew; return what came of it."""
        list(self.run(self.inline()))
        found = digests(self.workspace, self.plan)
        shutil.rmtree(self.workspace.runs)
        return found

    def disturbed(
        self, executor: Executor, take: Callable[[Path], None], at: Callable[[RunEvent], bool], *, wait: bool
    ) -> None:
        """Let the disk be full from an event on; where the run waits, give room, or cancel it."""
        control, store, (run,) = Control(), RunStore(self.workspace), self.plan.run_ids
        free_at: list[float] = []

        def give() -> None:
            make_room(self.root)
            free_at.append(time.monotonic())

        is_full = False
        for event in self.run(executor, control):
            if not is_full and at(event):
                take(self.root)
                is_full = True
            elif isinstance(event, RunPaused) and not self.outcome.said:
                self.outcome.said = event.reason
                saved = store.history(run).checkpoint
                self.outcome.kept_checkpoint = saved is not None and store.resume_point(run) == saved
                if wait:
                    threading.Timer(FULL_FOR_S, give).start()
                else:
                    control.request("cancel")
            elif isinstance(event, RunContinued) and free_at and self.outcome.waited_s < 0:
                self.outcome.waited_s = round(time.monotonic() - free_at[0], 2)
        states = [store.state(run)]
        if not wait:
            make_room(self.root)
            list(self.run(self.inline()))
            states.append(store.state(run))
        self.outcome.states = tuple(states)
        self.outcome.steps = tuple(point.step for point in store.history(run).losses)


def at_step(number: int) -> Callable[[RunEvent], bool]:
    """An event of a step."""
    return lambda event: isinstance(event, StepLogged) and event.step == number


def after_checkpoint(event: RunEvent) -> bool:
    """A checkpoint that was told."""
    return isinstance(event, CheckpointSaved)


def all_but(leave_bytes: int) -> Callable[[Path], None]:
    """Take all room but so many bytes."""
    return lambda folder: fill(folder, leave_bytes)


CASES: dict[str, Callable[[Case], None]] = {
    # Room for the log and not for a checkpoint.
    "checkpoint": lambda case: case.disturbed(case.inline(), all_but(70_000), at_step(5), wait=True),
    "log": lambda case: case.disturbed(case.inline(), all_but(0), at_step(5), wait=True),
    "end": lambda case: case.disturbed(case.inline(), all_but(0), at_step(8), wait=True),
    "entries": lambda case: case.disturbed(case.inline(), fill_entries, after_checkpoint, wait=True),
    "child": lambda case: case.disturbed(case.in_child(), all_but(70_000), at_step(5), wait=True),
    "cancelled": lambda case: case.disturbed(case.inline(), all_but(0), at_step(5), wait=False),
    "cancelled log": lambda case: case.disturbed(case.inline(), all_but(0), at_step(5), wait=False),
    "cancelled child": lambda case: case.disturbed(case.in_child(), all_but(0), at_step(5), wait=False),
}
MADE_UP = {"log", "cancelled log"}
"""Many steps without a network and without checkpoints: a line of the log finds no room."""


def main() -> int:
    """Run the cases."""
    template, place = Path(sys.argv[1]), Path(sys.argv[2])
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,nr_inodes={ENTRIES}", "tmpfs", str(place)], check=True
    )
    found: dict[str, dict[str, object]] = {}
    expected: dict[bool, list[str]] = {}
    for name in sys.argv[3:] or CASES:
        is_made_up = name in MADE_UP
        steps, trainer = (40, f"{HERE}:train") if is_made_up else (8, TRAINER)
        case = Case(place, template, steps, trainer)
        expected[is_made_up] = expected.get(is_made_up) or case.undisturbed()
        CASES[name](case)
        case.outcome.same_bytes = digests(case.workspace, case.plan) == expected[is_made_up]
        found[name] = asdict(case.outcome)
        shutil.rmtree(case.workspace.root)
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
