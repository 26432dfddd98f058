"""What each normalisation step would change in the data sets, with examples. Nothing is changed here."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSplitter, QTableView, QVBoxLayout, QWidget

from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.side_by_side import SideBySideModel, effect_of, effect_rows
from workbench.gui.labels import MutedLabel
from workbench.gui.meanings import emphasised
from workbench.gui.messages import plain_label
from workbench.gui.panels.data.count_tables import dress, fit_columns
from workbench.gui.stores.summaries import DatasetSummary
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.transcription_view import TranscriptionView
from workbench.gui.wording import count
from workbench.text.code_points import code_point
from workbench.text.effects import EXAMPLES, StepEffect

SHOWN_CHANGES = 8


def changes_text(effect: StepEffect) -> str:
    """Say which code points become more or fewer, a row each."""
    rows = [
        # Isolated, so that letters and digits of other directions leave the numbers where they are.
        f"\u2066{code_point(character)}\u2069   {count(before)} → {count(after)}"
        for character, before, after in effect.counts[:SHOWN_CHANGES]
    ]
    more = len(effect.counts) - len(rows)
    return "\n".join([*rows, *([f"and {count(more)} more"] if more > 0 else [])])


class StepEffects(QSplitter):
    """A table of steps above, the chosen step in the chosen data set below."""

    def __init__(self, text: TextAppearance, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._text = text
        self._summaries: tuple[DatasetSummary, ...] = ()
        self._shown: tuple[DatasetSummary, StepEffect] | None = None
        self.model = SideBySideModel("Step, alone", self)
        self.table = QTableView()
        self.table.setModel(self.model)
        dress(self.table, "What normalisation steps would change")
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectItems)
        self.table.selectionModel().currentChanged.connect(self._choose)
        self.title = plain_label()
        self.title.setFont(emphasised(self.title.font()))
        self.explanation = MutedLabel()
        self.changes = plain_label(selectable=True)
        self.changes.setAccessibleName("Code points before and after")
        self.examples = [(TranscriptionView(), TranscriptionView()) for _ in range(EXAMPLES)]
        self._captions: list[tuple[MutedLabel, MutedLabel]] = []
        self.setChildrenCollapsible(False)
        self.addWidget(self.table)
        self.addWidget(self._lay_out_detail())
        self.setSizes([340, 240])
        text.changed.connect(self._show_examples)

    def _lay_out_detail(self) -> QWidget:
        content = QWidget()
        beside = QHBoxLayout(content)
        beside.setContentsMargins(2 * GRID_PX, GRID_PX, GRID_PX, GRID_PX)
        beside.setSpacing(2 * GRID_PX)
        words = QVBoxLayout()
        words.setSpacing(GRID_PX)
        for part in (self.title, self.explanation, self.changes):
            words.addWidget(part)
        words.addStretch(1)
        layout = QVBoxLayout()
        layout.setSpacing(0)
        beside.addLayout(words, 2)
        beside.addLayout(layout, 3)
        for before, after in self.examples:
            captions = MutedLabel("before"), MutedLabel("after")
            self._captions.append(captions)
            for caption, view in zip(captions, (before, after), strict=True):
                layout.addWidget(caption)
                layout.addWidget(view)
        layout.addStretch(1)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return area

    def show_summaries(self, summaries: Sequence[DatasetSummary]) -> None:
        """Show the effects in these data sets."""
        if tuple(summaries) == self._summaries:
            return
        self._summaries = tuple(summaries)
        self.model.show([summary.name for summary in summaries], effect_rows(summaries))
        fit_columns(self.table)
        self._show_first()

    def _show_first(self) -> None:
        """Choose the first step that changes something."""
        filled = (
            (row, column)
            for row, one in enumerate(self.model.rows)
            for column, cell in enumerate(one.cells, start=1)
            if cell
        )
        row, column = next(filled, (0, 1))
        self.table.setCurrentIndex(self.model.index(row, column))

    @Slot(QModelIndex, QModelIndex)
    def _choose(self, index: QModelIndex, _: QModelIndex) -> None:
        """Show a step; in the first column it is that of the first data set in which it does something."""
        if not index.isValid() or not self._summaries:
            self._shown = None
            return
        row = self.model.rows[index.row()]
        filled = next((place for place, cell in enumerate(row.cells) if cell), 0)
        summary = self._summaries[index.column() - 1 if index.column() else filled]
        effect = effect_of(summary, row.key)
        self._shown = summary, effect
        self.title.setText(f"{row.title} in {summary.name}")
        self.explanation.setText(row.explanation)
        self.changes.setText(changes_text(effect) if effect.lines else "It would change nothing here.")
        self._show_examples()

    @Slot()
    def _show_examples(self) -> None:
        if self._shown is None:
            return
        summary, effect = self._shown
        style = self._text.style(summary.language)
        for number, (views, captions) in enumerate(zip(self.examples, self._captions, strict=True)):
            is_there = number < len(effect.examples)
            for place, (view, caption) in enumerate(zip(views, captions, strict=True)):
                if is_there:
                    view.show_text(effect.examples[number][place], style)
                view.setVisible(is_there)
                caption.setVisible(is_there)
