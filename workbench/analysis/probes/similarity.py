"""Similarity of encoders: linear CKA of pairs of runs that differ in one thing."""

from collections.abc import Iterator, Sequence
from statistics import fmean

from workbench.analysis.probes.values import PairKey, SimilarityRow
from workbench.analysis.statistics.jackknife import jackknife_ends
from workbench.models.registry import ARCHITECTURES
from workbench.runs.plan import Plan
from workbench.runs.probe_pairs import run_pairs
from workbench.runs.probes import StoredSimilarity


def similarity_of(plan: Plan, stored: Sequence[StoredSimilarity]) -> Iterator[SimilarityRow]:
    """Group the measurements of pairs of runs by what they differ in, and average each group."""
    by_runs = {(each.left.run, each.right.run, each.left.target): each for each in stored}
    groups: dict[PairKey, dict[tuple[str, str], StoredSimilarity]] = {}
    references = {name: known.references for name, known in ARCHITECTURES.items()}
    for pair in run_pairs(plan, references):
        found = by_runs.get((pair.left.run, pair.right.run, pair.target))
        if found is None:
            continue
        left, right = pair.left.request, pair.right.request
        key = PairKey(
            difference=pair.difference,
            target=pair.target,
            language=plan.target(pair.target).language,
            architecture=left.architecture,
            other_architecture=right.architecture,
            regime=left.arm,
            other_regime=right.arm,
            k=left.k,
            budget=str(left.budget),
            conditions=str(left.conditions),
        )
        groups.setdefault(key, {})[pair.left.run, pair.right.run] = found
    for key, found in groups.items():
        yield _similarity_row(key, list(found.values()))


def _similarity_row(key: PairKey, pairs: Sequence[StoredSimilarity]) -> SimilarityRow:
    values = [pair.found.cka for pair in pairs]
    low, high = jackknife_ends(fmean(values), [dict(pair.found.without) for pair in pairs])
    return SimilarityRow(
        key=key,
        cka=fmean(values),
        low=low,
        high=high,
        least=min(values),
        most=max(values),
        pairs=len(pairs),
        lines=len(pairs[0].line_ids),
        clusters=len(set(pairs[0].clusters)),
        cluster_unit=pairs[0].cluster_unit,
        frames=pairs[0].found.frames,
    )
