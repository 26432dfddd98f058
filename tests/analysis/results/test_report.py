"""The report: hand-computed numbers, empty cells, honest words."""

import json
import subprocess
import sys

import pytest

from tests.analysis.made_up import by_regime, evaluated, make_plan, make_record, make_records
from workbench.analysis.results.report import report, report_of
from workbench.analysis.statistics.contrast import LEAST_P
from workbench.runs.plan import Exclusion, SharedLines
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.schema import Placeholders

HELPS_CRNN = by_regime(
    {
        ("small-cnn", "single"): 50,
        ("small-cnn", "multi"): 48,
        ("small-crnn", "single"): 40,
        ("small-crnn", "multi"): 28,
    }
)


def hand_made():
    """Two seeds, one target of interest: ΔCER of -20 and -10 points."""
    plan = make_plan(architectures=("small-crnn",), seeds=(0, 1), budgets=("40 epochs",))
    edits = {("single", 0): (30, 20), ("multi", 0): (15, 5), ("single", 1): (20, 20), ("multi", 1): (10, 15)}
    records = {}
    for planned in plan.runs:
        request = planned.request
        a, b = edits[request.regime, request.seed]
        clusters = (("w1", 2, a, 100), ("w2", 1, b, 50))
        records[planned.run] = make_record(
            planned, tuple(evaluated(planned.run, target, clusters) for target in request.targets)
        )
    return plan, records


def test_numbers_computed_by_hand():
    plan, records = hand_made()
    cell = report_of(plan, records).cell("small-crnn", "khatt", 100, "40 epochs")
    # seed 0: (15 + 5) / 150 - (30 + 20) / 150 = -20 pp; seed 1: (10 + 15) / 150 - (20 + 20) / 150 = -10 pp
    assert cell.delta_pp == pytest.approx(-15.0)
    assert cell.sd_pp == pytest.approx(50**0.5)
    assert cell.single_cer == pytest.approx((50 + 40) / 300)
    assert cell.multi_cer == pytest.approx((20 + 25) / 300)
    assert (cell.pairs, cell.draws, cell.seeds, cell.planned_pairs) == (2, 1, 2, 2)
    assert (cell.single_steps, cell.multi_steps) == (40 * 13, 40 * 25)
    assert cell.single_runs == tuple(f"small-crnn-khatt-k100-d0-s{seed}-40epochs" for seed in (0, 1))
    assert cell.multi_runs == tuple(f"small-crnn-multi-k100-d0-s{seed}-40epochs" for seed in (0, 1))
    assert cell.unit == "2 writers × 2 pairs"
    # Only writers w1 or w2: -12.5 or -20 points. Two trainings that differ by 10 points say little beyond that.
    assert cell.low_pp < -20.0
    assert cell.high_pp > 0.0
    assert not cell.excludes_zero
    assert (cell.without_low_pp, cell.without_high_pp) == pytest.approx((-20.0, -12.5))
    assert cell.permutation_p == pytest.approx(0.5)
    assert cell.relative_pct == pytest.approx(-50.0)


def test_a_missing_partner_is_an_empty_cell_and_never_0():
    plan, records = hand_made()
    records.pop("small-crnn-khatt-k100-d0-s0-40epochs")
    cell = report_of(plan, records).cell("small-crnn", "khatt", 100, "40 epochs")
    assert (cell.pairs, cell.delta_pp, cell.sd_pp) == (1, pytest.approx(-10.0), None)
    assert cell.missing == ("single: not finished",)
    records.pop("small-crnn-khatt-k100-d0-s1-40epochs")
    cell = report_of(plan, records).cell("small-crnn", "khatt", 100, "40 epochs")
    assert (cell.pairs, cell.delta_pp, cell.low_pp, cell.single_cer, cell.unit) == (0, None, None, None, "")


def test_units():
    one = make_plan(architectures=("small-cnn",))
    assert report_of(one, make_records(one, HELPS_CRNN)).cells[0].unit == "12 writers; test lines only"
    single_cluster = report_of(one, make_records(one, HELPS_CRNN, clusters=1)).cells[0]
    assert single_cluster.unit == "1 writer; test lines only (no interval: it takes two clusters)"
    assert (single_cluster.low_pp, single_cluster.excludes_zero) == (None, False)
    three = make_plan(architectures=("small-cnn",), seeds=(0, 1, 2))
    read = {"split": "validation", "lines": 50, "length": 900, "clusters": 0}
    validation = report_of(three, make_records(three, HELPS_CRNN, **read), split="validation").cells[0]
    assert validation.unit == "3 pairs (no interval: clusters are kept of test lines only)"
    assert (validation.low_pp, validation.high_pp, validation.excludes_zero) == (None, None, False)
    note = "(writers unknown: the interval may be too narrow)"
    blocks = report_of(three, make_records(three, HELPS_CRNN, clusters=106, cluster_unit="blocks")).cells[0]
    assert blocks.unit == f"106 blocks of 10 lines × 3 pairs {note}"
    blocks = report_of(one, make_records(one, HELPS_CRNN, clusters=106, cluster_unit="blocks")).cells[0]
    assert blocks.unit == f"106 blocks of 10 lines; test lines only {note}"
    pages = report_of(one, make_records(one, HELPS_CRNN, cluster_unit="pages")).cells[0]
    assert pages.unit == "12 pages; test lines only"


