"""The order of a study's runs: moved before and while they train, left out, tried again, and runs that need others."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.execution.child_processes import training_processes
from tests.execution.scripted import HERE
from tests.execution.small_data import small_study
from tests.execution.test_executors import by_run
from workbench.execution import queue as queues
from workbench.execution.executor import Executor
from workbench.execution.inline import InlineExecutor
from workbench.execution.local import LocalExecutor
from workbench.execution.queue import (
    Queue,
    arranged,
    load_order,
    lowered,
    placed_before,
    raised,
    save_order,
    with_needed,
)
from workbench.execution.studies import prepare, run_study
from workbench.runs.control import Control
from workbench.runs.events import RunEvent, RunFailed, RunFinished, RunStarted, StepLogged
from workbench.runs.plan import Plan
from workbench.runs.spec import RunSpec
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

Make = Callable[..., Executor]

orders = st.lists(st.sampled_from("abcdefgh"), unique=True)
picks = st.lists(st.sampled_from("abcdefgh"), unique=True)


# The order as a value


@given(orders, picks)
def test_runs_change_places_among_themselves(order: list[str], runs: list[str]) -> None:
    found = arranged(order, runs)
    assert sorted(found) == sorted(order)
    assert [run for run in found if run not in runs] == [run for run in order if run not in runs]
    assert [run for run in found if run in runs] == [run for run in runs if run in order]
    assert all((run in runs) == (before in runs) for run, before in zip(found, order, strict=True))


@given(orders, picks)
def test_up_and_down_keep_the_runs_and_the_order_within(order: list[str], runs: list[str]) -> None:
    for move in (raised, lowered):
        found = move(order, runs)
        assert sorted(found) == sorted(order)
        assert [run for run in found if run in runs] == [run for run in order if run in runs]


def test_a_run_goes_one_place_up_or_down() -> None:
    assert raised("abcd", "c") == tuple("acbd")
    assert raised("abcd", "ab") == tuple("abcd")
    assert raised("abcd", "bc") == tuple("bcad")
    assert lowered("abcd", "bc") == tuple("adbc")
    assert lowered("abcd", "d") == tuple("abcd")


@given(orders, picks, st.data())
def test_dropped_runs_stand_together_before_the_place(order: list[str], runs: list[str], data: st.DataObject) -> None:
    before = data.draw(st.sampled_from([*order, None]))
    found = placed_before(order, runs, before)
    assert sorted(found) == sorted(order)
    block = "".join(run for run in order if run in runs)
    assert block in "".join(found)
    if before is not None and before not in runs:
        at = found.index(before)
        assert "".join(found[:at]).endswith(block)


def test_what_a_run_needs_stands_before_it() -> None:
    assert with_needed("cab", {"c": "b", "b": "a"}) == tuple("abc")
    queue = Queue("abc")
    queue.settle("abc", {"a": "c"})
    assert queue.order == tuple("cab")
    queue.move_first("b")
    assert queue.order == tuple("bca")
    queue.move_first("a")
    assert queue.order == tuple("cab"), "it takes along what it needs"
    queue.arrange("acb")
    assert queue.order == tuple("cab")


def test_leaving_out_takes_along_what_needs_it_unless_that_is_done() -> None:
    queue = Queue()
    queue.settle("abc", {"b": "a"})
    queue.skip("a")
    assert queue.leaves_out("b", lambda run: False)
    assert not queue.leaves_out("b", lambda run: run == "a")
    assert not queue.leaves_out("c", lambda run: False)
    queue.take_in("b")
    assert not queue.skipped, "nothing can be done without it"
    queue.keep_only("b")
    assert queue.skipped == {"c"}
    queue.skip_none()
    assert not queue.skipped


def test_known_runs_keep_their_order_in_another_plan() -> None:
    queue = Queue("cba")
    queue.settle("abcd", {})
    assert queue.order == tuple("cbad")
    queue.settle("bd", {})
    assert queue.order == tuple("bd")


def test_an_order_is_kept_where_it_is_not_the_usual_one(workspace: Workspace) -> None:
    path = workspace.queue_file("small")
    save_order("bca", "abc", path)
    assert load_order(path) == tuple("bca")
    save_order("abc", "abc", path)
    assert not path.exists()
    assert load_order(path) == ()
    path.parent.mkdir(parents=True, exist_ok=True)
    for content in ("", "[]", '{"order": 3}', "{"):
        path.write_text(content)
        assert load_order(path) == ()


# Executors follow it


def _inline(workspace: Workspace, trainer: str) -> Executor:
    return InlineExecutor(workspace, checkpoint_after_s=0, trainer=f"{HERE}:{trainer}")


def _local(workspace: Workspace, trainer: str) -> Executor:
    return LocalExecutor(workspace, processes=1, checkpoint_after_s=0, trainer=f"{HERE}:{trainer}")


@pytest.fixture(params=[_inline, _local], ids=["inline", "local"])
def make(request: pytest.FixtureRequest, workspace: Workspace) -> Make:
    return lambda trainer="train": request.param(workspace, trainer)


@pytest.fixture
def plan(workspace: Workspace) -> Plan:
    last = list(prepare(workspace, small_study(seeds=[0, 1]), Control()))[-1]
    assert isinstance(last, Plan)
    return last


def begun(events: list[RunEvent]) -> list[str]:
    return [event.run for event in events if isinstance(event, RunStarted)]


def over(workspace: Workspace, plan: Plan, executor: Executor, queue: Queue, **options: object) -> Iterator[RunEvent]:
    return run_study(workspace, plan, executor=executor, control=Control(), queue=queue, **options)  # type: ignore[arg-type]


def test_runs_begin_in_the_order_of_the_queue(make: Make, workspace: Workspace, plan: Plan) -> None:
    queue = Queue(reversed(plan.run_ids))
    events = list(over(workspace, plan, make(), queue))
    assert begun(events) == list(reversed(plan.run_ids))
    assert load_order(workspace.queue_file("small")) == tuple(reversed(plan.run_ids))
    assert list(run_study(workspace, plan, executor=make(), control=Control())) == []
    assert load_order(workspace.queue_file("small")) == tuple(reversed(plan.run_ids)), "it is still that order"


def test_each_run_tells_the_same_in_any_order(workspace: Workspace, plan: Plan) -> None:
    usual = by_run(list(_inline(workspace, "train").run(plan, Control())))
    turned = by_run(list(_inline(workspace, "train").run(plan, Control(), Queue(reversed(plan.run_ids)))))
    assert usual == turned


def test_a_run_is_moved_to_the_front_while_another_trains(make: Make, workspace: Workspace, plan: Plan) -> None:
    queue = Queue()
    first, *_, last = plan.run_ids
    seen: list[RunEvent] = []
    for event in over(workspace, plan, make(), queue):
        seen.append(event)
        if isinstance(event, RunStarted) and event.run == first:
            queue.move_first([last])
    assert begun(seen) == [first, last, *plan.run_ids[1:-1]]


def test_a_run_is_left_out_and_taken_in_again(make: Make, workspace: Workspace, plan: Plan) -> None:
    queue = Queue()
    store = RunStore(workspace)
    first, second, third, *_, last = plan.run_ids
    seen: list[RunEvent] = []
    for event in over(workspace, plan, make(), queue):
        seen.append(event)
        if isinstance(event, RunStarted) and event.run == first:
            queue.skip([second, third])
        if isinstance(event, RunStarted) and event.run == last:
            queue.take_in([third])
    assert begun(seen) == [first, *plan.run_ids[3:], third]
    assert store.state(second) == "planned"
    assert not store.folder(second).exists()
    again = list(run_study(workspace, plan, executor=make(), control=Control()))
    assert begun(again) == [second], "left out of one sitting only"


def test_a_failed_run_is_tried_again_in_the_same_sitting(
    make: Make, workspace: Workspace, plan: Plan, tmp_path_factory: pytest.TempPathFactory, capfd: object
) -> None:
    queue = Queue()
    failed: list[str] = []
    finished: list[str] = []
    for event in over(workspace, plan, make("fails_once"), queue):
        if isinstance(event, RunFailed):
            failed.append(event.run)
            assert queue.retry([event.run])
        if isinstance(event, RunFinished):
            finished.append(event.run)
    assert sorted(failed) == sorted(finished) == sorted(plan.run_ids)
    assert not queue.retry(failed[:1]), "the sitting is over"


def test_a_run_that_failed_before_can_be_tried_again_later_in_another_sitting(
    make: Make, workspace: Workspace, plan: Plan, capfd: object
) -> None:
    list(over(workspace, plan, make("diverges"), Queue()))
    store = RunStore(workspace)
    one, other, *_ = plan.run_ids
    assert store.state(one) == "diverged"
    assert begun(list(over(workspace, plan, make(), Queue(), retry=[one]))) == [one]
    assert (store.state(one), store.state(other)) == ("finished", "diverged")
    queue = Queue()
    queue.settle(plan.run_ids, {})
    queue.skip([other])
    list(over(workspace, plan, make(), queue, retry=True))
    assert store.state(other) == "diverged", "left out, so nothing of it was put away"
    assert not list(store.folder(other).glob("events-*.jsonl"))


# Runs that need others


@pytest.fixture
def chained(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """Let the first run of the plan need the last one, and the second the first."""
    needs = {plan.run_ids[0]: plan.run_ids[-1], plan.run_ids[1]: plan.run_ids[0]}

    def prerequisite(spec: RunSpec) -> str | None:
        return needs.get(spec.id)

    monkeypatch.setattr(queues, "prerequisite", prerequisite)
    return plan


def test_a_run_waits_for_the_one_that_it_needs(make: Make, workspace: Workspace, chained: Plan) -> None:
    first, second, *others, last = chained.run_ids
    events = list(over(workspace, chained, make(), Queue()))
    assert begun(events) == [last, first, second, *others]


def test_two_processes_do_not_begin_a_run_too_early(workspace: Workspace, chained: Plan) -> None:
    first, second, *_, last = chained.run_ids
    executor = LocalExecutor(workspace, processes=2, checkpoint_after_s=0, trainer=f"{HERE}:train")
    told = [
        (event.run, type(event))
        for event in over(workspace, chained, executor, Queue())
        if isinstance(event, RunStarted | RunFinished)
    ]
    assert told.index((last, RunFinished)) < told.index((first, RunStarted))
    assert told.index((first, RunFinished)) < told.index((second, RunStarted))
    assert len(told) == 2 * len(chained.run_ids)
    assert training_processes() == []


def test_what_needs_a_failed_run_fails_with_the_reason(
    make: Make, workspace: Workspace, chained: Plan, capfd: object
) -> None:
    first, second, *_others, last = chained.run_ids
    store = RunStore(workspace)
    joint_fails = list(over(workspace, chained, make("joint_diverges"), Queue()))
    failures = {event.run: event for event in joint_fails if isinstance(event, RunFailed)}
    assert store.state(last) == "diverged"
    assert failures[first].kind == failures[second].kind == "blocked"
    assert f"run {last}, which diverged" in failures[first].reason
    assert f"run {first}, which failed" in failures[second].reason
    assert store.state(first) == store.state(second) == "interrupted", "nothing was wrong with them"
    again = list(over(workspace, chained, make(), Queue(), retry=[last]))
    assert begun(again)[:3] == [last, first, second]


def test_leaving_a_run_out_leaves_out_what_needs_it(make: Make, workspace: Workspace, chained: Plan) -> None:
    first, second, *others, last = chained.run_ids
    queue = Queue()
    queue.settle(chained.run_ids, {})
    queue.skip([last])
    events = list(over(workspace, chained, make(), queue))
    assert begun(events) == others
    assert not any(isinstance(event, RunFailed) for event in events)
    rest = list(over(workspace, chained, make(), Queue()))
    assert begun(rest) == [last, first, second]


def test_a_cancelled_study_fails_nothing_that_waited(make: Make, workspace: Workspace, chained: Plan) -> None:
    control = Control()
    seen: list[RunEvent] = []
    events = run_study(workspace, chained, executor=make("hold"), control=control, queue=Queue())
    for event in events:
        seen.append(event)
        if isinstance(event, StepLogged):
            control.request("cancel")
    assert not any(isinstance(event, RunFailed) for event in seen)
    assert RunStore(workspace).state(chained.run_ids[0]) == "planned"
