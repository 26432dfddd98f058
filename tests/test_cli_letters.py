"""`letters`: tables, JSON and CSV of a finished study from the shell."""

import json

import pytest

from tests.execution.letter_study import finish, letter_study, make_letter_workspace
from workbench import cli
from workbench.runs.attached import AttachedRun, save_attached
from workbench.runs.plan import load_plan
from workbench.runs.store import RunStore


def window(workspace, study_file, *, is_demo=False):
    raise AssertionError("no window was asked for")


def run(*arguments):
    return cli.main([str(argument) for argument in arguments], open_window=window)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    workspace = make_letter_workspace(tmp_path_factory.mktemp("letters"))
    finish(workspace, letter_study())
    return workspace


def test_tables_are_printed(place, capsys):
    assert run("letters", "letters", "-w", place.root) == 0
    out = capsys.readouterr().out
    assert "CNN-only (small) · arabic · K 4 · 6 steps: 24 test lines" in out
    assert "Novelty of 3-grams" in out
    assert "U+0628 ب BEH" in out
    assert "Confusions, most frequent first" in out
    assert "CRNN (small), K 4: what goes with Δ" in out


def test_json_and_csv(place, tmp_path, capsys):
    assert run("letters", "-w", place.root, "--json", "--csv", tmp_path / "tables") == 0
    captured = capsys.readouterr()
    value = json.loads(captured.out)
    assert value["study"] == "letters"
    assert {"classes", "confusions", "sharedness", "ways"} <= set(value)
    assert sorted(path.name for path in (tmp_path / "tables").iterdir()) == [
        "characters.csv", "confusions.csv", "novelty.csv", "sharedness.csv",
    ]  # fmt: skip
    assert captured.err.count("written: ") == 4


def test_nothing_to_compare_is_wrong_input(place, capsys):
    assert run("letters", "-w", place.root, "--split", "validation") == 2
    assert "has no pair of finished runs that can be compared" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "hint"),
    [("--regime", "pairs", "'multi'"), ("--budget", "9 steps", "'6 steps'"), ("--conditions", "cold", "It has ''.")],
)
def test_what_the_study_does_not_compare_is_wrong_input(place, capsys, option, value, hint):
    assert run("letters", "-w", place.root, option, value) == 2
    said = capsys.readouterr().err
    assert f"has no {option[2:]} '{value}' to compare" in said
    assert hint in said


def test_an_unknown_study_is_wrong_input(place, capsys):
    assert run("letters", "nobody", "-w", place.root) == 2
    assert "no results of a study 'nobody'" in capsys.readouterr().err


def test_runs_of_other_systems_take_part_as_in_the_report(place, capsys):
    plan = load_plan(place.plan_file("letters"))
    others = tuple(
        AttachedRun(request=planned.request.model_copy(update={"architecture": "their system"}), run=planned.run)
        for planned in plan.runs
        if planned.request.architecture == "small-crnn"
    )
    save_attached(place, "letters", others)
    try:
        assert run("letters", "-w", place.root, "--json") == 0
    finally:
        save_attached(place, "letters", ())
    rows = json.loads(capsys.readouterr().out)["classes"]
    assert {row["architecture"] for row in rows} == {"small-cnn", "small-crnn", "their system"}


def test_reading_changes_nothing(place):
    files = {path: path.stat().st_mtime_ns for path in RunStore(place).workspace.runs.rglob("*")}
    assert run("letters", "-w", place.root, "--json") == 0
    assert files == {path: path.stat().st_mtime_ns for path in place.runs.rglob("*")}
