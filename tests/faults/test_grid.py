"""A grid whose scheduler is killed: every run once, in order, and the bad one alone fails. All of it: `grid`."""

import random
import time

from tests.faults.grid import BAD_SEED, Nobody, cure, faults_of, kill_scheduler, planned, sittings
from workbench.execution.studies import run_study
from workbench.runs.control import Control
from workbench.runs.events import RunFinished
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace


def test_a_killed_scheduler_trains_every_run_once(workspace: Workspace) -> None:
    plan = planned(workspace, 8)
    assert (len(plan.runs), len(plan.run_ids)) == (16, 8), "what was asked for twice is one run"
    outcome = kill_scheduler(workspace, 2, 1.0, random.Random(0))
    assert (outcome.kills, outcome.leftover, outcome.code, outcome.errors) == (2, 0, 0, "")
    assert faults_of(workspace, plan) == []
    store = RunStore(workspace)
    assert sum(sittings(store, run) > 1 for run in plan.run_ids) <= outcome.kills
    again = cure(workspace, plan)
    finished = [event.run for event in again if isinstance(event, RunFinished)]
    assert finished == [run for run in plan.run_ids if plan.specs[run].seed == BAD_SEED]
    assert all(store.state(run) == "finished" for run in plan.run_ids)


def test_planning_and_scheduling_grow_with_the_grid_and_not_with_its_square(workspace: Workspace) -> None:
    taken: list[float] = []
    for runs in (25, 200):
        begin = time.process_time()
        plan = planned(workspace, runs)
        list(run_study(workspace, plan, executor=Nobody(), control=Control()))
        taken.append(time.process_time() - begin)
        assert len(plan.run_ids) == runs
    assert taken[1] < 24 * taken[0], "eight times the runs; its square would be 64 times"
