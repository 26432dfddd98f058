"""The only module that writes state: a file is either the old one or the new one, never half of either.

Every write goes to a temporary file in the same folder, is flushed to the disk, takes the place of the old file
in one step, and the folder itself is flushed. Append-only logs (:func:`append_line`) are the one exception: a torn
last line is normal there and dropped by the reader.
"""

import csv
import errno
import hashlib
import io
import json
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal

from workbench.errors import DiskFullError, WorkspaceError

_SPARE_BYTES = 65_536
"""What a disk needs beside the bytes of a file: whole blocks, entries of folders."""

Step = Literal["make", "write", "flush", "sync", "replace", "sync the folder", "append", "sync the log"]
"""What is about to be done with a file, in the order in which it is done."""

csv.field_size_limit(10_000_000)
# What is written here can be read again, also a line of hundreds of thousands of characters; Python's limit is 131,072.

MAX_STATE_BYTES = 1 << 30
"""Of a file that is read as a whole: a log of events or a plan comes nowhere near it."""


def _nothing(step: Step, path: Path) -> None:
    pass


before: Callable[[Step, Path], None] = _nothing
"""Called before each step of a write with the path that is meant: the tests let any of them fail, or end the process.

It is the twin, on every system, of faults that are injected into system calls; see `tests/faults/sweep.py`.
"""


def size_in_words(size: float) -> str:
    """Return an amount of disk: '12 MB', '1.4 GB'."""
    for unit, scale in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}" if size < 10 * scale else f"{size / scale:,.0f} {unit}"
    return f"{max(size / 1e3, bool(size)):.0f} kB"


def _as_workspace_error(path: Path, error: OSError, size: int = 0) -> WorkspaceError:
    """Tell what went wrong with a file of `size` bytes, or of at least as many."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _disk_full(path, size, is_quota=error.errno == errno.EDQUOT)
    if error.errno == errno.EFBIG:
        return WorkspaceError(
            f"{path.name} was not written",
            "a limit on the size of files is reached (ulimit -f)",
            "Start the program without that limit; the previous file is unchanged.",
        )
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return WorkspaceError(
            f"{path.name} was not written",
            f"{path.parent} is read-only",
            "Choose another workspace with --workspace, or change the folder's permissions.",
        )
    if error.errno == errno.ENOENT:
        return WorkspaceError(
            f"{path.name} was not written",
            f"the folder {path.parent} is gone",
            "Bring it back, or open the workspace where it is now.",
        )
    return WorkspaceError(f"{path.name} was not written", error.strerror or str(error))


def _disk_full(path: Path, size: int, *, is_quota: bool) -> DiskFullError:
    free, has_entries = _room(path.parent)
    if is_quota:  # how much of it is left is told nowhere
        why = f"the disk quota of this user is used up, {size_in_words(size)} are needed"
    elif not has_entries:
        why = "the disk is full: it has no entry (inode) left for another file"
    else:
        why = f"the disk is full: {size_in_words(size)} are needed, {size_in_words(free)} are free"

    def has_room() -> bool:
        free, has_entries = _room(path.parent)
        return is_quota or (free >= size + _SPARE_BYTES and has_entries)

    hint = "Free some space; the previous file is unchanged."
    return DiskFullError(f"{path.name} was not written", why, hint, has_room=has_room, is_quota=is_quota)


def _room(folder: Path) -> tuple[int, bool]:
    """Bytes that are free on a folder's disk, and whether it can hold another file; where it is not told, it can."""
    try:
        found = os.statvfs(folder)
    except (OSError, AttributeError):  # the folder is gone; a system without statvfs
        return sys.maxsize, True
    return found.f_bavail * found.f_frsize, not found.f_files or found.f_favail > 0


_anchored: dict[Path, tuple[int, int]] = {}
"""Folders that are never made anew, with device and number by which each was known when it was opened."""


def anchor(folder: Path) -> None:
    """Never make this folder anew from now on: where it is moved or unplugged, what is below it would be torn in two.

    Raises
    ------
    OSError
        When it is not there.
    """
    status = folder.stat()
    _anchored[folder] = (status.st_dev, status.st_ino)


def is_anchored_one(folder: Path) -> bool:
    """Tell whether a folder is there and the very one that was anchored."""
    try:
        status = folder.stat()
    except OSError:
        return False
    return _anchored.get(folder) == (status.st_dev, status.st_ino)


