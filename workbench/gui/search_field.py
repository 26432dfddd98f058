"""A field to search in a table: what is typed counts when the typing pauses, or at Return."""

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QLineEdit, QWidget

DELAY_MS = 150


class SearchField(QLineEdit):
    """Text to look for; between slashes it is a regular expression."""

    wanted = Signal()
    """The text counts now."""

    def __init__(self, placeholder: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(name)
        self.setToolTip("Text between slashes is a regular expression")
        self.setClearButtonEnabled(True)
        self._delay = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._delay.timeout.connect(self.wanted)
        self.textChanged.connect(self._delay.start)
        self.returnPressed.connect(self._tell_now)

    @Slot()
    def take_focus(self) -> None:
        """Put the cursor here, over whatever was typed."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def settle(self) -> None:
        """Wait for no pause any more: the text was taken."""
        self._delay.stop()

    @Slot()
    def _tell_now(self) -> None:
        self._delay.stop()
        self.wanted.emit()
