"""A text file that belongs to one line image."""

from collections import Counter

from workbench.data.encodings import split_rows
from workbench.data.line import ReadProblem
from workbench.data.reader import MAX_TEXT_BYTES
from workbench.data.tree import FileTree
from workbench.errors import InputError


def read_text_rows(tree: FileTree, name: str, encodings: Counter[str]) -> list[str] | ReadProblem:
    """Rows of a small text file, or what is wrong with it; its encoding is counted."""
    try:
        decoded = tree.text(name, MAX_TEXT_BYTES)
    except InputError as error:
        return ReadProblem(name, None, error.why)
    if decoded.text is None:
        return ReadProblem(name, None, tree.undecodable)
    encodings[decoded.encoding] += 1
    return split_rows(decoded.text)
