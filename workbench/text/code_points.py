"""Single characters, named and made visible: for tables, messages and the command line."""

import unicodedata

_VISIBLE = {
    "\t": "⇥",
    "\n": "↵",
    "\r": "↵",
    "\u00a0": "⍽",
    "\u202f": "⍽",
    "\u2028": "↵",
    "\u2029": "↵",
    "\u200e": "↦",  # left-to-right mark
    "\u200f": "↤",  # right-to-left mark
    "\u061c": "↤",
    "\u202a": "⇢",  # embeddings, overrides and isolates, and their ends
    "\u202b": "⇠",
    "\u202c": "⇡",
    "\u202d": "⇉",
    "\u202e": "⇇",
    "\u2066": "⇢",
    "\u2067": "⇠",
    "\u2068": "⇕",
    "\u2069": "⇡",
}
JOINERS = frozenset({"\u200c", "\u200d"})
"""ZWNJ and ZWJ shape the letters beside them, so they stay in the text; a tick is drawn where they stand."""

_KINDS = {
    "L": "letter",
    "M": "mark",
    "N": "digit",
    "P": "punctuation",
    "S": "symbol",
    "Z": "blank",
    "C": "control",
}
_SPECIAL_KINDS = {"Co": "private use", "Cn": "unassigned", "Cs": "surrogate", "Cf": "format"}


def visible(text: str) -> str:
    """Return the text with a mark in place of each control character, one for one, so that positions stay.

    Bidi controls never reach the layout: they could reorder the table around them.
    """
    if text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character in _VISIBLE:
        return _VISIBLE[character]
    if character in JOINERS or character.isprintable():
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "□" if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn") else character


def number(character: str) -> str:
    """Return a character's number as people cite it: `U+06CC`."""
    return f"U+{ord(character):04X}"


def code_point(character: str) -> str:
    """Return a character with its number and name: 'U+06CC ی FARSI YEH'."""
    name = unicodedata.name(character, "").removeprefix("ARABIC LETTER ").removeprefix("ARABIC ")
    shown = "␣" if character == " " else visible(character)
    if unicodedata.combining(character):
        shown = f"◌{shown}"
    return f"{number(character)} {shown} {name or 'unnamed'}"


def kind(character: str) -> str:
    """Return a character's general class in a word, from `letter` to `unassigned`."""
    category = unicodedata.category(character)
    return _SPECIAL_KINDS.get(category) or _KINDS[category[0]]
