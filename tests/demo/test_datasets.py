"""The demo data as folders: complete or not there, the same from the same seed, disjoint by writer."""

import csv
import hashlib
import json
import os
from pathlib import Path

import pytest

from workbench.demo import datasets
from workbench.demo.datasets import DemoProgress, DemoSizes, generate, is_current, plan_lines
from workbench.errors import InputError, WorkspaceError
from workbench.runs.control import Control

SMALL = DemoSizes(
    train_lines=8, validation_lines=3, test_lines=4, train_writers=4, validation_writers=2, test_writers=2
)


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    progress = list(generate(folder, sizes=SMALL))
    assert progress[0] == DemoProgress(0, 45, "demo data")
    assert progress[-1].done == progress[-1].total == 45
    assert [p.done for p in progress] == sorted(p.done for p in progress)
    return folder


def test_three_data_sets_with_manifest_images_and_marker(made: Path):
    assert sorted(path.name for path in made.iterdir()) == ["demo-ar", "demo-fa", "demo-ur"]
    for language in ("ar", "ur", "fa"):
        folder = made / f"demo-{language}"
        rows = rows_of(folder)
        assert len(rows) == 15
        assert all((folder / row["image"]).is_file() for row in rows)
        assert {row["language"] for row in rows} == {language}
        marker = json.loads((folder / "htr-workbench-synthetic.json").read_text(encoding="utf-8"))
        assert marker["synthetic"] is True
        assert marker["parameters"]["generator_version"] == datasets.GENERATOR_VERSION


def test_writers_and_texts_are_disjoint(made: Path):
    for language in ("ar", "ur", "fa"):
        rows = rows_of(made / f"demo-{language}")
        writers = {part: {r["writer"] for r in rows if r["split"] == part} for part in ("train", "validation", "test")}
        assert len(writers["train"]) == 4
        assert not writers["train"] & writers["test"]
        assert not writers["train"] & writers["validation"]
        assert not writers["validation"] & writers["test"]
        assert len({row["text"] for row in rows}) == len(rows)
        assert len({row["id"] for row in rows}) == len(rows)


def test_a_second_start_makes_nothing(made: Path):
    before = {path: path.stat().st_mtime_ns for path in made.rglob("*")}
    assert list(generate(made, sizes=SMALL)) == [DemoProgress(0, 0, "demo data")]
    assert {path: path.stat().st_mtime_ns for path in made.rglob("*")} == before


def test_the_same_seed_gives_the_same_bytes_in_one_process(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(datasets, "_worker_count", lambda tasks: 1)
    list(generate(tmp_path, sizes=SMALL))
    assert digests(tmp_path) == digests(made)


def test_other_parameters_take_the_place_of_the_old_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(datasets, "_worker_count", lambda tasks: 1)
    sizes = DemoSizes(2, 1, 1, 1, 1, 1)
    list(generate(tmp_path, sizes=sizes))
    first = digests(tmp_path)
    list(generate(tmp_path, sizes=sizes, seed=1))
    assert is_current(tmp_path / "demo-ar", "ar", 1, sizes)
    assert not is_current(tmp_path / "demo-ar", "ar", 0, sizes)
    assert set(digests(tmp_path)) == set(first)
    assert digests(tmp_path) != first


def test_cancelling_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(datasets, "_worker_count", lambda tasks: 1)
    control = Control()
    seen = 0
    for progress in generate(tmp_path, sizes=SMALL, control=control):
        seen = progress.done
        if seen:
            control.request("cancel")
    assert 0 < seen < 45
    assert list(tmp_path.iterdir()) == []


def test_cancelling_worker_processes(tmp_path: Path):
    control = Control()
    for progress in generate(tmp_path, control=control):
        if progress.done:
            control.request("cancel")
    assert list(tmp_path.iterdir()) == []


def test_foreign_files_are_never_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(datasets, "_worker_count", lambda tasks: 1)
    (tmp_path / "demo-ur").mkdir()
    (tmp_path / "demo-ur" / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="other files lie there"):
        list(generate(tmp_path, sizes=DemoSizes(1, 1, 1, 1, 1, 1)))
    assert (tmp_path / "demo-ur" / "thesis.txt").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="demo data were not made"):
        list(generate(tmp_path / "file" / "demo", sizes=SMALL))


def test_faces_go_round_in_every_part():
    for language in ("ar", "ur", "fa"):
        lines = plan_lines(language, 0, DemoSizes())
        for part in ("train", "validation", "test"):
            faces = {line.hand.face for line in lines if line.split == part}
            assert len(faces) == len(datasets.LOOKS[language].faces)


def end_at_once(*_: object) -> int:
    os._exit(9)


def test_a_drawing_process_that_is_killed_is_told_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(datasets, "_worker_count", lambda tasks: 2)
    monkeypatch.setattr(datasets, "draw_lines", end_at_once)
    with pytest.raises(WorkspaceError, match="ended from outside"):
        list(generate(tmp_path, sizes=SMALL))
    assert list(tmp_path.iterdir()) == []
