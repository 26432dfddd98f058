"""Files that name lines: plain lists, verification logs, ids that lost their zeros."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.data.id_lists import find_lines, read_id_list
from workbench.errors import InputError

HEADER = "ImageID,Label,Notes,CER,GroundTruth,Prediction,ImagePath,Timestamp"
IDS = ("00229", "02786", "12786", "a/x.b", "b/y")


def write_log(path: Path, rows: list[tuple[str, str]], header: str = HEADER) -> Path:
    lines = [header, *(f'{name},{label},,0.5,"a, b",c,../{name}.png,t' for name, label in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return path


def write_list(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plain_list_has_comments_and_names_each_id_once(tmp_path: Path) -> None:
    path = write_list(tmp_path / "ids.txt", "\ufeff# bad lines\r\n02786  # wrong\n\n a/x.b\n02786\nline#1\n")
    found = read_id_list(path)
    assert [line.name for line in found.lines] == ["02786", "a/x.b", "line#1"]
    assert found.notes == ("ids.txt: 1 id named more than once (02786)",)


def test_ids_are_found_by_name_last_part_extension_and_number(tmp_path: Path) -> None:
    path = write_list(tmp_path / "ids.txt", "2786\nx.b\ny.png\n00229.jpg\n")
    assert find_lines(read_id_list(path), IDS).ids == ("02786", "a/x.b", "b/y", "00229")


def test_a_star_names_all_that_begin_so(tmp_path: Path) -> None:
    found = find_lines(
        read_id_list(write_list(tmp_path / "ids.txt", "AHTD3A0001_*\n")), ("AHTD3A0001_a", "AHTD3A00011")
    )
    assert found.ids == ("AHTD3A0001_a",)


def test_what_is_missing_or_ambiguous_is_told_with_counts_and_examples(tmp_path: Path) -> None:
    path = write_list(tmp_path / "ids.txt", "9\n8\n7\n6\n5\nz\n")
    found = find_lines(read_id_list(path), ("c/z", "d/z"))
    assert found.ids == ()
    assert found.missing == 5
    assert found.notes == (
        "ids.txt: 5 listed ids not in the data set (9, 8, 7 and 2 more)",
        "ids.txt: 1 listed id NOT USED, because more than one line may be meant (z = c/z or d/z)",
    )


def test_the_last_entry_of_a_log_counts_and_hard_lines_are_no_errors(tmp_path: Path) -> None:
    rows = [
        ("2786", "Valid but hard"), ("229", "Wrong transcription"), ("2786", "wrong transcription "),
        ("0229", "Valid but hard"), ("12786", "Maybe"),
    ]  # fmt: skip
    listed = read_id_list(write_log(tmp_path / "log.csv", rows))
    assert [(line.name, line.reason) for line in listed.lines] == [("2786", "wrong transcription")]
    assert listed.notes == (
        "log.csv: 1 line judged 'Valid but hard' (0229) is used as before",
        "log.csv: 1 line of the unknown verdict 'Maybe' (12786) is used as before",
    )
    assert find_lines(listed, IDS).reasons == {"02786": "wrong transcription"}


def test_a_log_never_guesses_which_number_is_meant(tmp_path: Path) -> None:
    listed = read_id_list(write_log(tmp_path / "log.csv", [("17", "Segmentation error")]))
    found = find_lines(listed, ("17", "00017"))
    assert found.ids == ()
    assert "17 = 17 or 00017" in found.notes[0]
    plain = read_id_list(write_list(tmp_path / "ids.txt", "17\n"))
    assert find_lines(plain, ("17", "00017")).ids == ("17",)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"ImageID,CER\n1,2\n", "ImageID and Label are needed"),
        ("a.csv", b"", "no log of human verification"),
        ("a.csv", b"ImageID,Notes,Label\n1,2\n", "record 2 has 2 fields"),
        ("a.csv", b'ImageID,Label\n"1,2\n', "not a CSV file"),
        ("a.txt", "é".encode("latin-1"), "not UTF-8"),
        ("a.txt", b"a\0b", "not a text file"),
    ],
)
def test_unusable_files_say_why(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_id_list(tmp_path / name)
    assert words in str(caught.value)


def test_a_missing_list_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="relative to the study file"):
        read_id_list(tmp_path / "none.txt")


@given(st.sets(st.integers(0, 99_999), max_size=40))
def test_zeros_that_a_spreadsheet_took_away_come_back(numbers: set[int]) -> None:
    import tempfile

    ids = [f"{number:05d}" for number in sorted(numbers)]
    with tempfile.TemporaryDirectory() as folder:
        log = write_log(Path(folder) / "log.csv", [(str(number), "Wrong transcription") for number in sorted(numbers)])
        found = find_lines(read_id_list(log), ids)
    assert (list(found.ids), found.notes) == (ids, ())
