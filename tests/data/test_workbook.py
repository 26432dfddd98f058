"""Workbooks: read in rows, bounded before anything is unpacked."""

import zipfile
from pathlib import Path

import pytest

from tests.data.forms import write_workbook
from workbench.data.tree import open_tree
from workbench.data.workbook import read_sheets
from workbench.errors import InputError


def rows(path: Path) -> list[tuple[str, int, tuple[str, ...]]]:
    return list(read_sheets(open_tree(path), path.name))


def test_rows_of_all_sheets(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_workbook(path, {"One": [("a.tif", "قلم"), ("", ""), ("b.tif", "12")], "Two": [("c.tif", "باب")]})
    assert rows(path) == [("One", 1, ("a.tif", "قلم")), ("One", 3, ("b.tif", "12")), ("Two", 1, ("c.tif", "باب"))]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sheet.xml", "w") as member:
        for _ in range(210):
            member.write(bytes(1_000_000))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(InputError, match="unpacks to 210 MB"):
        rows(path)


def billion_laughs() -> str:
    entities = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 12))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{entities}]><sst><si><t>&l11;</t></si></sst>'


@pytest.mark.parametrize("member", ["xl/sharedStrings.xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_expanding_entities_are_refused(member: str, tmp_path: Path) -> None:
    write_workbook(tmp_path / "good.xlsx", {"One": [("a.tif", "قلم")]})
    path = tmp_path / "bad.xlsx"
    with zipfile.ZipFile(tmp_path / "good.xlsx") as good, zipfile.ZipFile(path, "w") as bad:
        for name in {*good.namelist(), member}:
            bad.writestr(name, billion_laughs() if name == member else good.read(name))
    with pytest.raises(InputError, match="DOCTYPE"):
        rows(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no workbook at all"])
def test_damaged_files_say_so(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        rows(tmp_path / "a.xlsx")
