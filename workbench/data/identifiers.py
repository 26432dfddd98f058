"""What the ids and folder names of known data sets tell: split, writer, page."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from workbench.data.line import OfficialSplit

SPLIT_NAMES: dict[str, OfficialSplit] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validate": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
    "eval": "test",
}

KHATT_ID = re.compile(r"^(AHTD3A\d{4})_(Para(\d))_L?(\d+)$")
PHTD_ID = re.compile(r"^persian_(\d+)_line_(\d+)$")

_NUMBERS = re.compile(r"(\d+)")
_WORDS = re.compile(r"[^a-z]+", re.IGNORECASE)


def split_named(name: str) -> OfficialSplit | None:
    """Part that a folder, sheet or column value names, whatever its case; None for any other word."""
    return SPLIT_NAMES.get(name.strip().lower())


@lru_cache(maxsize=1024)
def part_of_folder(folder: str) -> OfficialSplit | None:
    """Part that the nearest folder of a relative path names."""
    return next((part for name in reversed(PurePosixPath(folder).parts) if (part := split_named(name))), None)


def split_in(name: str) -> OfficialSplit | None:
    """Part that a word of a longer name tells: `train-00000-of-00002`, `uhwr_test`; None where words contradict."""
    told: list[OfficialSplit] = [part for part in map(split_named, _WORDS.split(name)) if part]
    return told[0] if told and len(set(told)) == 1 else None


@dataclass(frozen=True, slots=True)
class Origin:
    """Writer and page of a line, where its id tells."""

    writer: str | None = None
    page: str | None = None


def origin_of(stem: str) -> Origin:
    """Read an id: KHATT's form is the writer and its paragraph the page; PHTD tells the page alone."""
    if match := KHATT_ID.match(stem):
        return Origin(writer=match[1], page=f"{match[1]}_{match[2]}")
    if match := PHTD_ID.match(stem):
        return Origin(page=f"persian_{match[1]}")
    return Origin()


def khatt_form(stem: str) -> str | None:
    """Form of a KHATT id, `AHTD3A####`: what one writer filled in."""
    match = KHATT_ID.match(stem)
    return match[1] if match else None


def khatt_paragraph(stem: str) -> int | None:
    """Paragraph number of a KHATT id. 2 and 3 hold unique texts, 1 and 4 the fixed text that all writers copied."""
    match = KHATT_ID.match(stem)
    return int(match[3]) if match else None


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Order names as people do: numbers by value, `line_9` before `line_10`."""
    return tuple(
        (1, int(part), part) if part.isdigit() and part.isascii() else (0, 0, part) for part in _NUMBERS.split(name)
    )
