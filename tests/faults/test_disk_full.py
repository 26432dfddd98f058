"""The disk is full at any moment: one clear sentence, nothing lost, and it goes on when there is space again."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.execution.scripted import HERE
from tests.execution.small_data import small_study
from workbench import files
from workbench.errors import WorkspaceError
from workbench.execution.inline import InlineExecutor
from workbench.execution.studies import prepare, run_study
from workbench.files import sha256_of
from workbench.runs import room
from workbench.runs.control import Control
from workbench.runs.events import RunEvent, RunFailed
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.toml_file import save_study


@contextmanager
def full_from(number: int) -> Iterator[list[int]]:
    """Let every fsync from the `number`-th on fail for want of space; gives the count of calls."""
    calls = [0]
    real = os.fsync

    def fsync(descriptor: int) -> None:
        calls[0] += 1
        if calls[0] >= number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(descriptor)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files.os, "fsync", fsync)
        patch.setattr(room, "TRY_AGAIN_AFTER_S", 0.01)
        yield calls


def run(workspace: Workspace, plan: Plan) -> list[RunEvent]:
    executor = InlineExecutor(workspace, checkpoint_after_s=0, trainer=f"{HERE}:train")
    return list(run_study(workspace, plan, executor=executor, control=Control()))


def complaint(workspace: Workspace, plan: Plan) -> str:
    """What the user is told: an error of the study, or the failure of its runs."""
    try:
        events = run(workspace, plan)
    except WorkspaceError as error:
        return str(error)
    return " ".join(event.reason for event in events if isinstance(event, RunFailed))


def test_every_moment(workspace: Workspace, plan: Plan, capfd: pytest.CaptureFixture[str]) -> None:
    """Full from the first write on, from the second on, …: afterwards the same study ends as if nothing had been."""
    one = plan.model_copy(update={"runs": plan.runs[:1]})
    store = RunStore(workspace)
    (first,) = one.run_ids
    number = 1
    while True:
        with full_from(number) as calls:
            told = complaint(workspace, one)
        if calls[0] < number:
            break
        assert "the disk is full" in told, number
        saved = store.history(first).checkpoint
        assert saved is None or store.is_finished(first) or store.resume_point(first) == saved
        assert not any(isinstance(event, RunFailed) for event in run_retried(workspace, one)), number
        assert [point.step for point in store.history(first).losses] == [1, 2, 3, 4, 5, 6]
        assert sha256_of(store.folder(first) / "last.safetensors") == store.history(first).weights[0].sha256
        store.begin_anew(first)
        number += 1
    assert number > 20, "there are that many moments"


def run_retried(workspace: Workspace, plan: Plan) -> list[RunEvent]:
    executor = InlineExecutor(workspace, checkpoint_after_s=0, trainer=f"{HERE}:train")
    return list(run_study(workspace, plan, executor=executor, control=Control(), retry=True))


def test_a_log_that_cannot_grow(workspace: Workspace) -> None:
    """A limit on the size of files, as a quota sets it: the log ends in half a line, which the next start drops."""
    plan = list(prepare(workspace, small_study(budgets=["24 steps"]), Control()))[-1]
    assert isinstance(plan, Plan)
    save_study(plan.study, workspace.study_file("small"))
    run(workspace, plan)
    store = RunStore(workspace)
    size = max(store.events_file(each).stat().st_size for each in plan.run_ids)
    expected = {each: (store.folder(each) / "last.safetensors").read_text() for each in plan.run_ids}
    for each in plan.run_ids:
        store.begin_anew(each)
        (store.folder(each) / "last.safetensors").unlink()
    spec_bytes = max(store.spec_file(each).stat().st_size for each in plan.run_ids)
    plan_bytes = workspace.plan_file("small").stat().st_size
    limit = max(size - 300, plan_bytes + 1, spec_bytes + 1)
    assert limit < size, "the log is the largest file"
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults.program", str(workspace.root), f"{HERE}:train", "0", str(limit)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 2
    assert "events.jsonl was not written: a limit on the size of files is reached" in ended.stderr
    run(workspace, plan)
    for each in plan.run_ids:
        assert (store.folder(each) / "last.safetensors").read_text() == expected[each]
        assert not store.events(each).damaged_lines
