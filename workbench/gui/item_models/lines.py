"""The lines of a data set as a table: 100,000 rows are an index over one tuple."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt

from workbench.data.catalog import OpenedDataset
from workbench.data.line import ReadProblem, TextLine
from workbench.gui.item_models.datasets import PART_WORDS
from workbench.gui.item_models.line_rows import IMAGE, ROOT, TEXT, Index, LineRowsModel
from workbench.gui.item_models.text_search import matcher
from workbench.gui.messages import plain_tooltip

COLUMNS = ("Image", "Transcription", "Writer", "Part", "Length")
WRITER, PART, LENGTH = 2, 3, 4
_TOOLTIPS = (
    "The line as it is in the cache",
    "As on disk, in reading order",
    "Writer, where the data set tells",
    "Part that the data set assigns",
    "Characters of the transcription",
)
ANY = "any"


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Which lines are shown."""

    search: str = ""
    """In transcription, id and writer; see :func:`workbench.gui.item_models.text_search.matcher`."""
    part: str | None = ANY
    """A part, None for lines without one, or `any`."""
    problems: str = ANY
    """`with`, `without` or `any`."""
    shortest: int = 0
    longest: int | None = None
    """Characters of the transcription, both included."""


class LinesModel(LineRowsModel):
    """Lines of one data set, filtered and sorted."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self._opened: OpenedDataset | None = None
        self._lines: tuple[TextLine, ...] = ()
        self._problems: Mapping[str, tuple[ReadProblem, ...]] = {}
        self._shown: list[int] = []
        self._filter = LineFilter()

    @property
    def total(self) -> int:
        """Lines of the data set, shown or not."""
        return len(self._lines)

    @property
    def line_filter(self) -> LineFilter:
        """Which lines are shown."""
        return self._filter

    def show(self, opened: OpenedDataset | None, *, from_right: bool = True) -> None:
        """Show another data set; None: nothing."""
        if opened is self._opened:
            return
        self.beginResetModel()  # before anything changes: whoever listens may still ask for the old rows
        self._show_images_of(opened.cache if opened else None, from_right=from_right)
        self._opened = opened
        self._lines = opened.lines.lines if opened else ()
        self._problems = problems_by_line(opened) if opened else {}
        self._rows = None
        self._fill()
        self.endResetModel()

    def set_filter(self, line_filter: LineFilter) -> None:
        """Show other lines.

        Raises
        ------
        InputError
            For a search pattern that is none; the old lines stay.
        """
        if line_filter != self._filter:
            matcher(line_filter.search)
            self._filter = line_filter
            self._arrange()

    def line_at(self, row: int) -> TextLine | None:
        """Line of a row."""
        return self._lines[self._shown[row]] if 0 <= row < len(self._shown) else None

    def id_at(self, row: int) -> str | None:
        """Id of the line that a row shows."""
        line = self.line_at(row)
        return line.id if line else None

    def shown_ids(self) -> Iterable[str]:
        """Ids of the lines that are shown, in their order."""
        return (self._lines[position].id for position in self._shown)

    def texts(self) -> Iterable[str]:
        """Transcriptions of some thousand lines."""
        return (line.transcription for line in self._lines[:: max(len(self._lines) // 2_000, 1)])

    def problems_of(self, line_id: str) -> tuple[ReadProblem, ...]:
        """Notes about a line."""
        return self._problems.get(line_id, ())

    def _fill(self) -> None:
        self._shown = list(range(len(self._lines)))
        if self._filter != LineFilter():
            passes = _test(self._filter, self._problems)
            self._shown = [position for position, line in enumerate(self._lines) if passes(line)]
        column, order = self._sorted_by
        if key := _KEYS.get(column):
            lines = self._lines
            self._shown.sort(key=lambda position: key(lines[position]), reverse=order == Qt.SortOrder.DescendingOrder)

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of lines that are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return column names and what they mean."""
        if orientation == Qt.Orientation.Vertical:
            return section + 1 if role == Qt.ItemDataRole.DisplayRole else None
        match role:
            case Qt.ItemDataRole.ToolTipRole:
                return _TOOLTIPS[section]
            case Qt.ItemDataRole.TextAlignmentRole if section in (TEXT, LENGTH):
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            case _:
                return super().headerData(section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return texts, and the image where it is there already."""
        line = self.line_at(index.row()) if index.isValid() else None
        if line is None:
            return None
        column = index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _text(line, column)
            case Qt.ItemDataRole.DecorationRole if column == IMAGE:
                return self._image(line.id)
            case Qt.ItemDataRole.TextAlignmentRole if column == LENGTH:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip("\n".join([line.id, *(note.reason for note in self.problems_of(line.id))]))
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"Image of {line.id}" if column == IMAGE else str(_text(line, column))
            case _:
                return None


_KEYS: dict[int, Callable[[TextLine], Any]] = {
    TEXT: lambda line: line.transcription,
    WRITER: lambda line: line.writer or "",
    PART: lambda line: line.split or "",
    LENGTH: lambda line: len(line.transcription),
}


def _text(line: TextLine, column: int) -> str | None:
    match column:
        case 1:
            return line.transcription
        case 2:
            return line.writer or "–"
        case 3:
            return PART_WORDS[line.split]
        case 4:
            return str(len(line.transcription))
        case _:
            return None


def _test(line_filter: LineFilter, problems: Mapping[str, object]) -> Callable[[TextLine], bool]:
    """Return the test that a line has to pass; what is not asked for costs nothing."""
    tests: list[Callable[[TextLine], bool]] = []
    if line_filter.part != ANY:
        tests.append(lambda line: line.split == line_filter.part)
    if line_filter.problems != ANY:
        tests.append(lambda line: (line.id in problems) == (line_filter.problems == "with"))
    if line_filter.shortest:
        tests.append(lambda line: len(line.transcription) >= line_filter.shortest)
    if (longest := line_filter.longest) is not None:
        tests.append(lambda line: len(line.transcription) <= longest)
    if line_filter.search.strip():
        matches = matcher(line_filter.search)
        tests.append(lambda line: matches(line.transcription) or matches(line.id) or matches(line.writer or ""))
    return lambda line: all(test(line) for test in tests)


def problems_by_line(opened: OpenedDataset) -> dict[str, tuple[ReadProblem, ...]]:
    """Notes about lines that are used all the same, by line id: those that name the line's image."""
    named: dict[str, list[ReadProblem]] = defaultdict(list)
    for problem in opened.lines.problems:
        if problem.path != ".":
            named[problem.path].append(problem)
    if not named:
        return {}
    found = ((line.id, named.get(line.image.as_posix())) for line in opened.lines.lines)
    return {line_id: tuple(problems) for line_id, problems in found if problems}
