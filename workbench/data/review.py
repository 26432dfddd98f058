"""What people found on looking at the lines of a data set: a log, and the steps by which it came about.

There is one review per data set, because a wrong transcription is wrong in every study. The log is the published one
(:mod:`workbench.data.verification_log`); beside it stand the lines that were passed over and the steps to take back.
Rows that a step of ours did not write (those of an imported log, or of another program) are never changed: a new
judgement of such a line is a further row, and the last row of a line counts.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from workbench import files
from workbench.data.id_lists import LineNames, find_lines, read_id_list
from workbench.data.reader import counted
from workbench.data.verification_log import LogRow, VerificationLog, is_error, is_known, read_log, write_log
from workbench.runs.workspace import Workspace
from workbench.study.schema import FrozenModel

logger = logging.getLogger(__name__)

StepKind = Literal["label", "note", "skip", "import"]

MAX_STEPS = 1_000
"""Steps that are kept to be taken back."""
MAX_IMPORTED_ROWS = 10_000
"""An import of more rows is no step: it would be written again with every later one."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done, as it is taken back."""

    kind: StepKind
    line_id: str = ""
    """Empty for an import."""
    added: tuple[LogRow, ...] = ()
    removed: LogRow | None = None
    """A row of an earlier step whose place the added one took."""
    at: int = 0
    """Where it stood."""


@dataclass(frozen=True, slots=True)
class Review:
    """The log of a data set, the lines that were passed over, and the steps."""

    log: VerificationLog = field(default_factory=VerificationLog)
    skipped: tuple[str, ...] = ()
    """Ids of lines that were looked at and given no label, in that order."""
    steps: tuple[Step, ...] = ()
    """Latest last."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a log says of a data set."""

    by_line: dict[str, LogRow]
    """The row that counts, by id of the data set."""
    foreign: tuple[LogRow, ...] = ()
    """Rows whose ids the data set lacks."""
    unclear: tuple[LogRow, ...] = ()
    """Rows whose ids may mean several lines."""
    unknown_labels: tuple[LogRow, ...] = ()
    """Rows that count, with labels that are none of the published ones."""
    superseded: int = 0
    """Rows that a later one of the same line took the place of."""

    @property
    def wrong(self) -> frozenset[str]:
        """Lines that cannot be used as they are."""
        return frozenset(line_id for line_id, row in self.by_line.items() if is_error(row.label))

    @property
    def labels(self) -> Mapping[str, int]:
        """Lines by the label that counts, most frequent first; a note alone is no label."""
        return dict(Counter(row.label for row in self.by_line.values() if row.label.strip()).most_common())


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    review: Review
    added: int
    known: int
    """Rows that were there already."""
    contradicted: tuple[str, ...]
    """Lines that another label counts for than the imported log gives them."""


def verdicts_of(log: VerificationLog, names: LineNames) -> Verdicts:
    """Find the lines of a data set that a log speaks of."""
    by_line: dict[str, LogRow] = {}
    foreign: list[LogRow] = []
    unclear: list[LogRow] = []
    meant = 0
    for row in log.rows:
        found = names.lines(row.image_id)
        if len(found) == 1:
            by_line[found[0]] = row
            meant += 1
        else:
            (unclear if found else foreign).append(row)
    unknown = tuple(row for row in by_line.values() if row.label.strip() and not is_known(row.label))
    return Verdicts(by_line, tuple(foreign), tuple(unclear), unknown, meant - len(by_line))


def judged(review: Review, line_id: str, row: LogRow, current: LogRow | None, kind: StepKind = "label") -> Review:
    """Return the review with a judgement of a line.

    Parameters
    ----------
    line_id : str
        Id of the data set.
    row : LogRow
        The judgement.
    current : LogRow, optional
        The row of the line that counts now; one of our own steps gives its place to the new row.
    kind : StepKind
        What was done.
    """
    rows = list(review.log.rows)
    row = _fitted(row, review.log)
    removed, at = None, 0
    if current is not None and _is_own(review, current):
        at = _last_place(rows, current)
        removed = rows.pop(at)
    rows.append(row)
    step = Step(kind, line_id, (row,), removed, at)
    return _stepped(replace(review, log=replace(review.log, rows=tuple(rows))), step)


