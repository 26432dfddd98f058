"""Everything in the program that writes to a disk, each as a job on a small folder that can be failed at any call.

A job is laid out once, and done in a process of its own on a fresh copy. What an undisturbed one leaves is the rule for
one that was disturbed: every file under its own name is the one from before or the one from after, byte by byte.
"""

import os
import pickle
import shutil
import signal
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Literal

from tests.execution.scripted import HERE
from tests.execution.small_data import make_workspace, small_study, write_dataset
from tests.runs.test_migrations import of_schema
from workbench import settings
from workbench.analysis.exports.bundle import save_bundle
from workbench.analysis.exports.bundle_reading import open_bundle
from workbench.analysis.exports.by_name import ExportOptions, export_everything
from workbench.analysis.lines.reading_index_maker import Wanted, open_or_make
from workbench.analysis.results.published import literature, save_published
from workbench.data.catalog import import_datasets, remove
from workbench.data.line_marks import LineMark, write_marks
from workbench.data.overrides import Overrides
from workbench.data.review import judged, load_review, save_review
from workbench.data.verification_log import LogRow
from workbench.diagnosis.findings import Finding
from workbench.diagnosis.problem_report import write_problem_report
from workbench.diagnosis.repair import repair
from workbench.diagnosis.workspace_check import check_workspace
from workbench.errors import WorkbenchError
from workbench.execution.inline import InlineExecutor
from workbench.execution.queue import save_order
from workbench.execution.session import TRAINER
from workbench.execution.studies import prepare, run_study
from workbench.runs.control import Control
from workbench.runs.events import RunFailed
from workbench.runs.lock import WorkspaceLock
from workbench.runs.plan import Plan, load_plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.toml_file import save_study

Ending = Literal["done", "told", "unforeseen", "killed"]
"""`told`: it ended with a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended in its process."""

    ending: Ending
    words: str = ""
    """What was told, or the traceback."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something that writes."""

    name: str
    lay_out: Callable[[Path], object]
    do: Callable[[Path], object]
    loose: tuple[str, ...] = ()
    """Patterns of files that may be others after a second attempt than after the first: logs and times."""
    faults_of: Callable[[Path], list[str]] = field(default=lambda _: [])
    """What else has to hold at any moment."""


# Training


def planned(root: Path) -> Plan:
    """Plan the small study, of one run, and keep it."""
    workspace = Workspace(root / "workspace")
    study = small_study(targets=["arabic"], regimes=["single"])
    last = list(prepare(workspace, study, Control()))[-1]
    assert isinstance(last, Plan)
    save_study(last.study, workspace.study_file("small"))
    return last


def lay_out_study(root: Path) -> None:
    """Import data and plan."""
    make_workspace(root)
    planned(root)


def train(root: Path, trainer: str) -> None:
    """Run the study, or go on with it; a failed run is tried again."""
    workspace = Workspace(root / "workspace")
    executor = InlineExecutor(workspace, device="cpu", checkpoint_after_s=0, trainer=trainer)
    study, store = small_study(targets=["arabic"], regimes=["single"]), RunStore(workspace)
    again = [run for run in store.run_ids() if store.state(run) == "failed"]
    events = run_study(workspace, study, executor=executor, control=Control(), retry=again)
    if failed := [event for event in events if isinstance(event, RunFailed)]:
        raise WorkbenchError(failed[0].reason, hint=failed[0].hint)


def faults_of_runs(root: Path) -> list[str]:
    """Damaged lines of logs, and checkpoints that were told and are not there with the bytes that were told."""
    store = RunStore(Workspace(root / "workspace"))
    found: list[str] = []
    for run in store.run_ids():
        if store.events(run).damaged_lines:
            found.append(f"{run}: damaged lines")
        saved = store.history(run).checkpoint
        if not store.is_finished(run) and saved is not None and saved != store.resume_point(run):
            found.append(f"{run}: the checkpoint of step {saved.step} is lost")
    return found


def training(name: str, trainer: str) -> Job:
    """Return the job that trains a run."""
    loose = ("*/events.jsonl", "*/environment.json", "*/result.json", "*/checkpoint-*")
    return Job(name, lay_out_study, partial(train, trainer=trainer), loose, faults_of_runs)


# What is written about a trained study


def lay_out_trained(root: Path) -> None:
    """Train a study really; one trained study is enough for all jobs."""
    kept = root.parents[1] / "trained"
    if not kept.exists():
        lay_out_study(kept)
        train(kept, TRAINER)
    shutil.copytree(kept, root, dirs_exist_ok=True)


def trained(root: Path) -> tuple[Plan, RunStore]:
    """Plan and runs of the study."""
    workspace = Workspace(root / "workspace")
    return load_plan(workspace.plan_file("small")), RunStore(workspace)


