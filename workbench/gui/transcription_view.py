"""One transcription, drawn in the font and direction of its language, broken into lines where it is long."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui.text_rendering import ShapedText, TextStyle

PADDING_PX = 8


class TranscriptionView(QWidget):
    """Shows a text as high as its ink needs; Ctrl+C copies it as it is stored."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._style = TextStyle("ar")
        self._shaped: ShapedText | None = None
        self._shaped_for = 0
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName("Transcription")
        copy = QAction("Copy", self)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy)
        self.addAction(copy)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._arrange()

    @property
    def text(self) -> str:
        """What is shown, in logical order."""
        return self._text

    @property
    def text_style(self) -> TextStyle:
        """How it is drawn."""
        return self._style

    def show_text(self, text: str, style: TextStyle) -> None:
        """Show another text, or the same in another style."""
        if (text, style) != (self._text, self._style):
            self._text, self._style = text, style
            self.setAccessibleDescription(text)
            self._shaped = None
            self._arrange()

    @Slot()
    def copy(self) -> None:
        """Put the text on the clipboard."""
        QGuiApplication.clipboard().setText(self._text)

    def _arrange(self) -> None:
        room = max(self.width() - 2 * PADDING_PX, 40)
        if self._shaped is None or room != self._shaped_for:
            self._shaped, self._shaped_for = ShapedText(self._text, self._style, wrap_px=room), room
        self.setFixedHeight(max(round(self._shaped.box.height()) + 2 * PADDING_PX, 32))
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size that the text takes at the present width."""
        return QSize(320, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text flush with the side that reading starts from."""
        if self._shaped is None:
            return
        painter = QPainter(self)
        box = self._shaped.box
        room = QRectF(self.rect()).adjusted(PADDING_PX, PADDING_PX, -PADDING_PX, -PADDING_PX)
        x = room.right() - box.right() if self._style.is_right_to_left else room.left() - box.left()
        colour = self.palette().color(QPalette.ColorRole.WindowText)
        self._shaped.draw(painter, QPointF(x, room.top() - box.top()), colour)
