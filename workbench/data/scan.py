"""The whole scan of one line, decoded again from the data set's own files."""

from pathlib import Path

from workbench.data.catalog import OpenedDataset
from workbench.data.decoding import DecodedLine, decode_line
from workbench.data.line import TextLine
from workbench.data.tree import FileTree, RefusedPathError, open_tree, open_unlisted
from workbench.errors import InputError


def read_scan(opened: OpenedDataset, line: TextLine) -> DecodedLine:
    """Decode the image of a line as it lies on disk, cut out of its page but not cut to its ink.

    Raises
    ------
    InputError
        When it cannot be read, or is not the one that was read when the data set was opened.
    """
    decoded = decode_line(_tree_of(opened.entry.path, line), line, cropped=False)
    if decoded.digest != opened.cache.digest(line.id):
        raise InputError(
            f"The image {line.image.as_posix()} has changed since the data set was opened", hint="Open it again."
        )
    return decoded


def _tree_of(path: Path, line: TextLine) -> FileTree:
    """Files of a data set; its folder is listed only for a line in an archive or table, as it may hold very many."""
    if not path.is_dir():
        return open_tree(path)
    tree = open_unlisted(path)
    try:
        return tree if tree.find(line.image.as_posix()) else open_tree(path)
    except RefusedPathError as error:
        raise InputError(f"The image {line.image.as_posix()} cannot be read", str(error)) from error
