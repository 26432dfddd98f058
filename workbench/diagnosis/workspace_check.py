"""A whole workspace against its checksums: runs, studies, data sets, and what people wrote down."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from workbench.analysis.results.published import load_published
from workbench.data.cache import LineCache
from workbench.data.datasets_file import load_catalog
from workbench.data.line_marks import read_marks
from workbench.data.sealed import read_sealed
from workbench.data.verification_log import read_log
from workbench.diagnosis.findings import Fault, Finding
from workbench.diagnosis.run_folder import HALF, check_run
from workbench.errors import WorkbenchError
from workbench.execution.queue import load_order
from workbench.runs.attached import load_attached
from workbench.runs.control import Control
from workbench.runs.lock import holder
from workbench.runs.migrations import check_schema
from workbench.runs.plan import load_plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.toml_file import load_study

Kind = Literal["run", "study", "list of data sets", "data set", "cache", "log of labels", "file of notes", "workspace"]


@dataclass(frozen=True, slots=True)
class Checked:
    """Something is looked at."""

    kind: Kind
    name: str
    done: int
    total: int

    @property
    def what(self) -> str:
        """For a line of progress."""
        return f"{self.kind} {self.name}"


def check_workspace(workspace: Workspace, control: Control) -> Iterator[Checked | Finding]:
    """Look at everything in a workspace; nothing is changed, and another program may write in it meanwhile.

    Parameters
    ----------
    workspace : Workspace
    control : Control
        When it is cancelled, the check ends early: the last value then has `done < total`.

    Yields
    ------
    Checked
        One per run, study, data set's cache and file of notes.
    Finding
        What is wrong there, after it.
    """
    other = holder(workspace)
    in_use = other is not None and not other.is_this_process
    looks = [*_run_looks(workspace, in_use=in_use), *_study_looks(workspace), *_data_looks(workspace)]
    looks += _note_looks(workspace)
    if not in_use:
        looks.append(("workspace", workspace.root.name, lambda: _check_leftovers(workspace)))
    for number, (kind, name, look) in enumerate(looks, start=1):
        if control.is_cancelled:
            return
        yield Checked(kind, name, number, len(looks))
        yield from look()


Look = tuple[Kind, str, Callable[[], Iterator[Finding]]]


def _run_looks(workspace: Workspace, *, in_use: bool) -> Iterator[Look]:
    store = RunStore(workspace)
    for folder in _folders(workspace.runs):
        yield "run", folder.name, lambda run=folder.name: check_run(store, run, in_use=in_use)


def _study_looks(workspace: Workspace) -> Iterator[Look]:
    for folder in _folders(workspace.studies):
        yield "study", folder.name, lambda name=folder.name: _check_study(workspace, name)


def _data_looks(workspace: Workspace) -> Iterator[Look]:
    yield "workspace", "schema", lambda: _tried_schema(workspace)
    yield "list of data sets", workspace.datasets_file.name, lambda: _check_catalog(workspace)
    for path in sorted((workspace.cache / "sets").glob("*.json")):
        yield "data set", path.stem, lambda path=path: _check_snapshot(workspace, path)
    for folder in _folders(workspace.cache):
        if folder.name != "sets":
            yield "cache", folder.name, lambda folder=folder: _check_cache(workspace, folder)


def _note_looks(workspace: Workspace) -> Iterator[Look]:
    for path in sorted(workspace.reviews.glob("*.csv")):
        yield "log of labels", path.stem, lambda path=path: _tried(workspace, path, read_log)
    for path in sorted(workspace.marks_file("").parent.glob("*.json")):
        yield "file of notes", path.stem, lambda path=path: _tried(workspace, path, read_marks)


def _check_leftovers(workspace: Workspace) -> Iterator[Finding]:
    """Halves of files outside the folders of runs, which are looked at with their runs, and of caches."""
    for path in sorted(workspace.root.rglob(".*.part")):
        if path.relative_to(workspace.root).parts[0] not in (workspace.runs.name, workspace.cache.name):
            yield _finding(workspace, "leftover", path, HALF)


def _folders(parent: Path) -> list[Path]:
    return [path for path in sorted(parent.glob("*")) if path.is_dir() and not path.name.startswith(".")]


def _finding(workspace: Workspace, fault: Fault, path: Path, what: str, advice: str = "") -> Finding:
    return Finding(fault, path.relative_to(workspace.root).as_posix(), what, advice)


def _as_finding(workspace: Workspace, fault: Fault, path: Path, error: WorkbenchError) -> Finding:
    """What the program says where it cannot read a file; its advice, unless a repair does something about it."""
    what = f"{error.what}: {error.why}" if error.why else error.what
    return _finding(workspace, fault, path, what, error.hint if fault == "other" else "")


def _tried(
    workspace: Workspace, path: Path, read: Callable[[Path], object], fault: Fault = "other"
) -> Iterator[Finding]:
    """Read a file as the program does, and tell what it says of one that it cannot read."""
    try:
        read(path)
    except WorkbenchError as error:
        yield _as_finding(workspace, fault, path, error)


def _check_study(workspace: Workspace, name: str) -> Iterator[Finding]:
    plan_file, study_file = workspace.plan_file(name), workspace.study_file(name)
    unplanned = list(_tried(workspace, plan_file, load_plan, "plan")) if plan_file.exists() else []
    yield from unplanned
    has_plan = plan_file.exists() and not unplanned
    if study_file.exists():
        yield from _tried(workspace, study_file, load_study, "study" if has_plan else "other")
    elif has_plan:
        yield _finding(workspace, "study", study_file, "it is missing")
    order_file = workspace.queue_file(name)
    if order_file.exists() and not load_order(order_file):
        yield _finding(workspace, "order", order_file, "it cannot be used")
    yield from _tried(workspace, workspace.attached_file(name), lambda _: load_attached(workspace, name))
    yield from _tried(workspace, workspace.published_file(name), load_published)


def _tried_schema(workspace: Workspace) -> Iterator[Finding]:
    yield from _tried(workspace, workspace.schema_file, lambda _: check_schema(workspace))


def _check_catalog(workspace: Workspace) -> Iterator[Finding]:
    path = workspace.datasets_file
    try:
        entries = load_catalog(workspace)
    except WorkbenchError as error:
        yield _as_finding(workspace, "other", path, error)
        return
    for entry in entries:
        if not entry.path.exists():
            what = f"the data set {entry.name} is no longer at {entry.path}; tell its new place"
            yield _finding(workspace, "other", path, what)


def _check_snapshot(workspace: Workspace, path: Path) -> Iterator[Finding]:
    try:
        found = read_sealed(path)
    except (ValueError, TypeError) as error:
        yield _finding(workspace, "cache", path, f"it cannot be used: {error}")
        return
    if found is None:
        yield _finding(workspace, "cache", path, "it is not what was written")


def _check_cache(workspace: Workspace, folder: Path) -> Iterator[Finding]:
    try:
        cache = LineCache.open(folder)
    except WorkbenchError as error:
        yield _as_finding(workspace, "cache", folder, error)
        return
    damaged = [line_id for line_id in cache.ids if not cache.is_whole(line_id)]
    if damaged:
        rest = f" and {len(damaged) - 1:,} more" if len(damaged) > 1 else ""
        yield _finding(workspace, "cache", folder, f"the pixels of {damaged[0]}{rest} are not what was written")
