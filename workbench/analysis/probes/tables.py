"""What the probes of a study say: CER over the width of windows, and how alike encoders are, with intervals.

Only measurements on the weights that the runs have now, and on the same lines for all runs of a target, are used.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from workbench.analysis.probes.context import arms_of, deltas_of
from workbench.analysis.probes.similarity import similarity_of
from workbench.analysis.probes.values import ProbeTables
from workbench.runs.plan import Plan
from workbench.runs.probes import (
    Probed,
    Stored,
    StoredContext,
    StoredSimilarity,
    all_stored,
    is_current,
    probes_folder,
)
from workbench.runs.store import RunStore
from workbench.study.schema import Selection


def read_probes(plan: Plan, store: RunStore, selection: Selection | None = None) -> ProbeTables:
    """Read what was measured for a study and work it out; see :func:`probe_tables`."""
    chosen = selection or plan.study.selection
    found = list(all_stored(probes_folder(store.workspace, plan.study.name)))
    records = store.scan()
    current = [each for each in found if all(is_current(probed, records.get) for probed in _probed(each))]
    tables = probe_tables(plan, current, chosen)
    if stale := len(found) - len(current):
        note = f"{_measurements(stale)} of weights that have changed since: measure again."
        return replace(tables, notes=(*tables.notes, note))
    return tables


def _probed(stored: Stored) -> tuple[Probed, ...]:
    return (stored.probed,) if isinstance(stored, StoredContext) else (stored.left, stored.right)


def _measurements(number: int) -> str:
    return "1 measurement is left out, as it is" if number == 1 else f"{number} measurements are left out, as they are"


def probe_tables(plan: Plan, stored: Iterable[Stored], selection: Selection) -> ProbeTables:
    """Work out the tables of a study from measurements; those of other studies and selections are passed over.

    Parameters
    ----------
    plan : Plan
    stored : iterable
        Measurements on the weights that the runs have now.
    selection : str
        Weights that read.
    """
    of_study = [
        each
        for each in stored
        if all(probed.selection == selection and probed.run in plan.run_ids for probed in _probed(each))
    ]
    alike, others = _on_common_lines(of_study)
    context = {(each.probed.run, each.probed.target): each for each in alike if isinstance(each, StoredContext)}
    arms = list(arms_of(plan, context))
    notes = [f"{_measurements(others)} on other lines than the rest: measure again."] if others else []
    notes += _reading_notes(context.values())
    return ProbeTables(
        study=plan.study.name,
        selection=selection,
        targets=tuple(target.name for target in plan.targets),
        context=tuple(point for arm in arms for point in arm.points()),
        deltas=tuple(deltas_of(arms)),
        similarity=tuple(similarity_of(plan, [each for each in alike if isinstance(each, StoredSimilarity)])),
        notes=tuple(notes),
    )


def _on_common_lines(stored: Sequence[Stored]) -> tuple[list[Stored], int]:
    """Measurements on the lines that most of a target's were made on, and how many are left out for that."""
    digests: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for each in stored:
        digests[each.kind, _probed(each)[0].target][each.lines_sha256] += 1
    chosen = {key: counts.most_common(1)[0][0] for key, counts in digests.items()}
    alike = [each for each in stored if chosen[each.kind, _probed(each)[0].target] == each.lines_sha256]
    return alike, len(stored) - len(alike)


def _reading_notes(context: Iterable[StoredContext]) -> Iterator[str]:
    known = list(context)
    differing = [each for each in known if each.other_readings]
    unknown = sum(each.other_readings is None and each.width(None) is not None for each in known)
    if unknown:
        yield (
            f"{'1 reading' if unknown == 1 else f'{unknown} readings'} could not be compared with what the run read "
            "when it ended: its predictions are missing or damaged."
        )
    if differing:
        lines = sum(each.other_readings or 0 for each in differing)
        yield (
            f"{lines} whole lines of {len(differing)} readings have other counts than when their runs ended: they "
            "were read on another processor or device."
        )
