"""The command line with many arms: runs by their names, a table per regime and condition, what is compared."""

import io

import pytest
from rich.console import Console

from tests.analysis.made_up import make_plan, make_records
from workbench.analysis.results.report import StudyReport, report_of
from workbench.cli.live import run_name, run_names
from workbench.cli.tables import print_report
from workbench.runs.plan import Plan
from workbench.study.grid import REGIMES, RunRequest

TARGETS = ("khatt", "uhwr", "phtd")


def plan_of(**changes: object) -> Plan:
    return make_plan(targets=TARGETS, architectures=("small-crnn",), regimes=tuple(REGIMES), **changes)


def edits(request: RunRequest, _target: str) -> int:
    return 30 + list(REGIMES).index(request.regime) - 5 * (request.conditions.folding == "on")


def said(report: StudyReport, width: int = 120) -> str:
    text = io.StringIO()
    print_report(report, Console(file=text, width=width, highlight=False))
    return text.getvalue()


def test_runs_are_named_by_what_they_train_on_and_what_is_unusual() -> None:
    plan = plan_of(conditions={"folding": ["off", "on"]})
    names = run_names(plan)
    assert len(set(names.values())) == len(plan.run_ids)
    assert "CRNN (small) · khatt ×3 · K 100 · seed 0" in names.values()
    assert "CRNN (small) · phtd: new head on all three · K 100 · seed 0 · code points folded" in names.values()
    assert run_name(plan.runs[0].request) == "CRNN (small) · khatt · K 100 · seed 0"


def test_a_run_under_conditions_that_do_not_matter_is_named_without_them() -> None:
    plan = make_plan(
        regimes=("single",), architectures=("small-crnn",), conditions={"batches": ["one_target", "mixed"]}
    )
    shared = plan.model_copy(
        update={"runs": tuple(run.model_copy(update={"run": run.request.targets[0]}) for run in plan.runs)}
    )
    assert run_names(shared) == {
        "khatt": "CRNN (small) · khatt · K 100 · seed 0",
        "uhwr": "CRNN (small) · uhwr · K 100 · seed 0",
    }


def test_a_table_for_each_regime_and_condition_names_both_sides() -> None:
    plan = plan_of(conditions={"folding": ["off", "on"]})
    report = report_of(plan, make_records(plan, edits))
    text = said(report)
    assert "ΔCER = CER(regime) − CER(what it is compared with)" in text
    assert "Budget: 1500 steps · Multi-script · usual conditions" in text
    assert "Budget: 1500 steps · Every pair: khatt + uhwr · code points folded" in text
    titles = [line for line in text.splitlines() if line.startswith("Budget: ")]
    assert len(titles) == len(set(titles)) == len(report.regimes) * 2
    head = text.split("New head, multi-script encoder · usual conditions")[1].split("Budget:")[0]
    assert "single head" in head
    assert "multi head" in head
    assert head.count("+1.0 … +1.0") == len(TARGETS), "compared with the new head on the single-script encoder"


def test_the_plain_study_is_told_as_before() -> None:
    plan = make_plan(architectures=("small-crnn",))
    text = said(report_of(plan, make_records(plan, edits)), width=80)
    assert "ΔCER = CER(multi) − CER(single)" in text
    assert "Budget: 1500 steps" in [line.strip() for line in text.splitlines()]
    assert all(len(line) <= 80 for line in text.splitlines())


def test_runs_that_are_left_out_say_their_arm() -> None:
    plan = plan_of(conditions={"norm": ["group"]})
    records = make_records(plan, edits)
    gone = next(run.run for run in plan.runs if run.request.regime == "permuted")
    records[gone] = records[gone].model_copy(update={"state": "collapsed"})
    text = said(report_of(plan, records), width=400)
    assert "Left out: CRNN (small) on khatt, Others' labels permuted, K 100, seed 0, group norm: collapsed" in text


@pytest.mark.parametrize("sampling", ["proportional", "balanced"])
def test_equal_exposures_are_said_to_be_equal_epochs_where_they_are(sampling: str) -> None:
    plan = plan_of(budgets=("40 exposures",), conditions={"sampling": [sampling]})
    report = report_of(plan, {})
    words = "Equal exposures are equal epochs here"
    assert any(remark.startswith(words) for remark in report.remarks) is (sampling == "proportional")
    alone = report_of(plan_of(budgets=("40 epochs",)), {})
    assert not any("exposures" in remark for remark in alone.remarks)
