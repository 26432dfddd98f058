"""Counts over a data set, for the Data panel, `datasets statistics` and `datasets check`."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from workbench.data.catalog import Inspection, OpenedDataset
from workbench.data.line import LineSet, ReadProblem
from workbench.data.measures import Distribution, LineMeasures, distribution, measure
from workbench.data.preview import reading_report
from workbench.runs.control import Control

BATCH_LINES = 2_000
"""Lines between two looks at the control token."""


@dataclass(frozen=True, slots=True, eq=False)
class SetStatistics:
    """What a data set amounts to."""

    opened: OpenedDataset
    """What was counted."""
    splits: dict[str, int]
    """Lines of each official part; `none` for lines of no part, only where there are some."""
    lines_per_writer: Distribution
    """Over the known writers; a writer's lines of all parts count. Of count 0 where the data set tells no writer."""
    lines_per_page: Distribution
    """Over the known pages (forms, paragraphs)."""
    without_writer: int
    """Lines whose writer is unknown."""
    characters: Counter[str]
    """Code points of the raw transcriptions, by how often they occur."""
    holders: Counter[str]
    """Code points, by how many lines have them."""
    problems: int
    notes: int
    measures: LineMeasures
    lengths: Distribution
    """Code points per line."""
    words: Distribution
    """Words per line, parted by white space."""
    widths: Distribution
    """Of the cached images, in px of the scan."""
    heights: Distribution
    px_per_character: Distribution
    """Width over characters, in px of the scan; lines without text are left out."""

    @property
    def name(self) -> str:
        """Return the name of the data set."""
        return self.opened.entry.name

    @property
    def language(self) -> str:
        """Return the language of the data set."""
        return self.opened.entry.language

    @property
    def lines(self) -> int:
        """How many usable lines there are."""
        return len(self.opened.lines.lines)

    @property
    def writers(self) -> int:
        """How many writers are known."""
        return self.lines_per_writer.count

    @property
    def pages(self) -> int:
        """How many pages are known."""
        return self.lines_per_page.count


def character_counts(lines: LineSet) -> Counter[str]:
    """Code points of the raw transcriptions of a data set."""
    return Counter("".join(line.transcription for line in lines.lines))


def split_counts(lines: LineSet) -> dict[str, int]:
    """Lines of each official part, in the order train, validation, test, none; parts without lines are left out."""
    counts = Counter(line.split or "none" for line in lines.lines)
    return {split: counts[split] for split in ("train", "validation", "test", "none") if counts[split]}


def statistics_of(opened: OpenedDataset, control: Control | None = None) -> SetStatistics | None:
    """Count a data set; touches no pixel. None when it was cancelled."""
    lines = opened.lines
    characters: Counter[str] = Counter()
    holders: Counter[str] = Counter()
    for start in range(0, len(lines.lines), BATCH_LINES):
        if control is not None and control.is_cancelled:
            return None
        texts = [line.transcription for line in lines.lines[start : start + BATCH_LINES]]
        characters.update("".join(texts))
        for text in texts:
            holders.update(set(text))
    notes = sum(problem.is_note for problem in lines.problems)
    measures = measure(lines, opened.cache)
    return SetStatistics(
        opened=opened,
        splits=split_counts(lines),
        lines_per_writer=_sizes(line.writer for line in lines.lines),
        lines_per_page=_sizes(line.page for line in lines.lines),
        without_writer=sum(line.writer is None for line in lines.lines),
        characters=characters,
        holders=holders,
        problems=len(lines.problems) - notes,
        notes=notes,
        measures=measures,
        lengths=distribution(measures.characters),
        words=distribution(measures.words),
        widths=distribution(measures.widths),
        heights=distribution(measures.heights),
        px_per_character=distribution(measures.px_per_character),
    )


def _sizes(groups: Iterable[str | None]) -> Distribution:
    """Spread of the sizes of groups, from each member's group; members of none are left out."""
    return distribution(Counter(group for group in groups if group is not None).values())


def unique_problems(inspection: Inspection) -> tuple[ReadProblem, ...]:
    """Problems and notes in their order; those of several languages once."""
    return tuple(dict.fromkeys(problem for lines in inspection.sets for problem in lines.problems))


def check_report(inspection: Inspection) -> dict[str, Any]:
    """What `datasets check --json` prints, as JSON values.

    Returns
    -------
    dict
        `form`, `others` (forms that match too), `lines`, `languages` (by language: `lines`, `splits`, `writers`,
        `characters` as the number of different code points), `splits`, `problems` and `notes`, both lists of
        `{path, row, reason}`. Problems and notes of several languages are listed once. Besides, what
        :func:`workbench.data.preview.reading_report` gives.
    """
    splits: Counter[str] = Counter()
    for lines in inspection.sets:
        splits.update(split_counts(lines))
    unique = unique_problems(inspection)
    return {
        "form": inspection.form,
        **reading_report(inspection.reading),
        "others": [other.form for other in inspection.others],
        "lines": sum(len(lines.lines) for lines in inspection.sets),
        "languages": {
            lines.language: {
                "lines": len(lines.lines),
                "splits": split_counts(lines),
                "writers": len(lines.writers),
                "characters": len(character_counts(lines)),
            }
            for lines in inspection.sets
        },
        "splits": dict(splits),
        "problems": [_as_json(problem) for problem in unique if not problem.is_note],
        "notes": [_as_json(problem) for problem in unique if problem.is_note],
    }


def _as_json(problem: ReadProblem) -> dict[str, Any]:
    return {"path": problem.path, "row": problem.row, "reason": problem.reason}
