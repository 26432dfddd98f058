"""Hugging Face imagefolder: images beside a `metadata.csv`, `.jsonl` or `.parquet` with a column `file_name`.

*Source:* `file_name` is relative to the table, which lies at the root or in the folder of each part; parts are told by
the names of folders.
"""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePosixPath

from workbench.data.arrow_tables import (
    PARQUET_MAGIC,
    bounded_rows,
    is_pyarrow_installed,
    need_pyarrow,
    open_arrow_table,
)
from workbench.data.columns import COLUMNS, columns_named, is_of_imagefolder, is_of_predictions, metadata_of
from workbench.data.delimited import header_of, named_cells, table_rows
from workbench.data.identifiers import split_named
from workbench.data.images import IMAGE_SUFFIXES
from workbench.data.line import OfficialSplit, ReadProblem
from workbench.data.list_file import encoding_notes
from workbench.data.reader import MAX_LIST_BYTES, Found, Match, examples, folder_of, join, note
from workbench.data.table_images import TEXT_TYPES
from workbench.data.table_lines import line_of
from workbench.data.tree import MAX_TABLE_BYTES, FileTree, RefusedPathError
from workbench.errors import InputError

_KINDS = (".csv", ".jsonl", ".parquet")
"""Of equals in one folder the earlier is read."""
_LOOKED_AT = 20

Cells = dict[str, str]
Row = tuple[int, Cells | str]
"""Number of a row from 1, and its cells by what their column is, or why there are none."""


def match(tree: FileTree) -> Match | None:
    """Tell by a table `metadata` with columns for the file's name and its text."""
    tables, _ = _tables(tree)
    if not tables:
        return None
    told = {column for name in tables for column in _columns_of(tree, name)}
    by_place = 2 if "split" not in told and any(_is_in_part(tree, name) for name in tables) else 0
    needed = any(name.lower().endswith(".parquet") for name in tables) and not is_pyarrow_installed()
    remark = " (to read it, the package pyarrow is needed)" if needed else ""
    return Match(f"{examples(tables)} with file_name and text{remark}", metadata_of(dict.fromkeys(told)) + by_place)


def _tables(tree: FileTree) -> tuple[list[str], list[str]]:
    """Tables of one folder, or of the folders of its parts; and those that are not read."""
    found: dict[str, str] = {}
    others: list[str] = []
    names = [name for name in tree.named(*_KINDS) if name.rpartition("/")[2].lower().startswith("metadata.")]
    for name in sorted(names, key=lambda name: (name.count("/"), folder_of(name), _KINDS.index(_kind(name)))):
        if not _columns_of(tree, name):
            continue
        if found and (_base(name) != _base(next(iter(found))) or folder_of(name) in found):
            others.append(name)
        else:
            found[folder_of(name)] = name
    return list(found.values()), others


def _kind(name: str) -> str:
    return name[name.rfind(".") :].lower()


def _base(name: str) -> str:
    """Folder of the data set to which a table belongs."""
    folder = folder_of(name)
    return folder_of(folder) if split_named(PurePosixPath(folder).name) else folder


def _is_in_part(tree: FileTree, name: str) -> bool:
    """Tell whether folders name a part: that of the table, or those of the images that it names first."""
    if split_named(PurePosixPath(folder_of(name)).name):
        return True
    if _kind(name) == ".parquet" and not is_pyarrow_installed():
        return False
    try:
        return any(
            not isinstance(cells, str) and _part(name, cells.get("image", "")) for _, cells in _rows(tree, name, True)
        )
    except InputError:
        return False


def _part(table: str, image: str) -> OfficialSplit | None:
    """Part that the nearest folder of an image tells, from the image upwards to that of its table."""
    folders = (*PurePosixPath(folder_of(table)).parts[-1:], *PurePosixPath(image.replace("\\", "/")).parts[:-1])
    return next((part for one in reversed(folders) if (part := split_named(one))), None)


def _columns_of(tree: FileTree, name: str) -> tuple[str, ...]:
    """What the columns of a table are; nothing where it is no table of an imagefolder."""
    kind = _kind(name)
    if kind == ".csv":
        header = header_of(tree, name)
        return tuple(header.columns) if header and is_of_imagefolder(name, header.names) else ()
    if kind == ".parquet" and not is_pyarrow_installed():
        return ("image", "text") if tree.head(name).startswith(PARQUET_MAGIC) else ()
    try:
        for _, cells in _rows(tree, name, True):
            if not isinstance(cells, str) and {"image", "text"} <= cells.keys():
                return tuple(cells)
    except InputError:
        return ()
    return ()


