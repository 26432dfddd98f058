"""A study expanded into the runs it asks for. Pure: no data set is looked at here."""

import difflib
from collections.abc import Callable

from workbench.errors import InputError
from workbench.study.schema import Budget, FrozenModel, Study

Composition = tuple[tuple[str, int], ...]
"""(target, training lines) pairs of one run, in the study's order of targets."""


def single(targets: tuple[str, ...], k: int) -> tuple[Composition, ...]:
    """Single-script: one run per target, on K lines of it alone."""
    return tuple(((target, k),) for target in targets)


def multi(targets: tuple[str, ...], k: int) -> tuple[Composition, ...]:
    """Multi-script: one run on K lines of every target; of each target the lines that its single run has."""
    return (tuple((target, k) for target in targets),)


REGIMES: dict[str, Callable[[tuple[str, ...], int], tuple[Composition, ...]]] = {
    "single": single,
    "multi": multi,
}
"""Name of a regime to the compositions of its runs. The first K lines of a draw are nested and the same for all."""

BASELINE_REGIME = "single"


class RunRequest(FrozenModel):
    """One cell of the grid: what a run is asked to be, before it is resolved against data."""

    architecture: str
    regime: str
    composition: Composition
    k: int
    draw: int
    seed: int
    budget: Budget

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the targets that the run trains on and is evaluated on."""
        return tuple(target for target, _ in self.composition)


def expand(study: Study, targets: tuple[str, ...]) -> tuple[RunRequest, ...]:
    """All runs of a study over resolved target names, ordered so that whole cells are complete early.

    Raises
    ------
    InputError
        For an unknown regime, or a multi-script regime over fewer than two targets.
    """
    for regime in study.regimes:
        if regime not in REGIMES:
            near = difflib.get_close_matches(regime, REGIMES, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else f"Known regimes: {', '.join(REGIMES)}."
            raise InputError(f"Unknown regime '{regime}'", hint=hint)
    if "multi" in study.regimes and len(targets) < 2:
        raise InputError(
            "Multi-script training needs at least two targets",
            f"the study has {len(targets)}",
            "Add a data set, or leave the regime 'multi' out.",
        )
    return tuple(
        RunRequest(
            architecture=architecture,
            regime=regime,
            composition=composition,
            k=k,
            draw=draw,
            seed=seed,
            budget=budget,
        )
        for draw in range(study.draws)
        for seed in study.seeds
        for k in sorted(study.ks)
        for budget in study.budgets
        for architecture in study.architectures
        for regime in study.regimes
        for composition in REGIMES[regime](targets, k)
    )
