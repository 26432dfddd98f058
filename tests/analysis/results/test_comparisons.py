"""Architectures are compared with their CNN-only references."""

from workbench.analysis.results.comparisons import Comparison, comparisons, family_of, label_of
from workbench.models.registry import ARCHITECTURES


def test_same_encoder_only():
    assert comparisons(("cnn", "rnn", "both", "small-cnn", "small-crnn")) == (
        Comparison("rnn", "cnn"),
        Comparison("both", "cnn"),
        Comparison("small-crnn", "small-cnn"),
    )
    assert comparisons(("small-crnn", "cnn")) == ()


def test_every_other_arm_is_compared_with_both_cnn_only_networks():
    small = ("small-cnn-matched", "small-crnn-windowed", "small-cnn", "small-tcn")
    assert comparisons(small) == (
        Comparison("small-crnn-windowed", "small-cnn-matched"),
        Comparison("small-crnn-windowed", "small-cnn"),
        Comparison("small-tcn", "small-cnn-matched"),
        Comparison("small-tcn", "small-cnn"),
    )
    compared = {(each.architecture, each.cnn) for each in comparisons(tuple(ARCHITECTURES))}
    large = ("rnn", "both", "rnn-1x256", "rnn-3x128", "rnn-windowed", "rnn-windowed-3", "tcn", "transformer")
    assert compared == {(name, cnn) for name in large for cnn in ("cnn", "cnn-matched")} | {
        (f"small-{name}", f"small-{cnn}")
        for name in ("crnn", "crnn-narrow", "crnn-windowed", "crnn-windowed-3", "tcn", "transformer")
        for cnn in ("cnn", "cnn-matched")
    } | {("htr-vt", "htr-vt-cnn"), ("small-htr-vt", "small-htr-vt-cnn")}


def test_other_encoders_are_not_compared():
    assert comparisons(("cnn", "htr-vt", "small-cnn", "small-htr-vt")) == ()


def test_unknown_names_are_shown_as_they_are():
    assert comparisons(("trocr", "small-cnn")) == ()
    assert family_of("trocr") is None
    assert label_of("trocr") == "trocr"
