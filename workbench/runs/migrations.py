"""A workspace of an earlier program becomes one of this program, before anything else is written in it.

`workspace.json` tells the schema of the whole folder; a workspace without one has schema 1. A migration says what files
would hold; here the old ones are copied aside first, then each is replaced in one step, and the schema is told last. A
migration gives the same files when it is done again on what it has half changed: after a kill at any moment the next
program that writes here begins it anew, and copies nothing over the copies of the first time.
"""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from workbench import files
from workbench.errors import WorkspaceError
from workbench.runs.workspace import Workspace

logger = logging.getLogger(__name__)

Contents = Mapping[Path, bytes]
"""What files are to hold, by their paths."""


def data_sets_by_place(workspace: Workspace) -> Contents:
    """To schema 2: data sets that lie in the workspace are named by their place in it, and so move with it."""
    path = workspace.datasets_file
    try:
        document = tomlkit.parse(files.read_plain(path).decode("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise WorkspaceError(f"{path} cannot be read", error.strerror or str(error)) from error
    except (UnicodeDecodeError, TOMLKitError, RecursionError):
        return {}  # a damaged list is left to the person who will mend it; its own schema says how to read it
    root = workspace.root.absolute()
    tables: Any = document.get("datasets", {})
    for table in tables.values() if isinstance(tables, dict) else ():
        place = Path(str(table["path"])) if isinstance(table, dict) and "path" in table else root
        if place.is_relative_to(root) and place != root:
            table["path"] = place.relative_to(root).as_posix()
    if document.get("schema", 1) == 1:
        document["schema"] = 2
    return {path: tomlkit.dumps(document).encode()}


MIGRATIONS: dict[int, Callable[[Workspace], Contents]] = {1: data_sets_by_place}
"""By the schema that they start from; each leads to the next one."""

SCHEMA_VERSION = 1 + len(MIGRATIONS)
"""Of the workspaces that this program writes."""


def backups(workspace: Workspace) -> Path:
    """Where files of earlier schemas are kept."""
    return workspace.root / "backups"


def backup_folder(workspace: Workspace, version: int) -> Path:
    """Where files are kept as they were before the workspace left a schema."""
    return backups(workspace) / f"schema-{version}"


def schema_of(workspace: Workspace) -> int:
    """Schema of a workspace; one that was made before there were others has 1.

    Raises
    ------
    WorkspaceError
        When the file that tells it is damaged.
    """
    path = workspace.schema_file
    try:
        version = files.read_json(path)["schema"]
    except FileNotFoundError:
        return 1
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path, str(error)) from error
    if not isinstance(version, int) or version < 1:
        raise _damaged(path, f"{version!r} is no schema")
    return version


def _damaged(path: Path, why: str) -> WorkspaceError:
    return WorkspaceError(
        f"{path} cannot be read", why, "Delete it: what it tells is found out anew by whoever writes here next."
    )


def check_schema(workspace: Workspace) -> int:
    """Schema of a workspace that this program may write in.

    Raises
    ------
    WorkspaceError
        When a later program made it, or the file that tells it is damaged.
    """
    found = schema_of(workspace)
    if found > SCHEMA_VERSION:
        raise WorkspaceError(
            f"The workspace {workspace.root} cannot be written",
            f"a newer htr-workbench made it, with schema {found}; this one knows schema {SCHEMA_VERSION}",
            "Use the newer program, or another folder with --workspace; report and export work as far as they can.",
        )
    return found


def migrate(workspace: Workspace) -> tuple[Path, ...]:
    """Bring a workspace up to the schema of this program; only whoever holds its lock may do so.

    Returns
    -------
    tuple of Path
        Files that were changed; as they were before, they lie in :func:`backup_folder`.

    Raises
    ------
    WorkspaceError
        When it is one of a later program, or cannot be written; it is then as good as it was.
    """
    found, changed = check_schema(workspace), list[Path]()
    for version in range(found, SCHEMA_VERSION):
        contents = {
            path: content for path, content in MIGRATIONS[version](workspace).items() if _differs(path, content)
        }
        for path in contents:
            _keep(workspace, version, path)
        for path, content in contents.items():
            files.write_bytes(path, content)
        changed += contents
        if contents:
            logger.info(
                "An earlier version made the workspace %s; it was brought from schema %d to %d. "
                "The files as they were lie in %s.",
                workspace.root, version, version + 1, backups(workspace),
            )  # fmt: skip
    if found < SCHEMA_VERSION or not workspace.schema_file.exists():
        files.write_json(workspace.schema_file, {"schema": SCHEMA_VERSION})
    return tuple(changed)


def _differs(path: Path, content: bytes) -> bool:
    with files.explained(path):
        return not path.exists() or path.read_bytes() != content


def _keep(workspace: Workspace, version: int, path: Path) -> None:
    """Copy a file aside, unless an earlier attempt has done so: what lies here now may be half migrated."""
    place = backup_folder(workspace, version) / path.relative_to(workspace.root)
    with files.explained(path):
        if path.exists() and not place.exists():
            files.write_bytes(place, path.read_bytes())
