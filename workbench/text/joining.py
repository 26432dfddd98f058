"""How Arabic letters join: Unicode's joining groups and types, and the form that each letter of a text takes.

A joining group holds the letters of one skeleton, which differ in dots, a hamza or another small sign alone.

*Source:* The Unicode Standard 14.0, section 9.2, and its file ArabicShaping.txt, for all letters of the blocks Arabic,
Arabic Supplement and Arabic Extended-A up to U+08C9. Python's `unicodedata` does not know these properties.
"""

import unicodedata
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Form = Literal["isolated", "initial", "medial", "final"]
FORMS: tuple[Form, ...] = ("isolated", "initial", "medial", "final")

JoiningType = Literal["D", "R", "C", "T", "U"]
"""Dual-joining, right-joining (to the letter before it alone), join-causing, transparent, non-joining."""

NOT_A_LETTER = -1

JOINING_GROUPS: dict[str, tuple[JoiningType, str]] = {
    "Yeh": ("D", "0620 0626 0649-064A 0678 06D0-06D1 0777 08A8-08A9 08BA"),
    "Alef": ("R", "0622-0623 0625 0627 0671-0673 0675 0773-0774"),
    "Waw": ("R", "0624 0648 0676-0677 06C4-06CB 06CF 0778-0779 08AB"),
    "Beh": ("D", "0628 062A-062B 066E 0679-0680 0750-0756 08A0-08A1 08B6-08B8 08BE-08C0"),
    "Teh Marbuta": ("R", "0629 06C0 06D5"),
    "Hah": ("D", "062C-062E 0681-0687 06BF 0757-0758 076E-076F 0772 077C 08A2 08C1 08C5-08C6"),
    "Dal": ("R", "062F-0630 0688-0690 06EE 0759-075A 08AE"),
    "Reh": ("R", "0631-0632 0691-0699 06EF 075B 076B-076C 0771 08AA 08B2 08B9"),
    "Seen": ("D", "0633-0634 069A-069C 06FA 075C 076D 0770 077D-077E"),
    "Sad": ("D", "0635-0636 069D-069E 06FB 08AF"),
    "Tah": ("D", "0637-0638 069F 08A3"),
    "Ain": ("D", "0639-063A 06A0 06FC 075D-075F 08B3 08C3"),
    "Gaf": ("D", "063B-063C 06A9 06AB 06AF-06B4 0762-0764 08B0 08C2 08C8"),
    "Farsi Yeh": ("D", "063D-063F 06CC 06CE 0775-0776"),
    "Feh": ("D", "0641 06A1-06A6 0760-0761 08A4"),
    "Qaf": ("D", "0642 066F 06A7-06A8 08A5 08B5"),
    "Kaf": ("D", "0643 06AC-06AE 077F 08B4"),
    "Lam": ("D", "0644 06B5-06B8 076A 08A6 08C7"),
    "Meem": ("D", "0645 0765-0766 08A7"),
    "Noon": ("D", "0646 06B9-06BC 0767-0769"),
    "Heh": ("D", "0647"),
    "Swash Kaf": ("D", "06AA"),
    "Nya": ("D", "06BD"),
    "Knotted Heh": ("D", "06BE 06FF"),
    "Heh Goal": ("D", "06C1-06C2"),
    "Hamza On Heh Goal": ("R", "06C3"),
    "Yeh With Tail": ("R", "06CD"),
    "Yeh Barree": ("R", "06D2-06D3"),
    "Burushaski Yeh Barree": ("D", "077A-077B"),
    "Rohingya Yeh": ("R", "08AC"),
    "Straight Waw": ("R", "08B1"),
    "African Feh": ("D", "08BB"),
    "African Qaf": ("D", "08BC 08C4"),
    "African Noon": ("D", "08BD"),
}
"""Name of a group to the type of its letters and their code points: single ones and ranges, in hexadecimal."""

_JOIN_CAUSING = "\u0640\u200d\u07fa"
"""Tatweel, ZWJ and the N'Ko stretching sign join on either side without being letters."""


def _points(ranges: str) -> list[int]:
    found: list[int] = []
    for piece in ranges.split():
        first, _, last = piece.partition("-")
        found += range(int(first, 16), int(last or first, 16) + 1)
    return found


_GROUP_OF: dict[str, str] = {
    chr(point): group for group, (_, ranges) in JOINING_GROUPS.items() for point in _points(ranges)
}


def joining_group(character: str) -> str | None:
    """Return the name of a letter's joining group, None for what has none (hamza, Latin letters, signs)."""
    return _GROUP_OF.get(character)


def joining_type(character: str) -> JoiningType:
    """Return how a character joins those beside it."""
    group = _GROUP_OF.get(character)
    if group is not None:
        return JOINING_GROUPS[group][0]
    if character in _JOIN_CAUSING:
        return "C"
    # ZWNJ parts letters; marks and all other format characters let them join across.
    is_transparent = unicodedata.category(character) in ("Mn", "Me", "Cf") and character != "\u200c"
    return "T" if is_transparent else "U"


def is_arabic_letter(character: str) -> bool:
    """Tell whether a character is a letter that takes part in joining, or the hamza, which stands alone."""
    return character in _GROUP_OF or character in "\u0621\u0674\u08ad"


def forms_of(text: str) -> tuple[Form | None, ...]:
    """Return the form of each letter of a text in logical order, None for what is no Arabic letter."""
    characters = sorted(set(text))
    places = {character: place for place, character in enumerate(characters)}
    found = forms_in(characters, np.array([places[one] for one in text], np.int64), np.zeros(len(text), np.int64))
    return tuple(None if form == NOT_A_LETTER else FORMS[form] for form in found)


def forms_in(characters: Sequence[str], places: NDArray[np.int64], lines: NDArray[np.int64]) -> NDArray[np.int8]:
    """Find the form of each letter of many lines at once.

    Parameters
    ----------
    characters : sequence of str
        Different characters of the lines.
    places : ndarray, shape (n,)
        Which of them each character of the lines is; the lines follow one another, in logical order.
    lines : ndarray, shape (n,)
        Number of the line that each character stands in. Nothing joins across lines.

    Returns
    -------
    ndarray, shape (n,)
        Position in FORMS; NOT_A_LETTER for what is no Arabic letter.
    """
    types = np.array([joining_type(character) for character in characters] or ["U"])
    letters = np.array([is_arabic_letter(character) for character in characters] or [False])
    found = np.full(len(places), NOT_A_LETTER, np.int8)
    seen = np.flatnonzero(types[places] != "T") if len(places) else np.zeros(0, np.int64)
    kind = types[places[seen]]
    joins_next, joins_before = np.isin(kind, ("D", "C")), np.isin(kind, ("D", "R", "C"))
    of_line = lines[seen]
    is_joined = joins_next[:-1] & joins_before[1:] & (of_line[:-1] == of_line[1:])
    before, after = np.zeros(len(seen), bool), np.zeros(len(seen), bool)
    before[1:], after[:-1] = is_joined, is_joined
    form = np.select([before & after, before, after], [FORMS.index("medial"), FORMS.index("final"), 1], 0)
    is_letter = letters[places[seen]]
    found[seen[is_letter]] = form[is_letter]
    return found
