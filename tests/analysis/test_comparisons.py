"""Architectures are compared with those that share their encoder."""

from workbench.analysis.comparisons import Comparison, comparisons, family_of, label_of


def test_same_encoder_only():
    assert comparisons(("cnn", "rnn", "both", "small-cnn", "small-crnn")) == (
        Comparison("rnn", "cnn"),
        Comparison("both", "cnn"),
        Comparison("small-crnn", "small-cnn"),
    )
    assert comparisons(("small-crnn", "cnn")) == ()


def test_unknown_names_are_shown_as_they_are():
    assert comparisons(("htr-vt", "small-cnn")) == ()
    assert family_of("htr-vt") is None
    assert label_of("htr-vt") == "htr-vt"
