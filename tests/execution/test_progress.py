"""The progress of a study as a fold, and what it says about the time left."""

from dataclasses import replace
from typing import Any

import pytest

from tests.execution.scripted import HERE
from workbench.execution.inline import InlineExecutor
from workbench.execution.progress import StudyProgress, begin_progress
from workbench.execution.studies import prepare, run_study
from workbench.execution.timing import (
    ROUGH_FACTOR,
    Cost,
    Kind,
    StepCosts,
    Work,
    costs_of,
    kind_of,
    rough_cost,
    time_for,
)
from workbench.runs.control import Control
from workbench.runs.events import Pace, RunFailed, RunPaused, StepLogged
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.conditions import ConditionAxes

KIND = Kind("small-cnn", ("arabic",), 2, 32, is_gpu=False)


def progress_of(workspace: Workspace, plan: Plan) -> StudyProgress:
    return begin_progress(plan, RunStore(workspace), processes=1, device="cpu")


def test_from_nothing_to_the_end(workspace: Workspace, plan: Plan) -> None:
    progress = progress_of(workspace, plan)
    assert dict(progress.counts) == {"queued": 3}
    assert progress.share == 0
    shares = [0.0]
    executor = InlineExecutor(workspace, trainer=f"{HERE}:train")
    for event in run_study(workspace, plan, executor=executor, control=Control()):
        progress = progress.apply(event)
        shares.append(progress.share)
    assert shares == sorted(shares)
    assert progress.share == 1
    assert dict(progress.counts) == {"finished": 3}
    assert (progress.runs_over, progress.runs_failed) == (3, 0)
    assert progress.time_left is not None
    assert progress.time_left.high == 0
    assert progress_of(workspace, plan).share == 1


def test_an_interrupted_run_goes_on_where_it_was(workspace: Workspace, plan: Plan) -> None:
    control = Control()
    executor = InlineExecutor(workspace, checkpoint_after_s=0, trainer=f"{HERE}:train")
    for event in run_study(workspace, plan, executor=executor, control=control):
        if isinstance(event, StepLogged) and event.step == 3:
            control.request("cancel")
    progress = progress_of(workspace, plan)
    assert dict(progress.counts) == {"queued": 3}
    assert progress.share == pytest.approx(3 / 18)
    assert progress.histories[plan.run_ids[0]].losses


