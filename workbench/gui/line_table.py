"""The table of lines that the pages share: image, text in its script, rows as high as their real ink."""

from collections.abc import Mapping

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from workbench.gui.item_models.cells import ImageCell, PlainCell, TextCell
from workbench.gui.item_models.line_rows import IMAGE, MAX_THUMBNAIL_PX, TEXT, LineRowsModel
from workbench.gui.layout_memory import kept_widths
from workbench.gui.text_rendering import TextStyle, row_ink


class LineTable(QTableView):
    """Shows lines and keeps one of them current, also while they are filtered and sorted.

    Parameters
    ----------
    lines : LineRowsModel
    widths : mapping
        Column to its first width; the text takes what is left.
    """

    row_changed = Signal()
    """Another line is current, or none."""

    def __init__(self, lines: LineRowsModel, widths: Mapping[int, int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = lines
        self._remembered = ""
        self._is_wide: bool | None = None
        self._measured: tuple[TextStyle, tuple[str, ...]] | None = None
        self._ink = (0.0, 0.0)
        self.setModel(lines)
        self.image_cell = ImageCell(self)
        self.text_cell = TextCell(self)
        self.setItemDelegate(PlainCell(self))
        self.setItemDelegateForColumn(IMAGE, self.image_cell)
        self.setItemDelegateForColumn(TEXT, self.text_cell)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(TEXT, QHeaderView.ResizeMode.Stretch)
        header.setSortIndicatorClearable(True)
        for column, width in widths.items():
            header.resizeSection(column, width)
        header.sectionResized.connect(self._fit_thumbnails)
        self.setSortingEnabled(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.selectionModel().currentRowChanged.connect(self._tell)
        lines.modelAboutToBeReset.connect(self._remember)
        lines.modelReset.connect(self._recall)

    @property
    def current_row(self) -> int:
        """Row of the current line, -1 where there is none."""
        return self.currentIndex().row()

    def set_style(self, style: TextStyle) -> None:
        """Draw texts in this style, in rows as high as their real ink."""
        measured = style, self._lines.longest_texts()
        if measured != self._measured:
            self._measured, self._ink = measured, row_ink(measured[1], style)
        ink = self._ink
        self.text_cell.set_style(style, ink)
        self.image_cell.from_right = style.is_right_to_left
        height = max(round(sum(ink)) + 8, MAX_THUMBNAIL_PX.height() + 6)
        header = self.verticalHeader()
        if height < header.minimumSectionSize():
            header.setMinimumSectionSize(height)
        header.setDefaultSectionSize(height)  # raising the minimum instead would resize 100,000 rows one by one
        self._fit_thumbnails()
        self.viewport().update()

    def fit_images(self, *, is_wide: bool, narrow_px: int, wide_px: int = 260) -> None:
        """Give images the room that there is; as long as that stays the same, the user's own width stays."""
        is_left_as_it_was = self._is_wide is None and bool(kept_widths(self))
        if is_wide != self._is_wide:
            self._is_wide = is_wide
            if not is_left_as_it_was:
                self.horizontalHeader().resizeSection(IMAGE, wide_px if is_wide else narrow_px)

    def choose(self, line_id: str) -> bool:
        """Make a line the current one; False where it is not shown."""
        row = self._lines.row_of(line_id)
        if row is not None:
            self.make_current(row)
        return row is not None

    def make_current(self, row: int) -> None:
        """Go to a row; nothing happens where there is none."""
        if 0 <= row < self._lines.rowCount():
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            index = self._lines.index(row, TEXT)
            self.selectionModel().setCurrentIndex(index, flags)
            self.scrollTo(index)

    @Slot()
    def go_next(self) -> None:
        """Go to the next line."""
        self.make_current(min(self.current_row + 1, self._lines.rowCount() - 1))

    @Slot()
    def go_previous(self) -> None:
        """Go to the previous line."""
        self.make_current(max(self.current_row - 1, 0))

    @Slot(QModelIndex, QModelIndex)
    def _tell(self, _current: QModelIndex, _previous: QModelIndex) -> None:
        self.row_changed.emit()

    @Slot()
    def _remember(self) -> None:
        self._remembered = self._lines.id_at(self.current_row) or self._remembered

    @Slot()
    def _recall(self) -> None:
        if not self.choose(self._remembered):
            self.make_current(0)
        self.row_changed.emit()

    @Slot()
    def _fit_thumbnails(self) -> None:
        size = QSize(max(self.columnWidth(IMAGE) - 12, 40), MAX_THUMBNAIL_PX.height())
        self._lines.set_thumbnails(size, self.devicePixelRatioF())
