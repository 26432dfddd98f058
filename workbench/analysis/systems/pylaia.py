"""What `pylaia-htr-decode-ctc` prints: one row per line, its id and its text.

*Source:* the options of PyLaia's decoder. By default a row is `id`, a blank, and the symbols of the text with blanks
between them, where `<space>` stands for a blank of the text; with `convert_spaces` that symbol is a blank itself, so
that three blanks stand for one; with an empty `join_string` the text is written as it is. A confidence of the line
(`0.97`) or of its words (`['0.97', '0.99']`) may stand before the text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO

from workbench.analysis.systems.tables import readable
from workbench.analysis.systems.texts import ReadText, Remarks
from workbench.data.encodings import UTF8
from workbench.errors import InputError

SPACE = "<space>"
LOOKED_AT = 500
"""Rows that tell how a file writes its texts."""

_ONE_SIGN = "\ue000"
"""Stands for `<space>` while symbols are counted: from the private use area."""

_WORD_CONFIDENCES = re.compile(r"^\[(?:'[01]\.\d+'(?:, )?)*\] ?")
_LINE_CONFIDENCE = re.compile(r"^[01]\.\d\d(?: |$)")
_REPORT = re.compile(r"^=+ ?report", re.IGNORECASE)
_ID = re.compile(r"^[\w./~:@+-]+$", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Writing:
    """How the texts of a file are written."""

    confidence: re.Pattern[str] | None
    are_symbols_parted: bool
    has_space_symbol: bool

    def text(self, written: str) -> str:
        """Text that a row stands for.

        Raises
        ------
        ValueError
            When it is written in another way than the first rows of its file.
        """
        if self.confidence is not None and written:
            written, number = self.confidence.subn("", written, count=1)
            if not number:
                raise ValueError("it has no confidence before its text, as the first rows have")
        if self.has_space_symbol and not self.are_symbols_parted:
            return written.replace(SPACE, " ")
        if not self.are_symbols_parted:
            return written
        if not _is_parted(written):
            raise ValueError("its symbols are not parted by blanks, as those of the first rows are")
        symbols = written.replace(SPACE, _ONE_SIGN)[::2]  # every second character is the blank between two symbols
        return symbols.replace(_ONE_SIGN, " ")


def _is_parted(written: str) -> bool:
    written = written.replace(SPACE, _ONE_SIGN)
    return not written or (set(written[1::2]) <= {" "} and len(written) % 2 == 1)


@dataclass
class PylaiaRows:
    """Rows of an id and a text; there are no references in them."""

    path: Path
    encoding: str | None = None
    remarks: Remarks = field(default_factory=Remarks)

    def __post_init__(self) -> None:
        self._encoding = readable(self.path, self.encoding)
        with self._open() as file:
            sample = [row.rstrip("\r\n") for row in islice(file, LOOKED_AT)]
        if sample and _REPORT.match(sample[0]):
            raise InputError(
                f"{self.path.name} is a report of `ketos test`",
                "it holds sums over all lines, and no text of any line",
                "Read the lines with `kraken ocr` and give the folder of their texts, or ALTO or PAGE files.",
            )
        self._writing = _writing([_parted(row)[1] for row in sample if row])

    @property
    def encoding_name(self) -> str:
        """Encoding in which the file is read."""
        return self._encoding.name

    has_ids = True
    has_references = False

    def read(self) -> Iterator[ReadText]:
        """Lines of the file, in its order.

        Raises
        ------
        InputError
            For a row that is written in another way than the first ones: its text cannot be told.
        """
        self.remarks = Remarks()
        if self._encoding.name != UTF8:
            self.remarks.add(f"read as {self._encoding.name}")
        if self._writing.confidence is not None:
            self.remarks.add("confidences before the texts are not part of them")
        with self._open() as file:
            for number, written in enumerate(file, start=1):
                line_id, text = _parted(written.rstrip("\r\n"))
                if line_id:
                    yield ReadText(line_id, self._text(number, text), None, row=number)

    def _text(self, number: int, written: str) -> str:
        try:
            return self._writing.text(written)
        except ValueError as error:
            raise InputError(
                f"{self.path.name} cannot be read as rows of PyLaia", f"row {number}: {error}", "Give it as CSV."
            ) from error

    def _open(self) -> IO[str]:
        return self.path.open(encoding=self._encoding.codec, newline="\n")


def _parted(row: str) -> tuple[str, str]:
    line_id, _, text = row.partition("\t" if "\t" in row.partition(" ")[0] else " ")
    return line_id, text


def _writing(texts: Sequence[str]) -> _Writing:
    filled = [text for text in texts if text]
    confidence = next(
        (
            pattern
            for pattern in (_WORD_CONFIDENCES, _LINE_CONFIDENCE)
            if filled and all(pattern.match(text) for text in filled)
        ),
        None,
    )
    if confidence is not None:
        filled = [rest for text in filled if (rest := confidence.sub("", text, count=1))]
    has_space = any(SPACE in text for text in filled)
    return _Writing(confidence, bool(filled) and all(map(_is_parted, filled)), has_space)


def looks_like_rows(rows: Sequence[str]) -> bool:
    """Tell rows that begin with an id, each with another one; a report of `ketos test` is told here too."""
    filled = [row for row in rows if row.strip()]
    if filled and _REPORT.match(filled[0]):
        return True
    ids = [_parted(row)[0] for row in filled]
    return bool(ids) and all(map(_ID.match, ids)) and len(set(ids)) == len(ids)
