"""A study resolved against its data sets: which lines, which runs, in which order. Nothing is written.

What is decided here is decided once for all arms of a study: which training lines can be learnt at all (by the
strictest architecture, before anything is drawn), which lines each draw takes, and how many steps each run makes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench.data.catalog import OpenedDataset
from workbench.data.draws import draw_lines, draw_validation, lines_for, permuted_characters
from workbench.data.leakage import Overlap, Side
from workbench.data.splits import Parts, clusters_of
from workbench.errors import InputError
from workbench.execution.assignment import Assigned, assign
from workbench.execution.feasibility import FitCheck, check_placeholders
from workbench.execution.overlaps import decided, exclusions_of, notes_about, refuse_two_packagings, survey
from workbench.execution.targets import target_names
from workbench.models.geometry import Geometry, geometry_of
from workbench.models.registry import architecture_spec, with_norm
from workbench.runs.plan import CHOSEN, Exclusion, Plan, PlannedRun, PlannedTarget, SharedLines
from workbench.runs.spec import RunSpec, StartSpec, TargetSpec
from workbench.study.conditions import Conditions, Folding
from workbench.study.epochs import epoch_shape
from workbench.study.grid import REGIMES, FirstStage, Part, RunRequest, expand
from workbench.study.schema import Placeholders, Study, Training
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
    most = _largest_amounts(requests)
    for name in names:
        _check_cropping(study, datasets[name])
    looked_at = look(study, datasets)
    shared = decided(looked_at.overlaps, study.leakage)
    left_out = exclusions_of(looked_at.overlaps, shared)
    pools = {
        name: _pool_of(
            _Source(study, datasets[name], looked_at.assigned[name], left_out.get(name, ()), most[name]),
            geometries,
            (*notes_about(name, shared), *_idle_decisions(name, study, shared)),
        )
        for name in names
    }
    _check_k(study, pools)
    return _plan_of(study, requests, pools, shared)


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


@dataclass(frozen=True, slots=True)
class _Source:
    """A data set of the study, parted, with the lines that leave it because they share something."""

    study: Study
    opened: OpenedDataset
    assigned: Assigned
    shared: tuple[Exclusion, ...]
    most: int | None
    """Lines or characters that the largest run takes of it; None: all."""

    @property
    def parts(self) -> Parts:
        """Parts as they are drawn from."""
        return self.assigned.parts.without({exclusion.line_id for exclusion in self.shared})


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts of a data set's parts as one normalisation leaves them."""

    of: Mapping[str, str]
    """By line id."""
    all_characters: frozenset[str]
    """Of train, validation and test."""
    test_characters: Counter[str]


@dataclass(frozen=True, slots=True)
class _Pool:
    """One data set prepared for drawing."""

    target: PlannedTarget
    characters: Mapping[str, int] | None
    """Length of each line as read, where K counts characters."""
    texts: Mapping[Folding, _Texts]
    test_clusters: tuple[str, ...]

    def available(self, draw: tuple[str, ...]) -> int:
        """Lines or characters of a draw, as K counts; all of them where it is shorter than the largest K."""
        return len(draw) if self.characters is None else sum(self.characters[line] for line in draw)

    @property
    def least_available(self) -> int:
        """Lines or characters that every draw has."""
        return min(map(self.available, self.target.draws))

    def drawn(self, draw: int, amount: int | None) -> tuple[str, ...]:
        """Return the training lines of K, or of another amount, in a draw."""
        order = self.target.draws[draw]
        return order if amount is None else order[: lines_for(order, amount, self.characters)]


def _pool_of(source: _Source, geometries: Mapping[str, Geometry], notes: tuple[str, ...]) -> _Pool:
    study, opened, parts = source.study, source.opened, source.parts
    lines, name = opened.lines, opened.lines.name
    if not parts.test:
        raise InputError(
            f"The data set {name} has no test lines",
            "nothing could be measured on it",
            'Leave it out, or write split = "writers" into the study.',
        )
    texts: dict[Folding, _Texts] = {folding: _texts_of(source, folding) for folding in study.conditions.folding}
    check = FitCheck(study, opened, geometries, tuple(each.of for each in texts.values()))
    unfit = tuple(exclusion for line in parts.train if (exclusion := check.exclusion(line)))
    unit, clusters = clusters_of(lines, parts.test)
    lengths = {line.id: len(line.transcription) for line in lines.lines}
    characters = lengths if study.k_unit == "characters" else None
    target = _planned_target(source, unfit, characters)
    as_read = next(iter(texts.values())).of
    return _Pool(
        target=target.model_copy(
            update={
                "cluster_unit": unit,
                "overlong_test_lines": sum(not check.fits(line) for line in parts.test),
                "notes": (*target.notes, *notes, *_wildcard_lines(study.placeholders, parts, as_read)),
            }
        ),
        characters=characters,
        texts=texts,
        test_clusters=clusters,
    )


