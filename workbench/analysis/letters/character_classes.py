"""Ways to part the characters of the test lines into classes: by what they are, where they stand, who else has them.

A literal table: :data:`GROUPINGS`. Each way puts every place into one class or into none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from workbench.analysis.letters.traces import Bools, Ints, LineTexts
from workbench.analysis.letters.training_texts import StudyTexts
from workbench.study.conditions import FOLDING_STEPS
from workbench.text.code_points import code_point, kind
from workbench.text.joining import FORMS, NOT_A_LETTER, forms_in
from workbench.text.letter_groups import DOT_GROUPS, dot_group, glyphs_of
from workbench.text.ngrams import CodedLines, Coder, are_among

NO_CLASS = -1
NGRAMS = (2, 3, 4)
FREQUENCY_BOUNDS = (1, 10, 100, 1_000)
FIFTHS = 5
LENGTH_QUARTERS = 4

_KINDS = {
    "letter": "letters", "digit": "digits", "punctuation": "punctuation", "blank": "blanks", "mark": "marks",
    "symbol": "symbols",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Classes:
    """A way to part places, applied to the lines of a part."""

    key: str
    """Of GROUPINGS."""
    names: tuple[str, ...]
    of_place: Ints
    """Class of each place, or NO_CLASS; shape (1, places) or, where it depends on what a training had seen,
    (trainings, places)."""

    @property
    def count(self) -> int:
        """Number of classes."""
        return len(self.names)


@dataclass(frozen=True)
class Seen:
    """What the two runs of a pair were trained on, as n-grams are looked for in it."""

    own: tuple[str, ...]
    """Of the target, by the baseline's run."""
    further: tuple[str, ...]
    """What the other run was trained on beside that."""


@dataclass(frozen=True, eq=False)
class Asked:
    """Everything that a class may depend on."""

    target: str
    language: str
    texts: LineTexts
    training: StudyTexts | None = None
    """None where the data sets are not there: ways that need them give nothing."""
    seen: tuple[Seen, ...] | None = None
    """Per training."""

    @cached_property
    def glyphs(self) -> Mapping[str, str]:
        """What the folds make of each character of the test lines and of the training text."""
        known = set(self.texts.characters) | set(self.training.holders if self.training else ())
        return glyphs_of(known, FOLDING_STEPS)

    @cached_property
    def _coder(self) -> Coder:
        seen = tuple(dict.fromkeys(self.seen or ()))
        return Coder([self.texts.references, *(one.own for one in seen), *(one.further for one in seen)])

    @cached_property
    def coded_lines(self) -> CodedLines:
        """The test lines, as n-grams are taken of them."""
        return self._coder.code(self.texts.references)

    @cached_property
    def coded_training(self) -> "Mapping[Seen, tuple[CodedLines, CodedLines]]":
        """What the runs of each pair were trained on: the target's own lines, and what the other run has beside."""
        return {
            one: (self._coder.code(one.own), self._coder.code(one.further)) for one in dict.fromkeys(self.seen or ())
        }


Apply = Callable[[Asked], Classes | None]


@dataclass(frozen=True, slots=True)
class Grouping:
    """A way to part characters."""

    title: str
    explanation: str
    apply: Apply
    counts_insertions: bool = False
    """Whether the error rate takes in characters that were inserted: where classes are of whole lines."""


def _named(key: str, asked: Asked, name: Callable[[str], str | None], order: Sequence[str] = ()) -> Classes:
    """Part places by their character alone."""
    names = [name(character) for character in asked.texts.characters]
    known = [*order, *(one for one in dict.fromkeys(names) if one is not None and one not in order)]
    classes = np.array([NO_CLASS if one is None else known.index(one) for one in names] or [NO_CLASS], np.int64)
    return _classes(key, asked, known, classes[asked.texts.character_at])


def _classes(key: str, asked: Asked, names: Sequence[str], of_place: Ints) -> Classes:
    counted = np.where(asked.texts.is_counted, of_place, NO_CLASS)
    return Classes(key, tuple(names), np.atleast_2d(counted))


def _everything(asked: Asked) -> Classes:
    return _classes("all", asked, ["all characters"], np.zeros(len(asked.texts.text), np.int64))


