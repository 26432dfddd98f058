"""All stores of one window, wired to each other in the only order in which they may know each other."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject

from workbench.gui.messages import Messages
from workbench.gui.stores.comparison import ComparisonStore
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.stores.examination import ExaminationStore
from workbench.gui.stores.heartbeat import HeartbeatStore
from workbench.gui.stores.letters import LettersStore
from workbench.gui.stores.line_marks import LineMarksStore
from workbench.gui.stores.predictions import PredictionsStore
from workbench.gui.stores.preferences import PreferencesStore
from workbench.gui.stores.presence import PresenceStore
from workbench.gui.stores.probes import ProbesStore
from workbench.gui.stores.progress import Drive, ProgressStore, run_in_children
from workbench.gui.stores.results import ResultsStore
from workbench.gui.stores.review import ReviewStore
from workbench.gui.stores.shown_lines import ShownLinesStore
from workbench.gui.stores.study import StudyStore
from workbench.gui.stores.summaries import SummaryStore
from workbench.gui.stores.text_appearance import TextAppearance
from workbench.gui.stores.workspace import WorkspaceStore
from workbench.gui.stores.workspace_check import WorkspaceCheckStore


@dataclass(frozen=True, slots=True)
class Stores:
    """State and commands of one window."""

    messages: Messages
    preferences: PreferencesStore
    text: TextAppearance
    workspaces: WorkspaceStore
    datasets: DatasetStore
    summaries: SummaryStore
    study: StudyStore
    comparison: ComparisonStore
    progress: ProgressStore
    results: ResultsStore
    predictions: PredictionsStore
    review: ReviewStore
    marks: LineMarksStore
    shown_lines: ShownLinesStore
    letters: LettersStore
    probes: ProbesStore
    checks: WorkspaceCheckStore
    examination: ExaminationStore
    presence: PresenceStore
    heartbeat: HeartbeatStore

    @property
    def is_busy(self) -> bool:
        """Tell whether a worker that would have to be waited for does something that matters."""
        return self.progress.is_running or self.datasets.is_busy

    def wait(self) -> None:
        """Stop every worker and block until all threads have ended, then let others write in the workspace."""
        self.presence.wait()
        self.progress.wait()
        self.datasets.wait()
        self.summaries.wait()
        self.comparison.wait()
        self.study.wait()
        self.results.wait()
        self.shown_lines.wait()
        self.predictions.wait()
        self.review.wait()
        self.marks.wait()
        self.letters.wait()
        self.probes.wait()
        self.checks.wait()
        self.examination.wait()
        self.workspaces.close()


def make_stores(parent: QObject | None = None, drive: Drive = run_in_children) -> Stores:
    """Make the stores of a window; `drive` is how studies are run."""
    messages = Messages(parent)
    preferences = PreferencesStore(messages, parent)
    text = TextAppearance(messages, parent)
    workspaces = WorkspaceStore(messages, parent)
    datasets = DatasetStore(workspaces, messages, parent)
    summaries = SummaryStore(datasets, messages, parent)
    study = StudyStore(workspaces, datasets, messages, parent)
    comparison = ComparisonStore(summaries, study, messages, parent)
    progress = ProgressStore(workspaces, messages, drive, parent)
    results = ResultsStore(workspaces, study, progress, messages, parent)
    predictions = PredictionsStore(workspaces, results, messages, parent)
    review = ReviewStore(workspaces, datasets, study, progress, messages, parent)
    marks = LineMarksStore(workspaces, messages, parent)
    shown_lines = ShownLinesStore(predictions, marks, messages, parent)
    letters = LettersStore(workspaces, results, messages, parent)
    probes = ProbesStore(workspaces, results, progress, messages, parent)
    checks = WorkspaceCheckStore(workspaces, progress, messages, parent)
    examination = ExaminationStore(workspaces, messages, parent)
    presence = PresenceStore(workspaces, progress, messages, parent)
    heartbeat = HeartbeatStore(progress, messages, parent)
    progress.run_over.connect(study.replan)
    return Stores(
        messages=messages,
        preferences=preferences,
        text=text,
        workspaces=workspaces,
        datasets=datasets,
        summaries=summaries,
        study=study,
        comparison=comparison,
        progress=progress,
        results=results,
        predictions=predictions,
        review=review,
        marks=marks,
        shown_lines=shown_lines,
        letters=letters,
        probes=probes,
        checks=checks,
        examination=examination,
        presence=presence,
        heartbeat=heartbeat,
    )


def open_stores(workspace: Path, parent: QObject | None = None, drive: Drive = run_in_children) -> Stores:
    """Make the stores and open a workspace in them; what is in it is read by workers."""
    stores = make_stores(parent, drive)
    stores.workspaces.open(workspace)
    return stores
