"""Searching in many texts at once finds what the search in each of them finds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.text.search import line_finder, matcher

TEXTS = st.lists(st.text(st.sampled_from("ابیaAß ſK\u212a.0-"), max_size=8), min_size=1, max_size=12)
PATTERNS = [
    "ا", "a", "^", "$", "^$", "^ا", "ا$", "ا.ب", "[ای]+ب", "(?:ا|ی){2}", "ا*", r"\bا", r"\d", r"\S", r"[\u0627\d]",
    r"\.", "a|b", "(ا)(ب)", "a{1,2}", "a??", "^.{2}$", "[!-z]", r"[\-a]",
    # what may look beyond a text, or match a line end: searched one by one
    "[^ا]", r"\s", r"\W", r"\D", r"\Aا", r"ا\Z", r"ا(?!\s)", r"(?<!ا)ب", r"(?<=^)ا", r"\B", r"[\s]", r"[\n-z]",
    r"(?s)ا.ب", r"(?i)A", r"(ا)\1", r"\x0a", r"\n", "U+0627",
]  # fmt: skip


@given(TEXTS, st.sampled_from(PATTERNS))
def test_patterns(texts: list[str], pattern: str) -> None:
    expected = [number for number, text in enumerate(texts) if matcher(f"/{pattern}/")(text)]
    assert line_finder(f"/{pattern}/").lines("\n".join(texts)) == expected


@given(TEXTS, st.text(st.sampled_from("ابیaAkKßs ſ\u212a.-"), min_size=1, max_size=3))
def test_typed_texts(texts: list[str], typed: str) -> None:
    finder, matches = line_finder(typed), matcher(typed)
    expected = [number for number, text in enumerate(texts) if matches(text)]
    assert finder.lines("\n".join(texts)) == expected
    if expected:
        assert finder.may_be_in("".join(set("".join(texts))))


@given(st.text(max_size=6), st.text(max_size=3).filter(lambda typed: typed.strip() == typed))
def test_any_text_at_all(text: str, typed: str) -> None:
    try:
        matches, finder = matcher(typed), line_finder(typed)
    except InputError:
        return
    if "\n" not in text:
        assert finder.lines(text) == ([0] if matches(text) else [])
    assert finder.may_be_in(text) or not matches(text)


def test_what_cannot_be_there_is_known_from_the_characters_alone() -> None:
    assert not line_finder("line").may_be_in("ابت 12")
    assert line_finder("LINE").may_be_in("enil")
    assert not line_finder("U+06CC").may_be_in("ي")


@pytest.mark.parametrize("query", ["/(/", "U+FFFFFF"])
def test_what_is_no_search(query: str) -> None:
    with pytest.raises(InputError):
        line_finder(query)
