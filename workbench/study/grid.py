"""A study expanded into the runs it asks for. Pure: no data set is looked at here."""

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product
from typing import Any, Literal, Self

from pydantic import model_validator

from workbench.errors import InputError
from workbench.study.conditions import Conditions
from workbench.study.schema import Budget, FrozenModel, Study


class Part(FrozenModel):
    """What a run takes of one data set."""

    target: str
    amount: int | None
    """Training lines, or characters where K counts those; None: all that there are."""
    is_evaluated: bool = True
    """Whether the run is validated and tested on it, or only trains on it."""
    are_labels_permuted: bool = False
    """Whether its labels go through a fixed random map of its characters, which breaks what letters share."""

    @model_validator(mode="before")
    @classmethod
    def _from_pair(cls, value: Any) -> Any:
        """Take (target, amount) pairs, as older plans have them."""
        return {"target": value[0], "amount": value[1]} if isinstance(value, list | tuple) else value


Composition = tuple[Part, ...]
"""What one run trains on, in the study's order of targets."""


def single(targets: Sequence[str], k: int) -> tuple[Composition, ...]:
    """One run per target, on K lines of it alone."""
    return tuple((Part(target=target, amount=k),) for target in targets)


def multi(targets: Sequence[str], k: int) -> tuple[Composition, ...]:
    """One run on K lines of every target; of each target the lines that its single run has."""
    return (_joint(targets, k),)


def pairs(targets: Sequence[str], k: int) -> tuple[Composition, ...]:
    """One run on K lines of each of two targets, for every two of them."""
    return tuple(_joint(two, k) for two in combinations(targets, 2))


def leave_one_out(targets: Sequence[str], k: int) -> tuple[Composition, ...]:
    """One run on K lines of every target but one, for each that is left out."""
    return tuple(_joint([other for other in targets if other != target], k) for target in targets)


def extra(targets: Sequence[str], k: int) -> tuple[Composition, ...]:
    """One run per target on as many lines as the multi-script run has, all of this target."""
    return tuple((Part(target=target, amount=k * len(targets)),) for target in targets)


def permuted(targets: Sequence[str], k: int) -> tuple[Composition, ...]:
    """One run per target: the multi-script run with the labels of all other targets permuted."""
    return _around(targets, k, k, are_labels_permuted=True)


def others_whole(targets: Sequence[str], k: int) -> tuple[Composition, ...]:
    """One run per target on K lines of it and all training lines of the others."""
    return _around(targets, k, None)


def _joint(targets: Sequence[str], k: int) -> Composition:
    return tuple(Part(target=target, amount=k) for target in targets)


def _around(
    targets: Sequence[str], k: int, others: int | None, *, are_labels_permuted: bool = False
) -> tuple[Composition, ...]:
    """One run per target, which is evaluated on it alone and trains on something of the others."""

    def part(target: str, other: str) -> Part:
        if other == target:
            return Part(target=target, amount=k)
        return Part(target=other, amount=others, is_evaluated=False, are_labels_permuted=are_labels_permuted)

    return tuple(tuple(part(target, other) for other in targets) for target in targets)


@dataclass(frozen=True, slots=True)
class FirstStage:
    """What a run takes from an earlier one."""

    regime: str
    """Regime of the earlier run; of its runs the one that trained on the same target."""
    takes: Literal["network", "encoder"]
    """The whole network, with its alphabet, or the encoder alone, which then stays as it is."""


@dataclass(frozen=True, slots=True)
class Regime:
    """What runs train on. The first K lines of a draw are nested and the same for all regimes."""

    label: str
    explanation: str
    compositions: Callable[[Sequence[str], int], tuple[Composition, ...]]
    least_targets: int = 1
    baseline: str = "single"
    """Regime whose CER on the same target is taken off for ΔCER; its own name: it is a baseline."""
    after: FirstStage | None = None


BASELINE_REGIME = "single"
REGIMES: dict[str, Regime] = {
    "single": Regime("Single-script", "One run per data set, on K lines of it alone.", single),
    "multi": Regime(
        "Multi-script",
        "One run on K lines of every data set; of each the lines that its single run has.",
        multi,
        least_targets=2,
    ),
    "pairs": Regime(
        "Every pair", "One run on K lines of each of two data sets: which language helps which.", pairs, least_targets=2
    ),
    "leave_one_out": Regime(
        "All but one",
        "One run on K lines of every data set but one; with three data sets the same runs as every pair.",
        leave_one_out,
        least_targets=3,
    ),
    "extra": Regime(
        "Same language, more lines",
        "As many lines as the multi-script run has, all of one data set: what more lines do without other scripts.",
        extra,
        least_targets=2,
    ),
    "permuted": Regime(
        "Others' labels permuted",
        "The multi-script run, but the characters of the other data sets are swapped by a fixed map: images and "
        "volume stay, shared letters do not.",
        permuted,
        least_targets=2,
    ),
    "others_whole": Regime(
        "K and all of the others",
        "K lines of the target and every training line of the other data sets: the other reading of “K lines”.",
        others_whole,
        least_targets=2,
    ),
    "finetuned_single": Regime(
        "Single-script, then trained further",
        "The single-script run goes on with the same K lines, for further updates at a lower rate: what the next one "
        "is compared with, as it has the same updates.",
        single,
        baseline="finetuned_single",
        after=FirstStage("single", "network"),
    ),
    "finetuned": Regime(
        "Multi-script, then fine-tuned",
        "The multi-script run goes on with K lines of one data set alone, for further updates at a lower rate.",
        single,
        least_targets=2,
        baseline="finetuned_single",
        after=FirstStage("multi", "network"),
    ),
    "head_on_single": Regime(
        "New head, single-script encoder",
        "The encoder of the single-script run is frozen and a new head trained on the same K lines: what the next "
        "one is compared with.",
        single,
        baseline="head_on_single",
        after=FirstStage("single", "encoder"),
    ),
    "head_on_multi": Regime(
        "New head, multi-script encoder",
        "The encoder of the multi-script run is frozen and a new head trained on K lines of one data set: is the "
        "gain in the encoder?",
        single,
        least_targets=2,
        baseline="head_on_single",
        after=FirstStage("multi", "encoder"),
    ),
}
"""By name, as a study file writes it."""


