"""What a page shows that needs data sets: that there are none yet, or how far the reading of them is."""

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.empty_page import EmptyPage
from workbench.gui.labels import MutedLabel
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.wording import count

PROGRESS_WIDTH_PX = 400


class ReadingProgress(QWidget):
    """What is being read, how far it is, and a button that stops it; hidden while nothing is."""

    def __init__(self, datasets: DatasetStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._datasets = datasets
        self.label = MutedLabel()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of reading")
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip("Stop reading; data sets that are complete stay")
        self.cancel.clicked.connect(datasets.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self.label)
        layout.addWidget(self.bar)
        layout.addWidget(self.cancel)
        datasets.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show how far it is."""
        self.setVisible(self._datasets.is_busy)
        progress = self._datasets.progress
        if progress is None or progress.total <= 0:
            self.label.setText(f"{self._datasets.reading} …")
            self.bar.setRange(0, 0)
            return
        self.label.setText(f"{self._datasets.reading}: {count(progress.done)} of {count(progress.total)}")
        self.bar.setRange(0, progress.total)
        self.bar.setValue(progress.done)


class NoDataPage(EmptyPage):
    """Says that there is no data set and what to do; while the first ones are read, how far that is."""

    def __init__(
        self, datasets: DatasetStore, text: str, actions: Sequence[QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__("", text, actions, parent)
        self._datasets = datasets
        self.progress = ReadingProgress(datasets)
        self.progress.setFixedWidth(PROGRESS_WIDTH_PX)
        self.add_below(self.progress)
        datasets.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Say how it stands."""
        is_busy = self._datasets.is_busy
        self.title.setText("The first data sets are on their way" if is_busy else "No data set yet")
        for part in (self.text, *self.buttons):
            part.setVisible(not is_busy)
