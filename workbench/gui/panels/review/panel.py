"""The page on which people look for wrong labels: suspicious lines first, one key per label, every step kept."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from workbench.analysis.lines.review import Order
from workbench.data.review import describe_rest
from workbench.data.verification_log import LABELS, is_error
from workbench.gui.appearance import GRID_PX
from workbench.gui.empty_page import EmptyPage
from workbench.gui.icons import dress
from workbench.gui.labels import MutedLabel
from workbench.gui.messages import plain_tooltip
from workbench.gui.panels.review.effect_tab import EffectTab
from workbench.gui.panels.review.line_detail import ReviewDetail
from workbench.gui.panels.review.queue import ReviewQueue, set_quietly
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.stores.review import ReviewStore
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.wording import counted

COLLAPSE_BELOW_PX = 860
LOG_FILTER = "Logs of human verification (*.csv);;All files (*)"
BUTTON_WORDS = {
    "Script mismatch (non-Arabic)": "Script mismatch",
    "Irrelevant / non-text": "Non-text",
    "Irrelevant / signature": "Signature",
}
"""Published labels that are longer than a button; its tool tip has them in full."""
ORDERS: tuple[tuple[str, Order], ...] = (
    ("models against the reference", "disagreement"),
    ("highest CER", "cer"),
    ("the data set's order", "dataset"),
    ("a random sample", "random"),
)


class ReviewPanel(QWidget):
    """Lines of a data set. 1 to 7 label and go on, S skips, U takes back, J and K move, N notes."""

    page_requested = Signal(str)
    """Name of a page that the user wants to see."""

    def __init__(
        self, review: ReviewStore, datasets: DatasetStore, text: TextAppearance, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.title = "Review"
        self._review = review
        self._datasets = datasets
        self._text = text
        self._shown: tuple[object, ...] = ()
        self._begun = ""
        self._make_actions()
        self._make_parts()
        self._lay_out()
        self._connect()
        self.refresh()

    # Building

    def _make_actions(self) -> None:
        self.label_actions: list[QAction] = []
        for number, label in enumerate(LABELS, start=1):
            action = self._action(f"{number}  {BUTTON_WORDS.get(label, label)}", str(number), self._label)
            action.setCheckable(True)
            action.setData(label)
            kind = "cannot be used as it is" if is_error(label) else "is right, but hard to read"
            action.setToolTip(plain_tooltip(f"The line {kind}: {label}, and go on ({number})"))
            self.label_actions.append(action)
        self.clear_action = self._action("0  No label", "0", self._label)
        self.clear_action.setData("")
        self.clear_action.setToolTip("Take the label of the line away (0)")
        self.skip_action = self._action("Skip", "S", self._skip, "skip-next-outline")
        self.skip_action.setToolTip("Pass the line over, and go on (S)")
        self.undo_action = self._action("Undo", "U", self._undo, "undo")
        self.undo_action.setToolTip("Take the last step back, also one of an earlier day (U)")
        self.next_action = self._action("Next line", "J", self._go_next)
        self.previous_action = self._action("Previous line", "K", self._go_previous)
        self.note_action = self._action("Write a note", "N", self._take_note)
        find = QKeySequence(QKeySequence.StandardKey.Find).toString()
        self.find_action = self._action("Search lines to review", find, self._find)
        self.import_action = self._action("Import log…", "", self._import, "import")
        self.import_action.setToolTip("Take the rows of a published log of human verification in (CSV)")
        self.export_action = self._action("Export log…", "", self._export, "export")
        self.export_action.setToolTip("Write the log as CER-HV writes and reads it (CSV)")
        self.leave_out_action = self._action("Leave out in the study", "", self._leave_out, "filter-remove-outline")
        self.data_action = self._action("Go to Data", "", self._go_to_data, "folder-multiple-image")
        self.primary_action: QAction | None = self.leave_out_action
        self.page_actions: Sequence[QAction] = (self.import_action, self.export_action)
        self.further_actions: Sequence[QAction] = (
            *self.label_actions, self.clear_action, self.skip_action, self.undo_action, self.next_action,
            self.previous_action, self.note_action, self.find_action,
        )  # fmt: skip

    def _action(self, text: str, keys: str, slot: object, picture: str = "") -> QAction:
        action = QAction(text, self)
        if picture:
            dress(action, picture)
        if keys:
            action.setShortcut(QKeySequence(keys))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(slot)
        self.addAction(action)
        return action

    def _make_parts(self) -> None:
        self.dataset = self._choice("Data set to review", "Lines of this data set")
        self.readings = self._choice("Readings", "Runs that say which lines are worth looking at")
        self.order = self._choice("Order", "Which lines come first")
        self.remarks = MutedLabel()
        self.queue = ReviewQueue()
        self.detail = ReviewDetail(
            self._text, (*self.label_actions, self.clear_action), (self.skip_action, self.undo_action)
        )
        self.effect = EffectTab()
        self.empty = EmptyPage(
            "No data set yet",
            "Here the lines come first whose transcription models doubt, to be labelled with one key each.",
            (self.data_action,),
        )

    @staticmethod
    def _choice(name: str, tip: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.setToolTip(plain_tooltip(tip))
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        return box

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, 0)
        head.setSpacing(GRID_PX)
        for words, box in (("", self.dataset), ("read by", self.readings), ("order", self.order)):
            if words:
                label = MutedLabel(words)
                label.setWordWrap(False)
                head.addWidget(label)
            head.addWidget(box)
        head.addStretch(1)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setObjectName("review_splitter")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.queue)
        self.splitter.addWidget(self.detail)
        self.splitter.setStretchFactor(0, 4)
        self.splitter.setStretchFactor(1, 5)
        self.splitter.setSizes([540, 660])
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.splitter, "Lines")
        self.tabs.addTab(self.effect, "Effect of cleaning")
        notes = QHBoxLayout()
        notes.setContentsMargins(2 * GRID_PX, 0, 2 * GRID_PX, 0)
        notes.addWidget(self.remarks)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(head)
        layout.addLayout(notes)
        layout.addWidget(self.tabs, 1)
        self._lines_page = page
        self._pages = QStackedWidget()
        self._pages.addWidget(self._lines_page)
        self._pages.addWidget(self.empty)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)

    def _connect(self) -> None:
        self._review.changed.connect(self.refresh)
        self._review.judged.connect(self._show_verdicts)
        self._review.effects_changed.connect(self._show_effects)
        self._review.ending.connect(self._keep_note)
        self._datasets.changed.connect(self.refresh)
        self._text.changed.connect(self._restyle)
        self.queue.row_changed.connect(self._show_line)
        self.detail.note.editingFinished.connect(self._keep_note)
        self.detail.note.left.connect(self._take_keys)
        self.dataset.activated.connect(self._choose_dataset)
        self.readings.activated.connect(self._choose_readings)
        self.order.activated.connect(self._choose_order)

    # Showing

    @property
    def language(self) -> str:
        """Language of the lines."""
        entry = self._datasets.entry(self._review.dataset)
        return entry.language if entry else "ar"

    @Slot()
    def refresh(self) -> None:
        """Show what the store knows now."""
        names = tuple(self._datasets.opened)
        if not names:
            self._say_why_empty()
        self._pages.setCurrentWidget(self._lines_page if names else self.empty)
        self._show_choices(names)
        source, order = self._review.lines, self._review.order
        opened = self._review.opened
        shown = (id(source), order, id(opened))
        if shown != self._shown:
            self._shown = shown
            self.queue.model.show_verdicts(self._review.verdicts, self._review.review.skipped)
            style = self._text.table_style(self.language)
            ids = source.orders.get(order, ())
            cache = opened.cache if opened else None
            self.queue.model.show(source, ids, cache, from_right=style.is_right_to_left)
            self._restyle()
            self._begin()
        if not self.detail.line_id:
            self._show_line()  # why there is none may have changed
        self._show_verdicts()

    def _begin(self) -> None:
        """Begin a data set with its first line that nobody has looked at."""
        if self._review.lines.dataset and self._review.lines.dataset != self._begun:
            self._begun = self._review.lines.dataset
            row = self.queue.model.next_open(-1)
            self.queue.table.make_current(row or 0)

    def _say_why_empty(self) -> None:
        if self._datasets.is_busy or not self._datasets.is_known:
            self.empty.title.setText(f"{self._datasets.reading or 'Looking for data sets'} …")
        else:
            self.empty.title.setText("No data set yet")

    def _show_choices(self, names: tuple[str, ...]) -> None:
        set_quietly(self.dataset, [(name, name) for name in names], self._review.dataset)
        studies: list[tuple[str, object]] = [("all studies", None)]
        studies += [(name, name) for name in self._review.lines.studies]
        set_quietly(self.readings, studies, self._review.study)
        set_quietly(self.order, ORDERS, self._review.order)

    def _say_remarks(self) -> None:
        has_lines = bool(self._review.lines.lines)
        said: list[str] = []
        if self._review.is_reading:
            said.append("Reading what models made of the lines …")
        elif has_lines and not self._review.lines.read:
            said.append("No finished run has read these lines yet: they stand in the data set's order.")
        elif has_lines and self._review.order == "disagreement" and self._review.lines.best != "disagreement":
            said.append("One run alone cannot agree with another: the order needs two.")
        if self._review.fault is not None:
            said.append(f"The log cannot be used, and nothing is written: {self._review.fault}")
        if rest := describe_rest(self._review.verdicts):
            said.append(f"In the log: {', '.join(rest)}; kept as they are.")
        self.remarks.setText(" ".join(said))
        self.remarks.setVisible(bool(said))

    @Slot()
    def _show_verdicts(self) -> None:
        review = self._review
        self.queue.model.show_verdicts(review.verdicts, review.review.skipped)
        self.queue.say_progress()
        self.undo_action.setEnabled(review.can_undo)
        wrong = len(review.verdicts.wrong)
        self.leave_out_action.setEnabled(wrong > 0 and not review.is_busy)
        self.leave_out_action.setToolTip(
            plain_tooltip(
                f"Let the study leave {counted(wrong, 'line')} out that were found wrong"
                if wrong
                else "No line was found wrong"
            )
        )
        self.export_action.setEnabled(bool(review.review.log.rows) and not review.is_busy)
        self.import_action.setEnabled(bool(review.lines.lines) and not review.is_busy)
        self._say_remarks()
        self._show_current_verdict()

    def _show_current_verdict(self) -> None:
        line_id = self.detail.line_id
        row = self._review.verdicts.by_line.get(line_id)
        self.detail.show_verdict(row)
        for action in self.label_actions:
            action.setChecked(row is not None and row.label.strip().casefold() == str(action.data()).casefold())
            action.setEnabled(bool(line_id))
        self.clear_action.setEnabled(row is not None and bool(row.label))
        self.skip_action.setEnabled(bool(line_id))
        rows = self._review.review.log.rows
        self.detail.kept.setText("" if not rows else "labels kept" if self._review.is_saved else "keeping …")

    @Slot()
    def _show_effects(self) -> None:
        self.effect.show_effects(self._review.effects, len(self._review.verdicts.wrong))

    @Slot()
    def _show_line(self) -> None:
        self._keep_note()
        model = self.queue.model
        line_id = model.id_at(self.queue.table.current_row)
        if line_id is None:
            self.detail.clear(self._why_no_line())
        else:
            opened = self._review.opened
            self.detail.show_line(line_id, model.reference(line_id), model.read(line_id), self.language, opened)
        self._show_current_verdict()

    def _why_no_line(self) -> str:
        if self._review.is_reading:
            return "The lines are being read …"
        return "No line passes the filters." if self._review.lines.lines else "The lines could not be read."

    @Slot()
    def _restyle(self) -> None:
        self.queue.table.set_style(self._text.table_style(self.language))

    # Keys

    @Slot()
    def _label(self) -> None:
        line_id, action = self.detail.line_id, self.sender()
        if line_id and isinstance(action, QAction):
            label, note = str(action.data()), self.detail.note.note
            self.detail.note.setModified(False)
            self._review.label(line_id, label, note)
            self._show_current_verdict()
            if label:
                self._go_on()

    @Slot()
    def _skip(self) -> None:
        if self.detail.line_id:
            self._review.skip(self.detail.line_id)
            self._go_on()

    def _go_on(self) -> None:
        """Go to the next line that nobody has looked at."""
        self.queue.go_to_next_open()
        self._take_keys()

    @Slot()
    def _undo(self) -> None:
        line_id = self._review.undo()
        if line_id and not self.queue.table.choose(line_id):
            self.queue.state.setCurrentIndex(0)  # the line was left out by a filter
            self.queue.table.choose(line_id)

    @Slot()
    def _keep_note(self) -> None:
        note = self.detail.note
        if self.detail.line_id and note.isModified():
            text = note.note
            note.setModified(False)
            self._review.note(self.detail.line_id, text)

    @Slot()
    def _take_keys(self) -> None:
        self.queue.table.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _take_note(self) -> None:
        self.detail.note.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.detail.note.selectAll()

    @Slot()
    def _go_next(self) -> None:
        self.queue.table.go_next()

    @Slot()
    def _go_previous(self) -> None:
        self.queue.table.go_previous()

    @Slot()
    def _find(self) -> None:
        self.queue.search.take_focus()

    # Choices and files

    @Slot(int)
    def _choose_dataset(self, _number: int) -> None:
        self._keep_note()
        self._review.choose_dataset(self.dataset.currentData())

    @Slot(int)
    def _choose_readings(self, _number: int) -> None:
        self._review.choose_study(self.readings.currentData())

    @Slot(int)
    def _choose_order(self, _number: int) -> None:
        self._review.choose_order(self.order.currentData())

    @Slot()
    def _go_to_data(self) -> None:
        self.page_requested.emit("data")

    @Slot()
    def _import(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Import a log of human verification", "", LOG_FILTER)
        if path:
            self._review.import_log(Path(path))

    @Slot()
    def _export(self) -> None:
        name = f"hitl_labels_log_{self._review.dataset}.csv"
        path, _ = QFileDialog.getSaveFileName(self, "Export the log of human verification", name, LOG_FILTER)
        if path:
            self._review.export_log(Path(path))

    @Slot()
    def _leave_out(self) -> None:
        self._keep_note()
        self._review.leave_out()

    # Events

    def showEvent(self, event: QShowEvent) -> None:
        """Read what is newer, and take the keys."""
        super().showEvent(event)
        self._review.watch(True)
        self._take_keys()

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep a note that is being written."""
        super().hideEvent(event)
        self._keep_note()
        self._review.watch(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the line under the table when the page is narrow."""
        super().resizeEvent(event)
        narrow = event.size().width() < COLLAPSE_BELOW_PX
        self.splitter.setOrientation(Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal)
