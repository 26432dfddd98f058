"""Differences of error rates with their uncertainty: over the writers of the test lines and over trainings.

Everything that the study says is a *contrast*: a weighted sum of error rates, each a mean over trainings. ΔCER is one
(multi - single), the interaction (CRNN - CNN-only), a mean over targets, a slope over K, a relative change.

Two things would come out otherwise in another study: the test lines, which come in clusters (a writer's lines are
alike), and the trainings, which differ by seed and by draw of the training lines. The interval is that of a bootstrap
over clusters; with several trainings it is widened to `t · standard error`, where the squared standard error is

    variance over clusters + (variance of the mean over trainings - what of it the test lines explain)

and t is Student's with the degrees of freedom that Welch and Satterthwaite give to such a sum.
Resampling the trainings as well would be simpler, and covers the truth 77 to 91 times in 100 where two or three
trainings scatter more than 50 or more writers do (`benchmarks/coverage.py`). The interval is never narrower than that
over clusters alone.

Trainings are grouped by draw where there are several draws: seeds on the same lines are no independent trainings.

*Sources:* Efron and Tibshirani (1993), An Introduction to the Bootstrap, sections 8 and 13; Satterthwaite (1946),
Biometrics Bulletin 2:110-114; Owen (2007), Annals of Applied Statistics 1:386-411, on resampling rows and columns.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np
from scipy import special

from workbench.analysis.statistics.bootstrap import LEVEL, REPLICATES, Counts, Floats, ScoredPart, resampled_rates

LEAST_P = 2.0 / REPLICATES
"""Smaller p values cannot be told apart with so many replicates."""

Training = tuple[int, int]
"""(draw, seed)"""


@dataclass(frozen=True, eq=False)
class Scored:
    """What trainings of one kind did on the lines of a target, cluster by cluster."""

    part: ScoredPart
    trainings: tuple[Training, ...]
    errors: Counts
    """Edits, or differences of edits; shape (trainings, clusters)."""
    lengths: Counts
    """Reference characters; shape (clusters,)."""

    @cached_property
    def values(self) -> Floats:
        """Error rate of each training in percent; shape (trainings,)."""
        return 100.0 * self.errors.sum(axis=1) / self.lengths.sum()

    @property
    def value(self) -> float:
        """Mean error rate in percent."""
        return float(self.values.mean())

    @cached_property
    def replicates(self) -> Floats:
        """Mean error rate in percent in each bootstrap replicate of the clusters; shape (REPLICATES,)."""
        mean = self.errors.mean(axis=0, keepdims=True)
        return 100.0 * resampled_rates(mean, self.lengths, self.part)[:, 0]

    @property
    def clusters(self) -> int:
        """Clusters of lines."""
        return len(self.lengths)

    def grouped(self) -> tuple[tuple[int, ...], Floats]:
        """Name what counts as an independent training, with the mean errors of each; shape (groups, clusters)."""
        draws = [draw for draw, _ in self.trainings]
        names = draws if len(set(draws)) > 1 else [seed for _, seed in self.trainings]
        kept = tuple(dict.fromkeys(names))
        members = np.array(names)
        return kept, np.array([self.errors[members == name].mean(axis=0) for name in kept])


@dataclass(frozen=True, eq=False)
class Contrast:
    """A value in percentage points (or per cent, where it is relative) with what is known of its uncertainty."""

    value: float
    replicates: Floats
    """Over clusters; shape (REPLICATES,). All NaN where there are fewer than two clusters, or where it is a relative
    change and what it is relative to is 0 in some of them: there is no interval then."""
    standard_error: float
    """Over clusters and trainings; 0 where there is nothing that could vary."""
    df: float
    """Degrees of freedom of the standard error; infinite where nothing varies."""
    groups: int
    """Independent trainings: draws where there are several, else seeds."""
    share_of_clusters: float = 1.0
    """How much of the variance is that over clusters."""

    @cached_property
    def _deviations(self) -> Floats:
        """Replicates less the value, smallest first."""
        return np.sort(self.replicates[~np.isnan(self.replicates)] - self.value)

    def interval(self, level: float = LEVEL) -> tuple[float, float] | None:
        """Ends of the interval, None where there are no replicates to take it from."""
        if not len(self._deviations):
            return None
        tail = (1.0 - level) / 2.0
        below, above = -_quantile(self._deviations, tail), _quantile(self._deviations, 1.0 - tail)
        if self.groups > 1:
            below, above = self._widened(below, above, tail)
        return self.value - below, self.value + above

    def _widened(self, below: float, above: float, tail: float) -> tuple[float, float]:
        """Lengths to either side that take in the scatter of trainings, as lopsided as the clusters make them."""
        half = float(special.stdtrit(self.df, 1.0 - tail)) * self.standard_error
        slant = self.share_of_clusters * (above - below) / (above + below) if above + below > 0 else 0.0
        return max(below, half * (1.0 - slant)), max(above, half * (1.0 + slant))

    @cached_property
    def p(self) -> float | None:
        """Smallest 1 - level at which the interval leaves out 0, at least LEAST_P; None without an interval."""
        if self.interval() is None:
            return None
        if self._leaves_out_zero(LEAST_P):
            return LEAST_P
        low, high = np.log(LEAST_P), 0.0
        for _ in range(30):
            middle = (low + high) / 2.0
            low, high = (low, middle) if self._leaves_out_zero(float(np.exp(middle))) else (middle, high)
        return float(np.exp(high))

    def _leaves_out_zero(self, alpha: float) -> bool:
        ends = self.interval(1.0 - alpha)
        return ends is not None and (ends[0] > 0 or ends[1] < 0)


def _quantile(ordered: Floats, share: float) -> float:
    """Quantile of numbers in order, between neighbours by a straight line, as numpy has it."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (place - below) * (ordered[above] - ordered[below]))


