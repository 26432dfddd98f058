"""Parquet and Arrow tables: images are read a few rows at a time, damage is told, nothing leads anywhere else."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from tests.data import forms
from tests.data.fixtures import make_texts
from tests.data.forms import ARABIC, FORMS, drawn, save, write_kraken, write_parquet
from workbench.data import arrow_tables
from workbench.data.catalog import Inspection, OpenedDataset, detect, import_datasets, inspect, open_dataset
from workbench.data.line import LineSet, ReadProblem
from workbench.data.table_images import TableImages, open_table_images
from workbench.data.tree import RefusedPathError, open_tree
from workbench.errors import InputError
from workbench.runs.workspace import open_workspace

SHARD = "data/train-00000-of-00001.parquet"


def look(path: Path) -> LineSet:
    *_, last = inspect(path)
    assert isinstance(last, Inspection)
    (lines,) = last.sets
    return lines


def faults(lines: LineSet) -> list[ReadProblem]:
    return [problem for problem in lines.problems if not problem.is_note]


def notes(lines: LineSet) -> str:
    return "\n".join(problem.reason for problem in lines.problems if problem.is_note)


def opened(path: Path) -> TableImages:
    return open_table_images(path.open("rb"), path.name)


def read_all(path: Path) -> None:
    images = opened(path)
    for member in images.members:
        images.read(member, 10_000)


def numbered(count: int) -> list[bytes]:
    return [f"image {at} ".encode() * 50 for at in range(count)]


def make_parquet(path: Path, contents: list[bytes]) -> None:
    images = [{"bytes": content, "path": None} for content in contents]
    write_parquet(path, {"image": images, "text": ["ا"] * len(contents)}, rows_per_group=70)


def make_arrow(path: Path, contents: list[bytes]) -> None:
    lines = pyarrow.array([{"text": "ا", "im": content} for content in contents])
    table = pyarrow.table({"lines": lines})
    with pyarrow.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=70)


@pytest.mark.parametrize(("name", "make"), [("t.parquet", make_parquet), ("t.arrow", make_arrow)])
class TestImages:
    def test_are_read_in_any_order(self, name: str, make: Callable[[Path, list[bytes]], None], tmp_path: Path) -> None:
        contents = numbered(200)
        make(tmp_path / name, contents)
        images = opened(tmp_path / name)
        assert list(images.members) == [f"{row + 1}.png" for row in range(200)]
        for row in (0, 1, 199, 5, 69, 70, 71, 3, 150, 149, 0):
            assert images.read(f"{row + 1}.png", 10_000) == contents[row]
        assert images.read("8.png", 5) == b"image"

    def test_are_read_by_several_threads(
        self, name: str, make: Callable[[Path, list[bytes]], None], tmp_path: Path
    ) -> None:
        contents = numbered(200)
        make(tmp_path / name, contents)
        images = opened(tmp_path / name)
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda row: images.read(f"{row + 1}.png", 10_000), range(200)))
        assert found == contents

    def test_of_a_torn_table_are_an_error(
        self, name: str, make: Callable[[Path, list[bytes]], None], tmp_path: Path
    ) -> None:
        make(tmp_path / name, numbered(200))
        whole = (tmp_path / name).read_bytes()
        for content in (b"", whole[:100], whole[: len(whole) // 2], whole[:-3], b"x" * 400, whole[:8] + whole[-200:]):
            (tmp_path / name).write_bytes(content)
            with pytest.raises(InputError, match="damaged"):
                read_all(tmp_path / name)


def test_rows_are_not_all_held_in_memory(tmp_path: Path) -> None:
    contents = [bytes([row]) * 200_000 for row in range(120)]
    images = [{"bytes": content, "path": None} for content in contents]
    write_parquet(tmp_path / "t.parquet", {"image": images}, rows_per_group=10)
    table = opened(tmp_path / "t.parquet")
    before = pyarrow.total_allocated_bytes()
    peak = 0
    for row, content in enumerate(contents):
        assert table.read(f"{row + 1}.png", 1_000_000) == content
        peak = max(peak, pyarrow.total_allocated_bytes() - before)
    assert 0 < peak < sum(map(len, contents)) / 2


def test_names_of_files_are_kept_where_they_are_names(tmp_path: Path) -> None:
    paths = ["a.png", "x/b.tif", "c.png", "c.png", "../../etc/passwd", "/etc/d.png", "C:\\scans\\e.png", None, "3.png"]
    images = [{"bytes": b"x", "path": path} for path in [*paths, "e\x00.png", "4.png"]]
    write_parquet(tmp_path / "t.parquet", {"image": images})
    names = opened(tmp_path / "t.parquet").names
    assert names == (
        *("a.png", "b.tif", "c_3.png", "c_4.png", "5.png", "d.png", "e.png", "8.png", "3.png"),
        *("e_.png", "4.png"),
    )
    tree = open_tree(tmp_path)
    assert all(tree.read(f"t.parquet/{name}", 10) == b"x" for name in names)


def test_a_number_that_is_a_name_already_is_not_given_twice(tmp_path: Path) -> None:
    images = [{"bytes": b"first", "path": None}, {"bytes": b"second", "path": "1.png"}]
    write_parquet(tmp_path / "t.parquet", {"image": images})
    table = opened(tmp_path / "t.parquet")
    assert table.names == ("1_1.png", "1.png")
    assert table.read("1.png", 10) == b"second"


def test_hugging_face_shards_tell_part_writer_and_what_is_missing(tmp_path: Path) -> None:
    forms.hf_parquet(tmp_path)
    lines = look(tmp_path)
    assert [len(lines.part(part)) for part in ("train", "validation", "test")] == [8, 2, 0]
    assert {line.writer for line in lines.part("train")} == {"AHTD3A0000", "AHTD3A0001", "AHTD3A0002"}
    assert [(problem.row, problem.reason) for problem in faults(lines)] == [
        (3, "the row holds no image and names none"),
        (4, "the row holds no image and names none"),
    ]
    (tmp_path / "data/train-00001-of-00002-0a1b.parquet").unlink()
    lines = look(tmp_path)
    assert "of 2 shards of 'train', 1 are missing: 1" in [problem.reason for problem in faults(lines)]
    assert len(lines.part("train")) == 6


def test_a_shard_in_another_writing_of_the_same_is_read(tmp_path: Path) -> None:
    """Plain bytes, an id, a writer, a `label` of numbers that is no text; nested as in converted copies."""
    columns = {
        "img": [drawn(text) for text in ARABIC[:3]],
        "label": [0, 1, 2],
        "transcription": list(ARABIC[:3]),
        "line_id": ["x", "y", "z"],
        "writer": [7, 7, 8],
        "lang": ["arabic"] * 3,
    }
    write_parquet(tmp_path / "default/test/0000.parquet", columns)
    write_parquet(tmp_path / "small/test/0000.parquet", columns)
    lines = look(tmp_path)
    assert [(line.id, line.writer, line.split, line.language) for line in lines.lines] == [
        ("x", "7", "test", "ar"),
        ("y", "7", "test", "ar"),
        ("z", "8", "test", "ar"),
    ]
    assert "further folders of shards, not read, nothing counts twice: small" in notes(lines)


def test_lines_without_a_name_are_called_after_table_and_row(tmp_path: Path) -> None:
    make_parquet(tmp_path / SHARD, [drawn(text) for text in ARABIC[:2]])
    assert [line.id for line in look(tmp_path).lines] == [
        "data/train-00000-of-00001/1",
        "data/train-00000-of-00001/2",
    ]


def test_a_single_shard_can_be_given(tmp_path: Path) -> None:
    forms.hf_parquet(tmp_path)
    lines = look(tmp_path / "data/train-00001-of-00002-0a1b.parquet")
    assert [line.transcription for line in lines.lines] == list(ARABIC[6:8])
    lines = look(tmp_path / "data/validation-00000-of-00001.parquet")
    assert {line.image.as_posix().rpartition("/")[2] for line in lines.lines} == {
        "beside.png",
        "AHTD3A0003_Para2_0.tif",
    }


def test_a_damaged_shard_costs_its_lines_alone(tmp_path: Path) -> None:
    forms.hf_parquet(tmp_path)
    shard = tmp_path / "data/train-00001-of-00002-0a1b.parquet"
    shard.write_bytes(shard.read_bytes()[:-7])
    lines = look(tmp_path)
    (fault,) = [problem for problem in faults(lines) if "damaged" in problem.reason]
    assert fault.path == "data/train-00001-of-00002-0a1b.parquet"
    assert len(lines.lines) == 8
    for path in tmp_path.glob("data/*.parquet"):
        path.write_bytes(b"PAR1 torn")
    assert detect(tmp_path)[0].form == "hf_parquet"
    assert len(faults(look(tmp_path))) == 3


def test_a_text_that_is_not_utf8_costs_its_row(tmp_path: Path) -> None:
    texts = pyarrow.array([b"\xd9\x85", "مدرسة".encode("cp1256")], type=pyarrow.binary())
    text = pyarrow.StringArray.from_buffers(2, texts.buffers()[1], texts.buffers()[2])
    images = pyarrow.array([{"bytes": drawn("م"), "path": f"{at}.png"} for at in range(2)], type=forms.IMAGE)
    (tmp_path / "data").mkdir()
    pyarrow.parquet.write_table(pyarrow.table({"image": images, "text": text}), tmp_path / SHARD)
    lines = look(tmp_path)
    assert [line.transcription for line in lines.lines] == ["م"]
    assert [(problem.row, problem.reason) for problem in faults(lines)] == [(2, "the text is not UTF-8")]


def test_a_table_of_predictions_is_no_data_set(tmp_path: Path) -> None:
    images = [{"bytes": drawn("م"), "path": None}]
    write_parquet(tmp_path / SHARD, {"image": images, "text": ["م"], "prediction": ["ن"]})
    assert detect(tmp_path) == ()


def test_a_bomb_is_refused_by_its_own_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow_tables, "RATIO_COUNTS_FROM_BYTES", 1_000_000)
    images = [{"bytes": bytes(4_000_000), "path": None}]
    table = pyarrow.table({"image": pyarrow.array(images, type=forms.IMAGE), "text": ["م"]})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet", compression="zstd", use_dictionary=False)
    with pytest.raises(InputError, match="unpack to 4 MB"):
        opened(tmp_path / "t.parquet")
    monkeypatch.setattr(arrow_tables, "MAX_ROWS", 2)
    make_parquet(tmp_path / "t.parquet", numbered(3))
    with pytest.raises(InputError, match="more than 2 rows"):
        opened(tmp_path / "t.parquet")


def test_endless_texts_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow_tables, "MAX_TEXT_LENGTH", 100)
    images = [{"bytes": drawn("م"), "path": None}] * 3
    write_parquet(tmp_path / SHARD, {"image": images, "text": ["م" * 60] * 3})
    lines = look(tmp_path)
    assert [problem.reason for problem in faults(lines)] == ["its texts have more than 100 characters"]


def test_a_name_in_a_damaged_table_is_one_listed_line(tmp_path: Path) -> None:
    save(tmp_path / "a.png")
    (tmp_path / "t.parquet").write_bytes(b"PAR1 torn")
    (tmp_path / "lines.tsv").write_text("image\ttext\na.png\tقلم\nt.parquet/1.png\tبيت\n", encoding="utf-8")
    with pytest.raises(RefusedPathError, match="damaged"):
        open_tree(tmp_path).find("t.parquet/1.png")
    *_, found = inspect(tmp_path / "lines.tsv")
    assert isinstance(found, Inspection)
    (lines,) = found.sets
    assert ([line.id for line in lines.lines], [fault.row for fault in faults(lines)]) == (["a"], [3])


@pytest.mark.parametrize("form", ["hf_parquet", "kraken_arrow", "imagefolder"])
def test_without_pyarrow_the_form_is_named_and_the_way_to_it(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FORMS[form](tmp_path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    found = detect(tmp_path)[0]
    assert found.form == form
    assert "the package pyarrow is needed" in found.reason
    with pytest.raises(InputError, match="pyarrow is not installed") as caught:
        look(tmp_path)
    assert caught.value.hint == 'Install it: pip install "htr-workbench[arrow]"'


def test_kraken_masks_give_the_parts(tmp_path: Path) -> None:
    forms.kraken_arrow(tmp_path)
    lines = look(tmp_path)
    assert lines.language == "ar"
    assert [len(lines.part(part)) for part in ("train", "validation", "test", None)] == [4, 2, 3, 1]
    assert [line.transcription for line in lines.lines] == list(ARABIC[:10])
    assert "1 line of 8 in no part" in notes(lines)
    assert "cut along their baselines" in notes(lines)
    assert [line.id for line in lines.lines][:2] == ["set/lines/1", "set/lines/2"]


def test_kraken_lines_in_no_mask_at_all_have_no_part(tmp_path: Path) -> None:
    write_kraken(tmp_path / "set.arrow", [(text, None) for text in ARABIC[:4]])
    lines = look(tmp_path)
    assert [line.split for line in lines.lines] == [None] * 4
    assert "4 lines of 4 in no part" in notes(lines)
    assert "baselines" not in notes(lines)


def test_a_kraken_line_in_two_masks_is_listed(tmp_path: Path) -> None:
    write_kraken(tmp_path / "set.arrow", [(text, "train") for text in ARABIC[:3]])
    with pyarrow.ipc.open_file(tmp_path / "set.arrow") as reader:
        table = reader.read_all()
    table = table.set_column(3, "test", pyarrow.array([False, True, False]))
    with pyarrow.ipc.new_file(tmp_path / "set.arrow", table.schema) as writer:
        writer.write_table(table)
    lines = look(tmp_path)
    assert len(lines.lines) == 2
    assert [(problem.row, problem.reason) for problem in faults(lines)] == [
        (2, "the line is in more than one part: test, train")
    ]


def test_a_torn_kraken_file_is_a_listed_problem(tmp_path: Path) -> None:
    forms.kraken_arrow(tmp_path)
    path = tmp_path / "set/lines.arrow"
    path.write_bytes(path.read_bytes()[:-100])
    lines = look(tmp_path)
    assert len(lines.lines) == 2
    assert [(problem.path, "damaged" in problem.reason) for problem in faults(lines)] == [("set/lines.arrow", True)]


def test_tables_are_imported_and_opened_again(tmp_path: Path) -> None:
    texts = make_texts("ar", 40)
    make_parquet(tmp_path / "set" / SHARD, [drawn(text) for text in texts])
    workspace = open_workspace(tmp_path / "workspace")
    *_, stored = import_datasets(workspace, tmp_path / "set", name="shards")
    assert isinstance(stored, OpenedDataset)
    assert len(stored.cache) == len(stored.lines.lines) == 40
    *_, again = open_dataset(workspace, "shards")
    assert isinstance(again, OpenedDataset)
    assert (again.lines, again.has_changed) == (stored.lines, False)
