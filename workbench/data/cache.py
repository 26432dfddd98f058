"""Decoded lines on disk: one flat file of grey pixels, mapped into memory, and an index.

Training processes, the window and the command line read the same file; nothing is decoded twice. A cache can be
deleted at any time. One that is torn or changed is never read: the index has a checksum, every line has one too.
"""

import shutil
import time
import uuid
import zlib
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from workbench import files
from workbench.data.images import Box
from workbench.data.sealed import read_sealed, write_sealed
from workbench.errors import WorkspaceError
from workbench.runs.workspace import Workspace

CACHE_VERSION = 1
"""Raised whenever the same files would give other pixels; then `TRAINING_VERSION` too, as no id of a run names it."""

_INDEX = "index.json"
_PIXELS = "pixels.bin"
_LOCK = ".lock"
_STALE_S = 3600


@dataclass(frozen=True, slots=True)
class CachedLine:
    """Where a line lies in the flat file, and what else is known of it without touching a pixel."""

    id: str
    offset: int
    height: int
    width: int
    box: Box
    """(top, bottom, left, right) in the scan's pixels (upright): what of the scan is kept here."""
    checksum: int
    digest: str
    """Hex sha256 of the image file."""
    transcription: str

    def lies_within(self, size: int) -> bool:
        """Tell whether a flat file of so many bytes has the pixels."""
        return min(self.offset, self.height - 1, self.width - 1) >= 0 and self.offset + self.height * self.width <= size


def _cached_line(row: list[Any]) -> CachedLine:
    line_id, offset, height, width, (top, bottom, left, right), checksum, digest, transcription = row
    return CachedLine(line_id, offset, height, width, (top, bottom, left, right), checksum, digest, transcription)


