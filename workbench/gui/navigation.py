"""The rail at the left: one button with icon and word for each page, with a badge where something waits."""

from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.icons import dress
from workbench.gui.meanings import FAULT_COLOUR

RAIL_WIDTH_PX = 88
ICON_PX = 22


class RailButton(QToolButton):
    """A page's button; a short text may stand in its corner."""

    def __init__(self, action: QAction, icon_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._badge = ""
        self._is_alarming = False
        self.setDefaultAction(action)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setIconSize(QSize(ICON_PX, ICON_PX))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(8 * GRID_PX)
        dress(action, icon_name)

    @property
    def badge(self) -> str:
        """Text in the corner."""
        return self._badge

    def set_badge(self, text: str, *, is_alarming: bool = False) -> None:
        """Show a short text in the corner, or nothing."""
        if (text, is_alarming) != (self._badge, self._is_alarming):
            self._badge, self._is_alarming = text, is_alarming
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the button, its mark when its page is shown, and its badge."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        accent = self.palette().accent().color()
        if self.isChecked():
            painter.setBrush(accent)
            painter.drawRoundedRect(0, GRID_PX, 3, self.height() - 2 * GRID_PX, 1.5, 1.5)
        if self._badge:
            self._draw_badge(painter, QColor(FAULT_COLOUR) if self._is_alarming else accent)
        painter.end()

    def _draw_badge(self, painter: QPainter, colour: QColor) -> None:
        font = painter.font()
        font.setPixelSize(10)
        painter.setFont(font)
        width = max(16, painter.fontMetrics().horizontalAdvance(self._badge) + 8)
        box = QRect(min(self.width() // 2 + 4, self.width() - width - 2), 5, width, 16)
        painter.setBrush(colour)
        painter.drawRoundedRect(box, 8, 8)
        painter.setPen(QColor("white"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._badge)


class NavigationRail(QFrame):
    """All pages' buttons, one below the other."""

    page_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(RAIL_WIDTH_PX)
        self.setAccessibleName("Pages")
        self._group = QActionGroup(self)
        self._group.triggered.connect(self._choose)
        self._buttons: dict[str, RailButton] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(GRID_PX // 2, GRID_PX, GRID_PX // 2, GRID_PX)
        self._layout.setSpacing(GRID_PX // 2)
        self._layout.addStretch(1)

    def add_page(self, name: str, action: QAction, icon_name: str) -> None:
        """Add a page's button at the end."""
        action.setCheckable(True)
        action.setData(name)
        self._group.addAction(action)
        self._buttons[name] = RailButton(action, icon_name)
        self._layout.insertWidget(self._layout.count() - 1, self._buttons[name])

    def button(self, name: str) -> RailButton:
        """Return the button of a page."""
        return self._buttons[name]

    def mark(self, name: str) -> None:
        """Show which page is the current one."""
        self._buttons[name].defaultAction().setChecked(True)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line that parts the rail from the page."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.fillRect(self.width() - 1, 0, 1, self.height(), self.palette().mid())
        painter.end()

    @Slot(QAction)
    def _choose(self, action: QAction) -> None:
        self.page_chosen.emit(action.data())
