"""`datasets …`: looked at, added, found again, removed."""

import csv
import json
import os
from pathlib import Path

import pytest

from workbench import cli
from workbench.demo.datasets import DemoSizes, generate

SIZES = DemoSizes(6, 3, 3, 3, 1, 1)


@pytest.fixture(scope="module")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    list(generate(folder, sizes=SIZES))
    return folder


def window(workspace: Path | None, study_file: Path | None, *, is_demo: bool = False) -> int:
    raise AssertionError("no window was asked for")


def run(*arguments: str | Path) -> int:
    return cli.main([str(argument) for argument in arguments], open_window=window)


def listed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    capsys.readouterr()
    assert run("datasets", "list", "--json") == 0
    return json.loads(capsys.readouterr().out)


def test_check_prints_one_json_object(demo_data: Path, capsys: pytest.CaptureFixture[str]):
    assert run("datasets", "check", demo_data / "demo-ur", "--json") == 0
    out, err = capsys.readouterr()
    assert err == ""
    found = json.loads(out)
    assert found["form"] == "manifest"
    assert found["lines"] == 12
    assert found["splits"] == {"train": 6, "validation": 3, "test": 3}
    assert found["languages"]["ur"]["lines"] == 12
    assert found["languages"]["ur"]["writers"] == 5
    assert found["languages"]["ur"]["characters"] > 10
    assert found["problems"] == []


