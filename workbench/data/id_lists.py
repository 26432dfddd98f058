"""Files that name lines: plain lists of ids, and published logs of human verification.

What such a file says is taken as it is; which lines of a data set it means is a second question, because spreadsheets
take the leading zeros of ids away (`2786` is `02786`). What fits no line, or several, is told, never guessed.
"""

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from workbench import files
from workbench.data.encodings import split_rows
from workbench.data.images import IMAGE_SUFFIXES
from workbench.data.reader import counted, examples
from workbench.errors import InputError

MAX_LIST_BYTES = 50_000_000

LABEL_ERRORS = frozenset(
    {
        "wrong transcription",
        "segmentation error",
        "orientation error",
        "script mismatch (non-arabic)",
        "irrelevant / non-text",
        "irrelevant / signature",
    }
)
"""Verdicts of the published logs that make a line unusable.

*Source:* the verification logs published with CER-HV.
"""

NO_ERRORS = frozenset({"valid but hard"})
"""Verdicts that leave a line as it is: a human could read it."""

_COMMENT = re.compile(r"(?:^|\s)#")
_LOG_COLUMNS = ("imageid", "label")


@dataclass(frozen=True, slots=True)
class ListedLine:
    """An id as a file names it, and why."""

    name: str
    reason: str = ""
    """Verdict of a verification log; empty in a plain list."""


@dataclass(frozen=True, slots=True)
class IdList:
    """What a file names, in its order, each once."""

    path: Path
    lines: tuple[ListedLine, ...]
    notes: tuple[str, ...] = ()
    """What in the file was not taken as a line to list, with counts."""
    may_lack_zeros: bool = False
    """A spreadsheet may have taken leading zeros away."""


@dataclass(frozen=True, slots=True)
class FoundLines:
    """Lines of a data set that a file names."""

    reasons: dict[str, str]
    """Id of the data set to the reason, in the order of the file."""
    notes: tuple[str, ...]
    """What fits no line or several, with counts and examples."""
    missing: int
    """Names that fit no line."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the data set, in the order of the file."""
        return tuple(self.reasons)


def read_id_list(path: Path) -> IdList:
    """Read a file that names lines.

    Parameters
    ----------
    path : Path
        `.csv`: a published log of human verification (`ImageID`, `Label`, …; the last entry of an id counts, and only
        verdicts that make a line unusable list it). Anything else: one id per row, `#` begins a comment, an id that
        ends in `*` stands for all that begin so.

    Raises
    ------
    InputError
        When it cannot be read, is no text, or is a table that is no such log.
    """
    text = _text_of(path)
    return _verification_log(path, text) if path.suffix.lower() == ".csv" else _plain_list(path, text)


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_LIST_BYTES:
            raise InputError(f"{path.name} is too large for a list of ids")
        text = files.read_plain(path).decode("utf-8-sig")
    except OSError as error:
        raise InputError(
            f"The list {path} cannot be read",
            error.strerror or str(error),
            "Correct its place in the study; names are relative to the study file.",
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"The list {path.name} is not UTF-8 text", hint="Save it as UTF-8.") from error
    if "\0" in text:
        raise InputError(f"The list {path.name} is not a text file", "it holds NUL characters")
    return text


def _plain_list(path: Path, text: str) -> IdList:
    names = [_COMMENT.split(row, 1)[0].strip() for row in split_rows(text)]
    counts = Counter(name for name in names if name)
    twice = [name for name, number in counts.items() if number > 1]
    notes = (f"{path.name}: {counted(len(twice), 'id')} named more than once ({examples(twice)})",) if twice else ()
    return IdList(path, tuple(map(ListedLine, counts)), notes)


def _verification_log(path: Path, text: str) -> IdList:
    try:
        header, *rows = list(csv.reader(io.StringIO(text, newline=""), strict=True)) or [[]]
    except csv.Error as error:
        raise InputError(f"{path.name} is not a CSV file", str(error)) from error
    columns = [name.strip().lower() for name in header]
    if not set(_LOG_COLUMNS) <= set(columns):
        raise InputError(
            f"{path.name} is no log of human verification",
            f"it has the columns {', '.join(header) or '(none)'}; ImageID and Label are needed",
            "Give such a log, or a text file with one id per row.",
        )
    id_at, label_at = (columns.index(name) for name in _LOG_COLUMNS)
    verdicts: dict[str, tuple[str, str]] = {}
    for number, row in enumerate(rows, start=2):
        if not any(row):
            continue
        if len(row) <= max(id_at, label_at):
            raise InputError(f"{path.name} cannot be used", f"record {number} has {counted(len(row), 'field')}")
        name = row[id_at].strip()
        verdicts[_number_of(name) or name] = name, row[label_at].strip()  # the last entry counts
    return IdList(path, *_sorted_out(path, verdicts.values()), may_lack_zeros=True)


