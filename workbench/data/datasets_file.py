"""`datasets.toml`: which data sets a workspace knows, and where they lie on this machine."""

import re
from pathlib import Path
from typing import Any

import tomlkit
from pydantic import Field, ValidationError
from tomlkit.exceptions import TOMLKitError

from workbench import files
from workbench.data.archives import ARCHIVE_SUFFIXES
from workbench.data.overrides import Overrides
from workbench.errors import InputError, WorkspaceError
from workbench.runs.workspace import Workspace
from workbench.study.schema import FrozenModel, PlainName

SCHEMA_VERSION = 2
"""Since 2 a path may be one from the workspace on."""
_NAME = re.compile(r"^[^\W_][\w.-]*$")
_MAX_NAME = 60


class CatalogEntry(FrozenModel):
    """A data set that the workspace knows."""

    name: PlainName
    path: Path
    """Folder or manifest, absolute. One inside the workspace is kept as it lies from there: both move together."""
    form: str
    language: str
    fingerprint: PlainName
    is_synthetic: bool = False
    overrides: Overrides = Field(default_factory=Overrides)


def load_catalog(workspace: Workspace) -> tuple[CatalogEntry, ...]:
    """Data sets of a workspace, in the order in which they were added.

    Raises
    ------
    WorkspaceError
        When `datasets.toml` is damaged or of a newer version.
    """
    document = _document(workspace)
    tables: Any = document.unwrap().get("datasets", {})
    if not isinstance(tables, dict):
        raise _damaged(workspace, "'datasets' is no table")
    return tuple(_entry(workspace, str(name), table) for name, table in tables.items())


def _entry(workspace: Workspace, name: str, table: Any) -> CatalogEntry:
    if not isinstance(table, dict):
        raise _damaged(workspace, f"'datasets.{name}' is no table")
    try:
        entry = CatalogEntry.model_validate({**table, "name": name})
        return entry.model_copy(update={"path": workspace.root.absolute() / entry.path})
    except ValidationError as error:
        problem = error.errors()[0]
        key = ".".join(str(part) for part in problem["loc"])
        raise _damaged(workspace, f"datasets.{name}.{key}: {problem['msg']}") from error


def _document(workspace: Workspace) -> tomlkit.TOMLDocument:
    try:
        document = tomlkit.parse(files.read_plain(workspace.datasets_file).decode("utf-8"))
    except FileNotFoundError:
        return tomlkit.document()
    except (OSError, ValueError, TOMLKitError, RecursionError) as error:
        raise _damaged(workspace, str(error)) from error
    version = document.get("schema", SCHEMA_VERSION)
    if version not in range(1, SCHEMA_VERSION + 1):
        raise WorkspaceError(
            f"datasets.toml has schema {version}",
            f"this program knows schemas up to {SCHEMA_VERSION}",
            "Use a newer htr-workbench for this workspace.",
        )
    return document


def _damaged(workspace: Workspace, why: str) -> WorkspaceError:
    return WorkspaceError(
        f"{workspace.datasets_file} cannot be read",
        why,
        "Correct it, or rename it and add the data sets again; runs and studies are not touched by that.",
    )


def save_entry(workspace: Workspace, entry: CatalogEntry) -> None:
    """Add or replace one data set; comments and everything else in the file stay.

    Raises
    ------
    WorkspaceError
        When the file is damaged or cannot be written.
    """
    document = _document(workspace)
    document["schema"] = SCHEMA_VERSION
    if "datasets" not in document:
        document["datasets"] = tomlkit.table(is_super_table=True)
    value = entry.model_dump(mode="json", exclude={"name", "overrides"}, exclude_none=True)
    value["path"] = _written(workspace, entry.path)
    if overrides := entry.overrides.model_dump(mode="json", exclude_defaults=True):
        value["overrides"] = overrides
    tables: Any = document["datasets"]
    tables[entry.name] = tomlkit.item(value)
    files.write_text(workspace.datasets_file, tomlkit.dumps(document))


def _written(workspace: Workspace, path: Path) -> str:
    root = workspace.root.absolute()
    inside = path.is_relative_to(root) and path != root
    return path.relative_to(root).as_posix() if inside else str(path)


def delete_entry(workspace: Workspace, name: str) -> None:
    """Take one data set out of the file."""
    document = _document(workspace)
    tables: Any = document["datasets"]
    del tables[name]
    files.write_text(workspace.datasets_file, tomlkit.dumps(document))


def check_name(name: str) -> str:
    """Give back a name that can stand in study files and tables.

    Raises
    ------
    InputError
        When it cannot.
    """
    if len(name) > _MAX_NAME or not _NAME.match(name):
        raise InputError(
            f"'{name[:80]}' cannot name a data set",
            f"letters, digits, '-', '_' and '.' only, at most {_MAX_NAME}",
            "Choose another name.",
        )
    return name


def name_from(path: Path) -> str:
    """Name for a data set, made from that of its folder, archive or manifest."""
    ending = next((one for one in ARCHIVE_SUFFIXES if path.name.lower().endswith(one)), path.suffix)
    stem = path.name.removesuffix(path.name[-len(ending) :]) if ending and path.is_file() else path.name
    slug = re.sub(r"[^\w.-]+", "-", stem, flags=re.UNICODE).strip("-_.")
    return slug[: _MAX_NAME - 4].rstrip("-_.").lower() or "lines"
