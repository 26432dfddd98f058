"""What a transcription may have that one should know of before comparing it with others.

Nothing here changes a text: :mod:`workbench.text.normalize` does that, where a study asks for it.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from workbench.text.stored_order import seems_reversed

LONG_TEXT = 1000
MANY_MARKS = 4


@dataclass(frozen=True, slots=True)
class Peculiarity:
    """One thing to look for.

    `count` gives how often a text has it. Where that is a property of the whole text it is 1 or 0, and
    `is_of_text` is set.
    """

    title: str
    count: Callable[[str], int]
    is_of_text: bool = False
    steps: tuple[str, ...] = ()
    """Normalisation steps that take it away, where there are any."""


def _characters(pattern: str) -> Callable[[str], int]:
    return lambda text, find=re.compile(pattern).findall: len(find(text))


def _tells(tell: Callable[[str], bool]) -> Callable[[str], int]:
    return lambda text: int(tell(text))


def _of_category(*categories: str) -> Callable[[str], int]:
    return lambda text: 0 if text.isprintable() else sum(unicodedata.category(one) in categories for one in text)


def _has_all(*groups: str) -> Callable[[str], bool]:
    sets = tuple(map(frozenset, groups))
    return lambda text: not any(letters.isdisjoint(text) for letters in sets)


def _is_decomposed(text: str) -> bool:
    return not unicodedata.is_normalized("NFC", text) and unicodedata.is_normalized("NFD", text)


_DIGIT_SYSTEMS = {
    "ASCII": re.compile("[0-9]"),
    "Arabic-Indic": re.compile("[٠-٩]"),
    "Extended Arabic-Indic (Persian, Urdu)": re.compile("[۰-۹]"),
}


def digit_systems(text: str) -> dict[str, int]:
    """Count the digits of a text by system; systems that it does not use are left out."""
    counts = {name: len(digits.findall(text)) for name, digits in _DIGIT_SYSTEMS.items()}
    return {name: count for name, count in counts.items() if count}


PECULIARITIES: dict[str, Peculiarity] = {
    "double_blanks": Peculiarity("two or more blanks in a row", _characters("  +"), steps=("collapse_blanks",)),
    "outer_blanks": Peculiarity(
        "a blank at the beginning or end",
        _tells(lambda text: text != text.strip()),
        is_of_text=True,
        steps=("collapse_blanks",),
    ),
    "tabs": Peculiarity("a TAB", _characters("\t"), steps=("collapse_blanks",)),
    "hash": Peculiarity("'#' (in KHATT: an illegible or struck-out piece)", _characters("#")),
    "at": Peculiarity("'@' (in KHATT: a placeholder)", _characters("@")),
    "backslash": Peculiarity("'\\' or '_'", _characters(r"[\\_]")),
    "latin": Peculiarity("Latin letters", _characters("[A-Za-z]")),
    "tatweel": Peculiarity("Tatweel (U+0640)", _characters("\u0640"), steps=("drop_tatweel",)),
    "harakat": Peculiarity("vowel marks (Harakat)", _characters("[\u064b-\u0652\u0670]"), steps=("drop_harakat",)),
    "many_marks": Peculiarity(
        f"{MANY_MARKS} or more marks on one letter",
        _characters(rf"[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8]{{{MANY_MARKS},}}"),
    ),
    "zwnj": Peculiarity("ZWNJ (U+200C)", _characters("\u200c")),
    "bidi_controls": Peculiarity(
        "direction marks (U+200E, U+200F, U+061C, U+202A–E, U+2066–9)",
        _characters("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]"),
        steps=("drop_bidi_controls",),
    ),
    "invisible": Peculiarity(
        "other invisible characters (BOM, soft hyphen, ZWJ, ZWSP, line separators)",
        _characters("[\ufeff\u00ad\u200b\u200d\u2028\u2029\x85]"),
    ),
    "controls": Peculiarity(
        "control characters (NUL, escape …)", _characters("[\x00-\x08\x0a-\x1f\x7f-\x84\x86-\x9f]")
    ),
    "special_blanks": Peculiarity(
        "no-break or other special blanks",
        _characters("[\u00a0\u2000-\u200a\u202f\u205f\u3000]"),
        steps=("collapse_blanks",),
    ),
    "presentation_forms": Peculiarity(
        "presentation forms (ligature or shape code points)",
        _characters("[\ufb50-\ufdff\ufe70-\ufefc]"),
        steps=("presentation_forms",),
    ),
    "private_use": Peculiarity("private-use or unassigned code points", _of_category("Co", "Cn")),
    "replacements": Peculiarity(
        "U+FFFD or lone surrogates (bytes that were not decoded)", _characters("[\ufffd\ud800-\udfff]")
    ),
    "mixed_yeh": Peculiarity(
        "Arabic and Persian Yeh side by side (ي and ی)",
        _tells(_has_all("ي", "ی")),
        is_of_text=True,
        steps=("fold_yeh",),
    ),
    "mixed_kaf": Peculiarity(
        "Arabic and Persian Kaf side by side (ك and ک)",
        _tells(_has_all("ك", "ک")),
        is_of_text=True,
        steps=("fold_kaf",),
    ),
    "mixed_heh": Peculiarity(
        "Arabic Heh and Urdu Heh Goal side by side (ه and ہ)",
        _tells(_has_all("ه", "ہ")),
        is_of_text=True,
        steps=("fold_heh",),
    ),
    "mixed_digits": Peculiarity(
        "two digit systems side by side",
        _tells(lambda text: len(digit_systems(text)) > 1),
        is_of_text=True,
        steps=("fold_digits",),
    ),
    "not_nfc": Peculiarity(
        "not in Unicode's composed form (NFC)",
        _tells(lambda text: not unicodedata.is_normalized("NFC", text)),
        is_of_text=True,
        steps=("nfc",),
    ),
    "decomposed": Peculiarity("wholly decomposed (NFD)", _tells(_is_decomposed), is_of_text=True, steps=("nfc",)),
    "reversed": Peculiarity(
        "words that seem to be stored reversed (visual order)", _tells(seems_reversed), is_of_text=True
    ),
    "single_word": Peculiarity("a single word", _tells(lambda text: len(text.split()) == 1), is_of_text=True),
    "long": Peculiarity(
        f"longer than {LONG_TEXT:,} characters", _tells(lambda text: len(text) > LONG_TEXT), is_of_text=True
    ),
}
"""Key, as the JSON of the command line has it, to what is looked for."""
