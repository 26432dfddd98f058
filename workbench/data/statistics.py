"""Counts over a data set, for the Data panel and `datasets check`."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from workbench.data.cache import LineCache
from workbench.data.catalog import Inspection
from workbench.data.line import LineSet, ReadProblem
from workbench.data.preview import reading_report


@dataclass(frozen=True, slots=True)
class Distribution:
    """Some numbers in short; all zero where there are none."""

    count: int
    minimum: float
    median: float
    mean: float
    maximum: float


@dataclass(frozen=True, slots=True)
class SetStatistics:
    """What a data set amounts to."""

    lines: int
    splits: dict[str, int]
    """Lines of each official part; `none` for lines of no part, only where there are some."""
    writers: int
    """Known ones; 0 where the data set tells none."""
    pages: int
    characters: Counter[str]
    """Code points of the raw transcriptions, by how often they occur."""
    problems: int
    notes: int
    lengths: Distribution
    """Code points per line."""
    words: Distribution
    """Words per line, parted by white space."""


def distribution(values: Iterable[float]) -> Distribution:
    """Sum up some numbers."""
    numbers = list(values)
    if not numbers:
        return Distribution(0, 0.0, 0.0, 0.0, 0.0)
    return Distribution(len(numbers), min(numbers), median(numbers), fmean(numbers), max(numbers))


def character_counts(lines: LineSet) -> Counter[str]:
    """Code points of the raw transcriptions of a data set."""
    counts: Counter[str] = Counter()
    for line in lines.lines:
        counts.update(line.transcription)
    return counts


def split_counts(lines: LineSet) -> dict[str, int]:
    """Lines of each official part, in the order train, validation, test, none; parts without lines are left out."""
    counts = Counter(line.split or "none" for line in lines.lines)
    return {split: counts[split] for split in ("train", "validation", "test", "none") if counts[split]}


def statistics_of(lines: LineSet) -> SetStatistics:
    """Count a data set; touches no image."""
    notes = sum(problem.is_note for problem in lines.problems)
    return SetStatistics(
        lines=len(lines.lines),
        splits=split_counts(lines),
        writers=len(lines.writers),
        pages=len({line.page for line in lines.lines if line.page is not None}),
        characters=character_counts(lines),
        problems=len(lines.problems) - notes,
        notes=notes,
        lengths=distribution(len(line.transcription) for line in lines.lines),
        words=distribution(len(line.transcription.split()) for line in lines.lines),
    )


def width_distribution(cache: LineCache) -> Distribution:
    """Widths of the cached lines in px of the scan; reads the index alone."""
    return distribution(cache.size(line_id)[1] for line_id in cache.ids)


def height_distribution(cache: LineCache) -> Distribution:
    """Heights of the cached lines in px of the scan; reads the index alone."""
    return distribution(cache.size(line_id)[0] for line_id in cache.ids)


def shared_characters(sets: Sequence[LineSet]) -> list[list[int]]:
    """How many different characters each pair of data sets has in common; the diagonal is each one's own number."""
    alphabets = [set(character_counts(lines)) for lines in sets]
    return [[len(one & other) for other in alphabets] for one in alphabets]


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
    unique = dict.fromkeys(problem for lines in inspection.sets for problem in lines.problems)
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