def test_check_names_problems(demo_data: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    folder = tmp_path / "broken"
    (folder / "images").mkdir(parents=True)
    rows = (demo_data / "demo-ar" / "manifest.tsv").read_text(encoding="utf-8").splitlines()
    (folder / "manifest.tsv").write_text("\n".join(rows[:4]) + "\n", encoding="utf-8")
    for row in rows[1:3]:
        name = row.split("\t")[1]
        os.link(demo_data / "demo-ar" / name, folder / name)
    assert run("datasets", "check", folder, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["lines"] == 2
    assert set(found["problems"][0]) == {"path", "row", "reason"}
    assert run("datasets", "check", folder) == 0
    shown = capsys.readouterr().out
    assert "1 problem:" in shown
    assert found["problems"][0]["reason"] in shown


def test_check_writes_every_problem(demo_data: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    folder = tmp_path / "broken"
    folder.mkdir()
    rows = (demo_data / "demo-ar" / "manifest.tsv").read_text(encoding="utf-8").splitlines()
    (folder / "manifest.tsv").write_text("\n".join(rows[:4]) + "\n", encoding="utf-8")
    name = rows[1].split("\t")[1]
    (folder / name).parent.mkdir(parents=True)
    os.link(demo_data / "demo-ar" / name, folder / name)
    target = tmp_path / "problems.csv"
    assert run("datasets", "check", folder, "--json", "--problems", target) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert "written to" in err
    with target.open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    kinds = [row["is_note"] for row in written]
    assert (kinds.count("false"), kinds.count("true")) == (len(found["problems"]), len(found["notes"]))
    assert kinds.count("false") == 2


def test_check_refuses_what_is_no_data_set(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    assert run("datasets", "check", tmp_path) == 2
    assert "recognised" in capsys.readouterr().err
    assert run("datasets", "check", tmp_path, "--form", "khat_pilot") == 2
    assert "khatt_pilot" in capsys.readouterr().err


def test_add_list_and_remove(demo_data: Path, capsys: pytest.CaptureFixture[str]):
    assert run("datasets", "add", "mine", demo_data / "demo-fa") == 0
    assert "mine: 12 lines (synthetic fa, manifest), 0 problems" in capsys.readouterr().err
    (entry,) = listed(capsys)
    assert (entry["name"], entry["language"], entry["is_synthetic"], entry["is_there"]) == ("mine", "fa", True, True)
    assert run("datasets", "list") == 0
    assert "mine" in capsys.readouterr().out
    assert run("datasets", "remove", "mine") == 0
    assert listed(capsys) == []
    assert (demo_data / "demo-fa" / "manifest.tsv").is_file()


def test_a_name_that_is_taken(demo_data: Path, capsys: pytest.CaptureFixture[str]):
    assert run("datasets", "add", "mine", demo_data / "demo-fa") == 0
    assert run("datasets", "add", "mine", demo_data / "demo-ar") == 2
    assert "'mine' is taken" in capsys.readouterr().err


def test_a_moved_data_set_is_added_again_under_its_name(
    demo_data: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    old, new = tmp_path / "old", tmp_path / "new"
    old.symlink_to(demo_data / "demo-ar")
    assert run("datasets", "add", "mine", old) == 0
    old.rename(new)
    assert listed(capsys)[0]["is_there"] is False
    assert run("datasets", "add", "mine", new) == 0
    assert listed(capsys)[0]["path"] == str(new)
    assert run("datasets", "relink", "mine", demo_data / "demo-ar") == 0
    assert "is not what it was" not in capsys.readouterr().err
    assert run("datasets", "relink", "mine", demo_data / "demo-fa") == 2


def test_an_unknown_name(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    assert run("datasets", "list", "--workspace", tmp_path) == 0
    assert "No data set yet" in capsys.readouterr().out
    assert run("datasets", "remove", "nobody", "--workspace", tmp_path) == 2
    assert "There is no data set 'nobody'" in capsys.readouterr().err


def test_profile_prints_one_json_list(demo_data: Path, capsys: pytest.CaptureFixture[str]):
    steps = ["--steps", "nfc,fold_yeh"]
    assert run("datasets", "profile", demo_data / "demo-ur", "--json", *steps) == 0
    out, err = capsys.readouterr()
    assert err == ""
    (found,) = json.loads(out)
    assert (found["language"], found["lines"], found["is_suspected_reversed"]) == ("ur", 12, False)
    assert sum(one["count"] for one in found["characters"]) == found["length"]
    assert {"number": "U+0020", "code_point": "U+0020 ␣ SPACE", "kind": "blank"}.items() <= found["characters"][
        0
    ].items()
    assert [effect["step"] for effect in found["effects"]] == ["nfc", "fold_yeh"]


def test_profile_of_a_named_data_set_in_tables(
    demo_data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "80")
    assert run("datasets", "add", "mine", demo_data / "demo-ar") == 0
    capsys.readouterr()
    assert run("datasets", "profile", "mine", "--steps", "all") == 0
    shown = capsys.readouterr().out
    assert all(len(row) <= 80 for row in shown.splitlines() if "U+" in row)
    for words in ("Peculiarities", "U+0649 ى ALEF MAKSURA", "each step alone", "fold_kaf: ", "U+06A9 ک KEHEH: 0 → "):
        assert words in shown
    assert run("datasets", "profile", "mine") == 0
    assert "normalisation" not in capsys.readouterr().out


def test_profile_refuses_what_is_not_there(demo_data: Path, capsys: pytest.CaptureFixture[str]):
    assert run("datasets", "profile", demo_data / "demo-ar", "--steps", "fold_jeh") == 2
    assert "Did you mean 'fold_yeh'?" in capsys.readouterr().err
    assert run("datasets", "add", "mine", demo_data / "demo-ar") == 0
    assert run("datasets", "profile", "nobody") == 2
    assert "There is no data set 'nobody'" in capsys.readouterr().err


@pytest.fixture
def two_sets(demo_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, folder in (("first", "demo-ar"), ("second", "demo-fa")):
        assert run("datasets", "add", name, demo_data / folder) == 0
    capsys.readouterr()


@pytest.mark.usefixtures("two_sets")
def test_statistics_are_printed_and_written(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    assert run("datasets", "statistics", "--to", tmp_path / "tables") == 0
    out, err = capsys.readouterr()
    assert "first (ar)" in out
    assert "second (fa)" in out
    assert "Characters in common" in out
    names = ("summary.csv", "lines.csv", "characters.csv", "overlap.csv", "duplicates.csv")
    assert [line for line in err.splitlines() if line.endswith(".csv")] == [
        str(tmp_path / "tables" / one) for one in names
    ]
    assert all((tmp_path / "tables" / one).is_file() for one in names)
    assert len((tmp_path / "tables" / "lines.csv").read_text(encoding="utf-8").splitlines()) == 25


@pytest.mark.usefixtures("two_sets")
def test_statistics_as_json_of_the_named_ones(capsys: pytest.CaptureFixture[str]):
    arguments = ("--network", "small-crnn", "--height", "64", "--similar", "--json")
    assert run("datasets", "statistics", "second", *arguments) == 0
    found = json.loads(capsys.readouterr().out)
    (one,) = found["data_sets"]
    assert (one["data_set"], one["language"], one["is_synthetic"], one["lines"]) == ("second", "fa", True, 12)
    assert (one["train"], one["validation"], one["test"]) == (6, 3, 3)
    assert (one["architecture"], one["line_height_px"]) == ("small-crnn", 64)
    assert one["lines_similar_image"] == 0
    assert sum(row["count_second"] for row in found["characters"]) == one["characters"]
    assert {row["relation"] for row in found["overlap"]} == {"alphabet", "all", "only"}


@pytest.mark.usefixtures("two_sets")
def test_statistics_of_what_is_not_there(capsys: pytest.CaptureFixture[str]):
    assert run("datasets", "statistics", "third") == 2
    assert "There is no data set 'third'" in capsys.readouterr().err
    assert run("datasets", "statistics", "--network", "bothh") == 2
    assert "Did you mean 'both'?" in capsys.readouterr().err


def test_statistics_of_an_empty_workspace(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    (tmp_path / "empty").mkdir()
    assert run("datasets", "statistics", "--workspace", tmp_path / "empty") == 2
    assert "has no data set yet" in capsys.readouterr().err
