"""The random lines of an import that is looked at, as a table."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Slot
from PySide6.QtGui import QImage

from workbench.data.preview import SampleLine
from workbench.gui.image_conversion import ink_image, thumbnail
from workbench.gui.image_loading import ImageLoader
from workbench.gui.item_models.datasets import PART_WORDS
from workbench.gui.messages import plain_tooltip
from workbench.gui.wording import language_name

Index = QModelIndex | QPersistentModelIndex

ROOT = QModelIndex()
COLUMNS = ("Image", "Transcription", "Language", "Part", "Line")
IMAGE, TEXT, LANGUAGE, PART, LINE = range(5)
LANGUAGE_ROLE = Qt.ItemDataRole.UserRole + 1
"""Code of the language of a row: its text is drawn in that script."""


class SampleModel(QAbstractTableModel):
    """Some lines with image and text; small images are made in a thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sample: tuple[SampleLine, ...] = ()
        self._size, self._ratio = QSize(280, 40), 1.0
        self._loader = ImageLoader(parent=self)
        self._loader.loaded.connect(self._show_image)

    @property
    def sample(self) -> tuple[SampleLine, ...]:
        """The lines that are shown."""
        return self._sample

    def show(self, sample: tuple[SampleLine, ...]) -> None:
        """Show other lines."""
        if sample is not self._sample:
            self.beginResetModel()
            self._loader.forget()
            self._sample = sample
            self.endResetModel()

    def set_thumbnails(self, size: QSize, ratio: float) -> None:
        """Tell how large images are drawn (logical pixels) and how fine the screen is."""
        if (size, ratio) != (self._size, self._ratio):
            self._size, self._ratio = size, ratio
            self._loader.forget()

    def line_at(self, row: int) -> SampleLine | None:
        """Line of a row."""
        return self._sample[row] if 0 <= row < len(self._sample) else None

    def _image(self, row: int) -> QImage | None:
        known = self._loader.image(row)
        decoded = self._sample[row].image
        if known is None and decoded is not None:
            ink, size, ratio = decoded.ink, self._size, self._ratio
            self._loader.request(row, lambda: thumbnail(ink_image(ink), size, ratio))
        return known

    @Slot(int, object)
    def _show_image(self, _number: int, row: int) -> None:
        cell = self.index(row, IMAGE)
        self.dataChanged.emit(cell, cell, [Qt.ItemDataRole.DecorationRole])

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of lines."""
        return 0 if parent.isValid() else len(self._sample)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the names of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return texts and images."""
        line = self.line_at(index.row()) if index.isValid() else None
        if line is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _text(line, index.column())
            case Qt.ItemDataRole.DecorationRole if index.column() == IMAGE:
                return self._image(index.row())
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(line.fault or f"{line.line.image.as_posix()}\n{line.line.id}")
            case Qt.ItemDataRole.AccessibleTextRole:
                return _text(line, index.column()) or line.fault
            case _ if role == LANGUAGE_ROLE:
                return line.line.language
            case _:
                return None


def _text(line: SampleLine, column: int) -> str:
    match column:
        case 1:
            return line.line.transcription
        case 2:
            return language_name(line.line.language)
        case 3:
            return PART_WORDS[line.line.split]
        case 4:
            return line.line.id
        case _:
            return line.fault
