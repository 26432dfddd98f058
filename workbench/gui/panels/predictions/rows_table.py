"""The left of the page: test lines of the cell with the CER of both arms."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from workbench.errors import InputError
from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.line_rows import IMAGE
from workbench.gui.item_models.predictions import (
    DELTA,
    MULTI,
    SINGLE,
    PredictionFilter,
    PredictionsModel,
    ScoredRow,
    choice_titles,
)
from workbench.gui.labels import MutedLabel, ProblemLabel
from workbench.gui.line_table import LineTable
from workbench.gui.search_field import SearchField
from workbench.gui.stores.predictions import Arm
from workbench.gui.wording import architecture_label, count, counted
from workbench.study.arms import short_label

WIDE_PX = 760
NUMBER_PX = 70
HEADER_PADDING_PX = 26


class RowsTable(QWidget):
    """Lines with their numbers, filtered and sorted."""

    row_changed = Signal()
    """Another line is current, or none."""
    architecture_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = PredictionsModel(self)
        self._make_filters()
        self.table = LineTable(self.model, {IMAGE: 130, SINGLE: NUMBER_PX, MULTI: NUMBER_PX, DELTA: 76})
        self.table.setAccessibleName("Test lines")
        self.table.row_changed.connect(self.row_changed)
        self.model.modelReset.connect(self._say_count)
        self._lay_out()

    def _make_filters(self) -> None:
        self.search = SearchField("Search id, reference, readings; /…/", "Search in predictions")
        self.search.wanted.connect(self.apply_filter)
        self.choice = QComboBox()
        self.choice.setAccessibleName("Which lines")
        for key, title in choice_titles(self.model.arm).items():
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
        return self.model.row_at(self.table.current_row)

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

    def name_choices(self, arm: Arm) -> None:
        """Name the choices of lines by what is compared, and give the columns room for their names."""
        for number, title in enumerate(choice_titles(arm).values()):
            self.choice.setItemText(number, title)
        names = {SINGLE: short_label(arm.baseline.regime), MULTI: short_label(arm.regime)}
        for column, name in names.items():
            wanted = self.table.horizontalHeader().fontMetrics().horizontalAdvance(name) + HEADER_PADDING_PX
            if self.table.columnWidth(column) < wanted:
                self.table.setColumnWidth(column, wanted)

    @Slot()
    def apply_filter(self) -> None:
        """Show the lines that the filters let through."""
        self.search.settle()
        try:
            self.model.set_filter(PredictionFilter(self.search.text(), self.choice.currentData()))
        except InputError as error:
            self.fault.say(str(error))
            return
        self.fault.say("")

    @Slot(int)
    def _tell_architecture(self, _number: int) -> None:
        self.architecture_chosen.emit(self.architecture.currentData())

    @Slot()
    def _say_count(self) -> None:
        shown, total = self.model.rowCount(), self.model.total
        said = counted(total, "line")
        self.count.setText(said if shown == total else f"{said} · {count(shown)} shown")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give images the room that there is."""
        super().resizeEvent(event)
        self.table.fit_images(is_wide=event.size().width() >= WIDE_PX, narrow_px=124)
