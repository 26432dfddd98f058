"""The predictions of a run, line by line: `predictions.csv` in its folder."""

import csv
import io
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from workbench import files
from workbench.errors import WorkspaceError
from workbench.runs.events import Split
from workbench.study.schema import Selection

COLUMNS = (
    "line_id", "target", "split", "selection", "reference", "hypothesis", "edits", "length",
    "char_frames", "char_confidences",
)  # fmt: skip
NEEDED = COLUMNS[:8]
"""Columns without which a file is none of ours."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """One line as one selection of a run read it. Texts in logical order, normalised as the study says.

    `char_frames` holds, for each character of the hypothesis, the frame of the network (from the left of its
    input) that output it; `char_confidences` its probability there.
    """

    line_id: str
    target: str
    split: Split
    selection: Selection
    reference: str
    hypothesis: str
    edits: int
    length: int
    char_frames: tuple[int, ...] = ()
    char_confidences: tuple[float, ...] = ()


def write_predictions(path: Path, predictions: Iterable[Prediction]) -> str:
    """Write the file and return its sha256. Round trips exactly, whatever characters the texts hold."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for p in predictions:
        frames = " ".join(map(str, p.char_frames))
        confidences = " ".join(f"{value:.4g}" for value in p.char_confidences)
        writer.writerow((p.line_id, p.target, p.split, p.selection, p.reference, p.hypothesis, p.edits, p.length,
                         frames, confidences))  # fmt: skip
    files.write_text(path, text.getvalue())
    return files.sha256_of(path)


def read_predictions(path: Path, *, with_frames: bool = True) -> Iterator[Prediction]:
    """Read what :func:`write_predictions` wrote.

    Parameters
    ----------
    path : Path
    with_frames : bool
        Read frames and confidences of the characters, too: three quarters of the time.

    Raises
    ------
    WorkspaceError
        When the file is missing or not one of ours.
    """
    try:
        with files.open_plain(path) as file:
            for row in read_rows(file, path):
                yield Prediction(
                    line_id=row.line_id,
                    target=row.target,
                    split=row.split,  # pyright: ignore[reportArgumentType]
                    selection=row.selection,  # pyright: ignore[reportArgumentType]
                    reference=row.reference,
                    hypothesis=row.hypothesis,
                    edits=row.edits,
                    length=row.length,
                    char_frames=tuple(map(int, row.frames.split())) if with_frames else (),
                    char_confidences=tuple(map(float, row.confidences.split())) if with_frames else (),
                )
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


class WrittenRow(NamedTuple):
    """A row of the file as it is written, its lists of numbers not yet taken apart."""

    line_id: str
    target: str
    split: str
    selection: str
    reference: str
    hypothesis: str
    edits: int
    length: int
    frames: str = ""
    confidences: str = ""


def read_rows(file: BinaryIO, path: Path) -> Generator[WrittenRow]:
    """Read the rows of an open file; what early versions did not write, frames and confidences, may be missing.

    The file's own position tells how far the reading is.

    Raises
    ------
    WorkspaceError
        When it is not one of ours; `path` is what it is called then.
    """
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        rows = csv.reader(text)
        header = next(rows, [])
        places: list[int] = []
        for row in rows:
            if len(row) != len(header):
                raise ValueError(f"row {rows.line_num} has {len(row)} of {len(header)} columns")
            places = places or _places(header)
            row.append("")
            *texts, edits, length, frames, confidences = [row[place] for place in places]
            yield WrittenRow._make((*texts, int(edits), int(length), frames, confidences))
    except (OSError, ValueError, csv.Error) as error:
        raise _unreadable(path, error) from error
    finally:
        text.detach()  # the file is its opener's, who closes it


def _places(header: list[str]) -> list[int]:
    """Where each column stands; behind the last one where it may be missing."""
    lacking = [name for name in NEEDED if name not in header]
    if lacking:
        raise ValueError(f"there is no column {lacking[0]}")
    return [header.index(name) if name in header else len(header) for name in COLUMNS]


def _unreadable(path: Path, error: Exception) -> WorkspaceError:
    return WorkspaceError(f"The predictions {path} cannot be read", str(error))
