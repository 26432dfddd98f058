"""A study resolved against its data sets: which lines, which runs, in which order. Nothing is written.

What is decided here is decided once for all arms of a study: which training lines can be learnt at all (by the
strictest architecture, before anything is drawn), which lines each draw takes, and how many steps each run makes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench.data.catalog import OpenedDataset
from workbench.data.draws import draw_lines, draw_validation, lines_for
from workbench.data.leakage import Overlap, Side
from workbench.data.splits import Parts, clusters_of
from workbench.errors import InputError
from workbench.execution.assignment import Assigned, assign
from workbench.execution.feasibility import FitCheck, check_placeholders
from workbench.execution.overlaps import decided, exclusions_of, notes_about, refuse_two_packagings, survey
from workbench.execution.targets import target_names
from workbench.models.geometry import Geometry, geometry_of
from workbench.models.registry import architecture_spec
from workbench.runs.plan import CHOSEN, Exclusion, Plan, PlannedRun, PlannedTarget, SharedLines
from workbench.runs.spec import RunSpec, TargetSpec
from workbench.study.grid import RunRequest, expand
from workbench.study.schema import Placeholders, Study, Training
from workbench.study.selection import selected
from workbench.text.alphabet import alphabet_of
from workbench.text.normalize import check_steps, normalise

MAX_AUTO_VALIDATION_LINES = 100


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
    for name in names:
        _check_cropping(study, datasets[name])
    looked_at = look(study, datasets)
    shared = decided(looked_at.overlaps, study.leakage)
    left_out = exclusions_of(looked_at.overlaps, shared)
    pools = {
        name: _pool_of(
            _Source(study, datasets[name], looked_at.assigned[name], left_out.get(name, ())),
            geometries,
            (*notes_about(name, shared), *_idle_decisions(name, study, shared)),
        )
        for name in names
    }
    _check_k(study, pools)
    return _plan_of(study, selected(requests, study.only), pools, shared)


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


@dataclass(frozen=True, slots=True)
class _Source:
    """A data set of the study, parted, with the lines that leave it because they share something."""

    study: Study
    opened: OpenedDataset
    assigned: Assigned
    shared: tuple[Exclusion, ...]

    @property
    def parts(self) -> Parts:
        """Parts as they are drawn from."""
        return self.assigned.parts.without({exclusion.line_id for exclusion in self.shared})


@dataclass(frozen=True, slots=True)
class _Pool:
    """One data set prepared for drawing."""

    target: PlannedTarget
    characters: Mapping[str, int] | None
    """Length of each line as read, where K counts characters."""
    texts: Mapping[str, str]
    """Normalised transcription of each line of its parts."""
    all_characters: frozenset[str]
    """Of train, validation and test."""
    test_clusters: tuple[str, ...]
    test_characters: Counter[str]

    def available(self, draw: tuple[str, ...]) -> int:
        """Lines or characters of a draw, as K counts; all of them where it is shorter than the largest K."""
        return len(draw) if self.characters is None else sum(self.characters[line] for line in draw)

    def drawn(self, draw: int, k: int) -> tuple[str, ...]:
        """Return the training lines of K in a draw."""
        order = self.target.draws[draw]
        return order[: lines_for(order, k, self.characters)]


def _pool_of(source: _Source, geometries: Mapping[str, Geometry], notes: tuple[str, ...]) -> _Pool:
    study, opened, parts = source.study, source.opened, source.parts
    lines, name = opened.lines, opened.lines.name
    if not parts.test:
        raise InputError(
            f"The data set {name} has no test lines",
            "nothing could be measured on it",
            'Leave it out, or write split = "writers" into the study.',
        )
    wanted = {*parts.train, *parts.validation, *parts.test}
    texts = {line.id: normalise(line.transcription, study.normalisation) for line in lines.lines if line.id in wanted}
    ignored = study.placeholders.wildcards
    check = FitCheck(study, opened, geometries, texts)
    unfit = tuple(exclusion for line in parts.train if (exclusion := check.exclusion(line)))
    unit, clusters = clusters_of(lines, parts.test)
    lengths = {line.id: len(line.transcription) for line in lines.lines}
    characters = lengths if study.k_unit == "characters" else None
    target = _planned_target(source, unfit, characters)
    return _Pool(
        target=target.model_copy(
            update={
                "cluster_unit": unit,
                "overlong_test_lines": sum(not check.fits(line) for line in parts.test),
                "notes": (*target.notes, *notes, *_wildcard_lines(study.placeholders, parts, texts)),
            }
        ),
        characters=characters,
        texts=texts,
        all_characters=_all_characters(study, texts.values()),
        test_clusters=clusters,
        test_characters=Counter(
            character for line in parts.test for character in texts[line] if character not in ignored
        ),
    )


def _all_characters(study: Study, texts: Iterable[str]) -> frozenset[str]:
    characters = frozenset(character for text in texts for character in text)
    is_dropped = study.placeholders.policy == "drop_line"  # a placeholder is then neither trained nor scored
    return characters - frozenset(study.placeholders.characters) if is_dropped else characters


def _planned_target(
    source: _Source, unfit: tuple[Exclusion, ...], characters: Mapping[str, int] | None
) -> PlannedTarget:
    study, opened, parts = source.study, source.opened, source.parts
    exclusions = (*unfit, *source.assigned.exclusions, *source.shared)
    excluded = frozenset(exclusion.line_id for exclusion in exclusions)
    pool = tuple(line for line in parts.train if line not in excluded)
    orders, is_stratified, notes = _train_orders(source, pool, exclusions)
    most = max(study.ks)
    draws = tuple(order[: lines_for(order, most, characters)] for order in orders)
    validations = max(
        validation_lines(study.training, lines_for(order, k, characters), len(parts.validation))
        for order in orders
        for k in study.ks
    )
    return PlannedTarget(
        name=opened.lines.name,
        language=opened.lines.language,
        fingerprint=opened.entry.fingerprint,
        is_synthetic=opened.entry.is_synthetic,
        split=study.split,
        parts_rule=source.assigned.rule,
        is_stratified=is_stratified,
        train_pool=len(pool),
        draws=draws,
        validation_ids=tuple(order[:validations] for order in _validation_orders(source, exclusions)),
        test_ids=parts.test,
        cluster_unit="",
        exclusions=exclusions,
        notes=(*parts.notes, *notes, *_characters_note(study, draws, characters)),
    )


def _wildcard_lines(placeholders: Placeholders, parts: Parts, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Count test lines in which something is not scored."""
    found = sum(bool(placeholders.within(texts[line])) for line in parts.test) if placeholders.wildcards else 0
    if not found:
        return ()
    lines = f"{found:,} test line{'s' if found > 1 else ''}"
    return (
        f"{lines} with a placeholder ({' '.join(placeholders.characters)}): it matches anything, the rest is scored",
    )


