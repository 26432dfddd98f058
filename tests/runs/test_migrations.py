"""Workspaces of earlier programs are brought up to date once, whatever happens meanwhile; later ones are only read."""

import json
import logging
import tomllib
from pathlib import Path

import pytest

from workbench import files
from workbench.data.datasets_file import load_catalog
from workbench.errors import WorkspaceError
from workbench.runs.lock import WorkspaceLock
from workbench.runs.migrations import MIGRATIONS, SCHEMA_VERSION, backup_folder, migrate, schema_of
from workbench.runs.workspace import Workspace

KEPT = Path(__file__).parent / "workspaces"
"""Workspaces as earlier programs left them, a folder per schema; @ROOT@ stands for where a workspace lies."""


def of_schema(version: int, root: Path) -> Workspace:
    """Lay out a workspace as a program of this schema left it."""
    for path in (each for each in (KEPT / f"schema-{version}").rglob("*") if each.is_file()):
        place = root / path.relative_to(KEPT / f"schema-{version}")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(path.read_text(encoding="utf-8").replace("@ROOT@", str(root)), encoding="utf-8")
    return Workspace(root)


def content(workspace: Workspace) -> dict[str, bytes]:
    """Every file of a workspace but its lock."""
    return {
        path.relative_to(workspace.root).as_posix(): path.read_bytes()
        for path in workspace.root.rglob("*")
        if path.is_file() and not path.name.startswith(".lock")
    }


def test_every_earlier_schema_is_kept() -> None:
    assert sorted(MIGRATIONS) == list(range(1, SCHEMA_VERSION))
    assert {path.name for path in KEPT.iterdir()} == {f"schema-{version}" for version in MIGRATIONS}


@pytest.mark.parametrize("version", sorted(MIGRATIONS))
def test_an_earlier_workspace_is_brought_up_to_date(tmp_path: Path, version: int) -> None:
    workspace = of_schema(version, tmp_path / "workspace")
    before = content(workspace)
    assert schema_of(workspace) == version
    with WorkspaceLock(workspace) as lock:
        assert lock.migrated
    assert schema_of(workspace) == SCHEMA_VERSION
    kept = backup_folder(workspace, version)
    for name, was in before.items():
        if content(workspace)[name] != was:
            assert (kept / name).read_bytes() == was, "the old file is kept"
    after = content(workspace)
    with WorkspaceLock(workspace) as lock:
        assert not lock.migrated
    assert content(workspace) == after, "once is enough"


def test_data_sets_in_the_workspace_move_with_it(tmp_path: Path) -> None:
    workspace = of_schema(1, tmp_path / "workspace")
    paths = {entry.name: entry.path for entry in load_catalog(workspace)}
    migrate(workspace)
    assert {entry.name: entry.path for entry in load_catalog(workspace)} == paths
    text = workspace.datasets_file.read_text(encoding="utf-8")
    assert "# kept by hand" in text
    assert tomllib.loads(text)["datasets"]["demo-ar"]["path"] == "demo/ar"
    moved = Workspace(workspace.root.rename(tmp_path / "elsewhere"))
    found = {entry.name: entry.path for entry in load_catalog(moved)}
    assert found == {"demo-ar": moved.root / "demo" / "ar", "khatt": Path("/somewhere/khatt")}


def test_an_empty_folder_becomes_a_workspace_of_this_schema(tmp_path: Path) -> None:
    with WorkspaceLock(Workspace(tmp_path)) as lock:
        assert not lock.migrated
    assert json.loads((tmp_path / "workspace.json").read_text(encoding="utf-8")) == {"schema": SCHEMA_VERSION}


@pytest.mark.parametrize("version", sorted(MIGRATIONS))
def test_stopped_at_every_write(tmp_path: Path, version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is begun anew: the files are those of an undisturbed migration, the copies those of before the first."""
    undisturbed = of_schema(version, tmp_path / "workspace")
    migrate(undisturbed)
    expected = content(undisturbed)
    undisturbed.root.rename(tmp_path / "undisturbed")
    real, stopped_at = files.write_bytes, 0
    while True:
        workspace = of_schema(version, tmp_path / "workspace")
        stopped_at += 1
        left = stopped_at

        def write(path: Path, value: bytes) -> None:
            nonlocal left
            left -= 1
            if not left:
                raise KeyboardInterrupt
            real(path, value)

        monkeypatch.setattr(files, "write_bytes", write)
        try:
            migrate(workspace)
        except KeyboardInterrupt:
            monkeypatch.setattr(files, "write_bytes", real)
            assert {entry.name for entry in load_catalog(workspace)} == {"demo-ar", "khatt"}, "readable in between"
            migrate(workspace)
        assert content(workspace) == expected
        workspace.root.rename(tmp_path / f"done-{stopped_at}")
        if left > 0:
            break
    assert stopped_at > 3, "a copy, the file and the schema are writes"


def test_a_later_workspace_is_only_read(tmp_path: Path) -> None:
    workspace = of_schema(1, tmp_path)
    workspace.schema_file.write_text(json.dumps({"schema": SCHEMA_VERSION + 1}), encoding="utf-8")
    before = content(workspace)
    with pytest.raises(WorkspaceError, match=f"a newer htr-workbench made it, with schema {SCHEMA_VERSION + 1}"):
        WorkspaceLock(workspace).acquire()
    assert content(workspace) == before
    workspace.schema_file.unlink()
    WorkspaceLock(workspace).acquire()  # the refusal has not kept the lock


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"schema": 0}', '{"schema": "2"}', "[" * 100_000, "\x00"])
def test_a_damaged_schema_is_told(tmp_path: Path, damaged: str) -> None:
    workspace = Workspace(tmp_path)
    workspace.schema_file.write_text(damaged, encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"workspace\.json cannot be read"):
        migrate(workspace)
    assert workspace.schema_file.read_text(encoding="utf-8") == damaged


@pytest.mark.parametrize("text", ["datasets = 3", "schema = 99", "= [", "[datasets.a]\npath = 4", "datasets.a = 1"])
def test_a_list_of_data_sets_that_is_no_such_list_stays(tmp_path: Path, text: str) -> None:
    workspace = Workspace(tmp_path)
    workspace.datasets_file.write_text(text, encoding="utf-8")
    migrate(workspace)
    assert text in workspace.datasets_file.read_text(encoding="utf-8")


def test_a_migration_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        migrate(of_schema(1, tmp_path))
    assert "from schema 1 to 2" in caplog.text
