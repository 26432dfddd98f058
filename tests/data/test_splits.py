"""Parts: official or drawn, disjoint by writer, and the test part always whole."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.data.identifiers import natural_key, split_named
from workbench.data.line import LineSet, OfficialSplit, TextLine
from workbench.data.splits import clusters_of, shuffled, split_lines

Row = tuple[OfficialSplit | None, str | None]


def line_set(rows: list[Row], fingerprint: str = "f", page: bool = False) -> LineSet:
    lines = tuple(
        TextLine(f"l{at}", Path(f"l{at}.png"), "متن", "ar", split, writer, page=f"p{at // 7}" if page else None)
        for at, (split, writer) in enumerate(rows)
    )
    return LineSet("x", "manifest", Path("/x"), "ar", lines, (), fingerprint)


def written(count: int, per_writer: int, split: OfficialSplit | None = None, first: int = 0) -> list[Row]:
    return [(split, f"w{first + at // per_writer}") for at in range(count)]


def writers(lines: LineSet, ids: tuple[str, ...]) -> set[str | None]:
    wanted = set(ids)
    return {line.writer for line in lines.lines if line.id in wanted}


def test_three_official_parts_are_taken_as_they_are() -> None:
    lines = line_set([*written(6, 2, "train"), *written(4, 2, "validation", 5), *written(4, 2, "test", 9)])
    parts = split_lines(lines, "official")
    assert (len(parts.train), len(parts.validation), len(parts.test), parts.notes) == (6, 4, 4, ())


def test_writers_in_official_train_and_test_are_told_and_kept() -> None:
    lines = line_set([*written(6, 2, "train"), *written(4, 2, "validation", 9), *written(4, 2, "test", 2)])
    parts = split_lines(lines, "official")
    assert len(parts.train) == 6
    assert "1 writer in train and in test" in parts.notes[0]


def test_validation_becomes_test_and_its_writers_leave_train() -> None:
    lines = line_set([*written(100, 5, "train"), *written(30, 5, "validation", 19)])
    parts = split_lines(lines, "official")
    assert len(parts.test) == 30
    assert len(parts.train) + len(parts.validation) == 95
    assert "w19" not in writers(lines, parts.train) | writers(lines, parts.validation)
    assert not writers(lines, parts.train) & writers(lines, parts.validation)
    assert any("WRITERS ON BOTH SIDES: w19; their 5 lines" in note for note in parts.notes)
    assert 5 <= len(parts.validation) <= 15


def test_lines_of_no_part_are_never_used() -> None:
    rows = [*written(50, 5, "train"), *written(10, 5, "test", 20), *written(5, 5, None, 40)]
    for rule in ("official", "writers"):
        parts = split_lines(line_set(rows), rule)
        used = {*parts.train, *parts.validation, *parts.test}
        assert used == {f"l{at}" for at in range(60)}
        assert "5 lines belong to no part" in parts.notes[0]


def test_a_set_without_parts_is_drawn() -> None:
    lines = line_set(written(200, 5))
    parts = split_lines(lines, "official")
    assert parts.train == split_lines(lines, "writers").train
    assert "drawn" in parts.notes[0]


def test_a_set_of_train_alone_is_drawn() -> None:
    parts = split_lines(line_set(written(100, 5, "train")), "official")
    assert parts.test
    assert parts.validation


def test_a_set_of_test_alone_says_that_nothing_is_left_to_train_on() -> None:
    parts = split_lines(line_set(written(10, 5, "test")), "official")
    assert (parts.train, parts.validation, len(parts.test)) == ((), (), 10)
    assert parts.notes == ("no training lines are left",)


def test_an_empty_set_has_empty_parts() -> None:
    for rule in ("official", "writers"):
        parts = split_lines(line_set([]), rule)
        assert parts.train + parts.validation + parts.test == ()


def test_one_writer_cannot_be_parted() -> None:
    parts = split_lines(line_set(written(10, 10)), "writers")
    assert len(parts.train) == 10


@given(
    sizes=st.lists(st.integers(1, 12), min_size=3, max_size=40),
    fingerprint=st.text("0123456789abcdef", min_size=1, max_size=8),
)
def test_drawn_parts_are_whole_disjoint_and_never_share_a_writer(sizes: list[int], fingerprint: str) -> None:
    rows: list[Row] = [(None, f"w{writer}") for writer, size in enumerate(sizes) for _ in range(size)]
    lines = line_set(rows, fingerprint)
    parts = split_lines(lines, "writers")
    assert sorted(parts.train + parts.validation + parts.test) == sorted(line.id for line in lines.lines)
    sides = [writers(lines, ids) for ids in (parts.train, parts.validation, parts.test)]
    assert not sides[0] & sides[1]
    assert not sides[0] & sides[2]
    assert not sides[1] & sides[2]
    assert all(sides[at] for at in (0, 2))
    assert parts == split_lines(lines, "writers")


def test_shares_are_about_eighty_ten_ten() -> None:
    parts = split_lines(line_set(written(1000, 7)), "writers")
    assert [round(len(ids) / 10) for ids in (parts.train, parts.validation, parts.test)] == [80, 10, 10]


def test_another_data_set_is_parted_otherwise() -> None:
    rows = written(200, 5)
    assert split_lines(line_set(rows, "f"), "writers").test != split_lines(line_set(rows, "e"), "writers").test


def test_without_writers_pages_or_blocks_stay_together() -> None:
    bare: list[Row] = [(None, None)] * 100
    paged = line_set(bare, page=True)
    assert "page" in split_lines(paged, "writers").notes[-1]
    lines = line_set(bare)
    parts = split_lines(lines, "writers")
    assert "writers unknown" in parts.notes[-1]
    assert {int(one[1:]) // 10 for one in parts.test}.isdisjoint({int(one[1:]) // 10 for one in parts.train})


def test_clusters_are_writers_then_pages_then_blocks() -> None:
    ids = [f"l{at}" for at in range(25)]
    assert clusters_of(line_set(written(25, 5)), ids) == ("writers", tuple(f"w{at // 5}" for at in range(25)))
    assert clusters_of(line_set([(None, None)] * 25, page=True), ids)[0] == "pages"
    unit, clusters = clusters_of(line_set([(None, None)] * 25), ids[::-1])
    assert unit == "blocks"
    assert clusters[::-1] == tuple(f"block {at // 10}" for at in range(25))
    half = [*written(12, 3), *([(None, None)] * 13)]
    assert clusters_of(line_set(half), ids)[0] == "blocks"
    assert clusters_of(line_set(half), ids[:12])[0] == "writers"
    assert clusters_of(line_set([]), []) == ("blocks", ())


@given(count=st.integers(0, 300), key=st.text(max_size=5), number=st.integers(0, 9))
def test_shuffling_is_a_permutation_that_depends_on_the_key_alone(count: int, key: str, number: int) -> None:
    order = shuffled(count, key, number)
    assert sorted(order) == list(range(count))
    assert order == shuffled(count, key, number)


def test_shuffling_is_the_same_on_every_machine() -> None:
    assert shuffled(10, "a", 1) == [7, 9, 1, 8, 4, 5, 2, 6, 3, 0]


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("Training", "train"), ("TRAIN", "train"), ("Val", "validation"), ("valid", "validation"),
        ("Validate", "validation"), ("validation", "validation"), ("dev", "validation"), ("Test ", "test"),
        ("testing", "test"), ("eval", "test"), ("trainer", None), ("", None),
    ],
)  # fmt: skip
def test_names_of_parts(name: str, split: str | None) -> None:
    assert split_named(name) == split


def test_numbers_are_ordered_by_value() -> None:
    names = ["l10", "l9", "a", "l9b", "10", "9", "l09"]
    assert sorted(names, key=natural_key) == ["9", "10", "a", "l09", "l9", "l9b", "l10"]
