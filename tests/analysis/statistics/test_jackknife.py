"""Intervals from what a number is without each cluster of lines."""

import numpy as np
import pytest

from workbench.analysis.statistics.jackknife import jackknife_ends


def test_the_jackknife_is_that_of_a_mean_where_the_value_is_one() -> None:
    """Of a mean over clusters, the delete-one jackknife gives the usual standard error."""
    values = np.array([0.42, 0.5, 0.61, 0.47, 0.55])
    without = {f"w{at}": float(np.delete(values, at).mean()) for at in range(5)}
    low, high = jackknife_ends(float(values.mean()), [without])
    reach = 2.7764451 * values.std(ddof=1) / np.sqrt(5)
    assert (low, high) == pytest.approx((values.mean() - reach, values.mean() + reach))
    assert jackknife_ends(0.5, [{"w": 0.5}]) == (None, None)
    assert jackknife_ends(0.5, [{"w": 0.5, "v": 0.4}, {"w": 0.5, "u": 0.4}]) == (None, None)
    assert jackknife_ends(0.99, [{"w": 0.99, "v": 0.5}])[1] == 1.0
