"""A study resolved against its data sets: which lines, which runs, in which order. Nothing is written.

What is decided here is decided once for all arms of a study: which training lines can be learnt at all (by the
strictest architecture, before anything is drawn), which lines each draw takes, and how many steps each run makes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench.data.catalog import OpenedDataset
from workbench.data.leakage import Overlap, Side
from workbench.errors import InputError
from workbench.execution.assignment import Assigned, assign
from workbench.execution.feasibility import check_placeholders
from workbench.execution.overlaps import decided, exclusions_of, notes_about, refuse_two_packagings, survey
from workbench.execution.pools import Pool, Source, of_part, pool_of
from workbench.execution.resolution import Grid
from workbench.execution.targets import target_names
from workbench.models.geometry import geometry_of
from workbench.models.registry import architecture_spec
from workbench.runs.plan import CHOSEN, Plan, PlannedTarget, SharedLines
from workbench.study.grid import RunRequest, expand
from workbench.study.schema import Study
from workbench.study.selection import selected
from workbench.text.normalize import check_steps


def resolve(study: Study, datasets: Mapping[str, OpenedDataset]) -> Plan:
    """Make the plan of a study.

    Parameters
    ----------
    study : Study
        What was asked for.
    datasets : mapping
        Opened data sets by name, at least those that the study names; their caches must be cropped to ink exactly
        when the study asks for it.

    Raises
    ------
    InputError
        For anything that the study names and that is not there (architecture, regime, data set, normalisation
        step), where a K is larger than the lines there are, and for a placeholder that normalisation changes.
    """
    check_steps(study.normalisation)
    check_placeholders(study)
    geometries = {name: geometry_of(architecture_spec(name)) for name in study.architectures}
    names = target_names(study, {name: opened.lines.language for name, opened in datasets.items()})
    requests = expand(study, names)
    most = _largest_amounts(requests)
    for name in names:
        _check_cropping(study, datasets[name])
    looked_at = look(study, datasets)
    shared = decided(looked_at.overlaps, study.leakage)
    left_out = exclusions_of(looked_at.overlaps, shared)
    pools = {
        name: pool_of(
            Source(study, datasets[name], looked_at.assigned[name], left_out.get(name, ()), most[name]),
            geometries,
            (*notes_about(name, shared), *_idle_decisions(name, study, shared)),
        )
        for name in names
    }
    _check_k(study, pools)
    return _plan_of(study, selected(requests, study.only), pools, shared)


def _largest_amounts(requests: Iterable[RunRequest]) -> dict[str, int | None]:
    """Return the most that any run takes of each data set, None where one takes all."""
    amounts: dict[str, list[int | None]] = {}
    for request in requests:
        for part in request.composition:
            amounts.setdefault(part.target, []).append(part.amount)
    return {
        target: None if None in found else max(amount for amount in found if amount is not None)
        for target, found in amounts.items()
    }


@dataclass(frozen=True, slots=True)
class Look:
    """Data sets of a study, parted, and what their parts have in common."""

    assigned: Mapping[str, Assigned]
    overlaps: tuple[Overlap, ...]


def look(study: Study, datasets: Mapping[str, OpenedDataset]) -> Look:
    """Part the data sets of a study, take out what its lists exclude, and compare what is left.

    Parameters
    ----------
    study, datasets
        As for :func:`resolve`.

    Raises
    ------
    InputError
        For parts that cannot be made, lists that cannot be used, and packagings that cannot be mixed.
    """
    names = target_names(study, {name: opened.lines.language for name, opened in datasets.items()})
    assigned = {name: assign(study, datasets[name].lines) for name in names}
    sides = {name: Side(datasets[name].lines, its.parts, datasets[name].cache) for name, its in assigned.items()}
    refuse_two_packagings(sides)
    return Look(assigned, survey(sides, expand(study, names)))


def _idle_decisions(name: str, study: Study, shared: Iterable[SharedLines]) -> tuple[str, ...]:
    """Say which decisions about a data set have nothing to decide about."""
    found = {(record.kind, record.left, record.right) for record in shared}
    return tuple(
        f"decided and not found: {each.kind} in {each.left} and {each.right} ({each.decision})"
        for each in study.leakage.decisions
        if each.right.partition("/")[0] == name and each.subject not in found
    )


def _check_cropping(study: Study, opened: OpenedDataset) -> None:
    if opened.cache.is_cropped != study.preprocessing.crop_to_ink:
        raise InputError(f"The data set {opened.lines.name} is cached with other cropping than the study asks for")


def _check_k(study: Study, pools: Mapping[str, Pool]) -> None:
    wanted = max(study.ks)
    most = {name: pool.least_available for name, pool in pools.items()}
    short = [pool.target for name, pool in pools.items() if most[name] < wanted]
    if not short:
        return
    largest = min(most[target.name] for target in short)
    raise InputError(
        f"K = {wanted} is more than the training {study.k_unit} there are",
        ", ".join(f"{target.name} has {most[target.name]}{_left_out(target)}" for target in short),
        f"The largest K that all data sets of the study allow is {largest}."
        if largest
        else "Leave the data sets without training lines out.",
    )


def _left_out(target: PlannedTarget) -> str:
    unfit, others = len(target.excluded("unfit")), len(of_part(target.excluded(*CHOSEN), "train"))
    words = [f"{unfit} more {'does' if unfit == 1 else 'do'} not fit"] if unfit else []
    words += [f"{others} more {'is' if others == 1 else 'are'} excluded"] if others else []
    return f" ({', '.join(words)})" if words else ""


def _plan_of(
    study: Study, requests: Iterable[RunRequest], pools: Mapping[str, Pool], shared: tuple[SharedLines, ...]
) -> Plan:
    grid = Grid(study, pools)
    for request in requests:
        grid.add(request)
    short = grid.notes_about_short()
    targets = tuple(
        pool.target.model_copy(update={"notes": (*pool.target.notes, *short.get(name, ()))})
        for name, pool in pools.items()
    )
    return Plan(study=study, targets=targets, runs=tuple(grid.runs), shared=shared, specs=grid.specs)
