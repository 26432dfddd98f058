"""The index of what runs read: exact texts back, filters, orders, and files that are damaged or gone."""

import os
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.lines.reading_index import Confusion, LineReading, ReadingIndex
from workbench.analysis.lines.reading_index_maker import IndexProgress, Wanted, index_path, open_or_make
from workbench.analysis.lines.selection import Compared, LineWish, Sample, Selection, select
from workbench.analysis.lines.text_blocks import BLOCK_LINES, packed, unpacked
from workbench.errors import InputError, WorkspaceError
from workbench.files import sha256_of
from workbench.metrics.error_rate import count_characters
from workbench.runs.control import Control
from workbench.runs.predictions import Prediction, write_predictions
from workbench.runs.store import RunStore
from workbench.runs.workspace import open_workspace

REFERENCES = {
    "l1": "کتاب نو",
    "l2": "باب <b>دوم</b>",
    "l3": "",
    "l4": "شهر\nآب",
    "l5": "\u202eabc\u202c گل",
}
SINGLE = {"l1": "كتاب نو", "l2": "باب <b>دوم</b>", "l3": "چ", "l4": "شهر آب", "l5": "\u202eabc\u202c گلل"}
MULTI = {"l1": "کتاب نو", "l2": "باب <b>دم</b>", "l3": "", "l4": "شهر آب", "l5": "abc گل"}
BOTH = Compared(single=(0,), multi=(1,))


def prediction(line_id: str, reference: str, hypothesis: str, **fields: Any) -> Prediction:
    count = count_characters(reference, hypothesis)
    return Prediction(line_id, "set", "test", "last", reference, hypothesis, count.edits, count.length, **fields)


def write_run(store: RunStore, run: str, texts: dict[str, str], references: dict[str, str] = REFERENCES) -> None:
    rows = [prediction(line_id, references[line_id], text) for line_id, text in texts.items()]
    other = Prediction("l1", "other", "test", "last", "x", "y", 1, 1)
    write_predictions(store.predictions_file(run), [other, *rows])


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(open_workspace(tmp_path / "workspace"))


def wanted(*runs: str, **fields: str) -> Wanted:
    return Wanted(runs, "set", "test", "last", **fields)


def made(store: RunStore, wish: Wanted) -> ReadingIndex:
    *_, index = open_or_make(store, wish, Control())
    assert isinstance(index, ReadingIndex)
    return index


@pytest.fixture
def index(store: RunStore):
    write_run(store, "a", SINGLE)
    write_run(store, "b", MULTI)
    index = made(store, wanted("a", "b"))
    yield index
    index.close()


def shown(index: ReadingIndex, marked: tuple[str, ...] = (), **wish: Any) -> list[str]:
    *_, selection = select(index, LineWish(**wish), BOTH, marked, Control())
    assert isinstance(selection, Selection)
    assert all(selection.rows[line] == row for row, line in enumerate(selection.positions))
    assert (selection.rows >= 0).sum() == len(selection.positions)
    return [index.line_id(line) for line in selection.positions]


def test_every_text_comes_back_as_it_was_read(index: ReadingIndex) -> None:
    assert index.lines == 5
    for line, (line_id, reference) in enumerate(REFERENCES.items()):
        assert index.line_id(line) == line_id
        assert index.reference(line) == reference
        assert [reading.hypothesis for _, reading in index.readings(line)] == [SINGLE[line_id], MULTI[line_id]]
        assert index.position(line_id) == line
    assert index.position("nothing") is None
    assert index.lengths[0].tolist() == [len(text) for text in REFERENCES.values()]


@given(st.lists(st.text(), min_size=1))
def test_blocks_keep_any_text(texts: list[str]) -> None:
    assert unpacked(packed(texts)) == texts


