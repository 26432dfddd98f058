"""A plan in words: the summary over the grid, and what was decided about the data."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.errors import WorkbenchError
from workbench.execution.estimates import Estimate
from workbench.execution.measuring import MeasuringProgress
from workbench.execution.overlaps import in_words
from workbench.files import size_in_words
from workbench.gui.stores.progress import ProgressStore
from workbench.gui.stores.study import StudyStore
from workbench.gui.wording import count, counted, duration_between
from workbench.runs.plan import CHOSEN, Exclusion, Plan, PlannedTarget
from workbench.runs.remarks import unequal_steps
from workbench.study.arms import count_requests
from workbench.study.grid import REGIMES, expand
from workbench.study.selection import selected

MAX_LISTED = 30
NOT_PLANNED = "NOT PLANNED"
"""Words of a note about runs that a data set has too few lines for; see :mod:`workbench.execution.plan`."""


@dataclass(frozen=True, slots=True)
class PlanNote:
    """One line of what was decided, about a language's data set."""

    text: str
    language: str = ""
    details: str = ""


def summary_of(study: StudyStore, progress: ProgressStore) -> str:
    """Say what the study comes to: '24 runs · 8 done · 2 lines left out · about 31 min (26–40)'."""
    plan, estimate = study.plan, study.estimate
    if plan is None or estimate is None:
        asked = _asked_runs(study)
        words = "it cannot be planned" if study.plan_problem else "working out the plan …"
        return f"{counted(asked, 'run')} · {words}" if asked else words[:1].upper() + words[1:]
    parts = [*_grid_size(plan)]
    if plan.study.k_unit == "characters":
        parts.append("K in characters")
    if estimate.runs_done:
        parts.append(f"{count(estimate.runs_done)} done")
    failed = sum(progress.state(run) in ("failed", "diverged") for run in plan.run_ids)
    if failed:
        parts.append(f"{count(failed)} failed")
    unfit = sum(len(target.excluded("unfit")) for target in plan.targets)
    if unfit:
        parts.append(f"{counted(unfit, 'line')} cannot fit")
    excluded = sum(len(target.excluded(*CHOSEN)) for target in plan.targets)
    if excluded:
        parts.append(f"{counted(excluded, 'line')} excluded")
    if study.measuring is not None:
        parts.append(_measuring_words(study.measuring))
    elif estimate.runs_left and estimate.seconds is not None:
        words = duration_between(estimate.seconds.low, estimate.seconds.high)
        parts.append(f"{words}, roughly" if estimate.seconds.is_rough else words)
    elif estimate.runs_left:
        parts.append("time not known yet")
    if estimate.runs_left:
        room = f"up to {size_in_words(estimate.disk.high)}"
        parts.append(f"{room} of {size_in_words(estimate.free)} free" if estimate.is_disk_short else room)
    return " · ".join(parts)


def _measuring_words(measuring: MeasuringProgress) -> str:
    share = f", {100 * measuring.done / measuring.total:.0f} %" if measuring.total else ""
    return f"{measuring.what}{share} …"


def _grid_size(plan: Plan) -> Iterator[str]:
    """Say how many trainings there are, how many cells of the grid share one, and how many cannot be planned."""
    trainings, cells = len(plan.run_ids), len(plan.runs)
    yield counted(trainings, "run") + (f" for {count(cells)} cells of the grid" if cells > trainings else "")
    asked = count_requests(plan.study, tuple(target.name for target in plan.targets))
    if asked > cells:
        yield f"{count(asked - cells)} not planned: too few lines"


def _asked_runs(study: StudyStore) -> int:
    """Count the runs that the study asks for, before anything is known of its data; 0 where it cannot be told."""
    try:
        if study.study.only:
            return len(selected(expand(study.study, study.target_names), study.study.only))
        return count_requests(study.study, study.target_names)
    except WorkbenchError:
        return 0


def notes_of(plan: Plan, estimate: Estimate | None = None) -> tuple[PlanNote, ...]:
    """What is undecided, not planned or slow here, then what was decided about each data set, in the plan's order."""
    decided = [note for target in plan.targets for note in _target_notes(target)]
    loud = [note for note in decided if NOT_PLANNED in note.text]
    slow = [PlanNote(estimate.warning)] if estimate and estimate.warning else []
    others = [note for note in decided if note not in loud]
    return (*_open_questions(plan), *_unequal_steps(plan), *loud, *slow, *others)


def _open_questions(plan: Plan) -> Iterator[PlanNote]:
    if plan.open_questions:
        yield PlanNote(
            f"Undecided, in train and in test: {in_words(plan.open_questions)}. Exclude or accept it on the Data page, "
            "Leakage.",
            "",
            "\n".join(f"{record.left} and {record.right}: {in_words([record])}" for record in plan.open_questions),
        )


def _unequal_steps(plan: Plan) -> Iterator[PlanNote]:
    if said := unequal_steps(plan.study.training):
        yield PlanNote(said)


def _target_notes(target: PlannedTarget) -> Iterator[PlanNote]:
    validation = max((len(ids) for ids in target.validation_ids), default=0)
    facts = [
        f"{counted(target.train_pool, 'training line')} to draw from",
        f"{count(validation)} for validation",
        f"{count(len(target.test_ids))} test lines",
    ]
    mark = " (synthetic)" if target.is_synthetic else ""
    yield PlanNote(f"{target.name}{mark}: {', '.join(facts)}", target.language)
    for note in target.notes:
        yield PlanNote(f"{target.name}: {_with_labels(note)}", target.language)
    if unfit := target.excluded("unfit"):
        yield PlanNote(
            f"{target.name}: {counted(len(unfit), 'training line')} cannot fit and no run draws "
            f"{'it' if len(unfit) == 1 else 'them'}",
            target.language,
            _listed(unfit),
        )
    if excluded := target.excluded(*CHOSEN):
        parts = Counter(exclusion.part for exclusion in excluded)
        said = ", ".join(f"{count(parts[part])} of {part}" for part in ("train", "validation", "test") if parts[part])
        yield PlanNote(
            f"{target.name}: {counted(len(excluded), 'line')} excluded ({said})", target.language, _listed(excluded)
        )
    if target.overlong_test_lines:
        yield PlanNote(
            f"{target.name}: {counted(target.overlong_test_lines, 'test line')} cannot be read completely by every "
            "network; scored all the same",
            target.language,
        )


def _with_labels(note: str) -> str:
    """Name the regime of a note as this page does, not as a study file."""
    if NOT_PLANNED in note:
        for name, regime in REGIMES.items():
            note = note.replace(f"'{name}'", f"“{regime.label}”")
    return note


def _listed(exclusions: Sequence[Exclusion]) -> str:
    lines = [f"{exclusion.line_id}: {exclusion.reason}" for exclusion in exclusions[:MAX_LISTED]]
    more = len(exclusions) - len(lines)
    return "\n".join([*lines, *([f"and {count(more)} more"] if more > 0 else [])])
