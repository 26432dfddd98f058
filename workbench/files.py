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
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO

from workbench.errors import WorkspaceError

csv.field_size_limit(10_000_000)
# What is written here can be read again, also a line of hundreds of thousands of characters; Python's limit is 131,072.

MAX_STATE_BYTES = 1 << 30
"""Of a file that is read as a whole: a log of events or a plan comes nowhere near it."""


def _as_workspace_error(path: Path, error: OSError) -> WorkspaceError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return WorkspaceError(
            f"{path.name} was not written",
            "the disk is full",
            "Free some space; the previous file is unchanged.",
        )
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return WorkspaceError(
            f"{path.name} was not written",
            f"{path.parent} is read-only",
            "Choose another workspace with --workspace, or change the folder's permissions.",
        )
    return WorkspaceError(f"{path.name} was not written", error.strerror or str(error))


def sync_folder(folder: Path) -> None:
    """Flush a folder's own entries, so that a rename survives a power loss."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def replacing(path: Path) -> Generator[IO[bytes]]:
    """Give a binary file that takes the place of `path` when the block ends without an error.

    Raises
    ------
    WorkspaceError
        When the disk is full or the folder cannot be written; `path` is then unchanged.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise _as_workspace_error(path, error) from error
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise _as_workspace_error(path, error) from error
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
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(descriptor)
        temporary = Path(name)
        try:
            yield temporary
            if temporary.exists():
                temporary.replace(path)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file; see :func:`replacing`."""
    with replacing(path) as file:
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
    """Append one line to an open log and hand it to the operating system; with `durable`, to the disk.

    Raises
    ------
    WorkspaceError
        When the disk is full; the log then ends in a torn line, which its reader drops.
    """
    try:
        file.write(line.encode("utf-8") + b"\n")
        file.flush()
        if durable:
            os.fsync(file.fileno())
    except OSError as error:
        raise _as_workspace_error(Path(str(file.name)), error) from error


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


def sha256_of(path: Path) -> str:
    """Hex digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def canonical_json(value: Any) -> str:
    """One spelling per value: sorted keys, no blanks, UTF-8. What identities and fingerprints are hashed over."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
