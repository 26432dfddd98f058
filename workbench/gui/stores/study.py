"""The study being edited, its earlier values, and the plan that it comes to."""

import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import ValidationError
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from workbench import files, resource_files, settings
from workbench.data.cache import LineCache
from workbench.data.catalog import OpenedDataset, ensure_cache
from workbench.errors import InputError, WorkbenchError, WorkspaceError
from workbench.execution.duplicates import duplicate, free_name
from workbench.execution.estimates import Estimate, estimate
from workbench.execution.local import LocalExecutor
from workbench.execution.measuring import Measured, MeasuringProgress, keep_measured, measure
from workbench.execution.plan import resolve
from workbench.execution.targets import target_names
from workbench.gui.messages import Messages
from workbench.gui.stores.datasets import DatasetStore
from workbench.gui.stores.workspace import WorkspaceStore
from workbench.gui.workers import JobLane, seldom
from workbench.runs.control import Control
from workbench.runs.plan import Plan, PlannedRun, SharedLines
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study import toml_file
from workbench.study.schema import LeakageDecision, Study

log = logging.getLogger(__name__)

PLAN_DELAY_MS = 200
MAX_UNDO = 200
FIRST_PRESET = "quick"


@dataclass(frozen=True, slots=True)
class _Planned:
    plan: Plan
    estimate: Estimate


def draft_file(workspace: Workspace) -> Path:
    """Where the study that is edited in a workspace is kept: with the settings, so that a reader can edit as well."""
    name = sha256(os.fsencode(workspace.root)).hexdigest()[:16]
    return settings.settings_file().parent / "drafts" / f"{name}.toml"


def _read_saved(workspace: Workspace, name: str) -> Study | None:
    try:
        return toml_file.load_study(workspace.study_file(name))
    except InputError:
        return None


def _write_draft(workspace: Workspace, study: Study) -> None:
    try:
        files.write_text(draft_file(workspace), toml_file.format_study(study))
    except WorkspaceError as error:
        log.info("%s", error)  # the settings were refused as well, and that was said


