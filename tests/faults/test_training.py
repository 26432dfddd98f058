"""What may go wrong inside a training, with real networks: told with what to try, and nothing good is lost."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.execution.small_data import import_one, small_study, write_dataset
from workbench.execution.inline import InlineExecutor
from workbench.execution.studies import prepare, run_study
from workbench.runs.control import Control
from workbench.runs.events import RunEvent, RunFailed, RunFinished, StepLogged, Validated
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.toml_file import load_study, save_study


def planned(workspace: Workspace, *, targets: tuple[str, ...] = ("arabic",), **changes: object) -> Plan:
    """Plan a study of single runs, written to its file and read from there."""
    training = {"batch_lines": 2, "validations": 3, "validation_lines": 2, "log_every_steps": 1}
    options = {"targets": list(targets), "regimes": ["single"]} | changes
    options["training"] = training | dict(changes.get("training", {}))  # type: ignore[call-overload]
    save_study(small_study(**options), workspace.study_file("small"))
    last = list(prepare(workspace, load_study(workspace.study_file("small")), Control()))[-1]
    assert isinstance(last, Plan)
    return last


def run(workspace: Workspace, plan: Plan, *, retry: bool = False) -> list[RunEvent]:
    executor = InlineExecutor(workspace, device="cpu")
    return list(run_study(workspace, plan, executor=executor, control=Control(), retry=retry))


HOT = {"learning_rate": 1e6, "gradient_clip_norm": 0.0, "schedule": "constant"}


def test_a_diverged_run_keeps_its_last_good_state_and_says_what_to_try(workspace: Workspace) -> None:
    plan = planned(workspace, targets=("arabic", "persian"), training=HOT)
    events = run(workspace, plan)
    failed = [event for event in events if isinstance(event, RunFailed)]
    assert [event.kind for event in failed] == ["diverged", "diverged"], "the study went on after the first"
    store = RunStore(workspace)
    for failure in failed:
        assert "diverged at step" in failure.reason
        for advice in ("learning_rate = 1e+05", "gradient_clip_norm = 1", 'schedule = "one_cycle"'):
            assert advice in failure.hint
        assert store.state(failure.run) == "diverged"
        saved = store.resume_point(failure.run)
        assert saved is not None
        assert saved.step == failure.step
        state = torch.load(store.folder(failure.run) / saved.path, weights_only=True)
        numbers = [tensor for tensor in state["network"].values() if tensor.is_floating_point()]
        assert all(bool(tensor.isfinite().all()) for tensor in numbers)
        losses = store.history(failure.run).losses
        assert [point.step for point in losses] == list(range(1, saved.step + 1))
        assert all(math.isfinite(point.loss) for point in losses)


def test_a_diverged_run_is_trained_again_only_when_asked_and_then_anew(workspace: Workspace) -> None:
    plan = planned(workspace, training=HOT)
    run(workspace, plan)
    (first,) = plan.run_ids
    assert run(workspace, plan) == []
    again = run(workspace, plan, retry=True)
    assert again[0].type == "run_started"
    assert isinstance(again[-1], RunFailed)
    assert (RunStore(workspace).folder(first) / "events-1.jsonl").is_file()


def test_labels_longer_than_their_frames_are_found_before_anything_trains(workspace: Workspace, tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "narrow", "ar")
    rows = (folder / "train.txt").read_text(encoding="utf-8").splitlines()
    Image.fromarray(np.full((40, 60), 250, np.uint8)).save(folder / "images" / "w0_narrow.png")
    rows.append("images/w0_narrow.png\t" + "كتاب باب " * 8)
    (folder / "train.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    import_one(workspace, folder, "narrow", "ar")
    plan = planned(workspace, targets=("narrow",), k_lines=[12])
    (target,) = plan.targets
    (unfit,) = target.excluded("unfit")
    assert "narrow" in unfit.line_id
    assert target.train_pool == 12
    assert all(unfit.line_id not in draw for draw in target.draws)
    assert isinstance(run(workspace, plan)[-1], RunFinished)


def test_a_network_that_outputs_nothing_is_warned_of_before_its_end(workspace: Workspace) -> None:
    """Six steps at this rate push it onto the blank plateau."""
    plan = planned(workspace, architectures=["small-crnn"], training={"learning_rate": 0.03, "schedule": "constant"})
    events = run(workspace, plan)
    last = [event for event in events if isinstance(event, Validated)][-1]
    assert last.empty_lines == last.lines == 2
    store = RunStore(workspace)
    (only,) = plan.run_ids
    history = store.history(only)
    assert history.blank_targets == ("arabic",)
    assert history.state == "collapsed"


def test_a_study_can_end_runs_that_no_longer_improve(workspace: Workspace) -> None:
    slow = {"learning_rate": 1e-9, "schedule": "constant", "stop_after_validations": 1}
    plan = planned(workspace, training=slow)
    events = run(workspace, plan)
    assert isinstance(events[-1], RunFinished)
    assert events[-1].steps == 4
    assert [event.step for event in events if isinstance(event, StepLogged)] == [1, 2, 3, 4]
    (only,) = plan.run_ids
    record = RunStore(workspace).record(only)
    assert record is not None
    assert (record.steps, record.is_stopped_early) == (4, True)


@pytest.mark.parametrize("changes", [{}, {"stop_after_validations": 3}])
def test_only_studies_that_ask_for_an_early_end_name_it(workspace: Workspace, changes: dict[str, int]) -> None:
    planned(workspace, training=changes)
    assert ("stop_after_validations" in workspace.study_file("small").read_text(encoding="utf-8")) == bool(changes)
