"""Texts that a spreadsheet leaves as they are.

Excel and LibreOffice read a CSV field that begins with `=`, `+`, `-` or `@` as a formula, and one such as `12-3`, `1e5`
or `0012` as a date or a number. An apostrophe before it stops that.

**The rule.** A text gets one apostrophe (`'`) before its first character when

- its first character that is no blank and no control character is one of `= + - @`, a full-width form of
  these, or the minus sign U+2212;
- or it begins with a tab, a carriage return or a line feed;
- or it holds nothing but digits, blanks and ``. , : / + - % e E``, with at least one digit (a number or a date);
- or it already begins with an apostrophe.

Every other text, and every value of a column of numbers, stays as it is. To have the texts back, take one apostrophe
off each field that begins with one: :func:`restored`.
"""

import re
import unicodedata
from typing import Any

_FORMULA = frozenset("=+-@＝＋－＠\N{MINUS SIGN}")
_STARTERS = frozenset("\t\r\n'")
_NUMBER = re.compile(r"^(?=.*\d)[\d\s.,:/+\-%eE]+$", re.DOTALL)
_NO_INK = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))

NOTE = """\
These CSV files are for spreadsheets: UTF-8 with a byte order mark.

A text that a spreadsheet would take for a formula, a number or a date has one apostrophe (') before it, and so has
every text that itself begins with an apostrophe. Columns of numbers are as they are.

To have the texts exactly as they were, take one apostrophe off each field of text that begins with one.

The rule: the first character that is no blank and no control character is one of = + - @ (or a full-width form, or the
minus sign U+2212); or the text begins with a tab, a carriage return or a line feed; or it holds nothing but digits,
blanks and . , : / + - % e E, with at least one digit; or it begins with an apostrophe.
""".replace("\n", "\r\n")
"""What is said beside the files."""


def needs_apostrophe(text: str) -> bool:
    """Tell whether a spreadsheet would make something else of a text; see the rule above."""
    if not text:
        return False
    if text[0] in _STARTERS or _NUMBER.match(text):
        return True
    first = next((character for character in text if unicodedata.category(character) not in _NO_INK), "")
    return first in _FORMULA


def safe(value: Any) -> Any:
    """Return a text as a spreadsheet leaves it; any other value as it is."""
    return f"'{value}" if isinstance(value, str) and needs_apostrophe(value) else value


def restored(text: str) -> str:
    """Return the text that :func:`safe` was given."""
    return text.removeprefix("'")
