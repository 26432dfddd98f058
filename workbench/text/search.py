"""Searching in texts: what was typed as it is, code points by their numbers, or a pattern between slashes."""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from workbench.errors import InputError

SEARCH_TIP = (
    "Text as it is typed; Latin letters in either case\n"
    "U+06CC or \\u06cc: exactly this character, also several (U+0020 U+0020) or inside a text\n"
    "/…/: a regular expression, for example /[\\u064A\\u06CC]$/"
)

_CASELESS = re.compile(r"[\x00-@\[-`{-\u00a9\u0600-\u08ff\u2000-\u206f\ufb50-\ufdff\ufe70-\ufeff]*")
"""Texts of characters that have no case, and that no other character turns into when cases are folded."""

_PIECE = (
    r"[^\\\[\](?*+{\x00-\x1f]"  # a character that stands for itself, ^ . $ | ) and } among them
    r"|\\(?:u(?!00[01])[0-9A-Fa-f]{4}|[dSwb]|[^\w\s])"  # a number, a class without line ends, a mark
    r"|\[(?!\^)(?:[^\\\]\[\x00-\x1f]|\\(?:u(?!00[01])[0-9A-Fa-f]{4}|[dSw]|[^\w\s]))+\]"
    r"|\((?:\?:|(?![?*+{]))"
)
_WITHIN_LINES = re.compile(rf"(?:(?:{_PIECE})(?:[*+?]\??|\{{\d*,?\d*\}})?)+")
"""Patterns that can match no line end, and that look at nothing beside what they match but where a line ends."""

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


@dataclass(frozen=True, slots=True)
class LineFinder:
    """A search in many texts at once; it finds what :func:`matcher` finds.

    Attributes
    ----------
    matches : callable
        The test of a single text.
    literal : str, optional
        What a text must contain as it is.
    folded : str, optional
        What a text must contain once its cases are folded.
    """

    matches: Callable[[str], bool]
    literal: str | None = None
    folded: str | None = None
    _pattern: "re.Pattern[str] | None" = None

    def may_be_in(self, characters: str) -> bool:
        """Tell whether texts of no other characters can be found at all."""
        if self.literal is not None:
            return set(self.literal) <= set(characters)
        return self.folded is None or set(self.folded) <= set(characters.casefold())

    def lines(self, joined: str) -> list[int]:
        """Return the numbers of the texts that are found.

        Parameters
        ----------
        joined : str
            Texts without line ends, joined by line ends.
        """
        if (wanted := self.literal) is not None:
            return _lines_of(joined, lambda at: joined.find(wanted, at))
        if self._pattern is not None:
            search = self._pattern.search
            return _lines_of(joined, lambda at: hit.start() if (hit := search(joined, at)) else -1)
        return [number for number, one in enumerate(joined.split("\n")) if self.matches(one)]


def _lines_of(joined: str, find: Callable[[int], int]) -> list[int]:
    """Search from one hit to the next, at most once in each line."""
    found: list[int] = []
    line = at = 0
    while at >= 0 and (hit := find(at)) >= 0:
        line += joined.count("\n", at, hit)
        found.append(line)
        line, at = line + 1, joined.find("\n", hit)
        at = at + 1 if at >= 0 else at
    return found


def line_finder(query: str) -> LineFinder:
    """Return the same search as :func:`matcher` for many texts at once; raises as that does."""
    matches = matcher(query)
    if is_pattern(query):
        expression = query[1:-1]
        if _NUMBERED.search(expression) is None and _WITHIN_LINES.fullmatch(expression) is not None:
            return LineFinder(matches, _pattern=_compiled(expression, re.MULTILINE))
        return LineFinder(matches)
    typed = query.strip()
    meant = _CODE_POINT.sub(_character, typed)
    if meant != typed:
        return LineFinder(matches, literal=meant) if "\n" not in meant else LineFinder(matches)
    if _CASELESS.fullmatch(typed):
        return LineFinder(matches, literal=typed)
    return LineFinder(matches, folded=typed.casefold())


def is_pattern(query: str) -> bool:
    """Tell whether a query is a regular expression."""
    return len(query) > 2 and query.startswith("/") and query.endswith("/")


def _pattern(expression: str) -> Callable[[str], bool]:
    try:
        pattern = _compiled(_NUMBERED.sub(lambda found: f"\\U{int(found[1], 16):08x}", expression))
    except (re.error, OverflowError, RecursionError) as error:
        raise InputError("This is no regular expression", str(error)) from error
    return lambda text: pattern.search(text) is not None


def _compiled(expression: str, flags: int = 0) -> "re.Pattern[str]":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what might mean something else in a later Python is no news to the user
        return re.compile(expression, flags)


def _character(found: re.Match[str]) -> str:
    number = int(next(digits for digits in found.groups() if digits), 16)
    if number > _LAST_CODE_POINT:
        raise InputError(f"{found[0].strip()} is no character", "the last code point is U+10FFFF")
    return chr(number)
