"""Every arm from beginning to end: planned, trained, in the report and in the exported tables.

Networks learn next to nothing here: what counts is that every arm is planned, trains, ends, and is told and compared
as what it is. Where training must teach something, see :mod:`tests.test_main_job`.
"""

import csv
import io
from pathlib import Path

import editdistance
import pytest
from rich.console import Console

from tests.execution.small_data import import_one, make_workspace, write_dataset
from workbench.analysis.exports.csv_files import export_study
from workbench.analysis.results.report import read_runs, report_of
from workbench.cli.tables import print_report
from workbench.execution.inline import InlineExecutor
from workbench.execution.studies import prepare, run_study
from workbench.runs.control import Control
from workbench.runs.plan import Plan
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.arms import baseline_of, regime_of
from workbench.study.conditions import Conditions
from workbench.study.grid import REGIMES, is_baseline
from workbench.study.schema import Study
from workbench.text.normalize import normalise

NAMES = ("persian", "large")
ARMS = [regime for regime in REGIMES if regime != "leave_one_out"]
"""Of two data sets: three would take twice the time, and all but one of them is a pair."""
UNUSUAL = Conditions(folding="on", batches="one_target", sampling="balanced", norm="group")
STEPS, STEPS_OF_STAGE = 120, 30
"""Enough for lines to be read badly, but not so badly that a run counts as collapsed."""
Row = dict[str, str]


class Job:
    """Two finished studies: every regime under usual conditions, and some where every condition is unusual."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.workspace = make_workspace(root)
        parts = {"train": 24, "val": 4, "test": 5}
        import_one(self.workspace, write_dataset(root / "large", "ar", seed=3, parts=parts), "large", "ar")
        self.reports = {
            "usual": self._train("usual", Conditions(), ARMS),
            "unusual": self._train("unusual", UNUSUAL, ["single", "multi", "others_whole"]),
        }

    def _train(self, name: str, conditions: Conditions, regimes: list[str]) -> str:
        study = Study.model_validate(
            {
                "name": name,
                "targets": NAMES,
                "architectures": ["small-cnn"],
                "regimes": regimes,
                "k_lines": [4],
                "budgets": [f"{STEPS} steps"],
                "conditions": {axis: [value] for axis, value in conditions.model_dump().items()},
                "preprocessing": {"line_height_px": 32},
                "training": {"batch_lines": 2, "learning_rate": 3e-3, "validations": 2, "validation_lines": 2},
            }
        )
        plan = list(prepare(self.workspace, study, Control()))[-1]
        assert isinstance(plan, Plan)
        store = RunStore(self.workspace)
        executor = InlineExecutor(self.workspace, device="cpu")
        list(run_study(self.workspace, plan, executor=executor, control=Control()))
        export_study(plan, store, self.root / name)
        records, states = read_runs(plan, store)
        text = io.StringIO()
        print_report(report_of(plan, records, states), Console(file=text, width=200))
        return text.getvalue()

    def rows(self, study: str, table: str, **wanted: str) -> list[Row]:
        """Rows of an exported table whose columns have these values."""
        with (self.root / study / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return [row for row in csv.DictReader(file) if wanted.items() <= row.items()]


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    return Job(tmp_path_factory.mktemp("arms"))


def test_every_arm_ends_and_is_told_as_what_it_is(job: Job) -> None:
    runs = job.rows("usual", "runs")
    assert {regime_of(run["regime"]) for run in runs} == set(ARMS)
    for run in runs:
        after = REGIMES[regime_of(run["regime"])].after
        assert run["state"] == "finished", run
        assert int(run["steps"]) == (STEPS if after is None else STEPS_OF_STAGE), run
        assert int(run["prior_steps"]) == (0 if after is None else STEPS), run
    for regime in ARMS:
        if not is_baseline(regime):
            assert REGIMES[regime].label in job.reports["usual"], regime
    unusual = job.rows("unusual", "runs")
    assert {run["state"] for run in unusual} == {"finished"}
    assert {run["conditions"] for run in unusual} == {str(UNUSUAL)}


@pytest.mark.parametrize("study", ["usual", "unusual"])
def test_every_arm_is_compared_with_its_baseline_on_every_data_set(job: Job, study: str) -> None:
    regimes = {run["regime"] for run in job.rows(study, "runs")}
    results = job.rows(study, "results", split="test", selection="last")
    differences = job.rows(study, "delta", split="test", selection="last")
    assert {(row["regime"], row["target"]) for row in results} == {(each, name) for each in regimes for name in NAMES}
    compared = {each for each in regimes if not is_baseline(regime_of(each))}
    assert {(row["regime"], row["target"]) for row in differences} == {
        (each, name) for each in compared for name in NAMES
    }
    for row in differences:
        assert row["baseline_regime"] == baseline_of(row["regime"])
        cers = {
            regime: [
                float(each["cer"]) for each in results if (each["regime"], each["target"]) == (regime, row["target"])
            ]
            for regime in (row["regime"], row["baseline_regime"])
        }
        (baseline,) = cers[row["baseline_regime"]]
        possible = [100 * (cer - baseline) for cer in cers[row["regime"]]]
        assert min(abs(float(row["delta_cer_pp"]) - each) for each in possible) < 1e-6, row
    assert any(float(row["delta_cer_pp"]) for row in differences)


@pytest.mark.parametrize("study", ["usual", "unusual"])
def test_every_cer_follows_from_the_predictions(job: Job, study: str) -> None:
    lines = job.rows(study, "predictions", split="test", selection="last")
    edits = 0
    for row in job.rows(study, "results", split="test", selection="last"):
        own = [each for each in lines if each["run"] == row["run"] and each["target"] == row["target"]]
        assert len(own) == int(row["lines"]) == 5
        counted = sum(editdistance.eval(each["hypothesis"], each["reference"]) for each in own)
        assert (counted, sum(len(each["reference"]) for each in own)) == (int(row["edits"]), int(row["length"]))
        edits += counted
        if study == "unusual":
            steps = UNUSUAL.normalisation(())
            assert all(normalise(each["reference"], steps) == each["reference"] for each in own)
    assert edits


def test_what_a_run_was_is_kept_with_it(job: Job) -> None:
    """The specifications that trained, not those that were asked for."""
    store = RunStore(Workspace(job.workspace.root))
    specs = {
        (study, regime): [store.spec(row["run"]) for row in job.rows(study, "runs", regime=regime)]
        for study, regime in (("usual", "permuted"), ("unusual", "others_whole"), ("unusual", "multi"))
    }
    for spec in specs["usual", "permuted"]:
        assert spec is not None
        assert [bool(target.label_map) for target in spec.targets] == [not target.test_ids for target in spec.targets]
    for spec in specs["unusual", "others_whole"]:
        assert spec is not None
        assert (spec.batches, spec.sampling) == ("one_target", "balanced")
        assert spec.architecture.sizes["norm"] == "group"
    for spec in specs["unusual", "multi"]:
        assert spec is not None
        assert (spec.batches, spec.sampling) == ("one_target", "proportional")
