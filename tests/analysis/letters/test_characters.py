"""Error rates by class: hand-counted, adding up to the metric's edits, with intervals that are those of `contrast`."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.letters_made_up import asked_of, cell_of
from workbench.analysis.letters.character_classes import GROUPINGS, NO_CLASS, Classes, Seen
from workbench.analysis.letters.characters import rows_of, scored_over
from workbench.analysis.statistics.contrast import Scored, Term, contrast
from workbench.analysis.statistics.significance import holm
from workbench.metrics.error_rate import count_characters, total
from workbench.text.code_points import code_point

LINES = [f"{'باب تاج' * 3} {number}" for number in range(12)]


def rows(cell, way, **asked):
    classes = GROUPINGS[way].apply(asked_of(cell, **asked))
    assert classes is not None
    return {row.name: row for row in rows_of(cell, [classes])}


def without(letter, lines):
    return [line.replace(letter, "") for line in lines]


def test_counts_by_hand():
    cell = cell_of(["باب", "تاب"], [["ثاب", "تابا"]], [["باب", "اب"]])
    found = rows(cell, "character")
    ba, ta, alef = (found[code_point(letter)] for letter in "بتا")
    assert (ba.occurrences, ba.lines, ba.clusters) == (3, 2, 2)
    assert (ba.single.substituted, ba.single.deleted, ba.single.inserted) == (1, 0, 1)
    assert ba.single.rate_pct == pytest.approx(100 / 3)
    assert ba.single.instead == (("ث", 1.0),)
    assert (ba.multi.misread, ba.multi.rate_pct) == (0, 0.0)
    assert (ta.multi.deleted, ta.multi.rate_pct, ta.multi.instead) == (1, 100.0, ())
    assert ba.delta_pp == pytest.approx(-100 / 3)
    assert alef.delta_pp == 0.0
    assert ba.remark == "too few: 3 of at least 20"
    assert ba.low_pp is None
    assert ba.holm_p is None


def test_means_over_trainings():
    cell = cell_of(["باب"], [["با"], ["باب"]], [["با"], ["ا"]])
    row = rows(cell, "character")[code_point("ب")]
    assert (row.single.misread, row.multi.misread) == (0.5, 1.5)
    assert row.single.rate_pct == pytest.approx(25.0)
    assert row.delta_pp == pytest.approx(50.0)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.text(st.sampled_from("ابی #.1"), max_size=10)] * 3),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(["", "#"]),
)
def test_classes_add_up_to_the_edits_and_the_length_of_the_metric(lines, wildcards):
    references, one, other = zip(*lines, strict=True)
    cell = cell_of(references, [one], [other], wildcards=wildcards)
    asked = {"training": {"khatt": ["اب"], "uhwr": ["ی"]}, "seen": [Seen(("ا",), ("ب",))]}
    for way in ("all", "character", "kind", "line", "length", "frequency", "shared_code_points", "novelty_2"):
        found = rows(cell, way, **asked).values()
        for side, hypotheses, traces in (("single", one, cell.single), ("multi", other, cell.multi)):
            expected = total(count_characters(r, h, wildcards) for r, h in zip(references, hypotheses, strict=True))
            counts = [getattr(row, side) for row in found]
            # inserted characters have no place in an empty reference, and none that counts beside a placeholder
            placed = traces[0].insertions_at[cell.texts.is_counted].sum()
            lost = len(traces[0].inserted) - placed
            assert sum(c.misread + c.inserted for c in counts) + lost == expected.edits
        assert sum(row.occurrences for row in found) == expected.length


def test_the_whole_is_the_cer_without_insertions_and_line_lengths_are_the_cer():
    cell = cell_of(LINES, [without("ت", LINES)], [[line + "xx" for line in LINES]])
    (everything,) = rows(cell, "all").values()
    length = sum(map(len, LINES))
    assert everything.single.rate_pct == pytest.approx(100 * 36 / length)
    assert everything.multi.rate_pct == 0.0
    assert everything.multi.inserted == 24
    by_length = rows(cell, "length").values()
    assert sum(row.multi.rate_pct * row.occurrences / 100 for row in by_length) == pytest.approx(24)


def test_the_interval_is_that_of_contrast_on_the_same_counts():
    broken = [line.replace("ج", "ح") if number % 2 else line for number, line in enumerate(LINES)]
    cell = cell_of(LINES, [broken, LINES], [LINES, LINES])
    row = rows(cell, "character")[code_point("ج")]
    errors = np.array([[-3 if number % 2 else 0 for number in range(12)], [0] * 12])
    names = sorted(range(12), key=lambda number: f"w{number}")  # clusters are sorted by name
    scored = Scored(cell.part, cell.trainings, errors[:, names], np.full(12, 3))
    found = contrast([Term(1.0, scored)])
    assert (row.occurrences, row.delta_pp) == (36, pytest.approx(found.value))
    assert (row.low_pp, row.high_pp) == pytest.approx(found.interval())
    assert row.p == pytest.approx(found.p)
    assert row.remark == "such intervals cover the truth 98 to 100 times in 100"


def test_holm_corrects_over_the_classes_that_are_judged():
    cell = cell_of(LINES, [without("ج", LINES)], [without("ت", LINES)])
    found = list(rows(cell, "character").values())
    assert [row.holm_p for row in found] == list(holm([row.p for row in found]))
    judged = [row for row in found if row.p is not None]
    assert {row.name for row in judged} == {code_point(letter) for letter in "بات ج"}
    assert all(row.is_too_few for row in found if row.p is None)


def test_characters_of_few_writers_get_no_interval():
    cell = cell_of(LINES, [LINES], [LINES], clusters=["a", "b", "c"] * 4)
    row = rows(cell, "character")[code_point("ب")]
    assert (row.clusters, row.low_pp, row.remark) == (3, None, "no interval: only 3 writers have it")


def test_validation_lines_have_no_clusters_and_no_intervals():
    made = cell_of(LINES, [LINES], [without("ب", LINES)])
    object.__setattr__(made.texts, "clusters", ())
    row = rows(made, "character")[code_point("ب")]
    assert row.delta_pp == pytest.approx(100.0)
    assert row.remark == "no interval: clusters are kept of test lines only"


def test_classes_that_depend_on_the_training_have_exact_rates():
    """Two trainings with other characters in the class: the mean of both rates, not the rate of both together."""
    cell = cell_of(["اب", "اب", "اب", "اب"], [["ا"] * 4, ["اب"] * 4], [["اب"] * 4] * 2)
    of_place = np.array([[0, 0] * 4, [NO_CLASS, 0] * 4])
    (row,) = rows_of(cell, [Classes("novelty_2", ("a",), of_place)])
    assert row.single.rate_pct == pytest.approx((50 + 0) / 2)
    assert row.delta_pp == pytest.approx(-25.0)
    assert row.occurrences == 6


def test_common_lengths_keep_rates_and_influence():
    cell = cell_of(LINES, [LINES] * 2, [LINES] * 2)
    random = np.random.default_rng(3)
    lengths = random.integers(5, 50, (2, 12))
    errors = random.integers(0, 5, (2, 12))
    scored = scored_over(cell, errors, lengths)
    assert scored is not None
    assert scored.values == pytest.approx(100 * errors.sum(axis=1) / lengths.sum(axis=1))
    assert scored_over(cell, errors, np.zeros((2, 12), int)) is None
    same = scored_over(cell, errors, lengths[:1])
    assert same is not None
    assert np.array_equal(same.errors, errors)
