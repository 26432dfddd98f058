"""Test lines of a cell as a table: CER of the single-script and the multi-script arm, and their difference."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Slot
from PySide6.QtGui import QImage

from workbench.data.cache import LineCache
from workbench.gui.image_loading import ImageLoader
from workbench.gui.item_models.lines import MAX_THUMBNAIL_PX, line_thumbnail
from workbench.gui.item_models.text_search import matcher
from workbench.gui.messages import plain_tooltip
from workbench.gui.stores.predictions import Arm, PredictionRow
from workbench.gui.wording import NO_VALUE, signed
from workbench.study.grid import BASELINE_REGIME

Index = QModelIndex | QPersistentModelIndex

ROOT = QModelIndex()
COLUMNS = ("Image", "Reference", "single", "multi", "Δ")
IMAGE, REFERENCE, SINGLE, MULTI, DELTA = range(5)

Choice = Literal["all", "multi_right", "single_right", "multi_better", "single_better", "wrong", "right"]

CHOICES: dict[Choice, str] = {
    "all": "all lines",
    "multi_right": "multi right, single wrong",
    "single_right": "single right, multi wrong",
    "multi_better": "multi better",
    "single_better": "single better",
    "wrong": "both wrong",
    "right": "both right",
}


@dataclass(frozen=True, slots=True)
class ScoredRow:
    """A line with the numbers of one architecture; fractions, None where a run or a reference is missing."""

    row: PredictionRow
    single: float | None
    multi: float | None

    @property
    def delta_pp(self) -> float | None:
        """ΔCER in percentage points; negative: multi-script reads this line better."""
        return None if self.single is None or self.multi is None else 100 * (self.multi - self.single)


@dataclass(frozen=True, slots=True)
class PredictionFilter:
    """Which lines are shown."""

    search: str = ""
    """In id, reference and all hypotheses."""
    choice: Choice = "all"


class PredictionsModel(QAbstractTableModel):
    """Lines of a cell, filtered and sorted; lines without a number come last in every order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[PredictionRow, ...] = ()
        self._scored: list[ScoredRow] = []
        self._shown: list[ScoredRow] = []
        self._architecture = ""
        self._regime = "multi"
        self._cache: LineCache | None = None
        self._from_right = True
        self._filter = PredictionFilter()
        self._sorted_by: tuple[int, Qt.SortOrder] = (-1, Qt.SortOrder.AscendingOrder)
        self._size, self._ratio = MAX_THUMBNAIL_PX, 1.0
        self._loader = ImageLoader(parent=self)
        self._loader.loaded.connect(self._show_image)

    @property
    def total(self) -> int:
        """Lines of the cell, shown or not."""
        return len(self._rows)

    @property
    def architecture(self) -> str:
        """Architecture whose numbers are shown."""
        return self._architecture

    def show(
        self,
        rows: Sequence[PredictionRow],
        architecture: str,
        cache: LineCache | None,
        *,
        regime: str = "multi",
        from_right: bool = True,
    ) -> None:
        """Show the lines of another cell, or the numbers of another architecture."""
        rows = tuple(rows)
        if cache is not self._cache:
            self._loader.forget()
        self._rows, self._architecture, self._regime = rows, architecture, regime
        self._cache, self._from_right = cache, from_right
        single, multi = Arm(architecture, BASELINE_REGIME), Arm(architecture, regime)
        self._scored = [ScoredRow(row, row.cer(single), row.cer(multi)) for row in rows]
        self._arrange()

    def set_filter(self, wanted: PredictionFilter) -> None:
        """Show other lines.

        Raises
        ------
        InputError
            For a search pattern that is none; the old lines stay.
        """
        if wanted != self._filter:
            matcher(wanted.search)
            self._filter = wanted
            self._arrange()

    def set_thumbnails(self, size: QSize, ratio: float) -> None:
        """Tell how large images are drawn (logical pixels) and how fine the screen is."""
        if (size, ratio) != (self._size, self._ratio):
            self._size, self._ratio = size, ratio
            self._loader.forget()

    def row_at(self, row: int) -> ScoredRow | None:
        """Return what a row shows."""
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def row_of(self, line_id: str) -> int | None:
        """Row of a line, None where it is not shown."""
        return next((number for number, scored in enumerate(self._shown) if scored.row.line_id == line_id), None)

    def longest_texts(self, number: int = 16) -> tuple[str, ...]:
        """Some references to measure row heights with."""
        return tuple(sorted((row.reference for row in self._rows), key=len, reverse=True)[:number])

    def _arrange(self) -> None:
        self.beginResetModel()
        passes = _TESTS[self._filter.choice]
        shown = [scored for scored in self._scored if passes(scored)]
        if self._filter.search.strip():
            matches = matcher(self._filter.search)
            shown = [scored for scored in shown if _is_found(scored.row, matches)]
        column, order = self._sorted_by
        if key := _KEYS.get(column):
            known = [scored for scored in shown if key(scored) is not None]
            unknown = [scored for scored in shown if key(scored) is None]
            known.sort(key=key, reverse=order == Qt.SortOrder.DescendingOrder)
            shown = known + unknown
        self._shown = shown
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; the image's column and -1 mean the data set's own order."""
        if (column, order) != self._sorted_by:
            self._sorted_by = (column, order)
            self._arrange()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of lines that are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return column names and what they mean."""
        if orientation == Qt.Orientation.Vertical:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return COLUMNS[section].replace("multi", self._regime)
            case Qt.ItemDataRole.ToolTipRole:
                return _TOOLTIPS[section]
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignLeft if section == IMAGE else Qt.AlignmentFlag.AlignRight
                return side | Qt.AlignmentFlag.AlignVCenter
            case _:
                return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return texts, and the image where it is there already."""
        scored = self.row_at(index.row()) if index.isValid() else None
        if scored is None:
            return None
        column = index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _text(scored, column)
            case Qt.ItemDataRole.DecorationRole if column == IMAGE:
                return self._image(scored.row.line_id)
            case Qt.ItemDataRole.TextAlignmentRole if column > REFERENCE:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(scored.row.line_id)
            case Qt.ItemDataRole.AccessibleTextRole:
                shown = scored.row.line_id if column == IMAGE else _text(scored, column)
                return f"{_SPOKEN[column]}: {shown}"
            case _:
                return None

    def _image(self, line_id: str) -> QImage | None:
        known = self._loader.image(line_id)
        if known is None and (cache := self._cache) is not None and line_id in cache:
            size, ratio, from_right = self._size, self._ratio, self._from_right
            self._loader.request(line_id, lambda: line_thumbnail(cache, line_id, size, ratio, from_right))
        return known

    @Slot(int, object)
    def _show_image(self, _number: int, line_id: str) -> None:
        if (row := self.row_of(line_id)) is not None:
            cell = self.index(row, IMAGE)
            self.dataChanged.emit(cell, cell, [Qt.ItemDataRole.DecorationRole])


_TOOLTIPS = (
    "The line as the network gets it, before scaling",
    "What is written, normalised as the study says",
    "CER of the single-script runs on this line, over all draws and seeds, in per cent",
    "CER of the multi-script runs on this line, over all draws and seeds, in per cent",
    "CER of multi-script minus single-script, in percentage points: negative means that it reads this line better",
)

_SPOKEN = ("Image", "Reference", "CER single-script", "CER multi-script", "ΔCER in percentage points")

_TESTS: dict[Choice, Callable[[ScoredRow], bool]] = {
    "all": lambda scored: True,
    "multi_right": lambda scored: scored.multi == 0 and bool(scored.single),
    "single_right": lambda scored: scored.single == 0 and bool(scored.multi),
    "multi_better": lambda scored: (scored.delta_pp or 0) < 0,
    "single_better": lambda scored: (scored.delta_pp or 0) > 0,
    "wrong": lambda scored: bool(scored.single) and bool(scored.multi),
    "right": lambda scored: scored.single == 0 and scored.multi == 0,
}

_KEYS: dict[int, Callable[[ScoredRow], Any]] = {
    REFERENCE: lambda scored: scored.row.reference,
    SINGLE: lambda scored: scored.single,
    MULTI: lambda scored: scored.multi,
    DELTA: lambda scored: scored.delta_pp,
}


def _is_found(row: PredictionRow, matches: Callable[[str], bool]) -> bool:
    return (
        matches(row.line_id)
        or matches(row.reference)
        or any(matches(reading.prediction.hypothesis) for reading in row.readings)
    )


def _text(scored: ScoredRow, column: int) -> str | None:
    match column:
        case 1:
            return scored.row.reference
        case 2 | 3:
            rate = scored.single if column == SINGLE else scored.multi
            return NO_VALUE if rate is None else f"{100 * rate:.1f}"
        case 4:
            return NO_VALUE if scored.delta_pp is None else signed(scored.delta_pp)
        case _:
            return None
