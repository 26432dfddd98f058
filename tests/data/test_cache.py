"""The cache gives back what was written, or says that it cannot; never another line."""

import errno
import hashlib
import json
import os
import time
from pathlib import Path

import numpy as np
import pytest

from workbench.data import cache as cache_module
from workbench.data.cache import LineCache, cache_folder, find_cache, write_cache
from workbench.data.sealed import read_sealed, write_sealed
from workbench.errors import WorkspaceError
from workbench.runs.workspace import Workspace, open_workspace

FINGERPRINT = "f" * 64


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_workspace(tmp_path / "workspace")


def images() -> dict[str, np.ndarray]:
    numbers = np.random.default_rng(1)
    return {name: numbers.integers(0, 256, (20 + at, 100 - at), dtype=np.uint8) for at, name in enumerate("abc")}


def write(workspace: Workspace, fingerprint: str = FINGERPRINT, *, cropped: bool = True) -> Path:
    with write_cache(workspace, cropped=cropped) as writer:
        for name, image in images().items():
            writer.add(name, image, (1, 2, 3, 4), f"digest {name}", f"متن {name}")
        writer.fingerprint = fingerprint
    return cache_folder(workspace, fingerprint, cropped=cropped)


def test_gives_back_what_was_written(workspace: Workspace) -> None:
    cache = LineCache.open(write(workspace))
    assert cache.ids == ("a", "b", "c")
    assert (len(cache), "a" in cache, "x" in cache) == (3, True, False)
    assert (cache.is_cropped, cache.fingerprint) == (True, FINGERPRINT)
    for name, image in images().items():
        np.testing.assert_array_equal(cache.image(name), image)
        assert cache.size(name) == image.shape
        assert (cache.box(name), cache.transcription(name)) == ((1, 2, 3, 4), f"متن {name}")
        assert cache.digest(name) == f"digest {name}"


def test_images_are_read_only_views_of_the_file(workspace: Workspace) -> None:
    cache = LineCache.open(write(workspace))
    image = cache.image("a")
    assert not image.flags.writeable
    assert not image.flags.owndata
    assert type(image) is np.ndarray


def test_cropped_and_whole_lie_side_by_side(workspace: Workspace) -> None:
    assert {write(workspace, cropped=cropped).name for cropped in (True, False)} == {
        f"{'f' * 16}-ink",
        f"{'f' * 16}-full",
    }
    assert find_cache(workspace, FINGERPRINT, cropped=False) is not None


def test_an_unknown_line_is_named(workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError, match="nowhere"):
        LineCache.open(write(workspace)).image("nowhere")


def test_a_missing_cache_is_none(workspace: Workspace) -> None:
    assert find_cache(workspace, FINGERPRINT, cropped=True) is None
    with pytest.raises(WorkspaceError, match="Open the data set again"):
        LineCache.open(cache_folder(workspace, FINGERPRINT, cropped=True))


@pytest.mark.parametrize("at", [0, 30, 64, 65, 200, -1])
def test_a_changed_index_is_not_read(workspace: Workspace, at: int) -> None:
    folder = write(workspace)
    content = bytearray((folder / "index.json").read_bytes())
    content[at] ^= 1
    (folder / "index.json").write_bytes(content)
    assert find_cache(workspace, FINGERPRINT, cropped=True) is None


@pytest.mark.parametrize("name", ["index.json", "pixels.bin"])
@pytest.mark.parametrize("length", [0, 100])
def test_a_torn_file_is_not_read(workspace: Workspace, name: str, length: int) -> None:
    folder = write(workspace)
    (folder / name).write_bytes((folder / name).read_bytes()[:length])
    assert find_cache(workspace, FINGERPRINT, cropped=True) is None


def test_changed_pixels_are_found_at_the_first_look_and_the_cache_is_given_up(workspace: Workspace) -> None:
    folder = write(workspace)
    content = bytearray((folder / "pixels.bin").read_bytes())
    content[20 * 100 + 5] ^= 255  # in line b
    (folder / "pixels.bin").write_bytes(content)
    cache = LineCache.open(folder)
    np.testing.assert_array_equal(cache.image("a"), images()["a"])
    with pytest.raises(WorkspaceError, match="pixels of b are damaged"):
        cache.image("b")
    assert find_cache(workspace, FINGERPRINT, cropped=True) is None
    write(workspace)
    np.testing.assert_array_equal(LineCache.open(folder).image("b"), images()["b"])


