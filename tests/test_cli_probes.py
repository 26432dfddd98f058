"""`probe context` and `probe similarity`: measured once, printed every time, with files beside the study."""

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.execution.small_data import make_workspace
from tests.execution.talkative import finish_study
from workbench import cli
from workbench.analysis.probes.values import PairKey, ProbeTables, SimilarityRow
from workbench.cli.probes import print_similarity
from workbench.cli.tables import console_for
from workbench.runs.probes import all_stored, probes_folder
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with a finished study of two seeds."""
    workspace = make_workspace(tmp_path_factory.mktemp("probes"))
    finish_study(workspace, architectures=["small-cnn"], seeds=[0, 1])
    return workspace


def window(workspace: Path | None, study_file: Path | None, *, is_demo: bool = False) -> int:
    raise AssertionError("no window was asked for")


def run(*arguments: str | Path) -> int:
    return cli.main([str(argument) for argument in arguments], open_window=window)


def test_context_is_measured_printed_and_kept(place: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("probe", "context", "small", "-w", place.root, "--lines", "2", "--device", "cpu", "--processes", "1")
    assert run(*asked) == 0
    said = capsys.readouterr()
    assert "8 measurements to make, 0 kept" in said.err
    assert "arabic, K 4, 6 steps: 2 test lines" in said.out
    assert "13 px" in said.out
    assert "line" in said.out
    results = place.study_file("small").parent / "results"
    with (results / "context.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["regime"] for row in rows} == {"single", "multi"}
    assert {row["target"] for row in rows} == {"arabic", "persian"}
    assert (results / "context.png").stat().st_size > 3000
    assert len(list(all_stored(probes_folder(place, "small")))) == 8
    assert run(*asked, "--json") == 0
    said = capsys.readouterr()
    assert "0 measurements to make, 8 kept" in said.err
    value = json.loads(said.out)
    assert value["study"] == "small"
    assert len(value["context"]) == len(rows)
    assert value["context"][0]["arm"]["target"] == "arabic"


def test_similarity_has_two_seeds_as_its_level(place: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("probe", "similarity", "-w", place.root, "--lines", "2", "--device", "cpu", "--processes", "1") == 0
    out = capsys.readouterr().out
    assert "single – multi" in out
    assert "seed – seed" in out
    assert (place.study_file("small").parent / "results" / "similarity.csv").is_file()


def test_pairs_of_different_budgets_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    row = SimilarityRow(
        PairKey("seed", "khatt", "ar", "small-cnn", "small-cnn", "single", "single", 10, "9 steps", ""),
        cka=0.9, low=None, high=None, least=0.9, most=0.9, pairs=1, lines=8, clusters=1, cluster_unit="writers",
        frames=90,
    )  # fmt: skip
    other = replace(row, key=replace(row.key, budget="2 epochs"), cka=0.4)
    print_similarity(ProbeTables("made", "last", similarity=(row, other)), console_for(80))
    out = capsys.readouterr().out
    assert out.index("9 steps") < out.index("0.90") < out.index("2 epochs") < out.index("0.40")


def test_a_study_that_is_not_there(place: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("probe", "context", "other", "-w", place.root) == 2
    assert "Studies here: small." in capsys.readouterr().err


def test_a_study_without_weights(place: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(place.root, tmp_path / "copy")
    copy = Workspace(tmp_path / "copy")
    for path in copy.runs.glob("*/*.safetensors"):
        path.unlink()
    assert run("probe", "context", "small", "-w", copy.root, "--lines", "1", "--selection", "best") == 2
    assert "its 'best' weights are not in its folder" in capsys.readouterr().err
    assert run("probe", "similarity", "small", "-w", copy.root, "--lines", "0") == 2


def test_weights_of_one_run_that_were_changed(
    place: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(place.root, tmp_path / "copy")
    copy = Workspace(tmp_path / "copy")
    shutil.rmtree(probes_folder(copy, "small"), ignore_errors=True)
    run_id = RunStore(copy).run_ids()[0]
    (RunStore(copy).folder(run_id) / "last.safetensors").write_bytes(b"")
    asked = ("probe", "similarity", "small", "-w", copy.root, "--lines", "1", "--device", "cpu", "--processes", "1")
    assert run(*asked) == 1
    assert "Not measured: encoders of" in capsys.readouterr().err
