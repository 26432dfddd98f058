"""What a run tells while it happens. One frozen value per event, one JSON line per value.

Events come at steps that the spec fixes, never by the clock. Fields that depend on the machine (seconds, memory)
are grouped in :class:`Pace`, which equality ignores: the same spec gives equal events everywhere.
Line predictions and weights never go into events, only their file, sha256 and totals.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Annotated, Any, Literal, assert_never

from pydantic import Field, TypeAdapter

from workbench.study.schema import FrozenModel, PlainName, Selection

Split = Literal["validation", "test"]
FailureKind = Literal["error", "diverged", "out_of_memory", "died", "blocked", "disk_full", "device_lost"]
"""`died`: its process ended without a word, or the workspace was gone. `blocked`: it was never begun, as a run that it
needs is not finished. `disk_full`: a file found no room, and waiting was of no use. `device_lost`: the GPU, or its
driver, failed.
"""
InterruptReason = Literal["cancelled", "stopped_after_epoch", "driver_gone", "killed"]


class Pace(FrozenModel):
    """How fast and where: true of one machine at one time. All instances are equal, by intent."""

    seconds: float = 0.0
    """Time spent in this run so far, pauses left out, over all its sittings."""
    lines_per_second: float = 0.0
    memory_mb: float = 0.0
    device_memory_mb: float = 0.0
    device_utilisation: float | None = None
    """How busy the device is, per cent: a GPU as a whole, on a CPU the threads of the run. None: not known."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pace)

    def __hash__(self) -> int:
        return 0


class _Event(FrozenModel):
    run: PlainName
    """Id of the run."""


class RunStarted(_Event):
    """The first event of a run; once per run, also when it is resumed later."""

    type: Literal["run_started"] = "run_started"
    steps: int
    steps_per_epoch: int
    targets: tuple[str, ...]
    parameters: int
    device: str
    threads: int
    frame_px: int
    """Input pixels per frame."""
    exposures_per_step: tuple[tuple[str, float], ...] = ()
    """(target, how often a step shows each of its training lines, on average); see :meth:`exposures_of`."""

    def exposures_of(self, target: str) -> float:
        """How often a step shows each training line of a target, on average.

        Logs from before this was told come from runs that drew every line once per epoch.
        """
        return dict(self.exposures_per_step).get(target, 1 / max(self.steps_per_epoch, 1))


class RunResumed(_Event):
    """The run goes on from a checkpoint; everything recorded after `step` is void."""

    type: Literal["run_resumed"] = "run_resumed"
    step: int
    device: str
    pace: Pace = Pace()


class StepLogged(_Event):
    """Training at a step: the mean loss since the last one, and the learning rate and gradient norm now."""

    type: Literal["step_logged"] = "step_logged"
    step: int
    epoch: int
    loss: float
    learning_rate: float
    gradient_norm: float
    pace: Pace = Pace()


class BatchParted(_Event):
    """The memory was short: from the work of this step on, a batch is computed in parts, one after the other.

    Training makes the same steps with the same effective batch; only batch normalisation sees fewer lines at a time.
    """

    type: Literal["batch_parted"] = "batch_parted"
    step: int
    work: Literal["training", "reading"]
    parts: int
    """How many times smaller than intended a part is."""
    lines: int
    """Lines of a part, at most; when reading, of the first one."""


class Validated(_Event):
    """Validation lines of one target read at a step."""

    type: Literal["validated"] = "validated"
    step: int
    epoch: int
    target: str
    lines: int
    edits: int
    length: int
    """Characters of all references."""
    empty_lines: int
    """Lines for which the network output nothing."""
    pace: Pace = Pace()


class SampleRead(_Event):
    """What the network reads now in one of a target's few fixed sample lines, taken from validation."""

    type: Literal["sample_read"] = "sample_read"
    step: int
    target: str
    line_id: str
    reference: str
    hypothesis: str


class CheckpointSaved(_Event):
    """A resumable state is on the disk; valid once this line is durable."""

    type: Literal["checkpoint_saved"] = "checkpoint_saved"
    step: int
    path: PlainName
    """Relative to the run's folder."""
    sha256: str
    bytes: int
    pace: Pace = Pace()


class RunPaused(_Event):
    """The run waits at a step, its process and memory kept."""

    type: Literal["run_paused"] = "run_paused"
    step: int
    reason: str = ""
    """What it waits for, where that is not the user: room on the disk."""


class RunContinued(_Event):
    """A paused run goes on."""

    type: Literal["run_continued"] = "run_continued"
    step: int


class WeightsSaved(_Event):
    """Weights of a selection lie in a file of the run's folder."""

    type: Literal["weights_saved"] = "weights_saved"
    selection: Selection
    target: str
    """Target that the selection is for; empty for `last`, which serves all targets."""
    step: int
    path: PlainName
    sha256: str


