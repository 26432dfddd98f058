"""A trainer that does not train: its networks are random, but output all kinds of characters and are kept as real ones.

What they read stands in `predictions.csv` as it is; in the events it looks like the reading of a good network, so that
no run counts as collapsed.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import torch

from tests.execution.small_data import small_study
from workbench.data.cache import LineCache
from workbench.execution.inline import InlineExecutor
from workbench.execution.studies import prepare, run_study
from workbench.models.registry import build
from workbench.runs.control import Control
from workbench.runs.events import CheckpointSaved, RunEvent, RunFinished, RunStarted, WeightsSaved
from workbench.runs.plan import Plan
from workbench.runs.predictions import Prediction, write_predictions
from workbench.runs.spec import RunSpec
from workbench.runs.workspace import Workspace
from workbench.training.checkpoint import save_weights, snapshot, weights_name
from workbench.training.evaluate import Reader, in_order, predictions, summary
from workbench.training.lines import load_lines
from workbench.training.randomness import seed_torch

HERE = "tests.execution.talkative"


def finish_study(workspace: Workspace, **changes: object) -> Plan:
    """Run a study of two architectures to its end; with all of its runs as good as it gets."""
    study = small_study(**({"architectures": ["small-cnn", "small-crnn"]} | changes))
    plan = list(prepare(workspace, study, Control()))[-1]
    assert isinstance(plan, Plan)
    executor = InlineExecutor(workspace, device="cpu", trainer=f"{HERE}:train")
    list(run_study(workspace, plan, executor=executor, control=Control()))
    return plan


def train(
    spec: RunSpec,
    caches: Mapping[str, LineCache],
    folder: Path,
    control: Control,
    *,
    device: str,
    resume_from: CheckpointSaved | None,
    checkpoint_after_s: float,
) -> Iterator[RunEvent]:
    """Write weights and what they read."""
    yield RunStarted(
        run=spec.id, steps=spec.steps, steps_per_epoch=spec.steps_per_epoch,
        targets=tuple(target.name for target in spec.targets), parameters=7, device="cpu",
        threads=spec.training.threads_per_run, frame_px=4,
    )  # fmt: skip
    seed_torch("talk", spec.seed, spec.id)
    network = build(spec.architecture, len(spec.alphabet) + 1).eval()
    last = getattr(network.head, "convolution", None) or network.head.linear
    with torch.no_grad():
        last.weight.mul_(30)
    weights = snapshot(network)
    for selection, target in (("last", ""), *(("best", target.name) for target in spec.targets)):
        name = weights_name(selection, target)
        digest = save_weights(folder, name, weights)
        yield WeightsSaved(run=spec.id, selection=selection, target=target, step=spec.steps, path=name, sha256=digest)
    reader, everything = Reader(network, spec, torch.device("cpu")), list[Prediction]()
    for target in spec.targets:
        for split, ids in (("validation", target.validation_ids), ("test", target.test_ids)):
            lines = list(load_lines(caches[target.name], spec, target, ids, for_training=False))
            readings = in_order([one for batch in reader.read(lines) for one in batch], ids)
            for selection in ("last", "best"):
                everything += predictions(readings, split, selection)
                read = summary(readings, spec, target, split, selection, spec.steps)
                good = tuple((name, count, 1, length) for name, count, _, length in read.clusters)
                yield read.model_copy(update={"edits": len(good), "empty_lines": 0, "clusters": good})
    digest = write_predictions(folder / "predictions.csv", everything)
    yield RunFinished(run=spec.id, steps=spec.steps, predictions_sha256=digest)
