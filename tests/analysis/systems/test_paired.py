"""The difference of two readings of the same lines, against plain loops and scipy."""

import random
from functools import partial
from itertools import product
from pathlib import Path

import editdistance
import numpy as np
import pytest
from scipy import stats

from workbench.analysis.systems.paired import Side, SideLine, compare_sides, side_of_file
from workbench.analysis.systems.scoring import ScoreRules
from workbench.errors import InputError
from workbench.files import write_csv

WORDS = ("سلام", "دنیا", "باد", "باران", "کتاب", "قلم", "روز", "شب", "ماه")


def damaged(text: str, share: float, source: random.Random) -> str:
    return "".join("x" if source.random() < share else character for character in text)


def made_up(writers: int = 9, lines: int = 12, seed: int = 3) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Rows (id, reference, hypothesis, writer) of two systems, the second one better; writers differ."""
    source = random.Random(seed)
    rows_a, rows_b = [], []
    for writer in range(writers):
        level = source.uniform(0.05, 0.3)
        for line in range(lines):
            text = " ".join(source.choices(WORDS, k=source.randint(2, 7)))
            name = f"w{writer}-{line}"
            rows_a.append((name, text, damaged(text, level, source), f"w{writer}"))
            rows_b.append((name, text, damaged(text, 0.85 * level, source), f"w{writer}"))
    return rows_a, rows_b


def file_of(path: Path, rows) -> Path:
    write_csv(path, ("id", "reference", "hypothesis", "writer"), rows)
    return path


def sides(tmp_path: Path, rows_a, rows_b, rules: ScoreRules | None = None) -> tuple[Side, Side]:
    rules = rules or ScoreRules()
    return (
        side_of_file(file_of(tmp_path / "a.csv", rows_a), rules),
        side_of_file(file_of(tmp_path / "b.csv", rows_b), rules),
    )


def difference_pp(table: np.ndarray, places: np.ndarray, axis: int) -> np.ndarray:
    edits_a, edits_b, length = (table[places, column].sum(axis=axis) for column in range(3))
    return 100 * (edits_b - edits_a) / length


def test_the_difference_agrees_with_plain_loops_and_scipy(tmp_path):
    rows_a, rows_b = made_up()
    found = compare_sides(*sides(tmp_path, rows_a, rows_b))
    for metric, cut in zip(found.metrics, (str, str.split), strict=True):
        sums: dict[str, list[int]] = {}
        for (_, reference, read_a, writer), (_, _, read_b, _) in zip(rows_a, rows_b, strict=True):
            of_writer = sums.setdefault(writer, [0, 0, 0])
            of_writer[0] += editdistance.eval(cut(reference), cut(read_a))
            of_writer[1] += editdistance.eval(cut(reference), cut(read_b))
            of_writer[2] += len(cut(reference))
        table = np.array(list(sums.values()))
        edits_a, edits_b, length = table.sum(axis=0)
        assert metric.a == pytest.approx(edits_a / length)
        assert metric.b == pytest.approx(edits_b / length)
        assert metric.delta_pp == pytest.approx(100 * (edits_b - edits_a) / length)
        assert metric.relative_pct == pytest.approx(100 * (edits_b - edits_a) / edits_a)
        assert metric.length == length

        interval = stats.bootstrap(
            (np.arange(len(table)),),
            partial(difference_pp, table),
            method="percentile", n_resamples=20_000, rng=np.random.default_rng(1), vectorized=True,
        ).confidence_interval  # fmt: skip
        width = interval.high - interval.low
        assert metric.low_pp == pytest.approx(interval.low, abs=0.04 * width)
        assert metric.high_pp == pytest.approx(interval.high, abs=0.04 * width)

        gained = table[:, 1] - table[:, 0]
        as_far = [abs(np.dot(signs, gained)) >= abs(gained.sum()) for signs in product((1, -1), repeat=len(gained))]
        assert metric.permutation_p == pytest.approx(np.mean(as_far))
        by_scipy = stats.permutation_test(
            (table[:, 1].astype(float), table[:, 0].astype(float)), lambda one, other: one.sum() - other.sum(),
            permutation_type="samples", n_resamples=np.inf, alternative="two-sided",
        )  # fmt: skip
        assert metric.permutation_p == pytest.approx(by_scipy.pvalue)
        assert (metric.p < 0.05) == (metric.low_pp > 0 or metric.high_pp < 0)
    assert (found.cluster_unit, found.clusters, found.lines) == ("writers", 9, 108)
    assert found.a_better + found.b_better + found.same == 108


def test_exchanging_the_sides_turns_the_sign(tmp_path):
    a, b = sides(tmp_path, *made_up())
    one, other = compare_sides(a, b).metrics[0], compare_sides(b, a).metrics[0]
    assert one.delta_pp == pytest.approx(-other.delta_pp)
    assert (one.low_pp, one.high_pp) == pytest.approx((-other.high_pp, -other.low_pp))
    assert one.permutation_p == other.permutation_p


def test_only_common_lines_are_compared_and_the_others_are_counted(tmp_path):
    rows_a, rows_b = made_up()
    whole = compare_sides(*sides(tmp_path, rows_a[3:], rows_b[3:]))
    found = compare_sides(*sides(tmp_path, rows_a, [*rows_b[3:], ("extra", "ا", "ا", "w0")]))
    assert (found.lines, found.only_a, found.only_b) == (105, 3, 1)
    assert (found.examples_only_a, found.examples_only_b) == (("w0-0", "w0-1", "w0-2"), ("extra",))
    assert found.metrics == whole.metrics


def test_the_order_of_the_rows_changes_nothing(tmp_path):
    rows_a, rows_b = made_up()
    shuffled = random.Random(2).sample(rows_b, len(rows_b))
    assert (
        compare_sides(*sides(tmp_path, rows_a, shuffled)).metrics
        == compare_sides(*sides(tmp_path, rows_a, rows_b)).metrics
    )


def test_lines_furthest_apart_come_first(tmp_path):
    rows_a = [("1", "abcd", "abcd", "w"), ("2", "abcd", "xxxx", "w"), ("3", "abcd", "abcx", "w"), ("4", "a", "a", "w")]
    rows_b = [("1", "abcd", "abxx", "w"), ("2", "abcd", "abcd", "w"), ("3", "abcd", "abcd", "w"), ("4", "a", "a", "w")]
    found = compare_sides(*sides(tmp_path, rows_a, rows_b), shown=2)
    assert [(line.id, line.edits_a, line.edits_b) for line in found.most_different] == [("2", 4, 0), ("1", 0, 2)]
    assert (found.a_better, found.b_better, found.same) == (1, 2, 1)
    assert (found.metrics[0].low_pp, found.metrics[0].permutation_p) == (None, None)  # one writer


def test_references_that_differ_are_an_error_unless_one_side_counts(tmp_path):
    a, b = sides(tmp_path, [("1", "كتاب", "كتاب", "w"), ("2", "ab", "ab", "v")],
                 [("1", "کتاب", "کتاب", "w"), ("2", "ab", "ab", "v")])  # fmt: skip
    with pytest.raises(InputError, match=r"differ in 1 line of 2: 1: 'كتاب' and 'کتاب'.*--reference a"):
        compare_sides(a, b)
    by_a, by_b = compare_sides(a, b, reference="a"), compare_sides(a, b, reference="b")
    assert (by_a.metrics[0].a, by_a.metrics[0].b) == (0.0, 1 / 6)
    assert (by_b.metrics[0].a, by_b.metrics[0].b) == (1 / 6, 0.0)
    assert by_a.other_references == 1
    folded = sides(tmp_path, [("1", "كتاب", "كتاب", "w")], [("1", "کتاب", "کتاب", "w")],
                   ScoreRules(normalisation=("fold_kaf",)))  # fmt: skip
    assert compare_sides(*folded).other_references == 0


def test_a_side_without_references_takes_those_of_the_other(tmp_path):
    a, b = sides(tmp_path, *made_up())
    bare = Side("bare", {line_id: SideLine(None, line.hypothesis) for line_id, line in b.lines.items()})
    assert compare_sides(a, bare).metrics == compare_sides(a, b).metrics
    assert compare_sides(bare, a).metrics == compare_sides(b, a).metrics
    with pytest.raises(InputError, match="Neither"):
        compare_sides(bare, bare)


def test_other_ids_are_an_error_that_shows_them(tmp_path):
    a, b = sides(tmp_path, [("1.png", "ab", "ab", "w")], [("1", "ab", "ab", "w")])
    with pytest.raises(InputError, match=r"no line in common: ids of the one are like 1\.png, of the other like 1"):
        compare_sides(a, b)


def test_repeated_rows_count_once_and_contradicting_ones_are_left_out(tmp_path):
    rows = [("1", "ab", "ab", "w"), ("1", "ab", "ab", "w"), ("2", "ab", "ab", "w"), ("2", "ab", "ax", "w"),
            ("", "ab", "ab", "w"), ("3", "ab", "ab", "w")]  # fmt: skip
    side = side_of_file(file_of(tmp_path / "a.csv", rows), ScoreRules())
    assert list(side.lines) == ["1", "3"]
    assert side.remarks == (
        "a row that repeats an earlier one, counted once: 1 line (1)",
        "a row without an id, left out: 1 line (row 6)",
        "an id of several different rows, left out: which one counts is not told: 1 line (2)",
    )


def test_files_without_ids_cannot_be_paired(tmp_path):
    write_csv(tmp_path / "a.csv", ("reference", "hypothesis"), [("ab", "ab")])
    with pytest.raises(InputError, match="no column for the ids"):
        side_of_file(tmp_path / "a.csv", ScoreRules())


def test_placeholders_are_not_scored(tmp_path):
    a, b = sides(tmp_path, [("1", "ab#d", "abxxd", "w")], [("1", "ab#d", "abcd", "w")])
    assert compare_sides(a, b, wildcards="#").metrics[0].a == 0.0
