"""Tables in text files: cells between TABs, commas or semicolons."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from workbench.data.columns import columns_named, is_of_predictions, metadata_of
from workbench.data.images import IMAGE_SUFFIXES
from workbench.data.overrides import SEPARATORS
from workbench.data.reader import MAX_LIST_BYTES
from workbench.data.tree import FileTree

MAX_ROWS_OF_A_RECORD = 20
"""Rows that one quoted cell may span: a quotation mark that never closes would swallow the rest of the table."""

_TOLD_SEPARATOR = re.compile(r'^"?sep=(.)"?$', re.IGNORECASE)

Cells = list[str] | str
"""Cells of a row, or why there are none."""


@dataclass(frozen=True, slots=True)
class Header:
    """Which column is what, of how many; `rows_before` is 1 where names stand in the first row."""

    columns: dict[str, int]
    names: tuple[str, ...]
    """Of the columns as written, empty where the table tells none."""
    width: int
    delimiter: str
    rows_before: int

    @property
    def metadata(self) -> int:
        """How much the table tells beside image and text."""
        return metadata_of(self.columns)


def header_of(tree: FileTree, name: str) -> Header | None:
    """Look at the first row: names of columns, or an image and its text; None for any other table."""
    rows = tree.first_rows(name)[:2]
    delimiter = SEPARATORS[tree.overrides.separator] if tree.overrides.separator else None
    skipped = 0
    if rows and rows[0] and (told := _TOLD_SEPARATOR.match(rows[0])):  # a hint that spreadsheets write and obey
        delimiter, skipped = delimiter or told[1], 1
    first = rows[skipped] if len(rows) > skipped else None
    if not first:
        return None
    # The mark that the first row has most of; but a text in it may have more commas than the row has cells.
    marks = [delimiter] if delimiter else sorted("\t;,", key=first.count, reverse=True)
    return next((header for mark in marks if (header := _header_of(first, mark, skipped))), None)


def _header_of(first: str, delimiter: str, skipped: int) -> Header | None:
    cells = _split(first, delimiter)
    if is_of_predictions(cells):
        return None
    columns = columns_named(cells)
    if "image" in columns and "text" in columns:
        return Header(columns, tuple(cells), len(cells), delimiter, skipped + 1)
    if len(cells) == 2 and cells[0].strip().lower().endswith(IMAGE_SUFFIXES):
        return Header({"image": 0, "text": 1}, (), 2, delimiter, skipped)
    return None


def _split(row: str, delimiter: str) -> list[str]:
    """Cells of one row. TAB-separated tables are taken as they are; the others quote as RFC 4180 says."""
    if delimiter == "\t":
        return row.split("\t")
    try:
        return next(csv.reader([row], delimiter=delimiter), [])
    except csv.Error:
        return []


def table_rows(tree: FileTree, name: str, header: Header) -> tuple[Iterator[tuple[int, Cells]], Counter[str]]:
    """Cells of each row that is not empty, with the number of its first line, and how many rows each encoding gave.

    How many rows its separator parts is counted in the tree.

    Raises
    ------
    InputError
        When the file cannot be read or is too large.
    """
    rows, encodings = tree.rows(name, MAX_LIST_BYTES)
    separator = next((word for word, mark in SEPARATORS.items() if mark == header.delimiter), None)
    if separator is not None:
        filled = sum(row is not None and bool(row.strip()) for row in rows[header.rows_before :])
        tree.separators[name] = Counter({separator: filled})
    return _records(rows, header, tree.undecodable), encodings


def _records(rows: list[str | None], header: Header, undecodable: str) -> Iterator[tuple[int, Cells]]:
    at = header.rows_before
    while at < len(rows):
        row, number = rows[at], at + 1
        if row is None:
            yield number, f"the row is {undecodable}"
            at += 1
        elif header.delimiter == "\t" or '"' not in row:
            if row.strip():
                yield number, row.split(header.delimiter)
            at += 1
        else:
            cells, used = _quoted(rows, at, header.delimiter, undecodable)
            yield number, cells
            at += used


def _quoted(rows: list[str | None], at: int, delimiter: str, undecodable: str) -> tuple[Cells, int]:
    """Cells of a record with quotation marks, which may span several rows; and how many."""
    pieces = [row or "" for row in islice(rows, at, at + MAX_ROWS_OF_A_RECORD)]
    reader = csv.reader((f"{piece}\n" for piece in pieces), delimiter=delimiter, strict=False)
    try:
        cells = next(reader)
    except (csv.Error, StopIteration) as error:
        return f"the row cannot be split into cells ({error})", 1
    used = reader.line_num
    if None in rows[at : at + used]:
        return f"a row inside its quotation marks is {undecodable}", used
    if used == len(pieces) and _is_open(pieces, delimiter):
        return f"a quotation mark opens in this row and does not close within {used} rows", 1
    return cells, used


def _is_open(pieces: list[str], delimiter: str) -> bool:
    """Tell whether these rows end inside quotation marks."""
    try:
        list(csv.reader((f"{piece}\n" for piece in pieces), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def named_cells(cells: list[str], header: Header) -> dict[str, str] | str:
    """Cells by what their column is; why there are none where the row has more cells than the table."""
    if len(cells) > header.width:
        if header.delimiter != "\t" or header.columns["text"] != header.width - 1:
            return f"the row has {len(cells)} cells, the table has {header.width} columns"
        cells = [*cells[: header.width - 1], "\t".join(cells[header.width - 1 :])]  # a TAB inside the text
    return {column: cells[at] for column, at in header.columns.items() if at < len(cells)}
