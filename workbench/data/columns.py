"""Columns of tables of lines: what each means, by the names under which it is met."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

COLUMNS: dict[str, tuple[str, ...]] = {
    "image": ("image", "image_path", "img", "file", "file_name", "filename", "path", "image_file"),
    "text": ("text", "transcription", "transcript", "label", "ground_truth", "groundtruth", "gt", "arabic_text"),
    "split": ("split", "part", "partition", "subset", "fold"),
    "writer": ("writer", "writer_id", "author", "scribe"),
    "page": ("page", "page_id", "form", "paragraph", "document"),
    "language": ("language", "lang"),
    "id": ("id", "line_id"),
}
"""What a column is, by the names under which it is met; the first name that is there counts."""

LANGUAGES: dict[str, str] = {
    "arabic": "ar",
    "ara": "ar",
    "arb": "ar",
    "urdu": "ur",
    "urd": "ur",
    "persian": "fa",
    "farsi": "fa",
    "fas": "fa",
    "per": "fa",
    "pes": "fa",
}
"""Names and longer codes under which languages are met to the code that is used here."""

_METADATA = {"writer": 4, "split": 2, "language": 2, "page": 1}
_PREDICTED = re.compile(r"predict|hypothes|^(pred|hyp|cer|wer)$")


def normal_name(name: str) -> str:
    """Name of a column as :data:`COLUMNS` writes it."""
    return name.strip().lower().replace(" ", "_")


def columns_named(names: Sequence[str]) -> dict[str, int]:
    """Tell which column is what, by its position."""
    normal = [normal_name(name) for name in names]
    return {
        column: normal.index(found)
        for column, aliases in COLUMNS.items()
        if (found := next((alias for alias in aliases if alias in normal), None))
    }


def is_of_predictions(names: Sequence[str]) -> bool:
    """Tell a table of what some network read from a data set."""
    return any(_PREDICTED.search(normal_name(name)) for name in names)


def metadata_of(columns: Mapping[str, Any]) -> int:
    """How much a table tells beside image and text, see :class:`workbench.data.reader.Match`."""
    return sum(_METADATA.get(column, 0) for column in columns)


def is_of_imagefolder(table: str, names: Sequence[str]) -> bool:
    """Tell the table of a Hugging Face imagefolder: `metadata` with a column `file_name`."""
    return table.rpartition("/")[2].lower().startswith("metadata.") and "file_name" in map(normal_name, names)
