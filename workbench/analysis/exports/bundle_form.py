"""What a reproducibility bundle is: a .zip with the folders of a workspace, and a manifest that lists every file."""

import re
from typing import Literal

from pydantic import ConfigDict, Field

from workbench.analysis.exports.line_counts import COUNTS_FILE
from workbench.study.schema import FrozenModel

BUNDLE_SCHEMA = 1
MANIFEST, README, SUMS = "bundle.json", "README.txt", "SHA256SUMS"

RUN_FILES = ("spec.json", "result.json", "environment.json", "events.jsonl", COUNTS_FILE, "predictions.csv")
STUDY_FILES = ("study.toml", "plan.json")
LISTS = "lists"

# What is opened is not trusted: no bundle of a study comes near these.
MAX_FILES = 200_000
MAX_BYTES = 8 << 30
"""Of all files, unpacked."""
MAX_MANIFEST_BYTES = 64 << 20
MAX_RATIO = 600
"""Bytes unpacked per byte packed, of files of more than a megabyte."""

_PART = re.compile(r"^[^\W_][\w .-]*$")
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(1, 10))})
_MAX_PART = 120


class BundledFile(FrozenModel):
    """What a file has to be."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)


class BundledData(FrozenModel):
    """A data set that the study was trained on; its lines are not in the bundle."""

    name: str
    language: str
    fingerprint: str


class Manifest(FrozenModel):
    """`bundle.json`: what is in a bundle."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    form: Literal["htr-workbench bundle"] = "htr-workbench bundle"
    schema_version: Literal[1] = Field(default=1, alias="schema")
    program: str
    """Version of htr-workbench that wrote it."""
    study: str
    has_texts: bool
    """References and hypotheses are in it."""
    data: tuple[BundledData, ...]
    runs: tuple[str, ...]
    notes: tuple[str, ...] = ()
    """What is not in it that a reader may miss."""
    files: dict[str, BundledFile]
    """Every file but this one, by its name in the archive."""


def is_plain(part: str) -> bool:
    """Tell whether a name is one of a file or a folder on every system, and leads nowhere else."""
    return (
        bool(_PART.match(part))
        and len(part.encode()) <= _MAX_PART
        and not part.endswith((".", " "))
        and part.split(".")[0].lower() not in _RESERVED
    )


def belongs(name: str, study: str) -> bool:
    """Tell whether a file of this name may be in the bundle of a study."""
    if name in (MANIFEST, README, SUMS):
        return True
    parts = name.split("/")
    if not all(map(is_plain, parts)):
        return False
    match parts:
        case ["studies", folder, file]:
            return folder == study and file in STUDY_FILES
        case ["studies", folder, "lists", _, _]:
            return folder == study
        case ["runs", _, file]:
            return file in RUN_FILES
        case _:
            return False
