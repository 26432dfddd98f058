"""Images that lie in the rows of a table: `train.parquet/12.png` is the image of the twelfth row."""

import re
import weakref
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import PurePosixPath
from threading import Lock
from typing import IO

from workbench.data.arrow_tables import ArrowTable, Rows, open_arrow_table
from workbench.data.columns import COLUMNS, normal_name
from workbench.data.images import IMAGE_SUFFIXES
from workbench.data.line import ReadProblem
from workbench.errors import InputError

TABLE_SUFFIXES = (".parquet", ".arrow")

_BINARY = ("binary", "large_binary", "binary_view")
TEXT_TYPES = ("string", "large_string", "string_view")
_KEPT_BATCHES = 4
"""Threads that decode lines side by side ask for rows that are a few apart."""
_UNFIT = re.compile(r"[\x00-\x1f\x7f:]")


def split_table_image(name: str) -> tuple[str, str]:
    """Table and image in it; both empty for a name that is no such image."""
    table, _, row = name.rpartition("/")
    return (table, row) if table.lower().endswith(TABLE_SUFFIXES) else ("", "")


def row_id(table: str, row: int) -> str:
    """Id of a line that has no name of its own: that of its table and its row (from 0 here, from 1 there)."""
    return f"{table.rpartition('.')[0]}/{row + 1}"


@dataclass(frozen=True, slots=True)
class ImageColumn:
    """Where a table holds its images, as dotted paths."""

    content: str
    """Bytes of the image files."""
    path: str | None
    """Names of the files, where they are told."""


def image_column(table: ArrowTable) -> ImageColumn | None:
    """Find the images: `image.bytes`, kraken's `lines.im`, or a plain column of bytes with a name for images."""
    contents = table.of_type(*_BINARY)
    texts = table.of_type(*TEXT_TYPES)
    structs = [one for one in contents if one.endswith(".bytes")]
    ranked = [
        *[one for alias in COLUMNS["image"] for one in structs if normal_name(one[: -len(".bytes")]) == alias],
        *(one for one in contents if one == "lines.im"),
        *(one for alias in COLUMNS["image"] for one in contents if normal_name(one) == alias),
        *(structs if len(structs) == 1 else ()),
    ]
    if not ranked:
        return None
    content = ranked[0]
    beside = f"{content[: -len('.bytes')]}.path" if content in structs else None
    named = [one for alias in COLUMNS["image"] for one in texts if normal_name(one) == alias]
    path = beside if beside in texts else (named[0] if named else None)
    return ImageColumn(content, path)


def open_table_images(file: IO[bytes], name: str) -> "TableImages":
    """Give the images of a table.

    Raises
    ------
    InputError
        When it is damaged, or has no column of images.
    """
    return TableImages(file, name)


class TableImages:
    """The images of one table, read a few rows at a time: the next rows quickly, others from their group of rows on.

    Attributes
    ----------
    table : ArrowTable
        The whole of it; for the thread that reads its texts, before others ask for images.
    names : tuple of str
        Of the image of each row: that of its file where the table tells one that is not used twice, else the number
        of the row, from 1; empty for a row without an image.
    paths : tuple of str
        As the table tells them, empty where it does not.
    """

    def __init__(self, file: IO[bytes], name: str) -> None:
        weakref.finalize(self, file.close)
        self.table = open_arrow_table(file, name)
        column = image_column(self.table)
        if column is None:
            raise InputError(f"{name} cannot be used", "it has no column of images")
        self._column = column
        self.paths = _paths(self.table, column)
        self.names = _names(self.paths, _present(self.table, column))
        self._rows = {member: row for row, member in enumerate(self.names) if member}
        self.members = dict.fromkeys(self._rows, 0)  # sizes are known only when the images are read
        self.problems: list[ReadProblem] = []
        self._lock = Lock()
        self._cursor: Iterator[Rows] = iter(())
        self._next_row = -1
        self._recent: deque[Rows] = deque(maxlen=_KEPT_BATCHES)

    def read(self, member: str, limit: int) -> bytes:
        """Give the first bytes of an image, see :class:`workbench.data.containers.Container`."""
        with self._lock:
            return (self._content(self._rows[member]) or b"")[:limit]

    def _content(self, row: int) -> bytes | None:
        for start, values in self._recent:
            if start <= row < start + len(values):
                return values[row - start][0]
        if row < self._next_row or self._next_row < self.table.group_of(row):
            self._cursor = self.table.rows([self._column.content], row)
        for start, values in self._cursor:
            self._next_row = start + len(values)
            if start + len(values) > row:
                self._recent.append((start, values))
                return values[row - start][0]
        raise InputError(f"Row {row + 1} cannot be read", "the table ends too early")


def _paths(table: ArrowTable, column: ImageColumn) -> tuple[str, ...]:
    if column.path is None:
        return ("",) * table.row_count
    values = (value for _, rows in table.rows([column.path]) for (value,) in rows)
    return tuple(value if isinstance(value, str) else "" for value in values)


def _present(table: ArrowTable, column: ImageColumn) -> list[bool]:
    """Tell for each row whether it holds an image."""
    if table.has_all(column.content):
        return [True] * table.row_count
    return [value is not None for _, rows in table.rows([column.content]) for (value,) in rows]


def _names(paths: tuple[str, ...], present: list[bool]) -> tuple[str, ...]:
    told = [_file_name(path) if there else "" for path, there in zip(paths, present, strict=True)]
    uses = Counter(told)
    taken = {name for name, number in uses.items() if number == 1}
    names: list[str] = []
    for row, (name, there) in enumerate(zip(told, present, strict=True)):
        if there and uses[name] > 1:
            name = next(one for one in _numbered(row, name) if one not in taken)
            taken.add(name)
        elif there and not name:
            name = next(one for one in _numbered(row, "") if one not in taken)
            taken.add(name)
        names.append(name if there else "")
    return tuple(names)


def _numbered(row: int, name: str) -> Iterator[str]:
    stem = f"{PurePosixPath(name).stem}_" if name else ""
    yield f"{stem}{row + 1}.png"
    for more in count(1):
        yield f"{stem}{row + 1}_{more}.png"


def _file_name(path: str) -> str:
    """Last part of a path, as a name that leads nowhere; empty where there is none."""
    name = _UNFIT.sub("_", path.replace("\\", "/").rpartition("/")[2]).strip()
    return name if name.lower().endswith(IMAGE_SUFFIXES) and not name.startswith(".") else ""
