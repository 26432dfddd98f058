"""What the alphabets of several texts have in common, and how much of the running text that covers.

Alphabets are compared by code point, so the answer depends on the normalisation: a Yeh that one language writes as
U+064A and another as U+06CC is shared only once both are folded to one target. *Source* of the question: confound 8
of the protocol ("same letter, different code point").
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench.text.normalize import check_steps, normalise


@dataclass(frozen=True, slots=True)
class OverlapGroup:
    """Characters that exactly these texts have, and no other one: one bar of a set diagram."""

    names: tuple[str, ...]
    """Who has them, in the order of the overlap's names."""
    characters: tuple[str, ...]
    """Sorted by code point."""
    shares: tuple[float, ...]
    """Per name of `names`, the share of its running characters that they are; fractions in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Alphabets of several texts (data sets, languages) side by side.

    Blanks are characters like any other.
    """

    names: tuple[str, ...]
    counts: tuple[Mapping[str, int], ...]
    """Per name, code point to how often it occurs, after the steps."""
    steps: tuple[str, ...] = ()
    """Normalisation steps that were applied before counting."""

    @property
    def union(self) -> tuple[str, ...]:
        """Characters that any of them has, sorted by code point."""
        return tuple(sorted(frozenset[str]().union(*self.counts)))

    @property
    def common(self) -> tuple[str, ...]:
        """Characters that all of them have."""
        return self.shared_by(*self.names)

    def shared_by(self, *names: str) -> tuple[str, ...]:
        """Characters that all of these texts have, whoever else has them too."""
        alphabets = [frozenset(self._of(name)) for name in names]
        return tuple(sorted(frozenset[str].intersection(*alphabets))) if alphabets else ()

    def own(self, name: str) -> tuple[str, ...]:
        """Characters that no other text has."""
        others = (counts for other, counts in zip(self.names, self.counts, strict=True) if other != name)
        return tuple(sorted(frozenset(self._of(name)).difference(*others)))

    @property
    def pairs(self) -> tuple[tuple[int, ...], ...]:
        """How many characters each pair has in common; on the diagonal each one's own number of characters."""
        alphabets = [frozenset(counts) for counts in self.counts]
        return tuple(tuple(len(one & other) for other in alphabets) for one in alphabets)

    @property
    def groups(self) -> tuple[OverlapGroup, ...]:
        """Split the union by who has a character: first what all have, then pairs, last what only one has.

        Groups without characters are left out.
        """
        members: dict[tuple[str, ...], list[str]] = {}
        for character in self.union:
            holders = tuple(name for name, counts in zip(self.names, self.counts, strict=True) if character in counts)
            members.setdefault(holders, []).append(character)
        order = {name: place for place, name in enumerate(self.names)}
        ranked = sorted(members, key=lambda holders: (-len(holders), [order[name] for name in holders]))
        return tuple(
            OverlapGroup(
                holders,
                tuple(members[holders]),
                tuple(self.share(name, members[holders]) or 0.0 for name in holders),
            )
            for holders in ranked
        )

    def share(self, name: str, characters: Iterable[str] | None = None) -> float | None:
        """Share of a text's running characters that belong to some characters.

        Parameters
        ----------
        name : str
            Whose text.
        characters : iterable of str, optional
            By default those that all texts have.

        Returns
        -------
        float or None
            A fraction in [0, 1]; None for a text without characters.
        """
        counts = self._of(name)
        running = sum(counts.values())
        wanted = frozenset(self.common if characters is None else characters)
        return sum(counts.get(character, 0) for character in wanted) / running if running else None

    def _of(self, name: str) -> Mapping[str, int]:
        return self.counts[self.names.index(name)]


def overlap(texts_by_name: Mapping[str, Iterable[str]], steps: tuple[str, ...] = ()) -> Overlap:
    """Compare the alphabets of some texts, raw or after normalisation steps.

    Parameters
    ----------
    texts_by_name : mapping
        Name (of a data set, a language) to its transcriptions, in logical order; read once.
    steps : tuple of str
        Names of :data:`workbench.text.normalize.STEPS`, applied in this order.

    Returns
    -------
    Overlap
        Names in the order of the mapping.

    Raises
    ------
    InputError
        For an unknown step.
    """
    check_steps(steps)
    return Overlap(
        tuple(texts_by_name),
        tuple(_characters(texts, steps) for texts in texts_by_name.values()),
        steps,
    )


def _characters(texts: Iterable[str], steps: tuple[str, ...]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(normalise(text, steps))
    return counts
