"""What became of every character: by hand, and sums that are the metric's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.analysis.letters_made_up import texts_of
from workbench.analysis.letters.traces import DELETED, IGNORED, NOWHERE, RIGHT, SUBSTITUTED, code_points, trace
from workbench.metrics.error_rate import count_characters, total

LINE = st.text(st.sampled_from("ابی #1"), max_size=12)


def test_places_by_hand():
    texts = texts_of(["باب", "", "دار"])
    found = trace(texts, ["بب", "ا", "xدار1"])
    assert found.outcome.tolist() == [RIGHT, DELETED, RIGHT, RIGHT, RIGHT, RIGHT]
    assert found.inserted.tolist() == [ord("ا"), ord("x"), ord("1")]
    # in an empty line nowhere; before the first character to it; else to the character before
    assert found.inserted_at.tolist() == [NOWHERE, 3, 5]
    assert found.inserted_line.tolist() == [1, 2, 2]
    assert found.insertions_at.tolist() == [0, 0, 0, 1, 0, 1]
    assert found.edits == 4


def test_what_was_read_instead():
    found = trace(texts_of(["تاب"]), ["باب"])
    assert found.outcome.tolist() == [SUBSTITUTED, RIGHT, RIGHT]
    assert found.read.tolist() == [ord("ب"), NOWHERE, NOWHERE]


def test_placeholders_are_ignored_and_do_not_count():
    texts = texts_of(["ب#ا"], wildcards="#")
    found = trace(texts, ["بتتت#ا"])
    assert found.outcome.tolist() == [RIGHT, IGNORED, RIGHT]
    assert found.edits == 0
    assert texts.is_counted.tolist() == [True, False, True]


@given(st.lists(st.tuples(LINE, LINE), max_size=8), st.sampled_from(["", "#"]))
def test_edits_and_lengths_are_the_metrics(lines, wildcards):
    references, hypotheses = [line[0] for line in lines], [line[1] for line in lines]
    texts = texts_of(references, wildcards=wildcards)
    found = trace(texts, hypotheses)
    expected = total(count_characters(*line, wildcards) for line in lines)
    assert found.edits == expected.edits
    assert int(texts.is_counted.sum()) == expected.length
    assert int(found.is_misread.sum() + found.insertions_at.sum()) + int((found.inserted_at == NOWHERE).sum()) == (
        expected.edits
    )


def test_any_text_has_numbers():
    assert code_points("a\ud800𝒜").tolist() == [0x61, 0xD800, 0x1D49C]
    assert len(code_points("")) == 0


def test_clusters_of_lines():
    texts = texts_of(["اب", "ا"], ["w2", "w1"])
    assert texts.cluster_names == ("w1", "w2")
    assert texts.cluster_at.tolist() == [1, 1, 0]
    assert texts.lines.tolist() == [0, 0, 1]
    assert np.array_equal(texts.starts, [0, 2, 3])