def _texts_of(source: _Source, folding: Folding) -> _Texts:
    study, parts = source.study, source.parts
    wanted = {*parts.train, *parts.validation, *parts.test}
    steps = Conditions(folding=folding).normalisation(study.normalisation)
    texts = {line.id: normalise(line.transcription, steps) for line in source.opened.lines.lines if line.id in wanted}
    ignored = study.placeholders.wildcards
    return _Texts(
        of=texts,
        all_characters=_all_characters(study, texts.values()),
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
    most = source.most
    draws = orders if most is None else tuple(order[: lines_for(order, most, characters)] for order in orders)
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
    unfit, others = len(target.excluded("unfit")), len(_of_part(target.excluded(*CHOSEN), "train"))
    words = [f"{unfit} more {'does' if unfit == 1 else 'do'} not fit"] if unfit else []
    words += [f"{others} more {'is' if others == 1 else 'are'} excluded"] if others else []
    return f" ({', '.join(words)})" if words else ""


def _plan_of(
    study: Study, requests: Iterable[RunRequest], pools: Mapping[str, _Pool], shared: tuple[SharedLines, ...]
) -> Plan:
    grid = _Grid(study, pools)
    for request in requests:
        grid.add(request)
    short = grid.notes_about_short()
    targets = tuple(
        pool.target.model_copy(update={"notes": (*pool.target.notes, *short.get(name, ()))})
        for name, pool in pools.items()
    )
    return Plan(study=study, targets=targets, runs=tuple(grid.runs), shared=shared, specs=grid.specs)


class _Grid:
    """The requests of a study, answered one by one: what each run is, and what it goes on from."""

    def __init__(self, study: Study, pools: Mapping[str, _Pool]) -> None:
        self.runs: list[PlannedRun] = []
        self.specs: dict[str, RunSpec] = {}
        self._study = study
        self._pools = pools
        self._letters = _LettersOfDraws(study, pools)
        self._by_setting: dict[tuple[object, ...], list[PlannedRun]] = {}
        self._short: dict[tuple[str, str, int], int] = {}

    def add(self, request: RunRequest) -> None:
        """Plan a run, unless there are too few lines for what its regime wants beyond K."""
        short = [
            part
            for part in request.composition
            if part.amount is not None and part.amount > self._pools[part.target].least_available
        ]
        self._short |= {(part.target, request.regime, request.k): part.amount or 0 for part in short}
        if not short:
            self._plan(request)

    def _plan(self, request: RunRequest) -> None:
        spec = _Resolution(self._study, request, self._pools, self._letters, self._first_stage(request)).spec()
        spec = self.specs.setdefault(spec.id, spec)
        test_characters = (self._pools[name].texts[request.conditions.folding] for name in request.targets)
        planned = PlannedRun(
            request=request,
            run=spec.id,
            steps=spec.steps,
            prior_steps=spec.prior_steps,
            unseen_test_characters=_unseen(spec.alphabet, test_characters),
        )
        self.runs.append(planned)
        self._by_setting.setdefault(request.setting, []).append(planned)

    def _first_stage(self, request: RunRequest) -> RunSpec | None:
        earlier = self._by_setting.get(request.setting, ())
        return next((self.specs[run.run] for run in earlier if run.request.is_first_stage_of(request)), None)

    def notes_about_short(self) -> dict[str, tuple[str, ...]]:
        """Say, by data set, which runs are not planned because it has too few lines."""
        notes: dict[str, tuple[str, ...]] = {}
        for (target, regime, k), wanted in self._short.items():
            there = self._pools[target].least_available
            note = f"NOT PLANNED: '{regime}' at K = {k:,} takes {wanted:,} {self._study.k_unit}, there are {there:,}"
            notes[target] = (*notes.get(target, ()), note)
        return notes


def _unseen(alphabet: tuple[str, ...], texts: Iterable[_Texts]) -> int:
    known = frozenset(alphabet)
    return sum(count for each in texts for character, count in each.test_characters.items() if character not in known)


class _LettersOfDraws:
    """Characters that a target brings into the alphabet of a run; many runs of a grid share a draw."""

    def __init__(self, study: Study, pools: Mapping[str, _Pool]) -> None:
        self._all_lines = study.training.alphabet != "training_lines"
        self._padding = frozenset(" ") if study.training.pad_transcription else frozenset[str]()
        self._pools = pools
        self._known: dict[tuple[str, int | None, int, Folding], frozenset[str]] = {}

    def of(self, name: str, amount: int | None, draw: int, folding: Folding) -> frozenset[str]:
        """Characters of the first lines of a draw, or of all lines where the study says so."""
        pool = self._pools[name]
        texts = pool.texts[folding]
        if self._all_lines:
            return texts.all_characters | self._padding
        key = (name, amount, draw, folding)
        if key not in self._known:
            lines = (texts.of[line] for line in pool.drawn(draw, amount))
            self._known[key] = frozenset(alphabet_of(lines)) | self._padding
        return self._known[key]


@dataclass(frozen=True, slots=True)
class _Resolution:
    """One request on its way to a specification."""

    study: Study
    request: RunRequest
    pools: Mapping[str, _Pool]
    letters: _LettersOfDraws
    first_stage: RunSpec | None

    def spec(self) -> RunSpec:
        """Return what the run is."""
        study, request = self.study, self.request
        # By name: the order in which data sets were added or named makes no other run of the same lines.
        parts = sorted(request.composition, key=lambda part: part.target)
        targets = tuple(map(self._target, parts))
        is_alone = len(targets) == 1
        batches = "mixed" if is_alone else request.conditions.batches
        sampling = "proportional" if is_alone else request.conditions.sampling
        training = self._training()
        shape = epoch_shape([len(target.train_ids) for target in targets], training.batch_lines, batches, sampling)
        evaluated = [at for at, part in enumerate(parts) if part.is_evaluated]
        steps = self._steps(shape.steps_for(request.budget, evaluated))
        return RunSpec(
            architecture=with_norm(architecture_spec(request.architecture), request.conditions.norm),
            preprocessing=study.preprocessing,
            normalisation=request.conditions.normalisation(study.normalisation),
            placeholders=study.placeholders,
            training=training,
            steps=steps,
            validate_every_steps=-(-steps // training.validations),
            k=request.k,
            draw=request.draw,
            seed=request.seed,
            batches=batches,
            sampling=sampling,
            start=self._start(),
            alphabet=self._alphabet(targets),
            targets=targets,
        )

    @property
    def _after(self) -> FirstStage | None:
        return REGIMES[self.request.regime].after

    def _steps(self, budget: int) -> int:
        return budget if self._after is None else max(round(budget * self.study.second_stage.steps_share), 1)

    def _training(self) -> Training:
        training = self.study.training
        if self._after is None or self._after.takes == "encoder":
            return training
        rate = training.learning_rate * self.study.second_stage.finetuning_rate_factor
        return training.model_copy(update={"learning_rate": rate})

    def _start(self) -> StartSpec | None:
        if self._after is None:
            return None
        first = self.first_stage
        assert first is not None, "expand() refuses second stages without a first"
        return StartSpec(run=first.id, takes=self._after.takes, steps=first.steps + first.prior_steps)

    def _alphabet(self, targets: Iterable[TargetSpec]) -> tuple[str, ...]:
        """Characters in the order of their classes; a network that is taken whole keeps its own."""
        if self.first_stage is not None and self._after is not None and self._after.takes == "network":
            return self.first_stage.alphabet
        folding = self.request.conditions.folding
        letters = {character for part in self.request.composition for character in self._letters_of(part)}
        letters |= {shown for target in targets for _, shown in target.label_map}
        if self.study.training.alphabet == "all_targets":
            letters |= {character for pool in self.pools.values() for character in pool.texts[folding].all_characters}
        return tuple(sorted(letters))

    def _letters_of(self, part: Part) -> frozenset[str]:
        return self.letters.of(part.target, part.amount, self.request.draw, self.request.conditions.folding)

    def _target(self, part: Part) -> TargetSpec:
        request, pool = self.request, self.pools[part.target]
        target, training = pool.target, self.study.training
        validation = target.validation_ids[request.draw]
        # By K and not by what the regime takes: all arms choose their best step by the same lines.
        count = validation_lines(training, len(pool.drawn(request.draw, request.k)), len(validation))
        is_limited = training.decoding == "target_characters" and part.is_evaluated
        return TargetSpec(
            name=target.name,
            language=target.language,
            fingerprint=target.fingerprint,
            train_ids=pool.drawn(request.draw, part.amount),
            validation_ids=validation[:count] if part.is_evaluated else (),
            test_ids=target.test_ids if part.is_evaluated else (),
            test_clusters=pool.test_clusters if part.is_evaluated else (),
            cluster_unit=target.cluster_unit,
            allowed_characters=tuple(sorted(self._letters_of(part))) if is_limited else None,
            label_map=self._label_map(part),
        )

    def _label_map(self, part: Part) -> tuple[tuple[str, str], ...]:
        """Return the fixed map of a data set's characters; one map for all K, so that K stays nested."""
        if not part.are_labels_permuted:
            return ()
        target = self.pools[part.target].target
        characters = self.pools[part.target].texts[self.request.conditions.folding].all_characters
        return permuted_characters(characters, fingerprint=target.fingerprint, draw=self.request.draw)
