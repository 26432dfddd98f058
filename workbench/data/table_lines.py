"""What a row of a table tells becomes a line: its image looked for, its part and language read."""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from workbench.data.columns import LANGUAGES
from workbench.data.identifiers import split_named
from workbench.data.images import IMAGE_SUFFIXES
from workbench.data.line import OfficialSplit, ReadProblem
from workbench.data.list_file import image_names
from workbench.data.reader import Found, FoundLine, examples
from workbench.data.tree import FileTree

_CODE = re.compile(r"^[a-z]{2,3}$")


class ImagePlaces:
    """Where the image that a table names may lie: beside the table, in `images`, else where one file has its name."""

    def __init__(self, tree: FileTree) -> None:
        self._tree = tree

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for name in self._tree.named(*IMAGE_SUFFIXES):
            found[name.rpartition("/")[2].casefold()].append(name)
        return found

    def of(self, folder: str, name: str) -> tuple[str, ...] | str:
        """Places for a table in `folder`, the likeliest first; what is wrong where several files have the name."""
        told = image_names(folder, name)
        if self._tree.given is not None or any(place in self._tree.files for place in told):
            return told
        wanted = {place.rpartition("/")[2].casefold() for place in told}
        same = [place for one in sorted(wanted) for place in self._by_name.get(one, ())]
        if len(same) > 1:
            return f"several images are called {name[:200]!r}: {examples(same)}"
        return (*told, *same)


def line_of(
    cells: Mapping[str, str], source: str, row: int, images: tuple[str, ...] | str, part: OfficialSplit | None
) -> Found:
    """Give the line of a row.

    Parameters
    ----------
    cells : mapping
        By what a column is (a key of :data:`workbench.data.columns.COLUMNS`); what is not told is missing or empty.
    source : str
        File of the table.
    row : int
        Number in it, from 1.
    images : tuple of str or str
        Where the image may lie, or what is wrong with its name.
    part : OfficialSplit or None
        Of rows whose cells tell none.
    """
    if isinstance(images, str):
        return ReadProblem(source, row, images)
    given = cells.get("split", "").strip()
    split = split_named(given) if given else part
    language = cells.get("language", "").strip().lower()
    language = LANGUAGES.get(language, language)
    if language and not _CODE.match(language):
        return ReadProblem(source, row, f"'{language[:40]}' is no language code (ar, ur, fa …)")
    return FoundLine(
        images=images,
        text=cells.get("text", ""),
        source=source,
        row=row,
        split=split,
        writer=cells.get("writer", "").strip() or None,
        page=cells.get("page", "").strip() or None,
        language=language or None,
        id=cells.get("id", "").strip() or None,
        unused_split=given if given and split is None else None,
    )
