"""The page behind a cell of the heatmap: its test lines, read by every run, side by side."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from workbench.analysis.lines.selection import SortKey
from workbench.data.catalog import OpenedDataset
from workbench.errors import InputError
from workbench.gui.appearance import GRID_PX
from workbench.gui.empty_page import EmptyPage
from workbench.gui.icons import dress
from workbench.gui.item_models.predictions import DELTA, MULTI, SINGLE, TEXT
from workbench.gui.labels import MutedLabel
from workbench.gui.meanings import emphasised, language_icon
from workbench.gui.messages import plain_label, plain_tooltip
from workbench.gui.panels.predictions.filters import PredictionFilters
from workbench.gui.panels.predictions.line_detail import PredictionDetail
from workbench.gui.panels.predictions.rows_table import RowsTable
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.stores.line_marks import LineMarksStore
from workbench.gui.stores.predictions import Arm, PredictionsStore
from workbench.gui.stores.results import ResultsStore
from workbench.gui.stores.shown_lines import AT_ONCE_LINES, Replicate, Shown, ShownLinesStore
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.wording import architecture_label, budget_label, counted, language_name
from workbench.runs.plan import Plan
from workbench.study.arms import arm_label
from workbench.study.grid import is_baseline
from workbench.study.schema import Budget

COLLAPSE_BELOW_PX = 860
_COLUMNS: dict[SortKey | None, int] = {None: -1, "text": TEXT, "single": SINGLE, "multi": MULTI, "delta": DELTA}


class PredictionsPanel(QWidget):
    """Test lines of the chosen cell.

    J and K go on and back, B sets a bookmark, N writes a note, O shows the letters over the image, R goes to the next
    reading, C copies.
    """

    page_requested = Signal(str)
    """Name of a page that the user wants to see."""

    def __init__(
        self,
        predictions: PredictionsStore,
        shown_lines: ShownLinesStore,
        marks: LineMarksStore,
        results: ResultsStore,
        datasets: DatasetStore,
        text: TextAppearance,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.title = "Predictions"
        self._predictions = predictions
        self._shown_lines = shown_lines
        self._marks = marks
        self._results = results
        self._datasets = datasets
        self._text = text
        self._shown: tuple[object, ...] = ()
        self._kept: Shown | None = None
        self._is_bringing_rows = False
        self._wants_keys = predictions.cell is not None
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._show_row)
        self._make_actions()
        self._make_parts()
        self._lay_out()
        self._connect()
        self.refresh()

    def _make_actions(self) -> None:
        self.results_action = self._action("Go to Results", "", self._go_to_results, "table-large")
        self.results_action.setToolTip("Choose a cell of the ΔCER heatmap")
        self.stop_action = self._action("Stop", "", self._predictions.stop, "stop")
        self.stop_action.setToolTip("Read no further")
        self.read_action = self._action("Read the predictions", "", self._predictions.read, "refresh")
        self.next_action = self._action("Next line", "J", self._go_next)
        self.previous_action = self._action("Previous line", "K", self._go_previous)
        self.bookmark_action = self._action("Bookmark", "B", self._toggle_bookmark, "bookmark-outline")
        self.bookmark_action.setToolTip("Set a bookmark at this line, or take it away (B)")
        self.note_action = self._action("Note", "N", self._write_note, "note-edit-outline")
        self.note_action.setToolTip("Write a note about this line (N)")
        self.reading_action = self._action("Next reading", "R", self._next_reading)
        self.overlay_action = self._action("Letters over the image", "O", self._show_alignment, "format-letter-matches")
        self.overlay_action.setToolTip("Show over the image in which frames the chosen reading found its letters (O)")
        self.overlay_action.setCheckable(True)
        self.overlay_action.setChecked(True)
        self.copy_action = self._action("Copy line", "C", self._copy, "content-copy")
        self.copy_action.setToolTip("Copy id, reference and all readings (C)")
        self.find_action = self._action("Search", QKeySequence(QKeySequence.StandardKey.Find).toString(), self._find)
        self.primary_action: QAction | None = None
        self.page_actions: Sequence[QAction] = (self.overlay_action, self.copy_action)
        self.further_actions: Sequence[QAction] = (
            self.next_action, self.previous_action, self.bookmark_action, self.note_action, self.reading_action,
            self.find_action,
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
        self.language = plain_label()
        self.heading = plain_label()
        self.heading.setFont(emphasised(self.heading.font()))
        self.about = MutedLabel()
        self.filters = PredictionFilters()
        self.rows = RowsTable(self._predictions)
        self.detail = PredictionDetail(self._predictions, self._text)
        self.empty = EmptyPage("", "", (self.results_action, self.stop_action, self.read_action))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(2 * GRID_PX, GRID_PX, 2 * GRID_PX, 0)
        head.setSpacing(GRID_PX)
        head.addWidget(self.language)
        head.addWidget(self.heading)
        head.addWidget(self.about, 1)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setObjectName("predictions_splitter")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.rows)
        self.splitter.addWidget(self.detail)
        self.splitter.setStretchFactor(0, 4)
        self.splitter.setStretchFactor(1, 5)
        self.splitter.setSizes([520, 680])
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID_PX)
        layout.addLayout(head)
        layout.addWidget(self.filters)
        layout.addWidget(self.splitter, 1)
        self._lines_page = page
        self._pages = QStackedWidget()
        self._pages.addWidget(self._lines_page)
        self._pages.addWidget(self.empty)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)

    def _connect(self) -> None:
        self._results.cell_selected.connect(self._expect_keys)
        self._predictions.changed.connect(self.refresh)
        self._datasets.changed.connect(self.refresh)
        self._shown_lines.selection_changed.connect(self.refresh)
        self._shown_lines.changed.connect(self._follow_wish)
        self._marks.changed.connect(self._show_marks)
        self._text.changed.connect(self._restyle)
        self.rows.row_changed.connect(self._follow_row)
        self.rows.model.order_wanted.connect(self._want_order)
        self.filters.changed.connect(self._want_lines)
        self.filters.stop_wanted.connect(self._shown_lines.stop)
        self.filters.architecture_chosen.connect(self._choose_architecture)
        self.filters.replicate_chosen.connect(self._choose_replicate)
        self.detail.bookmark_wanted.connect(self._toggle_bookmark)
        self.detail.note_written.connect(self._keep_note)

    @property
    def opened(self) -> OpenedDataset | None:
        """Data set that the lines are from, where it is open."""
        cell = self._predictions.cell
        return self._datasets.opened.get(cell.target) if cell else None

    @property
    def target_language(self) -> str:
        """Language of the lines."""
        cell, plan = self._predictions.cell, self._results.plan
        if cell is None:
            return "ar"
        if plan is not None:
            for target in plan.targets:
                if target.name == cell.target:
                    return target.language
        entry = self._datasets.entry(cell.target)
        return entry.language if entry else "ar"

    @Slot()
    def refresh(self) -> None:
        """Show what the stores know now."""
        has_lines = bool(self._predictions.rows)
        for action in (self.copy_action, self.overlay_action, self.bookmark_action, self.note_action):
            action.setEnabled(has_lines)
        if has_lines:
            self._say_heading()
        else:
            self._say_why_empty()
        self._show_rows()
        self._pages.setCurrentWidget(self._lines_page if has_lines else self.empty)
        self._take_keys()

    @Slot()
    def _expect_keys(self) -> None:
        """Whoever chose a cell elsewhere wants to go through its lines: J and K shall need no click first."""
        self._wants_keys = self._predictions.cell is not None and not self.isVisible()

    def _take_keys(self) -> None:
        if self._wants_keys and self.rows.table.isVisible():
            self._wants_keys = False
            self.rows.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say_why_empty(self) -> None:
        cell, missing, damaged = self._predictions.cell, self._predictions.missing_runs, self._predictions.damaged_runs
        is_reading = self._predictions.is_reading
        if cell is None:
            title, text = "No cell chosen yet", "Click a cell of the ΔCER heatmap to see the lines behind it."
        elif self._predictions.is_stopped:
            title, text = "The predictions were not read to their end", ""
        elif is_reading:
            share = self._predictions.share
            title, text = "Reading the predictions …", f"{100 * share:.0f} %" if share else ""
        elif damaged:
            title = "The predictions of this cell cannot be read"
            text = "\n".join(f"Run {run}: {reason}" for run, reason in list(damaged.items())[:3])
        elif missing:
            title = "Nothing to compare here yet"
            text = f"{counted(len(missing), 'run')} of this cell must be finished first."
        elif self._predictions.textless_runs:
            title = "There are no texts to show"
            text = "The runs of this cell came with their counts alone; a bundle with texts has their readings too."
        else:
            title, text = "Nothing to compare here yet", "No finished run has read these lines."
        self.empty.title.setText(title)
        self.empty.text.setText(text)
        self.results_action.setVisible(not is_reading)
        self.stop_action.setVisible(is_reading)
        self.read_action.setVisible(self._predictions.is_stopped)

    def _say_heading(self) -> None:
        cell, plan = self._predictions.cell, self._results.plan
        if cell is None or plan is None:
            return
        self.language.setPixmap(language_icon(self.target_language).pixmap(24, 18))
        self.language.setAccessibleName(language_name(self.target_language))
        budget = Budget.model_validate(cell.budget)
        words = budget_label(budget.unit, budget.amount)
        said = [cell.target, f"K {cell.k:,}", words]
        said += [arm_label(cell.regime)] if self._has_several_arms(plan) else []
        said += [cell.conditions] if cell.conditions else []
        self.heading.setText(" · ".join(said))
        options, missing, damaged = (
            self._results.options, self._predictions.missing_runs, self._predictions.damaged_runs,
        )  # fmt: skip
        said = [f"{options.split} lines", f"{self._results.selection} weights"]
        said += [counted(len(self._predictions.read_runs), "run")]
        if any(target.name == cell.target and target.is_synthetic for target in plan.targets):
            said.insert(0, "synthetic data")
        if missing:
            said.append(f"{counted(len(missing), 'run')} not finished")
        said += self._say_what_is_left_out()
        self.about.setText(" · ".join(said))
        self.about.setToolTip(plain_tooltip("\n".join(f"Run {run}: {reason}" for run, reason in damaged.items())))

    def _say_what_is_left_out(self) -> list[str]:
        store = self._predictions
        reasons = (
            (len(store.damaged_runs), "left out: the file is damaged"),
            (len(store.textless_runs), "without texts"),
            (len(store.collapsed_runs), "collapsed: not in CER and Δ"),
            (len(store.other_runs), "without such lines"),
        )
        return [f"{counted(number, 'run')} {why}" for number, why in reasons if number]

    @staticmethod
    def _has_several_arms(plan: Plan) -> bool:
        return len({run.request.arm for run in plan.runs if not is_baseline(run.request.regime)}) > 1

    def _show_rows(self) -> None:
        """Bring the table in line with the stores; what is shown already is not shown again."""
        shown, opened, arm = self._shown_lines.shown, self.opened, self._shown_lines.arm
        key = (id(shown), id(opened), self.target_language)
        if key == self._shown:
            return
        self._shown = key
        self._kept = shown  # its id stays its own as long as it lives
        self._offer(arm)
        style = self._text.table_style(self.target_language)
        self.rows.name_columns(arm)
        self._is_bringing_rows = True
        self.rows.model.show(
            shown.selection if shown else None,
            arm,
            opened.cache if opened else None,
            from_right=style.is_right_to_left,
        )
        self._is_bringing_rows = False
        self._show_marks()
        self._restyle()
        self._follow_wish()
        self.rows.table.setAccessibleDescription(f"CER of {architecture_label(arm.architecture)}")

    def _offer(self, arm: Arm) -> None:
        """Fill the filters with what these lines have."""
        plan, index, shown = self._results.plan, self._predictions.index, self._shown_lines.shown
        names = plan.study.architectures if plan and self._shown_lines.architectures else ()
        self.filters.offer_architectures(names, arm.architecture)
        self.filters.offer_choices(arm, names)
        self.filters.offer_replicates(self._shown_lines.replicates, self._shown_lines.replicate)
        self.filters.offer_confusions(shown.confusions if shown else ())
        self.filters.offer_clusters(index.cluster_names if index else (), index.cluster_unit if index else "")

    @Slot()
    def _follow_wish(self) -> None:
        """Show filters, order, and how far a search is."""
        store = self._shown_lines
        self.filters.show_wish(store.wish)
        self.rows.show_order(_COLUMNS[store.wish.key], is_descending=store.wish.is_descending)
        if store.share is not None and store.is_working:
            self.filters.say_progress(store.share)
        elif not store.is_up_to_date:
            self.filters.say_stopped()
        else:
            self.filters.say_count(self.rows.model.rowCount(), self.rows.model.total, store.wish)

    @Slot()
    def _want_lines(self) -> None:
        """Let the filters hold, or say what is wrong with the search beside its field."""
        order = self._shown_lines.wish
        wish = replace(self.filters.wish, key=order.key, is_descending=order.is_descending)
        cell = self._predictions.cell
        try:
            if wish.other and wish.other not in self._shown_lines.architectures and cell is not None:
                own = self._shown_lines.arm.architecture
                self._results.select_cell(replace(cell, architectures=(wish.other, own)))
            self._shown_lines.set_wish(wish)
        except InputError as error:
            self.filters.fault.say(str(error))
            return
        self.filters.fault.say("")

    @Slot(object, bool)
    def _want_order(self, key: SortKey | None, is_descending: bool) -> None:
        self._shown_lines.set_wish(replace(self._shown_lines.wish, key=key, is_descending=is_descending))

    @Slot(str)
    def _choose_architecture(self, name: str) -> None:
        """Show the numbers of an architecture; its readings join the others where they are not there yet."""
        cell = self._predictions.cell
        if cell is not None and cell.architectures and name not in cell.architectures:
            self._results.select_cell(replace(cell, architectures=(*cell.architectures, name)))
        else:
            self._shown_lines.set_arm(Arm(name, self._shown_lines.arm.regime))

    @Slot(object)
    def _choose_replicate(self, replicate: Replicate | None) -> None:
        self._shown_lines.set_replicate(replicate)

    @Slot()
    def _restyle(self) -> None:
        self.rows.table.set_style(self._text.table_style(self.target_language))

    @Slot()
    def _follow_row(self) -> None:
        """Show the current line; after the table where that has many lines, so that the window never waits for both."""
        if self._is_bringing_rows and self.rows.model.total > AT_ONCE_LINES:
            self._later.start()
        else:
            self._show_row()

    @Slot()
    def _show_row(self) -> None:
        scored = self.rows.scored
        if scored is None:
            self.detail.clear()
            return
        requests = [(reading, reading.run.request) for reading in scored.row.readings]
        readings = [one for one, request in requests if self._shown_lines.is_read_by(request.draw, request.seed)]
        self.detail.show_row(scored.row, readings, self.target_language, self.opened)
        self._show_mark()

    @Slot()
    def _show_marks(self) -> None:
        cell = self._predictions.cell
        self.rows.model.show_marks(self._marks.of(cell.target) if cell else {})
        self._show_mark()

    def _show_mark(self) -> None:
        if (row := self.detail.row) is not None:
            self.detail.show_mark(self._marks.mark(row.target, row.line_id))

    @Slot()
    def _toggle_bookmark(self) -> None:
        if (row := self.detail.row) is not None:
            self._marks.toggle_bookmark(row.target, row.line_id)

    @Slot(str)
    def _keep_note(self, note: str) -> None:
        if (row := self.detail.row) is not None:
            self._marks.set_note(row.target, row.line_id, note)

    @Slot()
    def _write_note(self) -> None:
        self.detail.note.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot()
    def _go_to_results(self) -> None:
        self.page_requested.emit("results")

    @Slot()
    def _go_next(self) -> None:
        self.rows.table.go_next()

    @Slot()
    def _go_previous(self) -> None:
        self.rows.table.go_previous()

    @Slot()
    def _next_reading(self) -> None:
        self.detail.next_reading()

    @Slot(bool)
    def _show_alignment(self, wanted: bool) -> None:
        self.detail.show_alignment(wanted)

    @Slot()
    def _copy(self) -> None:
        self.detail.copy()

    @Slot()
    def _find(self) -> None:
        self.filters.search.take_focus()

    def showEvent(self, event: QShowEvent) -> None:
        """Let the keys go to the lines of a cell that was chosen on another page."""
        super().showEvent(event)
        self._take_keys()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the line under the table when the page is narrow."""
        super().resizeEvent(event)
        narrow = event.size().width() < COLLAPSE_BELOW_PX
        self.splitter.setOrientation(Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal)
