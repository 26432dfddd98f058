"""Lines in the order in which they are worth looking at, with what people found."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Literal

from PySide6.QtCore import QObject, Qt

from workbench.analysis.lines.review import ReadLine
from workbench.data.cache import LineCache
from workbench.data.review import Verdicts
from workbench.data.verification_log import LogRow, is_error, is_known
from workbench.gui.item_models.line_rows import IMAGE, ROOT, Index, LineRowsModel
from workbench.gui.messages import plain_tooltip
from workbench.gui.stores.review_jobs import ReviewLines
from workbench.gui.wording import NO_VALUE, signed
from workbench.text.search import matcher

COLUMNS = ("Image", "Reference", "CER", "Agree", "Found")
CER, AGREE, FOUND = 2, 3, 4
MEASURED_TEXTS = 5_000

State = Literal["all", "open", "labelled", "wrong", "skipped"]
STATES: dict[State, str] = {
    "all": "all lines",
    "open": "not looked at",
    "labelled": "with a label",
    "wrong": "found wrong",
    "skipped": "passed over",
}
PARTS: dict[str, str] = {
    "": "all parts",
    "test": "test",
    "validation": "validation",
    "none": "not read",
}

SHORT_LABELS = {
    "wrong transcription": "transcription",
    "segmentation error": "segmentation",
    "orientation error": "orientation",
    "script mismatch (non-arabic)": "script",
    "irrelevant / non-text": "non-text",
    "irrelevant / signature": "signature",
    "valid but hard": "valid, hard",
}
"""The published labels where there is little room."""


def short_label(label: str) -> str:
    """Return a label in a word or two; unknown ones as they are."""
    return SHORT_LABELS.get(label.strip().casefold(), label)


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """Which lines are shown."""

    search: str = ""
    """In id, reference, readings and notes."""
    part: str = ""
    state: State = "all"


class ReviewModel(LineRowsModel):
    """Lines of a data set. A label that is given changes a row's word; rows are chosen anew by a filter only."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self._source = ReviewLines()
        self._order: tuple[str, ...] = ()
        self._shown: Sequence[str] = ()
        self._part_lines = 0
        self._verdicts = Verdicts({})
        self._skipped: frozenset[str] = frozenset()
        self._filter = ReviewFilter()

    @property
    def total(self) -> int:
        """Lines of the data set, shown or not."""
        return len(self._order)

    def show(
        self, source: ReviewLines, order: Sequence[str], cache: LineCache | None, *, from_right: bool = True
    ) -> None:
        """Show other lines, or in another order."""
        self._show_images_of(cache, from_right=from_right)
        self._source, self._order = source, tuple(order)
        self._arrange()

    def show_verdicts(self, verdicts: Verdicts, skipped: Iterable[str]) -> None:
        """Show what was found now; the rows stay where they are."""
        self._verdicts, self._skipped = verdicts, frozenset(skipped)
        if self._shown:
            last = self.index(len(self._shown) - 1, FOUND)
            self.dataChanged.emit(self.index(0, FOUND), last)

    def set_filter(self, wanted: ReviewFilter) -> None:
        """Show other lines.

        Raises
        ------
        InputError
            For a search pattern that is none; the old lines stay.
        """
        matcher(wanted.search)
        self._filter = wanted
        self._arrange()

    def id_at(self, row: int) -> str | None:
        """Id of the line that a row shows."""
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def row_of(self, line_id: str) -> int | None:
        """Row of a line, None where it is not shown; looked for, because an index of 100,000 rows takes 100 ms."""
        return self._shown.index(line_id) if line_id in self._shown else None

    def shown_ids(self) -> Iterable[str]:
        """Ids of the lines that are shown, in their order."""
        return iter(self._shown)

    def texts(self) -> Iterable[str]:
        """References of the first lines of the order."""
        return (self.reference(line_id) for line_id in islice(self._order, MEASURED_TEXTS))

    def read(self, line_id: str) -> ReadLine | None:
        """Return what runs made of a line."""
        return self._source.read.get(line_id)

    def reference(self, line_id: str) -> str:
        """What is written: as it was scored where it was read, else as on disk."""
        read = self.read(line_id)
        line = self._source.lines.get(line_id)
        return read.reference if read else line.transcription if line else ""

    def verdict(self, line_id: str) -> LogRow | None:
        """Return the row of the log that counts."""
        return self._verdicts.by_line.get(line_id)

    def is_open(self, line_id: str) -> bool:
        """Tell whether nobody has looked at a line."""
        row = self.verdict(line_id)
        return line_id not in self._skipped and not (row and row.label.strip())

    def next_open(self, after: int) -> int | None:
        """Row of the next line that nobody has looked at, from the top again where there is none below."""
        below, above = range(after + 1, len(self._shown)), range(min(after + 1, len(self._shown)))
        return next((row for row in chain(below, above) if self.is_open(self._shown[row])), None)

    def counts(self) -> tuple[int, int, int]:
        """Lines of the part: all, with a label, passed over without one."""
        labelled = {line_id for line_id, row in self._verdicts.by_line.items() if row.label.strip()}
        known = self._source.lines.keys()
        return (
            self._part_lines,
            sum(1 for line_id in labelled if self._is_in_part(line_id)),
            sum(1 for line_id in self._skipped & known if line_id not in labelled and self._is_in_part(line_id)),
        )

    def _is_in_part(self, line_id: str) -> bool:
        part, read = self._filter.part, self._source.read.get(line_id)
        return not part or part == (read.part if read else "none")

    def _fill(self) -> None:
        shown = self._inside()
        self._part_lines = len(shown)
        if self._filter.state != "all":
            passes = _TESTS[self._filter.state]
            shown = [line_id for line_id in shown if passes(self, line_id)]
        if self._filter.search.strip():
            matches = matcher(self._filter.search)
            shown = [line_id for line_id in shown if self._is_found(line_id, matches)]
        column, order = self._sorted_by
        if key := _KEYS.get(column):
            values = {line_id: key(self, line_id) for line_id in shown}
            known = [line_id for line_id in shown if values[line_id] is not None]
            unknown = [line_id for line_id in shown if values[line_id] is None]
            known.sort(key=values.__getitem__, reverse=order == Qt.SortOrder.DescendingOrder)
            shown = known + unknown
        self._shown = shown

    def _inside(self) -> Sequence[str]:
        """Lines of the part; the order itself where no part is chosen: copying 100,000 lines takes too long."""
        read = self._source.read
        match self._filter.part:
            case "":
                return self._order
            case "none":
                return [line_id for line_id in self._order if line_id not in read]
            case part:
                return [line_id for line_id in self._order if line_id in read and read[line_id].part == part]

    def _is_found(self, line_id: str, matches: Callable[[str], bool]) -> bool:
        read, row = self.read(line_id), self.verdict(line_id)
        return (
            matches(line_id)
            or matches(self.reference(line_id))
            or (row is not None and matches(row.notes))
            or any(matches(reading.prediction.hypothesis) for reading in (read.readings if read else ()))
        )

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of lines that are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return column names and what they mean."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(_TOOLTIPS[section])
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if section in (IMAGE, FOUND) else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return super().headerData(section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return texts, and the image where it is there already."""
        line_id = self.id_at(index.row()) if index.isValid() else None
        if line_id is None:
            return None
        column = index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(line_id, column)
            case Qt.ItemDataRole.DecorationRole if column == IMAGE:
                return self._image(line_id)
            case Qt.ItemDataRole.TextAlignmentRole if column in (CER, AGREE):
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.ToolTipRole:
                row = self.verdict(line_id)
                said = [line_id, row.label, row.notes] if row and column == FOUND else [line_id]
                return plain_tooltip("\n".join(filter(None, said)))
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{_SPOKEN[column]}: {line_id if column == IMAGE else self._text(line_id, column)}"
            case _:
                return None

    def _text(self, line_id: str, column: int) -> str | None:
        read = self.read(line_id)
        match column:
            case 1:
                return self.reference(line_id)
            case 2:
                return NO_VALUE if read is None or read.cer is None else f"{100 * read.cer:.1f}"
            case 3:
                return NO_VALUE if read is None or read.disagreement is None else signed(100 * read.disagreement)
            case 4:
                return self._found(line_id)
            case _:
                return None

    def _found(self, line_id: str) -> str:
        row = self.verdict(line_id)
        if row is not None and row.label.strip():
            mark = "✗" if is_error(row.label) else "✓" if is_known(row.label) else "?"
            return f"{mark} {short_label(row.label)}"
        if line_id in self._skipped:
            return "passed over"
        return "note" if row is not None and row.notes else ""


_TOOLTIPS = (
    "The line as the network gets it, before scaling",
    "What is written, normalised as the study says",
    "CER of the readings of this line, in per cent",
    "How much nearer the readings are to one another than to the reference, in points: high where the models agree "
    "with one another and not with what is written",
    "What a person found on looking at the line",
)
_SPOKEN = ("Image", "Reference", "CER", "Agreement against the reference in points", "Found")

_TESTS: dict[str, Callable[[ReviewModel, str], bool]] = {
    "open": lambda model, line_id: model.is_open(line_id),
    "labelled": lambda model, line_id: bool((row := model.verdict(line_id)) and row.label.strip()),
    "wrong": lambda model, line_id: bool((row := model.verdict(line_id)) and is_error(row.label)),
    "skipped": lambda model, line_id: (
        not model.is_open(line_id) and not ((row := model.verdict(line_id)) and row.label.strip())
    ),
}


def _cer(model: ReviewModel, line_id: str) -> float | None:
    read = model.read(line_id)
    return read.cer if read else None


def _disagreement(model: ReviewModel, line_id: str) -> float | None:
    read = model.read(line_id)
    return read.disagreement if read else None


def _label(model: ReviewModel, line_id: str) -> str | None:
    row = model.verdict(line_id)
    return row.label if row and row.label.strip() else None


_KEYS: dict[int, Callable[[ReviewModel, str], Any]] = {
    1: lambda model, line_id: model.reference(line_id),
    CER: _cer,
    AGREE: _disagreement,
    FOUND: _label,
}
