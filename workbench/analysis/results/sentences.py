"""The sentence under the heatmaps: what the numbers say, and no more than they can bear."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.analysis.results.comparisons import family_of, label_of
from workbench.analysis.results.delta import clusters_in_words, counted
from workbench.analysis.results.report_values import DeltaCell, InteractionCell, PooledCell, StudyReport
from workbench.analysis.statistics.coverage import coverage_in_words
from workbench.metrics.measures import MeasureName
from workbench.models.registry import Family

MINUS = "\N{MINUS SIGN}"
_SUBJECTS = {
    "multi": "Joint training",
    "pairs": "Joint training on {names}",
    "leave_one_out": "Joint training on all but one ({names})",
    "extra": "Training on more lines of the same language",
    "permuted": "Joint training with the others' labels permuted",
    "others_whole": "Joint training with all lines of the others",
    "finetuned": "Joint training, then fine-tuning,",
    "head_on_multi": "A multi-script encoder under a new head",
}
"""What changes the CER, by regime; each regime that is compared with another has one."""
_FAMILY_WORDS: dict[Family, str] = {
    "cnn": "the CNN-only network",
    "crnn": "the CRNN",
    "tcn": "the TCN",
    "transformer": "the Transformer",
}

_RATES: dict[MeasureName, str] = {
    "cer": "CER",
    "wer": "WER",
    "letters": "CER of letters",
    "no_blanks_digits": "CER without blanks and digits",
}


def points(value: float) -> str:
    """Magnitude with one decimal, with two where one would show 0."""
    text = f"{abs(value):.1f}"
    return f"{abs(value):.2f}" if text == "0.0" else text


def signed(value: float) -> str:
    """Value with one decimal, its sign always shown and a true minus: '−3.1', '+0.2', '0.0'."""
    text = f"{abs(value):.1f}"
    return text if text == "0.0" else (MINUS if value < 0 else "+") + text


@dataclass(frozen=True, slots=True)
class _Verdict:
    """A pooled value with the cells that it comes from."""

    pooled: PooledCell
    cells: Sequence[DeltaCell | InteractionCell]
    steps_of: Sequence[DeltaCell]
    rate: str
    """What changes: 'CER'."""

    @property
    def is_certain(self) -> bool:
        """Whether the interval excludes 0 and covers more than one training."""
        return self.pooled.excludes_zero and self.pooled.pairs > 1

    @property
    def trainings(self) -> str:
        seeds, draws = (max(getattr(cell, name) for cell in self.cells) for name in ("seeds", "draws"))
        words = counted(seeds, "seed", "seeds")
        return words if draws == 1 else f"{words} × {counted(draws, 'draw', 'draws')}"

    @property
    def clusters(self) -> str:
        """Clusters of each target, those of one unit added up in view: '40 + 72 writers, 106 blocks'."""
        of_target = {cell.target: (cell.cluster_unit, cell.clusters) for cell in self.cells}
        by_unit: dict[str, list[int]] = {}
        for unit, clusters in of_target.values():
            by_unit.setdefault(unit, []).append(clusters)
        return ", ".join(
            " + ".join(f"{count:,}" for count in counts[:-1]) + (" + " if counts[1:] else "")
            + clusters_in_words(unit, counts[-1])
            for unit, counts in by_unit.items()
        )  # fmt: skip

    @property
    def interval(self) -> str:
        low, high = self.pooled.low_pp, self.pooled.high_pp
        if low is None or high is None:
            return "no interval: a target has a single cluster of test lines"
        scope = ", test lines only" if self.pooled.pairs == 1 else ""
        if self.is_certain:
            ends = sorted((abs(low), abs(high)))
            return f"95 % interval {points(ends[0])}–{points(ends[1])}{scope}"
        return f"95 % interval {signed(low)} to {signed(high)}{scope}"

    @property
    def evidence(self) -> str:
        targets = counted(len({cell.target for cell in self.cells}), "target", "targets")
        return f"{self.interval}; {targets}, {self.trainings}; {self.clusters}"

    @property
    def conditions(self) -> str:
        """K and budget; the steps, where the two sides made different numbers of them."""
        ks = sorted({cell.k for cell in self.cells})
        k = f"K = {ks[0]:,}" if len(ks) == 1 else f"mean over K = {', '.join(f'{k:,}' for k in ks)}"
        amount, unit = self.pooled.budget.split()
        single = _range(cell.single_steps for cell in self.steps_of)
        multi = _range(cell.multi_steps for cell in self.steps_of)
        steps = "" if single == multi else f": {single} steps single, {multi} steps multi"
        unusual = f", {self.pooled.conditions}" if self.pooled.conditions else ""
        return f"{k}, equal {unit} ({int(amount):,}{steps}){unusual}"


def _range(steps: Iterable[int | None]) -> str:
    known = sorted({step for step in steps if step is not None})
    return "–".join(f"{step:,}" for step in dict.fromkeys((known[0], known[-1])))


def subject_of(arm: str) -> str:
    """Return what a ΔCER is the effect of, given :attr:`workbench.study.grid.RunRequest.arm`."""
    regime, _, names = arm.partition(": ")
    return _SUBJECTS[regime].format(names=names)


def _name(architecture: str, *, alone: bool) -> str:
    """The family's word where only one of the family is there, else the label."""
    family = family_of(architecture)
    return _FAMILY_WORDS[family] if alone and family else f"'{label_of(architecture)}'"


def _unproven(verdict: _Verdict) -> str:
    """End of a sentence about a value that may be chance."""
    text = f"cannot be told apart from 0 with {verdict.trainings}"
    if verdict.pooled.excludes_zero:
        text += ": the interval covers the test lines, not another training"
    return text