class Evaluated(_Event):
    """A part of a target read with the weights of a selection, after training."""

    type: Literal["evaluated"] = "evaluated"
    target: str
    language: str
    split: Split
    selection: Selection
    step: int
    """Step of the weights."""
    lines: int
    edits: int
    length: int
    word_edits: int
    words: int
    empty_lines: int
    unseen_characters: int
    """Reference characters that are not in the run's alphabet: errors that cannot be avoided."""
    cluster_unit: str
    clusters: tuple[tuple[str, int, int, int], ...]
    """(cluster, lines, edits, length), sorted by cluster: what intervals are computed from."""


class RunFinished(_Event):
    """The last event of a run that came to its end; its result is complete."""

    type: Literal["run_finished"] = "run_finished"
    steps: int
    """Steps that were made: fewer than planned where the study stops runs that no longer improve."""
    predictions_sha256: str
    pace: Pace = Pace()


class RunInterrupted(_Event):
    """The run stopped before its end and can be resumed from its last checkpoint."""

    type: Literal["run_interrupted"] = "run_interrupted"
    step: int
    reason: InterruptReason


class RunFailed(_Event):
    """The run ended with a fault; only an explicit retry starts it again."""

    type: Literal["run_failed"] = "run_failed"
    step: int
    kind: FailureKind
    reason: str
    hint: str = ""
    log_tail: str = ""


RunEvent = (
    RunStarted
    | RunResumed
    | StepLogged
    | BatchParted
    | Validated
    | SampleRead
    | CheckpointSaved
    | RunPaused
    | RunContinued
    | WeightsSaved
    | Evaluated
    | RunFinished
    | RunInterrupted
    | RunFailed
)

_EVENTS: TypeAdapter[RunEvent] = TypeAdapter(Annotated[RunEvent, Field(discriminator="type")])


@dataclass(frozen=True, slots=True)
class EventLog:
    """Events read back from a file, and what was wrong with it."""

    events: tuple[RunEvent, ...]
    intact_bytes: int
    """Length of the part of the file that is whole; a torn last line begins here."""
    damaged_lines: tuple[int, ...]
    """Numbers (from 1) of lines in the middle that are not what was written."""


def to_json(event: RunEvent) -> str:
    """Event as one line of JSON without a checksum, for pipes and `--json`."""
    return event.model_dump_json()


def from_json(line: str | bytes) -> RunEvent:
    """Read what :func:`to_json` wrote; raises pydantic's ValidationError for anything else."""
    return _EVENTS.validate_json(line)


def to_log_line(event: RunEvent) -> str:
    """Event as one line of the log: crc32 of the JSON as 8 hex digits, a blank, the JSON."""
    text = to_json(event)
    return f"{zlib.crc32(text.encode()):08x} {text}"


def _read_log_line(line: bytes) -> RunEvent | None:
    checksum, _, text = line.partition(b" ")
    try:
        if int(checksum, 16) != zlib.crc32(text):
            return None
        return from_json(text)
    except ValueError:
        return None


class LogReader:
    """The events of a log one by one, without holding them all; what is wrong with it is known at its end.

    Parameters
    ----------
    lines : iterable of bytes
        Lines with their ends, as an open file gives them.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = lines
        self.intact_bytes = 0
        """Length of the part that is whole; a torn last line begins here."""
        self.damaged_lines: list[int] = []
        """Numbers (from 1) of lines in the middle that are not what was written."""

    def __iter__(self) -> Iterator[RunEvent]:
        for number, line in enumerate(self._lines, start=1):
            if not line.endswith(b"\n"):
                return  # torn: normal, and dropped
            self.intact_bytes += len(line)
            event = _read_log_line(line[:-1])
            if event is None:
                self.damaged_lines.append(number)
            else:
                yield event


def read_log(content: bytes) -> EventLog:
    """Read a whole log. A torn last line is normal and dropped; damaged lines before it are reported."""
    reader = LogReader(BytesIO(content))
    events = tuple(reader)
    return EventLog(events, reader.intact_bytes, tuple(reader.damaged_lines))


def step_of(event: RunEvent) -> int | None:
    """Step at which the event happened, or None for events that belong to the run as a whole."""
    match event:
        case RunStarted():
            return None
        case RunFinished(steps=steps):
            return steps
        case (
            RunResumed(step=step)
            | StepLogged(step=step)
            | BatchParted(step=step)
            | Validated(step=step)
            | SampleRead(step=step)
            | CheckpointSaved(step=step)
            | RunPaused(step=step)
            | RunContinued(step=step)
            | WeightsSaved(step=step)
            | Evaluated(step=step)
            | RunInterrupted(step=step)
            | RunFailed(step=step)
        ):
            return step
        case _:
            assert_never(event)


def dump(event: RunEvent) -> dict[str, Any]:
    """Event as plain values."""
    return event.model_dump(mode="json")
