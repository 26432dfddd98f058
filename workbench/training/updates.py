"""Optimiser steps: which lines, at which learning rate, and what came of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from workbench.runs.spec import RunSpec
from workbench.settings import is_plain
from workbench.training.augment import Distortion, draw
from workbench.training.batches import Batch, Occurrence, collate, epoch_batches, epoch_lines, split
from workbench.training.canvases import Canvases
from workbench.training.divergence import EXPLODED, Statistics, are_finite, is_sound, refuse, uninformed_loss
from workbench.training.evaluate import compute
from workbench.training.lines import Line, layout_of
from workbench.training.losses import batch_loss
from workbench.training.randomness import Key, seed_torch
from workbench.training.reproducibility import free_memory, memory_errors
from workbench.training.schedule import learning_rate
from workbench.training.warps import Placement, collate_distorted, place_distorted


def epoch_of(spec: RunSpec, step: int) -> int:
    """Number of the epoch to which a step belongs, from 1."""
    return max(step - 1, 0) // spec.steps_per_epoch + 1


@dataclass(frozen=True, slots=True)
class Update:
    """One optimiser step that was made."""

    loss: float
    gradient_norm: float
    """Before clipping."""
    learning_rate: float
    lines: int


@dataclass(frozen=True, slots=True)
class _Gradients:
    """What the way back through the network came to; the gradients themselves lie in it, clipped."""

    loss: torch.Tensor
    norm: torch.Tensor
    """Before clipping."""
    uninformed_loss: float


@dataclass(frozen=True, slots=True)
class _Drawn:
    """How an epoch distorts a line."""

    key: tuple[Key, ...]
    distortion: Distortion
    placement: Placement


@dataclass(frozen=True, slots=True)
class _EpochPlan:
    """What an epoch draws."""

    epoch: int = 0
    occurrences: Sequence[Occurrence] = ()
    drawn: Sequence[_Drawn] = ()
    """Of each occurrence; empty without augmentation."""
    batches: Sequence[Sequence[int]] = ()
    """Indices of occurrences."""


class Updates:
    """Makes the steps of a run. What a step does depends on its number, the weights and `parts`, on nothing else."""

    def __init__(self, spec: RunSpec, lines: Sequence[Line], network: torch.nn.Module, device: torch.device) -> None:
        self._spec = spec
        self._lines = lines
        self._network = network
        self._device = device
        self._layout = layout_of(spec)
        self._canvases = Canvases(lines, self._layout, device)
        self._epoch_plan = _EpochPlan()
        self._upcoming: tuple[int, Batch] | None = None
        self._statistics = Statistics(network)
        self.parts = 1
        """Micro-batches in which a batch is computed, because the memory does not hold more of it at a time."""
        self._trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self.optimiser = torch.optim.AdamW(
            self._trained,
            lr=spec.training.learning_rate,
            weight_decay=spec.training.weight_decay,
            fused=not is_plain("fused_optimiser"),
        )

    @property
    def part_lines(self) -> int:
        """Most lines that are computed at the same time."""
        return -(-self._spec.training.batch_lines // self.parts)

    def make(self, step: int) -> Update:
        """Make one step; where the memory is short, in more parts from then on.

        Raises
        ------
        DivergedError
            When the loss exploded or loss, gradient or statistics are not finite; network and optimiser are then as
            before.
        MemoryError
            When the memory does not hold a single line.
        """
        batch = self._batch(step)
        self._statistics.keep()
        gradients = self._gradients(batch, step)
        rate = learning_rate(self._spec.training, step, self._spec.steps)
        if self._device.type != "cpu" and step < self._spec.steps:
            # The device is still busy with this step: prepare the next one before asking it for the loss.
            self._upcoming = (step + 1, self._batch(step + 1))
        loss, norm = self._checked(gradients, step, rate)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        return Update(loss, norm, rate, len(batch.frames))

    def _gradients(self, batch: Batch, step: int) -> _Gradients:
        """Leave clipped gradients in the network, in as many parts as the memory asks for."""
        while True:
            try:
                with memory_errors(self._device):
                    return self._backward(batch, step)
            except MemoryError:
                if self.part_lines == 1:
                    raise
            # Not before here is the error gone, and with it what its frames held.
            self._statistics.put_back()
            self._upcoming = None
            self.optimiser.zero_grad(set_to_none=True)
            free_memory(self._device)
            self.parts *= 2

    def _backward(self, batch: Batch, step: int) -> _Gradients:
        training = self._spec.training
        self._network.train()
        seed_torch("dropout", self._spec.seed, step)
        self.optimiser.zero_grad(set_to_none=True)
        losses: list[torch.Tensor] = []
        uninformed = 0.0
        for part in split(batch, self.part_lines):
            # The loss of the whole batch is the sum of these, whatever the parts.
            weight = len(part.frames) / len(batch.frames) if training.loss != "batch_sum" else 1.0
            output = compute(self._network, part.images, part.frames, training.precision)
            loss = weight * batch_loss(output, part, training)
            loss.backward()
            losses.append(loss.detach())
            uninformed += weight * uninformed_loss(output, part, training)
        norm = torch.nn.utils.clip_grad_norm_(self._trained, training.gradient_clip_norm or math.inf)
        return _Gradients(torch.stack(losses).sum(), norm, uninformed)

    def _checked(self, gradients: _Gradients, step: int, rate: float) -> tuple[float, float]:
        """Return loss and norm of a step that may be taken."""
        highest = EXPLODED * gradients.uninformed_loss
        sound = is_sound(gradients.loss, gradients.norm, highest, self._statistics.tensors)
        loss, norm, may_go_on = torch.stack([gradients.loss, gradients.norm, sound.to(gradients.loss.dtype)]).tolist()
        if not may_go_on:
            self._statistics.put_back()
            lines = ", ".join(line.id for line in self._lines_of(step)[:8])
            beside = f"{gradients.uninformed_loss:.4g} would be that of a network that knows nothing"
            refuse(
                step,
                f"loss {loss:.4g} ({beside}), gradient norm {norm:.4g} at learning rate {rate:.3g}; lines {lines}",
                self._spec.training,
            )
        return loss, norm

    def is_network_finite(self) -> bool:
        """Tell whether weights and statistics are numbers, so that they may be kept and read with."""
        return bool(are_finite([*self._network.parameters(), *self._statistics.tensors]))

    def _plan_of(self, epoch: int) -> _EpochPlan:
        """What an epoch draws; lines of like width, as their distortions leave them, share a batch."""
        if self._epoch_plan.epoch == epoch:
            return self._epoch_plan
        spec = self._spec
        targets = [line.target for line in self._lines]
        occurrences = epoch_lines(targets, spec.epoch, seed=spec.seed, epoch=epoch)
        drawn = [] if spec.training.augmentation == "none" else [self._distorted(each, epoch) for each in occurrences]
        if drawn:
            widths = [each.placement.size.padded_width for each in drawn]
        else:
            widths = [self._lines[each.line].size.padded_width for each in occurrences]
        batches = epoch_batches(
            widths,
            [targets[each.line] for each in occurrences],
            spec.training.batch_lines,
            seed=spec.seed,
            epoch=epoch,
            bucketed=spec.preprocessing.canvas_width_px is None,
            separate=spec.batches == "one_target",
        )
        self._epoch_plan = _EpochPlan(epoch, occurrences, drawn, batches)
        return self._epoch_plan

    def _distorted(self, occurrence: Occurrence, epoch: int) -> _Drawn:
        """Draw how a line is distorted: another way each time that it comes."""
        line = self._lines[occurrence.line]
        key: tuple[Key, ...] = (self._spec.seed, epoch, line.target, line.id)
        if occurrence.turn:
            key = (*key, occurrence.turn)
        distortion = draw(self._spec.training.augmentation, *key)
        return _Drawn(key, distortion, place_distorted(line, distortion, self._layout))

    def _in_step(self, step: int) -> tuple[_EpochPlan, Sequence[int]]:
        """The plan of a step's epoch, and which of its occurrences are in the step's batch."""
        plan = self._plan_of(epoch_of(self._spec, step))
        return plan, plan.batches[(step - 1) % self._spec.steps_per_epoch]

    def _lines_of(self, step: int) -> list[Line]:
        plan, batch = self._in_step(step)
        return [self._lines[plan.occurrences[at].line] for at in batch]

    def _batch(self, step: int) -> Batch:
        if self._upcoming is not None and self._upcoming[0] == step:
            return self._upcoming[1]
        plan, batch = self._in_step(step)
        lines = self._lines_of(step)
        images = self._canvases.of([plan.occurrences[at].line for at in batch])
        if not plan.drawn:
            return collate(lines, self._layout, self._device, images)
        drawn = [plan.drawn[at] for at in batch]
        distortions, keys = [each.distortion for each in drawn], [each.key for each in drawn]
        placements = [each.placement for each in drawn]
        return collate_distorted(lines, distortions, keys, self._layout, self._device, placements, images)
