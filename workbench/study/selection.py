"""Runs of a grid chosen by what they are: 'small-crnn, multi, draw 0'. Pure."""

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from workbench.errors import InputError
from workbench.study.grid import RunRequest

Run = TypeVar("Run")


def facts_of(request: RunRequest) -> frozenset[str]:
    """What a run may be called by, in small letters: architecture, regime, data sets, K, draw, seed and budget."""
    words = {
        request.architecture,
        request.regime,
        *request.targets,
        f"K {request.k}",
        f"draw {request.draw}",
        f"seed {request.seed}",
        str(request.budget),
    }
    return frozenset(word.casefold() for word in words)


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
    """Requests of a grid that are named, in its order; all of them where nothing is named. Raises as `matching`."""
    chosen = [request for name in names for request in matching(requests, name, facts_of)]
    return tuple(request for request in requests if request in chosen) if chosen else tuple(requests)
