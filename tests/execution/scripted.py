"""Trainers without a network: the same events and files as real ones, and faults where a test wants them.

Executors import them by name, in child processes too. The "network" is a hash that each step changes, so that a
resumed run ends with the same bytes as an uninterrupted one exactly when it was resumed rightly.
"""

import hashlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from workbench import files
from workbench.data.cache import LineCache
from workbench.errors import DeviceLostError, DivergedError
from workbench.execution.timing import reading_steps
from workbench.runs.control import Control
from workbench.runs.events import (
    BatchParted,
    CheckpointSaved,
    Evaluated,
    Pace,
    RunContinued,
    RunEvent,
    RunFinished,
    RunInterrupted,
    RunPaused,
    RunResumed,
    RunStarted,
    StepLogged,
    Validated,
    WeightsSaved,
)
from workbench.runs.spec import RunSpec

HERE = "tests.execution.scripted"
PARAMETERS = 7


def _advance(state: str, step: int) -> str:
    return hashlib.sha256(f"{state}{step}".encode()).hexdigest()


def _checkpoint(spec: RunSpec, folder: Path, step: int, state: str) -> CheckpointSaved:
    content = f"{step} {state}".encode()
    files.write_bytes(folder / f"checkpoint-{step}.txt", content)
    digest = hashlib.sha256(content).hexdigest()
    return CheckpointSaved(run=spec.id, step=step, path=f"checkpoint-{step}.txt", sha256=digest, bytes=len(content))


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
    """Train to the end; a checkpoint at each epoch end where `checkpoint_after_s` is 0."""
    assert set(caches) == {target.name for target in spec.targets}
    step, state = 0, spec.id
    if resume_from is None:
        yield RunStarted(
            run=spec.id,
            steps=spec.steps,
            steps_per_epoch=spec.steps_per_epoch,
            targets=tuple(target.name for target in spec.targets),
            parameters=PARAMETERS,
            device="cpu",
            threads=spec.training.threads_per_run,
            frame_px=4,
        )
    else:
        number, state = (folder / resume_from.path).read_text().split()
        step = int(number)
        yield RunResumed(run=spec.id, step=step, device="cpu")
    while step < spec.steps:
        step += 1
        state = _advance(state, step)
        yield StepLogged(
            run=spec.id, step=step, epoch=1, loss=1 / step, learning_rate=1e-3, gradient_norm=1.0,
            pace=Pace(seconds=0.5 * step),
        )  # fmt: skip
        if step % spec.validate_every_steps == 0:
            for target in spec.targets:
                lines = len(target.validation_ids)
                yield Validated(
                    run=spec.id, step=step, epoch=1, target=target.name, lines=lines, edits=1, length=2, empty_lines=0
                )
        is_epoch_end = step % spec.steps_per_epoch == 0
        if is_epoch_end and checkpoint_after_s == 0:
            yield _checkpoint(spec, folder, step, state)
        if control.command == "pause":
            yield RunPaused(run=spec.id, step=step)
            control.wait_while_paused()
            yield RunContinued(run=spec.id, step=step)
        is_stopped = control.command == "stop_after_epoch" and is_epoch_end
        if control.is_cancelled or is_stopped:
            yield _checkpoint(spec, folder, step, state)
            yield RunInterrupted(run=spec.id, step=step, reason="stopped_after_epoch" if is_stopped else "cancelled")
            return
    yield from _conclude(spec, folder, step, state)


def _conclude(spec: RunSpec, folder: Path, step: int, state: str) -> Iterator[RunEvent]:
    files.write_text(folder / "last.safetensors", state)
    digest = hashlib.sha256(state.encode()).hexdigest()
    yield WeightsSaved(run=spec.id, selection="last", target="", step=step, path="last.safetensors", sha256=digest)
    read = sum(len(target.validation_ids) for target in spec.targets) * spec.training.validations
    for target in spec.targets:
        for split, ids in (("validation", target.validation_ids), ("test", target.test_ids)):
            for selection in ("last", "best"):
                read += len(ids)
                yield Evaluated.model_validate(
                    {
                        "run": spec.id, "target": target.name, "language": target.language, "split": split,
                        "selection": selection, "step": step, "lines": len(ids), "edits": 3, "length": 30,
                        "word_edits": 1, "words": 5, "empty_lines": 0, "unseen_characters": 0,
                        "cluster_unit": target.cluster_unit, "clusters": [("a", len(ids), 3, 30)],
                    }
                )  # fmt: skip
    files.write_text(folder / "predictions.csv", "line_id\r\n")
    steps_read = reading_steps(read, spec.training.batch_lines)
    yield RunFinished(
        run=spec.id, steps=step, predictions_sha256="0" * 64, pace=Pace(seconds=0.5 * (step + steps_read))
    )


