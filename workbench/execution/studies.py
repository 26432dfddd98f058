"""Studies as jobs: opened, planned, run, gone on with. Each is a generator that a worker or the command line drives."""

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from workbench.data.catalog import ImportProgress, OpenedDataset, ensure_cache, load_catalog, open_dataset
from workbench.errors import InputError, WorkspaceError
from workbench.execution.disk import refuse_full_disk
from workbench.execution.estimates import disk_needed
from workbench.execution.executor import Executor
from workbench.execution.overlaps import in_words
from workbench.execution.plan import resolve
from workbench.execution.queue import Queue, load_order, needs_of, save_order
from workbench.execution.targets import target_names
from workbench.runs.control import Control
from workbench.runs.events import RunEvent, RunFailed
from workbench.runs.lock import WorkspaceLock
from workbench.runs.plan import Plan, load_plan, save_plan
from workbench.runs.record import complete, record, refuse_damaged
from workbench.runs.spec import RunSpec
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.schema import Study
from workbench.study.toml_file import save_study

logger = logging.getLogger(__name__)


def open_targets(
    workspace: Workspace, study: Study, control: Control
) -> Iterator[ImportProgress | dict[str, OpenedDataset]]:
    """Open the data sets that a study names, each with the cache that its preprocessing asks for.

    Yields
    ------
    ImportProgress or dict of str to OpenedDataset
        The data sets by name come last; after `cancel` they do not come.

    Raises
    ------
    InputError
        For a data set that the workspace lacks or that was moved.
    """
    languages = {entry.name: entry.language for entry in load_catalog(workspace)}
    opened: dict[str, OpenedDataset] = {}
    for name in target_names(study, languages):
        for value in _open(workspace, name, study.preprocessing.crop_to_ink, control):
            if isinstance(value, OpenedDataset):
                opened[name] = value
            else:
                yield value
        if name not in opened or control.is_cancelled:
            return
    yield opened


def _open(
    workspace: Workspace, name: str, is_cropped: bool, control: Control
) -> Iterator[ImportProgress | OpenedDataset]:
    opened = None
    for value in open_dataset(workspace, name, control=control):
        if isinstance(value, OpenedDataset):
            opened = value
        else:
            yield value
    if opened is None:
        return
    if opened.cache.is_cropped == is_cropped:
        yield opened
        return
    for value in ensure_cache(workspace, opened, is_cropped, control):
        yield value if isinstance(value, ImportProgress) else replace(opened, cache=value)


def prepare(workspace: Workspace, study: Study, control: Control) -> Iterator[ImportProgress | Plan]:
    """Open what a study names and make its plan, which comes last; raises as :func:`open_targets` and `resolve`."""
    for value in open_targets(workspace, study, control):
        yield value if isinstance(value, ImportProgress) else resolve(study, value)


def run_study(
    workspace: Workspace,
    plan: Plan | Study,
    *,
    executor: Executor,
    control: Control,
    queue: Queue | None = None,
    retry: bool | Collection[str] = False,
    fork: bool = False,
) -> Iterator[RunEvent]:
    """Train what a study still lacks: new runs, and interrupted ones from their last checkpoint.

    Parameters
    ----------
    workspace : Workspace
        Locked while this runs. The study and its plan are kept there under the study's name.
    plan : Plan or Study
        A plan with its specs, as :func:`prepare` makes it. A study, or a plan that was read from its file, is
        prepared first, without a word of progress.
    executor : Executor
        Trains; its events are written to disk before they are yielded.
    control : Control
        Pause, stop or cancel.
    queue : Queue, optional
        In which order, and what is left out; may be changed meanwhile. Without one, the order that was kept for the
        study, else that of its plan. What it is in the end is kept for the next time.
    retry : bool or collection of run ids
        Also run what failed (from its last checkpoint), diverged or collapsed (anew): all of it, or these runs.
    fork : bool
        Where the program, the data or the thread count changed since the study began, train new runs beside the old.

    Yields
    ------
    RunEvent
        Of all runs, as they happen. A run whose event log is damaged fails at once and is left as it is.

    Raises
    ------
    WorkspaceError
        When another program writes in this workspace, or the disk is full.
    InputError
        When the study cannot be planned, or began under other conditions and `fork` is not set.
    """
    with WorkspaceLock(workspace):
        ready = plan if isinstance(plan, Plan) and plan.specs else _prepared(workspace, plan, control)
        if ready is None:
            return
        store = RunStore(workspace)
        refuse_undecided(ready)
        if not fork:
            _refuse_changes(store, ready)
        save_study(ready.study, workspace.study_file(ready.study.name))
        save_plan(ready, workspace.plan_file(ready.study.name))
        order_file = workspace.queue_file(ready.study.name)
        queue = queue or Queue(load_order(order_file))
        queue.settle(ready.run_ids, needs_of(ready))
        todo, refused = _sort_out(store, ready, queue, retry=retry)
        yield from refused
        _refuse_full_disk(store, ready, queue, todo)
        try:
            yield from record(executor.run(_part_of(ready, todo), control, queue), store, control)
        finally:
            save_order(queue.order, ready.run_ids, order_file)


def _prepared(workspace: Workspace, plan: Plan | Study, control: Control) -> Plan | None:
    study = plan.study if isinstance(plan, Plan) else plan
    values = list(prepare(workspace, study, control))
    last = values[-1] if values else None
    return last if isinstance(last, Plan) else None


