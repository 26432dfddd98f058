"""One training from its specification to its predictions, as a generator of events."""

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Literal, TypeVar

import torch

from workbench.errors import DivergedError
from workbench.models.registry import build
from workbench.runs.control import Control
from workbench.runs.events import (
    BatchParted,
    CheckpointSaved,
    Evaluated,
    InterruptReason,
    RunContinued,
    RunEvent,
    RunFinished,
    RunInterrupted,
    RunPaused,
    RunResumed,
    RunStarted,
    SampleRead,
    Split,
    StepLogged,
    Validated,
    WeightsSaved,
)
from workbench.runs.predictions import Prediction, write_predictions
from workbench.runs.room import when_there_is_room
from workbench.runs.spec import RunSpec, TargetSpec, exposures_per_step
from workbench.study.schema import Selection
from workbench.training.checkpoint import (
    Best,
    Progress,
    Weights,
    load_checkpoint,
    save_checkpoint,
    save_weights,
    snapshot,
    weights_name,
)
from workbench.training.divergence import refuse
from workbench.training.evaluate import Reader, Reading, in_order, predictions, summary
from workbench.training.lines import Line, LineSource, check_feasible, layout_of, load_lines, source_of
from workbench.training.pace import Stopwatch
from workbench.training.randomness import seed_torch
from workbench.training.reproducibility import choose_device, device_errors, memory_errors, placed, reproducible
from workbench.training.stages import take_first_weights
from workbench.training.updates import Update, Updates, epoch_of

__all__ = ["CHECKPOINT_AFTER_S", "choose_device", "train"]

CHECKPOINT_AFTER_S = 60.0
"""A checkpoint is due at the end of an epoch when the last one is older than this, or after ten times as long."""
SAMPLE_LINES = 3
"""Validation lines of each target of which it is told what the network reads; always the first ones."""

Interruption = InterruptReason | None
Work = Generator[RunEvent, None, Interruption]
Written = TypeVar("Written")


def train(
    spec: RunSpec,
    caches: Mapping[str, LineSource],
    folder: Path,
    control: Control,
    *,
    device: str = "auto",
    resume_from: CheckpointSaved | None = None,
    checkpoint_after_s: float = CHECKPOINT_AFTER_S,
) -> Iterator[RunEvent]:
    """Train, validate, evaluate; yield what happens.

    Writes checkpoints, `last.safetensors`, `best-<target>.safetensors` and `predictions.csv` into `folder`. Ends
    with `RunFinished`, or with `RunInterrupted` after a checkpoint. Where the memory is short, batches are computed
    in parts.

    Parameters
    ----------
    caches : mapping
        Decoded lines by the name of the target.
    device : str
        `auto`, `cpu`, `cuda` or `cuda:1`.
    resume_from : CheckpointSaved, optional
        Last checkpoint that is known to be durable. On the CPU the run then ends as if it had never stopped.

    Raises
    ------
    InputError
        When the device is not there.
    DivergedError
        When the loss exploded or something is no longer finite. The step is not taken, and the state before it is
        the last checkpoint.
    DeviceLostError
        When the GPU or its driver fails.
    RunError
        When lines are missing or do not fit, or the checkpoint cannot be used.
    MemoryError
        When the memory of the device or the computer does not hold a single line.
    WorkspaceError
        When a file cannot be written. While the disk is full the run waits for room instead, as long as the user does
        not cancel it.
    """
    chosen = torch.device(choose_device(device))
    with reproducible(chosen, spec.training.threads_per_run), device_errors(chosen), memory_errors(chosen):
        yield from _Run(spec, caches, folder, control, chosen, checkpoint_after_s).events(resume_from)


