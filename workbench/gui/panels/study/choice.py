"""One of a few values of a field, each explained while it is chosen."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.labels import MutedLabel


class Choice(QWidget):
    """One of a few values, each explained while it is chosen."""

    chosen = Signal(str)

    def __init__(self, options: tuple[tuple[str, str, str], ...], name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = QComboBox()
        self.box.setAccessibleName(name)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(8)
        for key, title, _ in options:
            self.box.addItem(title, key)
        self._explanations = {key: explanation for key, _, explanation in options}
        self._words = MutedLabel()
        self.box.activated.connect(self._tell)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        layout.addWidget(self.box)
        layout.addWidget(self._words)

    def show_value(self, key: str) -> None:
        """Show the value that holds."""
        self.box.setCurrentIndex(self.box.findData(key))
        self._words.setText(self._explanations[key])

    @Slot()
    def _tell(self) -> None:
        self.chosen.emit(self.box.currentData())
