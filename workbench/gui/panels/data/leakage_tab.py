"""What the test lines of the current data set have in common with training lines, and what the study does about it."""

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from workbench.data.leakage import KIND_WORDS
from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.cells import PlainCell, TextCell
from workbench.gui.item_models.findings import ExamplesModel, SharedModel
from workbench.gui.labels import ColouredLabel, MutedLabel
from workbench.gui.messages import plain_tooltip
from workbench.gui.stores.study import StudyStore
from workbench.gui.stores.summaries import DatasetSummary
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.text_rendering import row_ink
from workbench.gui.wording import count, counted
from workbench.runs.plan import PlannedTarget, SharedLines
from workbench.study.schema import LeakageRules, LeakKind

PLAIN_ROW_PX = 30


def leakage_text(summary: DatasetSummary) -> str:
    """Say in a sentence or two what the official parts of a data set have in common."""
    parts = summary.assigned
    sizes = f"train {count(len(parts.train))}, validation {count(len(parts.validation))}, test {count(len(parts.test))}"
    tested = [record for record in summary.shared if record.right.endswith("/test")]
    unknown = " Writers are unknown, so that they cannot be compared." if not summary.writers else ""
    return f"Official parts: {sizes}. {_found_text(tested)}{unknown}"


def _found_text(tested: Sequence[SharedLines]) -> str:
    if not tested:
        return "No writer, text or image of the test part is in another part."
    found: dict[LeakKind, int] = {}
    for record in tested:
        found[record.kind] = found.get(record.kind, 0) + record.findings
    said = ", ".join(counted(number, *KIND_WORDS[kind]) for kind, number in found.items())
    return f"Also in another part than test: {said}. A network may know them before the test."


def study_text(name: str, study: str, target: PlannedTarget, shared: Sequence[SharedLines]) -> str:
    """Say what a study's parts of a data set have in common with each other and with its other data sets."""
    tested = [record for record in shared if record.right == f"{name}/test"]
    open_questions = sum(record.is_open for record in tested)
    state = f" {counted(open_questions, 'kind')} undecided." if open_questions else ""
    parts = f"parts: {target.parts_rule}; {counted(len(target.test_ids), 'test line')}"
    return f"Study “{study}” ({parts}). {_found_text(tested)}{state}"


