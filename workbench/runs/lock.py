"""One writing program per workspace.

The lock itself is the operating system's (released whenever its process ends, however it ends); a small JSON file
beside it says who holds it. What that file says counts only while its process lives: a process id that was given
to another program since is told apart by the time at which the process began. Whoever takes the lock of a workspace
that an earlier program made brings that up to date first (:mod:`workbench.runs.migrations`).
"""

import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
from filelock import FileLock, Timeout

from workbench import files
from workbench.errors import WorkspaceError
from workbench.runs.migrations import migrate
from workbench.runs.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Holder:
    """The program that writes in a workspace."""

    pid: int
    created: float
    """When the process began, seconds since 1970: tells a recycled process id."""
    since: str
    """Local time at which it took the workspace, `2026-11-03 14:05`."""

    @property
    def is_this_process(self) -> bool:
        """Tell whether we hold it ourselves."""
        return self.pid == os.getpid()


def _holder_file(workspace: Workspace) -> Path:
    return workspace.lock_file.with_name(f"{workspace.lock_file.name}.json")


def _is_alive(pid: int, created: float) -> bool:
    with suppress(psutil.Error, ValueError, OverflowError):
        process = psutil.Process(pid)
        return abs(process.create_time() - created) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
    return False


def holder(workspace: Workspace) -> Holder | None:
    """Program that writes in the workspace now; None where there is none, or only the trace of a dead one."""
    try:
        raw: Any = files.read_json(_holder_file(workspace))
        found = Holder(int(raw["pid"]), float(raw["created"]), str(raw["since"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return None
    return found if _is_alive(found.pid, found.created) else None


def _in_use(workspace: Workspace) -> WorkspaceError:
    found = holder(workspace)
    who = f"htr-workbench with process id {found.pid} writes there since {found.since}" if found else "another writes"
    return WorkspaceError(
        f"The workspace {workspace.root} is in use",
        who,
        "Close that program first, or name another folder with --workspace; report and export work all the same.",
    )


_held: dict[Path, tuple[FileLock, int]] = {}
"""Locks of this process with how often they were taken: its window and the study that it runs share one."""
_guard = threading.Lock()


class WorkspaceLock:
    """The right to write in a workspace, as a context; within one program it may be taken several times.

    Raises
    ------
    WorkspaceError
        When another program holds it, named with its process id and since when; when a later program made the
        workspace; when it cannot be written.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._key = workspace.lock_file.resolve()
        self._is_taken = False
        self.migrated: tuple[Path, ...] = ()
        """Files of an earlier program that were changed when the lock was taken."""

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def acquire(self) -> None:
        """Take the workspace; see the class for what is raised."""
        with _guard:
            if self._is_taken:
                return
            lock, count = _held.get(self._key, (None, 0))
            if lock is None:
                lock = self._lock_file()
            _held[self._key] = (lock, count + 1)
            self._is_taken = True

    def release(self) -> None:
        """Give it back; without effect when it is not held."""
        with _guard:
            if not self._is_taken:
                return
            self._is_taken = False
            lock, count = _held[self._key]
            if count > 1:
                _held[self._key] = (lock, count - 1)
                return
            del _held[self._key]
            with suppress(OSError):
                _holder_file(self._workspace).unlink(missing_ok=True)
            lock.release()

    def _lock_file(self) -> FileLock:
        lock = FileLock(self._key, thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise _in_use(self._workspace) from error
        except OSError as error:
            raise WorkspaceError(
                f"The workspace {self._workspace.root} cannot be written",
                error.strerror or "",
                "Name another folder with --workspace, or change its permissions; report and export work all the same.",
            ) from error
        try:
            self.migrated = migrate(self._workspace)
            self._say_who()
        except BaseException:
            lock.release()
            raise
        return lock

    def _say_who(self) -> None:
        value = {
            "pid": os.getpid(),
            "created": psutil.Process().create_time(),
            "since": datetime.now(UTC).astimezone().strftime("%Y-%m-%d %H:%M"),
        }
        files.write_json(_holder_file(self._workspace), value)
