"""The files of a data set: found without leaving its folder, without opening anything that is no plain file."""

import codecs
import os
import stat
import tempfile
import unicodedata
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import IO, cast
from urllib.parse import unquote

from workbench.data.archives import is_archive, open_archive
from workbench.data.containers import Container
from workbench.data.encodings import Decoded, decode, decode_rows, used_encoding
from workbench.data.images import IMAGE_SUFFIXES
from workbench.data.line import ReadProblem
from workbench.data.overrides import Overrides
from workbench.data.table_images import TableImages, open_table_images, split_table_image
from workbench.errors import InputError
from workbench.files import is_text, printable
from workbench.runs.control import Control

MAX_FILES = 1_000_000
MAX_TABLE_BYTES = 4_000_000_000
"""Of a table inside an archive, which is copied out of it; one on disk may be of any size."""
_HEAD_BYTES = 65_536
_MAX_IN_MEMORY_BYTES = 32_000_000
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

Place = tuple[str, str]
"""Folder of a file and its name without the last ending."""

Stamp = tuple[int, int]
"""Size in bytes and modification time in nanoseconds: when they are as before, the content is taken as unchanged."""


class RefusedPathError(Exception):
    """A name that must not be followed; the message says why."""


@dataclass(frozen=True, slots=True)
class EncodingUse:
    """What was decoded with one encoding."""

    files: int
    """Files in which it occurs; one that mixes encodings counts for each of them."""
    rows: int
    """Rows of lists and tables among them; the text file of a single line has none."""


