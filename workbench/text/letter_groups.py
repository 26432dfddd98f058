"""Which letters are alike: those that differ in dots alone, and those that languages encode differently.

*Sources:* Unicode's joining groups (:mod:`workbench.text.joining`) for the skeletons; the folds of
:data:`workbench.study.conditions.FOLDING_STEPS` for code points of one letter, which its caller hands in.
"""

from collections.abc import Iterable

from workbench.text.joining import joining_group
from workbench.text.normalize import normalise

DOT_GROUPS: dict[str, tuple[str, ...]] = {
    "alef (ا أ إ آ)": ("Alef",),
    "ba / ta / tha (ب ت ث پ ٹ)": ("Beh",),
    "jim / ha / kha (ج ح خ چ)": ("Hah",),
    "dal / dhal (د ذ ڈ)": ("Dal",),
    "ra / zay (ر ز ژ ڑ)": ("Reh",),
    "sin / shin (س ش)": ("Seen",),
    "sad / dad (ص ض)": ("Sad",),
    "ta / za (ط ظ)": ("Tah",),
    "ayn / ghayn (ع غ)": ("Ain",),
    "fa / qaf (ف ق)": ("Feh", "Qaf"),
    "kaf / gaf (ك ک گ)": ("Kaf", "Gaf", "Swash Kaf"),
    "lam (ل)": ("Lam",),
    "mim (م)": ("Meem",),
    "nun (ن ں)": ("Noon",),
    "ha / ta marbuta (ه ہ ھ ة)": ("Heh", "Heh Goal", "Knotted Heh", "Teh Marbuta", "Hamza On Heh Goal"),
    "waw (و ؤ)": ("Waw",),
    "ya (ي ی ى ئ)": ("Yeh", "Farsi Yeh"),
    "ye barree (ے)": ("Yeh Barree",),
}
"""Name of a group, with its usual letters, to the joining groups that are in it.

Joining groups that differ in their last form alone stand together: within a word fa and qaf, Arabic and Persian kaf
have one skeleton. Nun and ya look like ba there, too, but not at the end: they stay apart, as in Unicode.
"""

DOTTED = frozenset(name for name in DOT_GROUPS if name not in ("lam (ل)", "mim (م)", "ye barree (ے)"))
"""Groups in which dots, a hamza or another small sign tell letters apart."""

_NAME_OF = {group: name for name, groups in DOT_GROUPS.items() for group in groups}


def dot_group(character: str) -> str | None:
    """Return the group of letters that a letter shares its skeleton with; None for other letters and characters."""
    group = joining_group(character)
    return _NAME_OF.get(group) if group is not None else None


def is_told_by_dots(character: str) -> bool:
    """Tell whether there are letters of which dots or a small sign alone tell this one apart."""
    return dot_group(character) in DOTTED


def glyphs_of(characters: Iterable[str], steps: tuple[str, ...]) -> dict[str, str]:
    """Return for each character the one that folds make of it: characters with one such are one letter on paper."""
    return {character: normalise(character, steps) or character for character in characters}
