"""Counts and quirks of the research-only lines, where they are at hand."""

import time
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from workbench.data.catalog import Inspection, OpenedDataset, detect, import_datasets, inspect, open_dataset
from workbench.data.line import LineSet
from workbench.data.splits import Parts, clusters_of, split_lines
from workbench.runs.workspace import open_workspace

pytestmark = pytest.mark.real_lines


def look(path: Path) -> Inspection:
    *_, found = inspect(path)
    assert isinstance(found, Inspection)
    return found


def only(found: Inspection, form: str, lines: int) -> LineSet:
    assert found.form == form
    (one,) = found.sets
    assert len(one.lines) == lines
    assert [problem for problem in one.problems if not problem.is_note] == []
    return one


def notes(lines: LineSet) -> str:
    return "\n".join(f"{problem.path}: {problem.reason}" for problem in lines.problems if problem.is_note)


def sizes(parts: Parts) -> tuple[int, int, int]:
    return len(parts.train), len(parts.validation), len(parts.test)


def test_khatt_pilot(real_lines: Path) -> None:
    lines = only(look(real_lines / "khatt_pilot"), "khatt_pilot", 1633)
    told = notes(lines)
    assert "AHTD3A0460_Para2_2.tif: belongs to sheet Validation but lies in another folder" in told
    assert "1 writer in more than one part: AHTD3A0438" in told
    assert "two or more blanks in a row: 328 transcriptions" in told
    assert "'@' (in KHATT: a placeholder): 72 transcriptions" in told
    assert "mostly blank paper, the ink fills less than a third of the height (crop to ink): 171 images" in told
    assert "'\\' or '_': 4 transcriptions" in told
    assert "a blank at the beginning or end: 2 transcriptions" in told
    assert "a single word: 16 transcriptions" in told
    assert "3 texts met more than once" in told
    assert "FIXED TEXT" not in told
    parts = split_lines(lines, "official")
    assert (len(parts.test), len(parts.train) + len(parts.validation)) == (233, 1393)
    assert any("AHTD3A0438; their 7 lines are dropped from train" in note for note in parts.notes)
    assert clusters_of(lines, parts.test)[0] == "writers"


def test_nust_uhwr(real_lines: Path) -> None:
    lines = only(look(real_lines / "nust_uhwr"), "nust_uhwr", 2467)
    assert lines.language == "ur"
    told = notes(lines)
    assert "37 texts met more than once" in told
    assert "24 texts in more than one part, on 19 test lines" in told
    assert "presentation forms (ligature or shape code points): 34 transcriptions" in told
    assert "digits of several systems: ASCII in 171 lines, Extended Arabic-Indic (Persian, Urdu) in 20 lines" in told
    assert "two digit systems side by side: 1 transcription" in told
    parts = split_lines(lines, "official")
    assert (sizes(parts), parts.notes) == ((1103, 303, 1061), ())
    assert clusters_of(lines, parts.test)[0] == "blocks"


def test_poh_db_persian(real_lines: Path) -> None:
    found = look(real_lines / "poh_db_persian")
    assert [other.form for other in found.others] == ["list_files", "same_stem"]
    lines = only(found, "manifest", 1482)
    assert lines.language == "fa"
    assert "ZWNJ (U+200C): 1,105 transcriptions" in notes(lines)
    parts = split_lines(lines, "official")
    assert sizes(parts) == (1032, 150, 300)
    by_id = {line.id: line.writer for line in lines.lines}
    assert [len({by_id[one] for one in ids}) for ids in (parts.train, parts.validation, parts.test)] == [39, 31, 72]


def test_three_languages_import_and_open_at_once(real_lines: Path, tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "workspace")
    begin = time.process_time()
    jobs = import_datasets(workspace, real_lines / "three_languages.tsv")
    sets = {value.entry.language: value for value in jobs if isinstance(value, OpenedDataset)}
    imported = time.process_time() - begin
    assert {language: sizes(split_lines(one.lines, "official")) for language, one in sets.items()} == {
        "ar": (1250, 143, 233),
        "ur": (1103, 303, 1061),
        "fa": (1032, 150, 300),
    }
    assert "7 lines of the split 'drop_writer_in_test'" in notes(sets["ar"].lines)
    assert len(sets["ar"].cache) == 1633
    for one in sets.values():
        begin = time.process_time()
        *_, again = open_dataset(workspace, one.entry.name)
        assert time.process_time() - begin < imported / 4, "images are not read again"
        assert isinstance(again, OpenedDataset)
        assert (again.entry, again.lines) == (one.entry, one.lines)