def test_time_left_is_learnt_from_the_run_itself(
    workspace: Workspace, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.execution.progress.LEAST_STEPS", 3)
    progress = progress_of(workspace, plan)
    assert progress.time_left is not None
    assert progress.time_left.is_rough
    executor = InlineExecutor(workspace, trainer=f"{HERE}:train")
    events = run_study(workspace, plan, executor=executor, control=Control())
    for event in events:
        progress = progress.apply(event)
        if isinstance(event, StepLogged) and event.step == 3:
            break
    events.close()  # type: ignore[attr-defined]
    left = progress.time_left
    assert left is not None
    # Half a second per step, 3 + 6 + 6 steps left, and 18 + 18 + 36 lines to read; the joint run is taken to be alike.
    assert not left.is_rough
    assert left.low < 0.5 * (15 + 72 / 3 / 2) < left.high < 16
    paused = progress.apply(RunPaused(run=plan.run_ids[0], step=3))
    assert paused.time_left == left, "a pause is no training time"
    assert paused.state(plan.run_ids[0]) == "paused"


def test_the_time_left_of_one_run_is_its_own(workspace: Workspace, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.execution.progress.LEAST_STEPS", 3)
    first, second, _ = plan.run_ids
    progress = progress_of(workspace, plan)
    rough = progress.time_left_of(first)
    assert rough is not None
    assert rough.is_rough
    for run, seconds in ((first, 1.0), (second, 9.0)):
        for step in (1, 2, 3):
            progress = progress.apply(
                StepLogged(
                    run=run, step=step, epoch=1, loss=1, learning_rate=1, gradient_norm=1,
                    pace=Pace(seconds=seconds * step),
                )
            )  # fmt: skip
    left = progress.time_left_of(first)
    assert left is not None
    # 3 steps of a second each, and 14 lines to read; the other run of its kind is nine times as slow.
    assert not left.is_rough
    assert left.low < 3 + 14 / 3 / 2 < left.high < 9
    over = progress.apply(RunFailed(run=first, step=3, kind="error", reason="because"))
    assert over.time_left_of(first) is None
    assert progress.time_left_of("a run of another study") is None


def test_failures_are_over(workspace: Workspace, plan: Plan) -> None:
    progress = progress_of(workspace, plan).apply(
        RunFailed(run=plan.run_ids[0], step=1, kind="error", reason="because")
    )
    assert (progress.runs_over, progress.runs_failed) == (1, 1)
    assert progress.share == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    "change",
    [
        {"precision": "bfloat16"},
        {"canvas_width_px": 2048},
        {"augmentation": "light"},
        {"norm": "group"},
        {"threads": 2},
    ],
)
def test_what_changes_the_time_of_a_step_makes_another_kind(change: dict[str, Any]) -> None:
    costs = StepCosts().plus(KIND, Cost(1.0, 0.1))
    assert costs.knows(KIND)
    other = replace(KIND, **change)
    assert not costs.knows(other)
    found = costs.seconds(Work(other, 10, 0))
    assert found is not None
    assert found.is_rough


def test_a_finished_run_is_of_the_kind_that_was_planned(workspace: Workspace, plan: Plan) -> None:
    study = plan.study.model_copy(update={"conditions": ConditionAxes(norm=("group",))})
    last = list(prepare(workspace, study, Control()))[-1]
    assert isinstance(last, Plan)
    list(run_study(workspace, last, executor=InlineExecutor(workspace, trainer=f"{HERE}:train"), control=Control()))
    costs = costs_of(RunStore(workspace).scan().values())
    assert {kind_of(last, run, is_gpu=False) for run in last.runs} == set(costs.measured)
    assert {kind.norm for kind in costs.measured} == {"group"}


def test_unknown_kinds_have_no_time() -> None:
    unknown = Kind("another", ("arabic",), 2, 32, is_gpu=False)
    assert time_for([Work(unknown, 10, 0)], StepCosts(), 1) is None
    assert time_for([], StepCosts(), 1) is not None


def test_no_schedule_is_shorter_than_its_longest_run() -> None:
    costs = StepCosts().plus(KIND, Cost(1.0, 0.1))
    found = time_for([Work(KIND, 90, 100), Work(KIND, 10, 0)], costs, processes=4)
    assert found is not None
    assert found.low == pytest.approx(85)
    assert found.high == pytest.approx(115)


def test_a_short_run_teaches_nothing_beside_a_long_one() -> None:
    short, long = Cost.of_whole_run(60.0, 60, 0, 2), Cost.of_whole_run(150.0, 1500, 0, 2)
    only_short = StepCosts().plus(KIND, short).seconds(Work(KIND, 1000, 0))
    both = StepCosts().plus(KIND, short).plus(KIND, long).seconds(Work(KIND, 1000, 0))
    assert only_short is not None
    assert both is not None
    assert only_short.low < 1000 < only_short.high, "better than nothing"
    assert both.low < 100 < both.high < 200


def test_runs_about_as_long_are_taken_together() -> None:
    costs = StepCosts().plus(KIND, Cost.of_whole_run(100.0, 500, 0, 2)).plus(KIND, Cost.of_whole_run(100.0, 1000, 0, 2))
    found = costs.seconds(Work(KIND, 1000, 0))
    assert found is not None
    assert found.low == pytest.approx(150 * 0.85)
    assert found.high == pytest.approx(200 * 1.15)


@pytest.mark.parametrize(
    ("architecture", "seconds"), [("small-cnn", 0.12), ("small-crnn", 0.14), ("cnn", 2.4), ("rnn", 2.8), ("both", 2.8)]
)
def test_a_guess_from_the_size_of_the_network(architecture: str, seconds: float) -> None:
    """Against updates on 8 random lines of 48 × 600 px, one thread of a processor, least of several."""
    guess = rough_cost(Kind(architecture, ("arabic",), 8, 48, is_gpu=False))
    assert guess is not None
    assert seconds / 2 < guess.step < seconds * 2, "well within what is said of it"
    assert ROUGH_FACTOR > 2
    taller = rough_cost(Kind(architecture, ("arabic",), 8, 96, is_gpu=False))
    assert taller is not None
    assert taller.step == pytest.approx(4 * guess.step, rel=0.1)
    assert rough_cost(Kind(architecture, ("arabic",), 8, 48, is_gpu=True)) is None
