"""Code points and peculiarities of all data sets side by side, and what the languages have in common."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTableView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.errors import InputError
from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.characters import CharactersModel, overlap_of
from workbench.gui.item_models.side_by_side import SideBySideModel, peculiarity_rows
from workbench.gui.labels import MutedLabel, ProblemLabel
from workbench.gui.meanings import emphasised
from workbench.gui.messages import plain_label
from workbench.gui.panels.data.count_tables import ROW_PX, dress, fit_columns
from workbench.gui.panels.data.step_effects import StepEffects
from workbench.gui.stores.summaries import DatasetSummary
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.wording import count, language_name, percent
from workbench.text.code_points import visible
from workbench.text.overlap import Overlap

MATRIX_CELL_PX = 76
MAX_MATRIX_PX = 460
MAX_NAMED = 48
"""Characters of a language's own that are named; there may be a thousand."""


def own_text(overlap: Overlap) -> str:
    """Say what all languages have, how much of their text that is, and which characters only one has."""
    if len(overlap.names) < 2:
        return ""
    shares = ", ".join(f"{percent(overlap.share(name))} of the {language_name(name)} text" for name in overlap.names)
    said = [f"In all languages: {count(len(overlap.common))} characters ({shares})"]
    for language in overlap.names:
        own = overlap.own(language)
        # Isolated from one another, so that the list keeps its order whatever the letters' direction is.
        named = " ".join(
            f"\u2068{visible(character)}\u2069" for character in own[:MAX_NAMED] if not character.isspace()
        )
        more = " …" if len(own) > MAX_NAMED else ""
        said.append(f"Only in {language_name(language)} ({count(len(own))}): {named}{more}")
    return "\n".join(said)


class CharactersTab(QWidget):
    """Follows the counts of all open data sets. What normalisation would change is shown on demand."""

    def __init__(self, text: TextAppearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summaries: tuple[DatasetSummary, ...] = ()
        self.model = CharactersModel(self)
        self.peculiarities_model = SideBySideModel("Peculiarity", self)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search name, number or kind: yeh, U+06, mark")
        self.search.setAccessibleName("Search in characters")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._apply_search)
        self.fault = ProblemLabel()
        self.steps_button = QPushButton("What normalisation would change")
        self.steps_button.setCheckable(True)
        self.steps_button.setToolTip("Steps are chosen in the study; here nothing is changed")
        self.steps_button.toggled.connect(self._show_steps)
        self._make_tables()
        self.effects = StepEffects(text)
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

    def _make_tables(self) -> None:
        self.peculiarities = QTableView()
        self.peculiarities.setModel(self.peculiarities_model)
        dress(self.peculiarities, "Peculiarities of transcriptions")
        self.table = QTableView()
        self.table.setModel(self.model)
        dress(self.table, "Characters")
        self.table.setSortingEnabled(True)
        self.table.horizontalHeader().setSortIndicator(0, Qt.SortOrder.AscendingOrder)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(GRID_PX, GRID_PX, GRID_PX, 0)
        top.addWidget(self.search, 1)
        top.addWidget(self.fault)
        top.addWidget(self.steps_button)
        self.counts = QSplitter(Qt.Orientation.Vertical)
        self.counts.setChildrenCollapsible(False)
        for part in (self.peculiarities, self.table, self._overlap_part()):
            self.counts.addWidget(part)
        self.counts.setStretchFactor(1, 1)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.counts)
        self._pages.addWidget(self.effects)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(top)
        layout.addWidget(self._pages, 1)

    def _overlap_part(self) -> QWidget:
        part = QWidget()
        below = QVBoxLayout(part)
        below.setContentsMargins(2 * GRID_PX, GRID_PX // 2, GRID_PX, GRID_PX)
        below.setSpacing(GRID_PX)
        below.addWidget(self._overlap_title)
        beside = QHBoxLayout()
        beside.setSpacing(2 * GRID_PX)
        beside.addWidget(self.matrix, 0, Qt.AlignmentFlag.AlignTop)
        beside.addWidget(self.own, 1, Qt.AlignmentFlag.AlignTop)
        below.addLayout(beside)
        self._overlap_box = part
        return part

    def show_summaries(self, summaries: Sequence[DatasetSummary]) -> None:
        """Show the counts of these data sets."""
        if tuple(summaries) == self._summaries:
            return
        self._summaries = tuple(summaries)
        self.model.show(summaries)
        self.peculiarities_model.show([summary.name for summary in summaries], peculiarity_rows(summaries))
        self.effects.show_summaries(summaries)
        self._fit()
        self._show_overlap(overlap_of(summaries))
        self._share_height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the names of what is counted the room that is left."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        fit_columns(self.peculiarities)
        fit_columns(self.table)
        self.table.horizontalHeader().resizeSection(1, 96)

    def _share_height(self) -> None:
        """Give the peculiarities what they need, up to a third."""
        rows = self.peculiarities_model.rowCount()
        needed = self.peculiarities.horizontalHeader().sizeHint().height() + rows * ROW_PX + 4
        height = max(self.counts.height(), 300)
        first = min(needed, height // 3)
        last = self._overlap_box.sizeHint().height() if self._overlap_box.isVisibleTo(self) else 0
        self.counts.setSizes([first, height - first - last, last])
        self.peculiarities.setVisible(rows > 0)

    @Slot(bool)
    def _show_steps(self, is_wanted: bool) -> None:
        self._pages.setCurrentWidget(self.effects if is_wanted else self.counts)
        self.search.setEnabled(not is_wanted)

    def _show_overlap(self, overlap: Overlap) -> None:
        names = [language_name(language) for language in overlap.names]
        self._overlap_box.setVisible(len(names) > 1)
        self.own.setText(own_text(overlap))
        self.matrix.setRowCount(len(names))
        self.matrix.setColumnCount(len(names))
        self.matrix.setHorizontalHeaderLabels(names)
        self.matrix.setVerticalHeaderLabels(names)
        for row, shared in enumerate(overlap.pairs):
            for column, number in enumerate(shared):
                item = QTableWidgetItem(count(number))
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.matrix.setItem(row, column, item)
        self.matrix.verticalHeader().setDefaultSectionSize(ROW_PX)
        self.matrix.horizontalHeader().setDefaultSectionSize(MATRIX_CELL_PX)
        width = self.matrix.verticalHeader().sizeHint().width() + self.matrix.horizontalHeader().length() + 4
        self.matrix.setFixedWidth(min(width, MAX_MATRIX_PX))
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