@dataclass(frozen=True, slots=True)
class Term:
    """A mean error rate with its weight in a contrast."""

    weight: float
    scored: Scored


def contrast(terms: Sequence[Term]) -> Contrast:
    """Weighted sum of mean error rates, with its uncertainty.

    Terms on one target are resampled together, targets independently, trainings together: a joint run serves all
    targets. Where terms have different trainings, their scatter is taken to add up in full.
    """

    def weighted_sum(rates: Sequence[Floats]) -> Floats:
        return np.sum([term.weight * rate for term, rate in zip(terms, rates, strict=True)], axis=0)

    return combined(terms, weighted_sum)


def relative_change(before: Scored, after: Scored) -> Contrast | None:
    """100 · (after - before) / before of mean error rates, in per cent; None where `before` is 0."""
    if not before.value:
        return None
    return combined(_relative_terms(before, after, 1.0), lambda rates: _in_per_cent(rates[0], rates[1]))


def relative_difference(one: tuple[Scored, Scored], other: tuple[Scored, Scored]) -> Contrast | None:
    """Relative change of one (before, after) less that of another, in per cent; None where a `before` is 0."""
    if not one[0].value or not other[0].value:
        return None
    terms = [*_relative_terms(*one, 1.0), *_relative_terms(*other, -1.0)]
    return combined(terms, lambda rates: _in_per_cent(rates[0], rates[1]) - _in_per_cent(rates[2], rates[3]))


def _relative_terms(before: Scored, after: Scored, sign: float) -> tuple[Term, Term]:
    """Both rates with the derivatives of their relative change."""
    return Term(-sign * 100.0 * after.value / before.value**2, before), Term(sign * 100.0 / before.value, after)


def _in_per_cent(before: Floats, after: Floats) -> Floats:
    if (before == 0).any():  # so few errors that a sample of clusters may have none: no interval
        return np.full_like(before, np.nan)
    return 100.0 * (after / before - 1.0)