def _of_part(exclusions: Iterable[Exclusion], part: str) -> frozenset[str]:
    return frozenset(exclusion.line_id for exclusion in exclusions if exclusion.part == part)


def _train_orders(
    source: _Source, pool: tuple[str, ...], exclusions: tuple[Exclusion, ...]
) -> tuple[tuple[tuple[str, ...], ...], bool, tuple[str, ...]]:
    """Order the training lines of each draw; tell whether writers take turns, and what is to be said about it."""
    study = source.study
    if source.assigned.draws:
        drawable = frozenset(pool)
        return tuple(tuple(line for line in order if line in drawable) for order in source.assigned.draws), False, ()
    unit, clusters = clusters_of(source.opened.lines, pool)
    wants_turns = study.stratify == "writers"
    takes_turns = wants_turns and unit != "blocks"
    orders = tuple(
        draw_lines(
            pool,
            fingerprint=source.opened.entry.fingerprint,
            rule=source.assigned.rule,
            exclusions=_of_part(exclusions, "train"),
            draw=draw,
            writers=dict(zip(pool, clusters, strict=True)) if takes_turns else None,
        )
        for draw in range(study.draws)
    )
    said = {
        "writers": "writers take turns in its draws",
        "pages": "writers are unknown: pages take turns in its draws",
        "blocks": "writers and pages are unknown: its draws are not stratified",
    }[unit]
    return orders, takes_turns, (said,) if wants_turns else ()


def _validation_orders(source: _Source, exclusions: tuple[Exclusion, ...]) -> tuple[tuple[str, ...], ...]:
    known = frozenset(source.parts.validation)
    if source.assigned.validation_draws:
        return tuple(tuple(line for line in order if line in known) for order in source.assigned.validation_draws)
    return tuple(
        draw_validation(
            known,
            fingerprint=source.opened.entry.fingerprint,
            rule=source.assigned.rule,
            exclusions=_of_part(exclusions, "validation"),
            draw=draw,
        )
        for draw in range(source.study.draws)
    )


def _characters_note(
    study: Study, draws: tuple[tuple[str, ...], ...], characters: Mapping[str, int] | None
) -> tuple[str, ...]:
    if characters is None:
        return ()
    lines = ", ".join(
        f"{k:,} are {_range([lines_for(draw, k, characters) for draw in draws])} lines" for k in sorted(study.ks)
    )
    return (f"K counts characters: {lines}",)


