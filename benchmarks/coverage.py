"""How often the 95 % intervals of differences cover the truth, by simulation.

Made-up studies with a known difference: the lines of each cluster (a writer) are easier or harder for joint training by
some points, each training is better or worse as a whole by some points, and both is blurred by the binomial noise of
counting errors. Clusters are of unequal length. Scenarios differ in what scatters most:

- lines: nothing but the noise of counting
- writers: writers differ by 3 points, trainings do not
- mixed: writers 3, trainings 0.5, one training on one writer 2 points
- trainings: writers 1, trainings 1, both together 1 point

Beside the interval of the program stands the plain bootstrap that resamples clusters and trainings alike.

    python benchmarks/coverage.py [--studies 2000]
"""

import argparse
from collections.abc import Iterator

import numpy as np

from workbench.analysis.statistics.bootstrap import Counts, Floats, ScoredPart, cluster_weights, interval
from workbench.analysis.statistics.contrast import Scored, Term, contrast

TRUTH_PP = -2.0
CER = 0.25
SCENARIOS = {
    "lines": (0.0, 0.0, 0.0),
    "writers": (0.03, 0.0, 0.01),
    "mixed": (0.03, 0.005, 0.02),
    "trainings": (0.01, 0.01, 0.01),
}
PART = ScoredPart("made up", "coverage", "test")


def made_up(
    source: np.random.Generator, trainings: int, clusters: int, spread: tuple[float, float, float]
) -> tuple[Counts, Counts]:
    """Differences of edits, shape (trainings, clusters), and lengths, shape (clusters,)."""
    of_cluster, of_training, of_both = spread
    lengths = np.maximum(source.lognormal(6.0, 0.5, clusters), 30).astype(np.int64)
    rate = (
        TRUTH_PP / 100.0
        + source.normal(0, of_cluster, (1, clusters))
        + source.normal(0, of_training, (trainings, 1))
        + source.normal(0, of_both, (trainings, clusters))
        + source.normal(0, 1, (trainings, clusters)) * np.sqrt(2 * CER * (1 - CER) / lengths)
    )
    return np.rint(rate * lengths).astype(np.int64), lengths


def resampled_both(source: np.random.Generator, errors: Counts, lengths: Counts) -> Floats:
    """Replicates of the plain bootstrap: clusters and trainings drawn with replacement."""
    (weights, *_) = cluster_weights(PART, len(lengths))
    drawn = source.multinomial(len(errors), np.full(len(errors), 1 / len(errors)), len(weights)) / len(errors)
    return 100.0 * ((weights @ errors.T) / (weights @ lengths)[:, np.newaxis] * drawn).sum(axis=1)


def covered(studies: int, trainings: int, clusters: int, spread: tuple[float, float, float]) -> tuple[float, ...]:
    """Shares of studies whose interval covers the truth: the program's, the plain bootstrap's; mean half width."""
    source = np.random.default_rng([trainings, clusters, *(int(1000 * value) for value in spread)])
    hits, plain, width = 0, 0, 0.0
    plain_studies = max(studies // 4, 1)
    for study in range(studies):
        errors, lengths = made_up(source, trainings, clusters, spread)
        scored = Scored(PART, tuple((0, seed) for seed in range(trainings)), errors, lengths)
        low, high = contrast([Term(1.0, scored)]).interval() or (np.nan, np.nan)
        hits += low <= TRUTH_PP <= high
        width += (high - low) / 2
        if study < plain_studies:
            low, high = interval(resampled_both(source, errors, lengths))
            plain += low <= TRUTH_PP <= high
    return hits / studies, plain / plain_studies, width / studies


def rows(studies: int) -> Iterator[str]:
    """Lines of the table."""
    yield f"{'clusters':>8} {'trainings':>9}  " + "".join(f"{name:>26}" for name in SCENARIOS)
    yield f"{'':>8} {'':>9}  " + "".join(f"{'covers (plain) ± points':>26}" for _ in SCENARIOS)
    for clusters in (10, 15, 25, 50, 100, 130):
        for trainings in (1, 2, 3, 5, 10):
            cells: list[str] = []
            for spread in SCENARIOS.values():
                if trainings == 1 and spread[1]:
                    cells.append("–")  # one training says nothing about others
                    continue
                hit, plain, width = covered(studies, trainings, clusters, spread)
                cells.append(f"{100 * hit:.1f} ({100 * plain:.1f}) ±{width:.2f}")
            yield f"{clusters:>8} {trainings:>9}  " + "".join(f"{cell:>26}" for cell in cells)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=2000, help="made-up studies per cell (default 2000)")
    for line in rows(parser.parse_args().studies):
        print(line, flush=True)


if __name__ == "__main__":
    main()
