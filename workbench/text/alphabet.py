"""Characters and their classes in the network's output. Class 0 is the CTC blank."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from workbench.errors import InputError
from workbench.text.code_points import number
from workbench.text.reading_order import ReadingOrder, to_logical, to_network

CTC_BLANK = 0


def alphabet_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Characters that occur in the texts, sorted by code point."""
    return tuple(sorted({character for text in texts for character in text}))


@dataclass(frozen=True)
class Alphabet:
    """The characters a network can output; the n-th of them (from 1) is class n.

    Raises
    ------
    InputError
        When an entry is not a single character, or stands there twice.
    """

    characters: tuple[str, ...]
    _class_of: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        class_of = {character: index for index, character in enumerate(self.characters, start=CTC_BLANK + 1)}
        if len(class_of) != len(self.characters) or any(len(character) != 1 for character in class_of):
            raise InputError("The alphabet cannot be used", "it must list single characters, each once")
        object.__setattr__(self, "_class_of", class_of)

    @property
    def classes(self) -> int:
        """Number of network outputs: the characters and the CTC blank."""
        return len(self.characters) + 1

    def encode(self, text: str, order: ReadingOrder, *, skip_unseen: bool = False) -> list[int]:
        """Classes of a text.

        Parameters
        ----------
        text : str
            In logical order; normalised as the study says.
        order : str
            Reading order; the classes come in network order.
        skip_unseen : bool
            Leave out characters that the alphabet lacks, instead of raising.

        Raises
        ------
        InputError
            When the alphabet lacks a character of the text.
        """
        if not skip_unseen and (unseen := self.unseen(text)):
            named = ", ".join(number(character) for character in sorted(unseen))
            raise InputError("A transcription cannot be encoded", f"the alphabet of the run lacks {named}")
        return [self._class_of[character] for character in to_network(text, order) if character in self._class_of]

    def decode(self, classes: Sequence[int], order: ReadingOrder) -> str:
        """Text in logical order of classes in network order, repeats already collapsed, no CTC blanks.

        Raises
        ------
        ValueError
            For a class that is the CTC blank or outside the alphabet.
        """
        if classes and not CTC_BLANK < min(classes) <= max(classes) < self.classes:
            raise ValueError(f"classes must be within 1..{self.classes - 1}")
        characters = self.characters
        return to_logical("".join([characters[index - 1] for index in classes]), order)

    def unseen(self, text: str) -> Counter[str]:
        """Characters of a text that the alphabet lacks, with how often each occurs."""
        return Counter(character for character in text if character not in self._class_of)
