"""What the transcriptions of a data set are made of: code points, peculiarities, letters with several encodings.

Counted over texts as they are stored, before any normalisation.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.text.code_points import code_point, kind, number
from workbench.text.peculiarities import PECULIARITIES, Peculiarity, digit_systems
from workbench.text.stored_order import OrderEvidence, order_evidence

VARIANTS: dict[str, str] = {
    "Yeh": "\u064a\u0649\u06cc\u06d2",
    "Kaf": "\u0643\u06a9\u06aa",
    "Heh": "\u0647\u06c1\u06be\u06d5",
    "full stop": ".\u06d4",
}
"""Letters that languages write alike, or nearly, and encode differently."""


@dataclass(frozen=True, slots=True)
class CharacterCount:
    """One code point: how often it occurs, and in how many texts."""

    character: str
    count: int
    lines: int

    @property
    def code_point(self) -> str:
        """Number, sign and name: `U+06CC ی FARSI YEH`."""
        return code_point(self.character)

    @property
    def kind(self) -> str:
        """General class in a word."""
        return kind(self.character)


@dataclass(frozen=True, slots=True)
class Finding:
    """A peculiarity that at least one text has."""

    key: str
    """Of :data:`workbench.text.peculiarities.PECULIARITIES`."""
    places: tuple[int, ...]
    """Which texts have it, by position."""
    occurrences: int | None
    """How often, over all texts; None for a property of a whole text."""

    @property
    def lines(self) -> int:
        """Number of texts that have it."""
        return len(self.places)

    @property
    def peculiarity(self) -> Peculiarity:
        """What it is."""
        return PECULIARITIES[self.key]


@dataclass(frozen=True, slots=True)
class Variants:
    """The encodings of one letter (or the digit systems) that the texts use."""

    title: str
    members: tuple[tuple[str, int, int], ...]
    """(what, how often, in how many texts); those that do not occur are left out."""

    @property
    def is_mixed(self) -> bool:
        """Tell whether several are used."""
        return len(self.members) > 1


@dataclass(frozen=True, slots=True)
class TextProfile:
    """Counts over some texts."""

    lines: int
    length: int
    """Code points of all texts."""
    words: int
    """Between white space."""
    characters: tuple[CharacterCount, ...]
    """In the order of their numbers."""
    findings: tuple[Finding, ...]
    """In the order of the table of peculiarities."""
    variants: tuple[Variants, ...]
    """Letters with several encodings, full stop and digits, as far as they occur."""
    order: OrderEvidence

    def finding(self, key: str) -> Finding | None:
        """Return a peculiarity by its key; None where no text has it."""
        return next((finding for finding in self.findings if finding.key == key), None)

    def to_json(self) -> dict[str, Any]:
        """As JSON values: code points as `U+06CC`, with sign, name, class and counts."""
        return {
            "lines": self.lines,
            "length": self.length,
            "words": self.words,
            "characters": [
                {
                    "number": number(one.character),
                    "code_point": one.code_point,
                    "kind": one.kind,
                    "count": one.count,
                    "lines": one.lines,
                }
                for one in self.characters
            ],
            "peculiarities": {
                finding.key: {
                    "title": finding.peculiarity.title,
                    "lines": finding.lines,
                    "occurrences": finding.occurrences,
                    "steps": list(finding.peculiarity.steps),
                }
                for finding in self.findings
            },
            "variants": {
                group.title: [{"what": what, "count": count, "lines": lines} for what, count, lines in group.members]
                for group in self.variants
            },
            "is_suspected_reversed": self.order.is_reversed,
            "evidence": {"reversed": self.order.for_reversed, "logical": self.order.for_logical},
        }


def profile(texts: Iterable[str]) -> TextProfile:
    """Count what some transcriptions are made of.

    Parameters
    ----------
    texts : iterable of str
        As they are stored.
    """
    stored = tuple(texts)
    counts: Counter[str] = Counter()
    holders: Counter[str] = Counter()
    for text in stored:
        counts.update(text)
        holders.update(set(text))
    characters = tuple(CharacterCount(one, counts[one], holders[one]) for one in sorted(counts))
    return TextProfile(
        lines=len(stored),
        length=counts.total(),
        words=sum(len(text.split()) for text in stored),
        characters=characters,
        findings=tuple(_findings(stored)),
        variants=tuple(group for group in (*_letters(characters), _digits(stored)) if group.members),
        order=order_evidence(stored),
    )


def _findings(texts: Sequence[str]) -> Iterable[Finding]:
    for key, peculiarity in PECULIARITIES.items():
        counts = [peculiarity.count(text) for text in texts]
        places = tuple(place for place, count in enumerate(counts) if count)
        if places:
            yield Finding(key, places, None if peculiarity.is_of_text else sum(counts))


def _letters(characters: Sequence[CharacterCount]) -> Iterable[Variants]:
    found = {one.character: one for one in characters}
    for title, letters in VARIANTS.items():
        members = tuple(found[letter] for letter in letters if letter in found)
        yield Variants(title, tuple((one.code_point, one.count, one.lines) for one in members))


def _digits(texts: Iterable[str]) -> Variants:
    counts: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for text in texts:
        used = digit_systems(text)
        counts.update(used)
        lines.update(used.keys())
    return Variants("digits", tuple((system, counts[system], lines[system]) for system in sorted(counts)))
