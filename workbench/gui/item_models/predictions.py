"""Test lines of a cell as a table: CER of an arm and of what it is compared with, their difference, and marks."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from workbench.analysis.lines.selection import Choice, Selection, SortKey
from workbench.data.cache import LineCache
from workbench.data.line_marks import LineMark, LineMarks
from workbench.gui.item_models.line_rows import IMAGE, ROOT, TEXT, Index, LineRowsModel
from workbench.gui.messages import plain_tooltip
from workbench.gui.stores.predictions import Arm, PredictionRow, PredictionsStore
from workbench.gui.text_rendering import shown_name
from workbench.gui.wording import NO_VALUE, architecture_label, signed
from workbench.study.arms import arm_label, short_label

COLUMNS = ("Image", "Reference", "baseline", "arm", "Δ", "")
SINGLE, MULTI, DELTA, MARK = 2, 3, 4, 5

CHOICES: dict[Choice, str] = {
    "all": "all lines",
    "multi_right": "{multi} right, {single} wrong",
    "single_right": "{single} right, {multi} wrong",
    "multi_better": "{multi} better",
    "single_better": "{single} better",
    "wrong": "both wrong",
    "right": "both right",
}
"""With the short names of the arm (multi) and of its baseline (single)."""

_SORT_KEYS: dict[int, SortKey] = {TEXT: "text", SINGLE: "single", MULTI: "multi", DELTA: "delta"}


def choice_titles(arm: Arm) -> dict[Choice, str]:
    """Return the choices in the words of an arm."""
    names = {"multi": short_label(arm.regime), "single": short_label(arm.baseline.regime)}
    return {choice: title.format(**names) for choice, title in CHOICES.items()}


def rival_titles(arm: Arm, other: str) -> dict[Choice, str]:
    """Return the choices that compare an arm's architecture with another one, both in the arm's regime."""
    names = architecture_label(arm.architecture), architecture_label(other)
    return {
        "own_right": f"{names[0]} right, {names[1]} wrong",
        "other_right": f"{names[1]} right, {names[0]} wrong",
    }


def sort_key(column: int) -> SortKey | None:
    """Return what a column sorts by; None: the data set's own order."""
    return _SORT_KEYS.get(column)


@dataclass(frozen=True, slots=True)
class ScoredRow:
    """A line with the numbers of one architecture; fractions, None where a run or a reference is missing."""

    row: PredictionRow
    single: float | None
    """CER of the baseline."""
    multi: float | None
    """CER of the arm that is compared with it."""
    delta_pp: float | None
    """ΔCER in percentage points; negative: the arm reads this line better than its baseline."""


