"""How the reading of one line came along: a bar per validation, as high as its CER; one of them is looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from workbench.gui.meanings import hairline, muted
from workbench.gui.messages import plain_tooltip
from workbench.gui.wording import count, percent

HEIGHT_PX = 34
MAX_BAR_PX = 14.0
LEAST_BAR_PX = 2.0
"""Of a line that is read without a fault: it was read, too."""


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """One reading."""

    step: int
    error_rate: float | None
    """None where it has none: the reference is empty."""


class ReadingTrack(QWidget):
    """Lets the user look back: click, drag, or left, right, Home and End. At its end it follows what comes."""

    chosen = Signal(int)
    """Number of the reading that the user wants to see."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._points: tuple[TrackPoint, ...] = ()
        self._at = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    @property
    def points(self) -> tuple[TrackPoint, ...]:
        """The readings."""
        return self._points

    @property
    def at(self) -> int:
        """Number of the reading that is looked at."""
        return self._at

    def show_points(self, points: Sequence[TrackPoint], at: int) -> None:
        """Show other readings, and which of them is looked at."""
        if (tuple(points), at) == (self._points, self._at):
            return
        self._points, self._at = tuple(points), at
        now = self._points[at]
        self.setAccessibleName(
            f"Reading {at + 1} of {len(points)} of this line: step {count(now.step)}, CER {percent(now.error_rate)}"
        )
        self.update()

    def sizeHint(self) -> QSize:
        """As high as bars that can be told apart."""
        return QSize(160, HEIGHT_PX)

    def _bar_px(self) -> float:
        return min(self.width() / max(len(self._points), 1), MAX_BAR_PX)

    def _bar(self, number: int) -> QRectF:
        """Place of a bar: the first at the left, as steps go in every curve."""
        room = HEIGHT_PX - 8
        share = min(self._points[number].error_rate or 0.0, 1.0)
        high = max(share * room, LEAST_BAR_PX)
        wide = self._bar_px()
        gap = 1.0 if wide > 3 else 0.0
        return QRectF(number * wide, HEIGHT_PX - 4 - high, max(wide - gap, 1.0), high)

    def point_at(self, x: float) -> int | None:
        """Return the number of the reading at a place, None without any."""
        if not self._points:
            return None
        return min(max(int(x / self._bar_px()), 0), len(self._points) - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bars over a line, and a frame while keys go here."""
        del event
        painter = QPainter(self)
        painter.setPen(hairline(self.palette()))
        painter.drawLine(0, HEIGHT_PX - 4, round(len(self._points) * self._bar_px()), HEIGHT_PX - 4)
        for number in range(len(self._points)):
            is_now = number == self._at
            colour = self.palette().color(QPalette.ColorRole.Accent) if is_now else muted(self.palette())
            if not is_now:
                colour.setAlpha(110)
            painter.fillRect(self._bar(number), colour)
        if self.hasFocus():
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Accent), 1.5))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Look at the reading that was clicked."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self.point_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go through the readings while dragging."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._choose(self.point_at(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from reading to reading."""
        last = len(self._points) - 1
        match event.key():
            case Qt.Key.Key_Left:
                self._choose(max(self._at - 1, 0))
            case Qt.Key.Key_Right:
                self._choose(min(self._at + 1, last))
            case Qt.Key.Key_Home:
                self._choose(0)
            case Qt.Key.Key_End:
                self._choose(last)
            case _:
                super().keyPressEvent(event)

    def _choose(self, number: int | None) -> None:
        if number is not None and 0 <= number < len(self._points) and number != self._at:
            self.chosen.emit(number)

    def event(self, event: QEvent) -> bool:
        """Say step and CER of the bar under the mouse."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self.point_at(event.pos().x())
            if number is not None:
                point = self._points[number]
                words = f"Step {count(point.step)}: CER {percent(point.error_rate)} of this line"
                QToolTip.showText(event.globalPos(), plain_tooltip(words), self)
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that keys go here."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that keys go elsewhere."""
        super().focusOutEvent(event)
        self.update()
