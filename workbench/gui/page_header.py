"""The line above a page: its title, its actions, and the one primary button."""

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction, QFont
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.messages import plain_label


class ActionButton(QPushButton):
    """A button that is what its action is: text, tool tip, enabled, visible, menu."""

    def __init__(self, action: QAction, *, is_primary: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._action = action
        self.setProperty("primary", is_primary)
        menu = action.menu()
        if isinstance(menu, QMenu):
            self.setMenu(menu)
        else:
            self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    @Slot()
    def _follow(self) -> None:
        self.setText(self._action.text())
        self.setToolTip(self._action.toolTip())
        self.setStatusTip(self._action.statusTip())
        self.setEnabled(self._action.isEnabled())
        self.setVisible(self._action.isVisible())
        if self._action.isCheckable():
            self.setCheckable(True)
            self.setChecked(self._action.isChecked())


class PageHeader(QWidget):
    """Title and actions of the page that is shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = plain_label()
        font = self._title.font()
        font.setWeight(QFont.Weight.DemiBold)
        font.setPointSizeF(font.pointSizeF() * 1.25)
        self._title.setFont(font)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        self._layout.setSpacing(GRID_PX)
        self._layout.addWidget(self._title)
        self._layout.addStretch(1)
        self._buttons: list[QPushButton] = []
        self.setMinimumHeight(6 * GRID_PX + 4)

    @property
    def title(self) -> str:
        """Title of the page that is shown."""
        return self._title.text()

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """Buttons of the page, the primary one last."""
        return tuple(self._buttons)

    def show_page(self, title: str, actions: Sequence[QAction], primary: QAction | None) -> None:
        """Show another page's title and actions."""
        self._title.setText(title)
        for button in self._buttons:
            self._layout.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = [ActionButton(action, parent=self) for action in actions]
        if primary is not None:
            self._buttons.append(ActionButton(primary, is_primary=True, parent=self))
        for button in self._buttons:
            self._layout.addWidget(button)
        self._layout.activate()  # new buttons never show in the corner first
