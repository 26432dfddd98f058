"""Studies run, gone on with, retried, refused and forked."""

import json
from pathlib import Path

import pytest

from tests.execution.scripted import HERE
from tests.execution.small_data import small_study, write_dataset
from workbench.errors import InputError
from workbench.execution.estimates import estimate
from workbench.execution.inline import InlineExecutor
from workbench.execution.studies import (
    open_targets,
    prepare,
    run_study,
    study_standing,
    unfinished_studies,
)
from workbench.runs.control import Control
from workbench.runs.events import RunEvent, RunFailed, RunFinished, StepLogged
from workbench.runs.lock import WorkspaceLock, holder
from workbench.runs.plan import Plan, load_plan
from workbench.runs.spec import TRAINING_VERSION
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.schema import Study
from workbench.study.toml_file import load_study


def run(workspace: Workspace, plan: Plan | Study, trainer: str = "train", **options: bool) -> list[RunEvent]:
    executor = InlineExecutor(workspace, checkpoint_after_s=0, trainer=f"{HERE}:{trainer}")
    return list(run_study(workspace, plan, executor=executor, control=Control(), **options))


def stop_in_the_middle(workspace: Workspace, plan: Plan) -> None:
    control = Control()
    executor = InlineExecutor(workspace, checkpoint_after_s=0, trainer=f"{HERE}:train")
    for event in run_study(workspace, plan, executor=executor, control=control):
        if isinstance(event, StepLogged) and event.step == 3:
            control.request("cancel")


def prepared(workspace: Workspace, study: Study) -> Plan:
    last = list(prepare(workspace, study, Control()))[-1]
    assert isinstance(last, Plan)
    return last


def test_a_study_leaves_its_files_and_no_lock(workspace: Workspace, plan: Plan) -> None:
    events = run(workspace, plan)
    assert sum(isinstance(event, RunFinished) for event in events) == 3
    assert load_study(workspace.study_file("small")) == plan.study
    kept = load_plan(workspace.plan_file("small"))
    assert kept.runs == plan.runs
    assert kept.targets == plan.targets
    assert holder(workspace) is None
    assert run(workspace, plan) == [], "nothing is left to do"
    assert unfinished_studies(workspace) == ()


def test_the_workspace_is_locked_while_a_study_runs(workspace: Workspace, plan: Plan) -> None:
    executor = InlineExecutor(workspace, trainer=f"{HERE}:train")
    events = run_study(workspace, plan, executor=executor, control=Control())
    next(events)
    found = holder(workspace)
    assert found is not None
    assert found.is_this_process
    events.close()  # type: ignore[attr-defined]
    assert holder(workspace) is None


def test_a_window_that_holds_the_workspace_runs_its_studies(workspace: Workspace, plan: Plan) -> None:
    with WorkspaceLock(workspace):
        assert run(workspace, plan)
        assert holder(workspace) is not None


def test_a_study_or_a_plan_from_its_file_is_prepared_first(workspace: Workspace, plan: Plan) -> None:
    stop_in_the_middle(workspace, plan)
    (found,) = unfinished_studies(workspace)
    assert (found.name, found.runs, found.done, found.failed, found.left) == ("small", 3, 0, 0, 3)
    events = run(workspace, load_plan(workspace.plan_file("small")))
    assert events[0].type == "run_resumed"
    assert sum(isinstance(event, RunFinished) for event in events) == 3
    assert run(workspace, plan.study) == []


def test_runs_are_shared_between_studies(workspace: Workspace, plan: Plan) -> None:
    run(workspace, plan)
    longer = prepared(workspace, small_study(name="more", seeds=[0, 1]))
    events = run(workspace, longer)
    assert {event.run for event in events} == set(longer.run_ids) - set(plan.run_ids)


def test_failed_runs_wait_for_a_retry(workspace: Workspace, plan: Plan, capfd: pytest.CaptureFixture[str]) -> None:
    failures = [event for event in run(workspace, plan, "first_fails") if isinstance(event, RunFailed)]
    (failed,) = failures
    standing = study_standing(workspace, "small")
    assert standing is not None
    assert (standing.done, standing.failed, standing.left) == (2, 1, 0)
    assert run(workspace, plan) == []
    again = run(workspace, plan, retry=True)
    assert {event.run for event in again} == {failed.run}
    assert again[0].type == "run_resumed", "from its last checkpoint"
    assert RunStore(workspace).state(failed.run) == "finished"


def test_diverged_runs_begin_anew_on_a_retry(
    workspace: Workspace, plan: Plan, capfd: pytest.CaptureFixture[str]
) -> None:
    run(workspace, plan, "diverges")
    assert run(workspace, plan) == []
    assert run(workspace, plan, retry=True)[0].type == "run_started"


def test_collapsed_runs_count_as_done_and_can_be_retried(workspace: Workspace, plan: Plan) -> None:
    run(workspace, plan)
    store = RunStore(workspace)
    first = plan.run_ids[0]
    result = json.loads(store.result_file(first).read_text())
    store.result_file(first).write_text(json.dumps(result | {"state": "collapsed"}))
    assert RunStore(workspace).state(first) == "collapsed"
    assert run(workspace, plan) == []
    assert {event.run for event in run(workspace, plan, retry=True)} == {first}
    assert RunStore(workspace).state(first) == "finished"


def test_a_finished_run_without_its_result_file_gets_it(workspace: Workspace, plan: Plan) -> None:
    run(workspace, plan)
    store = RunStore(workspace)
    before = store.result_file(plan.run_ids[1]).read_bytes()
    store.result_file(plan.run_ids[1]).unlink()
    assert store.is_finished(plan.run_ids[1])
    assert run(workspace, plan) == []
    assert store.result_file(plan.run_ids[1]).read_bytes() == before