def test_the_interaction_is_a_difference_of_differences():
    plan = make_plan(seeds=(0, 1, 2, 3, 4), draws=2, targets=("khatt", "uhwr", "phtd"))
    result = report_of(plan, make_records(plan, HELPS_CRNN))
    assert len(result.interactions) == 3
    for cell in result.interactions:
        assert (cell.architecture, cell.cnn, cell.pairs) == ("small-crnn", "small-cnn", 10)
        assert cell.delta_pp == pytest.approx(-10.0)
        assert cell.low_pp == pytest.approx(-10.0)  # every writer gains alike in both
    (pooled,) = (p for p in result.pooled if p.cnn)
    assert pooled.delta_pp == pytest.approx(-10.0)
    assert (pooled.architecture_delta_pp, pooled.cnn_delta_pp) == (pytest.approx(-12.0), pytest.approx(-2.0))
    assert (pooled.cells, pooled.planned_cells, pooled.pairs) == (3, 3, 10)


def test_the_interaction_uses_the_pairs_that_both_have():
    plan = make_plan(seeds=(0, 1, 2))
    records = make_records(plan, lambda request, target: HELPS_CRNN(request, target) + 5 * request.seed)
    records.pop("small-crnn-multi-k100-d0-s1-1500steps")
    records.pop("small-cnn-khatt-k100-d0-s2-1500steps")
    khatt, uhwr = report_of(plan, records).interactions
    assert (khatt.target, khatt.pairs, uhwr.pairs) == ("khatt", 1, 2)


def test_networks_of_different_encoders_are_not_compared():
    plan = make_plan(architectures=("cnn", "both", "small-crnn"))
    records = make_records(plan, lambda request, _: 30 if request.regime == "multi" else 40, clusters=50)
    result = report_of(plan, records)
    assert {(cell.architecture, cell.cnn) for cell in result.interactions} == {("both", "cnn")}
    verdicts = [line for line in result.sentence.split("\n") if line.startswith("Joint training")]
    assert len(verdicts) == 2  # the small CRNN has a sentence of its own
    assert "'CRNN (small)'" in result.sentence


def test_interactions_are_corrected_for_all_comparisons_together():
    plan = make_plan(architectures=("cnn", "cnn-matched", "both"))
    edits = {"cnn": 0, "cnn-matched": 1, "both": 4}
    records = make_records(
        plan, lambda request, _: 40 - (edits[request.architecture] if request.regime == "multi" else 0), clusters=50
    )
    result = report_of(plan, records)
    assert len({(cell.architecture, cell.cnn) for cell in result.interactions}) == 2
    assert [cell.p for cell in result.interactions] == [LEAST_P] * 4
    assert [cell.holm_p for cell in result.interactions] == pytest.approx([4 * LEAST_P] * 4)
    assert [cell.holm_p for cell in result.cells if cell.p == LEAST_P] == pytest.approx([6 * LEAST_P] * 4)


def test_selection_and_split_are_the_studys_unless_said_otherwise():
    plan = make_plan(architectures=("small-cnn",), selection="best")
    records = make_records(plan, HELPS_CRNN, selection="best")
    assert report_of(plan, records).selection == "best"
    assert report_of(plan, records).cells[0].pairs == 1
    assert report_of(plan, records, selection="last").cells[0].pairs == 0
    assert report_of(plan, records, split="validation").cells[0].pairs == 0


def test_it_is_plain_json_without_nan():
    plan, records = hand_made()
    records.pop("small-crnn-uhwr-k100-d0-s0-40epochs")
    records.pop("small-crnn-uhwr-k100-d0-s1-40epochs")
    value = json.loads(json.dumps(report_of(plan, records).to_json(), allow_nan=False))
    assert value["schema"] == 2
    assert value["cells"][0]["delta_pp"] == pytest.approx(-15.0)
    assert value["cells"][0]["single_runs"] == [f"small-crnn-khatt-k100-d0-s{seed}-40epochs" for seed in (0, 1)]


