"""A finished study with readings that are made up letter by letter: what tables of letters are tried on."""

from collections.abc import Callable
from pathlib import Path

from tests.execution.small_data import import_one, small_study, write_dataset
from workbench.data.cache import find_cache
from workbench.execution.inline import InlineExecutor
from workbench.execution.plan import resolve
from workbench.execution.studies import open_targets, run_study
from workbench.metrics.error_rate import count_characters
from workbench.runs.control import Control
from workbench.runs.plan import Plan, PlannedRun
from workbench.runs.predictions import Prediction, write_predictions
from workbench.runs.store import RunStore
from workbench.runs.workspace import Workspace, open_workspace
from workbench.study.schema import Study

PARTS = {"train": 12, "val": 4, "test": 24}
LAST = {"small-cnn": "ب", "small-crnn": "ا"}
"""Letter that the single-script run of an architecture misses everywhere; the multi-script run reads it."""

Read = Callable[[PlannedRun, str, int], str]


def read_without(planned: PlannedRun, reference: str, number: int) -> str:
    """Miss one letter in single-script runs; both make one confusion on every third line."""
    text = (
        reference.replace(LAST[planned.request.architecture], "") if planned.request.regime == "single" else reference
    )
    return text.replace("ر", "ز") if number % 3 == 0 else text


def letter_study(**changes: object) -> Study:
    """Two architectures, single-script and multi-script, two seeds."""
    return small_study(**({"architectures": ["small-cnn", "small-crnn"], "seeds": [0, 1], "name": "letters"} | changes))


def make_letter_workspace(root: Path) -> Workspace:
    """Workspace with the data sets `arabic` and `persian`, whose test parts have 24 lines of 8 writers or so."""
    workspace = open_workspace(root / "workspace")
    for name, language in (("arabic", "ar"), ("persian", "fa")):
        import_one(workspace, write_dataset(root / name, language, parts=PARTS), name, language)
    return workspace


def finish(workspace: Workspace, study: Study, read: Read = read_without) -> Plan:
    """Run a study with a scripted trainer, and write what its runs are to have read."""
    opened = {}
    for value in open_targets(workspace, study, Control()):
        if isinstance(value, dict):
            opened = value
    plan = resolve(study, opened)
    executor = InlineExecutor(workspace, device="cpu", checkpoint_after_s=0.0, trainer="tests.execution.scripted:train")
    list(run_study(workspace, plan, executor=executor, control=Control()))
    write_readings(workspace, plan, read)
    return plan


def write_readings(workspace: Workspace, plan: Plan, read: Read = read_without) -> None:
    """Write the predictions of every run: its test lines with the last weights."""
    store = RunStore(workspace)
    for planned in {run.run: run for run in plan.runs}.values():
        spec = store.spec(planned.run)
        assert spec is not None
        rows = []
        for name in planned.request.targets:
            target = spec.target(name)
            cache = find_cache(workspace, target.fingerprint, cropped=True)
            assert cache is not None
            for number, line_id in enumerate(target.test_ids):
                reference = cache.transcription(line_id)
                hypothesis = read(planned, reference, number)
                count = count_characters(reference, hypothesis)
                rows.append(Prediction(line_id, name, "test", "last", reference, hypothesis, count.edits, count.length))
        write_predictions(store.predictions_file(planned.run), rows)
