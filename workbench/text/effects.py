"""What normalisation steps would change, step by step, before anybody decides for them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.text.code_points import code_point
from workbench.text.normalize import STEPS, check_steps

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class StepEffect:
    """What one step changes in texts that the steps before it have gone over."""

    step: str
    lines: int
    """Texts that it changes."""
    length_before: int
    """Code points of all texts."""
    length_after: int
    counts: tuple[tuple[str, int, int], ...]
    """(code point, how often before, how often after), for those whose number changes; most changed first."""
    examples: tuple[tuple[str, str], ...]
    """(before, after) of the first texts that it changes."""

    @property
    def removed(self) -> int:
        """Code points that are no longer there."""
        return sum(max(before - after, 0) for _, before, after in self.counts)

    @property
    def added(self) -> int:
        """Code points that were not there before."""
        return sum(max(after - before, 0) for _, before, after in self.counts)

    @property
    def characters(self) -> int:
        """Code points that are replaced, removed or added."""
        return max(self.removed, self.added)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "step": self.step,
            "lines": self.lines,
            "characters": self.characters,
            "length_before": self.length_before,
            "length_after": self.length_after,
            "counts": [
                {"code_point": code_point(character), "before": before, "after": after}
                for character, before, after in self.counts
            ],
            "examples": [{"before": before, "after": after} for before, after in self.examples],
        }


def effects(texts: Iterable[str], steps: tuple[str, ...], *, examples: int = EXAMPLES) -> tuple[StepEffect, ...]:
    """Tell what each step changes, in the order given: each sees what the ones before it have left.

    Parameters
    ----------
    texts : iterable of str
        As they are stored, in logical order.
    steps : tuple of str
        Names of :data:`workbench.text.normalize.STEPS`.
    examples : int
        Different examples that are kept of each step.

    Raises
    ------
    InputError
        For an unknown step.
    """
    check_steps(steps)
    current = list(texts)
    counts = _counts(current)
    found: list[StepEffect] = []
    for step in steps:
        changed = [STEPS[step](text) for text in current]
        counts_after = _counts(changed)
        pairs = [(before, after) for before, after in zip(current, changed, strict=True) if before != after]
        found.append(
            StepEffect(
                step=step,
                lines=len(pairs),
                length_before=counts.total(),
                length_after=counts_after.total(),
                counts=_changes(counts, counts_after),
                examples=tuple(dict.fromkeys(pairs))[:examples],
            )
        )
        current, counts = changed, counts_after
    return tuple(found)


def each_alone(texts: Iterable[str], *, examples: int = EXAMPLES) -> tuple[StepEffect, ...]:
    """Tell what every step would change if it were the only one."""
    stored = list(texts)
    return tuple(effects(stored, (step,), examples=examples)[0] for step in STEPS)


def _counts(texts: Iterable[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    return counts


def _changes(before: Mapping[str, int], after: Mapping[str, int]) -> tuple[tuple[str, int, int], ...]:
    numbers = ((one, before.get(one, 0), after.get(one, 0)) for one in before.keys() | after.keys())
    changed = [change for change in numbers if change[1] != change[2]]
    return tuple(sorted(changed, key=lambda change: (-abs(change[1] - change[2]), change[0])))
