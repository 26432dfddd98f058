"""The lines of a data set as a table: 100,000 rows are an index over one tuple, made in a thread."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal, Slot

from workbench.data.catalog import OpenedDataset
from workbench.data.line import ReadProblem, TextLine
from workbench.gui.item_models.datasets import PART_WORDS
from workbench.gui.item_models.line_index import ANY, Arrangement, LineFilter, LineIndex, Notes, SortKey, Wanted
from workbench.gui.item_models.line_rows import IMAGE, ROOT, TEXT, Index, LineRowsModel
from workbench.gui.messages import plain_tooltip
from workbench.gui.side_job import SideJob
from workbench.gui.text_rendering import shown_name
from workbench.runs.control import Control
from workbench.text.search import matcher

__all__ = ["ANY", "COLUMNS", "IMAGE", "TEXT", "LineFilter", "LinesModel"]

COLUMNS = (
    "Image", "Transcription", "Id", "Writer", "Part", "Length", "Width", "Height", "Chars/px",
)  # fmt: skip
ID, WRITER, PART, LENGTH, WIDTH, HEIGHT, DENSITY = range(2, 9)
_NUMBERS = (LENGTH, WIDTH, HEIGHT, DENSITY)
_TOOLTIPS = (
    "The line as it is in the cache; a click here restores the data set's own order",
    "As on disk, in reading order",
    "Unique within the data set; sorted with numbers as numbers",
    "Writer, where the data set tells",
    "Part that the data set assigns",
    "Characters of the transcription",
    "Width of the image in pixels of the scan, as it is in the cache",
    "Height of the image in pixels of the scan, as it is in the cache",
    "Characters per pixel of width: the higher, the sooner a network has too few frames",
)
_SORT_KEYS: dict[int, SortKey] = {
    TEXT: "text",
    ID: "id",
    WRITER: "writer",
    PART: "part",
    LENGTH: "length",
    WIDTH: "width",
    HEIGHT: "height",
    DENSITY: "density",
}
AT_ONCE_LINES = 2_000
"""So few lines are arranged before anybody could see that it takes time."""


class LinesModel(LineRowsModel):
    """Lines of one data set, filtered and sorted; while a new order is worked out, the old one stays."""

    arranging_changed = Signal()
    """A new order is worked out now, or is there."""

    def __init__(self, parent: QObject | None = None, *, at_once_lines: int = AT_ONCE_LINES) -> None:
        super().__init__(COLUMNS, parent)
        self._at_once_lines = at_once_lines
        self._opened: OpenedDataset | None = None
        self._lines: tuple[TextLine, ...] = ()
        self._index: LineIndex | None = None
        self._filter = LineFilter()
        self._positions = np.arange(0)
        self._arrangement: Arrangement | None = None
        self._job = SideJob("lines", self)
        self._job.done.connect(self._take)

    @property
    def total(self) -> int:
        """Lines of the data set, shown or not."""
        return len(self._lines)

    @property
    def line_filter(self) -> LineFilter:
        """Which lines are shown, or will be."""
        return self._filter

    @property
    def is_arranging(self) -> bool:
        """Tell whether another order, or what belongs to it, is on its way."""
        return self._job.is_running

    def show(self, opened: OpenedDataset | None, *, from_right: bool = True) -> None:
        """Show another data set; None: nothing."""
        if opened is self._opened:
            return
        self._job.cancel()
        self.beginResetModel()  # before anything changes: whoever listens may still ask for the old rows
        self._show_images_of(opened.cache if opened else None, from_right=from_right)
        self._opened = opened
        self._lines = opened.lines.lines if opened else ()
        self._index = LineIndex(opened) if opened else None
        self._arrangement = None
        self._positions = np.arange(len(self._lines) if self._wanted() == Wanted() else 0)
        self.endResetModel()
        self._arrange()

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
        return self._lines[self._positions[row]] if 0 <= row < len(self._positions) else None

    def id_at(self, row: int) -> str | None:
        """Id of the line that a row shows."""
        line = self.line_at(row)
        return line.id if line else None

    def row_of(self, line_id: str) -> int | None:
        """Row of a line; None where it is not shown, or as long as nobody knows."""
        known = self._arrangement
        place = known.places.get(line_id) if known else None
        if known is None or place is None or known.rows[place] < 0:
            return None
        return int(known.rows[place])

    def shown_ids(self) -> Iterable[str]:
        """Ids of the lines that are shown, in their order."""
        return (self._lines[position].id for position in self._positions)

    def texts(self) -> Iterable[str]:
        """Transcriptions of some thousand lines."""
        return (line.transcription for line in self._lines[:: max(len(self._lines) // 2_000, 1)])

    def problems_of(self, line_id: str) -> tuple[ReadProblem, ...]:
        """Notes about a line."""
        return self._notes.get(line_id, ())

    @property
    def _notes(self) -> Notes:
        return self._arrangement.notes if self._arrangement else {}

    def _wanted(self) -> Wanted:
        column, order = self._sorted_by
        return Wanted(self._filter, _SORT_KEYS.get(column), order == Qt.SortOrder.DescendingOrder)

    def _arrange(self) -> None:
        """Have what is wanted now worked out, in place of what was wanted before."""
        index, wanted = self._index, self._wanted()
        if index is None:
            return
        if len(index) <= self._at_once_lines:
            self._job.cancel()
            self._show(index.arrange(wanted, Control()))
        else:
            self._job.start(lambda control: index.arrange(wanted, control))
        self.arranging_changed.emit()

    @Slot(int, object)
    def _take(self, _number: int, arrangement: Arrangement) -> None:
        self._show(arrangement)
        self.arranging_changed.emit()

    def _show(self, arrangement: Arrangement) -> None:
        is_the_same = np.array_equal(arrangement.positions, self._positions)
        if is_the_same:
            self._arrangement = arrangement
            return
        self.beginResetModel()
        self._arrangement = arrangement
        self._positions = arrangement.positions
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of lines that are shown."""
        return 0 if parent.isValid() else len(self._positions)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return column names and what they mean."""
        if orientation == Qt.Orientation.Vertical:
            return section + 1 if role == Qt.ItemDataRole.DisplayRole else None
        match role:
            case Qt.ItemDataRole.ToolTipRole:
                return _TOOLTIPS[section]
            case Qt.ItemDataRole.TextAlignmentRole if section == TEXT or section in _NUMBERS:
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
                return self._text(line, column)
            case Qt.ItemDataRole.DecorationRole if column == IMAGE:
                return self._image(line.id)
            case Qt.ItemDataRole.TextAlignmentRole if column in _NUMBERS:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.ToolTipRole:
                notes = (note.reason for note in self.problems_of(line.id))
                return plain_tooltip("\n".join(map(shown_name, [line.id, *notes])))
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"Image of {line.id}" if column == IMAGE else str(self._text(line, column))
            case _:
                return None

    def _text(self, line: TextLine, column: int) -> str | None:
        match column:
            case 1:
                return line.transcription
            case 2:
                return line.id
            case 3:
                return line.writer or "–"
            case 4:
                return PART_WORDS[line.split]
            case 5:
                return f"{len(line.transcription):,}"
            case 6 | 7 | 8:
                return self._measure(line, column)
            case _:
                return None

    def _measure(self, line: TextLine, column: int) -> str:
        assert self._opened is not None
        height, width = self._opened.cache.size(line.id)
        if column == DENSITY:
            return f"{len(line.transcription) / max(width, 1):.3f}"
        return f"{width if column == WIDTH else height:,}"
