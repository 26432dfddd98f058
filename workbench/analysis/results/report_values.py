"""What a report is made of: plain frozen values that the window shows and `report --json` prints."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from workbench.analysis.results.pairs import ExcludedRun
from workbench.metrics.measures import MeasureName
from workbench.runs.events import Split
from workbench.study.schema import Selection

REPORT_SCHEMA = 2
ALPHA = 0.05
"""Level of intervals and marks."""

Mark = Literal["", "alone", "corrected"]
"""Where an interval excludes 0: taken by itself, or also corrected for the number of cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """A difference with its uncertainty, percentage points; None or empty where no pair of runs is complete."""

    pairs: int = 0
    draws: int = 0
    seeds: int = 0
    delta_pp: float | None = None
    """Mean over the pairs."""
    sd_pp: float | None = None
    """Standard deviation over the pairs, None for a single one."""
    median_pp: float | None = None
    least_pp: float | None = None
    most_pp: float | None = None
    """Over the pairs."""
    low_pp: float | None = None
    high_pp: float | None = None
    """Ends of the 95 % interval over clusters of lines and trainings."""
    excludes_zero: bool = False
    p: float | None = None
    """Of no difference; 1 - level of the interval that just leaves out 0."""
    holm_p: float | None = None
    """`p` corrected for the number of cells in its table: those of one regime, budget and conditions."""
    permutation_p: float | None = None
    """Of no difference on these test lines, given the trainings."""
    without_low_pp: float | None = None
    without_high_pp: float | None = None
    """Smallest and largest value with one cluster left out."""
    influential_cluster: str = ""
    """Without this cluster the value moves furthest."""
    relative_pct: float | None = None
    """In per cent of the baseline's error rate; of an interaction the difference of two such changes."""
    relative_low_pct: float | None = None
    relative_high_pct: float | None = None
    unit: str = ""
    """What the interval is taken over: '72 writers × 3 pairs'."""
    coverage: tuple[int, int] | None = None
    """How often of 100 times intervals over so few clusters or trainings were measured to cover the truth, the least
    and the most; None: about 95 times."""
    cluster_unit: str = ""
    clusters: int = 0
    lines: int = 0

    @property
    def mark(self) -> "Mark":
        """Whether the interval excludes 0, and whether that also holds after Holm's correction."""
        if not self.excludes_zero:
            return ""
        return "corrected" if self.holm_p is not None and self.holm_p <= ALPHA else "alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaCell(Estimated):
    """ΔCER of an architecture on a target at a K: CER(multi) - CER(single), percentage points, negative helps.

    Where no pair is complete, `missing` says why.
    """

    architecture: str
    regime: str
    baseline_regime: str
    target: str
    language: str
    k: int
    budget: str
    split: Split
    selection: Selection
    planned_pairs: int
    missing: tuple[str, ...]
    """Why the other pairs are not there, each reason once."""
    single_cer: float | None = None
    """Mean over the pairs, a fraction."""
    multi_cer: float | None = None
    single_steps: int | None = None
    """Optimiser updates of each run on the target alone."""
    multi_steps: int | None = None
    single_runs: tuple[str, ...] = ()
    """Ids, in the order of the pairs: by draw, then seed."""
    multi_runs: tuple[str, ...] = ()
    conditions: str = ""
    """What is unusual about how both sides train: 'code points folded, group norm'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InteractionCell(Estimated):
    """Δ(CRNN) - Δ(CNN-only) on a target at a K, percentage points; negative: joint training helps the CRNN more.

    `architecture` is a CRNN or another network that is not CNN-only (a TCN, a Transformer), `cnn` one of its CNN-only
    references. Taken over the (draw, seed) pairs that both have; `delta_pp` is None where there are none.
    """

    architecture: str
    cnn: str
    regime: str
    target: str
    language: str
    k: int
    budget: str
    split: Split
    selection: Selection
    conditions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedCell:
    """A published value with ours beside it. CERs in per cent, ΔCER in percentage points, differences ours - theirs."""

    target: str
    architecture: str
    k: int | None
    """None: all lines of the data set."""
    source: str
    remark: str
    single_cer: float | None
    multi_cer: float | None
    delta_pp: float | None
    """Theirs, from their two CERs."""
    why_alone: str
    """Why nothing of ours stands beside it; empty where something does."""
    budget: str = ""
    conditions: str = ""
    our_single_cer: float | None = None
    our_single_low: float | None = None
    our_single_high: float | None = None
    """Ends of the 95 % interval."""
    our_multi_cer: float | None = None
    our_multi_low: float | None = None
    our_multi_high: float | None = None
    our_delta_pp: float | None = None
    our_low_pp: float | None = None
    our_high_pp: float | None = None

    @property
    def quantities(self) -> "tuple[PublishedQuantity, ...]":
        """What is told, each beside ours: CER of single- and of multi-script training, ΔCER."""
        told = (
            PublishedQuantity(
                "single", self.single_cer, self.our_single_cer, self.our_single_low, self.our_single_high
            ),
            PublishedQuantity("multi", self.multi_cer, self.our_multi_cer, self.our_multi_low, self.our_multi_high),
            PublishedQuantity("delta", self.delta_pp, self.our_delta_pp, self.our_low_pp, self.our_high_pp),
        )
        return tuple(quantity for quantity in told if quantity.theirs is not None)


@dataclass(frozen=True, slots=True)
class PublishedQuantity:
    """One number of a publication beside ours, with the 95 % interval of ours."""

    kind: Literal["single", "multi", "delta"]
    theirs: float | None
    ours: float | None
    low: float | None
    high: float | None

    @property
    def difference(self) -> float | None:
        """Ours - theirs in percentage points."""
        return None if self.ours is None or self.theirs is None else self.ours - self.theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledCell:
    """A mean over targets and K, each cell counting the same.

    With a `cnn` it is the interaction of two architectures, else the ΔCER of one.
    """

    architecture: str
    cnn: str
    regime: str
    budget: str
    cells: int
    planned_cells: int
    pairs: int
    """Of the cell with the fewest."""
    delta_pp: float
    low_pp: float | None
    high_pp: float | None
    excludes_zero: bool
    p: float | None = None
    architecture_delta_pp: float | None = None
    """Of an interaction: mean ΔCER of either architecture over the same pairs."""
    cnn_delta_pp: float | None = None
    conditions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendCell:
    """How a difference changes with K: percentage points per doubling of K, a straight line over log2 K.

    `target` is empty for the slope that all targets have in common. With a `cnn` it is that of the interaction.
    """

    architecture: str
    cnn: str
    target: str
    regime: str
    budget: str
    ks: tuple[int, ...]
    slope_pp: float
    low_pp: float | None
    high_pp: float | None
    excludes_zero: bool
    p: float | None = None
    conditions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCell:
    """CER of an architecture trained in a regime, on a target at a K, over its trainings; fractions."""

    architecture: str
    regime: str
    target: str
    language: str
    k: int
    budget: str
    split: Split
    selection: Selection
    runs: tuple[str, ...]
    """Ids, by draw, then seed."""
    other_runs: tuple[str, ...] = ()
    """Finished runs that are left out because they were scored on other lines."""
    draws: int
    seeds: int
    cer: float
    """Mean over the runs."""
    sd: float | None
    low: float | None
    high: float | None
    """Ends of the 95 % interval over clusters of lines and trainings."""
    least: float
    most: float
    steps: int
    """Mean over the runs."""
    lines: int
    length: int
    """Reference characters (or words) that were scored."""
    cluster_unit: str
    clusters: int
    conditions: str = ""


@dataclass(frozen=True, slots=True)
class StudyReport:
    """A study's results for one part and one selection."""

    study: str
    split: Split
    selection: Selection
    measure: MeasureName
    """How errors are counted; fields named `cer` hold rates of this measure."""
    targets: tuple[str, ...]
    architectures: tuple[str, ...]
    k_lines: tuple[int, ...]
    k_unit: Literal["lines", "characters"]
    """What K counts."""
    budgets: tuple[str, ...]
    conditions: tuple[str, ...]
    """Every combination that the study trains under; the usual one is empty."""
    is_synthetic: bool
    """Some target is generated: nothing here replicates anything."""
    synthetic_targets: tuple[str, ...]
    runs: int
    finished_runs: int
    """Collapsed ones are not counted."""
    cells: tuple[DeltaCell, ...]
    interactions: tuple[InteractionCell, ...]
    pooled: tuple[PooledCell, ...]
    trends: tuple[TrendCell, ...]
    rates: tuple[RateCell, ...]
    excluded: tuple[ExcludedRun, ...]
    sentence: str
    """What the numbers say and how sure that is; one line per budget and comparison, then what limits it."""
    remarks: tuple[str, ...] = ()
    """What was decided about the lines and must be known beside the numbers: what K counts, what scoring ignores, what
    train and test share, test lines that were left out."""
    published: tuple[PublishedCell, ...] = ()
    """Published values that are kept with the study, with ours beside them."""

    @property
    def regimes(self) -> tuple[str, ...]:
        """Regimes that are compared with another one, in the order of the plan."""
        return tuple(dict.fromkeys(cell.regime for cell in self.cells))

    def cell(
        self, architecture: str, target: str, k: int, budget: str, regime: str = "multi", conditions: str = ""
    ) -> DeltaCell | None:
        """Return a cell, None where the study does not ask for it."""
        place = (architecture, target, k, budget, regime, conditions)
        return next(
            (
                cell
                for cell in self.cells
                if (cell.architecture, cell.target, cell.k, cell.budget, cell.regime, cell.conditions) == place
            ),
            None,
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain values, as `report --json` prints them."""
        return {"schema": REPORT_SCHEMA, **asdict(self)}
