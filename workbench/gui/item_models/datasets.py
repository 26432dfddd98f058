"""The data sets of the workspace as a list of cards."""

from collections import Counter
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Slot

from workbench.data.catalog import CatalogEntry
from workbench.gui.messages import plain_tooltip
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.wording import count, counted, language_name

Index = QModelIndex | QPersistentModelIndex

ROOT = QModelIndex()
CARD_ROLE = Qt.ItemDataRole.UserRole + 1

PARTS = ("train", "validation", "test", None)
PART_WORDS: dict[str | None, str] = {
    "train": "train",
    "validation": "validation",
    "test": "test",
    None: "unassigned",
}


@dataclass(frozen=True, slots=True)
class DatasetCard:
    """What the list says of one data set."""

    entry: CatalogEntry
    lines: int = 0
    writers: int = 0
    parts: tuple[tuple[str | None, int], ...] = ()
    """(part, lines) of the parts that there are; None: the data set assigns no part."""
    problems: int = 0
    notes: int = 0
    is_open: bool = False
    is_reading: bool = False
    fault: str = ""

    @property
    def name(self) -> str:
        """Name of the data set."""
        return self.entry.name

    @property
    def counts(self) -> str:
        """Lines and writers in words."""
        if not self.is_open:
            return "cannot be opened" if self.fault else "opening …" if self.is_reading else "not open"
        writers = counted(self.writers, "writer") if self.writers else "writers unknown"
        return f"{counted(self.lines, 'line')} · {writers}"

    @property
    def problem_text(self) -> str:
        """Problems and notes in words, empty where there are none."""
        parts = [counted(self.problems, "problem")] if self.problems else []
        return " · ".join([*parts, counted(self.notes, "note")] if self.notes else parts)

    def spoken(self) -> str:
        """Everything in one sentence, for screen readers and the tool tip."""
        kinds = ", ".join(f"{count(number)} {PART_WORDS[part]}" for part, number in self.parts)
        said = [self.name, language_name(self.entry.language), "synthetic" if self.entry.is_synthetic else "",
                self.counts, kinds, self.problem_text, self.fault]  # fmt: skip
        return ", ".join(part for part in said if part)


def card_of(store: DatasetStore, entry: CatalogEntry) -> DatasetCard:
    """Collect what is known of a data set."""
    opened = store.opened.get(entry.name)
    fault = store.faults.get(entry.name)
    if opened is None:
        is_reading = store.is_busy and fault is None
        return DatasetCard(entry, is_reading=is_reading, fault=str(fault) if fault else "")
    lines = opened.lines
    parts = Counter(line.split for line in lines.lines)
    notes = sum(problem.is_note for problem in lines.problems)
    return DatasetCard(
        entry=entry,
        lines=len(lines.lines),
        writers=len(lines.writers),
        parts=tuple((part, parts[part]) for part in PARTS if parts[part]),
        problems=len(lines.problems) - notes,
        notes=notes,
        is_open=True,
        fault=str(fault) if fault else "",
    )


class DatasetsModel(QAbstractListModel):
    """One row per data set, in the catalogue's order."""

    def __init__(self, store: DatasetStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._cards: tuple[DatasetCard, ...] = ()
        self._made_from: dict[str, tuple[object, ...]] = {}
        store.changed.connect(self.refresh)
        self.refresh()

    @property
    def cards(self) -> tuple[DatasetCard, ...]:
        """Cards as they are shown."""
        return self._cards

    def row_of(self, name: str) -> int | None:
        """Row of a data set."""
        return next((row for row, card in enumerate(self._cards) if card.name == name), None)

    @Slot()
    def refresh(self) -> None:
        """Take over what the store knows; rows keep their identity while the names are the same."""
        cards = tuple(self._card(entry) for entry in self._store.entries)
        if [card.name for card in cards] != [card.name for card in self._cards]:
            self.beginResetModel()
            self._cards = cards
            self.endResetModel()
            return
        before, self._cards = self._cards, cards
        for row, (old, new) in enumerate(zip(before, cards, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(row), self.index(row))

    def _card(self, entry: CatalogEntry) -> DatasetCard:
        """Count only what changed: progress comes ten times a second, data sets hold 100,000 lines."""
        store = self._store
        opened = store.opened.get(entry.name)
        made_from = (entry, id(opened), id(store.faults.get(entry.name)), opened is None and store.is_busy)
        if self._made_from.get(entry.name) == made_from and (row := self.row_of(entry.name)) is not None:
            return self._cards[row]
        self._made_from[entry.name] = made_from
        return card_of(store, entry)

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of data sets."""
        return 0 if parent.isValid() else len(self._cards)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the name, the card (`CARD_ROLE`) or what a screen reader says."""
        if not index.isValid() or index.row() >= len(self._cards):
            return None
        card = self._cards[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return card.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return card.spoken()
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(f"{card.spoken()}\n{card.entry.path}")
            case _ if role == CARD_ROLE:
                return card
            case _:
                return None
