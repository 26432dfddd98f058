"""Problems and notes of a data set as a CSV file."""

from collections.abc import Iterable
from pathlib import Path

from workbench import files
from workbench.data.line import ReadProblem

PROBLEM_COLUMNS = ("path", "row", "reason", "is_note")


def write_problems(path: Path, problems: Iterable[ReadProblem]) -> int:
    """Write problems and notes in their order, and return how many there were.

    UTF-8, a header row, rows end in CR LF (RFC 4180); `row` is empty where a problem is a file's, `is_note` is
    `true` for a line that is used all the same. What no encoding knows (half a surrogate pair) is escaped.

    Raises
    ------
    WorkspaceError
        When the disk is full or the folder cannot be written.
    """
    rows = [
        (
            _encodable(problem.path),
            problem.row,
            _encodable(problem.reason),
            "true" if problem.is_note else "false",
        )
        for problem in problems
    ]
    files.write_csv(path, PROBLEM_COLUMNS, rows)
    return len(rows)


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
