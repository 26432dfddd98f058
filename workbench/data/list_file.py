"""Text files with one line of a data set per row: an image or an id, a separator, the transcription."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from workbench.data.encodings import NO_ENCODING, UTF8
from workbench.data.images import IMAGE_SUFFIXES
from workbench.data.line import OfficialSplit, ReadProblem
from workbench.data.overrides import SEPARATORS, Separator
from workbench.data.reader import MAX_LIST_BYTES, Found, FoundLine, folder_of, join, note
from workbench.data.tree import FileTree, RefusedPathError
from workbench.errors import InputError

_IMAGE_FIRST = re.compile(r"^\s*(.*?\.(?:jpe?g|png|tiff?|bmp))(?:[\t ,;]\s*|\s*$)", re.IGNORECASE)


Places = Callable[[str, str], tuple[str, ...]]
"""From the folder of a list and a name in it to the places where the image may lie."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list file; `text` is None where no encoding fits."""

    number: int
    name: str
    text: str | None


def split_row(row: str, separator: Separator | None = None) -> tuple[str, str]:
    """Image (or id) and text of a row.

    The image ends at its extension, whatever separator follows; an id ends at the first TAB, else the first blank.
    A separator that the user named ends both.
    """
    if separator is not None:
        name, _, text = row.partition(SEPARATORS[separator])
        return name.strip(), text.lstrip(" ")
    if match := _IMAGE_FIRST.match(row):
        return match[1], row[match.end() :]
    name, _, text = row.partition("\t") if "\t" in row else row.strip().partition(" ")
    return name.strip(), text.lstrip(" ")


def separator_of(row: str, separator: Separator | None = None) -> Separator | None:
    """What parts image (or id) and text of a row; None where nothing does."""
    if separator is not None:
        return separator if SEPARATORS[separator] in row else None
    match = _IMAGE_FIRST.match(row)
    mark = row[match.end(1) : match.end(1) + 1] if match else "\t" if "\t" in row else " "
    return next((name for name, sign in SEPARATORS.items() if sign == mark and sign in row), None)


def first_rows(tree: FileTree, name: str, count: int = 5) -> list[Row]:
    """Some rows from the beginning of a list file, to see what it is."""
    return _rows(tree.first_rows(name), tree.overrides.separator)[:count]


def read_rows(tree: FileTree, name: str) -> tuple[list[Row], Counter[str]]:
    """Rows of a list file that are not empty, and how many each encoding gave.

    Raises
    ------
    InputError
        When the file cannot be read or is too large.
    """
    texts, encodings = tree.rows(name, MAX_LIST_BYTES)
    separator = tree.overrides.separator
    found = (separator_of(text, separator) for text in texts if text and text.strip())
    tree.separators[name] = Counter(one for one in found if one is not None)
    return _rows(texts, separator), encodings


def _rows(texts: list[str | None], separator: Separator | None) -> list[Row]:
    rows: list[Row] = []
    for number, text in enumerate(texts, start=1):
        if text is None:
            rows.append(Row(number, "", None))
        elif text.strip():
            rows.append(Row(number, *split_row(text, separator)))
    return rows


def image_names(folder: str, name: str) -> tuple[str, ...]:
    """Places of the image that a list in `folder` calls `name`, with or without extension."""
    names = [name] if name.lower().endswith(IMAGE_SUFFIXES) else [f"{name}{suffix}" for suffix in IMAGE_SUFFIXES]
    return tuple(join(place, one) for one in names for place in (folder, join(folder, "images")))


def names_an_image(tree: FileTree, name: str, places: Places = image_names) -> bool:
    """Tell whether any of a list's first rows names an image that is there; `places` says where it may lie."""
    for row in first_rows(tree, name):
        for place in places(folder_of(name), row.name) if row.name else ():
            try:
                if tree.find(place):
                    return True
            except RefusedPathError:
                continue
    return False


def read_list(tree: FileTree, name: str, split: OfficialSplit | None, *, strip: bool = False) -> Iterator[Found]:
    """Lines of one list file; images lie beside it or in its folder `images`."""
    try:
        rows, encodings = read_rows(tree, name)
    except InputError as error:
        yield ReadProblem(name, None, error.why)
        return
    yield from encoding_notes(encodings, "rows", name)
    for row in rows:
        if row.text is None:
            yield ReadProblem(name, row.number, f"the row is {tree.undecodable}")
        else:
            text = row.text.strip() if strip else row.text
            yield FoundLine(image_names(folder_of(name), row.name), text, name, row.number, split)


def encoding_notes(encodings: Counter[str], what: str, path: str = ".") -> list[ReadProblem]:
    """Note how texts were decoded, where not all of them are UTF-8; what no encoding fits is a problem of its own."""
    told = [(name, count) for name, count in encodings.most_common() if name != NO_ENCODING]
    if all(name == UTF8 for name, _ in told):
        return []
    return [note(f"{what} decoded as {', '.join(f'{name} ({count:,})' for name, count in told)}", path)]
