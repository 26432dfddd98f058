"""Files of a data set: nothing outside it, nothing that is no plain file, no hanging."""

import os
import socket
import sys
from pathlib import Path

import pytest

from tests.data.forms import save
from workbench.data.tree import RefusedPathError, open_tree
from workbench.errors import InputError
from workbench.runs.control import Control


def test_special_files_are_listed_and_never_opened(tmp_path: Path) -> None:
    root = tmp_path / "set"
    save(root / "good.png")
    os.mkfifo(root / "pipe.png")
    (root / "broken.png").symlink_to(root / "nowhere.png")
    (root / "zero.png").symlink_to("/dev/zero")
    (root / "loop").symlink_to(root)
    (root / "self.png").symlink_to(root / "self.png")
    (root / "inside.png").symlink_to(root / "good.png")
    (root / ".hidden.png").write_bytes(b"x")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(root / "socket.png"))  # a short path: sockets allow no long ones
        tree = open_tree(root)
    assert list(tree.files) == ["good.png", "inside.png"]
    assert {problem.path: problem.reason for problem in tree.problems} == {
        "broken.png": "a link that leads nowhere",
        "loop": "a link to a folder is not followed",
        "pipe.png": "not a plain file (pipe, socket or device), not opened",
        "self.png": "a link leads to itself",
        "socket.png": "not a plain file (pipe, socket or device), not opened",
        "zero.png": "a link that leads out of the data set is not followed",
    }
    with pytest.raises(RefusedPathError, match="not a plain file"):
        tree.find("pipe.png")


def test_beside_a_given_file_special_files_are_refused_too(tmp_path: Path) -> None:
    (tmp_path / "lines.tsv").write_text("image\ttext\n")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "self.png").symlink_to(tmp_path / "self.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    tree = open_tree(tmp_path / "lines.tsv")
    assert tree.find("missing.png") is None
    for name in ("pipe.png", "self.png", "zero.png"):
        with pytest.raises(RefusedPathError):
            tree.find(name)
    assert set(tree.files) == {"lines.tsv"}


def test_names_are_found_whatever_their_spelling(tmp_path: Path) -> None:
    save(tmp_path / "Bilder/Ä.PNG")
    save(tmp_path / "twice.png")
    save(tmp_path / "TWICE.png")
    tree = open_tree(tmp_path)
    for name in (
        "Bilder/Ä.PNG",
        "bilder\\Ä.png",
        "./Bilder/x/../Ä.PNG",
        "Bilder/A\u0308.png",
        f"{tmp_path}/Bilder/Ä.PNG",
    ):
        assert tree.find(name) == "Bilder/Ä.PNG"
    assert tree.find("TWICE.png") == "TWICE.png"
    assert tree.find("tWice.png") is None


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux only")
def test_names_that_are_no_text_are_listed(tmp_path: Path) -> None:
    (tmp_path / "ok.txt").write_text("x")
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.png"))).write_bytes(b"x")
    tree = open_tree(tmp_path)
    assert [(problem.path, problem.reason) for problem in tree.problems] == [
        ("bad\\xff.png", "the file name is not UTF-8")
    ]


def test_odd_but_proper_names_work(tmp_path: Path) -> None:
    for name in ("with blank.png", "سطر.png", "new\nline.png", "a" * 251 + ".png"):
        save(tmp_path / name)
    assert len(open_tree(tmp_path).files) == 4


def test_missing_and_unsuitable_paths_say_so(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "self").symlink_to(tmp_path / "self")
    for name in ("nowhere", "pipe", "self"):
        with pytest.raises(InputError) as caught:
            open_tree(tmp_path / name)
        assert caught.value.why


def test_cancelling_ends_the_walk(tmp_path: Path) -> None:
    save(tmp_path / "a/b.png")
    control = Control()
    control.request("cancel")
    assert open_tree(tmp_path, control).files == {}


def test_reading_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x" * 100)
    with pytest.raises(InputError, match="larger than"):
        open_tree(tmp_path).read("a.txt", 99)
    (tmp_path / "long.txt").write_text("row\n" * 30_000)
    assert open_tree(tmp_path).head("long.txt").endswith(b"row\n")
