"""How far an interval can be believed where there are few clusters of lines or few trainings."""

ENOUGH_CLUSTERS = 50
ENOUGH_TRAININGS = 3

_LEAST_CLUSTERS = 10
_MEASURED: dict[tuple[int, int], tuple[int, int]] = {
    (10, 1): (88, 90), (10, 2): (98, 100), (10, 3): (97, 99),
    (15, 1): (91, 92), (15, 2): (97, 100), (15, 3): (96, 99),
    (25, 1): (93, 93), (25, 2): (94, 99), (25, 3): (95, 99),
    (50, 1): (94, 94), (50, 2): (90, 98),
}  # fmt: skip
"""(clusters, trainings) from which on: how often of 100 times intervals covered the truth, the least and the most over
the scenarios of benchmarks/coverage.py. Larger numbers of trainings lie between three of them and 95."""


def coverage_of(clusters: int, trainings: int) -> tuple[int, int] | None:
    """How often of 100 times 95 % intervals over so few clusters or trainings cover the truth, the least and the most.

    None where it is about 95 times. Fewer than 10 clusters were not measured; they count as 10.
    """
    if clusters >= ENOUGH_CLUSTERS and trainings >= ENOUGH_TRAININGS:
        return None
    few = min(max(trainings, 1), ENOUGH_TRAININGS)
    least = max((known for known, count in _MEASURED if known <= clusters and count == few), default=_LEAST_CLUSTERS)
    return _MEASURED[least, few]


def coverage_in_words(coverage: tuple[int, int]) -> str:
    """Say it: 'cover the truth 91 to 93 times in 100'."""
    low, high = coverage
    return f"cover the truth {low if low == high else f'{low} to {high}'} times in 100"
