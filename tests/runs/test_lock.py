"""One writer per workspace; what a dead or foreign process left behind does not count."""

import json
import os
import threading
from pathlib import Path

import psutil
import pytest

from workbench.errors import WorkspaceError
from workbench.runs.lock import WorkspaceLock, holder
from workbench.runs.workspace import Workspace, open_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path / "workspace")


def leave_trace(workspace: Workspace, pid: int, created: float) -> None:
    trace = {"pid": pid, "created": created, "since": "2026-01-01 00:00"}
    workspace.root.joinpath(".lock.json").write_text(json.dumps(trace))


def test_it_is_held_and_given_back(workspace: Workspace) -> None:
    assert holder(workspace) is None
    with WorkspaceLock(workspace):
        found = holder(workspace)
        assert found is not None
        assert (found.pid, found.is_this_process) == (os.getpid(), True)
    assert holder(workspace) is None


def test_one_program_may_take_it_several_times(workspace: Workspace) -> None:
    window, study = WorkspaceLock(workspace), WorkspaceLock(workspace)
    window.acquire()
    window.acquire()
    with study:
        pass
    assert holder(workspace) is not None
    window.release()
    window.release()
    assert holder(workspace) is None


def test_threads_share_it(workspace: Workspace) -> None:
    lock = WorkspaceLock(workspace)
    lock.acquire()
    worker = threading.Thread(target=lambda: WorkspaceLock(workspace).acquire())
    worker.start()
    worker.join()
    lock.release()
    assert holder(workspace) is not None, "the thread's own is still held"
    third = WorkspaceLock(workspace)
    third.acquire()
    third.release()


def test_the_trace_of_a_dead_process_is_nothing(workspace: Workspace) -> None:
    leave_trace(workspace, 2**22 - 1, 0.0)
    assert holder(workspace) is None
    with WorkspaceLock(workspace):
        pass


def test_a_recycled_process_id_is_another_process(workspace: Workspace) -> None:
    parent = psutil.Process(os.getppid())
    leave_trace(workspace, parent.pid, parent.create_time() - 1000)
    assert holder(workspace) is None
    leave_trace(workspace, parent.pid, parent.create_time())
    assert holder(workspace) is not None
    with WorkspaceLock(workspace):
        found = holder(workspace)
        assert found is not None
        assert found.is_this_process, "the lock decides, not the trace"


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"pid": "x", "created": 1, "since": ""}', '{"pid": -1}'])
def test_a_broken_trace_is_nothing(workspace: Workspace, content: str) -> None:
    workspace.root.joinpath(".lock.json").write_text(content)
    assert holder(workspace) is None


def test_a_folder_that_cannot_be_written_says_so(workspace: Workspace) -> None:
    (workspace.root / ".lock").mkdir()
    with pytest.raises(WorkspaceError, match="cannot be written"):
        WorkspaceLock(workspace).acquire()
