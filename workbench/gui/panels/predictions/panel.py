"""The page behind a cell of the heatmap: its test lines, read by every run, side by side."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from workbench.data.catalog import OpenedDataset
from workbench.gui.appearance import GRID_PX
from workbench.gui.empty_page import EmptyPage
from workbench.gui.icons import dress
from workbench.gui.labels import MutedLabel
from workbench.gui.meanings import emphasised, language_icon
from workbench.gui.messages import plain_label
from workbench.gui.panels.predictions.line_detail import PredictionDetail
from workbench.gui.panels.predictions.rows_table import RowsTable
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.stores.predictions import Arm, PredictionsStore
from workbench.gui.stores.results import ResultsStore
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.wording import architecture_label, budget_label, counted, language_name
from workbench.runs.plan import Plan
from workbench.study.arms import arm_label
from workbench.study.grid import is_baseline
from workbench.study.schema import Budget

COLLAPSE_BELOW_PX = 860


class PredictionsPanel(QWidget):
    """Test lines of the chosen cell. J and K go on and back, C copies."""

    page_requested = Signal(str)
    """Name of a page that the user wants to see."""

    def __init__(
        self,
        predictions: PredictionsStore,
        results: ResultsStore,
        datasets: DatasetStore,
        text: TextAppearance,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.title = "Predictions"
        self._predictions = predictions
        self._results = results
        self._datasets = datasets
        self._text = text
        self._architecture = ""
        self._shown: tuple[object, ...] = ()
        self._make_actions()
        self._make_parts()
        self._lay_out()
        self._connect()
        self.refresh()

    def _make_actions(self) -> None:
        self.results_action = self._action("Go to Results", "", self._go_to_results, "table-large")
        self.results_action.setToolTip("Choose a cell of the ΔCER heatmap")
        self.next_action = self._action("Next line", "J", self._go_next)
        self.previous_action = self._action("Previous line", "K", self._go_previous)
        self.copy_action = self._action("Copy line", "C", self._copy, "content-copy")
        self.copy_action.setToolTip("Copy id, reference and all readings (C)")
        self.find_action = self._action("Search", QKeySequence(QKeySequence.StandardKey.Find).toString(), self._find)
        self.primary_action: QAction | None = None
        self.page_actions: Sequence[QAction] = (self.copy_action,)

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
        self.rows = RowsTable()
        self.detail = PredictionDetail(self._text)
        self.empty = EmptyPage("", "", (self.results_action,))

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
        layout.addWidget(self.splitter, 1)
        self._lines_page = page
        self._pages = QStackedWidget()
        self._pages.addWidget(self._lines_page)
        self._pages.addWidget(self.empty)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._pages)

    def _connect(self) -> None:
        self._predictions.changed.connect(self.refresh)
        self._datasets.changed.connect(self.refresh)
        self._text.changed.connect(self._restyle)
        self.rows.row_changed.connect(self._show_row)
        self.rows.architecture_chosen.connect(self._choose_architecture)

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
        """Show what the store knows now."""
        if not self._predictions.rows:
            self._say_why_empty()
            self._pages.setCurrentWidget(self.empty)
            self.copy_action.setEnabled(False)
            self._show_rows()
            return
        self.copy_action.setEnabled(True)
        self._say_heading()
        self._show_rows()
        self._pages.setCurrentWidget(self._lines_page)

    def _say_why_empty(self) -> None:
        cell, missing = self._predictions.cell, self._predictions.missing_runs
        if cell is None:
            title, text = "No cell chosen yet", "Click a cell of the ΔCER heatmap to see the lines behind it."
        elif self._predictions.is_reading:
            title, text = "Reading the predictions …", ""
        elif missing:
            title = "Nothing to compare here yet"
            text = f"{counted(len(missing), 'run')} of this cell must be finished first."
        else:
            title, text = "Nothing to compare here yet", "No finished run has read these lines."
        self.empty.title.setText(title)
        self.empty.text.setText(text)

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
        options = self._results.options
        readings = len({reading.run.run for row in self._predictions.rows[:1] for reading in row.readings})
        said = [f"{options.split} lines", f"{self._results.selection} weights", counted(readings, "run")]
        if any(target.name == cell.target and target.is_synthetic for target in plan.targets):
            said.insert(0, "synthetic data")
        if missing := len(self._predictions.missing_runs):
            said.append(f"{counted(missing, 'run')} not finished")
        self.about.setText(" · ".join(said))

    @staticmethod
    def _has_several_arms(plan: Plan) -> bool:
        return len({run.request.arm for run in plan.runs if not is_baseline(run.request.regime)}) > 1

    def _architectures(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(arm.architecture for arm in self._predictions.arms))

    def _show_rows(self) -> None:
        names = self._architectures()
        cell, plan = self._predictions.cell, self._results.plan
        asked = (cell, names)
        if self._shown[:2] != asked:
            wanted = cell.architectures[-1] if cell and cell.architectures else None
            self._architecture = wanted if wanted in names else names[-1] if names else ""
        opened = self.opened
        shown = (*asked, self._architecture, id(self._predictions.rows), id(opened))
        if shown == self._shown:
            return
        self._shown = shown
        self.rows.offer_architectures(plan.study.architectures if plan and names else (), self._architecture)
        arm = Arm(self._architecture, cell.regime if cell else "multi")
        self.rows.name_choices(arm)
        style = self._text.table_style(self.target_language)
        self.rows.model.show(
            self._predictions.rows,
            arm,
            opened.cache if opened else None,
            from_right=style.is_right_to_left,
        )
        self._restyle()
        label = architecture_label(self._architecture)
        self.rows.table.setAccessibleDescription(f"CER of {label}")

    @Slot(str)
    def _choose_architecture(self, name: str) -> None:
        """Show the numbers of an architecture; its readings join the others where they are not there yet."""
        cell = self._predictions.cell
        if cell is not None and cell.architectures and name not in cell.architectures:
            self._results.select_cell(replace(cell, architectures=(*cell.architectures, name)))
            return
        self._architecture = name
        self._show_rows()

    @Slot()
    def _restyle(self) -> None:
        self.rows.table.set_style(self._text.table_style(self.target_language))

    @Slot()
    def _show_row(self) -> None:
        scored = self.rows.scored
        if scored is None:
            self.detail.clear()
        else:
            self.detail.show_row(scored.row, self.target_language, self.opened)

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
    def _copy(self) -> None:
        self.detail.copy()

    @Slot()
    def _find(self) -> None:
        self.rows.search.take_focus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the line under the table when the page is narrow."""
        super().resizeEvent(event)
        narrow = event.size().width() < COLLAPSE_BELOW_PX
        self.splitter.setOrientation(Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal)
