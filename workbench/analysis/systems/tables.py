"""Tables of predictions: CSV or TSV with columns for id, reference and hypothesis, our own and published ones."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from workbench.analysis.systems.texts import ReadText, Remarks
from workbench.data.columns import COLUMNS
from workbench.data.encodings import UTF8, FileEncoding, encoding_of
from workbench.data.reader import counted
from workbench.errors import InputError

ALIASES: dict[str, tuple[str, ...]] = {
    "reference": ("reference", "groundtruth", "ground_truth", "gt", "label", "target_text", "truth"),
    "hypothesis": ("hypothesis", "prediction", "predicted", "pred", "output"),
    "id": ("id", "line_id", "imageid", "image_id", "image", "file_name", "filename", "file", "img", "key"),
    "writer": COLUMNS["writer"],
    "page": COLUMNS["page"],
}
"""What a column may be called, in small letters; the first that is there counts."""

MAX_FIELD_CHARACTERS = 10_000_000

_VERIFICATION_COLUMNS = {"label", "notes", "groundtruth", "prediction"}
"""Columns by which a log of human verification is known: it lists the worst lines only."""
_TOLD_SEPARATORS = ("sep=", '"sep=')
_GROUPS = ("run", "target", "split", "selection")
"""Columns of our own exports whose values should not be mixed in one score."""
_MAX_GROUP_VALUES = 50


@dataclass(frozen=True, slots=True)
class _Columns:
    names: tuple[str, ...]
    places: Mapping[str, int]

    needed: int
    """Cells that a row must have."""

    def of(self, kind: str, row: Sequence[str]) -> str:
        """Cell of a row, empty where the table has no such column."""
        place = self.places.get(kind)
        return row[place] if place is not None and place < len(row) else ""


@dataclass
class Table:
    """A table of predictions, read as a stream as often as it is asked for."""

    path: Path
    encoding: str | None = None
    """As the user named it; None: told from the file."""
    where: Mapping[str, str] = field(default_factory=dict)
    """Rows to keep, by the value of a column."""
    remarks: Remarks = field(default_factory=Remarks)

    def __post_init__(self) -> None:
        self._encoding = readable(self.path, self.encoding)
        with self._open() as file:
            self._skipped, self._delimiter = _separator(file.readline())
        self._is_quoted = self._delimiter != "\t" or _is_quoted_table(self._open(), self._delimiter)
        with self._open() as file:
            try:
                header = next(self._records(file), [])
            except csv.Error as error:
                raise _unparted(self.path, str(error)) from error
        self._columns = _columns(self.path, header)
        self._keep = self._kept_columns()

    @property
    def encoding_name(self) -> str:
        """Encoding in which the file is read."""
        return self._encoding.name

    @property
    def has_ids(self) -> bool:
        """Tell whether a column names the lines."""
        return "id" in self._columns.places

    @property
    def has_references(self) -> bool:
        """Tell whether a column holds the references."""
        return "reference" in self._columns.places

    def read(self) -> Iterator[ReadText]:
        """Lines of the table, each as it stands there.

        Raises
        ------
        InputError
            For a row that cannot be parted into the columns.
        """
        self.remarks = Remarks()
        if self._encoding.name != UTF8:
            self.remarks.add(f"read as {self._encoding.name}")
        groups: dict[str, set[str]] = {name: set() for name in _GROUPS if name in self._columns.names}
        with self._open() as file:
            rows = enumerate(self._records(file), start=1 + self._skipped)
            next(rows, None)
            try:
                for number, row in rows:
                    if row and self._is_kept(row):
                        _note_groups(groups, self._columns.names, row)
                        yield self._line(number, row)
            except csv.Error as error:
                raise _unparted(self.path, str(error)) from error
        for name, values in groups.items():
            if len(values) > 1:
                shown = ", ".join(sorted(values)[:4]) + (" …" if len(values) > 4 else "")
                self.remarks.add(f"several values of the column {name} together ({shown}); --where {name}=… takes one")

    def _line(self, number: int, row: list[str]) -> ReadText:
        columns = self._columns
        if len(row) < columns.needed:
            raise _unparted(self.path, f"record {number} has {len(row)} fields, {columns.needed} are needed")
        if len(row) > len(columns.names) and any(row[len(columns.names) :]):
            why = f"record {number} has {len(row)} fields, the header has {len(columns.names)}"
            raise _unparted(self.path, why)
        return ReadText(
            id=columns.of("id", row).strip(),
            hypothesis=columns.of("hypothesis", row),
            reference=columns.of("reference", row) if self.has_references else None,
            writer=columns.of("writer", row).strip() or None,
            page=columns.of("page", row).strip() or None,
            row=number,
        )

    def _kept_columns(self) -> dict[int, str]:
        names = self._columns.names
        unknown = [name for name in self.where if name.lower() not in names]
        if unknown:
            raise InputError(f"{self.path.name} has no column '{unknown[0]}'", _named(names))
        return {names.index(name.lower()): value for name, value in self.where.items()}

    def _is_kept(self, row: list[str]) -> bool:
        return not self._keep or all(place < len(row) and row[place] == value for place, value in self._keep.items())

    def _open(self) -> IO[str]:
        return self.path.open(encoding=self._encoding.codec, newline="")  # ends lines at CR and LF only, as CSV does

    def _records(self, file: IO[str]) -> Iterator[list[str]]:
        for _ in range(self._skipped):
            file.readline()
        return _parted(file, self._delimiter, is_quoted=self._is_quoted)


def _parted(file: IO[str], delimiter: str, *, is_quoted: bool) -> Iterator[list[str]]:
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    quoting = csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE
    return csv.reader(file, delimiter=delimiter, quoting=quoting, strict=True)


def _is_quoted_table(file: IO[str], delimiter: str) -> bool:
    """Tell whether a table quotes its cells: many programs write TAB-separated texts without quoting anything."""
    with file:
        try:
            for _ in _parted(file, delimiter, is_quoted=True):
                pass
        except csv.Error:
            return False
    return True


def readable(path: Path, encoding: str | None) -> FileEncoding:
    """Tell how a file of text can be read; raises InputError where it cannot."""
    try:
        found = encoding_of(path, encoding)
    except OSError as error:
        raise InputError(f"{path} cannot be read", error.strerror or str(error)) from error
    if found.codec is None:
        said = f"not {found.name}" if encoding else f"not UTF-8 text ({found.name})" if "UTF" in found.name else ""
        raise InputError(
            f"{path.name} is {said or 'not UTF-8 text'}",
            f"byte {found.fault_at}, and no other encoding fits for certain",
            "Save it as UTF-8, or name its encoding.",
        )
    if found.has_nul:
        raise InputError(f"{path.name} is not a text file", "it holds NUL characters", "Save it as CSV in UTF-8.")
    return found


def _separator(first: str) -> tuple[int, str]:
    """Rows before the header, and what parts its cells, given the first row: TAB, comma or semicolon, as often as told.

    Spreadsheets write and obey a row `sep=;` before the header.
    """
    if first.lower().startswith(_TOLD_SEPARATORS):
        return 1, first.partition("=")[2].strip('"\r\n')[:1] or ","
    return 0, max("\t,;", key=first.count)


def _note_groups(groups: dict[str, set[str]], names: Sequence[str], row: Sequence[str]) -> None:
    for name, values in groups.items():
        place = names.index(name)
        if place < len(row) and len(values) < _MAX_GROUP_VALUES:
            values.add(row[place])


def _unparted(path: Path, why: str) -> InputError:
    return InputError(
        f"{path.name} cannot be parted into columns",
        why,
        "A text that holds a quote, a comma or a line end has to stand in quotes, with quotes inside it doubled.",
    )


def _named(columns: Sequence[str]) -> str:
    if not columns:
        return "the file is empty"
    shown = ", ".join(column or "(empty)" for column in columns[:12])
    return f"it has the columns {shown}" + (" …" if len(columns) > 12 else "")


def places_of(names: Sequence[str]) -> dict[str, int]:
    """Tell which column is what, given names in small letters."""
    return {
        kind: names.index(found)
        for kind, aliases in ALIASES.items()
        if (found := next((alias for alias in aliases if alias in names), None))
    }


def _columns(path: Path, header: Sequence[str]) -> _Columns:
    names = tuple(name.strip().lower() for name in header)
    if set(names) >= _VERIFICATION_COLUMNS:
        raise InputError(
            f"{path.name} is a log of human verification, not a file of predictions",
            "it lists only the lines that a person looked at, so that its error rate means nothing",
            "Give the CSV with all predictions of the run.",
        )
    places = places_of(names)
    missing = [kind for kind in ("reference", "hypothesis") if kind not in places]
    if "hypothesis" not in places or ("reference" in missing and "id" not in places):
        raise InputError(
            f"{path.name} has no column for the {' and the '.join(missing)}",
            "its header row is empty" if not header and path.stat().st_size else _named(header),
            "Name them id, reference, hypothesis (or ImageID, GroundTruth, Prediction).",
        )
    twice = [name for name in dict.fromkeys(names) if name and names.count(name) > 1 and names.index(name) in
             places.values()]  # fmt: skip
    if twice:
        raise InputError(f"{path.name} has {counted(names.count(twice[0]), 'column')} called '{twice[0]}'")
    needed = max(places[kind] for kind in ("hypothesis", "reference") if kind in places) + 1
    return _Columns(names, places, needed)


def looks_like_table(rows: Sequence[str]) -> bool:
    """Tell rows that begin with a header that names a hypothesis."""
    skipped, delimiter = _separator(rows[0]) if rows else (0, ",")
    names = [name.strip().strip('"').lower() for row in rows[skipped : skipped + 1] for name in row.split(delimiter)]
    return any(name in ALIASES["hypothesis"] for name in names)
