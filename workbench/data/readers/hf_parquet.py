"""Hugging Face data sets as they are stored: `data/train-00000-of-00002-….parquet`, images in the rows.

*Source:* the column `image` is a struct of `bytes` and `path`; where the bytes are missing the path names a file. Plain
columns of bytes are met too.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from workbench.data.arrow_tables import (
    PARQUET_MAGIC,
    ArrowTable,
    bounded_rows,
    is_pyarrow_installed,
    need_pyarrow,
    open_arrow_table,
)
from workbench.data.columns import COLUMNS, columns_named, is_of_predictions, metadata_of
from workbench.data.identifiers import origin_of, part_of_folder, split_in, split_named
from workbench.data.line import OfficialSplit, ReadProblem
from workbench.data.reader import Found, Match, examples, folder_of, note
from workbench.data.table_images import TEXT_TYPES, image_column, row_id
from workbench.data.table_lines import ImagePlaces, line_of
from workbench.data.tree import MAX_TABLE_BYTES, FileTree
from workbench.errors import InputError

_SHARD = re.compile(r"^(.*?)-?(\d{5})-of-(\d{5})")
_LOOKED_AT = 3
"""Shards that are opened to recognise the form."""


def match(tree: FileTree) -> Match | None:
    """Tell by columns for image and text; without pyarrow, or where files are damaged, by how the files begin."""
    shards = _shards(tree)
    if not shards:
        return None
    by_place = 2 if any(_part(name) for name in shards) else 0
    told = f"{examples(shards)}"
    if not is_pyarrow_installed():
        return Match(f"{told} (to read them, the package pyarrow is needed)", by_place)
    opened = [_columns(tree, name) for name in shards[:_LOOKED_AT]]
    readable = [columns for columns in opened if columns is not None]
    if not readable:
        return Match(f"{told}, which cannot be opened", by_place)
    columns = max(readable, key=metadata_of)
    if not {"image", "text"} <= columns.keys():
        return None
    metadata = metadata_of(columns) + (0 if "split" in columns else by_place)
    return Match(f"{told} with columns for {', '.join(columns)}", metadata)


def _shards(tree: FileTree) -> list[str]:
    names = [name for name in tree.named(".parquet") if not name.lower().endswith("metadata.parquet")]
    return names if any(tree.head(name).startswith(PARQUET_MAGIC) for name in names[:_LOOKED_AT]) else []


def _columns(tree: FileTree, name: str) -> dict[str, str] | None:
    """Column of each meaning; None where the file cannot be opened."""
    try:
        with tree.open(name, MAX_TABLE_BYTES) as file:
            return _told_columns(open_arrow_table(file, name))
    except InputError:
        return None


def _told_columns(table: ArrowTable) -> dict[str, str]:
    """Column by what it is: text columns hold strings (a `label` of numbers is none), the image bytes."""
    names = list(table.columns)
    if is_of_predictions(names):
        return {}
    strings = table.of_type(*TEXT_TYPES)
    told = {column: names[at] for column, at in columns_named(names).items() if column not in ("image", "text")}
    told |= {column: strings[at] for column, at in columns_named(strings).items() if column == "text"}
    found = image_column(table)
    return {**({"image": found.content} if found else {}), **told}


def _part(name: str) -> OfficialSplit | None:
    """Part that the name of a shard tells, else its nearest folder."""
    return split_in(PurePosixPath(name).stem) or part_of_folder(folder_of(name))


def _configuration(name: str) -> str:
    """Folder of a shard without that of its part."""
    folder = folder_of(name)
    return folder_of(folder) if split_named(PurePosixPath(folder).name) else folder


def read(tree: FileTree) -> Iterator[Found]:
    """Lines of all shards of one configuration.

    Raises
    ------
    InputError
        When pyarrow is not installed.
    """
    shards = _shards(tree)
    if shards:
        need_pyarrow(shards[0])
    configurations: defaultdict[str, list[str]] = defaultdict(list)
    for name in shards:
        configurations[_configuration(name)].append(name)
    chosen = next((one for one in configurations if PurePosixPath(one).name == "default"), None)
    chosen = next(iter(configurations), "") if chosen is None else chosen
    if others := [one or "." for one in configurations if one != chosen]:
        yield note(f"further folders of shards, not read, nothing counts twice: {examples(others)}")
    yield from _missing(configurations[chosen])
    places = ImagePlaces(tree)
    for name in configurations[chosen]:
        try:
            yield from _Shard(tree, name, places).lines()
        except InputError as error:
            yield ReadProblem(name, None, error.why)


def _missing(shards: list[str]) -> Iterator[ReadProblem]:
    """List shards that their sisters count and that are not there: their lines are missing."""
    series: defaultdict[tuple[str, str, int], set[int]] = defaultdict(set)
    for name in shards:
        if told := _SHARD.match(PurePosixPath(name).name):
            series[folder_of(name), told[1], int(told[3])].add(int(told[2]))
    for (folder, stem, total), there in series.items():
        gone = [str(number) for number in range(total) if number not in there][:1000]
        if gone:
            reason = f"of {total:,} shards of '{stem}', {len(gone):,} are missing: {examples(gone)}"
            yield ReadProblem(folder or ".", None, reason)


@dataclass(frozen=True, slots=True)
class _Shard:
    tree: FileTree
    name: str
    places: ImagePlaces

    def lines(self) -> Iterator[Found]:
        """Lines of the rows.

        Raises
        ------
        InputError
            When the file is damaged.
        """
        images = self.tree.table(self.name)
        columns = {column: told for column, told in _told_columns(images.table).items() if column != "image"}
        if "text" not in columns:
            raise InputError(f"{self.name} cannot be used", f"no column is called {', '.join(COLUMNS['text'])}")
        part = _part(self.name)
        for row, values in bounded_rows(images.table, self.name, list(columns.values())):
            told = {column: values[name] for column, name in columns.items()}
            yield self._line(row, told, images.names[row], images.paths[row], part)

    def _line(self, row: int, told: dict[str, object], member: str, path: str, part: OfficialSplit | None) -> Found:
        broken = next((column for column, value in told.items() if isinstance(value, bytes)), None)
        if broken:
            return ReadProblem(self.name, row + 1, f"the {broken} is not UTF-8")
        if not member and not path:
            return ReadProblem(self.name, row + 1, "the row holds no image and names none")
        origin = origin_of(PurePosixPath(path.replace("\\", "/")).stem)
        cells = {column: "" if value is None else str(value) for column, value in told.items()}
        cells["writer"] = cells.get("writer") or origin.writer or ""
        cells["page"] = cells.get("page") or origin.page or ""
        if member and not PurePosixPath(path.replace("\\", "/")).name:
            cells["id"] = cells.get("id") or row_id(self.name, row)
        where = (f"{self.name}/{member}",) if member else self.places.of(folder_of(self.name), path)
        return line_of(cells, self.name, row + 1, where, part)
