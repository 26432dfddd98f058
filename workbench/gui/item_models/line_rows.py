"""What every table of lines has in common: the image is its first column, the text its second, rows have line ids."""

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Slot
from PySide6.QtGui import QImage

from workbench.data.cache import LineCache
from workbench.gui.image_conversion import ink_image, thumbnail
from workbench.gui.image_loading import ImageLoader

Index = QModelIndex | QPersistentModelIndex

ROOT = QModelIndex()
IMAGE, TEXT = 0, 1
MAX_THUMBNAIL_PX = QSize(280, 40)


def line_thumbnail(cache: LineCache, line_id: str, size: QSize, ratio: float, from_right: bool) -> QImage:
    """Make the small image of a line; called in a thread."""
    return thumbnail(ink_image(cache.image(line_id)), size, ratio, from_right=from_right)


class LineRowsModel(QAbstractTableModel):
    """Lines, filtered and sorted; images come when they are looked at."""

    def __init__(self, columns: tuple[str, ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = columns
        self._cache: LineCache | None = None
        self._from_right = True
        self._sorted_by: tuple[int, Qt.SortOrder] = (-1, Qt.SortOrder.AscendingOrder)
        self._rows: dict[str, int] | None = None
        self._size, self._ratio = MAX_THUMBNAIL_PX, 1.0
        self._loader = ImageLoader(parent=self)
        self._loader.loaded.connect(self._show_image)

    # What a table of lines has to say

    @property
    def total(self) -> int:
        """Lines that there are, shown or not."""
        raise NotImplementedError

    def shown_ids(self) -> Iterable[str]:
        """Ids of the lines that are shown, in their order."""
        raise NotImplementedError

    def texts(self) -> Iterable[str]:
        """Texts of all lines, shown or not; of very many, some."""
        raise NotImplementedError

    def id_at(self, row: int) -> str | None:
        """Id of the line that a row shows; None where there is no such row."""
        raise NotImplementedError

    def _fill(self) -> None:
        """Find out anew what is shown, in which order."""
        raise NotImplementedError

    # What follows from it

    def row_of(self, line_id: str) -> int | None:
        """Row of a line, None where it is not shown."""
        if self._rows is None:
            self._rows = {found: row for row, found in enumerate(self.shown_ids())}
        return self._rows.get(line_id)

    def longest_texts(self, number: int = 16) -> tuple[str, ...]:
        """Some texts to measure row heights with: the longest ones have the most letters."""
        return tuple(sorted(self.texts(), key=len, reverse=True)[:number])

    def set_thumbnails(self, size: QSize, ratio: float) -> None:
        """Tell how large images are drawn (logical pixels) and how fine the screen is."""
        if (size, ratio) != (self._size, self._ratio):
            self._size, self._ratio = size, ratio
            self._loader.forget()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; the image's column and -1 mean the data set's own order."""
        if (column, order) != self._sorted_by:
            self._sorted_by = (column, order)
            self._arrange()

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._columns)

    def _show_images_of(self, cache: LineCache | None, *, from_right: bool) -> None:
        if cache is not self._cache or from_right != self._from_right:
            self._loader.forget()
        self._cache, self._from_right = cache, from_right

    def _arrange(self) -> None:
        self.beginResetModel()
        self._rows = None
        self._fill()
        self.endResetModel()

    def _image(self, line_id: str) -> QImage | None:
        """Image of a line where it is there already; else it is asked for."""
        known = self._loader.image(line_id)
        if known is None and (cache := self._cache) is not None and line_id in cache:
            size, ratio, from_right = self._size, self._ratio, self._from_right
            self._loader.request(line_id, lambda: line_thumbnail(cache, line_id, size, ratio, from_right))
        return known

    @Slot(int, object)
    def _show_image(self, _number: int, line_id: str) -> None:
        if (row := self.row_of(line_id)) is not None:
            cell = self.index(row, IMAGE)
            self.dataChanged.emit(cell, cell, [Qt.ItemDataRole.DecorationRole])

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the names of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section]
        return None
