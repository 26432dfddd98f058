"""Which lines of a file are not independent of each other, and error counts summed over them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.statistics.bootstrap import Counts, generator
from workbench.data.identifiers import Origin, origin_of
from workbench.data.line import ClusterUnit
from workbench.data.splits import BLOCK_LINES, cluster_lines

MAX_BLOCKS = 2_000
MAX_SINGLE_LINES = 4_000
"""Up to so many lines are resampled one by one; of more, random groups are, which vary alike."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """The cluster of each line."""

    unit: ClusterUnit
    names: tuple[str, ...]
    """Of the clusters."""
    places: NDArray[np.int64]
    """Number of the cluster of each line; shape (lines,)."""
    block_lines: int = BLOCK_LINES
    """Lines of a block, where the unit is `blocks`."""

    def sums(self, counts: Counts) -> Counts:
        """Sum counts of lines, shape (n, lines), by cluster; shape (n, clusters)."""
        return np.array(
            [np.bincount(self.places, weights=row, minlength=len(self.names)) for row in counts]
        ).astype(np.int64)  # fmt: skip

    @property
    def words(self) -> str:
        """Say what a cluster is: `writers`, `blocks of 10 consecutive ids`."""
        return f"blocks of {self.block_lines:,} consecutive ids" if self.unit == "blocks" else self.unit


def clusters_in(ids: Sequence[str], writers: Sequence[str | None] = (), pages: Sequence[str | None] = ()) -> Clusters:
    """Group lines by writer, page or block.

    Parameters
    ----------
    ids : sequence of str
        Of the lines; KHATT's tell writers, PHTD's pages.
    writers, pages : sequence, optional
        What columns of the file tell; empty: nothing. What a column leaves out, the id may tell.
    """
    origins = _origins(ids)
    writers = _told(writers, [origin.writer for origin in origins])
    pages = _told(pages, [origin.page for origin in origins])
    block_lines = max(BLOCK_LINES, -(-len(ids) // MAX_BLOCKS))
    unit, of_line = cluster_lines(ids, writers, pages, block_lines)
    numbers: dict[str, int] = {}
    places = np.fromiter((numbers.setdefault(name, len(numbers)) for name in of_line), dtype=np.int64, count=len(ids))
    return Clusters(unit, tuple(numbers), places, block_lines)


def _origins(ids: Sequence[str]) -> list[Origin]:
    """What ids tell, as long as every one tells something."""
    found: list[Origin] = []
    for line_id in ids:
        origin = origin_of(line_id)
        if origin.writer is None and origin.page is None:
            return []
        found.append(origin)
    return found


def _told(column: Sequence[str | None], by_id: Sequence[str | None]) -> Sequence[str | None]:
    if not column or not by_id:
        return column or by_id
    return [told or known for told, known in zip(column, by_id, strict=True)]


def single_lines(lines: int) -> Clusters:
    """Every line for itself, or random groups of many lines."""
    if lines <= MAX_SINGLE_LINES:
        return Clusters("blocks", tuple(map(str, range(lines))), np.arange(lines), 1)
    places = np.arange(lines) % MAX_BLOCKS
    generator("lines", lines).shuffle(places)
    return Clusters("blocks", tuple(map(str, range(MAX_BLOCKS))), places, -(-lines // MAX_BLOCKS))
