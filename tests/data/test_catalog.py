"""Data sets of a workspace: added, opened at once, read again when they changed, relinked, removed."""

import os
import shutil
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.data import forms
from tests.data.fixtures import write_line_folder
from tests.data.forms import save, write
from workbench.data import catalog, decoding
from workbench.data.cache import LineCache
from workbench.data.catalog import (
    ImportProgress,
    OpenedDataset,
    ensure_cache,
    import_datasets,
    load_catalog,
    open_dataset,
    relink,
    remove,
)
from workbench.data.datasets_file import name_from
from workbench.data.decoding import DecodedLine
from workbench.data.images import ink_box, read_grey
from workbench.data.line import TextLine
from workbench.data.overrides import Overrides
from workbench.data.tree import FileTree
from workbench.errors import InputError, WorkspaceError
from workbench.runs.control import Control
from workbench.runs.workspace import Workspace, open_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path / "workspace")


def opened(values: Iterable[ImportProgress | OpenedDataset]) -> list[OpenedDataset]:
    return [value for value in values if isinstance(value, OpenedDataset)]


def add(workspace: Workspace, path: Path, *, name: str | None = None, **options: str) -> list[OpenedDataset]:
    return opened(import_datasets(workspace, path, name=name, overrides=Overrides.model_validate(options)))


