"""The table of lines with its filters."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from workbench.data.catalog import OpenedDataset
from workbench.data.line import TextLine
from workbench.errors import InputError
from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.datasets import PART_WORDS, PARTS
from workbench.gui.item_models.line_rows import IMAGE
from workbench.gui.item_models.lines import ANY, LENGTH, PART, WRITER, LineFilter, LinesModel
from workbench.gui.labels import MutedLabel, ProblemLabel
from workbench.gui.line_table import LineTable
from workbench.gui.search_field import SearchField
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.wording import count, counted

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
        self.model = LinesModel(self)
        self._make_filters()
        self.table = LineTable(self.model, {IMAGE: 220, WRITER: 96, PART: 88, LENGTH: 72})
        self.table.setAccessibleName("Lines")
        self.table.row_changed.connect(self.line_changed)
        self.model.modelReset.connect(self._say_count)
        self._make_actions()
        self._lay_out()
        text.changed.connect(self._fit_rows)
        self._say_count()

    def _make_filters(self) -> None:
        self.search = SearchField("Search text, id or writer; /…/ for a pattern", "Search in lines")
        self.search.wanted.connect(self.apply_filter)
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

    def _make_actions(self) -> None:
        for text, keys, slot in (
            ("Next line", "J", self.table.go_next),
            ("Previous line", "K", self.table.go_previous),
            ("Search", QKeySequence.StandardKey.Find, self.search.take_focus),
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
        return self.model.line_at(self.table.current_row)

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
        self.model.show(opened, from_right=from_right)
        self._fit_rows()
        self._fit_columns()
        if opened and self.model.rowCount():
            self.table.make_current(0)
        self.line_changed.emit()

    @Slot()
    def apply_filter(self) -> None:
        """Show the lines that the filters let through."""
        self.search.settle()
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

    @Slot()
    def _say_count(self) -> None:
        shown, total = self.model.rowCount(), self.model.total
        said = counted(total, "line")
        self.count.setText(said if shown == total else f"{said} · {count(shown)} shown")

    @Slot()
    def _fit_rows(self) -> None:
        """Give rows the height of the real ink, and images the height of rows."""
        if self._opened is None:
            return
        self.table.set_style(self._text.table_style(self._opened.entry.language))

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
        self.table.fit_images(is_wide=width >= WIDE_PX, narrow_px=176)
