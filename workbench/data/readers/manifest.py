"""A TSV or CSV table: one row per line, with columns for image and text and, where known, split, writer, language.

Among them the tables of NUST-UHWR that go about: `train.csv`, `test.csv` with columns such as `file_name` and `text`,
images in any folder.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from workbench.data.columns import COLUMNS, is_of_imagefolder
from workbench.data.delimited import Cells, Header, header_of, named_cells, table_rows
from workbench.data.identifiers import split_in, split_named
from workbench.data.line import OfficialSplit, ReadProblem
from workbench.data.list_file import encoding_notes
from workbench.data.reader import Found, Match, examples, folder_of, note
from workbench.data.table_lines import ImagePlaces, line_of
from workbench.data.tree import FileTree
from workbench.errors import InputError

_SUFFIXES = (".tsv", ".csv")

Table = tuple[str, Header]


def match(tree: FileTree) -> Match | None:
    """Tell by a table with columns for image and text, given itself or lying in the folder."""
    found, _ = _manifests([table for table in _tables(tree) if not is_of_imagefolder(table[0], table[1].names)])
    if not found:
        return None
    header = found[0][1]
    told = ", ".join(column for column in header.columns if column != "id")
    by_place = 2 if len(found) > 1 and "split" not in header.columns else 0
    return Match(f"{examples([name for name, _ in found])} with columns for {told}", header.metadata + by_place)


def _tables(tree: FileTree) -> list[Table]:
    if tree.given is not None:
        names = [tree.given] if tree.given.lower().endswith((*_SUFFIXES, ".txt")) else []
    else:
        names = tree.named(*_SUFFIXES)
    return [(name, header) for name in names if (header := header_of(tree, name))]


def _manifests(tables: list[Table]) -> tuple[list[Table], list[str]]:
    """The table that tells most (the nearest to the root of equals) with those of the other parts; the rest by name.

    Parts are tables `train.csv`, `test.csv` of one folder, or namesakes in folders `train`, `test`.
    """
    if not tables:
        return [], []
    best = max(tables, key=lambda table: table[1].metadata)
    chosen = [best]
    if _part_by_name(best[0]):
        chosen = [one for one in tables if folder_of(one[0]) == folder_of(best[0]) and _part_by_name(one[0])]
    elif _part_by_folder(best[0]):
        chosen = [one for one in tables if _place(one[0]) == _place(best[0]) and _part_by_folder(one[0])]
    return chosen, [name for name, _ in tables if name not in {one for one, _ in chosen}]


def _part_by_name(name: str) -> OfficialSplit | None:
    return split_in(PurePosixPath(name).stem)


def _part_by_folder(name: str) -> OfficialSplit | None:
    return split_named(PurePosixPath(folder_of(name)).name)


def _place(name: str) -> tuple[str, str]:
    return PurePosixPath(name).name, folder_of(folder_of(name))


def read(tree: FileTree) -> Iterator[Found]:
    """Lines of the table.

    Raises
    ------
    InputError
        When no table has columns for image and text.
    """
    tables = _tables(tree)
    own = [table for table in tables if not is_of_imagefolder(table[0], table[1].names)]
    manifests, others = _manifests(own or tables)
    if not manifests:
        raise InputError(
            "No table of lines was found",
            "no TSV or CSV file has a column for the image and one for the text",
            f"Name them '{COLUMNS['image'][0]}' and '{COLUMNS['text'][0]}'.",
        )
    if others:
        yield note(f"further tables of lines, not read, nothing counts twice: {examples(others)}")
    places = ImagePlaces(tree)
    for name, header in manifests:
        yield from _read_table(tree, name, header, places)


def _read_table(tree: FileTree, name: str, header: Header, places: ImagePlaces) -> Iterator[Found]:
    try:
        rows, encodings = table_rows(tree, name, header)
    except InputError as error:
        yield ReadProblem(name, None, error.why)
        return
    yield from encoding_notes(encodings, "rows", name)
    for number, cells in rows:
        if isinstance(cells, str) or any(cell.strip() for cell in cells):
            yield _line(name, number, cells, header, places)


def _line(name: str, number: int, cells: Cells, header: Header, places: ImagePlaces) -> Found:
    told = cells if isinstance(cells, str) else named_cells(cells, header)
    if isinstance(told, str):
        return ReadProblem(name, number, told)
    image = told.get("image", "").strip()
    if not image:
        return ReadProblem(name, number, "no image is named")
    part = _part_by_name(name) or _part_by_folder(name)
    return line_of(told, name, number, places.of(folder_of(name), image), part)
