"""Resampling of clusters of test lines: writers, pages, or blocks of ids.

Bootstrap weights are keyed by the target, its lines and part: every architecture, K and regime meets the same writers
in the n-th replicate, so that differences between them are paired. Trainings are not resampled: three of them say too
little about how far trainings scatter; see :mod:`workbench.analysis.statistics.contrast`.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

REPLICATES = 10_000
LEVEL = 0.95
_CHUNK_CELLS = 4_000_000
"""Weights that are drawn at a time: 16 MB."""
_KEPT_CELLS = 4_000_000
"""Weights of one part that are kept for the next question: those of up to 400 clusters."""

Counts = NDArray[np.int64]
Weights = NDArray[np.float32]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ScoredPart:
    """The lines that all arms of a target are scored on."""

    target: str
    fingerprint: str
    split: str


def generator(*key: object) -> np.random.Generator:
    """Return a source of random numbers that follows from a key alone."""
    digest = hashlib.sha256("\0".join(map(str, key)).encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "big")))


def cluster_weights(part: ScoredPart, clusters: int) -> Iterator[Weights]:
    """How often each cluster of a part counts in each replicate: blocks of shape (some replicates, clusters).

    Together they are REPLICATES rows, the same ones every time. Whole numbers, as floats: products with counts are
    exact below 2 ** 24 and go through the fast matrix product.
    """
    rows = max(_CHUNK_CELLS // max(clusters, 1), 1)
    for start in range(0, REPLICATES, rows):
        count = min(rows, REPLICATES - start)
        drawn = _kept_weights if count * clusters * -(-REPLICATES // rows) <= _KEPT_CELLS else _draw_weights
        yield drawn(part, clusters, start, count)


def _draw_weights(part: ScoredPart, clusters: int, start: int, rows: int) -> Weights:
    source = generator("clusters", part.target, part.fingerprint, part.split, start)
    drawn = source.integers(0, clusters, (rows, clusters), dtype=np.int32)
    drawn += np.arange(rows, dtype=np.int32)[:, np.newaxis] * clusters
    weights = np.bincount(drawn.ravel(), minlength=rows * clusters).reshape(rows, clusters).astype(np.float32)
    weights.setflags(write=False)
    return weights


@lru_cache(maxsize=16)
def _kept_weights(part: ScoredPart, clusters: int, start: int, rows: int) -> Weights:
    return _draw_weights(part, clusters, start, rows)


def resampled_rates(errors: Floats | Counts, lengths: Counts, part: ScoredPart) -> Floats:
    """Errors per character in each replicate, micro-averaged.

    Parameters
    ----------
    errors : ndarray, shape (n, clusters)
        Edits, or differences of edits, of n things that are scored on the same lines.
    lengths : ndarray, shape (clusters,)
        Reference characters.
    part : ScoredPart

    Returns
    -------
    ndarray, shape (REPLICATES, n), float64
        NaN where all clusters that were drawn have empty references.
    """
    table = np.column_stack([errors.T, lengths]).astype(np.float32)
    sums = np.concatenate([weights @ table for weights in cluster_weights(part, len(lengths))])
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums[:, :-1].astype(np.float64) / sums[:, -1:]


def interval(replicates: Floats, level: float = LEVEL) -> tuple[float, float]:
    """Percentile interval of replicates, shape (REPLICATES,)."""
    tail = 50.0 * (1.0 - level)
    low, high = np.nanpercentile(replicates, (tail, 100.0 - tail))
    return float(low), float(high)


def percentile_interval(errors: Sequence[int], lengths: Sequence[int], part: ScoredPart) -> tuple[float, float] | None:
    """Interval of a micro-averaged error rate (a fraction) over clusters, None where there are fewer than two."""
    if len(lengths) < 2 or not sum(lengths):
        return None
    rates = resampled_rates(np.array([errors], dtype=np.int64), np.array(lengths, dtype=np.int64), part)
    return interval(rates[:, 0])
