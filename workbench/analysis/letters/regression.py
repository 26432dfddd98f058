"""Does joint training help the letters that languages share, or only the frequent ones? A regression over characters.

Each observation is a character of a target with at least 20 occurrences in the test lines; what is explained is its
Δ error in percentage points; each weighs as many times as it occurs. Explained by

- `sharedness`: how many of the other languages' training texts have it, as a share: 0 none, 1 all
- `log_frequency`: log10(1 + occurrences in the target's own training text)
- `dots`: 1 where dots or a small sign alone tell it from other letters
- `target`: a level of its own for every target

A coefficient is what Δ error changes by when its number rises by 1 and the others stay. p values are from permutations
over characters: the residuals of the model without that number are exchanged (Freedman and Lane), as characters share
lines and are no independent draws from a normal distribution.

*Sources:* protocol, section 9, row 25, for the question; Freedman and Lane (1983), Journal of Business & Economic
Statistics 1:292-298, for the permutation; Winkler and others (2014), NeuroImage 92:381-397, for its use with weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.analysis.statistics.bootstrap import Floats, generator

EXCHANGES = 5_000
NUMBERS = ("sharedness", "log_frequency", "dots")
SPARE_CHARACTERS = 10
"""Characters beyond the numbers that are fitted, at least: with fewer any line fits."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One character of one target."""

    target: str
    character: str
    delta_pp: float
    occurrences: int
    """In the test lines; its weight."""
    sharedness: float
    """Share of the other languages whose training text has it, in [0, 1]."""
    training_count: float
    """Occurrences in the target's own training text."""
    is_told_by_dots: bool

    def numbers(self) -> tuple[float, float, float]:
        """Return the explaining numbers, in the order of NUMBERS."""
        return self.sharedness, float(np.log10(1.0 + self.training_count)), float(self.is_told_by_dots)


@dataclass(frozen=True, slots=True)
class Coefficient:
    """What Δ error changes by when one number rises by 1."""

    name: str
    value_pp: float
    standard_error: float
    """From the weighted residuals; for orientation only, the test is the permutation's."""
    p: float
    """Two-sided, by permutation over characters."""
    alone_pp: float
    """The same without the other numbers (targets kept): how much they hide or lend."""


@dataclass(frozen=True, slots=True)
class LetterRegression:
    """The fit of one architecture, regime and K over all of its targets."""

    coefficients: tuple[Coefficient, ...]
    characters: int
    targets: int
    r_squared: float
    """Share of the weighted variance of Δ error within targets that the three numbers explain."""
    remark: str = ""
    """Why there are no coefficients, or why one of the numbers has none."""


def regression(observations: Sequence[Observation], *key: object) -> LetterRegression:
    """Fit the model; `key` keys the exchanges, so that the same question has the same answer.

    Numbers that do not vary (every character is shared) or follow from the others have no coefficient.
    """
    targets = tuple(dict.fromkeys(one.target for one in observations))
    least = len(targets) + len(NUMBERS) + SPARE_CHARACTERS
    if len(observations) < least:
        remark = f"It takes {least} characters with enough occurrences; there are {len(observations)}."
        return LetterRegression((), len(observations), len(targets), 0.0, remark)
    weights = np.sqrt(np.array([one.occurrences for one in observations], np.float64))
    levels = np.array([[one.target == target for target in targets] for one in observations], np.float64)
    numbers = np.array([one.numbers() for one in observations], np.float64)
    gained = np.array([one.delta_pp for one in observations], np.float64)
    kept = _varying(numbers * weights[:, None], levels * weights[:, None])
    fit = _Fit(levels * weights[:, None], numbers[:, kept] * weights[:, None], gained * weights)
    source = generator("letters", *key)
    orders = np.argsort(source.random((EXCHANGES, len(observations)), dtype=np.float32), axis=1)
    coefficients = tuple(fit.coefficient(at, NUMBERS[number], orders) for at, number in enumerate(kept))
    left = [NUMBERS[number] for number in range(len(NUMBERS)) if number not in kept]
    remark = f"No coefficient for {', '.join(left)}: it does not vary by itself here." if left else ""
    return LetterRegression(coefficients, len(observations), len(targets), fit.r_squared, remark)


def _varying(numbers: Floats, levels: Floats) -> list[int]:
    """Columns that are not made of the targets' levels and the columns before them."""
    kept: list[int] = []
    for column in range(numbers.shape[1]):
        before = np.column_stack([levels, numbers[:, kept]])
        if np.linalg.matrix_rank(np.column_stack([before, numbers[:, column]])) > np.linalg.matrix_rank(before):
            kept.append(column)
    return kept


def _residuals(design: Floats, values: Floats) -> Floats:
    """What is left of values (or of columns of them) when a design has explained what it can."""
    basis, _ = np.linalg.qr(design)
    return values - basis @ (basis.T @ values)


class _Fit:
    """Least squares of weighted values; everything is already multiplied by the root of the weights."""

    def __init__(self, levels: Floats, numbers: Floats, values: Floats) -> None:
        self._levels, self._numbers, self._values = levels, numbers, values
        rest = _residuals(np.column_stack([levels, numbers]), values)
        within = _residuals(levels, values)
        self._freedom = len(values) - levels.shape[1] - numbers.shape[1]
        self._variance = float(rest @ rest) / self._freedom
        total = float(within @ within)
        self.r_squared = 1.0 - float(rest @ rest) / total if total else 0.0

    def coefficient(self, at: int, name: str, orders: np.ndarray) -> Coefficient:
        others = np.delete(self._numbers, at, axis=1)
        reduced = np.column_stack([self._levels, others])
        own = _residuals(reduced, self._numbers[:, at])  # what the others do not say
        spread = float(own @ own)
        left = _residuals(reduced, self._values)
        value = float(own @ left) / spread
        # Freedman and Lane: exchange what the reduced model leaves, fit again. `own` is orthogonal to that model, so
        # its fitted part, which each exchange adds back, changes nothing.
        numerators = left[orders] @ own
        variances = (np.square(left).sum() - numerators**2 / spread - self._explained(left[orders], reduced)) / (
            self._freedom
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            statistics = np.abs(numerators / spread) / np.sqrt(variances / spread)
        error = float(np.sqrt(self._variance / spread))
        seen = abs(value) / error if error else np.inf
        as_far = 1 + int(np.count_nonzero(statistics >= seen * (1.0 - 1e-9)))
        alone = _residuals(self._levels, self._numbers[:, at])
        alone_pp = float(alone @ self._values) / float(alone @ alone)
        return Coefficient(name, value, error, min(as_far / (len(orders) + 1), 1.0), alone_pp)

    @staticmethod
    def _explained(exchanged: Floats, reduced: Floats) -> Floats:
        """Squares of exchanged residuals that the reduced model explains."""
        basis, _ = np.linalg.qr(reduced)
        return np.square(exchanged @ basis).sum(axis=1)
