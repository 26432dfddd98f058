"""Found lines become lines of a data set: images looked up, texts checked, ids settled, languages parted."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from workbench.data.cuts import Cut, MaskCut
from workbench.data.identifiers import origin_of
from workbench.data.line import OfficialSplit, ReadProblem, TextLine
from workbench.data.reader import Found, FoundLine, counted, note
from workbench.data.tree import FileTree, RefusedPathError, place_of

UNKNOWN_LANGUAGE = "und"
"""For texts without a letter of the Arabic script (the code that BCP 47 has for it)."""

_BAD = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_URDU = re.compile("[ٹڈڑںےھہۂۃ]")
_PERSIAN = re.compile("[پچژگیک]")
_ARABIC = re.compile("[يكةىإأؤئ]")
_SCRIPT = re.compile("[\u0620-\u064a\u066e-\u06d3\ufb50-\ufdff\ufe70-\ufefc]")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line whose image is there but not opened yet, and where it was named."""

    line: TextLine
    source: str
    row: int | None
    told_split: OfficialSplit | None = None
    """Part that the data set assigns, whatever the user chose."""

    def problem(self, reason: str) -> ReadProblem:
        """Say what is wrong with this line."""
        return ReadProblem(self.source, self.row, reason)


@dataclass(frozen=True, slots=True)
class Draft:
    """The lines of one language, before their images are decoded."""

    language: str
    candidates: tuple[Candidate, ...]
    problems: tuple[ReadProblem, ...]
    is_told: bool = True
    """The data set names the language of these lines; else their letters, the form or the user did."""


def assemble(tree: FileTree, found: Iterable[Found], language: str | None) -> tuple[Draft, ...]:
    """Part what a reader found into one draft per language.

    Parameters
    ----------
    tree : FileTree
        Where the images are looked up.
    found : iterable of FoundLine or ReadProblem
        In the order of the data set, which is kept.
    language : str or None
        Of lines that tell none themselves; None: taken from their letters.
    """
    lines: dict[str | None, list[FoundLine]] = defaultdict(list)
    shared: list[ReadProblem] = list(tree.problems)
    for one in found:
        if isinstance(one, ReadProblem):
            shared.append(one)
        else:
            lines[one.language].append(one)
    if not lines:
        return (Draft(language or UNKNOWN_LANGUAGE, (), tuple(shared)),)
    guessed: dict[str, ReadProblem] = {}
    if None in lines:
        untold = lines.pop(None)
        its = language or guess_language(line.text for line in untold)
        lines[its] += untold
        if language is None:
            guessed[its] = note(
                f"the language of {counted(len(untold), 'line')} is not told; by its letters it is {its}"
            )
    return tuple(
        _draft(tree, members, told or UNKNOWN_LANGUAGE, [*shared, *([guessed[told]] if told in guessed else [])])
        for told, members in lines.items()
    )


def _draft(tree: FileTree, found: list[FoundLine], language: str, shared: list[ReadProblem]) -> Draft:
    problems = [*shared, *_unused(found)]
    located: list[tuple[FoundLine, str]] = []
    named: dict[tuple[str, Cut | None], FoundLine] = {}
    for line in found:
        image = _checked(tree, line, named)
        if isinstance(image, ReadProblem):
            problems.append(image)
        else:
            named[image, line.cut] = line
            located.append((line, image))
    candidates = _settled(located, language, problems)
    return Draft(language, tuple(candidates), tuple(problems), any(line.language for line in found))


def _unused(found: list[FoundLine]) -> list[ReadProblem]:
    counts = Counter(line.unused_split for line in found if line.unused_split)
    return [
        note(f"{counted(count, 'line')} of the split '{name}' in no part and never used")
        for name, count in counts.items()
    ]


def _checked(tree: FileTree, line: FoundLine, named: dict[tuple[str, Cut | None], FoundLine]) -> str | ReadProblem:
    """Relative path of the image of a usable line, or what is wrong."""

    def problem(reason: str) -> ReadProblem:
        return ReadProblem(line.source, line.row, reason)

    try:
        image = next((place for name in line.images if (place := tree.find(name))), None)
    except RefusedPathError as error:
        return problem(f"image {line.images[0][:200]!r}: {error}")
    if image is None:
        return problem(f"the image {line.images[0]} is missing")
    if isinstance(line.cut, MaskCut) and tree.find(line.cut.mask) is None:
        return problem(f"the mask {line.cut.mask} is missing")
    if (first := named.get((image, line.cut))) is not None:
        return problem(f"the image {image} is listed twice; used as in {_place(first)}")
    reason = text_fault(line.text)
    return problem(f"{image}: {reason}") if reason else image


def _place(line: FoundLine) -> str:
    return f"{line.source}, row {line.row}" if line.row else line.source


def text_fault(text: str) -> str | None:
    """Say why a transcription cannot be used, None where it can."""
    if not text.strip():
        return "the transcription is empty"
    if match := _BAD.search(text):
        if match[0] in "\n\r":
            return "the transcription holds a line break"
        return f"the transcription holds the control character U+{ord(match[0]):04X}"
    if all(unicodedata.category(character) in ("Cf", "Zs", "Cc", "Zl", "Zp") for character in text):
        return "the transcription holds no visible character"
    return None


def _settled(located: list[tuple[FoundLine, str]], language: str, problems: list[ReadProblem]) -> list[Candidate]:
    """Give every line an id: the one told, else the stem of its image, else its path where stems repeat."""
    places = [place_of(image) for _, image in located]
    stems = Counter(stem for _, stem in places)
    paths = Counter(places)
    taken: dict[str, FoundLine] = {}
    candidates: list[Candidate] = []
    for (line, image), place in zip(located, places, strict=True):
        folder, stem = place
        short = f"{folder}/{stem}" if folder else stem
        name = line.id or (stem if stems[stem] == 1 else short if paths[place] == 1 else image)
        if name in taken:
            problems.append(
                ReadProblem(line.source, line.row, f"the id {name} is already that of {_place(taken[name])}")
            )
            continue
        taken[name] = line
        origin = origin_of(stem)
        text = TextLine(
            id=name,
            image=Path(image),
            transcription=line.text,
            language=language,
            split=line.split,
            writer=line.writer or origin.writer,
            page=line.page or origin.page,
            cut=line.cut,
        )
        candidates.append(Candidate(text, line.source, line.row, line.told_split))
    return candidates


def guess_language(texts: Iterable[str]) -> str:
    """Urdu, Persian or Arabic by the letters that only some of them have; `und` without Arabic script.

    Urdu's own letters (ے ہ ں ٹ …) decide first, then whether the Persian letters (پ گ ی ک …) outnumber those
    that only Arabic has (ي ك ة …).
    """
    letters = urdu = persian = arabic = 0
    for text in texts:
        letters += len(_SCRIPT.findall(text))
        urdu += len(_URDU.findall(text))
        persian += len(_PERSIAN.findall(text))
        arabic += len(_ARABIC.findall(text))
    if not letters:
        return UNKNOWN_LANGUAGE
    if urdu > 0.02 * letters:
        return "ur"
    return "fa" if persian > arabic else "ar"
