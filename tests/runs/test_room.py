"""Waiting for room on a disk, without a disk: it ends when there is room, when it is cancelled, or is of no use."""

import errno
import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench import files
from workbench.errors import DiskFullError, WorkspaceError
from workbench.runs import room
from workbench.runs.control import Control
from workbench.runs.events import RunContinued, RunEvent, RunPaused
from workbench.runs.room import when_there_is_room


class Disk:
    """Refuses files until it has room; tells as much as it is asked for."""

    def __init__(self, patch: pytest.MonkeyPatch, refusals: int, code: int, told_free: int) -> None:
        self.left = refusals
        self.tries = 0
        self._code = code
        self._sync = os.fsync
        patch.setattr(files.os, "fsync", self.fsync)
        patch.setattr(files, "_room", lambda folder: (told_free if self.left else 10**9, True))
        patch.setattr(room, "LOOK_EVERY_S", 0.01)
        patch.setattr(room, "TRY_AGAIN_AFTER_S", 0.01)

    def fsync(self, descriptor: int) -> None:
        self.tries += 1
        if self.left:
            self.left -= 1
            raise OSError(self._code, os.strerror(self._code))
        self._sync(descriptor)


def told(control: Control, write: Callable[[], None]) -> list[RunEvent]:
    return list(when_there_is_room("r", 4, control, write))


def test_nothing_is_told_where_there_is_room(tmp_path: Path) -> None:
    assert told(Control(), lambda: files.write_bytes(tmp_path / "a", b"new")) == []


@pytest.mark.parametrize(
    ("code", "words"), [(errno.ENOSPC, "the disk is full: 3 kB are needed"), (errno.EDQUOT, "the disk quota of this")]
)
def test_it_goes_on_when_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str) -> None:
    """A quota tells nowhere how much of it is left, so that the file itself has to be tried."""
    (tmp_path / "a").write_bytes(b"old")
    disk = Disk(monkeypatch, 1 if code == errno.ENOSPC else 7, code, told_free=100)
    events = told(Control(), lambda: files.write_bytes(tmp_path / "a", b"new" * 1000))
    assert [type(event) for event in events] == [RunPaused, RunContinued], "told once, however long it takes"
    assert isinstance(events[0], RunPaused)
    assert f"a was not written: {words}" in events[0].reason
    assert (tmp_path / "a").read_bytes() == b"new" * 1000
    assert disk.left == 0


def test_a_disk_that_has_room_and_refuses_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"old")
    disk = Disk(monkeypatch, 100, errno.ENOSPC, told_free=10**9)
    with pytest.raises(DiskFullError):
        told(Control(), lambda: files.write_bytes(tmp_path / "a", b"new"))
    assert disk.tries == room.TRIES
    assert [path.name for path in tmp_path.iterdir()] == ["a"], "no half file stays"
    assert (tmp_path / "a").read_bytes() == b"old"


def test_cancel_ends_the_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Disk(monkeypatch, 10**6, errno.ENOSPC, told_free=0)
    control = Control()
    threading.Timer(0.05, control.request, ("cancel",)).start()
    with pytest.raises(DiskFullError):
        told(control, lambda: files.write_bytes(tmp_path / "a", b"new"))


def test_a_limit_on_the_size_of_files_is_no_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(monkeypatch, 9, errno.EFBIG, told_free=0)
    with pytest.raises(WorkspaceError, match="limit on the size of files") as caught:
        told(Control(), lambda: files.write_bytes(tmp_path / "a", b"new"))
    assert not isinstance(caught.value, DiskFullError)
    assert disk.tries == 1


def test_a_line_that_finds_no_room_leaves_the_log_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "log").open("ab", buffering=0) as log:
        files.append_line(log, "one", durable=True)
        Disk(monkeypatch, 1, errno.ENOSPC, told_free=0)
        with pytest.raises(DiskFullError):
            files.append_line(log, "two", durable=True)
        assert (tmp_path / "log").read_bytes() == b"one\n"
        files.append_line(log, "two", durable=True)
    assert (tmp_path / "log").read_bytes() == b"one\ntwo\n"


class TornFile(io.FileIO):
    """Takes half of a line, and cannot be made shorter again."""

    def write(self, content: Any) -> int:
        if len(content) == len("two\n"):
            return super().write(content[:2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def truncate(self, size: int | None = None) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_nothing_is_written_behind_half_a_line(tmp_path: Path) -> None:
    """It is no full disk that is waited for: a second attempt would make a line that is damaged for good."""
    with TornFile(tmp_path / "log", "ab") as log, pytest.raises(WorkspaceError, match="half a line") as caught:
        files.append_line(log, "two", durable=True)
    assert not isinstance(caught.value, DiskFullError)
    assert (tmp_path / "log").read_bytes() == b"tw"
