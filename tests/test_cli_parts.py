"""`leakage` and `datasets ids`: what a study's parts share, and its parts as files that a study names again."""

import json
import tomllib
from pathlib import Path

import pytest

from tests.execution.small_data import import_one, make_workspace, small_study, write_leaky_dataset
from workbench import cli
from workbench.runs.workspace import Workspace
from workbench.study.toml_file import save_study


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The workspace of two tiny data sets; one more of which a test line has the text of a training line."""
    folder = tmp_path_factory.mktemp("parts")
    workspace = make_workspace(folder)
    import_one(workspace, write_leaky_dataset(folder / "leaky", "ar"), "leaky", "ar")
    save_study(small_study(targets=["leaky", "persian"]), folder / "study.toml")
    return workspace


def window(workspace: Path | None, study_file: Path | None, *, is_demo: bool = False) -> int:
    raise AssertionError("no window was asked for")


def run(*arguments: str | Path) -> int:
    return cli.main([str(argument) for argument in arguments], open_window=window)


def test_leakage_is_printed_with_what_to_do(place: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("leakage", place.root.parent / "study.toml", "-w", place.root) == 0
    out = capsys.readouterr().out
    assert "leaky: train 12, validation 4, test 5 (parts by official)" in out
    assert "leaky/train and leaky/test: " in out
    assert "UNDECIDED" in out
    assert '[[leakage.decisions]]\nkind = "' in out
    assert 'decision = "exclude"' in out


def test_what_is_printed_can_stand_in_a_study(place: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    study = place.root.parent / "study.toml"
    assert run("leakage", study, "-w", place.root) == 0
    out = capsys.readouterr().out
    table = out[out.index("[[leakage.decisions]]") :]
    decided = place.root.parent / "decided.toml"
    decided.write_text(study.read_text(encoding="utf-8") + "\n" + table, encoding="utf-8")
    assert run("leakage", decided, "-w", place.root, "--json") == 0
    shared = json.loads(capsys.readouterr().out)["shared"]
    assert shared[0]["decision"] == "exclude"
    assert shared[0]["lines"][0]["left_ids"]
    assert all(each["decision"] is None for each in shared[1:])


def test_ids_are_written_with_the_table_that_names_them(
    place: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = place.root.parent / "study.toml"
    assert run("datasets", "ids", "persian", "--study", study, "--to", tmp_path / "ids", "-w", place.root) == 0
    written = capsys.readouterr().out.split()
    assert {Path(path).name for path in written} == {
        "train.txt", "validation.txt", "test.txt", "draw-0.txt", "validation-draw-0.txt", "target_rules.toml",
    }  # fmt: skip
    rules = tomllib.loads((tmp_path / "ids" / "target_rules.toml").read_text(encoding="utf-8"))["target_rules"][
        "persian"
    ]
    assert rules["draw_ids"] == ["draw-0.txt"]
    rows = (tmp_path / "ids" / "train.txt").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("# train lines of persian, study small, parts by official; 12 lines")
    assert len(rows) == 13
    assert run("datasets", "ids", "nobody", "--study", study, "--to", tmp_path / "no", "-w", place.root) == 2
    assert "it takes leaky, persian" in capsys.readouterr().err
    assert not (tmp_path / "no").exists()
