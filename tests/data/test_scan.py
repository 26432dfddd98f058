"""The scan of a line, read again from where the data set lies."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.data.forms import FORMS, save
from workbench.data.catalog import OpenedDataset, import_datasets
from workbench.data.scan import read_scan
from workbench.errors import InputError
from workbench.runs.workspace import open_workspace


def opened(path: Path, tmp_path: Path) -> OpenedDataset:
    *_, last = import_datasets(open_workspace(tmp_path / "workspace"), path, name=path.name)
    assert isinstance(last, OpenedDataset)
    return last


def packed(tmp_path: Path, form: str) -> Iterator[Path]:
    """A form as a folder, as an archive, and as an archive in a folder."""
    FORMS[form](tmp_path / "plain")
    yield tmp_path / "plain"
    yield Path(shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "plain"))
    (tmp_path / "outer").mkdir()
    shutil.move(tmp_path / "packed.zip", tmp_path / "outer")
    yield tmp_path / "outer"


@pytest.mark.parametrize("form", ["same_stem", "page_xml"])
def test_the_crop_of_the_scan_is_what_the_cache_holds(form: str, tmp_path: Path) -> None:
    for path in packed(tmp_path, form):
        found = opened(path, tmp_path)
        for line in found.lines.lines:
            scan = read_scan(found, line)
            top, bottom, left, right = found.cache.box(line.id)
            down, across = scan.box[0], scan.box[2]
            kept = scan.ink[top - down : bottom - down, left - across : right - across]
            np.testing.assert_array_equal(kept, found.cache.image(line.id))


def test_a_folder_is_not_listed_for_one_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FORMS["same_stem"](tmp_path / "set")
    found = opened(tmp_path / "set", tmp_path)

    def refuse(*_: object) -> None:
        raise AssertionError("the folder is listed")

    monkeypatch.setattr("workbench.data.tree._walk", refuse)
    assert read_scan(found, found.lines.lines[0]).ink.size


def test_another_image_or_none_is_said(tmp_path: Path) -> None:
    FORMS["same_stem"](tmp_path / "set")
    found = opened(tmp_path / "set", tmp_path)
    line = found.lines.lines[0]
    save(tmp_path / "set" / line.image, "ا")
    with pytest.raises(InputError, match="has changed since"):
        read_scan(found, line)
    (tmp_path / "set" / line.image).unlink()
    with pytest.raises(InputError, match="no such file"):
        read_scan(found, line)