class LeakageTab(QWidget):
    """What was found for the current data set; decisions are written into the study that is edited."""

    def __init__(self, study: StudyStore, text: TextAppearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._study = study
        self._text = text
        self._name = ""
        self._summary: DatasetSummary | None = None
        self._is_counting = False
        self.sentence = ColouredLabel()
        self.notes = MutedLabel()
        self.model = SharedModel(self)
        self.table = _table("What parts have in common")
        self.table.setModel(self.model)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.examples_model = ExamplesModel(self)
        self.examples = _table("Examples of it")
        self.examples.setModel(self.examples_model)
        self._text_cell, self._plain_cell = TextCell(self), PlainCell(self)
        self.consequence = MutedLabel()
        self._make_buttons()
        self._lay_out()
        self.table.selectionModel().currentRowChanged.connect(self._show_record)
        self.model.modelReset.connect(self._choose_first)
        study.changed.connect(self.refresh)
        text.changed.connect(self._dress_examples)

    def _make_buttons(self) -> None:
        self.exclude = self._button("Exclude", "Leave these lines out of the first part before anything is drawn")
        self.accept = self._button("Accept and record", "Keep the lines; plan and report say that it was accepted")
        self.take_back = self._button("Undecide", "Take the decision back")
        self.exclude.clicked.connect(self._exclude)
        self.accept.clicked.connect(self._accept)
        self.take_back.clicked.connect(self._take_back)

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(plain_tooltip(tip))
        button.setAccessibleDescription(tip)
        button.setAutoDefault(False)
        return button

    def _lay_out(self) -> None:
        header = self.table.horizontalHeader()
        for column, width in ((0, 104), (2, 64), (3, 96), (4, 96)):
            header.resizeSection(column, width)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header = self.examples.horizontalHeader()
        for column in (1, 2):
            header.resizeSection(column, 200)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(2 * GRID_PX, 0, 2 * GRID_PX, 0)
        buttons.setSpacing(GRID_PX)
        for button in (self.exclude, self.accept, self.take_back):
            buttons.addWidget(button)
        buttons.addWidget(self.consequence, 1)
        below = QWidget()
        inner = QVBoxLayout(below)
        inner.setContentsMargins(0, GRID_PX, 0, 0)
        inner.setSpacing(GRID_PX)
        inner.addLayout(buttons)
        inner.addWidget(self.examples, 1)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.table)
        splitter.addWidget(below)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2 * GRID_PX, 0, 0)
        layout.setSpacing(GRID_PX)
        for label in (self.sentence, self.notes):
            label.setContentsMargins(2 * GRID_PX, 0, 2 * GRID_PX, 0)
            layout.addWidget(label)
        layout.addWidget(splitter, 1)

    def show_summary(self, summary: DatasetSummary | None, *, name: str, is_counting: bool) -> None:
        """Show what was found in a data set, as the study parts it where the study takes it."""
        self._summary, self._name, self._is_counting = summary, name, is_counting
        self.refresh()

    @property
    def _planned(self) -> tuple[PlannedTarget, tuple[SharedLines, ...]] | None:
        """The data set in the plan of the study, and what concerns it; None where no plan takes it."""
        plan = self._study.plan
        target = next((each for each in plan.targets if each.name == self._name), None) if plan else None
        if plan is None or target is None:
            return None
        places = {f"{self._name}/{part}" for part in ("train", "validation", "test")}
        return target, tuple(record for record in plan.shared if {record.left, record.right} & places)

    @Slot()
    def refresh(self) -> None:
        """Show what the stores know now."""
        planned = self._planned
        if planned is not None:
            target, shared = planned
            self._say(study_text(self._name, self._study.study.name, target, shared), ())
            self.model.show(shared, self._study.study.leakage, can_decide=True)
        elif self._summary is not None:
            notes = self._summary.assigned.notes
            if self._study.plan is not None:
                notes = (*notes, "The study does not take this data set: there is nothing to decide.")
            self._say(leakage_text(self._summary), notes)
            self.model.show(self._summary.shared, LeakageRules(), can_decide=False)
        else:
            self._say("Comparing the parts …" if self._is_counting else "No data set is open.", ())
            self.model.show((), LeakageRules(), can_decide=False)
        self._show_record()

    def _say(self, sentence: str, notes: Sequence[str]) -> None:
        self.sentence.setText(sentence)
        self.notes.setText("\n".join(notes))
        self.notes.setVisible(bool(notes))

    @property
    def record(self) -> SharedLines | None:
        """What is chosen in the table."""
        return self.model.record_at(self.table.currentIndex().row())

    @Slot()
    def _choose_first(self) -> None:
        if self.model.rowCount():
            self.table.setCurrentIndex(self.model.index(0, 0))

    @Slot(QModelIndex, QModelIndex)
    def _show_record(self, *_: QModelIndex) -> None:
        record = self.record
        self.examples_model.show(record)
        self._dress_examples()
        can_decide = record is not None and self._planned is not None
        decision = record and self._study.study.leakage.of(record.kind, record.left, record.right)
        self.exclude.setEnabled(can_decide and (decision is None or decision.decision != "exclude"))
        self.accept.setEnabled(can_decide and (decision is None or decision.decision != "accept"))
        self.take_back.setEnabled(can_decide and decision is not None)
        self.consequence.setText(_consequence(record) if record is not None else "")

    @Slot()
    def _dress_examples(self) -> None:
        """Draw texts in the font and direction of their language, in rows as high as their ink; names plainly."""
        is_text = self.record is not None and self.record.kind in ("text", "near_text")
        self.examples.setItemDelegateForColumn(0, self._text_cell if is_text else self._plain_cell)
        header, height = self.examples.verticalHeader(), PLAIN_ROW_PX
        if is_text and self._summary is not None:
            style = self._text.table_style(self._summary.language)
            ink = row_ink(self.examples_model.values, style)
            self._text_cell.set_style(style, ink)
            height = max(height, round(sum(ink)) + GRID_PX)
        header.setDefaultSectionSize(height)

    @Slot()
    def _exclude(self) -> None:
        self._decide("exclude")

    @Slot()
    def _accept(self) -> None:
        self._decide("accept")

    @Slot()
    def _take_back(self) -> None:
        self._decide(None)

    def _decide(self, decision: Literal["exclude", "accept"] | None) -> None:
        if (record := self.record) is not None:
            self._study.decide(record, decision)


def _consequence(record: SharedLines) -> str:
    more = record.findings - len(record.examples)
    rest = f" Shown are {count(len(record.examples))} of {count(record.findings)}." if more > 0 else ""
    verb = "is" if record.left_lines == 1 else "are"
    return f"Exclude: {counted(record.left_lines, 'line')} of {record.left} {verb} not used.{rest}"


def _table(name: str) -> QTableView:
    table = QTableView()
    table.setAccessibleName(name)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setTextElideMode(Qt.TextElideMode.ElideRight)
    table.verticalHeader().hide()
    table.setItemDelegate(PlainCell(table))
    table.horizontalHeader().setHighlightSections(False)
    return table
