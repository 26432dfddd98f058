"""Random lines of an import: a table of image and text, and the current one large enough to be compared."""

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Slot
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from workbench.data.preview import SampleLine
from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.cells import ImageCell, PlainCell, TextCell
from workbench.gui.item_models.sample import IMAGE, LANGUAGE, LANGUAGE_ROLE, LINE, PART, TEXT, SampleModel
from workbench.gui.line_view import LineView
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.text_rendering import row_ink
from workbench.gui.transcription_view import TranscriptionView

Index = QModelIndex | QPersistentModelIndex

THUMBNAIL_PX = 36
IMAGE_HEIGHT_PX = 92


class ScriptCell(QStyledItemDelegate):
    """Draws each transcription in the font and direction of its own language."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cells: dict[str, TextCell] = {}

    def fit(self, sample: tuple[SampleLine, ...], text: TextAppearance) -> float:
        """Prepare for the languages of some lines, and return the height that their ink takes."""
        texts: dict[str, list[str]] = {}
        for one in sample:
            texts.setdefault(one.line.language, []).append(one.line.transcription)
        height = 0.0
        for language, its_texts in texts.items():
            style = text.table_style(language)
            ink = row_ink(its_texts, style)
            self._cells.setdefault(language, TextCell(self)).set_style(style, ink)
            height = max(height, sum(ink))
        return height

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell."""
        cell = self._cells.get(str(index.data(LANGUAGE_ROLE)))
        if cell is not None:
            cell.paint(painter, option, index)


class SampleView(QWidget):
    """The sample and its current line."""

    def __init__(self, text: TextAppearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self.model = SampleModel(self)
        self.image = LineView()
        self.image.setFixedHeight(IMAGE_HEIGHT_PX)
        self.transcription = TranscriptionView()
        self._make_table()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.image)
        layout.addWidget(self.transcription)
        text.changed.connect(self._fit_rows)

    def _make_table(self) -> None:
        self.table = QTableView()
        self.table.setModel(self.model)
        self._script_cell = ScriptCell(self.table)
        self.table.setItemDelegate(PlainCell(self.table))
        self.table.setItemDelegateForColumn(IMAGE, ImageCell(self.table))
        self.table.setItemDelegateForColumn(TEXT, self._script_cell)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName("Random lines")
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(TEXT, QHeaderView.ResizeMode.Stretch)
        for column, width in ((IMAGE, 236), (LANGUAGE, 84), (PART, 96), (LINE, 160)):
            header.resizeSection(column, width)
        header.sectionResized.connect(self._fit_thumbnails)
        self.table.selectionModel().currentRowChanged.connect(self._show_line)

    def show_sample(self, sample: tuple[SampleLine, ...]) -> None:
        """Show other lines, beginning with the first."""
        if sample is self.model.sample:
            return
        self.model.show(sample)
        self.table.setColumnHidden(LANGUAGE, len({one.line.language for one in sample}) < 2)
        self._fit_rows()
        self.table.setCurrentIndex(self.model.index(0, TEXT))
        self._show_line()

    @Slot()
    def _show_line(self) -> None:
        line = self.model.line_at(self.table.currentIndex().row())
        for part in (self.image, self.transcription):
            part.setVisible(line is not None)
        if line is None:
            return
        style = self._text.style(line.line.language)
        self.transcription.show_text(line.line.transcription, style)
        if line.image is None:
            self.image.clear(f"This image cannot be used: {line.fault}")
        else:
            self.image.set_ink(line.image.ink, from_right=style.is_right_to_left)

    @Slot()
    def _fit_rows(self) -> None:
        height = self._script_cell.fit(self.model.sample, self._text)
        row = max(round(height) + 6, THUMBNAIL_PX + 6)
        self.table.verticalHeader().setMinimumSectionSize(row)
        self.table.verticalHeader().setDefaultSectionSize(row)
        self._fit_thumbnails()

    @Slot()
    def _fit_thumbnails(self) -> None:
        size = QSize(max(self.table.columnWidth(IMAGE) - 12, 40), THUMBNAIL_PX)
        self.model.set_thumbnails(size, self.devicePixelRatioF())
