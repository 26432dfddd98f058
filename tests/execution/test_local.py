"""Child processes: how they die, what they print, and that none stays behind."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest

from tests.execution.child_processes import training_processes
from tests.execution.scripted import HERE
from tests.execution.test_executors import by_run
from workbench.execution import local
from workbench.execution.devices import default_processes
from workbench.execution.local import LocalExecutor
from workbench.execution.process import child_environment
from workbench.execution.session import environment
from workbench.runs.control import Control
from workbench.runs.events import RunEvent, RunFailed, RunFinished, RunInterrupted, StepLogged
from workbench.runs.plan import Plan
from workbench.runs.record import record
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace


def executor(workspace: Workspace, trainer: str, processes: int = 2) -> LocalExecutor:
    return LocalExecutor(workspace, processes=processes, checkpoint_after_s=0, trainer=f"{HERE}:{trainer}")


def test_a_crash_names_its_signal_and_the_queue_goes_on(workspace: Workspace, plan: Plan) -> None:
    store = RunStore(workspace)
    events = list(record(executor(workspace, "segfault").run(plan, Control()), store))
    failures = [event for event in events if isinstance(event, RunFailed)]
    assert {failure.run for failure in failures} == set(plan.run_ids)
    for failure in failures:
        assert failure.kind == "died"
        assert "SIGSEGV" in failure.reason
        assert "about to crash" in failure.log_tail
        assert "Segmentation fault" in failure.log_tail, "faulthandler tells where"
        assert store.state(failure.run) == "interrupted", "it goes on from its checkpoint"
    after = list(record(executor(workspace, "train").run(plan, Control()), store))
    assert {event.type for event in after} >= {"run_resumed", "run_finished"}


def test_a_process_that_leaves_without_a_word(workspace: Workspace, plan: Plan) -> None:
    failures = [e for e in executor(workspace, "leaves").run(plan, Control()) if isinstance(e, RunFailed)]
    assert {failure.reason for failure in failures} == {
        "The training process ended with exit code 3 before its run was over"
    }


def test_a_trainer_that_cannot_be_loaded(workspace: Workspace, plan: Plan) -> None:
    bad = LocalExecutor(workspace, processes=1, trainer="tests.execution.nowhere:train")
    failures = [event for event in bad.run(plan, Control()) if isinstance(event, RunFailed)]
    assert len(failures) == len(plan.run_ids)
    assert "ModuleNotFoundError" in failures[0].log_tail


def test_what_is_printed_goes_to_the_log(workspace: Workspace, plan: Plan) -> None:
    events = list(executor(workspace, "chatters").run(plan, Control()))
    assert sum(isinstance(event, RunFinished) for event in events) == len(plan.run_ids)
    log = RunStore(workspace).log_file(plan.run_ids[0]).read_text()
    assert "from below" in log
    assert '{"type": "run_finished"}' in log


def test_a_child_that_hears_nothing_is_killed_after_cancel(
    workspace: Workspace, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "STOP_WITHIN_S", 0.3)
    control = Control()
    store = RunStore(workspace)
    last: list[RunEvent] = []
    for event in record(executor(workspace, "deaf", 1).run(plan, control), store):
        if isinstance(event, StepLogged) and event.step == 3:
            control.request("cancel")
        last.append(event)
    assert isinstance(last[-1], RunInterrupted)
    assert last[-1].reason == "killed"
    assert training_processes() == []


def test_children_that_still_load_end_at_once_and_leave_no_trace(workspace: Workspace, plan: Plan) -> None:
    control, store = Control(), RunStore(workspace)
    loading = LocalExecutor(workspace, processes=1, trainer="tests.execution.slow_to_load:train")
    timer = threading.Timer(1.0, control.request, ("cancel",))
    timer.start()
    begin = time.monotonic()
    assert list(record(loading.run(plan, control), store)) == []
    timer.join()
    assert time.monotonic() - begin < 20, "the trainer loads for a minute, and a killed child would be waited for"
    assert training_processes() == []
    assert [store.state(run) for run in plan.run_ids] == ["planned"] * len(plan.run_ids)


def test_sigterm_to_a_child_writes_a_checkpoint(workspace: Workspace, plan: Plan) -> None:
    store = RunStore(workspace)
    one = plan.model_copy(update={"runs": plan.runs[:1]})
    last: list[RunEvent] = []
    for event in record(executor(workspace, "hold", 1).run(one, Control()), store):
        if isinstance(event, StepLogged) and event.step == 3:
            (child,) = training_processes()
            child.send_signal(signal.SIGTERM)
        last.append(event)
    assert isinstance(last[-1], RunInterrupted)
    assert last[-1].reason == "killed"
    assert store.resume_point(one.run_ids[0]) is not None


def test_children_stand_back(workspace: Workspace, plan: Plan) -> None:
    with closing(executor(workspace, "hold").run(plan, Control())) as events:
        next(events)
        children = training_processes()
        nice = {child.nice() for child in children}
    assert 10 in nice or os.nice(0) > 0
    assert 2 <= len(children) <= 3, "two that train, perhaps one that gets ready"


def test_events_of_several_runs_are_mixed_and_each_is_in_order(workspace: Workspace, plan: Plan) -> None:
    events = list(executor(workspace, "train").run(plan, Control()))
    for run, told in by_run(events).items():
        steps = [event.step for event in told if isinstance(event, StepLogged)]
        assert steps == sorted(steps), run
        assert told[0].type == "run_started"
        assert told[-1].type == "run_finished"


def test_environment_of_children() -> None:
    variables = child_environment(3)
    assert variables["OMP_NUM_THREADS"] == "3"
    assert int(variables["MALLOC_TRIM_THRESHOLD_"]) > 2**30


def test_a_plain_child_has_the_allocator_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTR_WORKBENCH_PLAIN", "1")
    assert not any(name.startswith("MALLOC_") for name in child_environment(1).keys() - os.environ.keys())
    assert "allocator" in environment("cpu", 1)["switched_off"]
    monkeypatch.delenv("HTR_WORKBENCH_PLAIN")
    assert not environment("cpu", 1)["switched_off"]


def test_a_child_with_little_address_space_gives_pages_back() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (2**45, hard))
    try:
        assert not any(name.startswith("MALLOC_") for name in child_environment(1).keys() - os.environ.keys())
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def test_a_child_without_a_job_ends_at_once() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "workbench.execution.child"], input=b"", capture_output=True, timeout=60
    )
    assert (ended.returncode, ended.stdout) == (0, b"")


def test_processes_leave_a_core_to_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.execution.devices.cores", lambda: 4)
    assert default_processes("cpu", beside_window=True) == 3
    assert default_processes("cpu", beside_window=False) == 4
    monkeypatch.setattr("workbench.execution.devices.cores", lambda: 1)
    assert default_processes("cpu", beside_window=True) == 1
    monkeypatch.setattr("workbench.execution.devices.cuda_devices", lambda: ("A", "B"))
    assert default_processes("auto", beside_window=True) == 2
    assert default_processes("cpu", beside_window=True) == 1


def test_the_driver_never_loads_torch() -> None:
    code = (
        "import sys, workbench.execution.local, workbench.execution.studies, workbench.execution.progress\n"
        "print([name for name in ('torch', 'pandas', 'scipy', 'PySide6') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.strip() == "[]"