class TestSentence:
    def test_enough_evidence(self):
        plan = make_plan(seeds=(0, 1, 2, 3, 4), draws=3)
        assert report_of(plan, make_records(plan, HELPS_CRNN, clusters=50)).sentence == (
            "Joint training helps the CRNN by 10.0 points more than the CNN-only network (95 % interval 10.0–10.0; "
            "2 targets, 5 seeds × 3 draws; 50 + 50 writers), K = 100, equal steps (1,500)."
        )

    def test_one_seed_proves_nothing(self):
        plan = make_plan()
        text = report_of(plan, make_records(plan, HELPS_CRNN)).sentence
        assert "by −12.0 and of the CNN-only network by −2.0 points; the difference of −10.0" in text
        assert "cannot be told apart from 0 with 1 seed: the interval covers the test lines" in text
        assert "helps" not in text

    def test_an_interval_around_0_proves_nothing(self):
        plan = make_plan(seeds=tuple(range(6)))
        noise = (3, -3, 2, -2, 1, -1)

        def edits(request, _target):
            is_noisy = request.architecture == "small-crnn" and request.regime == "multi"
            return 40 + (noise[request.seed] if is_noisy else 0)

        records = make_records(plan, edits)
        text = report_of(plan, records).sentence
        verdict, limits = text.split("\n")
        assert verdict.endswith("cannot be told apart from 0 with 6 seeds.")
        assert " to +" in verdict
        assert limits.endswith("All on one draw of training lines: the interval does not cover another draw.")

    def test_the_other_way_round(self):
        table = {("small-cnn", "single"): 50, ("small-cnn", "multi"): 40}
        table |= {("small-crnn", "single"): 40, ("small-crnn", "multi"): 43}
        plan = make_plan(seeds=tuple(range(5)))
        text = report_of(plan, make_records(plan, by_regime(table))).sentence
        assert text.startswith("Joint training helps the CNN-only network by 13.0 points more than the CRNN")
        table["small-cnn", "multi"] = 51
        text = report_of(plan, make_records(plan, by_regime(table))).sentence
        assert text.startswith("Joint training hurts the CRNN by 2.0 points more than the CNN-only network")

    def test_few_pairs_blocks_synthetic_lines_and_losses_are_said(self):
        plan = make_plan(seeds=(0, 1, 2), synthetic=("khatt", "uhwr"))
        records = make_records(plan, HELPS_CRNN, cluster_unit="blocks")
        run = "small-cnn-khatt-k100-d0-s0-1500steps"
        records[run] = records[run].model_copy(update={"state": "collapsed"})
        verdict, limits = report_of(plan, records).sentence.split("\n")
        assert "12 + 12 blocks" in verdict
        assert "These are synthetic demo lines: no replication." in limits
        assert "Left out: 1 collapsed." in limits
        assert "Writers of khatt, uhwr are unknown: the interval may be too narrow." in limits
        assert "Intervals over so few clusters or trainings cover the truth" in limits

    def test_one_synthetic_target_is_named(self):
        plan = make_plan(synthetic=("uhwr",))
        result = report_of(plan, make_records(plan, HELPS_CRNN))
        assert result.is_synthetic
        assert "uhwr are synthetic demo lines" in result.sentence

    def test_equal_epochs_show_the_steps_of_both_sides(self):
        plan, records = hand_made()
        assert "equal epochs (40: 520 steps single, 1,000 steps multi)" in report_of(plan, records).sentence

    def test_every_budget_has_its_line(self):
        plan = make_plan(budgets=("1500 steps", "40 epochs"))
        lines = report_of(plan, make_records(plan, HELPS_CRNN)).sentence.split("\n")
        assert ["equal steps" in lines[0], "equal epochs" in lines[1]] == [True, True]

    def test_nothing_yet(self):
        plan = make_plan()
        assert report_of(plan, {}).sentence == (
            "No pair of runs that are compared is complete yet: 0 of 6 runs finished."
        )
        assert "takes the regimes" in report_of(make_plan(regimes=("single",)), {}).sentence

    def test_a_single_cluster_gives_no_interval(self):
        plan = make_plan(seeds=(0, 1))
        text = report_of(plan, make_records(plan, HELPS_CRNN, clusters=1)).sentence
        assert "no interval: a target has a single cluster of test lines" in text
        assert "cannot be told apart from 0" in text


