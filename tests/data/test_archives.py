"""Archives read like the folders that were packed into them, and nothing in them leads anywhere else."""

import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.data.forms import FORMS, save, write
from workbench.data import archives
from workbench.data import tree as tree_module
from workbench.data.archives import open_archive, safe_name
from workbench.data.catalog import Inspection, OpenedDataset, import_datasets, inspect, open_dataset
from workbench.data.tree import open_tree
from workbench.errors import InputError
from workbench.runs.control import Control
from workbench.runs.workspace import open_workspace


def pack_zip(folder: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.rglob("*")):
            file.write(path, path.relative_to(folder))


def _pack_tar(mode: str) -> Callable[[Path, Path], None]:
    def pack(folder: Path, archive: Path) -> None:
        with tarfile.open(archive, mode) as file:  # pyright: ignore[reportArgumentType, reportCallIssue]
            for path in sorted(folder.iterdir()):
                file.add(path, path.relative_to(folder))

    return pack


PACKERS: dict[str, Callable[[Path, Path], None]] = {
    "set.zip": pack_zip,
    "set.tar": _pack_tar("w"),
    "set.tar.gz": _pack_tar("w:gz"),
    "set.tar.bz2": _pack_tar("w:bz2"),
}


def look(path: Path) -> Inspection:
    *_, last = inspect(path)
    assert isinstance(last, Inspection)
    return last


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["set.zip", "set.tar.gz"])
def test_every_form_reads_the_same_packed(form: str, name: str, tmp_path: Path) -> None:
    FORMS[form](tmp_path / "set")
    PACKERS[name](tmp_path / "set", tmp_path / name)
    plain, packed = look(tmp_path / "set"), look(tmp_path / name)
    assert packed.form == form
    assert [lines.fingerprint for lines in packed.sets] == [lines.fingerprint for lines in plain.sets]
    assert [lines.lines for lines in packed.sets] == [lines.lines for lines in plain.sets]
    assert [lines.problems for lines in packed.sets] == [lines.problems for lines in plain.sets]


@pytest.mark.parametrize("name", PACKERS)
def test_a_packed_data_set_is_opened_again_without_looking_into_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FORMS["nust_uhwr"](tmp_path / "set")
    PACKERS[name](tmp_path / "set", tmp_path / name)
    workspace = open_workspace(tmp_path / "workspace")
    *_, opened = import_datasets(workspace, tmp_path / name, name="packed")
    assert isinstance(opened, OpenedDataset)

    def refuse(*_: object) -> None:
        raise AssertionError("the archive is read again")

    monkeypatch.setattr("workbench.data.tree.open_archive", refuse)
    *_, again = open_dataset(workspace, "packed")
    assert isinstance(again, OpenedDataset)
    assert again.lines == opened.lines
    os.utime(tmp_path / name, ns=(1, 1))
    with pytest.raises(AssertionError):
        list(open_dataset(workspace, "packed"))


def test_archives_in_a_folder_are_read_in_their_place(tmp_path: Path) -> None:
    """As the parts of KHATT's pilot packaging are given out."""
    for part in ("Training", "Validation"):
        for line in range(1, 4):
            save(tmp_path / "plain" / part / f"AHTD3A000{line}_Para2_1.tif")
            write(tmp_path / "plain" / part / f"AHTD3A000{line}_Para2_1.txt", f"بيت {part}")
        (tmp_path / "set/data").mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(tmp_path / f"set/data/{part}.zip", "w") as file:
            # Images and texts far apart: who pairs them by the order of members finds nothing.
            for ending in ("tif", "txt"):
                for path in sorted((tmp_path / "plain" / part).glob(f"*.{ending}")):
                    file.write(path, f"{part}/{path.name}")
    (lines,) = look(tmp_path / "set").sets
    assert lines.form == "khatt_pilot"
    assert len(lines.part("train")) == len(lines.part("validation")) == 3
    assert lines.lines[0].image == Path("data/Training.zip/Training/AHTD3A0001_Para2_1.tif")


def test_an_archive_beside_the_folder_unpacked_from_it_counts_nothing_twice(tmp_path: Path) -> None:
    count = FORMS["same_stem"](tmp_path / "set/lines")
    pack_zip(tmp_path / "set/lines", tmp_path / "set/lines.zip")
    (lines,) = look(tmp_path / "set").sets
    assert len(lines.lines) == count
    assert [(one.path, "not read" in one.reason) for one in lines.problems if one.path == "lines.zip"] == [
        ("lines.zip", True)
    ]


def test_a_large_table_in_an_archive_is_copied_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_module, "_MAX_IN_MEMORY_BYTES", 100)
    FORMS["hf_parquet"](tmp_path / "set")
    pack_zip(tmp_path / "set", tmp_path / "set.zip")
    (lines,) = look(tmp_path / "set.zip").sets
    assert len(lines.lines) == 10
    with open_tree(tmp_path / "set.zip").open("data/train-00000-of-00002-0a1b.parquet", 10**9) as file:
        assert file.fileno() > 0


def test_an_archive_of_texts_alone_is_read_beside_images(tmp_path: Path) -> None:
    for at in range(3):
        save(tmp_path / f"data/train/{at}.jpg")
    texts = "".join(f"train/{at} بيت {at}\n" for at in range(3)).encode()
    with tarfile.open(tmp_path / "config_files.tar.bz2", "w:bz2") as file:
        for name in ("train_text.txt", "train_ids.txt"):
            info = tarfile.TarInfo(name)
            info.size = len(texts)
            file.addfile(info, io.BytesIO(texts))
    tree = open_tree(tmp_path)
    assert tree.read("config_files.tar.bz2/train_text.txt", 1000) == texts
    assert tree.head("config_files.tar.bz2/train_text.txt") == texts


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("a/b.png", "a/b.png"),
        ("./a//b.png", "a/b.png"),
        ("a\\b.png", "a/b.png"),
        ("../b.png", None),
        ("a/../../b.png", None),
        ("/etc/passwd", None),
        ("C:\\b.png", None),
        ("a\x00.png", None),
        ("", None),
        (".", None),
    ],
)
def test_names_that_lead_out_are_refused(name: str, meant: str | None) -> None:
    assert safe_name(name) == meant


