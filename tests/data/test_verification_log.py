"""Published logs of human verification: read, and written again byte for byte."""

import csv
import io
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.data.verification_log import (
    COLUMNS,
    LABELS,
    LogRow,
    VerificationLog,
    cer_field,
    format_log,
    is_error,
    is_known,
    read_log,
    time_field,
    write_log,
)
from workbench.errors import InputError
from workbench.metrics.error_rate import EditCount

BOM = b"\xef\xbb\xbf"
HEADER = b"ImageID,Label,Notes,CER,GroundTruth,Prediction,ImagePath,Timestamp\n"

cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
rows = st.lists(cells, min_size=len(COLUMNS), max_size=len(COLUMNS)).map(LogRow.of)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_log_is_written_as_it_is_published() -> None:
    row = LogRow(
        "02786", LABELS[0], "", cer_field(EditCount(43, 51)), "کتاب", "باب", "a/02786.png",
        time_field(datetime(2025, 12, 13, 18, 23, 53)),  # noqa: DTZ001 - the published logs tell no zone
    )  # fmt: skip
    assert format_log(VerificationLog((row,))) == (
        BOM
        + HEADER
        + "02786,Wrong transcription,,0.8431372549019608,کتاب,باب,a/02786.png,2025-12-13T18:23:53\n".encode()
    )


@pytest.mark.real_lines
def test_the_published_logs_come_back_byte_for_byte(real_lines: Path) -> None:
    paths = sorted((real_lines / "published_predictions").glob("*/hitl_labels_log_*.csv"))
    assert len(paths) == 4
    for path in paths:
        found = read_log(path)
        assert not found.notes
        assert all(is_known(row.label) for row in found.log.rows)
        assert format_log(found.log) == path.read_bytes()


@given(st.lists(rows, max_size=6))
def test_whatever_a_log_holds_comes_back(tmp_path_factory: pytest.TempPathFactory, wanted: list[LogRow]) -> None:
    wanted = [row for row in wanted if any(row.values)]
    path = tmp_path_factory.mktemp("log") / "log.csv"
    write_log(path, VerificationLog(tuple(wanted)))
    assert list(read_log(path).log.rows) == wanted
    with path.open(encoding="utf-8-sig", newline="") as file:  # as any other program reads it
        assert list(csv.reader(file))[1:] == [list(row.values) for row in wanted]


def test_formulas_and_directional_characters_stay_verbatim(tmp_path: Path) -> None:
    row = LogRow("=1+1", "@label", '=HYPERLINK("x")', "+1", "\u202eabc\u202c", "-2\r", "<b>", "\t")
    write_log(tmp_path / "log.csv", VerificationLog((row,)))
    assert read_log(tmp_path / "log.csv").log.rows == (row,)


def test_spreadsheets_write_logs_otherwise(tmp_path: Path) -> None:
    content = "label;IMAGEID;Reviewer;Notes\r\nValid but hard;7;Ann;a, b\r\n\r\nOrientation error;8\r\n"
    found = read_log(written(tmp_path / "log.csv", content.encode()))
    assert found.log.further_columns == ("Reviewer",)
    assert found.log.rows == (
        LogRow("7", "Valid but hard", "a, b", further=("Ann",)),
        LogRow("8", "Orientation error", further=("",)),
    )
    assert found.notes == ("log.csv has no column CER, GroundTruth, Prediction, ImagePath, Timestamp; left empty",)
    again = format_log(found.log)
    assert again.startswith(BOM + HEADER[:-1] + b",Reviewer\n")
    assert next(csv.DictReader(io.StringIO(again.decode("utf-8-sig"))))["Reviewer"] == "Ann"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "lacks the column ImageID and Label; it has none"),
        (b"id,text\n1,a\n", "lacks the column ImageID and Label; it has id, text"),
        (b"ImageID,Notes\n1,a\n", "lacks the column Label"),
        (b"ImageID,Label,label\n1,a,b\n", "has the column Label more than once"),
        (b"ImageID,Label\n1\n", "record 2 has 1 field, the header has 2"),
        (b"ImageID,Label,Notes\n1,a,one, two\n", "record 2 has 4 fields, the header has 3"),
        (b'ImageID,Label\n1,"a\n', "is not a CSV file"),
        ("ImageID,Label\n1,خطأ\n".encode("cp1256"), "is not UTF-8 text"),
        (b"ImageID,Label\n\x00,a\n", "is not a text file"),
    ],
)
def test_what_is_no_log_is_refused_with_the_reason(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_log(written(tmp_path / "log.csv", content))
    with pytest.raises(InputError, match="cannot be read"):
        read_log(tmp_path / "none.csv")


def test_labels_are_told_apart_by_what_they_mean() -> None:
    assert [is_error(label) for label in LABELS] == [True, True, True, True, True, False, True]
    assert all(is_known(label.upper()) for label in LABELS)
    assert not is_known("Blurred")
    assert not is_known("")
    assert cer_field(None) == cer_field(EditCount(3, 0)) == ""
    assert cer_field(EditCount(73, 1)) == "73.0"
