"""Parts: official or drawn, disjoint by writer, and the test part always whole."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.data.identifiers import natural_key, split_named
from workbench.data.line import LineSet, OfficialSplit, TextLine
from workbench.data.splits import clusters_of, rule_key, shuffled, split_by_ids, split_lines
from workbench.errors import InputError
from workbench.study.schema import SplitRule

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


# Rules beside official parts and writers


def khatt_lines(forms: int) -> LineSet:
    """Forms of two paragraphs of three lines; the reader's writers and pages."""
    ids = [f"AHTD3A{form:04d}_Para{part}_{row}" for form in range(forms) for part in (2, 3) for row in (1, 2, 3)]
    lines = tuple(
        TextLine(one, Path(f"{one}.tif"), "متن", "ar", None, one[:10], page=one.rpartition("_")[0]) for one in ids
    )
    return LineSet("khatt", "khatt_official", Path("/x"), "ar", lines, (), "f")


UNITS = {"writers": 10, "forms": 10, "paragraphs": 16, "pages": 16}
"""Rule to the characters of a KHATT id that name its unit."""


@given(
    rule=st.sampled_from(sorted(UNITS)),
    forms=st.integers(3, 30),
    seed=st.integers(0, 99),
)
def test_no_unit_is_in_two_parts(rule: SplitRule, forms: int, seed: int) -> None:
    lines = khatt_lines(forms)
    parts = split_lines(lines, rule, seed=seed)
    sides = [{line_id[: UNITS[rule]] for line_id in parts.of(part)} for part in ("train", "validation", "test")]
    assert sorted(parts.train + parts.validation + parts.test) == sorted(line.id for line in lines.lines)
    assert all(sides)
    assert not sides[0] & sides[1] | sides[0] & sides[2] | sides[1] & sides[2]
    assert parts == split_lines(lines, rule, seed=seed)


def test_a_paragraph_split_may_put_a_writer_on_both_sides_and_a_form_split_never() -> None:
    parts = split_lines(khatt_lines(12), "paragraphs")
    assert {line_id[:10] for line_id in parts.test} & {line_id[:10] for line_id in parts.train}
    assert "disjoint by paragraph" in parts.notes[-1]
    assert "disjoint by form" in split_lines(khatt_lines(12), "forms").notes[-1]


def test_another_seed_draws_other_parts() -> None:
    tests = {split_lines(khatt_lines(40), "writers", seed=seed).test for seed in range(6)}
    assert len(tests) == 6
    official = line_set([*written(100, 5, "train"), *written(30, 5, "test", 40)])
    carved = {split_lines(official, "official", seed=seed).validation for seed in range(4)}
    assert len(carved) > 1
    assert {split_lines(official, "official", seed=seed).test for seed in range(4)} == {
        tuple(f"l{n}" for n in range(100, 130))
    }


def test_units_that_are_not_told_are_replaced_by_larger_ones_and_said() -> None:
    parts = split_lines(line_set(written(60, 5)), "pages")
    assert parts.notes == ("pages are not known for every line", "parts are drawn anew (80/10/10), disjoint by writer")


@given(rule=st.sampled_from([*sorted(UNITS), "blocks"]), forms=st.integers(6, 20), folds=st.integers(2, 6))
def test_every_line_is_tested_in_one_fold(rule: SplitRule, forms: int, folds: int) -> None:
    lines = khatt_lines(forms)
    every = [split_lines(lines, rule, seed=3, folds=folds, fold=fold) for fold in range(1, folds + 1)]
    tested = [line_id for parts in every for line_id in parts.test]
    assert sorted(tested) == sorted(line.id for line in lines.lines)
    for parts in every:
        assert sorted(parts.train + parts.validation + parts.test) == sorted(tested)
        if rule != "blocks":
            length = UNITS[rule]
            test, rest = {i[:length] for i in parts.test}, {i[:length] for i in parts.train + parts.validation}
            assert not test & rest
            assert not {i[:length] for i in parts.validation} & {i[:length] for i in parts.train}
    largest, smallest = max(len(p.test) for p in every), min(len(p.test) for p in every)
    assert largest - smallest <= (1 if rule == "blocks" else 6)


def test_more_folds_than_units_are_refused() -> None:
    with pytest.raises(InputError, match="3 writers to part"):
        split_lines(line_set(written(30, 10)), "writers", folds=4)


@given(count=st.integers(10, 300), seed=st.integers(0, 20))
def test_blocks_are_stretches_of_neighbouring_ids(count: int, seed: int) -> None:
    rows: list[Row] = [(None, None)] * count
    parts = split_lines(line_set(rows), "blocks", seed=seed)
    numbers = [int(line_id[1:]) for line_id in parts.test]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    ends = [int(line_id[1:]) for line_id in parts.validation]
    gap = [number for number in range(ends[0], ends[-1] + 1) if number not in ends]
    assert gap in ([], numbers)
    assert len(parts.train) + len(ends) + len(numbers) == count
    assert abs(len(numbers) - count / 10) <= 1
    assert parts.train


def test_rules_have_one_name_each() -> None:
    names = {
        rule_key("official"), rule_key("writers"), rule_key("writers", seed=1), rule_key("writers", folds=2),
        rule_key("writers", folds=2, fold=2),
    }  # fmt: skip
    assert rule_key("official") == "official"
    assert len(names) == 5


# Parts from lists of ids


def test_lists_of_ids_decide_and_the_order_is_the_data_sets() -> None:
    lines = line_set(written(40, 4))
    parts = split_by_ids(lines, ["l5", "l2"], ["l9"], ["l30", "l11"])
    assert (parts.train, parts.validation, parts.test) == (("l2", "l5"), ("l9",), ("l11", "l30"))
    assert parts.notes == ("the parts are those of lists of ids", "35 lines in none of the lists: never used")


def test_without_a_validation_list_one_is_carved_by_writer() -> None:
    lines = line_set(written(40, 4))
    parts = split_by_ids(lines, [f"l{at}" for at in range(36)], [], ["l39"])
    assert not writers(lines, parts.train) & writers(lines, parts.validation)
    assert len(parts.validation) == 4


@pytest.mark.parametrize(
    ("train", "test", "words"),
    [
        (["l1", "l2"], ["l2"], "1 line in train and in test"),
        ([], ["l2"], "train ids names no line"),
        (["l1"], [], "test"),
    ],
)
def test_lists_that_cannot_be_are_refused(train: list[str], test: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        split_by_ids(line_set(written(9, 3)), train, [], test)
