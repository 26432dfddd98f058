"""A workspace with two tiny data sets, stores on it, and studies that are run by a script instead of a network."""

import gc
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.execution.small_data import make_workspace, small_study
from workbench.execution.inline import InlineExecutor
from workbench.execution.local import LocalExecutor
from workbench.execution.queue import Queue
from workbench.execution.studies import run_study
from workbench.gui.stores.bundle import Stores, make_stores
from workbench.gui.stores.progress import Retry
from workbench.runs.control import Control
from workbench.runs.plan import Plan
from workbench.runs.workspace import Workspace

WAIT_MS = 20_000


@pytest.fixture(autouse=True)
def garbage_in_the_main_thread() -> Iterator[None]:
    """Collect between tests only, as the program does by its own timer: never in a worker's thread."""
    gc.disable()
    yield
    gc.collect(1)
    gc.enable()


class ScriptedDrive:
    """Runs studies with a trainer of :mod:`tests.execution.scripted`: in the worker's own thread, or in children."""

    def __init__(self) -> None:
        self.trainer = "train"
        self.in_children = False

    def __call__(
        self, workspace: Workspace, plan: Plan, control: Control, *, queue: Queue, retry: Retry, fork: bool
    ) -> Iterator[object]:
        name = f"tests.execution.scripted:{self.trainer}"
        inline = InlineExecutor(workspace, device="cpu", checkpoint_after_s=0.0, trainer=name)
        local = LocalExecutor(workspace, device="cpu", processes=1, checkpoint_after_s=0.0, trainer=name)
        executor = local if self.in_children else inline
        yield from run_study(workspace, plan, executor=executor, control=control, queue=queue, retry=retry, fork=fork)


@pytest.fixture
def drive() -> ScriptedDrive:
    return ScriptedDrive()


@pytest.fixture(scope="session")
def small_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    make_workspace(folder)
    return folder / "workspace"


@pytest.fixture
def workspace(small_workspace: Path, tmp_path: Path) -> Workspace:
    """Workspace of the test: the data sets `arabic` and `persian`."""
    shutil.copytree(small_workspace, tmp_path / "small")
    return Workspace(tmp_path / "small")


@pytest.fixture
def empty_stores(qtbot: QtBot, drive: ScriptedDrive) -> Iterator[Stores]:
    """Stores without a workspace."""
    stores = make_stores(drive=drive)
    yield stores
    stores.wait()


@pytest.fixture
def stores(qtbot: QtBot, empty_stores: Stores, workspace: Workspace) -> Stores:
    """Stores on the small workspace, its data sets opened."""
    empty_stores.workspaces.open(workspace.root)
    wait_until(qtbot, lambda: empty_stores.datasets.is_known and not empty_stores.datasets.is_busy)
    return empty_stores


@pytest.fixture
def planned(qtbot: QtBot, stores: Stores) -> Stores:
    """Stores with a small study, planned."""
    stores.study.set_study(small_study())
    wait_until(qtbot, lambda: stores.study.startable_plan is not None)
    return stores


def wait_until(qtbot: QtBot, is_so: Callable[[], bool]) -> None:
    """Wait until something holds, driven by the event loop."""
    qtbot.waitUntil(is_so, timeout=WAIT_MS)


def run_to_end(qtbot: QtBot, stores: Stores) -> None:
    """Start the study and wait for its end."""
    plan = stores.study.startable_plan
    assert plan is not None
    assert stores.progress.start(plan)
    wait_until(qtbot, lambda: not stores.progress.is_running)
