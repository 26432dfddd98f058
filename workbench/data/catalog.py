"""Data sets of a workspace: added, opened, relinked, removed. Long steps are generators of progress.

Every generator here yields :class:`ImportProgress` values and, last, its result. One that was cancelled through its
control ends without a result and leaves everything as it was.
"""

import difflib
import shutil
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.data.assembly import Draft
from workbench.data.cache import LineCache, cache_folder, find_cache, write_cache
from workbench.data.datasets_file import (
    CatalogEntry,
    check_name,
    delete_entry,
    load_catalog,
    name_from,
    save_entry,
)
from workbench.data.decoding_pool import decode_lines
from workbench.data.line import LineSet
from workbench.data.overrides import Overrides
from workbench.data.reading import (
    PROGRESS_STEPS,
    ImportProgress,
    Inspection,
    Reading,
    check_overrides,
    decode_draft,
    detect,
    inspect,
    is_cancelled,
    read_drafts,
)
from workbench.data.snapshot import delete_snapshot, is_unchanged, load_snapshot, save_snapshot, stamps_of
from workbench.data.tree import open_tree
from workbench.errors import InputError
from workbench.runs.control import Control
from workbench.runs.workspace import Workspace

__all__ = [
    "CatalogEntry",
    "ImportProgress",
    "Inspection",
    "OpenedDataset",
    "detect",
    "ensure_cache",
    "import_datasets",
    "inspect",
    "load_catalog",
    "open_dataset",
    "proposed_names",
    "relink",
    "remove",
]


@dataclass(frozen=True, slots=True)
class OpenedDataset:
    """A data set ready for use."""

    entry: CatalogEntry
    lines: LineSet
    cache: LineCache
    has_changed: bool = False
    """The files are not those of the last opening: runs on the earlier ones are other runs."""


def import_datasets(
    workspace: Workspace,
    path: Path,
    *,
    name: str | None = None,
    overrides: Overrides | None = None,
    control: Control | None = None,
) -> Iterator[ImportProgress | OpenedDataset]:
    """Add a data set to the workspace: read it, decode it into the cache, enter it in `datasets.toml`.

    Parameters
    ----------
    workspace : Workspace
        Where it is entered.
    path : Path
        Folder, or a manifest.
    name : str, optional
        Else made from the path. A path with several languages gives several data sets, `<name>-ar` and so on.
    overrides : Overrides, optional
        What the user decides. A language is that of the lines where the form does not tell; of a table with several,
        the only one to take.

    Yields
    ------
    ImportProgress, OpenedDataset
        An `OpenedDataset` per language, each as soon as it is stored.

    Raises
    ------
    InputError
        When nothing usable is found, or a name is taken.
    """
    path = path.expanduser().absolute()
    overrides = check_overrides(overrides or Overrides())
    yield ImportProgress(0, 0, f"looking at {path.name}")
    reading = yield from read_drafts(path, overrides, control)
    if reading is None:
        return
    names = _names(workspace, path, name, reading.drafts)
    for draft, its_name in zip(reading.drafts, names, strict=True):
        opened = yield from _store(workspace, path, reading, draft, its_name, overrides, control)
        if opened is None:
            return
        yield opened


def proposed_names(path: Path, name: str | None, languages: Sequence[str]) -> list[str]:
    """Names of the data sets that come of a path: the given one, else its own; with the language where it has several.

    Raises
    ------
    InputError
        When the name cannot be one.
    """
    stem = check_name(name) if name else name_from(path)
    return [stem] if len(languages) == 1 else [f"{stem}-{language}" for language in languages]


def _names(workspace: Workspace, path: Path, name: str | None, drafts: tuple[Draft, ...]) -> list[str]:
    """Names of the data sets to be, checked before anything is decoded."""
    names = proposed_names(path, name, [draft.language for draft in drafts])
    taken = {entry.name: entry for entry in load_catalog(workspace)}
    for one in names:
        if one in taken and taken[one].path != path and taken[one].path.exists():
            raise InputError(
                f"The name '{one}' is taken", f"it is the data set at {taken[one].path}", "Give another name."
            )
    return names


def _store(
    workspace: Workspace,
    path: Path,
    reading: Reading,
    draft: Draft,
    name: str,
    overrides: Overrides,
    control: Control | None,
) -> Generator[ImportProgress, None, OpenedDataset | None]:
    with write_cache(workspace, cropped=True) as writer:
        lines = yield from decode_draft(reading, draft, name, writer, control)
        if lines is None:
            return None
        if not lines.lines:
            raise _no_lines(path, lines)
        writer.fingerprint = lines.fingerprint
    cache = LineCache.open(cache_folder(workspace, lines.fingerprint, cropped=True))
    save_snapshot(workspace, name, lines, stamps_of(reading.tree, lines))
    entry = CatalogEntry(
        name=name,
        path=path,
        form=reading.form,
        language=lines.language,
        fingerprint=lines.fingerprint,
        is_synthetic=lines.is_synthetic,
        overrides=overrides,
    )
    save_entry(workspace, entry)
    return OpenedDataset(entry, lines, cache)


def _no_lines(path: Path, lines: LineSet) -> InputError:
    faults = [problem for problem in lines.problems if not problem.is_note]
    why = f"{len(faults):,} problems, the first: {faults[0].path}: {faults[0].reason}" if faults else "it is empty"
    return InputError(f"No line of {path} can be used", why, "See `htr-workbench datasets check` for all of them.")


