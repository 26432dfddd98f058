"""What parts share, by kind; on real lines counted a second way."""

import csv
from collections import Counter
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from rapidfuzz import fuzz

from workbench.data.catalog import OpenedDataset, import_datasets
from workbench.data.id_lists import find_lines, read_id_list
from workbench.data.leakage import Overlap, Side, overlaps_between, overlaps_within
from workbench.data.line import LineSet, TextLine
from workbench.data.near_texts import folded
from workbench.data.splits import Parts, split_lines
from workbench.runs.workspace import open_workspace


def side(name: str, rows: list[tuple[str, str, str, str | None, str | None]], language: str = "ar") -> Side:
    """Rows of (id, part, text, writer, page)."""
    lines = tuple(
        TextLine(line_id, Path(f"{line_id}.png"), text, language, part, writer, page)  # pyright: ignore[reportArgumentType]
        for line_id, part, text, writer, page in rows
    )
    lines_of = LineSet(name, "manifest", Path("/x"), language, lines, (), name)
    parts = (tuple(row[0] for row in rows if row[1] == part) for part in ("train", "validation", "test"))
    return Side(lines_of, Parts(*parts))


ROWS = [
    ("a", "train", "كتاب الولد الكبير في البيت", "w1", "p1"),
    ("b", "validation", "شمس", "w2", "p2"),
    ("c", "test", "كتاب الولد  الكبير في البيت", "w2", "p3"),
    ("d", "test", "كتاب الولد الکبير فی البیت", "w1", "p1"),
    ("e", "test", "قمر", None, None),
]


def brief(overlaps: tuple[Overlap, ...]) -> list[tuple[str, str, str, tuple[str, ...], tuple[str, ...]]]:
    return [(each.kind, str(each.left), str(each.right), each.left_ids, each.right_ids) for each in overlaps]


def test_kinds_within_a_data_set() -> None:
    assert brief(overlaps_within(side("x", ROWS))) == [
        ("writer", "x/train", "x/test", ("a",), ("d",)),
        ("page", "x/train", "x/test", ("a",), ("d",)),
        ("text", "x/train", "x/test", ("a",), ("c",)),
        ("near_text", "x/train", "x/test", ("a",), ("d",)),
        ("writer", "x/validation", "x/test", ("b",), ("c",)),
    ]
    serious = [each.is_serious for each in overlaps_within(side("x", ROWS))]
    assert serious == [True] * 4 + [False]


def test_names_mean_something_only_within_a_language_and_pages_only_where_ids_tell_them() -> None:
    other = [(f"o{row[0]}", *row[1:]) for row in ROWS]
    kinds = {each.kind for each in overlaps_between(side("x", ROWS), side("y", other))}
    assert kinds == {"writer", "text", "near_text"}
    assert overlaps_between(side("x", ROWS), side("y", other, "fa")) == ()
    one = [("AHTD3A0001_Para2_1", "train", "ا", None, "p")]
    two = [("AHTD3A0001_Para2_2", "test", "ب", None, "q")]
    (page,) = overlaps_between(side("x", one), side("y", two))
    assert (page.kind, page.findings[0].value) == ("page", "AHTD3A0001_Para2")


def test_parts_without_lines_share_nothing() -> None:
    assert overlaps_within(side("x", ROWS).without(["a", "b"])) == ()
    assert overlaps_within(side("x", [])) == ()


# Real lines


@pytest.fixture(scope="module")
def real(real_lines: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, OpenedDataset]:
    workspace = open_workspace(tmp_path_factory.mktemp("real") / "workspace")
    found: dict[str, OpenedDataset] = {}
    for path, name in (("khatt_pilot", "khatt"), ("nust_uhwr", "nust"), ("three_languages.tsv", "three")):
        for value in import_datasets(workspace, real_lines / path, name=name):
            if isinstance(value, OpenedDataset):
                found[value.entry.name] = value
    return found


