"""The table of lines with its filters."""

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
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

from workbench.data.catalog import OpenedDataset
from workbench.data.line import TextLine
from workbench.errors import InputError
from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.cells import ImageCell, PlainCell, TextCell
from workbench.gui.item_models.datasets import PART_WORDS, PARTS
from workbench.gui.item_models.lines import (
    ANY,
    IMAGE,
    LENGTH,
    MAX_THUMBNAIL_PX,
    PART,
    TEXT,
    WRITER,
    LineFilter,
    LinesModel,
)
from workbench.gui.labels import MutedLabel, ProblemLabel
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.text_rendering import row_ink
from workbench.gui.wording import count, counted

SEARCH_DELAY_MS = 150
WIDE_PX, NARROW_PX = 720, 480
_LENGTHS = (("any length", 0, None), ("up to 20", 0, 20), ("21 to 60", 21, 60), ("over 60", 61, None))
_PROBLEMS = (("all lines", ANY), ("with notes", "with"), ("without notes", "without"))


class LinesTab(QWidget):
    """Lines of the current data set. J and K go to the next and the previous one."""

    line_changed = Signal()
    """Another line is current, or none."""

    def __init__(self, text: TextAppearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self._opened: OpenedDataset | None = None
        self._is_wide: bool | None = None
        self.model = LinesModel(self)
        self._make_filters()
        self._make_table()
        self._make_actions()
        self._lay_out()
        text.changed.connect(self._fit_rows)
        self._say_count()

    def _make_filters(self) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search text, id or writer; /…/ for a pattern")
        self.search.setAccessibleName("Search in lines")
        self.search.setClearButtonEnabled(True)
        self._delay = QTimer(self, singleShot=True, interval=SEARCH_DELAY_MS)
        self._delay.timeout.connect(self.apply_filter)
        self.search.textChanged.connect(self._delay.start)
        self.search.returnPressed.connect(self.apply_filter)
        self.part = QComboBox()
        self.part.setAccessibleName("Part")
        self.part.addItem("all parts", ANY)
        for part in PARTS:
            self.part.addItem(PART_WORDS[part], part or "")
        self.problems = QComboBox()
        self.problems.setAccessibleName("Notes")
        for title, key in _PROBLEMS:
            self.problems.addItem(title, key)
        self.length = QComboBox()
        self.length.setAccessibleName("Length in characters")
        for title, least, most in _LENGTHS:
            self.length.addItem(title, (least, most))
        for box in (self.part, self.problems, self.length):
            box.currentIndexChanged.connect(self.apply_filter)
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
        self.table.setItemDelegateForColumn(TEXT, self._text_cell)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName("Lines")
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(TEXT, QHeaderView.ResizeMode.Stretch)
        header.setSortIndicatorClearable(True)
        for column, width in ((IMAGE, 220), (WRITER, 96), (PART, 88), (LENGTH, 72)):
            header.resizeSection(column, width)
        header.sectionResized.connect(self._fit_thumbnails)
        self.table.setSortingEnabled(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.table.selectionModel().currentRowChanged.connect(self._tell)
        self.model.modelAboutToBeReset.connect(self._remember)
        self.model.modelReset.connect(self._recall)
        self._remembered = ""

    def _make_actions(self) -> None:
        for text, keys, slot in (
            ("Next line", "J", self.go_next),
            ("Previous line", "K", self.go_previous),
            ("Search", QKeySequence.StandardKey.Find, self._focus_search),
        ):
            action = QAction(text, self)
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(slot)
            self.addAction(action)

    def _lay_out(self) -> None:
        filters = QHBoxLayout()
        filters.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, 0)
        filters.setSpacing(GRID_PX)
        filters.addWidget(self.search, 1)
        for box in (self.part, self.problems, self.length):
            filters.addWidget(box)
        below = QHBoxLayout()
        below.setContentsMargins(2 * GRID_PX, 0, GRID_PX, 0)
        below.addWidget(self.count)
        below.addWidget(self.fault, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(filters)
        layout.addLayout(below)
        layout.addWidget(self.table, 1)

    @property
    def line(self) -> TextLine | None:
        """The current line."""
        return self.model.line_at(self.table.currentIndex().row())

    @property
    def opened(self) -> OpenedDataset | None:
        """The data set whose lines these are."""
        return self._opened

    def show_dataset(self, opened: OpenedDataset | None) -> None:
        """Show the lines of another data set."""
        if opened is self._opened:
            return
        self._opened = opened
        from_right = self._text.style(opened.entry.language).is_right_to_left if opened else True
        self._image_cell.from_right = from_right
        self.model.show(opened, from_right=from_right)
        self._fit_rows()
        self._fit_columns()
        if opened and self.model.rowCount():
            self._make_current(0)
        self.line_changed.emit()

    def choose(self, line_id: str) -> bool:
        """Make a line the current one; False where the filters hide it."""
        row = self.model.row_of(line_id)
        if row is not None:
            self._make_current(row)
        return row is not None

    @Slot()
    def go_next(self) -> None:
        """Go to the next line."""
        self._make_current(min(self.table.currentIndex().row() + 1, self.model.rowCount() - 1))

    @Slot()
    def go_previous(self) -> None:
        """Go to the previous line."""
        self._make_current(max(self.table.currentIndex().row() - 1, 0))

    @Slot()
    def apply_filter(self) -> None:
        """Show the lines that the filters let through."""
        self._delay.stop()
        least, most = self.length.currentData()
        part = self.part.currentData()
        try:
            self.model.set_filter(
                LineFilter(
                    search=self.search.text(),
                    part=part if part == ANY else part or None,
                    problems=self.problems.currentData(),
                    shortest=least,
                    longest=most,
                )
            )
        except InputError as error:
            self.fault.say(str(error))
            return
        self.fault.say("")

    def _make_current(self, row: int) -> None:
        if 0 <= row < self.model.rowCount():
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            index = self.model.index(row, TEXT)
            self.table.selectionModel().setCurrentIndex(index, flags)
            self.table.scrollTo(index)

    @Slot(QModelIndex, QModelIndex)
    def _tell(self, _current: QModelIndex, _previous: QModelIndex) -> None:
        self.line_changed.emit()

    @Slot()
    def _remember(self) -> None:
        self._remembered = line.id if (line := self.line) else self._remembered

    @Slot()
    def _recall(self) -> None:
        self._say_count()
        if not self.choose(self._remembered):
            self._make_current(0)
        self.line_changed.emit()

    @Slot()
    def _focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _say_count(self) -> None:
        shown, total = self.model.rowCount(), self.model.total
        said = counted(total, "line")
        self.count.setText(said if shown == total else f"{said} · {count(shown)} shown")

    @Slot()
    def _fit_rows(self) -> None:
        """Give rows the height of the real ink, and images the height of rows."""
        if self._opened is None:
            return
        style = self._text.table_style(self._opened.entry.language)
        ink = row_ink(self.model.longest_texts(), style)
        self._text_cell.set_style(style, ink)
        height = max(round(sum(ink)) + 8, MAX_THUMBNAIL_PX.height() + 6)
        self.table.verticalHeader().setMinimumSectionSize(height)
        self.table.verticalHeader().setDefaultSectionSize(height)
        self._fit_thumbnails()
        self.table.viewport().update()

    @Slot()
    def _fit_thumbnails(self) -> None:
        size = MAX_THUMBNAIL_PX.transposed().transposed()
        size.setWidth(max(self.table.columnWidth(IMAGE) - 12, 40))
        self.model.set_thumbnails(size, self.devicePixelRatioF())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give images more room on a wide page."""
        super().resizeEvent(event)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Leave out what does not fit or says nothing: the length first, then the writer."""
        width = self.width()
        knows_writers = self._opened is None or any(line.writer for line in self._opened.lines.lines)
        self.table.setColumnHidden(LENGTH, width < WIDE_PX)
        self.table.setColumnHidden(WRITER, width < NARROW_PX or not knows_writers)
        if (is_wide := width >= WIDE_PX) != self._is_wide:  # else the user's own width stays
            self._is_wide = is_wide
            self.table.horizontalHeader().resizeSection(IMAGE, 260 if is_wide else 176)
