"""A trainer for the gap meter: one real training, seven that only tell what a training tells, four times a second."""

import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from workbench.data.cache import LineCache
from workbench.runs.control import Control
from workbench.runs.events import (
    CheckpointSaved,
    Pace,
    RunEvent,
    RunInterrupted,
    RunStarted,
    SampleRead,
    StepLogged,
    Validated,
)
from workbench.runs.spec import RunSpec

EVENTS_PER_S = 4
VALIDATE_EVERY = 20


def is_real(spec: RunSpec) -> bool:
    """The multi-script CRNN is the one that really trains."""
    return len(spec.targets) > 1 and "crnn" in spec.architecture.name


def train(
    spec: RunSpec,
    caches: Mapping[str, LineCache],
    folder: Path,
    control: Control,
    *,
    device: str,
    resume_from: CheckpointSaved | None,
    checkpoint_after_s: float,
) -> Iterator[RunEvent]:
    if is_real(spec):
        from workbench.training.loop import train as train_really

        yield from train_really(
            spec, caches, folder, control, device=device, resume_from=resume_from, checkpoint_after_s=checkpoint_after_s
        )
        return
    yield RunStarted(
        run=spec.id, steps=spec.steps, steps_per_epoch=spec.steps_per_epoch,
        targets=tuple(target.name for target in spec.targets), parameters=1, device="cpu", threads=1, frame_px=4,
    )  # fmt: skip
    for step in range(1, spec.steps + 1):
        if control.is_cancelled:
            yield RunInterrupted(run=spec.id, step=step, reason="cancelled")
            return
        time.sleep(1 / EVENTS_PER_S)
        loss = 3 * math.exp(-step / 300) + 0.2 * math.sin(step) ** 2
        yield StepLogged(
            run=spec.id, step=step, epoch=1 + step // spec.steps_per_epoch, loss=loss, learning_rate=1e-3,
            gradient_norm=1.0, pace=Pace(seconds=step / EVENTS_PER_S, lines_per_second=32.0, memory_mb=500.0),
        )  # fmt: skip
        if step % VALIDATE_EVERY == 0:
            yield from _validate(spec, caches, step)


def _validate(spec: RunSpec, caches: Mapping[str, LineCache], step: int) -> Iterator[RunEvent]:
    for target in spec.targets:
        line = target.validation_ids[0]
        text = caches[target.name].transcription(line)
        edits = int(1000 * math.exp(-step / 500))
        yield Validated(
            run=spec.id, step=step, epoch=1, target=target.name, lines=50, edits=edits, length=1000, empty_lines=0
        )
        yield SampleRead(
            run=spec.id, step=step, target=target.name, line_id=line, reference=text, hypothesis=text[: step % 20]
        )
