"""Trainers in a process whose memory is limited, as a cluster or a full machine limits it; for child processes only."""

import resource
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from workbench.data.cache import LineCache
from workbench.runs.control import Control
from workbench.runs.events import RunEvent, RunStarted, StepLogged
from workbench.runs.spec import RunSpec
from workbench.training.loop import train

HERE = "tests.faults.limited"
MB = 2**20


def limit_memory(more_mb: int | None) -> None:
    """Allow so much more address space than the process has by now; None: as much as there is."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = most if more_mb is None else psutil.Process().memory_info().vms + more_mb * MB
    resource.setrlimit(resource.RLIMIT_AS, (limit, most))


def short_at_first(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    """Train with memory for a part of a batch, until another program has ended and leaves it all."""
    for event in train(spec, caches, folder, control, **options):  # type: ignore[arg-type]
        if isinstance(event, RunStarted):
            limit_memory(600)
        elif isinstance(event, StepLogged) and event.step == 1:
            limit_memory(None)
        yield event


def hardly_any(
    spec: RunSpec, caches: Mapping[str, LineCache], folder: Path, control: Control, **options: object
) -> Iterator[RunEvent]:
    """Train with memory for less than a line."""
    for event in train(spec, caches, folder, control, **options):  # type: ignore[arg-type]
        if isinstance(event, RunStarted):
            limit_memory(8)
        yield event