def official(opened: OpenedDataset) -> Side:
    return Side(opened.lines, split_lines(opened.lines, "official"), opened.cache)


@pytest.mark.real_lines
def test_the_writer_in_both_sheets_of_the_pilot(real: dict[str, OpenedDataset]) -> None:
    lines = real["khatt"].lines
    train, test = (tuple(line.id for line in lines.part(part)) for part in ("train", "validation"))
    by_sheet = Side(lines, Parts(train, (), test), real["khatt"].cache)
    found = {each.kind: each for each in overlaps_within(by_sheet)}
    (writer,) = found["writer"].findings
    assert (writer.value, len(writer.left_ids)) == ("AHTD3A0438", 7)
    assert {line_id[:10] for line_id in (*writer.left_ids, *writer.right_ids)} == {"AHTD3A0438"}
    assert "near_image" not in found
    kept = {each.kind for each in overlaps_within(official(real["khatt"]))}
    assert "writer" not in kept, "the official parts drop that writer from train"


@pytest.mark.real_lines
def test_repeated_texts_of_nust_counted_a_second_way(real: dict[str, OpenedDataset], real_lines: Path) -> None:
    texts: dict[str, dict[str, str]] = {}
    for part in ("train", "val", "test"):
        rows = next(real_lines.glob(f"nust_uhwr/**/{part}.txt")).read_text(encoding="utf-8").split("\n")
        texts[part] = dict(row.split("\t", 1) for row in rows if row)
    found = {(each.kind, each.left.part, each.right.part): each for each in overlaps_within(official(real["nust"]))}
    for left, right, key in (("train", "test", "test"), ("val", "test", "test"), ("train", "val", "validation")):
        overlap = found["text", {"val": "validation"}.get(left, left), key]
        lefts, rights = (Counter(" ".join(text.split()) for text in texts[part].values()) for part in (left, right))
        assert len(overlap.findings) == len(lefts.keys() & rights.keys())
        assert len(overlap.right_ids) == sum(count for text, count in rights.items() if text in lefts)
    assert len(found["text", "train", "test"].right_ids) == 15
    near = found["near_text", "validation", "test"]
    by_id = {line.id: line.transcription for line in real["nust"].lines.lines}
    ((one, other),) = [(finding.left_ids[0], finding.right_ids[0]) for finding in near.findings]
    matcher = SequenceMatcher(None, folded(by_id[one]), folded(by_id[other]), autojunk=False)
    assert fuzz.ratio(folded(by_id[one]), folded(by_id[other])) >= 90
    assert matcher.ratio() > 0.85
    assert ("near_image", "train", "test") not in found
    same = found["image", "train", "validation"].findings
    assert [(each.left_ids, each.right_ids) for each in same] == [(("04746",), ("04745",))]


@pytest.mark.real_lines
def test_no_image_is_taken_for_another(real: dict[str, OpenedDataset]) -> None:
    """Every line against every other of its data set: only whole files that are there twice are found."""
    for opened in real.values():
        half = len(opened.lines.lines) // 2
        ids = tuple(line.id for line in opened.lines.lines)
        halves = Side(opened.lines, Parts(ids[:half], (), ids[half:]), opened.cache)
        assert [each for each in overlaps_within(halves) if each.kind == "near_image"] == []
    for one, other in (("three-ar", "three-ur"), ("three-fa", "three-ur"), ("three-fa", "three-ar")):
        assert overlaps_between(official(real[one]), official(real[other])) == ()


@pytest.mark.real_lines
def test_one_scan_in_two_packagings_is_one_image(real: dict[str, OpenedDataset]) -> None:
    found = overlaps_between(official(real["khatt"]), official(real["three-ar"]))
    kinds = {each.kind: len(each.findings) for each in found if each.right.part == "validation"}
    assert kinds["image"] > 100
    assert "near_image" not in kinds, "the very same files"


