"""What is read in the place of what: two sides against each other, as a list or as a matrix, with the lines behind."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Slot
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QHeaderView, QPushButton, QTableView, QWidget

from workbench.gui.charts.confusion_matrix import ConfusionMatrixModel
from workbench.gui.item_models.letter_rows import confusion_columns
from workbench.gui.labels import MutedLabel
from workbench.gui.letter_wording import in_words, number
from workbench.gui.panels.results.letter_page import LetterPage
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.stores.letters import ChosenCell, ConfusionQuestion, LettersStore
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.wording import architecture_label, counted
from workbench.study.arms import short_label

if TYPE_CHECKING:
    from workbench.analysis.letters.confusions import Confusion
    from workbench.analysis.letters.gain import LettersStudy, SideKey

_WIDTHS = (230, 230, 70, 70, 70, 76, 76, 64, 72, 64)
MATRIX_CELL_PX = 104
MATRIX_ROW_PX = 30


class ConfusionsTab(LetterPage):
    """Confusions of two sides on the chosen data set."""

    searched_columns = 2
    asks_architecture = False

    def __init__(
        self, letters: LettersStore, datasets: DatasetStore, text: TextAppearance, parent: QWidget | None = None
    ) -> None:
        self._asked: tuple[LettersStudy | None, ChosenCell | None] = (None, None)
        super().__init__(ConfusionQuestion, letters, datasets, text, parent)
        self.architecture.hide()
        self.table.setAccessibleName("Confusions")
        self._make_matrix()
        letters.confusions_changed.connect(self._show_confusions)
        text.changed.connect(self._restyle)

    def _make_matrix(self) -> None:
        self.matrix_model = ConfusionMatrixModel(self)
        self.matrix = QTableView()
        self.matrix.setModel(self.matrix_model)
        self.matrix.setAccessibleName("Confusions as a matrix")
        self.matrix.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.matrix.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        for header, size in (
            (self.matrix.horizontalHeader(), MATRIX_CELL_PX),
            (self.matrix.verticalHeader(), MATRIX_ROW_PX),
        ):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setDefaultSectionSize(size)
            header.setHighlightSections(False)
        self.matrix.setWordWrap(False)
        self.matrix.clicked.connect(self._ask_cell)
        self.matrix.activated.connect(self._ask_cell)
        self.tables.addWidget(self.matrix)

    def choices(self) -> list[QWidget]:
        """Put the two sides behind data set and K."""
        self.left: QComboBox = self.combo("Left side", "Whose confusions stand first")
        self.right: QComboBox = self.combo("Right side", "Whose confusions stand second")
        for box in (self.left, self.right):
            box.activated.connect(self._compare)
        against = MutedLabel("against")
        against.setWordWrap(False)
        self.as_matrix = QPushButton("Matrix")
        self.as_matrix.setCheckable(True)
        self.as_matrix.setToolTip("Written characters down, read characters across: left | right in each cell")
        self.as_matrix.toggled.connect(self._show_matrix)
        return [self.target, self.k, self.left, against, self.right, self.as_matrix]

    @Slot()
    def show_cell(self) -> None:
        """Offer the sides of the chosen target, and ask for their confusions."""
        study, chosen = self.letters.study, self.letters.chosen
        if study is None or chosen is None:
            return
        sides = study.sides(chosen.target, chosen.k)
        if self._asked[0] is study and self._asked[1] == chosen and self.letters.confusions is not None:
            return
        titles = [self._title(side) for side in sides]
        for box, is_multi in ((self.left, False), (self.right, True)):
            kept = box.currentData() if box.currentData() in sides else None
            usual = (chosen.architecture, is_multi)
            first = next((side for side in sides if (side.architecture, side.is_multi) == usual), sides[0])
            box.clear()
            for side, title in zip(sides, titles, strict=True):
                box.addItem(title, side)
            box.setCurrentIndex(sides.index(kept or first))
        self._asked = (study, chosen)
        self._compare()

    def _title(self, side: "SideKey") -> str:
        study, chosen = self.letters.study, self.letters.chosen
        assert study is not None
        assert chosen is not None
        cell = study.report.cell(side.architecture, chosen.target, chosen.k)
        regime = (cell.key.regime if side.is_multi else cell.baseline) if cell else "multi"
        return f"{short_label(regime)} · {architecture_label(side.architecture)}"

    @Slot()
    def _compare(self) -> None:
        left, right = self.left.currentData(), self.right.currentData()
        if left is not None and right is not None:
            self.letters.ask_confusions(left, right)

    @property
    def _names(self) -> tuple[str, str]:
        """Short names of the sides: their regimes, with the architecture where that differs."""
        found = self.letters.confusions
        if found is None:
            return "left", "right"
        titles = self._title(found.left), self._title(found.right)
        if found.left.architecture == found.right.architecture and found.left != found.right:
            return titles[0].partition(" · ")[0], titles[1].partition(" · ")[0]
        return titles

    @Slot()
    def _show_confusions(self) -> None:
        found = self.letters.confusions
        if found is None:
            self.model.show((), ())
            self.matrix_model.show(())
            self.about.setText("")
            self.notes.setText("")
            return
        names = self._names
        self.model.show(confusion_columns(names), found.confusions, self._tip)
        self.fit_columns(_WIDTHS)
        self.matrix_model.show(found.confusions)
        left, right = (sum(getattr(one, side) for one in found.confusions) for side in ("left", "right"))
        self.about.setText(f"{counted(len(found.confusions), 'confusion')} · {counted(found.trainings, 'pair')}")
        if not found.trainings:
            self.notes.setText("These two sides have no draw and seed in common: choose others above the table.")
            return
        self.notes.setText(
            f"Errors of one reading of all lines: {names[0]} {number(left)}, {names[1]} {number(right)}. "
            "In the matrix: left | right, the written character down, the read one across; blue: fewer on the right."
        )
        self._restyle()

    @Slot()
    def _restyle(self) -> None:
        self.matrix.viewport().update()

    def _tip(self, one: "Confusion") -> str:
        left, right = self._names
        return (
            f"{in_words(one)}\n{left}: {number(one.left)} of {one.occurrences:,}; "
            f"{right}: {number(one.right)}; on {counted(one.lines, 'line')}\nA click shows them."
        )

    @Slot(bool)
    def _show_matrix(self, is_wanted: bool) -> None:
        self.tables.setCurrentWidget(self.matrix if is_wanted else self.table)
        self.search.setEnabled(not is_wanted)

    @Slot(QModelIndex)
    def _ask_cell(self, index: QModelIndex) -> None:
        one = self.matrix_model.confusion_at(index.row(), index.column())
        if one is not None:
            self.ask(one)

    def ask(self, row: "Confusion") -> None:
        """Ask for the lines behind a confusion."""
        found = self.letters.confusions
        if found is not None:
            sides = found.left, found.right
            question = ConfusionQuestion(found.cell, *sides, row.reference, row.read, in_words(row), self._names)
            self.letters.ask(question)
