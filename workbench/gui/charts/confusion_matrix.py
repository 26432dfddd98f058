"""The most frequent confusions as a matrix: written characters down, read characters across."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QGuiApplication

from workbench.gui.charts import diverging
from workbench.gui.letter_wording import NOT_READ, number, read_as, written
from workbench.gui.meanings import ink_on, is_dark
from workbench.gui.messages import plain_tooltip
from workbench.text.code_points import code_point

if TYPE_CHECKING:
    from workbench.analysis.letters.confusions import Confusion

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
MOST = 24
"""Characters on either side: those with the most errors. The list has all."""


class ConfusionMatrixModel(QAbstractTableModel):
    """Counts of both sides in each cell, `left | right`; the colour repeats which is smaller."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._down: list[str] = []
        self._across: list[str] = []
        self._cells: dict[tuple[str, str], Confusion] = {}
        self._largest = 1.0

    def show(self, confusions: "Sequence[Confusion]") -> None:
        """Show the confusions of two sides."""
        self.beginResetModel()
        down: Counter[str] = Counter()
        across: Counter[str] = Counter()
        for one in confusions:
            down[one.reference] += one.left + one.right  # pyright: ignore[reportArgumentType]
            across[one.read] += one.left + one.right  # pyright: ignore[reportArgumentType]
        self._down = [character for character, _ in down.most_common(MOST)]
        self._across = [character for character, _ in across.most_common(MOST)]
        self._cells = {(one.reference, one.read): one for one in confusions}
        differences = [abs(one.left - one.right) for one in confusions]
        self._largest = max([1.0, *differences])
        self.endResetModel()

    def confusion_at(self, row: int, column: int) -> "Confusion | None":
        """Return what a cell shows, None where nothing was confused."""
        if not (0 <= row < len(self._down) and 0 <= column < len(self._across)):
            return None
        return self._cells.get((self._down[row], self._across[column]))

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of written characters."""
        return 0 if parent.isValid() else len(self._down)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of read characters."""
        return 0 if parent.isValid() else len(self._across)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return characters with their numbers; whole names as tool tips."""
        is_across = orientation == Qt.Orientation.Horizontal
        characters = self._across if is_across else self._down
        if not 0 <= section < len(characters):
            return None
        character = characters[section]
        if not character:
            return (NOT_READ if is_across else "inserted") if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            number_and_sign = code_point(character).split(" ")[:2]
            return " ".join(reversed(number_and_sign)) if is_across else code_point(character)
        return plain_tooltip(code_point(character)) if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the counts; nothing where nothing was confused."""
        one = self.confusion_at(index.row(), index.column()) if index.isValid() else None
        if one is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return f"{number(one.left)} | {number(one.right)}"
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{written(one)} read as {read_as(one)}: {number(one.left)}, {number(one.right)}"
            case Qt.ItemDataRole.ToolTipRole:
                shares = f"{100 * one.left_share:.1f} % | {100 * one.right_share:.1f} % of {one.occurrences:,}"
                return plain_tooltip(f"{written(one)} read as {read_as(one)}\n{shares}, {one.lines:,} lines")
            case Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignCenter
            case Qt.ItemDataRole.BackgroundRole:
                return QBrush(self._ground(one))
            case Qt.ItemDataRole.ForegroundRole:
                return QBrush(ink_on(self._ground(one)))
            case _:
                return None

    def _ground(self, one: "Confusion") -> Any:
        return diverging.colour(one.right - one.left, self._largest, is_dark=is_dark(QGuiApplication.palette()))
