"""Two programs, one workspace: exactly one writes, the other is told who does."""

import subprocess
import sys

import pytest

from tests.execution.scripted import HERE
from tests.faults.test_kills import program, run_until
from workbench.errors import WorkspaceError
from workbench.execution.inline import InlineExecutor
from workbench.execution.studies import run_study
from workbench.runs.control import Control
from workbench.runs.lock import holder
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.toml_file import save_study

CONTENDER = """
import sys
from pathlib import Path
from workbench.errors import WorkspaceError
from workbench.runs.lock import WorkspaceLock
from workbench.runs.workspace import Workspace
sys.stdin.readline()
try:
    with WorkspaceLock(Workspace(Path(sys.argv[1]))):
        print("writer", flush=True)
        sys.stdin.readline()
except WorkspaceError as error:
    print(error, flush=True)
    sys.stdin.readline()
"""


def test_the_second_program_is_told_who_writes(workspace: Workspace, plan: Plan) -> None:
    save_study(plan.study, workspace.study_file("small"))
    with program(workspace, f"{HERE}:hold") as process:
        run_until(process, 3)
        found = holder(workspace)
        assert found is not None
        assert found.pid == process.pid
        executor = InlineExecutor(workspace, trainer=f"{HERE}:train")
        with pytest.raises(WorkspaceError) as caught:
            next(run_study(workspace, plan, executor=executor, control=Control()))
        assert str(process.pid) in str(caught.value)
        assert found.since in str(caught.value)
        assert "report and export" in caught.value.hint
        # Reading works, and shows what the other program does.
        assert RunStore(workspace).state(plan.run_ids[0]) == "running"
        assert RunStore(workspace).scan() == {}
    assert holder(workspace) is None
    assert RunStore(workspace).state(plan.run_ids[0]) == "interrupted"


def test_of_many_contenders_one_writes(workspace: Workspace) -> None:
    contenders = [
        subprocess.Popen(
            [sys.executable, "-c", CONTENDER, str(workspace.root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for each in contenders:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    told = [each.stdout.readline().strip() for each in contenders if each.stdout]
    for each in contenders:
        each.communicate("done\n", timeout=30)
    assert told.count("writer") == 1
    assert all("is in use" in line for line in told if line != "writer")
