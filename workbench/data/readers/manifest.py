"""A TSV or CSV table: one row per line, with columns for image and text and, where known, split, writer, language."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from workbench.data.encodings import UTF8
from workbench.data.identifiers import split_named
from workbench.data.images import IMAGE_SUFFIXES
from workbench.data.line import ReadProblem
from workbench.data.list_file import describe, image_names
from workbench.data.overrides import SEPARATORS
from workbench.data.reader import MAX_LIST_BYTES, Found, FoundLine, Match, examples, folder_of, note
from workbench.data.tree import FileTree
from workbench.errors import InputError

COLUMNS: dict[str, tuple[str, ...]] = {
    "image": ("image", "image_path", "img", "file", "file_name", "filename", "path", "image_file"),
    "text": ("text", "transcription", "transcript", "label", "ground_truth", "groundtruth", "gt", "arabic_text"),
    "split": ("split", "part", "partition", "subset", "fold"),
    "writer": ("writer", "writer_id", "author", "scribe"),
    "page": ("page", "page_id", "form", "paragraph", "document"),
    "language": ("language", "lang"),
    "id": ("id", "line_id"),
}
"""What a column is, by the names under which it is met; the first name that is there counts."""

_METADATA = {"writer": 4, "split": 2, "language": 2, "page": 1}
_SUFFIXES = (".tsv", ".csv")
_CODE = re.compile(r"^[a-z]{2,3}$")
_LANGUAGES = {"arabic": "ar", "urdu": "ur", "persian": "fa", "farsi": "fa"}


@dataclass(frozen=True, slots=True)
class Header:
    """Which column is what, of how many; `rows_before` is 1 where names stand in the first row."""

    columns: dict[str, int]
    width: int
    delimiter: str
    rows_before: int

    @property
    def metadata(self) -> int:
        """How much the table tells beside image and text."""
        return sum(_METADATA.get(column, 0) for column in self.columns)


def match(tree: FileTree) -> Match | None:
    """Tell by a table with columns for image and text, given itself or lying in the folder."""
    found = _manifests(tree)
    if not found:
        return None
    header = found[0][1]
    told = ", ".join(column for column in header.columns if column != "id")
    by_folder = 2 if len(found) > 1 and "split" not in header.columns else 0
    return Match(f"{examples([name for name, _ in found])} with columns for {told}", header.metadata + by_folder)


def _manifests(tree: FileTree) -> list[tuple[str, Header]]:
    """The table that tells most (the nearest to the root of equals), with its namesakes in folders named as parts."""
    if tree.given is not None:
        names = [tree.given] if tree.given.lower().endswith((*_SUFFIXES, ".txt")) else []
    else:
        names = tree.named(*_SUFFIXES)
    tables = [(name, header) for name in names if (header := _header(tree, name))]
    if not tables:
        return []
    best = max(tables, key=lambda table: table[1].metadata)
    if split_named(PurePosixPath(best[0]).parent.name) is None:
        return [best]
    wanted = (PurePosixPath(best[0]).name, folder_of(folder_of(best[0])))
    return [
        table for table in tables if _place(table[0]) == wanted and split_named(PurePosixPath(table[0]).parent.name)
    ]


def _place(name: str) -> tuple[str, str]:
    return PurePosixPath(name).name, folder_of(folder_of(name))


def _header(tree: FileTree, name: str) -> Header | None:
    """Look at the first row: names of columns, or an image and its text."""
    rows = tree.first_rows(name)
    first = rows[0] if rows else None
    if not first:
        return None
    told = tree.overrides.separator
    # The mark that the first row has most of; but a text in it may have more commas than the row has cells.
    marks = [SEPARATORS[told]] if told else sorted("\t;,", key=first.count, reverse=True)
    return next((header for mark in marks if (header := _header_of(first, mark))), None)


def _header_of(first: str, delimiter: str) -> Header | None:
    cells = _split(first, delimiter)
    names = [cell.strip().lower().replace(" ", "_") for cell in cells]
    if any("prediction" in one or "hypothesis" in one for one in names):
        return None
    columns = {
        column: names.index(found)
        for column, aliases in COLUMNS.items()
        if (found := next((alias for alias in aliases if alias in names), None))
    }
    if "image" in columns and "text" in columns:
        return Header(columns, len(cells), delimiter, 1)
    if len(cells) == 2 and cells[0].strip().lower().endswith(IMAGE_SUFFIXES):
        return Header({"image": 0, "text": 1}, 2, delimiter, 0)
    return None


def _split(row: str, delimiter: str) -> list[str]:
    """Cells of one row. TAB-separated tables are taken as they are; the others quote as RFC 4180 says."""
    if delimiter == "\t":
        return row.split("\t")
    try:
        return next(csv.reader([row], delimiter=delimiter), [])
    except csv.Error:
        return []


def _table(tree: FileTree, name: str, delimiter: str) -> tuple[list[tuple[int, list[str] | None]], Counter[str]]:
    """Cells by row number; None for a row that cannot be decoded."""
    rows, encodings = tree.rows(name, MAX_LIST_BYTES)
    if delimiter == "\t":
        return [(number, None if row is None else row.split("\t")) for number, row in enumerate(rows, 1)], encodings
    table: list[tuple[int, list[str] | None]] = [(number, None) for number, row in enumerate(rows, 1) if row is None]
    reader = csv.reader(io.StringIO("\n".join(row or "" for row in rows)), delimiter=delimiter)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return table, encodings
        except csv.Error:
            table.append((reader.line_num, None))
        else:
            table.append((reader.line_num, cells))


def read(tree: FileTree) -> Iterator[Found]:
    """Lines of the table.

    Raises
    ------
    InputError
        When no table has columns for image and text.
    """
    manifests = _manifests(tree)
    if not manifests:
        raise InputError(
            "No table of lines was found",
            "no TSV or CSV file has a column for the image and one for the text",
            f"Name them '{COLUMNS['image'][0]}' and '{COLUMNS['text'][0]}'.",
        )
    for name, header in manifests:
        yield from _read_table(tree, name, header)


def _read_table(tree: FileTree, name: str, header: Header) -> Iterator[Found]:
    try:
        table, encodings = _table(tree, name, header.delimiter)
    except InputError as error:
        yield ReadProblem(name, None, error.why)
        return
    if set(encodings) - {UTF8}:
        yield note(f"rows decoded as {describe(encodings)}", name)
    separator = next(word for word, mark in SEPARATORS.items() if mark == header.delimiter)
    tree.separators[name] = Counter({separator: sum(cells is not None and any(cells) for _, cells in table)})
    for number, cells in table:
        if number <= header.rows_before:
            continue
        if cells is None:
            yield ReadProblem(name, number, "the row cannot be decoded or split into cells")
        elif any(cell.strip() for cell in cells):
            yield _line(name, number, cells, header)


def _line(name: str, number: int, cells: list[str], header: Header) -> Found:
    if len(cells) > header.width:
        if header.delimiter != "\t" or header.columns["text"] != header.width - 1:
            return ReadProblem(name, number, f"the row has {len(cells)} cells, the table has {header.width} columns")
        cells = [*cells[: header.width - 1], "\t".join(cells[header.width - 1 :])]  # a TAB inside the text

    def cell(column: str) -> str:
        at = header.columns.get(column)
        return cells[at] if at is not None and at < len(cells) else ""

    image = cell("image").strip()
    if not image:
        return ReadProblem(name, number, "no image is named")
    given = cell("split").strip()
    split = split_named(given or PurePosixPath(folder_of(name)).name)
    language = cell("language").strip().lower()
    language = _LANGUAGES.get(language, language)
    if language and not _CODE.match(language):
        return ReadProblem(name, number, f"'{language[:40]}' is no language code (ar, ur, fa …)")
    return FoundLine(
        images=image_names(folder_of(name), image),
        text=cell("text"),
        source=name,
        row=number,
        split=split,
        writer=cell("writer").strip() or None,
        page=cell("page").strip() or None,
        language=language or None,
        id=cell("id").strip() or None,
        unused_split=given if given and split is None else None,
    )
