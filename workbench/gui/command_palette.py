"""Every action of the window by name: type a few letters, press Return."""

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, QSortFilterProxyModel, Qt, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QDialog, QLineEdit, QListView, QVBoxLayout, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.spaced_text import REMARK_ROLE, SpacedText

ACTION_ROLE = Qt.ItemDataRole.UserRole


def _name_of(action: QAction) -> str:
    return action.text().replace("&", "").rstrip("…")


class CommandFilter(QSortFilterProxyModel):
    """Keeps the actions that hold every typed word, in any order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: list[str] = []

    def set_words(self, text: str) -> None:
        """Keep what holds these words."""
        self._words = text.casefold().split()
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: object) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Tell whether a row holds every word."""
        name = str(self.sourceModel().index(row, 0).data()).casefold()
        return all(word in name for word in self._words)


class CommandPalette(QDialog):
    """A small window in the middle of the large one; closes with the choice."""

    def __init__(self, actions: Iterable[QAction], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("command_palette")
        self.setAccessibleName("Command palette")
        self._model = QStandardItemModel(self)
        for action in actions:
            self._model.appendRow(_item(action))
        self._filter = CommandFilter(self)
        self._filter.setSourceModel(self._model)
        self._line = QLineEdit(placeholderText="Type a command…", clearButtonEnabled=True)
        self._line.textChanged.connect(self._narrow)
        self._line.returnPressed.connect(self._run_current)
        self._line.installEventFilter(self)
        self._list = QListView(uniformItemSizes=True)
        self._list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setModel(self._filter)
        self._list.setItemDelegate(SpacedText(self._list))
        self._list.clicked.connect(self._run_current)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.addWidget(self._line)
        layout.addWidget(self._list)
        self._narrow("")

    def open_over(self, window: QWidget) -> None:
        """Show the palette in the upper middle of a window."""
        width, height = min(560, window.width() - 4 * GRID_PX), min(420, window.height() - 8 * GRID_PX)
        self.resize(width, height)
        middle = window.mapToGlobal(window.rect().center())
        self.move(middle.x() - width // 2, window.mapToGlobal(window.rect().topLeft()).y() + 6 * GRID_PX)
        self.show()
        self._line.setFocus()

    @property
    def names(self) -> list[str]:
        """What is listed now."""
        return [str(self._filter.index(row, 0).data()) for row in range(self._filter.rowCount())]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrow keys of the line move in the list."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
            if (key := Qt.Key(event.key())) in step:
                row = self._list.currentIndex().row() + step[key]
                self._select(max(0, min(row, self._filter.rowCount() - 1)))
                return True
        return super().eventFilter(watched, event)

    def _select(self, row: int) -> None:
        self._list.setCurrentIndex(self._filter.index(row, 0))

    @Slot(str)
    def _narrow(self, text: str) -> None:
        self._filter.set_words(text)
        rows = range(self._filter.rowCount())
        can_run = (row for row in rows if self._filter.index(row, 0).flags() & Qt.ItemFlag.ItemIsEnabled)
        self._select(next(can_run, 0))

    @Slot()
    def _run_current(self) -> None:
        action = self._list.currentIndex().data(ACTION_ROLE)
        self.close()
        if isinstance(action, QAction) and action.isEnabled():
            action.trigger()


def _item(action: QAction) -> QStandardItem:
    item = QStandardItem(_name_of(action))
    item.setData(action, ACTION_ROLE)
    item.setData(action.shortcut().toString(QKeySequence.SequenceFormat.NativeText), REMARK_ROLE)
    item.setEnabled(action.isEnabled())
    return item
