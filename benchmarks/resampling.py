"""How long statistics take: replicates of a study's runs, and a whole report, without reading files.

python benchmarks/resampling.py
"""

import time
from collections.abc import Callable

import numpy as np

from tests.analysis.made_up import make_plan, make_records
from workbench.analysis.results.report import report_of
from workbench.analysis.statistics import bootstrap
from workbench.analysis.statistics.bootstrap import REPLICATES, ScoredPart, resampled_rates


def seconds(job: Callable[[], object], times: int = 3) -> float:
    """Shortest of some times."""
    found: list[float] = []
    for _ in range(times):
        begin = time.perf_counter()
        job()
        found.append(time.perf_counter() - begin)
    return min(found)


def replicates(runs: int, clusters: int) -> float:
    """Seconds for REPLICATES error rates of some runs, weights drawn anew."""
    source = np.random.default_rng(0)
    lengths = source.integers(40, 80, clusters)
    errors = source.binomial(lengths, 0.2, (runs, clusters))

    def job() -> None:
        bootstrap._kept_weights.cache_clear()
        resampled_rates(errors, lengths, ScoredPart("made up", "speed", "test"))

    return seconds(job)


def report_seconds(seeds: int, ks: tuple[int, ...], clusters: int) -> tuple[int, float]:
    """Runs of a made-up study, and seconds for its report."""
    plan = make_plan(targets=("khatt", "uhwr", "phtd"), seeds=tuple(range(seeds)), k_lines=ks)
    records = make_records(plan, lambda request, target: 20 + hash((request.seed, target)) % 5, clusters=clusters)
    return len(plan.run_ids), seconds(lambda: report_of(plan, records), times=1)


def main() -> None:
    """Print the table."""
    print(f"{REPLICATES:,} replicates of 24 runs")
    for clusters, what in ((15, "15 pages"), (132, "132 writers"), (220, "2,200 lines in blocks of 10"),
                           (2200, "2,200 lines, each a cluster")):  # fmt: skip
        print(f"  {what:32} {replicates(24, clusters):8.2f} s")
    print("a whole report: intervals, tests, corrections, trends, leave-one-out")
    for seeds, ks in ((3, (100, 500)), (5, (100, 500, 1000)), (21, (100, 500, 1000))):
        runs, taken = report_seconds(seeds, ks, 100)
        print(f"  {runs:4} runs, 100 writers per target     {taken:8.2f} s")


if __name__ == "__main__":
    main()
