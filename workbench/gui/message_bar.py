"""The bar under the page that shows the latest message: a sentence, what to do, details, away with it."""

from PySide6.QtCore import QRect, Qt, Signal, Slot
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.appearance import GRID_PX
from workbench.gui.icons import icon
from workbench.gui.meanings import FAULT_COLOUR, WARNING_COLOUR
from workbench.gui.messages import Message, Messages, Severity, plain_label

ICON_PX = 18
MAX_SHOWN = 400
"""Characters of a message that the bar shows; all of it stands in the log and in the details."""

_ICONS: dict[Severity, str] = {
    "info": "information-outline",
    "warning": "alert-outline",
    "error": "alert-circle-outline",
}


class DetailsDialog(QDialog):
    """A message in full: its sentence, what to do, and a text that can be copied."""

    def __init__(self, message: Message, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Details")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(720, 420)
        self._text = "\n\n".join(part for part in (message.text, message.hint, message.details) if part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX)
        layout.addWidget(plain_label(message.text, wrap=True, selectable=True))
        if message.hint:
            layout.addWidget(plain_label(message.hint, wrap=True, selectable=True))
        text = QPlainTextEdit(message.details)
        text.setReadOnly(True)
        text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        text.setAccessibleName("Details")
        layout.addWidget(text)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text)


class MessageBar(QFrame):
    """Shows what :attr:`Messages.shown` is; hidden when there is nothing."""

    offer_taken = Signal(str)

    def __init__(self, messages: Messages, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._messages = messages
        self._text = plain_label(wrap=True, selectable=True)
        self._text.setAccessibleName("Message")
        self._offer = QPushButton()
        self._offer.setObjectName("offer")
        self._offer.clicked.connect(self._take_offer)
        self._details = QPushButton("Details")
        self._details.clicked.connect(self.show_details)
        close = QToolButton()
        close.setText("×")
        close.setToolTip("Take this message away; it stays in the log")
        close.setAccessibleName("Dismiss message")
        close.clicked.connect(messages.dismiss)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * GRID_PX + ICON_PX, GRID_PX, GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._offer)
        layout.addWidget(self._details)
        layout.addWidget(close)
        messages.changed.connect(self.refresh)
        self.refresh()

    @property
    def text(self) -> str:
        """What the bar says now."""
        return self._text.text()

    @Slot()
    def show_details(self) -> None:
        """Open the shown message in full."""
        if self._messages.shown is not None:
            DetailsDialog(self._messages.shown, self.window()).open()

    @Slot()
    def _take_offer(self) -> None:
        message = self._messages.shown
        if message is not None and message.offer is not None:
            self._messages.dismiss()
            self.offer_taken.emit(message.offer[1])

    @Slot()
    def refresh(self) -> None:
        """Show the latest message."""
        message = self._messages.shown
        self.setVisible(message is not None)
        if message is None:
            return
        repeated = f"  (said {message.count} times)" if message.count > 1 else ""
        said = f"{message.text} {message.hint}".rstrip()
        self._text.setText((said if len(said) <= MAX_SHOWN else f"{said[:MAX_SHOWN]} …") + repeated)
        self._details.setVisible(bool(message.details) or len(said) > MAX_SHOWN)
        self._offer.setVisible(message.offer is not None)
        self._offer.setText(message.offer[0] if message.offer else "")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a stripe in the colour of the severity along the leading edge, and its icon, both of this palette."""
        super().paintEvent(event)
        message = self._messages.shown
        if message is None:
            return
        accent = self.palette().accent().color()
        colours = {"info": accent, "warning": QColor(WARNING_COLOUR), "error": QColor(FAULT_COLOUR)}
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().base())
        painter.fillRect(0, 0, 4, self.height(), colours[message.severity])
        painter.fillRect(0, 0, self.width(), 1, self.palette().mid())
        place = QRect(2 * GRID_PX, (self.height() - ICON_PX) // 2, ICON_PX, ICON_PX)
        icon(_ICONS[message.severity]).paint(painter, place)
        painter.end()
