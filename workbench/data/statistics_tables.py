"""A comparison of data sets as tables: the CSV files of `datasets statistics`, and the same numbers as JSON values.

UTF-8, one header row; every id, text and number comes back exactly as it was. Missing values are empty fields.
"""

import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from workbench import files
from workbench.data.comparison import Comparison
from workbench.data.duplicates import DuplicateKind
from workbench.data.measures import Distribution, distribution
from workbench.data.statistics import SetStatistics
from workbench.errors import WorkspaceError
from workbench.text.overlap import Overlap

LINE_COLUMNS = (
    "data_set", "id", "split", "writer", "page",
    "width_px", "height_px", "characters", "words", "px_per_character", "frames_per_character",
)  # fmt: skip
OVERLAP_COLUMNS = ("unit", "spelling", "relation", "name", "other", "characters", "share_of_running_characters")
DUPLICATE_COLUMNS = ("kind", "group", "value", "data_set", "id", "split", "writer")
KINDS: tuple[DuplicateKind, ...] = ("same_text", "same_text_but_blanks", "same_image", "similar_image")

Row = tuple[Any, ...]


def export_comparison(compared: Comparison, folder: Path) -> tuple[Path, ...]:
    """Write `summary.csv`, `lines.csv`, `characters.csv`, `overlap.csv` and `duplicates.csv` and return their paths.

    Existing files of these names are replaced.

    Raises
    ------
    WorkspaceError
        When the folder cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise WorkspaceError(f"{folder} is a file", hint="Name a folder for the tables.")
    summaries = summary_values(compared)
    tables: dict[str, tuple[Sequence[str], Iterable[Row]]] = {
        "summary.csv": (
            tuple(summaries[0]) if summaries else ("data_set",),
            (tuple(row.values()) for row in summaries),
        ),
        "lines.csv": (LINE_COLUMNS, line_rows(compared)),
        "characters.csv": (character_columns(compared), character_rows(compared)),
        "overlap.csv": (OVERLAP_COLUMNS, overlap_rows(compared)),
        "duplicates.csv": (DUPLICATE_COLUMNS, duplicate_rows(compared)),
    }
    for name, (columns, rows) in tables.items():
        files.write_csv(folder / name, columns, rows)
    return tuple(folder / name for name in tables)


def line_rows(compared: Comparison) -> Iterator[Row]:
    """One row per line of every data set; columns are :data:`LINE_COLUMNS`."""
    for number, one in enumerate(compared.sets):
        found = one.measures
        frames = compared.fits[number].per_character.tolist() if compared.fits else [math.nan] * one.lines
        columns = zip(
            one.opened.lines.lines,
            found.widths.tolist(),
            found.heights.tolist(),
            found.characters.tolist(),
            found.words.tolist(),
            found.px_per_character.tolist(),
            frames,
            strict=True,
        )
        for line, *numbers, per_character, frames_per_character in columns:
            origin = (line.split or "", line.writer or "", line.page or "")
            yield one.name, line.id, *origin, *numbers, _or_empty(per_character), _or_empty(frames_per_character)


def _or_empty(value: float) -> float | str:
    return "" if math.isnan(value) else value


def character_columns(compared: Comparison) -> tuple[str, ...]:
    """Code point, character and name, then per data set how often it occurs and in how many lines."""
    per_set = (f"{what}_{one.name}" for one in compared.sets for what in ("count", "lines"))
    return ("code_point", "character", "name", *per_set)


def character_rows(compared: Comparison) -> Iterator[Row]:
    """One row per code point that any data set has, in the order of their numbers."""
    for character in compared.raw.union:
        numbers = (number for one in compared.sets for number in (one.characters[character], one.holders[character]))
        yield f"U+{ord(character):04X}", character, unicodedata.name(character, ""), *numbers


def overlap_rows(compared: Comparison) -> Iterator[Row]:
    """What data sets (and languages, where one has several data sets) share; columns are :data:`OVERLAP_COLUMNS`.

    Relations: `alphabet` (all characters of `name`), `pair` (those that `other` has too), `all` (those that all have),
    `only` (those that no other has). The share is that of the running characters of `name`.
    """
    units = [("data_set", (compared.raw, compared.folded))]
    if compared.by_language is not None:
        units.append(("language", compared.by_language))
    for unit, overlaps in units:
        for spelling, overlap in zip(("raw", "folded"), overlaps, strict=True):
            for relation, name, other, characters in _relations(overlap):
                share = overlap.share(name, characters)
                yield unit, spelling, relation, name, other, len(characters), "" if share is None else share


def _relations(overlap: Overlap) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    for name in overlap.names:
        yield "alphabet", name, "", overlap.shared_by(name)
        for other in overlap.names:
            if other != name:
                yield "pair", name, other, overlap.shared_by(name, other)
        yield "all", name, "", overlap.common
        yield "only", name, "", overlap.own(name)


def duplicate_rows(compared: Comparison) -> Iterator[Row]:
    """One row per line of every group of lines that are alike; columns are :data:`DUPLICATE_COLUMNS`."""
    for group, duplicate in enumerate(compared.duplicates, start=1):
        for name, line in duplicate.members:
            yield duplicate.kind, group, duplicate.value, name, line.id, line.split or "", line.writer or ""


def summary_values(compared: Comparison) -> list[dict[str, Any]]:
    """One row per data set, by column; what is not known, or was not looked for, is an empty text."""
    return [_summary(compared, number, one) for number, one in enumerate(compared.sets)]


def _summary(compared: Comparison, number: int, one: SetStatistics) -> dict[str, Any]:
    entry = one.opened.entry
    row: dict[str, Any] = {
        "data_set": one.name,
        "language": one.language,
        "form": entry.form,
        "is_synthetic": entry.is_synthetic,
        "fingerprint": entry.fingerprint,
        "lines": one.lines,
        **{split: one.splits.get(split, 0) for split in ("train", "validation", "test")},
        "unassigned": one.splits.get("none", 0),
        "writers": one.writers or "",
        "lines_without_writer": one.without_writer,
        "pages": one.pages or "",
        "characters": one.characters.total(),
        "different_characters": len(one.characters),
        "words": int(one.measures.words.sum()),
        "problems": one.problems,
        "notes": one.notes,
        **_shares(compared, one.name),
        **{f"lines_{kind}": compared.duplicate_lines(one.name, kind) for kind in KINDS},
    }
    if not compared.looked_for_similar:
        row["lines_similar_image"] = ""
    for quantity, spread in _spreads(compared, number, one):
        row |= _quantiles(quantity, spread)
    return row | _frames(compared, number)


def _shares(compared: Comparison, name: str) -> dict[str, Any]:
    shares = {"shared_by_all_raw": compared.raw.share(name), "shared_by_all_folded": compared.folded.share(name)}
    return {column: "" if share is None else share for column, share in shares.items()}


def _spreads(compared: Comparison, number: int, one: SetStatistics) -> Iterator[tuple[str, Distribution]]:
    yield "width_px", one.widths
    yield "height_px", one.heights
    yield "characters_per_line", one.lengths
    yield "words_per_line", one.words
    yield "px_per_character", one.px_per_character
    yield "lines_per_writer", one.lines_per_writer
    yield "lines_per_page", one.lines_per_page
    if compared.rule is not None:
        at_height = one.measures.px_per_character_at(compared.rule.line_height_px)
        yield "px_per_character_at_line_height", distribution(at_height)
        yield "frames_per_character", distribution(compared.fits[number].per_character)


def _quantiles(quantity: str, spread: Distribution) -> dict[str, Any]:
    values = (spread.minimum, spread.low, spread.median, spread.mean, spread.high, spread.maximum)
    names = ("min", "p5", "median", "mean", "p95", "max")
    known = values if spread.count else ("",) * len(values)
    return {f"{quantity}_{name}": value for name, value in zip(names, known, strict=True)}


def _frames(compared: Comparison, number: int) -> dict[str, Any]:
    rule = compared.rule
    if rule is None:
        return {}
    return {
        "line_height_px": rule.line_height_px,
        "architecture": rule.architecture,
        "lines_with_too_few_frames": compared.fits[number].too_narrow,
    }


def comparison_values(compared: Comparison) -> dict[str, Any]:
    """Return the CSV files but `lines.csv` as JSON values: `data_sets`, `overlap`, `characters`, `duplicates`."""
    return {
        "data_sets": summary_values(compared),
        "overlap": [dict(zip(OVERLAP_COLUMNS, row, strict=True)) for row in overlap_rows(compared)],
        "characters": [dict(zip(character_columns(compared), row, strict=True)) for row in character_rows(compared)],
        "duplicates": [dict(zip(DUPLICATE_COLUMNS, row, strict=True)) for row in duplicate_rows(compared)],
    }
