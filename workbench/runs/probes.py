"""What trained networks are probed for after a study: asked, told, and kept as JSON in the study's folder.

*Context reliance*: every test line is read again through windows of limited width; kept are edits and lengths per line
and width. *Similarity*: linear CKA between the encoder features of two runs on the same lines.
"""

import hashlib
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from workbench import files
from workbench.files import canonical_json
from workbench.runs.result import RunRecord
from workbench.runs.spec import TargetSpec
from workbench.runs.workspace import Workspace
from workbench.study.schema import FrozenModel, Selection

PROBE_VERSION = 1
"""Raised whenever the same weights and lines may give other counts or another similarity."""

logger = logging.getLogger(__name__)


def probes_folder(workspace: Workspace, study: str) -> Path:
    """Where the measurements of a study are kept."""
    return workspace.study_file(study).parent / "probes"


def probe_lines(target: TargetSpec, most: int) -> tuple[str, ...]:
    """Return at most so many test lines of a target, in its order: the same ones for every run of the data set.

    They are drawn by a hash of their ids, so that fewer lines are a part of more lines.
    """

    def key(line_id: str) -> bytes:
        return hashlib.sha256(f"{target.fingerprint}\0{line_id}".encode()).digest()

    drawn = set(sorted(target.test_ids, key=key)[:most])
    return tuple(line_id for line_id in target.test_ids if line_id in drawn)


def lines_digest(line_ids: tuple[str, ...]) -> str:
    """Return the sha256 of an ordered list of line ids."""
    return hashlib.sha256(canonical_json(list(line_ids)).encode()).hexdigest()


def weights_sha256(record: RunRecord, target: str, selection: Selection) -> tuple[str, str] | None:
    """Return file and sha256 of the weights that a selection reads a target with, None where there are none."""
    for saved in record.weights:
        if saved.selection == selection and saved.target in ("", target):
            return saved.path, saved.sha256
    return None


# What is asked of a process


class Probed(FrozenModel):
    """Lines of a target that are read with the weights of a run."""

    run: str
    target: str
    selection: Selection
    weights_path: str
    """In the run's folder."""
    weights_sha256: str


class ContextUnit(FrozenModel):
    """One run reads the lines of one target, once for each width; None is the whole line."""

    kind: Literal["context"] = "context"
    probed: Probed
    line_ids: tuple[str, ...]
    widths_px: tuple[int | None, ...]


class SimilarityUnit(FrozenModel):
    """The encoders of two runs look at the lines of one target."""

    kind: Literal["similarity"] = "similarity"
    left: Probed
    right: Probed
    line_ids: tuple[str, ...]
    clusters: tuple[str, ...]
    """Writer, page or block of each line."""


Unit = Annotated[ContextUnit | SimilarityUnit, Field(discriminator="kind")]

# What it tells


class UnitStarted(FrozenModel):
    """The weights are loaded."""

    type: Literal["started"] = "started"
    environment: dict[str, Any]
    """Versions, device, threads and processor."""


class UnitProgress(FrozenModel):
    """How many columns of input were read, of how many."""

    type: Literal["progress"] = "progress"
    done_px: int
    total_px: int


class WidthRead(FrozenModel):
    """All lines were read through windows of one width; counts are in the order of the lines."""

    type: Literal["width"] = "width"
    width_px: int | None
    """None: the whole line at once."""
    edits: tuple[int, ...]
    length: tuple[int, ...]


class SimilarityRead(FrozenModel):
    """Linear CKA of two encoders."""

    type: Literal["similarity"] = "similarity"
    cka: float
    frames: int
    """Of all lines together."""
    left_features: int
    right_features: int
    without: tuple[tuple[str, float], ...]
    """(cluster, CKA without its lines), sorted by cluster: what an interval is computed from."""


class UnitFailed(FrozenModel):
    """The unit cannot be measured; the others go on."""

    type: Literal["failed"] = "failed"
    what: str
    why: str = ""
    hint: str = ""


class UnitDone(FrozenModel):
    """The unit is over, perhaps because it was cancelled."""

    type: Literal["done"] = "done"