def _characters(asked: Asked) -> Classes:
    return _named("character", asked, code_point)


def _kinds(asked: Asked) -> Classes:
    return _named("kind", asked, lambda one: _KINDS.get(kind(one), "other characters"), tuple(_KINDS.values()))


def sharedness_names(languages: int) -> tuple[str, ...]:
    """Names of the classes by how many languages have a character, those of one language last."""
    words = {1: "one language", 2: "two languages", 3: "all three languages"}
    most = "both languages" if languages == 2 else words.get(languages, f"all {languages} languages")
    shared = [most if number == languages else words.get(number, f"{number} languages") for number in
              range(languages, 1, -1)]  # fmt: skip
    return (*shared, "this language alone", "other languages alone", "not in the training text")


def sharedness(held: frozenset[str], language: str, languages: int) -> str:
    """Return the class of what some languages have."""
    names = sharedness_names(languages)
    if not held:
        return names[-1]
    if language not in held:
        return names[-2]
    return names[-3] if len(held) == 1 else names[languages - len(held)]


def _shared(key: str, asked: Asked, held: Mapping[str, frozenset[str]], glyph: Mapping[str, str]) -> Classes:
    assert asked.training is not None
    languages = len(asked.training.all_languages)
    names = sharedness_names(languages)

    def name(character: str) -> str:
        return sharedness(held.get(glyph.get(character, character), frozenset()), asked.language, languages)

    return _named(key, asked, name, names)


def _shared_code_points(asked: Asked) -> Classes | None:
    return None if asked.training is None else _shared("shared_code_points", asked, asked.training.holders, {})


def _shared_letters(asked: Asked) -> Classes | None:
    if asked.training is None:
        return None
    return _shared("shared_letters", asked, asked.training.holders_as(asked.glyphs), asked.glyphs)


def _dot_groups(asked: Asked) -> Classes:
    return _named("dots", asked, dot_group, tuple(DOT_GROUPS))


def _forms(asked: Asked) -> Classes:
    found = forms_in(asked.texts.characters, asked.texts.character_at, asked.texts.lines).astype(np.int64)
    return _classes("form", asked, FORMS, np.where(found == NOT_A_LETTER, NO_CLASS, found))


def _in_word(asked: Asked) -> Classes:
    """Words are runs of letters; marks and joiners belong to them, digits and punctuation part them."""
    texts = asked.texts
    kinds = np.array([kind(character) for character in texts.characters] or ["letter"])
    is_letter = (kinds == "letter")[texts.character_at]
    passed = np.isin(kinds, ("mark", "format"))[texts.character_at]
    kept = np.flatnonzero(~passed)
    letter, line = is_letter[kept], texts.lines[kept]
    joined = letter[:-1] & letter[1:] & (line[:-1] == line[1:])
    before, after = np.zeros(len(kept), bool), np.zeros(len(kept), bool)
    before[1:], after[:-1] = joined, joined
    place = np.select([before & after, after, before], [1, 0, 2], 3)
    of_place = np.full(len(texts.text), NO_CLASS, np.int64)
    of_place[kept[letter]] = place[letter]
    return _classes("word", asked, ("first of a word", "inside a word", "last of a word", "a word alone"), of_place)


def _in_line(asked: Asked) -> Classes:
    texts = asked.texts
    starts, lengths = texts.starts[texts.lines], np.diff(texts.starts)[texts.lines]
    fifth = FIFTHS * (np.arange(len(texts.text)) - starts) // np.maximum(lengths, 1)
    names = ("first fifth of the line", "second fifth", "third fifth", "fourth fifth", "last fifth of the line")
    return _classes("line", asked, names, fifth)


def frequency_names() -> tuple[str, ...]:
    """Names of the classes by how often a character occurs in the training text."""
    bounds = [*FREQUENCY_BOUNDS]
    between = [f"{low:,} to {high - 1:,} times" for low, high in pairwise(bounds)]
    return (f"{bounds[-1]:,} times or more", *reversed(between), "never")


def _frequency(asked: Asked) -> Classes | None:
    if asked.training is None:
        return None
    counts = asked.training.counts(asked.target)
    names = frequency_names()

    def name(character: str) -> str:
        return names[len(FREQUENCY_BOUNDS) - int(np.searchsorted(FREQUENCY_BOUNDS, counts.get(character, 0), "right"))]

    return _named("frequency", asked, name, names)


