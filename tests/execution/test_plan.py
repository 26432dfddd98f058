"""A study resolved: the same lines for all arms, whatever else takes part."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.execution.small_data import import_one, small_study, write_dataset
from workbench.data.catalog import OpenedDataset
from workbench.data.draws import draw_lines
from workbench.data.line import TextLine
from workbench.data.splits import clusters_of
from workbench.errors import InputError
from workbench.execution.plan import resolve
from workbench.execution.studies import open_targets
from workbench.execution.targets import target_names
from workbench.models.geometry import geometry_of, input_size, needed_frames
from workbench.models.registry import architecture_spec
from workbench.runs.control import Control
from workbench.runs.plan import Plan
from workbench.runs.workspace import Workspace
from workbench.study.schema import Study

Opened = dict[str, OpenedDataset]


@pytest.fixture
def opened(workspace: Workspace) -> Opened:
    last = list(open_targets(workspace, small_study(), Control()))[-1]
    assert isinstance(last, dict)
    return last


def training(**changes: object) -> dict[str, object]:
    return {"batch_lines": 2, "validations": 2, "validation_lines": 2, "log_every_steps": 1} | changes


def test_ids_are_unique_and_each_run_stands_once(opened: Opened) -> None:
    study = small_study(
        architectures=["small-cnn", "small-crnn"], k_lines=[2, 4], seeds=[0, 1], draws=2, budgets=["6 steps", "8 steps"]
    )
    plan = resolve(study, opened)
    assert len(plan.runs) == 2 * 2 * 2 * 2 * 2 * (2 + 1)
    assert len(plan.run_ids) == len(set(plan.run_ids)) == len(plan.runs)
    assert set(plan.specs) == set(plan.run_ids)
    assert resolve(study, opened) == plan


def test_a_training_reached_in_two_ways_is_one_run(opened: Opened) -> None:
    # 4 lines in batches of 2: an epoch of a single run is 2 steps, of a multi run 4.
    plan = resolve(small_study(budgets=["8 steps", "4 epochs", "2 epochs"]), opened)
    ids = {(run.request.regime, run.request.targets, str(run.request.budget)): run.run for run in plan.runs}
    assert ids["single", ("arabic",), "8 steps"] == ids["single", ("arabic",), "4 epochs"]
    both = ("arabic", "persian")
    assert ids["multi", both, "8 steps"] == ids["multi", both, "2 epochs"]
    assert len(plan.run_ids) == len(plan.runs) - 3


def test_a_single_run_has_the_lines_of_the_multi_run(opened: Opened) -> None:
    plan = resolve(small_study(draws=2), opened)
    for run in plan.runs:
        if run.request.regime == "multi":
            spec = plan.specs[run.run]
            for single in plan.runs:
                if single.request.regime == "single" and single.request.draw == run.request.draw:
                    (target,) = plan.specs[single.run].targets
                    assert spec.target(target.name) == target


def test_draws_are_nested_in_k_and_do_not_touch_test_lines(opened: Opened) -> None:
    plan = resolve(small_study(k_lines=[2, 5, 8], draws=3), opened)
    for draw in range(3):
        for target in plan.targets:
            drawn = [
                plan.specs[run.run].target(target.name).train_ids
                for run in plan.runs
                if run.request.draw == draw and run.request.regime == "multi"
            ]
            assert [len(ids) for ids in drawn] == [2, 5, 8]
            assert drawn[2][:5] == drawn[1]
            assert drawn[1][:2] == drawn[0]
            used = {*drawn[2], *target.validation_ids[draw]}
            assert not used & set(target.test_ids)
    first, second = plan.targets[0].draws[:2]
    assert first != second


def test_each_run_has_the_lines_of_its_own_draw(opened: Opened) -> None:
    study = small_study(draws=3, k_lines=[2, 5], training=training(validation_lines="auto"))
    plan = resolve(study, opened)
    for run in plan.runs:
        k, draw = run.request.k, run.request.draw
        for spec in plan.specs[run.run].targets:
            target = plan.target(spec.name)
            assert spec.train_ids == target.draws[draw][:k]
            assert spec.validation_ids == target.validation_ids[draw][: max(k // 2, 1)]
            assert spec.test_ids == target.test_ids
            assert spec.test_ids == tuple(line.id for line in opened[spec.name].lines.part("test"))
            assert set(spec.validation_ids) <= {line.id for line in opened[spec.name].lines.part("validation")}
        spec = plan.specs[run.run]
        assert (spec.k, spec.draw, spec.seed) == (k, draw, run.request.seed)
        assert set(spec.alphabet) == {
            letter
            for target in spec.targets
            for line in target.train_ids
            for letter in opened[target.name].cache.transcription(line)
        }
    for target in plan.targets:
        assert len(set(target.draws)) == 3
        assert len(set(target.validation_ids)) > 1


def test_draws_do_not_depend_on_other_targets(opened: Opened) -> None:
    alone = resolve(small_study(targets=["persian"], regimes=["single"]), opened)
    together = resolve(small_study(), opened)
    assert alone.target("persian") == together.target("persian")
    assert set(alone.run_ids) < set(together.run_ids)


def test_the_order_of_targets_is_not_in_the_id(opened: Opened) -> None:
    plan = resolve(small_study(targets=["persian", "arabic"]), opened)
    turned = resolve(small_study(targets=["arabic", "persian"]), opened)
    assert [target.name for target in plan.targets] == ["persian", "arabic"]
    assert set(plan.run_ids) == set(turned.run_ids)
    assert {len(spec.targets) for spec in plan.specs.values()} == {1, 2}


def test_nothing_about_display_is_in_the_id(opened: Opened) -> None:
    plan = resolve(small_study(), opened)
    renamed = resolve(small_study(name="another", description="text", selection="best", preset="paper"), opened)
    assert renamed.run_ids == plan.run_ids


def test_names_by_language_and_all(workspace: Workspace, opened: Opened) -> None:
    languages = {"arabic": "ar", "persian": "fa", "other": "fa"}
    assert target_names(small_study(targets=["language:fa"]), languages) == ("persian", "other")
    assert target_names(small_study(targets=["other", "language:fa"]), languages) == ("other", "persian")
    assert target_names(small_study(targets=[]), languages) == ("arabic", "persian", "other")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"targets": ["arabik"]}, "Did you mean 'arabic'?"),
        ({"targets": ["language:ur"]}, "language 'ur'"),
        ({"architectures": ["small-rnn"]}, "Did you mean 'small-crnn'?"),
        ({"regimes": ["multy"]}, "Did you mean 'multi'?"),
        ({"targets": ["arabic"]}, "at least two targets"),
        ({"normalisation": ["fold_yah"]}, "Did you mean 'fold_yeh'?"),
        ({"k_lines": [4, 500]}, "The largest K that all data sets of the study allow is 12"),
    ],
)
def test_bad_studies(opened: Opened, changes: dict[str, object], words: str) -> None:
    with pytest.raises(InputError) as caught:
        resolve(small_study(**changes), opened)
    assert words in str(caught.value)


def test_an_empty_workspace_says_what_to_do() -> None:
    with pytest.raises(InputError, match="datasets add"):
        target_names(small_study(targets=[]), {})


def test_k_too_large_names_the_data_set(opened: Opened) -> None:
    with pytest.raises(InputError) as caught:
        resolve(small_study(k_lines=[13]), opened)
    assert "arabic has 12, persian has 12" in str(caught.value)


def test_lines_that_do_not_fit_are_left_out_for_all_arms(workspace: Workspace, tmp_path: Path, opened: Opened) -> None:
    folder = write_dataset(tmp_path / "narrow", "ar", seed=5)
    rows = (folder / "train.txt").read_text(encoding="utf-8").splitlines()
    image, text = rows[0].split("\t")
    rows[0] = f"{image}\t{' '.join([text] * 9)}"
    (folder / "train.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    test = (folder / "test.txt").read_text(encoding="utf-8").splitlines()
    image, text = test[0].split("\t")
    (folder / "test.txt").write_text("\n".join([f"{image}\t{text * 9}", *test[1:]]) + "\n", encoding="utf-8")
    narrow = import_one(workspace, folder, "narrow", "ar")
    data = opened | {"narrow": narrow}

    study = small_study(targets=["narrow", "persian"], architectures=["small-cnn", "small-crnn"], k_lines=[11])
    plan = resolve(study, data)
    target = plan.target("narrow")
    (exclusion,) = target.exclusions
    assert "frames" in exclusion.reason
    assert target.train_pool == 11
    assert target.overlong_test_lines == 1
    assert len(target.test_ids) == 5, "test lines are never excluded"
    for spec in plan.specs.values():
        drawn = {line for each in spec.targets if each.name == "narrow" for line in each.train_ids}
        assert exclusion.line_id not in drawn
    with pytest.raises(InputError, match=r"narrow has 11 \(1 more does not fit\)"):
        resolve(small_study(targets=["narrow", "persian"], k_lines=[12]), data)


def test_the_strictest_architecture_decides(opened: Opened) -> None:
    """`cnn` has 8 px per frame, `small-cnn` 4: with both, lines that only the small one could learn are left out."""
    size = {"line_height_px": 20}
    small = resolve(small_study(preprocessing=size, k_lines=[1]), opened)
    both = resolve(small_study(preprocessing=size, k_lines=[1], architectures=["small-cnn", "cnn"]), opened)
    assert small.target("arabic").train_pool > both.target("arabic").train_pool
    study = both.study
    for name, data in opened.items():
        geometries = [geometry_of(architecture_spec(architecture)) for architecture in study.architectures]
        excluded = {exclusion.line_id for exclusion in both.target(name).exclusions}
        for line in data.lines.part("train"):
            frames = min(
                input_size(*data.cache.size(line.id), study.preprocessing, each).ctc_frames for each in geometries
            )
            assert (needed_frames(line.transcription) > frames) == (line.id in excluded)


def with_texts(opened: OpenedDataset, text: Callable[[TextLine], str]) -> OpenedDataset:
    lines = tuple(replace(line, transcription=text(line)) for line in opened.lines.lines)
    return replace(opened, lines=replace(opened.lines, lines=lines))


def frames_of(opened: OpenedDataset, line: TextLine) -> int:
    size = opened.cache.size(line.id)
    return input_size(*size, small_study().preprocessing, geometry_of(architecture_spec("small-cnn"))).ctc_frames


@pytest.mark.parametrize(("letters", "per_frame"), [("ab", 1), ("a", 2)])
def test_a_label_fits_up_to_its_last_frame(opened: Opened, letters: str, per_frame: int) -> None:
    """Equal neighbours need a frame between them, and the spaces of padded transcriptions one each."""
    arabic = opened["arabic"]
    first = arabic.lines.part("train")[0].id

    def fitting(more: int) -> Opened:
        def text(line: TextLine) -> str:
            length = (frames_of(arabic, line) + per_frame - 1) // per_frame + (more if line.id == first else 0)
            return (letters * length)[:length]

        return opened | {"arabic": with_texts(arabic, text)}

    def pool(data: Opened, **changes: object) -> int:
        return resolve(small_study(k_lines=[1], training=training(**changes)), data).target("arabic").train_pool

    assert pool(fitting(0)) == 12
    assert pool(fitting(1)) == 11
    assert pool(fitting(-2), pad_transcription=True) == 1
    assert pool(fitting(-2)) == 12


@pytest.mark.parametrize("alphabet", ["training_lines", "all_lines", "all_targets"])
def test_padding_stands_in_the_alphabet(opened: Opened, alphabet: str) -> None:
    data = {name: with_texts(each, lambda line: line.transcription.replace(" ", "")) for name, each in opened.items()}
    for is_padded in (True, False):
        plan = resolve(small_study(training=training(pad_transcription=is_padded, alphabet=alphabet)), data)
        assert all((" " in spec.alphabet) == is_padded for spec in plan.specs.values())


def test_draws_depend_on_what_is_left_out(opened: Opened) -> None:
    data = opened | {
        "arabic": with_texts(opened["arabic"], lambda line: line.transcription * (20 if "train3" in line.id else 1))
    }
    plan = resolve(small_study(draws=2), data)
    target = plan.target("arabic")
    excluded = [exclusion.line_id for exclusion in target.exclusions]
    assert len(excluded) == 1
    pool = [line.id for line in opened["arabic"].lines.part("train")]
    for draw in (0, 1):
        order = draw_lines(pool, fingerprint=target.fingerprint, rule="official", exclusions=excluded, draw=draw)
        assert target.draws[draw] == order[:4]


def test_what_is_generated_stays_marked(opened: Opened) -> None:
    arabic = opened["arabic"]
    data = opened | {"arabic": replace(arabic, entry=arabic.entry.model_copy(update={"is_synthetic": True}))}
    plan = resolve(small_study(), data)
    assert (plan.target("arabic").is_synthetic, plan.target("persian").is_synthetic) == (True, False)


def test_targets_may_output_what_their_training_lines_show(opened: Opened) -> None:
    plan = resolve(small_study(k_lines=[2], training=training(decoding="target_characters")), opened)
    for spec in plan.specs.values():
        for target in spec.targets:
            texts = (opened[target.name].cache.transcription(line) for line in target.train_ids)
            assert set(target.allowed_characters or ()) == {letter for text in texts for letter in text}


def test_alphabets(opened: Opened) -> None:
    own = resolve(small_study(k_lines=[2]), opened)
    texts = {name: {line.id: line.transcription for line in data.lines.lines} for name, data in opened.items()}
    for spec in own.specs.values():
        letters = {
            letter for target in spec.targets for line in target.train_ids for letter in texts[target.name][line]
        }
        assert set(spec.alphabet) == letters
        assert list(spec.alphabet) == sorted(spec.alphabet)
        assert all(target.allowed_characters is None for target in spec.targets)
    whole = {name: {letter for text in lines.values() for letter in text} for name, lines in texts.items()}
    for alphabet in ("all_lines", "all_targets"):
        plan = resolve(small_study(training=training(alphabet=alphabet, decoding="target_characters")), opened)
        for spec in plan.specs.values():
            targets = whole if alphabet == "all_targets" else [target.name for target in spec.targets]
            assert list(spec.alphabet) == sorted({letter for name in targets for letter in whole[name]})
            for target in spec.targets:
                assert set(target.allowed_characters or ()) == whole[target.name]
        assert all(run.unseen_test_characters == 0 for run in plan.runs)


def test_unseen_characters_of_the_test_part_are_counted(opened: Opened) -> None:
    plan = resolve(small_study(k_lines=[1], training=training(validation_lines=1)), opened)
    for run in plan.runs:
        spec = plan.specs[run.run]
        wanted = sum(
            letter not in spec.alphabet
            for target in spec.targets
            for line in opened[target.name].lines.part("test")
            for letter in line.transcription
        )
        assert run.unseen_test_characters == wanted
    assert any(run.unseen_test_characters for run in plan.runs)


@pytest.mark.parametrize(
    ("wanted", "k", "expected"), [("auto", 1, 1), ("auto", 6, 3), ("all", 2, 4), (3, 2, 3), (99, 2, 4)]
)
def test_validation_lines(opened: Opened, wanted: object, k: int, expected: int) -> None:
    plan = resolve(small_study(k_lines=[k], training=training(validation_lines=wanted)), opened)
    for spec in plan.specs.values():
        assert all(len(target.validation_ids) == expected for target in spec.targets)


def test_validation_samples_are_nested_in_k(opened: Opened) -> None:
    plan = resolve(small_study(k_lines=[2, 6], training=training(validation_lines="auto")), opened)
    ids = {
        run.request.k: plan.specs[run.run].target("arabic").validation_ids
        for run in plan.runs
        if run.request.regime == "multi"
    }
    assert (len(ids[2]), len(ids[6])) == (1, 3)
    assert ids[6][:1] == ids[2]


def test_steps_and_validations(opened: Opened) -> None:
    plan = resolve(small_study(budgets=["3 epochs"], k_lines=[5], training=training(validations=4)), opened)
    steps = {run.request.regime: plan.specs[run.run] for run in plan.runs}
    assert (steps["single"].steps, steps["multi"].steps) == (3 * 3, 3 * 5)
    assert (steps["single"].validate_every_steps, steps["multi"].validate_every_steps) == (3, 4)


def test_clusters_stand_beside_the_test_lines(opened: Opened) -> None:
    arabic = opened["arabic"]
    lines = tuple(replace(line, writer=line.id[:2]) for line in arabic.lines.lines)
    opened = opened | {"arabic": replace(arabic, lines=replace(arabic.lines, lines=lines))}
    plan = resolve(small_study(), opened)
    assert plan.target("arabic").cluster_unit == "writers"
    for spec in plan.specs.values():
        for target in spec.targets:
            assert (target.cluster_unit, target.test_clusters) == clusters_of(
                opened[target.name].lines, target.test_ids
            )
            assert target.cluster_unit == plan.target(target.name).cluster_unit


def test_a_transcription_that_normalisation_empties_cannot_be_drawn(opened: Opened) -> None:
    arabic = opened["arabic"]
    lines = arabic.lines.lines
    blank = tuple(replace(line, transcription="\u200f") if line.split == "train" else line for line in lines)
    data = opened | {"arabic": replace(arabic, lines=replace(arabic.lines, lines=blank))}
    study = small_study(normalisation=["drop_bidi_controls"])
    with pytest.raises(InputError, match="arabic has 0"):
        resolve(study, data)


def test_the_cache_must_be_cropped_as_the_study_asks(opened: Opened) -> None:
    with pytest.raises(InputError, match="other cropping"):
        resolve(small_study(preprocessing={"line_height_px": 32, "crop_to_ink": False}), opened)


def test_uncropped_caches_are_made_when_a_study_asks(workspace: Workspace) -> None:
    study = small_study(preprocessing={"line_height_px": 32, "crop_to_ink": False})
    last = list(open_targets(workspace, study, Control()))[-1]
    assert isinstance(last, dict)
    assert not any(opened.cache.is_cropped for opened in last.values())
    resolve(study, last)


def test_a_grid_of_500_runs_is_planned_at_once(opened: Opened) -> None:
    study = Study.model_validate(
        small_study(seeds=list(range(84)), k_lines=[2, 4]).model_dump(mode="json", by_alias=True)
    )
    plan = resolve(study, opened)
    assert len(plan.run_ids) == 84 * 2 * 3


def test_what_train_and_test_share_is_noted(workspace: Workspace, tmp_path: Path, opened: Opened) -> None:
    folder = write_dataset(tmp_path / "leaky", "ar", seed=7)
    train = (folder / "train.txt").read_text(encoding="utf-8").splitlines()
    rows = (folder / "test.txt").read_text(encoding="utf-8").splitlines()
    image, _ = rows[0].split("\t")
    rows[0] = f"{image}\t{train[0].split(chr(9))[1]}"
    (folder / "test.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    leaky = import_one(workspace, folder, "leaky", "ar")
    plan = resolve(small_study(targets=["leaky", "persian"]), opened | {"leaky": leaky})
    assert any(note.startswith("in train and in test: ") for note in plan.target("leaky").notes)


def test_a_data_set_that_holds_test_lines_of_another_is_told(workspace: Workspace, opened: Opened) -> None:
    """One folder under two names, parted otherwise: what one tests on, the other trains on."""
    arabic = opened["arabic"]
    swapped = {"train": "test", "test": "train", "validation": "validation"}
    lines = tuple(replace(line, split=swapped[line.split or ""]) for line in arabic.lines.lines)  # pyright: ignore[reportArgumentType]
    twin = replace(arabic, lines=replace(arabic.lines, name="twin", lines=lines))
    data = opened | {"twin": twin}
    study = small_study(targets=["arabic", "twin", "persian"])
    plan = resolve(study, data)
    (note,) = (note for note in plan.target("arabic").notes if note.startswith("TEST LINES IN TRAINING"))
    assert "training part of twin" in note
    assert "5 images" in note
    assert any("12 images" in note for note in plan.target("twin").notes)
    assert not any("TEST LINES" in note for note in plan.target("persian").notes)
    alone = resolve(study.model_copy(update={"regimes": ("single",)}), data)
    assert not any("TEST LINES" in note for target in alone.targets for note in target.notes)


def with_placeholders(opened: Opened) -> Opened:
    """Put a placeholder into two lines of each part of the Arabic data set."""
    arabic = opened["arabic"]
    marked = {line.id for part in ("train", "validation", "test") for line in arabic.lines.part(part)[:2]}
    lines = tuple(
        replace(line, transcription=f"{line.transcription} #") if line.id in marked else line
        for line in arabic.lines.lines
    )
    return opened | {"arabic": replace(arabic, lines=replace(arabic.lines, lines=lines))}


def test_lines_with_placeholders_are_dropped_before_drawing_and_test_lines_never(opened: Opened) -> None:
    data = with_placeholders(opened)
    plans = {
        policy: resolve(small_study(placeholders={"policy": policy}, k_lines=[10]), data)
        for policy in ("keep", "drop_line", "wildcard")
    }
    marked = tuple(line.id for line in data["arabic"].lines.part("train")[:2])
    for policy, plan in plans.items():
        target = plan.target("arabic")
        assert len(target.test_ids) == 5
        assert target.validation_ids == plans["keep"].target("arabic").validation_ids or policy == "drop_line"
        assert plan.target("persian") == plans["keep"].target("persian"), "it has no placeholders"
        noted = [note for note in target.notes if "placeholder" in note]
        assert noted == ([] if policy == "keep" else [
            "2 test lines with a placeholder (# @): it matches anything, the rest is scored"
        ])  # fmt: skip
    dropped = plans["drop_line"].target("arabic")
    assert {exclusion.line_id: exclusion.reason for exclusion in dropped.exclusions} == dict.fromkeys(
        marked, "the transcription holds the placeholder #"
    )
    assert dropped.train_pool == 10
    assert not set(marked) & {line for draw in dropped.draws for line in draw}
    for policy in ("keep", "wildcard"):
        assert plans[policy].target("arabic").exclusions == ()
    assert plans["wildcard"].target("arabic").draws == plans["keep"].target("arabic").draws
    with pytest.raises(InputError, match=r"arabic has 10 \(2 more are excluded\)"):
        resolve(small_study(placeholders={"policy": "drop_line"}, k_lines=[11]), data)


def test_placeholders_and_the_alphabet(opened: Opened) -> None:
    data = with_placeholders(opened)

    def plan_with(policy: str, alphabet: str) -> Plan:
        study = small_study(
            targets=["arabic"],
            regimes=["single"],
            placeholders={"policy": policy},
            training=training(alphabet=alphabet),
        )
        return resolve(study, data)

    def letters(plan: Plan) -> set[str]:
        return set(plan.specs[plan.runs[0].run].alphabet)

    assert "#" in letters(plan_with("keep", "all_lines"))
    assert "#" in letters(plan_with("wildcard", "all_lines"))
    assert "#" not in letters(plan_with("drop_line", "all_lines"))
    kept, dropped = (plan_with(policy, "training_lines") for policy in ("keep", "drop_line"))
    assert "#" not in letters(dropped)
    assert kept.specs[kept.runs[0].run].placeholders.policy == "keep"
    unseen = {run.unseen_test_characters for run in plan_with("drop_line", "all_lines").runs}
    assert unseen == {0}, "what is not scored is no unavoidable error"


def test_a_placeholder_that_normalisation_changes_is_refused(opened: Opened) -> None:
    changes = {"placeholders": {"characters": "ك", "policy": "wildcard"}, "normalisation": ["fold_kaf"]}
    with pytest.raises(InputError, match="The placeholder ك is changed"):
        resolve(small_study(**changes), opened)
    resolve(small_study(**changes | {"placeholders": {"characters": "ك"}}), opened)