def test_a_cache_of_another_version_or_data_set_is_not_taken(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(workspace)
    folder.rename(cache_folder(workspace, "e" * 64, cropped=True))
    assert find_cache(workspace, "e" * 64, cropped=True) is None
    write(workspace)
    monkeypatch.setattr(cache_module, "CACHE_VERSION", 2)
    assert find_cache(workspace, FINGERPRINT, cropped=True) is None


def test_a_writer_without_fingerprint_leaves_nothing(workspace: Workspace) -> None:
    with write_cache(workspace, cropped=True) as writer:
        writer.add("a", images()["a"], (0, 0, 0, 0), "", "x")
    assert list(workspace.cache.iterdir()) == []


def fail_while_writing(workspace: Workspace, error: Exception) -> None:
    with write_cache(workspace, cropped=True) as writer:
        writer.add("z", images()["a"], (0, 0, 0, 0), "", "x")
        writer.fingerprint = FINGERPRINT
        raise error


def test_a_full_disk_leaves_the_old_cache_and_no_rubbish(workspace: Workspace) -> None:
    folder = write(workspace)
    with pytest.raises(WorkspaceError, match="disk is full"):
        fail_while_writing(workspace, OSError(errno.ENOSPC, "No space left on device"))
    assert [path.name for path in workspace.cache.iterdir()] == [folder.name]
    assert LineCache.open(folder).ids == ("a", "b", "c")


def test_an_open_cache_outlives_its_replacement(workspace: Workspace) -> None:
    folder = write(workspace)
    cache = LineCache.open(folder)
    (folder / "index.json").unlink()
    write(workspace)
    np.testing.assert_array_equal(cache.image("c"), images()["c"])


def test_leftovers_of_killed_programs_are_swept_after_an_hour(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (".dead.part", ".dead.ready"):
        (workspace.cache / name).mkdir(parents=True)
        (workspace.cache / name / "pixels.bin").write_bytes(b"x")
    write(workspace)
    assert (workspace.cache / ".dead.part").exists()
    monkeypatch.setattr(cache_module, "_STALE_S", -1)
    write(workspace)
    assert [path.name for path in workspace.cache.iterdir()] == [f"{'f' * 16}-ink"]


YEAR_S = 365 * 24 * 3600.0


def set_clock(monkeypatch: pytest.MonkeyPatch, by_s: float) -> None:
    """Set the clock that the program reads, forward or back."""
    monkeypatch.setattr(cache_module.time, "time", lambda: time.time_ns() / 1e9 + by_s)


def test_what_is_being_written_stays_when_the_clock_is_set_forward(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with write_cache(workspace, cropped=True) as writer:
        writer.add("a", images()["a"], (0, 0, 0, 0), "", "x")
        set_clock(monkeypatch, YEAR_S)
        write(workspace, "e" * 64)
        writer.fingerprint = FINGERPRINT
    for fingerprint, ids in ((FINGERPRINT, ("a",)), ("e" * 64, ("a", "b", "c"))):
        assert LineCache.open(cache_folder(workspace, fingerprint, cropped=True)).ids == ids
    assert len(list(workspace.cache.iterdir())) == 2


def test_what_a_killed_program_left_is_swept_though_the_clock_was_set_back(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = os.fork()
    if not child:
        with write_cache(workspace, cropped=True) as writer:
            writer.add("a", images()["a"], (0, 0, 0, 0), "", "x")
            os._exit(0)
    os.waitpid(child, 0)
    assert len(list(workspace.cache.glob(".*.part"))) == 1
    set_clock(monkeypatch, -YEAR_S)
    folder = write(workspace)
    assert list(workspace.cache.iterdir()) == [folder]


VALUE = {"متن": [[at, f"سطر {at}\n\u2028"] for at in range(2_500)], "none": [], "one": None, "more": {"a": [1, 2]}}


def test_sealed_files_give_back_what_was_written_and_long_lists_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_sealed(path, VALUE)
    read = read_sealed(path)
    assert read is not None
    assert list(read.items()) == list(VALUE.items())
    pieces = [json.loads(line) for line in path.read_bytes().split(b"\n")[1:-1]]
    assert [len(piece) for name, piece in pieces if name == "متن"] == [1_000, 1_000, 500]


@pytest.mark.parametrize("share", [0, 0.001, 0.3, 0.6, 0.999])
def test_sealed_files_are_whole_or_nothing(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.json"
    write_sealed(path, VALUE)
    whole = path.read_bytes()
    at = int(share * len(whole))
    lines = whole.split(b"\n")
    assert read_sealed(tmp_path / "nowhere") is None
    for damaged in (
        whole[:at],
        whole[:-1],
        whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
        b"\n".join([*lines[:2], *lines[3:]]),
        b"\n".join([lines[0], lines[2], lines[1], *lines[3:]]),
        b"\n",
        b"[]",
    ):
        path.write_bytes(damaged)
        assert read_sealed(path) is None


def test_a_cache_with_an_index_of_the_first_form_is_made_anew(workspace: Workspace) -> None:
    folder = write(workspace)
    body = json.dumps(read_sealed(folder / "index.json")).encode()
    (folder / "index.json").write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    assert find_cache(workspace, FINGERPRINT, cropped=True) is None
    write(workspace)
    assert find_cache(workspace, FINGERPRINT, cropped=True) is not None
