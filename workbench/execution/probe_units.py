"""What a study still lacks of its probes: which runs are read, which cannot be and why, and about how long it takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.data.cache import LineCache, find_cache
from workbench.errors import InputError
from workbench.execution.devices import Place
from workbench.execution.measuring import load_measured
from workbench.execution.timing import SecondsRange, Work, costs_of, kind_of
from workbench.models.geometry import Geometry, geometry_of, input_size
from workbench.models.registry import ARCHITECTURES
from workbench.models.windows import read_px, sure_width_px, window_widths
from workbench.runs.plan import Plan, PlannedRun
from workbench.runs.probe_pairs import RunPair, run_pairs
from workbench.runs.probes import (
    ContextUnit,
    Probed,
    SimilarityUnit,
    Stored,
    StoredContext,
    context_file,
    lines_digest,
    load_stored,
    probe_lines,
    probes_folder,
    similarity_file,
    weights_sha256,
)
from workbench.runs.spec import TRAINING_VERSION, RunSpec, TargetSpec
from workbench.runs.store import RunStore
from workbench.study.schema import Selection

LINES = 50
"""Test lines of each data set that are read, where nothing is said: windows cost some fifty times a usual reading."""
_SAMPLED_LINES = 6
"""Of so many lines it is worked out what windows cost."""
KINDS = ("context", "similarity")


@dataclass(frozen=True, slots=True)
class ProbeUnit:
    """A piece of work for one process."""

    unit: ContextUnit | SimilarityUnit
    base: Stored | None
    """What is known of it already: earlier widths are kept."""
    label: str
    seconds: SecondsRange | None
    """None where nothing is known of such networks on this machine."""
    px: int
    """Columns of input that it reads, about."""


@dataclass(frozen=True, slots=True)
class SkippedProbe:
    """What cannot be measured, and why."""

    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProbeAgenda:
    """What a study still lacks of its probes."""

    study: str
    selection: Selection
    units: tuple[ProbeUnit, ...]
    kept: int
    """Measurements that are there already."""
    skipped: tuple[SkippedProbe, ...]

    def seconds(self, processes: int) -> SecondsRange | None:
        """Time for all units, so many at a time; None where nothing is known of one of them."""
        known = [unit.seconds for unit in self.units if unit.seconds is not None]
        if len(known) < len(self.units):
            return None
        low, high = sum(each.low for each in known), sum(each.high for each in known)
        at_once = max(min(processes, len(known)), 1)
        return SecondsRange(low / at_once, high / at_once, any(each.is_rough for each in known))


def probe_agenda(
    plan: Plan,
    store: RunStore,
    *,
    selection: Selection | None = None,
    lines: int = LINES,
    kinds: Sequence[str] = KINDS,
    place: Place | None = None,
) -> ProbeAgenda:
    """Tell what is to be measured: everything that is not kept, or was measured on other weights or lines.

    Parameters
    ----------
    plan : Plan
        Also one that was read from its file.
    selection : str, optional
        Weights that read; those of the study by default.
    lines : int
        Test lines of each data set at most; see :func:`workbench.runs.probes.probe_lines`.
    kinds : sequence of str
        `context`, `similarity` or both.
    place : Place, optional
        Where it will be measured, for the time that is told.

    Raises
    ------
    InputError
        When no line at all is to be read.
    """
    if lines < 1:
        raise InputError("No lines would be read", f"{lines} were asked for", "Read at least one line of each target.")
    return _Agenda(plan, store, selection or plan.study.selection, lines, place or Place("cpu")).make(kinds)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A run and a target that can be read."""

    planned: PlannedRun
    spec: RunSpec
    target: TargetSpec
    cache: LineCache
    probed: Probed
    line_ids: tuple[str, ...]
    clusters: tuple[str, ...]
    geometry: Geometry