def decoded_images(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the images that are decoded from now on."""
    names: list[str] = []
    original = decoding.decode_line

    def counting(tree: FileTree, line: TextLine, **options: object) -> DecodedLine:
        names.append(line.image.as_posix())
        return original(tree, line, **options)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(decoding, "decode_line", counting)
    return names


def test_a_table_of_three_languages_gives_three_data_sets(workspace: Workspace, tmp_path: Path) -> None:
    folder = write_line_folder(tmp_path, lines=10)
    values = list(import_datasets(workspace, folder))
    assert [one.entry.name for one in opened(values)] == ["lines-ar", "lines-ur", "lines-fa"]
    assert values[-1] == opened(values)[-1]
    steps = [value for value in values if isinstance(value, ImportProgress)]
    assert (steps[-1].done, steps[-1].total) == (10, 10)
    assert load_catalog(workspace) == tuple(one.entry for one in opened(values))
    raw = tomllib.loads(workspace.datasets_file.read_text(encoding="utf-8"))
    assert raw["schema"] == 2
    assert raw["datasets"]["lines-ar"]["path"] == str(folder)


def test_the_cache_holds_the_ink_of_the_images(workspace: Workspace, tmp_path: Path) -> None:
    (one,) = add(workspace, write_line_folder(tmp_path, ["ar"], lines=10))
    for line in one.lines.lines:
        grey = read_grey(one.lines.root / line.image)
        top, bottom, left, right = box = ink_box(grey)
        assert one.cache.box(line.id) == box
        expected = np.rint(grey[top:bottom, left:right] * 255)
        np.testing.assert_array_equal(one.cache.image(line.id), expected)
        assert one.cache.transcription(line.id) == line.transcription


def test_opening_again_decodes_nothing(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for form in ("folder", "manifest"):
        folder = write_line_folder(tmp_path, ["fa"], lines=10, name=form)
        (first,) = add(workspace, folder if form == "folder" else folder / "lines.tsv", name=form)
        names = decoded_images(monkeypatch)
        (again,) = opened(open_dataset(workspace, form))
        assert (again.entry, again.lines, again.has_changed) == (first.entry, first.lines, False)
        assert again.cache.ids == first.cache.ids
        assert names == []


@pytest.mark.parametrize("given", ["folder", "manifest"])
def test_changed_files_are_read_again(given: str, workspace: Workspace, tmp_path: Path) -> None:
    folder = write_line_folder(tmp_path, ["fa"], lines=10)
    manifest = folder / "lines.tsv"
    (first,) = add(workspace, folder if given == "folder" else manifest, name="x")
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("\ttrain\t", "\ttest\t", 1), encoding="utf-8")
    (again,) = opened(open_dataset(workspace, "x"))
    assert again.has_changed
    assert again.entry.fingerprint != first.entry.fingerprint
    assert load_catalog(workspace) == (again.entry,)
    (folder / first.lines.lines[0].image).unlink()
    (third,) = opened(open_dataset(workspace, "x"))
    assert len(third.lines.lines) == 9
    save(folder / first.lines.lines[0].image)
    (fourth,) = opened(open_dataset(workspace, "x"))
    assert len(fourth.lines.lines) == 10


def test_touched_files_are_the_same_data_set(workspace: Workspace, tmp_path: Path) -> None:
    folder = write_line_folder(tmp_path, ["fa"], lines=5)
    (first,) = add(workspace, folder)
    os.utime(folder / first.lines.lines[0].image, (1, 1))
    (again,) = opened(open_dataset(workspace, "lines"))
    assert (again.entry, again.has_changed) == (first.entry, False)


def test_rereading_can_be_asked_for(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (first,) = add(workspace, write_line_folder(tmp_path, ["fa"], lines=5))
    names = decoded_images(monkeypatch)
    assert opened(open_dataset(workspace, "lines", reread=True))[0].lines == first.lines
    assert len(names) == 5


@pytest.mark.parametrize("what", ["deleted", "torn index", "torn snapshot"])
def test_a_lost_cache_is_made_again(what: str, workspace: Workspace, tmp_path: Path) -> None:
    (first,) = add(workspace, write_line_folder(tmp_path, ["ur"], lines=5))
    match what:
        case "deleted":
            shutil.rmtree(workspace.cache)
        case "torn index":
            (first.cache.folder / "index.json").write_bytes(b"x")
        case _:
            (workspace.cache / "sets/lines.json").write_bytes(b"x")
    (again,) = opened(open_dataset(workspace, "lines"))
    assert (again.entry, again.lines, again.has_changed) == (first.entry, first.lines, False)
    assert again.cache.image("ur_000").shape == first.cache.size("ur_000")


def test_whole_scans_are_cached_on_demand(workspace: Workspace, tmp_path: Path) -> None:
    (one,) = add(workspace, write_line_folder(tmp_path, ["ar"], lines=5))
    *_, cache = ensure_cache(workspace, one, False)
    assert isinstance(cache, LineCache)
    assert not cache.is_cropped
    for line in one.lines.lines:
        np.testing.assert_array_equal(cache.image(line.id), np.rint(read_grey(one.lines.root / line.image) * 255))
    assert [type(value) for value in ensure_cache(workspace, one, False)] == [LineCache]
    *_, ink = ensure_cache(workspace, one, True)
    assert ink.folder == one.cache.folder


def test_whole_scans_are_not_made_of_other_images(workspace: Workspace, tmp_path: Path) -> None:
    folder = write_line_folder(tmp_path, ["ar"], lines=5)
    (one,) = add(workspace, folder)
    image = folder / one.lines.lines[2].image
    save(image, "other text")
    with pytest.raises(InputError, match="has changed since"):
        list(ensure_cache(workspace, one, False))
    image.unlink()
    with pytest.raises(InputError, match="has changed since"):
        list(ensure_cache(workspace, one, False))


def test_cancelling_leaves_everything_as_it_was(workspace: Workspace, tmp_path: Path) -> None:
    folder = write_line_folder(tmp_path, ["ar"], lines=30)
    control = Control()
    seen = 0
    for value in import_datasets(workspace, folder, control=control):
        assert isinstance(value, ImportProgress)
        seen = value.done
        if seen >= 5:
            control.request("cancel")
    assert 5 <= seen < 30
    assert load_catalog(workspace) == ()
    assert list(workspace.cache.iterdir()) == []
    assert list(catalog.inspect(folder, control=control)) == []


def test_closing_a_generator_leaves_no_rubbish(workspace: Workspace, tmp_path: Path) -> None:
    job = import_datasets(workspace, write_line_folder(tmp_path, ["ar"], lines=30))
    for _ in range(4):
        next(job)
    job.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert list(workspace.cache.iterdir()) == []


def test_a_moved_data_set_says_so_and_can_be_relinked(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_line_folder(tmp_path, ["ar"], lines=5)
    (first,) = add(workspace, folder)
    folder.rename(tmp_path / "moved")
    with pytest.raises(InputError, match=r"was moved.*datasets add lines NEW_PATH --language ar"):
        list(open_dataset(workspace, "lines"))
    with pytest.raises(InputError, match="nothing at"):
        relink(workspace, "lines", tmp_path / "nowhere")
    relink(workspace, "lines", tmp_path / "moved")
    names = decoded_images(monkeypatch)
    (again,) = opened(open_dataset(workspace, "lines"))
    assert again.entry == first.entry.model_copy(update={"path": tmp_path / "moved"})
    assert again.lines == replace(first.lines, root=tmp_path / "moved")
    assert names == []


def test_a_workspace_is_moved_with_the_data_sets_inside_it(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = workspace.root / "generated"
    inside.mkdir()
    (first,) = add(workspace, write_line_folder(inside, ["ar"], lines=5))
    (outside,) = add(workspace, write_line_folder(tmp_path, ["fa"], lines=5, name="outside"))
    moved = Workspace(tmp_path / "moved")
    workspace.root.rename(moved.root)
    names = decoded_images(monkeypatch)
    for before, place in ((first, moved.root / "generated" / "lines"), (outside, tmp_path / "outside")):
        (again,) = opened(open_dataset(moved, before.entry.name))
        assert again.entry == before.entry.model_copy(update={"path": place})
        assert again.lines == replace(before.lines, root=place)
        assert not again.has_changed
    assert names == []


def test_adding_under_the_name_of_a_moved_data_set_relinks_it(workspace: Workspace, tmp_path: Path) -> None:
    folder = write_line_folder(tmp_path, ["ar", "fa"], lines=5)
    first = add(workspace, folder)[0]
    folder.rename(tmp_path / "moved")
    (again,) = add(workspace, tmp_path / "moved", name="lines-ar", language="ar")
    assert (again.entry.name, again.entry.fingerprint) == ("lines-ar", first.entry.fingerprint)


def test_a_taken_name_is_refused_and_the_same_folder_is_read_again(workspace: Workspace, tmp_path: Path) -> None:
    one = write_line_folder(tmp_path / "a", ["ar"], lines=5)
    other = write_line_folder(tmp_path / "b", ["fa"], lines=5)
    add(workspace, one)
    with pytest.raises(InputError, match=r"'lines' is taken.*another name"):
        add(workspace, other)
    add(workspace, one)
    add(workspace, other, name="more")
    assert [entry.name for entry in load_catalog(workspace)] == ["lines", "more"]


@pytest.mark.parametrize("name", ["", "a b", "../x", ".hidden", "x" * 61, "a\nb", "a/b"])
def test_names_that_cannot_be_names_are_refused(name: str, workspace: Workspace, tmp_path: Path) -> None:
    folder = write_line_folder(tmp_path, ["ar"], lines=5)
    if name:
        with pytest.raises(InputError, match="cannot name a data set"):
            add(workspace, folder, name=name)


def test_names_are_made_from_any_folder_name(tmp_path: Path) -> None:
    for folder, name in (("KHATT v1.0 (lines)", "khatt-v1.0-lines"), ("خط", "خط"), ("...", "lines"), ("-_x", "x")):
        assert name_from(tmp_path / folder) == name


def test_a_generated_data_set_is_marked(workspace: Workspace, tmp_path: Path) -> None:
    folder = write_line_folder(tmp_path, ["ar"], lines=5)
    write(folder / "htr-workbench-synthetic.json", "{}")
    for path, name in ((folder, "a"), (folder / "lines.tsv", "b")):
        (one,) = add(workspace, path, name=name)
        assert one.entry.is_synthetic
        assert one.lines.is_synthetic
        (again,) = opened(open_dataset(workspace, name))
        assert again.lines.is_synthetic


def test_what_the_user_said_holds_when_it_is_read_again(workspace: Workspace, tmp_path: Path) -> None:
    forms.prepared(tmp_path / "set")
    (first,) = add(workspace, tmp_path / "set", language="ur", form="prepared")
    shutil.rmtree(workspace.cache)
    (again,) = opened(open_dataset(workspace, "set"))
    assert (again.entry, again.lines) == (first.entry, first.lines)
    assert again.lines.language == "ur"


def test_nothing_usable_is_one_clear_sentence(workspace: Workspace, tmp_path: Path) -> None:
    folder = write_line_folder(tmp_path, ["ar"], lines=3)
    for image in folder.glob("images/*"):
        image.write_bytes(b"")
    with pytest.raises(InputError, match=r"No line of .* can be used: 3 problems, the first: lines.tsv: .*0 bytes"):
        add(workspace, folder)
    assert load_catalog(workspace) == ()


def test_unknown_names_suggest_the_near_one(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Add one first"):
        list(open_dataset(workspace, "lines"))
    add(workspace, write_line_folder(tmp_path, ["ar"], lines=3))
    with pytest.raises(InputError, match="Did you mean 'lines'"):
        list(open_dataset(workspace, "line"))


def test_removing_takes_the_cache_but_not_that_of_a_twin(workspace: Workspace, tmp_path: Path) -> None:
    folder = write_line_folder(tmp_path, ["ar"], lines=3)
    (one,) = add(workspace, folder)
    add(workspace, folder, name="twin")
    remove(workspace, "lines")
    assert one.cache.folder.exists()
    remove(workspace, "twin")
    assert not one.cache.folder.exists()
    assert load_catalog(workspace) == ()
    assert (folder / "lines.tsv").exists()
    with pytest.raises(InputError, match="no data set 'twin'"):
        remove(workspace, "twin")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"schema = 3\n", "schema 3"),
        (b"schema = [\n", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"datasets = 3\n", "is no table"),
        (b"[datasets]\nx = 3\n", "is no table"),
        (b"[datasets.x]\npath = '/a'\n", "datasets.x.form"),
        (b"[datasets.x]\npath = '/a'\nform = 'f'\nlanguage = 'ar'\nfingerprint = 'f'\nodd = 1\n", "datasets.x.odd"),
    ],
)
def test_a_damaged_catalogue_is_one_clear_sentence(content: bytes, why: str, workspace: Workspace) -> None:
    workspace.datasets_file.write_bytes(content)
    with pytest.raises(WorkspaceError, match=why):
        load_catalog(workspace)
    assert workspace.datasets_file.read_bytes() == content


def test_comments_of_the_catalogue_stay(workspace: Workspace, tmp_path: Path) -> None:
    folder = write_line_folder(tmp_path, ["ar"], lines=3)
    add(workspace, folder)
    text = "# mine\n" + workspace.datasets_file.read_text(encoding="utf-8")
    workspace.datasets_file.write_text(text, encoding="utf-8")
    add(workspace, folder, name="other.name")
    assert workspace.datasets_file.read_text(encoding="utf-8").startswith("# mine\n")
    assert [entry.name for entry in load_catalog(workspace)] == ["lines", "other.name"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lines.tsv", "lines"),
        ("KHATT v1.0.zip", "khatt-v1.0"),
        ("khatt.tar.gz", "khatt"),
        ("set.TAR.BZ2", "set"),
        ("plain", "plain"),
    ],
)
def test_names_are_made_of_files_without_their_endings(name: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"")
    assert name_from(tmp_path / name) == expected
    (tmp_path / "folder.v2").mkdir()
    assert name_from(tmp_path / "folder.v2") == "folder.v2"
