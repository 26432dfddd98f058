"""The presets `paper` and `controlled` resolved over three generated data sets of a hundred lines and more."""

import pytest

from tests.execution.small_data import import_one, write_dataset
from workbench.data.catalog import OpenedDataset
from workbench.execution.plan import resolve
from workbench.execution.studies import open_targets
from workbench.resource_files import study_files
from workbench.runs.control import Control
from workbench.runs.plan import Plan
from workbench.runs.workspace import open_workspace
from workbench.study.schema import Study
from workbench.study.toml_file import load_study

Opened = dict[str, dict[str, OpenedDataset]]
"""Data sets by their names, by the preset whose cropping they have."""

LANGUAGES = ("ar", "fa")
NAMES = ("a", "b", "c")
PARTS = {"train": 110, "val": 60, "test": 5}


def ready(name: str, **changes: object) -> Study:
    return load_study(study_files()[name]).model_copy(update=changes)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    root = tmp_path_factory.mktemp("presets")
    workspace = open_workspace(root / "workspace")
    for number, name in enumerate(NAMES):
        language = LANGUAGES[number % 2]
        folder = write_dataset(root / name, language, seed=number, parts=PARTS)
        import_one(workspace, folder, name, language)
    found: Opened = {}
    for preset in ("paper", "controlled"):
        last = list(open_targets(workspace, ready(preset), Control()))[-1]
        assert isinstance(last, dict)
        found[preset] = last
    return found


def plan_of(opened: Opened, name: str) -> Plan:
    return resolve(ready(name, k_lines=(100,)), opened[name])


@pytest.fixture(scope="module")
def paper(opened: Opened) -> Plan:
    return plan_of(opened, "paper")


@pytest.fixture(scope="module")
def controlled(opened: Opened) -> Plan:
    return plan_of(opened, "controlled")


def characters(opened: Opened, name: str) -> set[str]:
    lines = opened["paper"][name].lines.lines
    return {character for line in lines for character in line.transcription}


def test_paper_validates_after_each_of_800_epochs_on_the_whole_part(paper: Plan) -> None:
    for planned in paper.runs:
        spec = paper.specs[planned.run]
        per_epoch = {"single": 7, "multi": 19}[planned.request.regime]
        assert spec.steps_per_epoch == spec.validate_every_steps == per_epoch
        assert (
            spec.steps == planned.steps == 800 * per_epoch == {"single": 5_600, "multi": 15_200}[planned.request.regime]
        )
        assert all(len(target.train_ids) == 100 for target in spec.targets)
        assert all(len(target.validation_ids) == PARTS["val"] for target in spec.targets)
        assert all(len(target.test_ids) == PARTS["test"] for target in spec.targets)


@pytest.mark.parametrize(("k", "single", "multi"), [(100, 7, 19), (500, 32, 94), (1000, 63, 188)])
def test_steps_of_an_epoch_of_paper(paper: Plan, k: int, single: int, multi: int) -> None:
    (budget,) = ready("paper").budgets
    assert str(budget) == "800 epochs"
    assert ready("paper").k_lines == (100, 500, 1000)
    for planned in paper.runs:
        spec = paper.specs[planned.run]
        lines = tuple(f"line-{at}" for at in range(k))
        larger = spec.model_copy(
            update={"targets": tuple(each.model_copy(update={"train_ids": lines}) for each in spec.targets)}
        )
        assert larger.steps_per_epoch == {"single": single, "multi": multi}[planned.request.regime]


def test_classes_of_paper_are_those_of_the_data_sets_of_a_run(opened: Opened, paper: Plan) -> None:
    for spec in paper.specs.values():
        own = set[str]().union(*(characters(opened, target.name) for target in spec.targets))
        assert list(spec.alphabet) == sorted(own | {" "})
        assert all(target.allowed_characters is None for target in spec.targets)
    sizes = {planned.request.regime: len(paper.specs[planned.run].alphabet) for planned in paper.runs}
    assert sizes["single"] < sizes["multi"]


def test_paper_leaves_out_no_line_for_want_of_frames(paper: Plan) -> None:
    assert all(not target.exclusions and not target.overlong_test_lines for target in paper.targets)
    assert {spec.architecture.name for spec in paper.specs.values()} == {"cnn", "both"}


def test_controlled_makes_equal_steps_in_all_arms(controlled: Plan) -> None:
    assert {spec.steps for spec in controlled.specs.values()} == {15_200}


def test_controlled_pairs_five_seeds_and_three_draws(controlled: Plan) -> None:
    requests = [planned.request for planned in controlled.runs]
    assert {request.seed for request in requests} == {0, 1, 2, 3, 4}
    assert {request.draw for request in requests} == {0, 1, 2}
    for planned in controlled.runs:
        for target in controlled.specs[planned.run].targets:
            # Every arm of a draw has the same lines of a target, whatever its regime, architecture and seed.
            assert target.train_ids == controlled.target(target.name).draws[planned.request.draw][:100]
    for target in controlled.targets:
        assert len(set(target.draws)) == 3


def test_controlled_gives_all_data_sets_one_scale_and_no_canvas_of_their_own(controlled: Plan) -> None:
    (preprocessing,) = {spec.preprocessing for spec in controlled.specs.values()}
    assert (preprocessing.canvas_width_px, preprocessing.scaling, preprocessing.crop_to_ink) == (
        None,
        "to_height",
        True,
    )


def test_controlled_knows_the_training_lines_alone(opened: Opened, controlled: Plan) -> None:
    for planned in controlled.runs:
        spec = controlled.specs[planned.run]
        caches = {target.name: opened["controlled"][target.name].cache for target in spec.targets}
        seen = {
            character
            for target in spec.targets
            for line in target.train_ids
            for character in caches[target.name].transcription(line)
        }
        assert set(spec.alphabet) == seen
        missing = sum(
            character not in seen
            for target in spec.targets
            for line in target.test_ids
            for character in caches[target.name].transcription(line)
        )
        assert planned.unseen_test_characters == missing


def test_controlled_chooses_on_fewer_lines_than_it_trains_on_and_never_on_test_lines(controlled: Plan) -> None:
    assert ready("controlled").selection == "last"
    for spec in controlled.specs.values():
        for target in spec.targets:
            assert len(target.validation_ids) == 50
            assert not {*target.validation_ids, *target.train_ids} & {*target.test_ids}
            assert not {*target.validation_ids} & {*target.train_ids}


def test_controlled_reads_numbers_as_written_and_weighs_lines_alike() -> None:
    training = ready("controlled").training
    assert (training.reading_order, training.loss) == ("ltr_runs", "character_mean")
