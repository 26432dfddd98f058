"""Two readings of the same lines compared: two prediction files, two runs, or one of each.

The difference is B - A in percentage points: negative means that B makes fewer errors. Only lines that both sides
have are compared, and how many are left out on either side is said.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from workbench.analysis.results.readings import PartOfRun, RunReadings, read_run
from workbench.analysis.statistics.bootstrap import Counts
from workbench.analysis.statistics.contrast import Scored, Term, contrast
from workbench.analysis.statistics.coverage import coverage_in_words, coverage_of
from workbench.analysis.statistics.significance import permutation_p
from workbench.analysis.systems.clusters import Clusters, clusters_in
from workbench.analysis.systems.forms import open_predictions
from workbench.analysis.systems.scoring import ScoreRules, part_of, with_references
from workbench.analysis.systems.texts import Remarks
from workbench.data.identifiers import natural_key
from workbench.data.reader import counted
from workbench.errors import InputError
from workbench.metrics.error_rate import count_characters, count_words
from workbench.runs.store import RunStore
from workbench.text.normalize import check_steps, normalise

SHOWN_LINES = 10
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class SideLine:
    """A line as one side read it."""

    reference: str | None
    hypothesis: str
    writer: str | None = None
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """What one side read, by line id."""

    name: str
    lines: Mapping[str, SideLine]
    remarks: tuple[str, ...] = ()
    clusters: tuple[str, tuple[str, ...]] | None = None
    """Unit and cluster of each line, where the side is a run: as the study resampled them."""


@dataclass(frozen=True, slots=True)
class MetricDifference:
    """What parts the sides in one measure. Rates are fractions, differences percentage points of B - A."""

    metric: Literal["CER", "WER"]
    a: float | None
    """Micro."""
    b: float | None
    delta_pp: float | None
    low_pp: float | None
    high_pp: float | None
    """Ends of the 95 % interval over clusters; None with fewer than two."""
    p: float | None
    """1 - level of the interval that just leaves out 0."""
    permutation_p: float | None
    """Sides exchanged cluster by cluster."""
    relative_pct: float | None
    """Of A's rate, in per cent."""
    length: int
    """Characters or words of the references."""


