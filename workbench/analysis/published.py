"""Error rates of prediction files, our own and published ones, by the same counts as everything else."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import InputError
from workbench.metrics.error_rate import EditCount, count_characters, count_words, total

_ALIASES: dict[str, tuple[str, ...]] = {
    "reference": ("reference", "groundtruth", "ground_truth", "gt", "label", "target_text", "truth"),
    "hypothesis": ("hypothesis", "prediction", "predicted", "pred", "output"),
}
"""What a column may be called, in small letters; the first that is there counts."""

_VERIFICATION_COLUMNS = {"label", "notes", "groundtruth", "prediction"}
"""Columns by which a log of human verification is known: it lists the worst lines only."""

MAX_FIELD_CHARACTERS = 10_000_000


@dataclass(frozen=True, slots=True)
class Score:
    """Micro-averaged error rates of a file; fractions, None where all references are empty."""

    file: str
    """Path as it was given."""
    lines: int
    edits: int
    length: int
    """Characters of all references."""
    cer: float | None
    wer: float | None
    """Over words between white space."""


@dataclass(frozen=True, slots=True)
class _Columns:
    reference: int
    hypothesis: int

    @property
    def needed(self) -> int:
        return max(self.reference, self.hypothesis) + 1


def _named(columns: Sequence[str]) -> str:
    if not columns:
        return "the file is empty"
    shown = ", ".join(column or "(empty)" for column in columns[:12])
    return f"it has the columns {shown}" + (" …" if len(columns) > 12 else "")


def _find(kind: str, header: Sequence[str]) -> int | None:
    return next((header.index(alias) for alias in _ALIASES[kind] if alias in header), None)


def _columns(path: Path, names: Sequence[str]) -> _Columns:
    header = [name.strip().lower() for name in names]
    if set(header) >= _VERIFICATION_COLUMNS:
        raise InputError(
            f"{path.name} is a log of human verification, not a file of predictions",
            "it lists only the lines that a person looked at, so that its error rate means nothing",
            "Give the CSV with all predictions of the run.",
        )
    found = {kind: _find(kind, header) for kind in _ALIASES}
    missing = [kind for kind, place in found.items() if place is None]
    if missing:
        raise InputError(
            f"{path.name} has no column for the {' and the '.join(missing)}",
            _named(list(names)),
            "Name them id, reference, hypothesis (or ImageID, GroundTruth, Prediction).",
        )
    reference, hypothesis = found["reference"], found["hypothesis"]
    assert reference is not None
    assert hypothesis is not None
    return _Columns(reference, hypothesis)


def _read(path: Path) -> str:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read", error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8 text", f"byte {error.start}", "Save it as UTF-8.") from error
    if "\0" in text:
        raise InputError(f"{path.name} is not a text file", "it holds NUL characters", "Save it as CSV in UTF-8.")
    return text


def _delimiter(text: str) -> str:
    """Tab or comma or semicolon: whichever stands most often in the header row."""
    header = text.partition("\n")[0]
    return max("\t,;", key=header.count)


def _records(text: str, delimiter: str, *, is_quoted: bool) -> list[list[str]]:
    quoting = csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE
    lines = io.StringIO(text, newline="")  # ends lines at CR and LF only, as CSV does
    return list(csv.reader(lines, delimiter=delimiter, quoting=quoting, strict=True))


def _rows(path: Path) -> list[list[str]]:
    text = _read(path)
    delimiter = _delimiter(text)
    csv.field_size_limit(MAX_FIELD_CHARACTERS)
    try:
        return _records(text, delimiter, is_quoted=True)
    except csv.Error as error:
        if delimiter == "\t":  # many programs write TAB-separated texts without quoting anything
            return _records(text, delimiter, is_quoted=False)
        raise InputError(
            f"{path.name} cannot be scored",
            str(error),
            "A text that holds a quote or a comma has to stand in quotes, with quotes inside it doubled.",
        ) from error


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    """(reference, hypothesis) of each line, as they stand in the file."""
    header, *rows = _rows(path) or [[]]
    columns = _columns(path, header)
    for number, row in enumerate(rows, start=2):
        if not row:
            continue
        if len(row) < columns.needed:
            raise InputError(
                f"{path.name} cannot be scored",
                f"record {number} has {len(row)} fields, {columns.needed} are needed",
                "A text that holds a comma or a line end has to stand in quotes.",
            )
        yield row[columns.reference], row[columns.hypothesis]


def score_file(path: Path, wildcards: str = "") -> Score:
    """Count the errors of one file; see :func:`score_files`."""
    characters: list[EditCount] = []
    words: list[EditCount] = []
    for reference, hypothesis in _texts(path):
        characters.append(count_characters(reference, hypothesis, wildcards))
        words.append(count_words(reference, hypothesis, wildcards))
    if not characters:
        raise InputError(f"{path.name} holds no predictions", "there is nothing below its header row")
    sums = total(characters)
    return Score(str(path), len(characters), sums.edits, sums.length, sums.rate, total(words).rate)


def score_files(paths: Iterable[Path], wildcards: str = "") -> list[Score]:
    """Count the errors of prediction files.

    Parameters
    ----------
    paths : iterable of Path
        CSV or TSV in UTF-8, with or without a byte order mark, with columns for reference and hypothesis:
        `id, reference, hypothesis`, our `predictions.csv`, or the published `ImageID, GroundTruth, Prediction`.
        Case and order of the columns do not matter. Texts are scored as they are: not trimmed, not normalised.
    wildcards : str
        Placeholders that are not scored; see :func:`workbench.metrics.error_rate.count_characters`.

    Raises
    ------
    InputError
        For a file that cannot be read, lacks a column (the ones that it has are named), is empty, or is a log of
        human verification.
    """
    return [score_file(path, wildcards) for path in paths]
