"""Numbers of the run that is looked at; each is a button that draws its curve."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QGridLayout, QSizePolicy, QStyle, QStyleOption, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.meanings import emphasised, muted, tabular
from workbench.gui.messages import plain_tooltip
from workbench.gui.wording import NO_VALUE, percent
from workbench.runs.history import RunHistory

LEAST_TILE_PX = 48
NAME_SHARE, VALUE_SHARE = 0.9, 1.1
"""Size of both texts, as a part of the window's."""


def _loss(history: RunHistory) -> str:
    return f"{history.losses[-1].loss:.3f}" if history.losses else NO_VALUE


def _learning_rate(history: RunHistory) -> str:
    return f"{history.losses[-1].learning_rate:.2g}" if history.losses else NO_VALUE


def _gradient(history: RunHistory) -> str:
    return f"{history.losses[-1].gradient_norm:.2f}" if history.losses else NO_VALUE


def _empty(history: RunHistory) -> str:
    latest = {point.target: point for point in history.validations}
    lines = sum(point.lines for point in latest.values())
    return percent(sum(point.empty_lines for point in latest.values()) / lines if lines else None)


def _speed(history: RunHistory) -> str:
    return f"{history.pace.lines_per_second:,.0f}" if history.pace.lines_per_second else NO_VALUE


def _memory(history: RunHistory) -> str:
    return _gigabytes(history.pace.memory_mb)


def _device_memory(history: RunHistory) -> str:
    return _gigabytes(history.pace.device_memory_mb)


def _gigabytes(megabytes: float) -> str:
    return f"{megabytes / 1024:.1f} GB" if megabytes else NO_VALUE


def _utilisation(history: RunHistory) -> str:
    known = history.pace.device_utilisation
    return NO_VALUE if known is None else f"{known:.0f} %"


@dataclass(frozen=True, slots=True)
class _Number:
    name: str
    meaning: str
    text: Callable[[RunHistory], str]


_NUMBERS: dict[str, _Number] = {
    "loss": _Number("Loss", "Mean CTC loss since the last time it was logged", _loss),
    "learning_rate": _Number("Learning rate", "Of the latest step", _learning_rate),
    "gradient": _Number("Gradient", "Norm of the gradient before clipping", _gradient),
    "empty": _Number(
        "Empty", "Validation lines for which the network outputs nothing, latest validation of all targets", _empty
    ),
    "speed": _Number("Lines / s", "Training lines per second, without validation", _speed),
    "memory": _Number("Memory", "Of the training process", _memory),
    "device_memory": _Number("GPU memory", "What this run held of the GPU's memory at most", _device_memory),
    "utilisation": _Number(
        "Device",
        "How busy the device is: a GPU as a whole, other programs included; on a CPU the threads of this run",
        _utilisation,
    ),
}
"""By the key of the quantity that is drawn, see :data:`workbench.gui.charts.quantities.QUANTITIES`."""


def numbers_of(history: RunHistory | None) -> dict[str, str]:
    """What the tiles say about a run; a dash for what is not known yet."""
    return {key: number.text(history) if history else NO_VALUE for key, number in _NUMBERS.items()}


class Tile(QAbstractButton):
    """One number under its name; pressed while its curve is drawn."""

    def __init__(self, name: str, meaning: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._value = NO_VALUE
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(plain_tooltip(f"{meaning}. Click: draw it over the steps."))
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(f"{name}: {NO_VALUE}")

    @property
    def value(self) -> str:
        """What is shown."""
        return self._value

    def say(self, value: str) -> None:
        """Show another value."""
        if value != self._value:
            self._value = value
            self.setAccessibleName(f"{self._name}: {value}")
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Name and value under each other."""
        texts = ((self._font(is_name=True), self._name), (self._font(is_name=False), self._value))
        width = max(QFontMetricsF(font).horizontalAdvance(text) for font, text in texts)
        return QSize(max(round(width) + 2 * GRID_PX, LEAST_TILE_PX), round(2.1 * self.fontMetrics().height()) + GRID_PX)

    def _font(self, *, is_name: bool) -> QFont:
        font = self.font() if is_name else tabular(emphasised(self.font()))
        font.setPointSizeF(font.pointSizeF() * (NAME_SHARE if is_name else VALUE_SHARE))
        return font

    def minimumSizeHint(self) -> QSize:
        """Return that it may not be smaller."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw name and value; a ground under the one that is drawn, a frame while keys go here."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        if self.isChecked() or self.underMouse():
            ground = palette.color(
                QPalette.ColorRole.Midlight if self.isChecked() else QPalette.ColorRole.AlternateBase
            )
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(self.rect(), 4, 4)
        if self.hasFocus():
            option = QStyleOption()
            option.initFrom(self)
            self.style().drawPrimitive(QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self)
        place = self.rect().adjusted(GRID_PX - 2, GRID_PX // 2, -2, -GRID_PX // 2)
        self._write(painter, Qt.AlignmentFlag.AlignTop, self._name, place)
        self._write(painter, Qt.AlignmentFlag.AlignBottom, self._value, place)
        painter.end()

    def _write(self, painter: QPainter, side: Qt.AlignmentFlag, text: str, place: object) -> None:
        is_name = side == Qt.AlignmentFlag.AlignTop
        painter.setFont(self._font(is_name=is_name))
        painter.setPen(muted(self.palette()) if is_name else self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(place, side | Qt.AlignmentFlag.AlignLeft, text)  # pyright: ignore[reportCallIssue, reportArgumentType]


class Tiles(QWidget):
    """Loss, learning rate, gradient norm, empty output, speed, memory and how busy the device is.

    `quantity_chosen` tells the key of the number whose curve the user wants to see.
    """

    quantity_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tiles = {key: Tile(number.name, number.meaning, self) for key, number in _NUMBERS.items()}
        self._group = QButtonGroup(self)
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GRID_PX // 2)
        self._columns = 0
        for number, tile in enumerate(self.tiles.values()):
            self._group.addButton(tile, number)
        self._group.idClicked.connect(self._tell)
        self.tiles["loss"].setChecked(True)
        self.tiles["device_memory"].hide()
        self._arrange()

    def show_history(self, history: RunHistory | None) -> None:
        """Show the numbers of a run."""
        for key, value in numbers_of(history).items():
            self.tiles[key].say(value)
        on_gpu = bool(history and history.pace.device_memory_mb)
        tile = self.tiles["device_memory"]
        if tile.isHidden() == on_gpu and (on_gpu or not tile.isChecked()):
            tile.setVisible(on_gpu)
            self._columns = 0
            self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use two rows where one would be too narrow."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        shown = [tile for tile in self.tiles.values() if not tile.isHidden() or tile is not self.tiles["device_memory"]]
        in_one_row = self.width() >= sum(tile.sizeHint().width() + self._layout.spacing() for tile in shown)
        columns = len(shown) if in_one_row else -(-len(shown) // 2)
        if columns == self._columns:
            return
        self._columns = columns
        for tile in self.tiles.values():
            self._layout.removeWidget(tile)
        for number, tile in enumerate(shown):
            self._layout.addWidget(tile, number // columns, number % columns)

    @Slot(int)
    def _tell(self, number: int) -> None:
        self.quantity_chosen.emit(tuple(self.tiles)[number])
