"""Classes of characters against lines that were classed by hand; every way parts all that it should."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.letters_made_up import asked_of, cell_of
from workbench.analysis.letters.character_classes import (
    GROUPINGS,
    NO_CLASS,
    NOVELTY_NAMES,
    Seen,
    frequency_names,
    sharedness,
    sharedness_names,
)

TRAINING = {"khatt": ["ي ب", "ة"], "uhwr": ["ی ب", "ے"], "phtd": ["ی ب"]}


def classed(way, lines, training=None, seen=None, target="khatt", wildcards=""):
    """Name of the class of each character of the lines, joined."""
    cell = cell_of(lines, [lines], [lines], target=target, wildcards=wildcards)
    classes = GROUPINGS[way].apply(asked_of(cell, training, seen))
    assert classes is not None
    return [None if number == NO_CLASS else classes.names[number] for number in classes.of_place[0]]


def test_kinds():
    assert classed("kind", ["بَ1.", " +\u200c"]) == [
        "letters", "marks", "digits", "punctuation", "blanks", "symbols", "other characters",
    ]  # fmt: skip


def test_shared_code_points_and_shared_letters_differ_by_the_fold():
    line = ["ي بةے+"]
    all_three, one, others, nowhere = (
        "all three languages",
        "this language alone",
        "other languages alone",
        ("not in the training text"),
    )
    assert classed("shared_code_points", line, TRAINING) == [one, all_three, all_three, one, others, nowhere]
    assert classed("shared_letters", line, TRAINING) == [all_three, all_three, all_three, one, others, nowhere]


def test_sharedness_counts_languages_not_data_sets():
    assert sharedness(frozenset({"ar", "ur"}), "ar", 3) == "two languages"
    assert sharedness(frozenset({"ar", "ur"}), "ar", 2) == "both languages"
    assert sharedness(frozenset({"ar"}), "ar", 1) == "this language alone"
    assert sharedness_names(4)[:3] == ("all 4 languages", "all three languages", "two languages")


def test_words_are_runs_of_letters():
    words = {"F": "first of a word", "I": "inside a word", "L": "last of a word", "A": "a word alone", ".": None}
    assert classed("word", ["بابَ و با.", "د1د"]) == [words[one] for one in "FIL..A.FL." + "A.A"]


def test_marks_and_joiners_are_inside_a_word():
    assert classed("word", ["مَن\u200cم"]) == ["first of a word", None, "inside a word", None, "last of a word"]


def test_fifths_of_the_line():
    found = classed("line", ["ابابابابابا"[:10], "ا"])
    assert Counter(found[:10]) == dict.fromkeys(found[:10:2], 2)
    assert found[10] == "first fifth of the line"


def test_forms_and_skeletons():
    assert classed("form", ["بيت ا"]) == ["initial", "medial", "final", None, "isolated"]
    assert [(name or "").partition(" (")[0] for name in classed("dots", ["ثپش ء"])] == [
        "ba / ta / tha", "ba / ta / tha", "sin / shin", "", "",
    ]  # fmt: skip


def test_frequency_is_that_of_the_targets_own_training_text():
    training = {"khatt": ["ب" * 12 + "ا" * 9 + "ت" * 1000], "uhwr": ["ث" * 50]}
    assert classed("frequency", ["باتث"], training) == [
        "10 to 99 times", "1 to 9 times", "1,000 times or more", "never",
    ]  # fmt: skip
    assert frequency_names()[0] == "1,000 times or more"


def test_line_lengths_are_quarters():
    lines = ["ا" * length for length in (2, 4, 6, 8)]
    found = classed("length", lines)
    assert found[0] == "lines of up to 2 characters"
    assert found[-1] == "7 characters and more"
    assert len(set(found)) == 4


def test_novelty_by_hand():
    seen = Seen(own=("باب",), further=("باب", "تاج"))
    own, others, nowhere = NOVELTY_NAMES
    # ^ت is of the others, تا too, ا after ب and ب after ا are the target's own, بج is in neither
    assert classed("novelty_2", ["تاب", "بج"], seen=[seen]) == [others, others, own, own, nowhere]
    assert classed("novelty_3", ["تاب"], seen=[seen]) == [others, others, nowhere]


def test_novelty_is_of_each_training():
    cell = cell_of(["با"], [["با"], ["با"]], [["با"], ["با"]])
    seen = (Seen(("با",), ()), Seen(("تا",), ("با",)))
    classes = GROUPINGS["novelty_2"].apply(asked_of(cell, None, seen))
    assert classes is not None
    assert classes.of_place.tolist() == [[0, 0], [1, 1]]


def test_without_training_texts_what_needs_them_is_left_out():
    asked = asked_of(cell_of(["ا"], [["ا"]], [["ا"]]))
    missing = {key for key, way in GROUPINGS.items() if way.apply(asked) is None}
    assert missing == {
        "shared_code_points", "shared_letters", "frequency", "novelty_2", "novelty_3", "novelty_4",
    }  # fmt: skip


def test_placeholders_that_are_not_scored_are_in_no_class():
    assert classed("all", ["ا#"], wildcards="#") == ["all characters", None]


@pytest.mark.parametrize(
    "way", ["all", "character", "kind", "line", "length", "frequency", "shared_letters", "novelty_3"]
)
@given(lines=st.lists(st.text(st.sampled_from("ابی 1.َ\u200c"), max_size=9), max_size=6))
def test_ways_that_part_everything_do(way, lines):
    seen = [Seen(("اب ی",), ("ب1",))]
    cell = cell_of(lines, [lines], [lines])
    classes = GROUPINGS[way].apply(asked_of(cell, {"khatt": ["اب"], "uhwr": ["ی"]}, seen))
    assert classes is not None
    places = classes.of_place[0]
    assert len(places) == sum(map(len, lines))
    assert np.all(places != NO_CLASS)
    assert np.all(places < classes.count)


def test_an_empty_part_has_classes_of_nothing():
    asked = asked_of(cell_of([], [[]], [[]]), {"khatt": ["ا"]}, [Seen((), ())])
    for way in GROUPINGS.values():
        classes = way.apply(asked)
        assert classes is not None
        assert classes.of_place.shape[-1] == 0