def _rows(path: Path) -> list[list[str]]:
    return [row.split("\t") for row in path.read_text(encoding="utf-8").split("\n") if row]


def _counts(texts: list[str]) -> dict[str, int]:
    holders = Counter(" ".join(text.split()) for text in texts)
    return {
        "two or more blanks in a row": sum("  " in text for text in texts),
        "'@' (in KHATT: a placeholder)": sum("@" in text for text in texts),
        "'\\' or '_'": sum("\\" in text or "_" in text for text in texts),
        "ZWNJ (U+200C)": sum("\u200c" in text for text in texts),
        "repeated": sum(count > 1 for count in holders.values()),
    }


def test_counts_are_those_of_the_files_themselves(real_lines: Path) -> None:
    """The same counts by another way: the files opened here, without any reader."""
    book = openpyxl.load_workbook(real_lines / "khatt_pilot/data/Groundtruth-Unicode.xlsx", read_only=True)
    khatt = [str(row[1]) for sheet in book.worksheets for row in sheet.iter_rows(values_only=True) if any(row)]
    book.close()
    urdu = [row[1] for part in ("train", "val", "test") for row in _rows(real_lines / f"nust_uhwr/{part}.txt")]
    persian = [row[1] for row in _rows(real_lines / "poh_db_persian/labels.tsv")[1:]]
    for folder, texts in (("khatt_pilot", khatt), ("nust_uhwr", urdu), ("poh_db_persian", persian)):
        (lines,) = look(real_lines / folder).sets
        told = notes(lines)
        counts = _counts(texts)
        assert len(lines.lines) == len(texts)
        assert f"{counts.pop('repeated')} texts met more than once" in told
        for quirk, count in counts.items():
            assert (f"{quirk}: {count:,} transcription" in told) == bool(count), quirk


def test_published_predictions_are_no_data_sets(real_lines: Path) -> None:
    assert detect(real_lines / "published_predictions") == ()


def test_printed_kraken_pairs(real_lines: Path) -> None:
    lines = only(look(real_lines / "kraken_pairs_printed"), "kraken_pairs", 60)
    assert lines.language == "ar"
    assert all(line.split is None and line.writer is None for line in lines.lines)


def test_muharaf_pages(real_lines: Path) -> None:
    lines = only(look(real_lines / "muharaf_page_xml"), "page_xml", 48)
    assert lines.language == "ar"
    assert Counter(line.page for line in lines.lines) == {"YS_1D_070c": 18, "YS_1D_070d": 20, "YS_1D_070e": 10}
    told = notes(lines)
    assert "lines were cut out of 3 pages along their polygons" in told
    assert "marked as written from left to right: 3 lines" in told
    assert "marked as Latin, most as Arabic: 3 lines" in told
    assert "scaled" not in told
    in_order = ["line_1", "line_2", "line_0", "line_3"]  # of the reading order's groups, not of the file
    assert [line.id for line in lines.lines[:4]] == [f"YS_1D_070c/{name}" for name in in_order]
    assert clusters_of(lines, tuple(line.id for line in lines.lines))[0] == "pages"


def test_aocp_pages_one_of_them_without_text(real_lines: Path) -> None:
    found = look(real_lines / "aocp_alto")
    assert found.form == "alto_xml"
    (lines,) = found.sets
    assert Counter(line.page for line in lines.lines) == {"page_6": 17, "vieac__8056v": 10}
    faults = [problem for problem in lines.problems if not problem.is_note]
    assert {problem.path for problem in faults} == {"sbzb_wetzstein_ii_1689/page_9.xml"}
    assert len({problem.reason for problem in faults}) == len(faults) == 8
    assert all(problem.reason.endswith(": the transcription is empty") for problem in faults)
    assert "lines were cut out of 2 pages along their polygons" in notes(lines)
