"""What people found on looking at the lines of a data set: labels, notes, lines passed over, all kept as they are made.

Readings of finished runs say which lines are worth looking at. They are read in a worker, while the page is looked at
only; every step is written by another worker as soon as it is made.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from workbench.analysis.lines.cleaning import CleaningEffect, effects_of_cleaning
from workbench.analysis.lines.review import (
    Order,
    clean_note,
    log_row,
)
from workbench.data.catalog import OpenedDataset
from workbench.data.reader import examples
from workbench.data.review import (
    Review,
    StepKind,
    Verdicts,
    judged,
    passed_over,
    undone,
    verdicts_of,
)
from workbench.errors import WorkbenchError
from workbench.gui.messages import Messages
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.stores.progress import ProgressStore
from workbench.gui.stores.review_jobs import (
    ExclusionsWritten,
    Loaded,
    LogTaken,
    ReviewLines,
    Shelf,
    exclude,
    export,
    load,
    take_log,
)
from workbench.gui.stores.study import StudyStore
from workbench.gui.stores.workspace import WorkspaceStore
from workbench.gui.wording import counted
from workbench.gui.workers import JobLane

EFFECT_DELAY_MS = 250
NO_VERDICTS = Verdicts({})


class ReviewStore(QObject):
    """The review of one data set at a time."""

    changed = Signal()
    """Other lines, other readings, or another order."""
    judged = Signal()
    """A line has another label or note, or was passed over; or all of them have."""
    effects_changed = Signal()
    ending = Signal()
    """The program ends: what is still being written has to be said now."""

    def __init__(
        self,
        workspaces: WorkspaceStore,
        datasets: DatasetStore,
        study: StudyStore,
        progress: ProgressStore,
        messages: Messages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspaces, self._datasets, self._study, self._messages = workspaces, datasets, study, messages
        self._dataset = ""
        self._wanted_study: str | None = None
        self._order: Order | None = None
        self._lines = ReviewLines()
        self._reviews: dict[str, Review] = {}
        self._faults: dict[str, WorkbenchError] = {}
        self._verdicts = NO_VERDICTS
        self._effects: tuple[CleaningEffect, ...] = ()
        self._is_watched = False
        self._asked: tuple[object, ...] = ()
        self._runs_over = 0
        self._shelf = Shelf()
        self._reader = self._lane("review", self._take, "Reading what models made of the lines")
        self._reader.finished.connect(self.changed)
        self._saver = self._lane("review-saving", None, "Keeping the labels")
        self._saver.finished.connect(self._end_saving)
        self._files = self._lane("review-files", self._take_file, "The log")
        self._files.finished.connect(self.judged)
        self._effector = self._lane("review-effect", self._take_effects, "Working out the effect")
        self._delay = QTimer(self, singleShot=True, interval=EFFECT_DELAY_MS)
        self._delay.timeout.connect(self._start_effects)
        workspaces.changed.connect(self._forget)
        datasets.changed.connect(self.refresh)
        progress.run_over.connect(self._note_run)

    def _lane(self, name: str, take: Callable[[object], None] | None, doing: str) -> JobLane:
        lane = JobLane(name, self)
        lane.setProperty("doing", doing)
        if take is not None:
            lane.produced.connect(take)
        lane.failed.connect(self._report)
        return lane

    # What there is

    @property
    def dataset(self) -> str:
        """Name of the data set that is looked at; empty while there is none."""
        return self._dataset

    @property
    def opened(self) -> OpenedDataset | None:
        """The data set, where it is open."""
        return self._datasets.opened.get(self._dataset)

    @property
    def lines(self) -> ReviewLines:
        """Its lines with their readings."""
        return self._lines

    @property
    def study(self) -> str | None:
        """Study whose readings are wanted; None: all studies."""
        return self._wanted_study

    @property
    def order(self) -> Order:
        """Order in which lines are looked at."""
        return self._order or self._lines.best

    @property
    def review(self) -> Review:
        """Log, lines passed over and steps."""
        return self._reviews.get(self._dataset, Review())

    @property
    def verdicts(self) -> Verdicts:
        """What the log says of the lines."""
        return self._verdicts

    @property
    def effects(self) -> tuple[CleaningEffect, ...]:
        """CER of every arm with and without the lines found wrong."""
        return self._effects

    @property
    def fault(self) -> WorkbenchError | None:
        """Why the log cannot be used; nothing is written then."""
        return self._faults.get(self._dataset)

    @property
    def is_reading(self) -> bool:
        """Tell whether lines and readings are on their way."""
        return self._reader.is_running

    @property
    def is_saved(self) -> bool:
        """Tell whether every step is on the disk."""
        return self._shelf.is_empty

    @property
    def is_busy(self) -> bool:
        """Tell whether a log is being read or written; the next one has to wait."""
        return self._files.is_running

    @property
    def can_undo(self) -> bool:
        """Tell whether there is a step to take back."""
        return bool(self.review.steps)

    # What is wanted

    def watch(self, is_watched: bool) -> None:
        """Tell whether the page is looked at: only then are readings read."""
        self._is_watched = is_watched
        self.refresh()

    def choose_dataset(self, name: str) -> None:
        """Look at another data set."""
        if name != self._dataset:
            self._turn_to(name)
            self.refresh()

    def _turn_to(self, name: str) -> None:
        self._dataset, self._wanted_study, self._order = name, None, None
        self._lines, self._verdicts, self._effects = ReviewLines(), NO_VERDICTS, ()

    def choose_study(self, name: str | None) -> None:
        """Take the readings of another study, or of all."""
        if name != self._wanted_study:
            self._wanted_study = name
            self.refresh()

    def choose_order(self, order: Order) -> None:
        """Look at the lines in another order."""
        if order != self.order:
            self._order = order
            self.changed.emit()

    @Slot()
    def refresh(self) -> None:
        """Read again where something changed and the page is looked at."""
        workspace = self._workspaces.workspace
        if self._dataset not in self._datasets.opened:
            self._turn_to(next(iter(self._datasets.opened), ""))
        opened = self.opened
        if workspace is None or opened is None or not self._is_watched:
            return
        asked = (workspace, opened.lines.fingerprint, self._dataset, self._wanted_study, self._runs_over)
        if asked != self._asked:
            self._asked = asked
            study, is_known = self._wanted_study, self._dataset in self._reviews
            self._reader.start(lambda control: load(workspace, opened, study, control, is_known=is_known))
            self.changed.emit()

    # Steps

    def label(self, line_id: str, label: str, note: str) -> None:
        """Give a line a label and a note; an empty label takes one away."""
        current = self._verdicts.by_line.get(line_id)
        if current is None and not label and not note:
            return
        if current is None or (current.label, current.notes) != (label, clean_note(note)):
            self._judge(line_id, label, note, "label")

    def note(self, line_id: str, note: str) -> None:
        """Write a note beside a line; its label stays."""
        current = self._verdicts.by_line.get(line_id)
        if clean_note(note) != (current.notes if current else ""):
            self._judge(line_id, current.label if current else "", note, "note")

    def skip(self, line_id: str) -> None:
        """Pass a line over."""
        if self._may_write():
            self._set_review(passed_over(self.review, line_id))

    def undo(self) -> str:
        """Take the last step back, and return the line that it was about; empty where there is none."""
        if not self._may_write():
            return ""
        review, step = undone(self.review)
        if review != self.review:
            self._set_review(review)
        if step is not None and step.kind == "import":
            self._messages.inform(f"{counted(len(step.added), 'imported row')} taken back")
        return step.line_id if step else ""

    def _judge(self, line_id: str, label: str, note: str, kind: StepKind) -> None:
        line = self._lines.lines.get(line_id)
        if line is not None and self._may_write():
            now = datetime.now(UTC).astimezone()
            row = log_row(line, self._lines.root, self._lines.read.get(line_id), label, note, now)
            self._set_review(judged(self.review, line_id, row, self._verdicts.by_line.get(line_id), kind))

    def _may_write(self) -> bool:
        if self._workspaces.is_read_only:
            self._messages.warn(
                f"Labels cannot be kept here: {self._workspaces.reader_reason}", "Open another workspace."
            )
            return False
        if self.fault is not None:
            self._messages.report(self.fault)
            return False
        return self._dataset in self._reviews and self._lines.dataset == self._dataset

    def _set_review(self, review: Review) -> None:
        workspace = self._workspaces.workspace
        if workspace is None:
            return
        self._reviews[self._dataset] = review
        self._verdicts = verdicts_of(review.log, self._lines.names)
        self._shelf.put((workspace, self._dataset), review)
        self._saver.start(lambda control: self._shelf.write())
        self._delay.start()
        self.judged.emit()

    # Files

    def import_log(self, path: Path) -> None:
        """Take the rows of a log in, in a worker."""
        if not self.is_busy and self._may_write():
            self._start_import(path)
            self.judged.emit()

    def _start_import(self, path: Path) -> None:
        review, names = self.review, self._lines.names
        self._files.start(lambda control: take_log(path, review, names))

    def export_log(self, path: Path) -> None:
        """Write the log to a file of the user's choice, in a worker."""
        log = self.review.log
        if not self.is_busy:
            self._files.start(lambda control: export(path, log))
            self.judged.emit()

    def leave_out(self) -> None:
        """Write the lines found wrong into a list beside the study, and let the study exclude them."""
        workspace, study = self._workspaces.workspace, self._study
        if workspace is None or self.is_busy or not self._may_write():
            return
        if self._dataset not in study.target_names:
            self._messages.warn(
                f"The study {study.study.name} does not take {self._dataset}", "Choose the data set on the Study page."
            )
            return
        place = workspace.study_file(study.study.name).with_name(f"reviewed-{self._dataset}.csv")
        name, verdicts, ids = self._dataset, self._verdicts, tuple(self._lines.lines)
        self._files.start(lambda control: exclude(place, name, verdicts, ids))
        self.judged.emit()

    def wait(self) -> None:
        """Block until every worker has ended and every step is written; for the very end of the program."""
        self.ending.emit()
        self._delay.stop()
        for lane in (self._reader, self._files, self._effector, self._saver):
            lane.wait()
        try:
            for _ in self._shelf.write():
                pass
        except WorkbenchError as error:
            self._messages.report(error, "Keeping the labels")

    # Answers

    @Slot()
    def _forget(self) -> None:
        self._reader.cancel()
        self._effector.cancel()
        self._turn_to("")
        self._asked = ()
        self._reviews.clear()
        self._faults.clear()
        self.changed.emit()

    @Slot()
    def _note_run(self) -> None:
        self._runs_over += 1
        self.refresh()

    @Slot(object)
    def _take(self, loaded: object) -> None:
        assert isinstance(loaded, Loaded)
        if (workspace := self._workspaces.workspace) is None or loaded.lines.dataset != self._dataset:
            return
        if loaded.fault is not None:
            self._faults[self._dataset] = loaded.fault
            self._messages.report(loaded.fault)
        elif loaded.kept is not None and self._dataset not in self._reviews:
            self._faults.pop(self._dataset, None)
            self._reviews[self._dataset] = loaded.kept.review
            self._shelf.know((workspace, self._dataset), loaded.kept.digest)
        self._lines = loaded.lines
        self._verdicts = verdicts_of(self.review.log, self._lines.names)
        self._delay.start()
        self.changed.emit()

    @Slot()
    def _start_effects(self) -> None:
        arms, wrong = self._lines.arms, self._verdicts.wrong
        self._effector.start(lambda control: iter((effects_of_cleaning(arms, wrong),)))

    @Slot(object)
    def _take_effects(self, effects: object) -> None:
        assert isinstance(effects, tuple)
        self._effects = effects
        self.effects_changed.emit()

    @Slot()
    def _end_saving(self) -> None:
        for place in self._shelf.take_aside():
            self._messages.warn(
                "Another program changed the log meanwhile", f"What it wrote is kept in {place} and can be imported."
            )
        self.judged.emit()

    @Slot(object)
    def _take_file(self, done: object) -> None:
        match done:
            case LogTaken():
                self._take_log(done)
            case ExclusionsWritten():
                self._take_exclusions(done)
            case Path():
                self._messages.inform(f"The log was written to {done}")
            case _:
                pass

    def _take_log(self, found: LogTaken) -> None:
        if found.before is not self.review:  # a line was labelled meanwhile
            self._start_import(found.path)
            return
        self._set_review(found.done.review)
        other = found.done.contradicted
        hint = f"{counted(len(other), 'line')} labelled otherwise here keep their label ({examples(other)})."
        notes = " ".join(f"{note}." for note in found.notes)
        said = f"{found.path.name}: {counted(found.done.added, 'row')} added, {found.done.known:,} known already"
        self._messages.inform(said, " ".join(filter(None, (hint if other else "", notes))))

    def _take_exclusions(self, done: ExclusionsWritten) -> None:
        rules = self._study.study.rules_of(done.dataset)
        others = tuple(name for name in rules.exclude if Path(name).stem != done.path.stem)
        exclude = (*others, str(done.path))
        if exclude == rules.exclude:
            self._study.replan()  # the same list with other lines
        else:
            self._study.edit(target_rules={done.dataset: rules.model_copy(update={"exclude": exclude}).model_dump()})
        rest = "" if rules.exclude_from_test else " Test lines are scored all the same; the Study page can change that."
        self._messages.inform(
            f"{counted(done.lines, 'line')} of {done.dataset} found wrong: the study draws none of them",
            f"The list is {done.path.name} in the study's folder.{rest}",
        )

    @Slot(object)
    def _report(self, error: Exception) -> None:
        self._messages.report(error, str(self.sender().property("doing")))
