"""Logs of human verification, as published with CER-HV: what a person found on looking at a line.

One row per judgement; of several rows of a line the last one counts. Everything that a log holds is kept as it is,
also what is not understood here: unknown labels, ids of other data sets, further columns, texts that look like
formulas, directional and control characters.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Self

from workbench import files
from workbench.data.id_lists import LABEL_ERRORS, NO_ERRORS
from workbench.data.reader import counted, examples
from workbench.errors import InputError
from workbench.metrics.error_rate import EditCount

COLUMNS = ("ImageID", "Label", "Notes", "CER", "GroundTruth", "Prediction", "ImagePath", "Timestamp")
"""*Source:* the verification logs published with CER-HV, as are the labels."""

LABELS = (
    "Wrong transcription",
    "Segmentation error",
    "Orientation error",
    "Script mismatch (non-Arabic)",
    "Irrelevant / non-text",
    "Valid but hard",
    "Irrelevant / signature",
)
"""The published labels, in the order of their keys."""

MAX_LOG_BYTES = 500_000_000
MAX_FIELD_CHARACTERS = 10_000_000
_NEEDED = ("ImageID", "Label")
_TO_QUOTE = frozenset(',"\r\n')


@dataclass(frozen=True, slots=True)
class LogRow:
    """One judgement, each field as it stands in the file."""

    image_id: str
    label: str
    notes: str = ""
    cer: str = ""
    """Of the prediction, a fraction; empty where there is none."""
    reference: str = ""
    prediction: str = ""
    image_path: str = ""
    timestamp: str = ""
    """Local time, `2025-12-13T12:16:23`."""
    further: tuple[str, ...] = ()
    """Values of the log's further columns."""

    @classmethod
    def of(cls, values: Sequence[str]) -> Self:
        """Return the row of some fields in the published order, further ones behind them."""
        return cls(*values[: len(COLUMNS)], further=tuple(values[len(COLUMNS) :]))

    @property
    def values(self) -> tuple[str, ...]:
        """Fields in the published order, further ones behind them."""
        *own, further = astuple(self)
        return (*own, *further)


assert len(fields(LogRow)) == len(COLUMNS) + 1


@dataclass(frozen=True, slots=True)
class VerificationLog:
    """Rows in their order."""

    rows: tuple[LogRow, ...] = ()
    further_columns: tuple[str, ...] = ()
    """Names of columns that the published logs do not have."""

    def with_columns(self, wanted: Sequence[str]) -> "VerificationLog":
        """Return the same log with the further columns that are wanted and lacking, empty."""
        missing = [name for name in wanted if name not in self.further_columns]
        if not missing:
            return self
        blank = ("",) * len(missing)
        rows = (replace(row, further=(*row.further, *blank)) for row in self.rows)
        return VerificationLog(tuple(rows), (*self.further_columns, *missing))


@dataclass(frozen=True, slots=True)
class ReadLog:
    """A log as a file holds it, and what is to be said about the file."""

    log: VerificationLog
    notes: tuple[str, ...] = ()


def is_error(label: str) -> bool:
    """Tell whether a label says that the line cannot be used as it is."""
    return label.strip().casefold() in LABEL_ERRORS


def is_known(label: str) -> bool:
    """Tell whether a label is one of the published ones, whatever its case."""
    return is_error(label) or label.strip().casefold() in NO_ERRORS


def cer_field(count: EditCount | None) -> str:
    """Return a CER as the published logs write it: the shortest digits of the fraction, `0.8431372549019608`."""
    return "" if count is None or count.rate is None else repr(count.rate)


def time_field(moment: datetime) -> str:
    """Return a time as the published logs write it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def format_log(log: VerificationLog) -> bytes:
    """Return a log as a file: UTF-8 with a byte order mark, rows ended by LF, quotes only where they are needed."""
    table: Iterable[Sequence[str]] = ((*COLUMNS, *log.further_columns), *(row.values for row in log.rows))
    text = "".join(",".join(map(_quoted, values)) + "\n" for values in table)
    return text.encode("utf-8-sig")


def _quoted(value: str) -> str:
    # Not csv.writer: it leaves a lone CR unquoted, and the row would end there when it is read again.
    return value if _TO_QUOTE.isdisjoint(value) else f'"{value.replace(chr(34), chr(34) * 2)}"'


def write_log(path: Path, log: VerificationLog) -> None:
    """Write a log; see :func:`format_log`.

    Raises
    ------
    WorkspaceError
        When the disk is full or the folder cannot be written.
    """
    files.write_bytes(path, format_log(log))


def read_log(path: Path) -> ReadLog:
    """Read a log.

    Parameters
    ----------
    path : Path
        CSV in UTF-8, with or without a byte order mark, with the columns ImageID and Label at least; case and order
        of the columns do not matter. Fields may be parted by semicolons or tabs, as spreadsheets write them.

    Raises
    ------
    InputError
        When it cannot be read, is no text, lacks a column that is needed, or has a row that is none.
    """
    text = _text_of(path)
    header, *rows = _records(path, text) or [[]]
    places = _places(path, header)
    further = [at for at in range(len(header)) if at not in places.values()]
    read: list[LogRow] = []
    for number, row in enumerate(rows, start=2):
        if not any(row):
            continue
        _check_length(path, number, row, header, places)
        padded = [*row, *[""] * (len(header) - len(row))]
        own = [padded[places[name]] if name in places else "" for name in COLUMNS]
        read.append(LogRow.of([*own, *(padded[at] for at in further)]))
    missing = [name for name in COLUMNS if name not in places]
    notes = (f"{path.name} has no column {', '.join(missing)}; left empty",) if missing else ()
    return ReadLog(VerificationLog(tuple(read), tuple(header[at] for at in further)), notes)


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_LOG_BYTES:
            raise InputError(f"{path.name} is too large for a log of human verification")
        text = files.read_plain(path).decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"The log {path} cannot be read", error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"The log {path.name} is not UTF-8 text", f"byte {error.start}", "Save it as CSV in UTF-8."
        ) from error
    if "\0" in text:
        raise InputError(f"The log {path.name} is not a text file", "it holds NUL characters")
    return text


def _records(path: Path, text: str) -> list[list[str]]:
    first = text.partition("\n")[0]
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True))
    except csv.Error as error:
        raise InputError(f"{path.name} is not a CSV file", str(error)) from error


def _places(path: Path, header: Sequence[str]) -> dict[str, int]:
    """Where each published column stands."""
    known = {name.lower(): name for name in COLUMNS}
    found: dict[str, list[int]] = {}
    for at, title in enumerate(header):
        if name := known.get(title.strip().lower()):
            found.setdefault(name, []).append(at)
    if missing := [name for name in _NEEDED if name not in found]:
        raise InputError(
            f"{path.name} is no log of human verification",
            f"it lacks the column {' and '.join(missing)}; it has {', '.join(header) or 'none'}",
            f"A log has the columns {', '.join(COLUMNS)}.",
        )
    if twice := [name for name, places in found.items() if len(places) > 1]:
        raise InputError(f"{path.name} cannot be used", f"it has the column {examples(twice)} more than once")
    return {name: places[0] for name, places in found.items()}


def _check_length(path: Path, number: int, row: Sequence[str], header: Sequence[str], places: dict[str, int]) -> None:
    least = max(places[name] for name in _NEEDED) + 1
    if not least <= len(row) <= len(header):
        raise InputError(
            f"{path.name} cannot be used",
            f"record {number} has {counted(len(row), 'field')}, the header has {len(header)}",
            "A text that holds a comma, a quote or a line end has to stand in quotes.",
        )
