"""Archives read like folders: .zip where it lies, .tar where it lies, compressed .tar through one temporary file.

Names that lead out of the archive, links, devices and encrypted members are never touched, and told. What an archive
says about sizes is not believed: reading stops at the limit of whoever reads.
"""

import bz2
import gzip
import lzma
import os
import tarfile
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from workbench.data.containers import MAX_MEMBERS, Container
from workbench.data.line import ReadProblem
from workbench.errors import InputError
from workbench.runs.control import Control

ZIP_SUFFIXES = (".zip",)
TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
ARCHIVE_SUFFIXES = (*ZIP_SUFFIXES, *TAR_SUFFIXES)

MAX_UNPACKED_BYTES = 50_000_000_000
MAX_RATIO = 200
"""Unpacked bytes per packed byte of a compressed archive; line images hardly shrink, a bomb is all about shrinking."""
RATIO_COUNTS_FROM_BYTES = 100_000_000
_CHUNK = 1 << 20

_DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
)


def is_archive(name: str) -> bool:
    """Tell by its name whether a file is an archive that can be read."""
    return name.lower().endswith(ARCHIVE_SUFFIXES)


def open_archive(path: Path, control: Control | None = None) -> Container:
    """Open an archive and list what it holds.

    Raises
    ------
    InputError
        When it is damaged, unpacks to far too much, or there is no room for its temporary file.
    """
    with _told(path.name):
        return ZipArchive(path) if path.name.lower().endswith(ZIP_SUFFIXES) else TarArchive(path, control)


@contextmanager
def _told(name: str) -> Generator[None]:
    try:
        yield
    except _DAMAGED as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        raise InputError(f"{name} cannot be read", f"not an archive, or damaged ({why})"[:200]) from error


def safe_name(name: str) -> str | None:
    """Relative POSIX path that a member's name means; None where it leads out of the archive."""
    slashed = name.replace("\\", "/")
    parts = [part for part in slashed.split("/") if part not in ("", ".")]
    if slashed.startswith("/") or slashed[1:2] == ":" or ".." in parts or "\x00" in name or not parts:
        return None
    return "/".join(parts)


def is_hidden(name: str) -> bool:
    """Tell what operating systems leave in archives and folders, and nobody put there."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


class _Listing:
    """Members by name while an archive is listed."""

    def __init__(self, archive: str) -> None:
        self._archive = archive
        self.sizes: dict[str, int] = {}
        self.problems: list[ReadProblem] = []

    def add(self, name: str, size: int) -> str | None:
        """Enter a plain file; give its path, None where it is left out."""
        path = safe_name(name)
        if path is None:
            self.refuse(name, "its name leads out of the archive, not read")
            return None
        if is_hidden(path):
            return None
        if path in self.sizes:
            self.refuse(path, "the archive holds this name twice, the first is used")
            return None
        if len(self.sizes) >= MAX_MEMBERS:
            raise InputError(f"{self._archive} cannot be used", f"it holds more than {MAX_MEMBERS:,} files")
        self.sizes[path] = size
        return path

    def refuse(self, name: str, reason: str) -> None:
        """Enter what is not read."""
        self.problems.append(ReadProblem(name.replace("\x00", "\\0")[:300], None, reason))


class ZipArchive:
    """A .zip, read member by member."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path)
        _check_unpacked(path, path.stat().st_size, sum(info.file_size for info in self._zip.infolist()))
        listing = _Listing(path.name)
        self._infos: dict[str, zipfile.ZipInfo] = {}
        for info in self._zip.infolist():
            if info.is_dir():
                continue
            if info.flag_bits & 1:
                listing.refuse(info.filename, "encrypted in the archive, not read")
            elif (name := listing.add(_zip_name(info), info.file_size)) is not None:
                self._infos[name] = info
        self.members = listing.sizes
        self.problems = listing.problems

    def read(self, member: str, limit: int) -> bytes:
        """Give the first bytes of a member, see :class:`Container`."""
        with _told(member), self._zip.open(self._infos[member]) as file:
            return file.read(limit)


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Name of a member; old programs store UTF-8 without saying so, which comes out as code page 437."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


class TarArchive:
    """A .tar; a compressed one is unpacked once into a temporary file that no other program sees."""

    def __init__(self, path: Path, control: Control | None = None) -> None:
        self._file: IO[bytes] = _plain_tar(path, control)
        weakref.finalize(self, self._file.close)
        listing = _Listing(path.name)
        self._places: dict[str, tuple[int, int]] = {}
        if control is None or not control.is_cancelled:
            with tarfile.open(fileobj=self._file, mode="r:") as tar:
                self._list(tar, listing)
        self.members = listing.sizes
        self.problems = listing.problems

    def _list(self, tar: tarfile.TarFile, listing: _Listing) -> None:
        for info in tar:
            if info.isdir():
                continue
            if not info.isreg() or info.issparse():
                listing.refuse(info.name, "a link, device or sparse file in the archive, not read")
            elif (name := listing.add(info.name, info.size)) is not None:
                self._places[name] = (info.offset_data, info.size)

    def read(self, member: str, limit: int) -> bytes:
        """Give the first bytes of a member, see :class:`Container`."""
        offset, size = self._places[member]
        with _told(member):
            content = os.pread(self._file.fileno(), min(size, limit), offset)
            if len(content) < min(size, limit):
                raise EOFError("the archive ends too early")
            return content


_OPENERS: dict[bytes, Callable[[Path], IO[bytes]]] = {
    b"\x1f\x8b": lambda path: cast("IO[bytes]", gzip.GzipFile(path)),
    b"BZh": lambda path: cast("IO[bytes]", bz2.BZ2File(path)),
    b"\xfd7zXZ": lambda path: cast("IO[bytes]", lzma.LZMAFile(path)),  # noqa: SIM115 - the caller closes it
}
"""How a file begins to what decompresses it: its name is not believed."""


def _plain_tar(path: Path, control: Control | None) -> IO[bytes]:
    with path.open("rb") as file:
        start = file.read(6)
    opener = next((opener for magic, opener in _OPENERS.items() if start.startswith(magic)), None)
    if opener is None:
        return path.open("rb")
    packed = path.stat().st_size
    spool = cast("IO[bytes]", tempfile.TemporaryFile(prefix="htr-workbench-"))  # noqa: SIM115 - the caller closes it
    try:
        with opener(path) as source:
            count = 0
            while chunk := source.read(_CHUNK):
                count += len(chunk)
                _check_unpacked(path, packed, count)
                spool.write(chunk)
                if control is not None and control.is_cancelled:
                    break
        spool.seek(0)
    except BaseException:
        spool.close()
        raise
    return spool


def _check_unpacked(path: Path, packed: int, unpacked: int) -> None:
    is_bomb = unpacked > RATIO_COUNTS_FROM_BYTES and unpacked > MAX_RATIO * packed
    if is_bomb or unpacked > MAX_UNPACKED_BYTES:
        raise InputError(
            f"{path.name} cannot be used",
            f"its {packed:,} bytes unpack to more than {unpacked // 1_000_000:,} MB",
            "Unpack it yourself if you trust it, and open the folder.",
        )
