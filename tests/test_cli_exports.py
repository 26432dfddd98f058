"""`export` and `bundle` from the command line: the files that are named, and one sentence for what cannot be."""

import json
from pathlib import Path

import pytest

from tests.analysis.finished import finished_study
from workbench import cli


def window(workspace: Path | None, study_file: Path | None, *, is_demo: bool = False) -> int:
    raise AssertionError("no window was asked for")


def run(*arguments: str | Path) -> int:
    return cli.main([str(argument) for argument in arguments], open_window=window)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("study") / "workspace"
    finished_study(root, seeds=(0,), k_lines=(100,))
    return root


def printed(capsys: pytest.CaptureFixture[str]) -> list[Path]:
    return [Path(line) for line in capsys.readouterr().out.splitlines()]


def test_tables_are_the_default(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert run("export", "-w", place, "--to", tmp_path) == 0
    paths = printed(capsys)
    assert len(paths) == 10
    assert {path.suffix for path in paths} == {".csv"}
    assert all(path.is_file() for path in paths)
    assert run("export", "-w", place, "--to", tmp_path, "--spreadsheet") == 0
    assert printed(capsys)[-1].name == "spreadsheet.txt"


def test_what_is_asked_for_is_written(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    chosen = ("--what", "html", "--what", "latex", "--what", "heatmaps", "--format", "svg", "--width", "single")
    assert run("export", "-w", place, "--to", tmp_path, *chosen, "--uncertainty", "interval", "--examples", "0") == 0
    names = [path.relative_to(tmp_path).as_posix() for path in printed(capsys)]
    assert names == [
        "latex/cer.tex", "latex/delta.tex", "latex/interaction.tex", "latex/summary.tex", "latex/tables.tex",
        "figures/heatmaps.svg", "report.html",
    ]  # fmt: skip
    assert "[" in (tmp_path / "latex" / "cer.tex").read_text(encoding="utf-8").partition(r"\toprule")[2]
    assert 'width="240.9' in (tmp_path / "figures" / "heatmaps.svg").read_text(encoding="utf-8"), "85 mm in points"


def test_all_leaves_out_what_there_is_nothing_of(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert run("bundle", "-w", place, "made up", tmp_path / "study.zip") == 0
    assert printed(capsys) == [tmp_path / "study.zip"]
    new = tmp_path / "new"
    assert run("bundle", "--open", tmp_path / "study.zip", "-w", new) == 0
    assert printed(capsys) == [new]
    assert run("export", "-w", new, "--to", tmp_path / "out", "--what", "all") == 0
    said = capsys.readouterr()
    assert "Left out: There are no example lines to draw" in said.err
    assert "report.html" in said.out


def test_a_bundle_reports_the_same(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert run("bundle", "-w", place, "made up", tmp_path / "study.zip") == 0
    assert "without texts and images" in capsys.readouterr().err
    assert run("bundle", "--open", tmp_path / "study.zip", "-w", tmp_path / "new") == 0
    capsys.readouterr()
    said: list[str] = []
    for root in (place, tmp_path / "new"):
        for arguments in (("--json",), (), ("--split", "validation")):
            assert run("report", "-w", root, "--study", "made up", *arguments) == 0
            said.append(capsys.readouterr().out)
    assert said[:3] == said[3:]
    assert json.loads(said[0])["cells"][0]["delta_pp"] is not None


def test_refusals_are_one_sentence(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "no.zip").write_text("nothing")
    for arguments, words in (
        (("bundle", "-w", place, "other", tmp_path / "x.zip"), "has no results of a study 'other'"),
        (("bundle", "-w", place, "made up", tmp_path), "is a folder"),
        (("bundle", "--open", tmp_path / "no.zip", "-w", tmp_path / "new"), "damaged or no .zip file"),
        (("bundle", "--open", tmp_path / "none.zip", "-w", tmp_path / "new"), "There is no file"),
        (("export", "-w", place, "--to", tmp_path / "no.zip"), "is a file"),
    ):
        assert run(*arguments) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert words in said.err
        assert said.err.count("\n") == 1
    assert not (tmp_path / "new").exists()
