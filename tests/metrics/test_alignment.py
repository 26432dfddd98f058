"""Alignment: it rebuilds both texts, costs what the distance says, and is the same every time."""

from itertools import pairwise, zip_longest

from hypothesis import given
from hypothesis import strategies as st

from workbench.metrics.alignment import Edit, align, confused_pairs, operations
from workbench.metrics.error_rate import count_characters

TEXT = st.one_of(st.text(max_size=25), st.text(st.sampled_from("ابی ۱"), max_size=25))


@given(TEXT, TEXT)
def test_stretches_rebuild_both_texts(reference, hypothesis):
    edits = align(reference, hypothesis)
    assert "".join(edit.reference for edit in edits) == reference
    assert "".join(edit.hypothesis for edit in edits) == hypothesis
    for edit in edits:
        assert reference[edit.reference_at :].startswith(edit.reference)
        assert hypothesis[edit.hypothesis_at :].startswith(edit.hypothesis)


@given(TEXT, TEXT)
def test_it_costs_the_edit_distance_and_is_repeatable(reference, hypothesis):
    edits = align(reference, hypothesis)
    assert sum(edit.edits for edit in edits) == count_characters(reference, hypothesis).edits
    assert align(reference, hypothesis) == edits


@given(TEXT, TEXT)
def test_each_kind_has_its_shape(reference, hypothesis):
    for edit in align(reference, hypothesis):
        match edit.kind:
            case "equal":
                assert edit.reference == edit.hypothesis
            case "substitute":
                assert len(edit.reference) == len(edit.hypothesis)
                assert all(a != b for a, b in zip(edit.reference, edit.hypothesis, strict=True))
            case "insert":
                assert not edit.reference
            case "delete":
                assert not edit.hypothesis


def test_a_known_line():
    assert align("کتاب", "کباب ۱") == (
        Edit("equal", "ک", "ک", 0, 0),
        Edit("substitute", "ت", "ب", 1, 1),
        Edit("equal", "اب", "اب", 2, 2),
        Edit("insert", "", " ۱", 4, 4),
    )
    assert align("", "") == ()


HOLED = st.text(st.sampled_from("اب #@"), max_size=14)


@given(HOLED, HOLED)
def test_placeholders_are_aligned_as_they_are_counted(reference, hypothesis):
    edits = align(reference, hypothesis, "#@")
    assert sum(edit.edits for edit in edits) == count_characters(reference, hypothesis, "#@").edits
    assert "".join(edit.reference for edit in edits) == reference
    assert "".join(edit.hypothesis for edit in edits) == hypothesis
    for edit in edits:
        assert reference[edit.reference_at :].startswith(edit.reference)
        assert hypothesis[edit.hypothesis_at :].startswith(edit.hypothesis)
        if edit.kind != "ignored":
            assert not set("#@") & set(edit.reference + edit.hypothesis)
    assert all(one.kind != other.kind for one, other in pairwise(edits))


def test_a_placeholder_takes_what_stands_in_its_place():
    assert align("كتاب # يوم", "كتاب قلم يوم", "#") == (
        Edit("equal", "كتاب ", "كتاب ", 0, 0),
        Edit("ignored", "#", "قلم", 5, 5),
        Edit("equal", " يوم", " يوم", 6, 8),
    )
    assert align("باب", "با#ب", "#") == (
        Edit("equal", "با", "با", 0, 0),
        Edit("ignored", "", "#", 2, 2),
        Edit("equal", "ب", "ب", 2, 3),
    )


@given(TEXT, TEXT, st.sampled_from(["", "#", "ا#"]))
def test_confused_pairs_are_the_edits_one_by_one(reference, hypothesis, wildcards):
    edits = [edit for edit in align(reference, hypothesis, wildcards) if edit.edits]
    pairs = [pair for edit in edits for pair in zip_longest(edit.reference, edit.hypothesis, fillvalue="")]
    assert confused_pairs(reference, hypothesis, wildcards) == pairs


@given(TEXT, TEXT, st.sampled_from(["", "ا", "ا۱"]))
def test_single_operations_are_the_stretches_cut_up(reference, hypothesis, wildcards):
    kinds = {"substitute": "replace", "insert": "insert", "delete": "delete"}
    expected = []
    for edit in align(reference, hypothesis, wildcards):
        if edit.kind in kinds:
            for n in range(edit.edits):
                of_reference = n if edit.kind != "insert" else 0
                of_hypothesis = n if edit.kind != "delete" else 0
                place = (edit.reference_at + of_reference, edit.hypothesis_at + of_hypothesis)
                expected.append((kinds[edit.kind], *place))
    found = operations(reference, hypothesis, wildcards)
    assert [(kind, at, there) for kind, at, there in found] == expected
    assert len(found) == count_characters(reference, hypothesis, wildcards).edits
