"""How much disk the runs of a plan take, from counts; and whether that much is free. Nothing is written."""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import WorkspaceError
from workbench.execution.timing import SELECTIONS, read_lines
from workbench.files import size_in_words
from workbench.models.geometry import geometry_of
from workbench.models.registry import architecture_spec
from workbench.runs.plan import Plan, PlannedRun
from workbench.runs.result import RunRecord
from workbench.runs.store import RunStore

WEIGHT_BYTES = 4
BUFFERS = (1.0, 1.02)
"""What a file of weights holds beside its parameters: statistics of BatchNorm and a header, at least and at most."""
CHECKPOINT_WEIGHTS = 3
"""A checkpoint holds the weights and two moments of the optimiser, and the best weights of each target."""
ROW_BYTES = (180.0, 1200.0)
"""A row of predictions, of a word or two and of a long line, where no finished run tells.

*Source:* about 12 bytes per character of the reference and 40 beside them.
"""
STEP_BYTES, VALIDATION_BYTES, RUN_BYTES = 280, 1500, 8_000
"""Events of a logged step, of one validation of one target with its samples, and the small files of a run."""
ID_BYTES = 30
"""A line's id in `spec.json`."""
TEXT_SPREAD = (0.7, 1.5)
UNKNOWN_CLASSES = 100


@dataclass(frozen=True, slots=True)
class BytesRange:
    """An amount of disk that is not known better than this."""

    low: float
    high: float

    def plus(self, other: "BytesRange") -> "BytesRange":
        """Add another amount."""
        return BytesRange(self.low + other.low, self.high + other.high)


def row_bytes_of(store: RunStore, records: Iterable[RunRecord]) -> dict[tuple[str, ...], float]:
    """Learn from finished runs how long a row of predictions is, by the names of the targets."""
    found: dict[tuple[str, ...], float] = {}
    for record in records:
        rows = sum(each.lines for each in record.evaluations)
        path = store.predictions_file(record.run)
        if rows and path.is_file():
            found[tuple(sorted(record.targets))] = path.stat().st_size / rows
    return found


def disk_for(
    plan: Plan, runs: Iterable[PlannedRun], processes: int, row_bytes: Mapping[tuple[str, ...], float] | None = None
) -> BytesRange:
    """Disk that runs take which were not begun: what stays, and the checkpoints of those that train at once.

    Parameters
    ----------
    row_bytes : mapping, optional
        As :func:`row_bytes_of` learns it.
    """
    total, checkpoints = BytesRange(0, 0), [BytesRange(0, 0)]
    for run in runs:
        weights = _weights(plan, run)
        total = total.plus(_run_bytes(plan, run, weights, row_bytes or {}))
        best = len(run.request.targets)
        # The one before goes only when the next one is durable.
        checkpoints.append(BytesRange(CHECKPOINT_WEIGHTS * weights.low, 2 * (CHECKPOINT_WEIGHTS + best) * weights.high))
    largest = sorted(checkpoints, key=lambda each: each.high)[-max(processes, 1) :]
    for checkpoint in largest:
        total = total.plus(checkpoint)
    return total


def _weights(plan: Plan, run: PlannedRun) -> BytesRange:
    spec = plan.specs.get(run.run)
    architecture = spec.architecture if spec else architecture_spec(run.request.architecture)
    classes = len(spec.alphabet) + 1 if spec else UNKNOWN_CLASSES
    size = WEIGHT_BYTES * geometry_of(architecture).parameter_count(classes)
    return BytesRange(BUFFERS[0] * size, BUFFERS[1] * size)


def _run_bytes(
    plan: Plan, run: PlannedRun, weights: BytesRange, row_bytes: Mapping[tuple[str, ...], float]
) -> BytesRange:
    targets = tuple(sorted(run.request.targets))
    files = 1 + len(targets)
    validation, test = read_lines(plan, run)
    rows = SELECTIONS * (validation + test)
    known = row_bytes.get(targets)
    row = (known, known) if known else ROW_BYTES
    training = plan.study.training
    spec = plan.specs.get(run.run)
    lines = spec.train_line_count if spec else run.request.k * len(targets)
    text = (
        run.steps / training.log_every_steps * STEP_BYTES
        + training.validations * len(targets) * VALIDATION_BYTES
        + (lines + validation + 2 * test) * ID_BYTES
        + RUN_BYTES
    )
    return BytesRange(
        files * weights.low + TEXT_SPREAD[0] * (rows * row[0] + text),
        files * weights.high + TEXT_SPREAD[1] * (rows * row[1] + text),
    )


def free_bytes(folder: Path) -> int:
    """Bytes that are free on the disk of a folder, there or not."""
    there = next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))
    return shutil.disk_usage(there).free


def refuse_full_disk(needed: BytesRange, folder: Path, what: str) -> None:
    """Refuse to begin what cannot fit on the disk whatever the estimate is wrong by.

    Raises
    ------
    WorkspaceError
        With what is needed at least, and what is free.
    """
    free = free_bytes(folder)
    if needed.low > free:
        raise WorkspaceError(
            f"There is not enough room on the disk for {what}",
            f"it needs at least {size_in_words(needed.low)}, {size_in_words(free)} are free",
            "Free some, leave runs out, or put the workspace on another disk.",
        )
