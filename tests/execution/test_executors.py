"""What every executor keeps, shown on scripted trainers: in this process and in child processes."""

import json
from collections.abc import Callable, Iterator

import pytest

from tests.execution.child_processes import training_processes
from tests.execution.scripted import HERE, stop_at
from workbench.execution.executor import Executor
from workbench.execution.inline import InlineExecutor
from workbench.execution.local import LocalExecutor
from workbench.runs.control import Command, Control
from workbench.runs.events import (
    CheckpointSaved,
    RunEvent,
    RunFailed,
    RunFinished,
    RunInterrupted,
    RunPaused,
    StepLogged,
)
from workbench.runs.plan import Plan
from workbench.runs.record import record
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

Make = Callable[..., Executor]


def _inline(workspace: Workspace, trainer: str) -> Executor:
    return InlineExecutor(workspace, checkpoint_after_s=0, trainer=f"{HERE}:{trainer}")


def _local(workspace: Workspace, trainer: str) -> Executor:
    return LocalExecutor(workspace, processes=2, checkpoint_after_s=0, trainer=f"{HERE}:{trainer}")


@pytest.fixture(params=[_inline, _local], ids=["inline", "local"])
def make(request: pytest.FixtureRequest, workspace: Workspace) -> Make:
    return lambda trainer: request.param(workspace, trainer)


@pytest.fixture
def store(workspace: Workspace) -> RunStore:
    return RunStore(workspace)


def by_run(events: list[RunEvent]) -> dict[str, list[RunEvent]]:
    sorted_out: dict[str, list[RunEvent]] = {}
    for event in events:
        sorted_out.setdefault(event.run, []).append(event)
    return sorted_out


def drive(events: Iterator[RunEvent], control: Control, when: type, command: Command) -> list[RunEvent]:
    """Collect events and give a command at the first one of a type."""
    seen: list[RunEvent] = []
    for event in events:
        seen.append(event)
        if isinstance(event, when) and control.command != command:
            control.request(command)
    return seen


def test_same_events_as_inline(workspace: Workspace, plan: Plan) -> None:
    here = by_run(list(_inline(workspace, "train").run(plan, Control())))
    there = by_run(list(_local(workspace, "train").run(plan, Control())))
    assert here == there
    assert set(here) == set(plan.run_ids)


def test_each_run_finishes_and_is_not_trained_twice(make: Make, plan: Plan, store: RunStore) -> None:
    events = list(record(make("train").run(plan, Control()), store))
    assert sum(isinstance(event, RunFinished) for event in events) == len(plan.run_ids) == 3
    assert {run: store.state(run) for run in plan.run_ids} == dict.fromkeys(plan.run_ids, "finished")
    assert not list(store.workspace.runs.glob("*/checkpoint*")), "finished runs keep weights only"
    assert store.environment(plan.run_ids[0])["packages"]["numpy"]
    assert list(make("train").run(plan, Control())) == []


def test_one_failure_leaves_the_others_alone(
    make: Make, plan: Plan, store: RunStore, capfd: pytest.CaptureFixture[str]
) -> None:
    events = list(record(make("first_fails").run(plan, Control()), store))
    failures = [event for event in events if isinstance(event, RunFailed)]
    assert [(failure.kind, failure.reason) for failure in failures] == [
        ("error", "ZeroDivisionError: something unforeseen")
    ]
    assert "ZeroDivisionError" in failures[0].log_tail
    assert sum(isinstance(event, RunFinished) for event in events) == 2
    assert store.state(failures[0].run) == "failed"


@pytest.mark.parametrize(("trainer", "kind"), [("diverges", "diverged"), ("needs_memory", "out_of_memory")])
def test_kinds_of_failure(make: Make, plan: Plan, trainer: str, kind: str) -> None:
    failures = [event for event in make(trainer).run(plan, Control()) if isinstance(event, RunFailed)]
    assert [failure.kind for failure in failures] == [kind] * 3
    assert all(failure.hint for failure in failures)


def test_cancel_leaves_resumable_runs(make: Make, plan: Plan, store: RunStore) -> None:
    control = Control()
    events = drive(record(make("hold").run(plan, control), store), control, StepLogged, "cancel")
    interruptions = [event for event in events if isinstance(event, RunInterrupted)]
    assert interruptions
    assert {event.reason for event in interruptions} == {"cancelled"}
    for interruption in interruptions:
        saved = store.resume_point(interruption.run)
        assert saved is not None
        assert saved.step == interruption.step
    begun = {event.run for event in events}
    assert all(store.state(run) == ("interrupted" if run in begun else "planned") for run in plan.run_ids)