def is_there(folder: Path) -> bool:
    """Tell whether an anchored folder is there: the very one, or another of its name that is not empty.

    An empty one may be what is left where a disk was mounted.
    """
    with suppress(OSError):
        return is_anchored_one(folder) or any(folder.iterdir())
    return False


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, but none that is anchored and gone.

    Raises
    ------
    OSError
        When it cannot be made; FileNotFoundError where an anchored one is gone.
    """
    for known in (folder, *folder.parents):
        if known in _anchored and not is_there(known):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(known))
    folder.mkdir(parents=True, exist_ok=True)


def sync_folder(folder: Path) -> None:
    """Flush a folder's own entries, so that a rename survives a power loss."""
    before("sync the folder", folder)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def replacing(path: Path, size: int = 0) -> Generator[IO[bytes]]:
    """Give a binary file that takes the place of `path` when the block ends without an error.

    Parameters
    ----------
    path : Path
    size : int
        Bytes that it will have, where that is known before: what is said to be needed when the disk is full.

    Raises
    ------
    WorkspaceError
        When the disk is full or the folder cannot be written; `path` is then unchanged.
    """
    try:
        make_folder(path.parent)
        before("make", path)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise _as_workspace_error(path, error, size) from error
    temporary = Path(name)
    written = 0
    try:
        with os.fdopen(descriptor, "wb") as file:
            try:
                before("write", path)
                yield file
                before("flush", path)
                file.flush()
                before("sync", path)
                os.fsync(file.fileno())
            finally:
                written = os.fstat(file.fileno()).st_size
        temporary.chmod(0o644)
        before("replace", path)
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):  # what it takes is free again before it is told how much is
            temporary.unlink(missing_ok=True)
        raise _as_workspace_error(path, error, max(size, written)) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def making(path: Path) -> Generator[Path]:
    """Give a path beside `path` for a library that writes files itself; what it wrote there takes the place of `path`.

    It is not flushed to the disk: for what can be made anew.

    Raises
    ------
    WorkspaceError
        When the disk is full or the folder cannot be written; `path` is then unchanged.
    """
    with explained(path):
        make_folder(path.parent)
        before("make", path)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(descriptor)
        temporary = Path(name)
        try:
            before("write", path)
            yield temporary
            if temporary.exists():
                before("replace", path)
                temporary.replace(path)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file; see :func:`replacing`."""
    with replacing(path, len(content)) as file:
        file.write(content)


def write_text(path: Path, content: str) -> None:
    """Write a whole UTF-8 file without touching line ends; see :func:`replacing`."""
    write_bytes(path, content.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write a value as indented UTF-8 JSON; see :func:`replacing`."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def write_csv(
    path: Path, columns: Iterable[str], rows: Iterable[Iterable[Any]], *, encoding: str = "utf-8"
) -> None:  # fmt: skip
    """Write a table row by row; the file appears when it is whole.

    UTF-8 (with a byte order mark as `utf-8-sig`), one header row, RFC 4180. Floats are written with as many digits as
    they need to be read back as the same number.

    Raises
    ------
    WorkspaceError
        When the disk is full or the folder cannot be written.
    """
    with replacing(path) as file:
        text = io.TextIOWrapper(file, encoding=encoding, newline="", write_through=True)
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(columns)
        writer.writerows(rows)
        text.detach()


@contextmanager
def explained(path: Path) -> Generator[None]:
    """Turn an OSError of the block into the sentence that the user can act on."""
    try:
        yield
    except OSError as error:
        raise _as_workspace_error(path, error) from error


def append_line(file: IO[bytes], line: str, *, durable: bool) -> None:
    """Append one line to a log that is open without a buffer; with `durable`, it is on the disk then.

    Raises
    ------
    WorkspaceError
        When the disk is full; the log is then as before, or where not even that is possible ends in a torn line, which
        its reader drops.
    """
    path = Path(str(file.name))
    content = line.encode("utf-8") + b"\n"
    length = os.fstat(file.fileno()).st_size
    try:
        before("append", path)
        rest = content
        while rest:
            rest = rest[file.write(rest) :]
        file.flush()
        if durable:
            before("sync the log", path)
            os.fsync(file.fileno())
    except OSError as error:
        try:
            file.truncate(length)
        except OSError as torn:  # nothing may follow half a line: it is not tried again
            raise WorkspaceError(f"{path.name} was not written", f"it ends in half a line ({torn.strerror})") from error
        raise _as_workspace_error(path, error, len(content)) from error


def open_plain(path: Path) -> BinaryIO:
    """Open a file for reading. Pipes and devices are not: nothing may ever come out of them, or no end of it.

    Raises
    ------
    OSError
        When it cannot be opened, or is no plain file.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # a folder has an error of its own
        raise OSError(errno.EINVAL, "not a plain file (pipe, socket or device), not opened", str(path))
    return path.open("rb")


def read_plain(path: Path, limit: int = MAX_STATE_BYTES) -> bytes:
    """Content of a plain file; see :func:`open_plain`.

    Raises
    ------
    OSError
        When it cannot be read, or is larger than `limit` bytes.
    """
    with open_plain(path) as file:
        if os.fstat(file.fileno()).st_size > limit:
            raise OSError(errno.EFBIG, f"larger than {limit:,} bytes", str(path))
        return file.read()


def read_json(path: Path, limit: int = MAX_STATE_BYTES) -> Any:
    """Value of a file of UTF-8 JSON; see :func:`read_plain`.

    Raises
    ------
    OSError
        When it cannot be read.
    ValueError
        When it is no JSON, no UTF-8, or nested beyond reason.
    """
    content = read_plain(path, limit).decode("utf-8")
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def is_text(name: str | Path) -> bool:
    """Tell whether a name, as the system gives it, is text: no file of UTF-8 could hold it otherwise."""
    try:
        str(name).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def printable(name: str | Path) -> str:
    """Return a name with the bytes that are no text written out in hexadecimal."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def sha256_of(path: Path) -> str:
    """Hex digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def canonical_json(value: Any) -> str:
    """One spelling per value: sorted keys, no blanks, UTF-8. What identities and fingerprints are hashed over."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
