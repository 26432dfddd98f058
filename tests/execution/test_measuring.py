"""Costs before the start: a short measurement, what it says beside a real run, and the disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.execution.child_processes import training_processes
from tests.execution.scripted import HERE
from tests.execution.small_data import small_study
from workbench.errors import WorkspaceError
from workbench.execution import disk
from workbench.execution.disk import BytesRange, disk_for, refuse_full_disk, size_in_words
from workbench.execution.estimates import estimate
from workbench.execution.inline import InlineExecutor
from workbench.execution.local import LocalExecutor
from workbench.execution.measuring import Measured, MeasuringProgress, keep_measured, load_measured, measure
from workbench.execution.studies import prepare, run_study
from workbench.execution.timing import Cost, Kind, StepCosts
from workbench.runs.control import Control
from workbench.runs.events import RunEvent
from workbench.runs.plan import Plan, load_plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace


def executor(workspace: Workspace, trainer: str = "train", processes: int = 1) -> LocalExecutor:
    return LocalExecutor(workspace, device="cpu", processes=processes, trainer=f"{HERE}:{trainer}")


def measured_by(values: Iterator[MeasuringProgress | Measured]) -> Measured:
    *progress, last = values
    assert isinstance(last, Measured)
    shares = [(each.done, each.total) for each in progress if isinstance(each, MeasuringProgress)]
    assert shares == sorted(shares)
    return last


def tree(root: Path) -> set[Path]:
    return set(root.rglob("*"))


def test_each_kind_is_measured_and_nothing_stays(workspace: Workspace, plan: Plan) -> None:
    before = tree(workspace.root)
    found = measured_by(measure(workspace, plan, Control(), executor(workspace)))
    assert tree(workspace.root) == before
    assert training_processes() == []
    kinds = {kind.targets: cost for kind, cost in found.costs.measured.items()}
    assert set(kinds) == {("arabic",), ("persian",), ("arabic", "persian")}
    for costs in kinds.values():
        (cost,) = costs
        assert cost.step == pytest.approx(0.5), "what the scripted trainer claims"
    assert not found.problems


def test_as_many_are_measured_at_a_time_as_will_train(workspace: Workspace) -> None:
    study = small_study(regimes=["single"], targets=["arabic"], seeds=[0, 1, 2])
    plan = list(prepare(workspace, study, Control()))[-1]
    assert isinstance(plan, Plan)
    found = measured_by(measure(workspace, plan, Control(), executor(workspace, processes=2)))
    (costs,) = found.costs.measured.values()
    assert len(costs) == 2


def test_a_kind_that_cannot_be_trained_says_why(
    workspace: Workspace, plan: Plan, capfd: pytest.CaptureFixture[str]
) -> None:
    found = measured_by(measure(workspace, plan, Control(), executor(workspace, "needs_memory")))
    assert len(found.problems) == 3
    assert "memory is used up" in found.problems[0]


def test_cancel_keeps_what_was_measured(workspace: Workspace, plan: Plan) -> None:
    control = Control()
    seen: list[MeasuringProgress | Measured] = []
    for value in measure(workspace, plan, control, executor(workspace)):
        seen.append(value)
        if isinstance(value, MeasuringProgress) and "persian" in value.what:
            control.request("cancel")
    last = seen[-1]
    assert isinstance(last, Measured)
    assert any(kind.targets == ("arabic",) for kind in last.costs.measured)
    assert training_processes() == []


def test_what_is_finished_needs_no_measurement(workspace: Workspace, plan: Plan) -> None:
    list(run_study(workspace, plan, executor=InlineExecutor(workspace, trainer=f"{HERE}:train"), control=Control()))
    more = list(prepare(workspace, small_study(name="more", seeds=[0, 1]), Control()))[-1]
    assert isinstance(more, Plan)
    assert measured_by(measure(workspace, more, Control(), executor(workspace))) == Measured()


def test_a_measurement_is_kept_for_this_machine_and_this_training(
    workspace: Workspace, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = Kind("small-cnn", ("arabic",), 2, 32, is_gpu=False)
    other = Kind("small-cnn", ("persian",), 2, 32, is_gpu=False)
    first = Measured(StepCosts().plus(kind, Cost(1.0, 0.1, 0.4)), {("arabic",): 80.0})
    keep_measured(workspace, first)
    keep_measured(workspace, Measured(StepCosts().plus(other, Cost(2.0, 0.2, 0.4))))
    found = load_measured(workspace)
    assert found.costs.measured == {kind: (Cost(1.0, 0.1, 0.4),), other: (Cost(2.0, 0.2, 0.4),)}
    assert found.row_bytes == {("arabic",): 80.0}
    told = {each.kind.targets: each.source for each in estimate(plan, RunStore(workspace), 1, device="cpu").kinds}
    assert told == {
        ("arabic",): "a measurement",
        ("persian",): "a measurement",
        ("arabic", "persian"): "other data sets",
    }
    monkeypatch.setattr("platform.node", lambda: "another")
    assert load_measured(workspace) == Measured()
    (workspace.cache / "measured.json").write_text('{"machine": "another", "training_version": "x"}')
    assert load_measured(workspace) == Measured()
    (workspace.cache / "measured.json").write_text("[]")
    assert load_measured(workspace) == Measured()


@pytest.mark.slow
def test_a_real_measurement_comes_near_a_real_run(workspace: Workspace) -> None:
    """Within a factor of four on any machine, however busy; the files within what was said."""
    study = small_study(regimes=["single"], targets=["arabic"], budgets=["60 steps"])
    plan = list(prepare(workspace, study, Control()))[-1]
    assert isinstance(plan, Plan)
    real = LocalExecutor(workspace, device="cpu", processes=1)
    keep_measured(workspace, measured_by(measure(workspace, plan, Control(), real)))
    before = estimate(plan, RunStore(workspace), 1, device="cpu")
    assert before.kinds[0].source == "a measurement"
    list(run_study(workspace, plan, executor=real, control=Control()))
    (run,) = plan.run_ids
    store = RunStore(workspace)
    record = store.record(run)
    assert record is not None
    assert before.seconds is not None
    middle = (before.seconds.low + before.seconds.high) / 2
    assert middle / 4 < record.seconds < middle * 4
    taken = sum(path.stat().st_size for path in store.folder(run).iterdir())
    stays = disk_for(plan, plan.runs, 1, load_measured(workspace).row_bytes)
    assert 0.4 * before.disk.low < taken < stays.high


# Disk


def test_a_study_that_cannot_fit_is_refused(workspace: Workspace, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "free_bytes", lambda folder: 100_000)
    events: list[RunEvent] = []
    with pytest.raises(WorkspaceError, match=r"at least .* MB, 100 kB are free"):
        events += run_study(workspace, plan, executor=executor(workspace), control=Control())
    assert not events
    monkeypatch.setattr("workbench.execution.estimates.free_bytes", lambda folder: 3_000_000)
    found = estimate(plan, RunStore(workspace), 1, device="cpu")
    assert found.is_disk_short
    assert found.free == 3_000_000


def test_a_finished_study_needs_no_room(workspace: Workspace, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    list(run_study(workspace, plan, executor=InlineExecutor(workspace, trainer=f"{HERE}:train"), control=Control()))
    monkeypatch.setattr(disk, "free_bytes", lambda folder: 1)
    assert list(run_study(workspace, plan, executor=executor(workspace), control=Control())) == []


def test_disk_counts_weights_of_each_target_and_the_checkpoints_of_what_trains_at_once(
    workspace: Workspace, plan: Plan
) -> None:
    single = [run for run in plan.runs if run.request.regime == "single"]
    (joint,) = (run for run in plan.runs if run.request.regime == "multi")
    one, other = disk_for(plan, single[:1], 1), disk_for(plan, [joint], 1)
    assert one.low < other.low
    assert disk_for(plan, single, 2).high > disk_for(plan, single, 1).high
    assert disk_for(plan, [], 1) == BytesRange(0, 0)
    bare = load_plan(_kept(workspace, plan))
    assert disk_for(bare, bare.runs, 1).low > 0, "also without specs"


def _kept(workspace: Workspace, plan: Plan) -> Path:
    from workbench.runs.plan import save_plan

    path = workspace.plan_file(plan.study.name)
    save_plan(plan, path)
    return path


def test_room_is_said_in_words(tmp_path: Path) -> None:
    assert [size_in_words(size) for size in (40_000, 1.25e6, 44e6, 1.4e9, 14e9, 3e12)] == [
        "40 kB",
        "1.2 MB",
        "44 MB",
        "1.4 GB",
        "14 GB",
        "3.0 TB",
    ]
    assert disk.free_bytes(tmp_path / "not" / "there") > 0
    refuse_full_disk(BytesRange(0, 1e18), tmp_path, "nothing")
    with pytest.raises(WorkspaceError):
        refuse_full_disk(BytesRange(1e18, 1e18), tmp_path, "too much")
