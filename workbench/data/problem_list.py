"""Problems and notes of a data set as a CSV file."""

import csv
import io
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
    count = 0
    with files.replacing(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="", write_through=True)
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(PROBLEM_COLUMNS)
        for count, problem in enumerate(problems, start=1):  # noqa: B007 - the last number is the answer
            row = "" if problem.row is None else problem.row
            writer.writerow((problem.path, row, problem.reason, "true" if problem.is_note else "false"))
        text.detach()
    return count
