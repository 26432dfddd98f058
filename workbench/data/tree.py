"""The files of a data set: found without leaving its folder, without opening anything that is no plain file."""

import codecs
import os
import stat
import unicodedata
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath

from workbench.data.line import ReadProblem
from workbench.errors import InputError
from workbench.runs.control import Control

MAX_FILES = 1_000_000
_HEAD_BYTES = 65_536
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

Stamp = tuple[int, int]
"""Size in bytes and modification time in nanoseconds: when they are as before, the content is taken as unchanged."""


class RefusedPathError(Exception):
    """A name that must not be followed; the message says why."""


class FileTree:
    """Plain files below a folder.

    Links are followed only where they stay inside; devices, pipes and sockets are never opened. When one file was
    given instead of a folder, nothing is listed: what that file names is looked up one by one.

    Attributes
    ----------
    root : Path
        Absolute, links resolved.
    given : str or None
        Name of the file that was given, relative to `root`; None for a folder.
    files : dict
        Relative POSIX path to stamp. For a given file: what was found so far.
    problems : list of ReadProblem
        What could not be listed.
    """

    def __init__(self, root: Path, given: str | None, files: dict[str, Stamp], problems: list[ReadProblem]) -> None:
        self.root = root
        self.given = given
        self.files = files
        self.problems = problems
        self.missing: set[str] = set()
        """Names that were looked up beside a given file and are not there."""

    @cached_property
    def _by_folded_name(self) -> dict[str, str]:
        """Names without case and Unicode form (macOS stores other code points); only unique ones."""
        seen: dict[str, str] = {}
        repeated: set[str] = set()
        for name in self.files:
            if seen.setdefault(_fold(name), name) != name:
                repeated.add(_fold(name))
        return {folded: name for folded, name in seen.items() if folded not in repeated}

    @cached_property
    def _reasons(self) -> dict[str, str]:
        return {problem.path: problem.reason for problem in self.problems}

    def find(self, name: str) -> str | None:
        """Relative path of the file that `name` (relative to the root) means, None when there is none.

        Raises
        ------
        RefusedPathError
            When it leads out of the folder or is no plain file.
        """
        clean = self._relative(name)
        if clean in self.files:
            return clean
        if self.given is None:
            return self._by_folded_name.get(_fold(clean)) or self._special(clean)
        return self._look_up(clean)

    def _relative(self, name: str) -> str:
        if "\x00" in name:
            raise RefusedPathError("the path holds a NUL character")
        slashed = name.replace("\\", "/").strip()
        if slashed.startswith(f"{self.root.as_posix()}/"):
            slashed = slashed[len(self.root.as_posix()) + 1 :]
        if slashed.startswith("/") or slashed[1:2] == ":" or "://" in slashed:
            raise RefusedPathError("the path is absolute and leads out of the data set")
        parts: list[str] = []
        for part in PurePosixPath(slashed).parts:
            if part != "..":
                parts.append(part)
            elif parts:
                parts.pop()
            else:
                raise RefusedPathError("the path leads out of the data set")
        return "/".join(parts)

    def _special(self, clean: str) -> None:
        """Tell a missing file from one that was seen and is not opened."""
        if clean in self._reasons:
            raise RefusedPathError(self._reasons[clean])

    def _look_up(self, clean: str) -> str | None:
        path = self.root / clean
        try:
            real = path.resolve()
            status = real.stat()
        except (FileNotFoundError, NotADirectoryError):
            self.missing.add(clean)
            return None
        except (OSError, RuntimeError, ValueError) as error:
            raise RefusedPathError(_reason(error)) from error
        if not real.is_relative_to(self.root):
            raise RefusedPathError("the path leads out of the data set")
        if not stat.S_ISREG(status.st_mode):
            raise RefusedPathError("not a plain file")
        self.files[clean] = (status.st_size, status.st_mtime_ns)
        return clean

    def read(self, name: str, limit: int) -> bytes:
        """Content of a file of this tree.

        Raises
        ------
        InputError
            When it cannot be read or is larger than `limit` bytes.
        """
        try:
            found = self.find(name)
        except RefusedPathError as error:
            raise InputError(f"{name} cannot be read", str(error)) from error
        if found is None:
            raise InputError(f"{name} cannot be read", "no such file")
        if self.files[found][0] > limit:
            raise InputError(f"{name} cannot be used", f"the file is larger than {limit // 1_000_000} MB")
        try:
            with (self.root / found).open("rb") as file:
                return file.read(limit + 1)
        except OSError as error:
            raise InputError(f"{name} cannot be read", _reason(error)) from error

    def head(self, name: str) -> bytes:
        """Whole rows from the beginning of a text file, up to 64 kB; empty where it cannot be read."""
        try:
            with (self.root / name).open("rb") as file:
                content = file.read(_HEAD_BYTES)
        except OSError:
            return b""
        if len(content) < _HEAD_BYTES:
            return content
        if content.startswith(_UTF16_MARKS):
            return content
        return content[: content.rfind(b"\n") + 1] or content

    def named(self, *suffixes: str) -> list[str]:
        """Files with one of these endings (lower case, with dot), nearest to the root first."""
        names = [name for name in self.files if name.lower().endswith(suffixes)]
        return sorted(names, key=lambda name: (name.count("/"), name))


