"""Fingerprints: over what a data set says, the same on every machine."""

from dataclasses import replace
from pathlib import Path

import pytest

from workbench.data.line import ReadProblem, TextLine, fingerprint_of

LINE = TextLine("l1", Path("l1.png"), "متن", "fa", "train", "w1", "p1")
FAULT = ReadProblem("list.txt", 3, "l3.png: the transcription is empty")


def test_neither_order_nor_place_matters() -> None:
    other = replace(LINE, id="l2", image=Path("somewhere/else.png"))
    first = fingerprint_of([(LINE, "aa"), (other, "bb")], [FAULT, replace(FAULT, row=4)])
    moved = replace(LINE, image=Path("deep/l1.png"))
    assert fingerprint_of([(other, "bb"), (moved, "aa")], [replace(FAULT, row=4), FAULT]) == first


@pytest.mark.parametrize(
    "changed",
    [
        (replace(LINE, id="l9"), "aa", FAULT),
        (LINE, "ab", FAULT),
        (replace(LINE, transcription="متن "), "aa", FAULT),
        (replace(LINE, language="ar"), "aa", FAULT),
        (replace(LINE, writer="w2"), "aa", FAULT),
        (replace(LINE, page="p2"), "aa", FAULT),
        (replace(LINE, split="test"), "aa", FAULT),
        (LINE, "aa", replace(FAULT, path="other.txt")),
        (LINE, "aa", replace(FAULT, row=4)),
        (LINE, "aa", replace(FAULT, reason="l3.png: the image l3.png is missing")),
    ],
)
def test_everything_that_is_said_matters(changed: tuple[TextLine, str, ReadProblem]) -> None:
    line, digest, fault = changed
    assert fingerprint_of([(line, digest)], [fault]) != fingerprint_of([(LINE, "aa")], [FAULT])


def test_the_words_of_a_decoder_do_not_matter() -> None:
    words = ("broken data stream when reading image file", "image file is truncated (12 bytes not processed)")
    faults = [replace(FAULT, reason=f"l3.png: the image is damaged ({each})") for each in words]
    assert len({fingerprint_of([(LINE, "aa")], [fault]) for fault in faults}) == 1


def test_the_words_of_an_xml_parser_do_not_matter() -> None:
    faults = [replace(FAULT, reason=f"not XML, or damaged ({each})") for each in ("Premature end", "no element found")]
    assert len({fingerprint_of([(LINE, "aa")], [fault]) for fault in faults}) == 1
