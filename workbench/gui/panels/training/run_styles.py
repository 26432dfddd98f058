"""How the curves of a plan's runs are drawn, which of them belong together, and what their looks mean."""

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtGui import QColor

from workbench.gui.charts.cer_curves import RunStyle
from workbench.gui.charts.curve_legend import LegendEntry
from workbench.gui.charts.curve_means import Spread
from workbench.gui.meanings import STATE_WORDS, MarkState, line_styles, pen_width, target_colours
from workbench.gui.wording import architecture_label, run_labels, seed_label
from workbench.runs.plan import Plan, PlannedRun
from workbench.study.arms import short_label, together

SPREAD_WORDS: dict[Spread, str] = {
    "range": "lowest to highest seed",
    "deviation": "± 1 standard deviation over seeds",
}
MAX_NAMED_REGIMES = 4
_MARKED: tuple[MarkState, ...] = ("diverged", "failed", "collapsed")


def colours_of(plan: Plan) -> dict[str, QColor]:
    """Colour of each target of a plan."""
    return target_colours((target.name, target.language) for target in plan.targets)


def run_styles(plan: Plan) -> dict[str, RunStyle]:
    """Return how each run of a plan is drawn, by run id in the order of the plan."""
    unique = {run.run: run for run in reversed(plan.runs)}
    colours, lines = colours_of(plan), line_styles(plan.study.architectures)
    labels, group_labels = run_labels(plan), run_labels(plan, with_seed=False)
    groups = _groups(unique.values())
    return {
        run: RunStyle(
            run=run,
            label=labels[run],
            style=lines[unique[run].request.architecture],
            width=pen_width(unique[run].request.regime),
            colours=tuple((name, colours[name]) for name in unique[run].request.targets),
            group=f"seeds of {groups[run][0]}",
            group_label=group_labels[run],
            member=seed_label(unique[run].request.seed),
            group_size=len(groups[run]),
        )
        for run in plan.run_ids
    }


def _groups(runs: Iterable[PlannedRun]) -> Mapping[str, Sequence[str]]:
    """Runs that differ in their seed alone, by each of them."""
    groups: dict[object, list[str]] = {}
    for run in runs:
        groups.setdefault(run.request.model_copy(update={"seed": 0}), []).append(run.run)
    return {run: group for group in groups.values() for run in group}


def legend_of(plan: Plan, runs: Sequence[str], spread: Spread | None, states: Iterable[MarkState]) -> list[LegendEntry]:
    """What the curves of some runs of a plan mean; what there is only one of needs no explanation.

    Parameters
    ----------
    states : iterable of MarkState
        Of these runs: marks that are to be seen are explained.
    """
    requests = [run.request for run in plan.runs if run.run in runs]
    targets = {target for request in requests for target in request.targets}
    entries = [LegendEntry(name, colour) for name, colour in colours_of(plan).items() if name in targets]
    architectures = {request.architecture for request in requests}
    if len(architectures) > 1:
        styles = line_styles(plan.study.architectures)
        entries += [
            LegendEntry(architecture_label(name), style=style)
            for name, style in styles.items()
            if name in architectures
        ]
    regimes = tuple(dict.fromkeys(request.regime for request in requests))
    if len(regimes) > 1:
        entries += _weights(regimes, len(plan.targets))
    if spread is not None:
        entries.append(LegendEntry(f"mean, {SPREAD_WORDS[spread]}", is_band=True))
    seen = set(states)
    return entries + [LegendEntry(STATE_WORDS[state], state=state) for state in _MARKED if state in seen]


def _weights(regimes: Sequence[str], data_sets: int) -> list[LegendEntry]:
    """Regimes by the weight of their lines; of many the first are named."""
    words: dict[float, list[str]] = {}
    for regime in regimes:
        word = together(data_sets) if regime == "multi" else short_label(regime)
        words.setdefault(pen_width(regime), []).append(word)
    return [LegendEntry(_first_of(names), width=width) for width, names in sorted(words.items())]


def _first_of(names: Sequence[str]) -> str:
    if len(names) <= MAX_NAMED_REGIMES:
        return " · ".join(names)
    shown = MAX_NAMED_REGIMES - 1
    return " · ".join([*names[:shown], f"{len(names) - shown} more"])


def whole_units(units: Sequence[Sequence[str]], most: int) -> tuple[str, ...]:
    """Runs of the first units that are so many together at most: a mean over a part of its seeds would be another."""
    kept: list[str] = []
    for unit in units:
        if kept and len(kept) + len(unit) > most:
            break
        kept += unit
    return tuple(kept)