def test_many_lines_in_any_order_and_with_gaps(store: RunStore) -> None:
    number = 2 * BLOCK_LINES + 40
    references = {f"n{n}": f"سطر {n}" for n in range(number)}
    read = {line_id: text + "!" for line_id, text in reversed(references.items()) if line_id != "n7"}
    write_run(store, "a", {f"n{n}": references[f"n{n}"] for n in range(0, number, 2)}, references)
    write_run(store, "b", read, references)
    index = made(store, wanted("a", "b"))
    assert index.lines == number - 1
    for line in range(index.lines):
        line_id = index.line_id(line)
        found = {run: reading.hypothesis for run, reading in index.readings(line)}
        expected = {0: references[line_id]} if int(line_id[1:]) % 2 == 0 else {}
        expected |= {1: read[line_id]} if line_id in read else {}
        assert found == expected
    assert shown(index, search="سطر 551") == ["n551"]
    index.close()


def test_frames_and_confidences_belong_to_characters(store: RunStore) -> None:
    rows = [
        prediction("x", "قلم", "قل", char_frames=(9, 4), char_confidences=(0.5, 1.0)),
        prediction("y", "قلم", "قلم", char_frames=(9, 4), char_confidences=(0.5, 1.0, 0.25)),
    ]
    write_predictions(store.predictions_file("a"), rows)
    index = made(store, wanted("a"))
    assert list(index.readings(0)) == [(0, LineReading("قل", 1, 3, (9, 4), (0.5, 1.0)))]
    assert list(index.readings(1)) == [(0, LineReading("قلم", 0, 3, (), (0.5, 1.0, 0.25)))]
    index.close()


def test_a_file_of_an_early_version_has_no_frames(store: RunStore, index: ReadingIndex) -> None:
    path = store.predictions_file("a")
    path.write_text("line_id,target,split,selection,reference,hypothesis,edits,length\r\nl,set,test,last,ab,a,1,2\r\n")
    index = made(store, wanted("a"))
    assert list(index.readings(0)) == [(0, LineReading("a", 1, 2))]
    index.close()


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({}, ["l1", "l2", "l3", "l4", "l5"]),
        ({"choice": "multi_right"}, ["l1"]),
        ({"choice": "single_right"}, ["l2"]),
        ({"choice": "wrong"}, ["l4", "l5"]),
        ({"choice": "right"}, []),
        ({"choice": "multi_better"}, ["l1"]),
        ({"choice": "single_better"}, ["l2", "l5"]),
        ({"search": "<b>"}, ["l2"]),
        ({"search": "كتاب"}, ["l1"]),
        ({"search": "L4"}, ["l4"]),
        ({"search": r"/^.{0,2}$/"}, ["l1", "l2", "l3", "l4", "l5"]),
        ({"search": r"/^چ$/"}, ["l3"]),
        ({"search": r"/\n/"}, ["l4"]),
        ({"search": "U+202E"}, ["l5"]),
        ({"character": "ک"}, ["l1"]),
        ({"character": "ک", "read_as": "ل"}, []),
        ({"character": "و", "read_as": ""}, ["l2"]),
        ({"character": ""}, ["l3", "l5"]),
        ({"read_as": "چ"}, ["l3"]),
        ({"read_as": ""}, ["l2", "l5"]),
        ({"cluster": "nobody"}, []),
        ({"marks": "noted"}, ["l2", "l4"]),
        ({"key": "delta"}, ["l1", "l4", "l2", "l5", "l3"]),
        ({"key": "delta", "is_descending": True}, ["l5", "l2", "l4", "l1", "l3"]),
        ({"key": "text"}, ["l3", "l2", "l4", "l1", "l5"]),
        ({"key": "text", "is_descending": True}, ["l5", "l1", "l4", "l2", "l3"]),
    ],
)
def test_filters_and_orders(index: ReadingIndex, wish: dict[str, Any], expected: list[str]) -> None:
    assert shown(index, marked=("l4", "l2", "gone"), **wish) == expected


def test_another_architecture_is_right(index: ReadingIndex) -> None:
    compared = Compared(single=(), multi=(0,), others={"crnn": (1,)})
    for choice, expected in (("own_right", ["l2"]), ("other_right", ["l1"])):
        *_, selection = select(index, LineWish(choice=choice, other="crnn"), compared, (), Control())
        assert isinstance(selection, Selection)
        assert [index.line_id(line) for line in selection.positions] == expected


