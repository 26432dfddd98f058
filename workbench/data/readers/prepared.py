"""Folders `train`, `val`, `test` with a `gt.txt` each: `id text`, images beside it or in `images`."""

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from workbench.data.identifiers import split_named
from workbench.data.images import IMAGE_SUFFIXES
from workbench.data.line import ReadProblem
from workbench.data.list_file import read_list
from workbench.data.reader import Found, FoundLine, Match, folder_of
from workbench.data.tree import FileTree


def _lists(tree: FileTree) -> list[str]:
    """`gt.txt` files in folders named as parts, all below the folder nearest to the root."""
    found: list[str] = []
    for name in tree.named("gt.txt"):
        if name.rpartition("/")[2].lower() == "gt.txt" and split_named(PurePosixPath(folder_of(name)).name):
            above = folder_of(folder_of(name))
            if not found or above == folder_of(folder_of(found[0])):
                found.append(name)
    return found


def match(tree: FileTree) -> Match | None:
    """Tell by `gt.txt` in a folder named as a part."""
    lists = _lists(tree)
    return Match(", ".join(lists), metadata=2) if lists else None


def read(tree: FileTree) -> Iterator[Found]:
    """Lines of every `gt.txt`, and images that none of them names."""
    for name in _lists(tree):
        folder = folder_of(name)
        named: Counter[str] = Counter()
        for found in read_list(tree, name, split_named(PurePosixPath(folder).name), strip=True):
            if isinstance(found, FoundLine):
                named.update(found.images)
            yield found
        for image in (one for place in (folder, f"{folder}/images") for one in tree.folders.get(place, ())):
            if image.lower().endswith(IMAGE_SUFFIXES) and image not in named:
                yield ReadProblem(image, None, f"no row of {name} names this image")