def _reason(error: BaseException) -> str:
    if isinstance(error, RuntimeError):
        return "a link leads to itself"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def open_tree(path: Path, control: Control | None = None) -> FileTree:
    """List a folder, or take a single file.

    Raises
    ------
    InputError
        When there is no such folder, it cannot be read, or holds far too many files.
    """
    given = path.expanduser()
    try:
        root = given.resolve(strict=True)
        mode = root.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"There is nothing at {path}", "no such folder or file", "Check the path.") from error
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"{path} cannot be opened", _reason(error)) from error
    if stat.S_ISREG(mode):
        tree = FileTree(root.parent, root.name, {}, [])
        tree.find(root.name)
        return tree
    if not stat.S_ISDIR(mode):
        raise InputError(f"{path} cannot be opened", "it is neither a folder nor a plain file")
    try:
        os.scandir(root).close()
    except OSError as error:
        raise InputError(f"The folder {path} cannot be read", _reason(error), "Check its permissions.") from error
    files: dict[str, Stamp] = {}
    problems: list[ReadProblem] = []
    for name, found in _walk(root, control):
        if isinstance(found, str):
            problems.append(ReadProblem(name, None, found))
        else:
            files[name] = found
        if len(files) > MAX_FILES:
            raise InputError(
                f"{path} is no data set", f"it holds more than {MAX_FILES:,} files", "Open a folder below."
            )
    return FileTree(root, None, dict(sorted(files.items())), sorted(problems, key=lambda problem: problem.path))


def _walk(root: Path, control: Control | None) -> Iterator[tuple[str, Stamp | str]]:
    """Relative path of each file with its stamp, or with the reason why it is left alone."""
    folders = [""]
    while folders and not (control and control.is_cancelled):
        folder = folders.pop()
        try:
            entries = list(os.scandir(root / folder))
        except OSError as error:
            yield folder, f"the folder cannot be read ({_reason(error)})"
            continue
        for entry in entries:
            if entry.name.startswith(".") or entry.name == "__MACOSX":
                continue
            name = f"{folder}/{entry.name}" if folder else entry.name
            if not _is_text(name):
                yield os.fsencode(name).decode("utf-8", "backslashreplace"), "the file name is not UTF-8"
            elif entry.is_dir(follow_symlinks=False):
                folders.append(name)
            else:
                yield name, _stamp(root, entry)


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _stamp(root: Path, entry: os.DirEntry[str]) -> Stamp | str:
    try:
        if entry.is_symlink():
            real = Path(entry.path).resolve(strict=True)
            if not real.is_relative_to(root):
                return "a link that leads out of the data set is not followed"
            if real.is_dir():
                return "a link to a folder is not followed"
        status = entry.stat()
    except FileNotFoundError:
        return "a link that leads nowhere"
    except (OSError, RuntimeError) as error:
        return "a link leads to itself" if entry.is_symlink() else _reason(error)
    if not stat.S_ISREG(status.st_mode):
        return "not a plain file (pipe, socket or device), not opened"
    return status.st_size, status.st_mtime_ns
