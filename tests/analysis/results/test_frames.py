"""Tables: the columns that scripts rely on, counts as they were recorded, missing values missing."""

import pandas as pd
import pytest

from tests.analysis.made_up import by_regime, evaluated, make_plan, make_record, make_records, spread
from workbench.analysis.results.frames import CURVE_COLUMNS, curves_frame, results_frame, runs_frame
from workbench.runs.events import Pace, RunEvent, RunFailed, RunResumed, RunStarted, StepLogged, Validated
from workbench.runs.history import fold

TABLE = by_regime(
    {
        ("small-cnn", "single"): 50,
        ("small-cnn", "multi"): 48,
        ("small-crnn", "single"): 40,
        ("small-crnn", "multi"): 28,
    }
)


def test_results_have_the_fixed_columns():
    plan = make_plan()
    frame = results_frame(plan, make_records(plan, TABLE))
    assert ",".join(frame.columns) == (
        "study,run,architecture,regime,conditions,target,language,k,draw,seed,budget,steps,prior_steps,split,"
        "selection,status,"
        "lines,clusters,edits,length,cer,folded_edits,folded_length,folded_cer"
    )
    assert len(frame) == 2 * (2 + 2)
    row = frame.iloc[0]
    assert (row["study"], row["target"], row["language"], row["regime"]) == ("made up", "khatt", "ar", "single")
    assert (row["lines"], row["clusters"], row["length"], row["status"]) == (12, 12, 1200, "finished")
    assert row["cer"] == pytest.approx(row["edits"] / row["length"])


def test_a_row_per_part_and_selection_and_none_for_runs_without_result():
    plan = make_plan(architectures=("small-cnn",))
    planned = plan.runs[0]
    parts = [("test", "last"), ("test", "best"), ("validation", "last")]
    record = make_record(
        planned,
        tuple(
            evaluated(planned.run, "khatt", spread(3, 4), split=split, selection=selection)
            for split, selection in parts
        ),
        state="collapsed",
    )
    frame = results_frame(plan, {planned.run: record, "a run of another study": record})
    assert list(zip(frame["split"], frame["selection"], strict=True)) == parts
    assert set(frame["status"]) == {"collapsed"}


def test_no_characters_no_rate():
    plan = make_plan(architectures=("small-cnn",))
    planned = plan.runs[0]
    frame = results_frame(plan, {planned.run: make_record(planned, (evaluated(planned.run, "khatt", ()),))})
    assert frame["cer"].isna().all()
    assert list(frame["length"]) == [0]


def test_every_planned_run_has_its_row():
    plan = make_plan(seeds=(0, 1))
    records = make_records(plan, TABLE)
    first, second, *_ = plan.run_ids
    del records[first], records[second]
    frame = runs_frame(plan, records, {first: "failed"})
    assert list(frame["run"]) == list(plan.run_ids)
    assert list(frame["state"][:3]) == ["failed", "planned", "finished"]
    assert frame["steps"].isna().tolist() == [True, True] + [False] * (len(frame) - 2)
    assert set(frame["planned_steps"]) == {1500}
    assert frame["targets"].iloc[2] == "khatt + uhwr"
    assert frame["parameters"].dtype == pd.Int64Dtype()


def events_of(run: str) -> list[RunEvent]:
    def logged(step: int, loss: float) -> StepLogged:
        return StepLogged(run=run, step=step, epoch=1, loss=loss, learning_rate=0.1 * step, gradient_norm=2.0)

    def validated(step: int, target: str, edits: int, length: int) -> Validated:
        return Validated(
            run=run, step=step, epoch=1, target=target, lines=4, edits=edits, length=length, empty_lines=1,
            pace=Pace(seconds=step / 2),
        )  # fmt: skip

    return [
        RunStarted(
            run=run, steps=40, steps_per_epoch=8, targets=("khatt", "uhwr"), parameters=1, device="cpu", threads=1,
            frame_px=8, exposures_per_step=(("khatt", 0.25), ("uhwr", 0.125)),
        ),
        validated(1, "khatt", 10, 10),
        logged(8, 3.0), logged(16, 2.0),
        validated(16, "khatt", 5, 20), validated(16, "uhwr", 0, 0),
        validated(24, "khatt", 1, 20),
        RunResumed(run=run, step=16, device="cpu"),
        RunFailed(run=run, step=20, kind="diverged", reason="because"),
    ]  # fmt: skip


def test_curves_have_a_row_per_validation_and_target_of_runs_that_failed_too():
    plan = make_plan(architectures=("small-cnn",), seeds=(0,))
    diverged = next(planned.run for planned in plan.runs if planned.request.regime == "multi")
    logs = {diverged: events_of(diverged)}
    frame = curves_frame(plan, lambda run: fold(run, logs.get(run, ())), {}, {diverged: "diverged"})
    assert list(frame.columns) == list(CURVE_COLUMNS)
    assert list(frame["run"]) == [diverged] * 3, "what was after the checkpoint is void; planned runs have no row"
    assert set(frame["state"]) == {"diverged"}
    first, arabic, urdu = frame.to_dict("records")
    assert (first["step"], first["cer"], first["epochs"], first["exposures"]) == (1, 1.0, 1 / 8, 0.25)
    assert pd.isna(first["loss"]), "nothing was told before it"
    assert (arabic["step"], arabic["cer"], arabic["seconds"], arabic["loss"]) == (16, 0.25, 8.0, 2.0)
    assert (arabic["learning_rate"], arabic["gradient_norm"], arabic["empty_lines"]) == (1.6, 2.0, 1)
    assert (arabic["epochs"], arabic["exposures"], urdu["exposures"]) == (2.0, 4.0, 2.0)
    assert (urdu["target"], urdu["language"]) == ("uhwr", "ur")
    assert pd.isna(urdu["cer"]), "no characters, no rate"
