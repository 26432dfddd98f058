"""How far an interval can be believed where there are few clusters of lines or few trainings."""

ENOUGH_CLUSTERS = 50
ENOUGH_TRAININGS = 3

_MEASURED: dict[tuple[int, int], tuple[int, int]] = {
    (10, 1): (88, 90), (10, 2): (98, 100), (10, 3): (97, 99),
    (15, 1): (91, 92), (15, 2): (97, 100), (15, 3): (96, 99),
    (25, 1): (93, 93), (25, 2): (94, 99), (25, 3): (95, 99),
    (50, 1): (94, 94), (50, 2): (90, 98),
}  # fmt: skip
"""(clusters, trainings) from which on: how often of 100 times intervals covered the truth, the least and the most over
the scenarios of benchmarks/coverage.py. Larger numbers of trainings lie between three of them and 95."""


def coverage_in_words(clusters: int, trainings: int, *, are_draws: bool = False) -> str:
    """Say how often 95 % intervals over so few clusters or trainings cover the truth; empty where it is about 95 %.

    Parameters
    ----------
    clusters : int
    trainings : int
        Independent ones: with `are_draws` the draws of training lines, each with all its seeds.
    """
    if clusters >= ENOUGH_CLUSTERS and trainings >= ENOUGH_TRAININGS:
        return ""
    known = [least for least, count in _MEASURED if least <= clusters and count == min(trainings, ENOUGH_TRAININGS)]
    word = "draw" if are_draws else "training"
    what = f"Intervals over {clusters} clusters and {trainings} {word}{'s' if trainings > 1 else ''}"
    if not known:
        return f"{what} were not measured: too few."
    low, high = _MEASURED[max(known), min(trainings, ENOUGH_TRAININGS)]
    times = f"{low} to {high}" if low < high else f"{low}"
    return f"{what} were measured to cover the truth {times} times in 100."
