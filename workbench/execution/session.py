"""One sitting of one run in this process: from its last checkpoint (or from nothing) to an end that is told.

Executors drive this generator, here or in a child process. It never raises for what goes wrong in a run: a fault is
a `RunFailed` event, so that the other runs of the study go on.
"""

import os
import platform
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

from filelock import FileLock, Timeout

from workbench import files
from workbench.data.cache import LineCache, cache_folder
from workbench.errors import DeviceLostError, DiskFullError, DivergedError, RunError, WorkbenchError
from workbench.execution.devices import processor
from workbench.runs.control import Control
from workbench.runs.events import (
    CheckpointSaved,
    FailureKind,
    RunEvent,
    RunFailed,
    RunInterrupted,
    RunResumed,
    RunStarted,
    step_of,
)
from workbench.runs.room import when_there_is_room
from workbench.runs.spec import RunSpec
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.settings import switched_off

TRAINER = "workbench.training.loop:train"
CHECKPOINT_AFTER_S = 60.0
RUN_LOCK_TIMEOUT_S = 45.0
"""How long a run waits for the process of an earlier, vanished program to write its checkpoint and end."""

_PACKAGES = ("torch", "numpy", "pillow", "safetensors", "editdistance")
_LOG_TAIL_LINES = 30
_CPU_FLAGS = ("avx", "avx2", "avx512f", "avx512_bf16", "amx_bf16", "fma", "sse4_2", "asimd", "sve", "bf16")


class Trainer(Protocol):
    """The training of one run; :func:`workbench.training.loop.train` is the one that there is."""

    def __call__(
        self,
        spec: RunSpec,
        caches: Mapping[str, LineCache],
        folder: Path,
        control: Control,
        *,
        device: str,
        resume_from: CheckpointSaved | None,
        checkpoint_after_s: float,
    ) -> Iterator[RunEvent]:
        """Yield the events of the run, from its start or from a checkpoint, to its end or interruption."""
        ...


def load_trainer(name: str) -> Trainer:
    """Import the trainer `package.module:function`; this is where torch is loaded."""
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)


def open_caches(workspace: Workspace, spec: RunSpec) -> dict[str, LineCache]:
    """Open the decoded lines of a run's targets, by target name."""
    is_cropped = spec.preprocessing.crop_to_ink
    return {
        target.name: LineCache.open(cache_folder(workspace, target.fingerprint, cropped=is_cropped))
        for target in spec.targets
    }


def run_session(
    store: RunStore,
    spec: RunSpec,
    control: Control,
    *,
    device: str = "auto",
    trainer: str = TRAINER,
    checkpoint_after_s: float = CHECKPOINT_AFTER_S,
) -> Iterator[RunEvent]:
    """Run one run from where its log says it stands; a checkpoint counts when its event is durable.

    Yields
    ------
    RunEvent
        Those of the trainer; `RunFailed` as the last one where it raised.
    """
    try:
        lock = _sole_trainer(store, spec.id)
    except WorkbenchError as error:
        yield _end_of(store, spec.id, 0, error)
        return
    step = saved = 0
    try:
        for event in _train(store, spec, control, device, trainer, checkpoint_after_s):
            step = step_of(event) or step
            saved = step if isinstance(event, CheckpointSaved | RunResumed) else saved
            yield event
    except Exception as error:  # noqa: BLE001 - whatever went wrong in one run: the study goes on
        if isinstance(error, DiskFullError) and control.is_cancelled:
            # It waited for room, and is not to wait any longer: what its last checkpoint holds is kept.
            yield RunInterrupted(run=spec.id, step=saved, reason="cancelled")
            return
        with suppress(OSError):  # nor may there be room for this
            traceback.print_exception(error)
        yield _end_of(store, spec.id, step, error)
    finally:
        lock.release()


def _train(
    store: RunStore, spec: RunSpec, control: Control, device: str, trainer: str, checkpoint_after_s: float
) -> Iterator[RunEvent]:
    finish = store.finish(spec.id)
    if finish is not None:  # in the meantime, by the child of a program that was killed
        yield finish
        return
    _check_first_stage(store, spec)
    train = load_trainer(trainer)
    start = store.resume_point(spec.id)
    store.sweep(spec.id, keep=start)
    caches = open_caches(store.workspace, spec)
    for event in train(
        spec,
        caches,
        store.folder(spec.id),
        control,
        device=device,
        resume_from=start,
        checkpoint_after_s=checkpoint_after_s,
    ):
        if isinstance(event, RunStarted | RunResumed):
            save = partial(_save_environment, store, spec, event)
            yield from when_there_is_room(spec.id, step_of(event) or 0, control, save)
        yield event


