"""Orders of many rows, worked out beside the window in steps short enough that the window never waits for one."""

import heapq
import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.runs.control import Control

BATCH_ROWS = 2_000
"""Rows between two looks at the control token. A longer step in C (one `sort`) would hold the interpreter's lock."""

Ranks = NDArray[np.float64] | NDArray[np.int64]

_DIGITS = re.compile(r"\d+")
_DIGITS_KEPT = 20


class OvertakenError(Exception):
    """The order is not wanted any more."""


def batches(rows: int, control: Control) -> Iterator[slice]:
    """Cut so many rows into batches.

    Raises
    ------
    OvertakenError
        When the control token says so.
    """
    for start in range(0, rows, BATCH_ROWS):
        if control.is_cancelled:
            raise OvertakenError
        yield slice(start, min(start + BATCH_ROWS, rows))


def natural_key(name: str) -> str:
    """Return what sorts `line10` behind `line9`, in whatever case."""
    return _DIGITS.sub(lambda found: found[0].lstrip("0").zfill(_DIGITS_KEPT), name.casefold())


def text_ranks(keys: Sequence[str], control: Control) -> NDArray[np.int64]:
    """Rank of each key among the different ones, by code points; equal keys have equal ranks."""
    runs: list[list[str]] = []
    for batch in batches(len(keys), control):
        runs.append(sorted(set(keys[batch])))
    places: dict[str, int] = {}
    for key in heapq.merge(*runs):
        places.setdefault(key, len(places))
    ranks = np.empty(len(keys), np.int64)
    for batch in batches(len(keys), control):
        ranks[batch] = [places[key] for key in keys[batch]]
    return ranks


def order_of(ranks: Ranks, *, is_descending: bool) -> NDArray[np.int64]:
    """Positions in the order of their ranks; equal ones stay in the order that they have."""
    return np.argsort(-ranks if is_descending else ranks, kind="stable")