def find_entry(workspace: Workspace, name: str) -> CatalogEntry:
    """Entry of a data set.

    Raises
    ------
    InputError
        When the workspace has none of this name.
    """
    entries = {entry.name: entry for entry in load_catalog(workspace)}
    if name in entries:
        return entries[name]
    near = difflib.get_close_matches(name, entries, n=1)
    known = f"Known data sets: {', '.join(entries)}." if entries else "Add one first."
    raise InputError(f"There is no data set '{name}'", hint=f"Did you mean '{near[0]}'?" if near else known)


def open_dataset(
    workspace: Workspace, name: str, *, reread: bool = False, control: Control | None = None
) -> Iterator[ImportProgress | OpenedDataset]:
    """Open a data set of the workspace: at once where its files are as they were, else by reading it again.

    Raises
    ------
    InputError
        When there is no such data set, it was moved, or nothing of it is usable any more.
    """
    entry = find_entry(workspace, name)
    if not entry.path.exists():
        raise InputError(
            f"The data set '{name}' was moved",
            f"there is nothing at {entry.path}",
            "Say where it is now in the Data panel, or: "
            f"htr-workbench datasets add {name} NEW_PATH --language {entry.language}",
        )
    yield ImportProgress(0, 0, f"opening {name}")
    opened = None if reread else _unchanged(workspace, entry, control)
    if opened is None:
        reading = yield from read_drafts(entry.path, entry.overrides, control)
        if reading is None:
            return
        draft = next((draft for draft in reading.drafts if draft.language == entry.language), None)
        if draft is None:
            raise InputError(f"The data set '{name}' has no lines in '{entry.language}' any more", str(entry.path))
        stored = yield from _store(workspace, entry.path, reading, draft, name, entry.overrides, control)
        if stored is None:
            return
        opened = replace(stored, has_changed=stored.entry.fingerprint != entry.fingerprint)
    yield opened


def _unchanged(workspace: Workspace, entry: CatalogEntry, control: Control | None) -> OpenedDataset | None:
    """Give what is kept of a data set, where it is whole and the files are still those."""
    tree = open_tree(entry.path, control, with_archives=False)
    kept = load_snapshot(workspace, entry.name, tree.root)
    if kept is None or kept[0].fingerprint != entry.fingerprint or not is_unchanged(tree, kept[1]):
        return None
    cache = find_cache(workspace, entry.fingerprint, cropped=True)
    return OpenedDataset(entry, kept[0], cache) if cache is not None else None


def ensure_cache(
    workspace: Workspace, opened: OpenedDataset, cropped: bool, control: Control | None = None
) -> Iterator[ImportProgress | LineCache]:
    """Give the cache of an opened data set, cut to the ink or whole, made where it is not there.

    Raises
    ------
    InputError
        When an image has changed since the data set was opened.
    """
    cache = find_cache(workspace, opened.entry.fingerprint, cropped=cropped)
    if cache is None:
        written = yield from _write_again(workspace, opened, cropped, control)
        if not written:
            return
        cache = LineCache.open(cache_folder(workspace, opened.entry.fingerprint, cropped=cropped))
    yield cache


def _write_again(
    workspace: Workspace, opened: OpenedDataset, cropped: bool, control: Control | None
) -> Generator[ImportProgress, None, bool]:
    lines = opened.lines.lines
    tree = open_tree(opened.entry.path, control)
    step = max(1, len(lines) // PROGRESS_STEPS)
    with write_cache(workspace, cropped=cropped) as writer:
        decoded = decode_lines(tree, lines, cropped=cropped, control=control)
        for count, (line, result) in enumerate(zip(lines, decoded, strict=False), start=1):
            if isinstance(result, InputError) or result.digest != opened.cache.digest(line.id):
                raise InputError(
                    f"The image {line.image} has changed since '{opened.entry.name}' was opened",
                    hint="Open the data set again.",
                )
            writer.add(line.id, result.ink, result.box, result.digest, line.transcription)
            if count % step == 0 or count == len(lines):
                yield ImportProgress(count, len(lines), f"reading images of {opened.entry.name}")
        if is_cancelled(control):
            return False
        writer.fingerprint = opened.entry.fingerprint
    return True


def relink(workspace: Workspace, name: str, path: Path) -> CatalogEntry:
    """Tell where a data set lies now; opening it then finds out whether it is the same.

    Raises
    ------
    InputError
        When there is no such data set, or nothing at the path.
    """
    entry = find_entry(workspace, name)
    path = path.expanduser().absolute()
    if not path.exists():
        raise InputError(f"There is nothing at {path}", "no such folder or file", "Check the path.")
    moved = entry.model_copy(update={"path": path})
    save_entry(workspace, moved)
    return moved


def remove(workspace: Workspace, name: str) -> None:
    """Take a data set out of the workspace, with its cache; its own files and finished runs stay.

    Raises
    ------
    InputError
        When there is no such data set.
    """
    entry = find_entry(workspace, name)
    # Its entry last: of a data set that is still listed, everything else can be made anew and taken out again.
    others = [other for other in load_catalog(workspace) if other.name != name]
    if all(other.fingerprint != entry.fingerprint for other in others):
        for cropped in (True, False):
            shutil.rmtree(cache_folder(workspace, entry.fingerprint, cropped=cropped), ignore_errors=True)
    delete_snapshot(workspace, name)
    delete_entry(workspace, name)
