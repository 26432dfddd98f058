import math

import pytest
import torch

from workbench.models.networks import Output
from workbench.study.schema import Training
from workbench.training.batches import Batch
from workbench.training.losses import batch_loss, line_losses


def batch_of(labels, frames):
    return Batch(
        images=torch.zeros(len(labels), 1, 4, 4),
        frames=tuple(frames),
        labels=torch.tensor([label for line in labels for label in line], dtype=torch.int32),
        label_lengths=tuple(map(len, labels)),
    )


def test_a_line_loss_is_the_negative_logarithm_of_all_its_paths():
    probabilities = torch.tensor([[[0.5, 0.3, 0.2]], [[0.6, 0.1, 0.3]]])
    batch = batch_of([[1]], [2])
    paths = 0.3 * 0.1 + 0.3 * 0.6 + 0.5 * 0.1  # 11, 1-, -1
    assert line_losses(probabilities.log(), batch).item() == pytest.approx(-math.log(paths), rel=1e-5)


def test_frames_beyond_a_line_do_not_count():
    torch.manual_seed(0)
    logits = torch.randn(6, 1, 4)
    longer = torch.cat([logits, torch.randn(3, 1, 4)])
    batch = batch_of([[1, 2]], [6])
    assert line_losses(longer, batch).item() == pytest.approx(line_losses(logits, batch).item())


def test_an_impossible_line_counts_nothing():
    logits = torch.zeros(2, 2, 4)
    losses = line_losses(logits, batch_of([[1, 2, 3], [1]], [2, 2]))
    assert losses[0] == 0
    assert losses[1] > 0


def test_an_empty_label_is_a_line_of_blanks():
    assert line_losses(torch.zeros(3, 1, 2), batch_of([[]], [3])).item() == pytest.approx(3 * math.log(2))


def test_mean_and_sum_and_the_shortcut():
    torch.manual_seed(0)
    logits, auxiliary = torch.randn(5, 2, 4), torch.randn(5, 2, 4)
    batch = batch_of([[1, 2], [3]], [5, 4])
    main, extra = line_losses(logits, batch), line_losses(auxiliary, batch)
    mean = Training(loss="line_mean", auxiliary_loss_weight=0.3, batch_lines=8)
    summed = Training(loss="batch_sum", auxiliary_loss_weight=0.1, batch_lines=8)
    torch.testing.assert_close(batch_loss(Output(logits, auxiliary), batch, mean), (main + 0.3 * extra).mean())
    torch.testing.assert_close(batch_loss(Output(logits, auxiliary), batch, summed), (main + 0.1 * extra).sum() / 8)
    torch.testing.assert_close(batch_loss(Output(logits, None), batch, mean), main.mean())
    by_character = mean.model_copy(update={"loss": "character_mean"})
    lengths = torch.tensor([2, 1])
    torch.testing.assert_close(
        batch_loss(Output(logits, auxiliary), batch, by_character), ((main + 0.3 * extra) / lengths).mean()
    )
    off = mean.model_copy(update={"auxiliary_loss_weight": 0.0})
    torch.testing.assert_close(batch_loss(Output(logits, auxiliary), batch, off), main.mean())


def test_by_character_an_empty_label_does_no_harm():
    training = Training(loss="character_mean")
    loss = batch_loss(Output(torch.zeros(3, 1, 2), None), batch_of([[]], [3]), training)
    assert loss.item() == pytest.approx(3 * math.log(2))
