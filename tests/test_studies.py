"""The ready studies: each is read, says in full what it does, and keeps the rules that its name stands for."""

import tomllib

import pytest

from workbench.data.catalog import import_datasets
from workbench.demo.datasets import DemoSizes, generate
from workbench.execution.studies import prepare
from workbench.models.registry import ARCHITECTURES
from workbench.resource_files import study_files
from workbench.runs.control import Control
from workbench.runs.plan import Plan
from workbench.runs.workspace import Workspace, open_workspace
from workbench.study.epochs import epoch_shape
from workbench.study.grid import REGIMES, expand
from workbench.study.schema import Preprocessing, Study, Training
from workbench.study.toml_file import format_study, load_study

NAMES = ("controlled", "demo", "paper", "quick", "reviewer")
TARGETS = ("ar", "ur", "fa")


def ready(name: str) -> Study:
    return load_study(study_files()[name])


def test_there_are_the_five_ready_studies():
    assert tuple(study_files()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_is_read_and_named_as_its_file(name: str):
    study = ready(name)
    assert study.name == study.preset == name
    assert study.description
    assert set(study.architectures) <= set(ARCHITECTURES)


@pytest.mark.parametrize("name", NAMES)
def test_says_every_rule_in_so_many_words(name: str):
    text = study_files()[name].read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    assert set(Preprocessing.model_fields) - {"canvas_width_px"} <= set(raw["preprocessing"])  # none: left out
    assert set(Training.model_fields) - {"stop_after_validations"} == set(raw["training"])  # none: left out
    assert sum("#" in line for line in text.splitlines()) >= 5, "a ready study is read by newcomers: it explains itself"


@pytest.mark.parametrize("name", NAMES)
def test_survives_saving_with_its_comments(name: str):
    text = study_files()[name].read_text(encoding="utf-8")
    assert format_study(ready(name), text) == text


def test_demo_shares_the_multi_script_runs_of_both_budgets():
    study = ready("demo")
    steps = {
        (request.regime, request.budget.unit): epoch_shape(
            [part.amount for part in request.composition], study.training.batch_lines, "mixed", "proportional"
        ).steps_for(request.budget, [0])
        for request in expand(study, study.targets)
    }
    assert steps["multi", "epochs"] == steps["multi", "steps"] == steps["single", "steps"]
    assert steps["single", "epochs"] < steps["single", "steps"]


def test_paper_is_the_published_protocol():
    study = ready("paper")
    assert study.architectures == ("cnn", "both")
    assert [str(budget) for budget in study.budgets] == ["800 epochs"]
    p, t = study.preprocessing, study.training
    assert (p.line_height_px, p.canvas_width_px, p.border_px) == (150, 2073, 8)
    assert (p.crop_to_ink, p.scaling, p.background, p.resampling) == (False, "never_enlarge", "median", "gaussian")
    assert (t.batch_lines, t.learning_rate, t.weight_decay, t.gradient_clip_norm) == (16, 5e-4, 5e-5, 0)
    assert (t.schedule, t.milestone_shares, t.auxiliary_loss_weight) == ("milestones", (0.5, 0.75), 0.1)
    assert (t.loss, t.augmentation, t.reading_order, t.alphabet) == ("batch_sum", "published", "reversed", "all_lines")
    assert t.pad_transcription
    assert t.validation_lines == "all"


@pytest.mark.parametrize("name", ["controlled", "quick", "reviewer"])
def test_fair_rules(name: str):
    study = ready(name)
    assert {budget.unit for budget in study.budgets} == {"steps"}
    assert study.selection == "last"
    t = study.training
    assert (t.reading_order, t.alphabet, t.validation_lines) == ("ltr_runs", "training_lines", "auto")
    assert t.loss == "character_mean"


def test_controlled_repeats_enough():
    study = ready("controlled")
    assert (study.seeds, study.draws) == ((0, 1, 2, 3, 4), 3)
    assert len(expand(study, TARGETS)) == 2 * (3 + 1) * 3 * 15


def test_reviewer_has_every_regime_under_the_rules_of_quick():
    study, quick = ready("reviewer"), ready("quick")
    assert study.regimes == tuple(REGIMES)
    assert len(study.conditions.combinations()) == 2
    assert (study.training, study.preprocessing) == (quick.training, quick.preprocessing)
    assert study.second_stage == quick.second_stage


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with small demo data sets under the names that the demo study has."""
    place = open_workspace(tmp_path_factory.mktemp("workspace"))
    list(generate(place.root / "demo-data", sizes=DemoSizes(6, 2, 2, 3, 1, 1)))
    for language in TARGETS:
        list(import_datasets(place, place.root / "demo-data" / f"demo-{language}", name=f"demo-{language}"))
    return place


@pytest.mark.parametrize("name", NAMES)
def test_is_planned(workspace: Workspace, name: str):
    study = ready(name).model_copy(update={"k_lines": (2,)})  # as written it takes more lines than a test should draw
    plan = list(prepare(workspace, study, Control()))[-1]
    assert isinstance(plan, Plan)
    assert len(plan.runs) == len(expand(study, tuple(target.name for target in plan.targets)))
    assert all(not target.exclusions for target in plan.targets), "every demo line can be learnt"
    assert {len(spec.targets) for spec in plan.specs.values()} == ({1, 2, 3} if name == "reviewer" else {1, 3})
    finetuned = {run.run for run in plan.runs if run.request.regime in ("finetuned", "finetuned_single")}
    assert all(spec.training == study.training for run, spec in plan.specs.items() if run not in finetuned)
