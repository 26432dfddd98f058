"""CER of an arm over its trainings: mean, spread, interval, and which runs are in it."""

import pytest

from tests.analysis.made_up import evaluated, make_plan, make_records, spread
from workbench.analysis.results.report import report_of


def rates(plan, records, **where):
    found = report_of(plan, records).rates
    return [rate for rate in found if all(getattr(rate, name) == value for name, value in where.items())]


def test_mean_and_spread_by_hand():
    plan = make_plan(seeds=(0, 1, 2), architectures=("small-cnn",))
    records = make_records(plan, lambda request, _: 20 + 2 * request.seed)
    (rate,) = rates(plan, records, regime="multi", target="khatt")
    # 12 writers of one line of 100 characters, with 0, 1 or 2 edits more than said: 1 on average.
    assert rate.cer == pytest.approx(0.23)
    assert rate.sd == pytest.approx(0.02)
    assert (rate.least, rate.most) == pytest.approx((0.21, 0.25))
    assert rate.low < 0.21 < 0.25 < rate.high  # three trainings that differ say little
    assert (rate.seeds, rate.draws, rate.lines, rate.length, rate.clusters) == (3, 1, 12, 1200, 12)
    assert rate.runs == tuple(f"small-cnn-multi-k100-d0-s{seed}-1500steps" for seed in (0, 1, 2))


def test_every_arm_on_every_target_is_there_in_the_order_of_the_plan():
    plan = make_plan()
    found = rates(plan, make_records(plan, lambda *_: 20))
    assert len(found) == len({(rate.architecture, rate.regime, rate.target) for rate in found}) == 8


def test_collapsed_runs_and_other_lines_are_left_out():
    plan = make_plan(seeds=(0, 1, 2), architectures=("small-cnn",))
    records = make_records(plan, lambda *_: 20)
    run = "small-cnn-multi-k100-d0-s{}-1500steps"
    records[run.format(0)] = records[run.format(0)].model_copy(update={"state": "collapsed"})
    other = evaluated(run.format(2), "khatt", spread(1, 11))
    records[run.format(2)] = records[run.format(2)].model_copy(update={"evaluations": (other,)})
    (rate,) = rates(plan, records, regime="multi", target="khatt")
    assert rate.runs == (run.format(1),)
    assert rate.sd is None
    assert rate.other_runs == (run.format(2),)
    (remark,) = (said for said in report_of(plan, records).remarks if "other lines" in said)
    assert "CNN-only (small), multi, khatt, K 100: 1 run was scored on other lines" in remark
    assert run.format(2) in remark


def test_the_lines_of_most_runs_count_not_those_of_the_first():
    plan = make_plan(seeds=(0, 1, 2), architectures=("small-cnn",))
    records = make_records(plan, lambda *_: 20)
    run = "small-cnn-multi-k100-d0-s{}-1500steps"
    other = evaluated(run.format(0), "khatt", spread(1, 11))
    records[run.format(0)] = records[run.format(0)].model_copy(update={"evaluations": (other,)})
    (rate,) = rates(plan, records, regime="multi", target="khatt")
    assert rate.runs == (run.format(1), run.format(2))
    assert rate.other_runs == (run.format(0),)