def _merged(old: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """Put changes over old values; a mapping over a mapping changes only the keys it names."""
    merged = dict(old)
    for key, value in changes.items():
        inner = merged.get(key)
        both = isinstance(inner, dict) and isinstance(value, Mapping)
        merged[key] = _merged(inner, value) if both else value  # pyright: ignore[reportUnknownArgumentType, reportArgumentType]
    return merged


def _keys(changes: Mapping[str, object]) -> set[str]:
    """Return the dotted names of what is changed."""
    names: set[str] = set()
    for key, value in changes.items():
        names |= {f"{key}.{inner}" for inner in value} if isinstance(value, Mapping) else {key}
    return names


def _problems_of(error: ValidationError, changes: Mapping[str, object]) -> dict[str, str]:
    """Return what is wrong by dotted field name; list positions and union branches are left out of the names."""
    known = _keys(changes)
    problems: dict[str, str] = {}
    for problem in error.errors():
        names = [str(part) for part in problem["loc"]]
        field = ".".join(names[:2]) if ".".join(names[:2]) in known else names[0] if names else ""
        message = problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
        problems.setdefault(field, message[:1].upper() + message[1:])
    return problems


class StudyStore(QObject):
    """The study that the window shows. Every change is a new value, so undo is a list of earlier ones."""

    changed = Signal()

    def __init__(
        self,
        workspaces: WorkspaceStore,
        datasets: DatasetStore,
        messages: Messages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspaces = workspaces
        self._datasets = datasets
        self._messages = messages
        self._study = Study(name="study")
        self._saved: Study | None = None
        self._undo: list[Study] = []
        self._redo: list[Study] = []
        self._problems: dict[str, str] = {}
        self._planned: _Planned | None = None
        self._plan_problem: WorkbenchError | None = None
        self._asked: tuple[object, ...] = ()
        self._lane = JobLane("plan", self)
        self._lane.produced.connect(self._take_plan)
        self._lane.failed.connect(self._take_failure)
        self._measuring: MeasuringProgress | None = None
        self._measurer = JobLane("measuring", self)
        self._measurer.produced.connect(self._take_measured)
        self._measurer.failed.connect(self._take_measuring_failure)
        self._measurer.finished.connect(self._end_measuring)
        self._delay = QTimer(self, singleShot=True, interval=PLAN_DELAY_MS)
        self._delay.timeout.connect(self._start_planning)
        datasets.changed.connect(self._plan_if_needed)
        workspaces.changed.connect(self.replan)

    @property
    def study(self) -> Study:
        """The study as it is now; always a valid one."""
        return self._study

    @property
    def problems(self) -> Mapping[str, str]:
        """What is wrong with the latest edit of a field, by its (dotted) name; the study kept its old value."""
        return MappingProxyType(self._problems)

    @property
    def is_modified(self) -> bool:
        """Tell whether the study differs from its file in the workspace."""
        return self._study != self._saved

    @property
    def can_undo(self) -> bool:
        """Tell whether there is an earlier value."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Tell whether an undone value can come back."""
        return bool(self._redo)

    @property
    def plan(self) -> Plan | None:
        """What the study comes to. While `is_planning` it may be that of an earlier value; None where it cannot be."""
        return self._planned.plan if self._planned else None

    @property
    def startable_plan(self) -> Plan | None:
        """The plan of exactly this study, None while it is worked out and where it cannot be: what Start takes."""
        plan = self.plan
        return plan if plan is not None and plan.study == self._study and not self._problems else None

    @property
    def estimate(self) -> Estimate | None:
        """How long the plan takes, as far as runs done before tell."""
        return self._planned.estimate if self._planned else None

    @property
    def measuring(self) -> MeasuringProgress | None:
        """How far a measurement is; None where none is under way."""
        return self._measuring

    @property
    def can_measure(self) -> bool:
        """Tell whether a measurement would have something to measure, and a place to keep it."""
        found = self.estimate
        is_worth_it = found is not None and any(each.source != "finished runs" for each in found.kinds)
        return is_worth_it and self.startable_plan is not None and not self._workspaces.is_read_only

    @property
    def plan_problem(self) -> WorkbenchError | None:
        """Why there is no plan."""
        return self._plan_problem

    @property
    def is_planning(self) -> bool:
        """Tell whether a plan is being worked out (or waits for data sets that are being opened)."""
        return self._delay.isActive() or self._lane.is_running or self._is_waiting_for_data()

    @property
    def target_names(self) -> tuple[str, ...]:
        """Names of the data sets that the study takes: those it names, else all of the workspace."""
        entries = self._datasets.entries
        if not self._study.targets:
            return tuple(entry.name for entry in entries)
        named: list[str] = []
        for target in self._study.targets:
            language = target.removeprefix("language:")
            found = [entry.name for entry in entries if entry.language == language] if language != target else [target]
            named += [name for name in found if name not in named]
        return tuple(named)

    def set_study(self, study: Study) -> None:
        """Put another value in place of the study; the old one can be had back by undo."""
        self._problems = {}
        if study != self._study:
            self._undo = [*self._undo, self._study][-MAX_UNDO:]
            self._redo = []
            self._study = study
            self.replan()
        else:
            self.changed.emit()

    def check(self, **changes: object) -> Mapping[str, str]:
        """Return what would be wrong with changed fields, as :meth:`edit` does, and change nothing."""
        try:
            Study.model_validate(_merged(self._study.model_dump(by_alias=False), changes))
        except ValidationError as error:
            return _problems_of(error, changes)
        return {}

    def edit(self, **changes: object) -> Mapping[str, str]:
        """Change fields; return what is wrong with them by field, empty when all is well.

        A mapping for `preprocessing` or `training` changes only the fields that it names; their names in the
        answer are dotted (`training.batch_lines`). With a problem the study stays as it is.
        """
        for name in _keys(changes):
            self._problems.pop(name, None)
        try:
            study = Study.model_validate(_merged(self._study.model_dump(by_alias=False), changes))
        except ValidationError as error:
            found = _problems_of(error, changes)
            self._problems.update(found)
            self.changed.emit()
            return found
        kept = dict(self._problems)
        self.set_study(study)
        self._problems = kept
        return {}

    def decide(self, record: SharedLines, decision: Literal["exclude", "accept"] | None) -> None:
        """Write into the study what is done about something that parts share; None takes a decision back."""
        subject = (record.kind, record.left, record.right)
        kept = [each for each in self._study.leakage.decisions if each.subject != subject]
        if decision is not None:
            kept.append(LeakageDecision(kind=record.kind, left=record.left, right=record.right, decision=decision))
        self.edit(leakage={"decisions": [each.model_dump() for each in kept]})

    @Slot()
    def undo(self) -> None:
        """Go back to the value before the last change."""
        if self._undo:
            self._redo.append(self._study)
            self._study = self._undo.pop()
            self._problems = {}
            self.replan()

    @Slot()
    def redo(self) -> None:
        """Take back the last undo."""
        if self._redo:
            self._undo.append(self._study)
            self._study = self._redo.pop()
            self._problems = {}
            self.replan()

    def duplicate(self, plan: Plan, planned: PlannedRun) -> None:
        """Begin a study from one run of a plan: it asks for the same run until something about it is changed."""
        workspace = self._workspaces.workspace
        taken = (*(workspace.study_names() if workspace else ()), self._study.name)
        self._saved = None
        self.set_study(duplicate(plan, planned, free_name(plan.study.name, taken)))

    @Slot()
    def train_whole_grid(self) -> None:
        """Take back that only some runs of the grid are trained."""
        self.edit(only=())

    def load(self, path: Path) -> bool:
        """Read a study file; tell the user and return False when it cannot be used."""
        try:
            study = toml_file.load_study(path)
        except InputError as error:
            self._messages.report(error)
            return False
        workspace = self._workspaces.workspace
        self._saved = _read_saved(workspace, study.name) if workspace else None
        self.set_study(study)
        return True

    @Slot()
    def load_demo(self) -> None:
        """Open the study that goes with the demo data, as the user last saved it; one that is open already stays."""
        from workbench.execution.demo import DEMO_STUDY, demo_study_file  # it draws lines: nobody else waits for that

        workspace = self._workspaces.workspace
        if workspace is not None and self._study.name != DEMO_STUDY:
            self.load(demo_study_file(workspace))

    @Slot()
    def open_last(self) -> None:
        """Begin with what was edited last in this workspace, else with its newest study, else with a preset."""
        workspace = self._workspaces.workspace
        if workspace is None:
            return
        self._undo, self._redo = [], []
        kept = sorted(workspace.studies.glob("*/study.toml"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in (draft_file(workspace), *kept, resource_files.study_files()[FIRST_PRESET]):
            try:
                study = toml_file.load_study(path)
            except InputError:
                continue
            self._problems = {}
            self._study = study
            self._saved = _read_saved(workspace, study.name)
            self.replan()
            return

    def keep_draft(self) -> None:
        """Keep what is edited for the next start, saved or not."""
        if (workspace := self._workspaces.workspace) is not None:
            _write_draft(workspace, self._study)

    def load_preset(self, name: str) -> None:
        """Take over the rules of a ready study; the name and the chosen data sets stay."""
        try:
            preset = toml_file.load_study(resource_files.study_files()[name])
        except KeyError:
            known = ", ".join(resource_files.study_files())
            self._messages.report(InputError(f"There is no preset '{name}'", hint=f"Known presets: {known}."))
            return
        except WorkbenchError as error:
            self._messages.report(error)
            return
        kept = {"targets": self._study.targets, "name": self._study.name, "preset": name}
        self.set_study(preset.model_copy(update=kept))

    @Slot()
    def save(self) -> bool:
        """Write the study into the workspace, under its name."""
        workspace = self._workspaces.workspace
        if workspace is None:
            return False
        if self._workspaces.is_read_only:
            self._messages.warn("The study was not saved: this workspace is open for reading only")
            return False
        try:
            toml_file.save_study(self._study, workspace.study_file(self._study.name))
        except WorkspaceError as error:
            self._messages.report(error)
            return False
        self._saved = self._study
        self.changed.emit()
        return True

    def export(self, path: Path) -> bool:
        """Write the study to a file of the user's choice."""
        try:
            files.write_text(path, toml_file.format_study(self._study.with_files_below(path.parent)))
        except WorkspaceError as error:
            self._messages.report(error)
            return False
        return True

    @Slot()
    def replan(self) -> None:
        """Work the plan out anew, soon: also to count what was finished meanwhile."""
        self._asked = ()
        self._plan_if_needed()
        self.changed.emit()

    @Slot()
    def measure(self) -> None:
        """Train some steps of each kind of run, throw them away, and tell the time that the study takes anew."""
        workspace, plan = self._workspaces.workspace, self.startable_plan
        if workspace is not None and plan is not None and self._measuring is None:
            self._measuring = MeasuringProgress(0, 0, "getting ready to measure")
            self._measurer.start(lambda control: _measure(workspace, plan, control))
            self.changed.emit()

    @Slot()
    def stop_measuring(self) -> None:
        """End a measurement; what was measured by then is kept."""
        self._measurer.cancel()

    def wait(self) -> None:
        """Block until the workers have ended; for the very end of the program."""
        self._measurer.wait()
        self._delay.stop()
        self._lane.wait()

    @Slot()
    def _plan_if_needed(self) -> None:
        """Plan again when the study or a data set that it takes is not what the last plan was asked for."""
        opened = tuple(id(self._datasets.opened.get(name)) for name in self.target_names)
        asked = (self._study, opened, self._is_waiting_for_data())
        if asked != self._asked:
            self._asked = asked
            self._delay.start()

    @Slot()
    def _start_planning(self) -> None:
        workspace = self._workspaces.workspace
        if workspace is None or not self._datasets.is_known:
            return
        if self._is_waiting_for_data():
            return  # the end of the reading asks again
        study = self._study
        faults = [self._datasets.faults[name] for name in self.target_names if name in self._datasets.faults]
        if faults:
            self._take_failure(faults[0])
            return
        opened = dict(self._datasets.opened)
        self._lane.start(lambda control: _plan(workspace, study, opened, control))
        self.changed.emit()

    def _is_waiting_for_data(self) -> bool:
        """Tell whether a data set that the study takes may still come."""
        if not self._datasets.is_busy:
            return False
        names = self.target_names
        return not names or not (self._datasets.opened.keys() | self._datasets.faults.keys()).issuperset(names)

    @Slot(object)
    def _take_measured(self, value: object) -> None:
        match value:
            case MeasuringProgress():
                self._measuring = value
                self.changed.emit()
            case Measured(problems=problems) if problems:
                self._messages.warn(f"Not everything could be measured: {problems[0]}")
            case _:
                pass

    @Slot(object)
    def _take_measuring_failure(self, error: Exception) -> None:
        self._messages.report(error, "Measuring")

    @Slot()
    def _end_measuring(self) -> None:
        self._measuring = None
        self.replan()

    @Slot(object)
    def _take_plan(self, planned: object) -> None:
        assert isinstance(planned, _Planned)
        if planned.plan.study == self._study:
            self._planned = planned
            self._plan_problem = None
            self.changed.emit()

    @Slot(object)
    def _take_failure(self, error: Exception) -> None:
        self._planned = None
        if isinstance(error, WorkbenchError):
            self._plan_problem = error
        else:
            self._plan_problem = WorkbenchError("The plan could not be worked out", str(error))
            self._messages.report(error, "Working out the plan")
        self.changed.emit()


def _plan(
    workspace: Workspace, study: Study, opened: Mapping[str, OpenedDataset], control: Control
) -> Iterator[_Planned]:
    """Resolve over caches that are cropped as the study asks; a missing one is written first."""
    _write_draft(workspace, study)
    fitting = dict(opened)
    for name in target_names(study, {name: dataset.entry.language for name, dataset in opened.items()}):
        dataset = opened[name]
        for value in ensure_cache(workspace, dataset, study.preprocessing.crop_to_ink, control):
            if isinstance(value, LineCache):
                fitting[name] = replace(dataset, cache=value)
    if control.is_cancelled:
        return
    plan = resolve(study, fitting)
    device = settings.load().device
    yield _Planned(plan, estimate(plan, RunStore(workspace), device=device, beside_window=True))


def _measure(workspace: Workspace, plan: Plan, control: Control) -> Iterator[object]:
    executor = LocalExecutor(workspace, device=settings.load().device, beside_window=True)
    for value in seldom(measure(workspace, plan, control, executor), MeasuringProgress):
        if isinstance(value, Measured):
            keep_measured(workspace, value)
        yield value
