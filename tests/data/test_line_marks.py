"""Bookmarks and notes: they come back as they were, and a damaged file is left alone."""

from pathlib import Path

import pytest

from workbench.data.line_marks import MAX_NOTE, LineMark, read_marks, write_marks
from workbench.errors import WorkspaceError


def test_marks_come_back(tmp_path: Path) -> None:
    path = tmp_path / "marks" / "khatt.json"
    marks = {
        "b": LineMark(note="سطر <b>غريب</b>\u202e"),
        "a": LineMark(is_bookmarked=True),
        "c": LineMark(),
    }
    write_marks(path, marks)
    assert read_marks(path) == {"a": marks["a"], "b": marks["b"]}
    assert path.read_text(encoding="utf-8").index('"a"') < path.read_text(encoding="utf-8").index('"b"')


def test_no_file_no_marks(tmp_path: Path) -> None:
    assert read_marks(tmp_path / "none.json") == {}


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"schema": 2, "lines": {}}', '{"schema": 1, "lines": []}', '{"schema": 1, "lines": {"a": 3}}'],
)
def test_a_damaged_file_is_told_and_left_as_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "marks.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(WorkspaceError, match="cannot be read"):
        read_marks(path)
    assert path.read_text(encoding="utf-8") == content


def test_a_note_has_an_end(tmp_path: Path) -> None:
    write_marks(tmp_path / "m.json", {"a": LineMark(note="x" * (MAX_NOTE + 5))})
    assert len(read_marks(tmp_path / "m.json")["a"].note) == MAX_NOTE
