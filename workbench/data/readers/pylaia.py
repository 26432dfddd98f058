"""Lists as PyLaia and tools around it take them: `train_text.txt`, else `train_ids.txt` and a text file per line.

*Source:* rows are `train/<id> <text>` (a TAB is met too); images lie in `images/`, in `data/<part>/` or in a folder of
the part, and texts without a list as `labels/<id>.txt`. Texts may be symbols between blanks, with `<space>` for a
blank.
"""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath

from workbench.data.identifiers import SPLIT_NAMES, split_named
from workbench.data.images import IMAGE_SUFFIXES
from workbench.data.line import OfficialSplit, ReadProblem
from workbench.data.list_file import Row, encoding_notes, names_an_image, read_rows
from workbench.data.reader import Found, FoundLine, Match, examples, folder_of, join, note
from workbench.data.text_file import read_text_rows
from workbench.data.tree import FileTree, RefusedPathError
from workbench.errors import InputError

_TEXT, _IDS = "_text.txt", "_ids.txt"
_BLANK = "<space>"

Lists = dict[OfficialSplit, str]


def match(tree: FileTree) -> Match | None:
    """Tell by lists of parts that name images which are there."""
    texts, ids = _lists(tree, _TEXT), _lists(tree, _IDS)
    names = [*texts.values(), *(name for part, name in ids.items() if part not in texts)]
    return Match(", ".join(names), metadata=2) if names else None


def read(tree: FileTree) -> Iterator[Found]:
    """Lines of the text lists; of parts that have ids alone, with their own text files."""
    texts, ids = _lists(tree, _TEXT), _lists(tree, _IDS)
    used = {*texts.values(), *ids.values()}
    if others := [name for name in tree.named(_TEXT, _IDS) if name not in used]:
        yield note(f"lists without a part or image of their own, not read: {examples(others)}")
    for part, name in texts.items():
        yield from _listed(tree, name, part, ids.get(part))
    encodings: Counter[str] = Counter()
    for part, name in ids.items():
        if part not in texts:
            yield from _labelled(tree, name, part, encodings)
    yield from encoding_notes(encodings, "text files")


def _lists(tree: FileTree, ending: str) -> Lists:
    """Lists of one kind by part, those nearest to the root."""
    found: Lists = {}
    for name in tree.named(ending):
        part = split_named(PurePosixPath(name).name[: -len(ending)])
        if part and part not in found and names_an_image(tree, name, _places):
            found[part] = name
    return found


def _places(folder: str, name: str) -> tuple[str, ...]:
    """Where the image of an id may lie, with or without the folder of its part."""
    stem = PurePosixPath(name).name
    names = [stem] if stem.lower().endswith(IMAGE_SUFFIXES) else [f"{stem}{suffix}" for suffix in IMAGE_SUFFIXES]
    part = folder_of(name)
    folders = [join("images", part), "images", join("data", part), part, ""] if part else ["images", "data", ""]
    folders += [join(above, other) for other in _other_names(part) for above in ("data", "")]
    return tuple(join(base, join(each, one)) for base in _bases(folder) for each in folders for one in names)


@lru_cache(maxsize=64)
def _other_names(part: str) -> list[str]:
    """Names of the same part under which its folder may lie: `val` in the lists, `validation` on the disk."""
    split = split_named(part)
    return [name for name, other in SPLIT_NAMES.items() if split and other == split and name != part.lower()]


def _bases(folder: str) -> list[str]:
    """Folder of a list, and those above it: lists are also given out in an archive beside the images."""
    bases = [folder]
    while bases[-1]:
        bases.append(folder_of(bases[-1]))
    return bases


def _listed(tree: FileTree, name: str, part: OfficialSplit, ids: str | None) -> Iterator[Found]:
    try:
        rows, encodings = read_rows(tree, name)
        wanted = read_rows(tree, ids)[0] if ids else []
    except InputError as error:
        yield ReadProblem(name, None, error.why)
        return
    yield from encoding_notes(encodings, "rows", name)
    has_symbols = any(_BLANK in row.text.split() for row in rows if row.text)
    if has_symbols:
        yield note(f"the texts are symbols with {_BLANK} for a blank: joined", name)
    for row in rows:
        if row.text is None:
            yield ReadProblem(name, row.number, f"the row is {tree.undecodable}")
        else:
            text = _joined(row.text) if has_symbols else row.text
            yield FoundLine(_places(folder_of(name), row.name), text, name, row.number, part)
    told = {PurePosixPath(row.name).name for row in rows}
    for row in wanted:
        if PurePosixPath(row.name).name not in told:
            yield ReadProblem(ids or name, row.number, f"{PurePosixPath(name).name} has no text for {row.name[:200]!r}")


def _joined(text: str) -> str:
    return "".join(" " if symbol == _BLANK else symbol for symbol in text.split())


def _labelled(tree: FileTree, name: str, part: OfficialSplit, encodings: Counter[str]) -> Iterator[Found]:
    try:
        rows, _ = read_rows(tree, name)
    except InputError as error:
        yield ReadProblem(name, None, error.why)
        return
    for row in rows:
        yield _label(tree, name, row, part, encodings)


def _label(tree: FileTree, name: str, row: Row, part: OfficialSplit, encodings: Counter[str]) -> Found:
    labels = [join(base, f"labels/{PurePosixPath(row.name).name}.txt") for base in _bases(folder_of(name))]
    try:
        found = next((place for label in labels if (place := tree.find(label))), None)
    except RefusedPathError as error:
        return ReadProblem(name, row.number, f"text file {labels[0][:200]!r}: {error}")
    if found is None:
        return ReadProblem(name, row.number, f"the text file {labels[0]} is missing")
    rows = read_text_rows(tree, found, encodings)
    if isinstance(rows, ReadProblem):
        return rows
    return FoundLine(_places(folder_of(name), row.name), rows[0] if rows else "", name, row.number, part)