def export(root: Path) -> None:
    """Write every table, figure and page."""
    list(export_everything(*trained(root), root / "exports", ExportOptions()))


def make_index(root: Path) -> None:
    """Make the index of predictions, in the user's cache folder."""
    plan, store = trained(root)
    list(open_or_make(store, Wanted(plan.run_ids, "arabic", "test", "last"), Control()))


def report_a_problem(root: Path) -> None:
    """Write the report, where there is none yet."""
    if not (root / "report.zip").exists():
        write_problem_report(root / "report.zip", Workspace(root / "workspace"), [])


def faults_of_report(root: Path) -> list[str]:
    """A report tells its times, and differs; it is whole, or not there."""
    try:
        with zipfile.ZipFile(root / "report.zip") as archive:
            return [f"{name} of the report is damaged" for name in [archive.testzip()] if name]
    except FileNotFoundError:
        return []
    except zipfile.BadZipFile as error:
        return [f"the report is no zip: {error}"]


def lay_out_bundle(root: Path) -> None:
    """Train, and pack it."""
    lay_out_trained(root)
    save_bundle(*trained(root), root / "study.zip")


def open_the_bundle(root: Path) -> None:
    """Unpack it where nothing is yet."""
    if not (root / "opened").exists():
        open_bundle(root / "study.zip", root / "opened")


def lay_out_damaged(root: Path) -> None:
    """Damage a bit of everything that can be mended."""
    lay_out_trained(root)
    workspace = Workspace(root / "workspace")
    (run,) = load_plan(workspace.plan_file("small")).run_ids
    RunStore(workspace).result_file(run).write_bytes(b"{")
    (workspace.runs / "0123456789abcdef").mkdir()
    (workspace.runs / "0123456789abcdef" / "spec.json").write_bytes(b"{")
    workspace.study_file("small").write_text("name =", encoding="utf-8")
    next((workspace.cache / "sets").glob("*.json")).write_bytes(b"")


def mend(root: Path) -> None:
    """Repair what is found."""
    workspace = Workspace(root / "workspace")
    found = [each for each in check_workspace(workspace, Control()) if isinstance(each, Finding)]
    list(repair(workspace, [each for each in found if each.fault != "leftover"]))


# Data sets, and what people write down


def lay_out_lines(root: Path) -> None:
    """A workspace, and a data set beside it that it does not know yet."""
    make_workspace(root)
    write_dataset(root / "more", "ar", seed=3)


def import_lines(root: Path) -> None:
    """Enter the data set in the workspace, beside the others."""
    workspace = Workspace(root / "workspace")
    with WorkspaceLock(workspace):
        list(import_datasets(workspace, root / "more", name="more", overrides=Overrides(language="ar")))


def forget_lines(root: Path) -> None:
    """Take a data set out of the workspace."""
    workspace = Workspace(root / "workspace")
    with WorkspaceLock(workspace):
        if "persian" in workspace.datasets_file.read_text(encoding="utf-8"):
            remove(workspace, "persian")


def write_down(root: Path) -> None:
    """Everything that a person enters, each in a file of its own."""
    workspace = Workspace(root / "workspace")
    kept = load_review(workspace, "arabic")
    row = LogRow(image_id="line", label="Label Error", notes="cut off")
    save_review(workspace, "arabic", judged(kept.review, "line", row, None), kept.digest)
    write_marks(workspace.marks_file("arabic"), {"line": LineMark(is_bookmarked=True, note="read again")})
    save_study(small_study(k_lines=[2, 4]), workspace.study_file("small"))
    save_order(["b", "a"], ["a", "b"], workspace.queue_file("small"))
    save_published(literature(), workspace.published_file("small"))
    settings.save(settings.load().model_copy(update={"recent_workspaces": (str(workspace.root),)}))


def migrate(root: Path) -> None:
    """Take an earlier workspace, which brings it up to date."""
    with WorkspaceLock(Workspace(root / "workspace")):
        pass


SCRIPTED = training("training, made-up network", f"{HERE}:train")
JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        SCRIPTED,
        training("training, real network", TRAINER),
        Job("import of a data set", lay_out_lines, import_lines),
        Job("removal of a data set", lay_out_lines, forget_lines),
        Job("labels, notes, studies, settings", lay_out_study, write_down, ("*/reviews/*",)),
        Job("migration of a workspace", lambda root: of_schema(1, root / "workspace"), migrate),
        Job("exports", lay_out_trained, export),
        Job("index of predictions", lay_out_trained, make_index),
        Job("bundle", lay_out_trained, lambda root: save_bundle(*trained(root), root / "study.zip")),
        Job("opening of a bundle", lay_out_bundle, open_the_bundle),
        Job("repair", lay_out_damaged, mend),
        Job("problem report", lay_out_trained, report_a_problem, ("/report.zip",), faults_of_report),
    )
}


