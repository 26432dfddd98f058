"""Which runs of a study are compared by what their encoders see. Pure.

The same lines, draw and budget, and all but one thing alike: the regime (a joint run with its baseline), the
architecture (a CRNN with its CNN-only reference), or the seed: how far two trainings of one kind are apart, which is
the level that the others have to be read against.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from workbench.runs.plan import Plan, PlannedRun
from workbench.study.grid import REGIMES, RunRequest, is_baseline

Difference = Literal["regime", "architecture", "seed"]


@dataclass(frozen=True, slots=True)
class RunPair:
    """Two planned runs that read a target, and what they differ in."""

    difference: Difference
    left: PlannedRun
    right: PlannedRun
    target: str


def run_pairs(plan: Plan, references: Mapping[str, Sequence[str]]) -> tuple[RunPair, ...]:
    """Return the pairs of a plan, in its order: regimes, architectures, seeds.

    Parameters
    ----------
    references : mapping
        Names of the architectures that each one is compared with.
    """
    found = (*_regimes(plan), *_architectures(plan, references), *_seeds(plan))
    return tuple(pair for pair in found if pair.left.run != pair.right.run)


def _regimes(plan: Plan) -> Iterator[RunPair]:
    by_place = {
        (planned.request.arm, target, planned.request.setting): planned
        for planned in plan.runs
        for target in planned.request.targets
    }
    for planned in plan.runs:
        request = planned.request
        if is_baseline(request.regime):
            continue
        for target in request.targets:
            baseline = by_place.get((REGIMES[request.regime].baseline, target, request.setting))
            if baseline is not None:
                yield RunPair("regime", baseline, planned, target)


def _architectures(plan: Plan, references: Mapping[str, Sequence[str]]) -> Iterator[RunPair]:
    by_place = {
        (planned.request.architecture, _without_architecture(planned.request), target): planned
        for planned in plan.runs
        for target in planned.request.targets
    }
    for planned in plan.runs:
        request = planned.request
        for target in request.targets:
            for name in references.get(request.architecture, ()):
                other = by_place.get((name, _without_architecture(request), target))
                if other is not None:
                    yield RunPair("architecture", other, planned, target)


def _without_architecture(request: RunRequest) -> tuple[object, ...]:
    return request.arm, *request.setting[1:]


def _seeds(plan: Plan) -> Iterator[RunPair]:
    groups: dict[tuple[object, ...], list[PlannedRun]] = {}
    for planned in plan.runs:
        request = planned.request
        for target in request.targets:
            alike = (request.architecture, request.arm, target, request.k, request.draw, request.budget,
                     request.conditions)  # fmt: skip
            groups.setdefault((target, *alike), []).append(planned)
    for (target, *_), group in groups.items():
        in_order = sorted(group, key=lambda planned: planned.request.seed)
        for left, right in pairwise(in_order):
            yield RunPair("seed", left, right, str(target))
