"""A made-up study as it lies in a workspace: plan, specs, events, results and predictions, without any training."""

import random
from collections.abc import Sequence
from pathlib import Path

from tests.analysis.made_up import make_plan, make_record, make_records
from workbench import files
from workbench.runs.events import RunEvent, RunFailed, RunStarted, SampleRead, StepLogged, Validated, to_log_line
from workbench.runs.plan import Plan, PlannedRun, SharedExample, SharedLines, save_plan
from workbench.runs.predictions import Prediction, write_predictions
from workbench.runs.result import RunRecord
from workbench.runs.spec import ArchitectureSpec, RunSpec, TargetSpec
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace
from workbench.study.schema import Preprocessing, Training
from workbench.study.toml_file import save_study

LINES = 12
TEXTS = {
    "khatt": ("كتاب جديد في البيت", "قلم رصاص ١٢"),
    "uhwr": ("یہ ایک کتاب ہے", "اردو کے دو لفظ ۴۵"),
    "phtd": ("این یک کتاب است", "گل سرخ abc def"),
}
"""By the beginning of a data set's name."""
SECRET = "كتاب"
"""Stands in the texts of `khatt` and nowhere else."""


def edits(request, target):
    chance = random.Random(f"{request.architecture} {request.regime} {target} {request.k} {request.seed}")
    helps = {"small-cnn": 2, "small-crnn": 8}[request.architecture] * (request.regime != "single")
    return 40 - request.k // 100 - helps + chance.randint(0, 1)


def finished_study(root: Path, *, failed: tuple[int, ...] = (), **asked) -> tuple[Plan, RunStore]:
    """Write a study into a workspace; `failed` are the places of runs that came to nothing."""
    study = {"seeds": (0, 1), "k_lines": (100, 500), **asked}
    plan = make_plan(**study)
    ids = tuple(f"l{n:02d}" for n in range(LINES))
    targets = tuple(target.model_copy(update={"test_ids": ids}) for target in plan.targets)
    shared = SharedLines(
        kind="text", left="khatt/train", right="khatt/test", findings=1, left_lines=1, right_lines=1, is_serious=True,
        examples=(SharedExample(value=TEXTS["khatt"][0], left_ids=("a",), right_ids=("l00",)),),
    )  # fmt: skip
    plan = plan.model_copy(update={"targets": targets, "shared": (shared,)})
    workspace = Workspace(root)
    store = RunStore(workspace)
    save_study(plan.study, workspace.study_file(plan.study.name))
    save_plan(plan, workspace.plan_file(plan.study.name))
    made_with = {"environment": {"python": "3.11", "packages": {"torch": "2.13.0"}}}
    records = make_records(plan, edits, clusters=LINES)
    for place, run in enumerate(records):
        record = records[run].model_copy(update=made_with)
        planned = next(planned for planned in plan.runs if planned.run == run)
        files.write_text(store.spec_file(run), _spec(plan, planned).model_dump_json())
        files.write_json(store.environment_file(run), record.environment)
        is_failed = place in failed
        events = [*_events(run, planned.request.targets), *([_failure(run)] if is_failed else [])]
        files.write_text(store.events_file(run), "".join(f"{to_log_line(event)}\n" for event in events))
        if not is_failed:
            files.write_text(store.result_file(run), record.model_dump_json(by_alias=True))
            write_predictions(store.predictions_file(run), _predictions(record, ids))
    return plan, store


def finish_run(store: RunStore, planned: PlannedRun, rows: Sequence[Prediction], **changes: object) -> None:
    """Let a run have come to its end with what it read."""
    digest = write_predictions(store.predictions_file(planned.run), rows)
    record = make_record(planned, (), **{"predictions_sha256": digest, **changes})
    files.write_text(store.result_file(planned.run), record.model_dump_json(by_alias=True))


def _texts_of(target: str) -> tuple[str, str]:
    return TEXTS[target.partition("-")[0]]


def _spec(plan: Plan, planned) -> RunSpec:
    request = planned.request
    return RunSpec(
        architecture=ArchitectureSpec(name=request.architecture, sizes={}),
        preprocessing=Preprocessing(), normalisation=(), training=Training(), steps=planned.steps,
        validate_every_steps=10, k=request.k, draw=request.draw, seed=request.seed, alphabet=("ا", "ب"),
        targets=tuple(
            TargetSpec(
                name=name, language=plan.target(name).language, fingerprint=plan.target(name).fingerprint,
                train_ids=("a", "b"), validation_ids=("v",), test_ids=plan.target(name).test_ids,
                test_clusters=tuple(f"w{n:03d}" for n in range(LINES)), cluster_unit="writers",
            )
            for name in request.targets
        ),
    )  # fmt: skip


def _events(run: str, targets: tuple[str, ...]) -> list[RunEvent]:
    return [
        RunStarted(run=run, steps=40, steps_per_epoch=8, targets=targets, parameters=1, device="cpu", threads=1,
                   frame_px=8),
        StepLogged(run=run, step=10, epoch=1, loss=2.0, learning_rate=1e-3, gradient_norm=1.0),
        *(
            Validated(run=run, step=step, epoch=1, target=name, lines=4, edits=20 - step // 4, length=20, empty_lines=0)
            for step in (20, 40)
            for name in targets
        ),
        SampleRead(
            run=run, step=20, target=targets[0], line_id="v", reference=_texts_of(targets[0])[0], hypothesis="x"
        ),
    ]  # fmt: skip


def _failure(run: str) -> RunFailed:
    return RunFailed(run=run, step=30, kind="error", reason="it broke", log_tail="Traceback in /home/somebody/x.py")


def _predictions(record: RunRecord, ids: tuple[str, ...]) -> list[Prediction]:
    """Short texts with the counts of the result, as if a line of each writer had been longer."""
    found: list[Prediction] = []
    for target in record.targets:
        evaluated = record.evaluation(target, "test", "last")
        for number, (line_id, (_, _, edits, length)) in enumerate(zip(ids, evaluated.clusters, strict=True)):
            reference = _texts_of(target)[number % 2]
            hypothesis = reference.replace("ا", "", 1) + ("x" if number % 3 == 0 else "")
            found.append(Prediction(line_id, target, "test", "last", reference, hypothesis, edits, length))
    return found