class _Run:
    """A run in the middle of its work."""

    def __init__(
        self,
        spec: RunSpec,
        caches: Mapping[str, LineSource],
        folder: Path,
        control: Control,
        device: torch.device,
        checkpoint_after_s: float,
    ) -> None:
        self.spec = spec
        self.caches = caches
        self.folder = folder
        self.control = control
        self.device = device
        self.checkpoint_after_s = checkpoint_after_s
        self.layout = layout_of(spec)
        seed_torch("initial weights", spec.seed)
        network = build(spec.architecture, len(spec.alphabet) + 1)
        take_first_weights(network, spec, folder.parent)
        self.network = placed(network, device)
        train_lines = self._load("train_ids")
        check_feasible(train_lines)
        self.validation_lines = self._load("validation_ids")
        self.updates = Updates(spec, train_lines, self.network, device)
        self.reader = Reader(self.network, spec, device)
        self.progress = Progress()
        self.watch = Stopwatch(0.0, device)
        self.saved: tuple[int, int] | None = None
        self.saved_at = 0.0

    def _load(self, part: str) -> list[Line]:
        return [
            line
            for target in self.spec.targets
            for line in load_lines(
                source_of(self.caches, target),
                self.spec,
                target,
                getattr(target, part),
                for_training=part == "train_ids",
            )
        ]

    # From the first event to the last

    def events(self, resume_from: CheckpointSaved | None) -> Iterator[RunEvent]:
        """Yield all events of this sitting."""
        yield self._begin(resume_from)
        interruption = (yield from self._train()) or (yield from self._conclude())
        if interruption:
            yield from self._checkpoint()
            yield RunInterrupted(run=self.spec.id, step=self.progress.step, reason=interruption)

    def _begin(self, resume_from: CheckpointSaved | None) -> RunEvent:
        if resume_from is None:
            self.saved_at = self.watch.seconds
            return self._started()
        self.progress = load_checkpoint(self.folder, resume_from, self.network, self.updates.optimiser)
        self.updates.parts, self.reader.parts = self.progress.parts, self.progress.reading_parts
        self.watch = Stopwatch(self.progress.seconds, self.device)
        self.saved, self.saved_at = self.progress.position, self.progress.seconds
        return RunResumed(run=self.spec.id, step=self.progress.step, device=str(self.device), pace=self.watch.pace())

    def _started(self) -> RunStarted:
        return RunStarted(
            run=self.spec.id,
            steps=self.spec.steps,
            steps_per_epoch=self.spec.steps_per_epoch,
            targets=tuple(target.name for target in self.spec.targets),
            parameters=self.layout.geometry.parameter_count(len(self.spec.alphabet) + 1),
            device=str(self.device),
            threads=self.spec.training.threads_per_run,
            frame_px=self.layout.geometry.frame_px,
            exposures_per_step=tuple(exposures_per_step(self.spec).items()),
        )

    def _heed(self) -> Work:
        """Do what the user asked for meanwhile; return why to stop, if so."""
        if self.control.command == "pause":
            yield from self._checkpoint()
            yield RunPaused(run=self.spec.id, step=self.progress.step)
            self.watch.stop()
            command = self.control.wait_while_paused()
            self.watch.start()
            if command != "cancel":
                yield RunContinued(run=self.spec.id, step=self.progress.step)
        return "cancelled" if self.control.is_cancelled else None

    def _checkpoint(self) -> Iterator[RunEvent]:
        """Save the state, unless it lies on the disk already."""
        if self.saved == self.progress.position:
            return
        self._refuse_broken_network()
        self.progress.seconds = self.watch.seconds
        name, sha256, size = yield from self._written(
            lambda: save_checkpoint(self.folder, self.spec.id, self.progress, self.network, self.updates.optimiser)
        )
        self.saved, self.saved_at = self.progress.position, self.watch.seconds
        yield CheckpointSaved(
            run=self.spec.id, step=self.progress.step, path=name, sha256=sha256, bytes=size, pace=self.watch.pace()
        )

    def _written(self, write: Callable[[], Written]) -> Generator[RunEvent, None, Written]:
        """Write a file; where the disk is full, once there is room. The wait is no time of the run."""
        writing = when_there_is_room(self.spec.id, self.progress.step, self.control, write)
        while True:
            try:
                event = next(writing)
            except StopIteration as end:
                return end.value
            if isinstance(event, RunPaused):
                self.watch.stop()
            else:
                self.watch.start()
            yield event

    def _refuse_broken_network(self) -> None:
        """See to it that nothing is saved of, or read with, a network that is no longer made of numbers."""
        if not self.updates.is_network_finite():
            refuse(self.progress.step, "its weights are no longer finite", self.spec.training)

    # Training

    @property
    def _epoch(self) -> int:
        return epoch_of(self.spec, self.progress.step)

    @property
    def _is_at_epoch_end(self) -> bool:
        return self.progress.step > 0 and self.progress.step % self.spec.steps_per_epoch == 0

    def _train(self) -> Work:
        while True:
            interruption = (yield from self._heed()) or (yield from self._validate())
            if interruption or self._is_trained:
                return interruption
            if self._is_at_epoch_end and self.control.command == "stop_after_epoch":
                return "stopped_after_epoch"
            if self._is_checkpoint_due():
                yield from self._checkpoint()
            yield from self._step()

    @property
    def _is_trained(self) -> bool:
        return self.progress.step == self.spec.steps or self._has_stopped_improving

    @property
    def _has_stopped_improving(self) -> bool:
        """No target was read better for as many validations as the study waits; only ever asked after validation."""
        patience, every = self.spec.training.stop_after_validations, self.spec.validate_every_steps
        improved = max((best.step for best in self.progress.best.values()), default=None)
        if patience is None or improved is None:
            return False
        return self.progress.step // every - improved // every >= patience

    def _is_checkpoint_due(self) -> bool:
        age = self.watch.seconds - self.saved_at
        return self.progress.step > 0 and age >= self.checkpoint_after_s * (1 if self._is_at_epoch_end else 10)

    def _step(self) -> Iterator[RunEvent]:
        begun = time.monotonic()
        step = self.progress.step + 1
        try:
            update = self.updates.make(step)
        except DivergedError:
            # Network and optimiser are as the step before left them: that state stays, to be looked at.
            if self.updates.is_network_finite():
                yield from self._checkpoint()
            raise
        self.progress.step = step
        self.progress.loss_sum += update.loss
        self.progress.loss_steps += 1
        if step % self.spec.validate_every_steps == 0 or step == self.spec.steps:
            self.progress.pending = tuple(target.name for target in self.spec.targets if target.validation_ids)
        self.watch.count(update.lines, time.monotonic() - begun)
        if self.updates.parts != self.progress.parts:
            self.progress.parts = self.updates.parts
            yield self._parted("training", self.updates.parts, self.updates.part_lines)
        if step % self.spec.training.log_every_steps == 0 or step == self.spec.steps:
            yield self._logged(update)

    def _parted(self, work: Literal["training", "reading"], parts: int, lines: int) -> BatchParted:
        return BatchParted(run=self.spec.id, step=self.progress.step, work=work, parts=parts, lines=lines)

    def _logged(self, update: Update) -> StepLogged:
        self.watch.restart_speed()
        mean = self.progress.loss_sum / self.progress.loss_steps
        self.progress.loss_sum, self.progress.loss_steps = 0.0, 0
        return StepLogged(
            run=self.spec.id,
            step=self.progress.step,
            epoch=self._epoch,
            loss=mean,
            learning_rate=update.learning_rate,
            gradient_norm=update.gradient_norm,
            pace=self.watch.pace(),
        )

    # Validation

    def _validate(self) -> Work:
        """Read the validation lines of the targets that are due at this step."""
        if self.progress.pending:
            self._refuse_broken_network()
        while self.progress.pending:
            target = self.spec.target(self.progress.pending[0])
            lines = [line for line in self.validation_lines if line.target == target.name]
            readings: list[Reading] = []
            interruption = yield from self._read(lines, target, readings)
            if interruption:
                return interruption
            ordered = in_order(readings, target.validation_ids)
            self.progress.pending = self.progress.pending[1:]
            yield from self._validated(ordered, target)
        return None

    def _read(self, lines: list[Line], target: TargetSpec, readings: list[Reading]) -> Work:
        for batch in self.reader.read(lines, target.allowed_characters):
            readings += batch
            if self.reader.parts != self.progress.reading_parts:
                self.progress.reading_parts = self.reader.parts
                yield self._parted("reading", self.reader.parts, len(batch))
            interruption = yield from self._heed()
            if interruption:
                return interruption
        return None

    def _validated(self, readings: list[Reading], target: TargetSpec) -> Iterator[RunEvent]:
        step = self.progress.step
        result = summary(readings, self.spec, target, "validation", "last", step)
        best = self.progress.best.get(target.name)
        if best is None or result.edits < best.edits:
            self.progress.best[target.name] = Best(step, result.edits, self._weights_now())
        yield Validated(
            run=self.spec.id,
            step=step,
            epoch=self._epoch,
            target=target.name,
            lines=result.lines,
            edits=result.edits,
            length=result.length,
            empty_lines=result.empty_lines,
            pace=self.watch.pace(),
        )
        for sample in readings[:SAMPLE_LINES]:
            yield SampleRead(
                run=self.spec.id,
                step=step,
                target=target.name,
                line_id=sample.line.id,
                reference=sample.line.reference,
                hypothesis=sample.hypothesis,
            )

    def _weights_now(self) -> Weights:
        """Snapshot of this step, shared by all targets for which it is the best."""
        known = (best.weights for best in self.progress.best.values() if best.step == self.progress.step)
        return next(known, None) or snapshot(self.network)

    # After the last step

    def _conclude(self) -> Work:
        """Save the weights of all selections, then read validation and test lines with them."""
        yield from self._checkpoint()
        last = snapshot(self.network)
        yield from self._save_weights(last)
        everything: list[Prediction] = []
        for target in self.spec.targets:
            interruption = yield from self._evaluate(target, last, everything)
            if interruption:
                return interruption
        digest = yield from self._written(lambda: write_predictions(self.folder / "predictions.csv", everything))
        yield RunFinished(run=self.spec.id, steps=self.progress.step, predictions_sha256=digest, pace=self.watch.pace())
        return None

    def _best(self, target: TargetSpec, last: Weights) -> Best:
        """Return the best weights of a target; without validation lines the last ones count as such."""
        return self.progress.best.get(target.name) or Best(self.progress.step, 0, last)

    def _save_weights(self, last: Weights) -> Iterator[RunEvent]:
        yield from self._saved("last", "", self.progress.step, last)
        for target in self.spec.targets:
            best = self._best(target, last)
            yield from self._saved("best", target.name, best.step, best.weights)

    def _saved(self, selection: Selection, target: str, step: int, weights: Weights) -> Iterator[RunEvent]:
        name = weights_name(selection, target)
        digest = yield from self._written(lambda: save_weights(self.folder, name, weights))
        yield WeightsSaved(run=self.spec.id, selection=selection, target=target, step=step, path=name, sha256=digest)

    def _evaluate(self, target: TargetSpec, last: Weights, everything: list[Prediction]) -> Work:
        best = self._best(target, last)
        parts: tuple[tuple[Split, str], ...] = (("validation", "validation_ids"), ("test", "test_ids"))
        for split, part in parts:
            ids: tuple[str, ...] = getattr(target, part)
            source = source_of(self.caches, target)
            lines = list(load_lines(source, self.spec, target, ids, for_training=False))
            if not lines:
                continue
            readings: list[Reading] = []
            selections: tuple[tuple[Selection, int, Weights], ...] = (
                ("last", self.progress.step, last),
                ("best", best.step, best.weights),
            )
            for selection, step, weights in selections:
                if selection == "last" or step != self.progress.step:
                    self.network.load_state_dict(weights)
                    readings = []
                    interruption = yield from self._read(lines, target, readings)
                    if interruption:
                        return interruption
                    readings = in_order(readings, ids)
                everything += predictions(readings, split, selection)
                yield self._evaluated(readings, target, split, selection, step)
        return None

    def _evaluated(
        self, readings: list[Reading], target: TargetSpec, split: Split, selection: Selection, step: int
    ) -> Evaluated:
        return summary(readings, self.spec, target, split, selection, step)
