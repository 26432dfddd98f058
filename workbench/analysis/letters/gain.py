"""Where the gain comes from: every cell of a study by classes of characters, confusions, and the lines behind them.

:func:`work_out` reads the runs of a setting once; what it yields last answers every further question from memory.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from workbench.analysis.letters.character_classes import GROUPINGS, Asked, Classes, Seen
from workbench.analysis.letters.characters import LEAST_OCCURRENCES, ClassRow, rows_of
from workbench.analysis.letters.confusions import Confusion, confusions
from workbench.analysis.letters.lines import MarkedLine, lines_of_class, lines_of_confusion
from workbench.analysis.letters.read_cells import ReadCell, ReadingProgress, read_cells
from workbench.analysis.letters.regression import LetterRegression, Observation, regression
from workbench.analysis.letters.setting import Setting
from workbench.analysis.letters.traces import LineTexts, Trace
from workbench.analysis.letters.training_texts import StudyTexts, TextSource, study_texts
from workbench.analysis.results.pairs import Cell, CellKey, cells_of
from workbench.analysis.results.report import read_runs
from workbench.analysis.statistics.contrast import Training
from workbench.runs.control import Control
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.study.conditions import FOLDING_STEPS
from workbench.text.code_points import code_point
from workbench.text.letter_groups import dot_group, glyphs_of, is_told_by_dots


@dataclass(frozen=True, slots=True)
class CharacterFacts:
    """What is known of a character of a target beside its errors."""

    character: str
    training_count: float
    """Occurrences in the target's own training text, mean over draws."""
    languages: tuple[str, ...]
    """Whose training text has it."""
    letter_languages: tuple[str, ...]
    """Whose training text has it when Yeh, Kaf, Heh, digits and full stops are folded."""
    dot_group: str | None


@dataclass(frozen=True, slots=True)
class SideKey:
    """One side of a comparison of confusions: an architecture, by itself or trained jointly."""

    architecture: str
    is_multi: bool


@dataclass(frozen=True)
class CellLetters:
    """One cell by classes of characters."""

    key: CellKey
    baseline: str
    """Regime that is compared with."""
    language: str
    lines: int
    characters: int
    """Of the references, placeholders that are not scored left out."""
    clusters: int
    cluster_unit: str
    trainings: int
    """(draw, seed) pairs that are counted."""
    pairs: int
    """Pairs of finished runs that there are; those that read other lines are not counted."""
    rows: tuple[ClassRow, ...]
    facts: tuple[CharacterFacts, ...]
    """Of every character of the test lines; empty where the training texts are not there."""
    languages: tuple[str, ...]
    """Of the study's data sets, in its order; empty like the facts."""

    def of(self, grouping: str) -> tuple[ClassRow, ...]:
        """Return the classes of one way to part characters."""
        return tuple(row for row in self.rows if row.grouping == grouping)

    @cached_property
    def facts_of(self) -> dict[str, CharacterFacts]:
        """Facts by character."""
        return {one.character: one for one in self.facts}

    @cached_property
    def facts_by_name(self) -> dict[str, CharacterFacts]:
        """Facts by the name of the character's class (`U+06CC ی FARSI YEH`)."""
        return {code_point(one.character): one for one in self.facts}


@dataclass(frozen=True, slots=True)
class SharednessFit:
    """A regression over the characters of all targets of an architecture at a K, with one meaning of sharedness."""

    architecture: str
    k: int
    by_letters: bool
    """Whether code points of one letter count as one; else sharedness is that of code points."""
    fit: LetterRegression


@dataclass(frozen=True, slots=True)
class LettersReport:
    """All numbers of a setting: plain values."""

    study: str
    setting: Setting
    cells: tuple[CellLetters, ...]
    fits: tuple[SharednessFit, ...]
    missing: tuple[str, ...]
    """Data sets whose training text is not there: nothing that needs it was worked out."""

    def cell(self, architecture: str, target: str, k: int) -> CellLetters | None:
        """Return a cell, None where the study has no pair for it."""
        wanted = (architecture, target, k)
        return next((c for c in self.cells if (c.key.architecture, c.key.target, c.key.k) == wanted), None)


@dataclass(frozen=True, eq=False)
class _Compared:
    """Two sides whose confusions can be compared: what they read of the same lines in the same trainings."""

    texts: LineTexts
    trainings: tuple[Training, ...]
    left: tuple[Trace, ...]
    right: tuple[Trace, ...]


