"""Mends what a check of a workspace found, as far as a program can. Nothing that a person made is deleted."""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench import files
from workbench.diagnosis.findings import REPAIRED, Fault, Finding
from workbench.errors import WorkspaceError
from workbench.runs.lock import WorkspaceLock
from workbench.runs.plan import load_plan
from workbench.runs.record import rebuild
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.toml_file import format_study

SET_ASIDE = "damaged"
"""Folder of the workspace in which damaged runs and files are kept, under their old paths."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """A finding that something was done about."""

    finding: Finding
    done: str


_MADE_ANEW: frozenset[Fault] = frozenset({"result", "study"})
_DELETED: frozenset[Fault] = frozenset({"leftover", "checkpoint", "cache"})


def intentions(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Tell what a repair would do, as sentences, and how much it would leave alone."""
    found = Counter(finding.fault for finding in findings)
    made = sum(found[fault] for fault in _MADE_ANEW)
    deleted = sum(found[fault] for fault in _DELETED)
    files_aside = found["plan"] + found["order"]
    aside = [_counted(found["run"], "run"), _counted(files_aside, "file")]
    left = sum(number for fault, number in found.items() if fault not in REPAIRED)
    said = {
        f"It makes {_counted(made, 'file')} anew from what is whole.": made,
        f"It deletes {_counted(deleted, 'part')} that can be made anew or cannot be used.": deleted,
        f"It moves {' and '.join(filter(None, aside))} into the folder “{SET_ASIDE}” of the workspace.": (
            found["run"] + files_aside
        ),
        f"It leaves {_counted(left, 'fault')} to you.": left,
    }
    return tuple(sentence for sentence, number in said.items() if number)


def _counted(number: int, one: str) -> str:
    return f"{number:,} {one}{'s' * (number != 1)}" if number else ""


def repair(workspace: Workspace, findings: Iterable[Finding]) -> Iterator[Repaired]:
    """Mend what can be mended.

    Raises
    ------
    WorkspaceError
        When another program writes in the workspace, or it cannot be written.
    """
    with WorkspaceLock(workspace):
        for finding in findings:
            if finding.can_be_repaired:
                yield Repaired(finding, _mend(workspace, finding))


def _mend(workspace: Workspace, finding: Finding) -> str:
    path = workspace.root / finding.place
    store = RunStore(workspace)
    match finding.fault:
        case "result":
            if not rebuild(store, path.parent.name):
                raise WorkspaceError(f"{finding.place} cannot be made anew", "the run's events changed meanwhile")
            return "made anew from the events"
        case "leftover":
            _delete(path)
            return "deleted"
        case "checkpoint":
            store.sweep(path.parent.name, keep=None)
            return "deleted; the run begins anew"
        case "cache":
            _delete(path)
            return "deleted; it is made anew when the data set is opened"
        case "run":
            return f"the run was put into {set_aside(workspace, path.parent)}"
        case "study":
            plan = load_plan(workspace.plan_file(path.parent.name))
            place = copy_aside(workspace, path) if path.is_file() else None
            files.write_text(path, format_study(plan.study.with_files_below(path.parent)))
            return "made anew from the plan" + (f"; the old one was put into {place}" if place else "")
        case "plan" | "order":
            return f"put into {set_aside(workspace, path)}"
        case _:
            raise ValueError(finding.fault)


def _delete(path: Path) -> None:
    with files.explained(path):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def set_aside(workspace: Workspace, path: Path) -> str:
    """Move a file or folder into the folder for damaged ones, and return where it lies there.

    Raises
    ------
    WorkspaceError
        When the workspace cannot be written.
    """
    place = _first_place(workspace, path)
    while place.exists():
        place = _next_place(path, place)
    with files.explained(place):
        files.make_folder(place.parent)
        path.rename(place)
        for folder in (path.parent, place.parent):
            files.sync_folder(folder)
    return place.relative_to(workspace.root).as_posix()


def copy_aside(workspace: Workspace, path: Path) -> str:
    """Copy a file into the folder for damaged ones, and return where it lies there: another is to take its place.

    Raises
    ------
    WorkspaceError
        When it cannot be read, or the workspace cannot be written.
    """
    with files.explained(path):
        content = path.read_bytes()
        place = _first_place(workspace, path)
        while place.exists():  # an earlier attempt may have copied it, and have been killed
            if place.is_file() and place.read_bytes() == content:
                return place.relative_to(workspace.root).as_posix()
            place = _next_place(path, place)
        files.write_bytes(place, content)
    return place.relative_to(workspace.root).as_posix()


def _first_place(workspace: Workspace, path: Path) -> Path:
    return workspace.root / SET_ASIDE / path.relative_to(workspace.root)


def _next_place(path: Path, taken: Path) -> Path:
    number = 1 if taken.name == path.name else int(taken.name.removeprefix(f"{path.name}-"))
    return taken.with_name(f"{path.name}-{number + 1}")
