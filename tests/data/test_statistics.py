"""Counts of the Data panel and of `datasets check`, and what parts have in common."""

import json
from pathlib import Path

from tests.data import forms
from tests.data.fixtures import write_line_folder, write_manifest
from tests.data.forms import save
from workbench.data.catalog import OpenedDataset, import_datasets, inspect
from workbench.data.leakage import Side, overlaps_within
from workbench.data.splits import split_lines
from workbench.data.statistics import check_report, statistics_of
from workbench.runs.control import Control
from workbench.runs.workspace import open_workspace


def add(tmp_path: Path, folder: Path) -> list[OpenedDataset]:
    jobs = import_datasets(open_workspace(tmp_path / "workspace"), folder)
    return [value for value in jobs if isinstance(value, OpenedDataset)]


def test_counts_of_a_data_set(tmp_path: Path) -> None:
    one, _ = add(tmp_path, write_line_folder(tmp_path, ["ar", "ur"], lines=10))
    counts = statistics_of(one)
    assert counts is not None
    assert (counts.name, counts.language) == (one.entry.name, "ar")
    assert (counts.lines, counts.splits) == (10, {"train": 6, "validation": 2, "test": 2})
    assert (counts.writers, counts.pages, counts.problems) == (8, 0, 0)
    assert counts.lines_per_writer.values.sum() == 10
    assert counts.without_writer == 0
    assert counts.characters.total() == round(counts.lengths.mean * 10)
    assert counts.words.minimum == counts.words.maximum == 2
    assert counts.widths.maximum == max(one.cache.size(line)[1] for line in one.cache.ids)
    assert counts.heights.count == 10


def test_characters_are_counted_by_occurrence_and_by_line(tmp_path: Path) -> None:
    rows = [("a.png", "باب", "", "w1"), ("b.png", "ب  ت", "", ""), ("c.png", "تت", "", "w1")]
    for name, text, _, _ in rows:
        save(tmp_path / "set" / name, text)
    write_manifest(tmp_path / "set", rows, ("image", "text", "split", "writer"))
    (one,) = add(tmp_path, tmp_path / "set")
    counts = statistics_of(one)
    assert counts is not None
    assert counts.characters == {"ب": 3, "ا": 1, " ": 2, "ت": 3}
    assert counts.holders == {"ب": 2, "ا": 1, " ": 1, "ت": 2}
    assert counts.splits == {"none": 3}
    assert (counts.lines_per_writer.values.tolist(), counts.without_writer) == ([2.0], 1)


def test_counting_can_be_cancelled(tmp_path: Path) -> None:
    (one,) = add(tmp_path, write_line_folder(tmp_path, ["ar"], lines=3))
    control = Control()
    control.request("cancel")
    assert statistics_of(one, control) is None


def test_the_report_of_a_check_is_json(tmp_path: Path) -> None:
    forms.manifest(tmp_path)
    (tmp_path / "images/1.png").write_bytes(b"")
    *_, found = inspect(tmp_path)
    report = json.loads(json.dumps(check_report(found)))  # pyright: ignore[reportArgumentType]
    assert (report["form"], report["others"], report["lines"]) == ("manifest", ["list_files"], 5)
    assert report["languages"]["ar"] == {
        "lines": 3,
        "splits": {"train": 1, "validation": 1, "test": 1},
        "writers": 3,
        "characters": report["languages"]["ar"]["characters"],
    }
    assert report["splits"] == {"train": 1, "validation": 2, "test": 2}
    assert report["problems"] == [
        {
            "path": "lines.tsv",
            "row": 3,
            "reason": "images/1.png: the file is empty (0 bytes)",
        }
    ]
    assert any("not read, nothing counts twice" in note["reason"] for note in report["notes"])


def test_leaks_are_found_by_writer_text_and_image(tmp_path: Path) -> None:
    rows = [
        ("a.png", "قلم باب", "train", "w1"),
        ("b.png", "بيت كبير", "train", "w2"),
        ("c.png", "شمس", "val", "w3"),
        ("d.png", "قلم  باب", "test", "w1"),
        ("e.png", "يوم", "test", "w4"),
    ]
    for name, text, _, _ in rows:
        save(tmp_path / "set" / name, text)
    (tmp_path / "set/e.png").write_bytes((tmp_path / "set/c.png").read_bytes())
    write_manifest(tmp_path / "set", rows, ("image", "text", "split", "writer"))
    (one,) = add(tmp_path, tmp_path / "set")
    parts = split_lines(one.lines, "official")
    found = [
        (each.kind, each.left.part, each.right.part, each.left_ids, each.right_ids)
        for each in overlaps_within(Side(one.lines, parts, one.cache))
    ]
    assert found == [
        ("writer", "train", "test", ("a",), ("d",)),
        ("text", "train", "test", ("a",), ("d",)),
        ("image", "validation", "test", ("c",), ("e",)),
    ]
    assert len(overlaps_within(Side(one.lines, parts))) == 2
