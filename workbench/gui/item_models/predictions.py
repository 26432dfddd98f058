"""Test lines of a cell as a table: CER of an arm and of what it is compared with, and their difference."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import QObject, Qt

from workbench.data.cache import LineCache
from workbench.gui.item_models.line_rows import IMAGE, ROOT, TEXT, Index, LineRowsModel
from workbench.text.search import matcher
from workbench.gui.messages import plain_tooltip
from workbench.gui.stores.predictions import Arm, PredictionRow
from workbench.gui.wording import NO_VALUE, signed
from workbench.study.arms import arm_label, short_label

COLUMNS = ("Image", "Reference", "baseline", "arm", "Δ")
SINGLE, MULTI, DELTA = 2, 3, 4

Choice = Literal["all", "multi_right", "single_right", "multi_better", "single_better", "wrong", "right"]

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


def choice_titles(arm: Arm) -> dict[Choice, str]:
    """Return the choices in the words of an arm."""
    names = {"multi": short_label(arm.regime), "single": short_label(arm.baseline.regime)}
    return {choice: title.format(**names) for choice, title in CHOICES.items()}


@dataclass(frozen=True, slots=True)
class ScoredRow:
    """A line with the numbers of one architecture; fractions, None where a run or a reference is missing."""

    row: PredictionRow
    single: float | None
    """CER of the baseline."""
    multi: float | None
    """CER of the arm that is compared with it."""

    @property
    def delta_pp(self) -> float | None:
        """ΔCER in percentage points; negative: the arm reads this line better than its baseline."""
        return None if self.single is None or self.multi is None else 100 * (self.multi - self.single)


@dataclass(frozen=True, slots=True)
class PredictionFilter:
    """Which lines are shown."""

    search: str = ""
    """In id, reference and all hypotheses."""
    choice: Choice = "all"


class PredictionsModel(LineRowsModel):
    """Lines of a cell, filtered and sorted; lines without a number come last in every order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self._lines: tuple[PredictionRow, ...] = ()
        self._scored: list[ScoredRow] = []
        self._shown: list[ScoredRow] = []
        self._arm = Arm("", "multi")
        self._filter = PredictionFilter()

    @property
    def total(self) -> int:
        """Lines of the cell, shown or not."""
        return len(self._lines)

    @property
    def architecture(self) -> str:
        """Architecture whose numbers are shown."""
        return self._arm.architecture

    @property
    def arm(self) -> Arm:
        """The arm whose numbers stand beside those of its baseline."""
        return self._arm

    def show(
        self,
        rows: Sequence[PredictionRow],
        arm: Arm,
        cache: LineCache | None,
        *,
        from_right: bool = True,
    ) -> None:
        """Show the lines of another cell, or the numbers of another arm."""
        rows = tuple(rows)
        self._show_images_of(cache, from_right=from_right)
        self._lines, self._arm = rows, arm
        self._scored = [ScoredRow(row, row.cer(arm.baseline), row.cer(arm)) for row in rows]
        self._arrange()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, SINGLE, DELTA)

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

    def row_at(self, row: int) -> ScoredRow | None:
        """Return what a row shows."""
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def id_at(self, row: int) -> str | None:
        """Id of the line that a row shows."""
        scored = self.row_at(row)
        return scored.row.line_id if scored else None

    def shown_ids(self) -> Iterable[str]:
        """Ids of the lines that are shown, in their order."""
        return (scored.row.line_id for scored in self._shown)

    def texts(self) -> Iterable[str]:
        """References of all lines."""
        return (row.reference for row in self._lines)

    def _fill(self) -> None:
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

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of lines that are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return column names and what they mean."""
        if orientation == Qt.Orientation.Vertical:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._title(section)
            case Qt.ItemDataRole.ToolTipRole:
                return self._meaning(section)
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
        scored = self.row_at(index.row()) if index.isValid() else None
        if scored is None:
            return None
        column = index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _text(scored, column)
            case Qt.ItemDataRole.DecorationRole if column == IMAGE:
                return self._image(scored.row.line_id)
            case Qt.ItemDataRole.TextAlignmentRole if column > TEXT:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(scored.row.line_id)
            case Qt.ItemDataRole.AccessibleTextRole:
                shown = scored.row.line_id if column == IMAGE else _text(scored, column)
                return f"{self._spoken(column)}: {shown}"
            case _:
                return None

    def _spoken(self, column: int) -> str:
        return f"CER {self._title(column)}" if column in (SINGLE, MULTI) else _SPOKEN[column]


_TOOLTIPS = (
    "The line as the network gets it, before scaling",
    "What is written, normalised as the study says",
    "{single}: CER of its runs on this line, over all draws and seeds, in per cent",
    "{multi}: CER of its runs on this line, over all draws and seeds, in per cent",
    "CER of “{multi}” minus CER of “{single}”, in percentage points: negative means that it reads this line better",
)

_SPOKEN = ("Image", "Reference", "", "", "ΔCER in percentage points")

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
    TEXT: lambda scored: scored.row.reference,
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
