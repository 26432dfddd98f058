"""Intervals by resampling what would differ if the experiment were done again: writers, and trainings.

Test lines of one writer (page, block) stand and fall together, so whole clusters are drawn. They are drawn once per
target, by a key made of its name, fingerprint and part: every architecture, K and regime meets the same writers in
the n-th replicate, so that differences between them are paired. Crossed with that, (draw, seed) pairs are drawn,
the same for all targets, because a joint run serves them all.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.pairs import Pair, Side

REPLICATES = 2000
LEVEL = 0.95

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


def _generator(*key: object) -> np.random.Generator:
    digest = hashlib.sha256("\0".join(map(str, key)).encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "big")))


def _multiplicities(generator: np.random.Generator, size: int) -> Counts:
    """How often each of `size` things is drawn, in `size` draws with replacement; shape (REPLICATES, size)."""
    drawn = generator.integers(0, size, (REPLICATES, size)) + np.arange(REPLICATES)[:, np.newaxis] * size
    counts = np.bincount(drawn.ravel(), minlength=REPLICATES * size).reshape(REPLICATES, size).astype(np.int64)
    counts.setflags(write=False)
    return counts


@lru_cache(maxsize=16)
def cluster_weights(target: str, fingerprint: str, split: str, clusters: int) -> Counts:
    """How often each cluster of a part counts in each replicate, shape (REPLICATES, clusters), read-only."""
    return _multiplicities(_generator("clusters", target, fingerprint, split), clusters)


@lru_cache(maxsize=64)
def pair_weights(pairs: tuple[tuple[int, int], ...]) -> Counts:
    """How often each (draw, seed) counts in each replicate, shape (REPLICATES, pairs), read-only."""
    if len(pairs) == 1:
        return np.ones((REPLICATES, 1), dtype=np.int64)
    return _multiplicities(_generator("pairs", *pairs), len(pairs))


@dataclass(frozen=True, slots=True)
class ScoredPart:
    """The lines that all arms of a target are scored on."""

    target: str
    fingerprint: str
    split: str


def _edits(side: Side) -> Counts:
    return np.array([edits for _, _, edits, _ in side.evaluated.clusters], dtype=np.int64)


def delta_replicates(pairs: tuple[Pair, ...], part: ScoredPart) -> Floats:
    """Mean ΔCER of the pairs in percentage points, in each replicate.

    Parameters
    ----------
    pairs : tuple of Pair
        At least one; all scored on the same lines.
    part : ScoredPart

    Returns
    -------
    ndarray, shape (REPLICATES,), float64
        NaN where all clusters that were drawn have empty references.
    """
    first = pairs[0].single.evaluated.clusters
    lengths = np.array([length for *_, length in first], dtype=np.int64)
    gained = np.array([_edits(pair.multi) - _edits(pair.single) for pair in pairs])  # shape (pairs, clusters)
    clusters = cluster_weights(part.target, part.fingerprint, part.split, len(lengths))
    trainings = pair_weights(tuple((pair.draw, pair.seed) for pair in pairs))
    with np.errstate(invalid="ignore"):
        deltas = (clusters @ gained.T) / (clusters @ lengths)[:, np.newaxis]
    return 100.0 * (deltas * trainings).sum(axis=1) / trainings.sum(axis=1)


def interval(replicates: Floats) -> tuple[float, float]:
    """Percentile interval at LEVEL."""
    tail = 50.0 * (1.0 - LEVEL)
    low, high = np.nanpercentile(replicates, (tail, 100.0 - tail))
    return float(low), float(high)
