"""Six numbers of the run that is looked at."""

from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.labels import MutedLabel
from workbench.gui.meanings import emphasised, tabular
from workbench.gui.messages import plain_label, plain_tooltip
from workbench.gui.wording import NO_VALUE, percent
from workbench.runs.history import RunHistory

_NAMES = {
    "loss": ("Loss", "Mean CTC loss since the last time it was logged"),
    "learning_rate": ("Learning rate", "Of the next step"),
    "gradient": ("Gradient norm", "Before clipping"),
    "empty": ("Empty output", "Validation lines for which the network outputs nothing, latest validation"),
    "speed": ("Lines / s", "Training lines per second"),
    "memory": ("Memory", "Of the training process; on a GPU also its memory"),
}


def numbers_of(history: RunHistory | None) -> dict[str, str]:
    """What the tiles say about a run; a dash for what is not known yet."""
    said = dict.fromkeys(_NAMES, NO_VALUE)
    if history is None:
        return said
    if history.losses:
        latest = history.losses[-1]
        said["loss"] = f"{latest.loss:.3f}"
        said["learning_rate"] = f"{latest.learning_rate:.2g}"
        said["gradient"] = f"{latest.gradient_norm:.2f}"
    said["empty"] = percent(_empty_share(history))
    if history.pace.lines_per_second:
        said["speed"] = f"{history.pace.lines_per_second:,.0f}"
    if history.pace.memory_mb:
        device = f" + {history.pace.device_memory_mb / 1024:.1f}" if history.pace.device_memory_mb else ""
        said["memory"] = f"{history.pace.memory_mb / 1024:.1f}{device} GB"
    return said


def _empty_share(history: RunHistory) -> float | None:
    latest = {point.target: point for point in history.validations}
    lines = sum(point.lines for point in latest.values())
    return sum(point.empty_lines for point in latest.values()) / lines if lines else None


class Tile(QWidget):
    """One number with its name."""

    def __init__(self, name: str, meaning: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._value = plain_label(NO_VALUE)
        font = tabular(emphasised(self._value.font()))
        font.setPointSizeF(font.pointSizeF() * 1.15)
        self._value.setFont(font)
        caption = MutedLabel(name)
        caption.setWordWrap(False)
        self.setToolTip(plain_tooltip(meaning))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(caption)
        layout.addWidget(self._value)

    @property
    def value(self) -> str:
        """What is shown."""
        return self._value.text()

    def say(self, value: str) -> None:
        """Show another value."""
        if value != self._value.text():
            self._value.setText(value)
            self.setAccessibleName(f"{self._name}: {value}")


class Tiles(QWidget):
    """Loss, learning rate, gradient norm, empty output, speed and memory."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tiles = {key: Tile(*words) for key, words in _NAMES.items()}
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(2 * GRID_PX)
        for number, tile in enumerate(self.tiles.values()):
            layout.addWidget(tile, 0, number)
            layout.setColumnStretch(number, 1)

    def show_history(self, history: RunHistory | None) -> None:
        """Show the numbers of a run."""
        for key, value in numbers_of(history).items():
            self.tiles[key].say(value)
