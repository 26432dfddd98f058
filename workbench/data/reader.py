"""What every reader gives: lines as found, before images are looked up and texts are checked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from workbench.data.cuts import Cut
from workbench.data.line import OfficialSplit, ReadProblem
from workbench.data.tree import FileTree

MAX_LIST_BYTES = 200_000_000
MAX_TEXT_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class FoundLine:
    """One line as a list, a sheet or a pair of files names it; nothing about it is checked yet."""

    images: tuple[str, ...]
    """Names under which the image may lie, relative to the root, the likeliest first."""
    text: str
    source: str
    """File that names the line, relative to the root."""
    row: int | None = None
    split: OfficialSplit | None = None
    writer: str | None = None
    page: str | None = None
    language: str | None = None
    id: str | None = None
    cut: Cut | None = None
    """What of the image is the line, where it is that of a page."""
    unused_split: str | None = None
    """Name of a split that is none of train, validation and test: the line belongs to no part."""
    told_split: OfficialSplit | None = None
    """Part that the data set assigns, kept beside the one that the user chose; set when everything is read."""


Found = FoundLine | ReadProblem


@dataclass(frozen=True, slots=True)
class Match:
    """A form that a folder can be read as.

    `metadata` counts what the form tells beside image and text (writer 4, split 2, language 2, page 1): where
    several forms match, the one that tells most is read.
    """

    reason: str
    metadata: int


@dataclass(frozen=True, slots=True)
class Reader:
    """A form in which data sets lie on disk."""

    label: str
    """What the user sees."""
    language: str | None
    """Language of every data set of this form; None where columns or the letters tell."""
    match: Callable[[FileTree], Match | None]
    read: Callable[[FileTree], Iterator[Found]]
    chooses_texts: bool = False
    """It reads KHATT's unique or fixed texts as the user wants."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A form that matched."""

    form: str
    label: str
    reason: str
    metadata: int


def folder_of(name: str) -> str:
    """Folder of a relative path, empty for the root."""
    if _is_plain(name):
        return name.rpartition("/")[0]
    parent = str(PurePosixPath(name).parent)
    return "" if parent == "." else parent


def join(folder: str, name: str) -> str:
    """Path of `name` in a folder; absolute names stay what they are, to be refused later."""
    if folder and _is_plain(name) and "\\" not in name:
        return f"{folder}/{name}"
    return str(PurePosixPath(folder) / name.replace("\\", "/")) if folder else name


def _is_plain(name: str) -> bool:
    """Tell a path that needs no tidying: nearly every one, and there may be a hundred thousand."""
    if name[:1] in ("", "/") or name.endswith(("/", "/.")) or name == ".":
        return False
    return "//" not in name and "./" not in name


def note(reason: str, path: str = ".") -> ReadProblem:
    """Give a remark about the whole data set, or a file, whose lines are used all the same."""
    return ReadProblem(path, None, reason, is_note=True)


def examples(names: list[str] | tuple[str, ...], shown: int = 3) -> str:
    """Name a few of many: `a, b, c and 5 more`."""
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more:,} more" if more > 0 else "")


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: `1 line`, `1,633 lines`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
