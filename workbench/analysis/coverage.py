"""How far an interval can be believed where there are few clusters of lines or few trainings."""

ENOUGH_CLUSTERS = 50
ENOUGH_TRAININGS = 3

_MEASURED: dict[tuple[int, int], str] = {}
"""(clusters, trainings) from which on: what benchmarks/coverage.py measured, over its scenarios."""


def coverage_in_words(clusters: int, trainings: int) -> str:
    """Say what share of 95 % intervals of so few clusters or trainings covers the truth; empty where it is enough."""
    if clusters >= ENOUGH_CLUSTERS and trainings >= ENOUGH_TRAININGS:
        return ""
    known = [key for key in _MEASURED if key[0] <= clusters and key[1] <= trainings]
    return _MEASURED[max(known)] if known else ""
