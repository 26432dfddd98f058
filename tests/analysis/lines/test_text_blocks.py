"""Packed texts come back as they were, and a search in the pack finds what a search in each text finds."""

from hypothesis import example, given
from hypothesis import strategies as st

from workbench.analysis.lines.text_blocks import found_in, packed, unpacked
from workbench.text.search import line_finder, matcher

ANY = st.text(st.characters(codec=None), max_size=6)
ALIKE = st.text(st.sampled_from("ابپ \u0a00\u0aff\u0600\u2000\u000a\u00060\u0660\u0a0a\u0d0aa"), max_size=6)
"""Characters whose bytes look like one another's, or like a line end, when they are read at the wrong place."""


@given(st.lists(ANY, min_size=1, max_size=8))
@example(["\x00", "a"])
@example(["", ""])
@example(["a\nb", "\ud800"])
def test_texts_come_back(texts):
    assert unpacked(packed(texts)) == texts


@given(st.lists(ALIKE | ANY, min_size=1, max_size=8), ALIKE | st.sampled_from(["ب", "U+06CC", "/ا.?ب/", "/^\u0600/"]))
@example(["\u0a61\u0600\u0661", "\u0661"], "\u0661")
@example(["\u0661\u0161", "\u6106\u0106"], "\u0661")
@example(["ااا", "", "ا"], "اا")
def test_a_search_finds_what_it_finds_text_by_text(texts, query):
    expected = [number for number, text in enumerate(texts) if matcher(query)(text)]
    characters = "".join(
        sorted({character for text in texts for character in text if not "\ud800" <= character <= "\udfff"})
    )
    assert found_in(packed(texts), line_finder(query), characters) == expected