def passed_over(review: Review, line_id: str) -> Review:
    """Return the review with a line that was looked at and given no label."""
    if line_id in review.skipped:
        return review
    return _stepped(replace(review, skipped=(*review.skipped, line_id)), Step("skip", line_id))


def undone(review: Review) -> tuple[Review, Step | None]:
    """Return the review without its last step, and that step; None where there is nothing to take back.

    A step whose rows are no longer there (another program changed the log) is forgotten.
    """
    while review.steps:
        step = review.steps[-1]
        review = replace(review, steps=review.steps[:-1])
        if step.kind == "skip" and step.line_id in review.skipped:
            kept = tuple(line_id for line_id in review.skipped if line_id != step.line_id)
            return replace(review, skipped=kept), step
        rows = _without(review.log.rows, step.added)
        if step.added and rows is not None:
            if step.removed is not None:
                rows.insert(min(step.at, len(rows)), step.removed)
            return replace(review, log=replace(review.log, rows=tuple(rows))), step
    return review, None


def imported(review: Review, log: VerificationLog, names: LineNames, *, theirs: bool = False) -> Imported:
    """Return the review with the rows of another log.

    Rows that are there already are not doubled. Where both logs speak of a line, what counts now goes on to count;
    with `theirs`, what the other log says.
    """
    mine = review.log.with_columns(log.further_columns)
    review = replace(review, steps=tuple(_widened(step, mine) for step in review.steps))
    other = _reordered(log, mine.further_columns)
    there = Counter(mine.rows)
    new: list[LogRow] = []
    for row in other.rows:
        if there[row] > 0:
            there[row] -= 1
        else:
            new.append(row)
    rows = (*mine.rows, *new) if theirs else (*new, *mine.rows)
    merged = replace(review, log=replace(mine, rows=rows))
    if 0 < len(new) <= MAX_IMPORTED_ROWS:
        merged = _stepped(merged, Step("import", added=tuple(new)))
    counts = verdicts_of(merged.log, names).by_line
    theirs_say = verdicts_of(other, names).by_line
    contradicted = tuple(line_id for line_id, row in theirs_say.items() if counts[line_id].label != row.label)
    return Imported(merged, len(new), len(other.rows) - len(new), contradicted)


def _stepped(review: Review, step: Step) -> Review:
    return replace(review, steps=(*review.steps, step)[-MAX_STEPS:])


def _is_own(review: Review, row: LogRow) -> bool:
    return any(row in step.added for step in review.steps if step.kind in ("label", "note"))


def _last_place(rows: Sequence[LogRow], row: LogRow) -> int:
    return len(rows) - 1 - list(reversed(rows)).index(row)


def _without(rows: Sequence[LogRow], gone: Iterable[LogRow]) -> list[LogRow] | None:
    """Take rows out, of equal ones the last; None where one is not there."""
    wanted = Counter(gone)
    kept: list[LogRow] = []
    for row in reversed(rows):
        if wanted[row] > 0:
            wanted[row] -= 1
        else:
            kept.append(row)
    return None if any(wanted.values()) else kept[::-1]


def _fitted(row: LogRow, log: VerificationLog) -> LogRow:
    blanks = ("",) * (len(log.further_columns) - len(row.further))
    return replace(row, further=(*row.further, *blanks))


def _widened(step: Step, log: VerificationLog) -> Step:
    """Give a step's rows the columns that the log has now: only so are they found in it again."""
    removed = _fitted(step.removed, log) if step.removed else None
    return replace(step, added=tuple(_fitted(row, log) for row in step.added), removed=removed)


def _reordered(log: VerificationLog, columns: Sequence[str]) -> VerificationLog:
    wide = log.with_columns(columns)
    places = [wide.further_columns.index(name) for name in columns]
    rows = tuple(replace(row, further=tuple(row.further[at] for at in places)) for row in wide.rows)
    return VerificationLog(rows, tuple(columns))


# On disk


class _KeptStep(FrozenModel):
    kind: StepKind
    line_id: str = ""
    added: tuple[tuple[str, ...], ...] = ()
    removed: tuple[str, ...] | None = None
    at: int = 0