def _part_of(plan: Plan, runs: set[str]) -> Plan:
    return plan.model_copy(update={"runs": tuple(run for run in plan.runs if run.run in runs)})


def _sort_out(
    store: RunStore, plan: Plan, queue: Queue, *, retry: bool | Collection[str]
) -> tuple[set[str], list[RunFailed]]:
    """Tell which runs are to be trained, and tell the queue which of them are tried again."""
    todo: set[str] = set()
    refused: list[RunFailed] = []
    for run in plan.run_ids:
        state = store.state(run)
        is_retried = state in ("collapsed", "failed", "diverged") and (retry is True or (retry and run in retry))
        if state == "finished" or (state in ("collapsed", "failed", "diverged") and not is_retried):
            complete(store, run)
            continue
        try:
            refuse_damaged(store, run)
        except WorkspaceError as error:
            refused.append(
                RunFailed(run=run, step=0, kind="error", reason=f"{error.what}: {error.why}", hint=error.hint)
            )
            continue
        if is_retried:
            queue.retry([run])
        todo.add(run)
    return todo, refused


def _refuse_full_disk(store: RunStore, plan: Plan, queue: Queue, todo: set[str]) -> None:
    done = frozenset(run for run in plan.run_ids if store.is_finished(run))
    begun = frozenset(run for run in todo if store.state(run) != "planned")  # most of what they need is there
    new = [run for run in todo - begun if not queue.leaves_out(run, done.__contains__)]
    refuse_full_disk(disk_needed(plan, store, new, processes=1), store.workspace.root, f"the study {plan.study.name}")


def refuse_undecided(plan: Plan) -> None:
    """Refuse a study that wants everything decided that its training and test lines have in common, where it is not.

    Raises
    ------
    InputError
        With what is undecided.
    """
    if plan.study.leakage.undecided == "refuse" and plan.open_questions:
        first = plan.open_questions[0]
        raise InputError(
            f"The study {plan.study.name} trains only when it is decided what train and test may share",
            f"undecided: {in_words(plan.open_questions)} ({first.left} and {first.right}"
            f"{' …' if len(plan.open_questions) > 1 else ''})",
            "Exclude or accept it on the Data page, Leakage, or under [leakage] in the study file; "
            "'htr-workbench leakage STUDY' lists it.",
        )


def _refuse_changes(store: RunStore, plan: Plan) -> None:
    """Refuse to go on with a study whose runs began with another program, other data or another thread count."""
    path = store.workspace.plan_file(plan.study.name)
    if not path.is_file():
        return
    now = {run.request: run.run for run in plan.runs}
    changes: dict[str, None] = {}
    concerned: set[str] = set()
    for old in load_plan(path).runs:
        new = now.get(old.request)
        if new is None or new == old.run or store.state(old.run) == "planned":
            continue
        before = store.spec(old.run)
        found = _changes(before, plan.specs[new]) if before else []
        changes.update(dict.fromkeys(found))
        concerned |= {old.run} if found else set()
    if changes:
        raise InputError(
            f"The study {plan.study.name} cannot go on as it began",
            f"{'; '.join(changes)}; {len(concerned)} of its runs were trained before that",
            "Use --fork to train new runs beside them, or undo the change.",
        )


def _changes(before: RunSpec, now: RunSpec) -> list[str]:
    """Name what changed between two specs of one request, other than by an edit of the study."""
    found: list[str] = []
    if before.training_version != now.training_version:
        found.append(f"the program's training is version {now.training_version}, it was {before.training_version}")
    fingerprints = {target.name: target.fingerprint for target in before.targets}
    found += [
        f"the data set {target.name} has changed"
        for target in now.targets
        if fingerprints.get(target.name, target.fingerprint) != target.fingerprint
    ]
    threads, earlier = now.training.threads_per_run, before.training.threads_per_run
    if threads != earlier:
        found.append(f"threads_per_run is {threads}, it was {earlier}")
    return found


@dataclass(frozen=True, slots=True)
class UnfinishedStudy:
    """A study of the workspace that was begun and not ended."""

    name: str
    runs: int
    done: int
    """Finished or collapsed."""
    failed: int
    """Failed or diverged: gone on with only by an explicit retry."""

    @property
    def left(self) -> int:
        """Runs that a plain resume trains."""
        return self.runs - self.done - self.failed


def unfinished_studies(workspace: Workspace) -> tuple[UnfinishedStudy, ...]:
    """Studies that were begun and of which a plain resume would train something, by name.

    A study whose plan cannot be read is left out: it cannot be gone on with either.
    """
    found = (study_standing(workspace, name) for name in workspace.study_names())
    return tuple(study for study in found if study is not None and study.left)


def study_standing(workspace: Workspace, name: str) -> UnfinishedStudy | None:
    """Tell how far a study of the workspace is; None where it has no plan that can be read."""
    try:
        plan = load_plan(workspace.plan_file(name))
    except WorkspaceError as error:
        logger.info("%s", error)
        return None
    store = RunStore(workspace)
    states = [store.state(run) for run in plan.run_ids]
    return UnfinishedStudy(
        name,
        runs=len(states),
        done=sum(state in ("finished", "collapsed") for state in states),
        failed=sum(state in ("failed", "diverged") for state in states),
    )
