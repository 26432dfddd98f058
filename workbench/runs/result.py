"""What a finished run came to: the content of `result.json`, enough for matrix, tables and heatmaps."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from workbench.runs.events import Evaluated, Split, WeightsSaved
from workbench.runs.history import RunHistory
from workbench.runs.spec import RunSpec
from workbench.study.schema import FrozenModel, PlainName, Selection

RESULT_SCHEMA = 1


class RunRecord(FrozenModel):
    """A run that came to its end, trained here or imported. Counts, never rates: CER is computed from them."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")
    run: PlainName
    """Id of the run."""
    origin: Literal["trained", "imported"] = "trained"
    state: Literal["finished", "collapsed"]
    architecture: str
    targets: tuple[str, ...]
    """Names of the targets, in the order of the spec."""
    k: int
    draw: int
    seed: int
    training_version: int
    training_lines: int
    """Of all targets together."""
    batch_lines: int
    line_height_px: int
    """Of the network's input."""
    canvas_width_px: int | None = None
    precision: str = "float32"
    augmentation: str = "none"
    norm: str = "batch"
    """What else the time of a step depends on; results of earlier programs do not tell it."""
    steps: int
    """Optimiser updates that were made."""
    prior_steps: int = 0
    """Updates that the weights had seen before, in the runs that this one went on from."""
    is_stopped_early: bool = False
    """It made fewer than it was given, because it no longer improved."""
    batch_parts: int = 1
    """Micro-batches in which its batches were computed in the end: more than one where the memory was short."""
    validated_lines: int = 0
    """Lines that were read in validations while it trained; 0 also in results of earlier programs."""
    parameters: int
    """Trainable numbers of the network."""
    seconds: float
    """Time spent in training and evaluation, pauses left out, over all sittings."""
    device: str
    threads: int
    evaluations: tuple[Evaluated, ...]
    """One per (target, split, selection)."""
    weights: tuple[WeightsSaved, ...]
    predictions_sha256: str
    environment: dict[str, Any] = Field(default_factory=dict)
    """What `environment.json` says: versions, device, threads, processor of the process that trained."""

    def evaluation(self, target: str, split: Split, selection: Selection) -> Evaluated | None:
        """Return the counts of one (target, split, selection), None where there are none."""
        key = (target, split, selection)
        return next((e for e in self.evaluations if (e.target, e.split, e.selection) == key), None)


def result_of(
    spec: RunSpec,
    history: RunHistory,
    predictions_sha256: str,
    environment: dict[str, Any],
    prior_steps: int | None = None,
) -> RunRecord:
    """Fold a finished run into its record.

    Parameters
    ----------
    prior_steps : int, optional
        Updates that its first stage made, where they are known; else those that were planned.

    Raises
    ------
    ValueError
        When the history does not end in `RunFinished`, or never started.
    """
    if history.state not in ("finished", "collapsed") or history.started is None:
        raise ValueError(f"run {history.run} is {history.state}, not finished")
    return RunRecord(
        run=spec.id,
        state="collapsed" if history.state == "collapsed" else "finished",
        architecture=spec.architecture.name,
        targets=tuple(target.name for target in spec.targets if target.test_ids),
        k=spec.k,
        draw=spec.draw,
        seed=spec.seed,
        training_version=spec.training_version,
        training_lines=spec.train_line_count,
        batch_lines=spec.training.batch_lines,
        line_height_px=spec.preprocessing.line_height_px,
        canvas_width_px=spec.preprocessing.canvas_width_px,
        precision=spec.training.precision,
        augmentation=spec.training.augmentation,
        norm=str(spec.architecture.sizes.get("norm", "batch")),
        steps=history.step,
        prior_steps=spec.prior_steps if prior_steps is None else prior_steps,
        is_stopped_early=history.is_stopped_early,
        batch_parts=history.batch_parts,
        validated_lines=sum(point.lines for point in history.validations),
        parameters=history.started.parameters,
        seconds=history.pace.seconds,
        device=history.started.device,
        threads=history.started.threads,
        evaluations=history.evaluations,
        weights=history.weights,
        predictions_sha256=predictions_sha256,
        environment=environment,
    )