def combined(terms: Sequence[Term], function: Callable[[Sequence[Floats]], Floats]) -> Contrast:
    """Smooth function of mean error rates; the weights of the terms are its derivatives."""
    value = float(function([np.array(term.scored.value) for term in terms]))
    parts = _by_part(terms)
    enough = all(term.scored.clusters > 1 for term in terms)
    replicates = function([term.scored.replicates for term in terms]) if enough else np.full(REPLICATES, np.nan)
    of_clusters = [_over_clusters(members) for members in parts]
    between, noise, groups = _over_trainings(terms, parts)
    variance = sum(of_clusters) + max(between - sum(noise), 0.0)
    freedom = sum(
        one**2 / (members[0].scored.clusters - 1)
        for one, members in zip(of_clusters, parts, strict=True)
        if members[0].scored.clusters > 1
    )
    if groups > 1:
        freedom += between**2 / (groups - 1)
        freedom += sum(
            one**2 / max((groups - 1) * (members[0].scored.clusters - 1), 1)
            for one, members in zip(noise, parts, strict=True)
        )
    least = min([groups - 1, *(members[0].scored.clusters - 1 for members in parts)])
    df = max(variance**2 / freedom, float(max(least, 1))) if freedom else np.inf
    share = sum(of_clusters) / variance if variance else 1.0
    return Contrast(value, replicates, sqrt(variance), df, groups, share)


def _by_part(terms: Sequence[Term]) -> list[list[Term]]:
    found: dict[ScoredPart, list[Term]] = defaultdict(list)
    for term in terms:
        found[term.scored.part].append(term)
    return list(found.values())


def _influence(errors: Floats, lengths: Counts) -> Floats:
    """How far the rate of some errors moves (per cent) when a cluster is left out, times -1; shape like `errors`."""
    length = lengths.sum()
    rates = errors.sum(axis=-1, keepdims=True) / length
    rest = np.maximum(length - lengths, 1)
    return 100.0 * (errors - rates * lengths) / rest


def _over_clusters(members: Sequence[Term]) -> float:
    """Jackknife variance over the clusters of one target."""
    clusters = members[0].scored.clusters
    if clusters < 2:
        return 0.0
    moved = sum(
        (term.weight * _influence(term.scored.errors.mean(axis=0), term.scored.lengths) for term in members),
        np.zeros(clusters),
    )
    return float((clusters - 1) / clusters * np.square(moved).sum())


def _over_trainings(terms: Sequence[Term], parts: Sequence[Sequence[Term]]) -> tuple[float, list[float], int]:
    """Variance of the mean over trainings, what of it the clusters of each target explain, and how many there are."""
    if len({term.scored.trainings for term in terms}) > 1:
        return _over_unlike_trainings(terms), [0.0] * len(parts), min(len(t.scored.grouped()[0]) for t in terms)
    groups = len(terms[0].scored.grouped()[0])
    if groups < 2:
        return 0.0, [0.0] * len(parts), groups
    means = np.zeros(groups)
    noise: list[float] = []
    for members in parts:
        lengths = members[0].scored.lengths
        errors = sum(
            (term.weight * term.scored.grouped()[1] for term in members), np.zeros((groups, len(lengths)))
        )  # all members are scored on the same lines
        means += 100.0 * errors.sum(axis=1) / lengths.sum()
        noise.append(_noise(_influence(errors, lengths)))
    return float(means.var(ddof=1) / groups), noise, groups


def _noise(moved: Floats) -> float:
    """Variance of a mean over trainings by what is peculiar to a cluster in a training; `moved` (groups, clusters)."""
    groups, clusters = moved.shape
    if clusters < 2:
        return 0.0
    rest = moved - moved.mean(axis=0)
    rest = rest - rest.mean(axis=1, keepdims=True)
    mean_square = np.square(rest).sum() / ((groups - 1) * (clusters - 1))
    return float(clusters * mean_square / groups)


def _over_unlike_trainings(terms: Sequence[Term]) -> float:
    """Terms whose trainings are others: the sum of their standard errors, which is the most that it can be."""
    spread = 0.0
    for term in terms:
        names, errors = term.scored.grouped()
        if len(names) > 1:
            means = 100.0 * errors.sum(axis=1) / term.scored.lengths.sum()
            spread += abs(term.weight) * sqrt(means.var(ddof=1) / len(names))
    return spread**2
