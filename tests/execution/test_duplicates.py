"""A run duplicated: the very same run until something is changed, whatever was decided over the whole grid."""

import pytest

from tests.execution.small_data import small_study
from workbench.errors import InputError
from workbench.execution.duplicates import duplicate, free_name, with_changes
from workbench.execution.studies import prepare
from workbench.runs.control import Control
from workbench.runs.plan import Plan
from workbench.runs.workspace import Workspace
from workbench.study.schema import Study
from workbench.study.toml_file import format_study, parse_study


def planned(workspace: Workspace, study: Study) -> Plan:
    last = list(prepare(workspace, study, Control()))[-1]
    assert isinstance(last, Plan)
    return last


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"targets": []},
        {"draws": 3, "seeds": [0, 4]},
        {"k_lines": [2, 4], "budgets": ["6 steps", "2 epochs"]},
        {"k_lines": [100], "k_characters": [30, 60]},
        {"training": {"alphabet": "all_lines", "batch_lines": 2, "validation_lines": 2, "validations": 2}},
        # Some lines fit the one network and not the other: both keep the same lines.
        {"architectures": ["small-cnn", "cnn"], "preprocessing": {"line_height_px": 20}, "k_lines": [2]},
    ],
)
def test_unchanged_it_is_the_same_run(workspace: Workspace, changes: dict[str, object]) -> None:
    plan = planned(workspace, small_study(**changes))
    for run in dict.fromkeys(plan.runs):
        study = duplicate(plan, run, "again")
        again = planned(workspace, parse_study(format_study(study), "again.toml"))
        assert again.run_ids == (run.run,)
        assert [each.request for each in again.runs] == [run.request]


def test_changed_it_is_another_run_on_the_same_lines(workspace: Workspace, plan: Plan) -> None:
    study = duplicate(plan, plan.runs[0], "slower")
    changed = planned(workspace, with_changes(study, {"training.learning_rate": "1e-4", "budgets": "9 steps"}))
    (run,) = changed.run_ids
    assert run not in plan.run_ids
    spec, before = changed.specs[run], plan.specs[plan.runs[0].run]
    assert spec.training.learning_rate == 1e-4
    assert spec.steps == 9
    assert spec.targets == before.targets
    more = planned(workspace, with_changes(study, {"seeds": "[1, 2]", "k_lines": "2"}))
    assert len(more.run_ids) == 2


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("training.learnin_rate", "1", "learning_rate"),
        ("training.learning_rate", "fast", "learning_rate"),
        ("name.first", "x", "holds no others"),
        ("colour", "red", "unknown key"),
    ],
)
def test_changes_that_cannot_be_made(plan: Plan, key: str, value: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        with_changes(duplicate(plan, plan.runs[0], "other"), {key: value})


def test_a_study_without_the_run_that_it_names_says_so(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="has no run 'small-crnn'"):
        planned(workspace, small_study(only=["small-crnn"]))
    with pytest.raises(InputError, match="does not meet in one run"):
        planned(workspace, small_study(only=["multi, seed 0", "single, arabic, persian"]))
    assert len(planned(workspace, small_study(only=["single"])).run_ids) == 2


def test_a_free_name_counts_on() -> None:
    assert free_name("quick", ["quick"]) == "quick-2"
    assert free_name("quick", ["quick-2", "quick-3"]) == "quick-4"


def test_a_whole_grid_says_nothing_of_it() -> None:
    assert "only" not in format_study(small_study()).replace("only once", "")


@pytest.mark.parametrize("regime", ["finetuned", "head_on_multi", "permuted", "others_whole"])
def test_a_run_of_any_regime_comes_with_what_it_goes_on_from(workspace: Workspace, regime: str) -> None:
    regimes = ["single", "multi", "head_on_single", regime]
    study = small_study(regimes=regimes, conditions={"folding": ["off", "on"], "norm": ["batch", "group"]})
    plan = planned(workspace, study)
    run = next(run for run in reversed(plan.runs) if run.request.regime == regime)
    again = planned(workspace, duplicate(plan, run, "again"))
    start = again.specs[run.run].start
    assert set(again.run_ids) == {run.run} | ({start.run} if start else set())