@dataclass(frozen=True, slots=True)
class LineDifference:
    """A line on which the sides differ."""

    id: str
    reference: str
    a: str
    b: str
    edits_a: int
    edits_b: int
    length: int


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Everything that is known of the difference of two sides."""

    a: str
    b: str
    lines: int
    """In common: the only ones that are compared."""
    only_a: int
    only_b: int
    examples_only_a: tuple[str, ...]
    examples_only_b: tuple[str, ...]
    other_references: int
    """Lines whose references differ, where the user chose whose count."""
    cluster_unit: str
    clusters: int
    block_lines: int | None
    coverage: str
    """What is known of the interval with so few clusters; empty where it covers about 95 %."""
    metrics: tuple[MetricDifference, ...]
    a_better: int
    b_better: int
    """Lines with fewer character edits on one side."""
    same: int
    most_different: tuple[LineDifference, ...]
    """By the size of the difference in character edits, largest first."""
    remarks: tuple[str, ...]


def side_of_file(path: Path, rules: ScoreRules, name: str | None = None) -> Side:
    """Read a prediction file as one side of a comparison.

    Raises
    ------
    InputError
        When it cannot be read, or names no lines. What it names twice with different texts is left out and remarked.
    """
    check_steps(rules.normalisation)
    _, predictions = open_predictions(path, rules.form, rules.encoding, rules.where)
    if not predictions.has_ids:
        raise InputError(
            f"{path.name} has no column for the ids of the lines",
            "lines are paired by their ids",
            "Add a column 'id' (or ImageID).",
        )
    remarks = Remarks()
    lines: dict[str, SideLine] = {}
    contradicting: set[str] = set()
    for reference, read in with_references(predictions.read(), rules, remarks, needs_reference=False):
        known = rules.references.get(read.id)
        line = SideLine(
            reference,
            normalise(read.hypothesis, rules.normalisation),
            read.writer or (known.writer if known else None),
            read.page or (known.page if known else None),
        )
        remarks.look_at(read.hypothesis, "hypotheses", read.id)
        if not read.id:
            remarks.add("a row without an id, left out", f"row {read.row}")
        elif lines.setdefault(read.id, line) == line:
            if lines[read.id] is not line:
                remarks.add("a row that repeats an earlier one, counted once", read.id)
        else:
            contradicting.add(read.id)
    for line_id in sorted(contradicting, key=natural_key):
        del lines[line_id]
        remarks.add("an id of several different rows, left out: which one counts is not told", line_id)
    if not lines:
        raise InputError(f"{path.name} holds no predictions that can be paired", "; ".join(remarks.sentences()))
    return Side(name or path.name, lines, (*predictions.remarks.sentences(), *remarks.sentences()))


def side_of_readings(readings: RunReadings, steps: tuple[str, ...] = ()) -> Side:
    """Take what a run read as one side of a comparison, its texts brought to a form by further steps."""
    check_steps(steps)
    rows = zip(readings.line_ids, readings.references, readings.hypotheses, strict=True)
    return Side(
        f"{readings.run} ({readings.target}, {readings.split}, {readings.selection})",
        {
            line_id: SideLine(normalise(reference, steps), normalise(hypothesis, steps))
            for line_id, reference, hypothesis in rows
        },
        clusters=(readings.cluster_unit, readings.clusters) if readings.clusters else None,
    )


def readings_for(
    store: RunStore, run: str, target: str | None, split: str, selection: str | None, others: Iterable[str] = ()
) -> RunReadings:
    """Read the part of a run that is to be compared.

    Parameters
    ----------
    target : str or None
        None: the only one that it read, or the only one that is among `others` too.
    selection : str or None
        None: the weights of the last step.

    Raises
    ------
    InputError
        When the run read no such lines, or several targets.
    """
    found = read_run(store, run)
    parts: list[PartOfRun] = [key for key in found if key[1] == split and key[2] == (selection or "last")]
    if not parts and selection is None:
        parts = [key for key in found if key[1] == split]
    wanted = [key for key in parts if target in (None, key[0])]
    if target is None and len(wanted) > 1 and (shared := [key for key in wanted if key[0] in set(others)]):
        wanted = shared
    if len(wanted) == 1:
        return found[wanted[0]]
    known = ", ".join(dict.fromkeys(key[0] for key in parts)) or "none"
    raise InputError(
        f"Run {run} read {split} lines of {counted(len(wanted), 'target')} that fit" if not target or wanted else
        f"Run {run} read no {split} lines of {target}",
        f"targets: {known}",
        "Name one with --target.",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Common:
    """Lines that both sides have, in the order of A."""

    ids: list[str]
    references: list[str]
    other_references: list[str]


def compare_sides(
    a: Side, b: Side, *, reference: Literal["a", "b"] | None = None, wildcards: str = "", shown: int = SHOWN_LINES
) -> PairedDifference:
    """Compare what two sides read in the lines that they have in common.

    Parameters
    ----------
    a, b : Side
    reference : str, optional
        Whose references count where they differ.
    wildcards : str
        Placeholders that are not scored; see :func:`workbench.metrics.error_rate.count_characters`.
    shown : int
        How many of the lines are named on which the sides differ most.

    Raises
    ------
    InputError
        When they have no line in common, or their references differ and `reference` does not say whose count.
    """
    common = _common(a, b, reference)
    counts_a = _counts(common, a, wildcards)
    counts_b = _counts(common, b, wildcards)
    clusters = _clusters(common.ids, a, b)
    gained = counts_b[0] - counts_a[0]
    only_a = [line_id for line_id in a.lines if line_id not in b.lines]
    only_b = [line_id for line_id in b.lines if line_id not in a.lines]
    return PairedDifference(
        a=a.name,
        b=b.name,
        lines=len(common.ids),
        only_a=len(only_a),
        only_b=len(only_b),
        examples_only_a=tuple(only_a[:_EXAMPLES]),
        examples_only_b=tuple(only_b[:_EXAMPLES]),
        other_references=len(common.other_references),
        cluster_unit=clusters.unit,
        clusters=len(clusters.names),
        block_lines=clusters.block_lines if clusters.unit == "blocks" else None,
        coverage=_coverage(len(clusters.names)),
        metrics=(
            _difference("CER", clusters, counts_a[:2], counts_b[:2], common.ids),
            _difference("WER", clusters, counts_a[2:], counts_b[2:], common.ids),
        ),
        a_better=int((gained > 0).sum()),
        b_better=int((gained < 0).sum()),
        same=int((gained == 0).sum()),
        most_different=_most_different(common, a, b, (counts_a, counts_b), shown),
        remarks=(*(f"{a.name}: {said}" for said in a.remarks), *(f"{b.name}: {said}" for said in b.remarks)),
    )


def _coverage(clusters: int) -> str:
    """Say how often an interval over so few clusters covers the truth; empty without one, and where it is 95 %."""
    measured = coverage_of(clusters, 1) if clusters > 1 else None
    return f"Intervals over {clusters} clusters {coverage_in_words(measured)}." if measured else ""


def _common(a: Side, b: Side, reference: Literal["a", "b"] | None) -> _Common:
    ids = [line_id for line_id in a.lines if line_id in b.lines]
    if not ids:
        first_a, first_b = next(iter(a.lines), ""), next(iter(b.lines), "")
        raise InputError(
            f"{a.name} and {b.name} have no line in common",
            f"ids of the one are like {first_a}, of the other like {first_b}",
            "Give both files the same ids.",
        )
    references: list[str] = []
    others: list[str] = []
    for line_id in ids:
        of_a, of_b = a.lines[line_id].reference, b.lines[line_id].reference
        if of_a is None and of_b is None:
            raise InputError(
                f"Neither {a.name} nor {b.name} holds references",
                f"none of {line_id}",
                "Name the data set that has them with --dataset.",
            )
        if of_a is not None and of_b is not None and of_a != of_b:
            others.append(line_id)
        chosen = of_b if (reference == "b" and of_b is not None) or of_a is None else of_a
        references.append(chosen or "")
    if others and reference is None:
        raise InputError(
            f"The references of {a.name} and {b.name} differ in {counted(len(others), 'line')} of {len(ids):,}",
            "; ".join(_both_references(a, b, line_id) for line_id in others[:_EXAMPLES]),
            "Say whose count with --reference a or --reference b, or bring both to one form with --normalise.",
        )
    return _Common(ids, references, others)


def _both_references(a: Side, b: Side, line_id: str) -> str:
    return f"{line_id}: {a.lines[line_id].reference!r} and {b.lines[line_id].reference!r}"


def _counts(common: _Common, side: Side, wildcards: str) -> Counts:
    """Edits, characters, wrong words and words of each line; shape (4, lines)."""
    rows: list[tuple[int, int, int, int]] = []
    for line_id, reference in zip(common.ids, common.references, strict=True):
        hypothesis = side.lines[line_id].hypothesis
        characters = count_characters(reference, hypothesis, wildcards)
        words = count_words(reference, hypothesis, wildcards)
        rows.append((characters.edits, characters.length, words.edits, words.length))
    return np.array(rows, dtype=np.int64).T


def _clusters(ids: Sequence[str], a: Side, b: Side) -> Clusters:
    """Clusters as the study resampled them, where a side is a run; else as columns or ids tell."""
    for side in (a, b):
        if side.clusters is not None:
            unit, names = side.clusters
            of_line = dict(zip(side.lines, names, strict=True))
            numbers: dict[str, int] = {}
            places = [numbers.setdefault(of_line[line_id], len(numbers)) for line_id in ids]
            return Clusters(unit, tuple(numbers), np.array(places, dtype=np.int64))  # pyright: ignore[reportArgumentType]
    writers = [a.lines[line_id].writer or b.lines[line_id].writer for line_id in ids]
    pages = [a.lines[line_id].page or b.lines[line_id].page for line_id in ids]
    return clusters_in(ids, writers if any(writers) else (), pages if any(pages) else ())


def _difference(
    metric: Literal["CER", "WER"], clusters: Clusters, a: Counts, b: Counts, ids: Sequence[str]
) -> MetricDifference:
    length = int(a[1].sum())
    if not length:
        return MetricDifference(metric, None, None, None, None, None, None, None, None, 0)
    part = part_of(ids)
    errors_a, lengths = clusters.sums(a)
    errors_b = clusters.sums(b)[0]
    gained = Scored(part, ((0, 0),), (errors_b - errors_a)[np.newaxis], lengths)
    found = contrast([Term(1.0, gained)])
    ends = found.interval() or (None, None)
    return MetricDifference(
        metric=metric,
        a=float(errors_a.sum()) / length,
        b=float(errors_b.sum()) / length,
        delta_pp=found.value,
        low_pp=ends[0],
        high_pp=ends[1],
        p=found.p,
        permutation_p=permutation_p(gained.errors, part),
        relative_pct=100.0 * float((errors_b - errors_a).sum() / errors_a.sum()) if errors_a.any() else None,
        length=length,
    )


def _most_different(
    common: _Common, a: Side, b: Side, counts: tuple[Counts, Counts], shown: int
) -> tuple[LineDifference, ...]:
    gained = np.abs(counts[1][0] - counts[0][0])
    order = np.argsort(-gained, kind="stable")[:shown]
    return tuple(_line(common, a, b, counts, int(at)) for at in order if gained[at])


def _line(common: _Common, a: Side, b: Side, counts: tuple[Counts, Counts], at: int) -> LineDifference:
    line_id = common.ids[at]
    return LineDifference(
        id=line_id,
        reference=common.references[at],
        a=a.lines[line_id].hypothesis,
        b=b.lines[line_id].hypothesis,
        edits_a=int(counts[0][0][at]),
        edits_b=int(counts[1][0][at]),
        length=int(counts[0][1][at]),
    )
