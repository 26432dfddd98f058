"""Intervals of numbers that no resampling of counts can give: from what they are without each cluster of lines."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import fmean

import numpy as np

_PAIR_LEVEL = 0.975


def jackknife_ends(value: float, without: Sequence[Mapping[str, float]]) -> tuple[float | None, float | None]:
    """95 % interval of a CKA from the values without each cluster, by Student's t.

    *Source:* Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 11.

    Parameters
    ----------
    value : float
        Mean over pairs.
    without : sequence of mapping
        For each pair the CKA without each cluster of lines.

    Returns
    -------
    (float, float) or (None, None)
        Within [0, 1]; None where there are fewer than two clusters, or the pairs have different ones.
    """
    from scipy import stats

    names = [set(each) for each in without]
    if len(names[0]) < 2 or any(one != other for one, other in pairwise(names)):
        return None, None
    means = np.array([fmean(each[name] for each in without) for name in sorted(names[0])])
    count = len(means)
    error = float(np.sqrt((count - 1) / count * np.square(means - means.mean()).sum()))
    reach = float(stats.t.ppf(_PAIR_LEVEL, count - 1)) * error
    return max(value - reach, 0.0), min(value + reach, 1.0)
