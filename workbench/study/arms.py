"""Runs and arms in words, the same in the window and on the command line. Pure.

An *arm* is what :attr:`workbench.study.grid.RunRequest.arm` names: a regime, with its data sets where a regime has
several runs for one target.
"""

from collections.abc import Iterable, Sequence
from math import prod

from workbench.study.conditions import ConditionAxes, Conditions
from workbench.study.grid import BASELINE_REGIME, REGIMES, RunRequest, expand, is_baseline
from workbench.study.schema import Study

_COUNT_WORDS = {2: "both", 3: "all three", 4: "all four"}

_TRAINED_ON = {
    "single": "{own}",
    "multi": "{joint}",
    "pairs": "{names}",
    "leave_one_out": "{rest}",
    "extra": "{own} ×{times}",
    "permuted": "{own} + others' labels permuted",
    "others_whole": "{own} + all of the others",
    "finetuned_single": "{own}, after {own}",
    "finetuned": "{own}, after {everything}",
    "head_on_single": "{own}: new head on {own}",
    "head_on_multi": "{own}: new head on {everything}",
}
"""What a run trains on, by regime; see :func:`trained_on`."""

_SHORT = {
    "single": "single",
    "multi": "multi",
    "pairs": "pair",
    "leave_one_out": "all but one",
    "extra": "more lines",
    "permuted": "permuted",
    "others_whole": "K + all",
    "finetuned_single": "further",
    "finetuned": "fine-tuned",
    "head_on_single": "single head",
    "head_on_multi": "multi head",
}
"""A regime in as many letters as a column has room for."""


def together(data_sets: int) -> str:
    """Return all data sets of a run in a word: 'both', 'all three', 'all 5'."""
    return _COUNT_WORDS.get(data_sets, f"all {data_sets}")


def trained_on(request: RunRequest, data_sets: Sequence[str] = ()) -> str:
    """Return what a run trains on: 'ar', 'all three', 'ar + fa', 'ar ×3', 'ar: new head on all three'.

    Parameters
    ----------
    request : RunRequest
        What the run was asked to be.
    data_sets : sequence of str
        Names of all data sets of the study. Without them 'all but ur' is 'ar + fa', and a first stage on all three
        is one on 'all'.
    """
    names = " + ".join(request.trained_on)
    left_out = [name for name in data_sets if name not in request.trained_on]
    amounts = [part.amount for part in request.composition if part.amount is not None]
    return _TRAINED_ON[request.regime].format(
        own=", ".join(request.targets),
        joint=together(len(request.targets)),
        names=names,
        rest=f"all but {', '.join(left_out)}" if left_out else names,
        times=sum(amounts) // request.k,
        everything=together(len(data_sets)) if data_sets else "all",
    )


def regime_of(arm: str) -> str:
    """Return the regime of an arm."""
    return arm.partition(": ")[0]


def arm_label(arm: str) -> str:
    """Return an arm's name: 'Multi-script', 'Every pair: ar + fa'."""
    regime, _, names = arm.partition(": ")
    return f"{REGIMES[regime].label}: {names}" if names else REGIMES[regime].label


def short_label(arm: str) -> str:
    """Return an arm's name for where there is little room: 'multi', 'pair', 'K + all'."""
    return _SHORT[regime_of(arm)]


def baseline_of(arm: str) -> str:
    """Return the regime that an arm is compared with."""
    return REGIMES[regime_of(arm)].baseline


def difference_in_words(arm: str) -> str:
    """Return what ΔCER is of an arm: 'CER(multi) − CER(single)'."""
    return f"CER({short_label(arm)}) − CER({short_label(baseline_of(arm))})"


def conditions_label(conditions: str) -> str:
    """Return conditions by their name, also where all is usual."""
    return conditions or "usual conditions"


def common_conditions(requests: Iterable[RunRequest]) -> Conditions:
    """Return the conditions of a run that answers several requests: what not all of them ask for does not matter."""
    asked = [request.conditions.model_dump() for request in requests]
    usual = Conditions()
    return Conditions.model_validate(
        {
            axis: asked[0][axis] if len({each[axis] for each in asked}) == 1 else value
            for axis, value in usual.model_dump().items()
        }
    )


def needed_regimes(regime: str) -> tuple[str, ...]:
    """Return the regimes that one takes beside itself: what it goes on from, and what it is compared with.

    Those of first stages and baselines are among them; none of a baseline's own.
    """
    known = REGIMES[regime]
    direct = ([known.after.regime] if known.after else []) + ([known.baseline] if not is_baseline(regime) else [])
    found = dict.fromkeys(each for name in direct for each in (*needed_regimes(name), name))
    return tuple(found)


def dependent_regimes(regime: str) -> tuple[str, ...]:
    """Return the regimes that go on from the runs of one, at whatever distance."""
    direct = [name for name, other in REGIMES.items() if other.after and other.after.regime == regime]
    return tuple(dict.fromkeys(each for name in direct for each in (name, *dependent_regimes(name))))


def count_requests(study: Study, data_sets: tuple[str, ...]) -> int:
    """Count the cells of a study's grid without making them; raises as :func:`workbench.study.grid.expand`."""
    one_of_each = {
        "architectures": study.architectures[:1],
        "draws": 1,
        "seeds": study.seeds[:1],
        "k_lines": study.k_lines[:1],
        "k_characters": study.k_characters[:1],
        "budgets": study.budgets[:1],
        "conditions": ConditionAxes(),
    }
    axes = (study.architectures, study.seeds, study.ks, study.budgets, study.conditions.combinations())
    return len(expand(study.model_copy(update=one_of_each), data_sets)) * study.draws * prod(map(len, axes))


assert set(_TRAINED_ON) == set(_SHORT) == set(REGIMES), "every regime has its words"
assert baseline_of(BASELINE_REGIME) == BASELINE_REGIME
