"""A study resolved: which lines, which runs, in which order. A value; :mod:`workbench.execution.plan` makes it."""

from pathlib import Path
from typing import Literal

from pydantic import ConfigDict, Field, ValidationError

from workbench import files
from workbench.errors import WorkspaceError
from workbench.runs.spec import RunSpec
from workbench.study.grid import RunRequest
from workbench.study.schema import FrozenModel, SplitRule, Study


class Exclusion(FrozenModel):
    """A training line that no arm of the study may draw, and why."""

    line_id: str
    reason: str


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
    """Per draw the ids of the first max(K) training lines; the first K of them are the draw of K lines."""
    validation_ids: tuple[tuple[str, ...], ...]
    """Per draw, ids of the largest validation sample; smaller ones are its beginning."""
    test_ids: tuple[str, ...]
    cluster_unit: str
    exclusions: tuple[Exclusion, ...] = ()
    notes: tuple[str, ...] = ()
    """What was decided about this target and should be read (a carved validation part, dropped writers …)."""
    overlong_test_lines: int = 0
    """Test lines whose reference cannot fit into the frames of the strictest architecture; scored all the same."""


class PlannedRun(FrozenModel):
    """A request of the grid and the run that answers it. Several requests may share one run."""

    request: RunRequest
    run: str
    """Id of the run."""
    steps: int
    unseen_test_characters: int = 0
    """Characters of the test references that the run's alphabet lacks: errors that it cannot avoid."""


class Plan(FrozenModel):
    """What a study comes to. `specs` are kept in the run folders, not in `plan.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")
    study: Study
    targets: tuple[PlannedTarget, ...]
    runs: tuple[PlannedRun, ...]
    specs: dict[str, RunSpec] = Field(default_factory=dict, exclude=True, repr=False)
    """By run id; empty in a plan that was read from its file."""

    @property
    def run_ids(self) -> tuple[str, ...]:
        """Ids of the runs to train, each once, in order."""
        return tuple(dict.fromkeys(run.run for run in self.runs))

    def target(self, name: str) -> PlannedTarget:
        """Return a target by its name."""
        return next(target for target in self.targets if target.name == name)


def save_plan(plan: Plan, path: Path) -> None:
    """Write `plan.json`."""
    files.write_text(path, plan.model_dump_json(indent=1, by_alias=True) + "\n")


def load_plan(path: Path) -> Plan:
    """Read `plan.json`.

    Raises
    ------
    WorkspaceError
        When it is missing or damaged.
    """
    try:
        return Plan.model_validate_json(path.read_bytes())
    except OSError as error:
        raise WorkspaceError(f"There is no plan at {path}", error.strerror or "", "Run the study first.") from error
    except ValidationError as error:
        raise WorkspaceError(f"The plan {path} is damaged", str(error.errors()[0]["msg"])) from error
