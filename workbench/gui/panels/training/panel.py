"""The page on which runs are watched: the queue, curves, what a run reads now, and the four verbs."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QFontDatabase
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QProgressBar,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from workbench.execution.progress import ShownState
from workbench.execution.timing import SecondsRange
from workbench.gui.appearance import GRID_PX
from workbench.gui.charts.cer_curves import RunStyle
from workbench.gui.empty_page import EmptyPage
from workbench.gui.item_models.runs import RunRow, RunTableModel
from workbench.gui.labels import MutedLabel, ProblemLabel
from workbench.gui.meanings import emphasised
from workbench.gui.messages import plain_label
from workbench.gui.panels.training.curve_side import CurveSide
from workbench.gui.panels.training.queue import QueueBar, QueueView
from workbench.gui.panels.training.reading import ReadingView
from workbench.gui.panels.training.run_styles import legend_of, run_styles, whole_units
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.stores.progress import ProgressStore
from workbench.gui.stores.study import StudyStore
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.wording import count, counted, duration_between, unbroken
from workbench.runs.plan import Plan
from workbench.runs.remarks import remarks

MAX_FOLLOWED_RUNS = 8
MAX_DRAWN_RUNS = 60
"""More curves can neither be told apart nor drawn while they grow."""


class TrainingPanel(QWidget):
    """Watches the runs of the study that trains, or of the one that is looked at."""

    page_requested = Signal(str)

    def __init__(
        self,
        progress: ProgressStore,
        datasets: DatasetStore,
        study: StudyStore,
        text: TextAppearance,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.title = "Training"
        self._progress = progress
        self._datasets = datasets
        self._study = study
        self._plan: Plan | None = None
        self._styles: dict[str, RunStyle] = {}
        self._languages: dict[str, str] = {}
        self._shown: tuple[str, ...] = ()
        self._make_actions()
        self.model = RunTableModel(progress, self)
        self.queue = QueueView(self.model, progress)
        self.queue.runs_chosen.connect(self._take_choice)
        self.queue.duplicate_requested.connect(self._duplicate)
        self.further_actions = tuple(self.queue.offered.values())
        self.side = CurveSide(MAX_FOLLOWED_RUNS)
        self.side.follow_changed.connect(self.refresh)
        self.side.spread_changed.connect(self._show_drawn)
        self.curves, self.legend, self.tiles = self.side.curves, self.side.legend, self.side.tiles
        self.follow = self.side.follow
        self.curves.run_chosen.connect(self._take_picked)
        self.reading = ReadingView(datasets, text)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty_page())
        self._pages.addWidget(self._running_page())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        progress.changed.connect(self.refresh)
        progress.run_changed.connect(self._take_news)
        progress.run_selected.connect(self._take_selected)
        datasets.changed.connect(self.reading.refresh)
        text.changed.connect(self.reading.refresh)
        self.refresh()

    # Parts of the page

    def _make_actions(self) -> None:
        self.primary_action: QAction | None = self._action("Pause", self._toggle_pause, "Ctrl+P")
        self.stop_action = self._action("Stop after epoch", self._progress.stop_after_epoch, "")
        self.stop_action.setToolTip("End the epoch, keep a checkpoint; can be resumed")
        self.cancel_action = self._action("Cancel", self._progress.cancel, "")
        self.cancel_action.setToolTip("Stop at once, keep a checkpoint; can be resumed")
        self.retry_action = self._action("Retry failed runs", self._retry, "")
        self.retry_action.setToolTip("Train failed, diverged and collapsed runs once more")
        self.page_actions = (self.retry_action, self.cancel_action, self.stop_action)

    def _action(self, text: str, slot: object, keys: str) -> QAction:
        action = QAction(text, self)
        if keys:
            action.setShortcut(keys)
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(slot)
        self.addAction(action)
        return action

    def _empty_page(self) -> QWidget:
        self._go_action = QAction("Go to the study", self)
        self._go_action.triggered.connect(self._go_to_study)
        return EmptyPage(
            "Nothing trains yet",
            "Put a study together and start it: its runs, their curves and what they read appear here.",
            [self._go_action],
        )

    def _running_page(self) -> QWidget:
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setObjectName("training_splitter")
        splitter.setChildrenCollapsible(False)
        for part in (self._queue_side(), self.side, self._reading_side()):
            splitter.addWidget(part)
        splitter.setStretchFactor(1, 1)
        splitter.setSizes([296, 560, 320])
        return splitter

    def _queue_side(self) -> QWidget:
        side = QWidget()
        side.setMinimumWidth(220)
        self.standing = plain_label(wrap=True)
        self.standing.setFont(emphasised(self.standing.font()))
        self.time_left = MutedLabel()
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Part of the study's steps that was made")
        layout = QVBoxLayout(side)
        layout.setContentsMargins(0, 2 * GRID_PX, 0, 0)
        layout.setSpacing(GRID_PX // 2)
        for widget in (self.standing, self.time_left, self.bar):
            inset = QHBoxLayout()
            inset.setContentsMargins(2 * GRID_PX, 0, GRID_PX, 0)
            inset.addWidget(widget)
            layout.addLayout(inset)
        layout.addSpacing(GRID_PX // 2)
        layout.addWidget(QueueBar(self.queue))
        layout.addWidget(self.queue, 1)
        return side

    def _reading_side(self) -> QWidget:
        self.failure = ProblemLabel()
        self.log_tail = QPlainTextEdit()
        self.log_tail.setReadOnly(True)
        self.log_tail.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.log_tail.setAccessibleName("End of the run's log")
        self.log_tail.setFixedHeight(150)
        self.log_tail.hide()
        self.run_name = plain_label(wrap=True)
        self.run_name.setFont(emphasised(self.run_name.font()))
        self.run_facts = MutedLabel()
        self.run_remarks = MutedLabel()
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        for widget in (self.run_name, self.run_facts, self.run_remarks, self.failure, self.log_tail):
            layout.addWidget(widget)
        layout.addSpacing(GRID_PX)
        layout.addWidget(self.reading, 1)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumWidth(240)
        return area

    # What is shown

    @property
    def current_run(self) -> str:
        """Id of the run whose numbers and reading are shown; empty when there is none."""
        return self._shown[0] if self._shown else ""

    @property
    def shown_runs(self) -> tuple[str, ...]:
        """Ids of the runs whose curves are shown, the current one first."""
        return self._shown

    @Slot()
    def refresh(self) -> None:
        """Bring everything but the points of the curves in line with the store."""
        if self._progress.plan is not self._plan:
            self._take_plan(self._progress.plan)
        has_runs = self._progress.runs_total > 0
        self._pages.setCurrentIndex(1 if has_runs else 0)
        self._refresh_actions()
        self._refresh_standing()
        self._show_runs(self._followed() if self.follow.isChecked() else self._shown)

    def _take_plan(self, plan: Plan | None) -> None:
        known = self._plan.run_ids if self._plan else ()
        self._plan = plan
        if (plan.run_ids if plan else ()) != known:
            self._shown = ()
            self.curves.forget()
            self.follow.setChecked(True)
        self._languages = {target.name: target.language for target in plan.targets} if plan else {}
        self._styles = run_styles(plan) if plan else {}

    def _followed(self) -> tuple[str, ...]:
        """Runs that train now, then the ones before them; without any, the last ones that have points."""
        places = {run: place for place, run in enumerate(self._styles)}
        running = [run for run in self._progress.running_runs if run in places]
        last = places[running[0]] if running else len(places)
        begun = [run for run in self._styles if (history := self._progress.history(run)) and history.started]
        before = [run for run in reversed(begun) if run not in running and places[run] < last]
        return tuple([*running, *before][:MAX_FOLLOWED_RUNS]) or tuple(self._styles)[:1]

    def _show_runs(self, runs: tuple[str, ...]) -> None:
        self._shown = runs
        self._show_drawn()
        self.queue.show_selected(runs[:1] if self.follow.isChecked() else runs)
        self._show_current()

    @Slot()
    def _show_drawn(self) -> None:
        """Draw the shown runs; where means are shown, with the runs that differ from them in their seed alone."""
        spread = self.side.shown_spread
        wanted = [(run,) for run in self._shown if run in self._styles]
        if spread is not None:
            wanted = self._begun_groups()
        drawn = whole_units(wanted, MAX_DRAWN_RUNS)
        known = sum(map(len, wanted))
        self.side.say(f"Curves of {len(drawn)} of {known:,} runs" if len(drawn) < known else "")
        if drawn != self.curves.shown_runs:
            self.curves.set_runs(self._styles[run] for run in drawn)
            for run in drawn:
                if (history := self._progress.history(run)) is not None:
                    self.curves.set_history(history)
        states: list[ShownState] = [self._progress.state(run) for run in drawn]
        self.legend.show_entries(legend_of(self._plan, drawn, spread, states) if self._plan else ())

    def _begun_groups(self) -> list[tuple[str, ...]]:
        """Runs that have begun, of the groups of the shown ones."""
        groups = dict.fromkeys(self._styles[run].group for run in self._shown if run in self._styles)
        members: dict[str, list[str]] = {group: [] for group in groups}
        for run, style in self._styles.items():
            if style.group in members and self._progress.history(run):
                members[style.group].append(run)
        return [tuple(runs) for runs in members.values()]

    def _show_current(self) -> None:
        run = self.current_run
        history = self._progress.history(run)
        planned = self._progress.planned(run)
        row = self.model.row_of(run)
        self.tiles.show_history(history)
        targets = planned.request.targets if planned else ()
        languages = {name: self._languages[name] for name in targets if name in self._languages}
        self.reading.show_history(history, languages, self._plan.study.placeholders.wildcards if self._plan else "")
        self.run_name.setText(unbroken(self.model.run(row).label) if row is not None else "")
        left = self._progress.time_left_of(run)
        self.run_facts.setText(unbroken(_facts(self.model.run(row), left)) if row is not None else "")
        said = "\n".join(remarks(history)) if history else ""
        self.run_remarks.setText(said)
        self.run_remarks.setVisible(bool(said))
        failure = history.failure if history and history.state in ("failed", "diverged") else None
        self.failure.say(". ".join(filter(None, (failure.reason.rstrip("."), failure.hint))) if failure else "")
        self.log_tail.setVisible(bool(failure and failure.log_tail))
        if failure and failure.log_tail != self.log_tail.toPlainText():
            self.log_tail.setPlainText(failure.log_tail)

    @Slot(str)
    def _take_news(self, run: str) -> None:
        history = self._progress.history(run)
        if history is not None:
            self.curves.set_history(history)
        if run == self.current_run:
            self._show_current()

    @Slot(object)
    def _take_choice(self, runs: tuple[str, ...]) -> None:
        """Show what the user picked in the queue, and keep showing it."""
        self.follow.blockSignals(True)
        self.follow.setChecked(False)
        self.follow.blockSignals(False)
        self._show_runs(runs)
        self._progress.select_run(runs[0])

    @Slot(str)
    def _take_picked(self, run: str) -> None:
        """Look at the run whose curve was picked, beside the others."""
        self._take_choice((run, *(other for other in self._shown if other != run)))

    @Slot(str)
    def _take_selected(self, run: str) -> None:
        """Show the run that was chosen on another page."""
        if run and run != self.current_run and self.model.row_of(run) is not None:
            self._take_choice((run,))

    # Standing and verbs

    def _refresh_standing(self) -> None:
        progress = self._progress
        words = f"{count(progress.runs_over)} of {counted(progress.runs_total, 'run')} over"
        if progress.runs_failed:
            words += f" · {count(progress.runs_failed)} failed"
        if progress.runs_skipped:
            words += f" · {count(progress.runs_skipped)} skipped"
        self.standing.setText(words)
        self.bar.setValue(round(1000 * progress.share))
        self.time_left.setText(self._time_words())

    def _time_words(self) -> str:
        progress = self._progress
        if not progress.is_running:
            unfinished = progress.runs_total - progress.runs_over
            return "Not running" if unfinished else "All runs are over"
        match progress.command:
            case "pause":
                return "Paused; the runs keep their memory"
            case "stop_after_epoch":
                return "Stops when the running epochs have ended"
            case "cancel":
                return "Stopping; the runs keep a checkpoint"
            case _:
                pass
        if progress.preparing:
            return f"{progress.preparing[:1].upper()}{progress.preparing[1:]} …"
        left = progress.time_left
        if left is None:
            return "Time left is told after a while"
        return _time_words(left)

    def _refresh_actions(self) -> None:
        progress, action = self._progress, self.primary_action
        assert action is not None
        is_stopping = progress.command == "cancel"
        self.stop_action.setVisible(progress.is_running)
        self.stop_action.setEnabled(progress.command in ("go", "pause"))
        self.cancel_action.setVisible(progress.is_running)
        self.cancel_action.setEnabled(not is_stopping)
        self.retry_action.setVisible(not progress.is_running and progress.runs_failed > 0)
        if progress.is_running:
            action.setText("Pause" if progress.command == "go" else "Go on")
            action.setToolTip("Let every run wait in memory" if progress.command == "go" else "Go on training")
            action.setEnabled(not is_stopping)
            return
        study = self._resumable()
        action.setText(f"Resume {study}" if study else "Pause")
        action.setToolTip("Go on where it stopped" if study else "Nothing trains")
        action.setEnabled(bool(study))

    def _resumable(self) -> str:
        """Name of the study that can go on: the one that is looked at, else the first; empty when there is none."""
        names = [study.name for study in self._progress.unfinished]
        shown = self._plan.study.name if self._plan else ""
        return shown if shown in names else (names[0] if names else "")

    @Slot()
    def _toggle_pause(self) -> None:
        if not self._progress.is_running:
            if study := self._resumable():
                self._progress.resume(study)
        elif self._progress.command == "go":
            self._progress.pause()
        else:
            self._progress.go_on()

    @Slot()
    def _retry(self) -> None:
        if self._plan is not None:
            self._progress.resume(self._plan.study.name, retry=True)

    @Slot(str)
    def _duplicate(self, run: str) -> None:
        """Begin a study from a run, and go where it is changed."""
        plan, planned = self._progress.plan, self._progress.planned(run)
        if plan is not None and planned is not None:
            self._study.duplicate(plan, planned)
            self.page_requested.emit("study")

    @Slot()
    def _go_to_study(self) -> None:
        self.page_requested.emit("study")


def _facts(row: RunRow, left: SecondsRange | None) -> str:
    words = f"{row.brief} · {count(row.step)} of {counted(row.planned.steps, 'step')}"
    if left is None:
        return words
    if row.state in ("running", "paused"):
        return f"{words} · {_time_words(left)}"
    return f"{words} · takes {duration_between(left.low, left.high)}"


def _time_words(left: SecondsRange) -> str:
    words = duration_between(left.low, left.high)
    return f"{words} left, roughly" if left.is_rough else f"{words} left"