def test_a_tar_with_hostile_members_gives_its_plain_files_alone(tmp_path: Path) -> None:
    def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, link
        info.size = 4 if kind == tarfile.REGTYPE else 0
        return info

    with tarfile.open(tmp_path / "set.tar", "w") as file:
        for info in (
            entry("good.txt"),
            entry("../out.txt"),
            entry("/etc/out.txt"),
            entry("link.txt", tarfile.SYMTYPE, "/etc/passwd"),
            entry("hard.txt", tarfile.LNKTYPE, "good.txt"),
            entry("zero", tarfile.CHRTYPE),
            entry("pipe", tarfile.FIFOTYPE),
            entry("good.txt"),
        ):
            file.addfile(info, io.BytesIO(b"text") if info.size else None)
    tree = open_tree(tmp_path / "set.tar")
    assert list(tree.files) == ["good.txt"]
    assert tree.read("good.txt", 10) == b"text"
    told = {problem.path: problem.reason for problem in tree.problems}
    assert set(told) == {"../out.txt", "/etc/out.txt", "link.txt", "hard.txt", "zero", "pipe", "good.txt"}
    assert "leads out" in told["../out.txt"]
    assert "twice" in told["good.txt"]
    assert not (tmp_path.parent / "out.txt").exists()


def test_an_encrypted_member_is_told_and_not_asked_for_a_password(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as file:
        file.writestr("a.txt", "text")
        file.writestr("b.txt", "text")
    content = bytearray((tmp_path / "set.zip").read_bytes())
    central = content.index(b"PK\x01\x02")
    content[central + 8] |= 1
    (tmp_path / "set.zip").write_bytes(content)
    tree = open_tree(tmp_path / "set.zip")
    assert list(tree.files) == ["b.txt"]
    assert [(problem.path, problem.reason.startswith("encrypted")) for problem in tree.problems] == [("a.txt", True)]


def test_a_damaged_member_costs_that_member_alone(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w", zipfile.ZIP_STORED) as file:
        file.writestr("a.txt", "first text")
        file.writestr("b.txt", "second text")
    content = (tmp_path / "set.zip").read_bytes().replace(b"first text", b"torn! text")
    (tmp_path / "set.zip").write_bytes(content)
    tree = open_tree(tmp_path / "set.zip")
    with pytest.raises(InputError, match="damaged"):
        tree.read("a.txt", 100)
    assert tree.read("b.txt", 100) == b"second text"


@pytest.mark.parametrize("name", ["set.zip", "set.tar", "set.tar.gz", "set.tar.bz2", "set.tar.xz"])
@pytest.mark.parametrize("content", [b"", b"no archive at all", b"\x1f\x8b\x08torn"])
def test_what_is_no_archive_is_said(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match="not an archive, or damaged"):
        open_tree(tmp_path / name)
    save(tmp_path / "line.png")
    write(tmp_path / "line.txt", "بيت")
    (lines,) = look(tmp_path).sets
    assert len(lines.lines) == 1
    assert any(problem.path == name and not problem.is_note for problem in lines.problems)


def test_a_bomb_is_stopped_while_it_unpacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "RATIO_COUNTS_FROM_BYTES", 1_000_000)
    with zipfile.ZipFile(tmp_path / "set.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("zeros.txt", bytes(4_000_000))
    with tarfile.open(tmp_path / "set.tar.gz", "w:gz") as tar:
        info = tarfile.TarInfo("zeros.txt")
        info.size = 4_000_000
        tar.addfile(info, io.BytesIO(bytes(4_000_000)))
    for name in ("set.zip", "set.tar.gz"):
        with pytest.raises(InputError, match="unpack to more than"):
            open_archive(tmp_path / name)


def test_a_size_that_lies_does_not_make_reading_longer(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("long.txt", "a" * 10_000)
    content = bytearray((tmp_path / "set.zip").read_bytes())
    central = content.index(b"PK\x01\x02")
    content[central + 24 : central + 28] = (5).to_bytes(4, "little")
    (tmp_path / "set.zip").write_bytes(content)
    archive = open_archive(tmp_path / "set.zip")
    assert archive.members == {"long.txt": 5}
    with pytest.raises(InputError, match="damaged"):  # five bytes are unpacked, and their sum is not the told one
        archive.read("long.txt", 100)


def test_cancelling_ends_the_unpacking(tmp_path: Path) -> None:
    FORMS["same_stem"](tmp_path / "set")
    PACKERS["set.tar.gz"](tmp_path / "set", tmp_path / "set.tar.gz")
    control = Control()
    control.request("cancel")
    assert open_tree(tmp_path / "set.tar.gz", control).files == {}


def test_names_in_utf8_without_the_flag_are_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as file:
        file.writestr("سطر.txt", "text")
    content = bytearray((tmp_path / "set.zip").read_bytes())
    for mark, at in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        content[content.index(mark) + at] &= ~0x08
    (tmp_path / "set.zip").write_bytes(content)
    tree = open_tree(tmp_path / "set.zip")
    assert list(tree.files) == ["سطر.txt"]
    assert tree.read("سطر.txt", 10) == b"text"