Told = Annotated[
    UnitStarted | UnitProgress | WidthRead | SimilarityRead | UnitFailed | UnitDone, Field(discriminator="type")
]
UNIT: TypeAdapter[ContextUnit | SimilarityUnit] = TypeAdapter(Unit)
TOLD: TypeAdapter[UnitStarted | UnitProgress | WidthRead | SimilarityRead | UnitFailed | UnitDone] = TypeAdapter(Told)

# What is kept


class _Stored(FrozenModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")
    probe_version: int = PROBE_VERSION
    training_version: int
    fingerprint: str
    """Of the data set."""
    cluster_unit: str
    clusters: tuple[str, ...]
    """Of each line."""
    line_ids: tuple[str, ...]
    lines_sha256: str
    environment: dict[str, Any] = Field(default_factory=dict)
    seconds: float = 0.0
    """Time that it took, over all sittings."""


class StoredContext(_Stored):
    """How one run reads the lines of one target through windows."""

    kind: Literal["context"] = "context"
    probed: Probed
    frame_px: int
    field_px: int | None
    """Columns that what is read in one frame depends on; None: the whole line."""
    receptive_field_px: int
    """Columns that a frame sees through convolutions."""
    sure_width_px: int | None
    """Width from which on windows must change nothing; None: there is none."""
    other_readings: int | None = None
    """Lines whose counts, read as a whole, differ from those that were kept when the run ended: 0 on the processor
    that it was trained on. None: not compared, as the whole line was not read yet or what was kept is damaged."""
    widths: tuple[WidthRead, ...] = ()

    def width(self, width_px: int | None) -> WidthRead | None:
        """Return what was read through one width."""
        return next((read for read in self.widths if read.width_px == width_px), None)


class StoredSimilarity(_Stored):
    """How alike the encoders of two runs are on the lines of one target."""

    kind: Literal["similarity"] = "similarity"
    left: Probed
    right: Probed
    found: SimilarityRead


Stored = StoredContext | StoredSimilarity
_STORED: TypeAdapter[Stored] = TypeAdapter(Annotated[Stored, Field(discriminator="kind")])


def _in_path(target: str) -> str:
    """Name of a target in that of a file; letters stay, as Arabic ones would take six times their room."""
    return re.sub(r"[^\w. -]", lambda found: quote(found[0], safe=""), target)


def context_file(folder: Path, probed: Probed) -> Path:
    """Where the reading of a run through windows is kept."""
    return folder / f"context-{probed.run}-{_in_path(probed.target)}-{probed.selection}.json"


def similarity_file(folder: Path, left: Probed, right: Probed) -> Path:
    """Where the similarity of two runs is kept."""
    return folder / f"similarity-{left.run}-{right.run}-{_in_path(left.target)}-{left.selection}.json"


def save_stored(folder: Path, stored: Stored) -> None:
    """Write a measurement into its file.

    Raises
    ------
    WorkspaceError
        When the disk is full or the folder cannot be written.
    """
    if isinstance(stored, StoredContext):
        path = context_file(folder, stored.probed)
    else:
        path = similarity_file(folder, stored.left, stored.right)
    files.write_text(path, stored.model_dump_json(by_alias=True) + "\n")


def load_stored(path: Path) -> Stored | None:
    """Read a measurement; None where there is none, or none that can be used: it is then made anew."""
    try:
        stored = _STORED.validate_json(files.read_plain(path))
    except OSError:
        return None
    except ValidationError as error:
        logger.info("%s cannot be used: %s", path, error.errors()[0]["msg"])
        return None
    return stored if stored.probe_version == PROBE_VERSION else None


def all_stored(folder: Path) -> Iterator[Stored]:
    """Read every measurement of a folder that can be used, in the order of their names."""
    for path in sorted(folder.glob("*.json")):
        stored = load_stored(path)
        if stored is not None:
            yield stored


def is_current(probed: Probed, record_of: Callable[[str], RunRecord | None]) -> bool:
    """Tell whether weights that were probed are still those of the run."""
    record = record_of(probed.run)
    found = weights_sha256(record, probed.target, probed.selection) if record else None
    return found is not None and found[1] == probed.weights_sha256