def test_resumed_runs_end_like_uninterrupted_ones(
    make: Make, plan: Plan, store: RunStore, template_weights: dict[str, str]
) -> None:
    control = Control()
    drive(record(make("hold").run(plan, control), store), control, StepLogged, "cancel")
    events = list(record(make("train").run(plan, Control()), store))
    assert any(event.type == "run_resumed" for event in events)
    assert {run: (store.folder(run) / "last.safetensors").read_text() for run in plan.run_ids} == template_weights
    for run in plan.run_ids:
        steps = [point.step for point in store.history(run).losses]
        assert steps == list(range(1, len(steps) + 1)), "no point is missing, none is there twice"


@pytest.fixture
def template_weights(template: object, plan: Plan) -> dict[str, str]:
    """What uninterrupted runs end with."""
    from tests.execution.scripted import _advance

    weights: dict[str, str] = {}
    for run, spec in plan.specs.items():
        state = run
        for step in range(1, spec.steps + 1):
            state = _advance(state, step)
        weights[run] = state
    return weights


def test_stop_after_epoch(make: Make, plan: Plan, store: RunStore) -> None:
    control = Control()
    events = drive(record(make("hold").run(plan, control), store), control, StepLogged, "stop_after_epoch")
    interruptions = [event for event in events if isinstance(event, RunInterrupted)]
    assert {event.reason for event in interruptions} == {"stopped_after_epoch"}
    for event in interruptions:
        assert event.step % plan.specs[event.run].steps_per_epoch == 0


def test_pause_and_go(make: Make, plan: Plan, store: RunStore) -> None:
    control = Control()
    kinds = {event.type for event in _go_on(record(make("hold").run(plan, control), store), control, plan)}
    assert {"run_paused", "run_continued"} <= kinds
    assert all(store.state(run) == "finished" for run in plan.run_ids)


def _go_on(events: Iterator[RunEvent], control: Control, plan: Plan) -> list[RunEvent]:
    """Nudge every run that holds in its middle: pause, and go when all that held have paused."""
    seen: list[RunEvent] = []
    holding: set[str] = set()
    for event in events:
        seen.append(event)
        if isinstance(event, StepLogged) and event.step == stop_at(plan.specs[event.run]):
            holding.add(event.run)
            control.request("pause")
        if isinstance(event, RunPaused):
            holding.discard(event.run)
            if not holding:
                control.request("go")
    return seen


def test_closing_early_leaves_a_recorded_checkpoint(make: Make, plan: Plan, store: RunStore) -> None:
    control = Control()
    events = record(make("hold").run(plan, control), store)
    first = next(event for event in events if isinstance(event, StepLogged))
    events.close()  # type: ignore[attr-defined]
    log = store.events(first.run)
    assert isinstance(log.events[-1], RunInterrupted)
    assert log.events[-1].reason == "driver_gone"
    assert store.resume_point(first.run) is not None
    assert training_processes() == []
    assert isinstance(by_run(list(make("train").run(plan, Control())))[first.run][-1], RunFinished)


def test_a_checkpoint_replaces_the_one_before(make: Make, plan: Plan, store: RunStore) -> None:
    kept: list[int] = []
    for event in record(make("train").run(plan, Control()), store):
        if isinstance(event, CheckpointSaved):
            kept.append(len(list(store.folder(event.run).glob("checkpoint*"))))
            assert (store.folder(event.run) / event.path).is_file()
    assert kept


def test_a_stop_can_be_taken_back(make: Make, plan: Plan, store: RunStore) -> None:
    """As long as a run still trains: the runs behind it are then trained too."""
    control = Control()
    stopped: list[str] = []
    for event in record(make("train").run(plan, control), store):
        if isinstance(event, StepLogged) and event.run not in stopped:
            stopped.append(event.run)
            control.request("stop_after_epoch")
            control.request("go")
    assert all(store.state(run) == "finished" for run in plan.run_ids)


def test_an_environment_that_changed_in_between_is_kept(plan: Plan, store: RunStore) -> None:
    control = Control()
    executor = _inline(store.workspace, "hold")
    for event in record(executor.run(plan, control), store):
        if isinstance(event, StepLogged):
            control.request("cancel")
    (run,) = (run for run in plan.run_ids if store.folder(run).is_dir())
    before = store.environment(run)
    store.environment_file(run).write_text(json.dumps(before | {"python": "2.7"}))
    list(record(_inline(store.workspace, "train").run(plan, Control()), store))
    assert store.environment(run)["earlier_sittings"] == [before | {"python": "2.7"}]
    found = store.record(run)
    assert found is not None
    assert found.environment["python"] == before["python"]
