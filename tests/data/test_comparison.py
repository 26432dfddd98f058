"""Data sets beside each other, and the tables that are written of them."""

import csv
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.made_up import make_dataset
from tests.data.test_duplicates import lines, paler
from workbench.data.comparison import FOLD_STEPS, Comparison, compare, folded_counts, with_similar
from workbench.data.measures import FrameRule
from workbench.data.statistics import SetStatistics, statistics_of
from workbench.data.statistics_tables import (
    LINE_COLUMNS,
    OVERLAP_COLUMNS,
    comparison_values,
    export_comparison,
    overlap_rows,
    summary_values,
)
from workbench.errors import WorkspaceError
from workbench.runs.control import Control
from workbench.text.normalize import STEPS
from workbench.text.overlap import overlap

ARABIC = ["كي", "كي", "ب ك", "١٢"]
PERSIAN = ["کی", "گ  ک", "گ ک", "۱"]
RULE = FrameRule("eight", 40, lambda height, width: width // 8, len)


def counted(name: str, texts: Sequence[str], language: str, **more: object) -> SetStatistics:
    found = statistics_of(make_dataset(name, texts, language=language, **more))  # pyright: ignore[reportArgumentType]
    assert found is not None
    return found


def compared(**more: object) -> Comparison:
    one = counted("arabic", ARABIC, "ar", writers=["w1", "w1", None, "w2"])
    other = counted("persian", PERSIAN, "fa", digests=["x", "y", "x", "z"])
    found = compare([one, other], RULE, **more)  # pyright: ignore[reportArgumentType]
    assert found is not None
    return found


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@given(st.lists(st.text(st.sampled_from("يىكڪہەۂۃ١۲۔.بپ ک")), max_size=6))
def test_folding_counts_is_folding_texts(texts: list[str]) -> None:
    (raw,) = overlap({"one": texts}).counts
    (folded,) = overlap({"one": texts}, FOLD_STEPS).counts
    assert folded_counts(raw) == folded


def test_every_fold_looks_at_single_characters() -> None:
    text = "يىكڪہەۂۃ١۲۔.بپ"
    for step in FOLD_STEPS:
        assert STEPS[step](text) == "".join(map(STEPS[step], text))


def test_characters_in_common_raw_and_folded() -> None:
    found = compared()
    # Only the blank is shared as it is written; Kaf, Yeh and the digit one once they are folded.
    assert found.raw.common == (" ",)
    assert found.raw.share("arabic") == pytest.approx(1 / 9)
    assert found.raw.share("persian") == pytest.approx(3 / 10)
    assert set(found.folded.common) == {" ", "ک", "ی", "1"}
    assert found.folded.share("arabic") == pytest.approx(7 / 9)
    assert found.folded.share("persian") == pytest.approx(8 / 10)
    assert found.folded.own("persian") == ("گ",)
    assert found.by_language is None


def test_data_sets_of_one_language_count_together_beside_others() -> None:
    sets = [counted("a", ["ab"], "ar"), counted("b", ["bc"], "ar"), counted("c", ["cd"], "fa")]
    found = compare(sets)
    assert found is not None
    assert found.by_language is not None
    raw, _ = found.by_language
    assert raw.names == ("ar", "fa")
    assert raw.pairs == ((3, 1), (1, 2))
    assert ("language", "raw", "only", "ar", "", 2, 0.75) in list(overlap_rows(found))


def test_lines_with_a_like_are_counted_once_each() -> None:
    found = compared()
    assert [found.duplicate_lines("arabic", kind) for kind in ("same_text", "same_text_but_blanks")] == [2, 2]
    assert [found.duplicate_lines("persian", kind) for kind in ("same_text", "same_text_but_blanks")] == [0, 2]
    assert [found.duplicate_lines(name, "same_image") for name in ("arabic", "persian")] == [0, 2]


def test_similar_images_are_added_to_a_comparison() -> None:
    image = lines()[0]
    found = compare([counted("one", ["a", "b"], "ar", images=[image, paler(image)])])
    assert found is not None
    assert summary_values(found)[0]["lines_similar_image"] == ""
    more = with_similar(found)
    assert more is not None
    assert more.duplicate_lines("one", "similar_image") == 2
    assert summary_values(more)[0]["lines_similar_image"] == 2
    assert with_similar(more) is more


def test_a_comparison_can_be_cancelled() -> None:
    control = Control()
    control.request("cancel")
    assert compare([counted("one", ["a"], "ar")], control=control) is None
    assert with_similar(compared(), control) is None


def test_tables_come_back_as_they_were(tmp_path: Path) -> None:
    found = compared()
    paths = export_comparison(found, tmp_path / "out")
    assert [path.name for path in paths] == [
        "summary.csv", "lines.csv", "characters.csv", "overlap.csv", "duplicates.csv",
    ]  # fmt: skip
    rows = read(tmp_path / "out/lines.csv")
    assert tuple(rows[0]) == LINE_COLUMNS
    assert len(rows) == 8
    assert [rows[2][column] for column in LINE_COLUMNS] == [
        "arabic", "2", "train", "", "", "30", "40", "3", "2", "10.0", "1.0",
    ]  # fmt: skip
    numbers = found.sets[1].measures
    assert [float(row["px_per_character"]) for row in rows[4:]] == numbers.px_per_character.tolist()
    assert [int(row["characters"]) for row in rows[4:]] == numbers.characters.tolist()


def test_characters_are_written_by_data_set(tmp_path: Path) -> None:
    export_comparison(compared(), tmp_path)
    by_point = {row["code_point"]: row for row in read(tmp_path / "characters.csv")}
    assert by_point["U+0643"] == {
        "code_point": "U+0643", "character": "ك", "name": "ARABIC LETTER KAF",
        "count_arabic": "3", "lines_arabic": "3", "count_persian": "0", "lines_persian": "0",
    }  # fmt: skip
    assert (by_point["U+0020"]["count_persian"], by_point["U+0020"]["lines_persian"]) == ("3", "2")
    assert {chr(int(point[2:], 16)) for point in by_point} == {row["character"] for row in by_point.values()}


def test_duplicates_are_written_group_by_group(tmp_path: Path) -> None:
    export_comparison(compared(), tmp_path)
    rows = [tuple(row.values()) for row in read(tmp_path / "duplicates.csv")]
    assert rows == [
        ("same_text", "1", "كي", "arabic", "0", "train", "w1"),
        ("same_text", "1", "كي", "arabic", "1", "train", "w1"),
        ("same_text_but_blanks", "2", "گ ک", "persian", "1", "train", ""),
        ("same_text_but_blanks", "2", "گ ک", "persian", "2", "train", ""),
        ("same_image", "3", "x", "persian", "0", "train", ""),
        ("same_image", "3", "x", "persian", "2", "train", ""),
    ]


def test_the_summary_names_its_rule_and_what_is_unknown(tmp_path: Path) -> None:
    export_comparison(compared(), tmp_path)
    arabic, persian = read(tmp_path / "summary.csv")
    assert (arabic["data_set"], arabic["lines"], arabic["train"], arabic["test"]) == ("arabic", "4", "4", "0")
    assert (arabic["writers"], arabic["lines_without_writer"], persian["writers"]) == ("2", "1", "")
    assert (arabic["characters"], arabic["different_characters"], arabic["words"]) == ("9", "6", "5")
    assert (arabic["architecture"], arabic["line_height_px"]) == ("eight", "40")
    assert arabic["px_per_character_median"] == "10.0"
    assert arabic["lines_with_too_few_frames"] == "0"
    assert (arabic["lines_per_writer_max"], persian["lines_per_writer_max"]) == ("2.0", "")
    assert float(persian["shared_by_all_folded"]) == 0.8


def test_json_values_are_those_of_the_tables(tmp_path: Path) -> None:
    found = compared()
    values = comparison_values(found)
    export_comparison(found, tmp_path)
    for name, key in (("summary", "data_sets"), ("overlap", "overlap"), ("duplicates", "duplicates")):
        assert read(tmp_path / f"{name}.csv") == [
            {column: str(value) for column, value in row.items()} for row in values[key]
        ]
    assert tuple(values["overlap"][0]) == OVERLAP_COLUMNS


def test_a_file_is_no_folder_for_tables(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="is a file"):
        export_comparison(compared(), tmp_path / "file")


@settings(max_examples=30)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), min_size=1, max_size=4))
def test_any_text_comes_back_from_duplicates(texts: list[str]) -> None:
    found = compare([counted("one", [*texts, *texts], "ar")])
    assert found is not None
    with tempfile.TemporaryDirectory() as folder:
        export_comparison(found, Path(folder))
        values = {row["value"] for row in read(Path(folder) / "duplicates.csv") if row["kind"] == "same_text"}
        characters = {row["character"] for row in read(Path(folder) / "characters.csv")}
    assert values == set(texts)
    assert characters == set("".join(texts))