def _lengths(asked: Asked) -> Classes:
    """Quarters of the lines by their length; equal lengths stay together."""
    texts = asked.texts
    lengths = np.bincount(texts.lines[texts.is_counted], minlength=len(texts.references))
    cuts = np.unique(np.quantile(lengths, [0.25, 0.5, 0.75], method="lower")) if len(lengths) else np.zeros(0)
    quarter = np.searchsorted(cuts, lengths, "left")
    bounds = [int(cut) for cut in cuts]
    names = [f"lines of up to {bounds[0]} characters"] if bounds else ["all lines"]
    names += [f"{low + 1} to {high} characters" for low, high in pairwise(bounds)]
    names += [f"{bounds[-1] + 1} characters and more"] if bounds else []
    return _classes("length", asked, names, quarter[texts.lines])


NOVELTY_NAMES = ("in the target's own lines", "only in what is trained on beside them", "in no training line")


def _novelty(n: int) -> Apply:
    def apply(asked: Asked) -> Classes | None:
        if asked.seen is None:
            return None
        of_lines = asked.coded_lines.ngrams(n)
        known: dict[Seen, Ints] = {}
        for seen, (own, further) in asked.coded_training.items():
            in_own, in_further = (are_among(of_lines, coded.ngrams(n)) for coded in (own, further))
            known[seen] = np.where(in_own, 0, np.where(in_further, 1, 2)).astype(np.int64)
        rows = np.array([known[seen] for seen in asked.seen], np.int64).reshape(len(asked.seen), len(of_lines))
        if (rows == rows[:1]).all():
            rows = rows[:1]
        return Classes(f"novelty_{n}", NOVELTY_NAMES, np.where(asked.texts.is_counted, rows, NO_CLASS))

    return apply


_OF_NGRAMS = (
    "Each character with the {} before it: do the target's own K training lines hold this sequence, or only the lines "
    "that joint training adds (those of the other languages), or none? A gain where only the others hold it comes from "
    "their text: an implicit language model."
)

GROUPINGS: dict[str, Grouping] = {
    "all": Grouping(
        "All",
        "Every character of the test lines. Inserted ones are not in the rate, so it is not the CER.",
        _everything,
    ),
    "character": Grouping("Characters", "Each code point for itself.", _characters),
    "shared_code_points": Grouping(
        "Shared code points", "In the training text of how many languages the code point occurs.", _shared_code_points
    ),
    "shared_letters": Grouping(
        "Shared letters",
        "The same after Yeh, Kaf, Heh, digits and full stops are folded: one letter on paper may have a code point of "
        "its own in each language.",
        _shared_letters,
    ),
    "dots": Grouping(
        "Letters by skeleton", "Letters of one skeleton, which dots or a small sign tell apart.", _dot_groups
    ),
    "form": Grouping("Joining form", "The form that a letter takes beside its neighbours.", _forms),
    "word": Grouping("Place in the word", "Words are runs of letters.", _in_word),
    "line": Grouping("Place in the line", "By reading order.", _in_line),
    "kind": Grouping("Kind", "Letters, digits, punctuation, blanks, marks.", _kinds),
    "frequency": Grouping("Frequency", "How often the character occurs in the target's own training text.", _frequency),
    "length": Grouping(
        "Line length",
        "Quarters of the lines; CER, inserted characters counted.",
        _lengths,
        counts_insertions=True,
    ),
    "novelty_2": Grouping("Novelty of 2-grams", _OF_NGRAMS.format("one"), _novelty(2)),
    "novelty_3": Grouping("Novelty of 3-grams", _OF_NGRAMS.format("two"), _novelty(3)),
    "novelty_4": Grouping("Novelty of 4-grams", _OF_NGRAMS.format("three"), _novelty(4)),
}
"""By key, as files and the command line have it."""

assert len(NGRAMS) == sum(key.startswith("novelty") for key in GROUPINGS)


def members(classes: Classes, number: int, training: int = 0) -> Bools:
    """Return which places are in a class, as a training has it."""
    row = training if len(classes.of_place) > 1 else 0
    return classes.of_place[row] == number