def test_a_damaged_log_refuses_its_run_and_no_other(workspace: Workspace, plan: Plan) -> None:
    stop_in_the_middle(workspace, plan)
    store = RunStore(workspace)
    first = plan.run_ids[0]
    log = store.events_file(first)
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([lines[0], b"00000000" + lines[1][8:], *lines[2:]]))
    damaged = log.read_bytes()
    events = run(workspace, plan)
    assert isinstance(events[0], RunFailed)
    assert "line 2" in events[0].reason
    assert str(store.folder(first)) in events[0].hint
    assert log.read_bytes() == damaged, "it is left as it is"
    assert sum(isinstance(event, RunFinished) for event in events) == 2


def test_changed_data_is_refused_or_forked(workspace: Workspace, plan: Plan, tmp_path: Path) -> None:
    stop_in_the_middle(workspace, plan)
    entries = {name: opened.entry for name, opened in _opened(workspace, plan.study).items()}
    write_dataset(entries["arabic"].path, "ar", seed=9)
    with pytest.raises(InputError) as caught:
        run(workspace, plan.study)
    assert "the data set arabic has changed" in str(caught.value)
    assert "--fork" in str(caught.value)
    events = run(workspace, plan.study, fork=True)
    assert plan.run_ids[0] not in {event.run for event in events}
    assert sum(isinstance(event, RunFinished) for event in events) == 3


def _opened(workspace: Workspace, study: Study) -> dict[str, object]:
    last = list(open_targets(workspace, study, Control()))[-1]
    assert isinstance(last, dict)
    return last


def test_a_changed_program_is_refused(workspace: Workspace, plan: Plan) -> None:
    stop_in_the_middle(workspace, plan)
    newer = {
        run: spec.model_copy(update={"training_version": TRAINING_VERSION + 1}) for run, spec in plan.specs.items()
    }
    changed = plan.model_copy(
        update={
            "runs": tuple(each.model_copy(update={"run": newer[each.run].id}) for each in plan.runs),
            "specs": {spec.id: spec for spec in newer.values()},
        }
    )
    with pytest.raises(InputError, match=f"version {TRAINING_VERSION + 1}, it was {TRAINING_VERSION}"):
        run(workspace, changed)
    assert run(workspace, changed, fork=True)


def test_a_changed_thread_count_is_refused(workspace: Workspace, plan: Plan) -> None:
    stop_in_the_middle(workspace, plan)
    training = plan.study.training.model_dump() | {"threads_per_run": 2}
    with pytest.raises(InputError, match="threads_per_run is 2, it was 1"):
        run(workspace, small_study(training=training))


def test_an_edited_study_trains_new_runs(workspace: Workspace, plan: Plan) -> None:
    stop_in_the_middle(workspace, plan)
    edited = prepared(workspace, small_study(normalisation=["nfc"]))
    assert sum(isinstance(event, RunFinished) for event in run(workspace, edited)) == 3


def test_nothing_begun_is_nothing_to_refuse(workspace: Workspace, plan: Plan) -> None:
    control = Control()
    control.request("cancel")
    executor = InlineExecutor(workspace, trainer=f"{HERE}:train")
    assert list(run_study(workspace, plan, executor=executor, control=control)) == []
    training = plan.study.training.model_dump() | {"threads_per_run": 2}
    assert run(workspace, small_study(training=training))


def test_a_short_trial_tells_how_long_a_long_run_takes(workspace: Workspace, plan: Plan) -> None:
    run(workspace, plan)
    long = prepared(workspace, small_study(name="long", budgets=["600 steps"], regimes=["single"], targets=["arabic"]))
    found = estimate(long, RunStore(workspace), 1, device="cpu").seconds
    assert found is not None
    assert found.low < 300 < found.high < 400


def test_moved_data_says_so(workspace: Workspace, plan: Plan) -> None:
    path = _opened(workspace, plan.study)["arabic"].entry.path  # type: ignore[attr-defined]
    path.rename(path.with_name("elsewhere"))
    try:
        with pytest.raises(InputError, match="arabic"):
            list(open_targets(workspace, plan.study, Control()))
    finally:
        path.with_name("elsewhere").rename(path)


def test_estimates_learn_from_finished_runs(workspace: Workspace, plan: Plan) -> None:
    store = RunStore(workspace)
    before = estimate(plan, store, 1, device="cpu")
    assert (before.runs, before.runs_done, before.runs_left) == (3, 0, 3)
    assert before.seconds is not None
    assert before.seconds.is_rough
    run(workspace, plan)
    more = prepared(workspace, small_study(name="more", seeds=[0, 1, 2]))
    after = estimate(more, RunStore(workspace), 1, device="cpu")
    assert (after.runs_done, after.runs_left) == (3, 6)
    assert after.seconds is not None
    # The scripted trainer claims half a second per step, and reads its 5 test and 2 validation lines twice, after two
    # validations.
    single, multi = (6 + 18 * targets / 3 / 2 for targets in (1, 2))
    assert after.seconds.low == pytest.approx(0.85 * 0.5 * (4 * single + 2 * multi))
    assert after.seconds.high == pytest.approx(1.15 * 0.5 * (4 * single + 2 * multi))
    assert not after.seconds.is_rough
    two = estimate(more, RunStore(workspace), 2, device="cpu")
    assert two.seconds is not None
    assert two.seconds.low == pytest.approx(after.seconds.low / 2)
