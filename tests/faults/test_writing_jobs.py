"""Everything that writes, failed and killed within its process: on every system, and in every run of the tests.

`tests/faults/sweep.py` does the same by hand at every system call.
"""

import errno
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest

from tests.faults.writing_jobs import JOBS, Stage
from workbench import files

Fault = Literal["kill", "full", "broken"]
CODES: dict[Fault, int] = {"full": errno.ENOSPC, "broken": errno.EIO}
SLOW = ("training, real network", "exports")
"""Too slow to be done again and again in every run of the tests; the sweep does them."""
PLACES = 3
"""Steps of each job at which each fault is tried: the first, the last, and those evenly between."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jobs")


@pytest.fixture(scope="module", params=[name for name in JOBS if name not in SLOW])
def stage(request: pytest.FixtureRequest, folder: Path) -> Iterator[Stage]:
    with pytest.MonkeyPatch.context() as patch:
        root = Path(__file__).resolve().parents[2]
        patch.setenv("PYTHONPATH", f"{root}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
        yield Stage(JOBS[request.param], folder / request.param)


def counted(log: Path) -> None:
    """Keep each step of a write in a file."""

    def note(step: files.Step, path: Path) -> None:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{step} {path.name}\n")

    files.before = note


def disturbed(fault: Fault, number: int) -> None:
    """Let the fault happen at the step of this number, from 0."""
    left = number

    def strike(step: files.Step, path: Path) -> None:
        nonlocal left
        left -= 1
        if left == -1:
            if fault == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(CODES[fault], os.strerror(CODES[fault]), str(path))

    files.before = strike


def steps_of(stage: Stage, log: Path) -> list[str]:
    """Steps of the undisturbed job."""
    stage.lay_out()
    assert stage.do(lambda: counted(log)).ending == "done"
    return log.read_text(encoding="utf-8").splitlines()


@pytest.mark.timeout(240)
def test_every_file_is_the_old_or_the_new_one(stage: Stage, tmp_path: Path) -> None:
    steps = steps_of(stage, tmp_path / "steps.txt")
    assert len(steps) >= PLACES, steps
    found: list[str] = []
    for place in range(PLACES):
        number = place * (len(steps) - 1) // (PLACES - 1)
        for fault in ("kill", "full", "broken"):
            stage.lay_out()
            outcome = stage.do(at_start(fault, number))
            assert (outcome.ending == "killed") == (fault == "kill"), (steps[number], outcome)
            found += [f"{fault} before '{steps[number]}': {each}" for each in stage.faults_after(outcome)]
    assert found == []


def at_start(fault: Fault, number: int) -> Callable[[], None]:
    return lambda: disturbed(fault, number)


def test_a_file_that_is_overwritten_in_place_would_be_found(tmp_path: Path) -> None:
    """The check is no check that nothing could fail."""
    stage = Stage(JOBS["labels, notes, studies, settings"], tmp_path / "stage")
    stage.lay_out()
    outcome = stage.do(at_start("kill", 0))
    name = next(iter(sorted(stage.before)))
    (stage.root / name).write_bytes(stage.before[name][: len(stage.before[name]) // 2])
    assert any(name in each for each in stage.faults_after(outcome))
