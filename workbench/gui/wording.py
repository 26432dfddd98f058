"""Numbers, times and runs in the words of the window."""

from collections.abc import Sequence

from workbench.data.line import LANGUAGE_NAMES
from workbench.models.registry import ARCHITECTURES
from workbench.runs.plan import Plan
from workbench.study.arms import common_conditions, trained_on
from workbench.study.grid import RunRequest

MINUS = "−"
NO_VALUE = "–"


def count(number: int) -> str:
    """Whole number with commas between thousands."""
    return f"{number:,}"


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its word: '1 run', '24 runs'."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def percent(share: float | None) -> str:
    """Fraction as per cent with one decimal: '12.3 %'; a dash for nothing."""
    return NO_VALUE if share is None else f"{100 * share:.1f} %"


def unbroken(text: str) -> str:
    """Return a text that is only broken into lines between its parts: 'seed 2' and '12.3 %' stay whole."""
    return text.replace(" ", "\u00a0").replace("\u00a0·\u00a0", "\u00a0· ").replace(",\u00a0", ", ")


def signed(value: float) -> str:
    """Return a value with its sign always shown and a true minus: '−3.1', '+0.2', '0.0'."""
    text = f"{abs(value):.1f}"
    if text == "0.0":
        return text
    return (MINUS if value < 0 else "+") + text


def p_value(p: float | None) -> str:
    """Return a p value with as many digits as it bears: '0.03', '< 0.001'; a dash for none."""
    if p is None:
        return NO_VALUE
    if p < 0.001:
        return "< 0.001"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def duration(seconds: float) -> str:
    """Return a time in the unit that suits it: '40 s', '12 min', '3.5 h', '4.2 days'."""
    unit, scale, digits = _unit_of(seconds)
    return f"{seconds / scale:,.{digits}f} {unit}"


def duration_between(low: float, high: float) -> str:
    """Return an estimate with its range: 'about 31 min (26–40)'; seconds in."""
    middle = (low * high) ** 0.5 if low > 0 else (low + high) / 2
    _, scale, digits = _unit_of(middle)
    bounds = [f"{value / scale:,.{digits}f}" for value in (low, high)]
    if bounds[0] == bounds[1]:
        return f"about {duration(middle)}"
    return f"about {duration(middle)} ({bounds[0]}–{bounds[1]})"


def _unit_of(seconds: float) -> tuple[str, float, int]:
    """Unit that suits a time, its length in seconds, and the decimals that make sense."""
    hours = seconds / 3600
    if seconds < 90:
        return "s", 1, 0
    if hours < 1.5:
        return "min", 60, 0
    if hours < 72:
        return "h", 3600, 1 if hours < 10 else 0
    return "days", 86400, 1 if hours < 240 else 0


def language_name(language: str) -> str:
    """Return the name of a language, or its code where it has none here."""
    return LANGUAGE_NAMES.get(language, language)


def architecture_label(name: str) -> str:
    """Return what an architecture is called in the window."""
    known = ARCHITECTURES.get(name)
    return known.label if known else name


def regime_label(request: RunRequest, data_sets: Sequence[str] = ()) -> str:
    """Return what a run trains on, given the names of all data sets of its study: 'ar', 'all three', 'ar + fa'."""
    return trained_on(request, data_sets)


def run_label(
    request: RunRequest,
    *,
    data_sets: Sequence[str] = (),
    with_draw: bool = False,
    with_budget: bool = False,
    with_seed: bool = True,
    same: tuple[RunRequest, ...] = (),
) -> str:
    """Return a run's name: 'CRNN (small) · all three · K 100 · seed 0'; unusual conditions stand at its end.

    Parameters
    ----------
    request : RunRequest
        What the run was asked to be.
    data_sets : sequence of str
        Names of all data sets of the study.
    with_draw, with_budget : bool
        Name these as well: a study may have several.
    with_seed : bool
        Name the seed; without it the name is that of all runs that differ in their seed alone.
    same : tuple of RunRequest
        Other requests that the same run answers. Their budgets are named beside its own, and only the conditions that
        all of them share.
    """
    parts = [
        architecture_label(request.architecture),
        regime_label(request, data_sets),
        f"K {request.k:,}",
    ]
    if with_budget:
        budgets = dict.fromkeys(one.budget for one in (request, *same))
        parts.append(" = ".join(budget_label(budget.unit, budget.amount) for budget in budgets))
    if with_draw:
        parts.append(f"draw {request.draw}")
    if with_seed:
        parts.append(seed_label(request.seed))
    if conditions := str(common_conditions((request, *same))):
        parts.append(conditions)
    return " · ".join(parts)


def seed_label(seed: int) -> str:
    """Return what tells a run from those that differ in their seed alone."""
    return f"seed {seed}"


def run_labels(plan: Plan, *, with_seed: bool = True) -> dict[str, str]:
    """Return the name of each run of a plan, by run id; what the study has only one of is left out."""
    requests: dict[str, list[RunRequest]] = {}
    for run in plan.runs:
        requests.setdefault(run.run, []).append(run.request)
    data_sets = tuple(target.name for target in plan.targets)
    return {
        run: run_label(
            found[0],
            data_sets=data_sets,
            with_draw=plan.study.draws > 1,
            with_budget=len(plan.study.budgets) > 1,
            with_seed=with_seed,
            same=tuple(found[1:]),
        )
        for run, found in requests.items()
    }


def budget_label(unit: str, amount: int) -> str:
    """Return a budget: '1,500 steps'."""
    return f"{amount:,} {unit}"