@pytest.mark.real_lines
def test_the_twelve_known_label_errors_of_nust(real: dict[str, OpenedDataset], real_lines: Path) -> None:
    lines = real["nust"].lines
    part_of = {line.id: line.split for line in lines.lines}
    logs = real_lines / "published_predictions" / "nust"
    expected = {
        "train": {"07932", "00229", "08835"},
        "val": {"00236", "00231", "04745", "08836"},
        "test": {"02786", "02792", "07628", "03662", "07716"},
    }
    for part, ids in expected.items():
        log = logs / f"hitl_labels_log_{part}.csv"
        found = find_lines(read_id_list(log), list(part_of))
        assert (set(found.ids), found.notes) == (ids, ())
        assert {part_of[line_id] for line_id in ids} == {{"val": "validation"}.get(part, part)}
        with log.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert {row["ImageID"] for row in rows} == {line_id.lstrip("0") for line_id in ids}
        texts = {line.id: line.transcription for line in lines.lines}
        assert all(row["GroundTruth"].split() == texts[row["ImageID"].zfill(5)].split() for row in rows)


@pytest.mark.real_lines
def test_the_log_of_khatt_leaves_hard_lines_alone(real: dict[str, OpenedDataset], real_lines: Path) -> None:
    log = read_id_list(real_lines / "published_predictions" / "khatt" / "hitl_labels_log_train.csv")
    assert len(log.lines) == 44
    assert log.notes[0].startswith("hitl_labels_log_train.csv: 9 lines judged 'Valid but hard'")
    ids = [line.id for line in real["khatt"].lines.lines]
    found = find_lines(log, ids)
    assert len(found.ids) + found.missing == 44
    assert set(found.ids) == {line.name for line in log.lines} & set(ids)


@pytest.mark.real_lines
def test_known_errors_leave_the_draws_of_a_study(real: dict[str, OpenedDataset], real_lines: Path) -> None:
    from workbench.execution.plan import resolve
    from workbench.study.schema import Study

    logs = real_lines / "published_predictions" / "nust"
    lists = [str(logs / f"hitl_labels_log_{part}.csv") for part in ("train", "val", "test")]
    study = Study.model_validate(
        {"name": "s", "regimes": ["single"], "k_lines": [1000], "training": {"validation_lines": "all"}}
        | {"target_rules": {"nust": {"exclude": lists}}}
    )
    target = resolve(study, {"nust": real["nust"]}).target("nust")
    assert Counter(each.part for each in target.excluded("listed")) == {"train": 3, "validation": 4}
    assert (target.train_pool, len(target.validation_ids[0]), len(target.test_ids)) == (
        1103 - 3 - len(target.excluded("unfit")), 299, 1061,
    )  # fmt: skip
    assert any("5 listed lines of the test part" in note for note in target.notes)
    rules = study.rules_of("nust").model_copy(update={"exclude_from_test": True})
    whole = study.model_copy(update={"target_rules": {"nust": rules}})
    assert len(resolve(whole, {"nust": real["nust"]}).target("nust").test_ids) == 1056


@pytest.mark.real_lines
def test_splits_of_real_lines(real: dict[str, OpenedDataset]) -> None:
    khatt = replace(real["khatt"].lines)
    for rule, length in (("forms", 10), ("paragraphs", 16)):
        for fold in range(1, 6):
            parts = split_lines(khatt, rule, folds=5, fold=fold)  # pyright: ignore[reportArgumentType]
            units = [{line_id[:length] for line_id in parts.of(part)} for part in ("train", "validation", "test")]
            assert not units[0] & units[1] | units[0] & units[2] | units[1] & units[2]
            assert abs(len(parts.test) - 1633 / 5) < 12
    blocks = split_lines(real["nust"].lines, "blocks")
    overlap = {each.kind for each in overlaps_within(Side(real["nust"].lines, blocks))}
    assert overlap <= {"text", "near_text"}
    assert [len(blocks.of(part)) for part in ("train", "validation", "test")] == [1975, 246, 246]