def _compare(verdict: _Verdict, crnn: tuple[str, float], cnn: tuple[str, float]) -> str:
    """Sentence about an interaction, given names and pooled ΔCER of both architectures."""
    value = verdict.pooled.delta_pp
    evidence, conditions = verdict.evidence, verdict.conditions
    subject = subject_of(verdict.pooled.regime)
    if not verdict.is_certain:
        return (
            f"{subject} changes the {verdict.rate} of {crnn[0]} by {signed(crnn[1])} and of {cnn[0]} by "
            f"{signed(cnn[1])} points; the difference of {signed(value)} ({evidence}), {conditions}, "
            f"{_unproven(verdict)}."
        )
    (better, better_delta), (worse, _) = (crnn, cnn) if value < 0 else (cnn, crnn)
    if better_delta < 0:
        claim = f"helps {better} by {points(value)} points more than {worse}"
    else:
        claim = f"hurts {worse} by {points(value)} points more than {better}"
    return f"{subject} {claim} ({evidence}), {conditions}."


def _describe(verdict: _Verdict, name: str) -> str:
    """Sentence about the ΔCER of one architecture."""
    value = verdict.pooled.delta_pp
    evidence, conditions = verdict.evidence, verdict.conditions
    subject = subject_of(verdict.pooled.regime)
    if not verdict.is_certain:
        return (
            f"{subject} changes the {verdict.rate} of {name} by {signed(value)} points ({evidence}), {conditions}; "
            f"this {_unproven(verdict)}."
        )
    verb = "lowers" if value < 0 else "raises"
    return f"{subject} {verb} the {verdict.rate} of {name} by {points(value)} points ({evidence}), {conditions}."


def _limits(report: StudyReport) -> list[str]:
    """What the reader has to know before believing the numbers."""
    sentences: list[str] = []
    if report.synthetic_targets:
        which = "These" if set(report.synthetic_targets) == set(report.targets) else ", ".join(report.synthetic_targets)
        sentences.append(f"{which} are synthetic demo lines: no replication.")
    states = Counter(run.state for run in report.excluded)
    if states:
        counts = ", ".join(f"{count} {state}" for state, count in states.items())
        sentences.append(f"Left out: {counts}.")
    unknown = dict.fromkeys(cell.target for cell in report.cells if cell.cluster_unit == "blocks")
    if unknown:
        sentences.append(f"Writers of {', '.join(unknown)} are unknown: the interval may be too narrow.")
    coverages = [cell.coverage for cell in report.cells if cell.coverage]
    if coverages:
        span = min(low for low, _ in coverages), max(high for _, high in coverages)
        sentences.append(f"Intervals over so few clusters or trainings {coverage_in_words(span)}.")
    pairs = max((cell.pairs for cell in report.cells), default=0)
    if pairs > 1 and max(cell.draws for cell in report.cells) == 1:
        sentences.append("All on one draw of training lines: the interval does not cover another draw.")
    filled = sum(cell.delta_pp is not None for cell in report.cells)
    if 0 < filled < len(report.cells):
        sentences.append(f"{filled} of {len(report.cells)} cells are filled.")
    return sentences


def _no_pair(report: StudyReport) -> str:
    if not report.cells:
        return "The study has no pairs to compare: that takes the regimes 'single' and another one."
    return (
        "No pair of runs that are compared is complete yet: "
        f"{report.finished_runs:,} of {counted(report.runs, 'run', 'runs')} finished."
    )


def _verdicts(report: StudyReport) -> list[str]:
    """One sentence per interaction; architectures that take part in none get one of their own."""
    delta = {_setting(p.architecture, p): p for p in report.pooled if not p.cnn}
    filled = [cell for cell in report.cells if cell.delta_pp is not None]
    compared = [p for p in report.pooled if p.cnn]
    families = Counter(family_of(architecture) for architecture in report.architectures)
    names = {a: _name(a, alone=families[family_of(a)] == 1) for a in report.architectures}
    rate = _RATES[report.measure]
    spoken: set[_Setting] = set()
    sentences: list[str] = []
    for pooled in compared:
        crnn, cnn = (_setting(name, pooled) for name in (pooled.architecture, pooled.cnn))
        spoken |= {crnn, cnn}
        cells = [c for c in report.interactions if _is_behind(pooled, c)]
        steps = [c for c in filled if _setting(c.architecture, c) in (crnn, cnn)]
        verdict = _Verdict(pooled, cells, steps, rate)
        assert pooled.architecture_delta_pp is not None
        assert pooled.cnn_delta_pp is not None
        sides = (names[crnn[0]], pooled.architecture_delta_pp), (names[cnn[0]], pooled.cnn_delta_pp)
        sentences.append(_compare(verdict, *sides))
    for key, pooled in delta.items():
        if key not in spoken:
            cells = [c for c in filled if _setting(c.architecture, c) == key]
            sentences.append(_describe(_Verdict(pooled, cells, cells, rate), names[key[0]]))
    return sentences


_Setting = tuple[str, str, str, str]


def _setting(architecture: str, cell: DeltaCell | InteractionCell | PooledCell) -> _Setting:
    """Return what a pooled value and the cells behind it share."""
    return architecture, cell.regime, cell.budget, cell.conditions


def _is_behind(pooled: PooledCell, cell: InteractionCell) -> bool:
    is_alike = (cell.architecture, cell.cnn) == (pooled.architecture, pooled.cnn)
    return cell.delta_pp is not None and is_alike and _setting("", cell) == _setting("", pooled)


def sentence(report: StudyReport) -> str:
    """Return what a report says: a line per budget and comparison, then a line with what limits it."""
    verdicts = _verdicts(report) or [_no_pair(report)]
    return "\n".join([*verdicts, *filter(None, [" ".join(_limits(report))])])
