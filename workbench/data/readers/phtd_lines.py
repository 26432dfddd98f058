"""PHTD (Persian) cut into lines: ids `persian_<page>_line_<n>` in `gt.txt` files or in lists. No writers are told."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from workbench.data.identifiers import PHTD_ID, split_named
from workbench.data.list_file import first_rows, read_list
from workbench.data.reader import Found, Match, folder_of
from workbench.data.tree import FileTree, place_of

_NAMES = ("gt.txt", "labels.txt")


def _lists(tree: FileTree) -> list[str]:
    """Text files of one level whose first row names a PHTD line."""
    found: list[str] = []
    for name in tree.named(".txt"):
        if name.rpartition("/")[2].lower() not in _NAMES and split_named(place_of(name)[1]) is None:
            continue
        if found and name.count("/") != found[0].count("/"):
            continue
        if _first_id(tree, name):
            found.append(name)
    return found


def _first_id(tree: FileTree, name: str) -> bool:
    rows = first_rows(tree, name, 1)
    return bool(rows) and PHTD_ID.match(PurePosixPath(rows[0].name.replace("\\", "/")).stem) is not None


def match(tree: FileTree) -> Match | None:
    """Tell by the ids of the lists' first rows."""
    lists = _lists(tree)
    return Match(f"ids persian_<page>_line_<n> in {', '.join(lists)}", metadata=3) if lists else None


def read(tree: FileTree) -> Iterator[Found]:
    """Lines of the lists; the part is that of the list's name, else of its folder."""
    for name in _lists(tree):
        path = PurePosixPath(name)
        split = split_named(path.stem) or split_named(PurePosixPath(folder_of(name)).name)
        yield from read_list(tree, name, split, strip=True)
