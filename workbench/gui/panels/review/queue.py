"""The left of the page: lines in the order in which they are looked at, filters, and how far one is."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from workbench.errors import InputError
from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.line_rows import IMAGE
from workbench.gui.item_models.review import AGREE, CER, FOUND, PARTS, STATES, ReviewFilter, ReviewModel
from workbench.gui.labels import MutedLabel, ProblemLabel
from workbench.gui.line_table import LineTable
from workbench.gui.search_field import SearchField
from workbench.gui.wording import count

WIDE_PX = 760


class ReviewTable(LineTable):
    """Keys belong to the labels: none of them looks for a line by its first letter."""

    def keyboardSearch(self, search: str) -> None:
        """Look for nothing."""


class ReviewQueue(QWidget):
    """Lines with what models and people say of them."""

    row_changed = Signal()
    """Another line is current, or none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = ReviewModel(self)
        self.search = SearchField("Search id, text, notes; /…/", "Search in lines to review")
        self.search.wanted.connect(self.apply_filter)
        self.part = self._box("Part of the lines to review", PARTS.items())
        self.state = self._box("Which lines to review", STATES.items())
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Lines looked at")
        self.said = MutedLabel()
        self.fault = ProblemLabel()
        self.table = ReviewTable(self.model, {IMAGE: 104, CER: 56, AGREE: 60, FOUND: 122})
        self.table.setAccessibleName("Lines to review")
        self.table.row_changed.connect(self.row_changed)
        self.model.modelReset.connect(self.say_progress)
        self._lay_out()

    def _box(self, name: str, entries: Iterable[tuple[str, str]]) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        for key, title in entries:
            box.addItem(title, key)
        box.currentIndexChanged.connect(self.apply_filter)
        return box

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, 0)
        first.setSpacing(GRID_PX)
        first.addWidget(self.search, 1)
        first.addWidget(self.part)
        first.addWidget(self.state)
        below = QVBoxLayout()
        below.setContentsMargins(2 * GRID_PX, 0, GRID_PX, 0)
        below.setSpacing(GRID_PX // 2)
        for part in (self.fault, self.said, self.progress):
            below.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(first)
        layout.addLayout(below)
        layout.addWidget(self.table, 1)
        self.setMinimumWidth(420)

    @Slot()
    def apply_filter(self) -> None:
        """Show the lines that the filters let through."""
        self.search.settle()
        wanted = ReviewFilter(self.search.text(), self.part.currentData() or "", self.state.currentData() or "all")
        try:
            self.model.set_filter(wanted)
        except InputError as error:
            self.fault.say(str(error))
            return
        self.fault.say("")

    @Slot()
    def say_progress(self) -> None:
        """Say how many lines of the part were looked at."""
        total, labelled, skipped = self.model.counts()
        shown = self.model.rowCount()
        said = [f"{count(labelled)} labelled", f"{count(skipped)} passed over"]
        said.append(f"{count(total - labelled - skipped)} of {count(total)} not looked at")
        if shown != total:
            said.append(f"{count(shown)} shown")
        self.said.setText(" · ".join(said))
        self.progress.setRange(0, max(total, 1))
        self.progress.setValue(labelled + skipped)

    def go_to_next_open(self) -> None:
        """Go to the next line that nobody has looked at; where there is none, stay."""
        row = self.model.next_open(self.table.current_row)
        if row is not None:
            self.table.make_current(row)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give images the room that there is."""
        super().resizeEvent(event)
        self.table.fit_images(is_wide=event.size().width() >= WIDE_PX, narrow_px=104)


def set_quietly(box: QComboBox, entries: Sequence[tuple[str, object]], current: object) -> None:
    """Fill a choice and choose, without telling anybody."""
    box.blockSignals(True)
    known = [(box.itemText(number), box.itemData(number)) for number in range(box.count())]
    if known != list(entries):
        box.clear()
        for title, data in entries:
            box.addItem(title, data)
    box.setCurrentIndex(next((at for at, (_, data) in enumerate(entries) if data == current), -1))
    box.blockSignals(False)
    box.setEnabled(len(entries) > 1)
