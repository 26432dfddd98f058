"""A study resolved against its data sets: which lines, which runs, in which order. Pure; nothing is written.

What is decided here is decided once for all arms of a study: which training lines can be learnt at all (by the
strictest architecture, before anything is drawn), which lines each draw takes, and how many steps each run makes.
"""

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from workbench.data.catalog import OpenedDataset
from workbench.data.draws import draw_lines, draw_validation
from workbench.data.leakage import Finding, Side, leakage, leakage_between
from workbench.data.splits import Parts, clusters_of, split_lines
from workbench.errors import InputError
from workbench.models.geometry import Geometry, geometry_of, input_size, needed_frames
from workbench.models.registry import architecture_spec
from workbench.runs.plan import Exclusion, Plan, PlannedRun, PlannedTarget
from workbench.runs.spec import RunSpec, TargetSpec
from workbench.study.grid import RunRequest, expand
from workbench.study.schema import Placeholders, Study, Training
from workbench.text.alphabet import alphabet_of
from workbench.text.normalize import check_steps, normalise
from workbench.text.reading_order import to_network

MAX_AUTO_VALIDATION_LINES = 100
_LANGUAGE = "language:"


def target_names(study: Study, languages: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the data sets that a study trains on: as it names them, by language, or all.

    Parameters
    ----------
    study : Study
        Its `targets` hold names and `language:xx` selectors.
    languages : mapping
        Name of each data set of the workspace to its language.

    Raises
    ------
    InputError
        For a name that the workspace lacks, with the one that was probably meant, and where nothing is left.
    """
    names: dict[str, None] = {}
    for target in study.targets or tuple(languages):
        found = _select(target, languages)
        names.update(dict.fromkeys(found))
    if not names:
        raise InputError(
            "The study has no data",
            "the workspace holds no data set",
            "Add one in the Data panel, or with 'htr-workbench datasets add NAME PATH'.",
        )
    return tuple(names)


def _select(target: str, languages: Mapping[str, str]) -> tuple[str, ...]:
    if target in languages:
        return (target,)
    known = ", ".join(f"{name} ({language})" for name, language in languages.items()) or "none"
    if target.startswith(_LANGUAGE):
        language = target.removeprefix(_LANGUAGE)
        found = tuple(name for name, other in languages.items() if other == language)
        if not found:
            raise InputError(f"No data set has the language '{language}'", hint=f"Data sets here: {known}.")
        return found
    near = difflib.get_close_matches(target, languages, n=1)
    raise InputError(
        f"Unknown data set '{target}'",
        "the workspace has none of that name",
        f"Did you mean '{near[0]}'?" if near else f"Data sets here: {known}.",
    )


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
    _check_placeholders(study)
    geometries = {name: geometry_of(architecture_spec(name)) for name in study.architectures}
    names = target_names(study, {name: opened.lines.language for name, opened in datasets.items()})
    requests = expand(study, names)
    pools = {name: _pool_of(study, datasets[name], geometries) for name in names}
    _check_k(study, pools)
    if any(len(request.composition) > 1 for request in requests):
        pools = {name: _warned(pool, pools) for name, pool in pools.items()}
    return _plan_of(study, requests, pools)


@dataclass(frozen=True, slots=True)
class _Pool:
    """One data set prepared for drawing."""

    target: PlannedTarget
    side: Side
    texts: Mapping[str, str]
    """Normalised transcription of each line of its parts."""
    all_characters: frozenset[str]
    """Of train, validation and test."""
    test_clusters: tuple[str, ...]
    test_characters: Counter[str]


def _pool_of(study: Study, opened: OpenedDataset, geometries: Mapping[str, Geometry]) -> _Pool:
    lines, name = opened.lines, opened.lines.name
    if opened.cache.is_cropped != study.preprocessing.crop_to_ink:
        raise InputError(f"The data set {name} is cached with other cropping than the study asks for")
    parts = split_lines(lines, study.split)
    if not parts.test:
        raise InputError(
            f"The data set {name} has no test lines",
            "nothing could be measured on it",
            'Leave it out, or write split = "writers" into the study.',
        )
    wanted = {*parts.train, *parts.validation, *parts.test}
    texts = {line.id: normalise(line.transcription, study.normalisation) for line in lines.lines if line.id in wanted}
    ignored = study.placeholders.wildcards
    check = _FitCheck(study, opened, geometries, texts)
    exclusions = tuple(Exclusion(line_id=line, reason=why) for line in parts.train if (why := check.fault(line)))
    unit, clusters = clusters_of(lines, parts.test)
    return _Pool(
        target=_planned_target(study, opened, parts, exclusions, texts).model_copy(
            update={"cluster_unit": unit, "overlong_test_lines": sum(not check.fits(line) for line in parts.test)}
        ),
        side=Side(lines, parts, opened.cache),
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
    study: Study,
    opened: OpenedDataset,
    parts: Parts,
    exclusions: tuple[Exclusion, ...],
    texts: Mapping[str, str],
) -> PlannedTarget:
    excluded = frozenset(exclusion.line_id for exclusion in exclusions)
    pool = tuple(line for line in parts.train if line not in excluded)
    most = max(study.k_lines)
    validations = max(validation_lines(study.training, k, len(parts.validation)) for k in study.k_lines)
    fingerprint = opened.entry.fingerprint
    draws = range(study.draws)
    return PlannedTarget(
        name=opened.lines.name,
        language=opened.lines.language,
        fingerprint=fingerprint,
        is_synthetic=opened.entry.is_synthetic,
        split=study.split,
        train_pool=len(pool),
        draws=tuple(
            draw_lines(pool, fingerprint=fingerprint, rule=study.split, exclusions=excluded, draw=draw)[:most]
            for draw in draws
        ),
        validation_ids=tuple(
            draw_validation(parts.validation, fingerprint=fingerprint, rule=study.split, draw=draw)[:validations]
            for draw in draws
        ),
        test_ids=parts.test,
        cluster_unit="",
        exclusions=exclusions,
        notes=(*parts.notes, *_shared_with_test(opened, parts), *_wildcard_lines(study.placeholders, parts, texts)),
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


def _shared_with_test(opened: OpenedDataset, parts: Parts) -> tuple[str, ...]:
    shared = _in_words(
        each for each in leakage(opened.lines, parts, opened.cache) if (each.left, each.right) == ("train", "test")
    )
    return (f"in train and in test: {shared}",) if shared else ()


def _warned(pool: _Pool, pools: Mapping[str, _Pool]) -> _Pool:
    """Note where training on another target shows a network this one's test lines: two names for the same lines."""
    shared = {
        name: words
        for name, other in pools.items()
        if other is not pool and (words := _in_words(leakage_between(other.side, pool.side)))
    }
    notes = tuple(
        f"TEST LINES IN TRAINING: in its test part and in the training part of {name}: {words}; "
        "a run on both may have seen what it is tested on"
        for name, words in shared.items()
    )
    target = pool.target.model_copy(update={"notes": (*pool.target.notes, *notes)})
    return replace(pool, target=target)


def _in_words(findings: Iterable[Finding]) -> str:
    """Count what two parts share: '2 writers, 1 text'; empty where they share nothing."""
    counts = Counter(each.kind for each in findings)
    kinds = ("writer", "text", "image")
    return ", ".join(f"{counts[kind]:,} {kind}{'s' if counts[kind] > 1 else ''}" for kind in kinds if counts[kind])


def validation_lines(training: Training, k: int, available: int) -> int:
    """Validation lines of one target of a run on K lines: `auto` is min(100, K/2), never more than there are."""
    match training.validation_lines:
        case "all":
            return available
        case "auto":
            return min(MAX_AUTO_VALIDATION_LINES, max(k // 2, 1), available)
        case wanted:
            return min(wanted, available)


def as_trained(text: str, training: Training) -> str:
    """Return a normalised transcription as the network learns it, in logical order: perhaps with a space around it."""
    return f" {text} " if training.pad_transcription else text


class _FitCheck:
    """Whether a line may and can be learnt by every architecture of the study."""

    def __init__(
        self,
        study: Study,
        opened: OpenedDataset,
        geometries: Mapping[str, Geometry],
        texts: Mapping[str, str],
    ) -> None:
        self._study = study
        self._cache = opened.cache
        self._geometries = geometries
        self._texts = texts

    def _needed(self, line: str) -> int:
        training = self._study.training
        return needed_frames(to_network(as_trained(self._texts[line], training), training.reading_order))

    def _strictest(self, line: str) -> tuple[int, str]:
        height, width = self._cache.size(line)
        preprocessing = self._study.preprocessing
        return min(
            (input_size(height, width, preprocessing, geometry).ctc_frames, name)
            for name, geometry in self._geometries.items()
        )

    def fits(self, line: str) -> bool:
        """Tell whether the label fits into the frames of the strictest architecture."""
        return self._needed(line) <= self._strictest(line)[0]

    def fault(self, line: str) -> str:
        """Return why a line cannot be trained on, empty where it can."""
        if not self._texts[line].strip():
            return "the transcription is empty after normalisation"
        placeholders = self._study.placeholders
        if placeholders.policy == "drop_line" and (held := placeholders.within(self._texts[line])):
            return f"the transcription holds the placeholder {' '.join(held)}"
        needed, (frames, name) = self._needed(line), self._strictest(line)
        if needed <= frames:
            return ""
        return f"the label needs {needed} frames and architecture {name} gives {frames}"


def _check_placeholders(study: Study) -> None:
    """Refuse a policy that would look for what no text holds any more."""
    for character in study.placeholders.wildcards:
        if normalise(character, study.normalisation) != character:
            raise InputError(
                f"The placeholder {character} is changed by the study's normalisation",
                "it would be looked for and never found",
                "Leave out the step that changes it, or name another placeholder.",
            )


def _check_k(study: Study, pools: Mapping[str, _Pool]) -> None:
    wanted = max(study.k_lines)
    short = [pool.target for pool in pools.values() if pool.target.train_pool < wanted]
    if not short:
        return
    largest = min(target.train_pool for target in short)
    raise InputError(
        f"K = {wanted} is more than the training lines there are",
        ", ".join(f"{target.name} has {target.train_pool}{_left_out(target)}" for target in short),
        f"The largest K that all data sets of the study allow is {largest}."
        if largest
        else "Leave the data sets without training lines out.",
    )


def _left_out(target: PlannedTarget) -> str:
    count = len(target.exclusions)
    return f" ({count} more {'is' if count == 1 else 'are'} left out: {target.exclusions[0].reason})" if count else ""


def _plan_of(study: Study, requests: Iterable[RunRequest], pools: Mapping[str, _Pool]) -> Plan:
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
    return Plan(study=study, targets=tuple(pool.target for pool in pools.values()), runs=tuple(runs), specs=specs)


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
            texts = (pool.texts[line] for line in pool.target.draws[draw][:k])
            self._known[name, k, draw] = frozenset(alphabet_of(texts)) | self._padding
        return self._known[name, k, draw]


def _spec_of(study: Study, request: RunRequest, pools: Mapping[str, _Pool], letters: _LettersOfDraws) -> RunSpec:
    training = study.training
    lines = {name: pools[name].target.draws[request.draw][:k] for name, k in request.composition}
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
        validation_ids=validation[: validation_lines(study.training, request.k, len(validation))],
        test_ids=target.test_ids,
        test_clusters=pool.test_clusters,
        cluster_unit=target.cluster_unit,
        allowed_characters=tuple(sorted(characters)) if is_limited else None,
    )
