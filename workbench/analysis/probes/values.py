"""What the tables of probes are made of: plain frozen values."""

from dataclasses import dataclass

from workbench.runs.probe_pairs import Difference
from workbench.study.schema import Selection


@dataclass(frozen=True, slots=True)
class ArmKey:
    """What the trainings of one curve share, beside the study."""

    target: str
    language: str
    architecture: str
    regime: str
    """With the data sets where a regime has several runs for one target; see `RunRequest.arm`."""
    k: int
    budget: str
    conditions: str


@dataclass(frozen=True, slots=True)
class ContextPoint:
    """The CER of an arm, read through windows of one width: the mean over its trainings."""

    arm: ArmKey
    width_px: int | None
    """Columns that a frame may see, at most half of them on either side; None: the whole line."""
    fields: float | None
    """The same in receptive fields of the network's convolutions."""
    sure_width_px: int | None
    """Width from which on the network sees all that it can see, so that nothing may change; None: there is none."""
    cer: float
    """As a fraction."""
    low: float | None
    high: float | None
    """Ends of the 95 % interval; None where there is one cluster of lines only."""
    rise_pp: float
    """CER at this width minus CER of the whole line, percentage points."""
    rise_low_pp: float | None
    rise_high_pp: float | None
    edits: int
    """Sum over trainings; `length` likewise."""
    length: int
    lines: int
    clusters: int
    cluster_unit: str
    draws: int
    seeds: int
    trainings: int


@dataclass(frozen=True, slots=True)
class ContextDelta:
    """ΔCER at one width: CER(regime) - CER(its baseline), percentage points; negative: joint training helps."""

    arm: ArmKey
    baseline_regime: str
    width_px: int | None
    delta_pp: float
    low_pp: float | None
    high_pp: float | None
    pairs: int
    lines: int
    clusters: int
    cluster_unit: str


@dataclass(frozen=True, slots=True)
class PairKey:
    """What pairs of runs have in common that differ in one thing."""

    difference: Difference
    target: str
    language: str
    architecture: str
    other_architecture: str
    regime: str
    other_regime: str
    k: int
    budget: str
    conditions: str


@dataclass(frozen=True, slots=True)
class SimilarityRow:
    """Linear CKA of the encoders of pairs of runs: the mean over pairs."""

    key: PairKey
    cka: float
    low: float | None
    high: float | None
    """95 % interval over clusters of test lines (delete-one-cluster jackknife); it says nothing about trainings."""
    least: float
    most: float
    """Over the pairs."""
    pairs: int
    lines: int
    clusters: int
    cluster_unit: str
    frames: int


@dataclass(frozen=True, slots=True)
class ProbeTables:
    """All that the probes of a study say."""

    study: str
    selection: Selection
    targets: tuple[str, ...] = ()
    """All data sets of the study, in its order."""
    context: tuple[ContextPoint, ...] = ()
    deltas: tuple[ContextDelta, ...] = ()
    similarity: tuple[SimilarityRow, ...] = ()
    notes: tuple[str, ...] = ()
    """What must be known beside the numbers: measurements that were left out, and readings that differ."""
