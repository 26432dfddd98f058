"""Lines of text as a data set holds them: an image, its transcription, and where both come from."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from workbench.data.cuts import Cut
from workbench.files import canonical_json

OfficialSplit = Literal["train", "validation", "test"]
ClusterUnit = Literal["writers", "pages", "blocks"]

# A decoder's own words differ between versions of libraries and between systems: no part of what a data set says.
_DECODER_WORDS = re.compile(r"(the image is damaged|not XML, or damaged) \(.*", re.DOTALL)

LANGUAGE_NAMES = {"ar": "Arabic", "ur": "Urdu", "fa": "Persian"}


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line: an image file and what is written in it.

    `transcription` is raw: as on disk, in logical order, not normalised. `id` is unique within its data set and
    stays the same wherever the data set lies (file stem, or relative path where stems repeat).
    """

    id: str
    image: Path
    """Relative to the root of the data set."""
    transcription: str
    language: str
    split: OfficialSplit | None = None
    """Part that the data set itself assigns, None where it assigns none."""
    writer: str | None = None
    page: str | None = None
    """Page, form or paragraph, where the id or a column tells it."""
    cut: Cut | None = None
    """What of the image is the line, where the image is that of a whole page."""


@dataclass(frozen=True, slots=True)
class ReadProblem:
    """Something on disk that could not become a usable line, or a quirk that the user should know.

    `row` counts from 1 in list files and sheets, None where the problem is a file's. A problem with
    `is_note = True` describes a line that is used all the same (a known quirk).
    """

    path: str
    """Relative to the root of the data set, POSIX separators."""
    row: int | None
    reason: str
    is_note: bool = False


@dataclass(frozen=True, slots=True)
class LineSet:
    """A data set as it was read: usable lines, and everything that was wrong.

    One `LineSet` has one language; a manifest with several gives one per language.
    """

    name: str
    form: str
    """Name of the reader in :data:`workbench.data.readers.READERS`."""
    root: Path
    language: str
    lines: tuple[TextLine, ...]
    problems: tuple[ReadProblem, ...]
    fingerprint: str
    is_synthetic: bool = False

    @property
    def writers(self) -> frozenset[str]:
        """Known writers."""
        return frozenset(line.writer for line in self.lines if line.writer is not None)

    def part(self, split: OfficialSplit | None) -> tuple[TextLine, ...]:
        """Lines of an official part, in the order of the data set."""
        return tuple(line for line in self.lines if line.split == split)


def fingerprint_of(lines: Iterable[tuple[TextLine, str]], problems: Iterable[ReadProblem]) -> str:
    """Hex sha256 over what a data set says, not over where or when it lies.

    Parameters
    ----------
    lines : iterable of (TextLine, str)
        Each line with the hex sha256 of its image file.
    problems : iterable of ReadProblem
        Those that cost a line. Notes follow from the lines, and their wording may change: leave them out.
    """
    rows = sorted(
        [line.id, digest, line.transcription, line.language, line.writer or "", line.page or "", line.split or ""]
        for line, digest in lines
    )
    faults = sorted(
        [problem.path, str(problem.row or ""), _DECODER_WORDS.sub(r"\1", problem.reason)] for problem in problems
    )
    return hashlib.sha256(canonical_json([rows, faults]).encode()).hexdigest()
