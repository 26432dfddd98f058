"""Runs of a grid chosen by what they are: 'small-crnn, multi, draw 0'. Pure."""

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from workbench.errors import InputError
from workbench.study.conditions import AXES, Conditions
from workbench.study.grid import RunRequest

Run = TypeVar("Run")


def facts_of(request: RunRequest) -> frozenset[str]:
    """What a run may be called by, in small letters: architecture, regime, data sets, and all else it may differ in."""
    words = {
        request.architecture,
        request.regime,
        *request.targets,
        f"K {request.k}",
        f"draw {request.draw}",
        f"seed {request.seed}",
        str(request.budget),
        *words_of(request.conditions),
    }
    return frozenset(word.casefold() for word in words)


def words_of(conditions: Conditions) -> tuple[str, ...]:
    """Return the words of all conditions of a run, usual ones too: 'mixed batches', 'group norm'."""
    return tuple(
        option.words
        for axis in AXES.values()
        for option in axis.options
        if option.key == getattr(conditions, axis.name)
    )


def matching(runs: Sequence[Run], name: str, facts: Callable[[Run], frozenset[str]]) -> tuple[Run, ...]:
    """Runs of which all is true that a name says, with commas between.

    Raises
    ------
    InputError
        When there is none, with what was probably meant.
    """
    wanted = [part.strip().casefold() for part in name.split(",") if part.strip()]
    found = tuple(run for run in runs if wanted and facts(run).issuperset(wanted))
    if found:
        return found
    known = sorted({fact for run in runs for fact in facts(run)})
    near = {part: difflib.get_close_matches(part, known, n=1) for part in wanted if part not in known}
    meant = next((close[0] for close in near.values() if close), "")
    raise InputError(
        f"The study has no run '{name}'",
        "what is named does not meet in one run" if not near else f"nothing in it is called {', '.join(near)}",
        f"Did you mean '{meant}'?" if meant else f"Its runs are called by: {', '.join(known)}.",
    )


def selected(requests: Sequence[RunRequest], names: Iterable[str]) -> tuple[RunRequest, ...]:
    """Requests of a grid that are named, in its order, with the first stages that they go on from.

    All of them where nothing is named; raises as :func:`matching`.
    """
    chosen = [request for name in names for request in matching(requests, name, facts_of)]
    if not chosen:
        return tuple(requests)
    kept: list[RunRequest] = []
    for request in reversed(requests):  # first stages come before what goes on from them
        if request in chosen or any(request.is_first_stage_of(other) for other in kept):
            kept.append(request)
    return tuple(reversed(kept))
