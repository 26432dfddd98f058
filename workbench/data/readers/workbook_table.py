"""An Excel workbook with one row per line: columns for image and text by their names, or name in A and text in B.

Sheets named as parts are parts.
"""

from collections.abc import Iterator

from workbench.data.columns import columns_named, is_of_predictions, metadata_of
from workbench.data.identifiers import split_in
from workbench.data.images import IMAGE_SUFFIXES
from workbench.data.line import ReadProblem
from workbench.data.reader import Found, Match, examples, folder_of, note
from workbench.data.table_lines import ImagePlaces, line_of
from workbench.data.tree import FileTree, RefusedPathError
from workbench.data.workbook import read_sheets
from workbench.errors import InputError

_SUFFIX = ".xlsx"
_LOOKED_AT = 5
"""Workbooks that are opened to recognise the form."""

Columns = dict[str, int]


def match(tree: FileTree) -> Match | None:
    """Tell by a first row that names columns for image and text, or an image that is there."""
    best = _best(tree)
    if best is None:
        return None
    name, sheets = best
    by_sheet = 2 if any(split_in(sheet) for sheet in sheets) else 0
    told = {column for columns in sheets.values() for column in columns}
    metadata = metadata_of(dict.fromkeys(told)) + (0 if "split" in told else by_sheet)
    return Match(f"{name} with columns for {', '.join(column for column in told if column != 'id')}", metadata)


def _books(tree: FileTree) -> list[str]:
    return [name for name in tree.named(_SUFFIX) if not name.rpartition("/")[2].startswith("~$")]


def _best(tree: FileTree) -> tuple[str, dict[str, Columns]] | None:
    """The first workbook with a sheet of lines, and its sheets of lines."""
    places = ImagePlaces(tree)
    for name in _books(tree)[:_LOOKED_AT]:
        sheets: dict[str, Columns] = {}
        seen: set[str] = set()
        try:
            for sheet, _, cells in read_sheets(tree, name, first_rows_only=True):
                if sheet not in seen and (columns := _columns(tree, name, cells, places)):
                    sheets[sheet] = columns
                seen.add(sheet)
        except InputError:
            continue
        if sheets:
            return name, sheets
    return None


def _columns(tree: FileTree, name: str, cells: tuple[str, ...], places: ImagePlaces) -> Columns | None:
    """What the columns of a sheet are, by its first row."""
    if is_of_predictions(cells):
        return None
    columns = columns_named(cells)
    if {"image", "text"} <= columns.keys():
        return columns
    if len(cells) < 2 or not cells[0].strip():
        return None
    return {"image": 0, "text": 1} if _is_image(tree, places.of(folder_of(name), cells[0].strip()), cells[0]) else None


def _is_image(tree: FileTree, where: tuple[str, ...] | str, name: str) -> bool:
    if isinstance(where, str):
        return True
    try:
        return name.strip().lower().endswith(IMAGE_SUFFIXES) or any(tree.find(place) for place in where)
    except RefusedPathError:
        return False


def read(tree: FileTree) -> Iterator[Found]:
    """Lines of the sheets.

    Raises
    ------
    InputError
        When no workbook holds lines.
    """
    best = _best(tree)
    if best is None:
        raise InputError(
            "No workbook of lines was found",
            "no sheet has columns for image and text",
            "Name them 'image' and 'text' in the first row.",
        )
    name, sheets = best
    if others := [book for book in _books(tree) if book != name]:
        yield note(f"further workbooks, not read, nothing counts twice: {examples(others)}")
    places = ImagePlaces(tree)
    left: set[str] = set()
    seen: set[str] = set()
    try:
        for sheet, number, cells in read_sheets(tree, name):
            is_first = sheet not in seen
            seen.add(sheet)
            columns = sheets.get(sheet)
            if columns is None:
                left.add(sheet)
            elif not (is_first and {"image", "text"} <= columns_named(cells).keys()):
                yield _line(name, sheet, number, cells, columns, places)
    except InputError as error:
        yield ReadProblem(name, None, error.why)
    if left:
        yield note(f"sheets without columns for image and text, not read: {examples(sorted(left))}", name)


def _line(name: str, sheet: str, number: int, cells: tuple[str, ...], columns: Columns, places: ImagePlaces) -> Found:
    told = {column: cells[at] for column, at in columns.items() if at < len(cells)}
    image = told.get("image", "").strip()
    if not image:
        return ReadProblem(name, number, f"sheet {sheet}: no image is named")
    found = line_of(told, name, number, places.of(folder_of(name), image), split_in(sheet) or split_in(_stem(name)))
    if isinstance(found, ReadProblem):
        return ReadProblem(name, number, f"sheet {sheet}: {found.reason}")
    return found


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0]
