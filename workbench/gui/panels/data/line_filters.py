"""The filters above the table of lines."""

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QSpinBox, QVBoxLayout, QWidget
from superqt import QSearchableComboBox

from workbench.data.line import TextLine
from workbench.errors import InputError
from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.datasets import PART_WORDS, PARTS
from workbench.gui.item_models.line_index import ANY, LineFilter
from workbench.gui.item_models.ranking import natural_key
from workbench.gui.labels import MutedLabel, ProblemLabel
from workbench.gui.messages import plain_tooltip
from workbench.gui.search_field import SearchField
from workbench.gui.text_rendering import shown_name
from workbench.text.search import SEARCH_TIP, matcher

MAX_LENGTH = 1_000_000
MAX_WRITERS = 5_000
"""Writers that are offered at most; any of them can still be searched for."""
_PROBLEMS = (("all lines", ANY), ("with notes", "with"), ("without notes", "without"))


class LineFilters(QWidget):
    """Search, part, writer, length and notes; and how many lines they let through."""

    changed = Signal()
    """Another filter holds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = SearchField("Search text, id or writer; U+06CC; /…/ for a pattern", "Search in lines")
        self.search.setToolTip(SEARCH_TIP)
        self.search.wanted.connect(self.apply)
        self._make_boxes()
        self.count = MutedLabel()
        self.count.setWordWrap(False)
        self.fault = ProblemLabel()
        self.reset_button = QPushButton("Show all")
        self.reset_button.setToolTip("Take every filter away")
        self.reset_button.clicked.connect(self.reset)
        self._last = LineFilter()
        self._lay_out()
        self._show_reset()

    def _make_boxes(self) -> None:
        self.part = QComboBox()
        self.part.setAccessibleName("Part")
        self.part.setToolTip("Part that the data set assigns")
        self.part.addItem("all parts", ANY)
        for part in PARTS:
            self.part.addItem(PART_WORDS[part], part or "")
        self.writer = QSearchableComboBox()
        self.writer.setAccessibleName("Writer")
        self.writer.setToolTip("Choose a writer, or type a part of the name")
        self.writer.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.writer.setMinimumContentsLength(8)
        self.problems = QComboBox()
        self.problems.setAccessibleName("Notes")
        self.problems.setToolTip("Notes are about lines that are used all the same; see the tab Problems")
        for title, key in _PROBLEMS:
            self.problems.addItem(title, key)
        self.shortest = _length_box("Shortest length", "from 0", 0)
        self.longest = _length_box("Longest length", "to any", 0)
        self.show_lines(())
        for box in (self.part, self.writer, self.problems):
            box.currentIndexChanged.connect(self.apply)
        for spin in (self.shortest, self.longest):
            spin.valueChanged.connect(self.apply)

    def _lay_out(self) -> None:
        above = QHBoxLayout()
        above.addWidget(self.search, 1)
        above.addWidget(self.part)
        above.addWidget(self.problems)
        middle = QHBoxLayout()
        middle.addWidget(self.writer, 1)
        length = MutedLabel("Characters")
        length.setWordWrap(False)
        length.setToolTip("Length of the transcription")
        middle.addWidget(length)
        middle.addWidget(self.shortest)
        middle.addWidget(self.longest)
        below = QHBoxLayout()
        below.addWidget(self.count)
        below.addWidget(self.fault, 1)
        below.addStretch(0)
        middle.addWidget(self.reset_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, 0)
        layout.setSpacing(GRID_PX)
        for row in (above, middle, below):
            row.setSpacing(GRID_PX)
            layout.addLayout(row)
        below.setContentsMargins(GRID_PX, 0, 0, 0)

    def show_lines(self, lines: Iterable[TextLine]) -> None:
        """Offer the writers of these lines, and filter nothing by a writer."""
        writers = {line.writer for line in lines}
        names = sorted((name for name in writers if name is not None), key=natural_key)
        self.writer.blockSignals(True)
        self.writer.clear()
        self.writer.addItem("all writers", (ANY,))
        if None in writers and names:
            self.writer.addItem("writer unknown", (None,))
        for name in names[:MAX_WRITERS]:
            self.writer.addItem(shown_name(name, 60), (name,))
        self.writer.setCurrentIndex(0)
        self.writer.blockSignals(False)
        self.writer.setEnabled(bool(names))
        self.writer.setToolTip(
            "Choose a writer, or type a part of the name"
            if names
            else "This data set does not tell who wrote its lines"
        )

    @property
    def line_filter(self) -> LineFilter:
        """What is asked for now.

        Raises
        ------
        InputError
            For a search pattern that is none.
        """
        matcher(self.search.text())
        part = self.part.currentData()
        writer = self.writer.currentData() or (ANY,)  # nothing is chosen while a name is being typed
        return LineFilter(
            search=self.search.text(),
            part=part if part == ANY else part or None,
            writer=writer[0],
            problems=self.problems.currentData(),
            shortest=self.shortest.value(),
            longest=self.longest.value() or None,
        )

    @Slot()
    def reset(self) -> None:
        """Let every line through."""
        for part in (self.search, self.part, self.writer, self.problems, self.shortest, self.longest):
            part.blockSignals(True)
        self.search.clear()
        for box in (self.part, self.writer, self.problems):
            box.setCurrentIndex(0)
        for spin in (self.shortest, self.longest):
            spin.setValue(0)
        for part in (self.search, self.part, self.writer, self.problems, self.shortest, self.longest):
            part.blockSignals(False)
        self.apply()

    @Slot()
    def apply(self) -> None:
        """Let the filters hold as they are now, or say what is wrong with the search."""
        self.search.settle()
        try:
            wanted = self.line_filter
        except InputError as error:
            self.fault.say(str(error))
            return
        self.fault.say("")
        self._last = wanted
        self._show_reset()
        self.changed.emit()

    def _show_reset(self) -> None:
        self.reset_button.setEnabled(self._last != LineFilter())


def _length_box(name: str, special: str, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setAccessibleName(name)
    box.setToolTip(plain_tooltip(f"{name} of a transcription, in characters"))
    box.setRange(0, MAX_LENGTH)
    box.setSpecialValueText(special)
    box.setValue(value)
    box.setKeyboardTracking(False)
    box.setFixedWidth(80)
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    return box
