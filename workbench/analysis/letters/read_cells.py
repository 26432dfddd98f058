"""The cells of a ΔCER table with what their runs read, character by character."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from workbench.analysis.letters.traces import LineTexts, Trace, trace
from workbench.analysis.results.pairs import Cell, CellKey
from workbench.analysis.results.readings import RunReadings, read_run
from workbench.analysis.statistics.bootstrap import ScoredPart
from workbench.analysis.statistics.contrast import Training
from workbench.runs.control import Control
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore


@dataclass(frozen=True, eq=False)
class ReadCell:
    """The pairs of a cell with the places of their lines."""

    key: CellKey
    baseline: str
    """Regime that is compared with."""
    language: str
    part: ScoredPart
    texts: LineTexts
    trainings: tuple[Training, ...]
    """(draw, seed) of each pair."""
    single: tuple[Trace, ...]
    """Of the baseline, parallel to the trainings."""
    multi: tuple[Trace, ...]
    pairs: int
    """Pairs of the cell; those that read other lines than the first are not among the trainings."""


@dataclass(frozen=True, slots=True)
class ReadingProgress:
    """How far reading has come."""

    done: int
    total: int
    """Runs."""
    what: str


@dataclass
class _Reader:
    """Reads each run once, and aligns each of its parts once."""

    store: RunStore
    wildcards: str
    texts: dict[str, LineTexts] = field(default_factory=dict)
    """By target; runs that read other lines have others."""
    _traces: dict[tuple[str, str], tuple[LineTexts, Trace]] = field(default_factory=dict)

    def read(self, run: str, keys: Sequence[CellKey]) -> None:
        wanted = {key.target: key for key in keys}
        for (target, split, selection), readings in read_run(self.store, run).items():
            key = wanted.get(target)
            if key is not None and (split, selection) == (key.split, key.selection):
                texts = self._texts_of(readings)
                self._traces[run, target] = (texts, trace(texts, readings.hypotheses, run))

    def found(self, run: str, target: str) -> tuple[LineTexts, Trace] | None:
        return self._traces.get((run, target))

    def _texts_of(self, readings: RunReadings) -> LineTexts:
        known = self.texts.get(readings.target)
        if known is None or not known.is_read_by(readings):
            # Conditions that fold code points have other references.
            known = self.texts[readings.target] = LineTexts.of(readings, self.wildcards)
        return known


def read_cells(
    plan: Plan, store: RunStore, cells: Sequence[Cell], control: Control
) -> Iterator[ReadingProgress | ReadCell]:
    """Read what the runs of some cells read.

    Yields
    ------
    ReadingProgress, ReadCell
        A cell as soon as it is whole; cells without a pair are left out. Ends early when the control says so.

    Raises
    ------
    WorkspaceError
        When predictions of a finished run are missing or damaged.
    """
    filled = [cell for cell in cells if cell.pairs]
    of_run: dict[str, list[CellKey]] = {}
    for cell in filled:
        for pair in cell.pairs:
            for run in (pair.single.run, pair.multi.run):
                of_run.setdefault(run, []).append(cell.key)
    reader = _Reader(store, plan.study.placeholders.wildcards)
    for done, (run, keys) in enumerate(of_run.items()):
        if control.is_cancelled:
            return
        yield ReadingProgress(done, len(of_run), "reading predictions")
        reader.read(run, keys)
    for cell in filled:
        found = _read_cell(plan, cell, reader)
        if found is not None:
            yield found


def _read_cell(plan: Plan, cell: Cell, reader: _Reader) -> ReadCell | None:
    target = plan.target(cell.key.target)
    texts: LineTexts | None = None
    sides: list[tuple[Training, Trace, Trace]] = []
    for pair in cell.pairs:
        single, multi = (reader.found(side.run, cell.key.target) for side in (pair.single, pair.multi))
        if single is None or multi is None or not _are_same(single[0], multi[0]):
            continue
        texts = texts or single[0]
        if _are_same(texts, single[0]):
            sides.append(((pair.draw, pair.seed), single[1], multi[1]))
    if texts is None or not sides:
        return None
    trainings, singles, multis = zip(*sides, strict=True)
    return ReadCell(
        key=cell.key,
        baseline=cell.baseline,
        language=target.language,
        part=ScoredPart(cell.key.target, target.fingerprint, cell.key.split),
        texts=texts,
        trainings=trainings,
        single=singles,
        multi=multis,
        pairs=len(cell.pairs),
    )


def _are_same(one: LineTexts, other: LineTexts) -> bool:
    return one is other or (one.line_ids, one.references) == (other.line_ids, other.references)