def _range(numbers: list[int]) -> str:
    least, most = min(numbers), max(numbers)
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def validation_lines(training: Training, k: int, available: int) -> int:
    """Validation lines of one target of a run on K lines: `auto` is min(100, K/2), never more than there are."""
    match training.validation_lines:
        case "all":
            return available
        case "auto":
            return min(MAX_AUTO_VALIDATION_LINES, max(k // 2, 1), available)
        case wanted:
            return min(wanted, available)


def _check_k(study: Study, pools: Mapping[str, _Pool]) -> None:
    wanted = max(study.ks)
    most = {name: min(map(pool.available, pool.target.draws)) for name, pool in pools.items()}
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
    unfit, others = len(target.excluded("unfit")), len(_of_part(target.excluded(*CHOSEN), "train"))
    words = [f"{unfit} more {'does' if unfit == 1 else 'do'} not fit"] if unfit else []
    words += [f"{others} more {'is' if others == 1 else 'are'} excluded"] if others else []
    return f" ({', '.join(words)})" if words else ""


def _plan_of(
    study: Study, requests: Iterable[RunRequest], pools: Mapping[str, _Pool], shared: tuple[SharedLines, ...]
) -> Plan:
    specs: dict[str, RunSpec] = {}
    runs: list[PlannedRun] = []
    letters = _LettersOfDraws(study, pools)
    for request in requests:
        spec = _spec_of(study, request, pools, letters)
        spec = specs.setdefault(spec.id, spec)
        runs.append(
            PlannedRun(
                request=request,
                run=spec.id,
                steps=spec.steps,
                unseen_test_characters=_unseen(spec.alphabet, (pools[name] for name in request.targets)),
            )
        )
    targets = tuple(pool.target for pool in pools.values())
    return Plan(study=study, targets=targets, runs=tuple(runs), shared=shared, specs=specs)


def _unseen(alphabet: tuple[str, ...], pools: Iterable[_Pool]) -> int:
    known = frozenset(alphabet)
    return sum(count for pool in pools for character, count in pool.test_characters.items() if character not in known)


class _LettersOfDraws:
    """Characters that a target brings into the alphabet of a run; many runs of a grid share a draw."""

    def __init__(self, study: Study, pools: Mapping[str, _Pool]) -> None:
        self._all_lines = study.training.alphabet == "all_lines"
        self._padding = frozenset(" ") if study.training.pad_transcription else frozenset[str]()
        self._pools = pools
        self._known: dict[tuple[str, int, int], frozenset[str]] = {}

    def of(self, name: str, k: int, draw: int) -> frozenset[str]:
        """Characters of the first K lines of a draw, or of all lines where the study says so."""
        pool = self._pools[name]
        if self._all_lines:
            return pool.all_characters | self._padding
        if (name, k, draw) not in self._known:
            texts = (pool.texts[line] for line in pool.drawn(draw, k))
            self._known[name, k, draw] = frozenset(alphabet_of(texts)) | self._padding
        return self._known[name, k, draw]


def _spec_of(study: Study, request: RunRequest, pools: Mapping[str, _Pool], letters: _LettersOfDraws) -> RunSpec:
    training = study.training
    lines = {name: pools[name].drawn(request.draw, k) for name, k in request.composition}
    characters = {name: letters.of(name, k, request.draw) for name, k in request.composition}
    steps = request.budget.steps(sum(map(len, lines.values())), training.batch_lines)
    everything = (pool.all_characters for pool in pools.values()) if training.alphabet == "all_lines" else ()
    return RunSpec(
        architecture=architecture_spec(request.architecture),
        preprocessing=study.preprocessing,
        normalisation=study.normalisation,
        placeholders=study.placeholders,
        training=training,
        steps=steps,
        validate_every_steps=-(-steps // training.validations),
        k=request.k,
        draw=request.draw,
        seed=request.seed,
        alphabet=tuple(sorted(frozenset().union(*characters.values(), *everything))),
        # By name: the order in which data sets were added or named makes no other run of the same lines.
        targets=tuple(
            _target_spec(study, request, pools[name], lines[name], characters[name]) for name in sorted(lines)
        ),
    )


def _target_spec(
    study: Study, request: RunRequest, pool: _Pool, ids: tuple[str, ...], characters: frozenset[str]
) -> TargetSpec:
    target = pool.target
    validation = target.validation_ids[request.draw]
    is_limited = study.training.decoding == "target_characters"
    return TargetSpec(
        name=target.name,
        language=target.language,
        fingerprint=target.fingerprint,
        train_ids=ids,
        validation_ids=validation[: validation_lines(study.training, len(ids), len(validation))],
        test_ids=target.test_ids,
        test_clusters=pool.test_clusters,
        cluster_unit=target.cluster_unit,
        allowed_characters=tuple(sorted(characters)) if is_limited else None,
    )
