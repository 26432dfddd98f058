"""Tests beside the intervals: permutation over clusters of lines, and Holm's correction over a table.

*Sources:* Good (2005), Permutation, Parametric and Bootstrap Tests of Hypotheses, on exchanging labels within pairs;
Holm (1979), Scandinavian Journal of Statistics 6:65-70.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np

from workbench.analysis.statistics.bootstrap import REPLICATES, Counts, Floats, ScoredPart, generator

MAX_EXACT_CLUSTERS = 13
"""Up to so many clusters all exchanges are tried: 8,192."""
_CHUNK_CELLS = 4_000_000


def permutation_p(gained: Counts | Floats, part: ScoredPart) -> float | None:
    """Two-sided p value of no difference on these test lines, given the trainings.

    Under that hypothesis a writer's lines might as well have been read by the other side: the sides are exchanged
    cluster by cluster, in all trainings alike. It says nothing about other trainings.

    Parameters
    ----------
    gained : ndarray, shape (trainings, clusters)
        Differences of edits.
    part : ScoredPart
        Keys the random exchanges.

    Returns
    -------
    float or None
        The share of exchanges that part the sides at least as far as they are, what was seen among them; None with
        fewer than two clusters.
    """
    sums = np.asarray(gained, dtype=np.float64).sum(axis=0)
    clusters = len(sums)
    if clusters < 2:
        return None
    seen = abs(sums.sum()) * (1.0 - 1e-12)  # sums of the same numbers in another order may differ in the last bit
    if clusters <= MAX_EXACT_CLUSTERS:
        signs = np.array(list(product((-1.0, 1.0), repeat=clusters)))
        return float(np.mean(np.abs(signs @ sums) >= seen))
    source = generator("exchanges", part.target, part.fingerprint, part.split)
    rows = max(_CHUNK_CELLS // clusters, 1)
    as_far = 1  # what was seen
    for start in range(0, REPLICATES - 1, rows):
        count = min(rows, REPLICATES - 1 - start)
        exchanged = source.integers(0, 2, (count, clusters), dtype=np.int8)
        as_far += int(np.count_nonzero(np.abs((2.0 * exchanged - 1.0) @ sums) >= seen))
    return as_far / REPLICATES


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """P values corrected for how many there are, step by step; those that are None stay so and do not count."""
    known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, place) in enumerate(known):
        largest = max(largest, min(1.0, p * (len(known) - rank)))
        corrected[place] = largest
    return tuple(corrected)
