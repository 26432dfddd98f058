"""What is peculiar about texts and images of a data set: lines that are used, and that one should know of.

Counts, not one entry per line: a list of problems stays readable only when it is short.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from workbench.data.identifiers import natural_key
from workbench.data.line import ReadProblem, TextLine
from workbench.data.reader import counted, examples, note

LONG_TEXT = 1000
TALL_SHARE = 1 / 3
TALL_PX = 150

_DIGITS = {"ASCII": re.compile("[0-9]"), "Arabic-Indic": re.compile("[٠-٩]"), "Persian": re.compile("[۰-۹]")}
_FINAL_MARKS = (".", "۔", "؟", "،", "!", "؛", ":")
_FINAL_LETTERS = ("ة", "ى")


def _has(pattern: str) -> Callable[[str], bool]:
    return lambda text, search=re.compile(pattern).search: search(text) is not None


TEXT_QUIRKS: dict[str, Callable[[str], bool]] = {
    "two or more blanks in a row": _has("  "),
    "a blank at the beginning or end": lambda text: text != text.strip(),
    "a TAB": _has("\t"),
    "'#' (in KHATT: an illegible or struck-out piece)": _has("#"),
    "'@' (in KHATT: a placeholder)": _has("@"),
    "'\\' or '_'": _has(r"[\\_]"),
    "Latin letters": _has("[A-Za-z]"),
    "Tatweel (U+0640)": _has("\u0640"),
    "vowel marks (Harakat)": _has("[\u064b-\u0652\u0670]"),
    "ZWNJ (U+200C)": _has("\u200c"),
    "direction marks (U+200E, U+200F, U+061C, U+202A–E, U+2066–9)": _has(
        "[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]"
    ),
    "other invisible characters (BOM, soft hyphen, ZWJ, ZWSP, line separators)": _has(
        "[\ufeff\u00ad\u200b\u200d\u2028\u2029\x85]"
    ),
    "no-break or other special blanks": _has("[\u00a0\u2000-\u200a\u202f\u205f\u3000]"),
    "presentation forms (ligature or shape code points)": _has("[\ufb50-\ufdff\ufe70-\ufefc]"),
    "private-use or unassigned code points": lambda text: (
        not text.isprintable() and any(unicodedata.category(c) in ("Co", "Cn") for c in text)
    ),
    "Arabic and Persian Yeh side by side (ي and ی)": lambda text: "ي" in text and "ی" in text,
    "Arabic and Persian Kaf side by side (ك and ک)": lambda text: "ك" in text and "ک" in text,
    "two digit systems side by side": lambda text: sum(bool(digits.search(text)) for digits in _DIGITS.values()) > 1,
    "not in Unicode's composed form (NFC)": lambda text: not unicodedata.is_normalized("NFC", text),
    "a single word": lambda text: len(text.split()) == 1,
    f"longer than {LONG_TEXT:,} characters": lambda text: len(text) > LONG_TEXT,
}
"""What a text may have, and how to tell."""


def text_quirks(text: str) -> tuple[str, ...]:
    """Quirks of one transcription."""
    return tuple(name for name, tell in TEXT_QUIRKS.items() if tell(text))


def image_quirks(ink_height: int, scan_height: int) -> tuple[str, ...]:
    """Quirks of one image, by the height of its ink and of the whole scan in px."""
    if ink_height == 0:
        return ("no ink at all",)
    if scan_height > TALL_PX and ink_height < TALL_SHARE * scan_height:
        return ("mostly blank paper, the ink fills less than a third of the height (crop to ink)",)
    return ()


def _counted(noun: str, found: dict[str, list[str]]) -> list[ReadProblem]:
    return [note(f"{quirk}: {counted(len(ids), noun)} ({examples(ids)})") for quirk, ids in found.items()]


def image_notes(quirks: Iterable[tuple[str, str]]) -> list[ReadProblem]:
    """Notes from (id of a line, quirk of its image) pairs."""
    found: dict[str, list[str]] = defaultdict(list)
    for line_id, quirk in quirks:
        found[quirk].append(line_id)
    return _counted("image", found)


def copy_notes(digests: Sequence[tuple[str, str]]) -> list[ReadProblem]:
    """Note images that lie in the data set twice, from (id of a line, sha256 of its file) pairs."""
    holders: dict[str, list[str]] = defaultdict(list)
    for line_id, digest in digests:
        holders[digest].append(line_id)
    copies = [" = ".join(ids) for ids in holders.values() if len(ids) > 1]
    return [note(f"the same image under several ids: {examples(copies)}")] if copies else []


def text_notes(lines: Sequence[TextLine]) -> list[ReadProblem]:
    """Notes about the transcriptions of a data set, one by one and together."""
    found: dict[str, list[str]] = {quirk: [] for quirk in TEXT_QUIRKS}
    for line in lines:
        for quirk in text_quirks(line.transcription):
            found[quirk].append(line.id)
    notes = _counted("transcription", {quirk: ids for quirk, ids in found.items() if ids})
    return [*notes, *_digit_note(lines), *order_notes(lines), *_repeat_notes(lines), *_writer_notes(lines)]


def _digit_note(lines: Sequence[TextLine]) -> list[ReadProblem]:
    counts = {name: sum(bool(digits.search(line.transcription)) for line in lines) for name, digits in _DIGITS.items()}
    used = {name: count for name, count in counts.items() if count}
    if len(used) < 2:
        return []
    return [
        note(
            "digits of several systems: "
            + ", ".join(f"{name} in {counted(count, 'line')}" for name, count in used.items())
        )
    ]


def order_notes(lines: Sequence[TextLine]) -> list[ReadProblem]:
    """Suspect reversed storage: sentence ends and word-final letters stand where texts begin."""
    odd = (*_FINAL_MARKS, *_FINAL_LETTERS)
    begins = sum(line.transcription.strip().startswith(odd) for line in lines)
    ends = sum(line.transcription.strip().endswith(odd) for line in lines)
    if begins < 5 or begins <= 2 * ends:
        return []
    told = f"{begins:,} begin with a sentence end or a word-final letter, {ends:,} end with one"
    return [note(f"THE TEXTS SEEM TO BE STORED REVERSED: {told}")]


def _repeat_notes(lines: Sequence[TextLine]) -> list[ReadProblem]:
    """Texts that occur more than once, and those of them that stand in more than one part."""
    holders: dict[str, list[TextLine]] = defaultdict(list)
    for line in lines:
        holders[" ".join(line.transcription.split())].append(line)
    repeated = [members for members in holders.values() if len(members) > 1]
    across = [members for members in repeated if len({line.split for line in members if line.split}) > 1]
    notes: list[ReadProblem] = []
    if repeated:
        notes.append(note(f"{counted(len(repeated), 'text')} met more than once: {_first_ids(repeated)}"))
    if across:
        tested = sum(line.split == "test" for members in across for line in members)
        where = f"in more than one part, on {counted(tested, 'test line')}"
        notes.append(note(f"{counted(len(across), 'text')} {where}: {_first_ids(across)}"))
    return notes


def _first_ids(groups: list[list[TextLine]]) -> str:
    return examples([members[0].id for members in groups])


def _writer_notes(lines: Sequence[TextLine]) -> list[ReadProblem]:
    parts: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if line.writer is not None and line.split is not None:
            parts[line.writer].add(line.split)
    both = sorted((writer for writer, splits in parts.items() if len(splits) > 1), key=natural_key)
    return [note(f"{counted(len(both), 'writer')} in more than one part: {examples(both)}")] if both else []