class _Agenda:
    def __init__(self, plan: Plan, store: RunStore, selection: Selection, lines: int, place: Place) -> None:
        self._plan = plan
        self._store = store
        self._selection: Selection = selection
        self._lines = lines
        self._place = place
        self._folder = probes_folder(store.workspace, plan.study.name)
        self._costs = costs_of(store.scan().values()).or_else(load_measured(store.workspace).costs)
        self._specs: dict[str, RunSpec | None] = {}
        self._caches: dict[tuple[str, bool], LineCache | None] = {}
        self._readings: dict[tuple[str, str], _Reading | str] = {}
        self._window_costs: dict[str, tuple[int, int]] = {}
        self._kept = 0
        self._skipped: dict[tuple[str, str], None] = {}

    def make(self, kinds: Sequence[str]) -> ProbeAgenda:
        units: list[ProbeUnit] = []
        if "context" in kinds:
            units += self._context_units()
        if "similarity" in kinds:
            units += self._similarity_units()
        skipped = tuple(SkippedProbe(*each) for each in self._skipped)
        return ProbeAgenda(self._plan.study.name, self._selection, tuple(units), self._kept, skipped)

    # What can be read

    def _reading(self, planned: PlannedRun, target: str) -> _Reading | None:
        key = (planned.run, target)
        if key not in self._readings:
            self._readings[key] = self._find(planned, target)
        found = self._readings[key]
        if isinstance(found, str):
            self._skipped[f"{_name(planned)} on {target}", found] = None
            return None
        return found

    def _find(self, planned: PlannedRun, name: str) -> _Reading | str:
        record = self._store.record(planned.run)
        if record is None:
            return "not finished"
        if record.state == "collapsed":
            return "collapsed: it reads nothing that could be compared"
        if record.origin != "trained":
            return "imported: its weights are not here"
        if record.training_version != TRAINING_VERSION:
            return f"trained by another version (training {record.training_version}, this is {TRAINING_VERSION})"
        spec = self._spec(planned.run)
        if spec is None:
            return "its spec.json is missing or damaged"
        target = spec.target(name)
        if not target.test_ids:
            return "it has no test lines"
        saved = weights_sha256(record, name, self._selection)
        if saved is None or not (self._store.folder(planned.run) / saved[0]).is_file():
            return f"its '{self._selection}' weights are not in its folder"
        cache = self._cache(target.fingerprint, spec.preprocessing.crop_to_ink)
        line_ids = probe_lines(target, self._lines)
        if cache is None or any(line_id not in cache for line_id in line_ids):
            return f"the data set '{name}' is not open as it was trained on: open it again"
        probed = Probed(
            run=planned.run, target=name, selection=self._selection, weights_path=saved[0], weights_sha256=saved[1]
        )
        cluster_of = dict(zip(target.test_ids, target.test_clusters, strict=True))
        clusters = tuple(cluster_of[line_id] for line_id in line_ids)
        return _Reading(planned, spec, target, cache, probed, line_ids, clusters, geometry_of(spec.architecture))

    def _spec(self, run: str) -> RunSpec | None:
        if run not in self._specs:
            self._specs[run] = self._store.spec(run)
        return self._specs[run]

    def _cache(self, fingerprint: str, is_cropped: bool) -> LineCache | None:
        key = (fingerprint, is_cropped)
        if key not in self._caches:
            self._caches[key] = find_cache(self._store.workspace, fingerprint, cropped=is_cropped)
        return self._caches[key]

    # Context reliance

    def _context_units(self) -> Iterator[ProbeUnit]:
        seen: set[tuple[str, str]] = set()
        for planned in self._plan.runs:
            for target in planned.request.targets:
                reading = None if (planned.run, target) in seen else self._reading(planned, target)
                seen.add((planned.run, target))
                if reading is None:
                    continue
                base = self._known_context(reading)
                missing = tuple(width for width in self._widths(reading) if base.width(width) is None)
                if missing:
                    yield self._context_unit(reading, base, missing)
                else:
                    self._kept += 1

    def _widths(self, reading: _Reading) -> tuple[int | None, ...]:
        """Widths by the network of the study that sees most, so that all networks are read through the same ones.

        The whole line comes first: without it nothing that is read can be shown.
        """
        fields = [ARCHITECTURES[name].geometry.receptive_field_px for name in self._plan.study.architectures]
        own = reading.spec.preprocessing
        widest = own.canvas_width_px or max(
            own.border_px + input_size(*reading.cache.size(line_id), own, reading.geometry).scaled_width
            for line_id in reading.line_ids
        )
        return (None, *window_widths(max(fields), widest))

    def _known_context(self, reading: _Reading) -> StoredContext:
        """Return what is kept of a reading, without counts where nothing is, or where it is of something else."""
        fresh = StoredContext(
            probed=reading.probed,
            training_version=reading.spec.training_version,
            fingerprint=reading.target.fingerprint,
            cluster_unit=reading.target.cluster_unit,
            clusters=reading.clusters,
            line_ids=reading.line_ids,
            lines_sha256=lines_digest(reading.line_ids),
            frame_px=reading.geometry.frame_px,
            field_px=reading.geometry.field_px,
            receptive_field_px=reading.geometry.receptive_field_px,
            sure_width_px=sure_width_px(reading.geometry),
        )
        known = load_stored(context_file(self._folder, reading.probed))
        if isinstance(known, StoredContext) and _is_same(known, fresh) and known.probed == fresh.probed:
            return known
        return fresh

    def _context_unit(self, reading: _Reading, base: StoredContext, widths: tuple[int | None, ...]) -> ProbeUnit:
        read, whole = self._window_cost(reading, widths)
        label = f"{_name(reading.planned)} on {reading.target.name}, {len(widths)} widths"
        return ProbeUnit(
            unit=ContextUnit(probed=reading.probed, line_ids=reading.line_ids, widths_px=widths),
            base=base,
            label=label,
            seconds=self._seconds(reading, read / whole),
            px=round(read * len(reading.line_ids) / _sampled(reading)),
        )

    def _window_cost(self, reading: _Reading, widths: tuple[int | None, ...]) -> tuple[int, int]:
        """Columns that some lines come to, read through windows and read once."""
        key = str((reading.target.name, reading.spec.architecture, widths))
        if key not in self._window_costs:
            own, geometry = reading.spec.preprocessing, reading.geometry
            every = len(reading.line_ids) // _sampled(reading)
            sizes = [input_size(*reading.cache.size(line_id), own, geometry) for line_id in reading.line_ids[::every]][
                : _sampled(reading)
            ]
            read = sum(read_px(size, width, own, geometry) for size in sizes for width in widths)
            self._window_costs[key] = read, sum(size.padded_width for size in sizes)
        return self._window_costs[key]

    def _seconds(self, reading: _Reading, times: float) -> SecondsRange | None:
        kind = kind_of(self._plan, reading.planned, is_gpu=self._place.is_gpu)
        found = self._costs.seconds(Work(kind, 0, len(reading.line_ids)))
        return SecondsRange(found.low * times, found.high * times, found.is_rough) if found else None

    # Similarity

    def _similarity_units(self) -> Iterator[ProbeUnit]:
        references = {name: known.references for name, known in ARCHITECTURES.items()}
        seen: set[tuple[str, str, str]] = set()
        for pair in run_pairs(self._plan, references):
            key = (pair.left.run, pair.right.run, pair.target)
            if key in seen:
                continue
            seen.add(key)
            sides = self._reading(pair.left, pair.target), self._reading(pair.right, pair.target)
            if sides[0] is not None and sides[1] is not None:
                yield from self._similarity_unit(pair, sides[0], sides[1])

    def _similarity_unit(self, pair: RunPair, left: _Reading, right: _Reading) -> Iterator[ProbeUnit]:
        label = f"encoders of {_name(pair.left)} and {_name(pair.right)} on {pair.target}"
        frames = left.geometry.frame_px, right.geometry.frame_px
        if frames[0] != frames[1]:
            self._skipped[label, f"frames of {frames[0]} and of {frames[1]} px do not correspond"] = None
            return
        if left.line_ids != right.line_ids:
            self._skipped[label, "they are tested on other lines"] = None
            return
        known = load_stored(similarity_file(self._folder, left.probed, right.probed))
        if known is not None and not isinstance(known, StoredContext) and _is_known(known, left, right):
            self._kept += 1
            return
        yield ProbeUnit(
            unit=SimilarityUnit(left=left.probed, right=right.probed, line_ids=left.line_ids, clusters=left.clusters),
            base=None,
            label=label,
            seconds=self._both(left, right),
            px=2 * sum(self._px(left, line_id) for line_id in left.line_ids),
        )

    def _both(self, left: _Reading, right: _Reading) -> SecondsRange | None:
        one, other = self._seconds(left, 1.0), self._seconds(right, 1.0)
        if one is None or other is None:
            return None
        return SecondsRange(one.low + other.low, one.high + other.high, one.is_rough or other.is_rough)

    def _px(self, reading: _Reading, line_id: str) -> int:
        size = input_size(*reading.cache.size(line_id), reading.spec.preprocessing, reading.geometry)
        return size.padded_width


def _sampled(reading: _Reading) -> int:
    return min(len(reading.line_ids), _SAMPLED_LINES)


def _is_same(known: Stored, fresh: Stored) -> bool:
    """Tell whether two measurements are of the same lines, read by the same program."""
    names = ("training_version", "fingerprint", "lines_sha256", "clusters")
    return all(getattr(known, name) == getattr(fresh, name) for name in names)


def _is_known(known: Stored, left: _Reading, right: _Reading) -> bool:
    sides = (getattr(known, "left", None), getattr(known, "right", None))
    return (
        sides == (left.probed, right.probed)
        and known.training_version == left.spec.training_version
        and known.fingerprint == left.target.fingerprint
        and known.lines_sha256 == lines_digest(left.line_ids)
        and known.clusters == left.clusters
    )


def _name(planned: PlannedRun) -> str:
    request = planned.request
    return f"{request.architecture} · {request.arm} · K {request.k} · draw {request.draw} · seed {request.seed}"