def _traces(cell: ReadCell, side: SideKey, trainings: Sequence[Training]) -> tuple[Trace, ...]:
    """What a side read in some trainings."""
    of_training = dict(zip(cell.trainings, cell.multi if side.is_multi else cell.single, strict=True))
    return tuple(of_training[training] for training in trainings)


@dataclass(frozen=True, eq=False)
class LettersStudy:
    """A setting of a study, read: its report, and the answers to what is asked on."""

    report: LettersReport
    read: dict[CellKey, ReadCell]
    _asked: dict[CellKey, Asked]

    def _cell(self, architecture: str, target: str, k: int) -> ReadCell | None:
        wanted = (architecture, target, k)
        return next((c for c in self.read.values() if (c.key.architecture, c.key.target, c.key.k) == wanted), None)

    def sides(self, target: str, k: int) -> tuple[SideKey, ...]:
        """Sides whose confusions can be compared on a target."""
        cells = [cell for cell in self.read.values() if (cell.key.target, cell.key.k) == (target, k)]
        return tuple(SideKey(cell.key.architecture, is_multi) for cell in cells for is_multi in (False, True))

    def _compared(self, target: str, k: int, left: SideKey, right: SideKey) -> _Compared | None:
        """Bring two sides together: the same lines, and the trainings that both have, as an interaction takes them."""
        one, other = (self._cell(side.architecture, target, k) for side in (left, right))
        if one is None or other is None or one.texts.references != other.texts.references:
            return None
        shared = tuple(training for training in one.trainings if training in other.trainings)
        if not shared:
            return None
        return _Compared(one.texts, shared, _traces(one, left, shared), _traces(other, right, shared))

    def trainings(self, target: str, k: int, left: SideKey, right: SideKey) -> tuple[Training, ...]:
        """(draw, seed) of the readings whose confusions are counted: those that both sides have."""
        found = self._compared(target, k, left, right)
        return found.trainings if found else ()

    def confusions(self, target: str, k: int, left: SideKey, right: SideKey) -> tuple[Confusion, ...]:
        """Confusions of two sides on one target, of the trainings that both have; none where they share none."""
        found = self._compared(target, k, left, right)
        return confusions(found.texts, found.left, found.right) if found else ()

    def lines_of_class(self, key: CellKey, grouping: str, number: int) -> tuple[MarkedLine, ...]:
        """Lines on which either side misreads a character of a class, those first that joint training helps most."""
        cell, asked = self.read[key], self._asked[key]
        classes = GROUPINGS[grouping].apply(asked)
        return lines_of_class(cell, classes, number) if classes is not None else ()

    def lines_of_confusion(
        self, target: str, k: int, left: SideKey, right: SideKey, reference: str, read: str
    ) -> tuple[MarkedLine, ...]:
        """Lines on which either side read one character as another one, those first on which the right side gains."""
        found = self._compared(target, k, left, right)
        return lines_of_confusion(found.texts, found.left, found.right, reference, read) if found else ()


def work_out(
    plan: Plan, store: RunStore, setting: Setting, control: Control
) -> Iterator[ReadingProgress | LettersStudy]:
    """Read the runs of a setting and work out every class of every cell.

    Yields
    ------
    ReadingProgress, LettersStudy
        Progress and, last, the result; nothing more once the control says cancel.

    Raises
    ------
    WorkspaceError
        When predictions of a finished run are missing or damaged.
    """
    records, states = read_runs(plan, store)
    cells = [cell for cell in cells_of(plan, records, states, setting.split, setting.selection)
             if setting.holds(cell.key)]  # fmt: skip
    read: dict[CellKey, ReadCell] = {}
    for value in read_cells(plan, store, cells, control):
        if isinstance(value, ReadCell):
            read[value.key] = value
        else:
            yield value
    if control.is_cancelled:
        return
    texts = _Texts(plan, TextSource(store))
    asked = {key: texts.asked(cell, _cell_of(cells, key)) for key, cell in read.items()}
    found: list[CellLetters] = []
    for done, (key, cell) in enumerate(read.items()):
        if control.is_cancelled:
            return
        yield ReadingProgress(done, len(read), "counting characters")
        found.append(_letters(cell, asked[key]))
    report = LettersReport(plan.study.name, setting, tuple(found), tuple(_fits(plan, found)), texts.missing)
    yield LettersStudy(report, read, asked)


def _cell_of(cells: Sequence[Cell], key: CellKey) -> Cell:
    return next(cell for cell in cells if cell.key == key)


