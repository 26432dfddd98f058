"""The lines behind a class of characters or a confusion, with the places marked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.analysis.letters.character_classes import GROUPINGS, Classes, members
from workbench.analysis.letters.confusions import NOTHING
from workbench.analysis.letters.read_cells import ReadCell
from workbench.analysis.letters.traces import DELETED, NOWHERE, SUBSTITUTED, Ints, LineTexts, Trace
from workbench.analysis.statistics.bootstrap import Floats


@dataclass(frozen=True, slots=True)
class MarkedReading:
    """One line as one run of a side read it."""

    run: str
    is_right_side: bool
    hypothesis: str


@dataclass(frozen=True, slots=True)
class MarkedLine:
    """A line behind a class or a confusion, with the places that it is about."""

    line_id: str
    reference: str
    places: tuple[int, ...]
    """Places in the reference, counted from 0, where either side errs; of an insertion the character before it."""
    left: float
    right: float
    """Errors there, mean over the trainings of each side."""
    readings: tuple[MarkedReading, ...]

    @property
    def gain(self) -> float:
        """Errors that the right side makes less."""
        return self.left - self.right


def lines_of_class(cell: ReadCell, classes: Classes, number: int) -> tuple[MarkedLine, ...]:
    """Lines on which either side misreads a character of a class; see :class:`LettersStudy`."""
    with_insertions = GROUPINGS[classes.key].counts_insertions

    def errors(traces: Sequence[Trace]) -> Floats:
        sums = np.zeros(len(cell.texts.text))
        for at, one in enumerate(traces):
            wrong = one.is_misread + (one.insertions_at if with_insertions else 0)
            sums += np.where(members(classes, number, at), wrong, 0)
        return sums / len(traces)

    left, right = errors(cell.single), errors(cell.multi)
    return _marked(cell.texts, cell.single, cell.multi, left, right)


def lines_of_confusion(
    texts: LineTexts, left: Sequence[Trace], right: Sequence[Trace], reference: str, read: str
) -> tuple[MarkedLine, ...]:
    """Lines on which either side made a confusion; see :class:`LettersStudy`."""

    def errors(traces: Sequence[Trace]) -> Floats:
        sums = np.zeros(len(texts.text))
        for one in traces:
            places = _places(texts, one, reference, read)
            sums += np.bincount(places[places != NOWHERE], minlength=len(sums))
        return sums / max(len(traces), 1)

    lost = _lost(texts, left, reference, read), _lost(texts, right, reference, read)
    return _marked(texts, left, right, errors(left), errors(right), lost)


def _lost(texts: LineTexts, traces: Sequence[Trace], reference: str, read: str) -> Floats:
    """Count insertions into empty references, which have no place, by line; mean over trainings."""
    sums = np.zeros(len(texts.references))
    if reference == NOTHING:
        for one in traces:
            is_meant = (one.inserted_at == NOWHERE) & (one.inserted == ord(read))
            sums += np.bincount(one.inserted_line[is_meant], minlength=len(sums))
    return sums / max(len(traces), 1)


def _places(texts: LineTexts, trace: Trace, reference: str, read: str) -> Ints:
    """Places at which a run made a confusion, as often as it did."""
    if reference == NOTHING:
        return trace.inserted_at[trace.inserted == ord(read)]
    if reference not in texts.characters:
        return np.zeros(0, np.int64)
    is_character = texts.character_at == texts.characters.index(reference)
    if read == NOTHING:
        return np.flatnonzero(is_character & (trace.outcome == DELETED))
    return np.flatnonzero(is_character & (trace.outcome == SUBSTITUTED) & (trace.read == ord(read)))


def _marked(
    texts: LineTexts,
    left: Sequence[Trace],
    right: Sequence[Trace],
    left_errors: Floats,
    right_errors: Floats,
    lost: tuple[Floats, Floats] | None = None,
) -> tuple[MarkedLine, ...]:
    wrong = np.flatnonzero((left_errors > 0) | (right_errors > 0))
    count = len(texts.references)
    nothing = np.zeros(count)
    sums = [
        np.bincount(texts.lines, weights=errors, minlength=count) + more
        for errors, more in zip((left_errors, right_errors), lost or (nothing, nothing), strict=True)
    ]
    places: dict[int, list[int]] = {line: [] for line in np.flatnonzero(sums[0] + sums[1]).tolist()}
    for place, line in zip(wrong.tolist(), texts.lines[wrong].tolist(), strict=True):
        places[line].append(place - int(texts.starts[line]))
    found = [
        MarkedLine(
            line_id=texts.line_ids[line],
            reference=texts.references[line],
            places=tuple(inside),
            left=float(sums[0][line]),
            right=float(sums[1][line]),
            readings=tuple(
                MarkedReading(one.run, is_right, one.hypotheses[line])
                for is_right, traces in ((False, left), (True, right))
                for one in traces
            ),
        )
        for line, inside in places.items()
    ]
    return tuple(sorted(found, key=lambda line: (-line.gain, -line.left, line.line_id)))
