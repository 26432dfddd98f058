"""Searching in texts: what was typed as it is, code points by their numbers, or a pattern between slashes."""

import re
import warnings
from collections.abc import Callable

from workbench.errors import InputError

SEARCH_TIP = (
    "Text as it is typed; Latin letters in either case\n"
    "U+06CC or \\u06cc: exactly this character, also several (U+0020 U+0020) or inside a text\n"
    "/…/: a regular expression, for example /[\\u064A\\u06CC]$/"
)

_HEX = "[0-9A-Fa-f]"
_NUMBER = rf"[Uu]\+({_HEX}{{4,6}})(?!{_HEX})"
_NUMBERED = re.compile(_NUMBER)
_CODE_POINT = re.compile(
    rf"{_NUMBER}(?:\s+(?=[Uu]\+{_HEX}{{4}}))?|\\u\{{({_HEX}{{1,6}})\}}|\\u({_HEX}{{4}})|\\U({_HEX}{{8}})"
)
_LAST_CODE_POINT = 0x10FFFF


def matcher(query: str) -> Callable[[str], bool]:
    r"""Return the test that a text has to pass; an empty query lets every text through.

    Letters match as code points (ي is not ی), Latin ones in either case. `U+06CC` and `\u06cc` stand for one
    character each, blanks between two `U+…` do not count; a query with such numbers matches exactly. `/…/` is a
    regular expression.

    Raises
    ------
    InputError
        For a regular expression that is none, and for the number of no character.
    """
    if is_pattern(query):
        return _pattern(query[1:-1])
    typed = query.strip()
    meant = _CODE_POINT.sub(_character, typed)
    if meant != typed:
        return lambda text: meant in text
    wanted = typed.casefold()
    return lambda text: wanted in text.casefold()


def is_pattern(query: str) -> bool:
    """Tell whether a query is a regular expression."""
    return len(query) > 2 and query.startswith("/") and query.endswith("/")


def _pattern(expression: str) -> Callable[[str], bool]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what might mean something else in a later Python is no news to the user
            pattern = re.compile(_NUMBERED.sub(lambda found: f"\\U{int(found[1], 16):08x}", expression))
    except (re.error, OverflowError, RecursionError) as error:
        raise InputError("This is no regular expression", str(error)) from error
    return lambda text: pattern.search(text) is not None


def _character(found: re.Match[str]) -> str:
    number = int(next(digits for digits in found.groups() if digits), 16)
    if number > _LAST_CODE_POINT:
        raise InputError(f"{found[0].strip()} is no character", "the last code point is U+10FFFF")
    return chr(number)
