"""Problems as CSV: what was in them comes back."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.data.line import ReadProblem
from workbench.data.problem_list import PROBLEM_COLUMNS, write_problems
from workbench.errors import WorkspaceError

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
PROBLEMS = st.builds(ReadProblem, TEXTS, st.none() | st.integers(1, 10**6), TEXTS, st.booleans())


@given(problems=st.lists(PROBLEMS, max_size=5))
def test_problems_come_back(tmp_path_factory: pytest.TempPathFactory, problems: list[ReadProblem]) -> None:
    path = tmp_path_factory.mktemp("list") / "problems.csv"
    assert write_problems(path, problems) == len(problems)
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert tuple(header) == PROBLEM_COLUMNS
    assert [ReadProblem(p, int(n) if n else None, why, note == "true") for p, n, why, note in rows] == problems


def test_half_a_character_is_escaped(tmp_path: Path) -> None:
    write_problems(tmp_path / "p.csv", [ReadProblem("a\ud800.png", None, "odd")])
    assert "a\\ud800.png" in (tmp_path / "p.csv").read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WorkspaceError, match=r"p\.csv was not written"):
        write_problems(tmp_path / "file" / "p.csv", [])
