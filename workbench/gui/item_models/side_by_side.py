"""Rows with one cell per data set: what is peculiar about transcriptions, what normalisation steps would change."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.gui.messages import plain_tooltip
from workbench.gui.stores.summaries import DatasetSummary
from workbench.gui.wording import count, counted
from workbench.text.effects import StepEffect
from workbench.text.normalize import EXPLANATIONS
from workbench.text.peculiarities import PECULIARITIES
from workbench.text.profile import VARIANTS, Finding

Index = QModelIndex | QPersistentModelIndex

ROOT = QModelIndex()
REVERSED = "STORED REVERSED, as it seems (visual order)"


@dataclass(frozen=True, slots=True)
class SideRow:
    """One row: what it is about, and a cell per data set, empty where it has none of it."""

    key: str
    title: str
    cells: tuple[str, ...]
    explanation: str = ""


def peculiarity_rows(summaries: Sequence[DatasetSummary]) -> tuple[SideRow, ...]:
    """Peculiarities that at least one data set has, in lines and times."""
    rows: list[SideRow] = []
    if any(summary.text.order.is_reversed for summary in summaries):
        cells = tuple("all lines" if summary.text.order.is_reversed else "" for summary in summaries)
        rows.append(SideRow("order", REVERSED, cells))
    for key, peculiarity in PECULIARITIES.items():
        found = [summary.text.finding(key) for summary in summaries]
        if any(found):
            steps = " or ".join(step.replace("_", " ") for step in peculiarity.steps)
            taken_away = f"Taken away by the normalisation step {steps}." if steps else ""
            rows.append(SideRow(key, peculiarity.title, tuple(map(_found, found)), taken_away))
    return (*rows, *_variant_rows(summaries))


def _variant_rows(summaries: Sequence[DatasetSummary]) -> Iterator[SideRow]:
    """Encodings of a letter (or digit systems) of which the data sets together use several."""
    found = [
        {(group.title, what): (times, lines) for group in summary.text.variants for what, times, lines in group.members}
        for summary in summaries
    ]
    keys = list(dict.fromkeys(key for variants in found for key in variants))
    several = Counter(title for title, _ in keys)
    order = [*VARIANTS, "digits"]
    for title, what in sorted((key for key in keys if several[key[0]] > 1), key=lambda key: (order.index(key[0]), key)):
        cells = (variants.get((title, what)) for variants in found)
        texts = tuple(f"{count(cell[0])} in {counted(cell[1], 'line')}" if cell else "" for cell in cells)
        yield SideRow(f"{title} {what}", f"{title}, one of several: {what}", texts)


def _found(finding: Finding | None) -> str:
    if finding is None:
        return ""
    lines = counted(finding.lines, "line")
    several = finding.occurrences is not None and finding.occurrences > finding.lines
    return f"{count(finding.occurrences or 0)} in {lines}" if several else lines


def effect_rows(summaries: Sequence[DatasetSummary]) -> tuple[SideRow, ...]:
    """All normalisation steps, and what each of them alone would change."""
    return tuple(
        SideRow(
            step,
            step.replace("_", " "),
            tuple(_changed(effect_of(summary, step)) for summary in summaries),
            explanation,
        )
        for step, explanation in EXPLANATIONS.items()
    )


def effect_of(summary: DatasetSummary, step: str) -> StepEffect:
    """Return what one step would change in a data set."""
    return next(effect for effect in summary.effects if effect.step == step)


def _changed(effect: StepEffect) -> str:
    if not effect.lines:
        return ""
    what = count(effect.characters) if effect.characters else "order of marks"
    return f"{what} in {counted(effect.lines, 'line')}"


class SideBySideModel(QAbstractTableModel):
    """A title, and one column per data set."""

    def __init__(self, heading: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._heading = heading
        self._names: tuple[str, ...] = ()
        self._rows: tuple[SideRow, ...] = ()

    @property
    def rows(self) -> tuple[SideRow, ...]:
        """What is shown."""
        return self._rows

    def show(self, names: Sequence[str], rows: Sequence[SideRow]) -> None:
        """Show other rows; does nothing where they are the same."""
        if (tuple(names), tuple(rows)) == (self._names, self._rows):
            return
        self.beginResetModel()
        self._names, self._rows = tuple(names), tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else 1 + len(self._names)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the heading, and the names of the data sets."""
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return (self._heading, *self._names)[section]
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return texts, and the explanation as a tool tip."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return (row.title, *row.cells)[index.column()]
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip("\n".join(filter(None, (row.title, row.explanation))))
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(index.column())
            case _:
                return None


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
