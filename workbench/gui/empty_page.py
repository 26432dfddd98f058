"""What a page shows while it has nothing to show: what it is for, and the next step."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.labels import MutedLabel
from workbench.gui.meanings import emphasised
from workbench.gui.messages import plain_label
from workbench.gui.page_header import ActionButton


class EmptyPage(QWidget):
    """A sentence, a line of explanation, and buttons, in the middle of the page."""

    def __init__(self, title: str, text: str, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = plain_label(title)
        self.title.setFont(emphasised(self.title.font()))
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text = MutedLabel(text)
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text.setMaximumWidth(520)
        self.buttons = [ActionButton(action, is_primary=number == 0) for number, action in enumerate(actions)]
        row = QHBoxLayout()
        row.setSpacing(GRID_PX)
        row.addStretch(1)
        for button in self.buttons:
            row.addWidget(button)
        row.addStretch(1)
        centred = QHBoxLayout()
        centred.addStretch(1)
        centred.addWidget(self.text, 4)
        centred.addStretch(1)
        self._layout = QVBoxLayout(self)
        self._layout.setSpacing(2 * GRID_PX)
        self._layout.addStretch(2)
        self._layout.addWidget(self.title)
        self._layout.addLayout(centred)
        self._layout.addLayout(row)
        self._layout.addStretch(3)

    def add_below(self, widget: QWidget) -> None:
        """Put something under the buttons."""
        self._layout.insertWidget(self._layout.count() - 1, widget, 0, Qt.AlignmentFlag.AlignHCenter)
