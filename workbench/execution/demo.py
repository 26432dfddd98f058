"""The demo workspace: generated lines, imported, and the demo study, for the window and the command line."""

from collections.abc import Iterator
from pathlib import Path

from workbench.data.catalog import (
    ImportProgress,
    OpenedDataset,
    import_datasets,
    load_catalog,
    open_dataset,
    relink,
)
from workbench.demo.datasets import DemoProgress, dataset_names, generate
from workbench.resource_files import study_files
from workbench.runs.control import Control
from workbench.runs.lock import WorkspaceLock
from workbench.runs.workspace import Workspace
from workbench.study.schema import Study
from workbench.study.toml_file import load_study, save_study

DEMO_STUDY = "demo"


def demo_folder(workspace: Workspace) -> Path:
    """Where the generated images lie."""
    return workspace.root / "demo-data"


def demo_study_file(workspace: Workspace) -> Path:
    """Return the demo study: the one that the user keeps in the workspace, else the one that comes with the program."""
    kept = workspace.study_file(DEMO_STUDY)
    return kept if kept.is_file() else study_files()[DEMO_STUDY]


def make_demo_data(workspace: Workspace, control: Control) -> Iterator[DemoProgress | ImportProgress | OpenedDataset]:
    """Draw the demo lines where they are not there yet, and add or open the three data sets.

    Raises
    ------
    WorkspaceError
        When another program writes in this workspace, or the disk is full.
    InputError
        When a data set of another origin has the name of a demo data set.
    """
    with WorkspaceLock(workspace):
        yield from generate(demo_folder(workspace), control=control)
        known = {entry.name: entry for entry in load_catalog(workspace)}
        for name in dataset_names():
            path = demo_folder(workspace) / name
            if control.is_cancelled:
                return
            if name in known and known[name].is_synthetic:
                # A workspace that was moved or copied still names its old place.
                if known[name].path != path:
                    relink(workspace, name, path)
                yield from open_dataset(workspace, name, control=control)
            else:
                yield from import_datasets(workspace, path, name=name, control=control)


def make_demo(workspace: Workspace, control: Control) -> Iterator[DemoProgress | ImportProgress | Study]:
    """Make what the demo lacks: its data sets (:func:`make_demo_data`), and the study.

    A study of that name that the user has changed stays as it is; it comes last, unless the control was cancelled.
    """
    with WorkspaceLock(workspace):
        for value in make_demo_data(workspace, control):
            if not isinstance(value, OpenedDataset):
                yield value
        if not control.is_cancelled:
            yield _install_study(workspace)


def _install_study(workspace: Workspace) -> Study:
    source, kept = demo_study_file(workspace), workspace.study_file(DEMO_STUDY)
    study = load_study(source)
    if source != kept:
        save_study(study, kept)
    return study
