"""The memory of a training process is limited for real: parts of batches where they help, one clear sentence else."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.execution.small_data import import_one, small_study, write_dataset
from tests.faults.limited import HERE
from workbench.execution.local import LocalExecutor
from workbench.execution.studies import prepare, run_study
from workbench.runs.control import Control
from workbench.runs.events import BatchParted, RunEvent, RunFailed, RunFinished, StepLogged
from workbench.runs.plan import Plan
from workbench.runs.remarks import remarks
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

BATCH = 64


@pytest.fixture
def plan(workspace: Workspace, tmp_path: Path) -> Plan:
    """A run whose single batch takes about 800 MB."""
    folder = write_dataset(tmp_path / "many", "ar", parts={"train": BATCH, "val": 4, "test": 4})
    import_one(workspace, folder, "many", "ar")
    study = small_study(
        targets=["many"],
        regimes=["single"],
        architectures=["small-crnn"],
        k_lines=[BATCH],
        budgets=["3 steps"],
        preprocessing={"line_height_px": 96},
        training={"batch_lines": BATCH, "validations": 1, "validation_lines": 2, "log_every_steps": 1},
    )
    last = list(prepare(workspace, study, Control()))[-1]
    assert isinstance(last, Plan)
    return last


@pytest.fixture(autouse=True)
def limited_address_space() -> Iterator[None]:
    """Some limit, as `ulimit -v` sets one, far away; the child makes it a near one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (2**45, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def run(workspace: Workspace, plan: Plan, trainer: str) -> list[RunEvent]:
    executor = LocalExecutor(workspace, device="cpu", processes=1, trainer=f"{HERE}:{trainer}")
    return list(run_study(workspace, plan, executor=executor, control=Control()))


def test_a_batch_that_does_not_fit_is_computed_in_parts(workspace: Workspace, plan: Plan) -> None:
    events = run(workspace, plan, "short_at_first")
    assert isinstance(events[-1], RunFinished), events[-1]
    parted = [event for event in events if isinstance(event, BatchParted) and event.work == "training"]
    assert [event.step for event in parted] == [1]
    assert 2 <= parted[0].parts <= BATCH
    assert [event.step for event in events if isinstance(event, StepLogged)] == [1, 2, 3]
    store = RunStore(workspace)
    (spec,) = plan.specs.values()
    found = store.record(spec.id)
    assert found is not None
    assert (found.batch_parts, found.steps) == (parted[0].parts, 3)
    assert any("memory was short at step 1" in said for said in remarks(store.history(spec.id)))


def test_less_memory_than_a_line_needs_is_told(workspace: Workspace, plan: Plan) -> None:
    events = run(workspace, plan, "hardly_any")
    last = events[-1]
    assert isinstance(last, RunFailed)
    assert last.kind == "out_of_memory"
    assert "memory is full" in last.reason
    assert "retry" in last.hint
    assert RunStore(workspace).state(last.run) == "failed"
