"""Linear CKA between what two encoders make of the same lines.

*Source:* Kornblith, Norouzi, Lee, Hinton, "Similarity of Neural Network Representations Revisited" (ICML 2019),
section 3: with columns centred over all examples,

    CKA(X, Y) = ‖YᵀX‖²_F / (‖XᵀX‖_F · ‖YᵀY‖_F)

It is 1 for equal features, and does not change when either side is rotated, reflected or scaled as a whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor


@dataclass(slots=True)
class Moments:
    """Sums over frames in float64, from which the covariances of two sets of features follow; they can be added.

    Nothing is estimated from batches: the sums of all frames are those that the formula asks for. Features are taken
    relative to an origin that is the same for all sums, so that centring loses no digits.
    """

    frames: int
    left_sum: Tensor
    right_sum: Tensor
    left: Tensor
    """XᵀX, shape (features of the left, the same)."""
    right: Tensor
    across: Tensor
    """YᵀX, shape (features of the right, features of the left)."""

    @classmethod
    def of(cls, left: Tensor, right: Tensor) -> Self:
        """Sum up features of shape (frames, features), in float64."""
        return cls(len(left), left.sum(0), right.sum(0), left.T @ left, right.T @ right, right.T @ left)

    def __add__(self, other: "Moments") -> "Moments":
        return self._with(other, 1.0)

    def __sub__(self, other: "Moments") -> "Moments":
        return self._with(other, -1.0)

    def _with(self, other: "Moments", factor: float) -> "Moments":
        return Moments(
            self.frames + round(factor) * other.frames,
            self.left_sum + factor * other.left_sum,
            self.right_sum + factor * other.right_sum,
            self.left + factor * other.left,
            self.right + factor * other.right,
            self.across + factor * other.across,
        )

    def cka(self) -> float:
        """Linear CKA, in [0, 1]; NaN where the features of one side do not vary at all."""
        left = _centred(self.left, self.left_sum, self.left_sum, self.frames)
        right = _centred(self.right, self.right_sum, self.right_sum, self.frames)
        across = _centred(self.across, self.right_sum, self.left_sum, self.frames)
        scale = _norm(left) * _norm(right)
        return _norm(across) ** 2 / scale if scale > 0 else float("nan")


def _centred(products: Tensor, rows: Tensor, columns: Tensor, frames: int) -> Tensor:
    return products - torch.outer(rows, columns) / max(frames, 1)


def _norm(matrix: Tensor) -> float:
    return float(torch.linalg.matrix_norm(matrix))


class SimilaritySums:
    """Takes features line by line; tells the CKA of all lines, and of all but those of one cluster."""

    def __init__(self) -> None:
        self._origins: tuple[Tensor, Tensor] | None = None
        self._by_cluster: dict[str, Moments] = {}

    def add(self, cluster: str, left: Tensor, right: Tensor) -> None:
        """Add the features of one line, of shapes (frames, features); both sides have the same frames."""
        left, right = left.double(), right.double()
        if self._origins is None:
            self._origins = left.mean(0), right.mean(0)
        moments = Moments.of(left - self._origins[0], right - self._origins[1])
        known = self._by_cluster.get(cluster)
        self._by_cluster[cluster] = moments if known is None else known + moments

    @property
    def total(self) -> Moments:
        """Sums over all lines; there must be one."""
        first, *others = self._by_cluster.values()
        for each in others:
            first = first + each
        return first

    def without(self) -> Mapping[str, float]:
        """CKA without the lines of each cluster; empty where there is only one."""
        if len(self._by_cluster) < 2:
            return {}
        total = self.total
        return {cluster: (total - own).cka() for cluster, own in sorted(self._by_cluster.items())}


def linear_cka(left: Tensor, right: Tensor) -> float:
    """Linear CKA of features of shapes (frames, features)."""
    sums = SimilaritySums()
    sums.add("", left, right)
    return sums.total.cka()
