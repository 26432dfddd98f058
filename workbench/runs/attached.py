"""Runs of other systems: what was imported, and which studies they take part in.

A study's plan says what is trained; it is made anew whenever the study is run. What takes part in its results beside
that is kept in a file of its own, `attached.json`, and joined to the plan where results are read.
"""

from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field, ValidationError

from workbench import files
from workbench.errors import WorkspaceError
from workbench.runs.plan import Plan, PlannedRun, load_plan
from workbench.runs.workspace import Workspace
from workbench.study.grid import RunRequest
from workbench.study.schema import FrozenModel, PlainName

IMPORTED_FILE = "imported.json"


class ImportedSource(FrozenModel):
    """What a run of another system was made from: the content of `imported.json` in its folder."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")
    file: str
    """Name of the file or folder, without its place."""
    sha256: str
    """Of its bytes; of a folder, of the names and bytes of its files."""
    form: str
    encoding: str
    request: RunRequest
    """What the system is said to have been trained on."""
    target: str
    fingerprint: str
    """Of the data set whose lines were read."""
    normalisation: tuple[str, ...]
    """Steps that texts went through before they were counted."""
    wildcards: str
    cluster_unit: str
    line_ids: tuple[str, ...]
    clusters: tuple[str, ...]
    """Writer, page or block of each line, parallel to `line_ids`."""
    test_lines: int
    """Of the study's target: as many as `line_ids` where the file has all of them."""
    remarks: tuple[str, ...] = ()


class AttachedRun(FrozenModel):
    """An imported run that takes part in a study."""

    request: RunRequest
    run: PlainName


class Attached(FrozenModel):
    """The content of `attached.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")
    runs: tuple[AttachedRun, ...] = ()


def imported_file(workspace: Workspace, run: str) -> Path:
    """Where it is kept what a run was made from; there for imported runs only."""
    return workspace.runs / run / IMPORTED_FILE


def load_imported(workspace: Workspace, run: str) -> ImportedSource | None:
    """Return what an imported run was made from, None for any other.

    Raises
    ------
    WorkspaceError
        When the file is damaged.
    """
    path = imported_file(workspace, run)
    try:
        return ImportedSource.model_validate_json(files.read_plain(path))
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise WorkspaceError(f"{path} cannot be used", str(error).splitlines()[0]) from error


def load_attached(workspace: Workspace, study: str) -> tuple[AttachedRun, ...]:
    """Return the runs of other systems that take part in a study, in the order in which they were added.

    Raises
    ------
    WorkspaceError
        When the file is damaged.
    """
    path = workspace.attached_file(study)
    try:
        return Attached.model_validate_json(files.read_plain(path)).runs
    except FileNotFoundError:
        return ()
    except (OSError, ValidationError) as error:
        raise WorkspaceError(f"{path} cannot be used", str(error).splitlines()[0]) from error


def save_attached(workspace: Workspace, study: str, runs: tuple[AttachedRun, ...]) -> None:
    """Write which runs of other systems take part in a study."""
    path = workspace.attached_file(study)
    if runs:
        files.write_text(path, Attached(runs=runs).model_dump_json(indent=1, by_alias=True) + "\n")
    else:
        with files.explained(path):
            path.unlink(missing_ok=True)


def with_attached(plan: Plan, workspace: Workspace) -> Plan:
    """Join the runs of other systems to a plan, for reading its results; their architectures and K come last.

    Runs on data sets that the plan no longer has are left out, and those in whose place it trains a run of its own
    by now: two runs of one seed must not count as two trainings.
    """
    names = {target.name for target in plan.targets}
    added = [
        each
        for each in load_attached(workspace, plan.study.name)
        if set(each.request.targets) <= names and run_in_place_of(plan, each.request) is None
    ]
    if not added:
        return plan
    study = plan.study
    changes: dict[str, object] = {
        "architectures": tuple(dict.fromkeys([*study.architectures, *(each.request.architecture for each in added)]))
    }
    if study.k_unit == "lines":
        changes["k_lines"] = tuple(dict.fromkeys([*study.k_lines, *(each.request.k for each in added)]))
    runs = tuple(PlannedRun(request=each.request, run=each.run, steps=0) for each in added)
    return plan.model_copy(update={"study": study.model_copy(update=changes), "runs": (*plan.runs, *runs)})


def run_in_place_of(plan: Plan, request: RunRequest) -> PlannedRun | None:
    """Return the run of a plan that stands in the same cell as a request, with its draw and seed; None without one."""
    for planned in plan.runs:
        known = planned.request
        is_alike = known.setting == request.setting and known.arm == request.arm
        if is_alike and set(known.targets) & set(request.targets):
            return planned
    return None


def load_whole_plan(workspace: Workspace, study: str) -> Plan:
    """Read the plan of a study with the runs of other systems; see :func:`with_attached`."""
    return with_attached(load_plan(workspace.plan_file(study)), workspace)
