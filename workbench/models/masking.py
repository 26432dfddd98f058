"""What belongs to a line where lines of unlike length share a tensor."""

from collections.abc import Sequence

import torch
from torch import Tensor


def own_frames(frames: Sequence[int], total: int, device: torch.device) -> Tensor:
    """Tell for each of `total` places whether it is among a line's own first ones: bool, shape (N, total)."""
    return torch.arange(total, device=device) < torch.tensor(frames, device=device)[:, None]


def standardised(values: Tensor, own: Tensor) -> Tensor:
    """Bring the own values of each line to mean 0 and variance 1; at least in float32, also under autocast.

    Parameters
    ----------
    values : Tensor, shape (N, …)
    own : Tensor, bool
        Of a shape that broadcasts to that of `values`. Other values are shifted and scaled with the line's own.
    """
    values = values.to(torch.promote_types(values.dtype, torch.float32))
    weights = own.expand_as(values).flatten(1).to(values.dtype)
    count = weights.sum(1, keepdim=True)
    flat = values.flatten(1)
    mean = (flat * weights).sum(1, keepdim=True) / count
    variance = ((flat - mean).square() * weights).sum(1, keepdim=True) / count
    return ((flat - mean) * (variance + 1e-5).rsqrt()).view_as(values)
