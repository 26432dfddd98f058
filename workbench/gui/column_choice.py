"""Which columns of a table are shown: those that the user chose in its menu, else as many as there is room for."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHeaderView, QMenu, QTableView

from workbench.gui.layout_memory import window_settings

MIN_TEXT_PX = 200
"""The text takes what the other columns leave; where that is less than this, the table scrolls sideways."""


class ColumnChoice(QObject):
    """Shows and hides columns of one table, and remembers what was chosen.

    Parameters
    ----------
    table : QTableView
        Its accessible name is what the choice is remembered by.
    text_column : int
        Always shown.
    widths : mapping
        Column to its usual width, the most important first; columns that are not named are always shown.
    """

    changed = Signal()
    """The user chose other columns."""

    def __init__(self, table: QTableView, text_column: int, widths: Mapping[int, int]) -> None:
        super().__init__(table)
        self._table, self._text_column, self._widths = table, text_column, widths
        self._useless: frozenset[int] = frozenset()
        self._chosen = self._kept()
        self.menu = QMenu("&Columns", table)
        self.actions: dict[int, QAction] = {}
        for column in sorted(widths):
            action = self.menu.addAction(str(table.model().headerData(column, Qt.Orientation.Horizontal)))
            action.setCheckable(True)
            action.triggered.connect(self._choose)
            self.actions[column] = action
        self.menu.addSeparator()
        self.automatic = self.menu.addAction("As many as there is room for")
        self.automatic.setCheckable(True)
        self.automatic.triggered.connect(self._choose_none)
        self.menu.aboutToShow.connect(self._mark)
        header = table.horizontalHeader()
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._open)

    @property
    def shown(self) -> tuple[int, ...]:
        """Columns that can be hidden and are not, in the table's order."""
        return tuple(column for column in sorted(self._widths) if not self._table.isColumnHidden(column))

    def fit(self, room_px: int, useless: Iterable[int] = ()) -> None:
        """Show what was chosen, or what fits into so many pixels; `useless` columns have nothing to say."""
        self._useless = frozenset(useless)
        wanted = self._chosen if self._chosen is not None else self._fitting(room_px)
        for column in self._widths:
            self._table.setColumnHidden(column, column not in wanted)
        header = self._table.horizontalHeader()
        others = sum(
            header.sectionSize(column)
            for column in range(header.count())
            if column != self._text_column and not header.isSectionHidden(column)
        )
        is_narrow = room_px - others < MIN_TEXT_PX
        mode = QHeaderView.ResizeMode.Interactive if is_narrow else QHeaderView.ResizeMode.Stretch
        header.setSectionResizeMode(self._text_column, mode)
        if is_narrow:
            header.resizeSection(self._text_column, MIN_TEXT_PX)

    def _fitting(self, room_px: int) -> frozenset[int]:
        header = self._table.horizontalHeader()
        always = [n for n in range(header.count()) if n not in self._widths and n != self._text_column]
        left = room_px - MIN_TEXT_PX - sum(header.sectionSize(column) for column in always)
        fitting: set[int] = set()
        for column, width in self._widths.items():
            if column in self._useless:
                continue
            left -= header.sectionSize(column) or width
            if left < 0:
                break
            fitting.add(column)
        return frozenset(fitting)

    def _key(self) -> str:
        return f"shown/{self._table.accessibleName()}"

    def _kept(self) -> frozenset[int] | None:
        kept = str(window_settings().value(self._key(), "auto"))
        if kept == "auto":
            return None
        return frozenset(int(word) for word in kept.split() if word.isdecimal() and int(word) in self._widths)

    @Slot()
    def _choose(self) -> None:
        self._mark_chosen(frozenset(column for column, action in self.actions.items() if action.isChecked()))

    @Slot()
    def _choose_none(self) -> None:
        self._mark_chosen(None)

    def _mark_chosen(self, chosen: frozenset[int] | None) -> None:
        self._chosen = chosen
        words = "auto" if chosen is None else " ".join(map(str, sorted(chosen)))
        window_settings().setValue(self._key(), words or "none")
        self.changed.emit()

    @Slot()
    def _mark(self) -> None:
        for column, action in self.actions.items():
            action.setChecked(not self._table.isColumnHidden(column))
        self.automatic.setChecked(self._chosen is None)

    @Slot(QPoint)
    def _open(self, place: QPoint) -> None:
        self.menu.popup(self._table.horizontalHeader().mapToGlobal(place))