class LineCache:
    """Lines of one data set as grey pixels, read-only.

    Attributes
    ----------
    folder : Path
        Where it lies; a training process opens it by this.
    fingerprint : str
        Of the data set.
    is_cropped : bool
        Cut to the ink, or whole scans.
    """

    def __init__(self, folder: Path, index: dict[str, Any], pixels: NDArray[np.uint8]) -> None:
        self.folder = folder
        self.fingerprint = str(index["fingerprint"])
        self.is_cropped = bool(index["cropped"])
        self._lines = {str(row[0]): _cached_line(row) for row in index["lines"]}
        self._pixels = pixels
        self._verified: set[str] = set()

    @staticmethod
    def open(folder: Path) -> "LineCache":
        """Open a cache.

        Raises
        ------
        WorkspaceError
            When it is missing, damaged, or of another version; opening the data set makes it anew.
        """
        index = read_sealed(folder / _INDEX)
        if index is None or index.get("version") != CACHE_VERSION:
            raise _unusable(folder, "its index is missing or damaged")
        try:
            if (folder / _PIXELS).stat().st_size != index["bytes"]:
                raise _unusable(folder, "its pixels are incomplete")
            pixels = np.asarray(np.memmap(folder / _PIXELS, dtype=np.uint8, mode="r"))
            cache = LineCache(folder, index, pixels)
            if not all(line.lies_within(pixels.size) for line in cache._lines.values()):
                raise _unusable(folder, "its index names pixels that it does not have")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _unusable(folder, str(error)) from error
        return cache

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the lines, in the order of the data set."""
        return tuple(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def __contains__(self, line_id: object) -> bool:
        return line_id in self._lines

    def line(self, line_id: str) -> CachedLine:
        """Index entry of a line.

        Raises
        ------
        WorkspaceError
            When the data set has no line of this id.
        """
        try:
            return self._lines[line_id]
        except KeyError:
            raise WorkspaceError(f"The line {line_id} is not in the cache {self.folder.name}") from None

    def size(self, line_id: str) -> tuple[int, int]:
        """(height, width) of the cached image in pixels of the scan; touches no pixel."""
        line = self.line(line_id)
        return line.height, line.width

    def box(self, line_id: str) -> Box:
        """(top, bottom, left, right) of the cached image in the scan."""
        return self.line(line_id).box

    def transcription(self, line_id: str) -> str:
        """Raw transcription, in logical order."""
        return self.line(line_id).transcription

    def digest(self, line_id: str) -> str:
        """Hex sha256 of the image file."""
        return self.line(line_id).digest

    def is_whole(self, line_id: str) -> bool:
        """Tell whether the pixels of a line are those that were written; nothing is changed where they are not."""
        return zlib.crc32(self._view(self.line(line_id)).data) == self.line(line_id).checksum

    def _view(self, line: CachedLine) -> NDArray[np.uint8]:
        return self._pixels[line.offset : line.offset + line.height * line.width]

    def image(self, line_id: str) -> NDArray[np.uint8]:
        """Pixels of a line, shape (H, W), ink = 255: a read-only view of the mapped file.

        Raises
        ------
        WorkspaceError
            When the pixels are not those that were written (a failing disk, a foreign hand). The cache is then
            marked as unusable, so that the next opening of the data set makes it anew.
        """
        line = self.line(line_id)
        view = self._view(line)
        if line_id not in self._verified:
            if zlib.crc32(view.data) != line.checksum:
                with suppress(OSError):
                    (self.folder / _INDEX).unlink(missing_ok=True)
                raise _unusable(self.folder, f"the pixels of {line_id} are damaged")
            self._verified.add(line_id)
        return view.reshape(line.height, line.width)


def _unusable(folder: Path, why: str) -> WorkspaceError:
    return WorkspaceError(f"The cache {folder.name} cannot be used", why, "Open the data set again: it is made anew.")


def cache_folder(workspace: Workspace, fingerprint: str, *, cropped: bool) -> Path:
    """Where the cache of a data set lies."""
    return workspace.cache / f"{fingerprint[:16]}-{'ink' if cropped else 'full'}"


def find_cache(workspace: Workspace, fingerprint: str, *, cropped: bool) -> LineCache | None:
    """Open the cache of a data set where there is a good one."""
    try:
        cache = LineCache.open(cache_folder(workspace, fingerprint, cropped=cropped))
    except WorkspaceError:
        return None
    return cache if cache.fingerprint == fingerprint and cache.is_cropped == cropped else None


class CacheWriter:
    """Takes lines one by one and writes them; see :func:`write_cache`."""

    def __init__(self, pixels: IO[bytes], folder: Path, *, cropped: bool) -> None:
        self._pixels = pixels
        self._folder = folder
        self.is_cropped = cropped
        self._offset = 0
        self._rows: list[list[Any]] = []
        self.fingerprint: str | None = None
        """Set when all lines are known; without it the cache is dropped."""

    def add(self, line_id: str, image: NDArray[np.uint8], box: Box, digest: str, transcription: str) -> None:
        """Append a line; `image` is uint8, shape (H, W), ink = 255."""
        content = np.ascontiguousarray(image)
        height, width = content.shape
        self._rows.append(
            [line_id, self._offset, height, width, list(box), zlib.crc32(content.data), digest, transcription]
        )
        self._pixels.write(content.data)
        self._offset += content.size

    def index(self) -> dict[str, Any]:
        """Everything but the pixels."""
        return {
            "version": CACHE_VERSION,
            "fingerprint": self.fingerprint,
            "cropped": self.is_cropped,
            "bytes": self._offset,
            "lines": self._rows,
        }


@contextmanager
def write_cache(workspace: Workspace, *, cropped: bool) -> Generator[CacheWriter]:
    """Give a writer; when the block ends and the writer knows the fingerprint, the cache takes its place.

    It is written in a folder of its own and appears in one step. One that is already there and good stays.

    Raises
    ------
    WorkspaceError
        When the disk is full or the workspace cannot be written.
    """
    sweep(workspace)
    draft = workspace.cache / f".{uuid.uuid4().hex}.part"
    lock = FileLock(draft / _LOCK, thread_local=False)
    try:
        with files.explained(draft):
            files.make_folder(draft)
            lock.acquire()
        with files.replacing(draft / _PIXELS) as pixels:
            writer = CacheWriter(pixels, draft, cropped=cropped)
            yield writer
        if writer.fingerprint is not None:
            write_sealed(draft / _INDEX, writer.index())
            _install(draft, workspace, writer.fingerprint, cropped=cropped)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        lock.release()


def _install(draft: Path, workspace: Workspace, fingerprint: str, *, cropped: bool) -> None:
    if find_cache(workspace, fingerprint, cropped=cropped) is not None:
        return
    folder = cache_folder(workspace, fingerprint, cropped=cropped)
    ready = draft.with_suffix(".ready")
    with files.explained(folder):
        ready.mkdir()
        for name in (_PIXELS, _INDEX):
            (draft / name).rename(ready / name)
        if folder.exists():
            folder.rename(draft / "replaced")
        ready.rename(folder)
        files.sync_folder(workspace.cache)


def sweep(workspace: Workspace) -> None:
    """Delete what killed programs left half-written: what nobody writes, and what has not grown for an hour.

    The clock alone cannot tell: it may have been set forward while somebody writes, or back since somebody did.
    """
    for leftover in (*workspace.cache.glob(".*.part"), *workspace.cache.glob(".*.ready")):
        with suppress(OSError):
            grown = max(path.stat().st_mtime for path in (leftover, *leftover.iterdir()))
            if abs(time.time() - grown) > _STALE_S and not _is_written(leftover.with_suffix(".part")):
                shutil.rmtree(leftover, ignore_errors=True)


def _is_written(draft: Path) -> bool:
    """Tell whether a program that lives writes there."""
    if not (draft / _LOCK).exists():
        return False
    try:
        with FileLock(draft / _LOCK, timeout=0):
            return False
    except Timeout:
        return True
