"""The left of the page: test lines of the cell with the CER of both arms."""

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from workbench.errors import InputError
from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.cells import ImageCell, PlainCell, TextCell
from workbench.gui.item_models.lines import MAX_THUMBNAIL_PX
from workbench.gui.item_models.predictions import (
    CHOICES,
    DELTA,
    IMAGE,
    MULTI,
    REFERENCE,
    SINGLE,
    PredictionFilter,
    PredictionsModel,
    ScoredRow,
)
from workbench.gui.labels import MutedLabel, ProblemLabel
from workbench.gui.text_rendering import TextStyle, row_ink
from workbench.gui.wording import architecture_label, count, counted

SEARCH_DELAY_MS = 200
WIDE_PX = 760


class RowsTable(QWidget):
    """Lines with their numbers, filtered and sorted."""

    row_changed = Signal()
    """Another line is current, or none."""
    architecture_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = PredictionsModel(self)
        self._remembered = ""
        self._is_wide: bool | None = None
        self._make_filters()
        self._make_table()
        self._lay_out()

    def _make_filters(self) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search id, reference, readings; /…/")
        self.search.setAccessibleName("Search in predictions")
        self.search.setToolTip("Text between slashes is a regular expression")
        self.search.setClearButtonEnabled(True)
        self._delay = QTimer(self, singleShot=True, interval=SEARCH_DELAY_MS)
        self._delay.timeout.connect(self.apply_filter)
        self.search.textChanged.connect(self._delay.start)
        self.search.returnPressed.connect(self.apply_filter)
        self.choice = QComboBox()
        self.choice.setAccessibleName("Which lines")
        for key, title in CHOICES.items():
            self.choice.addItem(title, key)
        self.choice.currentIndexChanged.connect(self.apply_filter)
        self.architecture = QComboBox()
        self.architecture.setAccessibleName("Architecture whose CER is shown")
        self.architecture.activated.connect(self._tell_architecture)
        self._architecture_label = MutedLabel("CER of")
        self._architecture_label.setWordWrap(False)
        self.count = MutedLabel()
        self.count.setWordWrap(False)
        self.fault = ProblemLabel()

    def _make_table(self) -> None:
        self.table = QTableView()
        self.table.setModel(self.model)
        self._image_cell = ImageCell(self.table)
        self._text_cell = TextCell(self.table)
        self.table.setItemDelegate(PlainCell(self.table))
        self.table.setItemDelegateForColumn(IMAGE, self._image_cell)
        self.table.setItemDelegateForColumn(REFERENCE, self._text_cell)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName("Test lines")
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(REFERENCE, QHeaderView.ResizeMode.Stretch)
        header.setSortIndicatorClearable(True)
        for column, width in ((IMAGE, 130), (SINGLE, 70), (MULTI, 70), (DELTA, 76)):
            header.resizeSection(column, width)
        header.sectionResized.connect(self._fit_thumbnails)
        self.table.setSortingEnabled(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.table.selectionModel().currentRowChanged.connect(self._tell)
        self.model.modelAboutToBeReset.connect(self._remember)
        self.model.modelReset.connect(self._recall)

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, 0)
        first.setSpacing(GRID_PX)
        first.addWidget(self.search, 1)
        first.addWidget(self.choice)
        below = QHBoxLayout()
        below.setContentsMargins(2 * GRID_PX, 0, GRID_PX, 0)
        below.addWidget(self.count)
        below.addWidget(self.fault, 1)
        below.addStretch(1)
        below.addWidget(self._architecture_label)
        below.addWidget(self.architecture)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(first)
        layout.addLayout(below)
        layout.addWidget(self.table, 1)
        self.setMinimumWidth(420)

    @property
    def scored(self) -> ScoredRow | None:
        """The current line with its numbers."""
        return self.model.row_at(self.table.currentIndex().row())

    def offer_architectures(self, names: tuple[str, ...], current: str) -> None:
        """Fill the choice of architectures."""
        known = tuple(self.architecture.itemData(number) for number in range(self.architecture.count()))
        if known != names:
            self.architecture.clear()
            for name in names:
                self.architecture.addItem(architecture_label(name), name)
        self.architecture.setCurrentIndex(self.architecture.findData(current))
        for part in (self.architecture, self._architecture_label):
            part.setVisible(len(names) > 1)

    def set_style(self, style: TextStyle) -> None:
        """Draw references in this style, in rows as high as their real ink."""
        ink = row_ink(self.model.longest_texts(), style)
        self._text_cell.set_style(style, ink)
        self._image_cell.from_right = style.is_right_to_left
        height = max(round(sum(ink)) + 8, MAX_THUMBNAIL_PX.height() + 6)
        self.table.verticalHeader().setMinimumSectionSize(height)
        self.table.verticalHeader().setDefaultSectionSize(height)
        self._fit_thumbnails()
        self.table.viewport().update()

    @Slot()
    def go_next(self) -> None:
        """Go to the next line."""
        self._make_current(min(self.table.currentIndex().row() + 1, self.model.rowCount() - 1))

    @Slot()
    def go_previous(self) -> None:
        """Go to the previous line."""
        self._make_current(max(self.table.currentIndex().row() - 1, 0))

    @Slot()
    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    @Slot()
    def apply_filter(self) -> None:
        """Show the lines that the filters let through."""
        self._delay.stop()
        try:
            self.model.set_filter(PredictionFilter(self.search.text(), self.choice.currentData()))
        except InputError as error:
            self.fault.say(str(error))
            return
        self.fault.say("")

    def _make_current(self, row: int) -> None:
        if 0 <= row < self.model.rowCount():
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            index = self.model.index(row, REFERENCE)
            self.table.selectionModel().setCurrentIndex(index, flags)
            self.table.scrollTo(index)

    @Slot(QModelIndex, QModelIndex)
    def _tell(self, _current: QModelIndex, _previous: QModelIndex) -> None:
        self.row_changed.emit()

    @Slot(int)
    def _tell_architecture(self, _number: int) -> None:
        self.architecture_chosen.emit(self.architecture.currentData())

    @Slot()
    def _remember(self) -> None:
        self._remembered = scored.row.line_id if (scored := self.scored) else self._remembered

    @Slot()
    def _recall(self) -> None:
        shown, total = self.model.rowCount(), self.model.total
        said = counted(total, "line")
        self.count.setText(said if shown == total else f"{said} · {count(shown)} shown")
        row = self.model.row_of(self._remembered)
        self._make_current(0 if row is None else row)
        self.row_changed.emit()

    @Slot()
    def _fit_thumbnails(self) -> None:
        size = QSize(max(self.table.columnWidth(IMAGE) - 12, 40), MAX_THUMBNAIL_PX.height())
        self.model.set_thumbnails(size, self.devicePixelRatioF())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give images the room that there is."""
        super().resizeEvent(event)
        if (is_wide := event.size().width() >= WIDE_PX) != self._is_wide:  # else the user's own width stays
            self._is_wide = is_wide
            self.table.horizontalHeader().resizeSection(IMAGE, 260 if is_wide else 124)
