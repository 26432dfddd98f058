"""NUST-UHWR (Urdu) in its official packaging: `train.txt`, `val.txt`, `test.txt` beside `Dataset/images`.

The parts are by line, not by writer, and file names tell no writer.
"""

import re
from collections.abc import Iterator

from workbench.data.identifiers import split_named
from workbench.data.list_file import read_list
from workbench.data.reader import Found, Match, folder_of, note
from workbench.data.tree import FileTree
from workbench.errors import InputError

_PATH = re.compile(rb"Dataset[/\\]images[/\\]\d{5}\.jpe?g", re.IGNORECASE)


def _lists(tree: FileTree) -> list[str]:
    """List files nearest to the root whose beginning names images as this data set does."""
    found: list[str] = []
    for name in tree.named(".txt"):
        stem = name.rsplit("/", 1)[-1][:-4]
        if split_named(stem) is None or (found and folder_of(name) != folder_of(found[0])):
            continue
        if _PATH.search(tree.head(name)):
            found.append(name)
    return found


def match(tree: FileTree) -> Match | None:
    """Tell by lists that name `Dataset/images/NNNNN.jpg`."""
    lists = _lists(tree)
    return Match(f"{', '.join(lists)} with Dataset/images/NNNNN.jpg", metadata=2) if lists else None


def read(tree: FileTree) -> Iterator[Found]:
    """Lines of the three lists.

    Raises
    ------
    InputError
        When there is no such list.
    """
    lists = _lists(tree)
    if not lists:
        raise InputError("No list of NUST-UHWR was found", "no train.txt, val.txt or test.txt names Dataset/images")
    yield note("writers are unknown; the official parts are by line, so that most test writers are also in train")
    for name in lists:
        yield from read_list(tree, name, split_named(name.rsplit("/", 1)[-1][:-4]))
