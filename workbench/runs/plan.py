"""A study resolved: which lines, which runs, in which order. A value; :mod:`workbench.execution.plan` makes it."""

from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field, ValidationError

from workbench import files
from workbench.errors import WorkspaceError
from workbench.runs.spec import RunSpec
from workbench.study.grid import RunRequest
from workbench.study.schema import FrozenModel, LeakKind, PlainName, SplitRule, Study

CHOSEN = ("placeholder", "listed", "shared")
"""Kinds of exclusion that a study asks for; the others follow from the networks."""


class Exclusion(FrozenModel):
    """A line that no arm of the study may use, and why."""

    line_id: str
    reason: str
    kind: Literal["unfit", "placeholder", "listed", "shared"] = "unfit"
    """`unfit`: it cannot be learnt. `placeholder`: it holds one, and the study drops such lines. `listed`: a list of
    the study names it. `shared`: it has something in common with another part, and the study decided to exclude
    that."""
    part: Literal["train", "validation", "test"] = "train"


class SharedExample(FrozenModel):
    """One writer, page, text or image that two parts have in common."""

    value: str
    """The writer, the page, the text, or the id of the image on the right."""
    left_ids: tuple[str, ...]
    right_ids: tuple[str, ...]


class SharedLines(FrozenModel):
    """Things of one kind that two parts have in common, and what the study decided about them."""

    kind: LeakKind
    left: str
    """Data set and part, `khatt/train`."""
    right: str
    findings: int
    """Writers, pages, texts or images."""
    left_lines: int
    right_lines: int
    examples: tuple[SharedExample, ...] = ()
    """Some of the findings, with some of their lines."""
    is_serious: bool = False
    """Something of a training part is in a test part."""
    decision: Literal["exclude", "accept"] | None = None
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Tell whether it is serious and nothing was decided about it."""
        return self.is_serious and self.decision is None


class PlannedTarget(FrozenModel):
    """A data set as the study uses it."""

    name: str
    language: str
    fingerprint: str
    is_synthetic: bool = False
    split: SplitRule
    train_pool: int
    """Training lines that can be drawn from, after exclusions."""
    draws: tuple[tuple[str, ...], ...]
    """Per draw the ids of the training lines of the largest K; a smaller K is a beginning of them."""
    validation_ids: tuple[tuple[str, ...], ...]
    """Per draw, ids of the largest validation sample; smaller ones are its beginning."""
    test_ids: tuple[str, ...]
    cluster_unit: str
    parts_rule: str = ""
    """What the parts follow from, as it keys the draws: split rule with seed and fold, or lists of ids."""
    is_stratified: bool = False
    """Writers take turns in its draws."""
    exclusions: tuple[Exclusion, ...] = ()
    notes: tuple[str, ...] = ()
    """What was decided about this target and should be read (a carved validation part, dropped writers …)."""
    overlong_test_lines: int = 0
    """Test lines whose reference cannot fit into the frames of the strictest architecture; scored all the same."""

    def excluded(self, *kinds: str) -> tuple[Exclusion, ...]:
        """Return what is left out for reasons of some kinds."""
        return tuple(exclusion for exclusion in self.exclusions if exclusion.kind in kinds)


class PlannedRun(FrozenModel):
    """A request of the grid and the run that answers it. Several requests may share one run."""

    request: RunRequest
    run: PlainName
    """Id of the run."""
    steps: int
    prior_steps: int = 0
    """Updates of the runs whose weights it goes on from."""
    unseen_test_characters: int = 0
    """Characters of the test references that the run's alphabet lacks: errors that it cannot avoid."""


class Plan(FrozenModel):
    """What a study comes to. `specs` are kept in the run folders, not in `plan.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")
    study: Study
    targets: tuple[PlannedTarget, ...]
    runs: tuple[PlannedRun, ...]
    shared: tuple[SharedLines, ...] = ()
    """What parts have in common, the serious first."""
    specs: dict[str, RunSpec] = Field(default_factory=dict, exclude=True, repr=False)
    """By run id; empty in a plan that was read from its file."""

    @property
    def run_ids(self) -> tuple[str, ...]:
        """Ids of the runs to train, each once, in order."""
        return tuple(dict.fromkeys(run.run for run in self.runs))

    @property
    def open_questions(self) -> tuple[SharedLines, ...]:
        """What is shared between train and test and not decided about."""
        return tuple(record for record in self.shared if record.is_open)

    def target(self, name: str) -> PlannedTarget:
        """Return a target by its name.

        Raises
        ------
        WorkspaceError
            When the plan has none: then it is not the plan of what names it.
        """
        for target in self.targets:
            if target.name == name:
                return target
        raise WorkspaceError(
            f"The plan of the study {self.study.name} has no data set '{name[:80]}'",
            "a run of it tells of one",
            "Look at the workspace with 'htr-workbench verify'.",
        )


def save_plan(plan: Plan, path: Path) -> None:
    """Write `plan.json`; lists that lie below its folder are named from there, as in the study file beside it."""
    kept = plan.model_copy(update={"study": plan.study.with_files_below(path.parent)})
    files.write_text(path, kept.model_dump_json(indent=1, by_alias=True) + "\n")


def load_plan(path: Path) -> Plan:
    """Read `plan.json`.

    Raises
    ------
    WorkspaceError
        When it is missing or damaged.
    """
    try:
        plan = Plan.model_validate_json(files.read_plain(path))
        return plan.model_copy(update={"study": plan.study.with_files_from(path.parent)})
    except OSError as error:
        raise WorkspaceError(f"There is no plan at {path}", error.strerror or "", "Run the study first.") from error
    except ValidationError as error:
        raise WorkspaceError(f"The plan {path} is damaged", str(error.errors()[0]["msg"])) from error
