"""The jobs behind `demo`, `run` and `resume`: make, plan, train, and show what came of it."""

import difflib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import typer

from workbench.cli.live import StudyDisplay, follow
from workbench.cli.program import EXIT_INTERRUPTED, EXIT_OK, EXIT_RUN_FAILED, interruptible, tell
from workbench.cli.running import Sitting
from workbench.cli.wording import about, count
from workbench.data.catalog import ImportProgress
from workbench.demo.datasets import DemoProgress
from workbench.errors import InputError, WorkspaceError
from workbench.execution import demo as demo_workspace
from workbench.execution.duplicates import duplicate, free_name, with_changes
from workbench.execution.estimates import estimate
from workbench.execution.local import LocalExecutor
from workbench.execution.overlaps import in_words
from workbench.execution.progress import begin_progress
from workbench.execution.queue import Queue
from workbench.execution.studies import prepare, run_study, study_standing
from workbench.resource_files import study_files
from workbench.runs.attached import with_attached
from workbench.runs.control import Control
from workbench.runs.events import RunEvent, to_json
from workbench.runs.plan import CHOSEN, Plan, load_plan
from workbench.runs.remarks import unequal_steps
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.schema import Study
from workbench.study.toml_file import load_study


def make_demo(workspace: Workspace) -> Study | None:
    """Make the demo data and study where they are not there; None when the user stopped it."""
    control = Control()
    study = None
    with interruptible(control):
        for value in follow(demo_workspace.make_demo(workspace, control), (DemoProgress, ImportProgress)):
            study = value if isinstance(value, Study) else study
    return None if control.is_cancelled else study


def find_study(workspace: Workspace, name: str) -> Study:
    """Read a study: a file, a study of the workspace, or one that comes with the program.

    Raises
    ------
    InputError
        When there is none of this name.
    """
    path = Path(name).expanduser()
    if path.exists():
        return load_study(path)
    ready = study_files()
    known = {study: workspace.study_file(study) for study in workspace.study_names()}
    if name in known or name in ready:
        return load_study(known.get(name) or ready[name])
    near = difflib.get_close_matches(name, [*known, *ready], n=1)
    raise InputError(
        f"There is no study file {name}",
        hint=f"Did you mean '{near[0]}'?" if near else f"Ready studies: {', '.join(ready)}.",
    )


def resumable(workspace: Workspace, name: str | None, *, retry: bool) -> list[Study]:
    """Return the studies that were begun and of which something is left; with `retry` also those with failed runs.

    Raises
    ------
    InputError
        When the named study was never begun here.
    """
    names = [name] if name is not None else list(workspace.study_names())
    found: list[Study] = []
    for each in names:
        standing = study_standing(workspace, each)
        if standing is None and name is not None:
            raise InputError(f"The study '{name}' was not begun in {workspace.root}", hint="Use 'run' to begin it.")
        if standing is not None and (standing.left or retry):
            found.append(load_plan(workspace.plan_file(each)).study)
    return found


def duplicate_of(workspace: Workspace, run: str, changes: Iterable[str], name: str | None) -> Study:
    """Make a study of one run of the workspace, changed as `KEY=VALUE` says.

    Raises
    ------
    InputError
        When no study here has such a run, or for a change that cannot be made.
    """
    found = [
        (plan, planned) for plan in _plans(workspace) for planned in plan.runs if run and planned.run.startswith(run)
    ]
    if not found:
        raise InputError(f"No study of {workspace.root} has a run {run}", hint="'plan STUDY --runs' lists them.")
    if len({planned.run for _, planned in found}) > 1:
        raise InputError(f"Several runs have an id that begins with {run}", hint="Write more of it.")
    plan, planned = found[0]
    study = duplicate(plan, planned, name or free_name(plan.study.name, workspace.study_names()))
    parted = [change.partition("=") for change in changes]
    if wrong := next((change[0] for change in parted if not change[1]), ""):
        raise InputError(f"'{wrong}' changes nothing", hint="Write --set key=value.")
    return with_changes(study, {key.strip(): value for key, _, value in parted})


def _plans(workspace: Workspace) -> Iterator[Plan]:
    """Plans that can be read, the latest first."""
    paths = [workspace.plan_file(name) for name in workspace.study_names()]
    for path in sorted((path for path in paths if path.is_file()), key=lambda path: -path.stat().st_mtime_ns):
        with suppress(WorkspaceError):
            yield load_plan(path)


def run_and_show(workspace: Workspace, study: Study, sitting: Sitting, *, as_json: bool = False) -> int:
    """Train what a study lacks and show its results; return the exit code.

    Raises
    ------
    InputError
        When the study cannot be planned, or a device or a run is asked for that is not there.
    """
    executor = sitting.executor(workspace)
    control = Control()
    with interruptible(control, stopping="Stopping: checkpoints are being written"):
        plan = make_plan(workspace, study, control)
        if plan is None:
            return EXIT_INTERRUPTED
        queue = sitting.queue(workspace, plan)
        events = run_study(
            workspace,
            plan,
            executor=executor,
            control=control,
            queue=queue,
            retry=sitting.retry,
            fork=sitting.fork,
        )
        left_out = left_out_of(workspace, plan, queue)
        if as_json:
            _print_events(events)
        else:
            _announce(workspace, plan, executor, left_out)
            _show_events(events, workspace, plan, executor, left_out, retry=sitting.retry)
        leave_results(workspace, plan, is_shown=not as_json)
    return _exit_code(workspace, plan, control, left_out)