class PredictionsModel(LineRowsModel):
    """Lines of a selection. Only the numbers are held; texts are fetched when a row is looked at."""

    order_wanted = Signal(object, bool)
    """Key to sort by (None: no order), and whether the largest come first."""

    def __init__(self, lines: PredictionsStore, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self._lines = lines
        self._selection: Selection | None = None
        self._arm = Arm("", "multi")
        self._marks: LineMarks = {}

    @property
    def total(self) -> int:
        """Lines of the cell, shown or not."""
        return len(self._lines.rows)

    @property
    def architecture(self) -> str:
        """Architecture whose numbers are shown."""
        return self._arm.architecture

    @property
    def arm(self) -> Arm:
        """The arm whose numbers stand beside those of its baseline."""
        return self._arm

    def show(self, selection: Selection | None, arm: Arm, cache: LineCache | None, *, from_right: bool = True) -> None:
        """Show other lines, in another order, or the numbers of another arm."""
        self.beginResetModel()
        self._show_images_of(cache, from_right=from_right)
        self._selection, self._arm = selection, arm
        self.endResetModel()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, SINGLE, DELTA)

    def show_marks(self, marks: LineMarks) -> None:
        """Show bookmarks and notes."""
        self._marks = marks
        if rows := self.rowCount():
            self.dataChanged.emit(self.index(0, MARK), self.index(rows - 1, MARK))

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Ask for another order; it is there when :meth:`show` brings it."""
        if (column, order) != self._sorted_by:
            self._sorted_by = (column, order)
            self.order_wanted.emit(sort_key(column), order == Qt.SortOrder.DescendingOrder)

    def line_at(self, row: int) -> int | None:
        """Return the line that a row shows."""
        selection = self._selection
        inside = selection is not None and 0 <= row < len(selection.positions)
        return int(selection.positions[row]) if selection is not None and inside else None

    def row_at(self, row: int) -> ScoredRow | None:
        """Return what a row shows, with all its readings."""
        line, selection = self.line_at(row), self._selection
        if line is None or selection is None:
            return None
        single, multi, delta = (_known(rate[line]) for rate in (selection.single, selection.multi, selection.delta))
        return ScoredRow(self._lines.row(line), single, multi, None if delta is None else 100 * delta)

    def id_at(self, row: int) -> str | None:
        """Id of the line that a row shows."""
        line = self.line_at(row)
        return None if line is None else self._lines.line_id(line)

    def row_of(self, line_id: str) -> int | None:
        """Row of a line, None where it is not shown."""
        line, selection = self._lines.position(line_id), self._selection
        if line is None or selection is None or selection.rows[line] < 0:
            return None
        return int(selection.rows[line])

    def shown_ids(self) -> Iterable[str]:
        """Ids of the lines that are shown, in their order."""
        rows = range(self.rowCount())
        return (line_id for row in rows if (line_id := self.id_at(row)) is not None)

    def texts(self) -> Iterable[str]:
        """The longest references of all lines: what rows are measured with."""
        index = self._lines.index
        return index.longest_references if index else ()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of lines that are shown."""
        return 0 if parent.isValid() or self._selection is None else len(self._selection.positions)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return column names and what they mean."""
        if orientation == Qt.Orientation.Vertical:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._title(section)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(self._meaning(section))
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignLeft if section == IMAGE else Qt.AlignmentFlag.AlignRight
                return side | Qt.AlignmentFlag.AlignVCenter
            case _:
                return None

    def _title(self, section: int) -> str:
        match section:
            case 2:
                return short_label(self._arm.baseline.regime)
            case 3:
                return short_label(self._arm.regime)
            case _:
                return COLUMNS[section]

    def _meaning(self, section: int) -> str:
        names = {"single": arm_label(self._arm.baseline.regime), "multi": arm_label(self._arm.regime)}
        return plain_tooltip(_TOOLTIPS[section].format(**names))

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
                return self._image(self._lines.line_id(line))
            case Qt.ItemDataRole.TextAlignmentRole if column > TEXT:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.ToolTipRole:
                note = self._mark(line).note
                return plain_tooltip("\n".join(map(shown_name, filter(None, (self._lines.line_id(line), note)))))
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(line, column)
            case _:
                return None

    def _mark(self, line: int) -> LineMark:
        return self._marks.get(self._lines.line_id(line), LineMark()) if self._marks else LineMark()

    def _spoken(self, line: int, column: int) -> str:
        if column == MARK:
            mark = self._mark(line)
            return "; ".join(filter(None, ("bookmarked" if mark.is_bookmarked else "", mark.note))) or "no mark"
        shown = self._lines.line_id(line) if column == IMAGE else self._text(line, column)
        title = f"CER {self._title(column)}" if column in (SINGLE, MULTI) else _SPOKEN[column]
        return f"{title}: {shown}"

    def _text(self, line: int, column: int) -> str | None:
        assert self._selection is not None
        match column:
            case 1:
                return self._lines.reference(line)
            case 2 | 3:
                rate = (self._selection.single if column == SINGLE else self._selection.multi)[line]
                return NO_VALUE if isnan(rate) else f"{100 * rate:.1f}"
            case 4:
                delta = float(self._selection.delta[line])
                return NO_VALUE if isnan(delta) else signed(100 * delta)
            case 5:
                mark = self._mark(line)
                return ("★" if mark.is_bookmarked else "") + ("✎" if mark.note else "")
            case _:
                return None


def _known(rate: float) -> float | None:
    return None if isnan(rate) else float(rate)


_TOOLTIPS = (
    "The line as the network gets it, before scaling",
    "What is written, normalised as the study says",
    "{single}: CER of its runs on this line, in per cent",
    "{multi}: CER of its runs on this line, in per cent",
    "CER of “{multi}” minus CER of “{single}”, in percentage points: negative means that it reads this line better\n"
    "Only runs with the same draw and seed are compared, as in the heatmap",
    "★ bookmarked, ✎ has a note",
)

_SPOKEN = ("Image", "Reference", "", "", "ΔCER in percentage points", "")
