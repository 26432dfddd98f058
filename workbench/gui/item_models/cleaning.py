"""CER and ΔCER of every arm with all lines and without those that a person found wrong."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.analysis.lines.cleaning import CleaningEffect
from workbench.gui.messages import plain_tooltip
from workbench.gui.wording import MINUS, NO_VALUE, architecture_label, count
from workbench.study.arms import difference_in_words, short_label

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


def rate(share: float | None) -> str:
    """Return a CER in per cent with two decimals: a few lines of a thousand change the second."""
    return NO_VALUE if share is None else f"{100 * share:.2f}"


def points(value: float | None) -> str:
    """Return percentage points with two decimals and their sign."""
    if value is None:
        return NO_VALUE
    text = f"{abs(value):.2f}"
    return text if text == "0.00" else (MINUS if value < 0 else "+") + text


def arm_words(effect: CleaningEffect) -> str:
    """Name an arm: study, network, regime, conditions."""
    arm = effect.arm
    return " · ".join(
        filter(None, (arm.study, architecture_label(arm.architecture), short_label(arm.arm), arm.conditions))
    )


def _pairs(effect: CleaningEffect) -> str:
    return count(effect.pairs) if effect.pairs else NO_VALUE


_COLUMNS: tuple[tuple[str, str, Callable[[CleaningEffect], str]], ...] = (
    ("Arm", "Study, network and what it trains on", arm_words),
    ("K", "Training lines per data set", lambda effect: count(effect.arm.k)),
    ("Part", "Lines that were read", lambda effect: effect.arm.split),
    ("Runs", "Draws and seeds", lambda effect: count(effect.runs)),
    ("Lines", "Lines that they read", lambda effect: count(effect.lines)),
    ("Wrong", "Of these, lines found wrong", lambda effect: count(effect.left_out)),
    ("CER %", "Over all lines, mean of the runs", lambda effect: rate(effect.cer)),
    ("without", "CER without the lines found wrong, in per cent", lambda effect: rate(effect.cer_without)),
    ("change", "CER without them minus CER with them, in percentage points", lambda effect: points(effect.change_pp)),
    ("ΔCER", "Over all lines, in percentage points; negative: it helps", lambda effect: points(effect.delta_pp)),
    (
        "without ",
        "ΔCER without the lines found wrong, in percentage points",
        lambda effect: points(effect.delta_without_pp),
    ),
    ("Pairs", "Draws and seeds that its baseline has too: ΔCER is their mean", _pairs),
)


class CleaningModel(QAbstractTableModel):
    """One row per arm and part."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._effects: tuple[CleaningEffect, ...] = ()
        self._has_budgets: frozenset[str] = frozenset()
        """Studies of which a budget has to be told."""

    def show(self, effects: Sequence[CleaningEffect]) -> None:
        """Show other numbers."""
        self.beginResetModel()
        self._effects = tuple(effects)
        budgets = {(effect.arm.study, effect.arm.budget) for effect in effects}
        studies = Counter(study for study, _ in budgets)
        self._has_budgets = frozenset(study for study, number in studies.items() if number > 1)
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of arms."""
        return 0 if parent.isValid() else len(self._effects)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return column names and what they mean."""
        if orientation == Qt.Orientation.Vertical:
            return None
        title, meaning, _ = _COLUMNS[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return title.strip()
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(meaning)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _side(section)
            case _:
                return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return numbers as texts."""
        if not index.isValid():
            return None
        effect = self._effects[index.row()]
        title, meaning, text = _COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                has_budget = index.column() == 0 and effect.arm.study in self._has_budgets
                return f"{text(effect)} · {effect.arm.budget}" if has_budget else text(effect)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _side(index.column())
            case Qt.ItemDataRole.ToolTipRole if index.column() == 0:
                return plain_tooltip(
                    f"{arm_words(effect)}\n{effect.arm.budget} · {difference_in_words(effect.arm.arm)}"
                )
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{title.strip()} ({meaning}): {text(effect)}"
            case _:
                return None


def _side(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter
