"""What a report is made of: plain frozen values that the window shows and `report --json` prints."""

from dataclasses import asdict, dataclass
from typing import Any

from workbench.analysis.pairs import ExcludedRun
from workbench.runs.events import Split
from workbench.study.schema import Selection

REPORT_SCHEMA = 2


@dataclass(frozen=True, slots=True)
class DeltaCell:
    """ΔCER of an architecture on a target at a K: CER(multi) - CER(single), percentage points, negative helps.

    Everything from `delta_pp` on is None or empty where no pair is complete; `missing` then says why.
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
    pairs: int = 0
    draws: int = 0
    seeds: int = 0
    delta_pp: float | None = None
    sd_pp: float | None = None
    """Standard deviation over the pairs, None for a single one."""
    low_pp: float | None = None
    high_pp: float | None = None
    excludes_zero: bool = False
    unit: str = ""
    """What the interval is taken over: '72 writers × 3 pairs'."""
    cluster_unit: str = ""
    clusters: int = 0
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


@dataclass(frozen=True, slots=True)
class InteractionCell:
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
    pairs: int = 0
    draws: int = 0
    seeds: int = 0
    delta_pp: float | None = None
    sd_pp: float | None = None
    low_pp: float | None = None
    high_pp: float | None = None
    excludes_zero: bool = False
    unit: str = ""
    cluster_unit: str = ""
    clusters: int = 0
    conditions: str = ""


@dataclass(frozen=True, slots=True)
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
    architecture_delta_pp: float | None = None
    """Of an interaction: mean ΔCER of either architecture over the same pairs."""
    cnn_delta_pp: float | None = None
    conditions: str = ""


@dataclass(frozen=True, slots=True)
class StudyReport:
    """A study's results for one part and one selection."""

    study: str
    split: Split
    selection: Selection
    targets: tuple[str, ...]
    architectures: tuple[str, ...]
    k_lines: tuple[int, ...]
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
    excluded: tuple[ExcludedRun, ...]
    sentence: str
    """What the numbers say and how sure that is; one line per budget and comparison, then what limits it."""
    remarks: tuple[str, ...] = ()
    """What was decided about the lines and must be known beside the numbers: what K counts, what scoring ignores, what
    train and test share, test lines that were left out."""

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
