"""What makes each arm of a study another one, and what all arms must have in common: decided in the plan."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.execution.small_data import import_one, small_study, write_dataset
from workbench.data.catalog import OpenedDataset
from workbench.errors import InputError
from workbench.execution.plan import resolve
from workbench.execution.studies import open_targets
from workbench.runs.control import Control
from workbench.runs.plan import Plan, PlannedRun
from workbench.runs.spec import RunSpec
from workbench.runs.workspace import Workspace
from workbench.study.arms import count_requests
from workbench.study.conditions import FOLDING_STEPS
from workbench.study.epochs import are_exposures_epochs
from workbench.study.grid import REGIMES, expand
from workbench.study.schema import Study
from workbench.text.normalize import normalise

NAMES = ("arabic", "persian", "large")
SIZES = {"arabic": 12, "persian": 12, "large": 20}
Opened = dict[str, OpenedDataset]


@pytest.fixture
def opened(workspace: Workspace, tmp_path: Path) -> Opened:
    """Three data sets, of which one is larger."""
    folder = write_dataset(tmp_path / "large", "ar", seed=3, parts={"train": SIZES["large"], "val": 4, "test": 5})
    large = import_one(workspace, folder, "large", "ar")
    last = list(open_targets(workspace, small_study(), Control()))[-1]
    assert isinstance(last, dict)
    return {**last, "large": large}


def study_of(*regimes: str, **changes: object) -> Study:
    return small_study(targets=NAMES, regimes=regimes or tuple(REGIMES), **changes)


def runs_of(plan: Plan, regime: str, **wanted: object) -> list[PlannedRun]:
    """Runs of a regime, whose request has certain values."""
    return [
        run
        for run in plan.runs
        if run.request.regime == regime and all(getattr(run.request, name) == value for name, value in wanted.items())
    ]


def spec_of(plan: Plan, regime: str, target: str, **wanted: object) -> RunSpec:
    """Return the only run of a regime that is evaluated on a target."""
    (run,) = (run for run in runs_of(plan, regime, **wanted) if target in run.request.targets)
    return plan.specs[run.run]


def transcription(opened: Opened, target: str, line: str) -> str:
    return opened[target].cache.transcription(line)


# Lines


def test_every_arm_has_the_lines_of_the_single_run_and_nothing_of_the_test_part(opened: Opened) -> None:
    plan = resolve(study_of(draws=2), opened)
    assert {run.request.regime for run in plan.runs} == set(REGIMES)
    for run in plan.runs:
        spec = plan.specs[run.run]
        for target in spec.targets:
            single = spec_of(plan, "single", target.name, draw=run.request.draw).target(target.name)
            assert target.train_ids[:4] == single.train_ids[: len(target.train_ids)]
            assert not set(target.train_ids) & set(plan.target(target.name).test_ids)
            assert not set(target.train_ids) & set(plan.target(target.name).validation_ids[run.request.draw])


def test_validation_and_test_lines_are_the_same_in_all_arms(opened: Opened) -> None:
    changes = {"batch_lines": 2, "validations": 2, "validation_lines": "auto", "log_every_steps": 1}
    plan = resolve(study_of(k_lines=[2, 4], training=changes), opened)
    for name in NAMES:
        for k in (2, 4):
            arms = [
                plan.specs[run.run].target(name)
                for run in plan.runs
                if run.request.k == k and name in run.request.targets
            ]
            assert len(arms) > len(REGIMES)
            assert {(arm.validation_ids, arm.test_ids, arm.test_clusters) for arm in arms} == {
                (arms[0].validation_ids, arms[0].test_ids, arms[0].test_clusters)
            }
            assert len(arms[0].validation_ids) == k // 2, "by K, not by what the regime takes"


def test_pairs_and_all_but_one_are_the_same_runs_of_three_data_sets(opened: Opened) -> None:
    plan = resolve(study_of("single", "pairs", "leave_one_out"), opened)
    pairs, others = (runs_of(plan, regime) for regime in ("pairs", "leave_one_out"))
    assert {run.run for run in pairs} == {run.run for run in others}
    assert {frozenset(run.request.targets) for run in pairs} == {
        frozenset(two) for two in (("arabic", "persian"), ("arabic", "large"), ("persian", "large"))
    }
    assert len(plan.run_ids) == len(plan.runs) - 3


def test_more_lines_of_one_language_are_as_many_as_the_multi_script_run_has(opened: Opened) -> None:
    plan = resolve(study_of("single", "multi", "extra"), opened)
    multi = spec_of(plan, "multi", "arabic")
    for name in NAMES:
        extra, single = spec_of(plan, "extra", name), spec_of(plan, "single", name)
        assert [target.name for target in extra.targets] == [name]
        assert extra.train_line_count == multi.train_line_count == 12
        assert extra.target(name).train_ids[:4] == single.target(name).train_ids
        assert extra.target(name).validation_ids == single.target(name).validation_ids
        assert extra.id != single.id


def test_extra_lines_are_nested_in_k(opened: Opened) -> None:
    plan = resolve(study_of("single", "extra", k_lines=[1, 2, 4]), opened)
    for name in NAMES:
        drawn = [spec_of(plan, "extra", name, k=k).target(name).train_ids for k in (1, 2, 4)]
        assert [len(ids) for ids in drawn] == [3, 6, 12]
        assert all(more[: len(less)] == less for less, more in pairwise(drawn))


def test_k_of_the_target_and_all_of_the_others(opened: Opened) -> None:
    plan = resolve(study_of("single", "others_whole"), opened)
    for name in NAMES:
        spec = spec_of(plan, "others_whole", name)
        assert {target.name: len(target.train_ids) for target in spec.targets} == {**SIZES, name: 4}
        for target in spec.targets:
            if target.name != name:
                assert sorted(target.train_ids) == sorted(line.id for line in opened[target.name].lines.part("train"))
                assert (target.validation_ids, target.test_ids, target.test_clusters) == ((), (), ())
        letters = {c for t in spec.targets for line in t.train_ids for c in transcription(opened, t.name, line)}
        assert set(spec.alphabet) == letters


def test_what_a_regime_takes_beyond_what_there_is_is_not_planned_and_said(opened: Opened) -> None:
    study = study_of("single", "multi", "extra", k_lines=[4, 5])
    plan = resolve(study, opened)
    assert {(run.request.k, *run.request.targets) for run in runs_of(plan, "extra")} == {
        (4, "arabic"),
        (4, "persian"),
        (4, "large"),
        (5, "large"),
    }
    for name in ("arabic", "persian"):
        notes = [note for note in plan.target(name).notes if note.startswith("NOT PLANNED")]
        assert notes == ["NOT PLANNED: 'extra' at K = 5 takes 15 lines, there are 12"]
    assert not any("NOT PLANNED" in note for note in plan.target("large").notes)
    assert {run.request.k for run in (*runs_of(plan, "single"), *runs_of(plan, "multi"))} == {4, 5}
    assert len(plan.runs) == count_requests(study, NAMES) - 2 == len(expand(study, NAMES)) - 2


# Labels


def test_classes_of_permuted_labels_come_from_training_lines_alone(opened: Opened) -> None:
    plan = resolve(study_of("single", "permuted"), opened)
    for name in NAMES:
        spec = spec_of(plan, "permuted", name)
        read = {
            target.name: {letter for line in target.train_ids for letter in transcription(opened, target.name, line)}
            for target in spec.targets
        }
        shown = {dict(target.label_map).get(letter, letter) for target in spec.targets for letter in read[target.name]}
        assert set(spec.alphabet) == shown.union(*read.values())


@pytest.mark.parametrize("regime", ["multi", "pairs", "permuted", "others_whole"])
def test_what_one_data_set_trains_and_another_tests_is_looked_for_in_every_regime_that_mixes_them(
    opened: Opened, regime: str
) -> None:
    def met(plan: Plan) -> set[tuple[str, str]]:
        return {(record.left.partition("/")[0], record.right.partition("/")[0]) for record in plan.shared}

    assert not any(left != right for left, right in met(resolve(study_of("single"), opened)))
    found = met(resolve(study_of("single", regime), opened))
    assert {("large", "arabic"), ("arabic", "large")} <= found, "two data sets of one language and few words"


def test_labels_of_the_others_are_permuted_and_nothing_else_differs_from_the_multi_script_run(opened: Opened) -> None:
    plan = resolve(study_of("single", "multi", "permuted"), opened)
    multi = spec_of(plan, "multi", "arabic")
    for name in NAMES:
        spec = spec_of(plan, "permuted", name)
        assert [target.train_ids for target in spec.targets] == [target.train_ids for target in multi.targets]
        assert spec.steps == multi.steps
        for target in spec.targets:
            if target.name == name:
                assert target.label_map == ()
                assert target.test_ids
                continue
            read, trained = zip(*target.label_map, strict=True)
            letters = {letter for line in opened[target.name].lines.lines for letter in line.transcription} - {" "}
            assert set(read) == set(trained) == letters, "onto themselves"
            assert all(one != other for one, other in target.label_map), "no letter stays"
            drawn = {letter for line in target.train_ids for letter in transcription(opened, target.name, line)}
            assert {other for one, other in target.label_map if one in drawn} <= set(spec.alphabet)
            assert target.test_ids == ()


def test_one_map_for_all_k_and_runs_and_another_for_another_draw(opened: Opened) -> None:
    plan = resolve(study_of("single", "permuted", k_lines=[2, 4], draws=2, seeds=[0, 1]), opened)
    for name in NAMES:
        maps = {
            draw: {
                plan.specs[run.run].target(name).label_map
                for run in runs_of(plan, "permuted", draw=draw)
                if name not in run.request.targets
            }
            for draw in (0, 1)
        }
        assert [len(found) for found in maps.values()] == [1, 1]
        assert maps[0] != maps[1]


# Second stages


@pytest.mark.parametrize("regime", ["finetuned", "head_on_single", "head_on_multi"])
def test_a_second_stage_goes_on_from_the_run_of_its_own_setting(opened: Opened, regime: str) -> None:
    axes = {"folding": ["off", "on"]}
    study = study_of(seeds=[0, 1], k_lines=[2, 4], budgets=["6 steps", "2 epochs"], conditions=axes)
    plan = resolve(study, opened)
    after = REGIMES[regime].after
    assert after is not None
    order = list(plan.run_ids)
    for run in runs_of(plan, regime):
        spec = plan.specs[run.run]
        (target,) = run.request.targets
        (first,) = (
            other
            for other in runs_of(plan, after.regime)
            if other.request.setting == run.request.setting and target in other.request.targets
        )
        assert spec.start is not None
        assert (spec.start.run, spec.start.takes) == (first.run, after.takes)
        assert spec.start.steps == spec.prior_steps == run.prior_steps == first.steps
        assert order.index(first.run) < order.index(run.run)
        assert spec.steps == max(round(budget_steps(plan, run) * 0.25), 1)


def budget_steps(plan: Plan, run: PlannedRun) -> int:
    """Steps of the single-script run of the same setting, which takes the same lines."""
    (single,) = (
        other
        for other in runs_of(plan, "single", targets=run.request.targets)
        if other.request.setting == run.request.setting
    )
    return single.steps


def test_a_whole_network_keeps_its_alphabet_and_is_trained_gently_and_a_head_is_new(opened: Opened) -> None:
    stage = {"steps_share": 0.5, "finetuning_rate_factor": 0.1}
    plan = resolve(study_of(second_stage=stage), opened)
    for name in NAMES:
        single, multi = (spec_of(plan, regime, name) for regime in ("single", "multi"))
        finetuned, *heads = (spec_of(plan, regime, name) for regime in ("finetuned", "head_on_single", "head_on_multi"))
        assert finetuned.alphabet == multi.alphabet
        assert finetuned.training.learning_rate == pytest.approx(0.1 * multi.training.learning_rate)
        for spec in (finetuned, *heads):
            assert spec.targets == single.targets
            assert spec.steps == 3
        for head in heads:
            assert head.alphabet == single.alphabet
            assert head.training == single.training
        assert len({single.id, finetuned.id, *(head.id for head in heads)}) == 4


def test_a_second_stage_is_another_run_where_its_first_stage_is(opened: Opened) -> None:
    one = resolve(study_of("single", "multi", "finetuned"), opened)
    two = resolve(study_of("single", "multi", "finetuned").model_copy(update={"targets": NAMES[:2]}), opened)
    assert spec_of(one, "single", "arabic") == spec_of(two, "single", "arabic")
    assert spec_of(one, "finetuned", "arabic").id != spec_of(two, "finetuned", "arabic").id


def test_a_second_stage_without_its_first_is_refused(opened: Opened) -> None:
    with pytest.raises(InputError, match="goes on from runs of 'multi'"):
        resolve(study_of("single", "finetuned"), opened)


# Conditions


def test_folding_changes_alphabets_and_what_is_scored_in_every_arm(opened: Opened) -> None:
    plan = resolve(study_of("single", "multi", conditions={"folding": ["off", "on"]}), opened)
    folded = [run for run in plan.runs if run.request.conditions.folding == "on"]
    assert len(folded) == len(plan.runs) // 2
    for run in plan.runs:
        spec = plan.specs[run.run]
        assert spec.normalisation == (FOLDING_STEPS if run in folded else ())
        letters = {
            letter
            for target in spec.targets
            for line in target.train_ids
            for letter in normalise(transcription(opened, target.name, line), spec.normalisation)
        }
        assert set(spec.alphabet) == letters
    as_read, one_class = (spec_of(plan, "multi", "arabic", conditions=run.request.conditions) for run in (
        plan.runs[0], folded[0],
    ))  # fmt: skip
    assert [target.train_ids for target in as_read.targets] == [target.train_ids for target in one_class.targets]
    assert as_read.id != one_class.id


def test_steps_that_the_study_names_already_are_not_folded_twice(opened: Opened) -> None:
    study = study_of("single", normalisation=["fold_kaf"], conditions={"folding": ["on"]})
    spec = spec_of(resolve(study, opened), "single", "arabic")
    assert spec.normalisation[0] == "fold_kaf"
    assert sorted(spec.normalisation) == sorted(FOLDING_STEPS)


@pytest.mark.parametrize(
    ("axis", "values", "regime"),
    [
        ("batches", ["mixed", "one_target"], "multi"),
        ("batches", ["mixed", "one_target"], "others_whole"),
        ("sampling", ["proportional", "balanced"], "others_whole"),
    ],
)
def test_a_run_is_shared_where_a_condition_makes_no_difference(
    opened: Opened, axis: str, values: list[str], regime: str
) -> None:
    plan = resolve(study_of("single", "extra", regime, conditions={axis: values}), opened)
    for each, shared in (("single", True), ("extra", True), (regime, False)):
        for name in NAMES:
            runs = [run for run in runs_of(plan, each) if name in run.request.targets]
            assert len(runs) == 2
            assert (len({run.run for run in runs}) == 1) is shared


def test_balanced_sampling_of_equal_parts_is_the_usual_one(opened: Opened) -> None:
    """Every data set gives K lines: as many of each are drawn anyway."""
    plan = resolve(
        study_of("single", "multi", "pairs", "permuted", conditions={"sampling": ["proportional", "balanced"]}), opened
    )
    assert len(plan.runs) == 2 * len(plan.run_ids)
    assert {spec.sampling for spec in plan.specs.values()} == {"proportional"}


def test_the_norm_makes_every_run_another_one_with_the_same_lines(opened: Opened) -> None:
    plan = resolve(study_of("single", "multi", conditions={"norm": ["batch", "group"]}), opened)
    assert len(plan.run_ids) == len(plan.runs) == 2 * 4
    for name in NAMES:
        specs = [plan.specs[run.run] for run in runs_of(plan, "single", targets=(name,))]
        assert [spec.architecture.sizes.get("norm") for spec in specs] == [None, "group"]
        assert specs[0].targets == specs[1].targets


def test_batches_of_one_data_set_end_an_epoch_for_each(opened: Opened) -> None:
    changes = {"k_lines": [3], "budgets": ["2 epochs"], "conditions": {"batches": ["mixed", "one_target"]}}
    plan = resolve(study_of("multi", **changes), opened)
    steps = {run.request.conditions.batches: run.steps for run in plan.runs}
    assert steps == {"mixed": 2 * 5, "one_target": 2 * 6}  # 9 lines, or three times 3, in batches of 2


# Budgets


def test_equal_steps_epochs_and_exposures(opened: Opened) -> None:
    budgets = ["30 steps", "6 epochs", "6 exposures"]
    axes = {"sampling": ["proportional", "balanced"]}
    plan = resolve(study_of("single", "multi", "others_whole", budgets=budgets, conditions=axes), opened)
    for run in plan.runs:
        spec, budget = plan.specs[run.run], run.request.budget
        target = next(at for at, each in enumerate(spec.targets) if each.test_ids)
        seen = spec.steps * spec.epoch.exposures_per_step(target)
        match budget.unit:
            case "steps":
                assert spec.steps == 30
            case "epochs":
                assert spec.steps == 6 * spec.steps_per_epoch
            case "exposures":
                assert 6 <= seen < 6 + spec.epoch.exposures_per_step(target), "no step more than it takes"
    balanced = [run for run in runs_of(plan, "others_whole") if run.request.conditions.sampling == "balanced"]
    assert {run.steps for run in balanced if run.request.budget.unit == "epochs"} != {
        run.steps for run in balanced if run.request.budget.unit == "exposures"
    }


@pytest.mark.parametrize(
    ("regimes", "sampling", "characters"),
    [
        (tuple(REGIMES), ("proportional",), ()),
        (("single", "multi", "pairs", "permuted"), ("proportional", "balanced"), ()),
        (("single", "multi", "others_whole"), ("balanced",), ()),
        (("single", "multi"), ("balanced",), (30,)),
    ],
)
def test_exposures_are_said_to_be_epochs_only_where_they_are(
    opened: Opened, regimes: tuple[str, ...], sampling: tuple[str, ...], characters: tuple[int, ...]
) -> None:
    plans = [
        resolve(
            study_of(*regimes, budgets=[budget], conditions={"sampling": sampling}, k_characters=characters), opened
        )
        for budget in ("5 epochs", "5 exposures")
    ]
    assert are_exposures_epochs(plans[0].study) == (plans[0].run_ids == plans[1].run_ids)


def test_steps_of_a_second_stage_follow_its_own_budget(opened: Opened) -> None:
    plan = resolve(study_of(budgets=["8 epochs"]), opened)
    for name in NAMES:
        # 4 lines in batches of 2: two steps an epoch, and a quarter of eight epochs.
        assert spec_of(plan, "finetuned", name).steps == 4
        assert spec_of(plan, "multi", name).steps == 8 * 6