def _rows(tree: FileTree, name: str, is_look: bool = False) -> Iterator[Row]:
    """Rows of a table, or only some from its beginning.

    Raises
    ------
    InputError
        When it cannot be read.
    """
    match _kind(name):
        case ".csv":
            yield from islice(_csv_rows(tree, name), _LOOKED_AT if is_look else None)
        case ".jsonl":
            texts = tree.first_rows(name)[:_LOOKED_AT] if is_look else tree.rows(name, MAX_LIST_BYTES)[0]
            yield from _json_rows(texts, tree.undecodable)
        case _:
            yield from islice(_parquet_rows(tree, name), _LOOKED_AT if is_look else None)


def _csv_rows(tree: FileTree, name: str) -> Iterator[Row]:
    header = header_of(tree, name)
    if header is None:
        return
    image = [one.strip().lower() for one in header.names].index("file_name")
    for number, cells in table_rows(tree, name, header)[0]:
        if isinstance(cells, str):
            yield number, cells
            continue
        told = named_cells(cells, header)
        yield number, told if isinstance(told, str) else {**told, "image": cells[image] if image < len(cells) else ""}


def _json_rows(rows: list[str | None], undecodable: str) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        if row is None:
            yield number, f"the row is {undecodable}"
        elif row.strip():
            yield number, _json_cells(row)


def _json_cells(row: str) -> Cells | str:
    try:
        value = json.loads(row)
    except (ValueError, RecursionError) as error:
        return f"the row is no JSON ({error})"[:200]
    if not isinstance(value, dict):
        return "the row is no JSON object"
    names = [str(name) for name in value]
    if is_of_predictions(names):
        return "the row is of a table of predictions"
    cells: Cells = {}
    for column, at in columns_named(names).items():
        cell = value["file_name"] if column == "image" and "file_name" in value else value[names[at]]
        if isinstance(cell, dict | list | bool) or (column in ("image", "text") and not isinstance(cell, str | None)):
            return f"'{names[at]}' is no text"
        cells[column] = "" if cell is None else str(cell)
    if "file_name" not in value:
        return "the row has no file_name"
    return cells if "text" in cells else f"the row has none of {', '.join(COLUMNS['text'])}"


def _parquet_rows(tree: FileTree, name: str) -> Iterator[Row]:
    need_pyarrow(name)
    with tree.open(name, MAX_TABLE_BYTES) as file:
        table = open_arrow_table(file, name)
        strings = table.of_type(*TEXT_TYPES)
        names = list(table.columns)
        if "file_name" not in strings or is_of_predictions(names):
            raise InputError(f"{name} cannot be used", "it has no column file_name")
        told = {column: names[at] for column, at in columns_named(names).items()}
        told |= {column: strings[at] for column, at in columns_named(strings).items() if column == "text"}
        told["image"] = "file_name"
        if told.get("text") not in strings:
            raise InputError(f"{name} cannot be used", "it has no column of texts")
        for row, values in bounded_rows(table, name, list(told.values())):
            if any(isinstance(value, bytes) for value in values.values()):
                yield row + 1, "the row is not UTF-8"
            else:
                cells = {column: values[told[column]] for column in told}
                yield row + 1, {column: "" if cell is None else str(cell) for column, cell in cells.items()}


def read(tree: FileTree) -> Iterator[Found]:
    """Lines of the tables, and images beside them that no row names.

    Raises
    ------
    InputError
        When a table needs pyarrow, and that is not installed.
    """
    tables, others = _tables(tree)
    if not tables:
        raise InputError("No imagefolder was found", "no table 'metadata' has the columns file_name and text")
    if others:
        yield note(f"further tables of an imagefolder, not read, nothing counts twice: {examples(others)}")
    named: set[str] = set()
    for name in tables:
        if _kind(name) == ".parquet":
            need_pyarrow(name)
        yield from _read_table(tree, name, named)
    below = f"{_base(tables[0])}/" if _base(tables[0]) else ""
    for image in tree.named(*IMAGE_SUFFIXES) if tree.given is None else ():
        if image not in named and image.startswith(below):
            yield ReadProblem(image, None, "no row of the metadata names this image")


def _read_table(tree: FileTree, name: str, named: set[str]) -> Iterator[Found]:
    try:
        if _kind(name) != ".parquet":
            yield from encoding_notes(tree.rows(name, MAX_LIST_BYTES)[1], "rows", name)
        for number, cells in _rows(tree, name):
            if isinstance(cells, str):
                yield ReadProblem(name, number, cells)
            elif any(cell.strip() for cell in cells.values()):
                yield _line(tree, name, number, cells, named)
    except InputError as error:
        yield ReadProblem(name, None, error.why)


def _line(tree: FileTree, name: str, number: int, cells: Cells, named: set[str]) -> Found:
    image = cells.get("image", "").strip()
    if not image:
        return ReadProblem(name, number, "no image is named")
    place = join(folder_of(name), image)
    try:
        named.add(tree.find(place) or "")
    except RefusedPathError as error:
        return ReadProblem(name, number, f"image {image[:200]!r}: {error}")
    return line_of(cells, name, number, (place,), _part(name, image))
