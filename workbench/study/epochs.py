"""How many lines and batches an epoch has, and how often a line is seen: arithmetic of batches. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.study.conditions import Batches, Sampling
from workbench.study.schema import Budget, Study


@dataclass(frozen=True, slots=True)
class EpochShape:
    """An epoch of a run: what it draws from each data set, in the order of the run's targets."""

    lines: tuple[int, ...]
    """Training lines that there are."""
    drawn: tuple[int, ...]
    """Lines that an epoch draws; proportional sampling draws each once."""
    steps: int

    def exposures_per_step(self, at: int) -> float:
        """How often a step shows each line of a data set, on average."""
        return self.drawn[at] / self.lines[at] / self.steps

    def steps_for(self, budget: Budget, evaluated: Sequence[int]) -> int:
        """Optimiser steps of a budget.

        Parameters
        ----------
        evaluated : sequence of int
            Places of the targets that the run is evaluated on: with a budget in exposures the one of them whose
            lines are seen least often decides.
        """
        match budget.unit:
            case "steps":
                return budget.amount
            case "epochs":
                return budget.amount * self.steps
            case "exposures":
                # In whole numbers: a float just above the true value would cost a step.
                return max(-(-budget.amount * self.steps * self.lines[at] // self.drawn[at]) for at in evaluated)


def are_exposures_epochs(study: Study) -> bool:
    """Tell whether equal exposures and equal epochs give the same runs in a study.

    They do as long as every line of a run is drawn equally often: with proportional sampling, and with balanced
    sampling where all data sets of a run have K lines.
    """
    have_equal_parts = study.k_unit == "lines" and "others_whole" not in study.regimes
    return have_equal_parts or "balanced" not in study.conditions.sampling


def epoch_shape(lines: Sequence[int], batch_lines: int, batches: Batches, sampling: Sampling) -> EpochShape:
    """Return the shape of an epoch.

    Balanced, an epoch draws as many lines as there are, in equal shares; what does not divide goes to the first
    data sets. With batches of one data set each of them ends in a batch of its own.

    Parameters
    ----------
    lines : sequence of int
        Training lines of each data set, each at least 1.
    """
    drawn = tuple(lines)
    if sampling == "balanced":
        share, rest = divmod(sum(lines), len(lines))
        drawn = tuple(share + (at < rest) for at in range(len(lines)))
    parts = drawn if batches == "one_target" else (sum(drawn),)
    return EpochShape(tuple(lines), drawn, sum(-(-part // batch_lines) for part in parts))