def visible(root: Path) -> dict[str, bytes]:
    """Files under names of their own, without halves, locks and drafts."""
    found = ((path.relative_to(root), path) for path in root.rglob("*") if path.is_file())
    return {
        name.as_posix(): path.read_bytes()
        for name, path in found
        if not any(part.startswith(".") for part in name.parts)
    }


def halves(root: Path) -> list[str]:
    """What was begun and neither took its place nor was taken away."""
    return sorted(path.relative_to(root).as_posix() for path in root.rglob(".*.part*"))


class Stage:
    """A job on a folder: laid out, done undisturbed, then done again and again with something in its way."""

    def __init__(self, job: Job, folder: Path) -> None:
        self.job, self._folder = job, folder
        self.root = folder / "place"
        """Where the job is done: always the same path, as some files tell it."""
        self.root.mkdir(parents=True)
        in_a_process(partial(self._with_user, job.lay_out))
        self.root.rename(folder / "template")
        self.before = visible(folder / "template")
        self.after = self._undisturbed()
        time.sleep(1.1)  # files that tell a time differ now
        again = self._undisturbed()
        self.exact = {
            name for name, content in self.after.items() if again.get(name) == content and not self.is_loose(name)
        }

    def is_loose(self, name: str) -> bool:
        """Tell whether a file may be another one after a second attempt."""
        return any(fnmatch(f"/{name}", f"*{pattern}") for pattern in self.job.loose)

    def _undisturbed(self) -> dict[str, bytes]:
        self.lay_out()
        outcome = self.do()
        assert outcome.ending == "done", outcome
        return visible(self.root)

    def lay_out(self) -> None:
        """Lay out a fresh copy."""
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(self._folder / "template", self.root)

    def do(self, at_start: Callable[[], object] = lambda: None) -> Outcome:
        """Do the job in a process of its own, which calls `at_start` first."""
        return in_a_process(partial(self._with_user, self.job.do), at_start)

    def _with_user(self, act: Callable[[Path], object]) -> None:
        os.environ["HTR_WORKBENCH_CACHE"] = os.environ["HTR_WORKBENCH_CONFIG"] = str(self.root / "user")
        act(self.root)

    def faults_after(self, outcome: Outcome, *, leaves_halves: bool = False) -> Iterator[str]:
        """What is wrong on the disk after the job was disturbed, and after it was done once more.

        With `leaves_halves` a half may be left, as it was the taking away that failed; the next program deletes it.
        """
        found = visible(self.root)
        if outcome.ending == "unforeseen":
            yield f"unforeseen: {outcome.words}"
        for name in self.exact | set(self.before):
            if not self.is_loose(name) and found.get(name) not in (self.before.get(name), self.after.get(name)):
                yield f"{name} is neither the old nor the new one"
        for name in set(found) - set(self.before) - set(self.after):
            if not self.is_loose(name):
                yield f"{name} should not be there"
        if outcome.ending == "done" and any(found.get(name) != self.after[name] for name in self.exact):
            yield "it said that it was done, and it was not"
        if outcome.ending != "killed" and not leaves_halves:
            yield from (f"{name} was left" for name in halves(self.root))
        yield from self.job.faults_of(self.root)
        again = self.do()
        if again.ending != "done":
            yield f"done once more: {again.words}"
        found = visible(self.root)
        yield from (
            f"done once more: {name} is another one" for name in self.exact if found.get(name) != self.after[name]
        )
        if extra := {name for name in set(found) ^ set(self.after) if not self.is_loose(name)}:
            yield f"done once more: {sorted(extra)}"
        yield from self.job.faults_of(self.root)


def in_a_process(act: Callable[[], object], at_start: Callable[[], object] = lambda: None) -> Outcome:
    """Do something in a process of its own, and tell how it ended."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what is logged is not asked about
        try:
            outcome = _outcome_of(act, at_start)
            with os.fdopen(writer, "wb") as told:
                pickle.dump((outcome.ending, outcome.words), told)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as told:
        content = told.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return Outcome("killed")
    return Outcome(*pickle.loads(content)) if content else Outcome("unforeseen", f"it left without a word, {status}")


def _outcome_of(act: Callable[[], object], at_start: Callable[[], object]) -> Outcome:
    try:
        at_start()
        act()
    except WorkbenchError as error:
        return Outcome("told", str(error))
    except BaseException:  # noqa: BLE001 - whatever it is, it is told by the parent
        return Outcome("unforeseen", traceback.format_exc())
    return Outcome("done")
