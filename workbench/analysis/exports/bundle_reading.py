"""Opens the bundle of a study as a new workspace. The file is not trusted: it is checked whole before it is there."""

import hashlib
import shutil
import stat
import uuid
import zipfile
import zlib
from pathlib import Path

from pydantic import ValidationError

from workbench import files
from workbench.analysis.exports.bundle_form import (
    BUNDLE_SCHEMA,
    MANIFEST,
    MAX_BYTES,
    MAX_FILES,
    MAX_MANIFEST_BYTES,
    MAX_RATIO,
    BundledFile,
    Manifest,
    belongs,
)
from workbench.errors import InputError, WorkspaceError
from workbench.runs.plan import load_plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace

_CHUNK = 1 << 20
_SMALL = 1 << 20
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
"""What reading a zip raises when it is torn, of an unknown kind, or encrypted."""


def open_bundle(path: Path, root: Path) -> Manifest:
    """Unpack a bundle as a workspace and return what is in it.

    Everything is unpacked beside `root` and checked there: names, sizes, the sha256 of every file, and whether study,
    plan and runs belong together. Only then it takes its place; after an error nothing is left.

    Parameters
    ----------
    path : Path
        The .zip.
    root : Path
        Folder of the workspace to be; not there yet, or empty.

    Raises
    ------
    InputError
        When the file is no bundle, of a newer version, damaged, or holds what no bundle holds; or `root` is in use.
    WorkspaceError
        When the folder cannot be written.
    """
    root = root.expanduser().absolute()
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise InputError(f"{root} is in use", "a bundle becomes a workspace of its own", "Name a new folder.")
    draft = root.with_name(f".{root.name}.{uuid.uuid4().hex}.part")
    try:
        manifest = _unpack(path, draft)
        _check_together(path, draft, manifest)
        with files.explained(root):
            if root.is_dir():
                root.rmdir()
            draft.rename(root)
            files.sync_folder(root.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def _refused(path: Path, why: str, hint: str = "") -> InputError:
    return InputError(f"The bundle {path.name} cannot be opened", why, hint or "Ask for it again.")


def _unpack(path: Path, draft: Path) -> Manifest:
    if not path.is_file():
        raise InputError(f"There is no file {path}")
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(path, archive)
            manifest = _manifest(path, archive, members)
            _check_names(path, members, manifest)
            with files.explained(draft):
                draft.mkdir(parents=True)
            for name, entry in manifest.files.items():
                _extract(path, archive, members[name], entry, draft / name)
            files.write_bytes(draft / MANIFEST, archive.read(members[MANIFEST]))
    except InputError:
        raise
    except WorkspaceError:
        raise
    except _DAMAGED as error:
        raise _refused(path, f"it is damaged or no .zip file ({error})") from error
    return manifest


def _members(path: Path, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Files of the archive by name, once it is known that nothing about them is strange."""
    infos = archive.infolist()
    if len(infos) > MAX_FILES:
        raise _refused(path, f"it holds {len(infos):,} files, more than any study has")
    members: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if info.is_dir() or (kind and kind != stat.S_IFREG):
            raise _refused(path, f"'{info.filename[:80]}' is no plain file")
        if info.flag_bits & 0x1:
            raise _refused(path, f"'{info.filename[:80]}' is encrypted")
        if info.filename != info.orig_filename or info.filename.casefold() in members:
            raise _refused(path, f"'{info.filename[:80]}' is there twice, or not what it is called")
        members[info.filename.casefold()] = info
        if info.file_size > max(_SMALL, MAX_RATIO * info.compress_size):
            raise _refused(
                path, f"'{info.filename[:80]}' grows from {info.compress_size:,} to {info.file_size:,} bytes"
            )
    if sum(info.file_size for info in infos) > MAX_BYTES:
        raise _refused(path, "its files are larger than those of any study")
    return {info.filename: info for info in infos}


def _manifest(path: Path, archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> Manifest:
    info = members.get(MANIFEST)
    if info is None:
        raise _refused(path, f"it holds no {MANIFEST}", "Give a file that 'htr-workbench bundle' has written.")
    if info.file_size > MAX_MANIFEST_BYTES:
        raise _refused(path, f"its {MANIFEST} is too large")
    content = archive.read(info)
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        problem = error.errors()[0]
        if problem["loc"] == ("schema",):
            raise _refused(
                path, f"it is of another version than {BUNDLE_SCHEMA}, which this program knows",
                "Use a newer htr-workbench.",
            ) from error  # fmt: skip
        where = ".".join(map(str, problem["loc"]))
        raise _refused(path, f"its {MANIFEST} is not what this program writes ({where}: {problem['msg']})") from error


def _check_names(path: Path, members: dict[str, zipfile.ZipInfo], manifest: Manifest) -> None:
    for name in members:
        if not belongs(name, manifest.study):
            raise _refused(path, f"'{name[:80]}' is no file of a bundle")
    listed = {*manifest.files, MANIFEST}
    if surplus := sorted(set(members) - listed):
        raise _refused(path, f"'{surplus[0][:80]}' is in it and not in its list")
    if missing := sorted(listed - set(members)):
        raise _refused(path, f"'{missing[0][:80]}' is in its list and not in it")


def _extract(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, entry: BundledFile, place: Path) -> None:
    """Write one file, never more bytes than it is said to have."""
    if info.file_size != entry.bytes:
        raise _refused(path, f"'{info.filename}' has another size than its list says")
    digest, left = hashlib.sha256(), entry.bytes
    with archive.open(info) as packed, files.replacing(place) as file:
        while chunk := packed.read(min(_CHUNK, left + 1)):
            left -= len(chunk)
            if left < 0:
                raise _refused(path, f"'{info.filename}' is larger than its list says")
            digest.update(chunk)
            file.write(chunk)
        if left or digest.hexdigest() != entry.sha256:
            raise _refused(path, f"'{info.filename}' is not what was packed: its checksum differs")


def _check_together(path: Path, draft: Path, manifest: Manifest) -> None:
    """Refuse files that are whole and do not belong together."""
    workspace = Workspace(draft)
    try:
        plan = load_plan(workspace.plan_file(manifest.study))
    except WorkspaceError as error:
        raise _refused(path, f"its plan cannot be read ({error.why or error.what})") from error
    if plan.study.name != manifest.study:
        raise _refused(path, f"its plan is of the study '{plan.study.name}'")
    store = RunStore(workspace)
    for run in manifest.runs:
        spec = store.spec(run)
        if run not in plan.run_ids or spec is None:
            raise _refused(path, f"run {run} is not one of its plan, or has no spec that this program knows")
        if store.result_file(run).is_file() and ((record := store.record(run)) is None or record.run != run):
            raise _refused(path, f"the result of run {run} is not what this program writes")
