"""The page on which a study is put together: the form at the left, what it comes to at the right."""

from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QListView,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.errors import InputError
from workbench.execution.studies import refuse_undecided
from workbench.files import size_in_words
from workbench.gui.appearance import GRID_PX
from workbench.gui.item_models.run_matrix import RunMatrixModel
from workbench.gui.labels import ProblemLabel
from workbench.gui.meanings import emphasised, language_icon
from workbench.gui.messages import plain_label, plain_tooltip
from workbench.gui.panels.study.form import FORM_WIDTH_PX, StudyForm
from workbench.gui.panels.study.matrix import Legend, RunMatrixView
from workbench.gui.panels.study.plan_notes import PlanNote, notes_of, summary_of
from workbench.gui.reading_progress import NoDataPage
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.stores.progress import ProgressStore
from workbench.gui.stores.study import StudyStore
from workbench.gui.wording import counted

_FILTER = "Study files (*.toml)"


class NotesModel(QAbstractListModel):
    """What the plan decided, line by line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.notes: tuple[PlanNote, ...] = ()

    def show(self, notes: tuple[PlanNote, ...]) -> None:
        """Show other notes."""
        if notes != self.notes:
            self.beginResetModel()
            self.notes = notes
            self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return the number of notes."""
        return 0 if parent.isValid() else len(self.notes)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a note, with the sign of the language that it is about."""
        note = self.notes[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return note.text
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tooltip(note.details or note.text)
            case Qt.ItemDataRole.DecorationRole if note.language:
                return language_icon(note.language)
            case _:
                return None


class StudyPanel(QWidget):
    """Puts a study together, shows what it comes to, and starts it."""

    page_requested = Signal(str)

    def __init__(
        self, study: StudyStore, datasets: DatasetStore, progress: ProgressStore, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.title = "Study"
        self._study = study
        self._datasets = datasets
        self._progress = progress
        self._make_actions()
        self.form = StudyForm(study, datasets)
        self.matrix_model = RunMatrixModel(progress, self)
        self.matrix = RunMatrixView(self.matrix_model)
        self.matrix.run_chosen.connect(self._show_run)
        self.notes_model = NotesModel(self)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setObjectName("study_splitter")
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.form)
        splitter.addWidget(self._right_side())
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([FORM_WIDTH_PX, 800])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)
        for signal in (study.changed, datasets.changed, progress.changed):
            signal.connect(self.refresh)
        self.refresh()

    def _make_actions(self) -> None:
        self.primary_action: QAction | None = self._action(
            "Start", self.start, "Ctrl+Return", "Train all runs that are not done"
        )
        self.undo_action = self._action(
            "Undo", self._study.undo, QKeySequence.StandardKey.Undo, "Take the last change back"
        )
        self.redo_action = self._action("Redo", self._study.redo, "Ctrl+Shift+Z", "Make the change again")
        self.open_action = self._action("Open…", self._open, QKeySequence.StandardKey.Open, "Read a study file")
        self.save_action = self._action(
            "Save", self._save, QKeySequence.StandardKey.Save, "Keep the study in the workspace"
        )
        self.save_as_action = self._action(
            "Save as…", self._save_as, QKeySequence.StandardKey.SaveAs, "Write the study to a file"
        )
        self.measure_action = self._action("Measure", self._measure_or_stop, "Ctrl+M", "")
        self.further_actions = (self.measure_action,)
        self.page_actions = (
            self.undo_action, self.redo_action, self.open_action, self.save_as_action, self.save_action
        )  # fmt: skip

    def _action(self, text: str, slot: object, keys: QKeySequence.StandardKey | str, tip: str) -> QAction:
        action = QAction(text, self)
        action.setShortcut(keys)
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setToolTip(plain_tooltip(tip))
        action.triggered.connect(slot)
        self.addAction(action)
        return action

    def _right_side(self) -> QWidget:
        self.pages = QStackedWidget()
        self.pages.addWidget(self._empty_page())
        self.pages.addWidget(self._grid_page())
        return self.pages

    def _empty_page(self) -> QWidget:
        self._go_action = QAction("Add data sets…", self)
        self._go_action.triggered.connect(self._go_to_data)
        return NoDataPage(
            self._datasets,
            "A study trains networks on one script and on several, and compares what they read. It needs data sets.",
            [self._go_action],
        )

    def _grid_page(self) -> QWidget:
        page = QWidget()
        page.setStyleSheet(
            "QTableView, QListView, QTableCornerButton::section { background: transparent; border: none; }"
        )
        self.summary = plain_label(wrap=True)
        self.summary.setFont(emphasised(self.summary.font()))
        self.summary.setAccessibleName("What the study comes to")
        self.blocker = ProblemLabel()
        self.notes = QListView()
        self.notes.setModel(self.notes_model)
        self.notes.setAccessibleName("What the plan decided")
        self.notes.setFrameShape(QFrame.Shape.NoFrame)
        self.notes.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.notes.setWordWrap(True)
        self.notes.setResizeMode(QListView.ResizeMode.Adjust)
        self.notes.setIconSize(QSize(24, 18))
        self.notes.setSpacing(2)
        self.notes.setStyleSheet("QListView { background: transparent; }")
        heading = plain_label("What was decided about the data")
        heading.setFont(emphasised(heading.font()))
        legend = Legend()
        self._shown_with_plan = (self.matrix, legend, heading, self.notes)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        self.measure_button = QToolButton()
        self.measure_button.setDefaultAction(self.measure_action)
        top = QHBoxLayout()
        top.addWidget(self.summary, 1)
        top.addWidget(self.measure_button, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(top)
        layout.addWidget(self._restriction())
        layout.addWidget(self.blocker)
        layout.addSpacing(GRID_PX)
        layout.addWidget(self.matrix, 3)
        layout.addWidget(legend)
        layout.addSpacing(GRID_PX)
        layout.addWidget(heading)
        layout.addWidget(self.notes, 1)
        layout.addStretch(0)
        return page

    def _restriction(self) -> QWidget:
        """Say that only some runs of the grid are trained, and offer all of them."""
        self.only = plain_label(wrap=True)
        self.whole_grid_action = self._action(
            "Whole grid", self._study.train_whole_grid, "", "Train every run that architectures, regimes … come to"
        )
        button = QToolButton()
        button.setDefaultAction(self.whole_grid_action)
        self._only_row = QWidget()
        layout = QHBoxLayout(self._only_row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.only, 1)
        layout.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        return self._only_row

    @property
    def start_blocker(self) -> str:
        """Why the study cannot be started now; empty when it can."""
        study = self._study
        if self._progress.is_running:
            return "A study is training; the Training page shows it."
        if not self._datasets.entries:
            if self._datasets.is_busy:
                return "The data sets are being read …"
            return "There is no data set; add one on the Data page."
        if study.problems:
            key, words = next(iter(study.problems.items()))
            return f"{key.rpartition('.')[2].replace('_', ' ')}: {words}"
        if study.plan_problem is not None:
            return str(study.plan_problem)
        if study.startable_plan is None:
            return "The plan is being worked out …"
        if self._undecided:
            return self._undecided
        if study.estimate is not None and not study.estimate.runs_left:
            return "Every run of this study is done; the Results page shows them."
        return self._disk_blocker

    @property
    def _disk_blocker(self) -> str:
        found = self._study.estimate
        if found is None or found.disk.low <= found.free:
            return ""
        needed, free = size_in_words(found.disk.low), size_in_words(found.free)
        return f"The runs need at least {needed} on the disk of the workspace, and {free} are free."

    @property
    def _undecided(self) -> str:
        """What must be decided before this study may train, in words; empty where nothing must."""
        plan = self._study.startable_plan
        try:
            if plan is not None:
                refuse_undecided(plan)
        except InputError as error:
            return str(error)
        return ""

    @Slot()
    def refresh(self) -> None:
        """Show what the study comes to."""
        study = self._study
        has_data = bool(self._datasets.entries) or not self._datasets.is_known
        self.pages.setCurrentIndex(1 if has_data else 0)
        self.undo_action.setEnabled(study.can_undo)
        self.redo_action.setEnabled(study.can_redo)
        self.save_action.setEnabled(study.is_modified)
        plan = study.plan
        if plan is not None and self.isVisible() and plan != self._progress.plan and not self._progress.is_running:
            self._progress.watch(plan)
        self.matrix_model.show(plan)
        for widget in self._shown_with_plan:
            widget.setVisible(plan is not None)
        self.summary.setText(summary_of(study, self._progress))
        self._only_row.setVisible(bool(study.study.only))
        self.only.setText(f"Only these runs of the grid are trained: {'; '.join(study.study.only)}.")
        self.notes_model.show(notes_of(plan, study.estimate) if plan else ())
        self._refresh_start()
        self._refresh_measuring()

    def _refresh_measuring(self) -> None:
        study, action = self._study, self.measure_action
        is_measuring = study.measuring is not None
        if is_measuring and self._progress.is_running:
            study.stop_measuring()  # they would slow each other down
        action.setText("Stop measuring" if is_measuring else "Measure")
        action.setEnabled(is_measuring or (study.can_measure and not self._progress.is_running))
        tip = "Train a few steps of each kind of run and throw them away, to tell the time better (Ctrl+M)"
        action.setToolTip(plain_tooltip("Keep what was measured by now" if is_measuring else tip))
        self.measure_button.setVisible(is_measuring or study.can_measure)

    @Slot()
    def _measure_or_stop(self) -> None:
        if self._study.measuring is None:
            self._study.measure()
        else:
            self._study.stop_measuring()

    def showEvent(self, event: QShowEvent) -> None:
        """Look at the study that is edited."""
        super().showEvent(event)
        self.refresh()

    def _refresh_start(self) -> None:
        blocker = self.start_blocker
        estimate = self._study.estimate
        left = estimate.runs_left if estimate else 0
        assert self.primary_action is not None
        self.primary_action.setText(f"Start {counted(left, 'run')}" if left else "Start")
        self.primary_action.setEnabled(not blocker)
        self.primary_action.setToolTip(plain_tooltip(blocker or "Train all runs that are not done (Ctrl+Return)"))
        faults = (self._undecided, self._disk_blocker)
        is_fault = bool(blocker) and (self._study.plan_problem is not None or blocker in faults)
        self.blocker.say(blocker if is_fault else "")

    @Slot()
    def start(self) -> None:
        """Train what the plan still lacks, and go where it is watched."""
        self.setFocus()  # whatever is being typed is taken over first
        plan = self._study.startable_plan
        if plan is None or self.start_blocker:
            return
        if self._study.is_modified:
            self._study.save()
        if self._progress.start(plan):
            self.refresh()
            self.page_requested.emit("training")

    @Slot(str)
    def _show_run(self, run: str) -> None:
        self._progress.select_run(run)
        self.page_requested.emit("training")

    @Slot()
    def _go_to_data(self) -> None:
        self.page_requested.emit("data")

    @Slot()
    def _save(self) -> None:
        self.setFocus()
        self._study.save()

    @Slot()
    def _save_as(self) -> None:
        self.setFocus()
        name, _ = QFileDialog.getSaveFileName(self, "Save the study as", f"{self._study.study.name}.toml", _FILTER)
        if name:
            path = Path(name)
            self._study.export(path if path.suffix else path.with_suffix(".toml"))

    @Slot()
    def _open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Open a study", "", _FILTER)
        if name:
            self._study.load(Path(name))
