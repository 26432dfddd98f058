"""The forms in which other recognisers leave what they read: a literal table, and the one way to open a file."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from workbench.analysis.systems.kraken_texts import KrakenTexts
from workbench.analysis.systems.page_files import PageFiles, check_not_html, root_of
from workbench.analysis.systems.pylaia import PylaiaRows, looks_like_rows
from workbench.analysis.systems.tables import Table, looks_like_table, readable
from workbench.analysis.systems.texts import ReadText, Remarks
from workbench.errors import InputError

SAMPLE_ROWS = 50


class Predictions(Protocol):
    """A file or folder of what a recogniser read; may be read several times."""

    path: Path
    remarks: Remarks
    """Of the last reading, complete when that came to its end."""

    @property
    def encoding_name(self) -> str:
        """Encoding in which its texts are read."""
        ...

    @property
    def has_ids(self) -> bool:
        """Tell whether it names the lines."""
        ...

    @property
    def has_references(self) -> bool:
        """Tell whether it holds the references."""
        ...

    def read(self) -> Iterator[ReadText]:
        """Lines, one after the other."""
        ...


@dataclass(frozen=True, slots=True)
class PredictionForm:
    """A form in which predictions lie on disk."""

    label: str
    matches: Callable[[Path, list[str]], bool]
    """Tell by the path and the first rows of a file (none of a folder)."""
    open: Callable[[Path, str | None, Mapping[str, str]], Predictions]


FORMS: dict[str, PredictionForm] = {
    "table": PredictionForm(
        "CSV or TSV with id, reference, hypothesis (also the published ImageID, GroundTruth, Prediction)",
        lambda path, rows: looks_like_table(rows),
        lambda path, encoding, where: Table(path, encoding, where),
    ),
    "page_xml": PredictionForm(
        "ALTO or PAGE XML of pages that were read",
        lambda path, rows: _has_pages(path),
        lambda path, encoding, where: PageFiles(path, encoding),
    ),
    "kraken_texts": PredictionForm(
        "a folder of one .txt per line (kraken), with .gt.txt as references",
        lambda path, rows: path.is_dir(),
        lambda path, encoding, where: KrakenTexts(path, encoding),
    ),
    "pylaia": PredictionForm(
        "rows of an id and a text (PyLaia)",
        lambda path, rows: looks_like_rows(rows),
        lambda path, encoding, where: PylaiaRows(path, encoding),
    ),
}
"""By name, the one that is tried first first."""


def open_predictions(
    path: Path, form: str | None = None, encoding: str | None = None, where: Mapping[str, str] | None = None
) -> tuple[str, Predictions]:
    """Open what a recogniser read; return the name of its form with it.

    Parameters
    ----------
    path : Path
        A file or a folder.
    form : str, optional
        Name in :data:`FORMS`; told from the content by default. What fits nothing is opened as a table, whose message
        says which columns are missing.
    encoding : str, optional
        Of its texts; told from the content by default.
    where : mapping, optional
        Column of a table to the value whose rows are kept.

    Raises
    ------
    InputError
        When it cannot be read, or is of no known form.
    """
    if form is not None and form not in FORMS:
        raise InputError(f"There is no form '{form}' of predictions", hint=f"Known forms: {', '.join(FORMS)}.")
    if form is None:
        rows = [] if path.is_dir() else _first_rows(path, encoding)
        if rows:
            check_not_html(path, rows[0])
        form = next((name for name, known in FORMS.items() if known.matches(path, rows)), "table")
    return form, FORMS[form].open(path, encoding, where or {})


def _first_rows(path: Path, encoding: str | None) -> list[str]:
    with path.open(encoding=readable(path, encoding).codec) as file:
        return [row.rstrip("\n") for row in islice(file, SAMPLE_ROWS)]


def _has_pages(path: Path) -> bool:
    if path.is_dir():
        return any(root_of(one) for one in islice(path.rglob("*.xml"), SAMPLE_ROWS))
    return path.suffix.lower() == ".xml" and root_of(path) is not None
