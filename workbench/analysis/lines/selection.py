"""Which lines of an index are shown, in which order; and the numbers of both arms on each of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.lines.reading_index import IDS, REFERENCES, ReadingIndex
from workbench.analysis.lines.text_blocks import BLOCK_LINES
from workbench.runs.control import Control
from workbench.text.search import line_finder

Choice = Literal[
    "all", "multi_right", "single_right", "multi_better", "single_better", "wrong", "right", "own_right", "other_right"
]
SortKey = Literal["text", "single", "multi", "delta"]
Marks = Literal["any", "bookmarked", "noted"]
Rates = NDArray[np.float64]
Mask = NDArray[np.bool_]

LOOK_EVERY_LINES = 16 * BLOCK_LINES


@dataclass(frozen=True, slots=True)
class Sample:
    """So many lines at random, in random order: of those that pass the other filters."""

    lines: int
    seed: int


@dataclass(frozen=True, slots=True)
class LineWish:
    """Which lines are wanted, in which order. What is not asked for lets every line through."""

    search: str = ""
    """In id, reference and all hypotheses; see :func:`workbench.text.search.matcher`."""
    choice: Choice = "all"
    """Which of both arms reads the line without an edit, or with fewer. `own_right` and `other_right` compare the arm
    with that of the architecture `other`."""
    other: str = ""
    character: str | None = None
    """Character of the reference that a shown run misread; empty: something was inserted."""
    read_as: str | None = None
    """What it was read as; empty: it was left out."""
    cluster: str | None = None
    """Writer, page or block."""
    marks: Marks = "any"
    sample: Sample | None = None
    key: SortKey | None = None
    """None: the data set's own order, that of the draw in a sample."""
    is_descending: bool = False

    @property
    def has_filters(self) -> bool:
        """Tell whether lines may be left out."""
        return self != LineWish(key=self.key, is_descending=self.is_descending)