def test_it_reads_the_runs_of_a_store(tmp_path):
    plan, records = hand_made()
    store = RunStore(Workspace(tmp_path))
    for run, record in records.items():
        store.folder(run).mkdir(parents=True)
        store.result_file(run).write_text(record.model_dump_json(by_alias=True), encoding="utf-8")
    assert report(plan, store) == report_of(plan, records)


def test_it_needs_neither_pandas_nor_qt():
    heavy = ("pandas", "torch", "PySide6", "matplotlib")
    code = f"import sys, workbench.analysis.results.report; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_a_reader_has_to_know_about_the_lines_is_said():
    plan, records = hand_made()
    assert report_of(plan, records).remarks == ()

    def shared(decision, **changes):
        known = {"kind": "near_text", "left": "khatt/train", "right": "khatt/test", "findings": 3, "left_lines": 4}
        return SharedLines(**known | {"right_lines": 5, "is_serious": True, "decision": decision} | changes)

    left_out = Exclusion(line_id="a", reason="listed", kind="listed", part="test")
    khatt = plan.target("khatt").model_copy(update={"exclusions": (left_out,)})
    told = plan.model_copy(
        update={
            "study": plan.study.model_copy(
                update={
                    "k_characters": (100,),
                    "normalisation": ("nfc", "fold_yeh"),
                    "placeholders": Placeholders(policy="wildcard"),
                    "training": plan.study.training.model_copy(update={"stop_after_validations": 3}),
                }
            ),
            "targets": (khatt, *plan.targets[1:]),
            "shared": (
                shared(None), shared("accept", kind="text", reason="official"), shared("exclude", kind="image"),
                shared(None, kind="writer", is_serious=False),
            ),
        }
    )  # fmt: skip
    assert report_of(told, records).remarks == (
        "K counts characters of training text, not lines.",
        "Texts are normalised before training and scoring: nfc, fold_yeh.",
        "Placeholders (# @) are not scored: one in a reference matches anything.",
        "Runs end once no target's validation CER has improved for 3 validations: the arms that are compared then make "
        "unequal steps. The steps beside a ΔCER are means over its pairs.",
        "Shared by khatt/train and khatt/test: 3 by near text, 5 test lines; undecided.",
        "Shared by khatt/train and khatt/test: 3 by text, 5 test lines; accepted (official).",
        "khatt: the test part is not whole, listed lines were left out: 1.",
    )


def with_systems(architecture: str, seed: int):
    """A study and a second one like it, to which runs of another system were added."""
    asked = {"architectures": ("cnn", "both"), "k_lines": (100, 500), "budgets": ("10 steps",)}
    own = make_plan(**asked, seeds=(0, 1))
    table = {("cnn", "single"): 10, ("cnn", "multi"): 9, ("both", "single"): 8, ("both", "multi"): 6}
    added = [
        planned.model_copy(
            update={
                "run": f"other-{planned.run}",
                "request": planned.request.model_copy(update={"architecture": architecture, "seed": seed}),
            }
        )
        for planned in own.runs
        if planned.request.architecture == "both" and planned.request.seed == 0
    ]
    records = make_records(own, by_regime(table))
    for planned in added:
        like = records[planned.run.removeprefix("other-")]
        changes = {"run": planned.run, "origin": "imported", "architecture": architecture, "seed": seed}
        records[planned.run] = like.model_copy(update=changes)
    study = own.study.model_copy(
        update={"architectures": tuple(dict.fromkeys([*own.study.architectures, architecture]))}
    )
    whole = own.model_copy(update={"study": study, "runs": (*own.runs, *added)})
    return report_of(own, records), report_of(whole, records)


def test_another_system_changes_no_p_value_of_the_studys_own_networks():
    alone, beside = with_systems("Kraken", 0)
    own = tuple(cell for cell in beside.cells if cell.architecture != "Kraken")
    assert own == alone.cells
    assert len(beside.cells) > len(own)
    assert all(cell.holm_p is not None for cell in beside.cells if cell.delta_pp is not None and cell.p is not None)
    assert [cell for cell in beside.pooled if cell.architecture != "Kraken"] == list(alone.pooled)
    assert beside.interactions == alone.interactions
    assert any("counts the cells of Kraken apart" in remark for remark in beside.remarks)


def test_another_system_under_the_name_of_an_own_network_is_said_to_be_in_its_means():
    alone, beside = with_systems("both", 7)
    cell, alone_cell = (found.cell("both", "khatt", 100, "10 steps") for found in (beside, alone))
    assert (cell.pairs, alone_cell.pairs) == (3, 2)
    assert any("tests of both hold them together with runs trained here" in remark for remark in beside.remarks)
    assert not any("other systems" in remark for remark in alone.remarks)
