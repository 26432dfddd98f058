"""Named steps that make texts comparable. None is on unless a study names it; what it names is recorded.

Every step is a function of the text alone, may be repeated without further effect, and looks at code points in
logical order. The folds bring letters that are written alike, but encoded differently by language, to one code point.
"""

import difflib
import unicodedata
from collections.abc import Callable, Iterable

from workbench.errors import InputError


def _table(targets: dict[str, str]) -> dict[int, str]:
    """Translation table from (characters -> what each of them becomes)."""
    return {ord(character): target for characters, target in targets.items() for character in characters}


def _span(first: int, last: int) -> str:
    return "".join(map(chr, range(first, last + 1)))


# All combining marks of Arabic script except U+0653-0655 (madda and hamza), which belong to their letter.
_HARAKAT = _table(
    {
        _span(0x0610, 0x061A): "",
        _span(0x064B, 0x0652): "",
        _span(0x0656, 0x065F): "",
        "\u0670": "",
        _span(0x06D6, 0x06DC): "",
        _span(0x06DF, 0x06E4): "",
        "\u06e7\u06e8": "",
        _span(0x06EA, 0x06ED): "",
        _span(0x08D3, 0x08E1): "",
        _span(0x08E3, 0x08FF): "",
    }
)
# Arabic Yeh and Alef Maksura -> Farsi Yeh. Yeh Barree is another shape and stays.
_YEH = _table({"\u064a\u0649": "\u06cc"})
# Arabic Kaf and Swash Kaf -> Keheh.
_KAF = _table({"\u0643\u06aa": "\u06a9"})
# Heh Goal and Ae -> Heh, with their forms that carry a hamza or dots. Heh Doachashmee is a letter of its own.
_HEH = _table({"\u06c1\u06d5": "\u0647", "\u06c2": "\u06c0", "\u06c3": "\u0629"})
_HEH_DOACHASHMEE = _table({"\u06be": "\u0647"})
_DIGITS = {
    ord(digit): str(value)
    for zero in (0x0660, 0x06F0)
    for value, digit in enumerate(_span(zero, zero + 9))
}  # fmt: skip
_FULL_STOP = _table({"\u06d4": "."})
_BIDI_CONTROLS = _table({"\u061c\u200e\u200f\ufeff": "", _span(0x202A, 0x202E): "", _span(0x2066, 0x2069): ""})


def _base_letters() -> dict[int, str]:
    """Presentation forms to the letters they show.

    U+FB50-FBB1, U+FE70-FEFC and the word ligature U+FDF2. Left alone: U+FBD3-FBFF, which some fonts use for other
    glyphs, and the ligatures that stand for whole phrases (U+FDFA would become 18 characters).
    """
    shown = [*range(0xFB50, 0xFBB2), 0xFDF2, *range(0xFE70, 0xFEFD)]
    return {point: unicodedata.normalize("NFKC", chr(point)).lstrip(" ") for point in shown}


_PRESENTATION_FORMS = _base_letters()


def _translation(table: dict[int, str]) -> Callable[[str], str]:
    return lambda text: text.translate(table)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _collapse_blanks(text: str) -> str:
    return " ".join(text.split())


STEPS: dict[str, Callable[[str], str]] = {
    "nfc": _nfc,
    "collapse_blanks": _collapse_blanks,
    "drop_tatweel": _translation({0x0640: ""}),
    "drop_harakat": _translation(_HARAKAT),
    "fold_yeh": _translation(_YEH),
    "fold_kaf": _translation(_KAF),
    "fold_heh": _translation(_HEH),
    "fold_heh_doachashmee": _translation(_HEH_DOACHASHMEE),
    "fold_digits": _translation(_DIGITS),
    "fold_full_stop": _translation(_FULL_STOP),
    "presentation_forms": _translation(_PRESENTATION_FORMS),
    "drop_bidi_controls": _translation(_BIDI_CONTROLS),
}
"""Name of a step, as a study file writes it, to what it does."""

EXPLANATIONS: dict[str, str] = {
    "nfc": "Compose letters and marks that Unicode knows as one character (Alef + Madda becomes U+0622).",
    "collapse_blanks": "Every run of white space becomes one blank; none at the ends.",
    "drop_tatweel": "Remove the stretching character U+0640.",
    "drop_harakat": "Remove vowel and other small signs; Madda and Hamza stay.",
    "fold_yeh": "Arabic Yeh and Alef Maksura become Farsi Yeh U+06CC.",
    "fold_kaf": "Arabic Kaf becomes Keheh U+06A9.",
    "fold_heh": "Heh Goal becomes Heh U+0647; Heh Doachashmee stays.",
    "fold_heh_doachashmee": "Heh Doachashmee U+06BE becomes Heh U+0647, too. In Urdu it is a letter of its own.",
    "fold_digits": "Arabic-Indic and Extended Arabic-Indic digits become 0-9.",
    "fold_full_stop": "The Urdu full stop U+06D4 becomes '.'.",
    "presentation_forms": "Presentation forms become the letters they show; phrase ligatures stay.",
    "drop_bidi_controls": "Remove direction marks, embeddings, isolates and byte order marks; ZWNJ stays.",
}
"""One sentence per step, for the window and the help."""


def check_steps(steps: Iterable[str]) -> None:
    """Raise for a step that does not exist.

    Raises
    ------
    InputError
        With the name that was probably meant.
    """
    for step in steps:
        if step not in STEPS:
            near = difflib.get_close_matches(step, STEPS, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else f"Known steps: {', '.join(STEPS)}."
            raise InputError(f"Unknown normalisation step '{step}'", hint=hint)


def normalise(text: str, steps: tuple[str, ...]) -> str:
    """Apply named steps to a text in logical order, in the order given.

    Raises
    ------
    InputError
        For an unknown step.
    """
    check_steps(steps)
    for step in steps:
        text = STEPS[step](text)
    return text