def test_only_runs_of_one_draw_and_seed_are_compared(store: RunStore) -> None:
    """Of the baseline two seeds are there, of the arm the first one alone: the other is no part of a difference."""
    references = {"x": "قلم", "y": "کتاب"}
    write_run(store, "single-0", {"x": "قلم", "y": "کتا"}, references)
    write_run(store, "single-1", {"x": "", "y": ""}, references)
    write_run(store, "multi-0", {"x": "قل"}, references)
    write_run(store, "rival-1", {"x": "قلم", "y": ""}, references)
    index = made(store, wanted("single-0", "single-1", "multi-0", "rival-1"))
    trainings = ((0, 0), (0, 1), (0, 0), (0, 1))
    compared = Compared((0, 1), (2,), {"crnn": (3,)}, trainings)

    def select_all(**wish: Any) -> Selection:
        *_, selection = select(index, LineWish(**wish), compared, (), Control())
        assert isinstance(selection, Selection)
        return selection

    selection = select_all()
    assert (selection.single[0], selection.multi[0]) == (0.0, pytest.approx(1 / 3))
    assert selection.delta[0] == pytest.approx(1 / 3)
    assert selection.single[1] == pytest.approx(5 / 8)  # nothing to compare it with: all that there is
    assert np.isnan([selection.multi[1], selection.delta[1]]).all()
    assert select_all(choice="single_right").positions.tolist() == [0]
    assert select_all(choice="other_right", other="crnn").positions.tolist() == []
    index.close()


def test_readings_of_other_references_are_not_compared(store: RunStore) -> None:
    write_run(store, "a", {"x": "قل"}, {"x": "قلم"})
    write_run(store, "b", {"x": "قل"}, {"x": "قلمم"})
    index = made(store, wanted("a", "b"))
    *_, selection = select(index, LineWish(), BOTH, (), Control())
    assert isinstance(selection, Selection)
    assert (selection.single[0], selection.multi[0]) == (pytest.approx(1 / 3), 0.5)
    assert np.isnan(selection.delta[0])
    index.close()


def test_a_sample_follows_from_its_seed_alone(index: ReadingIndex) -> None:
    three = shown(index, sample=Sample(3, seed=4))
    assert three == shown(index, sample=Sample(3, seed=4))
    assert shown(index, sample=Sample(5, seed=4))[:3] == three
    assert {tuple(shown(index, sample=Sample(5, seed=seed))) for seed in range(9)} != {tuple(three)}
    assert sorted(shown(index, sample=Sample(3, seed=4), key="text")) == sorted(three)
    assert shown(index, sample=Sample(9, seed=4), choice="multi_right") == ["l1"]


def test_a_pattern_that_is_none(index: ReadingIndex) -> None:
    with pytest.raises(InputError):
        list(select(index, LineWish(search="/*/"), BOTH, (), Control()))


def test_a_search_stops_when_it_is_asked_to(index: ReadingIndex) -> None:
    control = Control()
    control.request("cancel")
    assert list(select(index, LineWish(search="x"), BOTH, (), control)) == []


def test_confusions_are_counted(index: ReadingIndex) -> None:
    assert index.confusions((0,)) == [
        Confusion("", "ل", 1),
        Confusion("", "چ", 1),
        Confusion("\n", " ", 1),
        Confusion("ک", "ك", 1),
    ]
    assert Confusion("\n", " ", 2) in index.confusions((0, 1))


def test_the_index_is_used_again_until_a_file_changes(store: RunStore, index: ReadingIndex) -> None:
    wish = wanted("a", "b")
    again = list(open_or_make(store, wish, Control()))
    assert len(again) == 1
    again[0].close()  # type: ignore[union-attr]
    before = index_path(store, wish)
    write_run(store, "a", {"l1": "ک"})
    assert index_path(store, wish) != before
    values = list(open_or_make(store, wish, Control()))
    assert all(isinstance(value, IndexProgress) for value in values[:-1])
    assert [value.share for value in values[:-1]] == sorted(value.share for value in values[:-1])
    values[-1].close()