def _check_first_stage(store: RunStore, spec: RunSpec) -> None:
    """Refuse to go on from weights that are not those with which another run ended."""
    if spec.start is None:
        return
    first = store.record(spec.start.run)
    if first is None:
        raise RunError(
            f"Run {spec.id} goes on from run {spec.start.run}, which is not finished",
            hint="Run the study again: the first stage is trained before it.",
        )
    saved = next(weights for weights in first.weights if weights.selection == "last")
    path = store.folder(first.run) / saved.path
    if not path.is_file() or files.sha256_of(path) != saved.sha256:
        raise RunError(
            f"The weights of run {first.run} cannot be taken",
            f"{saved.path} is missing, or not the file that was written",
            f"Put a copy of it back, or move the folder {store.folder(first.run)} away to train that run anew.",
        )


def _save_environment(store: RunStore, spec: RunSpec, event: RunStarted | RunResumed) -> None:
    """Write what this sitting trains with; where an earlier one trained with something else, both are kept."""
    now = environment(event.device, spec.training.threads_per_run)
    before = store.environment(spec.id) if isinstance(event, RunResumed) else {}
    earlier: list[Any] = before.pop("earlier_sittings", [])
    if before and before != now:
        earlier = [*earlier, before]
    files.write_json(store.environment_file(spec.id), now | ({"earlier_sittings": earlier} if earlier else {}))


def _sole_trainer(store: RunStore, run: str) -> FileLock:
    """Keep two processes from training one run: the child of a killed program may still be writing its checkpoint."""
    with files.explained(store.folder(run)):
        files.make_folder(store.folder(run))
    lock = FileLock(store.folder(run) / ".lock", thread_local=False)
    try:
        lock.acquire(timeout=RUN_LOCK_TIMEOUT_S)
    except Timeout as error:
        raise RunError(
            f"Run {run} is trained by another process",
            f"it did not end within {RUN_LOCK_TIMEOUT_S:.0f} s",
            "End that process, then run the study again.",
        ) from error
    except OSError as error:
        raise RunError(f"Run {run} cannot be locked", error.strerror or str(error)) from error
    return lock


def _end_of(store: RunStore, run: str, step: int, error: Exception) -> RunFailed:
    """Tell what went wrong; a run that lost its folder goes on from its last checkpoint when that is back."""
    if files.is_there(store.workspace.root):
        return failure_of(run, step, error)
    reason = f"The workspace folder {store.workspace.root} is gone"
    hint = "Bring it back, or open it where it is now; the run then goes on from its last checkpoint."
    return RunFailed(run=run, step=step, kind="died", reason=reason, hint=hint)


def failure_of(run: str, step: int, error: Exception) -> RunFailed:
    """Tell an exception as the event that ends a run."""
    why, hint = (_sentence(error), error.hint) if isinstance(error, WorkbenchError) else (_sentence(error), "")
    kind: FailureKind = "error"
    if isinstance(error, DivergedError):
        kind = "diverged"
    elif isinstance(error, DiskFullError):
        kind, hint = "disk_full", f"{error.hint} Then run the study again to go on from the last checkpoint."
    elif isinstance(error, DeviceLostError):
        kind = "device_lost"
    elif _is_out_of_memory(error):
        kind = "out_of_memory"
        why = f"The memory is used up: {why}" if why else "The memory is used up."
        hint = hint or "Use a smaller batch, a smaller network or fewer processes at the same time, then retry."
    tail = "".join(traceback.format_exception(error)).splitlines()[-_LOG_TAIL_LINES:]
    return RunFailed(run=run, step=step, kind=kind, reason=why, hint=hint, log_tail="\n".join(tail))


def _sentence(error: Exception) -> str:
    match error:
        case WorkbenchError():
            return f"{error.what}: {error.why}" if error.why else error.what
        case OSError():
            return f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
        case _:
            text = str(error).strip().splitlines()
            return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__


def _is_out_of_memory(error: Exception) -> bool:
    # torch's own class is a RuntimeError of this name; on the CPU it raises a bare RuntimeError.
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & {"MemoryError", "OutOfMemoryError"}) or "can't allocate memory" in str(error)


def environment(device: str, threads: int) -> dict[str, Any]:
    """Tell what a training ran with, as it goes into `environment.json`."""
    return {
        "program": {"name": "htr-workbench", "version": _version("htr-workbench")},
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "platform": platform.platform(),
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "device": device,
        "device_name": _device_name(device),
        "threads": threads,
        "switched_off": switched_off(),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _processor() -> dict[str, Any]:
    model, flags = processor()
    return {"model": model, "flags": [flag for flag in _CPU_FLAGS if flag in flags]}


def _device_name(device: str) -> str:
    torch: Any = sys.modules.get("torch")
    if torch is None or not device.startswith("cuda"):
        return ""
    return str(torch.cuda.get_device_name(device))