def _sorted_out(path: Path, verdicts: Iterable[tuple[str, str]]) -> tuple[tuple[ListedLine, ...], tuple[str, ...]]:
    listed: list[ListedLine] = []
    others: dict[str, list[str]] = defaultdict(list)
    for name, label in verdicts:
        if label.casefold() in LABEL_ERRORS:
            listed.append(ListedLine(name, label))
        else:
            others[label].append(name)
    notes = tuple(
        f"{path.name}: {counted(len(names), 'line')} "
        f"{'judged' if label.casefold() in NO_ERRORS else 'of the unknown verdict'} '{label}' ({examples(names)}) "
        f"{'is' if len(names) == 1 else 'are'} used as before"
        for label, names in others.items()
    )
    return tuple(listed), notes


def _number_of(name: str) -> str:
    """Return an id that is a number without its leading zeros, empty for any other."""
    return str(int(name)) if name.isascii() and name.isdigit() else ""


def _stem(name: str) -> str:
    """Last part of an id that may be a path, without the extension of an image."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return last[: -len(PurePosixPath(last).suffix)] if last.lower().endswith(IMAGE_SUFFIXES) else last


class _Ids:
    """Ids of a data set, to be found by what files call them."""

    def __init__(self, ids: Sequence[str]) -> None:
        self._ids = ids
        self._exact = frozenset(ids)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        self._by_number: dict[str, list[str]] = defaultdict(list)
        for line_id in ids:
            stem = _stem(line_id)
            self._by_stem[stem].append(line_id)
            if number := _number_of(stem):
                self._by_number[number].append(line_id)

    def find(self, name: str, *, may_lack_zeros: bool) -> list[str]:
        """Return the lines that a name may mean; more than one is no answer, unless the name ends in `*`."""
        if name.endswith("*"):
            return [line_id for line_id in self._ids if line_id.startswith(name[:-1])]
        same_number = self._by_number.get(_number_of(_stem(name)), [])
        if may_lack_zeros and len(same_number) > 1:
            return same_number
        if name in self._exact:
            return [name]
        return self._by_stem.get(_stem(name)) or same_number


def find_lines(listed: IdList, ids: Sequence[str]) -> FoundLines:
    """Find the lines of a data set that a file names.

    Parameters
    ----------
    listed : IdList
        What the file names: an id, its last part, with or without the extension of an image, or a number without
        its leading zeros.
    ids : sequence of str
        All ids of the data set.
    """
    known = _Ids(ids)
    reasons: dict[str, str] = {}
    missing: list[str] = []
    ambiguous: list[str] = []
    for line in listed.lines:
        found = known.find(line.name, may_lack_zeros=listed.may_lack_zeros)
        if len(found) > 1 and not line.name.endswith("*"):
            ambiguous.append(f"{line.name} = {' or '.join(found[:3])}")
        elif found:
            reasons.update((line_id, line.reason) for line_id in found)
        else:
            missing.append(line.name)
    notes = list(listed.notes)
    name = listed.path.name
    if missing:
        notes.append(f"{name}: {counted(len(missing), 'listed id')} not in the data set ({examples(missing)})")
    if ambiguous:
        notes.append(
            f"{name}: {counted(len(ambiguous), 'listed id')} NOT USED, because more than one line may be meant "
            f"({examples(ambiguous)})"
        )
    return FoundLines(reasons, tuple(notes), len(missing))


class LineNames:
    """What rows of a log call the lines of a data set: their ids, last parts of paths, numbers without leading zeros.

    Parameters
    ----------
    ids : sequence of str
        All ids of the data set.
    """

    def __init__(self, ids: Sequence[str]) -> None:
        self._known = _Ids(ids)
        self._found: dict[str, tuple[str, ...]] = {}

    def lines(self, name: str) -> tuple[str, ...]:
        """Ids that a name may mean: one where it is clear, several where it is not, none where there is no such line.

        An id written out in full is always clear.
        """
        if name not in self._found:
            self._found[name] = tuple(self._known.find(name.strip(), may_lack_zeros=False))
        return self._found[name]

    def line(self, name: str) -> str | None:
        """Return the one line that a name means, None where it is none or not clear."""
        found = self.lines(name)
        return found[0] if len(found) == 1 else None
