"""What the lines of the curves mean: colour, line style, weight, band and marks, each with its name."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget
from superqt import QFlowLayout

from workbench.gui.meanings import MarkState, draw_state, muted

SAMPLE_PX = 26
MARK_PX = 14


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One meaning: a line as it is drawn, and its name. No colour: that of the text."""

    name: str
    colour: QColor | None = None
    style: Qt.PenStyle = Qt.PenStyle.SolidLine
    width: float = 2.0
    is_band: bool = False
    """It is a band around a line."""
    is_bar: bool = False
    """It is an upright bar through a dot."""
    state: MarkState | None = None
    """It is the mark of a run's state, not a line."""


class _Sample(QWidget):
    """A short line with its name."""

    def __init__(self, entry: LegendEntry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entry = entry
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.9)
        self.setFont(font)
        self.setAccessibleName(entry.name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Line and name side by side."""
        return QSize(self._sample_px + 8 + self.fontMetrics().horizontalAdvance(self._entry.name), 18)

    @property
    def _sample_px(self) -> int:
        return MARK_PX if self._entry.state else SAMPLE_PX

    def paintEvent(self, event: QEvent) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Draw the line and the name."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_sample(painter)
        painter.setPen(muted(self.palette()))
        place = self.rect().adjusted(self._sample_px + 6, 0, 2, 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._entry.name)
        painter.end()

    def _draw_sample(self, painter: QPainter) -> None:
        if self._entry.state:
            draw_state(painter, QRectF(0, 2, MARK_PX, MARK_PX), self._entry.state, self.palette())
            return
        colour = QColor(self._entry.colour or self.palette().color(QPalette.ColorRole.WindowText))
        painter.setPen(QPen(colour, self._entry.width, self._entry.style))
        if self._entry.is_bar:
            painter.drawLine(SAMPLE_PX // 2, 2, SAMPLE_PX // 2, 16)
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(SAMPLE_PX // 2, 9), 2, 2)
            return
        painter.drawLine(0, 9, SAMPLE_PX, 9)
        if self._entry.is_band:
            colour.setAlpha(60)
            painter.fillRect(0, 4, SAMPLE_PX, 11, colour)


class CurveLegend(QWidget):
    """Names of colours, line styles and weights, in as many lines as they need."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[LegendEntry, ...] = ()
        self._samples: list[_Sample] = []
        self._layout = QFlowLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setHorizontalSpacing(14)
        self._layout.setVerticalSpacing(2)

    @property
    def entries(self) -> tuple[LegendEntry, ...]:
        """What is explained."""
        return self._entries

    def show_entries(self, entries: Sequence[LegendEntry]) -> None:
        """Explain other lines."""
        if tuple(entries) == self._entries:
            return
        self._entries = tuple(entries)
        for sample in self._samples:
            self._layout.removeWidget(sample)
            sample.hide()
            sample.deleteLater()
        self._samples = [_Sample(entry, self) for entry in self._entries]
        for sample in self._samples:
            self._layout.addWidget(sample)
