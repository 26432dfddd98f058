"""`datasets …`: looked at, added, found again, removed."""

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.data import forms
from tests.data.fixtures import write_line_folder
from tests.data.forms import save, write
from workbench import cli
from workbench.data.catalog import OpenedDataset, open_dataset
from workbench.data.line import LineSet
from workbench.data.splits import split_lines
from workbench.demo.datasets import DemoSizes, generate
from workbench.runs.workspace import open_workspace

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


# How a data set is read, and by whose choice


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Lists of an image and a text, in Windows-1256, with commas in the texts."""
    folder = tmp_path / "pairs"
    for part, texts in (("train", TEXTS), ("test", TEXTS[:2])):
        for at in range(len(texts)):
            save(folder / f"{part}{at}.png", texts[at])
        write(folder / f"{part}.txt", "".join(f"{part}{at}.png;{text}\n" for at, text in enumerate(texts)), "cp1256")
    return folder


TEXTS = ["كتاب, جديد", "بيت; كبير", "باب", "مدرسة كبيرة"]


def checked(capsys: pytest.CaptureFixture[str], path: Path, *options: str) -> dict[str, Any]:
    capsys.readouterr()
    assert run("datasets", "check", path, "--json", "--preview", "20", *options) == 0
    return json.loads(capsys.readouterr().out)


def test_check_tells_how_it_was_read(pairs: Path, capsys: pytest.CaptureFixture[str]):
    found = checked(capsys, pairs)
    assert found["detections"] == [
        {"form": "list_files", "label": "list files", "reason": "test.txt, train.txt", "is_read": True}
    ]
    assert found["encodings"] == {"Windows-1256": {"files": 2, "rows": 6}}
    assert found["separators"] == {"semicolon": 6}
    assert found["parts"] == {"rule": "told", "told": {"train": 4, "test": 2}}
    assert found["splits"] == {"train": 4, "test": 2}
    assert run("datasets", "check", pairs, "--preview", "2", "--parts", "none") == 0
    shown = capsys.readouterr().out
    assert "Form: list_files (test.txt, train.txt)" in shown
    assert "Encoding: Windows-1256 in 2 files, 6 rows" in shown
    assert "Separator: semicolon in 6 rows" in shown
    assert "Parts: parts are ignored, a study draws new ones (the data set itself: 4 train, 2 test)" in shown
    assert shown.count("\u2067") == shown.count("\u2069") == 2


def test_lines_are_shown_with_their_text_and_size(pairs: Path, capsys: pytest.CaptureFixture[str]):
    lines = checked(capsys, pairs)["preview"]
    assert {(line["id"], line["part"], line["text"]) for line in lines} >= {
        ("train0", "train", TEXTS[0]),
        ("test1", "test", TEXTS[1]),
    }
    assert all(line["width"] > 0 and line["height"] > 0 and line["fault"] == "" for line in lines)


def test_marks_of_direction_do_not_leave_the_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    save(tmp_path / "0.png")
    write(tmp_path / "train.txt", "0.png\tباب\u2069\u202eabc\n")
    assert run("datasets", "check", tmp_path, "--preview", "1") == 0
    shown = capsys.readouterr().out
    assert "\u2067بابabc\u2069" in shown
    assert "\u202e" not in shown


def test_a_wrong_encoding_leaves_no_line_and_no_garbage(pairs: Path, capsys: pytest.CaptureFixture[str]):
    found = checked(capsys, pairs, "--encoding", "UTF-8")
    assert (found["lines"], found["preview"]) == (0, [])
    assert found["encodings"] == {"none that fits": {"files": 2, "rows": 6}}
    assert len(found["problems"]) == 6
    assert run("datasets", "add", "mine", pairs, "--encoding", "UTF-8") == 2
    assert "No line of" in capsys.readouterr().err
    assert run("datasets", "add", "mine", pairs, "--encoding", "Windows-1256") == 0


def test_a_separator_of_the_users_choice(pairs: Path, capsys: pytest.CaptureFixture[str]):
    texts = {line["text"] for line in checked(capsys, pairs, "--separator", "semicolon")["preview"]}
    assert texts == set(TEXTS)
    save(pairs / "a b.png")
    write(pairs / "train.txt", "a b.png,باب, بيت\n")
    (line,) = [line for line in checked(capsys, pairs, "--separator", "comma")["preview"] if line["id"] == "a b"]
    assert line["text"] == "باب, بيت"


def test_parts_that_a_study_draws_by_writer(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = write_line_folder(tmp_path, ["ar"], lines=30)
    assert run("datasets", "add", "mine", folder, "--parts", "none") == 0
    lines = open_lines(tmp_path / "workspace", "mine")
    assert {line.split for line in lines.lines} == {None}
    parts = split_lines(lines, "writers")
    writers = [{line.writer for line in lines.lines if line.id in ids} for ids in (parts.train, parts.test)]
    assert all(writers)
    assert writers[0].isdisjoint(writers[1])


def test_a_folder_of_test_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = tmp_path / "lines"
    folder.mkdir()
    count = forms.kraken_pairs(folder)
    assert run("datasets", "add", "mine", folder, "--parts", "test") == 0
    lines = open_lines(tmp_path / "workspace", "mine")
    assert [line.split for line in lines.lines] == ["test"] * count
    assert checked(capsys, folder, "--parts", "test")["splits"] == {"test": count}


def test_texts_of_khatt_and_their_stored_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    forms.khatt_official(tmp_path / "khatt")
    counts = {
        texts: checked(capsys, tmp_path / "khatt", "--texts", texts)["lines"] for texts in ("unique", "fixed", "both")
    }
    assert counts == {"unique": 12, "fixed": 3, "both": 15}
    turned = checked(capsys, tmp_path / "khatt", "--stored-order", "reversed")
    assert {line["text"][::-1] for line in turned["preview"]} == set(forms.ARABIC)


def open_lines(workspace: Path, name: str) -> LineSet:
    *_, opened = open_dataset(open_workspace(workspace), name)
    assert isinstance(opened, OpenedDataset)
    return opened.lines