class _Texts:
    """Training texts of the cells, each looked up once."""

    def __init__(self, plan: Plan, source: TextSource) -> None:
        self._plan, self._source = plan, source
        self._studies: dict[tuple[int, str], StudyTexts | None] = {}

    @property
    def missing(self) -> tuple[str, ...]:
        """Data sets whose lines are not there, in the order of the plan."""
        return tuple(target.name for target in self._plan.targets if target.name in self._source.missing)

    def asked(self, cell: ReadCell, planned: Cell) -> Asked:
        """Return what the classes of a cell depend on."""
        place = (cell.key.k, cell.key.conditions)
        if place not in self._studies:
            self._studies[place] = study_texts(self._plan, self._source, *place)
        seen = [self._seen(cell, number) for number in range(len(cell.trainings))]
        whole = tuple(one for one in seen if one is not None)
        return Asked(
            cell.key.target,
            cell.language,
            cell.texts,
            self._studies[place],
            whole if len(whole) == len(seen) else None,
        )

    def _seen(self, cell: ReadCell, number: int) -> Seen | None:
        single = self._source.of_weights(cell.single[number].run)
        multi = self._source.of_weights(cell.multi[number].run)
        if single is None or multi is None:
            return None
        return Seen(single.get(cell.key.target, ()), tuple(text for texts in multi.values() for text in texts))


def classes_of(asked: Asked) -> Iterator[Classes]:
    """Apply every way to part characters that can be applied."""
    for grouping in GROUPINGS.values():
        classes = grouping.apply(asked)
        if classes is not None:
            yield classes


def _letters(cell: ReadCell, asked: Asked) -> CellLetters:
    texts = cell.texts
    return CellLetters(
        key=cell.key,
        baseline=cell.baseline,
        language=cell.language,
        lines=len(texts.line_ids),
        characters=int(texts.is_counted.sum()),
        clusters=len(texts.cluster_names) if texts.clusters else 0,
        cluster_unit=texts.cluster_unit,
        trainings=len(cell.trainings),
        pairs=cell.pairs,
        rows=rows_of(cell, tuple(classes_of(asked))),
        facts=tuple(_facts(asked)),
        languages=asked.training.all_languages if asked.training else (),
    )


def _facts(asked: Asked) -> Iterator[CharacterFacts]:
    training = asked.training
    if training is None:
        return
    counts, letters = training.counts(asked.target), training.holders_as(asked.glyphs)
    for character in asked.texts.characters:
        held = training.holders.get(character, frozenset[str]())
        as_letter = letters.get(asked.glyphs[character], frozenset[str]())
        yield CharacterFacts(
            character=character,
            training_count=counts.get(character, 0.0),
            languages=tuple(one for one in training.all_languages if one in held),
            letter_languages=tuple(one for one in training.all_languages if one in as_letter),
            dot_group=dot_group(character),
        )


def _fits(plan: Plan, cells: Iterable[CellLetters]) -> Iterator[SharednessFit]:
    groups: dict[tuple[str, int], list[CellLetters]] = {}
    for cell in cells:
        if cell.facts:
            groups.setdefault((cell.key.architecture, cell.key.k), []).append(cell)
    for (architecture, k), members in groups.items():
        for by_letters in (False, True):
            found = [one for cell in members for one in observations(cell, by_letters=by_letters)]
            key = (plan.study.name, members[0].key, by_letters)
            yield SharednessFit(architecture, k, by_letters, regression(found, *key))


def observations(cell: CellLetters, *, by_letters: bool) -> Iterator[Observation]:
    """Characters of a cell that are frequent enough, as the regression takes them."""
    others = max(len(cell.languages) - 1, 1)
    glyphs = glyphs_of((one.character for one in cell.facts), FOLDING_STEPS)
    characters = sorted(glyphs)
    names = {row.name: row for row in cell.of("character")}
    for character in characters:
        row = names.get(code_point(character))
        if row is None or row.delta_pp is None or row.occurrences < LEAST_OCCURRENCES:
            continue
        facts = cell.facts_of[character]
        held = facts.letter_languages if by_letters else facts.languages
        yield Observation(
            target=cell.key.target,
            character=character,
            delta_pp=row.delta_pp,
            occurrences=row.occurrences,
            sharedness=len([one for one in held if one != cell.language]) / others,
            training_count=facts.training_count,
            is_told_by_dots=is_told_by_dots(character),
        )


def best_rows(cell: CellLetters, grouping: str = "character") -> tuple[ClassRow, ...]:
    """Classes in the order in which joint training helps them: most first; those that cannot be judged last."""
    rows = cell.of(grouping)
    return tuple(sorted(rows, key=lambda row: (row.is_too_few or row.delta_pp is None, row.delta_pp or 0.0)))
