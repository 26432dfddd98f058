"""The jobs behind `datasets …`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbench.cli.live import follow
from workbench.cli.program import EXIT_INTERRUPTED, EXIT_OK, interruptible, tell
from workbench.cli.wording import count
from workbench.data import catalog
from workbench.data.catalog import ImportProgress, Inspection, OpenedDataset
from workbench.data.comparison import Comparison, compare
from workbench.data.overrides import Overrides
from workbench.data.preview import draw_sample, sample_report
from workbench.data.problem_list import write_problems
from workbench.data.statistics import SetStatistics, check_report, statistics_of, unique_problems
from workbench.errors import InputError
from workbench.execution.frame_rule import frame_rule
from workbench.models.registry import architecture
from workbench.runs.control import Control
from workbench.runs.lock import WorkspaceLock
from workbench.runs.workspace import Workspace
from workbench.study.schema import Preprocessing


def check(
    path: Path, overrides: Overrides, *, shown_lines: int = 0, problems: Path | None = None
) -> dict[str, Any] | None:
    """Read a data set wholly, count it, and draw some lines to be shown; None when the user stopped it.

    Its problems are written where a file for them is named.
    """
    control = Control()
    found = None
    with interruptible(control):
        for value in follow(catalog.inspect(path, overrides=overrides, control=control), ImportProgress):
            found = value if isinstance(value, Inspection) else found
        if found is None:
            return None
        sample = draw_sample(found.reading, size=shown_lines) if shown_lines else ()
    if problems is not None:
        written = write_problems(problems, unique_problems(found))
        tell(f"{count(written, 'row')} written to {problems}")
    report = check_report(found)
    return {**report, "preview": sample_report(sample)} if shown_lines else report


def add(workspace: Workspace, name: str, path: Path, overrides: Overrides) -> int:
    """Enter a data set; one of this name that was moved is relinked."""
    known = {entry.name: entry for entry in catalog.load_catalog(workspace)}
    if name in known and not known[name].path.exists():
        return relink(workspace, name, path)
    control = Control()
    with WorkspaceLock(workspace), interruptible(control):
        job = catalog.import_datasets(workspace, path, name=name, overrides=overrides, control=control)
        for value in follow(job, ImportProgress):
            _tell_opened(value)
    return EXIT_INTERRUPTED if control.is_cancelled else EXIT_OK


def relink(workspace: Workspace, name: str, path: Path) -> int:
    """Enter the new place of a data set and open it there."""
    control = Control()
    with WorkspaceLock(workspace), interruptible(control):
        catalog.relink(workspace, name, path)
        for value in follow(catalog.open_dataset(workspace, name, control=control), ImportProgress):
            _tell_opened(value)
            if isinstance(value, OpenedDataset) and value.has_changed:
                tell(f"Its content is not what it was: runs trained on the earlier {name} are other runs.")
    return EXIT_INTERRUPTED if control.is_cancelled else EXIT_OK


def _tell_opened(value: object) -> None:
    if not isinstance(value, OpenedDataset):
        return
    faults = sum(not problem.is_note for problem in value.lines.problems)
    what = "synthetic " if value.entry.is_synthetic else ""
    lines, problems = count(len(value.lines.lines), "line"), count(faults, "problem")
    tell(f"{value.entry.name}: {lines} ({what}{value.entry.language}, {value.entry.form}), {problems}")


def listed(workspace: Workspace) -> list[dict[str, Any]]:
    """Data sets of a workspace as plain values."""
    return [
        {
            "name": entry.name,
            "language": entry.language,
            "form": entry.form,
            "path": str(entry.path),
            "is_synthetic": entry.is_synthetic,
            "is_there": entry.path.exists(),
            "fingerprint": entry.fingerprint,
        }
        for entry in catalog.load_catalog(workspace)
    ]


def statistics(
    workspace: Workspace, names: Sequence[str], *, line_height_px: int, network: str, similar: bool
) -> Comparison | None:
    """Count data sets of a workspace, all of them where none is named; None when the user stopped it.

    Raises
    ------
    InputError
        For a network or a data set that is not there, or when the workspace has none.
    """
    rule = frame_rule([architecture(network).name], Preprocessing(line_height_px=line_height_px))
    wanted = dict.fromkeys(names) or [entry.name for entry in catalog.load_catalog(workspace)]
    if not wanted:
        raise InputError(
            f"The workspace {workspace.root} has no data set yet",
            hint="'htr-workbench datasets add NAME PATH' adds one.",
        )
    control = Control()
    with interruptible(control):
        counted = [_counted(workspace, name, control) for name in wanted]
        sets = [one for one in counted if one is not None]
        return compare(sets, rule, similar=similar, control=control) if len(sets) == len(counted) else None


def _counted(workspace: Workspace, name: str, control: Control) -> SetStatistics | None:
    opened = None
    for value in follow(catalog.open_dataset(workspace, name, control=control), ImportProgress):
        opened = value if isinstance(value, OpenedDataset) else opened
    return None if opened is None else statistics_of(opened, control)