def test_a_file_of_the_same_size_and_time_is_told_by_its_digest(store: RunStore) -> None:
    def digest_of(texts: dict[str, str]) -> str:
        write_run(store, "a", texts)
        os.utime(path, ns=(1, 1))
        return sha256_of(path)

    path = store.predictions_file("a")
    before = Wanted(("a",), "set", "test", "last", digests=(digest_of({"l1": "کتاب"}),))
    made(store, before).close()
    after = Wanted(("a",), "set", "test", "last", digests=(digest_of({"l1": "نتاب"}),))
    index = made(store, after)
    assert [reading.hypothesis for _, reading in index.readings(0)] == ["نتاب"]
    index.close()


def test_a_file_that_is_not_the_one_of_the_result_is_left_out(store: RunStore) -> None:
    write_run(store, "a", SINGLE)
    write_run(store, "b", MULTI)
    digests = ("0" * 64, sha256_of(store.predictions_file("b")))
    index = made(store, Wanted(("a", "b"), "set", "test", "last", digests=digests))
    assert index.unreadable == {"a": "they are not those that its result counts"}
    assert (index.edits[0] == -1).all()
    assert [run for run, _ in index.readings(0)] == [1]
    index.close()


def test_runs_without_a_file_and_damaged_files_are_told_apart(store: RunStore) -> None:
    write_run(store, "b", MULTI)
    store.folder("broken").mkdir(parents=True)
    lines = store.predictions_file("b").read_text(encoding="utf-8").splitlines(keepends=True)
    text = "".join(lines[:3]).replace("l1", "only here") + "torn,set"
    store.predictions_file("broken").write_text(text, encoding="utf-8")
    index = made(store, wanted("gone", "broken", "b"))
    assert index.unreadable["gone"] == ""
    assert "has 2 of 10 columns" in index.unreadable["broken"]
    assert [index.line_id(line) for line in range(index.lines)] == list(MULTI)
    assert [run for run, _ in index.readings(0)] == [2]
    assert index.edits.shape == (3, 5)
    index.close()


def test_nothing_at_all_was_read(store: RunStore) -> None:
    index = made(store, wanted("gone"))
    assert index.lines == 0
    *_, selection = select(index, LineWish(search="x"), Compared((0,), (0,)), (), Control())
    assert isinstance(selection, Selection)
    assert len(selection.positions) == 0
    index.close()


def test_a_cancelled_index_leaves_nothing(store: RunStore) -> None:
    write_run(store, "a", SINGLE)
    control = Control()
    control.request("cancel")
    assert not any(isinstance(value, ReadingIndex) for value in open_or_make(store, wanted("a"), control))
    assert list(index_path(store, wanted("a")).parent.iterdir()) == []


@pytest.mark.parametrize("damage", ["text", "empty", "version", "table"])
def test_a_damaged_index_is_made_anew(store: RunStore, damage: str) -> None:
    write_run(store, "a", SINGLE)
    made(store, wanted("a")).close()
    path = index_path(store, wanted("a"))
    if damage in ("text", "empty"):
        path.write_bytes(b"" if damage == "empty" else b"no database at all" * 100)
    else:
        connection = sqlite3.connect(path)
        connection.execute(
            "UPDATE facts SET value = '{\"version\": 0}'" if damage == "version" else "DROP TABLE numbers"
        )
        connection.commit()
        connection.close()
    index = made(store, wanted("a"))
    assert index.reference(0) == REFERENCES["l1"]
    index.close()


def test_a_lost_block_is_said(index: ReadingIndex) -> None:
    connection = sqlite3.connect(index.path)
    connection.execute("DELETE FROM blocks")
    connection.commit()
    connection.close()
    with pytest.raises(WorkspaceError, match="index of the predictions"):
        index.reference(0)


def test_rates_are_those_of_the_counts(index: ReadingIndex) -> None:
    *_, selection = select(index, LineWish(), Compared((0, 1), (1,)), (), Control())
    assert isinstance(selection, Selection)
    assert selection.single[0] == pytest.approx(1 / 14)
    assert np.isnan(selection.multi[2])