def stop_at(spec: RunSpec) -> int:
    """Middle of the run."""
    return spec.steps // 2


def _until_middle(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    for event in train(spec, caches, folder, control, **options):  # type: ignore[arg-type]
        yield event
        if isinstance(event, StepLogged) and event.step >= stop_at(spec):
            return


def hold(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    """Wait in the middle for the next command, as a long step would."""
    for event in train(spec, caches, folder, control, **options):  # type: ignore[arg-type]
        yield event
        if isinstance(event, StepLogged) and event.step == stop_at(spec):
            control.wait_for_change("go")


def deaf(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    """Wait in the middle for ever and hear nothing."""
    yield from _until_middle(spec, caches, folder, control, **options)
    while True:
        control.wait_for_change("cancel")
        Control().wait_for_change("go")


def segfault(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    """Crash in the middle."""
    yield from _until_middle(spec, caches, folder, control, **options)
    print("about to crash", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGSEGV)


def leaves(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    """End the process in the middle without a word."""
    yield from _until_middle(spec, caches, folder, control, **options)
    os._exit(3)


def chatters(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    """Print on standard output, as libraries do."""
    print('{"type": "run_finished"}')
    os.write(1, b"from below\n")
    yield from train(spec, caches, folder, control, **options)  # type: ignore[arg-type]


def diverges(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    """Diverge in the middle."""
    yield from _until_middle(spec, caches, folder, control, **options)
    raise DivergedError("Training diverged at step 3", "loss nan", "Try a lower learning_rate.")


def struggles(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    """Train with too little memory, output nothing on validation lines, and end a step early."""
    for event in train(spec, caches, folder, control, **options):  # type: ignore[arg-type]
        match event:
            case StepLogged(step=1):
                yield BatchParted(run=spec.id, step=1, work="training", parts=2, lines=1)
                yield event
            case Validated(lines=lines):
                yield event.model_copy(update={"empty_lines": lines})
            case RunFinished(steps=steps):
                yield event.model_copy(update={"steps": steps - 1})
            case _:
                yield event


def needs_room(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    """Wait for room on the disk after the first step."""
    for event in train(spec, caches, folder, control, **options):  # type: ignore[arg-type]
        yield event
        if isinstance(event, StepLogged) and event.step == 1:
            yield RunPaused(run=spec.id, step=1, reason="a.pt was not written: the disk is full")
            yield RunContinued(run=spec.id, step=1)


def loses_its_gpu(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    """Lose the GPU in the middle."""
    yield from _until_middle(spec, caches, folder, control, **options)
    raise DeviceLostError("cuda:0 failed", "CUDA error: unspecified launch failure", "Run the study again.")


def needs_memory(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    """Use up the memory."""
    yield from _until_middle(spec, caches, folder, control, **options)
    raise MemoryError


def first_fails(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    """Raise something unforeseen in runs on Arabic alone."""
    if [target.language for target in spec.targets] == ["ar"]:
        yield from _until_middle(spec, caches, folder, control, **options)
        raise ZeroDivisionError("something unforeseen")
    yield from train(spec, caches, folder, control, **options)  # type: ignore[arg-type]


def fails_once(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    """Raise something unforeseen in the middle, the first time."""
    if not (folder / "tried").exists():
        yield from _until_middle(spec, caches, folder, control, **options)
        (folder / "tried").touch()
        raise ZeroDivisionError("something unforeseen")
    yield from train(spec, caches, folder, control, **options)  # type: ignore[arg-type]


def joint_diverges(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    """Diverge in runs on several targets."""
    if len(spec.targets) > 1:
        yield from diverges(spec, caches, folder, control, **options)
    yield from train(spec, caches, folder, control, **options)  # type: ignore[arg-type]


def tells_its_device(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    """Write down what it was told to train on, and what it can see."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "all")
    (folder / "device.txt").write_text(f"{options['device']} {visible}")
    yield from train(spec, caches, folder, control, **options)  # type: ignore[arg-type]


def arabic_fails_once(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    """Raise something unforeseen in runs on Arabic alone, the first time; hold in the middle of all others."""
    is_first = [target.language for target in spec.targets] == ["ar"] and not (folder / "tried").exists()
    yield from (fails_once if is_first else hold)(spec, caches, folder, control, **options)


def strolls(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    """Take a while for every step, so that it can be killed anywhere."""
    for event in train(spec, caches, folder, control, **options):  # type: ignore[arg-type]
        yield event
        time.sleep(0.02)


def seed_3_fails(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    """Raise something unforeseen in the run with seed 3."""
    for event in train(spec, caches, folder, control, **options):  # type: ignore[arg-type]
        yield event
        if spec.seed == 3 and isinstance(event, StepLogged):
            raise ZeroDivisionError("something unforeseen")
