"""Parts, lists, draws and leakage of a study: what is excluded before drawing, what is decided, what is only said."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.execution.small_data import import_one, small_study, write_dataset
from workbench.cli.parts import look_for_leakage, write_ids
from workbench.data.catalog import OpenedDataset
from workbench.errors import InputError
from workbench.execution.inline import InlineExecutor
from workbench.execution.plan import look, resolve
from workbench.execution.studies import open_targets, run_study
from workbench.runs.control import Control
from workbench.runs.plan import Plan, load_plan, save_plan
from workbench.runs.workspace import Workspace
from workbench.study.schema import Study
from workbench.study.toml_file import load_study, save_study

Opened = dict[str, OpenedDataset]


@pytest.fixture
def opened(workspace: Workspace) -> Opened:
    last = list(open_targets(workspace, small_study(), Control()))[-1]
    assert isinstance(last, dict)
    return last


def ids_of(opened: OpenedDataset, part: str) -> list[str]:
    return [line.id for line in opened.lines.lines if line.split == part]


def with_lines(opened: OpenedDataset, **changes: object) -> OpenedDataset:
    """Change fields of lines: a value, or a function of the line."""
    lines = tuple(
        replace(line, **{key: value(line) if callable(value) else value for key, value in changes.items()})
        for line in opened.lines.lines
    )
    return replace(opened, lines=replace(opened.lines, lines=lines))


def write_list(path: Path, ids: list[str]) -> str:
    path.write_text("\n".join(["# made by a test", *ids]) + "\n", encoding="utf-8")
    return str(path)


def rules(name: str = "arabic", **values: object) -> dict[str, object]:
    return {"target_rules": {name: values}}


def target_of(plan: Plan, name: str = "arabic"):
    return plan.target(name)


# Rules and draws


def test_defaults_have_the_ids_that_they_always_had(opened: Opened) -> None:
    plan = resolve(small_study(), opened)
    said = small_study(stratify="none", split_seed=0, folds=1, target_rules={"arabic": {}}, leakage={"decisions": []})
    assert resolve(said, opened).run_ids == plan.run_ids
    assert {target.parts_rule for target in plan.targets} == {"official"}


def test_every_rule_gives_other_draws(opened: Opened, tmp_path: Path) -> None:
    data = {name: with_lines(each, writer=lambda line: line.id[:2]) for name, each in opened.items()}
    listed = write_list(tmp_path / "out.txt", ids_of(opened["arabic"], "train")[:1])
    studies = [
        small_study(), small_study(split="writers"), small_study(split="writers", split_seed=1),
        small_study(split="writers", folds=2), small_study(split="writers", folds=2, fold=2),
        small_study(split="blocks"), small_study(stratify="writers"), small_study(**rules(exclude=[listed])),
    ]  # fmt: skip
    draws = [target_of(resolve(study, data)).draws for study in studies]
    assert len(set(draws)) == len(draws)
    keys = {target_of(resolve(study, data)).parts_rule for study in studies}
    assert len(keys) == 6


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    split=st.sampled_from(["official", "writers", "blocks"]),
    stratify=st.sampled_from(["none", "writers"]),
    seed=st.integers(0, 3),
    characters=st.sampled_from([[], [10, 25]]),
)
def test_draws_are_deaf_to_other_targets(
    opened: Opened, split: str, stratify: str, seed: int, characters: list[int]
) -> None:
    data = {name: with_lines(each, writer=lambda line: line.id[:2]) for name, each in opened.items()}
    wish = {"split": split, "stratify": stratify, "split_seed": seed, "k_characters": characters, "draws": 2}
    wish["k_lines"] = [2, 3]
    together = resolve(small_study(**wish), data)
    again = resolve(small_study(**wish), data)
    assert together == again
    for name in data:
        alone = resolve(small_study(targets=[name], regimes=["single"], **wish), data)
        mine, shared = alone.target(name), together.target(name)
        assert (mine.draws, mine.validation_ids, mine.test_ids) == (
            shared.draws,
            shared.validation_ids,
            shared.test_ids,
        )
        assert set(alone.run_ids) < set(together.run_ids)
        used = {line for order in (*shared.draws, *shared.validation_ids) for line in order}
        assert not used & set(shared.test_ids)
    for run in together.runs:
        for spec in together.specs[run.run].targets:
            order = together.target(spec.name).draws[run.request.draw]
            assert order[: len(spec.train_ids)] == spec.train_ids, "nested in K"


def test_k_in_characters(opened: Opened) -> None:
    plan = resolve(small_study(k_characters=[20, 50], training={"validation_lines": "auto", "batch_lines": 2}), opened)
    texts = {name: {line.id: line.transcription for line in each.lines.lines} for name, each in opened.items()}
    assert {run.request.k for run in plan.runs} == {20, 50}
    for run in plan.runs:
        for spec in plan.specs[run.run].targets:
            lengths = [len(texts[spec.name][line]) for line in spec.train_ids]
            assert sum(lengths) >= run.request.k > sum(lengths[:-1])
            assert len(spec.validation_ids) == min(max(len(lengths) // 2, 1), 4)
    assert any("K counts characters: 20 are" in note for note in target_of(plan).notes)
    with pytest.raises(InputError, match="more than the training characters there are"):
        resolve(small_study(k_characters=[5000]), opened)


def test_writers_take_turns(opened: Opened) -> None:
    data = {name: with_lines(each, writer=lambda line: line.id[:2]) for name, each in opened.items()}
    plan = resolve(small_study(stratify="writers", k_lines=[4, 8], draws=3), data)
    assert target_of(plan).is_stratified
    for draw in target_of(plan).draws:
        assert len({line[:2] for line in draw[:4]}) == len({line[:2] for line in draw}) == 4
    plain = resolve(small_study(stratify="writers"), opened)
    assert not target_of(plain).is_stratified
    assert "writers and pages are unknown: its draws are not stratified" in target_of(plain).notes


# Lists of lines


def test_listed_lines_leave_training_and_validation_before_drawing(opened: Opened, tmp_path: Path) -> None:
    train, validation, test = (ids_of(opened["arabic"], part) for part in ("train", "validation", "test"))
    listed = write_list(tmp_path / "bad.txt", [*train[:3], validation[0], *test[:2], "nowhere"])
    study = small_study(k_lines=[9], training={"validation_lines": "all"}, **rules(exclude=[listed]))
    target = target_of(resolve(study, opened))
    assert target.train_pool == 9
    assert not set(train[:3]) & set(target.draws[0])
    assert set(target.validation_ids[0]) == set(validation[1:])
    assert target.test_ids == tuple(test), "test lines are scored and counted"
    assert [(each.line_id, each.kind, each.part) for each in target.exclusions] == [
        *((line, "listed", "train") for line in train[:3]), (validation[0], "listed", "validation"),
    ]  # fmt: skip
    notes = "\n".join(target.notes)
    assert "bad.txt: 1 listed id not in the data set (nowhere)" in notes
    assert "2 listed lines of the test part" in notes
    assert "scored all the same" in notes
    with pytest.raises(InputError, match=r"arabic has 9 \(3 more are excluded\)"):
        resolve(study.model_copy(update={"k_lines": (12,)}), opened)


def test_test_lines_are_left_out_only_when_the_study_says_so(opened: Opened, tmp_path: Path) -> None:
    test = ids_of(opened["arabic"], "test")
    listed = write_list(tmp_path / "bad.txt", test[:2])
    plan = resolve(small_study(**rules(exclude=[listed], exclude_from_test=True)), opened)
    assert target_of(plan).test_ids == tuple(test[2:])
    assert any(note.startswith("TEST LINES LEFT OUT: 2 listed lines") for note in target_of(plan).notes)
    assert all(
        spec.target("arabic").test_ids == tuple(test[2:]) for spec in plan.specs.values() if len(spec.targets) > 1
    )
    usual = resolve(small_study(), opened)
    assert target_of(plan).draws == target_of(usual).draws, "what is left out of the test part draws no other lines"
    assert target_of(plan, "persian") == target_of(usual, "persian")


def test_parts_and_draws_come_back_from_files(workspace: Workspace, opened: Opened, tmp_path: Path) -> None:
    study = small_study(draws=2, k_lines=[2, 5], split="blocks", split_seed=2)
    plan = resolve(study, opened)
    for name in opened:
        assert write_ids(workspace, study, name, tmp_path / name)
    path = tmp_path / "study.toml"
    save_study(small_study(draws=2, k_lines=[2, 5]), path)
    with path.open("a", encoding="utf-8") as file:
        for name in opened:
            text = (tmp_path / name / "target_rules.toml").read_text(encoding="utf-8")
            for what in ("train", "validation", "test", "draw-", "validation-draw-"):
                text = text.replace(f'"{what}', f'"{name}/{what}')
            file.write(f"\n{text}")
    again = resolve(load_study(path), opened)
    assert again.run_ids == plan.run_ids
    assert [spec.identity() for spec in again.specs.values()] == [spec.identity() for spec in plan.specs.values()]
    for name in opened:
        mine, theirs = plan.target(name), again.target(name)
        for field in ("draws", "validation_ids", "test_ids", "train_pool", "exclusions", "cluster_unit"):
            assert getattr(mine, field) == getattr(theirs, field), field
        assert theirs.parts_rule.startswith("ids ")


def test_draws_from_files_must_fit(opened: Opened, tmp_path: Path) -> None:
    train, test = ids_of(opened["arabic"], "train"), ids_of(opened["arabic"], "test")
    good, bad = write_list(tmp_path / "draw.txt", train[:4]), write_list(tmp_path / "foreign.txt", test[:4])
    assert target_of(resolve(small_study(**rules(draw_ids=[good])), opened)).draws == (tuple(train[:4]),)
    with pytest.raises(InputError, match="not in the train part"):
        resolve(small_study(**rules(draw_ids=[bad])), opened)
    with pytest.raises(InputError, match="the study has 2 draws"):
        resolve(small_study(draws=2, **rules(draw_ids=[good])), opened)
    with pytest.raises(InputError, match="K = 5 is more"):
        resolve(small_study(k_lines=[5], **rules(draw_ids=[good])), opened)


def test_lists_beside_the_study_file_go_with_it(opened: Opened, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    (folder / "lists").mkdir(parents=True)
    write_list(folder / "lists" / "bad.txt", ids_of(opened["arabic"], "train")[:1])
    (folder / "study.toml").write_text('name = "mine"\n[target_rules.arabic]\nexclude = ["lists/bad.txt"]\n')
    study = load_study(folder / "study.toml")
    assert Path(study.rules_of("arabic").exclude[0]).is_file()
    save_study(study, folder / "study.toml")
    assert 'exclude = ["lists/bad.txt"]' in (folder / "study.toml").read_text(encoding="utf-8")
    plan = resolve(small_study(target_rules=study.target_rules), opened)
    save_plan(plan, folder / "plan.json")
    assert load_plan(folder / "plan.json").study == plan.study
    moved = folder.rename(tmp_path / "there")
    for found in (load_study(moved / "study.toml"), load_plan(moved / "plan.json").study):
        assert found.rules_of("arabic").exclude == (str(moved / "lists" / "bad.txt"),)


# What parts have in common


@pytest.fixture
def leaky(workspace: Workspace, tmp_path: Path, opened: Opened) -> Opened:
    """Distinct texts of one letter each, two of which stand in train and in test, one of them nearly."""
    folder = write_dataset(tmp_path / "leaky", "ar", seed=7)
    one = import_one(workspace, folder, "leaky", "ar")
    order = [line.id for line in one.lines.lines]
    letters = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
    train, test = ids_of(one, "train"), ids_of(one, "test")
    texts = {line_id: letters[at] * 11 for at, line_id in enumerate(order)}
    texts[test[0]] = texts[train[0]]
    texts[test[1]] = texts[train[1]][:-1] + "ة"
    return opened | {"leaky": with_lines(one, transcription=lambda line: texts[line.id])}


def leaky_study(**changes: object) -> Study:
    return small_study(**({"targets": ["leaky", "persian"]} | changes))


def decision(kind: str, what: str, left: str = "leaky/train", right: str = "leaky/test") -> dict[str, str]:
    return {"kind": kind, "left": left, "right": right, "decision": what, "reason": "known"}


def test_undecided_findings_are_said_and_kept_in_the_plan(leaky: Opened) -> None:
    plan = resolve(leaky_study(), leaky)
    assert [(each.kind, each.left, each.right) for each in plan.open_questions] == [
        ("text", "leaky/train", "leaky/test"), ("near_text", "leaky/train", "leaky/test"),
    ]  # fmt: skip
    assert "in train and in test: 1 text, 1 near text" in plan.target("leaky").notes
    first = plan.open_questions[0].examples[0]
    train, test = ids_of(leaky["leaky"], "train"), ids_of(leaky["leaky"], "test")
    assert (first.left_ids, first.right_ids) == ((train[0],), (test[0],))


def test_excluded_findings_leave_train_and_accepted_ones_are_noted(leaky: Opened) -> None:
    decisions = [decision("text", "exclude"), decision("near_text", "accept")]
    plan = resolve(leaky_study(leakage={"decisions": decisions}), leaky)
    target, train = plan.target("leaky"), ids_of(leaky["leaky"], "train")
    assert plan.open_questions == ()
    assert target.train_pool == 11
    assert [(each.line_id, each.kind, each.reason) for each in target.exclusions] == [
        (train[0], "shared", "same text as in leaky/test")
    ]
    assert not any(train[0] in draw for draw in target.draws)
    assert target.test_ids == tuple(ids_of(leaky["leaky"], "test"))
    assert any(note.startswith("accepted, in train and in test: 1 near text (known)") for note in target.notes)
    assert any(note.startswith("left out of the training part") and "1 text" in note for note in target.notes)


def test_a_decision_about_nothing_is_said(leaky: Opened) -> None:
    plan = resolve(leaky_study(leakage={"decisions": [decision("writer", "accept")]}), leaky)
    assert "decided and not found: writer in leaky/train and leaky/test (accept)" in plan.target("leaky").notes


def test_a_study_may_refuse_to_train_undecided(workspace: Workspace, leaky: Opened) -> None:
    strict = {"undecided": "refuse"}
    plan = resolve(leaky_study(leakage=strict), leaky)
    executor = InlineExecutor(workspace, device="cpu", trainer="tests.execution.scripted:train")
    with pytest.raises(InputError, match=r"undecided: 1 text, 1 near text \(leaky/train and leaky/test …\)"):
        list(run_study(workspace, plan, executor=executor, control=Control()))
    decisions = [decision("text", "accept"), decision("near_text", "accept")]
    plan = resolve(leaky_study(leakage=strict | {"decisions": decisions}), leaky)
    assert list(run_study(workspace, plan, executor=executor, control=Control()))
    assert load_plan(workspace.plan_file("small")).shared == plan.shared


def test_data_sets_of_joint_runs_are_compared_with_each_other(leaky: Opened) -> None:
    twin = replace(leaky["leaky"], lines=replace(leaky["leaky"].lines, name="twin"))
    data = leaky | {"twin": twin}
    subject = ("text", "twin/train", "leaky/test")
    joint = resolve(leaky_study(targets=["leaky", "twin"]), data)
    assert subject in [(each.kind, each.left, each.right) for each in joint.open_questions]
    alone = resolve(leaky_study(targets=["leaky", "twin"], regimes=["single"]), data)
    assert subject not in [(each.kind, each.left, each.right) for each in alone.shared]
    found = leaky_study(
        targets=["leaky", "twin"], leakage={"decisions": [decision("text", "exclude", "twin/train", "leaky/test")]}
    )
    excluded = resolve(found, data)
    assert [each.line_id for each in excluded.target("twin").exclusions] == ids_of(twin, "train")[:1]
    assert excluded.target("leaky").exclusions == ()


def test_lines_that_a_list_excludes_share_nothing(leaky: Opened, tmp_path: Path) -> None:
    listed = write_list(tmp_path / "bad.txt", ids_of(leaky["leaky"], "train")[:2])
    assert look(leaky_study(**rules("leaky", exclude=[listed])), leaky).overlaps == ()


def test_the_report_names_every_line(workspace: Workspace, opened: Opened) -> None:
    found = look_for_leakage(workspace, small_study())
    assert found is not None
    value = found.to_json()
    assert value["parts"]["arabic"] == {"train": 12, "validation": 4, "test": 5}
    assert [each["findings"] for each in value["shared"]] == [len(each["lines"]) for each in value["shared"]]


# Two packagings of KHATT


def khatt(opened: OpenedDataset, name: str, form: str, first: int) -> OpenedDataset:
    """Give lines the ids of KHATT forms: one form for two lines."""
    numbers = {line.id: at for at, line in enumerate(opened.lines.lines)}

    def its_id(line_id: str) -> str:
        at = numbers[line_id]
        return f"AHTD3A{first + at // 2:04d}_Para2_{at % 2 + 1}"

    lines = tuple(replace(line, id=its_id(line.id)) for line in opened.lines.lines)
    cache = _Renamed(opened.cache, {its_id(line_id): line_id for line_id in numbers})
    return replace(opened, lines=replace(opened.lines, name=name, form=form, lines=lines), cache=cache)


class _Renamed:
    """A cache whose lines go by other names."""

    def __init__(self, cache, names: dict[str, str]) -> None:
        self._cache, self._names = cache, names
        self.is_cropped, self.folder, self.fingerprint = (
            cache.is_cropped,
            cache.folder / str(id(self)),
            cache.fingerprint,
        )
        self.ids = tuple(names)

    def size(self, line_id: str):
        return self._cache.size(self._names[line_id])

    def digest(self, line_id: str):
        return self._cache.digest(self._names[line_id])

    def image(self, line_id: str):
        return self._cache.image(self._names[line_id])


def test_two_packagings_of_khatt_are_not_mixed(opened: Opened, tmp_path: Path) -> None:
    official = khatt(opened["arabic"], "khatt", "khatt_official", 1)
    pilot = khatt(opened["persian"], "pilot", "khatt_pilot", 10)
    data = {"khatt": official, "pilot": pilot}
    study = small_study(targets=["khatt", "pilot"], regimes=["single"])
    with pytest.raises(InputError, match=r"khatt and pilot are two packagings of KHATT .*share 2 forms"):
        resolve(study, data)
    listed = write_list(tmp_path / "shared.txt", ["AHTD3A0010_*", "AHTD3A0011_*"])
    apart = study.model_copy(
        update={"target_rules": small_study(**rules("khatt", exclude=[listed], exclude_from_test=True)).target_rules}
    )
    assert resolve(apart, data).target("khatt").train_pool == 12
    elsewhere = {"khatt": official, "pilot": khatt(opened["persian"], "pilot", "khatt_pilot", 100)}
    assert resolve(study, elsewhere).targets
    twice = {"khatt": official, "pilot": khatt(opened["persian"], "pilot", "khatt_official", 1)}
    assert resolve(study, twice).targets, "one packaging under two names agrees with itself"
