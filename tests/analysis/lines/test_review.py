"""Which lines are looked at first, and what leaving wrong ones out does to the numbers."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest

from tests.analysis.made_up import evaluated, make_plan, make_record
from workbench.analysis.lines.cleaning import counts_of_arms, effects_of_cleaning
from workbench.analysis.lines.review import ReadRun, in_order, read_lines, read_runs, studies_on
from workbench.analysis.results.pairs import cells_of
from workbench.analysis.results.rates import rates_of
from workbench.data.id_lists import LineNames, read_id_list
from workbench.errors import InputError
from workbench.metrics.error_rate import count_characters
from workbench.runs.attached import AttachedRun, save_attached
from workbench.runs.events import Split
from workbench.runs.plan import Plan, save_plan
from workbench.runs.predictions import Prediction, write_predictions
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.grid import RunRequest
from workbench.study.toml_file import save_study

TEXTS = {"a": "كتاب جديد", "b": "قلم", "c": "باب", "d": "شمس"}


def prediction(line_id: str, hypothesis: str, reference: str = "", **changes: object) -> Prediction:
    reference = reference or TEXTS[line_id]
    count = count_characters(reference, hypothesis)
    values = {"target": "khatt", "split": "test", "selection": "last"} | changes
    return Prediction(
        line_id=line_id, reference=reference, hypothesis=hypothesis, edits=count.edits, length=count.length, **values
    )


def runs_of(plan: Plan, *readings: Mapping[str, str]) -> list[ReadRun]:
    planned = [run for run in plan.runs if "khatt" in run.request.targets]
    return [
        ReadRun("made up", run.run, (run.request,), "", tuple(prediction(*one) for one in texts.items()))
        for run, texts in zip(planned, readings, strict=False)
    ]


READINGS = (
    {"a": "كتاب جديد", "b": "دار", "c": "ماء", "d": ""},
    {"a": "كتاب جدبد", "b": "دار", "c": "يوم", "d": "سمس"},
    {"a": "كتاب جديد", "b": "دار", "c": "بيت", "d": ""},
)


def test_lines_on_which_models_agree_against_the_reference_come_first() -> None:
    lines = {line.line_id: line for line in read_lines(runs_of(make_plan(seeds=[0, 1, 2]), *READINGS))}
    assert lines["b"].disagreement == 1.0  # all read the same word, another than the reference
    assert lines["c"].disagreement == pytest.approx(-2 / 9)  # as wrong, each in its own way
    assert lines["d"].disagreement is None  # one reading that is not empty
    assert lines["b"].cer == 1.0
    order = in_order(list(TEXTS), lines, "disagreement")
    assert order[0] == "b"
    assert order[-1] == "d"
    assert in_order(list(TEXTS), lines, "dataset") == tuple(TEXTS)
    assert in_order(list(TEXTS), lines, "cer")[-1] == "a"


def test_agreement_is_a_share_of_the_longer_text() -> None:
    plan = make_plan(seeds=[0, 1])
    (line,) = read_lines(runs_of(plan, {"a": "كتاب"}, {"a": "كتب جديد"}))
    # To the reference (9): 5 and 1 edits. To one another (8): 6 edits.
    assert line.disagreement == pytest.approx((5 / 9 + 1 / 9) / 2 - count_characters("كتاب", "كتب جديد").edits / 8)
    assert line.count.edits == 6


def test_lines_without_readings_come_last_in_the_order_of_the_data_set() -> None:
    lines = {line.line_id: line for line in read_lines(runs_of(make_plan(), {"c": "باب"}))}
    assert in_order(["a", "b", "c", "d"], lines, "cer") == ("c", "a", "b", "d")
    assert in_order(["a", "b", "c", "d"], {}, "disagreement") == ("a", "b", "c", "d")


def test_a_random_order_is_the_same_for_the_same_seed() -> None:
    ids = [str(number) for number in range(50)]
    first = in_order(ids, {}, "random", seed=3)
    assert first == in_order(ids, {}, "random", seed=3) != in_order(ids, {}, "random", seed=4)
    assert sorted(first) == sorted(ids)


def test_only_the_best_runs_speak_of_a_line() -> None:
    plan = make_plan(seeds=[0, 1, 2])
    runs = runs_of(plan, {"a": "x", "b": "قلم"}, {"a": "كتاب جديد", "b": "قلم"}, {"a": "كتاب", "b": ""})
    lines = {line.line_id: line for line in read_lines(runs, most=2)}
    assert [reading.run.run for reading in lines["a"].readings] == [runs[1].run, runs[2].run]
    assert lines["a"].consensus.run.run == runs[1].run


def test_readings_under_another_normalisation_are_left_out() -> None:
    plan = make_plan(seeds=[0, 1])
    runs = runs_of(plan, {"a": "كتاب جديد"}, {})
    other = ReadRun("folded", "other", runs[0].requests, "", (prediction("a", "كتاب", "كتاب"),))
    (line,) = read_lines([runs[0], other])
    assert {reading.prediction.reference for reading in line.readings} == {line.reference}
    assert len(line.readings) == 1


def test_placeholders_that_are_not_scored_are_no_disagreement() -> None:
    plan = make_plan(seeds=[0, 1])
    texts = ({"b": "قلم#"}, {"b": "قلم##"})
    runs = [
        ReadRun("made up", run.run, run.requests, "#", (Prediction("b", "khatt", "test", "last", "قلم", text, 0, 3),))
        for run, text in zip(runs_of(plan, *texts), [one["b"] for one in texts], strict=True)
    ]
    (line,) = read_lines(runs)
    assert line.disagreement == 0


def test_readings_come_from_the_runs_of_a_workspace(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    plan = make_plan(seeds=[0, 1], regimes=["single", "multi"])
    for study in (plan.study.model_copy(update={"name": "one"}), plan.study.model_copy(update={"name": "two"})):
        save_study(study, workspace.study_file(study.name))
        save_plan(plan.model_copy(update={"study": study}), workspace.plan_file(study.name))
    save_study(plan.study.model_copy(update={"name": "unplanned"}), workspace.study_file("unplanned"))
    store = RunStore(workspace)
    finished = [run.run for run in plan.runs if "khatt" in run.request.targets][:3]
    for run in finished:
        rows = [
            prediction("a", "كتاب", char_frames=(1, 2), char_confidences=(0.5, 0.5)),
            prediction("b", "قلم", split="validation"),
            prediction("c", "باب", selection="best"),
            prediction("d", "شمس", target="uhwr"),
        ]
        write_predictions(store.predictions_file(run), rows)
    assert studies_on(workspace, "khatt") == ("one", "two")
    assert studies_on(workspace, "nobody") == ()
    found = list(read_runs(workspace, "khatt", "two"))
    assert [run.run for run in found] == finished
    assert [line.line_id for line in found[0].lines] == ["a", "b"]
    assert found[0].lines[0].char_frames == ()
    everything = list(read_runs(workspace, "khatt"))
    assert [run.study for run in everything] == ["one"] * 3 + ["two"] * 3
    assert [reading.run.run for reading in next(read_lines(everything)).readings] == finished  # each run once
    assert {reading.run.study for line in read_lines(everything) for reading in line.readings} == {"one"}
    with pytest.raises(InputError, match="Studies on it: one, two"):
        list(read_runs(workspace, "khatt", "unplanned"))
    with pytest.raises(InputError, match="No study on it"):
        list(read_runs(workspace, "nobody", "one"))


def test_the_effect_of_cleaning_is_a_matter_of_counts() -> None:
    plan = make_plan(architectures=["small-cnn"], regimes=["single", "multi"], seeds=[0, 1])
    requests = [run for run in plan.runs if "khatt" in run.request.targets]
    runs = [
        ReadRun(
            "made up", run.run, (run.request,), "",
            (prediction("a", "كتاب" if run.request.regime == "single" else "كتاب جديد"), prediction("b", "دار"),
             prediction("c", "باب", split="validation")),
        )
        for run in requests
    ]  # fmt: skip
    single, multi, *validation = effects_of_cleaning(counts_of_arms(runs), {"b", "elsewhere"})
    assert (single.arm.arm, single.arm.split, single.runs, single.lines, single.left_out) == ("single", "test", 2, 2, 1)
    assert (single.with_all.edits, single.with_all.length) == (2 * (5 + 3), 2 * 12)
    assert (single.without.edits, single.without.length) == (2 * 5, 2 * 9)
    assert single.change_pp == pytest.approx(100 * (5 / 9 - 8 / 12))
    assert single.delta_pp is None
    assert multi.delta_pp == pytest.approx(100 * (3 / 12 - 8 / 12))
    assert multi.delta_without_pp == pytest.approx(100 * (0 - 5 / 9))
    assert [effect.arm.split for effect in validation] == ["validation", "validation"]
    assert all(effect.left_out == 0 and effect.change_pp == 0 for effect in validation)


def counted_runs(plan: Plan, texts: Callable[[RunRequest], str], **changes: object) -> list[ReadRun]:
    """Every run of a plan on the same two lines, the first of them read as `texts` says."""
    return [
        ReadRun(
            "made up", run.run, (run.request,), "",
            (prediction("a", texts(run.request), **changes), prediction("b", "دار", **changes)),
        )
        for run in plan.runs if "khatt" in run.request.targets
    ]  # fmt: skip


def worse_with_the_seed(request: RunRequest) -> str:
    return TEXTS["a"][request.seed + (request.regime == "multi") :]


def test_a_difference_is_one_of_pairs_of_the_same_draw_and_seed() -> None:
    plan = make_plan(architectures=["small-cnn"], regimes=["single", "multi"], seeds=[0, 1, 2])
    runs = counted_runs(plan, worse_with_the_seed)
    half_done = [run for run in runs if (run.request.regime, run.request.seed) != ("multi", 0)]
    single, multi = effects_of_cleaning(counts_of_arms(half_done), {"b"})
    assert (single.runs, multi.runs, single.pairs, multi.pairs) == (3, 2, 0, 2)
    # One more letter is missing in each pair; the seed that the single-script arm alone has is in no difference.
    assert multi.delta_pp == pytest.approx(100 / 12)
    assert multi.delta_without_pp == pytest.approx(100 / 9)
    (_, alone) = effects_of_cleaning(counts_of_arms([run for run in runs if run.request.seed == 0][:1] + runs[-1:]), ())
    assert (alone.pairs, alone.delta_pp) == (0, None)


def test_collapsed_runs_are_in_no_mean() -> None:
    plan = make_plan(architectures=["small-cnn"], regimes=["single", "multi"], seeds=[0, 1])
    runs = [replace(run, is_collapsed=run.request.seed == 1) for run in counted_runs(plan, worse_with_the_seed)]
    single, multi = effects_of_cleaning(counts_of_arms(runs), ())
    assert (single.runs, multi.runs, multi.pairs) == (1, 1, 1)
    assert single.cer == pytest.approx(3 / 12)


def test_runs_that_were_read_on_other_lines_are_no_pair() -> None:
    plan = make_plan(architectures=["small-cnn"], regimes=["single", "multi"])
    single, multi = counted_runs(plan, worse_with_the_seed)
    effects = effects_of_cleaning(counts_of_arms([single, replace(multi, lines=multi.lines[:1])]), ())
    assert [(effect.pairs, effect.delta_pp) for effect in effects] == [(0, None), (0, None)]


def test_a_run_of_two_studies_is_the_baseline_in_both(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    plan = make_plan(architectures=["small-cnn"], regimes=["single", "multi"])
    for name in ("one", "two"):
        study = plan.study.model_copy(update={"name": name})
        save_study(study, workspace.study_file(name))
        save_plan(plan.model_copy(update={"study": study}), workspace.plan_file(name))
    store = RunStore(workspace)
    for run in counted_runs(plan, worse_with_the_seed):
        write_predictions(store.predictions_file(run.run), run.lines)
    effects = effects_of_cleaning(counts_of_arms(list(read_runs(workspace, "khatt"))), ())
    assert [(effect.arm.study, effect.arm.arm, effect.pairs) for effect in effects] == [
        ("one", "single", 0), ("one", "multi", 1), ("two", "single", 0), ("two", "multi", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("split", ["test", "validation"])
def test_without_labels_the_numbers_are_those_of_the_results(split: Split) -> None:
    plan = make_plan(architectures=["small-cnn"], regimes=["single", "multi"], seeds=[0, 1, 2], draws=2)
    runs = [
        run for run in counted_runs(plan, worse_with_the_seed, split=split)
        if (run.request.regime, run.request.seed, run.request.draw) != ("multi", 2, 0)
    ]  # fmt: skip
    counts = {run.run: run.count for run in runs}
    records = {
        run.run: make_record(
            run,
            tuple(
                evaluated(run.run, "khatt", (("w", 2, count.edits, count.length),), split=split)
                for count in (counts[run.run],)
            ),
        )
        for run in plan.runs if run.run in counts
    }  # fmt: skip
    cells = [cell for cell in cells_of(plan, records, {}, split, "last") if cell.key.target == "khatt"]
    single, multi = effects_of_cleaning(counts_of_arms(runs), ())
    assert [len(cell.pairs) for cell in cells] == [multi.pairs] == [5]
    assert multi.delta_pp == pytest.approx(fmean(pair.delta_cer_pp for pair in cells[0].pairs))
    rates = {rate.regime: rate.cer for rate in rates_of(plan, records, {}, split, "last")}
    assert (single.cer, multi.cer) == pytest.approx((rates["single"], rates["multi"]))


def test_readings_of_other_systems_count(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    plan = make_plan(architectures=["small-cnn"])
    save_study(plan.study, workspace.study_file("one"))
    save_plan(
        plan.model_copy(update={"study": plan.study.model_copy(update={"name": "one"})}), workspace.plan_file("one")
    )
    request = plan.runs[0].request.model_copy(update={"architecture": "theirs"})
    save_attached(workspace, "one", (AttachedRun(request=request, run="import-1"),))
    write_predictions(RunStore(workspace).predictions_file("import-1"), [prediction("a", "كتاب")])
    assert [(run.run, run.request.architecture) for run in read_runs(workspace, "khatt")] == [("import-1", "theirs")]


def test_an_arm_of_which_nothing_is_left_has_no_rate() -> None:
    (effect,) = effects_of_cleaning(counts_of_arms(runs_of(make_plan(), {"a": "كتاب"})), {"a"})
    assert effect.without.length == 0
    assert effect.change_pp is None


@pytest.mark.real_lines
def test_published_label_errors_stand_out(real_lines: Path) -> None:
    """The errors that people found in the published readings of one network are among the worst-read lines."""
    folder = real_lines / "published_predictions" / "nust"
    planned = make_plan(targets=["uhwr", "khatt"]).runs[0]
    for part in ("test", "val"):
        (path,) = folder.glob(f"nust_{part}_results_*.csv")
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = tuple(prediction(r["ImageID"], r["Prediction"], r["GroundTruth"]) for r in csv.DictReader(file))
        assert len(rows) == 1061
        run = ReadRun("published", planned.run, (planned.request,), "", rows)
        lines = {line.line_id: line for line in read_lines([run])}
        order = in_order(list(lines), lines, "cer")
        names = LineNames(order)
        wrong = [names.line(line.name) for line in read_id_list(folder / f"hitl_labels_log_{part}.csv").lines]
        assert max(order.index(line_id) for line_id in wrong if line_id is not None) < 20
        assert None not in wrong
