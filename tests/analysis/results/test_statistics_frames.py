"""Tables of statistics: the report's numbers, with what they are taken over, in columns that do not change."""

import pandas as pd

from tests.analysis.made_up import by_regime, evaluated, make_plan, make_record, make_records, spread
from workbench.analysis.results.report import report_of
from workbench.analysis.results.statistics_frames import (
    DELTA_COLUMNS,
    STATISTICS,
    delta_frame,
    excluded_frame,
    interactions_frame,
    pooled_frame,
    rates_frame,
    reports_of,
    trends_frame,
)

TABLE = by_regime(
    {("small-cnn", "single"): 50, ("small-cnn", "multi"): 48, ("small-crnn", "single"): 45, ("small-crnn", "multi"): 40}
)
SAME = (
    "target", "language", "architecture", "regime", "conditions", "k", "budget", "pairs", "draws", "seeds", "sd_pp",
    "low_pp", "high_pp", "unit", "lines", "clusters", "cluster_unit", "p", "holm_p", "permutation_p", "median_pp",
    "without_low_pp", "without_high_pp", "influential_cluster", "excludes_zero",
)  # fmt: skip


def made(**study):
    plan = make_plan(seeds=(0, 1, 2), k_lines=(100, 500), **study)
    records = make_records(plan, TABLE)
    return plan, records, report_of(plan, records)


def assert_same(row, cell, names):
    for name in names:
        value = getattr(cell, name)
        assert pd.isna(row[name]) if value is None else row[name] == value, name


def test_deltas_begin_with_the_columns_that_they_always_had():
    assert ",".join(DELTA_COLUMNS).startswith(
        "study,target,language,architecture,regime,baseline_regime,conditions,k,budget,split,selection,pairs,"
        "draws,seeds,delta_cer_pp,sd_pp,low_pp,high_pp,unit,"
    )


def test_deltas_are_those_of_the_report():
    _, _, report = made()
    frame = delta_frame([report])
    assert list(frame.columns) == list(DELTA_COLUMNS)
    assert len(frame) == len(report.cells) == 8
    for row, cell in zip(frame.to_dict("records"), report.cells, strict=True):
        assert_same(row, cell, (*SAME, "relative_pct", "relative_low_pct", "relative_high_pct"))
        assert (row["delta_cer_pp"], row["baseline_cer"], row["cer"]) == (
            cell.delta_pp, cell.single_cer, cell.multi_cer,
        )  # fmt: skip
        assert row["runs"].split() == list(cell.multi_runs)
        assert (row["baseline_regime"], row["lines"], row["clusters"]) == ("single", 12, 12)


def test_interactions_are_those_of_the_report():
    _, _, report = made()
    frame = interactions_frame([report])
    assert len(frame) == len(report.interactions) == 4
    for row, cell in zip(frame.to_dict("records"), report.interactions, strict=True):
        assert_same(row, cell, (*SAME, "cnn"))
        assert (row["coverage_low"], row["coverage_high"]) == cell.coverage
        assert row["interaction_pp"] == cell.delta_pp


def test_means_and_trends_say_what_they_are_over():
    _, _, report = made()
    pooled = pooled_frame([report]).to_dict("records")
    assert [(row["architecture"], row["cnn"]) for row in pooled] == [
        ("small-cnn", ""), ("small-crnn", ""), ("small-crnn", "small-cnn"),
    ]  # fmt: skip
    for row, value in zip(pooled, report.pooled, strict=True):
        assert (row["mean_pp"], row["low_pp"], row["cells"], row["planned_cells"]) == (
            value.delta_pp, value.low_pp, value.cells, value.planned_cells,
        )  # fmt: skip
        assert (row["targets"], row["lines"], row["clusters"], row["unit"]) == ("khatt + uhwr", 24, 24, "writers")
        assert (row["pairs"], row["draws"], row["seeds"]) == (3, 1, 3)
    trends = trends_frame([report]).to_dict("records")
    assert len(trends) == len(report.trends) == 9
    assert [row["target"] for row in trends[:3]] == ["khatt", "uhwr", ""]
    assert [row["lines"] for row in trends[:3]] == [12, 12, 24]
    assert {row["k_values"] for row in trends} == {"100 500"}
    assert [row["slope_pp"] for row in trends] == [value.slope_pp for value in report.trends]


def test_rates_list_every_arm_with_its_runs():
    _, _, report = made()
    frame = rates_frame([report])
    assert len(frame) == len(report.rates) == 16
    for row, cell in zip(frame.to_dict("records"), report.rates, strict=True):
        assert_same(row, cell, ("cer", "sd", "low", "high", "lines", "clusters", "seeds", "length", "steps"))
        assert (row["trainings"], row["runs"].split()) == (3, list(cell.runs))


def test_runs_that_are_left_out_are_listed_once():
    plan, records, _ = made()
    gone, lost = plan.run_ids[0], plan.run_ids[-1]
    del records[gone]
    records[lost] = records[lost].model_copy(update={"state": "collapsed"})
    frame = excluded_frame(plan, reports_of(plan, records, {gone: "diverged"}))
    assert list(frame["run"]) == [gone, lost]
    assert list(frame["state"]) == ["diverged", "collapsed"]
    assert list(frame["test_lines"]) == [1, 2]


def test_cells_without_a_pair_have_no_row():
    plan = make_plan()
    records = make_records(plan, TABLE)
    del records["small-cnn-khatt-k100-d0-s0-1500steps"]
    frame = delta_frame([report_of(plan, records)])
    assert len(frame) == 3
    assert frame["sd_pp"].isna().all()
    for make in STATISTICS.values():
        assert len(make([report_of(plan, {})])) == 0
    assert len(excluded_frame(plan, [report_of(plan, {})])) == 0


def test_all_parts_and_selections_have_their_rows():
    plan = make_plan(architectures=("small-cnn",))
    records = {}
    for planned in plan.runs:
        read = tuple(
            evaluated(planned.run, target, spread(edits, 4), split=split, selection=selection)
            for target in planned.request.targets
            for edits, (split, selection) in enumerate(
                [("test", "last"), ("test", "best"), ("validation", "last"), ("validation", "best")]
            )
        )
        records[planned.run] = make_record(planned, read)
    frame = delta_frame(reports_of(plan, records))
    wanted = {(s, w) for s in ("test", "validation") for w in ("last", "best")}
    assert set(zip(frame["split"], frame["selection"], strict=True)) == wanted
    assert len(frame) == 4 * 2
