"""When a step must not be taken: what is looked at, how high a loss may be, and what a run may try instead.

Nothing here remembers earlier steps, so a resumed run judges a step exactly as an uninterrupted one.
"""

import math
from collections.abc import Sequence
from typing import NoReturn

import torch
from torch import Tensor, nn

from workbench.errors import DivergedError
from workbench.models.networks import Output
from workbench.study.schema import Training
from workbench.training.batches import Batch
from workbench.training.losses import reduced

EXPLODED = 10.0
"""A batch's loss counts as exploded from so many times the loss of a network that knows nothing.

A fresh network begins at 0.7 to 0.8 of that, and runs that learn stay below it. The small networks, trained with ever
higher learning rates, came back from losses of up to 2.5 times and never learnt to read after 35 times or more."""


def uninformed_loss(output: Output, batch: Batch, training: Training) -> float:
    """Loss of a network that scores all classes alike at every frame, reduced as the loss of a batch is.

    That is T·ln C of each line, an upper bound: that several alignments spell a label makes the loss a little smaller.
    """
    frames = torch.tensor(batch.frames, dtype=torch.float64)
    heads = 1 + (training.auxiliary_loss_weight if output.auxiliary is not None else 0.0)
    return heads * math.log(output.logits.shape[-1]) * float(reduced(frames, batch, training))


def is_sound(loss: Tensor, norm: Tensor, highest_loss: float, statistics: Sequence[Tensor]) -> Tensor:
    """Tell whether a step may be taken: a bool tensor without dimensions, on the device, for which nothing waits.

    Parameters
    ----------
    loss, norm : Tensor
        Loss of the batch and norm of its gradients, without dimensions.
    highest_loss : float
        From here on a loss has exploded.
    statistics : sequence of Tensor
        What the forward pass left in the normalisation layers. Activations beyond the range of float32 make a
        running variance infinite while the loss stays finite: the network would then read nothing in evaluation.
    """
    return loss.isfinite() & norm.isfinite() & (loss < highest_loss) & are_finite(statistics).to(loss.device)


def are_finite(tensors: Sequence[Tensor]) -> Tensor:
    """Tell whether all numbers are finite: a bool tensor without dimensions, on the device of the tensors."""
    return torch.cat([tensor.detach().flatten() for tensor in tensors] or [torch.zeros(1)]).isfinite().all()


class Statistics:
    """What a network's normalisation layers know of the lines that they saw.

    A forward pass in training mode changes it, also where its step is not taken afterwards.
    """

    def __init__(self, network: nn.Module) -> None:
        self._buffers = list(network.buffers())
        self._kept: list[Tensor] = []

    @property
    def tensors(self) -> list[Tensor]:
        """Running means and variances as they are now."""
        return [buffer for buffer in self._buffers if buffer.is_floating_point()]

    def keep(self) -> None:
        """Remember the present state."""
        self._kept = [buffer.clone() for buffer in self._buffers]

    def put_back(self) -> None:
        """Return to the remembered state."""
        for buffer, kept in zip(self._buffers, self._kept, strict=True):
            buffer.copy_(kept)


def refuse(step: int, why: str, training: Training) -> NoReturn:
    """Tell that training diverged, and what to try.

    Raises
    ------
    DivergedError
    """
    raise DivergedError(f"Training diverged at step {step}", why, advice(training))


def advice(training: Training) -> str:
    """What may keep a run with these settings from diverging, the likeliest first."""
    others: list[str] = []
    if not 0 < training.gradient_clip_norm <= 1:
        others.append("gradient_clip_norm = 1")
    if training.precision == "bfloat16":
        others.append('precision = "float32"')
    if training.schedule != "one_cycle":
        others.append('schedule = "one_cycle", which warms up')
    then = f", or {', or '.join(others)}" if others else ""
    return f"Try learning_rate = {training.learning_rate / 10:.2g}{then}."
