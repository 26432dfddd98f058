"""Which character was read in the place of which, by two sides of a comparison, with the share of its occurrences."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.analysis.letters.traces import DELETED, SUBSTITUTED, Ints, LineTexts, Trace

NOTHING = ""
"""In the place of the reference: an inserted character. In the place of what was read: a missed one."""

_SHIFT = 21
_MASK = (1 << _SHIFT) - 1
_NOTHING_CODE = _MASK
"""No code point."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """One character read as another one, missed or inserted."""

    reference: str
    """NOTHING for an insertion."""
    read: str
    """NOTHING for a missed character."""
    left: float
    """How often the left side did it: mean over its trainings."""
    right: float
    occurrences: int
    """Of the reference character in the test lines; for insertions all characters."""
    lines: int
    """Lines on which either side did it in some training."""

    @property
    def left_share(self) -> float:
        """Share of the occurrences of the reference character, a fraction."""
        return self.left / self.occurrences

    @property
    def right_share(self) -> float:
        """The same of the right side."""
        return self.right / self.occurrences

    @property
    def delta_pp(self) -> float:
        """Right minus left in percentage points of the occurrences; negative: the right side does it less."""
        return 100.0 * (self.right_share - self.left_share)


@dataclass(frozen=True, eq=False)
class _Keyed:
    """Every edit of a run: reference and read character as one number, and its line."""

    keys: Ints
    lines: Ints


def _keyed(texts: LineTexts, trace: Trace) -> _Keyed:
    codes = np.array([ord(character) for character in texts.characters] or [0], np.int64)
    wrong = np.flatnonzero((trace.outcome == SUBSTITUTED) | (trace.outcome == DELETED))
    read = np.where(trace.outcome[wrong] == DELETED, _NOTHING_CODE, trace.read[wrong])
    of_places = codes[texts.character_at[wrong]] << _SHIFT | read if len(wrong) else np.zeros(0, np.int64)
    inserted = np.int64(_NOTHING_CODE) << _SHIFT | trace.inserted.astype(np.int64)
    keys = np.concatenate([of_places, inserted]).astype(np.int64)
    return _Keyed(keys, np.concatenate([texts.lines[wrong], trace.inserted_line]).astype(np.int64))


def _character(code: int) -> str:
    return NOTHING if code == _NOTHING_CODE else chr(code)


def confusions(texts: LineTexts, left: Sequence[Trace], right: Sequence[Trace]) -> tuple[Confusion, ...]:
    """Count every confusion of two sides, most frequent first (both together).

    The counts of a side add up to the edits of the metric, as a mean over its trainings.
    """
    sides = [[_keyed(texts, trace) for trace in traces] for traces in (left, right)]
    everything = [one for side in sides for one in side]
    if not everything:
        return ()
    keys, lines = np.concatenate([one.keys for one in everything]), np.concatenate([one.lines for one in everything])
    known, places = np.unique(keys, return_inverse=True)
    counts = np.zeros((2, len(known)))
    for number, side in enumerate(sides):
        for one in side:
            counts[number] += np.bincount(np.searchsorted(known, one.keys), minlength=len(known)) / len(side)
    width = max(len(texts.references), 1)
    on_lines = np.bincount(np.unique(places * width + lines) // width, minlength=len(known))
    occurrences = np.bincount(texts.character_at[texts.is_counted], minlength=len(texts.characters))
    of_character = dict(zip(texts.characters, occurrences.tolist(), strict=True))
    total = max(int(texts.is_counted.sum()), 1)
    found = [
        Confusion(
            reference=(reference := _character(key >> _SHIFT)),
            read=_character(key & _MASK),
            left=float(counts[0, place]),
            right=float(counts[1, place]),
            occurrences=of_character[reference] if reference else total,
            lines=int(on_lines[place]),
        )
        for place, key in enumerate(known.tolist())
    ]
    return tuple(sorted(found, key=lambda one: (-(one.left + one.right), one.reference, one.read)))