class _KeptSteps(FrozenModel):
    schema_version: Literal[1] = Field(default=1, alias="schema")
    skipped: tuple[str, ...] = ()
    steps: tuple[_KeptStep, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptReview:
    """A review as it lies in a workspace."""

    review: Review
    digest: str = ""
    """Sha256 of the log's file, empty where there is none: tells whether another program wrote it since."""


def load_review(workspace: Workspace, dataset: str) -> KeptReview:
    """Read the review of a data set; an empty one where nobody has looked at its lines.

    Raises
    ------
    InputError
        When the log is there and cannot be used; nothing must then be written over it.
    """
    path = workspace.review_file(dataset)
    log = read_log(path).log if path.exists() else VerificationLog()
    kept = _load_steps(workspace.review_steps_file(dataset))
    return KeptReview(Review(log, kept.skipped, tuple(map(_step_of, kept.steps))), _digest(path))


def save_review(workspace: Workspace, dataset: str, review: Review, digest: str) -> tuple[str, Path | None]:
    """Write the review of a data set.

    Parameters
    ----------
    digest : str
        Of the log as we know it (:attr:`KeptReview.digest`). One that was written by another program since is kept
        beside the new one.

    Returns
    -------
    str
        Digest of the log that was written.
    Path or None
        Where another program's log was put.

    Raises
    ------
    WorkspaceError
        When the disk is full or the folder cannot be written.
    """
    path = workspace.review_file(dataset)
    aside = None
    if path.exists() and _digest(path) != digest:
        aside = _free_place(path)
        with files.explained(aside):
            files.write_bytes(aside, path.read_bytes())
    write_log(path, review.log)
    steps = _KeptSteps(schema=1, skipped=review.skipped, steps=tuple(map(_kept_step, review.steps)))
    files.write_text(workspace.review_steps_file(dataset), steps.model_dump_json(by_alias=True) + "\n")
    return _digest(path), aside


def write_exclusions(path: Path, verdicts: Verdicts, ids: Sequence[str]) -> Path:
    """Write the lines that cannot be used as a list that a study can name under `exclude`.

    Parameters
    ----------
    path : Path
        A `.csv` file: a log with one row per line, under the ids of the data set.
    ids : sequence of str
        All ids of the data set.

    Returns
    -------
    Path
        The file. Where numbers with and without leading zeros are different lines, it is a plain list instead
        (`.txt`), because a log leaves open which one is meant.
    """
    rows = tuple(
        replace(row, image_id=line_id, further=()) for line_id, row in verdicts.by_line.items() if is_error(row.label)
    )
    write_log(path, VerificationLog(rows))
    if frozenset(find_lines(read_id_list(path), ids).ids) == verdicts.wrong:
        return path
    with files.explained(path):
        path.unlink()
    plain = path.with_suffix(".txt")
    files.write_text(plain, "".join(f"{row.image_id}  # {row.label}\n" for row in rows))
    return plain


def describe_rest(verdicts: Verdicts) -> tuple[str, ...]:
    """Tell what a log holds beside labels that are known of lines that are known."""
    said: list[str] = []
    for rows, words in (
        (verdicts.foreign, "with an id that the data set lacks"),
        (verdicts.unclear, "with an id that may mean several lines"),
        (verdicts.unknown_labels, "with a label that is not one of the published ones"),
    ):
        if rows:
            said.append(f"{counted(len(rows), 'row')} {words}")
    if verdicts.superseded:
        said.append(f"{counted(verdicts.superseded, 'row')} followed by a later one of the same line")
    return tuple(said)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _free_place(path: Path) -> Path:
    number = 1
    while (place := path.with_name(f"{path.stem}.other-{number}{path.suffix}")).exists():
        number += 1
    return place


def _load_steps(path: Path) -> _KeptSteps:
    try:
        return _KeptSteps.model_validate(files.read_json(path))
    except FileNotFoundError:
        return _KeptSteps(schema=1)
    except (OSError, ValueError, ValidationError) as error:
        logger.info("%s cannot be used, so that earlier steps cannot be taken back: %s", path, error)
        return _KeptSteps(schema=1)


def _step_of(kept: _KeptStep) -> Step:
    removed = LogRow.of(kept.removed) if kept.removed else None
    return Step(kept.kind, kept.line_id, tuple(map(LogRow.of, kept.added)), removed, kept.at)


def _kept_step(step: Step) -> _KeptStep:
    removed = step.removed.values if step.removed else None
    return _KeptStep(
        kind=step.kind,
        line_id=step.line_id,
        added=tuple(row.values for row in step.added),
        removed=removed,
        at=step.at,
    )
