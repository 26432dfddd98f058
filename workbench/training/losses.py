"""The CTC loss of a batch."""

import torch
from torch import Tensor
from torch.nn import functional

from workbench.models.networks import Output
from workbench.settings import is_plain
from workbench.study.schema import Training
from workbench.text.alphabet import CTC_BLANK
from workbench.training import ctc
from workbench.training.batches import Batch


def line_losses(logits: Tensor, batch: Batch) -> Tensor:
    """CTC loss of each line (natural logarithm, not divided by its length), shape (N,); 0 where none is possible.

    Parameters
    ----------
    logits : Tensor, shape (T, N, classes)
    """
    logits = logits.float()
    if logits.device.type == "cpu" and logits.requires_grad and not is_plain("own_ctc"):
        losses = ctc.line_losses(logits, batch.labels, batch.frames, batch.label_lengths)
        if losses is not None:
            return losses
    return functional.ctc_loss(
        logits.log_softmax(dim=-1),
        batch.labels,
        torch.tensor(batch.frames, dtype=torch.int32),
        torch.tensor(batch.label_lengths, dtype=torch.int32),
        blank=CTC_BLANK,
        reduction="none",
        zero_infinity=True,
    )


def batch_loss(output: Output, batch: Batch, training: Training) -> Tensor:
    """Loss that is minimised: the head's, and the shortcut's with its weight, reduced as the study says."""
    losses = line_losses(output.logits, batch)
    if output.auxiliary is not None and training.auxiliary_loss_weight > 0:
        losses = losses + training.auxiliary_loss_weight * line_losses(output.auxiliary, batch)
    return reduced(losses, batch, training)


def reduced(losses: Tensor, batch: Batch, training: Training) -> Tensor:
    """Make one number of the lines' losses, shape (N,).

    `line_mean` is the mean over the lines at hand; `batch_sum` (published) their sum over the configured batch, so
    that a last, smaller batch weighs less; `character_mean` divides each line's loss by its label's length first.
    """
    match training.loss:
        case "line_mean":
            return losses.mean()
        case "batch_sum":
            return losses.sum() / training.batch_lines
        case "character_mean":
            return (losses / losses.new_tensor(batch.label_lengths).clamp(min=1)).mean()