@dataclass(frozen=True, slots=True)
class Compared:
    """Numbers of the runs behind both arms, over all seeds and draws or one of them.

    As in a cell of the heatmap, only runs of one draw and seed are compared with each other.
    """

    single: tuple[int, ...]
    multi: tuple[int, ...]
    others: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Of the same arm, by architecture."""
    trainings: tuple[tuple[int, int], ...] = ()
    """(draw, seed) of every run of the index; empty: there is but one."""

    def training(self, run: int) -> tuple[int, int]:
        """Draw and seed of a run."""
        return self.trainings[run] if self.trainings else (0, 0)

    @property
    def runs(self) -> tuple[int, ...]:
        """Runs of both arms."""
        return tuple(dict.fromkeys((*self.single, *self.multi)))


@dataclass(frozen=True, slots=True)
class Selection:
    """The answer. Rates are CER on each line, a fraction; NaN without a reading or without a reference.

    On a line that both arms have read with the same draw and seed, `single` and `multi` are those of such runs alone.
    """

    wish: LineWish
    compared: Compared
    positions: NDArray[np.int64]
    """Of each row: its line."""
    rows: NDArray[np.int64]
    """Of each line: its row, -1 where it is not shown."""
    single: Rates
    multi: Rates
    delta: Rates
    """`multi` minus `single`; NaN where no draw and seed was read by both."""


@dataclass(frozen=True, slots=True)
class SelectionProgress:
    """How far a search is, from 0 to 1."""

    share: float


def rates(index: ReadingIndex, runs: Sequence[int]) -> Rates:
    """CER of some runs together on each line: their edits over their reference characters."""
    edits, length = np.zeros(index.lines), np.zeros(index.lines)
    for run in runs:
        is_read = index.edits[run] >= 0
        edits += np.where(is_read, index.edits[run], 0)
        length += np.where(is_read, index.lengths[run], 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(length > 0, edits / length, np.nan)


def paired_rates(
    index: ReadingIndex, one: Sequence[int], other: Sequence[int], compared: Compared
) -> tuple[Rates, Rates]:
    """CER of two sets of runs on each line, over the draws and seeds with which both have read it.

    What both read counts only where they were scored on the same characters; NaN where there is nothing of the kind.
    """
    edits, lengths = np.zeros((2, index.lines)), np.zeros((2, index.lines))
    for training in dict.fromkeys(map(compared.training, one)):
        sides = [[run for run in runs if compared.training(run) == training] for runs in (one, other)]
        if all(sides):
            together = [*sides[0], *sides[1]]
            counts = (index.edits[together] >= 0).all(axis=0)
            counts &= (index.lengths[together] == index.lengths[together[0]]).all(axis=0)
            for side, runs in enumerate(sides):
                edits[side] += np.where(counts, index.edits[runs].sum(axis=0), 0)
                lengths[side] += np.where(counts, index.lengths[runs].sum(axis=0), 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = np.where(lengths > 0, edits / lengths, np.nan)
    return first, second


def select(
    index: ReadingIndex, wish: LineWish, compared: Compared, marked: Sequence[str], control: Control
) -> Iterator[SelectionProgress | Selection]:
    """Filter and sort.

    Parameters
    ----------
    index : ReadingIndex
        Opened for this thread.
    marked : sequence of str
        Ids of the lines that bear the mark that is wished for.
    control : Control
        Looked at between blocks; nothing more is yielded once it says cancel.

    Raises
    ------
    InputError
        For a search pattern that is none.
    WorkspaceError
        When the index is damaged or gone.
    """
    paired = paired_rates(index, compared.single, compared.multi, compared)
    passes = _passing(index, wish, compared, paired, marked)
    if wish.search.strip():
        for share in _search(index, wish.search, passes, control):
            yield SelectionProgress(share)
    if control.is_cancelled:
        return
    delta = paired[1] - paired[0]
    single, multi = (
        np.where(np.isnan(delta), rates(index, runs), both)
        for runs, both in zip((compared.single, compared.multi), paired, strict=True)
    )
    positions = _sampled(np.flatnonzero(passes), index.lines, wish.sample)
    positions = positions[_order(index, wish, (single, multi, delta), positions)]
    rows = np.full(index.lines, -1)
    rows[positions] = np.arange(len(positions))
    yield Selection(wish, compared, positions, rows, single, multi, delta)


def _passing(
    index: ReadingIndex, wish: LineWish, compared: Compared, numbers: tuple[Rates, Rates], marked: Sequence[str]
) -> Mask:
    """Everything but the search, which is the only slow one."""
    if wish.choice in ("own_right", "other_right"):
        numbers = paired_rates(index, compared.others.get(wish.other, ()), compared.multi, compared)
    passes = _chosen(wish.choice, *numbers)
    if wish.character is not None or wish.read_as is not None:
        passes &= index.confused_lines(compared.runs, wish.character, wish.read_as)
    if wish.cluster is not None:
        known = wish.cluster in index.cluster_names
        passes &= index.clusters == (index.cluster_names.index(wish.cluster) if known else -2)
    if wish.marks != "any":
        places = [place for line_id in marked if (place := index.position(line_id)) is not None]
        bears = np.zeros(index.lines, np.bool_)
        bears[places] = True
        passes &= bears
    return passes


def _chosen(choice: Choice, single: Rates, multi: Rates) -> Mask:
    """Compare with NaN: a line without a number is neither right nor wrong. The other architecture is `single`."""
    match choice:
        case "all":
            return np.ones(len(single), np.bool_)
        case "multi_right" | "own_right":
            return (multi == 0) & (single > 0)
        case "single_right" | "other_right":
            return (single == 0) & (multi > 0)
        case "multi_better":
            return multi < single
        case "single_better":
            return single < multi
        case "wrong":
            return (single > 0) & (multi > 0)
        case "right":
            return (single == 0) & (multi == 0)


def _search(index: ReadingIndex, query: str, passes: Mask, control: Control) -> Iterator[float]:
    """Take the lines out of `passes` that the search does not find: in ids, references, and one run after the other."""
    finder = line_finder(query)
    sources = (IDS, REFERENCES, *range(len(index.runs)))
    found = np.zeros(index.lines, np.bool_)
    for number, source in enumerate(sources):
        lines: list[int] = []
        for first, hits in index.found(source, finder):
            if control.is_cancelled:
                return
            lines.extend(first + hit for hit in hits)
            if first % LOOK_EVERY_LINES == 0:
                yield (number + first / index.lines) / len(sources)
        found[_read_lines(index, source, lines)] = True
    passes &= found


def _read_lines(index: ReadingIndex, source: int, found: Sequence[int]) -> NDArray[np.int64]:
    """Lines that were found; without those that a run has not read, and the empty rest of the last block."""
    lines = np.array(found, np.int64)
    lines = lines[lines < index.lines]
    return lines if source < 0 else lines[index.edits[source, lines] >= 0]


def _sampled(positions: NDArray[np.int64], lines: int, sample: Sample | None) -> NDArray[np.int64]:
    """Draw from one random order of all lines, so that a larger sample contains a smaller one."""
    if sample is None:
        return positions
    turns = np.empty(lines, np.int64)
    turns[np.random.Generator(np.random.Philox(key=sample.seed)).permutation(lines)] = np.arange(lines)
    return positions[np.argsort(turns[positions], kind="stable")][: sample.lines]


def _order(
    index: ReadingIndex, wish: LineWish, numbers: tuple[Rates, Rates, Rates], positions: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Order of the positions; lines without a number come last in both directions, equal ones stay as they are."""
    match wish.key:
        case None:
            return np.arange(len(positions))
        case "text":
            keys = index.text_ranks.astype(np.float64)
        case "single":
            keys = numbers[0]
        case "multi":
            keys = numbers[1]
        case "delta":
            keys = np.round(numbers[2], 12)
    asked = keys[positions]
    return np.argsort(-asked if wish.is_descending else asked, kind="stable")
