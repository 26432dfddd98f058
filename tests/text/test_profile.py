"""Counts of transcriptions: by hand, by their sums, and of the real lines as counted with plain Python."""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.text.code_points import code_point, kind
from workbench.text.profile import TextProfile, profile


def test_a_small_set() -> None:
    found = profile(["كتاب  3", "کتاب ٣٣#", ""])
    assert (found.lines, found.length, found.words) == (3, 15, 4)
    blank = found.characters[0]
    assert (blank.code_point, blank.kind, blank.count, blank.lines) == ("U+0020 ␣ SPACE", "blank", 3, 2)
    assert {finding.key: (finding.places, finding.occurrences) for finding in found.findings} == {
        "double_blanks": ((0,), 1),
        "hash": ((1,), 1),
    }
    assert [(group.title, group.is_mixed) for group in found.variants] == [("Kaf", True), ("digits", True)]
    assert found.variants[1].members == (("ASCII", 1, 1), ("Arabic-Indic", 2, 1))
    assert found.finding("hash") is not None
    assert found.finding("zwnj") is None


@given(st.lists(st.text("اكکي #3٣ \u0653\u200c\ud800", max_size=10), max_size=6))
def test_counts_add_up(texts: list[str]) -> None:
    found = profile(iter(texts))
    assert sum(one.count for one in found.characters) == found.length == sum(map(len, texts))
    assert all(1 <= one.lines <= min(one.count, found.lines) for one in found.characters)
    for finding in found.findings:
        assert finding.lines <= found.lines
        assert finding.occurrences is None or finding.occurrences >= finding.lines
    json.dumps(found.to_json())


def test_reversed_texts_are_told() -> None:
    assert profile(["من إلى في البيت الكبيرة"[::-1]] * 2).to_json()["is_suspected_reversed"] is True


def test_kinds_of_characters() -> None:
    assert [kind(one) for one in "ا\u064e3. +\x00\u200c\ue000\u0378\ud800"] == [
        "letter", "mark", "digit", "punctuation", "blank", "symbol", "control", "format", "private use", "unassigned",
        "surrogate",
    ]  # fmt: skip
    assert code_point("\u200c").startswith("U+200C")
    assert code_point("ی") == "U+06CC ی FARSI YEH"


@pytest.fixture(scope="module")
def real(real_lines: Path) -> dict[str, TextProfile]:
    with (real_lines / "three_languages.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {lang: profile(row["text"] for row in rows if row["lang"] == lang) for lang in ("ar", "ur", "fa")}


def counted(found: TextProfile) -> dict[str, tuple[int, int | None]]:
    return {finding.key: (finding.lines, finding.occurrences) for finding in found.findings}


@pytest.mark.real_lines
def test_khatt_pilot(real: dict[str, TextProfile]) -> None:
    """No `#` in this packaging: its sheets write `@`."""
    found = real["ar"]
    assert (found.lines, found.length, len(found.characters)) == (1633, 102_983, 79)
    assert counted(found) == {
        "double_blanks": (328, 341), "outer_blanks": (2, None), "at": (72, 83), "backslash": (4, 5), "latin": (1, 5),
        "tatweel": (19, 20), "harakat": (267, 358), "special_blanks": (6, 13), "not_nfc": (3, None),
        "single_word": (16, None),
    }  # fmt: skip
    assert not found.order.is_reversed
    assert found.order.for_reversed * 100 < found.order.for_logical


@pytest.mark.real_lines
def test_nust_uhwr(real: dict[str, TextProfile]) -> None:
    found = real["ur"]
    assert (found.lines, found.length, len(found.characters)) == (2467, 129_223, 103)
    told = counted(found)
    assert (told["not_nfc"], told["presentation_forms"]) == ((81, None), (34, 36))
    assert not {"double_blanks", "tatweel", "hash", "at", "reversed"} & told.keys()
    digits = {what: times for what, times, _ in found.variants[-1].members}
    assert digits == {"ASCII": 524, "Extended Arabic-Indic (Persian, Urdu)": 36}


@pytest.mark.real_lines
def test_poh_db_persian(real: dict[str, TextProfile]) -> None:
    found = real["fa"]
    assert (found.lines, found.length, len(found.characters)) == (1482, 137_271, 62)
    assert counted(found) == {"harakat": (53, 53), "zwnj": (1105, 2177)}
