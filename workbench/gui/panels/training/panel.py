"""The page on which runs are watched: the queue, curves, what a run reads now, and the four verbs."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QColor, QFontDatabase
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
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

from workbench.gui.appearance import GRID_PX
from workbench.gui.charts.cer_curves import CerCurves, RunStyle
from workbench.gui.charts.curve_legend import CurveLegend, LegendEntry
from workbench.gui.empty_page import EmptyPage
from workbench.gui.item_models.runs import RunRow, RunTableModel
from workbench.gui.labels import MutedLabel, ProblemLabel
from workbench.gui.meanings import emphasised, line_styles, pen_width, target_colours
from workbench.gui.messages import plain_label
from workbench.gui.panels.training.queue import QueueView
from workbench.gui.panels.training.reading import ReadingView
from workbench.gui.panels.training.tiles import Tiles
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.stores.progress import ProgressStore
from workbench.gui.stores.study import StudyStore
from workbench.gui.wording import architecture_label, count, counted, duration_between
from workbench.runs.plan import Plan
from workbench.study.arms import short_label, together

MAX_FOLLOWED_RUNS = 8
SMOOTHING = 0.8
MAX_NAMED_REGIMES = 4
_AXES = (("steps", "steps"), ("epochs", "epochs"), ("time", "time"))


class TrainingPanel(QWidget):
    """Watches the runs of the study that trains, or of the one that is looked at."""

    page_requested = Signal(str)

    def __init__(
        self, progress: ProgressStore, datasets: DatasetStore, study: StudyStore, parent: QWidget | None = None
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
        self.queue = QueueView(self.model)
        self.queue.runs_chosen.connect(self._take_choice)
        self.curves = CerCurves()
        self.curves.set_smoothing(SMOOTHING)
        self.legend = CurveLegend()
        self.tiles = Tiles()
        self.reading = ReadingView(datasets)
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
        for part in (self._queue_side(), self._curve_side(), self._reading_side()):
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
        layout.addWidget(self.queue, 1)
        return side

    def _curve_side(self) -> QWidget:
        side = QWidget()
        self.axis = QComboBox()
        for key, title in _AXES:
            self.axis.addItem(title, key)
        self.axis.setAccessibleName("Horizontal axis")
        self.axis.activated.connect(self._set_axis)
        self.log = QCheckBox("log")
        self.log.setToolTip("Logarithmic scales")
        self.log.toggled.connect(self.curves.set_log)
        self.smooth = QCheckBox("smooth loss")
        self.smooth.setChecked(True)
        self.smooth.toggled.connect(self._set_smooth)
        self.follow = QCheckBox("follow")
        self.follow.setChecked(True)
        self.follow.setToolTip(f"Show what trains now, beside the runs before it ({MAX_FOLLOWED_RUNS} at most)")
        self.follow.toggled.connect(self.refresh)
        controls = QHBoxLayout()
        controls.setSpacing(2 * GRID_PX)
        for widget in (self.axis, self.log, self.smooth, self.follow):
            controls.addWidget(widget)
        controls.addStretch(1)
        layout = QVBoxLayout(side)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        layout.addLayout(controls)
        layout.addWidget(self.curves, 1)
        layout.addWidget(self.legend)
        layout.addWidget(self.tiles)
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
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(2 * GRID_PX, 2 * GRID_PX, 2 * GRID_PX, GRID_PX)
        layout.setSpacing(GRID_PX)
        for widget in (self.run_name, self.run_facts, self.failure, self.log_tail):
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
        colours = target_colours(self._languages.items())
        styles = line_styles(plan.study.architectures) if plan else {}
        self.legend.show_entries(_legend(plan, colours, styles) if plan else ())
        self._styles = {}
        for run in plan.runs if plan else ():
            row = self.model.row_of(run.run)
            self._styles[run.run] = RunStyle(
                run=run.run,
                label=self.model.run(row).label if row is not None else run.run,
                style=styles[run.request.architecture],
                width=pen_width(run.request.regime),
                colours=tuple((name, colours[name]) for name in run.request.targets),
            )

    def _followed(self) -> tuple[str, ...]:
        """Runs that train now, then the ones before them; without any, the last ones that have points."""
        ids = list(self._styles)
        running = [run for run in self._progress.running_runs if run in self._styles]
        begun = [run for run in ids if (history := self._progress.history(run)) and history.started]
        last = ids.index(running[0]) if running else len(ids)
        before = [run for run in reversed(begun) if run not in running and ids.index(run) < last]
        return tuple([*running, *before][:MAX_FOLLOWED_RUNS]) or tuple(ids[:1])

    def _show_runs(self, runs: tuple[str, ...]) -> None:
        changed = runs != self._shown
        self._shown = runs
        if changed:
            self.curves.set_runs(self._styles[run] for run in runs if run in self._styles)
            for run in runs:
                if (history := self._progress.history(run)) is not None:
                    self.curves.set_history(history)
        self.queue.show_selected(runs[:1] if self.follow.isChecked() else runs)
        self._show_current()

    def _show_current(self) -> None:
        run = self.current_run
        history = self._progress.history(run)
        planned = self._progress.planned(run)
        row = self.model.row_of(run)
        self.tiles.show_history(history)
        targets = planned.request.targets if planned else ()
        languages = {name: self._languages[name] for name in targets if name in self._languages}
        self.reading.show_history(history, languages, self._plan.study.placeholders.wildcards if self._plan else "")
        self.run_name.setText(self.model.run(row).label if row is not None else "")
        self.run_facts.setText(_facts(self.model.run(row)) if row is not None else "")
        failure = history.failure if history and history.state in ("failed", "diverged") else None
        self.failure.say(f"{failure.reason} {failure.hint}".strip() if failure else "")
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
        self._show_runs(runs[:MAX_FOLLOWED_RUNS])
        self._progress.select_run(runs[0])

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
        words = duration_between(left.low, left.high)
        return f"{words} left, roughly" if left.is_rough else f"{words} left"

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

    @Slot()
    def _set_axis(self) -> None:
        self.curves.set_axis(self.axis.currentData())

    @Slot(bool)
    def _set_smooth(self, is_smooth: bool) -> None:
        self.curves.set_smoothing(SMOOTHING if is_smooth else 0.0)

    @Slot()
    def _go_to_study(self) -> None:
        self.page_requested.emit("study")


def _facts(row: RunRow) -> str:
    return f"{row.brief} · {count(row.step)} of {counted(row.planned.steps, 'step')}"


def _legend(plan: Plan, colours: dict[str, QColor], styles: dict[str, Qt.PenStyle]) -> list[LegendEntry]:
    """What the curves of a plan's runs mean; what there is only one of needs no explanation."""
    entries = [LegendEntry(name, colour) for name, colour in colours.items()]
    if len(styles) > 1:
        entries += [LegendEntry(architecture_label(name), style=style) for name, style in styles.items()]
    regimes = tuple(dict.fromkeys(run.request.regime for run in plan.runs))
    if len(regimes) > 1:
        entries += _weights(regimes, len(plan.targets))
    return entries


def _weights(regimes: Sequence[str], data_sets: int) -> list[LegendEntry]:
    """Regimes by the weight of their lines; of many the first are named."""
    words: dict[float, list[str]] = {}
    for regime in regimes:
        word = together(data_sets) if regime == "multi" else short_label(regime)
        words.setdefault(pen_width(regime), []).append(word)
    return [LegendEntry(_first_of(names), width=width) for width, names in sorted(words.items())]


def _first_of(names: Sequence[str]) -> str:
    if len(names) <= MAX_NAMED_REGIMES:
        return " · ".join(names)
    shown = MAX_NAMED_REGIMES - 1
    return " · ".join([*names[:shown], f"{len(names) - shown} more"])
