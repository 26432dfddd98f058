"""Optimiser steps: which lines, at which learning rate, and what came of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from workbench.errors import DivergedError
from workbench.runs.spec import RunSpec
from workbench.settings import is_plain
from workbench.training.augment import Distortion, draw
from workbench.training.batches import Batch, collate, epoch_batches
from workbench.training.canvases import Canvases
from workbench.training.evaluate import compute
from workbench.training.lines import Line, layout_of
from workbench.training.losses import batch_loss
from workbench.training.randomness import seed_torch
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
class _Drawn:
    """How an epoch distorts a line."""

    key: tuple[int, int, str, str]
    distortion: Distortion
    placement: Placement


class Updates:
    """Makes the steps of a run. What a step does depends on its number and the weights, on nothing else."""

    def __init__(self, spec: RunSpec, lines: Sequence[Line], network: torch.nn.Module, device: torch.device) -> None:
        self._spec = spec
        self._lines = lines
        self._network = network
        self._device = device
        self._layout = layout_of(spec)
        self._canvases = Canvases(lines, self._layout, device)
        self._epoch_plan: tuple[int, list[list[int]]] = (0, [])
        self._drawn: list[_Drawn] = []
        """Of each line, in the epoch of the plan."""
        self._upcoming: tuple[int, Batch] | None = None
        self.optimiser = torch.optim.AdamW(
            network.parameters(),
            lr=spec.training.learning_rate,
            weight_decay=spec.training.weight_decay,
            fused=not is_plain(),
        )

    def make(self, step: int) -> Update:
        """Make one step.

        Raises
        ------
        DivergedError
            When loss or gradient is not finite; weights and optimiser are then as before.
        """
        batch = self._batch(step)
        loss, norm = self._backward(batch, step)
        rate = learning_rate(self._spec.training, step, self._spec.steps)
        if self._device.type != "cpu" and step < self._spec.steps:
            # The device is still busy with this step: prepare the next one before asking it for the loss.
            self._upcoming = (step + 1, self._batch(step + 1))
        loss_value, norm_value = torch.stack([loss.detach(), norm]).tolist()
        self._check_finite(step, rate, loss_value, norm_value)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.step()
        return Update(loss_value, norm_value, rate, len(batch.frames))

    def _backward(self, batch: Batch, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Leave clipped gradients in the network; return the loss and the gradients' norm before clipping."""
        training = self._spec.training
        self._network.train()
        seed_torch("dropout", self._spec.seed, step)
        loss = batch_loss(compute(self._network, batch.images, batch.frames, training.precision), batch, training)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        return loss, torch.nn.utils.clip_grad_norm_(self._network.parameters(), training.gradient_clip_norm or math.inf)

    def _check_finite(self, step: int, rate: float, loss: float, norm: float) -> None:
        if math.isfinite(loss) and math.isfinite(norm):
            return
        lines = ", ".join(self._lines[at].id for at in self._indices(step)[:8])
        raise DivergedError(
            f"Training diverged at step {step}",
            f"loss {loss:.4g}, gradient norm {norm:.4g} at learning rate {rate:.3g}; lines {lines}",
            f"Try learning_rate = {self._spec.training.learning_rate / 10:.2g}, or gradient_clip_norm = 1.",
        )

    def _indices(self, step: int) -> list[int]:
        epoch = epoch_of(self._spec, step)
        if self._epoch_plan[0] != epoch:
            widths = self._widths(epoch)
            bucketed = self._spec.preprocessing.canvas_width_px is None
            size = self._spec.training.batch_lines
            batches = epoch_batches(widths, size, seed=self._spec.seed, epoch=epoch, bucketed=bucketed)
            self._epoch_plan = (epoch, batches)
        return self._epoch_plan[1][(step - 1) % self._spec.steps_per_epoch]

    def _widths(self, epoch: int) -> list[int]:
        """Width of each line's input in an epoch, as its distortion leaves it: lines of like width share a batch."""
        augmentation = self._spec.training.augmentation
        if augmentation == "none":
            return [line.size.padded_width for line in self._lines]
        self._drawn = []
        for line in self._lines:
            key = (self._spec.seed, epoch, line.target, line.id)
            distortion = draw(augmentation, *key)
            self._drawn.append(_Drawn(key, distortion, place_distorted(line, distortion, self._layout)))
        return [drawn.placement.size.padded_width for drawn in self._drawn]

    def _batch(self, step: int) -> Batch:
        if self._upcoming is not None and self._upcoming[0] == step:
            return self._upcoming[1]
        indices = self._indices(step)
        lines, images = [self._lines[at] for at in indices], self._canvases.of(indices)
        if self._spec.training.augmentation == "none":
            return collate(lines, self._layout, self._device, images)
        drawn = [self._drawn[at] for at in indices]
        distortions, keys = [each.distortion for each in drawn], [each.key for each in drawn]
        placements = [each.placement for each in drawn]
        return collate_distorted(lines, distortions, keys, self._layout, self._device, placements, images)