class FileTree:
    """Plain files below a folder, and in the archives in it, which read like folders.

    Links are followed only where they stay inside; devices, pipes and sockets are never opened. When one file was
    given instead of a folder, nothing is listed: what that file names is looked up one by one. A given archive is
    read as the folder that was packed into it.

    Attributes
    ----------
    root : Path
        Absolute, links resolved: a folder, or a given archive.
    given : str or None
        Name of the file that was given, relative to `root`; None for a folder or archive.
    files : dict
        Relative POSIX path to stamp. For a given file: what was found so far. Files in an archive have the stamp of
        the archive.
    on_disk : dict
        The same without what lies in archives: everything on which a reading depends.
    problems : list of ReadProblem
        What could not be listed.
    overrides : Overrides
        What the user said about how to read the texts.
    is_sample : bool
        Only some files of each folder were listed; others are looked up one by one.
    """

    def __init__(
        self,
        root: Path,
        given: str | None,
        files: dict[str, Stamp],
        problems: list[ReadProblem],
        *,
        overrides: Overrides | None = None,
        is_sample: bool = False,
    ) -> None:
        self.root = root
        self.given = given
        self.files = files
        self.on_disk = dict(files) if given is None else files
        self.problems = problems
        self.overrides = overrides or Overrides()
        self.is_sample = is_sample
        self.separators: dict[str, Counter[str]] = {}
        """By list or table that was read: what parts the cells of how many of its rows, named as in `SEPARATORS`."""
        self._decoded: dict[str, tuple[tuple[str, int], ...]] = {}
        self.missing: set[str] = set()
        """Names that were looked up beside a given file and are not there."""
        self._named: dict[tuple[str, ...], list[str]] = {}
        self._members: dict[str, tuple[Container, str]] = {}
        self._tables: dict[str, TableImages] = {}
        self._lock = Lock()

    def mount(self, place: str, container: Container, stamp: Stamp) -> None:
        """Show what a container holds as files below `place` (relative to the root, empty for the root itself)."""
        prefix = f"{place}/" if place else ""
        for member in container.members:
            self.files[prefix + member] = stamp
            self._members[prefix + member] = (container, member)
        self.problems += [
            ReadProblem(prefix + problem.path, problem.row, problem.reason, problem.is_note)
            for problem in container.problems
        ]

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

        Case, Unicode form and the escapes of web addresses (`%20`) may differ where only one file can be meant.

        Raises
        ------
        RefusedPathError
            When it leads out of the folder or is no plain file.
        """
        if name in self.files:
            return name
        found = self._find(self._relative(name))
        if found is None and "%" in name:
            with suppress(RefusedPathError):  # what leads out when it is decoded is not there
                return self._find(self._relative(unquote(name)))
        return found

    def _find(self, clean: str) -> str | None:
        if clean in self.files:
            return clean
        if self._is_in_table(clean):
            return clean
        if self.given is None and not self.is_sample:
            return self._by_folded_name.get(_fold(clean)) or self._special(clean)
        return self._look_up(clean)

    def _is_in_table(self, name: str) -> bool:
        """Tell whether a name is that of an image in a row of a table; such tables are opened when they are asked."""
        table, row = split_table_image(name)
        if not table or table not in self.files:
            return False
        try:
            return row in self.table(table).members
        except InputError as error:
            raise RefusedPathError(error.why or error.what) from error

    def table(self, name: str) -> TableImages:
        """Images in the rows of a table of this tree; opened once.

        Raises
        ------
        InputError
            When it is damaged, has no column of images, or what reads it is not installed.
        """
        with self._lock:
            if name not in self._tables:
                self._tables[name] = open_table_images(self.open(name, MAX_TABLE_BYTES), name)
            return self._tables[name]

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
        """Content of a file of this tree; may be called from several threads.

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
        content = b"" if self._told_size(found) > limit else self._start_of(found, limit + 1)
        if self._told_size(found) > limit or len(content) > limit:
            raise InputError(f"{name} cannot be used", f"the file is larger than {limit // 1_000_000} MB")
        return content

    def _told_size(self, found: str) -> int:
        """Size in bytes as the disk or an archive says; an archive may not tell the truth."""
        if found in self._members:
            container, member = self._members[found]
            return container.members[member]
        return self.files[found][0] if found in self.files else 0

    def _start_of(self, found: str, count: int) -> bytes:
        if found in self._members:
            container, member = self._members[found]
            return container.read(member, count)
        table, row = split_table_image(found)
        if table and found not in self.files:
            return self.table(table).read(row, count)
        try:
            with (self.root / found).open("rb") as file:
                # not `count` alone: reading makes room for as many bytes as it is asked for
                return file.read(min(count, os.fstat(file.fileno()).st_size))
        except OSError as error:
            raise InputError(f"{found} cannot be read", _reason(error)) from error

    def open(self, name: str, limit: int) -> IO[bytes]:
        """A file of this tree for libraries that want to seek in it: the file itself, or a copy of one in an archive.

        Raises
        ------
        InputError
            When it cannot be read, or would have to be copied and is larger than `limit` bytes.
        """
        if name in self._members:
            return _copied(self.read(name, limit))
        try:
            return (self.root / name).open("rb")
        except OSError as error:
            raise InputError(f"{name} cannot be read", _reason(error)) from error

    def head(self, name: str) -> bytes:
        """Whole rows from the beginning of a text file, up to 64 kB; empty where it cannot be read."""
        try:
            content = self._start_of(name, _HEAD_BYTES)
        except InputError:
            return b""
        if len(content) < _HEAD_BYTES:
            return content
        if content.startswith(_UTF16_MARKS):
            return content
        return content[: content.rfind(b"\n") + 1] or content

    @property
    def undecodable(self) -> str:
        """What a text is not, where no encoding fits that was tried."""
        told = self.overrides.encoding
        return f"not {told} text" if told else "neither UTF-8 nor Windows-1256 text"

    def first_rows(self, name: str) -> list[str | None]:
        """Rows from the beginning of a text file; None for one that no encoding fits.

        Where the encoding that the user named fits none of them, any other is taken: what a file is can be seen all the
        same, and reading it then tells of every row.
        """
        head = self.head(name)
        rows = decode_rows(head, self.overrides.encoding)[0]
        return rows if any(row is not None for row in rows) else decode_rows(head)[0]

    def rows(self, name: str, limit: int) -> tuple[list[str | None], Counter[str]]:
        """Rows of a text file and how many each encoding gave, see :func:`workbench.data.encodings.decode_rows`.

        Raises
        ------
        InputError
            See :meth:`read`.
        """
        rows, encodings = decode_rows(self.read(name, limit), self.overrides.encoding)
        self._decoded[name] = tuple(encodings.items())
        return rows, encodings

    def text(self, name: str, limit: int) -> Decoded:
        """Text of a small file as one.

        Raises
        ------
        InputError
            See :meth:`read`.
        """
        decoded = decode(self.read(name, limit), self.overrides.encoding)
        self._decoded[name] = ((used_encoding(decoded), 0),)
        return decoded

    @property
    def encodings(self) -> dict[str, EncodingUse]:
        """How the texts that were read so far were decoded, the encoding of most files first."""
        files: Counter[str] = Counter()
        rows: Counter[str] = Counter()
        for used in self._decoded.values():
            for encoding, count in used:
                files[encoding] += 1
                rows[encoding] += count
        return {encoding: EncodingUse(count, rows[encoding]) for encoding, count in files.most_common()}

    def named(self, *suffixes: str) -> list[str]:
        """Files with one of these endings (lower case, with dot), nearest to the root first."""
        if self.given is not None:
            return sorted((name for name in self.files if name.lower().endswith(suffixes)), key=_depth)
        if suffixes not in self._named:
            kinds = {suffix[suffix.rfind(".") :] for suffix in suffixes}
            names = (name for kind in kinds for name in self._by_kind.get(kind, ()))
            self._named[suffixes] = sorted((name for name in names if name.lower().endswith(suffixes)), key=_depth)
        return list(self._named[suffixes])

    @cached_property
    def images(self) -> dict[Place, list[str]]:
        """Images by folder and stem, in the order of :meth:`named`."""
        found: defaultdict[Place, list[str]] = defaultdict(list)
        for name in self.named(*IMAGE_SUFFIXES):
            found[place_of(name)].append(name)
        return dict(found)

    @cached_property
    def texts(self) -> dict[Place, str]:
        """Text files by folder and stem, in the order of :meth:`named`."""
        return {place_of(name): name for name in self.named(".txt")}

    @cached_property
    def folders(self) -> dict[str, list[str]]:
        """Files by their folder (empty for the root), both in the order of :attr:`files`."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for name in self.files:
            found[name.rpartition("/")[0]].append(name)
        return found

    @cached_property
    def _by_kind(self) -> dict[str, list[str]]:
        """Files by what stands after their last dot: a folder is asked for many endings, and may hold many files."""
        kinds: defaultdict[str, list[str]] = defaultdict(list)
        for name in self.files:
            kinds[name[name.rfind(".") :].lower()].append(name)
        return kinds


def _copied(content: bytes) -> IO[bytes]:
    """A copy to seek in: a large one on disk, since tables stay open as long as their tree."""
    if len(content) <= _MAX_IN_MEMORY_BYTES:
        return BytesIO(content)
    copy = cast("IO[bytes]", tempfile.TemporaryFile(prefix="htr-workbench-"))  # noqa: SIM115 - the caller closes it
    copy.write(content)
    copy.seek(0)
    return copy


def place_of(name: str) -> Place:
    """Folder of a file and its name without the last ending."""
    folder, _, file = name.rpartition("/")
    dot = file.rfind(".")
    return folder, file[:dot] if 0 < dot < len(file) - 1 else file


def _depth(name: str) -> tuple[int, str]:
    return name.count("/"), name


def _reason(error: BaseException) -> str:
    if isinstance(error, RuntimeError):
        return "a link leads to itself"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def open_tree(
    path: Path,
    control: Control | None = None,
    *,
    overrides: Overrides | None = None,
    with_archives: bool = True,
    sample: int | None = None,
) -> FileTree:
    """List a folder or an archive, or take a single file.

    Parameters
    ----------
    path : Path
        Folder or file.
    control : Control, optional
        Stops the listing early.
    overrides : Overrides, optional
        How its texts are to be read.
    with_archives : bool
        Look into archives; without, they are files like others, which is enough to see whether anything has changed.
    sample : int, optional
        List at most so many files of each folder (the first ones by name), and ten times as many in all: enough to
        recognise a form without waiting for a folder of a million files.

    Raises
    ------
    InputError
        When there is no such folder, it cannot be read, or holds far too many files; when its name is no text.
    """
    if not is_text(path):
        raise InputError(f"The name of {printable(path)} is not UTF-8 text", hint="Rename it, or a folder above it.")
    given = path.expanduser()
    try:
        root = given.resolve(strict=True)
        status = root.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"There is nothing at {path}", "no such folder or file", "Check the path.") from error
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"{path} cannot be opened", _reason(error)) from error
    if stat.S_ISREG(status.st_mode):
        return _tree_of_file(root, (status.st_size, status.st_mtime_ns), control, overrides, with_archives)
    if not stat.S_ISDIR(status.st_mode):
        raise InputError(f"{path} cannot be opened", "it is neither a folder nor a plain file")
    try:
        os.scandir(root).close()
    except OSError as error:
        raise InputError(f"The folder {path} cannot be read", _reason(error), "Check its permissions.") from error
    tree = _tree_of_folder(root, path, control, overrides, sample)
    if with_archives:
        _look_into_archives(tree, control)
    return tree


def open_unlisted(folder: Path) -> FileTree:
    """Give a folder of which nothing is listed: each file is looked up when it is asked for, archives are closed.

    Raises
    ------
    InputError
        When it is not there.
    """
    try:
        return FileTree(folder.expanduser().resolve(strict=True), None, {}, [], is_sample=True)
    except (OSError, RuntimeError) as error:
        raise InputError(f"{folder} cannot be opened", _reason(error)) from error


def _tree_of_file(
    path: Path, stamp: Stamp, control: Control | None, overrides: Overrides | None, with_archives: bool
) -> FileTree:
    if not is_archive(path.name):
        tree = FileTree(path.parent, path.name, {}, [], overrides=overrides)
        tree.find(path.name)
        return tree
    tree = FileTree(path, None, {}, [], overrides=overrides)
    tree.on_disk[path.name] = stamp
    if with_archives:
        tree.mount("", open_archive(path, control), stamp)
        tree.files = dict(sorted(tree.files.items()))
    return tree


def _tree_of_folder(
    root: Path, path: Path, control: Control | None, overrides: Overrides | None, sample: int | None
) -> FileTree:
    files: dict[str, Stamp] = {}
    problems: list[ReadProblem] = []
    for name, found in _walk(root, control, sample):
        if isinstance(found, str):
            problems.append(ReadProblem(name, None, found))
        else:
            files[name] = found
        if len(files) > MAX_FILES:
            raise InputError(
                f"{path} is no data set", f"it holds more than {MAX_FILES:,} files", "Open a folder below."
            )
        if sample is not None and len(files) >= 10 * sample:
            break
    return FileTree(
        root,
        None,
        dict(sorted(files.items())),
        sorted(problems, key=lambda problem: problem.path),
        overrides=overrides,
        is_sample=sample is not None,
    )


def _look_into_archives(tree: FileTree, control: Control | None) -> None:
    """Show what archives in a folder hold, unless the folder holds images of its own as well.

    A folder beside the archive from which it was unpacked would show every line twice; an archive that holds texts
    alone is looked into all the same.
    """
    archives = [name for name in tree.files if is_archive(name)]
    has_images = any(name.lower().endswith(IMAGE_SUFFIXES) for name in tree.files) if archives else False
    for name in archives:
        if control is not None and control.is_cancelled:
            return
        try:
            container = open_archive(tree.root / name, control)
        except InputError as error:
            tree.problems.append(ReadProblem(name, None, error.why))
            continue
        if has_images and any(member.lower().endswith(IMAGE_SUFFIXES) for member in container.members):
            reason = "an archive with images beside images that are unpacked: not read, nothing counts twice"
            tree.problems.append(ReadProblem(name, None, reason, is_note=True))
        else:
            tree.mount(name, container, tree.files[name])
    if archives:
        tree.files = dict(sorted(tree.files.items()))


def _walk(root: Path, control: Control | None, sample: int | None) -> Iterator[tuple[str, Stamp | str]]:
    """Relative path of each file with its stamp, or with the reason why it is left alone; near the root first."""
    folders = deque([""])
    while folders and not (control and control.is_cancelled):
        folder = folders.popleft()
        try:
            entries = list(os.scandir(root / folder))
        except OSError as error:
            yield folder, f"the folder cannot be read ({_reason(error)})"
            continue
        if sample is not None:
            entries = sorted(entries, key=lambda entry: entry.name)
        left = len(entries) if sample is None else sample
        for entry in entries:
            if entry.name.startswith(".") or entry.name == "__MACOSX":
                continue
            name = f"{folder}/{entry.name}" if folder else entry.name
            if not is_text(name):
                yield printable(name), "the file name is not UTF-8"
            elif entry.is_dir(follow_symlinks=False):
                folders.append(name)
            elif left > 0:
                left -= 1
                yield name, _stamp(root, entry)


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
