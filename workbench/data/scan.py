"""The whole scan of one line, decoded again from the data set's own files."""

from workbench.data.catalog import OpenedDataset
from workbench.data.decoding import DecodedLine, decode_line
from workbench.data.line import TextLine
from workbench.data.tree import open_tree
from workbench.errors import InputError


def read_scan(opened: OpenedDataset, line: TextLine) -> DecodedLine:
    """Decode the image of a line as it lies on disk, not cut to its ink.

    Raises
    ------
    InputError
        When it cannot be read, or is not the one that was read when the data set was opened.
    """
    decoded = decode_line(open_tree(opened.entry.path), line.image.as_posix(), cropped=False)
    if decoded.digest != opened.cache.digest(line.id):
        raise InputError(
            f"The image {line.image.as_posix()} has changed since the data set was opened", hint="Open it again."
        )
    return decoded
