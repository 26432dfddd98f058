"""Confusions by hand, their sums, and the lines behind them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.letters_made_up import asked_of, cell_of
from workbench.analysis.letters.character_classes import GROUPINGS
from workbench.analysis.letters.confusions import confusions
from workbench.analysis.letters.lines import lines_of_class, lines_of_confusion
from workbench.metrics.error_rate import count_characters, total

REFERENCES = ["باب", "فقه", ""]
SINGLE = [["تاب", "ققه", "x"], ["باب", "ققه", ""]]
MULTI = [["باب", "قه", ""], ["بابا", "فقه", ""]]


@pytest.fixture
def cell():
    return cell_of(REFERENCES, SINGLE, MULTI)


def test_by_hand(cell):
    found = {(one.reference, one.read): one for one in confusions(cell.texts, cell.single, cell.multi)}
    assert set(found) == {("ب", "ت"), ("ف", "ق"), ("ف", ""), ("", "x"), ("", "ا")}
    fa = found["ف", "ق"]
    assert (fa.left, fa.right, fa.occurrences, fa.lines) == (1.0, 0.0, 1, 1)
    assert (fa.left_share, fa.delta_pp) == (1.0, -100.0)
    ba = found["ب", "ت"]
    assert (ba.left, ba.occurrences, ba.left_share) == (0.5, 2, 0.25)
    assert found["ف", ""].right == 0.5
    assert (found["", "x"].left, found["", "x"].occurrences) == (0.5, 6)
    assert found["", "ا"].lines == 1


def test_most_frequent_first(cell):
    assert confusions(cell.texts, cell.single, cell.multi)[0].reference == "ف"
    assert confusions(cell.texts, (), ()) == ()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.text(st.sampled_from("ابی #"), max_size=9)] * 3), min_size=1, max_size=8))
def test_counts_add_up_to_the_edits(lines):
    references, one, other = zip(*lines, strict=True)
    cell = cell_of(references, [one], [other, one], wildcards="#")
    found = confusions(cell.texts, cell.single, cell.multi)
    edits = [total(count_characters(*pair, "#") for pair in zip(references, side, strict=True)).edits
             for side in (one, other)]  # fmt: skip
    assert sum(each.left for each in found) == pytest.approx(edits[0])
    assert sum(each.right for each in found) == pytest.approx(sum(edits) / 2)


def test_lines_behind_a_confusion(cell):
    (line,) = lines_of_confusion(cell.texts, cell.single, cell.multi, "ف", "ق")
    assert (line.line_id, line.places, line.left, line.right, line.gain) == ("l1", (0,), 1.0, 0.0, 1.0)
    assert [one.hypothesis for one in line.readings] == ["ققه", "ققه", "قه", "فقه"]
    assert [one.is_right_side for one in line.readings] == [False, False, True, True]
    (missed,) = lines_of_confusion(cell.texts, cell.single, cell.multi, "ف", "")
    assert (missed.line_id, missed.left, missed.right) == ("l1", 0.0, 0.5)
    assert lines_of_confusion(cell.texts, cell.single, cell.multi, "ژ", "ز") == ()


def test_lines_behind_an_insertion(cell):
    (line,) = lines_of_confusion(cell.texts, cell.single, cell.multi, "", "ا")
    assert (line.line_id, line.places) == ("l0", (2,))
    (empty,) = lines_of_confusion(cell.texts, cell.single, cell.multi, "", "x")
    assert (empty.line_id, empty.places, empty.left) == ("l2", (), 0.5)


def test_as_many_lines_as_the_confusion_says(cell):
    for one in confusions(cell.texts, cell.single, cell.multi):
        assert len(lines_of_confusion(cell.texts, cell.single, cell.multi, one.reference, one.read)) == one.lines


def test_lines_of_a_class_come_with_the_most_helped_first():
    references = ["باب", "بب", "با"]
    cell = cell_of(references, [["تات", "تب", "با"]], [["باب", "بت", "تا"]])
    classes = GROUPINGS["character"].apply(asked_of(cell))
    assert classes is not None
    number = cell.texts.characters.index("ب")
    lines = lines_of_class(cell, classes, number)
    assert [(line.line_id, line.places, line.left, line.right) for line in lines] == [
        ("l0", (0, 2), 2.0, 0.0),
        ("l1", (0, 1), 1.0, 1.0),
        ("l2", (0,), 0.0, 1.0),
    ]
