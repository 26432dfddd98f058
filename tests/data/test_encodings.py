"""Eight encodings of the same lines: right or asked, never replaced in silence."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.fixtures import make_texts
from workbench.data.encodings import CP1256, UTF8, UTF16, decode, decode_rows, split_rows

ROWS = [f"{at:05d}.png\t{text} {text}" for at, text in enumerate(make_texts("ar", 60))]
TEXT = "\n".join(ROWS) + "\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), UTF8),
        (codecs.BOM_UTF8 + TEXT.encode(), UTF8),
        (TEXT.replace("\n", "\r\n").encode(), UTF8),
        (TEXT.replace("\n", "\r").encode(), UTF8),
        (TEXT.encode("utf-16"), UTF16),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), UTF16),
        (TEXT.encode("utf-16-le"), UTF16),
        (TEXT.encode("utf-16-be"), UTF16),
        (TEXT.encode("cp1256"), CP1256),
    ],
)
def test_rows_come_out_the_same(content: bytes, encoding: str) -> None:
    rows, used = decode_rows(content)
    assert rows == ROWS
    assert used == {encoding: len(ROWS)}


def test_every_row_of_a_mixed_file_is_decoded_alone() -> None:
    pieces = [row.encode("cp1256" if at % 3 == 0 else "utf-8") for at, row in enumerate(ROWS)]
    rows, used = decode_rows(b"\n".join(pieces))
    assert rows == ROWS
    assert used == {CP1256: 20, UTF8: 40}


@pytest.mark.parametrize("text", ["قلم", "مدرسة كبيرة", "پنجره و گل", "ہے میں لڑکا"])
@pytest.mark.parametrize("cut", [1, -1])
def test_damaged_utf8_is_never_taken_for_windows_1256(text: str, cut: int) -> None:
    content = text.encode()
    damaged = content[1:] if cut > 0 else content[:-1]
    assert decode(damaged).text is None


def test_latin_garbage_is_not_taken_for_arabic() -> None:
    assert decode("café crème brûlée à gogo".encode("latin-1")).text is None


def test_short_words_in_windows_1256() -> None:
    for text in ("من", "بيت", "في البيت، مع الكتاب", "و"):
        assert decode(text.encode("cp1256")).text == text


def test_only_line_ends_end_rows() -> None:
    assert split_rows("a\u2028b\x0cc\x85d\ne\r\nf\r") == ["a\u2028b\x0cc\x85d", "e", "f"]
    assert split_rows("") == []
    assert split_rows("\n") == [""]


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=40))
def test_utf8_is_always_itself(text: str) -> None:
    content = text.encode()
    if not content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        assert decode(content).text == text


@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_strictly_or_not_at_all(content: bytes) -> None:
    text = decode(content).text
    assert (
        text is None
        or "\ufffd" not in text
        or "\ufffd".encode() in content
        or b"\xfd\xff" in content
        or b"\xff\xfd" in content
    )
