"""Pairs: all equal but the regime, and nothing else makes a pair."""

import pytest

from tests.analysis.made_up import evaluated, make_plan, make_record, make_records, spread
from workbench.analysis.results.pairs import cells_of, excluded_runs
from workbench.study.schema import Budget


def by_regime(request, _target):
    return 40 if request.regime == "single" else 30


def test_every_cell_has_its_pairs_in_order():
    plan = make_plan(seeds=(1, 0), draws=2, k_lines=(100, 500))
    cells = cells_of(plan, make_records(plan, by_regime), {}, "test", "last")
    assert len(cells) == 2 * 2 * 2  # architectures, targets, K
    for cell in cells:
        assert [(pair.draw, pair.seed) for pair in cell.pairs] == [(0, 0), (0, 1), (1, 0), (1, 1)]
        assert cell.planned == 4
        assert cell.missing == ()
        for pair in cell.pairs:
            assert f"k{cell.key.k}-d{pair.draw}-s{pair.seed}" in pair.single.run
            assert f"-{cell.key.target}-" in pair.single.run
            assert f"k{cell.key.k}-d{pair.draw}-s{pair.seed}" in pair.multi.run
            assert "-multi-" in pair.multi.run
            assert pair.delta_cer_pp == pytest.approx(-10.0)


@pytest.mark.parametrize(
    ("study", "field", "one", "other"),
    [
        ({"seeds": (0, 1)}, "seed", 0, 1),
        ({"draws": 2}, "draw", 0, 1),
        ({"k_lines": (100, 500)}, "k", 100, 500),
        ({}, "architecture", "small-cnn", "small-crnn"),
        (
            {"budgets": ("1500 steps", "40 epochs")},
            "budget",
            Budget(unit="steps", amount=1500),
            Budget(unit="epochs", amount=40),
        ),
    ],
)
def test_runs_that_differ_in_anything_else_make_no_pair(study, field, one, other):
    plan = make_plan(**study)
    records = make_records(plan, by_regime)
    for planned in plan.runs:
        kept = one if planned.request.regime == "single" else other
        if getattr(planned.request, field) != kept:
            del records[planned.run]
    cells = cells_of(plan, records, {}, "test", "last")
    assert cells
    assert not any(cell.pairs for cell in cells)
    assert {reason for cell in cells for reason in cell.missing} == {"single: not finished", "multi: not finished"}


@pytest.mark.parametrize(("split", "selection"), [("validation", "last"), ("test", "best")])
def test_other_lines_or_other_weights_make_no_pair(split, selection):
    plan = make_plan()
    cells = cells_of(plan, make_records(plan, by_regime), {}, split, selection)
    assert not any(cell.pairs for cell in cells)
    assert {reason for cell in cells for reason in cell.missing} == {
        f"single: no {split} lines read with '{selection}'"
    }


def test_a_baseline_on_another_target_is_no_partner():
    plan = make_plan(architectures=("small-cnn",))
    records = make_records(plan, by_regime)
    records.pop("small-cnn-khatt-k100-d0-s0-1500steps")
    khatt, uhwr = cells_of(plan, records, {}, "test", "last")
    assert (len(khatt.pairs), len(uhwr.pairs)) == (0, 1)
    assert khatt.missing == ("single: not finished",)


@pytest.mark.parametrize("state", ["collapsed", "failed", "diverged"])
def test_faulty_runs_make_no_pair_and_are_named(state):
    plan = make_plan(architectures=("small-cnn",))
    records = make_records(plan, by_regime)
    run = "small-cnn-khatt-k100-d0-s0-1500steps"
    states = {}
    if state == "collapsed":
        records[run] = records[run].model_copy(update={"state": "collapsed"})
    else:
        del records[run]
        states[run] = state
    khatt, uhwr = cells_of(plan, records, states, "test", "last")
    assert (len(khatt.pairs), len(uhwr.pairs)) == (0, 1)
    assert khatt.missing == (f"single: {state}",)
    (excluded,) = excluded_runs(plan, records, states)
    assert (excluded.run, excluded.state, excluded.regime) == (run, state, "single")
    assert excluded.reason


def test_runs_scored_on_other_lines_are_no_pair():
    plan = make_plan(architectures=("small-cnn",), seeds=(0, 1))
    records = make_records(plan, by_regime)
    for seed in (0, 1):
        planned = next(p for p in plan.runs if p.run == f"small-cnn-khatt-k100-d0-s{seed}-1500steps")
        fewer = evaluated(planned.run, "khatt", spread(40, 11 + seed))
        records[planned.run] = make_record(planned, (fewer,))
    khatt, _ = cells_of(plan, records, {}, "test", "last")
    assert [(pair.draw, pair.seed) for pair in khatt.pairs] == [(0, 1)]
    assert khatt.missing == ("scored on other lines",)


@pytest.mark.parametrize(
    "other",
    [(("w0", 1, 5, 100), ("w1", 1, 5, 101)), (("w0", 1, 5, 100), ("x1", 1, 5, 100)), (("w0", 1, 5, 100),)],
    ids=["other lengths", "other writers", "fewer"],
)
def test_all_pairs_of_a_cell_are_scored_on_the_same_lines(other):
    plan = make_plan(architectures=("small-cnn",), seeds=(0, 1))
    usual = (("w0", 1, 5, 100), ("w1", 1, 5, 100))
    records = {}
    for planned in plan.runs:
        clusters = usual if planned.request.seed == 0 else other
        scored = tuple(evaluated(planned.run, target, clusters) for target in planned.request.targets)
        records[planned.run] = make_record(planned, scored)
    for cell in cells_of(plan, records, {}, "test", "last"):
        assert [pair.seed for pair in cell.pairs] == [0]
        assert cell.missing == ("scored on other lines",)


def test_validation_lines_of_draws_may_differ_but_not_of_a_pair():
    plan = make_plan(architectures=("small-cnn",), draws=2)
    records = {}
    for planned in plan.runs:
        request = planned.request
        read = {"split": "validation", "lines": 50, "edits": 9, "length": 900 + request.draw}
        scored = tuple(evaluated(planned.run, target, (), **read) for target in request.targets)
        records[planned.run] = make_record(planned, scored)
    khatt, uhwr = cells_of(plan, records, {}, "validation", "last")
    assert [pair.draw for pair in khatt.pairs] == [pair.draw for pair in uhwr.pairs] == [0, 1]
    planned = next(p for p in plan.runs if p.request.targets == ("khatt",))
    other = evaluated(planned.run, "khatt", (), split="validation", lines=50, edits=9, length=800)
    records[planned.run] = make_record(planned, (other,))
    khatt, _ = cells_of(plan, records, {}, "validation", "last")
    assert [pair.draw for pair in khatt.pairs] == [1]
    assert khatt.missing == ("scored on other lines",)


def test_a_result_without_characters_is_no_result():
    plan = make_plan(architectures=("small-cnn",))
    records = make_records(plan, by_regime)
    planned = plan.runs[0]
    records[planned.run] = make_record(planned, (evaluated(planned.run, "khatt", (("w", 3, 0, 0),)),))
    khatt, _ = cells_of(plan, records, {}, "test", "last")
    assert khatt.pairs == ()


def test_a_study_of_single_runs_has_no_cells():
    plan = make_plan(regimes=("single",))
    assert cells_of(plan, make_records(plan, by_regime), {}, "test", "last") == ()