def left_out_of(workspace: Workspace, plan: Plan, queue: Queue) -> frozenset[str]:
    """Ids of unfinished runs that this sitting does not train."""
    store = RunStore(workspace)
    done = frozenset(run for run in plan.run_ids if store.is_finished(run))
    return frozenset(run for run in plan.run_ids if run not in done and queue.leaves_out(run, done.__contains__))


def make_plan(workspace: Workspace, study: Study, control: Control) -> Plan | None:
    """Make the plan of a study, with progress on the way; None when the user stopped it."""
    plan = None
    for value in follow(prepare(workspace, study, control), ImportProgress):
        plan = value if isinstance(value, Plan) else plan
    return plan


def _announce(workspace: Workspace, plan: Plan, executor: LocalExecutor, left_out: frozenset[str]) -> None:
    found = estimate(plan, RunStore(workspace), executor.slots, device=device_of(executor), left_out=left_out)
    words = [f"Study {plan.study.name}: {count(found.runs, 'run')}, {found.runs_done:,} done"]
    if left_out:
        words.append(f"{count(len(left_out), 'run')} left out this time")
    if found.runs_left and found.seconds is not None:
        words.append(about(found.seconds.low, found.seconds.high) + (", roughly" if found.seconds.is_rough else ""))
    tell("; ".join(words))
    if found.warning:
        tell(f"  {found.warning}")
    for line in plan_notes(plan):
        tell(f"  {line}")


def plan_notes(plan: Plan) -> Iterator[str]:
    """What has to be read beside the number of runs: what is undecided, not planned, left out, or otherwise unusual."""
    if plan.open_questions:
        yield (
            f"UNDECIDED, in train and in test: {in_words(plan.open_questions)}; "
            f"'htr-workbench leakage {plan.study.name}' shows it"
        )
    if said := unequal_steps(plan.study.training):
        yield said
    for target in plan.targets:
        for note in target.notes:
            yield f"{target.name}: {note}"
        if target.parts_rule != "official":
            yield f"{target.name}: parts by {target.parts_rule}"
        for kinds, what in ((("unfit",), "training line"), (CHOSEN, "line")):
            if excluded := target.excluded(*kinds):
                yield f"{target.name}: {count(len(excluded), what)} left out before lines are drawn;"
                yield f"  {excluded[0].line_id}: {excluded[0].reason}"


def device_of(executor: LocalExecutor) -> str:
    """What an executor trains on, as estimates take it."""
    return "cuda" if executor.trains_on_gpu else "cpu"


def _print_events(events: Iterator[RunEvent]) -> None:
    for event in events:
        typer.echo(to_json(event))


def _show_events(
    events: Iterator[RunEvent],
    workspace: Workspace,
    plan: Plan,
    executor: LocalExecutor,
    left_out: frozenset[str],
    *,
    retry: bool,
) -> None:
    progress = begin_progress(plan, RunStore(workspace), processes=executor.slots, device=device_of(executor))
    progress = replace(progress, left_out=left_out)
    with StudyDisplay(plan, progress, retry=retry).shown() as display:
        for event in events:
            display.take(event)


def leave_results(workspace: Workspace, plan: Plan, *, is_shown: bool) -> None:
    """Write table, pictures and CSV of a study into its folder; say what they say and where they lie.

    Nothing is written or said as long as no run came to its end.
    """
    from workbench.analysis.exports.csv_files import export_study, read_curves
    from workbench.analysis.results.report import report
    from workbench.cli.tables import console_for, print_places, print_report, write_results

    store = RunStore(workspace)
    plan = with_attached(plan, workspace)
    found = report(plan, store)
    if not found.finished_runs and not found.excluded:
        return
    folder = workspace.study_file(plan.study.name).parent / "results"
    places = write_results(found, read_curves(plan, store), export_study(plan, store, folder), folder)
    if is_shown:
        console = console_for()
        print_report(found, console)
        print_places(places, console)


def _exit_code(workspace: Workspace, plan: Plan, control: Control, left_out: frozenset[str]) -> int:
    if control.is_cancelled:
        return EXIT_INTERRUPTED
    store = RunStore(workspace)
    states = [store.state(run) for run in plan.run_ids if run not in left_out]
    failed = sum(state in ("failed", "diverged") for state in states)
    unfinished = sum(state not in ("finished", "collapsed") for state in states) - failed
    if failed:
        tell(f"{count(failed, 'run')} failed; 'htr-workbench resume --retry' tries again.")
    if unfinished:  # their process was ended from outside: nothing in them is wrong
        tell(f"{count(unfinished, 'run')} not finished; 'htr-workbench resume' goes on.")
    return EXIT_RUN_FAILED if failed or unfinished else EXIT_OK
