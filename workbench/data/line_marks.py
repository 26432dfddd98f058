"""Bookmarks and notes about the lines of a data set, in a small file of the workspace."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench import files
from workbench.errors import WorkspaceError

MAX_NOTE = 2_000
_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class LineMark:
    """What the user keeps about a line."""

    is_bookmarked: bool = False
    note: str = ""

    def __bool__(self) -> bool:
        return self.is_bookmarked or bool(self.note)


LineMarks = Mapping[str, LineMark]
"""By line id; lines without a mark are not in it."""


def read_marks(path: Path) -> dict[str, LineMark]:
    """Read the file; without one there are no marks.

    Raises
    ------
    WorkspaceError
        When it is damaged or of a later version; it is then left as it is.
    """
    try:
        value: Any = files.read_json(path)
        if value["schema"] != _SCHEMA:
            raise ValueError(f"it is of version {value['schema']}")
        return {str(line_id): _mark(row) for line_id, row in value["lines"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        hint = "Repair it, or move it away to begin with empty notes; until then nothing is written to it."
        raise WorkspaceError(f"Bookmarks and notes in {path} cannot be read", str(error), hint) from error


def _mark(row: Mapping[str, Any]) -> LineMark:
    return LineMark(row.get("bookmarked") is True, str(row.get("note", ""))[:MAX_NOTE])


def write_marks(path: Path, marks: LineMarks) -> None:
    """Write the file anew, sorted by line id.

    Raises
    ------
    WorkspaceError
        When the disk is full or the workspace cannot be written; the old file then stays.
    """
    rows = {line_id: _row(mark) for line_id, mark in sorted(marks.items()) if mark}
    files.write_json(path, {"schema": _SCHEMA, "lines": rows})


def _row(mark: LineMark) -> dict[str, Any]:
    row: dict[str, Any] = {"bookmarked": True} if mark.is_bookmarked else {}
    return row | ({"note": mark.note} if mark.note else {})
