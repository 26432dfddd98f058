"""The tables of :mod:`workbench.analysis.letters.gain` as rows for CSV and JSON: the same numbers as in the window."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workbench import files
from workbench.analysis.letters.character_classes import GROUPINGS
from workbench.analysis.letters.characters import ClassRow
from workbench.analysis.letters.confusions import Confusion
from workbench.analysis.letters.gain import CellLetters, LettersReport, LettersStudy, SideKey
from workbench.analysis.results.pairs import CellKey
from workbench.errors import WorkspaceError
from workbench.text.code_points import code_point, number

_CELL = ("architecture", "regime", "target", "language", "k", "budget", "split", "selection", "conditions")

CLASS_COLUMNS = (
    *_CELL, "way", "class", "code_point", "training_count", "languages", "languages_as_letter", "skeleton",
    "occurrences", "lines", "clusters", "cluster_unit", "trainings",
    "single_substituted", "single_missed", "single_inserted", "single_rate_pct", "single_instead",
    "multi_substituted", "multi_missed", "multi_inserted", "multi_rate_pct", "multi_instead",
    "delta_pp", "low_pp", "high_pp", "p", "holm_p", "remark",
)  # fmt: skip
"""`single` is the baseline and `multi` the regime that is compared with it; counts are means over trainings.

`_pp` are percentage points, negative: joint training helps.
"""

CONFUSION_COLUMNS = (
    *_CELL, "reference", "reference_code_point", "read", "read_code_point", "occurrences", "lines",
    "single", "multi", "single_share", "multi_share", "delta_pp",
)  # fmt: skip
"""`reference` is empty for inserted characters, `read` for missed ones. Shares are of the occurrences, fractions."""

REGRESSION_COLUMNS = (
    "architecture", "regime", "k", "budget", "split", "selection", "conditions", "sharedness_of", "coefficient",
    "value_pp", "standard_error", "p", "alone_pp", "characters", "targets", "r_squared", "remark",
)  # fmt: skip

TABLES = ("characters.csv", "confusions.csv", "novelty.csv", "sharedness.csv")


def is_novelty(row: ClassRow) -> bool:
    """Tell whether a class is one of n-grams."""
    return row.grouping.startswith("novelty")


def _cell_values(key: CellKey, language: str) -> dict[str, Any]:
    return {name: getattr(key, name, language) for name in _CELL}


def class_values(cell: CellLetters, row: ClassRow) -> dict[str, Any]:
    """Return a class as values by column."""
    values: dict[str, Any] = _cell_values(cell.key, cell.language) | {
        "way": row.grouping,
        "class": row.name,
        "occurrences": row.occurrences,
        "lines": row.lines,
        "clusters": row.clusters,
        "cluster_unit": cell.cluster_unit,
        "trainings": cell.trainings,
        **{name: getattr(row, name) for name in ("delta_pp", "low_pp", "high_pp", "p", "holm_p", "remark")},
    }
    for name, side in (("single", row.single), ("multi", row.multi)):
        values |= {
            f"{name}_substituted": side.substituted,
            f"{name}_missed": side.deleted,
            f"{name}_inserted": side.inserted,
            f"{name}_rate_pct": side.rate_pct,
            f"{name}_instead": " ".join(f"{number(read)}:{times:g}" for read, times in side.instead),
        }
    facts = cell.facts_by_name.get(row.name) if row.grouping == "character" else None
    if facts is not None:
        values |= {
            "code_point": number(facts.character),
            "training_count": facts.training_count,
            "languages": " ".join(facts.languages),
            "languages_as_letter": " ".join(facts.letter_languages),
            "skeleton": facts.dot_group,
        }
    return values


def confusion_values(key: CellKey, language: str, one: Confusion) -> dict[str, Any]:
    """Return a confusion as values by column."""
    return _cell_values(key, language) | {
        "reference": one.reference,
        "reference_code_point": code_point(one.reference) if one.reference else "",
        "read": one.read,
        "read_code_point": code_point(one.read) if one.read else "",
        "occurrences": one.occurrences,
        "lines": one.lines,
        "single": one.left,
        "multi": one.right,
        "single_share": one.left_share,
        "multi_share": one.right_share,
        "delta_pp": one.delta_pp,
    }


def regression_values(report: LettersReport) -> Iterator[dict[str, Any]]:
    """Return every coefficient as values by column; a fit without any has one row with its remark."""
    setting = asdict(report.setting)
    for one in report.fits:
        shared = setting | {
            "architecture": one.architecture,
            "k": one.k,
            "sharedness_of": "letters" if one.by_letters else "code points",
            "characters": one.fit.characters,
            "targets": one.fit.targets,
            "r_squared": one.fit.r_squared,
            "remark": one.fit.remark,
        }
        for found in one.fit.coefficients:
            yield shared | {
                "coefficient": found.name, "value_pp": found.value_pp, "standard_error": found.standard_error,
                "p": found.p, "alone_pp": found.alone_pp,
            }  # fmt: skip
        if not one.fit.coefficients:
            yield shared


def cell_confusions(study: LettersStudy, cell: CellLetters) -> tuple[Confusion, ...]:
    """Return the confusions of the baseline and of the regime of a cell."""
    name = cell.key.architecture
    return study.confusions(cell.key.target, cell.key.k, SideKey(name, False), SideKey(name, True))


def to_json(study: LettersStudy) -> dict[str, Any]:
    """Return everything as JSON values; confusions of each cell from the most frequent on."""
    report = study.report
    return {
        "study": report.study,
        "setting": asdict(report.setting),
        "missing_training_texts": list(report.missing),
        "ways": {key: {"title": way.title, "explanation": way.explanation} for key, way in GROUPINGS.items()},
        "classes": [class_values(cell, row) for cell in report.cells for row in cell.rows],
        "confusions": [
            confusion_values(cell.key, cell.language, one)
            for cell in report.cells
            for one in cell_confusions(study, cell)
        ],
        "sharedness": list(regression_values(report)),
    }


def export_letters(study: LettersStudy, folder: Path) -> tuple[Path, ...]:
    """Write TABLES into a folder and return their paths; files of these names are replaced.

    Raises
    ------
    WorkspaceError
        When the folder cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise WorkspaceError(f"{folder} is a file", hint="Name a folder for the tables.")
    report = study.report
    classes = [(cell, row) for cell in report.cells for row in cell.rows]
    contents: dict[str, tuple[tuple[str, ...], Iterator[dict[str, Any]]]] = {
        "characters.csv": (CLASS_COLUMNS, (class_values(*one) for one in classes if not is_novelty(one[1]))),
        "confusions.csv": (
            CONFUSION_COLUMNS,
            (
                confusion_values(cell.key, cell.language, one)
                for cell in report.cells
                for one in cell_confusions(study, cell)
            ),
        ),
        "novelty.csv": (CLASS_COLUMNS, (class_values(*one) for one in classes if is_novelty(one[1]))),
        "sharedness.csv": (REGRESSION_COLUMNS, regression_values(report)),
    }
    for name, (columns, rows) in contents.items():
        files.write_csv(folder / name, columns, (_plain(columns, row) for row in rows))
    return tuple(folder / name for name in TABLES)


def _plain(columns: tuple[str, ...], row: dict[str, Any]) -> list[Any]:
    values = (row.get(column) for column in columns)
    return ["" if value is None else value for value in values]
