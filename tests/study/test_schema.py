"""Studies as values and as files."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from workbench.errors import InputError
from workbench.study.schema import (
    Budget,
    LeakageDecision,
    LeakageRules,
    Placeholders,
    Preprocessing,
    Study,
    TargetRules,
    Training,
)
from workbench.study.toml_file import (
    LEFT_OUT_KEYS,
    MAX_STUDY_FILE_BYTES,
    format_study,
    load_study,
    parse_study,
    save_study,
)

positive = st.integers(1, 10_000)
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}( [A-Za-z0-9]{1,5})?", fullmatch=True)
budgets = st.builds(Budget, unit=st.sampled_from(["steps", "epochs", "exposures"]), amount=positive)


def several(values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(values, min_size=1, max_size=4, unique_by=str).map(tuple)


DECISION = '[[leakage.decisions]]\nkind = "text"\nright = "x/test"\ndecision = "accept"\n'

decisions = st.builds(
    LeakageDecision,
    kind=st.sampled_from(["text", "near_image"]),
    left=st.sampled_from(["a/train", "b-1/validation"]),
    right=st.sampled_from(["a/test", "b.2/test"]),
    decision=st.sampled_from(["exclude", "accept"]),
    reason=st.sampled_from(["", "the official parts"]),
)
rules = st.builds(
    TargetRules,
    exclude=st.lists(names, max_size=2).map(tuple),
    exclude_from_test=st.booleans(),
    draw_ids=st.lists(names, max_size=2).map(tuple),
) | st.builds(TargetRules, train_ids=names, test_ids=names, validation_ids=st.none() | names)

studies = st.builds(
    Study,
    name=names,
    description=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40),
    targets=st.lists(names, max_size=3, unique=True).map(tuple),
    architectures=several(st.sampled_from(["cnn", "both", "small-crnn"])),
    regimes=several(st.sampled_from(["single", "multi"])),
    k_lines=several(positive),
    draws=st.integers(1, 5),
    seeds=several(st.integers(0, 99)),
    budgets=several(budgets),
    selection=st.sampled_from(["last", "best"]),
    split=st.sampled_from(["official", "writers"]),
    k_characters=st.lists(positive, max_size=2, unique=True).map(tuple),
    stratify=st.sampled_from(["none", "writers"]),
    split_seed=st.integers(0, 9),
    target_rules=st.dictionaries(st.sampled_from(["khatt", "nust.v1", "a-b"]), rules, max_size=2),
    leakage=st.builds(
        LeakageRules,
        undecided=st.sampled_from(["report", "refuse"]),
        decisions=st.lists(decisions, max_size=3, unique_by=lambda each: each.subject).map(tuple),
    ),
    normalisation=st.lists(st.sampled_from(["nfc", "drop_tatweel"]), unique=True).map(tuple),
    placeholders=st.builds(
        Placeholders,
        characters=st.text("#@*", min_size=1, max_size=3).map(lambda text: "".join(dict.fromkeys(text))),
        policy=st.sampled_from(["keep", "drop_line", "wildcard"]),
    ),
    preprocessing=st.builds(
        Preprocessing, line_height_px=st.integers(16, 512), canvas_width_px=st.none() | st.integers(64, 16384)
    ),
    training=st.builds(
        Training,
        learning_rate=st.floats(1e-6, 1.0),
        milestone_shares=st.lists(st.floats(0.1, 0.9), max_size=3).map(tuple),
        validation_lines=st.sampled_from(["auto", "all"]) | positive,
        alphabet=st.sampled_from(["training_lines", "all_lines", "all_targets"]),
    ),
)


@settings(max_examples=40)
@given(studies)
def test_there_and_back(study: Study) -> None:
    text = format_study(study)
    assert parse_study(text, "test") == study
    assert parse_study(format_study(study, text), "test") == study


@settings(max_examples=25)
@given(studies, studies)
def test_a_file_takes_over_any_other_study(old: Study, new: Study) -> None:
    assert parse_study(format_study(new, format_study(old)), "test") == new


def test_comments_and_order_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text('# my study\nseeds = [3]  # only one\nname = "mine"\n', encoding="utf-8")
    save_study(load_study(path).model_copy(update={"draws": 2}), path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# my study\nseeds = [3]  # only one\n")
    assert load_study(path).draws == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('name = "a"\nregims = ["single"]', "unknown key 'regims'. Did you mean 'regimes'?"),
        ('name = "a"\n[training]\nlearning_rat = 1.0', "'training.learning_rat'. Did you mean 'learning_rate'?"),
        ('name = "a"\n[preprocessing]\nqqq = 1', "Known keys: line_height_px"),
        ('name = "a"\nfolds = 3', "folds are drawn: write split ="),
        ('name = "a"\nsplit = "writers"\nfolds = 3\nfold = 4', "fold 4 of 3"),
        ('name = "a"\n[target_rules.x]\nexclud = []', "Did you mean 'exclude'?"),
        ('name = "a"\n[target_rules.x]\ntrain_ids = "a"', "train_ids and test_ids are needed together"),
        ('name = "a"\n[[leakage.decisions]]\nkinds = "text"', "Did you mean 'kind'?"),
        (f'name = "a"\n{DECISION}left = "x"', "'x' is no part of a data set"),
        ('name = "a"\nbudgets = ["many steps"]', "write '1500 steps', '40 epochs' or '40 exposures'"),
        ('name = "a"\nbudgets = ["0 steps"]', "greater than 0"),
        ('name = "a"\nk_lines = []', "at least one is needed"),
        ('name = "a"\nseeds = [1, 1]', "1 is named twice"),
        ('name = "../a"', "letters, digits"),
        ('name = "a"\nname = "b"', "is not TOML"),
        ('name = "a', "is not TOML"),
        ('name = "a"\nschema = 2', "Use a newer htr-workbench"),
        ('name = "a"\n[training]\nlearning_rate = nan', "learning_rate"),
        ("", "name"),
        ("a = " + "[" * 5000, "is not TOML"),
    ],
)  # fmt: skip
def test_wrong_files_say_what_is_wrong(text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_study(text, "bad.toml")
    assert "bad.toml" in str(caught.value)
    assert words in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_a_study_or_a_clear_error(text: str) -> None:
    with contextlib.suppress(InputError):
        parse_study(text, "any.toml")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_study(tmp_path / "missing.toml")
    (tmp_path / "latin.toml").write_bytes('description = "é"'.encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8"):
        load_study(tmp_path / "latin.toml")
    (tmp_path / "large.toml").write_bytes(b"#" * (MAX_STUDY_FILE_BYTES + 1))
    with pytest.raises(InputError, match="too large"):
        load_study(tmp_path / "large.toml")
    (tmp_path / "bom.toml").write_bytes(b"\xef\xbb\xbf" + b'name = "a"')
    assert load_study(tmp_path / "bom.toml").name == "a"


@given(budgets)
def test_budgets_as_words(budget: Budget) -> None:
    assert Budget.model_validate(str(budget)) == budget


def test_studies_are_frozen() -> None:
    study = Study(name="a")
    with pytest.raises(ValidationError):
        study.name = "b"  # type: ignore[misc]


@pytest.mark.parametrize("characters", ["", "# @", "##"])
def test_placeholders_are_single_characters(characters: str) -> None:
    with pytest.raises(ValidationError, match="placeholders"):
        Study.model_validate({"name": "x", "placeholders": {"characters": characters}})


def test_placeholders_are_scored_unless_a_study_says_otherwise() -> None:
    assert Study(name="x").placeholders.wildcards == ""
    assert Placeholders(policy="drop_line").wildcards == Placeholders(policy="wildcard").wildcards == "#@"
    assert Placeholders().within("قلم @ باب") == ("@",)


def test_what_is_usual_is_left_out_of_a_file() -> None:
    text = format_study(Study(name="a"))
    assert not any(key in text for key in LEFT_OUT_KEYS)
    said = format_study(Study(name="a"), "split_seed = 3\n" + text)
    assert "split_seed = 0" in said, "a key that the file has stays"


def test_a_decision_is_made_once() -> None:
    one = {"kind": "text", "left": "a/train", "right": "a/test", "decision": "accept"}
    with pytest.raises(ValidationError, match="decided twice"):
        LeakageRules.model_validate({"decisions": [one, one | {"decision": "exclude"}]})


def test_k_has_one_unit() -> None:
    assert (Study(name="a", k_lines=(5,)).ks, Study(name="a").k_unit) == ((5,), "lines")
    study = Study(name="a", k_lines=(5,), k_characters=(300,))
    assert (study.ks, study.k_unit) == ((300,), "characters")


def test_rules_that_say_nothing_are_none() -> None:
    assert Study(name="a", target_rules={"x": TargetRules()}) == Study(name="a")
