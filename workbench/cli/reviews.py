"""The jobs behind `review …`: what people found on looking at the lines of a data set."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.analysis.lines.cleaning import CleaningEffect, counts_of_arms, effects_of_cleaning
from workbench.analysis.lines.review import (
    Order,
    ReadLine,
    ReadRun,
    best_order,
    clean_note,
    in_order,
    log_row,
    read_lines,
    read_runs,
)
from workbench.cli.live import follow
from workbench.cli.program import tell
from workbench.cli.wording import count
from workbench.data import catalog
from workbench.data.catalog import ImportProgress, OpenedDataset
from workbench.data.id_lists import LineNames
from workbench.data.line import TextLine
from workbench.data.review import (
    KeptReview,
    Review,
    StepKind,
    Verdicts,
    describe_rest,
    imported,
    judged,
    load_review,
    passed_over,
    save_review,
    undone,
    verdicts_of,
    write_exclusions,
)
from workbench.data.verification_log import LABELS, read_log, write_log
from workbench.errors import InputError
from workbench.runs.lock import WorkspaceLock
from workbench.runs.workspace import Workspace
from workbench.study.schema import TargetRules
from workbench.study.toml_file import format_rules


@dataclass(slots=True)
class OpenReview:
    """The review of a data set whose lines are known."""

    workspace: Workspace
    dataset: OpenedDataset
    kept: KeptReview
    names: LineNames
    """What logs may call the lines."""

    @property
    def name(self) -> str:
        """Of the data set."""
        return self.dataset.entry.name

    @property
    def ids(self) -> list[str]:
        """All lines."""
        return [line.id for line in self.dataset.lines.lines]

    @property
    def verdicts(self) -> Verdicts:
        """What the log says now."""
        return verdicts_of(self.kept.review.log, self.names)

    def line(self, name: str) -> TextLine:
        """Return the line that a name means.

        Raises
        ------
        InputError
            When it is none, or not clear.
        """
        found = self.names.lines(name)
        if len(found) != 1:
            why = f"it may be {', '.join(found[:3])}" if found else "there is no such line"
            raise InputError(f"'{name}' names no line of {self.name}", why, "Give its id as 'review list' prints it.")
        return next(line for line in self.dataset.lines.lines if line.id == found[0])

    def keep(self, review: Review) -> None:
        """Write another value of the review."""
        digest, aside = save_review(self.workspace, self.name, review, self.kept.digest)
        self.kept = KeptReview(review, digest)
        if aside is not None:
            tell(f"Another program changed the log meanwhile; what it wrote is kept in {aside}.")


def open_review(workspace: Workspace, dataset: str) -> OpenReview:
    """Open the review of a data set of the workspace."""
    opened = None
    for value in follow(catalog.open_dataset(workspace, dataset), ImportProgress):
        opened = value if isinstance(value, OpenedDataset) else opened
    assert opened is not None
    names = LineNames([line.id for line in opened.lines.lines])
    return OpenReview(workspace, opened, load_review(workspace, dataset), names)


@contextmanager
def changing(workspace: Workspace, dataset: str) -> Generator[OpenReview]:
    """Open a review to change it; no other program writes in the workspace meanwhile."""
    with WorkspaceLock(workspace):
        yield open_review(workspace, dataset)


def readings(review: OpenReview, study: str | None) -> list[ReadRun]:
    """Read what runs made of the lines: those of a study, or of all."""
    return list(read_runs(review.workspace, review.name, study))


def label_named(text: str) -> str:
    """Return the published label that a number or its words mean.

    Raises
    ------
    InputError
        When it is none of them.
    """
    wanted = text.strip().casefold()
    if wanted.isdecimal() and 1 <= int(wanted) <= len(LABELS):
        return LABELS[int(wanted) - 1]
    for label in LABELS:
        if label.casefold() == wanted:
            return label
    known = ", ".join(f"{number} = {label}" for number, label in enumerate(LABELS, start=1))
    raise InputError(f"'{text}' is no label", hint=f"Labels: {known}.")


def judge(review: OpenReview, name: str, label: str, note: str | None, study: str | None, kind: StepKind) -> str:
    """Write a label, a note or both of a line; what is not given stays. Returns its id."""
    line = review.line(name)
    current = review.verdicts.by_line.get(line.id)
    label = label or (current.label if current else "")
    notes = clean_note(note) if note is not None else current.notes if current else ""
    read = next((one for one in read_lines(readings(review, study)) if one.line_id == line.id), None)
    row = log_row(line, review.dataset.lines.root, read, label, notes, datetime.now(UTC).astimezone())
    review.keep(judged(review.kept.review, line.id, row, current, kind))
    return line.id


def skip(review: OpenReview, name: str) -> str:
    """Pass a line over. Returns its id."""
    line = review.line(name)
    review.keep(passed_over(review.kept.review, line.id))
    return line.id


def take_back(review: OpenReview) -> str:
    """Take the last step back. Returns what it was, empty where there is none."""
    value, step = undone(review.kept.review)
    if step is None:
        return ""
    review.keep(value)
    return f"import of {count(len(step.added), 'row')}" if step.kind == "import" else f"{step.kind} of {step.line_id}"


def take_log(review: OpenReview, path: Path, *, theirs: bool) -> None:
    """Take the rows of a log in, and tell what came of it."""
    found = read_log(path)
    done = imported(review.kept.review, found.log, review.names, theirs=theirs)
    review.keep(done.review)
    for note in found.notes:
        tell(note)
    tell(f"{path.name}: {count(done.added, 'row')} added, {done.known:,} known already")
    if done.contradicted:
        shown = ", ".join(done.contradicted[:3])
        tell(
            f"{count(len(done.contradicted), 'line')} labelled otherwise here ({shown}): the label here goes on to "
            "count; --theirs takes the other"
        )


def write_to(review: OpenReview, to: Path, *, exclusions: bool) -> str:
    """Write the log, or the list of lines found wrong. Returns what to put into a study for the latter."""
    if not exclusions:
        write_log(to, review.kept.review.log)
        return ""
    place = write_exclusions(to.with_suffix(".csv"), review.verdicts, review.ids)
    tell(f"{count(len(review.verdicts.wrong), 'line')} found wrong written to {place}")
    return format_rules(review.name, TargetRules(exclude=(place.name,)))


def status(review: OpenReview) -> dict[str, Any]:
    """Counts of a review as plain values."""
    found, value = review.verdicts, review.kept.review
    labelled = {line_id for line_id, row in found.by_line.items() if row.label.strip()}
    return {
        "dataset": review.name,
        "lines": len(review.ids),
        "labelled": len(labelled),
        "skipped": len(set(value.skipped) - labelled),
        "wrong": len(found.wrong),
        "labels": dict(found.labels),
        "rows": len(value.log.rows),
        "foreign_rows": len(found.foreign),
        "unclear_rows": len(found.unclear),
        "unknown_labels": len(found.unknown_labels),
        "superseded_rows": found.superseded,
        "steps": len(value.steps),
        "remarks": list(describe_rest(found)),
    }


def ranked(
    review: OpenReview, study: str | None, order: Order | None, *, part: str, unlabelled: bool
) -> list[dict[str, Any]]:
    """Lines in the order in which they are worth looking at, as plain values."""
    runs = readings(review, study)
    lines = {line.line_id: line for line in read_lines(runs)}
    chosen: Order = order or best_order(lines.values())
    found = review.verdicts.by_line
    ids = [line_id for line_id in review.ids if part == "all" or (line_id in lines and lines[line_id].part == part)]
    texts = {line.id: line.transcription for line in review.dataset.lines.lines}
    rows = [_ranked(line_id, texts[line_id], lines.get(line_id)) for line_id in in_order(ids, lines, chosen)]
    labels = {line_id: row.label for line_id, row in found.items() if row.label.strip()}
    for row in rows:
        row["label"] = labels.get(row["id"], "")
    return [row for row in rows if not (unlabelled and row["label"])]


def _ranked(line_id: str, transcription: str, read: ReadLine | None) -> dict[str, Any]:
    return {
        "id": line_id,
        "part": read.part if read else None,
        "readings": len(read.readings) if read else 0,
        "cer": read.cer if read else None,
        "disagreement": read.disagreement if read else None,
        "reference": read.reference if read else transcription,
        "prediction": read.consensus.prediction.hypothesis if read else None,
    }


def effects(review: OpenReview, study: str | None) -> tuple[CleaningEffect, ...]:
    """CER of every arm with and without the lines found wrong."""
    return effects_of_cleaning(counts_of_arms(readings(review, study)), review.verdicts.wrong)


def effect_values(found: Sequence[CleaningEffect]) -> list[dict[str, Any]]:
    """Effects as plain values."""
    return [
        {
            "study": each.arm.study,
            "architecture": each.arm.architecture,
            "arm": each.arm.arm,
            "k": each.arm.k,
            "budget": each.arm.budget,
            "conditions": each.arm.conditions,
            "split": each.arm.split,
            "runs": each.runs,
            "lines": each.lines,
            "left_out": each.left_out,
            "edits": each.with_all.edits,
            "length": each.with_all.length,
            "edits_without": each.without.edits,
            "length_without": each.without.length,
            "cer": each.cer,
            "cer_without": each.cer_without,
            "change_pp": each.change_pp,
            "pairs": each.pairs,
            "delta_cer_pp": each.delta_pp,
            "delta_cer_pp_without": each.delta_without_pp,
        }
        for each in found
    ]
