"""The predictions of a run, line by line: `predictions.csv` in its folder."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench import files
from workbench.errors import WorkspaceError
from workbench.runs.events import Split
from workbench.study.schema import Selection

COLUMNS = (
    "line_id", "target", "split", "selection", "reference", "hypothesis", "edits", "length",
    "char_frames", "char_confidences",
)  # fmt: skip


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
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield Prediction(
                    line_id=row["line_id"],
                    target=row["target"],
                    split=row["split"],  # pyright: ignore[reportArgumentType]
                    selection=row["selection"],  # pyright: ignore[reportArgumentType]
                    reference=row["reference"],
                    hypothesis=row["hypothesis"],
                    edits=int(row["edits"]),
                    length=int(row["length"]),
                    char_frames=tuple(map(int, row["char_frames"].split())) if with_frames else (),
                    char_confidences=tuple(map(float, row["char_confidences"].split())) if with_frames else (),
                )
    except (OSError, KeyError, ValueError, csv.Error) as error:
        raise WorkspaceError(f"The predictions {path} cannot be read", str(error)) from error
