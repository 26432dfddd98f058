"""List files `train.txt`, `val.txt`, `test.txt` (or one `gt.txt`, `labels.txt`): `path<TAB>text` per row."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from workbench.data.identifiers import split_named
from workbench.data.list_file import names_an_image, read_list
from workbench.data.reader import Found, Match, folder_of
from workbench.data.tree import FileTree, place_of

_WHOLE = ("gt.txt", "labels.txt")


def _lists(tree: FileTree) -> list[str]:
    """List files of the folder nearest to the root: those named as parts, else one for everything."""
    if tree.given is not None:
        return [tree.given] if tree.given.lower().endswith(".txt") else []
    for wanted in (lambda name: split_named(place_of(name)[1]) is not None, _is_whole):
        found: list[str] = []
        for name in tree.named(".txt"):
            if wanted(name) and (not found or folder_of(name) == folder_of(found[0])) and names_an_image(tree, name):
                found.append(name)
        if found:
            return found
    return []


def _is_whole(name: str) -> bool:
    """Tell a list of everything; in a folder named as a part it is the prepared form's."""
    folder, _, file = name.rpartition("/")
    return file.lower() in _WHOLE and split_named(folder.rpartition("/")[2]) is None


def match(tree: FileTree) -> Match | None:
    """Tell by list files that name images which are there."""
    lists = _lists(tree)
    parts = any(split_named(PurePosixPath(name).stem) for name in lists)
    return Match(", ".join(lists), metadata=2 if parts else 0) if lists else None


def read(tree: FileTree) -> Iterator[Found]:
    """Lines of the lists; images are relative to the list's folder."""
    for name in _lists(tree):
        yield from read_list(tree, name, split_named(PurePosixPath(name).stem))