def is_baseline(regime: str) -> bool:
    """Tell whether a regime is one that others are compared with, not one with a ΔCER of its own."""
    return regime in (BASELINE_REGIME, REGIMES[regime].baseline)


class RunRequest(FrozenModel):
    """One cell of the grid: what a run is asked to be, before it is resolved against data."""

    architecture: str
    regime: str
    composition: Composition
    k: int
    draw: int
    seed: int
    budget: Budget
    conditions: Conditions = Conditions()

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the targets that the run is evaluated on."""
        return tuple(part.target for part in self.composition if part.is_evaluated)

    @property
    def trained_on(self) -> tuple[str, ...]:
        """Names of the data sets that the run trains on."""
        return tuple(part.target for part in self.composition)

    @property
    def arm(self) -> str:
        """Return the regime, with the data sets where a regime has several runs for one target: `pairs: ar + fa`."""
        is_ambiguous = self.regime in ("pairs", "leave_one_out")
        return f"{self.regime}: {' + '.join(self.trained_on)}" if is_ambiguous else self.regime

    def is_first_stage_of(self, other: Self) -> bool:
        """Tell whether `other` goes on from the weights of the run that answers this request."""
        after = REGIMES[other.regime].after
        return (
            after is not None
            and self.regime == after.regime
            and set(other.targets) <= set(self.targets)
            and self.setting == other.setting
        )

    @property
    def setting(self) -> tuple[object, ...]:
        """Everything but regime and composition: what two runs that are compared, or follow each other, share."""
        return self.architecture, self.k, self.draw, self.seed, self.budget, self.conditions


MAX_REQUESTS = 100_000


def expand(study: Study, targets: tuple[str, ...]) -> tuple[RunRequest, ...]:
    """All runs of a study over resolved target names, ordered so that whole cells are complete early.

    A run that goes on from another one comes after it.

    Raises
    ------
    InputError
        For an unknown regime, one over too few targets, or one that goes on from runs that the study lacks;
        and for more than :data:`MAX_REQUESTS` runs.
    """
    for regime in study.regimes:
        _check_regime(regime, study, targets)
    requests = tuple(islice(_requests(study, targets), MAX_REQUESTS + 1))
    if len(requests) > MAX_REQUESTS:
        raise InputError(
            f"The study {study.name} asks for more than {MAX_REQUESTS:,} runs",
            "every combination of its lists is one",
            "Take values out of them.",
        )
    return requests


def _check_regime(regime: str, study: Study, targets: tuple[str, ...]) -> None:
    if regime not in REGIMES:
        near = difflib.get_close_matches(regime, REGIMES, n=1)
        hint = f"Did you mean '{near[0]}'?" if near else f"Known regimes: {', '.join(REGIMES)}."
        raise InputError(f"Unknown regime '{regime}'", hint=hint)
    known = REGIMES[regime]
    if len(targets) < known.least_targets:
        least = "two" if known.least_targets == 2 else "three"
        what = "Multi-script training" if regime == "multi" else f"The regime '{regime}'"
        raise InputError(
            f"{what} needs at least {least} targets",
            f"the study has {len(targets)}",
            f"Add a data set, or leave the regime '{regime}' out.",
        )
    if known.after is not None and known.after.regime not in study.regimes:
        raise InputError(
            f"The regime '{regime}' goes on from runs of '{known.after.regime}'",
            "the study does not have that regime",
            f"Add '{known.after.regime}' to the regimes, or leave '{regime}' out.",
        )


def _requests(study: Study, targets: tuple[str, ...]) -> Iterator[RunRequest]:
    regimes = sorted(study.regimes, key=lambda regime: REGIMES[regime].after is not None)
    axes = product(
        range(study.draws),
        study.seeds,
        sorted(study.ks),
        study.budgets,
        study.conditions.combinations(),
        study.architectures,
        regimes,
    )
    for draw, seed, k, budget, conditions, architecture, regime in axes:
        for composition in REGIMES[regime].compositions(targets, k):
            yield RunRequest(
                architecture=architecture,
                regime=regime,
                composition=composition,
                k=k,
                draw=draw,
                seed=seed,
                budget=budget,
                conditions=conditions,
            )
