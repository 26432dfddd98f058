"""Code points of all data sets side by side, and what the languages have in common."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.errors import InputError
from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.cells import PlainCell
from workbench.gui.item_models.characters import CharactersModel, Overlap, overlap_of
from workbench.gui.labels import MutedLabel, ProblemLabel
from workbench.gui.meanings import emphasised
from workbench.gui.messages import plain_label
from workbench.gui.stores.summaries import DatasetSummary
from workbench.gui.text_rendering import visible
from workbench.gui.wording import count, language_name

MAX_NAMED = 48
"""Characters of a language's own that are named; there may be a thousand."""


def own_text(overlap: Overlap) -> str:
    """Say which characters only one language has."""
    if len(overlap.languages) < 2:
        return ""
    said: list[str] = []
    for language, own in zip(overlap.languages, overlap.own, strict=True):
        # Isolated from one another, so that the list keeps its order whatever the letters' direction is.
        named = " ".join(
            f"\u2068{visible(character)}\u2069" for character in own[:MAX_NAMED] if not character.isspace()
        )
        more = " …" if len(own) > MAX_NAMED else ""
        said.append(f"Only in {language_name(language)} ({count(len(own))}): {named}{more}")
    return "\n".join([f"In all languages: {count(overlap.common)} characters", *said])


class CharactersTab(QWidget):
    """Follows the counts of all open data sets."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = CharactersModel(self)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search name, number or kind: yeh, U+06, mark")
        self.search.setAccessibleName("Search in characters")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._apply_search)
        self.fault = ProblemLabel()
        self._make_table()
        self._overlap_title = plain_label("Characters in common")
        self._overlap_title.setFont(emphasised(self._overlap_title.font()))
        self.matrix = QTableWidget()
        self.matrix.setAccessibleName("Characters that languages have in common")
        self.matrix.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.matrix.setShowGrid(False)
        self.matrix.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.matrix.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.own = MutedLabel()
        self._lay_out()

    def _make_table(self) -> None:
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName("Characters")
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.verticalHeader().setDefaultSectionSize(30)
        self.table.setItemDelegate(PlainCell(self.table))
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.setSortingEnabled(True)
        self.table.horizontalHeader().setSortIndicator(0, Qt.SortOrder.AscendingOrder)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, 0)
        top.addWidget(self.search, 1)
        top.addWidget(self.fault)
        below = QVBoxLayout()
        below.setContentsMargins(2 * GRID_PX, 0, GRID_PX, GRID_PX)
        below.setSpacing(GRID_PX)
        below.addWidget(self._overlap_title)
        below.addWidget(self.matrix)
        below.addWidget(self.own)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(top)
        layout.addWidget(self.table, 1)
        layout.addLayout(below)

    def show_summaries(self, summaries: Sequence[DatasetSummary]) -> None:
        """Show the counts of these data sets."""
        self.model.show(summaries)
        header = self.table.horizontalHeader()
        header.resizeSection(0, 300)
        header.resizeSection(1, 92)
        for column in range(2, self.model.columnCount()):
            header.resizeSection(column, 96)
        self._show_overlap(overlap_of(summaries))

    def _show_overlap(self, overlap: Overlap) -> None:
        names = [language_name(language) for language in overlap.languages]
        several = len(names) > 1
        self.matrix.setVisible(several)
        self._overlap_title.setVisible(several)
        self.own.setVisible(several)
        self.own.setText(own_text(overlap))
        self.matrix.setRowCount(len(names))
        self.matrix.setColumnCount(len(names))
        self.matrix.setHorizontalHeaderLabels(names)
        self.matrix.setVerticalHeaderLabels(names)
        for row, shared in enumerate(overlap.shared):
            for column, number in enumerate(shared):
                item = QTableWidgetItem(count(number))
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.matrix.setItem(row, column, item)
        self.matrix.resizeRowsToContents()
        height = self.matrix.horizontalHeader().sizeHint().height() + self.matrix.verticalHeader().length() + 4
        self.matrix.setFixedHeight(min(height, 180))

    @Slot(str)
    def _apply_search(self, search: str) -> None:
        try:
            self.model.set_search(search)
        except InputError as error:
            self.fault.say(str(error))
            return
        self.fault.say("")
